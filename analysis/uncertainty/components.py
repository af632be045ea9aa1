"""Variance components of a fully crossed table: how much of the variance of a result is due to each factor.

A table holds one result for every combination of levels: choices of submodel x vectors of parameters x seeds. Choices are
*fixed*: their levels are all there are, equally credible. Vectors and seeds are *drawn*: other ones might have been.
The variance of the result of a random combination is, by the law of total variance, a sum over the factors alone and over
their interactions (the analysis of variance, whose single-factor terms over the total are Sobol's first-order indices).

Estimator: mean squares of the table and their expectations by Cornfield & Tukey (1956), "Average values of mean squares in
factorials", Ann. Math. Stat. 27:907. They are unbiased, and so may be below zero where there is little to find. With one
result a combination, the interaction of all factors holds whatever is left.

Noise: the standard error of a share is that of the delete-one jackknife over vectors and over seeds, added in squares. It
is rough with few levels, and says nothing of levels that no vector or seed stands for.
"""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np

Axes = tuple[int, ...]


def components(table: np.ndarray, drawn: tuple[bool, ...]) -> dict[Axes, float]:
    """Contribution of every factor and interaction to the variance of the result of a random combination.

    Args:
        table: a result for each combination, float64[levels, levels, ...], one axis a factor, at least two levels each.
        drawn: of each axis, whether its levels are a sample (True) or all there are (False).

    Returns:
        By axes that act together, the contribution, in the unit of the result squared; they add up to the variance.
    """
    axes = tuple(range(table.ndim))
    levels = table.shape
    subsets = [*chain.from_iterable(combinations(axes, size) for size in range(1, table.ndim + 1))]
    squares = {u: _mean_square(table, u) for u in subsets}
    variance: dict[Axes, float] = {}
    for u in reversed(subsets):
        among_others = sum(
            variance[w] * _product(levels[i] for i in axes if i not in w)
            for w in variance
            if set(u) < set(w) and all(drawn[i] for i in w if i not in u)
        )
        variance[u] = (squares[u] - among_others) / _product(levels[i] for i in axes if i not in u)
    return {
        u: variance[u] * _product((levels[i] - 1) / levels[i] for i in u if not drawn[i])
        for u in sorted(variance, key=lambda u: (len(u), u))
    }


def _mean_square(table: np.ndarray, u: Axes) -> float:
    """Mean square of an effect: its sum of squares over its degrees of freedom."""
    others = tuple(i for i in range(table.ndim) if i not in u)
    effect = table.mean(axis=others, keepdims=True)
    for i in u:  # what lower effects say is taken out, factor by factor
        effect = effect - effect.mean(axis=i, keepdims=True)
    times = _product(table.shape[i] for i in others)
    return float(times * (effect**2).sum() / _product(table.shape[i] - 1 for i in u))


def _product(values) -> float:
    return float(np.prod(list(values)))


def grouped(found: dict[Axes, float], groups: dict[str, list[Axes]]) -> tuple[dict[str, float], float]:
    """Sum of the contributions of each group, and the sum of those sums that are above zero."""
    sums = {name: sum(found[u] for u in members) for name, members in groups.items()}
    return sums, sum(max(value, 0.0) for value in sums.values())


def share_errors(table: np.ndarray, drawn: tuple[bool, ...], groups: dict[str, list[Axes]]) -> dict[str, float]:
    """Standard error of each group's share of :func:`grouped`, by delete-one jackknife over drawn factors.

    The share is what is jackknifed: its total is as uncertain as the part, and moves with it. NaN where a drawn factor has
    two levels, or where without one level nothing varies. ``table`` and ``drawn`` are as for :func:`components`.
    """
    axes = [i for i in range(table.ndim) if drawn[i]]
    if any(table.shape[i] < 3 for i in axes):
        return dict.fromkeys(groups, float("nan"))
    variance = np.zeros(len(groups))
    for i in axes:
        number = table.shape[i]
        shares = np.full((number, len(groups)), np.nan)
        for k in range(number):
            sums, total = grouped(components(np.delete(table, k, axis=i), drawn), groups)
            if total > 0:
                shares[k] = np.array(list(sums.values())) / total
        variance += (number - 1) / number * ((shares - shares.mean(axis=0)) ** 2).sum(axis=0)
    return dict(zip(groups, np.sqrt(variance).tolist(), strict=True))
