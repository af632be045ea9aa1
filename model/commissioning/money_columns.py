"""What each array of the money book is: its name, unit and meaning, by level."""

from __future__ import annotations

from typing import NamedTuple


class MoneyColumn(NamedTuple):
    """One quantity of money for every unit of a level."""

    name: str
    unit: str
    meaning: str


_YEAR = "GBP a year"

COMMISSIONERS = (
    MoneyColumn("allocation", _YEAR, "share of the pot set for the financial year"),
    MoneyColumn("target", _YEAR, "share of the pot by the need of the allocation base alone"),
    MoneyColumn("distance", "share", "allocation over target - 1"),
    MoneyColumn("base_list", "patients", "on the lists of the allocation base: last financial year's mean"),
    MoneyColumn("base_cost", _YEAR, "need-cost of the allocation base, ghosts in it"),
    MoneyColumn("list_cost", _YEAR, "need-cost of those now listed, ghosts among them, by age alone"),
    MoneyColumn("need_cost", _YEAR, "need-cost of present real patients on its lists, by age and frailty"),
    MoneyColumn("in_year", _YEAR, "money that follows patients within the year by the payment rule, net"),
    MoneyColumn("recharge_in", _YEAR, "of it, charged to commissioners in whose areas its patients live"),
    MoneyColumn("recharge_out", _YEAR, "of it, charged by commissioners on whose lists its residents are"),
    MoneyColumn("unfunded", _YEAR, "need_cost - base_cost - in_year: unfunded liability (funded by residence: and the unregistered)"),
    MoneyColumn("gross_care", _YEAR, "need-cost of its patients who live with other commissioners"),
    MoneyColumn("care_elsewhere", _YEAR, "need-cost of its residents on lists of other commissioners"),
    MoneyColumn("unregistered_cost", _YEAR, "need-cost of its residents on no list, were they treated alike"),
    MoneyColumn("residents_cost", _YEAR, "need-cost of everyone who lives in its area, on whatever list or none"),
    MoneyColumn("inflow", "people", "patients who live with other commissioners"),
    MoneyColumn("out_of_area_price", "GBP a patient a year", "gross_care over inflow"),
    MoneyColumn("out_of_area_unfunded", "GBP a patient a year", "need-cost of patients from elsewhere gained since the base less recharges, over those patients (100 or more); 0 where lists are recalculated every quarter"),
    MoneyColumn("mismatch", _YEAR, "what the formula would move on today's lists less what in_year has moved: money late (+) or early (-)"),
    MoneyColumn("mismatch_years", "GBP-years", "absolute mismatch, quarter by quarter since the start"),
    MoneyColumn("misplaced_years", "GBP-years", "absolute balance, quarter by quarter since the start: money held apart from the need of real patients"),
    MoneyColumn("unfunded_years", "GBP-years", "unfunded, quarter by quarter since the start"),
    MoneyColumn("money", _YEAR, "allocation + in_year"),
    MoneyColumn("activity", _YEAR, "its share of the pot by the need of real patients on its lists: cost of the care they use"),
    MoneyColumn("balance", _YEAR, "money - activity"),
    MoneyColumn("control_total", _YEAR, "balance asked for: the share of its money that it began with"),
    MoneyColumn("control_side", "", "-1 misses its control total by more than the tolerance, 1 beats it by more, 0 neither"),
    MoneyColumn("paid", "GBP", "paid for this quarter; whole pounds that add up to a quarter of the pot"),
    MoneyColumn("paid_to_date", "GBP", "paid since the start"),
)  # fmt: skip
"""Arrays of ``MoneyBook.commissioner``, on fixed boundaries."""

