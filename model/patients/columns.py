"""The patients' state: one row a patient for life, in narrow columns; what each column and flag means.

Row number = patient. Rows are never sorted again and never reused, so a patient keeps its draws whatever policy does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.patients.compiled import inner, leaf, scalar

NOBODY = 0xFFFFFFFF
"""``mother`` of those who have none on record."""
NONE = 0xFFFF
"""``practice`` of those on no list; ``home`` of nowhere."""

FEMALE = 1
PRESENCE = 0b1110
PENDING = 16
"""Has moved and not told the practice: the recorded address is old. Of residents on no list: lost theirs and look for
another. Of those gone: left the country without telling anybody, and may come back."""
OUT_OF_AREA = 32
"""Registered from beyond the practice's boundary or with a digital provider, without home visits: set when registering."""
FOLLOWS = 64
"""While under 18, moves and registers with the mother."""
SHORT_TERM = 128
"""A migrant who leaves again within months."""

PRESENT, UNCOUNTED, EMIGRATED, SHORT_TERM_GONE, DUPLICATE, GONE = range(6)
"""Presence: lives here; lives here but missed by the census base; three classes of ghost; off every list and away."""
PRESENCE_NAMES = ("present", "uncounted", "emigrated", "short-term gone", "duplicate or dead", "gone")

CAUSES = (
    "initial", "born", "arrived", "first registration", "moved", "switched", "followed mother", "died", "emigrated",
    "cleaned", "kept after move", "returned", "displaced", "joined digital", "left digital", "back to old practice",
    "merged", "list split", "moved to home area", "removed in error",
)  # fmt: skip
"""Why a patient's registration last changed (or ended). Order is the code stored in ``cause``."""
(
    INITIAL, BORN, ARRIVED, FIRST, MOVED, SWITCHED, FOLLOWED, DIED, LEFT, CLEANED, KEPT, RETURNED, DISPLACED,
    JOINED_DIGITAL, LEFT_DIGITAL, BACK, MERGED, SPLIT, HOME_AREA, IN_ERROR,
) = range(20)  # fmt: skip

COLUMNS: dict[str, type] = {
    "born": np.int16,
    "since": np.int16,
    "practice": np.uint16,
    "previous": np.uint16,
    "home": np.uint16,
    "recorded": np.uint16,
    "flags": np.uint8,
    "need": np.uint8,
    "cause": np.uint8,
    "mother": np.uint32,
}
"""Months are counted from January 1970. 19 bytes a patient."""


class Columns(NamedTuple):
    """The columns of all patients, each [capacity]; the rows in use, which come first, are counted elsewhere."""

    born: np.ndarray
    """Month of birth, int16."""
    since: np.ndarray
    """Month of the present registration, int16."""
    practice: np.ndarray
    """Practice, uint16; NONE = on no list."""
    previous: np.ndarray
    """Practice before the present one, uint16."""
    home: np.ndarray
    """Area lived in, uint16."""
    recorded: np.ndarray
    """Area of the address on the register, uint16."""
    flags: np.ndarray
    """FEMALE, presence, PENDING, OUT_OF_AREA, FOLLOWS, SHORT_TERM, uint8."""
    need: np.ndarray
    """Health need as a percentile of the patient's age, 0-255 (255 = frailest), uint8."""
    cause: np.ndarray
    """Cause of the last change of registration, uint8."""
    mother: np.ndarray
    """Row of the mother, uint32; NOBODY = not on record."""


class Row(NamedTuple):
    """One patient's state as plain integers, in the order of :class:`Columns`."""

    born: int
    since: int
    practice: int
    previous: int
    home: int
    recorded: int
    flags: int
    need: int
    cause: int
    mother: int


def empty_columns(capacity: int) -> Columns:
    """Columns for ``capacity`` patients; pages are only touched when rows are written."""
    return Columns(*(np.empty(capacity, dtype) for dtype in COLUMNS.values()))


def grown(columns: Columns, rows: int, capacity: int) -> Columns:
    """Columns of a larger capacity with the first ``rows`` rows copied."""
    wider = empty_columns(capacity)
    for new, old in zip(wider, columns, strict=True):
        new[:rows] = old[:rows]
    return wider


@scalar
def read_row(columns, i):
    """The state of row i."""
    return Row(
        np.int64(columns.born[i]),
        np.int64(columns.since[i]),
        np.int64(columns.practice[i]),
        np.int64(columns.previous[i]),
        np.int64(columns.home[i]),
        np.int64(columns.recorded[i]),
        np.int64(columns.flags[i]),
        np.int64(columns.need[i]),
        np.int64(columns.cause[i]),
        np.int64(columns.mother[i]),
    )


@scalar
def write_row(columns, i, row):
    """Store the state of row i."""
    columns.born[i] = row.born
    columns.since[i] = row.since
    columns.practice[i] = row.practice
    columns.previous[i] = row.previous
    columns.home[i] = row.home
    columns.recorded[i] = row.recorded
    columns.flags[i] = row.flags
    columns.need[i] = row.need
    columns.cause[i] = row.cause
    columns.mother[i] = row.mother


@inner
def write_changes(columns, i, row):
    """Store what may have changed in row i: not birth, need and mother, whose memory would have to be written too."""
    columns.since[i] = row.since
    columns.practice[i] = row.practice
    columns.previous[i] = row.previous
    columns.home[i] = row.home
    columns.recorded[i] = row.recorded
    columns.flags[i] = row.flags
    columns.cause[i] = row.cause


@scalar
def presence_of(flags):
    """Presence code (PRESENT ... GONE) held in the flags."""
    return (flags & PRESENCE) >> 1


@leaf("int64(int64, int64)")
def with_presence(flags, presence):
    """Flags with another presence code."""
    return (flags & ~PRESENCE) | (presence << 1)


@scalar
def lives_here(flags):
    """Whether the flags are those of a resident (present or uncounted)."""
    return (flags & PRESENCE) <= (UNCOUNTED << 1)
