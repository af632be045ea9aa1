"""How near a predicted register is to the published one, and how much nearer than a simpler guess.

Errors are sums of absolute differences over the sum of what is observed (weighted absolute percentage error). A skill
is the share of a reference's error that is gone: 1 - error / error of the reference; 1 is perfect, 0 no better than the
reference, below 0 worse (Murphy 1988, Monthly Weather Review 116:2417-2424). ``observed`` and ``predicted`` are counts of
the same places in the same order: patients [N], or flows between units [N, N].
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from model.measures.access import common_part


def absolute_error(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Sum of |predicted - observed| over the sum of |observed|; NaN where nothing is observed."""
    total = float(np.abs(observed).sum())
    return float(np.abs(predicted - observed).sum()) / total if total else float("nan")


def typical_error(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Median of |predicted - observed| / observed, where something is observed."""
    some = observed > 0
    return float(np.median(np.abs(predicted[some] / observed[some] - 1))) if some.any() else float("nan")


def skill(error: float, reference: float) -> float:
    """Share of the reference's error that is gone; NaN where the reference has none."""
    return 1.0 - error / reference if reference > 0 else float("nan")


def across(flows: np.ndarray) -> np.ndarray:
    """Flows between different units, float64[N, N] with a zero diagonal."""
    found = np.array(flows, np.float64)
    np.fill_diagonal(found, 0.0)
    return found


def common_part_across(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Common part of the flows between different units: 2 sum(min) / (sum + sum), 0..1; NaN where there are none."""
    observed, predicted = across(observed), across(predicted)
    return common_part(observed, predicted) if observed.sum() + predicted.sum() > 0 else float("nan")


def agreement(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Rank correlation (Spearman), which a few mergers do not govern; NaN where either does not vary."""
    if len(observed) < 2 or np.ptp(observed) == 0 or np.ptp(predicted) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(observed), rankdata(predicted))[0, 1])
