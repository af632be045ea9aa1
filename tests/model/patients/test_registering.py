"""Registering where digital providers are about: joining, staying through a move, leaving, going back."""

import numpy as np
import pytest

from model.patients.choose import refresh_strip
from model.patients.columns import (
    ARRIVED,
    BACK,
    DISPLACED,
    FEMALE,
    FIRST,
    FOLLOWED,
    FOLLOWS,
    IN_ERROR,
    JOINED_DIGITAL,
    KEPT,
    LEFT_DIGITAL,
    MOVED,
    NONE,
    OUT_OF_AREA,
    PENDING,
    Row,
)  # fmt: skip
from model.patients.decide import arrive, decide
from model.patients.draws import event_draw
from model.patients.following import be_born, follow
from model.patients.happenings import ADDRESS_TOLD, NOTHING, REGISTRATION

MONTH = 612
PATIENTS = 1500


def month_of(row, world, u=0.0, v=0.5, patient=7):
    after, happened = decide(patient, row, u, v, world)
    return Row(*(int(x) for x in after)), int(happened)


def everybody(row, world, u=0.0, v=0.5, patients=PATIENTS):
    return [month_of(row, world, u, v, patient) for patient in range(patients)]


def only_open(world, *practices):
    """The world where only these practices take patients."""
    world.options.open[:] = 0
    world.options.open[list(practices)] = 1
    refresh_strip(0, len(world.decile), world.options, world.options.open & world.options.takes_out_of_area)
    return world


@pytest.fixture
def member(a_row):
    """On the digital list of practice 3 for three years, before that with practice 0."""
    return a_row(practice=3, previous=0, since=MONTH - 36, flags=FEMALE | OUT_OF_AREA)


# --- joining --------------------------------------------------------------------------------------------------------------


def test_who_joins_is_on_the_list_for_the_home_without_home_visits(world_with, digital_of, a_row):
    digital = digital_of((1.0,), appeal=50.0, lists={3: 0, 1: 0})
    digital.contract[0] = [1, 1, 1, 3, 3, 3]
    world = world_with(digital=digital)
    for home, contract in ((1, 1), (4, 3)):
        after, happened = month_of(a_row(home=home, recorded=0, flags=FEMALE | PENDING), world)
        assert happened == REGISTRATION
        assert (after.practice, after.previous, after.since, after.cause) == (contract, 0, MONTH, JOINED_DIGITAL)
        assert (after.home, after.recorded, after.flags) == (home, home, FEMALE | OUT_OF_AREA)


def test_who_chooses_anyway_is_so_many_times_likelier_to_join(world_with, digital_of, a_row):
    """Half the mean taste x appeal 0.5 x 2 x pull: 0.02 a month of the settled, 8 times that of those who choose."""
    for row, hazard in ((a_row(), "switch"), (a_row(home=4, recorded=1, flags=FEMALE | PENDING), "contact"),
                        (a_row(practice=NONE), "first"), (a_row(practice=NONE, flags=FEMALE | PENDING), "seek")):  # fmt: skip
        world = world_with(digital=digital_of((0.04,), choosing_ratio=8.0), **{hazard: 1.0})
        joined = [after.cause == JOINED_DIGITAL for after, _ in everybody(row, world)]
        assert abs(np.mean(joined) - 0.16) < 4 * np.sqrt(0.16 * 0.84 / PATIENTS), hazard
        never = world._replace(digital=digital_of((0.04,), choosing_ratio=0.0))
        assert not any(after.cause == JOINED_DIGITAL for after, _ in everybody(row, never, patients=300))


def test_an_arrival_may_join_at_once(world_with, digital_of):
    world = world_with(digital=digital_of((1.0,), appeal=0.5, choosing_ratio=50.0))
    causes = [arrive(p, MONTH - 300, True, 2, False, True, 0, world).cause for p in range(200)]
    assert np.mean([cause == JOINED_DIGITAL for cause in causes]) > 0.95
    assert {JOINED_DIGITAL} <= set(causes) <= {JOINED_DIGITAL, ARRIVED}


def test_a_newborn_is_on_its_mother_s_digital_list(world_with, digital_of, member):
    child = Row(*be_born(5, 7, member, world_with(digital=digital_of())))
    assert (child.practice, child.flags & ~FEMALE) == (3, FOLLOWS | OUT_OF_AREA)


