"""Practices near each other: who competes with whom, what is lost to rivals, and what rivals do to quality.

Near pairs are found with a KD-tree over the sites and kept as a sparse list, so nothing is quadratic in practices.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial import KDTree

from model.geography.travel import DETOUR, Travel
from model.parameters.practices import Practices

METRES = 1000.0


class Near(NamedTuple):
    """Pairs of practices near each other, both ways round, sorted by first, then second. N pairs."""

    first: np.ndarray
    """int64[N]."""
    second: np.ndarray
    """int64[N]."""
    km: np.ndarray
    """Straight-line km between the sites, float64[N]."""
    practices: int
    """P: how many practices there are, with and without neighbours."""

    def sum(self, values: np.ndarray) -> np.ndarray:
        """Sum of a pair's values, [N], by the first of the pair, float64[P]."""
        return np.bincount(self.first, values, self.practices)

    def of(self, practice: int) -> slice:
        """The pairs whose first is a practice."""
        return slice(*np.searchsorted(self.first, [practice, practice + 1]))


def near_practices(x: np.ndarray, y: np.ndarray, among: np.ndarray, km: float) -> Near:
    """Pairs of the practices marked in ``among``, bool[P], whose sites are at most ``km`` apart; x, y metres, [P]."""
    where = np.flatnonzero(among)
    sites = np.column_stack([x[where], y[where]])
    found = KDTree(sites).query_pairs(km * METRES, output_type="ndarray") if len(where) else np.empty((0, 2), int)
    first, second = where[found[:, 0]], where[found[:, 1]]
    first, second = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    apart = np.hypot(x[first] - x[second], y[first] - y[second]) / METRES
    return Near(first, second, apart, len(x))


def network_km(travel: Travel, site_area: np.ndarray, near: Near, pairs: slice) -> np.ndarray:
    """Km along the network between the practices of some near pairs, float64[pairs].

    From the first one's area to the second as the travel table has it, never less than the straight line; where the
    second is not among the area's candidates, the straight line x 1.12.
    """
    first, second, straight = near.first[pairs], near.second[pairs], near.km[pairs]
    same = travel.practice[site_area[first]] == second[:, None]
    along = travel.network_km[site_area[first], same.argmax(axis=1)]
    return np.maximum(np.where(same.any(axis=1), along, straight * DETOUR), straight)


def rivals_within(near: Near, organisation: np.ndarray, km: float) -> np.ndarray:
    """Practices of other organisations within ``km`` of each practice, int64[P]; organisation int[P]."""
    rival = (near.km <= km) & (organisation[near.first] != organisation[near.second])
    return near.sum(rival).astype(np.int64)


def lost_to_rivals(size: np.ndarray, size_before: np.ndarray, near: Near, organisation: np.ndarray) -> np.ndarray:
    """Fall of each practice's share of its own and its near rivals' patients over the year, float64[P]; gains are < 0.

    Lists int64[P] now and a year ago. Without rivals the share is 1 and nothing can be lost.
    """
    rival = organisation[near.first] != organisation[near.second]

    def share(lists: np.ndarray) -> np.ndarray:
        together = lists + near.sum(rival * lists[near.second].astype(np.float64))
        return np.where(together > 0, lists / np.maximum(together, 1.0), 1.0)

    before = share(size_before)
    return np.where(before > 0, 1.0 - share(size) / np.maximum(before, 1e-12), 0.0)


def net_leavers(size: np.ndarray, size_before: np.ndarray) -> np.ndarray:
    """Share of last year's list gone on balance, float64[P]; growth is < 0, a list that was empty lost nothing."""
    return np.where(size_before > 0, 1.0 - size / np.maximum(size_before, 1), 0.0)


def losing_to_rivals(
    size: np.ndarray, size_before: np.ndarray, near: Near, organisation: np.ndarray, threshold: float
) -> np.ndarray:
    """Whether each practice lost more than ``threshold`` of its list and of its share among near rivals, bool[P]."""
    share_lost = lost_to_rivals(size, size_before, near, organisation)
    return (net_leavers(size, size_before) > threshold) & (share_lost > threshold)


def widened(inner_km: np.ndarray, losing: np.ndarray, ratio: float, widest_km: float) -> np.ndarray:
    """By how much each practice multiplies its boundaries, float64[P]: ``ratio`` where it is losing, else 1.

    No inner boundary is widened beyond ``widest_km``; one that is wider stays as it is.
    """
    room = np.maximum(widest_km / np.maximum(inner_km, 1e-9), 1.0)
    return np.where(losing, np.minimum(ratio, room), 1.0)


def competition_shift(close: np.ndarray, near: np.ndarray, rules: Practices, spread: float) -> np.ndarray:
    """What rivals add to the satisfaction of each practice, float64[P], share (Gravelle 2019, Pike 2010; pattern P24).

    ``close`` and ``near`` are rivals within 500 m and 3 km, int[P]; ``spread`` is the SD of satisfaction. Each counts as
    ln(1 + rivals) in SDs of England's practices, so the shift has mean 0 there; with an SD of 0 rivals shift nothing.
    """

    def standard(rivals: np.ndarray, mean_and_sd: tuple[float, ...]) -> np.ndarray:
        mean, sd = mean_and_sd
        return (np.log1p(rivals) - mean) / sd if sd > 0 else np.zeros(len(rivals))

    return spread * (
        rules.competition_close * standard(close, rules.close_rivals_spread)
        + rules.competition_near * standard(near, rules.near_rivals_spread)
    )
