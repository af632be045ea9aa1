"""What one patient does in a month: every event alone, their order, and what follows from each."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.patients.columns import (
    ARRIVED,
    CLEANED,
    DIED,
    DUPLICATE,
    EMIGRATED,
    FEMALE,
    FIRST,
    FOLLOWS,
    GONE,
    INITIAL,
    KEPT,
    LEFT,
    MOVED,
    NOBODY,
    NONE,
    OUT_OF_AREA,
    PENDING,
    PRESENT,
    RETURNED,
    SHORT_TERM,
    SHORT_TERM_GONE,
    SWITCHED,
    UNCOUNTED,
    Row,
    lives_here,
    presence_of,
    with_presence,
)  # fmt: skip
from model.patients.decide import arrive, decide, hazard_at_most
from model.patients.happenings import (
    ADDRESS_TOLD,
    BIRTH,
    CLEANING,
    DEATH,
    EMIGRATION,
    MOVE_ACROSS,
    MOVE_WITHIN,
    NOTHING,
    REGISTRATION,
    RETURN,
)

MONTH = 612
HAZARDS = ("death", "emigrate", "move", "birth", "contact", "first", "switch", "clean")
NUMBERS = ("short_term_leaves", "returning", "emigrants_deregistered", "short_term_deregistered", "deaths_unrecorded")


@pytest.fixture(scope="module")
def region(make_region):
    """Six areas in a row, two authorities, three practices; everybody is covered by everybody's boundary."""
    return make_region(
        [[i, 0] for i in range(6)], [[0.5, 0], [2.5, 0], [4.5, 0]], residents=200, lists=400,
        area_commissioner=[0, 0, 0, 1, 1, 1], practice_commissioner=[0, 0, 1],
    )  # fmt: skip


@pytest.fixture(scope="module")
def start(region, make_model):
    model = make_model(region, boundaries__inner_share=1.0, boundaries__smallest_km=20.0)
    model.providers_act()
    return model.world


def alone(start, month=MONTH, **hazards):
    """The world where nothing happens but what is asked for: hazards a month, the same at every age."""
    rates = start.rates._replace(
        **{name: np.zeros_like(getattr(start.rates, name)) for name in HAZARDS}, **dict.fromkeys(NUMBERS, 0.0),
        death_level=np.ones(2), emigrate_level=np.ones(2), birth_level=np.ones(2),
        across_level=np.full(2, 0.5), within_level=np.full(2, 0.5),
    )  # fmt: skip
    changed = {
        name: value if name in NUMBERS else np.full_like(getattr(rates, name), value) for name, value in hazards.items()
    }
    return start._replace(month=month, rates=rates._replace(**changed))


@pytest.fixture
def world_with(start):
    return functools.partial(alone, start)


def a_row(age=30, **changes):
    """A settled woman of 30 in area 1 on the list of practice 0, or as asked."""
    row = Row(
        born=MONTH - 12 * age - 3, since=500, practice=0, previous=NONE, home=1, recorded=1, flags=FEMALE, need=100,
        cause=INITIAL, mother=NOBODY,
    )  # fmt: skip
    return row._replace(**changes)


def month_of(row, world, u=0.5, v=0.5, patient=7):
    after, happened = decide(patient, row, u, v, world)
    return Row(*(int(x) for x in after)), int(happened)


# --- the unit interval ----------------------------------------------------------------------------------------------------

CERTAIN = [
    ("death", a_row(), DEATH),
    ("death", a_row(age=5, flags=FOLLOWS, mother=3), DEATH),
    ("emigrate", a_row(), EMIGRATION),
    ("short_term_leaves", a_row(flags=FEMALE | SHORT_TERM), EMIGRATION),
    ("birth", a_row(), BIRTH),
    ("first", a_row(practice=NONE), REGISTRATION),
    ("switch", a_row(), REGISTRATION),
    ("clean", a_row(flags=with_presence(0, EMIGRATED)), CLEANING),
    ("clean", a_row(flags=with_presence(0, SHORT_TERM_GONE)), CLEANING),
    ("clean", a_row(flags=with_presence(0, DUPLICATE)), CLEANING),
    ("returning", a_row(flags=with_presence(0, EMIGRATED)), RETURN),
    ("returning", a_row(practice=NONE, flags=with_presence(PENDING, GONE)), RETURN),
]


@pytest.mark.parametrize(("hazard", "row", "expected"), CERTAIN)
@pytest.mark.parametrize("u", [0.0, 0.5, 1 - 2**-48])
def test_a_hazard_of_one_is_certain_and_of_none_impossible(world_with, hazard, row, expected, u):
    assert month_of(row, world_with(**{hazard: 1.0}), u)[1] == expected
    assert month_of(row, world_with(), u) == (row, NOTHING)


