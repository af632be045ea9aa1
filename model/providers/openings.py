"""Rare new practices: how many a year, and in which areas."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from model.parameters.practices import Practices


def number_of_openings(practices: int, rules: Practices, draw: float) -> int:
    """New practices this year among ``practices``: the expected number, rounded up or down by a uniform draw."""
    return int(np.floor(practices * rules.openings / 1000.0 + draw))


def areas_to_open(
    number: int, area_x: np.ndarray, area_y: np.ndarray, residents: np.ndarray, x: np.ndarray, y: np.ndarray
) -> list[int]:
    """Areas where new practices open, at most ``number``, in the order they are chosen.

    The practice that is nearest to the most residents (int[A]) gets a rival, in that one of the areas around it with
    the most residents times km to it; then the next. Metres; practices' sites x, y float64[P], areas' centres [A].
    """
    if number <= 0 or not len(x):
        return []
    metres, nearest = KDTree(np.column_stack([x, y])).query(np.column_stack([area_x, area_y]))
    near_residents = np.bincount(nearest, residents, len(x))
    chosen = []
    for practice in np.argsort(-near_residents, kind="stable")[:number].tolist():
        around = np.flatnonzero(nearest == practice)
        if len(around):
            chosen.append(int(around[np.argmax(residents[around] * metres[around])]))
    return chosen
