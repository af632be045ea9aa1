"""Lists that change hands, patient by patient: merged, split, closed down, and called home."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from model.patients import reassign as reassign_module
from model.patients.choose import refresh_strip
from model.patients.columns import (
    CLEANED,
    DISPLACED,
    DUPLICATE,
    EMIGRATED,
    FEMALE,
    FOLLOWS,
    GONE,
    HOME_AREA,
    MERGED,
    NONE,
    OUT_OF_AREA,
    PENDING,
    SHORT_TERM_GONE,
    SPLIT,
    Row,
    presence_of,
    with_presence,
)  # fmt: skip
from model.patients.happenings import NOTHING, REGISTRATION
from model.patients.reassign import (
    DISPERSE,
    MERGE,
    STAY,
    Fates,
    HomeRule,
    come_home,
    come_home_child,
    reassign,
    reassign_child,
)
from model.patients.reassign import SPLIT as SPLIT_UP

MONTH = 612
PATIENTS = 1500


@njit
def near_home_only(home, older, target, options):
    return reassign_module.near_home_only(home, older, target, options)


@pytest.fixture(scope="session")
def fates_of(line):
    """A factory of fates: what becomes of practice 0's list; the others stay."""

    def make(kind, heir=-1, at_once=0.0, heirs=(-1, -1)):
        practices = len(line.region.practices)
        kinds, heir_of, share = np.zeros(practices, np.uint8), np.full(practices, -1, np.int32), np.zeros(practices)
        kinds[0], heir_of[0], share[0] = kind, heir, at_once
        return Fates(kinds, heir_of, share, np.array([heirs], np.int32))

    return make


@pytest.fixture(scope="session")
def closed(world_with):
    """The world in which practice 0 takes nobody any more."""
    world = world_with()
    world.options.open[0] = 0
    refresh_strip(0, len(world.decile), world.options, world.options.open & world.options.takes_out_of_area)
    return world


def change(function, patient, *arguments):
    after, happened = function(patient, *arguments)
    return Row(*(int(x) for x in after)), int(happened)


# --- merged and split -------------------------------------------------------------------------------------------------------


@given(
    flags=st.integers(0, 255).filter(lambda f: presence_of(f) < GONE),
    since=st.integers(0, MONTH),
    previous=st.sampled_from([NONE, 1, 2]),
    recorded=st.integers(0, 5),
    patient=st.integers(0, 10**6),
)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_merger_changes_the_list_and_nothing_else(closed, fates_of, a_row, flags, since, previous, recorded, patient):
    row = a_row(flags=flags, since=since, previous=previous, recorded=recorded)
    after, happened = change(reassign, patient, row, closed, fates_of(MERGE, heir=2))
    assert happened == REGISTRATION
    assert after == row._replace(practice=2, cause=MERGED)


def test_a_split_goes_by_where_people_live_and_ghosts_by_the_register(closed, fates_of, a_row):
    fates = fates_of(SPLIT_UP, heir=0, heirs=(-1, 3))
    here, there = a_row(home=2), a_row(home=3, recorded=1, flags=FEMALE | PENDING | OUT_OF_AREA)
    assert change(reassign, 7, here, closed, fates) == (here, NOTHING)
    assert change(reassign, 7, there, closed, fates) == (there._replace(practice=3, cause=SPLIT), REGISTRATION)
    ghost = a_row(home=4, recorded=1, flags=with_presence(FEMALE, EMIGRATED))
    assert change(reassign, 7, ghost, closed, fates) == (ghost, NOTHING)
    ghost = ghost._replace(recorded=4)
    assert change(reassign, 7, ghost, closed, fates)[0] == ghost._replace(practice=3, cause=SPLIT)


def test_a_list_that_stays_is_left_alone(closed, fates_of, a_row):
    assert change(reassign, 7, a_row(), closed, fates_of(STAY)) == (a_row(), NOTHING)


# --- closed down ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("presence", [EMIGRATED, SHORT_TERM_GONE, DUPLICATE])
def test_ghosts_fall_off_a_closed_list(closed, fates_of, a_row, presence):
    ghost = a_row(flags=with_presence(FEMALE, presence))
    after, _ = change(reassign, 7, ghost, closed, fates_of(DISPERSE, at_once=1.0))
    assert (after.practice, after.previous, after.cause, after.since) == (NONE, 0, CLEANED, MONTH)
    assert presence_of(after.flags) == GONE
    assert bool(after.flags & PENDING) == (presence == EMIGRATED), "only an emigrant may come back"


