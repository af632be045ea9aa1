"""Sites of digital providers: whom they reach, by travel time, and how full they may get."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial import KDTree

from model.geography.region import Region
from model.geography.travel import DETOUR

YOUNG = slice(20, 40)
"""Single years of age of those most likely to join."""
WALKED_KM = 2.5
"""Straight km around a site that it is the obvious one for."""
CITY_KM = 15.0
"""Straight km from the first site within which the others are."""


class Site(NamedTuple):
    """Where a digital provider sees people."""

    area: int
    cap: int
    """Most patients living nearest to it; 0 = no limit."""


EVERYWHERE = -1
"""A campaign that every site takes part in."""


class Campaign(NamedTuple):
    """Marketing that goes with a launch or a new site."""

    month: int
    """Month number in which it begins."""
    site: int
    """Number of the site around which it is felt, or EVERYWHERE."""


def busiest_areas(region: Region, sites: int, *, first: int = -1, within: np.ndarray | None = None) -> list[int]:
    """Areas where a provider that may choose sets up: most people aged 20-39 within WALKED_KM whom no other site serves.

    Args:
        region: residents and places.
        sites: how many.
        first: the first of them, from which the others are at most CITY_KM away; -1 = the busiest.
        within: areas it may choose from, bool[A]; None = all.
    """
    places = np.column_stack([region.x, region.y])
    tree = KDTree(places)
    young = region.population[:, YOUNG].sum(axis=1).astype(np.float64)
    allowed = np.ones(len(places), bool) if within is None or not within.any() else within.copy()
    if first >= 0:
        allowed &= np.hypot(*(places - places[first]).T) <= CITY_KM * 1000.0
    candidates = np.flatnonzero(allowed)
    around = dict(zip(candidates.tolist(), tree.query_ball_point(places[candidates], WALKED_KM * 1000.0), strict=True))
    chosen: list[int] = []
    for _ in range(sites):
        if first >= 0 and not chosen:
            area = first
        else:
            served = np.array([young[around[a]].sum() for a in candidates.tolist()])
            area = int(candidates[served.argmax()])
            near = np.hypot(*(places[candidates] - places[area]).T) <= CITY_KM * 1000.0
            candidates = candidates if chosen else candidates[near]
        chosen.append(area)
        young[around[area]] = 0.0
    return chosen


def nearest_site_km(region: Region, sites: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Km along the roads from each area to its nearest site, float64[A] (straight x detour), and which site, int[A]."""
    tree = KDTree(np.column_stack([region.x[sites], region.y[sites]]))
    metres, which = tree.query(np.column_stack([region.x, region.y]))
    return metres * DETOUR / 1000.0, np.asarray(which, np.int64)


def reach_from_minutes(minutes: np.ndarray, full: float, fade: float) -> np.ndarray:
    """How well people so many minutes away are reached: 1 up to ``full``, then falling by e each ``fade`` minutes.

    Float64 of the shape of ``minutes``. Below 1 in 100 nobody is reached.
    """
    reach = np.exp(-np.maximum(minutes - full, 0.0) / fade)
    return np.where(reach < 0.01, 0.0, reach)


def site_limits(region: Region, sites: list[Site], patients: np.ndarray) -> np.ndarray:
    """1 for areas whose nearest site may take more, 0 where it is full, float64[A]; patients int[A] by home."""
    if not any(site.cap for site in sites):
        return np.ones(len(region.areas))
    _, which = nearest_site_km(region, [site.area for site in sites])
    held = np.bincount(which, patients, len(sites))
    caps = np.array([site.cap for site in sites])
    return np.where((caps > 0) & (held >= caps), 0.0, 1.0)[which]
