"""Which practices give up, which trusts want them, and what a takeover is worth."""

from __future__ import annotations

import numpy as np

from model.parameters.organisations import Trusts
from model.providers.referrals import gain_of_owning


def active_trusts(near: np.ndarray, order: np.ndarray, rules: Trusts, share: float) -> np.ndarray:
    """Trusts that run practices, bool[T]: the first in order, as many as can hold the share, at least ``active`` of all.

    Args:
        near: nearest trust of each practice, int[P]; -1 for practices that do not exist.
        order: trusts in the order they act, int[T].
        rules: ``active`` and ``hold``, what a trust holds of the practices near it at most.
        share: of practices trusts are to run.
    """
    trusts = len(order)
    held = rules.hold * np.bincount(near[near >= 0], minlength=trusts)[order]
    so_far = np.cumsum(held)
    enough = int(np.searchsorted(so_far, share * (near >= 0).sum())) + 1
    number = min(max(enough, int(np.ceil(rules.active * trusts)), 1), trusts)
    active = np.zeros(trusts, bool)
    active[order[:number]] = True
    return active


def takeover_surplus(km: np.ndarray, size: np.ndarray, margin: np.ndarray, rules: Trusts) -> np.ndarray:
    """What running practice p is worth to trust i, GBP a year, float64[P, T].

    Referral margin: list x referrals a patient x what owning adds to the probability of referral to i x margin of a
    referral. Capitation margin: list x (income less cost); a deficit where negative. The trust takes over when the
    sum is positive.
    """
    referrals = size[:, None] * rules.referrals * gain_of_owning(km, rules.distance, rules.steering)
    return referrals * rules.referral_margin + (size * margin)[:, None]


def best_offers(
    km: np.ndarray, active: np.ndarray, size: np.ndarray, margin: np.ndarray, rules: Trusts
) -> tuple[np.ndarray, np.ndarray]:
    """Best offer to each practice: surplus float64[P] and trust int64[P]; -1 and -inf where no active trust is near."""
    surplus = takeover_surplus(km, size, margin, rules)
    surplus[(km > rules.reach_km) | ~active[None, :]] = -np.inf
    # Owning adds most to a trust that has about half the referrals already: of equal offers the nearer trust wins.
    best = np.lexsort((km, -surplus), axis=1)[:, 0]
    value = surplus[np.arange(len(km)), best]
    return value, np.where(np.isfinite(value), best, -1)


def readiness(
    size: np.ndarray,
    margin: np.ndarray,
    load: np.ndarray,
    satisfaction: np.ndarray,
    free: np.ndarray,
    size_slope: float,
    spread: float,
    rules: Trusts,
    draws: np.ndarray,
) -> np.ndarray:
    """How ready practices are to hand over, float64[P], highest first; a logit of failing plus one Gumbel draw.

    As for leaving, it falls with ln(list) by ``size_slope``; it rises with patients per GP, lower satisfaction and lower
    margin, each against the mean of those that are ``free``.

    Args:
        size: patients on each list, [P].
        margin: income less cost, GBP per patient a year, [P].
        load: patients per GP, [P].
        satisfaction: share of patients satisfied, [P].
        free: practices that may be taken over, bool[P].
        size_slope: logit per unit of ln(list).
        spread: SD of satisfaction between practices, in which it is measured.
        rules: weights of load, satisfaction and margin.
        draws: uniform, float64[P].
    """
    some = free if free.any() else np.ones(len(size), bool)

    def above_mean(values: np.ndarray) -> np.ndarray:
        return values - values[some].mean()

    logit = (
        size_slope * above_mean(np.log(np.maximum(size, 1.0)))
        + rules.few_gps * above_mean(np.log(np.maximum(load, 1.0)))
        - rules.low_quality * above_mean(satisfaction) / max(spread, 1e-6)
        - rules.low_margin * above_mean(margin)
    )
    gumbel = -np.log(-np.log(np.clip(draws, 1e-9, 1 - 1e-9)))
    return logit + gumbel
