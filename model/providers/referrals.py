"""Referrals to hospital as gravity, and how trusts that own practices steer them.

Trust i receives a referral of practice p with probability proportional to exp(-gamma d(p, i) + delta owned(p, i)).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Steering(NamedTuple):
    """What ownership does to referrals; P practices, T trusts."""

    before: np.ndarray
    """Share of all referrals each trust would receive if none owned a practice, float64[T]."""
    after: np.ndarray
    """Share of all referrals each trust receives, float64[T]."""
    steered: float
    """Share of all referrals that go to the owner and would not otherwise."""
    to_owner_before: float
    """Of the referrals of owned practices, the share that would go to the owner anyway; NaN where none is owned."""
    to_owner_after: float
    """Of the referrals of owned practices, the share that goes to the owner; NaN where none is owned."""


def referral_shares(km: np.ndarray, distance: float, steering: float, owner: np.ndarray) -> np.ndarray:
    """Probability that a referral of practice p goes to trust i, float64[P, T]; rows sum to one.

    Args:
        km: straight-line km from practice to trust, float64[P, T].
        distance: gamma, per km.
        steering: delta, log odds for the owner.
        owner: trust that runs each practice, int[P]; -1 = none.
    """
    logit = -distance * np.asarray(km, np.float64)
    owned = np.flatnonzero(owner >= 0)
    logit[owned, owner[owned]] += steering
    logit -= logit.max(axis=1, keepdims=True)
    weight = np.exp(logit)
    return weight / weight.sum(axis=1, keepdims=True)


def gain_of_owning(km: np.ndarray, distance: float, steering: float) -> np.ndarray:
    """What owning practice p adds to the probability that its referral goes to trust i, float64[P, T].

    With share s before, after is s e^delta / (1 - s + s e^delta).
    """
    before = referral_shares(km, distance, 0.0, np.full(len(km), -1))
    pull = np.exp(steering)
    return before * pull / (1.0 - before + before * pull) - before


def steering_of(km: np.ndarray, distance: float, steering: float, owner: np.ndarray, patients: np.ndarray) -> Steering:
    """Referral shares with and without ownership, every patient referred alike; arguments as :func:`referral_shares`.

    ``patients`` is the list of each practice, [P].
    """
    weight = np.asarray(patients, np.float64)
    everyone = max(weight.sum(), 1.0)
    without = referral_shares(km, distance, 0.0, owner)
    within = referral_shares(km, distance, steering, owner)
    owned = np.flatnonzero(owner >= 0)
    theirs = weight[owned].sum()
    before = float((weight[owned] * without[owned, owner[owned]]).sum())
    after = float((weight[owned] * within[owned, owner[owned]]).sum())
    return Steering(
        before=weight @ without / everyone,
        after=weight @ within / everyone,
        steered=(after - before) / everyone,
        to_owner_before=before / theirs if theirs > 0 else float("nan"),
        to_owner_after=after / theirs if theirs > 0 else float("nan"),
    )
