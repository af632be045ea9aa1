"""GPs: how many each practice has from one year to the next, and where those of a closed practice go."""

from __future__ import annotations

import numpy as np

from model.parameters.practices import Practices


def gps_join(gps: float, weight: np.ndarray, rules: Practices) -> np.ndarray:
    """GPs of a closed practice who join each of its N near practices, full-time equivalents, float64[N]."""
    total = weight.sum()
    return gps * rules.closing_gps_stay * (weight / total) if total > 0 else np.zeros(len(weight))


def gps_next_year(size: np.ndarray, gps: np.ndarray, among: np.ndarray, total: float, rules: Practices) -> np.ndarray:
    """GPs of each practice a year on, full-time equivalents, float64[P].

    Those of the practices marked in ``among``, bool[P], are together ``total``; each practice's share of them moves a
    little towards its share of patients (int[P]). A practice without GPs or patients keeps what it has.
    """
    has = among & (gps > 0) & (size > 0)
    after = gps.copy()
    if has.any():
        own, patients = gps[has] / gps[has].sum(), size[has] / size[has].sum()
        share = (1.0 - rules.gps_follow) * own + rules.gps_follow * patients
        after[has] = share * max(total - gps[among & ~has].sum(), 0.0)
    return after
