"""Parameters of money: what lists, needs and services are paid."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from model.parameters.writing import Section, by_age, parameter

PAYMENT_RULES = ("annual", "quarterly", "residence")
FUNDED_BY = ("registration", "residence")
FORMULAS = ("carr-hill", "need", "deprivation")


def one_of(choices: tuple[str, ...], meaning: str, source: str) -> Any:
    """An annotated type of a text that is one of a few."""
    return Annotated[Literal[choices], Meta(description=meaning, extra={"unit": "", "source": source})]


class Money(Section):
    """What commissioners, practices and authorities are paid, and what care costs."""

    # Commissioners
    pounds_per_head: parameter(
        float,
        "GBP per patient per year",
        "allocation a head, mean, primary care aside",
        "computed: 2016/17, Pollock 2018",
        0,
        100_000,
    ) = 1240.0
    pounds_year: parameter(int, "year", "financial year (April) of pounds_per_head", "Pollock 2018", 1990, 2100) = 2016
    pounds_growth: parameter(
        float, "per year", "growth of the allocation a head between pounds_year and the start",
        "assumption: about GBP 1,270-1,300 in 2019/20", -0.1, 0.2,
    ) = 0.012  # fmt: skip
    pot_growth: parameter(
        float, "per year", "growth of the whole pot, fixed in advance whoever registers",
        "assumption: about the cash growth of 2016-2021", -0.2, 0.5,
    ) = 0.025  # fmt: skip
    pace_of_change: parameter(
        float, "per year", "share of a commissioner's distance from its target a head that is closed",
        "assumption: about 20 years to converge, Health Committee 2012", 0, 1,
    ) = 0.15  # fmt: skip
    market_forces_london: parameter(
        float, "ratio", "cost of care in London over elsewhere", "assumption: market forces factor, rounded", 0.5, 2
    ) = 1.08
    need_ages: by_age(int, "years", "first age of each band of need_by_age", "assumption", 0, 110) = (
        0, 5, 15, 25, 35, 45, 55, 65, 75, 85,
    )  # fmt: skip
    need_by_age: by_age(
        float, "relative", "commissioner need weight by age", "assumption: shape of cost by age, +/-25%", 0, 100
    ) = (1.0, 0.45, 0.55, 0.7, 0.75, 0.95, 1.3, 1.9, 2.9, 3.9)  # fmt: skip
    need_mean: parameter(
        float, "relative", "mean of need_by_age over England's residents, by which weights are divided",
        "computed: ONS mid-2020 estimates", 0.01, 100,
    ) = 1.115  # fmt: skip
    need_spread: parameter(
        float, "log need", "SD of ln(need) among people of one age", "assumption: costs of care of one age are skewed",
        0, 3,
    ) = 0.8  # fmt: skip
    need_by_deprivation: by_age(
        float, "relative", "need by deprivation fifth of home at one age, most deprived first",
        "fitted to 7% less income per need-weighted patient in the most deprived fifth, Health Foundation 2020", 0, 10,
    ) = (1.15, 1.07, 1.0, 0.935, 0.872)  # fmt: skip
    frail_share: parameter(
        float, "share", "of people of an age, those with most need: frail from 65 on; from 75 everybody counts as frail",
        "assumption", 0, 1,
    ) = 0.1  # fmt: skip
    payment_rule: one_of(
        PAYMENT_RULES, "allocations follow lists a year late, every quarter, or out-of-area care is recharged to the "
        "commissioner of residence", "NHS England 2019: annual; the others were consulted on",
    ) = "annual"  # fmt: skip
    funded_by: one_of(
        FUNDED_BY, "commissioners are paid for who is registered or for who lives there", "Who Pays 2020"
    ) = "registration"
    control_tolerance: parameter(
        float, "share of allocation", "balance may fall short of its control total by this much", "assumption", 0, 1
    ) = 0.005

    # Practices
    formula: one_of(
        FORMULAS, "what weights a practice's list: the Carr-Hill formula, the need of its present patients, or "
        "Carr-Hill with an uplift for deprivation", "General Medical Services contract 2004: Carr-Hill",
    ) = "carr-hill"  # fmt: skip
    carr_hill_ages: by_age(
        int,
        "years",
        "first age of each band of the Carr-Hill workload tables",
        "GMS formula review 2007, recalled",
        0,
        110,
    ) = (0, 5, 15, 45, 65, 75, 85)
    carr_hill_male: by_age(float, "relative", "workload of a male patient by age", "GMS formula review 2007, recalled", 0, 100) = (
        3.97, 1.00, 1.02, 2.15, 4.19, 5.18, 6.27,
    )  # fmt: skip
    carr_hill_female: by_age(
        float, "relative", "workload of a female patient by age", "GMS formula review 2007, recalled", 0, 100
    ) = (3.64, 1.04, 2.19, 3.36, 4.90, 6.56, 6.72)  # fmt: skip
    home_weight: parameter(
        float, "ratio", "workload in a nursing or residential home over the same age elsewhere",
        "GMS formula review 2007, recalled", 1, 10,
    ) = 1.43  # fmt: skip
    home_shares: by_age(
        float, "share", "patients who live in nursing or residential homes, by carr_hill_ages",
        "assumption: Census 2011, rounded; homes are spread as people of these ages are", 0, 1,
    ) = (0.0, 0.0, 0.0, 0.001, 0.007, 0.027, 0.137)  # fmt: skip
    additional_constant: parameter(
        float, "", "additional need: constant", "GMS formula review 2007, recalled, medium confidence", 0, 1000
    ) = 48.12  # fmt: skip
    additional_illness: parameter(
        float, "per point", "additional need per point of standardised limiting long-standing illness",
        "GMS formula review 2007, recalled, medium confidence", 0, 10,
    ) = 0.261  # fmt: skip
    additional_mortality: parameter(
        float, "per point", "additional need per point of standardised mortality under 65", "GMS formula review 2007, recalled, medium confidence",
        0, 10,
    ) = 0.237  # fmt: skip
    illness_by_deprivation: by_age(
        float, "England = 100", "standardised limiting long-standing illness by deprivation fifth, most deprived first",
        "fitted to pattern P19: weighted lists of 2020/21, NHS Payments to General Practice", 0, 1000,
    ) = (125.0, 106.0, 95.0, 90.0, 86.0)  # fmt: skip
    mortality_by_deprivation: by_age(
        float, "England = 100", "standardised mortality under 65 by deprivation fifth, most deprived first",
        "fitted to pattern P19: weighted lists of 2020/21, NHS Payments to General Practice", 0, 1000,
    ) = (151.0, 111.0, 87.0, 74.0, 68.0)  # fmt: skip
    premium: parameter(
        float, "share", "added to the weight of patients registered in the last 12 months", "GMS formula review 2007, recalled",
        0, 10,
    ) = 0.46  # fmt: skip
    premium_stay_months: parameter(
        int, "months", "the premium is paid only for those who stay this long", "assumption: none; 6-12 were proposed",
        0, 12,
    ) = 0  # fmt: skip
    leaving_new: parameter(
        float, "per month", "new patients of a conventional practice who leave it, first year",
        "computed: HSJ 2019, about one in six gone within 18 months, London", 0, 1,
    ) = 0.01  # fmt: skip
    leaving_new_digital: parameter(
        float, "per month", "new patients of a digital provider who leave it, first year",
        "computed: HSJ 2019, 28% gone within 18 months", 0, 1,
    ) = 0.018  # fmt: skip
    staff_inner_london: parameter(
        float, "ratio", "Carr-Hill staff market forces factor, inner London over outside London",
        "fitted to pattern P19: weighted lists of 2020/21, NHS Payments to General Practice", 0.5, 2,
    ) = 1.08  # fmt: skip
    staff_outer_london: parameter(
        float, "ratio", "Carr-Hill staff market forces factor, outer London over outside London",
        "fitted to pattern P19: weighted lists of 2020/21, NHS Payments to General Practice", 0.5, 2,
    ) = 1.01  # fmt: skip
    rurality: parameter(
        float, "ratio", "Carr-Hill rurality factor of a list that is all rural over one that is all urban",
        "fitted to pattern P19: weighted lists of 2020/21, NHS Payments to General Practice", 0.5, 2,
    ) = 1.08  # fmt: skip
    deprivation_uplift: by_age(
        float, "ratio", "weight of patients by deprivation fifth, most deprived first, under the deprivation formula",
        "assumption: closes the 7% shortfall of the most deprived fifth, Health Foundation 2020", 0, 10,
    ) = (1.10, 1.03, 0.98, 0.96, 0.94)  # fmt: skip
    global_sum_years: by_age(int, "year", "financial years (April) of global_sum", "BMA payment letters", 1990, 2100) = (
        2014, 2015, 2016, 2017, 2018, 2019, 2020, 2021, 2022, 2023, 2024, 2025,
    )  # fmt: skip
    global_sum: by_age(
        float, "GBP per weighted patient per year", "global sum by financial year; the last holds on",
        "BMA payment letters; 2018/19-2022/23 recalled within GBP 1; 2024/25 between 107.57 and 112.50", 0, 10_000,
    ) = (
        73.56, 75.77, 80.59, 85.35, 88.0, 89.9, 93.5, 97.3, 99.7, 104.73, 110.0, 121.79,
    )  # fmt: skip
    opt_out: parameter(
        float, "share", "of the global sum, deducted for not working out of hours", "BMA payment letters", 0, 1
    ) = 0.0475
    other_income: parameter(
        float, "GBP per patient per year", "practice income beside the global sum: quality, services, premises",
        "computed: NHS Payments to General Practice", 0, 10_000,
    ) = 71.0  # fmt: skip
    cost_year: parameter(
        int, "year", "financial year (April) whose prices costs are in; they rise with the mean income per patient",
        "assumption", 1990, 2100,
    ) = 2020  # fmt: skip
    cost_fixed: parameter(
        float, "GBP per practice per year", "cost of being a practice at all", "assumption: thin margins of small lists",
        0, 1e7,
    ) = 50_000.0  # fmt: skip
    cost_per_gp: parameter(
        float, "GBP per full-time GP per year", "cost of a GP over what the work costs without",
        "assumption: about half of what a GP costs, because others do the work of GPs a practice lacks", 0, 1e7,
    ) = 60_000.0  # fmt: skip
    cost_per_weighted: parameter(
        float, "GBP per weighted patient per year", "staff, premises and the work of GPs not there",
        "assumption: gives a mean margin of about GBP 5 a patient", 0, 10_000,
    ) = 122.0  # fmt: skip

    # Places and authorities
    pooled_health: parameter(
        float, "share", "of a commissioner's money for a place that its budget pools", "assumption", 0, 1
    ) = 0.3
    pooled_council: parameter(
        float, "share", "of an authority's money for a place that its budget pools", "assumption", 0, 1
    ) = 0.5
    social_care: parameter(
        float, "GBP per resident of average need per year", "social care of adults, by residence",
        "assumption: about GBP 19bn for England, 2018/19", 0, 100_000,
    ) = 340.0  # fmt: skip
    public_health: parameter(
        float, "GBP per resident per year", "public health, by residence", "assumption: about GBP 3.2bn for England", 0,
        100_000,
    ) = 57.0  # fmt: skip
    gp_rule: one_of(FUNDED_BY, "who answers for general practice", "Who Pays 2020") = "registration"
    community_rule: one_of(FUNDED_BY, "who answers for community services", "Who Pays 2020") = "registration"
    social_care_rule: one_of(FUNDED_BY, "who answers for social care", "Who Pays 2020") = "residence"
    public_health_rule: one_of(FUNDED_BY, "who answers for public health", "Who Pays 2020") = "residence"
