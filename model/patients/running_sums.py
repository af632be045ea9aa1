"""Drawing from running sums: the place a draw falls on, and sums that restart at each group."""

from __future__ import annotations

import numpy as np

from model.patients.compiled import scalar


def running(values: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Running sums along the last axis that restart at each group's start (int64[groups + 1])."""
    total = np.cumsum(values, axis=-1)
    before = np.concatenate([np.zeros((*values.shape[:-1], 1)), total], axis=-1)[..., start[:-1]]
    return total - np.repeat(before, np.diff(start), axis=-1)


@scalar
def first_above(sums, low, high, target):
    """First position in [low, high) whose running sum exceeds the target; a position that adds something.

    A target at or beyond the last sum, which rounding may produce, counts as just below it. The halving has no branch
    to predict, which makes it twice as fast on draws that are random.
    """
    target = min(target, np.float64(sums[high - 1]) * (1.0 - 1e-7))
    size = high - low
    while size > 1:
        half = size >> 1
        low = low + half if sums[low + half - 1] <= target else low
        size -= half
    return low


@scalar
def first_of_few_above(sums, target):
    """The same over all of some dozens of sums: how many do not exceed the target, counted several at a time."""
    target = min(target, np.float64(sums[len(sums) - 1]) * (1.0 - 1e-7))
    below = 0
    for k in range(len(sums)):
        below += np.float64(sums[k]) <= target
    return np.int64(below)


@scalar
def pick(sums, low, high, u):
    """Position in [low, high) of a draw u in [0, 1) from running sums that restart at ``low``; -1 if all are zero."""
    if high <= low or not sums[high - 1] > 0.0:
        return np.int64(-1)
    return np.int64(first_above(sums, low, high, u * np.float64(sums[high - 1])))
