"""Who is responsible for what in a synthetic region: authorities, commissioners, systems, places, zones, names.

Bodies are contiguous groups made by cutting the map in two again and again. Towns and villages are not cut; only a
city too large for one body is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

# --- parameters: computed from the 2011 LSOA lookups and mid-2020 residents of England unless another source is given --

UNEVENNESS = 0.30
"""How far a cut may depart from equal populations: districts of 40,000 lie beside cities of a million."""
BORDER_STRIP = 2_000.0
"""Metres on either side of a border in which a cut seeks to have few people (assumed)."""
CUT_DIRECTIONS = 8
EVENNESS = 0.2
"""What a person in the wrong part costs against a person beside the border, when a cut is chosen (assumed)."""
DWARF = 0.45
"""A body of less than this share of the mean is avoided where another cut can be made."""
WHOLE_TOWN = 2.5
"""A town of up to this many times the mean authority is not cut (Bristol and Leeds are one authority each)."""
ZONE_AREAS = 4.84
"""Areas to a zone: 32,844 LSOAs in 6,791 MSOAs."""
PLACE_RESIDENTS = 375_000
"""Middle of the 250-500k of a place."""
CITY_WEIGHT = 0.6
"""How much a resident of a city too large for one body counts when people are shared out among bodies: those of
London and Manchester have half as many people again as others (London boroughs 280k, mean authority 183k)."""
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
    slack: float = 0.0,
) -> np.ndarray:
    """Cut points into ``parts`` contiguous groups of about equal weight, int64[N], 0 ... parts-1.

    Without ``slack`` each cut is straight across the longer side. With it, groups may depart from equal weight by that
    share, and the cut is the one, of several directions, that has the fewest people within ``BORDER_STRIP`` of it:
    borders follow rivers, railways and fields. Every group has at least one point; raises ValueError where there are
    fewer points than parts.
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
        order, cut, left = _cut(x[who], y[who], weight[who], k, slack)
        who = who[order]
        stack.append((who[:cut], left, first))
        stack.append((who[cut:], k - left, first + left))
    return label


def _cut(x: np.ndarray, y: np.ndarray, weight: np.ndarray, parts: int, slack: float) -> tuple[np.ndarray, int, int]:
    """Order of the points along the best direction, how many of them come before the cut, and how many parts they get."""
    if slack == 0.0:
        directions = [0.0 if np.ptp(x) >= np.ptp(y) else np.pi / 2]
    else:
        directions = [k * np.pi / CUT_DIRECTIONS for k in range(CUT_DIRECTIONS)]
    best: tuple[float, np.ndarray, int, int] | None = None
    for angle in directions:
        along = x * np.cos(angle) + y * np.sin(angle)
        order = np.argsort(along, kind="stable")
        along, reached = along[order], np.cumsum(weight[order])
        total = reached[-1]
        half = parts // 2 / parts * total
        low, high = np.searchsorted(reached, [half * (1 - slack), half * (1 + slack)])
        cuts = np.arange(min(max(low, 1), x.size - 1), min(max(high + 1, 1), x.size - 1) + 1)
        left = np.clip(np.round(parts * reached[cuts - 1] / total), 1, parts - 1).astype(np.int64)
        left = np.clip(left, parts - (x.size - cuts), cuts)  # no part without a point
        line = (along[cuts - 1] + along[cuts]) / 2
        before = np.concatenate([[0.0], reached])
        near = before[np.searchsorted(along, line + BORDER_STRIP)] - before[np.searchsorted(along, line - BORDER_STRIP)]
        uneven = np.abs(reached[cuts - 1] - left / parts * total)
        dwarf = (
            np.minimum(reached[cuts - 1] / left, (total - reached[cuts - 1]) / (parts - left)) < DWARF * total / parts
        )
        cost = near * (slack > 0) + EVENNESS * uneven + dwarf * total
        at = int(np.argmin(cost))
        if best is None or cost[at] < best[0]:
            best = (float(cost[at]), order, int(cuts[at]), int(left[at]))
    assert best is not None  # there is always a direction
    return best[1], best[2], best[3]


