"""How a measure (funding, access, satisfaction, misalignment) differs along the scale of deprivation.

Groups are ordered from the most to the least deprived, as deciles of the Index of Multiple Deprivation are, so a
positive slope favours the less deprived.
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
