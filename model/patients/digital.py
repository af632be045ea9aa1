"""What a digital provider is to one patient: the temptation to join, the disappointment that makes many leave."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.patients.affinity import digital_affinity
from model.patients.choose import workplace
from model.patients.columns import FEMALE, NONE
from model.patients.compiled import inner, leaf

COHORTS = 12
"""Birth cohorts of ten years, in a cycle of 120 years: whom word of mouth passes between."""
_WHOLE_CYCLES = 23 * 120 * COHORTS


class Digital(NamedTuple):
    """Digital providers as patients see them this month. D providers, A areas, P practices."""

    reach: np.ndarray
    """float32[D, A]: 1 within the travel time of a site, falling beyond; 0 where it takes and keeps nobody."""
    pull: np.ndarray
    """float32[D, A, COHORTS]: marketing and word of mouth, a month, to somebody fully inclined; 0 where it is full."""
    contract: np.ndarray
    """int32[D, A]: practice that registers who joins from an area."""
    provider: np.ndarray
    """int8[P]: provider whose list a practice is, -1 = none."""
    appeal: np.ndarray
    """float64[2, 111]: inclination to join by sex (0 male) and age."""
    most: np.ndarray
    """float64[111]: a bound on inclination x affinity, by age."""
    most_in: np.ndarray
    """float64[A]: a bound on reach x pull this month for who lives in an area, wherever they work."""
    leaves_early: np.ndarray
    """float64[D]: hazard a month of leaving in the first months after joining."""
    leaves_later: np.ndarray
    """float64[D]: the same afterwards."""
    early_months: int
    back_early: float
    """Share of early leavers who go back to the practice they came from."""
    back_later: float
    work_pull: float
    """Reach through the workplace against reach through the home."""
    choosing_ratio: float
    """How much likelier somebody who is choosing a practice anyway is to join."""
    least_aged: float
    """Affinity at 75 and over against the young."""
    frailty: float


def no_digital(areas: int, practices: int) -> Digital:
    """Tables of a world without digital providers."""
    return Digital(
        reach=np.zeros((0, areas), np.float32),
        pull=np.zeros((0, areas, COHORTS), np.float32),
        contract=np.zeros((0, areas), np.int32),
        provider=np.full(practices, -1, np.int8),
        appeal=np.zeros((2, 111)),
        most=np.zeros(111),
        most_in=np.zeros(areas),
        leaves_early=np.zeros(0),
        leaves_later=np.zeros(0),
        early_months=0,
        back_early=0.0,
        back_later=0.0,
        work_pull=0.0,
        choosing_ratio=0.0,
        least_aged=0.0,
        frailty=0.0,
    )


@leaf("int64(int64)")
def cohort_of(born):
    """Birth cohort of a month of birth, int16: with whole cycles added, since dividing unsigned numbers is cheaper."""
    return np.int64(np.uint32(born + _WHOLE_CYCLES) // np.uint32(120) % np.uint32(COHORTS))


@inner
def reach_of(provider, home, work, digital):
    """How well a provider reaches somebody, by home or by work, 0-1."""
    reach = np.float64(digital.reach[provider, home])
    if work >= 0:
        reach = max(reach, digital.work_pull * np.float64(digital.reach[provider, work]))
    return reach


@inner
def temptation(patient, row, age, seed, options, digital):
    """Hazard a month of joining any digital provider.

    Inclination by age x the patient's own affinity x reach x pull (DESIGN 13: A(age, need) [p m(t) + q peers]); the
    affinity is doubled, since a taste that is uniform on 0-1 has mean one half.
    """
    if len(digital.reach) == 0:
        return 0.0
    appeal = digital.appeal[row.flags & FEMALE, age]
    if appeal <= 0.0:
        return 0.0
    work = workplace(seed, patient, age, row.home, options)
    pulled = 0.0
    for d in range(len(digital.reach)):
        pulled += pulled_by(d, row, work, digital)
    if pulled <= 0.0:
        return 0.0
    affinity = digital_affinity(seed, patient, age, (row.need + 0.5) / 256.0, digital.least_aged, digital.frailty)
    return appeal * 2.0 * affinity * pulled


@inner
def tempted_at_most(age, home, digital):
    """A bound on :func:`temptation` that takes no draw, 1 at most, which bounds nothing.

    Nearly everybody lives where nobody is tempted much.
    """
    return min(digital.most[age] * digital.most_in[home], 1.0)


@inner
def pulled_by(provider, row, work, digital):
    """Reach x pull of one provider."""
    pull = np.float64(digital.pull[provider, row.home, cohort_of(row.born)])
    return reach_of(provider, row.home, work, digital) * pull


@inner
def which_provider(patient, row, age, seed, share, options, digital):
    """The provider joined, in proportion to reach x pull; ``share`` is a uniform."""
    work = workplace(seed, patient, age, row.home, options)
    pulled = 0.0
    for d in range(len(digital.reach)):
        pulled += pulled_by(d, row, work, digital)
    target = share * pulled
    last = np.int64(0)
    for d in range(len(digital.reach)):
        p = pulled_by(d, row, work, digital)
        if p > 0.0:
            last = np.int64(d)
            if target < p:
                return last
        target -= p
    return last


@inner
def provider_of(practice, digital):
    """Digital provider whose list a practice is, -1 = none."""
    if practice == NONE:
        return np.int64(-1)
    return np.int64(digital.provider[practice])


@inner
def leaving_digital(row, month, provider, digital):
    """Hazard a month of leaving a digital list: high in the first months, lower later."""
    if month - row.since <= digital.early_months:
        return digital.leaves_early[provider]
    return digital.leaves_later[provider]
