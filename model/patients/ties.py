"""What ties an area to a practice beside distance: borders, networks, ages and where people move (ODD 7.16).

    ties[a, k] = - border_site * s - border_membership * m - border_authority * l
                 + network_tie * n + age_match * ln(sum over ages g of residents[a, g] * list[p, g] / nation[g])
                 + mobility_tie * ln(1 + moves[a, p] / 0.1%)

s, m, l: the site stands in another commissioner's area, the practice belongs to another commissioner, the site stands
in another authority's area (0 or 1). n: of the eight practices nearest to the home, the share that are other members of
the practice's network; practices that work as one network serve one community. The age term is the ln of how much
likelier than by chance a random resident and a random patient are of the same age (0-17, 18-49, 50-64, 65 and over; shares
of the area's residents, of the practice's published list, of all lists). moves: moves of home a year of adults between the
area's zone (MSOA) and those around the site, as a share of the zone's residents that move at all; people keep their
practice when they move, and moves show which places belong together across what a map does not show. A tie for which
a region has no data is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.spatial import KDTree

from model.geography.region import LIST_BAND_STARTS, MIGRATION_AGES

if TYPE_CHECKING:
    from model.geography.region import Region

NETWORK_RANK = 8
"""Practices nearest to a home that say to which networks its neighbourhood belongs."""
MOVES_AT_LEAST = 0.001
"""Share of a zone's movers below which a tie fades out."""
WITHIN_ZONE = 0.25
"""Moves within a zone, which the table of moves between zones leaves out, as a share of those that leave it: what the
register itself implies if fitted freely (1.33 = 0.24 ln(1 + x / 0.1%), x = 0.25, England in January 2021)."""
MOVING_AGES = ("20_24", "25_34", "35_49", "50_64")
AROUND = 24
AROUND_METRES = 500.0
"""A site's surroundings: the 24 nearest areas, residents weighted by exp(-metres / 500)."""
LEAST_MATCH = 1e-3


class Ties(Protocol):
    """The parameters of ties: the ``choice`` section of a scenario has them."""

    @property
    def border_site(self) -> float:
        """The site lies in another commissioner's area than the home."""
        ...

    @property
    def border_membership(self) -> float:
        """The practice belongs to another commissioner than the home's."""
        ...

    @property
    def border_authority(self) -> float:
        """The site lies in another authority's area than the home."""
        ...

    @property
    def network_tie(self) -> float:
        """All eight nearest practices are of one network."""
        ...

    @property
    def age_match(self) -> float:
        """Per ln of the likeness in age of the area's residents and the practice's patients."""
        ...

    @property
    def mobility_tie(self) -> float:
        """Per ln(1 + moves / 0.1%)."""
        ...


def ties_of(region: Region, practice: np.ndarray, choice: Ties, areas: np.ndarray | None = None) -> np.ndarray:
    """Utility of candidates beside distance and the practice's effect, float32[R, K] (module docstring).

    Args:
        region: A areas, P practices.
        practice: candidates of the areas asked for, int[R, K].
        choice: parameters.
        areas: areas asked for, int[R]; all where None.
    """
    ties = bonds_of(region, practice, choice, areas)
    ties -= borders_of(region, practice, choice, areas)
    return ties


def borders_of(region: Region, practice: np.ndarray, choice: Ties, areas: np.ndarray | None = None) -> np.ndarray:
    """What crossing borders costs, float32[R, K]; as :func:`ties_of`."""
    return _summed(
        region, practice, areas,
        (
            (choice.border_site, crosses_site_border),
            (choice.border_membership, crosses_membership_border),
            (choice.border_authority, crosses_authority_border),
        ),
    )  # fmt: skip


def bonds_of(region: Region, practice: np.ndarray, choice: Ties, areas: np.ndarray | None = None) -> np.ndarray:
    """What network, ages and moves add, float32[R, K]; as :func:`ties_of`."""
    return _summed(
        region, practice, areas,
        (
            (choice.network_tie, network_share),
            (choice.age_match, age_likeness),
            (choice.mobility_tie, mobility),
        ),
    )  # fmt: skip


def _summed(
    region: Region,
    practice: np.ndarray,
    areas: np.ndarray | None,
    terms: tuple[tuple[float, Callable[[Region, np.ndarray, np.ndarray], np.ndarray]], ...],
) -> np.ndarray:
    home = np.arange(len(region.areas)) if areas is None else areas
    total = np.zeros(practice.shape, np.float32)
    for weight, term in terms:
        if weight != 0.0:
            total += np.float32(weight) * term(region, practice, home)
    return total


def crosses_site_border(region: Region, practice: np.ndarray, home: np.ndarray) -> np.ndarray:
    """Whether the site stands in another commissioner's area than the home; practice int[R, K] -> bool[R, K]."""
    return region.area_commissioner[region.practice_area][practice] != region.area_commissioner[home][:, None]


def crosses_membership_border(region: Region, practice: np.ndarray, home: np.ndarray) -> np.ndarray:
    """Whether the practice belongs to another commissioner than the home's; practice int[R, K] -> bool[R, K]."""
    return region.practice_commissioner[practice] != region.area_commissioner[home][:, None]


