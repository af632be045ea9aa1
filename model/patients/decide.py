"""What one patient does in a month. Written once; both engines call these functions.

The unit interval is divided among the things that may happen, those no policy touches first: a patient who dies, leaves
or moves under one policy does so under every other with the same seed. Everything is decided on the state of the
world at the start of the month.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.patients.choose import MOVER, NEWCOMER, SWITCHER, Options
from model.patients.columns import (
    ARRIVED,
    DIED,
    DISPLACED,
    DUPLICATE,
    EMIGRATED,
    FEMALE,
    FIRST,
    FOLLOWS,
    GONE,
    IN_ERROR,
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
    Row,
    lives_here,
    presence_of,
    with_presence,
)  # fmt: skip
from model.patients.compiled import inner, scalar
from model.patients.digital import Digital, leaving_digital, provider_of, temptation, tempted_at_most
from model.patients.happenings import (
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
from model.patients.moves import Moves, destination_of
from model.patients.rates import ADULT_MONTHS, MIGRATION_BAND, Rates, age_in_years
from model.patients.registering import join_digital, leave_digital, register
from model.patients.states import at_addresses, become_ghost, leave_list, lose_practice, strike_off

_A_LITTLE_MORE = 1.0 + 1e-9


class World(NamedTuple):
    """All a patient's decision may look at."""

    seed: int
    month: int
    """Months since January 1970."""
    rates: Rates
    moves: Moves
    options: Options
    digital: Digital
    decile: np.ndarray
    """uint8[A]: deprivation decile, 1 = most deprived."""
    authority: np.ndarray
    """int32[A]."""


@scalar
def decide(patient, row, u, v, world):
    """The month of one patient: (state after, what happened).

    Each hazard takes a part of the unit interval next to the one before; ``edge`` is where the parts given out so far end,
    and what happens is whatever part ``u`` falls into.

    Args:
        patient: row number, the key of every draw.
        row: state at the start of the month.
        u: the month's event draw, uniform.
        v: another uniform, for what the event needs.
        world: rates, destinations, options.
    """
    if not lives_here(row.flags):
        return absent_month(row, u, world)
    rates = world.rates
    months = world.month - row.born
    age = age_in_years(months)
    place = world.authority[row.home]
    sex = row.flags & FEMALE

    edge = rates.death[sex, age, world.decile[row.home] - 1] * rates.death_level[place]
    if u < edge:
        return die(row, v, world)
    if row.flags & FOLLOWS and months < ADULT_MONTHS:
        return row, NOTHING
    leaving = rates.emigrate[age] * rates.emigrate_level[place]
    if row.flags & SHORT_TERM:
        leaving += rates.short_term_leaves
    edge += leaving
    if u < edge:
        return emigrate(row, v, world)
    across = edge + rates.move[age] * rates.across_level[place]
    edge = across + rates.move[age] * rates.within_level[place]
    if u < edge:
        return move(patient, row, age, u < across, world)
    if sex:
        edge += rates.birth[age] * rates.birth_level[place]
        if u < edge:
            return row, BIRTH
    kind = SWITCHER
    cause = SWITCHED
    provider = provider_of(row.practice, world.digital)
    if row.practice == NONE:
        kind = NEWCOMER
        cause = DISPLACED if row.flags & PENDING else FIRST
        edge += rates.seek if row.flags & PENDING else rates.first[0]
    elif row.flags & PENDING:
        kind = MOVER
        cause = MOVED
        edge += rates.contact[sex, age]
    elif provider >= 0 and row.flags & OUT_OF_AREA:
        edge += leaving_digital(row, world.month, provider, world.digital)
        if u < edge:
            return leave_digital(patient, row, age, v, world)
    else:
        edge += rates.switch[row.practice]
    if u < edge:
        return register(patient, row, age, kind, cause, world)
    # The exact temptation takes two more draws: worked out only for whom its bound leaves something to decide.
    if provider < 0 and u < edge + tempted_at_most(age, row.home, world.digital) + rates.in_error[age]:
        edge += temptation(patient, row, age, world.seed, world.options, world.digital)
        if u < edge:
            return join_digital(patient, row, age, v, world), REGISTRATION
    if row.practice != NONE and u < edge + rates.in_error[age]:
        return lose_practice(row, np.int64(IN_ERROR), world.month), REGISTRATION
    return row, NOTHING


