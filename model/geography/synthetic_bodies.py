"""Who is responsible for what in a synthetic region: authorities, commissioners, systems, places, zones, names.

Bodies are contiguous groups made by cutting the map in two again and again. Towns and villages are not cut; only a
city too large for one body is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

# --- parameters: computed from the 2011 LSOA lookups and mid-2020 residents of England unless another source is given --

UNEVENNESS = 0.30
"""How far a cut may depart from equal populations: districts of 40,000 lie beside cities of a million."""
ZONE_AREAS = 4.84
"""Areas to a zone: 32,844 LSOAs in 6,791 MSOAs."""
PLACE_RESIDENTS = 375_000
"""Middle of the 250-500k of a place."""
SPLIT_AUTHORITIES = 0.25
"""Share of authorities whose border areas belong to the neighbouring commissioner, so that 97-98% of an average
authority's residents are in one CCG (97.7% over 309 authorities and 135 CCGs)."""

FIRST_SYLLABLES = (
    "Alder Amber Ash Barn Beck Birch Black Bram Bridge Broad Brook Burn Cal Carl Chal Clay Cold Cran Crow Dal Deer Dray "
    "East Elm Ever Fair Fal Farn Fern Glen Gold Grand Green Hail Har Hart Hazel Heath High Holm Kel Kirk Lang Lark "
    "Lin Long Mar Mel Mill Moor Nor Oak Otter Pem Pen Red Rook Rush Sal Sand Shel South Stan Stone Sun Thorn Wal West "
    "Whit Wil Win Wood Wy Yar"
).split()
LAST_SYLLABLES = (
    "beck bourne bridge brough burgh bury by caster combe cote dale den don field ford gate ham haven head hithe holme "
    "hurst ley low mere minster mouth ness port sea shaw sted stock stoke thorpe ton wick well worth"
).split()


@dataclass(frozen=True)
class Bodies:
    """The bodies of each of A areas, as numbers from 0."""

    authority: np.ndarray
    """int64[A]."""
    commissioner: np.ndarray
    """int64[A]."""
    system: np.ndarray
    """int64[A]."""
    zone: np.ndarray
    """int64[A], inside authorities."""
    place: np.ndarray
    """int64[A], inside commissioners."""


