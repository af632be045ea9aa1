"""Closing a list to new patients: who applies, who is allowed to, and for how long."""

from __future__ import annotations

import numpy as np

from model.parameters.practices import Practices


def applies(load: np.ndarray, open_now: np.ndarray, rules: Practices, draws: np.ndarray) -> np.ndarray:
    """Which practices apply to close their list this year, bool[P].

    One with more patients per GP (``load``, float64[P]) than the rule's threshold applies with the yearly probability;
    ``open_now`` bool[P]: takes new patients; ``draws`` uniform, float64[P].
    """
    return open_now & (load > rules.closing_load) & (draws < rules.closing_applications)


def allowed(applying: np.ndarray, rules: Practices, draws: np.ndarray) -> np.ndarray:
    """Which applications the commissioner grants, bool[P]; ``draws`` uniform, float64[P]."""
    return applying & (draws < rules.closing_approval)


def full(load: np.ndarray, open_now: np.ndarray, rules: Practices) -> np.ndarray:
    """Which open lists close by themselves because patients per GP exceed the cap, bool[P]; none where there is none."""
    return open_now & (rules.closing_cap > 0) & (load > max(rules.closing_cap, 1e-9))
