"""How well any model could fit a register: what chance leaves, and what the register itself knows of catchments.

- ceiling: the CPC of expected counts with a draw from them; independent patients leave no more to explain.
- saturated R2: McFadden's of each area's own shares.
- neighbours: each area's expected shares times what its six nearest areas are observed over expected to send to each
  practice, the area itself left out. It uses the register that it is judged on, so it is no forecast; it says how much
  of the misfit is the shape of single practices' catchments, smooth over the ground, which terms that hold for all
  practices cannot know.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from analysis.observed_choices import Observed

NEIGHBOURS = 6
PRIOR = 20.0
"""Patients that the expected shares count as, against neighbours' observed ones."""
SEED = 1


class Bounds(NamedTuple):
    """CPC and McFadden's R2 that cannot be passed (ceiling, saturated) or that need the register (neighbours)."""

    ceiling_cpc: float
    saturated_r2: float
    neighbours_cpc: float
    neighbours_r2: float


def bounds(observed: Observed, shares: np.ndarray) -> Bounds:
    """Bounds of the register at expected shares, float[A, K] (module docstring)."""
    counts, demand = observed.counts, observed.demand
    total, equal = counts.sum(), np.log(max(counts.shape[1], 2))
    expected = shares * demand[:, None]
    exact = shares.astype(np.float64)
    exact /= np.maximum(exact.sum(axis=1, keepdims=True), 1e-300)
    drawn = np.random.Generator(np.random.Philox(key=SEED)).multinomial(demand.astype(np.int64), exact)
    own = counts / np.maximum(demand, 1.0)[:, None]
    corrected = shares * neighbours_know(observed, expected)
    corrected /= np.maximum(corrected.sum(axis=1, keepdims=True), 1e-300)

    def r2(told: np.ndarray) -> float:
        return float(1 + (counts * np.log(np.maximum(told, 1e-300))).sum() / (total * equal))

    return Bounds(
        float(np.minimum(drawn, expected).sum() / total),
        r2(own),
        float(np.minimum(corrected * demand[:, None], counts).sum() / total),
        r2(corrected),
    )


def neighbours_know(observed: Observed, expected: np.ndarray) -> np.ndarray:
    """Observed over expected patients of the nearest areas with each candidate, float64[A, K]."""
    region, practice = observed.region, observed.travel.practice
    areas, candidates = practice.shape
    near = min(NEIGHBOURS + 1, areas)
    if near < 2:
        return np.ones(practice.shape)
    places = np.column_stack([region.x, region.y])
    metres, other = KDTree(places).query(places, k=near)
    itself = other == np.arange(areas)[:, None]
    weight = np.exp(-2.0 * metres / np.maximum(metres[:, -1:], 1.0)) * ~itself
    around = csr_array((weight.ravel(), (np.repeat(np.arange(areas), near), other.ravel())), shape=(areas, areas))
    rows = np.repeat(np.arange(areas), candidates)
    shape = (areas, len(region.practices))

    def sums(table: np.ndarray) -> np.ndarray:
        spread = (around @ csr_array((table.ravel(), (rows, practice.ravel())), shape=shape)).tocsr()
        return np.asarray(spread[rows, practice.ravel()]).reshape(areas, candidates)

    return (sums(observed.counts) + PRIOR) / (sums(expected) + PRIOR)
