"""Scenarios side by side: each is run in memory and told in a few headline measures, beside what it is compared with.

Runs of one seed share births, moves and tastes, so that a difference is the policy's doing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.model import RegistrationModel
    from model.policy import DigitalLaunch
    from model.scenario import Scenario

Measured = dict[str, float]


@dataclass(frozen=True)
class Measure:
    """One column of the comparison."""

    name: str
    heading: str
    """Two words at most, one above the other."""
    unit: str
    """share, people, ratio, km, pounds, million pounds or number."""
    meaning: str
    of: Callable[[RegistrationModel], float]
    """Its value at the end of a run; NaN where it cannot be told."""


def _headline(name: str, scale: float = 1.0) -> Callable[[RegistrationModel], float]:
    """The last value of a measure of the headline table."""

    def of(model: RegistrationModel) -> float:
        values = model.datacollector.model_vars.get(name)
        return scale * float(values[-1]) if values else math.nan

    return of


def _over_the_run(name: str, fold: Callable[[Sequence[float]], float]) -> Callable[[RegistrationModel], float]:
    """The sum or peak over the months of a measure of the headline table."""

    def of(model: RegistrationModel) -> float:
        values = model.datacollector.model_vars.get(name)
        return float(fold(values)) if values else math.nan

    return of


def _share_of(part: str, whole: str) -> Callable[[RegistrationModel], float]:
    def of(model: RegistrationModel) -> float:
        values = model.datacollector.model_vars
        return values[part][-1] / values[whole][-1] if values[whole][-1] else math.nan

    return of


def _highest_ratio(model: RegistrationModel) -> float:
    """Registered over resident people of the commissioner where that is highest (fixed boundaries)."""
    from model.month_measures import measures_of

    ratio = measures_of(model).commissioners["registered_resident_ratio"]
    return float(np.nanmax(ratio)) if not np.isnan(ratio).all() else math.nan


def _own_host(model: RegistrationModel) -> int:
    """Position of the host of the first digital-launch, else of the longest digital list the region has.

    Where there is neither, of the commissioner where one would open by itself.
    """
    from model.policy import DigitalLaunch

    launches, region = _launches(model.scenario), model.region
    there = np.where(region.provider_kind == "digital", region.list_size, 0)
    if not launches and there.any():
        return int(region.practice_commissioner[there.argmax()])
    return (launches[0] if launches else DigitalLaunch(month=model.start)).host_commissioner(model.region)


def _launches(scenario: Scenario) -> list[DigitalLaunch]:
    from model.policy import DigitalLaunch

    return [event for event in scenario.timeline if isinstance(event, DigitalLaunch)]


def _host_ratio(model: RegistrationModel) -> float:
    """Registered over resident people of the run's own host."""
    return _ratios(model)[_own_host(model)]


def _ratios(model: RegistrationModel) -> list[float]:
    """Registered over resident people of every commissioner (fixed boundaries)."""
    from model.month_measures import measures_of

    return [float(ratio) for ratio in measures_of(model).commissioners["registered_resident_ratio"]]


def _digital_index(model: RegistrationModel) -> float:
    """Carr-Hill weighted over registered patients of digital lists."""
    patients = np.where(model.lists.provider >= 0, model.counts.lists, 0)
    return float(model.lists.carr_hill @ patients / patients.sum()) if patients.any() else math.nan


def _crossing_today(model: RegistrationModel) -> float:
    """Gross misalignment on the boundaries of the day."""
    from model.month_measures import measures_of

    _, today = measures_of(model).current(model.month)
    on_lists = float((today["residents"] - today["unregistered"]).sum())
    return float(today["outflow"].sum()) / on_lists if on_lists else math.nan


