"""Balance of movers' destinations: authorities receive what is published, and neighbourhoods grow as they should.

Left to residents and to destinations of one past year, zones and areas of an authority would grow and shrink for no reason:
by deaths against births of whoever lives there, and by who went where in the year of the table. A factor on each
destination mends it. It is worked out before the first month from expected moves, births, deaths and migration of a year
(:mod:`model.patients.expected_year`), by iterative proportional fitting (Deming & Stephan 1940), and then stays.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.patients.compiled import setup

ROUNDS = 40
LEAST, MOST = 0.2, 5.0
"""Bounds of a neighbourhood's factor, and of a step of any."""


class ExpectedYear(NamedTuple):
    """What a year is expected to do to residents of each area. A areas, Z zones, 9 migration age bands."""

    people: np.ndarray
    """float64[A]."""
    across: np.ndarray
    """float64[9, A]: moves out of the area across the authority's border, by the age band of who decides."""
    within: np.ndarray
    """float64[9, A]: moves of its people inside the authority, those that stay in the area too."""
    net: np.ndarray
    """float64[A]: births less deaths and emigrants, and what else adds to its people and is no mover."""
    immigrants: np.ndarray
    """float64[9, Z]: immigrants who register, by zone and age band."""
    ahead: np.ndarray
    """float64[A]: growth wanted beyond the authority's, share a year."""


class Zones(NamedTuple):
    """Where movers of each zone go, before any factor. Z zones, L authorities, D published pairs."""

    authority: np.ndarray
    """int32[Z]."""
    start: np.ndarray
    """int64[Z + 1]: published pairs of each origin, those inside the authority first."""
    middle: np.ndarray
    """int64[Z]: first of the pairs across the border."""
    destination: np.ndarray
    """int32[D]."""
    share: np.ndarray
    """float64[9, D]."""
    rest: np.ndarray
    """float64[9, Z]: weight of gravity beside the pairs across the border."""
    pull: np.ndarray
    """float64[L, L]: gravity between authorities, rows adding up to 1."""
    residents: np.ndarray
    """float64[9, Z]: by which a zone of an authority is drawn where no pair says."""


