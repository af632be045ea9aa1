"""How many are about to join a digital provider, so that one with a cap lets in no more than it has room for.

Joining is each patient's own draw, so a provider cannot count heads at the door: it takes on people more slowly the
nearer it is to its cap. What it expects is a mean over people of an area and cohort, and joiners are a matter of chance:
a cap is kept to within some tenths of the last month's joiners.
"""

from __future__ import annotations

import numpy as np

from model.patients.affinity import FALLEN_BY, FALLS_FROM, YOUNGEST_USER
from model.patients.choose import Options
from model.patients.digital import COHORTS, Digital, cohort_of
from model.patients.rates import OLDEST


def inclination_by_cohort(digital: Digital, month: int) -> np.ndarray:
    """Mean of appeal x twice the affinity over the ages of a birth cohort, float64[COHORTS]; ``month`` from January 1970."""
    ages = np.arange(OLDEST + 1)
    aged = np.clip((ages - FALLS_FROM) / (FALLEN_BY - FALLS_FROM), 0.0, 1.0)
    affinity = 0.5 * (1.0 - (1.0 - digital.least_aged) * aged) * (1.0 - 0.5 * digital.frailty)
    inclined = digital.appeal.mean(axis=0) * 2.0 * affinity * (ages >= YOUNGEST_USER)
    cohort = np.array([cohort_of(month - 12 * int(age) - 6) for age in ages])
    return np.bincount(cohort, inclined, COHORTS) / np.maximum(np.bincount(cohort, minlength=COHORTS), 1)


def expected_joiners(
    digital: Digital, number: int, people: np.ndarray, options: Options, month: int, choosing: float
) -> float:
    """Expected joiners of a month by the tables as they stand.

    Args:
        digital: its reach and pull.
        number: of the provider.
        people: residents by area and cohort, [A, COHORTS].
        options: workplaces.
        month: from January 1970.
        choosing: share of people who choose a practice in a month, who are ``choosing_ratio`` times likelier to join.
    """
    reach = digital.reach[number].astype(np.float64)
    at_work = np.maximum(reach[:, None], digital.work_pull * reach[options.workplaces]).mean(axis=1)
    reached = reach + options.employed * (at_work - reach)
    tempted = reached[:, None] * digital.pull[number] * inclination_by_cohort(digital, month)
    return float((people * tempted).sum() * (1.0 + choosing * digital.choosing_ratio))
