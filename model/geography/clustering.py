"""Groups of neighbours on the network: sites joined smallest first to a wanted size, large groups of areas cut in parts.

Both are deterministic and stay on the network: a group only joins one it touches, and a part of a cut is connected.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from model.geography.network import Edges
from model.geography.travel import DETOUR

SHORTEST_LINK_KM = 0.05
"""Two sites in one building are this far apart, so that ratios of distances stay finite."""


class Links(NamedTuple):
    """Pairs of neighbouring sites."""

    pairs: np.ndarray
    """int32[E, 2], the smaller number first, sorted."""
    km: np.ndarray
    """Network km between them, float64[E]."""


def site_links(edges: Edges, site_area: np.ndarray, x: np.ndarray, y: np.ndarray, members: np.ndarray) -> Links:
    """Which sites are neighbours: those whose nearest areas (along the network) touch, and those in one area.

    Args:
        edges: the network.
        site_area: area each site stands in, int[P].
        x: easting of each site, m, float64[P].
        y: northing of each site, m, float64[P].
        members: the sites that count, bool[P]; the others are as if they were not there.

    Returns:
        Links between members. Their km are the shortest way over an edge where the two sites' areas touch; within one
        area the straight line.
    """
    sites = np.flatnonzero(members)
    if len(sites) < 2:
        return Links(np.empty((0, 2), np.int32), np.empty(0))
    held, which = np.unique(site_area[sites].astype(np.int64), return_inverse=True)
    km, _, source = dijkstra(edges.matrix(), indices=held, min_only=True, return_predecessors=True)
    cell = np.searchsorted(held, source)
    first, second = edges.pairs[:, 0], edges.pairs[:, 1]
    across = cell[first] != cell[second]
    between = np.sort(np.stack([cell[first[across]], cell[second[across]]], axis=1), axis=1)
    way = km[first[across]] + edges.km[across] + km[second[across]]
    borders, row = np.unique(between, axis=0, return_inverse=True)
    shortest = np.full(len(borders), np.inf)
    np.minimum.at(shortest, row.reshape(-1), way)

    inside = [sites[which == i].tolist() for i in range(len(held))] if len(held) < len(sites) else None
    pairs: list[tuple[int, int]] = []
    lengths: list[float] = []
    alone = sites[np.argsort(which, kind="stable")]
    for (a, b), length in zip(borders.tolist(), shortest.tolist(), strict=True):
        for p in inside[a] if inside else (int(alone[a]),):
            for q in inside[b] if inside else (int(alone[b]),):
                pairs.append((min(p, q), max(p, q)))
                lengths.append(length)
    for group in inside or ():
        for i, p in enumerate(group):
            for q in group[i + 1 :]:
                pairs.append((p, q))
                lengths.append(float(np.hypot(x[p] - x[q], y[p] - y[q])) / 1000.0)
    found = np.array(pairs, np.int32).reshape(-1, 2)
    order = np.lexsort((found[:, 1], found[:, 0]))
    return Links(found[order], np.maximum(np.array(lengths)[order], SHORTEST_LINK_KM))


def grow_groups(
    weight: np.ndarray,
    links: Links,
    within: np.ndarray,
    *,
    smallest: float,
    largest: float,
    detour: float,
    may_pass: bool = True,
    start: np.ndarray | None = None,
    centres: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """Join neighbours, the lightest group first, until every group weighs ``smallest``.

    The lightest group joins the nearest of the groups it touches with which it stays at most ``largest`` and which is at
    most ``detour`` times as far as the very nearest; where there is none, the very nearest. How far two groups are is
    the mean of the links between them. Of equal distances, the lighter group; of equal weights too, the one with the
    lowest first member.

    Args:
        weight: of each unit, float[N]; a unit with ``within`` below 0 is left out.
        links: which units touch, and how far they are.
        within: units only join units of the same number, int[N].
        smallest: weight from which a group seeks no other.
        largest: weight a group avoids to pass.
        detour: how much farther a better partner may be, as a ratio of at least 1.
        may_pass: whether a group that finds no better partner passes ``largest`` rather than stay below ``smallest``.
        start: groups there are already, int[N], -1 = none.
        centres: x and y of units, m: a group that touches none then joins the nearest of its number by straight line;
            without them it stays as it is.

    Returns:
        Group of each unit, int32[N], numbered by first member; -1 for units left out.
    """
    units = len(weight)
    members = _starting_groups(within, start)
    total = {g: float(sum(weight[u] for u in units_of)) for g, units_of in members.items()}
    group_of = {u: g for g, units_of in members.items() for u in units_of}
    near: dict[int, dict[int, tuple[float, int]]] = {g: {} for g in members}
    for (a, b), km in zip(links.pairs.tolist(), links.km.tolist(), strict=True):
        if a not in group_of or b not in group_of or within[a] != within[b]:
            continue
        g, h = group_of[a], group_of[b]
        if g != h:
            length, number = near[g].get(h, (0.0, 0))
            near[g][h] = near[h][g] = (length + km, number + 1)
    heap = [(w, g) for g, w in total.items()]
    heapq.heapify(heap)
    while heap:
        w, g = heapq.heappop(heap)
        if total.get(g) != w:
            continue  # it has grown or joined since
        if w >= smallest:
            break
        partner = _partner(g, near[g], total, largest, detour, may_pass)
        if partner < 0 and centres is not None:
            partner = _nearest_anywhere(g, members, within, centres)
        if partner < 0:
            continue
        keep, gone = min(g, partner), max(g, partner)
        members[keep] += members.pop(gone)
        total[keep] += total.pop(gone)
        for other, (length, number) in near.pop(gone).items():
            del near[other][gone]
            if other != keep:
                before, links_before = near[keep].get(other, (0.0, 0))
                near[keep][other] = near[other][keep] = (before + length, links_before + number)
        heapq.heappush(heap, (total[keep], keep))
    out = np.full(units, -1, np.int32)
    for number, g in enumerate(sorted(members)):
        out[members[g]] = number
    return out


def _starting_groups(within: np.ndarray, start: np.ndarray | None) -> dict[int, list[int]]:
    """Members of each group before any joins, by its first member."""
    first: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    for unit in np.flatnonzero(np.asarray(within) >= 0).tolist():
        label = -1 if start is None else int(start[unit])
        g = unit if label < 0 else first.setdefault(label, unit)
        members.setdefault(g, []).append(unit)
    return members


def _partner(
    group: int,
    near: dict[int, tuple[float, int]],
    total: dict[int, float],
    largest: float,
    detour: float,
    may_pass: bool,
) -> int:
    by_distance = sorted((length / number, total[other], other) for other, (length, number) in near.items())
    if not by_distance:
        return -1
    farthest = by_distance[0][0] * detour
    for km, _, other in by_distance:
        if km <= farthest and total[group] + total[other] <= largest:
            return other
    return by_distance[0][2] if may_pass else -1


def _nearest_anywhere(
    group: int,
    members: dict[int, list[int]],
    within: np.ndarray,
    centres: tuple[np.ndarray, np.ndarray],
) -> int:
    """Group of the same number whose nearest unit is nearest to the group's own units by straight line, or -1."""
    x, y = centres
    label = within[members[group][0]]
    own = members[group]
    best, chosen = np.inf, -1
    for other in sorted(members):
        if other == group or within[members[other][0]] != label:
            continue
        theirs = members[other]
        gap = np.hypot(x[own][:, None] - x[theirs][None, :], y[own][:, None] - y[theirs][None, :]).min()
        if gap < best:
            best, chosen = float(gap), other
    return chosen


