"""The figures of calibration patterns in one run of the model, taken while it runs."""

from __future__ import annotations

import datetime
import re
from typing import Any

import numpy as np

from analysis.validation.measure_practices import switching_rates
from analysis.validation.people_probes import Switching, Trips
from model.geography.region import Region
from model.geography.travel import Travel
from model.measures.concentration import gini
from model.model import RegistrationModel
from model.months import months_since_1970
from model.providers.exits import leaving_hazard, leaving_score, rate_of
from model.scenario import Scenario
from runs.stopping import stop_if_asked

FIGURES = (
    "list_growth", "list_gini", "exit_ratio", "growth_low", "growth_median", "growth_high", "switching",
    "dissatisfied_ratio", "nearest", "urban_km", "excess_growth",
)  # fmt: skip
"""What a run is measured by, besides ``digital_YYYY-MM-DD``: patients of digital providers on a day."""
SMALLEST_SURVIVOR = 500
"""Lists below it are left out of the growth of survivors: some are being wound up."""
_DIGITAL = re.compile(r"digital_(\d{4}-\d\d-\d\d)")


def digital_day(figure: str) -> datetime.date | None:
    """Day of a figure of the digital list; None where it is another figure."""
    found = _DIGITAL.fullmatch(figure)
    return datetime.date.fromisoformat(found[1]) if found else None


def figures_of(
    scenario: Scenario, region: Region, travel: Travel, until: datetime.date, seed: int, wanted: list[str]
) -> dict[str, float]:
    """Run a scenario up to the first of a month and measure it; NaN where the run has nothing to measure.

    Args:
        scenario: complete.
        region: where.
        travel: its travel tables.
        until: last month.
        seed: key of every draw.
        wanted: FIGURES, or ``digital_YYYY-MM-DD``.
    """
    model = RegistrationModel(scenario, region=region, travel=travel, seed=seed)
    months = months_since_1970(until) - model.month_number
    seen = _Seen(model, max(months - 12, 0))
    for _ in range(months):
        stop_if_asked()
        model.step()
        seen.after_month(model)
    found = seen.figures(model)
    for figure in wanted:
        day = digital_day(figure)
        if day is not None:
            found[figure] = seen.digital_on(day)
    return {figure: found[figure] for figure in wanted}


class _Seen:
    """What is noted as a run goes along."""

    def __init__(self, model: RegistrationModel, last_year: int) -> None:
        self.switching, self.trips = Switching(model, last_year), Trips(model)
        self.start = model.month_number
        self.first_mean, self.first_excess = _mean_list(model), _excess(model)
        self.sizes = model.lists.size.copy()
        self.growth: list[np.ndarray] = []
        self.exit_ratio = exit_ratio(model)
        self.months: list[int] = []
        self.digital: list[float] = []
        self._digital(model)

    def after_month(self, model: RegistrationModel) -> None:
        """Count what changed in the month; once a year, how much lists grew and who left."""
        self.switching.after_month(model)
        self._digital(model)
        if (model.month_number - self.start) % 12 == 0:
            lists = model.lists
            there = lists.conventional & (self.sizes >= SMALLEST_SURVIVOR)
            self.growth.append(lists.size[there] / self.sizes[there] - 1.0)
            self.sizes = lists.size.copy()
            self.exit_ratio = exit_ratio(model)

    def _digital(self, model: RegistrationModel) -> None:
        lists = model.lists
        self.months.append(model.month.toordinal())
        self.digital.append(float(lists.size[lists.provider >= 0].sum()))

    def digital_on(self, day: datetime.date) -> float:
        """Patients of digital providers on a day, on the line between the first of two months; NaN outside the run."""
        return float(np.interp(day.toordinal(), self.months, self.digital, np.nan, np.nan))

    def figures(self, model: RegistrationModel) -> dict[str, float]:
        """Every figure by name, from the start to now; NaN where nothing tells it."""
        years = max(model.month_number - self.start, 1) / 12.0
        lists = model.lists
        growth = np.concatenate(self.growth) if self.growth else np.full(1, np.nan)
        low, median, high = np.percentile(growth, [5, 50, 95])
        trips: Any = self.trips.tables(model)["trips"].query("who == 'all'").set_index("rural")
        urban = trips.loc[False]
        excess = _excess(model)
        grows = excess > 0 and self.first_excess > 0
        switched = switching_rates(self.switching.tables(model)["switching"])
        return {
            "list_growth": (_mean_list(model) / self.first_mean) ** (1 / years) - 1.0,
            "list_gini": gini(lists.size[lists.conventional]),
            "exit_ratio": self.exit_ratio,
            "growth_low": float(low),
            "growth_median": float(median),
            "growth_high": float(high),
            "switching": switched["mean"],
            "dissatisfied_ratio": switched["ratio"],
            "nearest": float(trips["nearest"].sum() / trips["patients"].sum()),
            "urban_km": float(urban["km"] / urban["patients"]) if urban["patients"] else float("nan"),
            "excess_growth": float(np.log(excess / self.first_excess) / years) if grows else float("nan"),
        }


def _mean_list(model: RegistrationModel) -> float:
    return float(model.lists.size[model.lists.conventional].mean())


def _excess(model: RegistrationModel) -> float:
    """Registered over resident less 1."""
    return float(model.counts.lists.sum() / model.counts.residents.sum() - 1.0)


def exit_ratio(model: RegistrationModel) -> float:
    """Hazard of leaving next April in the smallest over that in the largest fifth of practices.

    The hazards themselves, not the practices drawn: of 1,500 practices five of the largest fifth leave in ten years.
    """
    lists, rules = model.lists, model.practice_rules
    these = np.flatnonzero(lists.conventional & (lists.size > 0))
    if len(these) < 10:
        return float("nan")
    score = leaving_score(lists.size[these], lists.margin[these], lists.load[these], rules)
    hazard = leaving_hazard(score, rate_of(rules, model.month.year))
    by_size = np.argsort(lists.size[these], kind="stable")
    fifth = len(these) // 5
    largest = hazard[by_size[-fifth:]].mean()
    return float(hazard[by_size[:fifth]].mean() / largest) if largest > 0 else float("nan")
