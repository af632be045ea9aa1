"""Where the areas of a synthetic region lie: a city, towns and villages on the ground.

A city of many areas, towns whose sizes fall by rank, and villages between them; areas crowd towards the centre of
each and gather in districts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

# --- parameters: all computed from ONS mid-2019/2020 residents, 2011 LSOA land areas, the 2011 rural-urban
# classification and IMD 2019, over the 32,844 LSOAs of England, unless another source is given ----------------------

SMALLEST_TOWN_AREAS = 6
"""Areas in the smallest settlement that counts as urban: the classification's 10,000 residents."""
TOWN_AREA_KM2 = 0.64
"""Land per area in a town of ten areas (tuned: sixth-nearest neighbour at 965 m in the median urban LSOA)."""
DENSITY_WITH_SIZE = -0.08
"""Land per area falls with settlement size to this power (tuned: 0.39 km2 in a city of 4,800; London 0.33)."""
CENTRE_CROWDING = 0.64
"""Radius goes with rank to this power; 0.5 is even density, more crowds the centre (Clark's law, roughly)."""
DISTRICT_AREAS = 7
DISTRICT_PULL = (0.0, 0.60)
"""Areas to a district of a town, and how far its areas are drawn to its middle (tuned: the sixth-nearest neighbour of
urban LSOAs has P5 551, P95 1,964 m; practices and people share district centres)."""
TOWN_DENSITY_LOG_SD = 0.20
"""Spread of ln(radius) between towns of one size."""
VILLAGE_SIZES = (0.50, 0.13, 0.11, 0.12, 0.14)
"""Shares of villages and rural towns with 1, 2, ... areas."""
VILLAGE_REACH = 8_000.0
"""Villages thin out by e in this many metres from the nearest town centre (assumed)."""


@dataclass(frozen=True)
class Settlements:
    """Areas laid out on the ground: A areas in T settlements (villages included)."""

    x: np.ndarray
    """Easting, m, float64[A]."""
    y: np.ndarray
    """Northing, m, float64[A]."""
    settlement: np.ndarray
    """Settlement of each area, int64[A]; 0 is the largest city."""
    size: np.ndarray
    """Areas in the settlement, int64[T]."""
    centrality: np.ndarray
    """1 at the centre of a settlement, 0 at its edge and in villages, float64[A]."""
    rural: np.ndarray
    """bool[A]."""
    spacing: np.ndarray
    """Distance to the sixth-nearest area, m, float64[A]."""


def town_sizes(areas: int, city_areas: int) -> np.ndarray:
    """Sizes in areas of a city and its towns, falling by rank to the power that makes them add up to ``areas``.

    Returns int64[T], largest first, the smallest of them ``SMALLEST_TOWN_AREAS`` or a little more. A rank-size rule
    (Zipf 1949): England's built-up areas follow it with a power near 1.
    """
    left = areas - city_areas
    if left < SMALLEST_TOWN_AREAS:
        return np.array([areas])
    towns = left // SMALLEST_TOWN_AREAS
    rank = np.arange(2, towns + 2)

    def excess(power: float) -> float:
        sizes = city_areas * rank**-power
        return float(sizes[sizes >= SMALLEST_TOWN_AREAS].sum() - left)

    from scipy.optimize import brentq  # takes a while to load, and most regions are read from files

    # A city 256 times the smallest town and more may need a steeper fall; at this power its first town has one area.
    steepest = 8.0 if excess(8.0) <= 0 else float(np.log2(city_areas))
    power = float(brentq(excess, 0.0, steepest, xtol=1e-6)) if excess(0.0) > 0 else 0.0  # pyright: ignore[reportArgumentType]
    sizes = np.floor(city_areas * rank**-power).astype(np.int64)
    sizes = sizes[sizes >= SMALLEST_TOWN_AREAS]
    if sizes.size == 0:
        return np.array([city_areas, left])
    while sizes.sum() > left:
        sizes = sizes[:-1]
    spare = left - sizes.sum()
    sizes += spare // sizes.size
    sizes[: spare % sizes.size] += 1
    return np.concatenate([[city_areas], np.sort(sizes)[::-1]])


def settlement_radius(size: np.ndarray) -> np.ndarray:
    """Radius in metres of settlements of ``size`` areas."""
    land = size * TOWN_AREA_KM2 * (size / 10.0) ** DENSITY_WITH_SIZE
    return 1000.0 * np.sqrt(land / np.pi)


def _place_towns(radius: np.ndarray, width: float, height: float, rng: np.random.Generator) -> np.ndarray:
    """Centres of settlements that do not overlap, float64[T, 2], m from the middle; half of them near another."""
    centre = np.zeros((radius.size, 2))
    half = np.array([width, height]) / 2
    for t in range(1, radius.size):
        gap = 1.12
        while True:
            tries = (rng.random((32, 2)) * 2 - 1) * half
            near = rng.random(32) < 0.5
            anchor = rng.choice(t, size=32, p=radius[:t] ** 2 / (radius[:t] ** 2).sum())
            away = radius[anchor] + radius[t] + rng.exponential(5_000.0, 32)
            angle = rng.random(32) * 2 * np.pi
            close = centre[anchor] + away[:, None] * np.c_[np.cos(angle), np.sin(angle)]
            tries = np.where(near[:, None], close, tries)
            apart = np.hypot(*(tries[:, None, :] - centre[None, :t]).transpose(2, 0, 1))
            inside = (np.abs(tries) + 0.7 * radius[t] < half).all(axis=1)
            good = np.flatnonzero(inside & (apart > gap * (radius[:t] + radius[t])).all(axis=1))
            if good.size:
                centre[t] = tries[good[0]]
                break
            gap *= 0.97  # a crowded region: towns may grow together
    return centre


