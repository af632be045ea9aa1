"""Changes made to patients by hand, one consistent row after another: registered elsewhere, moved, taken off the books."""

from __future__ import annotations

import numpy as np
from numba import njit

from model.patients.choose import candidate_position
from model.patients.columns import (
    CLEANED,
    FIRST,
    GONE,
    LEFT,
    NONE,
    OUT_OF_AREA,
    PENDING,
    SWITCHED,
    Row,
    lives_here,
    presence_of,
    read_row,
    write_row,
)  # fmt: skip
from model.patients.states import at_addresses, leave_list, strike_off


@njit(cache=True)
def registered_with(row, practice, month, options):
    """State of a patient put on a practice's list (NONE = taken off every list; a ghost is then gone).

    A resident tells the practice the present address; whether that lies beyond its boundary is flagged as in any
    registration. Of a ghost only the list changes.
    """
    if practice == row.practice:
        return row
    here = lives_here(row.flags)
    if practice == NONE:
        if not here:
            return strike_off(row, month)
        flags = row.flags & ~(PENDING | OUT_OF_AREA)
        return Row(
            row.born, month, NONE, row.practice, row.home, row.home, flags, row.need, CLEANED, row.mother
        )  # fmt: skip
    near = candidate_position(row.home, practice, options)
    beyond = near < 0 or options.beyond[row.home, near] != 0
    flags = (row.flags & ~(PENDING | OUT_OF_AREA)) | (OUT_OF_AREA if beyond and here else 0)
    cause = FIRST if row.practice == NONE else SWITCHED
    recorded = row.home if here else row.recorded
    return Row(row.born, month, practice, row.practice, row.home, recorded, flags, row.need, cause, row.mother)


@njit(cache=True)
def register_rows(columns, rows, practices, month, options):
    """Register each of the rows with its practice, as in :func:`registered_with`."""
    for i in range(len(rows)):
        row = rows[i]
        write_row(columns, row, registered_with(read_row(columns, row), practices[i], month, options))


@njit(cache=True)
def move_rows(columns, rows, homes):
    """Move residents to areas; those on a list have not told the practice, unless they are back at the address it has."""
    for i in range(len(rows)):
        row = read_row(columns, rows[i])
        write_row(columns, rows[i], at_addresses(row, homes[i], homes[i] if row.practice == NONE else row.recorded))


@njit(cache=True)
def record_addresses(columns, rows, areas):
    """Change the address on the register; a ghost is taken to be where the register says."""
    for i in range(len(rows)):
        row = read_row(columns, rows[i])
        write_row(columns, rows[i], at_addresses(row, row.home if lives_here(row.flags) else areas[i], areas[i]))


@njit(cache=True)
def take_off_books(columns, rows, month):
    """The rows' patients leave every list and the place for good."""
    for i in range(len(rows)):
        write_row(columns, rows[i], leave_list(read_row(columns, rows[i]), 0, LEFT, month))


BOOK_CHUNK = 1024
"""Rows between two running counts of patients on the books."""


@njit(cache=True)
def count_on_books(flags):
    """Patients on the books before every BOOK_CHUNK rows and in all, int64[chunks + 1]."""
    chunks = (len(flags) + BOOK_CHUNK - 1) // BOOK_CHUNK
    before = np.zeros(chunks + 1, np.int64)
    for c in range(chunks):
        found = 0
        for i in range(c * BOOK_CHUNK, min(len(flags), (c + 1) * BOOK_CHUNK)):
            found += presence_of(flags[i]) != GONE
        before[c + 1] = before[c] + found
    return before


@njit(cache=True)
def nth_on_books(flags, before, n):
    """Row of the n-th patient on the books (n from 0, below their number)."""
    chunk = np.searchsorted(before, n, side="right") - 1
    left = n - before[chunk]
    for i in range(chunk * BOOK_CHUNK, len(flags)):
        if presence_of(flags[i]) != GONE:
            if left == 0:
                return i
            left -= 1
    return -1
