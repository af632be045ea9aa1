"""Parameters of digital providers: who joins, why, who leaves and returns."""

from __future__ import annotations

from model.parameters.writing import Section, by_age, parameter

_FITTED = "fitted to GP at Hand's months up to April 2019"


class Digital(Section):
    """Practices that register people from anywhere and see them on a screen (ODD 7.26)."""

    appeal_ages: by_age(int, "years", "first age of each band of appeal", "assumption", 0, 110) = (
        0, 16, 20, 25, 30, 35, 40, 50, 65,
    )  # fmt: skip
    appeal: by_age(
        float, "relative", "inclination to join by age", "fitted to the ages of GP at Hand's joiners, 2017-2019", 0, 10
    ) = (
        0.0, 0.25, 1.1, 1.15, 0.7, 0.45, 0.2, 0.078, 0.02,
    )  # fmt: skip
    appeal_men: parameter(
        float, "ratio", "inclination of men to the mean of both sexes", "Pulse and GPonline 2017-2021: list 55% male", 0, 2
    ) = 1.1  # fmt: skip
    affinity_least_aged: parameter(
        float, "ratio", "affinity at 75 and over against 15-40", "Nuffield Trust: used the internet within three months, 2018", 0, 1
    ) = 0.44  # fmt: skip
    affinity_frailty: parameter(
        float, "share", "by which the frailest of an age take to it less", "assumption: joiners had few long-term conditions", 0, 1
    ) = 0.5  # fmt: skip
    marketing: parameter(
        float, "per month", "p: hazard of joining from steady marketing, fully inclined and reached", _FITTED, 0, 0.1
    ) = 0.0011
    launch: parameter(
        float, "ratio", "marketing in the month of a launch or new site, added to 1", _FITTED, 0, 100
    ) = 2.8  # fmt: skip
    launch_months: parameter(float, "months", "e-folding time of the launch campaign", _FITTED, 0.5, 60) = 1.9
    word_of_mouth: parameter(
        float, "per month", "q: hazard of joining per share of peers who have joined", "Sultan, Farley & Lehmann 1990: 0.38 a year, mean of diffusion studies; the fitted months do not tell p from q", 0, 5
    ) = 0.032  # fmt: skip
    minutes: parameter(
        float, "minutes", "travel time from a site within which it reaches people fully", "assumption: about zones 1 to 3 of London", 0, 600
    ) = 40.0  # fmt: skip
    minutes_fade: parameter(float, "minutes", "e-folding of reach beyond", "assumption", 1, 600) = 12.0
    speed: parameter(float, "km per hour", "of travel to a site, door to door", "assumption: urban public transport", 1, 120) = 16.0  # fmt: skip
    work_pull: parameter(float, "ratio", "reach through the workplace over reach through the home", "assumption", 0, 1) = 0.7  # fmt: skip
    choosing_ratio: parameter(
        float, "ratio", "likelihood of joining in a month in which one chooses a practice anyway", "assumption", 0, 100
    ) = 8.0
    early_months: parameter(int, "months", "after joining in which many leave", "HSJ 2019: modal exit at two weeks", 0, 24) = 2  # fmt: skip
    leaves_early: parameter(float, "per month", "leaving in the early months", _FITTED, 0, 1) = 0.16
    leaves_later: parameter(float, "per month", "leaving afterwards", _FITTED, 0, 1) = 0.003
    back_early: parameter(
        float, "share", "early leavers who go back to the practice they came from", "Management in Practice 2018: 20% of joiners within five months", 0, 1
    ) = 0.97  # fmt: skip
    back_later: parameter(float, "share", "later leavers who go back", "assumption", 0, 1) = 0.35
    satisfaction: parameter(
        float, "SD", "of its patients above the mean practice at the start", "GP Patient Survey 2022: about the 90th centile on most items", -3, 3
    ) = 1.28  # fmt: skip
    established_sites: parameter(
        int, "sites", "of a digital provider a region already has at the start, its host's the first", "assumption: several clinics in one city", 1, 100
    ) = 5  # fmt: skip
    established_months: parameter(
        int, "months", "since launch of a digital provider a region already has at the start", "GP at Hand: November 2017 to January 2021", 0, 600
    ) = 38  # fmt: skip