def test_nobody_given_a_practice_leaves_everybody_looking_for_one(closed, fates_of, a_row):
    row = a_row(home=2, recorded=1, flags=FEMALE | PENDING | OUT_OF_AREA)
    for patient in range(50):
        after, happened = change(reassign, patient, row, closed, fates_of(DISPERSE, at_once=0.0))
        assert happened == REGISTRATION
        assert after == row._replace(
            practice=NONE, previous=0, since=MONTH, recorded=2, flags=FEMALE | PENDING, cause=DISPLACED
        )


def test_everybody_registers_at_once_with_another_practice(closed, fates_of, a_row):
    for patient in range(300):
        after, _ = change(reassign, patient, a_row(), closed, fates_of(DISPERSE, at_once=1.0))
        assert after.practice in (1, 2, 3)
        assert (after.previous, after.since, after.cause, after.flags) == (0, MONTH, DISPLACED, FEMALE)


def test_a_share_registers_at_once_the_same_people_whatever_the_share(closed, fates_of, a_row):
    """A larger share is the smaller one and more, so that two closures differ only by what they do."""
    at_once = {}
    for share in (0.3, 0.6):
        fates = fates_of(DISPERSE, at_once=share)
        after = [change(reassign, patient, a_row(), closed, fates)[0] for patient in range(PATIENTS)]
        at_once[share] = np.array([row.practice != NONE for row in after])
        assert abs(at_once[share].mean() - share) < 4 * np.sqrt(share * (1 - share) / PATIENTS)
    assert at_once[0.6][at_once[0.3]].all()


def test_children_of_a_closed_list_go_with_their_mothers(closed, fates_of, a_row, digital_of):
    fates = fates_of(DISPERSE, at_once=0.5)
    child = a_row(age=6, flags=FOLLOWS, mother=7)
    for patient in range(40):
        found = a_row(practice=2, previous=0, since=MONTH, cause=DISPLACED)
        after, _ = change(reassign_child, patient, child, found, closed, fates)
        assert after == child._replace(practice=2, previous=0, since=MONTH, cause=DISPLACED)
        lost = a_row(practice=NONE, previous=0, since=MONTH, cause=DISPLACED, flags=FEMALE | PENDING)
        after, _ = change(reassign_child, patient, child, lost, closed, fates)
        assert (after.practice, after.flags, after.cause) == (NONE, FOLLOWS | PENDING, DISPLACED)
        elsewhere = a_row(practice=1)
        assert change(reassign_child, patient, child, elsewhere, closed, fates)[0].practice == 1, "her own list"
        dead = a_row(practice=NONE, flags=with_presence(FEMALE, GONE))
        alone = change(reassign, patient, child, closed, fates)
        assert change(reassign_child, patient, child, dead, closed, fates) == alone
        afar = a_row(practice=2, flags=FEMALE | OUT_OF_AREA)
        assert change(reassign_child, patient, child, afar, closed, fates)[0].flags == FOLLOWS | OUT_OF_AREA
    screen = closed._replace(digital=digital_of(lists={2: 0}))
    assert change(reassign_child, 7, child, found, screen, fates) == change(reassign, 7, child, screen, fates)


# --- called home ------------------------------------------------------------------------------------------------------------


def rule(share, refuge=(-1, -1)):
    return HomeRule(share, np.array(refuge, np.int32))


def test_those_registered_at_home_and_those_away_are_left_alone(world_with, a_row):
    world = world_with()
    for row in (a_row(), a_row(practice=NONE), a_row(practice=2, flags=with_presence(0, EMIGRATED)),
                a_row(practice=NONE, flags=with_presence(PENDING, GONE))):  # fmt: skip
        assert change(come_home, 7, row, world, rule(1.0)) == (row, NOTHING)


def test_in_one_phase_everybody_comes_home(world_with, a_row):
    world = world_with()
    row = a_row(practice=2, home=0, recorded=4, flags=FEMALE | PENDING | OUT_OF_AREA)
    after = [change(come_home, patient, row, world, rule(1.0)) for patient in range(PATIENTS)]
    assert {happened for _, happened in after} == {REGISTRATION}
    for new, _ in after:
        assert new == row._replace(practice=new.practice, previous=2, since=MONTH, recorded=0, flags=FEMALE,
                                   cause=HOME_AREA)  # fmt: skip
    # Chosen among the practices of the own commissioner by weight.
    options = world.options
    place = {int(p): k for k, p in enumerate(options.practice[0])}
    sums = np.diff(options.cumulative[0, 0], prepend=0.0)
    share = sums[place[0]] / (sums[place[0]] + sums[place[1]])
    chosen = np.mean([new.practice == 0 for new, _ in after])
    assert {new.practice for new, _ in after} <= {0, 1}
    assert abs(chosen - share) < 4 * np.sqrt(share * (1 - share) / PATIENTS)


