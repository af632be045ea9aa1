"""What the map shows: measures of areas, counted from the patients themselves or taken from the area's commissioner."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.patients.columns import NONE, lives_here
from model.patients.compiled import strip
from model.patients.tally import CHUNK
from model.patients.threads import in_strips

if TYPE_CHECKING:
    from model.model import RegistrationModel

RESIDENTS, LISTED, ELSEWHERE, DIGITAL, METRES, NEAR, RECORDED, GHOSTS = range(8)
"""Columns of what is counted by area."""


class AreaCounts(NamedTuple):
    """Counts by area, int64[A] each."""

    residents: np.ndarray
    """Who live there."""
    listed: np.ndarray
    """Of them, on a list."""
    elsewhere: np.ndarray
    """Of them, on the list of another commissioner's practice than that of the home."""
    digital: np.ndarray
    """Of them, on a digital provider's list."""
    metres: np.ndarray
    """Straight-line metres to the practices of those on a list that is not digital, summed."""
    near: np.ndarray
    """Who these are."""
    recorded: np.ndarray
    """Patients on any list with an address there on the register."""
    ghosts: np.ndarray
    """Of them, ghosts: not there."""


def count_areas(model: RegistrationModel) -> AreaCounts:
    """Count patients by area, in one pass."""
    region, columns, options = model.region, model.engine.columns, model.world.options
    counts = np.zeros((model.threads, len(region.areas), 8), np.int64)
    of_area = region.area_commissioner.astype(np.int32)
    of_practice = region.practice_commissioner.astype(np.int32)
    digital = model.lists.provider >= 0
    x, y, practice_x, practice_y = (
        np.ascontiguousarray(values, np.float64)
        for values in (options.x, options.y, options.practice_x, options.practice_y)
    )

    def count(first: int, last: int, thread: int) -> None:
        areas_strip(columns, first, last, of_area, of_practice, digital, x, y, practice_x, practice_y, counts[thread])

    in_strips(model.engine.rows, model.threads, count, CHUNK)
    return AreaCounts(*counts.sum(axis=0).T)


@strip
def areas_strip(columns, first, last, of_area, of_practice, digital, x, y, practice_x, practice_y, counts):
    """Count rows first to last into counts int64[A, 8]."""
    for i in range(first, last):
        practice = columns.practice[i]
        here = lives_here(np.int64(columns.flags[i]))
        if practice != NONE:
            recorded = columns.recorded[i]
            counts[recorded, RECORDED] += 1
            if not here:
                counts[recorded, GHOSTS] += 1
        if not here:
            continue
        home = columns.home[i]
        counts[home, RESIDENTS] += 1
        if practice == NONE:
            continue
        counts[home, LISTED] += 1
        if of_area[home] != of_practice[practice]:
            counts[home, ELSEWHERE] += 1
        if digital[practice]:
            counts[home, DIGITAL] += 1
        else:
            dx, dy = x[home] - practice_x[practice], y[home] - practice_y[practice]
            counts[home, METRES] += np.int64(np.sqrt(dx * dx + dy * dy) + 0.5)
            counts[home, NEAR] += 1


class AreaMeasure(NamedTuple):
    """A measure the map may be coloured by."""

    label: str
    unit: str
    help: str
    part: str = ""
    """Field of AreaCounts; empty where the measure is one of commissioners."""
    whole: str = ""
    """What it is a share of."""
    factor: float = 100.0
    """What the share is multiplied by."""
    of_commissioners: Callable[[RegistrationModel], np.ndarray] | None = None
    """float64[C], where all areas of a commissioner share one value."""
    both_ways: bool = False
    """Whether zero is in the middle of the scale."""

    def values(self, model: RegistrationModel, counts: AreaCounts) -> np.ndarray:
        """The measure of each area, float64[A], NaN where there is nobody to speak of."""
        if self.of_commissioners is not None:
            return self.of_commissioners(model)[model.region.area_commissioner]
        return self.factor * _over(getattr(counts, self.part), getattr(counts, self.whole))

    def by_commissioner(self, model: RegistrationModel, counts: AreaCounts) -> np.ndarray:
        """The measure of each commissioner's residents, float64[C], NaN where there are none."""
        if self.of_commissioners is not None:
            return self.of_commissioners(model)
        places, count = model.region.area_commissioner, len(model.region.commissioners)
        part, whole = (np.bincount(places, getattr(counts, name), count) for name in (self.part, self.whole))
        return self.factor * _over(part, whole)


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def _net_flow(model: RegistrationModel) -> np.ndarray:
    flows = model.counts.true_flows
    return 100.0 * _over(flows.sum(axis=0) - flows.sum(axis=1), model.counts.by_commissioner("residents"))


def _gap(model: RegistrationModel) -> np.ndarray:
    residents = model.counts.by_commissioner("residents")
    return 100.0 * _over(model.counts.by_commissioner("registered") - residents, residents)


MEASURES: dict[str, AreaMeasure] = {
    "elsewhere": AreaMeasure(
        "Registered elsewhere", "% of registered residents",
        "Residents on the list of a practice that belongs to another commissioner than the one they live in.",
        "elsewhere", "listed",
    ),
    "net_flow": AreaMeasure(
        "Net flow", "% of residents of the commissioner",
        "Patients who come from other commissioners less residents registered with others. Without ghosts.",
        of_commissioners=_net_flow, both_ways=True,
    ),
    "gap": AreaMeasure(
        "Registered less resident", "% of residents of the commissioner",
        "Everyone on the lists of the commissioner's practices, ghosts too, less everyone who lives there.",
        of_commissioners=_gap, both_ways=True,
    ),
    "ghosts": AreaMeasure(
        "Ghosts", "% of patients with an address here",
        "Patients on a list who are not there any more: emigrated, gone after a short stay, counted twice or dead.",
        "ghosts", "recorded",
    ),
    "digital": AreaMeasure(
        "Digital share", "% of registered residents",
        "Residents on the list of a digital provider.",
        "digital", "listed",
    ),
    "travel": AreaMeasure(
        "Distance to the practice", "km in a straight line, mean",
        "From the middle of the area to the practices its residents are registered with; digital lists left out.",
        "metres", "near", 0.001,
    ),
}  # fmt: skip


def summary(model: RegistrationModel, counts: AreaCounts, measure: str) -> str:
    """The map in words, for those who cannot see it."""
    about, region = MEASURES[measure], model.region
    values = about.values(model, counts)
    known = np.isfinite(values)
    if not known.any():
        return f"{about.label}: nobody lives here to speak of."
    places = region.area_commissioner
    of_place = [
        (float(value), region.name_of(str(code)))
        for value, code in zip(about.by_commissioner(model, counts), region.commissioners, strict=True)
        if np.isfinite(value)
    ]
    of_place.sort(reverse=True)
    shown = of_place if len(of_place) <= 6 else [*of_place[:3], *of_place[-2:]]
    listed = "; ".join(f"{name} {_number(value)}" for value, name in shown)
    head = f"{about.label}, {about.unit}, {model.month:%B %Y}."
    if about.of_commissioners is not None:
        return f"{head} Highest to lowest: {listed}."
    top = int(np.nanargmax(values))
    low, middle, high = np.nanpercentile(values, [0, 50, 100])
    return (
        f"{head} By area from {_number(low)} to {_number(high)}, half of them above {_number(middle)}. Highest in"
        f" {region.areas[top]} ({region.name_of(str(region.commissioners[places[top]]))}). By commissioner: {listed}."
    )


def _number(value: float) -> str:
    return f"{value:.1f}".replace("-", "\N{MINUS SIGN}")
