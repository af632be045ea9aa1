"""GPs: how many each practice has from one year to the next, and where those of a closed practice go."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from model.parameters.practices import Practices

RAREST = 1e-4
"""Chance changes beyond its 0.01% and 99.99% points are cut off."""


def gps_join(gps: float, weight: np.ndarray, rules: Practices) -> np.ndarray:
    """GPs of a closed practice who join each of its N near practices, full-time equivalents, float64[N]."""
    total = weight.sum()
    return gps * rules.closing_gps_stay * (weight / total) if total > 0 else np.zeros(len(weight))


def gps_next_year(
    size: np.ndarray, gps: np.ndarray, among: np.ndarray, total: float, rules: Practices, draws: np.ndarray
) -> np.ndarray:
    """GPs of each practice a year on, full-time equivalents, float64[P].

    ln(GPs) closes part of the gap that would give the practice as many patients (int[P]) per GP as all have, and moves
    by chance (``draws`` uniform, float64[P]); then those of the practices marked in ``among``, bool[P], are scaled to
    be ``total`` together. A practice without GPs or patients keeps what it has.
    """
    has = among & (gps > 0) & (size > 0)
    after = gps.copy()
    if has.any():
        wanted = size[has] * (gps[has].sum() / size[has].sum())
        chance = rules.gps_chance * ndtri(np.clip(draws[has], RAREST, 1.0 - RAREST))
        moved = gps[has] * (wanted / gps[has]) ** rules.gps_follow * np.exp(chance)
        after[has] = moved * max(total - gps[among & ~has].sum(), 0.0) / moved.sum()
    return after
