"""States a patient can be put in: what changes, what never does, and what stays consistent."""

from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from model.patients import states
from model.patients.columns import (
    CLEANED,
    DISPLACED,
    DUPLICATE,
    EMIGRATED,
    FEMALE,
    FOLLOWS,
    GONE,
    MERGED,
    MOVED,
    NONE,
    OUT_OF_AREA,
    PENDING,
    PRESENT,
    SHORT_TERM,
    SHORT_TERM_GONE,
    UNCOUNTED,
    Row,
    lives_here,
    presence_of,
    with_presence,
)  # fmt: skip

MONTH = 612
PRACTICES, AREAS = st.integers(0, 9), st.integers(0, 30)
PERSON = ("born", "need", "mother")
"""Never touched by any state."""


@njit
def leave_list(row, untold, cause, month):
    return states.leave_list(row, untold, cause, month)


@njit
def become_ghost(row, presence):
    return states.become_ghost(row, presence)


@njit
def strike_off(row, month):
    return states.strike_off(row, month)


@njit
def at_addresses(row, home, recorded):
    return states.at_addresses(row, home, recorded)


@njit
def at_practice(row, practice, beyond, cause, month):
    return states.at_practice(row, practice, beyond, cause, month)


@njit
def keeping_practice(row, beyond, cause):
    return states.keeping_practice(row, beyond, cause)


@njit
def lose_practice(row, cause, month):
    return states.lose_practice(row, cause, month)


@njit
def on_list_of(row, practice, cause):
    return states.on_list_of(row, practice, cause)


@st.composite
def residents(draw, listed=None):
    """A resident, on a list or not, in a state the model can reach."""
    listed = draw(st.booleans()) if listed is None else listed
    home = draw(AREAS)
    recorded = draw(AREAS) if listed else home
    flags = draw(st.sampled_from([0, FEMALE])) | draw(st.sampled_from([0, FOLLOWS])) | draw(
        st.sampled_from([0, SHORT_TERM])
    )  # fmt: skip
    if listed:
        flags |= (PENDING if home != recorded else 0) | draw(st.sampled_from([0, OUT_OF_AREA]))
    else:
        flags |= draw(st.sampled_from([0, PENDING]))
    return Row(
        born=draw(st.integers(-600, MONTH)), since=draw(st.integers(0, MONTH)),
        practice=draw(PRACTICES) if listed else NONE, previous=draw(PRACTICES | st.just(NONE)), home=home,
        recorded=recorded, flags=with_presence(flags, draw(st.sampled_from([PRESENT, UNCOUNTED]))),
        need=draw(st.integers(0, 255)), cause=draw(st.integers(0, 19)), mother=draw(st.integers(0, 1000)),
    )  # fmt: skip


def check(row: Row) -> Row:
    """The state as plain integers, if it is one the model may hold."""
    row = Row(*(int(x) for x in row))
    listed, here = row.practice != NONE, bool(lives_here(row.flags))
    if here and listed:
        assert bool(row.flags & PENDING) == (row.home != row.recorded)
    if here and not listed:
        assert row.home == row.recorded
    if not listed:
        assert not row.flags & OUT_OF_AREA
    if presence_of(row.flags) == GONE:
        assert not listed
    return row


def same(one: Row, other: Row, *names: str) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in (*PERSON, *names))


quick = settings(max_examples=60, deadline=None, derandomize=True)


@given(row=residents(), untold=st.sampled_from([0, PENDING]))
@quick
def test_who_is_away_is_on_no_list_and_is_remembered_by_the_last_practice(row, untold):
    after = check(leave_list(row, untold, MOVED, MONTH))
    assert same(row, after, "home", "recorded")
    assert after.previous == (row.practice if row.practice != NONE else row.previous)
    assert (after.practice, after.since, after.cause) == (NONE, MONTH, MOVED)
    assert after.flags == with_presence((row.flags & FEMALE) | untold, GONE)


@given(row=residents(listed=True), presence=st.sampled_from([EMIGRATED, SHORT_TERM_GONE, DUPLICATE]))
@quick
def test_a_ghost_is_on_its_list_as_before(row, presence):
    after = check(become_ghost(row, presence))
    assert after == row._replace(flags=with_presence(row.flags & (FEMALE | OUT_OF_AREA), presence))
    off = check(strike_off(after, MONTH))
    assert (off.practice, off.previous, off.cause) == (NONE, row.practice, CLEANED)
    assert off.home == row.home
    assert bool(off.flags & PENDING) == (presence == EMIGRATED), "only an emigrant may come back"


@given(row=residents(listed=True), home=AREAS, recorded=AREAS)
@quick
def test_an_old_address_on_the_register_is_what_pending_means(row, home, recorded):
    after = check(at_addresses(row, home, recorded))
    assert (after.home, after.recorded) == (home, recorded)
    assert same(row, after, "practice", "previous", "since", "cause")
    assert check(at_addresses(after, row.home, row.recorded)) == row, "there and back"


@given(row=residents(), practice=PRACTICES, beyond=st.booleans())
@quick
def test_registering_tells_the_address(row, practice, beyond):
    after = check(at_practice(row, practice, beyond, MOVED, MONTH))
    assert (after.practice, after.previous, after.since, after.cause) == (practice, row.practice, MONTH, MOVED)
    assert after.recorded == after.home == row.home
    assert bool(after.flags & OUT_OF_AREA) == beyond
    assert after.flags & ~(OUT_OF_AREA | PENDING) == row.flags & ~(OUT_OF_AREA | PENDING)


@given(row=residents(listed=True), beyond=st.booleans())
@quick
def test_keeping_a_practice_tells_the_address_and_is_no_new_registration(row, beyond):
    after = check(keeping_practice(row, beyond, MOVED))
    assert same(row, after, "practice", "previous", "since", "home")
    assert (after.recorded, bool(after.flags & OUT_OF_AREA)) == (row.home, beyond)


@given(row=residents(listed=True))
@quick
def test_who_loses_a_practice_looks_for_another(row):
    after = check(lose_practice(row, DISPLACED, MONTH))
    assert (after.practice, after.previous, after.since, after.cause) == (NONE, row.practice, MONTH, DISPLACED)
    assert after.flags == (row.flags & ~OUT_OF_AREA) | PENDING
    assert after.recorded == after.home == row.home


@given(row=residents(listed=True), practice=PRACTICES)
@quick
def test_a_list_taken_over_changes_nothing_else(row, practice):
    assert check(on_list_of(row, practice, MERGED)) == row._replace(practice=practice, cause=MERGED)