def _place_villages(
    areas: int, centre: np.ndarray, radius: np.ndarray, width: float, height: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Villages on a jittered lattice over the land outside towns: centres float64[V, 2] and sizes int64[V]."""
    sizes = 1 + rng.choice(len(VILLAGE_SIZES), size=areas, p=VILLAGE_SIZES)
    sizes = sizes[: np.searchsorted(np.cumsum(sizes), areas) + 1]
    sizes[-1] -= sizes.sum() - areas
    land = max(width * height - np.pi * (radius**2).sum(), 0.2 * width * height)
    step = np.sqrt(land / (2.0 * sizes.size))
    while True:
        gx, gy = np.meshgrid(np.arange(0, width, step), np.arange(0, height, step))
        gx = gx + (np.arange(gx.shape[0]) % 2)[:, None] * step / 2
        spots = np.c_[gx.ravel(), gy.ravel()] - np.array([width, height]) / 2
        spots = spots + rng.uniform(-0.35, 0.35, spots.shape) * step
        free = np.ones(len(spots), bool)
        tree = KDTree(spots)
        for c, r in zip(centre, radius, strict=True):
            free[tree.query_ball_point(c, 1.08 * r + 300.0)] = False
        spots = spots[free]
        if len(spots) >= sizes.size:
            away = KDTree(centre).query(spots)[0]
            keep = np.argsort(away / VILLAGE_REACH - rng.gumbel(size=len(spots)), kind="stable")[: sizes.size]
            return spots[np.sort(keep)], sizes
        step *= 0.9


def _gather(
    x: np.ndarray, y: np.ndarray, hubs: np.ndarray, urban: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw urban areas towards the nearest of the areas ``hubs``: towns are made of districts, some tighter."""
    hub = KDTree(np.c_[x, y][hubs]).query(np.c_[x, y])[1]
    pull = np.where(urban, rng.uniform(*DISTRICT_PULL, hubs.size)[hub], 0.0)
    return x + pull * (x[hubs][hub] - x), y + pull * (y[hubs][hub] - y)


def lay_out(
    areas: int, city_areas: int, rural_share: float, km2_per_area: float, rng: np.random.Generator
) -> Settlements:
    """Lay out ``areas`` areas as a city of ``city_areas``, towns by rank, and villages for ``rural_share`` of areas."""
    rural_areas = round(areas * rural_share)
    towns = town_sizes(areas - rural_areas, city_areas)
    radius = settlement_radius(towns) * np.exp(
        rng.normal(0, TOWN_DENSITY_LOG_SD, towns.size) * (np.arange(towns.size) > 0)
    )
    land = areas * km2_per_area * 1e6
    width, height = np.sqrt(land / 1.3), np.sqrt(land * 1.3)
    centre = _place_towns(radius, width, height, rng)
    villages, village_sizes = _place_villages(rural_areas, centre, radius, width, height, rng)

    size = np.concatenate([towns, village_sizes])
    settlement = np.repeat(np.arange(size.size), size)
    rank = np.arange(settlement.size) - np.repeat(np.cumsum(size) - size, size)
    urban = settlement < towns.size
    share = (rank + 0.5) / size[settlement]
    around = np.concatenate([radius, settlement_radius(village_sizes)])[settlement]
    # Villages are loose: their areas stretch to the farms about them.
    distance = np.where(urban, around * share**CENTRE_CROWDING, 1.3 * around * np.sqrt(share) * (size[settlement] > 1))
    angle = rank * np.pi * (3 - np.sqrt(5)) + (rng.random(size.size) * 2 * np.pi)[settlement]
    stretch = np.exp(rng.normal(0, 0.15, size.size))[settlement]
    turn = (rng.random(size.size) * np.pi)[settlement]
    u, v = distance * np.cos(angle) * stretch, distance * np.sin(angle) / stretch
    shake = 0.22 * around / np.sqrt(size[settlement])
    middle = np.concatenate([centre, villages])[settlement]
    x = middle[:, 0] + u * np.cos(turn) - v * np.sin(turn) + rng.normal(0, 1, u.size) * shake
    y = middle[:, 1] + u * np.sin(turn) + v * np.cos(turn) + rng.normal(0, 1, u.size) * shake
    x, y = _gather(x, y, np.flatnonzero(urban & (rank % DISTRICT_AREAS == 0)), urban, rng)
    # Shift into the middle of the British National Grid; whole metres, as centroids are published.
    x, y = np.round(x + 420_000.0), np.round(y + 300_000.0)
    spacing = KDTree(np.c_[x, y]).query(np.c_[x, y], 7)[0][:, 6]
    return Settlements(x, y, settlement, size, np.where(urban, 1 - share, 0.0), ~urban, spacing)


def share_out(total: int, weights: np.ndarray) -> np.ndarray:
    """Whole numbers proportional to ``weights`` that add up to ``total`` exactly (largest remainder), int64."""
    exact = total * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    short = total - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:short]] += 1
    return whole