def crosses_authority_border(region: Region, practice: np.ndarray, home: np.ndarray) -> np.ndarray:
    """Whether the site stands in another authority's area than the home; practice int[R, K] -> bool[R, K]."""
    return region.area_authority[region.practice_area][practice] != region.area_authority[home][:, None]


def network_share(region: Region, practice: np.ndarray, home: np.ndarray) -> np.ndarray:
    """Of the eight practices nearest to a home, the share that are other members of a candidate's network, float32[R, K]."""
    names, network = np.unique(region.practice_neighbourhood, return_inverse=True)
    if not any(names):
        return np.zeros(practice.shape, np.float32)
    network = np.where(region.practice_neighbourhood == "", -1 - np.arange(len(network)), network.reshape(-1))
    network = network.astype(np.int32)[practice]
    nearest = min(NETWORK_RANK, practice.shape[1])
    members = np.zeros(practice.shape, np.int8)
    for k in range(nearest):
        members += network == network[:, k, None]
    members[:, :nearest] -= 1  # itself
    return members.astype(np.float32) / np.float32(nearest)


def age_likeness(region: Region, practice: np.ndarray, home: np.ndarray) -> np.ndarray:
    """Ln of the likeness in age of residents and lists, float32[R, K]; 0 where a list's ages are not known."""
    likeness = np.zeros(practice.shape, np.float32)
    if region.list_by_age is None:
        return likeness
    patients = region.list_by_age
    known = np.isfinite(patients).all(axis=1) & (np.nan_to_num(patients).sum(axis=1) > 0)
    patients = np.where(known[:, None], patients, 0.0)
    nation = patients.sum(axis=0) / max(patients.sum(), 1.0)
    shares = patients / np.maximum(patients.sum(axis=1), 1.0)[:, None] / np.maximum(nation, 1e-9)
    shares[~known] = 1.0
    residents = np.add.reduceat(region.population[home], LIST_BAND_STARTS, axis=1).astype(np.float64)
    everyone = residents.sum(axis=1)
    residents = np.where(
        everyone[:, None] > 0, residents / np.maximum(everyone, 1.0)[:, None], 1.0 / residents.shape[1]
    )
    for g in range(residents.shape[1]):
        likeness += residents[:, g, None].astype(np.float32) * shares[:, g].astype(np.float32)[practice]
    likeness = np.log(np.maximum(likeness, np.float32(LEAST_MATCH)))
    likeness[~known[practice]] = 0.0
    return likeness


def mobility(region: Region, practice: np.ndarray, home: np.ndarray) -> np.ndarray:
    """ln(1 + moves / 0.1%) between the home's zone and those around the site, float32[R, K]."""
    moves = moves_between(region)
    if moves is None:
        return np.zeros(practice.shape, np.float32)
    zones, zone = np.unique(region.area_zone[home], return_inverse=True)
    candidates, candidate = np.unique(practice, return_inverse=True)
    table = (moves[zones] @ _surroundings(region, candidates).T.tocsr()).tocsr()
    table.sort_indices()
    # Cells of a sorted sparse table are found by one number, row x width + column.
    width = len(candidates)
    cells = np.repeat(np.arange(len(zones), dtype=np.int64), np.diff(table.indptr)) * width + table.indices
    asked = zone.reshape(-1, 1).astype(np.int64) * width + candidate.reshape(practice.shape)
    place = np.minimum(np.searchsorted(cells, asked), max(len(cells) - 1, 0))
    share = np.where(cells[place] == asked, table.data[place], 0.0) if len(cells) else np.zeros(practice.shape)
    return np.log1p(share / MOVES_AT_LEAST).astype(np.float32)


def moves_between(region: Region) -> csr_array | None:
    """Moves both ways between zones as a share of those who leave the first, sparse[Z, Z]; None where they are not known."""
    told = region.destinations
    if told is None or len(told["origin"]) == 0:
        return None
    zones = len(region.zones)
    ages = [MIGRATION_AGES.index(age) for age in MOVING_AGES]
    residents = np.bincount(region.area_zone, region.residents, zones)
    movers = told["share"][:, ages].mean(axis=1, dtype=np.float64) * residents[told["origin"]]
    moves = csr_array((movers, (told["origin"], told["destination"])), shape=(zones, zones))
    each = diags_array(1.0 / np.maximum(residents, 1.0)).tocsr()
    return (each @ (moves + moves.T) + WITHIN_ZONE * diags_array(np.ones(zones))).tocsr()


def _surroundings(region: Region, practices: np.ndarray) -> csr_array:
    """Share of the people around the sites of some practices by zone, sparse[len(practices), Z]."""
    near = min(AROUND, len(region.areas))
    sites = np.column_stack([region.practice_x[practices], region.practice_y[practices]])
    metres, area = KDTree(np.column_stack([region.x, region.y])).query(sites, k=near)
    metres, area = metres.reshape(len(sites), near), area.reshape(len(sites), near)
    weight = (region.residents[area] + 1e-3) * np.exp(-(metres - metres[:, :1]) / AROUND_METRES)
    weight /= weight.sum(axis=1, keepdims=True)
    row = np.repeat(np.arange(len(sites)), near)
    return csr_array((weight.ravel(), (row, region.area_zone[area].ravel())), shape=(len(sites), len(region.zones)))
