"""Temptation by digital providers: its formula, who is tempted by whom, and how long they stay."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from model.patients import digital as digital_module
from model.patients.affinity import digital_affinity
from model.patients.choose import workplace
from model.patients.columns import FEMALE, JOINED_DIGITAL, NONE, OUT_OF_AREA, PENDING, Row
from model.patients.decide import decide
from model.patients.digital import COHORTS, cohort_of, no_digital
from model.patients.draws import event_draw
from model.patients.happenings import NOTHING, REGISTRATION

MONTH = 612
PATIENTS = 3000


@njit
def temptation(patient, row, age, seed, options, digital):
    return digital_module.temptation(patient, row, age, seed, options, digital)


@njit
def which_provider(patient, row, age, seed, share, options, digital):
    return digital_module.which_provider(patient, row, age, seed, share, options, digital)


@njit
def leaving_digital(row, month, provider, digital):
    return digital_module.leaving_digital(row, month, provider, digital)


@njit
def provider_of(practice, digital):
    return digital_module.provider_of(practice, digital)


def tempted(world, digital, row, patient=7):
    age = (MONTH - row.born) // 12
    return temptation(patient, row, age, world.seed, world.options, digital)


def month_of(row, world, u, patient=7, v=0.5):
    after, happened = decide(patient, row, u, v, world)
    return Row(*(int(x) for x in after)), int(happened)


# --- the hazard -----------------------------------------------------------------------------------------------------------


def test_without_a_provider_nobody_is_tempted(world_with, a_row):
    world = world_with()
    nothing = no_digital(len(world.decile), len(world.options.open))
    assert tempted(world, nothing, a_row()) == 0.0
    assert provider_of(3, nothing) == provider_of(NONE, nothing) == -1


@given(pull=st.floats(0.001, 0.5), reach=st.floats(0.001, 1), appeal=st.floats(0.01, 2), need=st.integers(0, 255),
       age=st.integers(0, 100), least=st.floats(0, 1), frailty=st.floats(0, 1), work_pull=st.floats(0, 1))  # fmt: skip
@settings(max_examples=60, deadline=None, derandomize=True)
def test_hazard_is_appeal_times_twice_affinity_times_reach_times_pull(
    world_with, digital_of, a_row, pull, reach, appeal, need, age, least, frailty, work_pull
):
    world = world_with()
    digital = digital_of((pull,), reach=0.0, appeal=appeal, least_aged=least, frailty=frailty, work_pull=work_pull)
    digital.reach[0, :3] = reach
    digital.reach[0, 3:] = reach / 2
    for patient in range(20):
        row = a_row(age=age, need=need, home=4)
        work = workplace(world.seed, patient, age, 4, world.options)
        best = reach / 2 if work < 0 else max(reach / 2, work_pull * float(digital.reach[0, work]))
        affinity = digital_affinity(world.seed, patient, age, (need + 0.5) / 256, least, frailty)
        assert tempted(world, digital, row, patient) == pytest.approx(appeal * 2 * affinity * best * pull, rel=1e-5)


def test_hazard_doubles_with_pull_and_adds_up_over_providers(world_with, digital_of, a_row):
    world, row = world_with(), a_row()
    one, twice, both = (tempted(world, digital_of(pull, lists=lists), row) for pull, lists in (
        ((0.1,), {3: 0}), ((0.2,), {3: 0}), ((0.1, 0.2), {3: 0, 2: 1})))  # fmt: skip
    assert one > 0
    assert twice == pytest.approx(2 * one, rel=1e-6)
    assert both == pytest.approx(one + twice, rel=1e-6)


def test_nobody_out_of_reach_or_without_appeal_is_tempted(world_with, digital_of, a_row):
    world = world_with()
    assert tempted(world, digital_of(reach=0.0), a_row()) == 0.0
    assert tempted(world, digital_of(pull=(0.0,)), a_row()) == 0.0
    assert tempted(world, digital_of(appeal=0.0), a_row()) == 0.0
    assert tempted(world, digital_of(), a_row(age=14)) == 0.0, "children do not choose"
    only_men = digital_of()._replace(appeal=np.stack([np.ones(111), np.zeros(111)]))
    assert tempted(world, only_men, a_row(flags=FEMALE)) == 0.0
    assert tempted(world, only_men, a_row(flags=0)) > 0.0


def test_pull_is_that_of_the_own_cohort(world_with, digital_of, a_row):
    world, digital = world_with(), digital_of(pull=(0.0,))
    row = a_row(age=30)
    digital.pull[0, :, cohort_of(row.born)] = 0.3
    assert tempted(world, digital, row) > 0
    assert tempted(world, digital, a_row(age=41)) == 0.0
    assert [cohort_of(born) for born in (-1, 0, 119, 120, 1439, 1440)] == [COHORTS - 1, 0, 0, 1, COHORTS - 1, 0]


def test_work_reaches_whom_home_does_not(world_with, digital_of, a_row):
    world = world_with()
    digital = digital_of(reach=0.0, work_pull=0.5)
    digital.reach[0, 5] = 1.0
    full = digital_of(reach=1.0)
    hazards = np.array([tempted(world, digital, a_row(home=0), patient) for patient in range(400)])
    work = np.array([workplace(world.seed, patient, 30, 0, world.options) for patient in range(400)])
    assert (hazards[work != 5] == 0).all()
    there = np.flatnonzero(work == 5)
    assert len(there) > 10
    everywhere = np.array([tempted(world, full, a_row(home=0), int(patient)) for patient in there])
    assert hazards[there] == pytest.approx(0.5 * everywhere, rel=1e-6)


# --- who joins ------------------------------------------------------------------------------------------------------------


def joined_of(world, row, patients=PATIENTS):
    """Of so many patients in one state, who joins in the month, bool[N], and the hazard of each."""
    out, hazards = [], []
    for patient in range(patients):
        u, v = event_draw(world.seed, patient, MONTH)
        after, happened = month_of(row, world, u, patient, v)
        out.append(happened == REGISTRATION and after.cause == JOINED_DIGITAL)
        hazards.append(tempted(world, world.digital, row, patient))
    return np.array(out), np.array(hazards)


def test_patients_join_with_their_hazard_and_not_otherwise(world_with, digital_of, a_row):
    """The mean taste is a half, so that appeal x reach x pull of them join."""
    world = world_with(digital=digital_of((0.2,), appeal=1.0))
    joined, hazards = joined_of(world, a_row())
    assert hazards.mean() == pytest.approx(0.2, rel=0.05)
    assert abs(joined.sum() - hazards.sum()) < 4 * np.sqrt((hazards * (1 - hazards)).sum())
    nobody, _ = joined_of(world_with(digital=digital_of((0.2,), reach=0.0)), a_row(), 300)
    assert not nobody.any()
    member, _ = joined_of(world, a_row(practice=3, flags=FEMALE | OUT_OF_AREA), 300)
    assert not member.any(), "who is on a digital list joins no other"


def test_ages_of_joiners_follow_appeal(world_with, digital_of, a_row):
    appeal = np.zeros((2, 111))
    appeal[:, 20:30], appeal[:, 30:40], appeal[:, 40:] = 1.0, 0.5, 0.1
    world = world_with(digital=digital_of((0.3,))._replace(appeal=appeal))
    joined = {age: joined_of(world, a_row(age=age))[0].sum() for age in (18, 25, 35, 60)}
    assert joined[18] == 0
    for age, expected in ((25, 0.3), (35, 0.15), (60, 0.03)):
        assert abs(joined[age] - expected * PATIENTS) < 4 * np.sqrt(expected * PATIENTS) + 0.02 * expected * PATIENTS


@pytest.mark.parametrize("state", ["settled", "waiting", "unlisted", "seeking"])
def test_joining_comes_after_everything_no_policy_touches(world_with, digital_of, a_row, state):
    """Whatever else may happen to a patient keeps its part of the draw when a provider comes."""
    changes = {
        "settled": {}, "waiting": {"home": 2, "recorded": 1, "flags": FEMALE | PENDING}, "unlisted": {"practice": NONE},
        "seeking": {"practice": NONE, "flags": FEMALE | PENDING},
    }[state]  # fmt: skip
    row = a_row(**changes)
    hazards = {"death": 0.1, "emigrate": 0.1, "move": 0.1, "birth": 0.1, "switch": 0.1, "contact": 0.1, "first": 0.1,
               "seek": 0.1}  # fmt: skip
    before, after = world_with(**hazards), world_with(**hazards, digital=digital_of((0.3,), choosing_ratio=0.0))
    hazard = tempted(after, after.digital, row)
    assert hazard > 0
    for u in np.linspace(0, 0.999, 60):
        plain, with_provider = month_of(row, before, u), month_of(row, after, u)
        if 0.5 <= u < 0.5 + hazard:
            assert plain[1] == NOTHING
            assert with_provider[0].cause == JOINED_DIGITAL
        elif abs(u - 0.5 - hazard) > 1e-6:
            # practice 3 is digital now, so who chooses may choose otherwise; what happens is the same
            assert with_provider[1] == plain[1]


def test_providers_are_joined_in_proportion_to_reach_times_pull(world_with, digital_of, a_row):
    world = world_with()
    digital = digital_of((0.1, 0.3, 0.2), lists={1: 0, 2: 1, 3: 2})
    digital.reach[2] = 0.5
    shares = np.linspace(0, 1, 1001)[:-1] + 0.0005
    joined = [which_provider(7, a_row(), 30, world.seed, share, world.options, digital) for share in shares]
    assert np.bincount(joined) / 1000 == pytest.approx([0.2, 0.6, 0.2], abs=0.002)
    assert (np.diff(joined) >= 0).all()
    digital.reach[1] = 0.0
    assert set(np.unique([which_provider(7, a_row(), 30, world.seed, s, world.options, digital) for s in shares])) == {
        0,
        2,
    }


# --- who stays ------------------------------------------------------------------------------------------------------------


def test_many_leave_early_and_few_later(digital_of, a_row):
    digital = digital_of((0.1, 0.1), lists={2: 0, 3: 1}, leaves_early=np.array([0.2, 0.3]),
                         leaves_later=np.array([0.01, 0.02]), early_months=2)  # fmt: skip
    hazards = [
        [leaving_digital(a_row(since=MONTH - ago), MONTH, d, digital) for ago in (0, 1, 2, 3, 60)] for d in (0, 1)
    ]
    assert hazards == [[0.2, 0.2, 0.2, 0.01, 0.01], [0.3, 0.3, 0.3, 0.02, 0.02]]
    assert [provider_of(p, digital) for p in (0, 2, 3, NONE)] == [-1, 0, 1, -1]
