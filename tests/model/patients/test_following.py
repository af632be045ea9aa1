"""Children: born where the mother lives, and taken along or left alone when her month changes."""

import numpy as np
import pytest

from model.patients.columns import (
    BORN,
    DIED,
    DUPLICATE,
    EMIGRATED,
    FEMALE,
    FOLLOWED,
    FOLLOWS,
    GONE,
    INITIAL,
    LEFT,
    NONE,
    OUT_OF_AREA,
    PENDING,
    SHORT_TERM_GONE,
        Row,
    presence_of,
    with_presence,
)  # fmt: skip
from model.patients.decide import decide
from model.patients.following import be_born, changes_family, follow
from model.patients.happenings import (
    ADDRESS_TOLD,
    DEATH,
    EMIGRATION,
    MOVE_ACROSS,
    MOVE_WITHIN,
    NOTHING,
    REGISTRATION,
    RETURN,
)

MONTH = 612


@pytest.fixture(scope="module")
def child(a_row):
    return a_row(age=6, flags=FOLLOWS, mother=7)


@pytest.mark.parametrize("practice", [0, NONE])
def test_a_newborn_has_its_mother_s_home_and_list(world_with, practice, a_row):
    world = world_with()
    flags = PENDING | OUT_OF_AREA if practice == 0 else 0
    mother = a_row(practice=practice, home=2, recorded=1 if practice == 0 else 2, flags=FEMALE | flags)
    children = [Row(*be_born(p, 99, mother, world)) for p in range(2000)]
    for child in children[:50]:
        assert (child.born, child.since, child.cause, child.mother) == (MONTH, MONTH, BORN, 99)
        assert (child.practice, child.home, child.recorded) == (mother.practice, 2, mother.recorded)
        assert child.flags & ~FEMALE == FOLLOWS | flags
    girls = np.mean([bool(child.flags & FEMALE) for child in children])
    assert abs(girls - world.rates.female_at_birth) < 4 * np.sqrt(0.25 / 2000)
    assert 0 <= min(child.need for child in children) <= max(child.need for child in children) <= 255


def child_of(mother, child, month=MONTH):
    after, happened = follow(child, mother, month)
    return Row(*(int(x) for x in after)), int(happened)


def test_a_child_moves_with_its_mother_and_waits_with_her(a_row, child):
    mother = a_row(home=4, recorded=1, flags=FEMALE | PENDING)
    after, happened = child_of(mother, child)
    assert happened == MOVE_WITHIN
    assert after == child._replace(home=4, flags=FOLLOWS | PENDING)
    unlisted = child._replace(practice=NONE, flags=FOLLOWS | PENDING)
    assert child_of(mother, unlisted)[0] == unlisted._replace(home=4, recorded=4), "looks for a practice as before"
    back, _ = child_of(a_row(), after)
    assert back == child


def test_a_child_registers_where_its_mother_does(a_row, child):
    mother = a_row(practice=2, previous=0, since=MONTH, home=4, recorded=4, flags=FEMALE | OUT_OF_AREA)
    after, happened = child_of(mother, child._replace(home=4, flags=FOLLOWS | PENDING))
    assert happened == REGISTRATION
    assert after == child._replace(
        practice=2, previous=0, since=MONTH, home=4, recorded=4, cause=FOLLOWED, flags=FOLLOWS | OUT_OF_AREA
    )
    unlisted, _ = child_of(mother, child._replace(practice=NONE, home=4, recorded=4))
    assert (unlisted.practice, unlisted.cause) == (2, FOLLOWED)


def test_a_child_is_settled_when_its_mother_keeps_her_practice(a_row, child):
    mother = a_row(home=4, recorded=4)
    after, happened = child_of(mother, child._replace(home=4, flags=FOLLOWS | PENDING))
    assert happened == ADDRESS_TOLD
    assert after == child._replace(home=4, recorded=4)


@pytest.mark.parametrize(
    ("mother", "listed", "unlisted"),
    [
        (with_presence(FEMALE, EMIGRATED), EMIGRATED, PENDING),
        (with_presence(FEMALE, SHORT_TERM_GONE), SHORT_TERM_GONE, 0),
        (with_presence(FEMALE, GONE), GONE, 0),
        (with_presence(FEMALE | PENDING, GONE), EMIGRATED, PENDING),
    ],
)
def test_a_child_leaves_with_its_mother_and_may_return_if_she_may(mother, listed, unlisted, a_row, child):
    gone = a_row(flags=mother, cause=LEFT, practice=0 if presence_of(mother) != GONE else NONE)
    after, happened = child_of(gone, child)
    assert happened == EMIGRATION
    assert presence_of(after.flags) == listed
    assert not after.flags & FOLLOWS
    assert (after.practice == NONE) == (listed == GONE)
    off, _ = child_of(gone, child._replace(practice=NONE))
    assert off.flags == with_presence(unlisted, GONE)


@pytest.mark.parametrize("presence", [GONE, DUPLICATE])
def test_a_child_whose_mother_dies_stays(world_with, presence, a_row, child):
    """Reported to the list or not, her death leaves the child where it is, living by its own draws from now on."""
    mother = a_row(flags=with_presence(FEMALE, presence), cause=DIED if presence == GONE else INITIAL)
    waiting = child._replace(home=4, flags=FOLLOWS | PENDING)
    after, happened = child_of(mother, waiting)
    assert happened == NOTHING
    assert after == waiting._replace(flags=PENDING)
    _, happened = decide(7, after, 0.5, 0.5, world_with(move=1.0))
    assert happened in (MOVE_ACROSS, MOVE_WITHIN)


def test_which_events_concern_the_family():
    concerned = {DEATH, EMIGRATION, MOVE_ACROSS, MOVE_WITHIN, REGISTRATION, ADDRESS_TOLD}
    assert {event for event in range(RETURN + 2) if changes_family(event)} == concerned