NEVER = [
    ("birth", a_row(flags=0)),
    ("first", a_row()),
    ("switch", a_row(practice=NONE)),
    ("contact", a_row()),
    ("clean", a_row()),
    ("returning", a_row()),
    ("short_term_leaves", a_row()),
    ("returning", a_row(flags=with_presence(0, DUPLICATE))),
    ("returning", a_row(flags=with_presence(0, SHORT_TERM_GONE))),
    ("returning", a_row(practice=NONE, flags=with_presence(0, GONE))),
    ("clean", a_row(practice=NONE, flags=with_presence(PENDING, GONE))),
    *((hazard, a_row(age=17, flags=FOLLOWS | FEMALE, mother=3)) for hazard in HAZARDS[1:]),
    *((hazard, a_row(practice=NONE, flags=with_presence(0, GONE))) for hazard in HAZARDS),
    *((hazard, a_row(flags=with_presence(0, EMIGRATED))) for hazard in HAZARDS[:-1]),
]


@pytest.mark.parametrize(("hazard", "row"), NEVER)
def test_what_does_not_concern_a_patient_never_happens(world_with, hazard, row):
    assert month_of(row, world_with(**{hazard: 1.0}), 0.0) == (row, NOTHING)


@given(u=st.floats(0, 1, exclude_max=True), parts=st.lists(st.floats(0, 0.15), min_size=5, max_size=5))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_one_draw_is_divided_in_a_fixed_order(start, u, parts):
    """Death, emigration, moves across and inside, birth, registration: what no policy touches comes first."""
    death, emigration, moving, birth, switching = parts
    world = alone(start, death=death, emigrate=emigration, move=moving, birth=birth, switch=switching)
    edges = np.cumsum([death, emigration, moving / 2, moving / 2, birth, switching])
    expected = [DEATH, EMIGRATION, MOVE_ACROSS, MOVE_WITHIN, BIRTH, REGISTRATION, NOTHING]
    if np.abs(edges - u).min() > 1e-12:
        assert month_of(a_row(), world, u)[1] == expected[int(np.searchsorted(edges, u, side="right"))]


@given(
    age=st.integers(0, 100),
    bits=st.integers(0, 7),
    listed=st.booleans(),
    parts=st.lists(st.floats(0, 0.15), min_size=7, max_size=7),
    short=st.floats(0, 0.3),
    home=st.integers(0, 5),
)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_nothing_happens_to_whoever_draws_more_than_the_bound(start, age, bits, listed, parts, short, home):
    """The bound by age, flags, list and home is that of the decision: as high as it must be, and no higher."""
    names = ("death", "emigrate", "move", "birth", "contact", "first", "switch")
    world = alone(start, **dict(zip(names, parts, strict=True)), short_term_leaves=short)
    flags = FEMALE * (bits & 1) | PENDING * (bits >> 1 & 1) | SHORT_TERM * (bits >> 2)
    flags |= FOLLOWS if age < 18 else 0
    row = a_row(age, flags=flags, practice=0 if listed else NONE, home=home, recorded=home)
    most = hazard_at_most(row.born, row.practice, row.home, row.flags, world)
    assert month_of(row, world, u=min(most, 0.9999999))[1] == NOTHING or most > 0.9999999
    if flags & FOLLOWS:
        assert most == pytest.approx(parts[0], rel=1e-6)
    elif most > 0:
        last = ("switch" if not flags & PENDING else "contact") if listed else "first"
        register = world.rates.seek if not listed and flags & PENDING else parts[names.index(last)]
        hazards = parts[:3] + parts[3:4] * (bits & 1) + [register, short * (bits >> 2)]
        assert most == pytest.approx(sum(hazards), rel=1e-6)


def test_levels_of_the_authority_multiply(world_with):
    world = world_with(death=0.2, emigrate=0.1)
    world = world._replace(
        rates=world.rates._replace(death_level=np.array([1.0, 2.0]), emigrate_level=np.array([3.0, 1.0]))
    )
    assert [month_of(a_row(home=h, recorded=h), world, 0.3)[1] for h in (1, 4)] == [EMIGRATION, DEATH]
    assert [month_of(a_row(home=h, recorded=h), world, 0.45)[1] for h in (1, 4)] == [EMIGRATION, EMIGRATION]
    assert [month_of(a_row(home=h, recorded=h), world, 0.501)[1] for h in (1, 4)] == [NOTHING, NOTHING]


