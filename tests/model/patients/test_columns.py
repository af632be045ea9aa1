"""The stored columns: their cost, that rows survive writing and growth, and what flags mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.patients.columns import (
    CAUSES,
    COLUMNS,
    DISPLACED,
    FEMALE,
    FOLLOWS,
    GONE,
    IN_ERROR,
    INITIAL,
    MERGED,
    NOBODY,
    NONE,
    OUT_OF_AREA,
    PENDING,
    PRESENCE,
    PRESENCE_NAMES,
    SHORT_TERM,
    UNCOUNTED,
    Columns,
    Row,
    empty_columns,
    grown,
    lives_here,
    presence_of,
    read_row,
    with_presence,
    write_row,
)

ROWS = st.builds(
    Row,
    **{name: st.integers(int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)) for name, dtype in COLUMNS.items()},
)


def test_a_patient_is_at_most_20_bytes():
    assert sum(np.dtype(dtype).itemsize for dtype in COLUMNS.values()) <= 20
    assert sum(column.itemsize for column in empty_columns(1)) <= 20


def test_names_of_columns_and_rows_agree():
    assert Columns._fields == Row._fields == tuple(COLUMNS)
    assert [column.dtype for column in empty_columns(3)] == [np.dtype(dtype) for dtype in COLUMNS.values()]


@settings(deadline=None)  # the first example may compile
@given(st.lists(ROWS, min_size=1, max_size=20), st.integers(0, 30))
def test_rows_read_back_as_written_also_after_growth(rows, more):
    columns = empty_columns(len(rows))
    for i, row in enumerate(rows):
        write_row(columns, i, row)
    assert [Row(*read_row(columns, i)) for i in range(len(rows))] == rows
    wider = grown(columns, len(rows), len(rows) + more)
    assert {len(column) for column in wider} == {len(rows) + more}
    assert [Row(*read_row(wider, i)) for i in range(len(rows))] == rows


def test_growth_leaves_out_rows_not_in_use():
    columns = empty_columns(4)
    for column in columns:
        column[:] = 1
    wider = grown(columns, 2, 4)
    for column in wider:
        column[2:] = 7
    assert [column.tolist() for column in wider] == [[1, 1, 7, 7]] * len(COLUMNS)
    assert all(column.tolist() == [1, 1, 1, 1] for column in columns)


def test_flags_use_every_bit_once():
    bits = [FEMALE, PRESENCE, PENDING, OUT_OF_AREA, FOLLOWS, SHORT_TERM]
    assert sum(bits) == 0xFF
    assert np.bitwise_or.reduce(bits) == 0xFF


@settings(deadline=None)  # the first example may compile
@given(st.integers(0, 255), st.sampled_from(range(len(PRESENCE_NAMES))))
def test_presence_is_kept_beside_the_other_flags(flags, presence):
    changed = with_presence(flags, presence)
    assert presence_of(changed) == presence
    assert changed & ~PRESENCE == flags & ~PRESENCE
    assert lives_here(changed) == (presence <= UNCOUNTED)


def test_names_of_codes():
    assert PRESENCE_NAMES[GONE] == "gone"
    assert CAUSES[INITIAL] == "initial"
    assert CAUSES[DISPLACED] == "displaced"
    assert CAUSES[MERGED] == "merged"
    assert CAUSES[IN_ERROR] == "removed in error"
    assert len(CAUSES) == len(set(CAUSES)) == IN_ERROR + 1


@pytest.mark.parametrize(("column", "marker"), [("practice", NONE), ("home", NONE), ("mother", NOBODY)])
def test_markers_of_nobody_are_the_last_number_a_column_holds(column, marker):
    assert marker == np.iinfo(COLUMNS[column]).max
