"""Practice effects: what is left of utility to explain list sizes, solved so that expected choices add up to the lists.

They are solved once, on utility without them (:mod:`model.patients.utility`), and do not follow the lists afterwards.
"""

from __future__ import annotations

import numba
import numpy as np

LOWEST_EFFECT = -30.0
"""Effect of a practice that nobody is to choose: finite, and e^-30 of any other practice's weight."""
LARGEST_STEP = 20.0
REMEMBERED = 10
"""Rounds that Anderson mixing looks back on."""


def choice_shares(utility: np.ndarray, practice: np.ndarray, effects: np.ndarray) -> np.ndarray:
    """Multinomial logit shares of each area's candidates, float64[A, K]; utility float[A, K], effects float64[P]."""
    total = utility.astype(np.float64) + effects[practice]
    total -= total.max(axis=1, keepdims=True)
    np.exp(total, out=total)
    total /= total.sum(axis=1, keepdims=True)
    return total


def solve_practice_effects(
    base: np.ndarray,
    practice: np.ndarray,
    demand: np.ndarray,
    targets: np.ndarray,
    start: np.ndarray | None = None,
    patients: float = 0.5,
    relative: float = 1e-6,
    most_rounds: int = 2000,
) -> np.ndarray:
    """Practice effects, float64[P], with which the expected choices of ``demand`` add up to ``targets``.

    Contraction of Berry (1994): each round adds ln(target / expected) to every effect, which is iterative proportional
    fitting of the table of weights; Anderson (1965) mixing shortens it about fivefold. Solved when every practice is
    within ``patients`` patients (half its target, where that is less) or a ``relative`` error of its target.

    Practices with a target of 0, or that are nobody's candidate, get LOWEST_EFFECT. The others average 0, weighted by
    target. Where targets and demand have different sums, targets are scaled to the demand. Serial, so the same bytes on
    any number of threads.

    Args:
        base: utility without effects, float[A, K].
        practice: candidates, integer[A, K].
        demand: people choosing, by area, float64[A].
        targets: patients wanted on each practice's list, float64[P].
        start: effects to begin from, float64[P].
        patients: tolerance in patients.
        relative: tolerance relative to the target.
        most_rounds: rounds after which the best effort is returned.
    """
    practices = len(targets)
    practice = np.ascontiguousarray(practice, dtype=np.uint16)
    demand = np.ascontiguousarray(demand, dtype=np.float64)
    reachable = np.zeros(practices, dtype=np.bool_)
    reachable[np.unique(practice[demand > 0])] = True
    wanted = np.where(reachable, np.asarray(targets, dtype=np.float64), 0.0)
    effects = np.full(practices, LOWEST_EFFECT)
    if wanted.sum() <= 0 or demand.sum() <= 0:
        return effects
    wanted *= demand.sum() / wanted.sum()
    open_ = wanted > 0
    # Rows are scaled by their largest weight among practices with a target: shares do not change, nothing underflows.
    best = np.where(open_[practice], base, -np.inf).max(axis=1)
    demand = np.where(np.isfinite(best), demand, 0.0)
    wanted *= demand.sum() / wanted.sum()
    weight = np.exp(np.where(np.isfinite(best)[:, None], base - np.where(np.isfinite(best), best, 0)[:, None], 0.0))
    weight = np.ascontiguousarray(weight, dtype=np.float64)
    present = np.zeros(practices) if start is None else np.where(open_, start, 0.0)
    tolerance = np.maximum(relative * wanted, np.minimum(patients, 0.5 * wanted))
    present = _contract(weight, practice, demand, wanted, tolerance, present, most_rounds)
    effects[open_] = present[open_] - np.average(present[open_], weights=wanted[open_])
    return np.maximum(effects, LOWEST_EFFECT)


@numba.njit(cache=True)
def _contract(weight, practice, demand, wanted, tolerance, start, most_rounds):
    """Effects, float64[P], by contraction with Anderson mixing of the last REMEMBERED rounds."""
    practices = len(wanted)
    present = start.copy()
    moves, places = np.zeros((REMEMBERED, practices)), np.zeros((REMEMBERED, practices))
    last_move, last_place = np.zeros(practices), np.zeros(practices)
    remembered = 0
    last_size = np.inf
    for _ in range(most_rounds):
        attraction = np.zeros(practices)
        for p in range(practices):
            if wanted[p] > 0.0:
                attraction[p] = np.exp(present[p])
        expected = _expected(weight, practice, demand, attraction)
        close, size = True, 0.0
        move = np.zeros(practices)
        for p in range(practices):
            if wanted[p] > 0.0:
                close = close and abs(expected[p] - wanted[p]) <= tolerance[p]
                move[p] = np.log(wanted[p] / max(expected[p], 1e-300))
                move[p] = min(max(move[p], -LARGEST_STEP), LARGEST_STEP)
                size += move[p] * move[p]
        if close:
            break
        if size > 4.0 * last_size:  # mixing went astray: forget, and take plain rounds again
            remembered = 0
        elif last_size < np.inf:
            slot = remembered % REMEMBERED
            for p in range(practices):  # row by row takes two seconds longer to compile
                moves[slot, p] = move[p] - last_move[p]
                places[slot, p] = present[p] - last_place[p]
            remembered += 1
        last_size = size
        last_move, last_place = move, present
        present = present + move
        known = min(remembered, REMEMBERED)
        if known > 0:
            mixing = _least_squares(moves[:known], move)
            for i in range(known):
                present = present - mixing[i] * (places[i] + moves[i])
    return present


@numba.njit(cache=True)
def _least_squares(rows, value):
    """Combination of the rows nearest to the value, float64[n]; a touch of ridge keeps it solvable."""
    n = len(rows)
    products, right = np.zeros((n, n)), np.zeros(n)
    for i in range(n):
        for j in range(i + 1):
            total = 0.0
            for p in range(len(value)):
                total += rows[i, p] * rows[j, p]
            products[i, j] = total
            products[j, i] = total
        total = 0.0
        for p in range(len(value)):
            total += rows[i, p] * value[p]
        right[i] = total
    ridge = 1e-12 * np.trace(products) + 1e-300
    for i in range(n):
        products[i, i] += ridge
    for i in range(n):  # Gaussian elimination; the matrix is positive definite
        for j in range(i + 1, n):
            factor = products[j, i] / products[i, i]
            for k in range(i, n):
                products[j, k] -= factor * products[i, k]
            right[j] -= factor * right[i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            right[i] -= products[i, k] * right[k]
        right[i] /= products[i, i]
    return right


@numba.njit(cache=True)
def _expected(weight: np.ndarray, practice: np.ndarray, demand: np.ndarray, attraction: np.ndarray) -> np.ndarray:
    """Expected list sizes, float64[P]: each area's demand shared in proportion to weight x attraction."""
    expected = np.zeros(len(attraction))
    areas, candidates = weight.shape
    for area in range(areas):
        total = 0.0
        for k in range(candidates):
            total += weight[area, k] * attraction[practice[area, k]]
        if total > 0.0:
            scale = demand[area] / total
            for k in range(candidates):
                p = practice[area, k]
                expected[p] += scale * weight[area, k] * attraction[p]
    return expected
