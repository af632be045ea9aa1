"""Parameters of practices: leaving, merging, opening, closing lists, widening boundaries."""

from __future__ import annotations

from model.parameters.writing import Section, by_age, parameter


class Practices(Section):
    """What practices do once a year, and how many leave or open."""

    exit_years: by_age(int, "year", "financial years (April) that exit_rates are given for", "NHS Payments to General Practice", 1990, 2100) = (
        2014, 2015, 2016, 2017, 2018, 2019, 2020,
    )  # fmt: skip
    exit_rates: by_age(float, "per year", "practices that close or merge, mean of England; the last holds on", "NHS Payments to General Practice", 0, 0.5) = (
        0.018, 0.027, 0.040, 0.035, 0.030, 0.032, 0.009,
    )  # fmt: skip
    exit_size_slope: parameter(float, "per ln(list)", "logit slope of leaving on list size", "fitted to exits by size fifth, NHS Payments to General Practice", -5, 0) = -1.6  # fmt: skip
    openings: parameter(float, "per year per 1,000 practices", "new practices", "NHS Payments to General Practice: 5-36 codes a year", 0, 100) = 1.0  # fmt: skip
