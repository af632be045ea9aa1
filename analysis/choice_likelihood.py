"""Likelihood of a grouped multinomial logit with practice effects concentrated out, its slope and its information.

Patients of area a are a draw of ``demand[a]`` among its candidates k with utilities V = terms . values + effect. At any
values the likeliest effects are those with which expected lists equal the observed ones (Berry 1994), and by the
envelope theorem the slope of what is left of the likelihood is observed less expected sums of each term. Its
information is that of the terms once practices have explained what they can,

    I = H - B' S^+ B

with H the variance of the terms within areas, B their covariance with belonging to each practice and S the variance of
that; S is P x P and singular (a constant may be added to all effects), so S^+ B is solved by conjugate gradients.

Everywhere: ``counts`` and ``demand`` (their sum by area) float64[A, K] and [A], ``practice`` int[A, K], ``terms``
float32[A, K, N], ``shares`` float32[A, K]. One thread; the sums run in one order, so the same bytes every time.
"""

from __future__ import annotations

import numba
import numpy as np
from scipy.sparse import csr_array, diags_array

NEGLIGIBLE = 1e-6
"""Shares below this add nothing to the information."""
RIDGE = 1e-6
ROUNDS = 200
CLOSE = 1e-5
ALIKE = 1e-6
"""A term of which practices explain all but this share cannot be told from them."""


@numba.njit(cache=True)
def combined(values, terms):
    """Utility without effects, float32[A, K]: terms times values, float64[N]."""
    areas, candidates, count = terms.shape
    utility = np.empty((areas, candidates), np.float32)
    for a in range(areas):
        for k in range(candidates):
            total = 0.0
            for n in range(count):
                total += values[n] * terms[a, k, n]
            utility[a, k] = total
    return utility


@numba.njit(cache=True)
def likelihood(utility, effects, practice, counts, demand, terms):
    """Log-likelihood (constants left out), its slope in each value float64[N], and shares of candidates.

    ``utility`` of :func:`combined`, ``effects`` float64[P].
    """
    areas, candidates, count = terms.shape
    shares = np.zeros((areas, candidates), np.float32)
    slope = np.zeros(count)
    weight = np.empty(candidates)
    total_likelihood = 0.0
    for a in range(areas):
        if demand[a] <= 0.0:
            continue
        most = -np.inf
        for k in range(candidates):
            weight[k] = utility[a, k] + effects[practice[a, k]]
            most = max(most, weight[k])
        total = 0.0
        for k in range(candidates):
            weight[k] = np.exp(weight[k] - most)
            total += weight[k]
        for k in range(candidates):
            share = weight[k] / total
            shares[a, k] = share
            if counts[a, k] > 0.0:
                total_likelihood += counts[a, k] * np.log(max(share, 1e-300))
            residual = counts[a, k] - demand[a] * share
            for n in range(count):
                slope[n] += residual * terms[a, k, n]
    return total_likelihood, slope, shares


def information(
    demand: np.ndarray, shares: np.ndarray, practice: np.ndarray, terms: np.ndarray, practices: int
) -> tuple[np.ndarray, np.ndarray]:
    """Information of the values, float64[N, N], and what practices explain of each term, float64[P, N].

    Row and column are 0 where a term cannot be told from the effects. The second is S^+ B of the module docstring: a
    term less this and less its mean within the area is what a value is estimated from.
    """
    right, variance = _moments(demand, shares, practice, terms, practices)
    tied = _variance_of_belonging(demand, shares, practice, practices)
    expected = np.bincount(practice.ravel(), (shares * demand[:, None]).ravel(), practices)
    known = (expected > NEGLIGIBLE)[:, None]
    scale = expected[:, None] + RIDGE
    explained = np.zeros_like(right)
    left = np.where(known, right, 0.0)
    step = scaled = left / scale
    size = (left * scaled).sum(axis=0)
    goal = CLOSE * np.sqrt(size)
    for _ in range(ROUNDS):
        if (np.sqrt(size) <= goal).all():
            break
        image = np.where(known, tied @ step + RIDGE * step, 0.0)
        length = size / np.maximum((step * image).sum(axis=0), 1e-300)
        explained += length * step
        left = left - length * image
        scaled = left / scale
        last, size = size, (left * scaled).sum(axis=0)
        step = scaled + size / np.maximum(last, 1e-300) * step
    left_known = variance - right.T @ explained
    left_known[np.diag(left_known) <= ALIKE * np.diag(variance)] = 0.0
    left_known[:, np.diag(left_known) == 0.0] = 0.0
    return left_known, explained


def clustered_scores(
    counts: np.ndarray,
    demand: np.ndarray,
    shares: np.ndarray,
    practice: np.ndarray,
    terms: np.ndarray,
    explained: np.ndarray,
    group: np.ndarray,
) -> np.ndarray:
    """Slope of the likelihood summed over the areas of each group, practices taken out, float64[G, N].

    ``explained`` of :func:`information`, ``group`` int[A]. What clustered standard errors are made of.
    """
    by_area = _scores(counts, demand, shares, practice, terms, explained)
    out = np.zeros((int(group.max(initial=0)) + 1, terms.shape[2]))
    np.add.at(out, group, by_area)
    return out


@numba.njit(cache=True)
def _scores(counts, demand, shares, practice, terms, explained):
    areas, candidates, count = terms.shape
    out = np.zeros((areas, count))
    for a in range(areas):
        for k in range(candidates):
            residual = counts[a, k] - demand[a] * shares[a, k]
            for n in range(count):
                out[a, n] += residual * (terms[a, k, n] - explained[practice[a, k], n])
    return out


@numba.njit(cache=True)
def _moments(demand, shares, practice, terms, practices):
    """Covariance of terms and practices, float64[P, N], and of terms, float64[N, N], summed over areas."""
    areas, candidates, count = terms.shape
    right, variance = np.zeros((practices, count)), np.zeros((count, count))
    mean, gap = np.empty(count), np.empty(count)
    for a in range(areas):
        if demand[a] <= 0.0:
            continue
        mean[:] = 0.0
        for k in range(candidates):
            if shares[a, k] > NEGLIGIBLE:
                for n in range(count):
                    mean[n] += shares[a, k] * terms[a, k, n]
        for k in range(candidates):
            if shares[a, k] > NEGLIGIBLE:
                weight = demand[a] * shares[a, k]
                for n in range(count):
                    gap[n] = terms[a, k, n] - mean[n]
                    right[practice[a, k], n] += weight * gap[n]
                for n in range(count):
                    for m in range(n + 1):
                        variance[n, m] += weight * gap[n] * gap[m]
    for n in range(count):
        for m in range(n):
            variance[m, n] = variance[n, m]
    return right, variance


def _variance_of_belonging(demand: np.ndarray, shares: np.ndarray, practice: np.ndarray, practices: int) -> csr_array:
    """S of the module docstring, sparse[P, P]: practices are tied by the areas that choose between them."""
    area, place = np.nonzero((shares > NEGLIGIBLE) & (demand > 0.0)[:, None])
    who, share = practice[area, place].astype(np.int64), shares[area, place].astype(np.float64)
    together = csr_array((np.sqrt(demand[area]) * share, (area, who)), shape=(len(demand), practices))
    each = diags_array(np.bincount(who, demand[area] * share, practices)).tocsr()
    return (each - together.T.tocsr() @ together).tocsr()
