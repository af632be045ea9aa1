"""Parameters of practices: leaving, merging, opening, closing lists, widening boundaries, their GPs."""

from __future__ import annotations

from model.parameters.writing import Section, by_age, parameter

PAYMENTS = "NHS Payments to General Practice"


class Practices(Section):
    """What practices do each April, and how many leave or open. Policy may replace the section in the course of a run."""

    exit_years: by_age(int, "year", "of the Aprils that exit_rates are given for", PAYMENTS, 1990, 2100) = (
        2016, 2017, 2018, 2019, 2020, 2021, 2022,
    )  # fmt: skip
    exit_rates: by_age(float, "per year", "practices gone between one financial year and the next, England; the first holds before, the last after", PAYMENTS, 0, 1) = (
        0.018, 0.027, 0.040, 0.035, 0.030, 0.032, 0.009,
    )  # fmt: skip
    exit_size_slope: parameter(float, "per ln(list)", "logit slope of leaving on list size", "computed: NHS Payments to General Practice 2014/15-2020/21, -1.3 to -1.7 by year", -5, 0) = -1.6  # fmt: skip
    exit_smallest: parameter(float, "patients", "list below which leaving is no likelier", "computed: NHS Payments to General Practice, about half of lists below 500 leave in a year", 1, 100_000) = 500.0  # fmt: skip
    settling_months: parameter(int, "months", "in which a new practice does not leave", "assumption", 0, 600) = 36
    exit_deficit: parameter(float, "per GBP a patient", "logit slope of leaving on income short of cost", "assumption", 0, 1) = 0.02  # fmt: skip
    largest_deficit: parameter(float, "GBP a patient a year", "deficit beyond which leaving is no likelier", "assumption", 0, 1000) = 50.0  # fmt: skip
    exit_load: parameter(float, "per ln(load)", "logit slope of leaving on patients per GP above the median", "assumption: weak", 0, 5) = 0.2  # fmt: skip
    closing_share: parameter(float, "share", "of practices leaving that close; the others merge where they can", "Pulse 2023 closures over exits: 26-65% with branches, merging the larger part", 0, 1) = 0.35  # fmt: skip
    merging_km: parameter(float, "network km", "farthest partner to merge with", "assumption", 0, 100) = 10.0  # fmt: skip
    merging_km_scale: parameter(float, "network km", "over which a partner becomes e times less likely", "assumption", 0.01, 100) = 2.0  # fmt: skip
    closing_gps_stay: parameter(float, "share", "of a closed practice's GPs who join practices near it", "assumption", 0, 1) = 0.5  # fmt: skip
    dispersed_at_once: parameter(float, "share", "of a closed practice's patients who register elsewhere in the month", "assumption: letters are sent; others wait until they need a GP", 0, 1) = 0.6  # fmt: skip
    openings: parameter(float, "per year per 1,000 practices", "new practices", "NHS Payments to General Practice: 5-36 codes a year", 0, 100) = 1.0  # fmt: skip
    opening_gps: parameter(float, "full-time equivalents", "GPs of a new practice", "assumption", 0.1, 50) = 2.5  # fmt: skip

    closing_load: parameter(float, "patients per GP", "above which a practice may apply to close its list", "assumption: the most loaded sixth of practices, General Practice Workforce 2016-2018", 0, 100_000) = 3_000.0  # fmt: skip
    closing_applications: parameter(float, "per year", "practices above closing_load that apply", "fitted to 1.5-2.3% of practices a year closed 2015/16-2017/18, Pulse 2018", 0, 1) = 0.18  # fmt: skip
    closing_approval: parameter(float, "share", "of applications granted; 0 = no list may close", "Pulse 2018: 28-37% refused", 0, 1) = 0.675  # fmt: skip
    closing_months: parameter(int, "months", "a closed list stays closed", "GMS regulations: up to 12", 1, 120) = 12
    closing_cap: parameter(float, "patients per GP", "above which every list closes by itself; 0 = no such rule", "assumption: there is none; policy may set one", 0, 100_000) = 0.0  # fmt: skip

    rivals_km: parameter(float, "km", "practices this close compete for the same patients", "Gravelle et al. 2019: rival GPs nearby", 0.1, 50) = 3.0  # fmt: skip
    losing: parameter(float, "per year", "fall of the list, and of its share among near rivals, that counts as losing to them", "assumption: the lowest twentieth of practices", 0, 1) = 0.03  # fmt: skip
    widening_ratio: parameter(float, "ratio", "boundary of a practice that loses to rivals, on the year before; 1 = may not", "assumption", 1, 10) = 1.1  # fmt: skip
    widest_km: parameter(float, "network km", "inner boundary beyond which none is widened", "assumption", 0, 1000) = 15.0  # fmt: skip

    close_rivals_km: parameter(float, "km", "practices this close weigh most on quality", "Pike 2010: within 500 m", 0.01, 10) = 0.5  # fmt: skip
    competition_close: parameter(float, "SD of quality per SD", "of ln(1 + rivals within close_rivals_km)", "assumption: small, Pike 2010; pattern P24", -0.1, 0.1) = 0.04  # fmt: skip
    competition_near: parameter(float, "SD of quality per SD", "of ln(1 + rivals within rivals_km)", "assumption: small, Gravelle et al. 2019; pattern P24", -0.1, 0.1) = 0.03  # fmt: skip
    close_rivals_spread: by_age(float, "ln(1 + rivals)", "mean and SD over practices within 500 m", "computed: sites of the register of January 2021", 0, 10) = (0.408, 0.517)  # fmt: skip
    near_rivals_spread: by_age(float, "ln(1 + rivals)", "mean and SD over practices within 3 km", "computed: sites of the register of January 2021", 0, 10) = (1.971, 1.151)  # fmt: skip

    gps_trend: parameter(float, "per year", "growth of all GPs together", "computed: 4.81 -> 4.43 per 10,000 patients 2015-2020/21, General Practice Workforce, on 1% a year more patients", -0.2, 0.2) = -0.005  # fmt: skip
    gps_follow: parameter(float, "per year", "of the gap between ln(patients per GP) of a practice and of all that its GPs close", "computed: General Practice Workforce 2016-2021, half of it in five years", 0, 1) = 0.13  # fmt: skip
    gps_chance: parameter(float, "ln(GPs)", "SD of what chance adds to a practice's GPs in a year", "computed: General Practice Workforce 2016-2021, 0.34 in five years", 0, 1) = 0.15  # fmt: skip