# --- children ---------------------------------------------------------------------------------------------------------------


def test_a_child_stays_on_its_list_when_the_mother_goes_digital_and_goes_along_when_on_none(a_row):
    mother = a_row(practice=3, previous=0, since=MONTH, cause=JOINED_DIGITAL, home=4, flags=FEMALE | OUT_OF_AREA)
    child = a_row(age=6, flags=FOLLOWS | PENDING, mother=7, home=4, recorded=1)
    after, happened = follow(child, mother, MONTH)
    assert happened == ADDRESS_TOLD
    assert Row(*after) == child._replace(recorded=4, flags=FOLLOWS)
    stranded = child._replace(practice=NONE, previous=1, recorded=4)
    after, happened = follow(stranded, mother, MONTH)
    assert happened == REGISTRATION
    assert Row(*after) == stranded._replace(
        practice=3, previous=NONE, since=MONTH, cause=FOLLOWED, flags=FOLLOWS | OUT_OF_AREA
    )


def test_a_child_comes_back_with_the_mother(a_row):
    child = a_row(age=6, practice=3, flags=FOLLOWS | OUT_OF_AREA, mother=7)
    mother = a_row(practice=0, previous=3, since=MONTH, cause=BACK)
    after, happened = follow(child, mother, MONTH)
    assert happened == REGISTRATION
    assert (after.practice, after.previous, after.cause, after.flags) == (0, 3, FOLLOWED, FOLLOWS)


# --- staying --------------------------------------------------------------------------------------------------------------


def test_a_digital_list_keeps_movers_it_still_reaches_also_when_full(world_with, digital_of, member):
    moved = member._replace(home=5, flags=FEMALE | OUT_OF_AREA | PENDING)
    for pull in (0.2, 0.0):
        after, happened = month_of(moved, world_with(digital=digital_of((pull,)), contact=1.0))
        assert happened == ADDRESS_TOLD
        assert after == moved._replace(recorded=5, flags=FEMALE | OUT_OF_AREA, cause=KEPT)


def test_movers_out_of_reach_leave_when_they_tell_their_address(world_with, digital_of, member):
    digital = digital_of(lists={3: 0})
    digital.reach[0, 2:] = 0.0
    world = only_open(world_with(digital=digital, contact=1.0), 0, 1, 2)
    moved = member._replace(home=4, flags=FEMALE | OUT_OF_AREA | PENDING)
    for after, happened in everybody(moved, world, patients=200):
        assert happened == REGISTRATION
        assert after.practice in (0, 1, 2)
        assert (after.cause, after.previous, after.recorded, after.flags) == (MOVED, 3, 4, FEMALE)
    near = member._replace(home=0, flags=FEMALE | OUT_OF_AREA | PENDING)
    assert month_of(near, world)[1] == ADDRESS_TOLD
    untold = world._replace(rates=world.rates._replace(contact=np.zeros_like(world.rates.contact)))
    assert month_of(moved, untold)[1] == NOTHING, "not before they tell it"


def test_those_on_the_list_before_it_became_digital_stay_ordinary_patients(world_with, digital_of, a_row):
    digital = digital_of(leaves_early=np.ones(1), leaves_later=np.ones(1))
    old = a_row(practice=3)
    assert month_of(old, world_with(digital=digital), 0.0)[1] == NOTHING
    switched = everybody(old, only_open(world_with(digital=digital, switch=1.0), 0, 1, 2), patients=100)
    assert {after.practice for after, _ in switched} <= {0, 1, 2}
    assert all(not after.flags & OUT_OF_AREA for after, _ in switched)
    waiting = old._replace(home=5, flags=FEMALE | PENDING)
    assert month_of(waiting, world_with(digital=digital, contact=1.0))[0].flags == FEMALE | OUT_OF_AREA