def test_eighteen_ends_following(world_with):
    world = world_with(move=1.0)
    born = MONTH - 216
    assert month_of(a_row(born=born, flags=FOLLOWS, mother=3), world)[1] in (MOVE_ACROSS, MOVE_WITHIN)
    assert month_of(a_row(born=born + 1, flags=FOLLOWS, mother=3), world)[1] == NOTHING
    assert month_of(a_row(born=born + 1, flags=0), world)[1] in (MOVE_ACROSS, MOVE_WITHIN), "without a mother on record"


# --- what follows -------------------------------------------------------------------------------------------------------


def test_the_dead_leave_their_list_or_stay_on_it_as_ghosts(world_with):
    world = world_with(death=1.0, deaths_unrecorded=0.3)
    row = a_row(home=2, flags=FEMALE | PENDING | OUT_OF_AREA)
    known, _ = month_of(row, world, v=0.31)
    assert known == row._replace(practice=NONE, previous=0, since=MONTH, cause=DIED, flags=with_presence(FEMALE, GONE))
    unknown, _ = month_of(row, world, v=0.29)
    assert unknown == row._replace(flags=with_presence(FEMALE | OUT_OF_AREA, DUPLICATE))
    assert month_of(row._replace(practice=NONE), world, v=0.0)[0].cause == DIED


def test_emigrants_tell_their_practice_or_leave_a_ghost(world_with):
    world = world_with(emigrate=1.0, emigrants_deregistered=0.4, short_term_deregistered=0.6)
    told, _ = month_of(a_row(), world, v=0.39)
    assert (told.practice, told.previous, told.cause, told.flags) == (NONE, 0, LEFT, with_presence(FEMALE, GONE))
    untold, _ = month_of(a_row(home=2, flags=FEMALE | PENDING), world, v=0.41)
    assert untold == a_row(home=2, flags=with_presence(FEMALE, EMIGRATED)), "the register has another address"
    visitor, _ = month_of(a_row(flags=FEMALE | SHORT_TERM), world, v=0.61)
    assert visitor == a_row(flags=with_presence(FEMALE, SHORT_TERM_GONE))
    assert month_of(a_row(flags=FEMALE | SHORT_TERM), world, v=0.59)[0].practice == NONE


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("v", [0.0, 0.39, 0.41, 1 - 2**-32])
def test_who_may_come_back_does_not_hang_on_a_list(world_with, share, v):
    """On a list, cleaned from it, or never on one: the same emigrant comes back in the same month."""
    away = world_with(emigrate=1.0, emigrants_deregistered=share)
    listed, unlisted = (month_of(a_row(practice=p), away, v=v)[0] for p in (0, NONE))
    cleaned = month_of(listed, world_with(clean=1.0))[0] if listed.practice != NONE else listed
    back = [month_of(row, world_with(returning=0.3), u=0.29) for row in (listed, cleaned, unlisted)]
    assert len({happened for _, happened in back}) == 1
    assert back[0][1] == (RETURN if v >= share else NOTHING)
    for row, happened in back:
        assert bool(lives_here(row.flags)) == (happened == RETURN)
        if happened == RETURN:
            assert (row.home, row.recorded, presence_of(row.flags)) == (1, 1, PRESENT)
            assert not row.flags & PENDING


def test_an_emigrant_comes_back_to_the_last_home_whatever_the_register_says(world_with):
    """So policy, which decides when addresses are told, changes nobody's life."""
    away, back = world_with(emigrate=1.0), world_with(returning=1.0)
    told, untold = a_row(home=2, recorded=2), a_row(home=2, flags=FEMALE | PENDING)
    off = a_row(home=2, recorded=2, practice=NONE, flags=FEMALE | PENDING)
    rows = [month_of(month_of(row, away)[0], back)[0] for row in (told, untold, off)]
    assert [row.home for row in rows] == [2, 2, 2]
    assert [row.recorded for row in rows] == [2, 1, 2]
    assert [row.flags for row in rows] == [FEMALE, FEMALE | PENDING, FEMALE]
    cleaned = month_of(month_of(untold, away)[0], world_with(clean=1.0))[0]
    assert month_of(cleaned, back)[0].home == 2


def test_cleaning_takes_ghosts_off_the_list_for_good(world_with):
    for presence in (EMIGRATED, SHORT_TERM_GONE, DUPLICATE):
        ghost = a_row(flags=with_presence(FEMALE, presence))
        off, happened = month_of(ghost, world_with(clean=1.0))
        assert happened == CLEANING
        assert (off.practice, off.previous, off.cause, off.since) == (NONE, 0, CLEANED, MONTH)
        assert presence_of(off.flags) == GONE


