"""The part of the utility of a practice that is the same for everyone in an area (the deterministic part of choice).

For area a and its candidate practice k (ODD 7.16):

    V[a, k] = effect[p] - f(km[a, k]) - border_site * s[a, k] - border_membership * m[a, k]
    f(km) = b_log[a] * ln(1 + km) + b_km * km
    b_log[a] = distance_log - distance_spacing * ln(spacing[a] / 1 km), at least 0

with distance_log and b_km of urban or of rural homes. The spacing of practices around a home is the distance of its
8th nearest: where practices are far apart a kilometre matters less (fitted on England in January 2021, this one term
raises the common part of commuters, CPC, from 0.754 to 0.768). s is 1 where the site stands in another commissioner's area than the home, m is 1 where the practice belongs to another
commissioner than the home's. The practice effects are what is left to explain list sizes: they are solved once so that
expected choices add up to the lists, and do not follow the lists afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numba
import numpy as np

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.geography.travel import Travel

LOWEST_EFFECT = -30.0
"""Effect of a practice that nobody is to choose: finite, and e^-30 of any other practice's weight."""
LARGEST_STEP = 20.0
SPACING_RANK = 8
SPACING_LIMITS_KM = (0.2, 15.0)
REMEMBERED = 10
"""Rounds that Anderson mixing looks back on."""


class DistanceAndBorders(Protocol):
    """The parameters of base_utility: the ``choice`` section of a scenario has them."""

    @property
    def distance_log_urban(self) -> float:
        """Per ln(1 + km), urban homes."""
        ...

    @property
    def distance_log_rural(self) -> float:
        """Per ln(1 + km), rural homes."""
        ...

    @property
    def distance_km_urban(self) -> float:
        """Per km, urban homes."""
        ...

    @property
    def distance_km_rural(self) -> float:
        """Per km, rural homes."""
        ...

    @property
    def distance_spacing(self) -> float:
        """How much less each ln(1 + km) costs per ln of the spacing of practices."""
        ...

    @property
    def border_site(self) -> float:
        """The site lies in another commissioner's area than the home."""
        ...

    @property
    def border_membership(self) -> float:
        """The practice belongs to another commissioner than the home's."""
        ...


def crosses_site_border(region: Region, practice: np.ndarray) -> np.ndarray:
    """Whether the site stands in another commissioner's area than the home; practice int[A, K] -> bool[A, K]."""
    return region.area_commissioner[region.practice_area[practice]] != region.area_commissioner[:, None]


def crosses_membership_border(region: Region, practice: np.ndarray) -> np.ndarray:
    """Whether the practice belongs to another commissioner than the home's; practice int[A, K] -> bool[A, K]."""
    return region.practice_commissioner[practice] != region.area_commissioner[:, None]


def practice_spacing(travel: Travel) -> np.ndarray:
    """Km to the 8th nearest practice, within 0.2 to 15, float64[A]; with fewer, scaled as if practices were as dense."""
    rank = min(SPACING_RANK, travel.km.shape[1])
    km = travel.km[:, rank - 1].astype(np.float64) * np.sqrt(SPACING_RANK / rank)
    return np.clip(km, *SPACING_LIMITS_KM)


def distance_costs(region: Region, travel: Travel, choice: DistanceAndBorders) -> tuple[np.ndarray, np.ndarray]:
    """Cost of distance for homes in each area: per ln(1 + km), float32[A], and per km, float32[A]."""
    per_log = np.where(region.rural, choice.distance_log_rural, choice.distance_log_urban)
    per_log = np.maximum(per_log - choice.distance_spacing * np.log(practice_spacing(travel)), 0.0)
    per_km = np.where(region.rural, choice.distance_km_rural, choice.distance_km_urban)
    return per_log.astype(np.float32), per_km.astype(np.float32)


def base_utility(region: Region, travel: Travel, choice: DistanceAndBorders) -> np.ndarray:
    """Utility of each candidate practice without the practice's effect, float32[A, K] (module docstring)."""
    per_log, per_km = distance_costs(region, travel, choice)
    utility = -per_log[:, None] * np.log1p(travel.km) - per_km[:, None] * travel.km
    utility -= np.float32(choice.border_site) * crosses_site_border(region, travel.practice)
    utility -= np.float32(choice.border_membership) * crosses_membership_border(region, travel.practice)
    return utility


def choice_shares(utility: np.ndarray, practice: np.ndarray, effects: np.ndarray) -> np.ndarray:
    """Multinomial logit shares of each area's candidates, float64[A, K]; utility float[A, K], effects float64[P]."""
    total = utility.astype(np.float64) + effects[practice]
    total -= total.max(axis=1, keepdims=True)
    np.exp(total, out=total)
    total /= total.sum(axis=1, keepdims=True)
    return total


