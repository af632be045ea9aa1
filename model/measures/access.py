"""How far patients travel, whether they use what is near, and how much supply is within reach."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree


def straight_line_km(x: npt.ArrayLike, y: npt.ArrayLike, to_x: npt.ArrayLike, to_y: npt.ArrayLike) -> np.ndarray:
    """Straight-line distance in km between places given in metres on one grid; shapes broadcast."""
    return np.hypot(np.subtract(x, to_x), np.subtract(y, to_y)) / 1000


def rank_by_distance(
    area_xy: npt.ArrayLike,
    practice_xy: npt.ArrayLike,
    area: npt.ArrayLike,
    practice: npt.ArrayLike,
    furthest: int = 30,
) -> np.ndarray:
    """Whether a practice is the nearest to an area, the second nearest, and so on.

    Practices at the same distance from an area (one health centre) are ranked in the order they are given.

    Args:
        area_xy: metres, [A, 2].
        practice_xy: metres, [P, 2]; leave out practices that do not count.
        area: area of each pair, int[N].
        practice: practice of each pair, int[N].
        furthest: ranks beyond this one are not told apart.

    Returns:
        int32[N]: 1 for the nearest; ``furthest + 1`` for every rank beyond.
    """
    area, practice = np.asarray(area, np.int64), np.asarray(practice, np.int64)
    ranked = nearest_practices(area_xy, practice_xy, furthest)
    rank = np.full(area.shape, furthest + 1, np.int32)
    for place in range(ranked.shape[1]):
        rank[ranked[area, place] == practice] = place + 1
    return rank


def nearest_practices(area_xy: npt.ArrayLike, practice_xy: npt.ArrayLike, count: int = 1) -> np.ndarray:
    """Practices nearest to each area by straight line, nearest first, ties in the order practices are given.

    Args:
        area_xy: metres, [A, 2].
        practice_xy: metres, [P, 2].
        count: how many; all of them where there are fewer.

    Returns:
        Positions of practices, int32[A, min(count, P)].
    """
    practice_xy = np.asarray(practice_xy, np.float64)
    # Sites, not practices, go into the tree: co-located practices would otherwise come in an arbitrary order.
    sites, site = np.unique(practice_xy, axis=0, return_inverse=True)
    by_site = np.argsort(site, kind="stable")
    first = np.searchsorted(site[by_site], np.arange(len(sites)))
    crowd = np.bincount(site, minlength=len(sites))
    count = min(count, len(practice_xy))
    reach = min(count, len(sites))
    order = KDTree(sites).query(np.asarray(area_xy, np.float64), k=reach)[1].reshape(-1, reach)
    # Expand the sites of each area, in order, into their practices and keep the first `count`.
    places = crowd[order]
    start = np.cumsum(places, axis=1) - places
    found = np.empty((len(order), count), np.int32)
    for step in range(int(crowd.max(initial=0))):
        position = start + step
        here, at = np.nonzero((step < places) & (position < count))
        found[here, position[here, at]] = by_site[first[order[here, at]] + step]
    return found


def share_at_nearest(rank: npt.ArrayLike, patients: npt.ArrayLike) -> float:
    """Share of patients registered with the practice nearest to home, 0..1 (England, January 2021: 39.7%).

    Args:
        rank: 1 where the practice is the nearest, [N], as from :func:`rank_by_distance`.
        patients: patients of each pair, [N].
    """
    return float(shares_by_rank(rank, patients, 1)[0])


def shares_by_rank(rank: npt.ArrayLike, patients: npt.ArrayLike, ranks: int = 10) -> np.ndarray:
    """Share of patients with the nearest practice, the second nearest, ...: float64[ranks]; NaN for no patients."""
    rank, patients = np.asarray(rank, np.int64), np.asarray(patients, np.float64)
    counts = np.bincount(np.minimum(rank, ranks + 1), patients, ranks + 2)[1 : ranks + 1]
    total = patients.sum()
    return counts / total if total > 0 else np.full(ranks, np.nan)


def common_part(observed: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Common part of commuters: what two sets of counts share, 0 (nothing)..1 (identical); NaN where both are empty.

    Twice the sum of the smaller of each pair over the sum of both, the Sorensen index (Lenormand et al. 2012, PLoS
    ONE 7:e45985). Both [N], the same pairs in the same order.
    """
    observed, predicted = np.asarray(observed, np.float64), np.asarray(predicted, np.float64)
    both = observed.sum() + predicted.sum()
    return float(2 * np.minimum(observed, predicted).sum() / both) if both > 0 else float("nan")


def decay(km: npt.ArrayLike, radius_km: float, shape: Literal["gaussian", "binary"] = "gaussian") -> np.ndarray:
    """Weight of a provider at a distance, 1 at the door, 0 beyond the radius.

    gaussian: (exp(-(d/r)^2 / 2) - exp(-1/2)) / (1 - exp(-1/2)) (Dai 2010, Health & Place 16:1038); binary: 1 within.
    Of the shape of ``km``.
    """
    km = np.asarray(km, np.float64)
    within = km <= radius_km
    if shape == "binary":
        return within.astype(np.float64)
    edge = np.exp(-0.5)
    return np.where(within, (np.exp(-0.5 * (km / radius_km) ** 2) - edge) / (1 - edge), 0.0)


def floating_catchment(
    area: npt.ArrayLike,
    practice: npt.ArrayLike,
    km: npt.ArrayLike,
    population: npt.ArrayLike,
    supply: npt.ArrayLike,
    radius_km: float,
    shape: Literal["gaussian", "binary"] = "gaussian",
) -> np.ndarray:
    """Supply per person within reach of each area, by the two-step floating catchment method (2SFCA).

    First each practice's supply is divided by the people in its catchment, then each area adds up what it reaches
    (Luo & Wang 2003, Environment and Planning B 30:865). Access weighted by population adds up to the supply that
    anybody can reach.

    Args:
        area: area of each candidate pair, int[N].
        practice: practice of each candidate pair, int[N]; a pair must be there once only.
        km: distance of each pair, [N]; pairs beyond the radius do not matter.
        population: people of each area, [A].
        supply: GPs (or any capacity) of each practice, [P].
        radius_km: radius of a catchment, km.
        shape: how reach falls with distance, as for :func:`decay`.

    Returns:
        Supply per person, float64[A]; 0 for areas out of everybody's reach.
    """
    area, practice = np.asarray(area, np.int64), np.asarray(practice, np.int64)
    population, supply = np.asarray(population, np.float64), np.asarray(supply, np.float64)
    weight = decay(km, radius_km, shape)
    demand = np.bincount(practice, weight * population[area], supply.size)
    ratio = np.divide(supply, demand, out=np.zeros(supply.size), where=demand > 0)
    return np.bincount(area, weight * ratio[practice], population.size)


def share_low_access(access: npt.ArrayLike, population: npt.ArrayLike, below: float = 0.5) -> float:
    """Share of people whose access is below a fraction of the population's mean access, 0..1.

    Args:
        access: supply per person of each area, [A].
        population: people of each area, [A].
        below: fraction of the mean.
    """
    access, population = np.asarray(access, np.float64), np.asarray(population, np.float64)
    total = population.sum()
    if total == 0:
        return float("nan")
    mean = (access * population).sum() / total
    return float(population[access < below * mean].sum() / total)
