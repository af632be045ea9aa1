"""Means, percentiles and shares of values that each stand for many patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PERCENTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)


def weighted_mean(values: npt.ArrayLike, weights: npt.ArrayLike) -> float:
    """Mean of values [N] by weights [N] >= 0; NaN where all weights are 0."""
    weights = np.asarray(weights, np.float64)
    total = weights.sum()
    return float((np.asarray(values, np.float64) * weights).sum() / total) if total > 0 else float("nan")


def percentiles(values: npt.ArrayLike, at: Sequence[float] = PERCENTILES) -> np.ndarray:
    """Percentiles of a measure between places that weigh alike, interpolated linearly between them.

    Args:
        values: one value a place, [N]; unknown (NaN) places are left out.
        at: percentages, 0..100.

    Returns:
        float64[len(at)]; NaN where no place is known.
    """
    values = np.asarray(values, np.float64)
    known = values[~np.isnan(values)]
    return np.percentile(known, at) if known.size else np.full(len(at), np.nan)


def weighted_percentiles(
    values: npt.ArrayLike, weights: npt.ArrayLike, at: Sequence[float] = PERCENTILES
) -> np.ndarray:
    """Smallest value that at least a given percentage of the weight (of patients) does not exceed.

    Args:
        values: [N]; NaN values are left out with their weight.
        weights: [N] >= 0.
        at: percentages, 0..100.

    Returns:
        float64[len(at)]; NaN where nothing has weight.
    """
    values, weights = np.asarray(values, np.float64), np.asarray(weights, np.float64)
    known = ~np.isnan(values) & (weights > 0)
    values, weights = values[known], weights[known]
    if values.size == 0:
        return np.full(len(at), np.nan)
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    wanted = np.asarray(at, np.float64) / 100 * below[-1]
    # A relative hair's breadth, so that 50% of two equal weights is the first of them whatever the rounding.
    positions = np.searchsorted(below, wanted * (1 - 1e-12))
    return values[order[np.minimum(positions, values.size - 1)]]


def weighted_median(values: npt.ArrayLike, weights: npt.ArrayLike) -> float:
    """Median of values [N] by weights [N]: the smallest value that half of the weight does not exceed."""
    return float(weighted_percentiles(values, weights, (50,))[0])


def share_above(values: npt.ArrayLike, weights: npt.ArrayLike, threshold: float) -> float:
    """Share of the weight on values strictly above a threshold, 0..1; NaN where all weights are 0."""
    return weighted_mean(np.asarray(values) > threshold, weights)


@dataclass(frozen=True)
class Spread:
    """How a measure varies between places: unweighted unless weights were given; unknown (NaN) places left out."""

    places: int
    mean: float
    sd: float
    """Standard deviation between places (n - 1 below; with weights, the weighted population form)."""
    percentiles: dict[float, float]
    """Percentage -> value."""


def spread(values: npt.ArrayLike, weights: npt.ArrayLike | None = None, at: Sequence[float] = PERCENTILES) -> Spread:
    """Mean, standard deviation and percentiles of a measure between places.

    Args:
        values: one value a place, [N].
        weights: weight of each place, [N]; None for places weighing alike.
        at: percentages wanted.
    """
    values = np.asarray(values, np.float64)
    known = ~np.isnan(values)
    if weights is None:
        of = values[known]
        mean = float(of.mean()) if of.size else float("nan")
        sd = float(of.std(ddof=1)) if of.size > 1 else float("nan")
    else:
        mean = weighted_mean(values[known], np.asarray(weights)[known])
        sd = weighted_mean((values[known] - mean) ** 2, np.asarray(weights)[known]) ** 0.5
    found = percentiles(values, at) if weights is None else weighted_percentiles(values, weights, at)
    return Spread(int(known.sum()), mean, sd, {p: float(v) for p, v in zip(at, found, strict=True)})