MEASURES = (
    Measure("highest_ratio", "highest R/R", "ratio", "registered over resident people, highest commissioner", _highest_ratio),
    Measure("host_ratio", "host R/R", "ratio", "the same of the commissioner where a digital provider is, or would be, hosted", _host_ratio),
    Measure("ratio_sd", "R/R SD", "ratio", "standard deviation of registered over resident people between commissioners", _headline("registered_resident_ratio_sd")),
    Measure("gross", "gross crossing", "share", "registered with another commissioner than the home's, fixed boundaries", _headline("gross_misalignment")),
    Measure("gross_today", "gross today", "share", "the same on the boundaries of the day", _crossing_today),
    Measure("net", "net crossing", "share", "half the sum of |net flows| over registered residents, fixed boundaries", _headline("net_misalignment")),
    Measure("digital", "digital patients", "people", "patients of digital providers", _headline("digital")),
    Measure("digital_index", "digital index", "ratio", "Carr-Hill weighted over registered patients of digital lists", _digital_index),
    Measure("out_of_area", "out of-area", "share", "patients registered out of area", _share_of("out_of_area", "registered")),
    Measure("ghosts", "ghosts", "share", "patients on lists who are not there", _share_of("ghosts", "registered")),
    Measure("unregistered", "on no-list", "share", "residents on no list", _share_of("unregistered", "residents")),
    Measure("waiting", "peak waiting", "people", "residents who had lost their practice and looked for one, highest month", _over_the_run("waiting", max)),
    Measure("in_error", "struck off", "people", "people who are there taken off a list by mistake, whole run", _over_the_run("changes_removed_in_error", sum)),
    Measure("practices", "practices", "number", "practices", _headline("practices")),
    Measure("concentration", "HHI", "ratio", "Herfindahl index of organisations in a place", _headline("organisation_hhi")),
    Measure("travel", "travel km", "km", "mean distance to the practice, conventional lists", _headline("travel_km")),
    Measure("satisfaction", "satisfied", "share", "patients satisfied", _headline("satisfaction")),
    Measure("frail", "frail elsewhere", "share", "frail residents on a list of another commissioner", _headline("frail_mismatched")),
    Measure("unfunded", "unfunded GBPm", "million pounds", "need-cost of present patients less money for them, sum of |.| over commissioners, a year", _headline("unfunded", 1e-6)),
    Measure("misplaced", "misplaced GBPm", "million pounds", "money that would have to change hands to follow the need of present patients, a year", _headline("misplaced", 1e-6)),
    Measure("misallocated", "misallocated GBPm", "million pounds", "money that would have to change hands to follow the need of residents, a year", _headline("misallocated", 1e-6)),
    Measure("mismatch", "GBPm-years", "million pounds", "money that arrived late or early, whole run", _headline("mismatch_years", 1e-6)),
    Measure("funding_slope", "funding slope", "pounds", "payments to practices per need-weighted head, least less most deprived", _headline("funding_slope")),
)  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """One scenario of a comparison."""

    name: str
    title: str
    against: str
    """Empty where it is compared with nothing."""
    values: Measured
    differences: Measured
    """Its values less those of ``against``; empty where there is none."""
    host: str
    """Name of the commissioner whose ratio ``host_ratio`` is, in the values and in the differences."""


@dataclass(frozen=True)
class Ended:
    """The end of a run."""

    values: Measured
    ratios: Sequence[float]
    """Registered over resident people by position of the commissioner."""
    commissioners: Sequence[str]
    """Their names."""
    host: int
    """Position of the commissioner where its first digital provider is, or would be, hosted."""
    launches: bool
    """Whether its timeline has a digital provider open."""


def run_in_memory(scenario: Scenario, region: Region, each_month: Callable[[], object]) -> Ended:
    """Run a scenario and measure its end.

    Raises:
        InputError: an event names a place the region does not have.
    """
    from model.model import RegistrationModel

    model = RegistrationModel(scenario, region=region)
    for _ in range(scenario.months):
        model.step()
        each_month()
    values = {measure.name: measure.of(model) for measure in MEASURES}
    names = [region.name_of(str(code)) for code in region.commissioners]
    return Ended(values, _ratios(model), names, _own_host(model), bool(_launches(scenario)))


def compared(scenarios: Sequence[Scenario], against: Mapping[str, str], ended: Mapping[str, Ended]) -> list[Compared]:
    """The rows of a comparison.

    A scenario and what it is compared with are measured at one host: the scenario's own, or that of the other where
    only the other has a digital provider open.

    Args:
        scenarios: what is compared, in order.
        against: by name, the scenario each is compared with; empty = none.
        ended: by name, the end of each and of what they are compared with, all in one region.
    """
    rows = []
    for scenario in scenarios:
        run, name = ended[scenario.name], against[scenario.name]
        other = ended[name] if name else None
        host = other.host if other and other.launches and not run.launches else run.host
        values = _measured_at(host, run)
        less = _measured_at(host, other) if other else {}
        differences = {measure: values[measure] - figure for measure, figure in less.items()}
        rows.append(Compared(scenario.name, scenario.title, name, values, differences, run.commissioners[host]))
    return rows


def _measured_at(host: int, run: Ended) -> Measured:
    return run.values | {"host_ratio": run.ratios[host]}
