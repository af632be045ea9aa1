"""States a patient can be put in: pure functions of the state before, written once and used by every behaviour."""

from __future__ import annotations

import numpy as np

from model.patients.columns import (
    CLEANED,
    EMIGRATED,
    FOLLOWS,
    GONE,
    NONE,
    OUT_OF_AREA,
    PENDING,
    SHORT_TERM,
    Row,
    presence_of,
    with_presence,
)  # fmt: skip
from model.patients.compiled import inner


@inner
def leave_list(row, untold, cause, month):
    """State of somebody off every list: away for good, or, where ``untold`` is PENDING, until a return."""
    flags = with_presence(row.flags & ~(PENDING | OUT_OF_AREA | FOLLOWS | SHORT_TERM), GONE) | untold
    left = row.practice if row.practice != NONE else row.previous
    return Row(row.born, month, NONE, left, row.home, row.recorded, flags, row.need, cause, row.mother)


@inner
def become_ghost(row, presence):
    """State of somebody who is still on a list but not there.

    The register knows only the recorded address; where the ghost lived is kept, so that an emigrant comes back there
    whatever policy did to the register.
    """
    flags = with_presence(row.flags & ~(PENDING | FOLLOWS | SHORT_TERM), presence)
    return Row(
        row.born,
        row.since,
        row.practice,
        row.previous,
        row.home,
        row.recorded,
        flags,
        row.need,
        row.cause,
        row.mother,
    )


@inner
def strike_off(row, month):
    """State of a ghost taken off the list."""
    return leave_list(row, np.int64(PENDING if presence_of(row.flags) == EMIGRATED else 0), np.int64(CLEANED), month)


@inner
def at_addresses(row, home, recorded):
    """State of somebody who lives in ``home`` with another area, or the same, on the register: pending if they differ."""
    flags = row.flags & ~PENDING
    if home != recorded:
        flags |= PENDING
    return Row(row.born, row.since, row.practice, row.previous, home, recorded, flags, row.need, row.cause, row.mother)


@inner
def at_practice(row, practice, beyond, cause, month):
    """State of somebody newly registered with a practice, at the present address."""
    flags = (row.flags & ~(PENDING | OUT_OF_AREA)) | (OUT_OF_AREA if beyond else 0)
    return Row(row.born, month, practice, row.practice, row.home, row.home, flags, row.need, cause, row.mother)


@inner
def keeping_practice(row, beyond, cause):
    """State of somebody who stays with the practice and has told it the present address."""
    flags = (row.flags & ~(PENDING | OUT_OF_AREA)) | (OUT_OF_AREA if beyond else 0)
    return Row(row.born, row.since, row.practice, row.previous, row.home, row.home, flags, row.need, cause, row.mother)


@inner
def lose_practice(row, cause, month):
    """State of a resident who has lost a practice and looks for another."""
    flags = (row.flags & ~OUT_OF_AREA) | PENDING
    return Row(row.born, month, NONE, row.practice, row.home, row.home, flags, row.need, cause, row.mother)


@inner
def on_list_of(row, practice, cause):
    """State of somebody whose list was taken over by another practice: nothing else changes."""
    return Row(
        row.born, row.since, practice, row.previous, row.home, row.recorded, row.flags, row.need, cause, row.mother
    )
