"""How concentrated lists are: in few hands, or in many."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def herfindahl(counts: npt.ArrayLike, axis: int = -1) -> np.ndarray:
    """Herfindahl-Hirschman index: the sum of squared shares, 1/K..1 for K holders; NaN where there is nobody.

    Args:
        counts: patients by holder (practice, trust, commissioner), [..., K].
        axis: the axis of holders.

    Returns:
        ``counts`` without that axis.
    """
    counts = np.asarray(counts, np.float64)
    total = counts.sum(axis=axis)
    return _divide((counts**2).sum(axis=axis), total**2)


def largest_share(counts: npt.ArrayLike, axis: int = -1) -> np.ndarray:
    """Share of the largest holder, 1/K..1; shapes as for :func:`herfindahl`, NaN where there is nobody."""
    counts = np.asarray(counts, np.float64)
    return _divide(counts.max(axis=axis, initial=0.0), counts.sum(axis=axis))


def effective_number(counts: npt.ArrayLike, axis: int = -1) -> np.ndarray:
    """Number of equal holders that would be as concentrated: 1 / Herfindahl, 1..K (Laakso & Taagepera 1979).

    Shapes as for :func:`herfindahl`; NaN where there is nobody.
    """
    counts = np.asarray(counts, np.float64)
    return _divide(counts.sum(axis=axis) ** 2, (counts**2).sum(axis=axis))


def herfindahl_by_group(group: npt.ArrayLike, counts: npt.ArrayLike, groups: int) -> np.ndarray:
    """Herfindahl index of each group from one row for each (group, holder) pair, as a register of areas is kept.

    Args:
        group: group of each row, int[N].
        counts: patients of each row, [N]; a holder must have one row only in a group.
        groups: number of groups.

    Returns:
        float64[groups], NaN for groups with nobody.
    """
    group, counts = np.asarray(group, np.int64), np.asarray(counts, np.float64)
    total = np.bincount(group, counts, groups)
    return _divide(np.bincount(group, counts**2, groups), total**2)


def largest_share_by_group(group: npt.ArrayLike, counts: npt.ArrayLike, groups: int) -> np.ndarray:
    """Share of the largest holder of each group, float64[groups]; arguments as for :func:`herfindahl_by_group`."""
    group, counts = np.asarray(group, np.int64), np.asarray(counts, np.float64)
    largest = np.zeros(groups)
    np.maximum.at(largest, group, counts)
    return _divide(largest, np.bincount(group, counts, groups))


def gini(sizes: npt.ArrayLike) -> float:
    """Gini coefficient of list sizes, 0 (all equal)..1 - 1/N (one holds all); NaN for no list or all empty.

    Half the mean absolute difference of all pairs over the mean. Practice lists in England: 0.325 (2014/15),
    0.328 (2022/23).
    """
    sizes = np.sort(np.asarray(sizes, np.float64).ravel())
    total = sizes.sum()
    if total == 0:
        return float("nan")
    rank = np.arange(1, sizes.size + 1)
    # Sum of (2 i - n - 1) x_i is half the sum of all absolute differences.
    return float(((2 * rank - sizes.size - 1) * sizes).sum() / (sizes.size * total))


def _divide(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    part, whole = np.asarray(part), np.asarray(whole)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
