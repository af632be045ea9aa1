"""The children who follow their mothers, listed with them, so that the month need not look for them among everybody.

Each month a few mothers in a hundred move, leave or register elsewhere, and their children follow. Asking every row
whether it is such a child reads a quarter of all state to find one in five, in no order the processor could predict. Who
follows whom changes slowly, so it is listed once a year: the month then reads the mothers alone, 4 bytes a child.
The list may hold children who no longer follow (a year older, gone, on their own), for the state of the row decides;
children born since sit behind the listed rows and are looked for there. So results do not hang on when it was made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.patients.columns import FOLLOWS, Columns
from model.patients.compiled import strip
from model.patients.rates import ADULT_MONTHS
from model.patients.tally import CHUNK
from model.patients.threads import in_strips

LISTED_FOR = 12
"""Months after which the list is made anew."""


@dataclass(frozen=True)
class Dependants:
    """Children among the first rows of the columns."""

    columns: Columns
    """The columns they were found in; others, larger or restored, make a new list necessary."""
    rows: int
    """Rows that were looked at."""
    month: int
    """Month number when they were."""
    child: np.ndarray
    """uint32[n]: rows of children who follow, ascending."""
    mother: np.ndarray
    """uint32[n]: rows of their mothers."""

    def holds(self, columns: Columns, rows: int, month: int) -> bool:
        """Whether the list is still good for these columns in a month."""
        return self.columns is columns and self.rows <= rows and self.month <= month < self.month + LISTED_FOR


def list_dependants(columns: Columns, rows: int, month: int, threads: int) -> Dependants:
    """List the children who follow their mothers in a month."""
    number = np.zeros(-(-rows // CHUNK), np.int64)

    def count_some(first: int, last: int, _thread: int) -> None:
        count_dependants_strip(columns, first, last, month, number)

    in_strips(rows, threads, count_some, CHUNK)
    start = np.concatenate([[0], np.cumsum(number)])
    child, mother = np.empty(start[-1], np.uint32), np.empty(start[-1], np.uint32)

    def list_some(first: int, last: int, _thread: int) -> None:
        list_dependants_strip(columns, first, last, month, start, child, mother)

    in_strips(rows, threads, list_some, CHUNK)
    return Dependants(columns, rows, month, child, mother)


@strip
def count_dependants_strip(columns, first, last, month, number):
    """Children who follow among rows first to last, into number int64[chunks]."""
    for start in range(first, last, CHUNK):
        stop = min(start + CHUNK, last)
        flags, born = columns.flags[start:stop], columns.born[start:stop]
        found = 0
        for r in range(stop - start):
            found += (flags[r] & FOLLOWS != 0) & (np.int32(month) - np.int32(born[r]) < ADULT_MONTHS)
        number[start // CHUNK] = found


@strip
def list_dependants_strip(columns, first, last, month, start_of, child, mother):
    """List the children who follow among rows first to last, each chunk from its place int64[chunks] on."""
    for start in range(first, last, CHUNK):
        stop = min(start + CHUNK, last)
        at = start_of[start // CHUNK]
        for i in range(start, stop):
            if columns.flags[i] & FOLLOWS and np.int32(month) - np.int32(columns.born[i]) < ADULT_MONTHS:
                child[at] = i
                mother[at] = columns.mother[i]
                at += 1
