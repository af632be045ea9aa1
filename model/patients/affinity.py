"""Digital affinity: how much a patient takes to care on a screen. A pure function of the draws, age and need."""

from __future__ import annotations

import numpy as np
from numba import njit

from model.patients.compiled import scalar
from model.patients.draws import Purpose, uniforms

_WORK = int(Purpose.WORK)
AFFINITY = 1
"""Number of the draw: the patient's lasting traits share a purpose, the workplace is number 0."""

YOUNGEST_USER = 15
"""Younger children do not choose for themselves: affinity 0."""
FALLS_FROM, FALLEN_BY = 40, 75


@scalar
def digital_affinity(seed, patient, age, need, least_aged, frailty):
    """Affinity in [0, 1): a taste of the patient's own, times a factor of age, times 1 - frailty x need.

    ``age`` in years, ``need`` 0-1 (1 = frailest of that age); ``least_aged`` is the factor at 75 and over. The taste
    stays with the patient for life.
    """
    if age < YOUNGEST_USER:
        return 0.0
    taste, _, _, _ = uniforms(seed, patient, 0, _WORK, AFFINITY)
    aged = min(max((age - FALLS_FROM) / (FALLEN_BY - FALLS_FROM), 0.0), 1.0)
    return taste * (1.0 - (1.0 - least_aged) * aged) * (1.0 - frailty * need)


@njit(cache=True)
def affinities(seed, patients, ages, needs, least_aged, frailty):
    """Affinity of each of n patients, float32[n]."""
    out = np.empty(len(patients), np.float32)
    for i in range(len(patients)):
        out[i] = digital_affinity(seed, np.int64(patients[i]), ages[i], needs[i], least_aged, frailty)
    return out
