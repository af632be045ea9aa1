"""Practices that leave: how likely, whether they merge or close, with whom, and where their GPs go."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from model.parameters.practices import Practices

HALVINGS = 80
LOWEST_LEVEL, HIGHEST_LEVEL = -60.0, 60.0
"""Logits between which the level of leaving is sought, by halving what is between them so often."""


def rate_of(rules: Practices, year: int) -> float:
    """Share of practices that leave in the April of a year; the first rate holds before, the last after."""
    later = int(np.searchsorted(rules.exit_years, year, side="right")) - 1
    return rules.exit_rates[max(later, 0)]


def leaving_score(size: np.ndarray, margin: np.ndarray, load: np.ndarray, rules: Practices) -> np.ndarray:
    """What makes one practice likelier to leave than another, logit, float64[P].

    Falls with ln(list), lists below the smallest that tells counting as that; rises with income short of cost
    (``margin``, GBP per patient a year) and with patients per GP (``load``) above the median. ``size`` is int[P].
    """
    deficit = np.minimum(np.maximum(-margin, 0.0), rules.largest_deficit)
    median = float(np.median(load)) if len(load) else 1.0
    strain = np.maximum(np.log(np.maximum(load, 1.0) / max(median, 1.0)), 0.0)
    return (
        rules.exit_size_slope * np.log(np.maximum(size, rules.exit_smallest))
        + rules.exit_deficit * deficit
        + rules.exit_load * strain
    )


def leaving_hazard(score: np.ndarray, rate: float) -> np.ndarray:
    """Yearly probability of leaving, float64[P]: logistic in the score, the level solved so that the mean is ``rate``."""
    if not len(score) or rate <= 0.0:
        return np.zeros(len(score))
    centred = score - score.mean()
    low, high = LOWEST_LEVEL, HIGHEST_LEVEL
    for _ in range(HALVINGS):
        level = 0.5 * (low + high)
        if expit(level + centred).mean() < rate:
            low = level
        else:
            high = level
    return expit(0.5 * (low + high) + centred)


def partner_weights(km: np.ndarray, size: np.ndarray, same_federation: np.ndarray, rules: Practices) -> np.ndarray:
    """How likely each near practice is to be the one merged with, float64[N], relative; 0 beyond reach.

    In proportion to its list, e times less for every ``merging_km_scale`` of network km; where practices of the same
    federation are within reach, only they.
    """
    weight = np.where(km <= rules.merging_km, size * np.exp(-km / rules.merging_km_scale), 0.0)
    federated = np.where(same_federation, weight, 0.0)
    return federated if federated.sum() > 0 else weight


def drawn(weight: np.ndarray, draw: float) -> int:
    """Which of the weights, float64[N], a uniform draw picks, each in proportion; -1 where all are 0."""
    so_far = np.cumsum(weight)
    if not len(weight) or so_far[-1] <= 0:
        return -1
    return int(np.searchsorted(so_far, draw * so_far[-1], side="right"))
