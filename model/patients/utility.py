"""The part of the utility of a practice that is the same for everyone in an area (the deterministic part of choice).

For area a and its candidate practice k (ODD 7.16):

    V[a, k] = effect[p] - f[a, k] + ties[a, k]
    f[a, k] = (b_log[a] + b_site[p]) * ln(1 + km) + b_km[a] * km + distance_detour * (network km - km)
    b_log[a] = distance_log + distance_density * ln(density[a] / D) - distance_spacing * ln(spacing[a] / 1 km)
    b_site[p] = distance_density_site * ln(density at the site / D) - distance_list * ln(list[p] / 9,000)

with distance_log and b_km of urban or of rural homes. The density of a place is the people around it, sum of residents
x exp(-km / 2): in town a kilometre matters more, as do sites in town against sites in the country, and large practices
draw from farther. D is England's mean. The spacing of practices around a home is the distance of its 8th nearest: it
says much the same as density and is not used unless set. The log term is not held above 0: where homes and sites are
very thin on the ground, the cost of each km is all that is left. Ties are those of :mod:`model.patients.ties`.

The utility is linear in its parameters (:data:`PARAMETERS`). The practice effects are what is left to explain list
sizes: they are solved once so that expected choices add up to the lists, and do not follow the lists afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numba
import numpy as np

from model.geography.commuting import people_around
from model.patients.ties import Ties, ties_of

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.geography.travel import Travel

PARAMETERS = (
    "distance_log_urban", "distance_log_rural", "distance_km_urban", "distance_km_rural", "distance_density",
    "distance_density_site", "distance_list", "distance_detour", "distance_spacing", "border_site",
    "border_membership", "border_authority", "network_tie", "age_match", "mobility_tie",
)  # fmt: skip
"""What the utility of a practice depends on, names in a scenario's ``choice`` section."""
LOWEST_EFFECT = -30.0
"""Effect of a practice that nobody is to choose: finite, and e^-30 of any other practice's weight."""
LARGEST_STEP = 20.0
SPACING_RANK = 8
SPACING_LIMITS_KM = (0.2, 15.0)
DENSITY_KM = 2.0
MEAN_DENSITY = 37_000.0
"""Residents x exp(-km / 2) around the mean resident of England (geometric mean, mid-2020)."""
LEAST_DENSITY = 100.0
MEAN_LIST = 9_000.0
"""Mean list of practices, England, January 2021."""
SMALLEST_LIST = 100.0
REMEMBERED = 10
"""Rounds that Anderson mixing looks back on."""


class ChoiceParameters(Ties, Protocol):
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
    def distance_density(self) -> float:
        """How much more each ln(1 + km) costs per ln of the density around the home."""
        ...

    @property
    def distance_density_site(self) -> float:
        """The same for the density around the site."""
        ...

    @property
    def distance_list(self) -> float:
        """How much less each ln(1 + km) costs per ln of the list."""
        ...

    @property
    def distance_detour(self) -> float:
        """Per km that the network is longer than the straight line."""
        ...

    @property
    def distance_spacing(self) -> float:
        """How much less each ln(1 + km) costs per ln of the spacing of practices."""
        ...


class DistanceCosts(NamedTuple):
    """What distance costs: A areas, P practices (module docstring)."""

    per_log: np.ndarray
    """Per ln(1 + km) of homes, float32[A]."""
    per_km: np.ndarray
    """Per km of homes, float32[A]."""
    site_log: np.ndarray
    """Per ln(1 + km) to the sites of practices, beside that of homes, float32[P]."""
    per_detour: float
    """Per km that the network is longer than the straight line."""
    density: np.ndarray
    """ln of the people around each area over the mean, float64[A]."""


def practice_spacing(travel: Travel) -> np.ndarray:
    """Km to the 8th nearest practice, within 0.2 to 15, float64[A]; with fewer, scaled as if practices were as dense."""
    rank = min(SPACING_RANK, travel.km.shape[1])
    km = travel.km[:, rank - 1].astype(np.float64) * np.sqrt(SPACING_RANK / rank)
    return np.clip(km, *SPACING_LIMITS_KM)


def log_density(region: Region) -> np.ndarray:
    """Ln of the people around each area over England's mean, float64[A] (module docstring)."""
    people = people_around(region.x, region.y, region.residents.astype(np.float64), DENSITY_KM)
    return np.log(np.maximum(people, LEAST_DENSITY) / MEAN_DENSITY)


def distance_costs(region: Region, travel: Travel, choice: ChoiceParameters) -> DistanceCosts:
    """What distance costs homes in each area and on the way to each practice."""
    density = log_density(region)
    per_log = np.where(region.rural, choice.distance_log_rural, choice.distance_log_urban)
    per_log = per_log + choice.distance_density * density
    per_log = per_log - choice.distance_spacing * np.log(practice_spacing(travel))
    per_km = np.where(region.rural, choice.distance_km_rural, choice.distance_km_urban)
    site_log = cost_of_sites(region, density, choice)
    return DistanceCosts(
        per_log.astype(np.float32), per_km.astype(np.float32), site_log, choice.distance_detour, density
    )


def cost_of_sites(region: Region, density: np.ndarray, choice: ChoiceParameters) -> np.ndarray:
    """Cost per ln(1 + km) to the site of each practice, float32[P]; ``density`` of :func:`log_density`."""
    size = np.where(region.list_size >= SMALLEST_LIST, region.list_size / MEAN_LIST, 1.0)
    site_log = choice.distance_density_site * density[region.practice_area] - choice.distance_list * np.log(size)
    return site_log.astype(np.float32)


def cost_of_distance(costs: DistanceCosts, travel: Travel) -> np.ndarray:
    """What the distance of each candidate costs, f in the module docstring, float32[A, K]."""
    cost = costs.per_log[:, None] + costs.site_log[travel.practice]
    cost *= np.log1p(travel.km)
    cost += costs.per_km[:, None] * travel.km
    cost += np.float32(costs.per_detour) * (travel.network_km - travel.km)
    return cost


def base_utility(region: Region, travel: Travel, choice: ChoiceParameters) -> np.ndarray:
    """Utility of each candidate practice without the practice's effect, float32[A, K] (module docstring)."""
    ties = ties_of(region, travel.practice, choice)
    ties -= cost_of_distance(distance_costs(region, travel, choice), travel)
    return ties


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
            for p in range(practices):  # row by row takes two seconds longer to compile
                moves[slot, p] = move[p] - last_move[p]
                places[slot, p] = present[p] - last_place[p]
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