# --- leaving --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ago", "share"), [(1, 0.8), (36, 0.3)])
def test_a_share_of_leavers_goes_back_to_the_old_practice(world_with, digital_of, member, ago, share):
    digital = digital_of(leaves_early=np.ones(1), leaves_later=np.ones(1), back_early=0.8, back_later=0.3)
    world = only_open(world_with(digital=digital), 0, 1, 2)
    row = member._replace(since=MONTH - ago)
    back, _ = month_of(row, world, v=share - 1e-9)
    assert back == row._replace(practice=0, previous=3, since=MONTH, cause=BACK, flags=FEMALE)
    elsewhere, _ = month_of(row, world, v=share)
    assert (elsewhere.cause, elsewhere.previous) == (LEFT_DIGITAL, 3)
    draws = [event_draw(world.seed, patient, MONTH) for patient in range(PATIENTS)]
    gone = [month_of(row, world, u, v, patient)[0].cause == BACK for patient, (u, v) in enumerate(draws)]
    assert abs(np.mean(gone) - share) < 4 * np.sqrt(share * (1 - share) / PATIENTS)


def test_nobody_goes_back_where_the_old_practice_would_not_take_them(world_with, digital_of, member):
    digital = digital_of(leaves_early=np.ones(1), leaves_later=np.ones(1), back_early=1.0, back_later=1.0)
    leaving = only_open(world_with(digital=digital), 0, 1, 2)
    assert month_of(member, leaving)[0].cause == BACK
    for row, world in (
        (member._replace(previous=NONE), leaving),
        (member._replace(previous=3), leaving),
        (member, only_open(world_with(digital=digital), 1, 2)),
    ):
        after, happened = month_of(row, world)
        assert (happened, after.cause) == (REGISTRATION, LEFT_DIGITAL)
    far = leaving.options._replace(outer_km=np.zeros_like(leaving.options.outer_km),
                                   takes_out_of_area=np.zeros_like(leaving.options.takes_out_of_area))  # fmt: skip
    assert month_of(member, leaving._replace(options=far))[0].cause == LEFT_DIGITAL
    at_home_only = leaving.options._replace(residence_only=np.ones(1, np.uint8))
    assert month_of(member, leaving._replace(options=at_home_only))[0].cause == BACK
    elsewhere = member._replace(home=4, recorded=4)
    assert month_of(elsewhere, leaving._replace(options=at_home_only))[0].cause == LEFT_DIGITAL


def test_who_finds_no_open_list_stays_as_they_are(world_with, digital_of, member, a_row):
    digital = digital_of((0.0,), leaves_early=np.ones(1), leaves_later=np.ones(1))
    shut = only_open(world_with(digital=digital, first=1.0, seek=1.0))
    for row in (member, a_row(practice=NONE), a_row(practice=NONE, flags=FEMALE | PENDING)):
        assert month_of(row, shut) == (row, NOTHING)


# --- losing a practice ------------------------------------------------------------------------------------------------------


def test_who_lost_a_practice_registers_when_they_look_for_one(world_with, a_row):
    seeker = a_row(practice=NONE, previous=0, flags=FEMALE | PENDING)
    found, happened = month_of(seeker, world_with(seek=0.25), 0.2499)
    assert (happened, found.cause, found.flags) == (REGISTRATION, DISPLACED, FEMALE)
    assert month_of(seeker, world_with(seek=0.25), 0.2501)[1] == NOTHING
    assert month_of(seeker, world_with(first=1.0))[1] == NOTHING
    unlisted = a_row(practice=NONE)
    assert month_of(unlisted, world_with(seek=1.0))[1] == NOTHING
    assert month_of(unlisted, world_with(first=1.0))[0].cause == FIRST


def test_cleaning_by_mistake_hits_whoever_is_on_a_list(world_with, digital_of, member, a_row):
    world = world_with(in_error=1.0)
    struck, happened = month_of(a_row(home=2, recorded=1, flags=FEMALE | PENDING | OUT_OF_AREA), world)
    assert happened == REGISTRATION
    assert (struck.practice, struck.previous, struck.cause, struck.recorded) == (NONE, 0, IN_ERROR, 2)
    assert struck.flags == FEMALE | PENDING
    assert month_of(a_row(practice=NONE), world)[1] == NOTHING
    of_screen, happened = month_of(member, world._replace(digital=digital_of()))
    assert (happened, of_screen.practice, of_screen.cause) == (REGISTRATION, NONE, IN_ERROR)
    assert month_of(a_row(age=17, flags=FOLLOWS, mother=3), world)[1] == NOTHING
