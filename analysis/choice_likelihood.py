"""Likelihood of a grouped multinomial logit with practice effects concentrated out, its slope and its information.

Patients of area a are a draw of ``demand[a]`` among its candidates k with utilities V = terms . values + effect. At any
values the likeliest effects are those with which expected lists equal the observed ones (Berry 1994), and by the
envelope theorem the slope of what is left of the likelihood is observed less expected sums of each term. Its
information is that of the terms once practices have explained what they can,

    I = H - B' S^+ B

with H the variance of the terms within areas, B their covariance with belonging to each practice and S the variance of
that; S is P x P and singular (a constant may be added to all effects), so S^+ B is solved by conjugate gradients.
"""

from __future__ import annotations

import numba
import numpy as np

NEGLIGIBLE = 1e-7
"""Shares below this add nothing to the information."""
RIDGE = 1e-6
ROUNDS = 100
CLOSE = 1e-4


def slope(counts: np.ndarray, demand: np.ndarray, shares: np.ndarray, terms: np.ndarray) -> np.ndarray:
    """Slope of the log-likelihood in each value, float64[N]: observed less expected sums of the terms.

    ``counts`` float[A, K], ``demand`` float64[A], ``shares`` float64[A, K], ``terms`` float32[N, A, K].
    """
    residual = counts - shares * demand[:, None]
    return np.array([np.vdot(residual, term) for term in terms])


def information(
    demand: np.ndarray, shares: np.ndarray, practice: np.ndarray, terms: np.ndarray, practices: int
) -> tuple[np.ndarray, np.ndarray]:
    """Information of the values, float64[N, N], and what practices explain of each term, float64[P, N].

    Arguments as :func:`slope`; ``practice`` int[A, K]. The second is S^+ B of the module docstring: a term less this
    and less its mean within the area is what a value is estimated from.
    """
    right, variance = _moments(demand, shares, practice, terms, practices)
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
        image = np.where(known, _variance_of_belonging(demand, shares, practice, step) + RIDGE * step, 0.0)
        length = size / np.maximum((step * image).sum(axis=0), 1e-300)
        explained += length * step
        left = left - length * image
        scaled = left / scale
        last, size = size, (left * scaled).sum(axis=0)
        step = scaled + size / np.maximum(last, 1e-300) * step
    return variance - right.T @ explained, explained


def scores(
    counts: np.ndarray,
    demand: np.ndarray,
    shares: np.ndarray,
    practice: np.ndarray,
    terms: np.ndarray,
    explained: np.ndarray,
    group: np.ndarray,
) -> np.ndarray:
    """Sum over the areas of each group of the slope of the likelihood, practices taken out, float64[G, N].

    Arguments as :func:`information`; ``explained`` from there, ``group`` int[A]. What clustered errors are made of.
    """
    residual = counts - shares * demand[:, None]
    by_area = np.stack(
        [(residual * (term - explained[practice, n])).sum(axis=1) for n, term in enumerate(terms)], axis=1
    )
    out = np.zeros((int(group.max(initial=0)) + 1, len(terms)))
    np.add.at(out, group, by_area)
    return out


@numba.njit(cache=True)
def _moments(demand, shares, practice, terms, practices):
    """Covariance of terms and practices, float64[P, N], and of terms, float64[N, N], summed over areas."""
    areas, candidates = shares.shape
    count = len(terms)
    right, variance = np.zeros((practices, count)), np.zeros((count, count))
    mean, gap = np.empty(count), np.empty(count)
    for a in range(areas):
        if demand[a] <= 0.0:
            continue
        mean[:] = 0.0
        for k in range(candidates):
            if shares[a, k] > NEGLIGIBLE:
                for n in range(count):
                    mean[n] += shares[a, k] * terms[n, a, k]
        for k in range(candidates):
            if shares[a, k] > NEGLIGIBLE:
                weight = demand[a] * shares[a, k]
                for n in range(count):
                    gap[n] = terms[n, a, k] - mean[n]
                    right[practice[a, k], n] += weight * gap[n]
                for n in range(count):
                    for m in range(n + 1):
                        variance[n, m] += weight * gap[n] * gap[m]
    for n in range(count):
        for m in range(n):
            variance[m, n] = variance[n, m]
    return right, variance


@numba.njit(cache=True)
def _variance_of_belonging(demand, shares, practice, vectors):
    """S times vectors, float64[P, N]."""
    areas, candidates = shares.shape
    count = vectors.shape[1]
    out = np.zeros(vectors.shape)
    mean = np.empty(count)
    for a in range(areas):
        if demand[a] <= 0.0:
            continue
        mean[:] = 0.0
        for k in range(candidates):
            if shares[a, k] > NEGLIGIBLE:
                for n in range(count):
                    mean[n] += shares[a, k] * vectors[practice[a, k], n]
        for k in range(candidates):
            if shares[a, k] > NEGLIGIBLE:
                p = practice[a, k]
                weight = demand[a] * shares[a, k]
                for n in range(count):
                    out[p, n] += weight * (vectors[p, n] - mean[n])
    return out
