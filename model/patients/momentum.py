"""Lists that grow at the start as they grew before: practice effects of those who choose, beside those of lists.

The practice effects reproduce the lists there are, which stand for decades of choices. Who chooses now lives elsewhere and
is of another age, so with those effects alone a list would grow or shrink for no reason anybody could name: by an SD of
1.2% a year in England, with no likeness to how lists do grow (January to July 2021: correlation 0.04). Two additions to
the effects mend it:

- *balance*: every list grows as its neighbourhood does (:mod:`model.patients.balance`);
- *momentum*: lists that grew more than their neighbours in the year before go on doing so, most of it fading by half in
  half a year (autocorrelation of the growth of lists, NHS Payments to General Practice 2014/15 to 2019/20, and the first half of 2021).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.patients.choose import Options
from model.patients.yearly_flows import YearlyFlows

LARGEST_GROWTH = 0.15
"""ln a year: a list that changed by more merged, moved or took over another's patients, which is not momentum."""
SMALLEST_LIST = 500.0
"""Patients, below which a list is not one that people choose (hostels, walk-in centres)."""
LARGEST_EFFECT = 1.5
"""Utility: what balance and momentum may add or take at most."""
ROUNDS = 30
LEAST_RESPONSE = 0.02
"""Share of a list a unit of utility brings in a year at least: bounds the steps of the solution."""


class Momentum(NamedTuple):
    """Additions to practice effects, utility, float64[P]."""

    balance: np.ndarray
    """For good: growth as that of the neighbourhood."""
    pace: np.ndarray
    """At the start, fading: growth as in the year before."""


class Lists(NamedTuple):
    """Registrations at the start: R rows of area x practice, P practices."""

    area: np.ndarray
    """int[R]."""
    practice: np.ndarray
    """int[R]."""
    patients: np.ndarray
    """int[R]."""
    chosen: np.ndarray
    """bool[P]: lists that people choose by distance; the others are left as they are."""


def momentum_of(
    options: Options, lists: Lists, flows: YearlyFlows, growth: np.ndarray | None, goes_on: float
) -> Momentum:
    """Balance and momentum of every list.

    Args:
        options: choice tables with this month's appeal.
        lists: registrations at the start.
        flows: of the year that begins.
        growth: ln growth of lists in the year before, per year, float64[P], NaN where unknown; None where all are.
        goes_on: share of a list's growth beyond its neighbours' that goes on at first.
    """
    practices = len(lists.chosen)
    size = np.bincount(lists.practice, lists.patients, practices).astype(np.float64)
    live = lists.chosen & (size >= SMALLEST_LIST)
    nothing = np.zeros(practices)
    if not live.any() or flows.choosing.sum() <= 0:
        return Momentum(nothing, nothing)
    expected = growth_of_neighbourhoods(lists, flows)
    balance = solve_growth(options, size, live, flows, expected, nothing)
    if growth is None or goes_on <= 0:
        return Momentum(balance, nothing)
    ahead = goes_on * ahead_of_neighbours(lists, growth, size)
    return Momentum(balance, solve_growth(options, size, live, flows, expected + ahead, balance) - balance)


def growth_of_neighbourhoods(lists: Lists, flows: YearlyFlows) -> np.ndarray:
    """Growth in a year of the areas a list's patients live in, weighted by them, share, float64[P]."""
    areas, practices = len(flows.arriving), len(lists.chosen)
    people = np.maximum(np.bincount(lists.area, lists.patients, areas), 1.0)
    return _of_patients(lists, (flows.arriving - flows.departing) / people, practices)


def ahead_of_neighbours(lists: Lists, growth: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Growth of each list less that of the lists its patients' neighbours are on, float64[P]; 0 where it is unknown."""
    return np.nan_to_num(growth_around(lists, growth, size)[0])


def growth_around(lists: Lists, growth: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(growth of each list beyond that of its patients' neighbours, the neighbours' growth), float64[P], NaN where unknown."""
    known = known_growth(growth, size)
    around = _of_patients(lists, growth_of_areas(lists, growth, size), len(growth))
    return np.where(known, growth - around, np.nan), np.where(known, around, np.nan)


def known_growth(growth: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Lists whose growth says something: known, no merger or move, not too small: bool[P]."""
    return np.isfinite(growth) & (np.abs(np.nan_to_num(growth)) <= LARGEST_GROWTH) & (size >= SMALLEST_LIST)


def growth_of_areas(lists: Lists, growth: np.ndarray, size: np.ndarray, areas: int = 0) -> np.ndarray:
    """Mean growth of the lists that the people of each area are on, float64[A]; 0 where none is known.

    Args:
        lists: registrations.
        growth: ln growth of lists in the year before, float64[P], NaN where unknown.
        size: patients of each list, float64[P].
        areas: how many; the last with registrations if 0.
    """
    known = known_growth(growth, size)
    weight = np.where(known[lists.practice], lists.patients, 0.0)
    value = np.where(known, np.nan_to_num(growth), 0.0)
    areas = areas or int(lists.area.max(initial=0)) + 1
    total = np.bincount(lists.area, weight * value[lists.practice], areas)
    return total / np.maximum(np.bincount(lists.area, weight, areas), 1e-9)


def _of_patients(lists: Lists, by_area: np.ndarray, practices: int) -> np.ndarray:
    """Mean over a list's patients of a figure of their areas, float64[P]."""
    total = np.bincount(lists.practice, lists.patients * by_area[lists.area], practices)
    return total / np.maximum(np.bincount(lists.practice, lists.patients, practices), 1.0)


def solve_growth(
    options: Options, size: np.ndarray, live: np.ndarray, flows: YearlyFlows, growth: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """Additions to practice effects with which lists grow at the given rates, utility, float64[P]; 0 where not live.

    Damped Newton steps with the diagonal of the response: joiners answer by share x (1 - share) of those who choose,
    leavers by ``undecided``. What the region as a whole grows is given by who lives there, so the mean gap is left.

    Args:
        options: choice tables with this month's appeal.
        size: lists, float64[P].
        live: lists to be solved, bool[P].
        flows: of a year.
        growth: wanted, share a year, float64[P].
        start: additions to begin from.
    """
    practices = len(size)
    practice = options.practice.astype(np.int64)
    weight = options.weight[0] * options.appeal[0][options.practice] * (options.open[options.practice] > 0)
    place = practice.reshape(-1)
    added = start.copy()
    for _ in range(ROUNDS):
        share = weight * np.exp(added)[practice]
        share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-300)
        joining = flows.choosing[:, None] * share
        joiners = np.bincount(place, joining.reshape(-1), practices)
        response = np.bincount(place, (joining * (1.0 - share)).reshape(-1), practices) + flows.undecided
        change = joiners + flows.born - flows.left + flows.undecided * added
        gap = growth * size - change
        gap -= size * gap[live].sum() / size[live].sum()
        step = np.clip(gap / np.maximum(response, LEAST_RESPONSE * size + 1.0), -0.5, 0.5)
        added = np.where(live, np.clip(added + 0.7 * step, -LARGEST_EFFECT, LARGEST_EFFECT), 0.0)
        added[live] -= np.average(added[live], weights=size[live])
    return added
