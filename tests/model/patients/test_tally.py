"""Counting one change at a time: what each kind of change adds and takes away."""

import numpy as np
import pytest

from model.patients.columns import (
    ARRIVED,
    BORN,
    CAUSES,
    CLEANED,
    EMIGRATED,
    FEMALE,
    FIRST,
    GONE,
    KEPT,
    LEFT,
    MOVED,
    NOBODY,
    NONE,
    OUT_OF_AREA,
    PENDING,
    SHORT_TERM,
    Row,
    with_presence,
)  # fmt: skip
from model.patients.happenings import (
    ADDRESS_TOLD,
    BIRTH,
    CLEANING,
    DEATH,
    EMIGRATION,
    IMMIGRATION,
    MOVE_ACROSS,
    MOVE_WITHIN,
    REGISTRATION,
    RETURN,
)  # fmt: skip
from model.patients.tally import COMPONENTS, Ground, empty_tally, home_cells, record, record_new

HOME = Row(500, 590, 0, NONE, 0, 0, FEMALE, 9, FIRST, NOBODY)
"""Lives in area 0 of commissioner and authority 0, on the list of practice 0 of commissioner 0."""


@pytest.fixture(scope="module")
def region(make_region):
    """Three areas: the third of another commissioner and authority; practices of each."""
    return make_region(
        [[0, 0], [1, 0], [2, 0]], [[0, 0], [2, 0]], area_commissioner=[0, 0, 1], practice_commissioner=[0, 1]
    )


@pytest.fixture
def books(region):
    """An empty tally of one thread, and what counts as whose."""
    cell, cells = home_cells(region)
    ground = Ground(
        cell,
        region.area_authority.astype(np.int32),
        region.practice_commissioner.astype(np.int32),
        np.full(len(region.practices), -1, np.int8),
    )
    return empty_tally(1, region, len(cells)), ground


def changed(books, before, after, happened):
    """Components, changes and stocks that a change left, as what is not zero."""
    tally, ground = books
    record(tally, 0, before, after, happened, ground)
    components = {
        (COMPONENTS[c], int(a)): int(tally.components[0, a, c])
        for a, c in zip(*tally.components[0].nonzero(), strict=True)
    }
    changes = {
        (CAUSES[k], int(i), int(j)): int(tally.changes[0, k, i, j])
        for k, i, j in zip(*tally.changes[0].nonzero(), strict=True)
    }
    stocks = {
        name: getattr(tally, name)[0].tolist()
        for name in ("lists", "ghosts", "out_of_area", "residents", "pending", "joiners", "true", "recorded")
        if getattr(tally, name).any()
    }
    return components, changes, stocks


def test_a_move_across_the_border_before_the_practice_hears(books):
    after = HOME._replace(home=2, flags=FEMALE | PENDING)
    components, changes, stocks = changed(books, HOME, after, MOVE_ACROSS)
    assert components == {("internal_out", 0): 1, ("internal_in", 1): 1}
    assert changes == {}
    assert stocks == {"residents": [-1, 0, 1], "pending": [1, 0], "true": [[-1, 0, 0], [1, 0, 0]]}


def test_a_move_inside(books):
    components, changes, stocks = changed(books, HOME, HOME._replace(home=1, flags=FEMALE | PENDING), MOVE_WITHIN)
    assert components == {("moves_within", 0): 1}
    assert changes == {}
    assert stocks == {"residents": [-1, 1, 0], "pending": [1, 0]}


def test_a_mover_who_registers_elsewhere(books):
    before = HOME._replace(home=2, flags=FEMALE | PENDING)
    after = HOME._replace(home=2, recorded=2, practice=1, previous=0, cause=MOVED, flags=FEMALE | OUT_OF_AREA)
    components, changes, stocks = changed(books, before, after, REGISTRATION)
    assert components == {}
    assert changes == {("moved", 0, 1): 1}
    assert stocks == {
        "lists": [-1, 1], "out_of_area": [0, 1], "pending": [-1, 0], "joiners": [0, 1],
        "true": [[0, 0, 0], [-1, 1, 0]], "recorded": [[-1, 0], [0, 1]],
    }  # fmt: skip


