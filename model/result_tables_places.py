"""Tables of place: who lives there and whose lists they are on, whose money is held where, who is left behind."""

from __future__ import annotations

from model.geography.region import Column, Table
from model.result_columns import MONTH, number, people, share, text
from model.result_tables_money import MONEY_OF_PLACES, columns_of


def gps_within_reach(over: str) -> Column:
    """GPs within reach, averaged over people."""
    told = f"GPs within reach per 10,000 residents, two-step floating catchment (2SFCA), {over}"
    return share("gps_within_reach", told, "full-time equivalents")


PLACES = Table(
    "places",
    "a quarter (January, April, July, October; and the start) of a place",
    ("month", "place"),
    (
        MONTH,
        text("place", "name or code"),
        people("residents", "people who live in it"),
        people("registered", "patients on the lists of its practices, wherever they live, ghosts included"),
        people("unregistered", "residents on no list"),
        people("patients", "of the registered, those who are there"),
        people("stay", "residents on the list of a practice in it"),
        people("inflow", "registered in it, living in another place"),
        people("outflow", "living in it, registered in another place"),
        people("net_flow", "inflow - outflow; residents + net_flow = patients + unregistered"),
        share("overlap", "resident and registered over either"),
        *columns_of(MONEY_OF_PLACES),
        share("need_inflow", "need of the inflow, heads of mean need", "weighted people"),
        share("need_outflow", "need of the outflow, heads of mean need", "weighted people"),
        number("organisations", "organisations that run lists in it", "organisations"),
        share("organisation_hhi", "Herfindahl index of organisations' patients", "index"),
        text("largest_organisation", "organisation with most patients, as in practices; empty = none"),
        share("largest_organisation_share", "its share of patients"),
        share("dependence", "share of the place's GPs who work for it: what goes should it fail"),
        gps_within_reach("mean over residents"),
    ),
)

NEIGHBOURHOODS = Table(
    "neighbourhoods",
    "a neighbourhood at the start, each April and at the end",
    ("month", "neighbourhood"),
    (
        MONTH,
        text("neighbourhood", "name or code"),
        people("residents", "people who live in it, as of the quarter"),
        people("registered", "present patients of its practices, wherever they live, as of the quarter"),
        people("stay", "both"),
        share("retention", "stay over residents"),
        share("overlap", "stay over those who are either"),
        gps_within_reach("mean over residents, as of the quarter"),
    ),
)

LEFT_BEHIND = Table(
    "left_behind",
    "a quarter (and the start) of the residents of one fifth of areas by deprivation",
    ("month", "deprivation"),
    (
        MONTH,
        number("deprivation", "fifth of areas by deprivation, 1 = most deprived"),
        people("residents", "people who live there"),
        people("unregistered", "of them, on no list"),
        share("unregistered_share", "share on no list"),
        share("digital_share", "share with a digital provider"),
        share("digital_share_under_45", "share of those under 45 with a digital provider"),
        share("digital_share_45_64", "share of those aged 45-64 with a digital provider"),
        share("digital_share_65_up", "share of those aged 65 and over with a digital provider"),
        share("need_conventional", "mean need of those on conventional lists, England's mean 1", "index"),
        share("need_digital", "mean need of those with a digital provider, England's mean 1", "index"),
        share("practice_funding", "payments to their practices per need-weighted patient who is there", "GBP a year"),
        share("funding_per_weighted", "payments to their practices per patient weighted by the formula", "GBP a year"),
        share(
            "commissioner_funding",
            "money of commissioners for their practices, per need-weighted patient who is there",
            "GBP a year",
        ),
        share("satisfaction", "share satisfied with their practices"),
        share("travel_km", "mean distance to the practice, straight line, conventional lists", "km"),
        share("share_nearest", "share with the nearest practice, conventional lists"),
        share(
            "gps_per_10000",
            "GPs of their practices per 10,000 need-weighted patients who are there",
            "full-time equivalents",
        ),
        gps_within_reach("mean over residents"),
    ),
)

PROFILES = Table(
    "profiles",
    "a commissioner (fixed boundaries) at the start, each April and at the end: who is registered, who lives there",
    ("month", "commissioner"),
    (
        MONTH,
        text("commissioner", "code"),
        share(
            "age_dissimilarity", "share of the registered who would have to change age band (0-17, 18-49, 50-64, 65+)"
        ),
        share("deprivation_dissimilarity", "share of the registered who would have to change deprivation fifth"),
        share("registered_18_49", "share of the registered aged 18-49"),
        share("residents_18_49", "share of residents on a list aged 18-49"),
        share("registered_65_up", "share of the registered aged 65 and over"),
        share("residents_65_up", "share of residents on a list aged 65 and over"),
        share("registered_most_deprived", "share of the registered from the most deprived fifth of areas"),
        share("residents_most_deprived", "share of residents on a list in the most deprived fifth of areas"),
    ),
)
