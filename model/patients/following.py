"""Children who live as their mothers do: born where she lives, and taken along when her month changes that.

Written once; both engines call these functions.
"""

from __future__ import annotations

import numpy as np

from model.patients.columns import (
    BORN,
    DIED,
    DUPLICATE,
    EMIGRATED,
    FEMALE,
    FOLLOWED,
    FOLLOWS,
    GONE,
    JOINED_DIGITAL,
    LEFT,
    NONE,
    OUT_OF_AREA,
    PENDING,
    SHORT_TERM,
    Row,
    lives_here,
    presence_of,
)  # fmt: skip
from model.patients.compiled import scalar
from model.patients.draws import Purpose, uniforms
from model.patients.happenings import (
    ADDRESS_TOLD,
    DEATH,
    EMIGRATION,
    MOVE_ACROSS,
    MOVE_WITHIN,
    NOTHING,
    REGISTRATION,
)
from model.patients.states import become_ghost, leave_list

_NEWBORN = int(Purpose.NEWBORN)


@scalar
def be_born(patient, mother_row, mother, world):
    """A newborn: in the mother's area, on the mother's list, following the mother."""
    u, v, w, _ = uniforms(world.seed, patient, world.month, _NEWBORN, 0)
    flags = mother.flags & (PENDING | OUT_OF_AREA | SHORT_TERM)
    if w < world.rates.children_follow:
        flags |= FOLLOWS
    if u < world.rates.female_at_birth:
        flags |= FEMALE
    return Row(
        world.month, world.month, mother.practice, NONE, mother.home, mother.recorded, flags, int(v * 256.0), BORN,
        mother_row,
    )  # fmt: skip


@scalar
def changes_family(happened):
    """Whether dependants are concerned: the mother died, left, moved, registered elsewhere or told her new address."""
    return happened in (DEATH, EMIGRATION, MOVE_ACROSS, MOVE_WITHIN, REGISTRATION, ADDRESS_TOLD)


@scalar
def follow(row, mother, month):
    """The month of a child whose mother's changed: (state after, what happened). Re-registers when she did.

    Unless she joined a digital provider: then a child on a list stays there, and its practice learns the new address.

    A child whose mother dies stays and from now on lives by its own draws. One that leaves with her is taken off its
    list if she was, and may come back if she may.
    """
    there = presence_of(mother.flags)
    if there == DUPLICATE or (there == GONE and mother.cause == DIED):
        alone = row.flags & ~FOLLOWS
        return Row(
            row.born, row.since, row.practice, row.previous, row.home, row.recorded, alone, row.need, row.cause,
            row.mother,
        ), NOTHING  # fmt: skip
    if not lives_here(mother.flags):
        untold = PENDING if there == EMIGRATED else mother.flags & PENDING if there == GONE else 0
        if row.practice == NONE or (there == GONE and not untold):
            return leave_list(row, untold, np.int64(LEFT), month), EMIGRATION
        return become_ghost(row, np.int64(EMIGRATED if there == GONE else there)), EMIGRATION
    home = mother.home
    joined = mother.since == month and mother.practice != NONE and mother.practice != row.practice
    if joined and (mother.cause != JOINED_DIGITAL or row.practice == NONE):
        flags = (row.flags & ~(PENDING | OUT_OF_AREA)) | (mother.flags & OUT_OF_AREA)
        return (
            Row(
                row.born, month, mother.practice, row.practice, home, home, flags, row.need, FOLLOWED, row.mother
            ),
            REGISTRATION,
        )  # fmt: skip
    flags, recorded = row.flags, row.recorded
    if row.practice == NONE:
        recorded = home
    elif not mother.flags & PENDING:
        recorded = home
        flags &= ~PENDING
    else:
        flags = (flags & ~PENDING) | (PENDING if home != recorded else 0)
    happened = MOVE_WITHIN if home != row.home else ADDRESS_TOLD
    return (
        Row(row.born, row.since, row.practice, row.previous, home, recorded, flags, row.need, row.cause, row.mother),
        happened,
    )
