"""Parameters of what practices belong to: federations, primary care networks and places, trusts."""

from __future__ import annotations

from model.parameters.writing import Section, parameter


class Federations(Section):
    """Groups of practices close on the network."""

    practices: parameter(int, "practices", "aimed at in a federation; it seeks partners below three quarters of this and takes none above one and a half times", "assumption: 15-30 practices, 100-200k patients", 2, 200) = 20  # fmt: skip
    reach_km: parameter(float, "network km", "between neighbours in a federation, at most", "assumption", 0.1, 200) = 15.0  # fmt: skip
    extended_access: parameter(float, "share satisfied", "added to the target of satisfaction by shared extended access", "assumption: a third of the loss of overall satisfaction at practices that grew by a fifth (Forbes et al. 2020)", 0, 0.2) = 0.006  # fmt: skip
    close_overload: parameter(float, "ln(load / starting load)", "mean overload of a federation above which a member may close its list", "assumption", -1, 2) = 0.05  # fmt: skip


class Networks(Section):
    """Primary care networks (PCNs), and the places they make up."""

    smallest: parameter(int, "patients", "aimed at in a network, least", "NHS England 2019: 30-50k", 1_000, 500_000) = 30_000  # fmt: skip
    largest: parameter(int, "patients", "that a network avoids to pass", "NHS England 2019: 30-50k", 1_000, 1_000_000) = 50_000  # fmt: skip
    detour: parameter(float, "ratio", "how much farther than the nearest group a better-sized partner may be", "assumption", 1, 10) = 2.0  # fmt: skip
    staff: parameter(float, "ratio", "added staff, as a share of the GPs' capacity, once all are in post", "assumption: additional roles scheme of 2019-24", 0, 2) = 0.15  # fmt: skip
    staff_years: parameter(int, "years", "over which added staff come, a like part each April", "NHS England 2019", 1, 50) = 5  # fmt: skip
    place_smallest: parameter(int, "residents", "of a place, least", "NHS England 2019: 250-500k", 1_000, 10_000_000) = 250_000  # fmt: skip
    place_largest: parameter(int, "residents", "that a place avoids to pass", "NHS England 2019: 250-500k", 1_000, 10_000_000) = 500_000  # fmt: skip


class Trusts(Section):
    """Hospital trusts that run practices."""

    steering: parameter(float, "log odds", "delta: referral to the trust that owns the practice", "assumption", 0, 10) = 1.0  # fmt: skip
    distance: parameter(float, "per km", "gamma: fall of the odds of referral with straight-line km to the trust", "assumption", 0, 5) = 0.15  # fmt: skip
    referrals: parameter(float, "per patient per year", "referrals to hospital", "assumption: about 13m GP referrals a year in England", 0, 5) = 0.22  # fmt: skip
    referral_margin: parameter(float, "GBP per referral", "what a trust keeps of the income of a referral", "assumption: a twelfth of about GBP 1,250 of hospital care a referral", -1_000, 10_000) = 100.0  # fmt: skip
    active: parameter(float, "share", "trusts that run practices, least", "BJGP Open 2023.0173: 26 trusts of about 215", 0, 1) = 0.12  # fmt: skip
    hold: parameter(float, "share", "of the practices near it that a trust comes to run, at most", "HSJ 2016: Royal Wolverhampton aimed at 18 of 44", 0.01, 1) = 0.4  # fmt: skip
    reach_km: parameter(float, "km", "to a practice a trust takes over, at most", "assumption", 0.1, 200) = 20.0  # fmt: skip
    low_margin: parameter(float, "per GBP per patient per year", "how a lower margin adds to readiness to hand over", "assumption", 0, 10) = 0.05  # fmt: skip
    low_quality: parameter(float, "per SD", "how lower satisfaction adds to readiness to hand over", "assumption: lower quality before takeover, BJGP Open 2023.0173", 0, 10) = 0.5  # fmt: skip
    few_gps: parameter(float, "per ln(patients per GP)", "how more patients per GP add to readiness to hand over", "assumption: fewer GPs, BJGP Open 2023.0173", 0, 10) = 0.5  # fmt: skip
    openings: parameter(float, "per year", "chance that an active trust without a practice at its site opens one", "assumption", 0, 1) = 0.02  # fmt: skip
    opening_gps: parameter(float, "full-time equivalents", "GPs of a practice a trust opens", "assumption", 0.1, 100) = 3.0  # fmt: skip