def solve_practice_effects(
    base: np.ndarray,
    practice: np.ndarray,
    demand: np.ndarray,
    targets: np.ndarray,
    start: np.ndarray | None = None,
    patients: float = 0.5,
    relative: float = 1e-6,
    most_rounds: int = 2000,
) -> np.ndarray:
    """Practice effects, float64[P], with which the expected choices of ``demand`` add up to ``targets``.

    Contraction of Berry (1994): each round adds ln(target / expected) to every effect, which is iterative proportional
    fitting of the table of weights; Anderson (1965) mixing shortens it about fivefold. Solved when every practice is
    within ``patients`` patients (half its target, where that is less) or a ``relative`` error of its target.

    Practices with a target of 0, or that are nobody's candidate, get LOWEST_EFFECT. The others average 0, weighted by
    target. Where targets and demand have different sums, targets are scaled to the demand. Serial, so the same bytes on
    any number of threads.

    Args:
        base: utility without effects, float[A, K].
        practice: candidates, integer[A, K].
        demand: people choosing, by area, float64[A].
        targets: patients wanted on each practice's list, float64[P].
        start: effects to begin from, float64[P].
        patients: tolerance in patients.
        relative: tolerance relative to the target.
        most_rounds: rounds after which the best effort is returned.
    """
    practices = len(targets)
    practice = np.ascontiguousarray(practice, dtype=np.uint16)
    demand = np.ascontiguousarray(demand, dtype=np.float64)
    reachable = np.zeros(practices, dtype=np.bool_)
    reachable[np.unique(practice[demand > 0])] = True
    wanted = np.where(reachable, np.asarray(targets, dtype=np.float64), 0.0)
    effects = np.full(practices, LOWEST_EFFECT)
    if wanted.sum() <= 0 or demand.sum() <= 0:
        return effects
    wanted *= demand.sum() / wanted.sum()
    open_ = wanted > 0
    # Rows are scaled by their largest weight among practices with a target: shares do not change, nothing underflows.
    best = np.where(open_[practice], base, -np.inf).max(axis=1)
    demand = np.where(np.isfinite(best), demand, 0.0)
    wanted *= demand.sum() / wanted.sum()
    weight = np.exp(np.where(np.isfinite(best)[:, None], base - np.where(np.isfinite(best), best, 0)[:, None], 0.0))
    weight = np.ascontiguousarray(weight, dtype=np.float64)
    present = np.zeros(practices) if start is None else np.where(open_, start, 0.0)
    tolerance = np.maximum(relative * wanted, np.minimum(patients, 0.5 * wanted))
    present = _contract(weight, practice, demand, wanted, tolerance, present, most_rounds)
    effects[open_] = present[open_] - np.average(present[open_], weights=wanted[open_])
    return np.maximum(effects, LOWEST_EFFECT)


@numba.njit(cache=True)
def _contract(weight, practice, demand, wanted, tolerance, start, most_rounds):
    """Effects, float64[P], by contraction with Anderson mixing of the last REMEMBERED rounds."""
    practices = len(wanted)
    present = start.copy()
    moves, places = np.zeros((REMEMBERED, practices)), np.zeros((REMEMBERED, practices))
    last_move, last_place = np.zeros(practices), np.zeros(practices)
    remembered = 0
    last_size = np.inf
    for _ in range(most_rounds):
        attraction = np.zeros(practices)
        for p in range(practices):
            if wanted[p] > 0.0:
                attraction[p] = np.exp(present[p])
        expected = _expected(weight, practice, demand, attraction)
        close, size = True, 0.0
        move = np.zeros(practices)
        for p in range(practices):
            if wanted[p] > 0.0:
                close = close and abs(expected[p] - wanted[p]) <= tolerance[p]
                move[p] = np.log(wanted[p] / max(expected[p], 1e-300))
                move[p] = min(max(move[p], -LARGEST_STEP), LARGEST_STEP)
                size += move[p] * move[p]
        if close:
            break
        if size > 4.0 * last_size:  # mixing went astray: forget, and take plain rounds again
            remembered = 0
        elif last_size < np.inf:
            slot = remembered % REMEMBERED
            moves[slot] = move - last_move
            places[slot] = present - last_place
            remembered += 1
        last_size = size
        last_move, last_place = move, present
        present = present + move
        known = min(remembered, REMEMBERED)
        if known > 0:
            mixing = _least_squares(moves[:known], move)
            for i in range(known):
                present = present - mixing[i] * (places[i] + moves[i])
    return present


@numba.njit(cache=True)
def _least_squares(rows, value):
    """Combination of the rows nearest to the value, float64[n]; a touch of ridge keeps it solvable."""
    n = len(rows)
    products, right = np.zeros((n, n)), np.zeros(n)
    for i in range(n):
        for j in range(i + 1):
            total = 0.0
            for p in range(len(value)):
                total += rows[i, p] * rows[j, p]
            products[i, j] = total
            products[j, i] = total
        total = 0.0
        for p in range(len(value)):
            total += rows[i, p] * value[p]
        right[i] = total
    ridge = 1e-12 * np.trace(products) + 1e-300
    for i in range(n):
        products[i, i] += ridge
    for i in range(n):  # Gaussian elimination; the matrix is positive definite
        for j in range(i + 1, n):
            factor = products[j, i] / products[i, i]
            for k in range(i, n):
                products[j, k] -= factor * products[i, k]
            right[j] -= factor * right[i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            right[i] -= products[i, k] * right[k]
        right[i] /= products[i, i]
    return right


@numba.njit(cache=True)
def _expected(weight: np.ndarray, practice: np.ndarray, demand: np.ndarray, attraction: np.ndarray) -> np.ndarray:
    """Expected list sizes, float64[P]: each area's demand shared in proportion to weight x attraction."""
    expected = np.zeros(len(attraction))
    areas, candidates = weight.shape
    for area in range(areas):
        total = 0.0
        for k in range(candidates):
            total += weight[area, k] * attraction[practice[area, k]]
        if total > 0.0:
            scale = demand[area] / total
            for k in range(candidates):
                p = practice[area, k]
                expected[p] += scale * weight[area, k] * attraction[p]
    return expected
