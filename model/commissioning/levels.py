"""Levels of measurement below the commissioner: neighbourhoods (30-50k people) and places (250-500k)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.geography.clustering import Links, cut_in_parts, grow_groups, site_links
from model.geography.network import Edges, network_edges
from model.geography.region import Region
from model.measures.catchments import plurality_catchments
from model.parameters.organisations import Networks

Register = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Area, practice and patients of each row of a register, int[R] each."""


@dataclass
class Levels:
    """Which place and neighbourhood each of A areas and P practices belongs to; K places, N neighbourhoods."""

    places: np.ndarray
    """Codes, str[K]."""
    area_place: np.ndarray
    """Position in ``places``, int32[A]."""
    practice_place: np.ndarray
    """The place its site stands in, int32[P]."""
    neighbourhoods: np.ndarray
    """Codes, str[N]."""
    area_neighbourhood: np.ndarray
    """Neighbourhood whose practices register most of the area's patients, int32[A]."""
    practice_neighbourhood: np.ndarray
    """Neighbourhood (network) of the practice, int32[P]."""
    register: Register
    """Patients by area and practice at the start, by which areas follow practices."""

    def open_practice(self, practice: int, area: int) -> None:
        """A practice opens in an area: it belongs to that area's place and neighbourhood."""
        self.practice_place[practice] = self.area_place[area]
        self.practice_neighbourhood[practice] = self.area_neighbourhood[area]

    def with_networks(self, codes: np.ndarray, network: np.ndarray) -> Levels:
        """The same places, with new networks as neighbourhoods.

        Args:
            codes: of the networks, str[N].
            network: of each practice, int[P]; one without (-1) goes where most of its old neighbourhood went.
        """
        areas = len(self.area_place)
        known = network >= 0
        area = catchment_of_areas(*self.register, network, areas)
        old_area, old_practice = self.area_neighbourhood, self.practice_neighbourhood
        heir = _commonest(old_practice[known], network[known], len(self.neighbourhoods))
        heir[heir < 0] = 0
        return Levels(
            places=self.places,
            area_place=self.area_place,
            practice_place=self.practice_place,
            neighbourhoods=codes,
            area_neighbourhood=np.where(area >= 0, area, heir[old_area]).astype(np.int32),
            practice_neighbourhood=np.where(known, network, heir[old_practice]).astype(np.int32),
            register=self.register,
        )


def build_levels(
    region: Region, networks: Networks, register: Register | None = None, edges: Edges | None = None
) -> Levels:
    """Places and neighbourhoods at the start.

    Places come from :func:`build_places`. Neighbourhoods are the practices' published networks; a practice without one
    joins the nearest that has one in its commissioner, and where a commissioner has none they are built
    (:func:`build_networks`). Areas belong to the neighbourhood that registers most of their patients.

    Args:
        region: with or without places in reserve at the end of its practices (list size 0).
        networks: how networks and places are built.
        register: patients by area and practice; the region's own where None (and nobody's where it has none:
            areas then belong to the nearest practice's neighbourhood).
        edges: the region's network, where it is known already.
    """
    edges = network_edges(region) if edges is None else edges
    codes, area_place = build_places(region, networks, edges)
    names, network = neighbourhoods_of_practices(region, networks, edges)
    if register is None and region.registration_area is not None:
        assert region.registration_practice is not None
        assert region.registration_patients is not None
        register = (region.registration_area, region.registration_practice, region.registration_patients)
    if register is None:
        register = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int32))
    area = catchment_of_areas(*register, network, len(region.areas))
    return Levels(
        places=codes,
        area_place=area_place,
        practice_place=area_place[region.practice_area].astype(np.int32),
        neighbourhoods=names,
        area_neighbourhood=_fill_nearest(area, region, network),
        practice_neighbourhood=network,
        register=register,
    )