def bisect(
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    parts: int,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """Cut points into ``parts`` contiguous groups of about equal weight across the longer side, int64[N], 0 ... parts-1.

    With ``rng`` the cuts are uneven by up to ``UNEVENNESS``. Every group has at least one point; raises ValueError
    where there are fewer points than parts.
    """
    if parts > x.size:
        raise ValueError(f"cannot cut {x.size} points into {parts} groups")
    label = np.zeros(x.size, np.int64)
    stack = [(np.arange(x.size), parts, 0)]
    while stack:
        who, k, first = stack.pop()
        if k == 1:
            label[who] = first
            continue
        along = x[who] if np.ptp(x[who]) >= np.ptp(y[who]) else y[who]
        who = who[np.argsort(along, kind="stable")]
        left = k // 2
        share = left / k
        if rng is not None:
            share *= 1 + UNEVENNESS * rng.uniform(-1, 1)
        reached = np.cumsum(weight[who])
        cut = int(np.searchsorted(reached, share * reached[-1]))
        cut = min(max(cut, left), who.size - (k - left))
        stack.append((who[:cut], left, first))
        stack.append((who[cut:], k - left, first + left))
    return label


def _units(settlement: np.ndarray, residents: np.ndarray, largest: float) -> np.ndarray:
    """What may not be cut: settlements up to ``largest`` residents, single areas of larger ones; int64[A] from 0."""
    people = np.bincount(settlement, residents)
    large = people[settlement] > largest
    key = np.where(large, settlement.max() + 1 + np.arange(settlement.size), settlement)
    return np.unique(key, return_inverse=True)[1]


def _centres(x: np.ndarray, y: np.ndarray, weight: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, ...]:
    total = np.bincount(group, weight)
    return np.bincount(group, weight * x) / total, np.bincount(group, weight * y) / total, total


def _within(outer: np.ndarray, x: np.ndarray, y: np.ndarray, weight: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Cut each group of ``outer`` into its number of ``parts``; numbers run on from group to group."""
    label = np.zeros(outer.size, np.int64)
    order = np.argsort(outer, kind="stable")
    ends = np.cumsum(np.bincount(outer, minlength=parts.size))
    done = 0
    for g, members in enumerate(np.split(order, ends[:-1])):
        label[members] = done + bisect(x[members], y[members], weight[members], int(parts[g]))
        done += int(parts[g])
    return label


def draw_bodies(
    x: np.ndarray,
    y: np.ndarray,
    settlement: np.ndarray,
    residents: np.ndarray,
    authorities: int,
    commissioners: int,
    systems: int,
    rng: np.random.Generator,
) -> Bodies:
    """Draw the bodies of a region: authorities, commissioners of whole authorities but for some borders, systems.

    x, y in metres, settlement and residents of each area: [A]. Raises ValueError where there are more commissioners
    than authorities or more systems than commissioners.
    """
    if not systems <= commissioners <= authorities:
        raise ValueError("a region needs at least as many authorities as commissioners, and commissioners as systems")
    unit = _units(settlement, residents, 0.6 * residents.sum() / authorities)
    unit_x, unit_y, unit_people = _centres(x, y, residents, unit)
    authority = bisect(unit_x, unit_y, unit_people, authorities, rng)[unit]

    auth_x, auth_y, auth_people = _centres(x, y, residents, authority)
    system_of = bisect(auth_x, auth_y, auth_people, systems)
    in_system = np.bincount(system_of, minlength=systems)
    parts = np.ones(systems, np.int64)
    people = np.bincount(system_of, auth_people)
    while parts.sum() < commissioners:  # give the next commissioner to the system with most people per commissioner
        parts[np.argmax(np.where(parts < in_system, people / parts, -1.0))] += 1
    commissioner_of = _within(system_of, auth_x, auth_y, auth_people, parts)
    commissioner, system = commissioner_of[authority], system_of[authority]

    # Some authorities are not wholly in one CCG: areas most of whose neighbours are across the line cross it.
    split = rng.random(authorities) < SPLIT_AUTHORITIES
    nearest = cKDTree(np.c_[x, y]).query(np.c_[x, y], min(12, x.size))[1]
    other = (commissioner[nearest] != commissioner[:, None]) & (system[nearest] == system[:, None])
    crosses = split[authority] & (other.sum(axis=1) >= nearest.shape[1] // 3)
    first_other = nearest[np.arange(x.size), np.argmax(other, axis=1)]
    moved = np.where(crosses, commissioner[first_other], commissioner)
    if np.unique(moved).size == commissioners:
        commissioner = moved

    size = np.bincount(authority, minlength=authorities)
    zone = _within(authority, x, y, residents, np.maximum(1, np.round(size / ZONE_AREAS)).astype(np.int64))
    people = np.bincount(commissioner, residents, minlength=commissioners)
    place = _within(commissioner, x, y, residents, np.maximum(1, np.round(people / PLACE_RESIDENTS)).astype(np.int64))
    return Bodies(authority, commissioner, system, zone, place)


def town_names(count: int, rng: np.random.Generator) -> np.ndarray:
    """Invented town names, all different, str[count]; from the 2,900th on they carry a qualifier."""
    base = len(FIRST_SYLLABLES) * len(LAST_SYLLABLES)
    order = rng.permutation(base)
    qualifiers = ("", "Great ", "Little ", "Upper ", "Lower ", "North ", "South ", "East ", "West ")
    names = []
    for i in range(count):
        first, last = divmod(int(order[i % base]), len(LAST_SYLLABLES))
        names.append(f"{qualifiers[i // base]}{FIRST_SYLLABLES[first]}{LAST_SYLLABLES[last]}")
    return np.array(names)


def body_names(body: np.ndarray, settlement: np.ndarray, residents: np.ndarray, towns: np.ndarray) -> list[str]:
    """Name each body after the settlement most of its people live in; several in one city get a point of it."""
    pairs, inverse = np.unique(body * towns.size + settlement, return_inverse=True)
    people = np.bincount(inverse, residents)
    order = np.lexsort((pairs, -people, pairs // towns.size))
    leading = order[np.unique((pairs // towns.size)[order], return_index=True)[1]]
    seen: dict[str, int] = {}
    names = []
    for name in towns[pairs[leading] % towns.size]:
        seen[name] = seen.get(name, 0) + 1
        names.append(str(name))
    given: dict[str, int] = {}
    points = ("North", "South", "East", "West", "Central", "Mid", "Outer", "Inner")
    for i, name in enumerate(names):
        if seen[name] > 1:
            n = given[name] = given.get(name, -1) + 1
            names[i] = f"{name} {points[n]}" if n < len(points) else f"{name} {n + 1}"
    return names