@scalar
def hazard_at_most(born, practice, home, flags, world):
    """A bound on the sum of hazards :func:`decide` would go through, from less of the row and without further draws.

    Whoever draws more than this is left alone by the month. A little is added, since sums of the same numbers in
    another order may differ in their last digit; a ghost's hazards are bounded by its class, and 1 is given here.
    ``born``, ``practice``, ``home`` and ``flags`` are as in :class:`Row`.
    """
    if not lives_here(flags):
        return 1.0
    rates = world.rates
    months = world.month - born
    age = age_in_years(months)
    place = world.authority[home]
    sex = flags & FEMALE
    most = rates.death[sex, age, world.decile[home] - 1] * rates.death_level[place]
    if flags & FOLLOWS and months < ADULT_MONTHS:
        return most * _A_LITTLE_MORE
    most += rates.emigrate[age] * rates.emigrate_level[place]
    most += rates.move[age] * (rates.across_level[place] + rates.within_level[place])
    if flags & SHORT_TERM:
        most += rates.short_term_leaves
    if sex:
        most += rates.birth[age] * rates.birth_level[place]
    if practice == NONE:
        most += rates.seek if flags & PENDING else rates.first[0]
    elif flags & PENDING:
        most += rates.contact[sex, age]
    else:
        most += rates.switch[practice]
        provider = provider_of(practice, world.digital)
        if provider >= 0:
            most += max(world.digital.leaves_early[provider], world.digital.leaves_later[provider])
    return (most + tempted_at_most(age, home, world.digital) + rates.in_error[age]) * _A_LITTLE_MORE


@inner
def die(row, v, world):
    """Dies; a few deaths are never reported to the list."""
    if row.practice != NONE and v < world.rates.deaths_unrecorded:
        return become_ghost(row, np.int64(DUPLICATE)), DEATH
    return leave_list(row, np.int64(0), np.int64(DIED), world.month), DEATH


@inner
def emigrate(row, v, world):
    """Leaves the country; most do not tell the practice and stay on its list as ghosts.

    Whether somebody may come back must not hang on being on a list, or policy would change who lives here.
    """
    short = row.flags & SHORT_TERM
    told = world.rates.short_term_deregistered if short else world.rates.emigrants_deregistered
    if v < told:
        return leave_list(row, np.int64(0), np.int64(LEFT), world.month), EMIGRATION
    if row.practice == NONE:
        return leave_list(row, np.int64(0 if short else PENDING), np.int64(LEFT), world.month), EMIGRATION
    return become_ghost(row, np.int64(SHORT_TERM_GONE if short else EMIGRATED)), EMIGRATION


@inner
def move(patient, row, age, across, world):
    """Moves house; somebody on a list now has an old recorded address until the next contact."""
    home = destination_of(world.seed, patient, world.month, row.home, MIGRATION_BAND[age], across, world.moves)
    if row.practice == NONE:
        moved = Row(row.born, row.since, NONE, row.previous, home, home, row.flags, row.need, row.cause, row.mother)
    else:
        moved = at_addresses(row, home, row.recorded)
    return moved, MOVE_ACROSS if across else MOVE_WITHIN


@inner
def absent_month(row, u, world):
    """The month of a ghost: found and removed by list cleaning, or, if emigrated, comes back; also after cleaning."""
    presence = presence_of(row.flags)
    gone = presence == GONE
    if u < world.rates.returning and (presence == EMIGRATED or (gone and row.flags & PENDING)):
        recorded = row.home if row.practice == NONE else row.recorded
        flags = with_presence(row.flags & ~PENDING, PRESENT) | (PENDING if row.home != recorded else 0)
        back = Row(
            row.born, row.since, row.practice, row.previous, row.home, recorded, flags, row.need, RETURNED, row.mother
        )
        return back, RETURN
    edge = world.rates.returning + world.rates.clean[age_in_years(world.month - row.born)]
    if not gone and world.rates.returning <= u < edge:
        return strike_off(row, world.month), CLEANING
    return row, NOTHING


@scalar
def arrive(patient, born, female, home, short_term, registers, need, world):
    """An immigrant's state: arrives in an area, and registers at once or stays on no list for now.

    Args:
        patient: row number to be, the key of every draw.
        born: month number.
        female: whether she is one.
        home: area.
        short_term: whether it is for months only.
        registers: whether at once.
        need: as in :class:`Row`.
        world: options.
    """
    flags = (FEMALE if female else 0) | (SHORT_TERM if short_term else 0)
    row = Row(born, world.month, NONE, NONE, home, home, flags, need, ARRIVED, NOBODY)
    if registers:
        age = age_in_years(world.month - born)
        row, _ = register(patient, row, age, np.int64(NEWCOMER), np.int64(ARRIVED), world)
    return row