def catchment_of_areas(
    area: np.ndarray, practice: np.ndarray, patients: np.ndarray, practice_network: np.ndarray, areas: int
) -> np.ndarray:
    """Network that registers most of each area's patients, int32[A]; -1 where none registers any (Beaney 2022).

    Args:
        area: area of each row of a register, int[R].
        practice: practice of each row, int[R].
        patients: patients of each row, int[R].
        practice_network: network of each practice, int[P]; rows of practices without one (-1) are left out.
        areas: number of areas.
    """
    network = practice_network[practice]
    rows = network >= 0
    networks = int(practice_network.max(initial=-1)) + 1
    if networks == 0:
        return np.full(areas, -1, np.int32)
    return plurality_catchments(area[rows], network[rows], patients[rows], areas, networks).leader.astype(np.int32)


def build_networks(
    region: Region,
    patients: np.ndarray,
    members: np.ndarray,
    networks: Networks,
    *,
    smallest: float | None = None,
    largest: float | None = None,
    edges: Edges | None = None,
) -> np.ndarray:
    """Networks of practices inside a commissioner, neighbours on the network first, int32[P]; -1 for non-members.

    Smallest first, groups of fewer than ``smallest`` patients join the nearest group they touch
    (:func:`model.geography.clustering.grow_groups`); one that touches none of its commissioner's joins the nearest.

    Args:
        region: sites, commissioners and the network.
        patients: list of each practice, [P].
        members: practices that take part, bool[P].
        networks: sizes and how far a better partner may be.
        smallest: instead of ``networks.smallest``.
        largest: instead of ``networks.largest``.
        edges: the region's, where they are already known.
    """
    edges = network_edges(region) if edges is None else edges
    x, y = region.practice_x, region.practice_y
    return grow_groups(
        np.asarray(patients, np.float64),
        site_links(edges, region.practice_area, x, y, members),
        np.where(members, _one_network_within(region), -1),
        smallest=networks.smallest if smallest is None else smallest,
        largest=networks.largest if largest is None else largest,
        detour=networks.detour,
        centres=(x, y),
    )


def _one_network_within(region: Region) -> np.ndarray:
    """Commissioner of each practice, int64[P]; a digital provider's list is a number, and so a network, of its own."""
    own = len(region.commissioners) + np.arange(len(region.practices))
    return np.where(region.provider_kind == "digital", own, region.practice_commissioner.astype(np.int64))


def network_codes(count: int) -> np.ndarray:
    """Codes of networks the model forms, str[N]."""
    return np.array([f"network-{number:04d}" for number in range(1, count + 1)], dtype=str)


def neighbourhoods_of_practices(region: Region, networks: Networks, edges: Edges) -> tuple[np.ndarray, np.ndarray]:
    """Codes str[N] and neighbourhood of each practice, int32[P]: published, else nearest published, else built."""
    published = region.practice_neighbourhood.astype(str)
    commissioner = region.practice_commissioner.astype(np.int64)
    listed = region.list_size > 0
    known = published != ""
    without = ~np.isin(commissioner, np.unique(commissioner[known]))
    built = build_networks(region, region.list_size, without & listed, networks, edges=edges)
    labels = np.where(known, published, "")
    made = built >= 0
    codes_built = network_codes(int(built.max(initial=-1)) + 1)
    labels = labels.astype(f"<U{max(labels.dtype.itemsize // 4, 16)}")
    labels[made] = codes_built[built[made]]
    labels = np.where(labels == "", _nearest_label(region, labels), labels)
    codes, network = np.unique(labels, return_inverse=True)
    return codes, network.reshape(-1).astype(np.int32)