def test_a_return_and_a_cleaning_share_one_draw(world_with):
    world = world_with(returning=0.2, clean=0.3)
    ghosts = [a_row(flags=with_presence(0, presence)) for presence in (EMIGRATED, DUPLICATE)]
    happened = [[month_of(ghost, world, u)[1] for u in (0.19, 0.21, 0.49, 0.51)] for ghost in ghosts]
    assert happened == [[RETURN, CLEANING, CLEANING, NOTHING], [NOTHING, CLEANING, CLEANING, NOTHING]]
    back, _ = month_of(ghosts[0], world, 0.1)
    assert (back.cause, back.practice, back.home) == (RETURNED, 0, 1)


def test_a_mover_is_pending_until_the_practice_hears_of_it(world_with):
    across, within = ([month_of(a_row(), world_with(move=1.0), u, patient=p) for p in range(200)] for u in (0.2, 0.8))
    for moves, kind, homes in ((across, MOVE_ACROSS, {3, 4, 5}), (within, MOVE_WITHIN, {0, 1, 2})):
        assert {happened for _, happened in moves} == {kind}
        assert {row.home for row, _ in moves} == homes
        for row, _ in moves:
            assert row.recorded == 1
            assert bool(row.flags & PENDING) == (row.home != 1)
            assert (row.practice, row.since, row.cause) == (0, 500, INITIAL)
    pending = a_row(home=0, flags=FEMALE | PENDING)
    back = [month_of(pending, world_with(move=1.0), 0.8, patient=p)[0] for p in range(200)]
    assert {bool(row.flags & PENDING) for row in back if row.home == 1} == {False}
    unlisted = [month_of(a_row(practice=NONE), world_with(move=1.0), 0.2, patient=p)[0] for p in range(50)]
    assert all(row.recorded == row.home and not row.flags & PENDING for row in unlisted)


def test_whoever_registers_tells_the_address(world_with):
    row = a_row(home=4, flags=FEMALE | PENDING | OUT_OF_AREA)
    after = [month_of(row, world_with(contact=1.0), patient=p) for p in range(300)]
    assert {happened for _, happened in after} == {REGISTRATION, ADDRESS_TOLD}
    for new, happened in after:
        assert (new.home, new.recorded, new.flags) == (4, 4, FEMALE)
        if happened == ADDRESS_TOLD:
            assert (new.practice, new.since, new.cause) == (0, 500, KEPT)
        else:
            assert (new.previous, new.since, new.cause) == (0, MONTH, MOVED)
            assert new.practice in (1, 2)
    first = [month_of(a_row(practice=NONE), world_with(first=1.0), patient=p)[0] for p in range(50)]
    assert {(new.cause, new.previous, new.since) for new in first} == {(FIRST, NONE, MONTH)}
    switched = [month_of(a_row(), world_with(switch=1.0), patient=p)[0] for p in range(50)]
    assert {(new.cause, new.previous) for new in switched} == {(SWITCHED, 0)}
    assert 0 not in {new.practice for new in switched}


def test_the_pending_do_not_switch_nor_the_settled_make_contact(world_with):
    pending = a_row(home=4, flags=FEMALE | PENDING)
    assert month_of(pending, world_with(switch=1.0), 0.0)[1] == NOTHING
    assert month_of(a_row(), world_with(contact=1.0), 0.0)[1] == NOTHING


# --- arrivals ----------------------------------------------------------------------------------------------------------


def test_an_immigrant_registers_at_once_or_waits(world_with):
    world = world_with()
    now = Row(*arrive(5, MONTH - 300, True, 3, False, True, 17, world))
    assert now.practice in (0, 1, 2)
    assert (now.home, now.recorded, now.cause, now.previous, now.flags) == (3, 3, ARRIVED, NONE, FEMALE)
    later = Row(*arrive(5, MONTH - 300, False, 3, True, False, 17, world))
    assert (later.practice, later.cause, later.flags, later.need) == (NONE, ARRIVED, SHORT_TERM, 17)


def test_uncounted_residents_behave_fully(world_with):
    row = a_row(flags=with_presence(FEMALE, UNCOUNTED))
    for hazard, expected in (("death", DEATH), ("emigrate", EMIGRATION), ("birth", BIRTH), ("switch", REGISTRATION)):
        assert month_of(row, world_with(**{hazard: 1.0}))[1] == expected