def cut_in_parts(
    edges: Edges, areas: np.ndarray, weight: np.ndarray, parts: int, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """Cut a set of areas into parts of about equal weight along the network, by halving again and again.

    Each cut goes between two far ends a and b: an area belongs to the first part when its network km to a less those to
    b is below the value that gives the parts their weights. An area on the way from a to any area of the first part is
    in the first part too, so parts of connected areas are connected (equal differences aside).

    Args:
        edges: the network of all areas.
        areas: the areas to cut, int[n], sorted.
        weight: people of each of them, [n].
        parts: number of parts, at least 1.
        x: easting of all areas, m.
        y: northing of all areas, m.

    Returns:
        Part of each of ``areas``, int32[n], 0..parts - 1.
    """
    out = np.zeros(len(areas), np.int32)
    if parts <= 1:
        return out
    matrix = edges.matrix()

    def halve(rows: np.ndarray, count: int, first: int) -> None:
        if count <= 1 or len(rows) < 2:
            out[rows] = first
            return
        here = areas[rows]
        inside = matrix[here][:, here]

        def km_from(row: int) -> np.ndarray:
            km = dijkstra(csr_array(inside), indices=row)
            straight = np.hypot(x[here] - x[here[row]], y[here] - y[here[row]]) / 1000.0 * DETOUR
            return np.where(np.isfinite(km), km, straight)

        end = int(km_from(0).argmax())
        from_a = km_from(end)
        from_b = km_from(int(from_a.argmax()))
        order = np.lexsort((rows, from_a, from_a - from_b))
        people = weight[rows][order].astype(np.float64)
        before = np.cumsum(people) - people / 2
        left = count // 2
        size = int(np.clip(np.searchsorted(before, people.sum() * left / count), 1, len(rows) - 1))
        halve(np.sort(rows[order[:size]]), left, first)
        halve(np.sort(rows[order[size:]]), count - left, first + left)

    halve(np.arange(len(areas)), parts, 0)
    return out