def build_places(region: Region, networks: Networks, edges: Edges) -> tuple[np.ndarray, np.ndarray]:
    """Places of 250-500k people inside a system, made of authorities: codes str[K] and place of each area, int32[A].

    An authority (its part in a system) of more than ``networks.place_largest`` residents is cut along the network into the
    fewest equal parts of at most that; then, smallest first, anything under ``networks.place_smallest`` joins the nearest
    neighbour in the system, one with which it stays at most ``networks.place_largest`` where there is one not much farther.
    A place is named after the authority most of its residents live in, with a number where it has several.
    """
    residents = region.residents.astype(np.float64)
    bodies = region.area_system.astype(np.int64) * len(region.authorities) + region.area_authority
    piece = np.full(len(region.areas), -1, np.int64)
    pieces = 0
    for body in np.unique(bodies):
        areas = np.flatnonzero(bodies == body)
        parts = max(1, int(np.ceil(residents[areas].sum() / networks.place_largest)))
        piece[areas] = pieces + cut_in_parts(edges, areas, residents[areas], parts, region.x, region.y)
        pieces += parts
    used, piece = np.unique(piece, return_inverse=True)
    piece, pieces = piece.reshape(-1), len(used)
    people = np.bincount(piece, residents, pieces)
    weight = np.maximum(residents, 1e-6)
    x, y = (np.bincount(piece, weight * at, pieces) / np.bincount(piece, weight, pieces) for at in (region.x, region.y))
    system = np.zeros(pieces, np.int64)
    system[piece] = region.area_system
    group = grow_groups(
        people, _border_links(edges, piece, x, y), system,
        smallest=networks.place_smallest, largest=networks.place_largest, detour=networks.detour, centres=(x, y),
    )  # fmt: skip
    area_place = group[piece]
    count = int(group.max(initial=-1)) + 1
    authority = _commonest(area_place, region.area_authority.astype(np.int64), count, residents)
    codes = [str(region.authorities[a]) for a in authority.tolist()]
    seen: dict[str, int] = {}
    named = []
    for code in codes:
        seen[code] = seen.get(code, 0) + 1
        named.append(f"{code}-{seen[code]}" if codes.count(code) > 1 else code)
    order = np.argsort(np.array(named), kind="stable")
    rank = np.empty(count, np.int32)
    rank[order] = np.arange(count)
    return np.array(named)[order], rank[area_place].astype(np.int32)


def _border_links(edges: Edges, piece: np.ndarray, x: np.ndarray, y: np.ndarray) -> Links:
    """Pieces that touch, with straight-line km between their centres."""
    ends = np.sort(piece[edges.pairs], axis=1)
    pairs = np.unique(ends[ends[:, 0] != ends[:, 1]].reshape(-1, 2), axis=0).astype(np.int32)
    return Links(pairs, np.hypot(x[pairs[:, 0]] - x[pairs[:, 1]], y[pairs[:, 0]] - y[pairs[:, 1]]) / 1000.0)


def _commonest(group: np.ndarray, label: np.ndarray, groups: int, weight: np.ndarray | None = None) -> np.ndarray:
    """Label with most weight in each group, int64[groups]; -1 for an empty group; the lowest of equals."""
    counts = np.ones(len(group)) if weight is None else np.asarray(weight, np.float64)
    labels = int(label.max(initial=-1)) + 1
    pairs, row = np.unique(group.astype(np.int64) * max(labels, 1) + label, return_inverse=True)
    total = np.bincount(row.reshape(-1), counts, len(pairs))
    order = np.lexsort((pairs, -total, pairs // max(labels, 1)))
    found, first = np.unique((pairs // max(labels, 1))[order], return_index=True)
    out = np.full(groups, -1, np.int64)
    out[found] = (pairs % max(labels, 1))[order[first]]
    return out


def _nearest_label(region: Region, labels: np.ndarray) -> np.ndarray:
    """Label of the nearest labelled practice, of the same commissioner where it has any, str[P]."""
    out = labels.copy()
    have = np.flatnonzero(labels != "")
    if len(have) == 0:
        return np.full(len(labels), network_codes(1)[0])
    commissioner = region.practice_commissioner
    for p in np.flatnonzero(labels == "").tolist():
        own = have[commissioner[have] == commissioner[p]]
        among = own if len(own) else have
        gap = np.hypot(region.practice_x[among] - region.practice_x[p], region.practice_y[among] - region.practice_y[p])
        out[p] = labels[among[int(gap.argmin())]]
    return out


def _fill_nearest(area_network: np.ndarray, region: Region, network: np.ndarray) -> np.ndarray:
    """Areas that register nobody take the network of the practice nearest by straight line."""
    out = area_network.copy()
    listed = np.flatnonzero(region.list_size > 0)
    for a in np.flatnonzero(out < 0).tolist():
        gap = np.hypot(region.practice_x[listed] - region.x[a], region.practice_y[listed] - region.y[a])
        out[a] = network[listed[int(gap.argmin())]]
    return out