PLACES = (
    MoneyColumn("capitation", _YEAR, "commissioners' money for the lists of its practices"),
    MoneyColumn("activity", _YEAR, "cost of the care of those on its lists who are there, their share of the pot"),
    MoneyColumn("balance", _YEAR, "capitation - activity"),
    MoneyColumn("people_from_elsewhere", "people", "on its lists, living in other places"),
    MoneyColumn("people_elsewhere", "people", "its residents on lists of other places"),
    MoneyColumn("held_for_others", _YEAR, "money held here for people who live in other places"),
    MoneyColumn("held_elsewhere", _YEAR, "money for its residents that other places hold"),
    MoneyColumn("unregistered_need", _YEAR, "need-cost of its residents on no list: nobody holds money for them"),
    MoneyColumn("council", _YEAR, "authorities' money for its residents: social care and public health"),
    MoneyColumn("pooled", _YEAR, "the pooled budget: a share of capitation and a share of council"),
    MoneyColumn("pooled_for_others", _YEAR, "of it, for people who live in other places"),
    MoneyColumn("pooled_elsewhere", _YEAR, "health money for its residents in the pools of other places"),
    MoneyColumn("double_counted", _YEAR, "money of people counted in two places' pools: health in one, council in the other"),
)  # fmt: skip
"""Arrays of ``MoneyBook.places``."""

AUTHORITIES = (
    MoneyColumn("social_care", _YEAR, "social care of its residents"),
    MoneyColumn("public_health", _YEAR, "public health of its residents"),
    MoneyColumn("residents_elsewhere", "people", "residents on lists of a commissioner that is not that of their home"),
    MoneyColumn("frail_elsewhere", "people", "of them, frail"),
    MoneyColumn("social_care_elsewhere", _YEAR, "social care of residents_elsewhere"),
    MoneyColumn("public_health_elsewhere", _YEAR, "public health of residents_elsewhere"),
    MoneyColumn("mismatched", "people", "residents with a pair of services whose responsible bodies do not match"),
    MoneyColumn("frail_mismatched", "people", "of them, frail"),
)
"""Arrays of ``MoneyBook.authorities``."""

PRACTICES = (
    MoneyColumn("carr_hill", "ratio", "weighted over registered patients by the formula in force"),
    MoneyColumn("income", _YEAR, "global sum and other payments"),
    MoneyColumn("cost", _YEAR, "cost of running it"),
    MoneyColumn("margin", "GBP a patient a year", "income less cost"),
)
"""Arrays of ``MoneyBook.practice``."""

HEADLINE = (
    MoneyColumn("pot", _YEAR, "shared among commissioners"),
    MoneyColumn("pounds_per_need", "GBP a head a year", "pot over the need of the allocation base"),
    MoneyColumn("unfunded_liability", _YEAR, "unfunded of the commissioners where it is positive"),
    MoneyColumn("largest_unfunded", _YEAR, "unfunded of the commissioner where it is largest"),
    MoneyColumn("misplaced", _YEAR, "money that would have to change hands to follow the need of real patients"),
    MoneyColumn("gross_care", _YEAR, "need-cost of patients who live with another commissioner"),
    MoneyColumn("out_of_area_price", "GBP a patient a year", "gross_care over those patients"),
    MoneyColumn("mismatch_years", "GBP-years", "absolute mismatch of all commissioners since the start"),
    MoneyColumn(
        "misplaced_years",
        "GBP-years",
        "misplaced, quarter by quarter since the start",
    ),
    MoneyColumn("recharged", _YEAR, "charges between commissioners"),
    MoneyColumn("control_totals_missed", "commissioners", "that miss their control total"),
    MoneyColumn("practices_in_deficit", "share", "of practices with patients, cost above income"),
    MoneyColumn("mean_margin", "GBP a patient a year", "of all practices, by patients"),
    MoneyColumn("mismatched", "people", "residents with a pair of services whose bodies do not match"),
    MoneyColumn("frail_mismatched", "people", "of them, frail"),
    MoneyColumn("double_counted", _YEAR, "counted in two places' pooled budgets"),
)
"""Numbers of ``MoneyBook.headline()``."""

MONEY_COLUMNS = {
    "commissioners": COMMISSIONERS,
    "places": PLACES,
    "authorities": AUTHORITIES,
    "practices": PRACTICES,
    "headline": HEADLINE,
}
"""Every quantity of money by level."""
