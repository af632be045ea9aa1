"""How a measure (funding, access, satisfaction, misalignment) differs along the scale of deprivation.

Groups are ordered from the most to the least deprived, as deciles of the Index of Multiple Deprivation are, so a
positive slope or concentration index favours the less deprived.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Gradient:
    """A straight line through a measure along deprivation, fitted by population."""

    slope: float
    """Slope index of inequality: the least deprived end minus the most deprived, in the measure's unit."""
    relative: float
    """Relative index of inequality: slope over the population's mean."""
    most_deprived: float
    """The line at the most deprived end."""
    least_deprived: float
    """The line at the least deprived end."""


def ridits(people: npt.ArrayLike) -> np.ndarray:
    """Middle of each group's span on the scale from the most (0) to the least deprived (1), float64[G].

    Args:
        people: people in each group, most deprived first, [G].
    """
    people = np.asarray(people, np.float64)
    total = people.sum()
    return (np.cumsum(people) - people / 2) / total if total > 0 else np.full(people.shape, np.nan)


def gradient(values: npt.ArrayLike, people: npt.ArrayLike) -> Gradient:
    """Slope and relative index of inequality (Pamuk 1985; regression of group means on ridits, by population).

    Args:
        values: mean of the measure in each group, most deprived first, [G]; groups with NaN are left out.
        people: people in each group, [G].

    Returns:
        NaN throughout where fewer than two groups have people and a value.
    """
    values, people = np.asarray(values, np.float64), np.asarray(people, np.float64)
    known = ~np.isnan(values) & (people > 0)
    if known.sum() < 2:
        return Gradient(*[float("nan")] * 4)
    values, people = values[known], people[known]
    rank, weight = ridits(people), people / people.sum()
    mean = float((weight * values).sum())
    # The weighted mean of ridits is one half whatever the groups.
    spread = (weight * (rank - 0.5) ** 2).sum()
    slope = float((weight * (rank - 0.5) * (values - mean)).sum() / spread)
    return Gradient(slope, slope / mean if mean else float("nan"), mean - slope / 2, mean + slope / 2)


def concentration_index(values: npt.ArrayLike, people: npt.ArrayLike) -> float:
    """Whether a quantity lies with the deprived (towards -1) or the less deprived (towards 1), 0 where even.

    Twice the covariance with the ridit over the mean (Wagstaff, Paci & van Doorslaer 1991), from groups.

    Args:
        values: mean of a non-negative measure in each group, most deprived first, [G]; NaN groups are left out.
        people: people in each group, [G].
    """
    values, people = np.asarray(values, np.float64), np.asarray(people, np.float64)
    known = ~np.isnan(values) & (people > 0)
    values, people = values[known], people[known]
    if people.size == 0:
        return float("nan")
    weight = people / people.sum()
    mean = (weight * values).sum()
    return float(2 * (weight * values * (ridits(people) - 0.5)).sum() / mean) if mean else float("nan")


def mean_by_group(values: npt.ArrayLike, weights: npt.ArrayLike, group: npt.ArrayLike, groups: int) -> np.ndarray:
    """Weighted mean of a measure in each group, as for practices or areas by deprivation decile.

    Args:
        values: [N].
        weights: people of each, [N].
        group: group of each, int[N], 0 the most deprived (a decile less one).
        groups: number of groups.

    Returns:
        float64[groups]; NaN for a group without people.
    """
    group, weights = np.asarray(group, np.int64), np.asarray(weights, np.float64)
    return _per(np.bincount(group, weights * np.asarray(values, np.float64), groups), group, weights, groups)


def need_weighted_funding(
    pounds: npt.ArrayLike, need_weighted_heads: npt.ArrayLike, group: npt.ArrayLike, groups: int
) -> np.ndarray:
    """Funding per need-weighted head by deprivation, GBP: payments of a group over its need-weighted people.

    Args:
        pounds: payment of each practice, commissioner or area, [N].
        need_weighted_heads: its people weighted by need (mean weight one nationally), [N].
        group: its deprivation group, int[N], 0 the most deprived.
        groups: number of groups.

    Returns:
        float64[groups]; NaN for a group without need.
    """
    group, pounds = np.asarray(group, np.int64), np.asarray(pounds, np.float64)
    return _per(np.bincount(group, pounds, groups), group, np.asarray(need_weighted_heads, np.float64), groups)


def _per(sums: np.ndarray, group: np.ndarray, weights: np.ndarray, groups: int) -> np.ndarray:
    whole = np.bincount(group, weights, groups)
    return np.divide(sums, whole, out=np.full(groups, np.nan), where=whole > 0)