def test_a_mover_who_is_kept(books):
    before = HOME._replace(home=2, flags=FEMALE | PENDING)
    components, changes, stocks = changed(books, before, HOME._replace(home=2, recorded=2, cause=KEPT), ADDRESS_TOLD)
    assert (components, changes) == ({}, {})
    assert stocks == {"pending": [-1, 0], "recorded": [[-1, 0], [1, 0]]}


def test_a_child_found_elsewhere_than_thought_has_moved(books):
    """Registering with the mother where the child did not live before is a move as well."""
    after = HOME._replace(home=2, recorded=2, practice=1, cause=MOVED)
    components, changes, _ = changed(books, HOME, after, REGISTRATION)
    assert components == {("internal_out", 0): 1, ("internal_in", 1): 1}
    assert changes == {("moved", 0, 1): 1}


@pytest.mark.parametrize(
    ("flags", "component"), [(FEMALE, "international_out"), (FEMALE | SHORT_TERM, "short_term_out")]
)
def test_an_emigrant_who_stays_on_the_list(books, flags, component):
    ghost = HOME._replace(flags=with_presence(FEMALE, EMIGRATED))
    components, changes, stocks = changed(books, HOME._replace(flags=flags), ghost, EMIGRATION)
    assert components == {(component, 0): 1}
    assert changes == {}
    assert stocks == {"ghosts": [1, 0], "residents": [-1, 0, 0], "true": [[-1, 0, 0], [0, 0, 0]]}


def test_a_death_and_a_departure_that_are_told(books):
    gone = HOME._replace(practice=NONE, previous=0, cause=LEFT, flags=with_presence(FEMALE, GONE))
    components, changes, stocks = changed(books, HOME, gone, DEATH)
    assert components == {("deaths", 0): 1}
    assert changes == {("emigrated", 0, 2): 1}, "from commissioner 0 to no list"
    assert stocks == {
        "lists": [-1, 0], "residents": [-1, 0, 0], "true": [[-1, 0, 0], [0, 0, 0]], "recorded": [[-1, 0], [0, 0]]
    }  # fmt: skip


def test_cleaning_and_returning(books):
    ghost = HOME._replace(flags=with_presence(FEMALE, EMIGRATED))
    off = HOME._replace(practice=NONE, previous=0, cause=CLEANED, flags=with_presence(FEMALE | PENDING, GONE))
    components, changes, stocks = changed(books, ghost, off, CLEANING)
    assert components == {}
    assert changes == {("cleaned", 0, 2): 1}
    assert stocks == {"lists": [-1, 0], "ghosts": [-1, 0], "recorded": [[-1, 0], [0, 0]]}
    components, _, stocks = changed(books, off, HOME._replace(practice=NONE), RETURN)
    assert components == {("international_in", 0): 1}
    assert stocks["residents"] == [1, 0, 0]
    assert stocks["true"] == [[0, 0, 1], [0, 0, 0]]


@pytest.mark.parametrize(
    ("row", "happened", "component", "cause"),
    [
        (HOME._replace(cause=BORN, practice=1), BIRTH, "births", "born"),
        (HOME._replace(cause=ARRIVED, practice=1), IMMIGRATION, "international_in", "arrived"),
        (HOME._replace(cause=ARRIVED, practice=1, flags=SHORT_TERM), IMMIGRATION, "short_term_in", "arrived"),
    ],
)
def test_new_people_are_counted_once_and_join(books, row, happened, component, cause):
    tally, ground = books
    record_new(tally, 0, row, happened, ground)
    assert tally.components[0].sum() == tally.components[0, 0, COMPONENTS.index(component)] == 1
    assert tally.changes[0].sum() == tally.changes[0, CAUSES.index(cause), 2, 1] == 1
    assert tally.joiners[0].tolist() == [0, 1]
    assert tally.lists[0].tolist() == [0, 1]
    record_new(tally, 0, row._replace(practice=NONE), happened, ground)
    assert tally.changes[0].sum() == 1, "who is on no list has not registered"
    assert tally.true[0].tolist() == [[0, 1, 1], [0, 0, 0]]


def test_home_cells_are_distinct_combinations(town):
    cell, cells = home_cells(town)
    assert len(np.unique(cells, axis=0)) == len(cells)
    own = np.stack([town.area_commissioner, town.area_authority, town.area_system], axis=1)
    assert np.array_equal(cells[cell], own)