def balance_zones(
    zones: Zones,
    across: np.ndarray,
    target: np.ndarray | None,
    year: ExpectedYear | None,
    area_zone: np.ndarray,
    stay: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Factors on authorities, float64[L], and on zones, float64[Z], and arrivals under them by band and zone, float64[9, Z].

    Args:
        zones: where movers go.
        across: expected moves out of zones across the authority's border, float64[9, Z].
        target: expected moves into authorities, float64[L], or None: authorities are not balanced.
        year: expected year of areas, or None: zones are not balanced.
        area_zone: zone of each area, int[A].
        stay: share of moves inside the authority that stay in the zone.
    """
    count, authorities = len(zones.authority), len(zones.pull)
    factor, pulling = np.ones(authorities), np.ones(count)
    within = np.zeros_like(across)
    arrivals = within
    if target is None and year is None:
        return factor, pulling, arrivals
    if year is not None:
        within = by_zone(year.within, area_zone, count)
        people = by_zone(year.people, area_zone, count)
        ahead = by_zone(year.people * year.ahead, area_zone, count)
        other = by_zone(year.net, area_zone, count) + year.immigrants.sum(axis=0)
        other -= across.sum(axis=0) + within.sum(axis=0)
        staying = stay * within
    for _ in range(ROUNDS):
        over, inside = expected_arrivals(*zones, across, (1.0 - stay) * within, factor, pulling)
        if year is not None:
            arrivals = over + inside + staying
            got = arrivals.sum(axis=0)
            gap = wanted(zones.authority, authorities, people, ahead, got + other) - other - staying.sum(axis=0)
            pulling *= steps(gap, got - staying.sum(axis=0))
            pulling = np.clip(pulling / group_means(zones.authority, authorities, pulling, people), LEAST, MOST)
        if target is not None and authorities > 1:
            factor *= steps(target, np.bincount(zones.authority, over.sum(axis=0), authorities))
            factor /= np.exp(np.log(factor).mean())
    return factor, pulling, arrivals


def balance_areas(
    people_by_band: np.ndarray, area_zone: np.ndarray, arrivals: np.ndarray, year: ExpectedYear
) -> np.ndarray:
    """Factors on areas with which those of a zone grow as they should, float64[A].

    Args:
        people_by_band: residents, by which an area of the zone is drawn, float64[9, A].
        area_zone: zone of each area, int[A].
        arrivals: movers who arrive in each zone, float64[9, Z], those who stay in it too.
        year: expected year of areas.
    """
    zones = arrivals.shape[1]
    coming = arrivals + year.immigrants
    pulling = np.ones(len(area_zone))
    other = year.net - year.across.sum(axis=0) - year.within.sum(axis=0)
    for _ in range(ROUNDS // 2):
        weight = people_by_band * pulling
        each = coming / np.maximum(by_zone(weight, area_zone, zones), 1e-9)
        got = np.einsum("ba,ba->a", weight, each[:, area_zone])
        gap = wanted(area_zone, zones, year.people, year.people * year.ahead, got + other) - other
        pulling *= steps(gap, got)
        pulling = np.clip(pulling / group_means(area_zone, zones, pulling, year.people), LEAST, MOST)
    return pulling


def wanted(group: np.ndarray, groups: int, people: np.ndarray, ahead: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Change of each place, float64[n], with which it grows as its group does and ``ahead`` people more.

    What the group changes in all, the sum of ``change`` (float64[n]), is left as it is.
    """
    total = np.bincount(group, change - ahead, groups)
    growth = total / np.maximum(np.bincount(group, people, groups), 1e-9)
    return people * growth[group] + ahead


def steps(target: np.ndarray, got: np.ndarray) -> np.ndarray:
    """What multiplies pulls so that they get the target: target over what there is, float64[n], from LEAST to MOST.

    1 where nothing comes and nothing should.
    """
    return np.clip((target + 1e-9) / np.maximum(got, 1e-9), LEAST, MOST)


def group_means(group: np.ndarray, groups: int, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted mean of the values of each place's group, float64[n]."""
    weight = weight + 1e-9
    return (np.bincount(group, values * weight, groups) / np.maximum(np.bincount(group, weight, groups), 1e-12))[group]


def by_zone(values: np.ndarray, zone: np.ndarray, zones: int) -> np.ndarray:
    """Sums of areas' values by zone, along the last axis: float64[..., Z]."""
    if values.ndim == 1:
        return np.bincount(zone, values, zones)
    return np.stack([np.bincount(zone, row, zones) for row in values])


@setup
def expected_arrivals(
    authority, start, middle, destination, share, rest, pull, residents, across, within, factor, pulling
):
    """Expected moves into each zone across the authority's border, and from other zones inside it: two of float64[9, Z]."""
    bands, zones = across.shape
    authorities = len(factor)
    over, inside = np.zeros((bands, zones)), np.zeros((bands, zones))
    by_gravity, anywhere = np.zeros((bands, authorities)), np.zeros((bands, authorities))
    weight = np.zeros((bands, authorities))
    reach, into = np.zeros(authorities), np.zeros((bands, authorities))
    for i in range(authorities):
        for j in range(authorities):
            reach[i] += pull[i, j] * factor[j]
    for b in range(bands):
        for z in range(zones):
            home = authority[z]
            weight[b, home] += residents[b, z] * pulling[z]
            if across[b, z] > 0.0:
                total = rest[b, z] * reach[home]
                for k in range(middle[z], start[z + 1]):
                    j = destination[k]
                    total += share[b, k] * factor[authority[j]] * pulling[j]
                if total > 0.0:
                    each = across[b, z] / total
                    by_gravity[b, home] += each * rest[b, z]
                    for k in range(middle[z], start[z + 1]):
                        j = destination[k]
                        over[b, j] += each * share[b, k] * factor[authority[j]] * pulling[j]
            if within[b, z] > 0.0:
                total = 0.0
                for k in range(start[z], middle[z]):
                    total += share[b, k] * pulling[destination[k]]
                if total > 0.0:
                    for k in range(start[z], middle[z]):
                        j = destination[k]
                        inside[b, j] += within[b, z] / total * share[b, k] * pulling[j]
                else:
                    anywhere[b, home] += within[b, z]
    for b in range(bands):
        for i in range(authorities):
            for j in range(authorities):
                into[b, j] += by_gravity[b, i] * pull[i, j] * factor[j]
        for z in range(zones):
            home = authority[z]
            if weight[b, home] > 0.0:
                each = residents[b, z] * pulling[z] / weight[b, home]
                over[b, z] += into[b, home] * each
                inside[b, z] += anywhere[b, home] * each
    return over, inside