def _units(settlement: np.ndarray, residents: np.ndarray, largest: float) -> tuple[np.ndarray, np.ndarray]:
    """What may not be cut: settlements up to ``largest`` residents, single areas of larger ones.

    Returns the unit of each area, int64[A] from 0, and whether the area is in a city that may be cut, bool[A].
    """
    people = np.bincount(settlement, residents)
    large = (people > largest)[settlement]
    key = np.where(large, settlement.max() + 1 + np.arange(settlement.size), settlement)
    return np.unique(key, return_inverse=True)[1], large


def _centres(x: np.ndarray, y: np.ndarray, weight: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, ...]:
    total = np.bincount(group, weight)
    return np.bincount(group, weight * x) / total, np.bincount(group, weight * y) / total, total


def bisect_within(
    outer: np.ndarray, x: np.ndarray, y: np.ndarray, weight: np.ndarray, parts: np.ndarray, slack: float = 0.0
) -> np.ndarray:
    """Cut each group of ``outer`` into its number of ``parts``, int64[N]; numbers run on from group to group.

    ``parts`` has one number for each group 0, 1, ...; raises ValueError as ``bisect`` does.
    """
    label = np.zeros(outer.size, np.int64)
    order = np.argsort(outer, kind="stable")
    ends = np.cumsum(np.bincount(outer, minlength=parts.size))
    done = 0
    for g, members in enumerate(np.split(order, ends[:-1])):
        label[members] = done + bisect(x[members], y[members], weight[members], int(parts[g]), slack)
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
    unit, in_city = _units(settlement, residents, WHOLE_TOWN * residents.sum() / authorities)
    counted = residents * np.where(in_city, CITY_WEIGHT, 1.0)
    unit_x, unit_y, unit_people = _centres(x, y, counted, unit)
    for _ in range(5):  # a town that is not cut counts for one authority, however large it is
        unit_people = np.minimum(unit_people, unit_people.sum() / authorities)
    authority = bisect(unit_x, unit_y, unit_people, authorities, UNEVENNESS)[unit]

    auth_x, auth_y, auth_people = _centres(x, y, counted, authority)
    system_of = bisect(auth_x, auth_y, auth_people, systems, UNEVENNESS)
    in_system = np.bincount(system_of, minlength=systems)
    parts = np.ones(systems, np.int64)
    people = np.bincount(system_of, auth_people)
    while parts.sum() < commissioners:  # give the next commissioner to the system with most people per commissioner
        parts[np.argmax(np.where(parts < in_system, people / parts, -1.0))] += 1
    commissioner_of = bisect_within(system_of, auth_x, auth_y, auth_people, parts, UNEVENNESS)
    commissioner, system = commissioner_of[authority], system_of[authority]

    # Some authorities are not wholly in one CCG: areas most of whose neighbours are across the line cross it.
    split = rng.random(authorities) < SPLIT_AUTHORITIES
    nearest = KDTree(np.c_[x, y]).query(np.c_[x, y], min(12, x.size))[1]
    other = (commissioner[nearest] != commissioner[:, None]) & (system[nearest] == system[:, None])
    crosses = split[authority] & (other.sum(axis=1) >= nearest.shape[1] // 3)
    first_other = nearest[np.arange(x.size), np.argmax(other, axis=1)]
    moved = np.where(crosses, commissioner[first_other], commissioner)
    if np.unique(moved).size == commissioners:
        commissioner = moved

    size = np.bincount(authority, minlength=authorities)
    zone = bisect_within(authority, x, y, residents, np.maximum(1, np.round(size / ZONE_AREAS)).astype(np.int64))
    people = np.bincount(commissioner, residents, minlength=commissioners)
    place = bisect_within(
        commissioner, x, y, residents, np.maximum(1, np.round(people / PLACE_RESIDENTS)).astype(np.int64)
    )
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