def test_who_comes_home_beyond_a_boundary_is_registered_out_of_area(world_with, a_row):
    world = world_with()
    for patient in range(20):
        found, _ = change(come_home, patient, a_row(practice=2), world, rule(1.0))
        assert not found.flags & OUT_OF_AREA
    beyond = world.options._replace(beyond=np.ones_like(world.options.beyond))
    world = world._replace(options=beyond)
    for patient in range(20):
        found, _ = change(come_home, patient, a_row(practice=2), world, rule(1.0))
        assert found.flags & OUT_OF_AREA


def test_phases_take_the_same_people_first(world_with, a_row):
    world, row = world_with(), a_row(practice=3)
    moved = {}
    for share in (0.0, 0.25, 0.5):
        moved[share] = np.array(
            [change(come_home, patient, row, world, rule(share))[1] == REGISTRATION for patient in range(PATIENTS)]
        )
        assert abs(moved[share].mean() - share) <= 4 * np.sqrt(share * (1 - share) / PATIENTS)
    assert moved[0.5][moved[0.25]].all()


def test_who_has_no_practice_of_the_commissioner_near_goes_to_its_refuge(world_with, a_row):
    world = world_with()
    world.options.open[[0, 1]] = 0
    refresh_strip(0, len(world.decile), world.options, world.options.open & world.options.takes_out_of_area)
    row = a_row(practice=2)
    assert change(come_home, 7, row, world, rule(1.0)) == (row, NOTHING), "there is none at all"
    found, _ = change(come_home, 7, row, world, rule(1.0, (1, -1)))
    assert (found.practice, found.flags & OUT_OF_AREA) == (1, OUT_OF_AREA), "too far from home for visits"
    assert near_home_only(1, 0, 0.5, world.options) == (NONE, False)


def test_children_come_home_with_their_mothers_or_in_their_phase_to_her_practice(world_with, a_row, digital_of):
    world = world_with()
    child = a_row(age=6, practice=2, flags=FOLLOWS, mother=7)
    came, settled, away = a_row(practice=1, since=MONTH), a_row(practice=1), a_row(practice=2)
    in_phase = 0
    for patient in range(60):
        home = child._replace(practice=1, previous=2, since=MONTH, cause=HOME_AREA)
        assert change(come_home_child, patient, child, came, world, rule(0.0)) == (home, REGISTRATION)
        assert change(come_home_child, patient, child, settled, world, rule(1.0)) == (home, REGISTRATION)
        assert change(come_home_child, patient, child, settled, world, rule(0.0)) == (child, NOTHING)
        alone = change(come_home, patient, child, world, rule(0.6))
        in_phase += alone[1] == REGISTRATION
        assert (change(come_home_child, patient, child, settled, world, rule(0.6))[1] == REGISTRATION) == (
            alone[1] == REGISTRATION
        )
        for mother in (away, a_row(practice=NONE), a_row(practice=NONE, flags=with_presence(FEMALE, GONE))):
            assert change(come_home_child, patient, child, mother, world, rule(0.6)) == alone
    assert 20 < in_phase < 52
    afar = a_row(practice=1, flags=FEMALE | OUT_OF_AREA)
    found, _ = change(come_home_child, 7, child, afar, world, rule(1.0))
    assert (found.practice, found.flags) == (1, FOLLOWS | OUT_OF_AREA)
    screen = world_with(digital=digital_of(lists={1: 0}))
    for patient in range(20):
        alone = change(come_home, patient, child, screen, rule(0.6))
        assert change(come_home_child, patient, child, settled, screen, rule(0.6)) == alone
    at_home = child._replace(practice=0)
    assert change(come_home_child, 7, at_home, a_row(practice=1), world, rule(1.0)) == (at_home, NOTHING)


@given(target=st.floats(0, 1, exclude_max=True), home=st.integers(0, 5), older=st.integers(0, 1))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_practice_drawn_at_home_is_the_home_commissioner_s(line, world_with, target, home, older):
    practice, _ = near_home_only(home, older, target, world_with().options)
    assert line.region.practice_commissioner[practice] == line.region.area_commissioner[home]
