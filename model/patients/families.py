"""Mothers of the under 18s, and the movers whose address on the register is old, at the start."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from model.patients.columns import (
    FEMALE, FOLLOWS, NOBODY, NONE, PENDING, SHORT_TERM, Row, lives_here, read_row, write_row,
)  # fmt: skip
from model.patients.decide import follow
from model.patients.draws import Purpose, uniforms
from model.patients.moves import destination_of
from model.patients.rates import ADULT_MONTHS, MIGRATION_BAND, age_in_years

_MOTHER = int(Purpose.MOTHER)
_PENDING = int(Purpose.PENDING)
YOUNGEST_MOTHER = 16
OLDEST_MOTHER = 64
"""Mothers of the under 18s are 16 to 63 now."""
TRIES = 4
"""Years of age either side of the drawn one in which a mother is looked for."""


def birth_age_cumulative(scenario) -> np.ndarray:
    """Running shares of births by mother's single year of age from ``fertility_from_age``, float64[n]."""
    rates = np.asarray(scenario.demography.fertility_rates, dtype=np.float64)
    return np.cumsum(rates) / max(rates.sum(), 1e-12)


@njit(cache=True, parallel=True)
def assign_mothers(columns, start, month, seed, birth_ages, from_age):
    """Give every resident under 18 a mother who lives in the same area, of the same practice where there is one.

    The age gap is drawn from births by mother's age; women within four years of it are looked through, the practice's
    own first. A child without any such woman in its area has no mother on record and lives by its own draws.
    ``start`` int64[A + 1] bounds the rows of each area.
    """
    for a in prange(len(start) - 1):
        women = np.zeros(OLDEST_MOTHER + 1, np.int64)
        for i in range(start[a], start[a + 1]):
            if columns.flags[i] & FEMALE and lives_here(np.int64(columns.flags[i])):
                age = age_in_years(month - np.int64(columns.born[i]))
                if YOUNGEST_MOTHER <= age < OLDEST_MOTHER:
                    women[age + 1] += 1
        women = np.cumsum(women)
        rows = np.empty(women[-1], np.int64)
        filled = np.zeros(OLDEST_MOTHER + 1, np.int64)
        for i in range(start[a], start[a + 1]):
            if columns.flags[i] & FEMALE and lives_here(np.int64(columns.flags[i])):
                age = age_in_years(month - np.int64(columns.born[i]))
                if YOUNGEST_MOTHER <= age < OLDEST_MOTHER:
                    rows[women[age] + filled[age]] = i
                    filled[age] += 1
        for i in range(start[a], start[a + 1]):
            months = month - np.int64(columns.born[i])
            if months >= ADULT_MONTHS or not lives_here(np.int64(columns.flags[i])):
                continue
            u, v, _, _ = uniforms(seed, i, 0, _MOTHER)
            gap = from_age
            while gap - from_age < len(birth_ages) - 1 and birth_ages[gap - from_age] <= u:
                gap += 1
            mother = find_mother(columns, rows, women, columns.practice[i], months // 12, gap, v)
            if mother >= 0:
                columns.mother[i] = mother
                columns.flags[i] |= FOLLOWS


@njit(cache=True)
def find_mother(columns, rows, women, practice, child_age, gap, v):
    """Row of a woman about ``gap`` years older than the child, of the practice where possible; -1 if there is none."""
    for same_practice in (True, False):
        for away in range(2 * TRIES + 1):
            step = (away + 1) // 2 if away % 2 else -(away // 2)
            age = child_age + gap + step
            if age - child_age < YOUNGEST_MOTHER - 2 or age < YOUNGEST_MOTHER or age >= OLDEST_MOTHER:
                continue
            low, high = women[age], women[age + 1]
            if low == high:
                continue
            if not same_practice:
                return rows[low + int(v * (high - low))]
            found = 0
            for k in range(low, high):
                if columns.practice[rows[k]] == practice:
                    found += 1
            if found:
                nth = int(v * found)
                for k in range(low, high):
                    if columns.practice[rows[k]] == practice:
                        if nth == 0:
                            return rows[k]
                        nth -= 1
    return np.int64(-1)


@njit(cache=True, parallel=True)
def start_movers(columns, rows, world, moved):
    """Put adults who have moved and not yet told the practice in their steady state, marking them in moved uint8[rows].

    The chance to be waiting is the time waited over the time between such moves: hazard of moving / (hazard of moving +
    hazard of contact). The recorded address, which the register fixes, stays; the home is drawn as for any mover.
    """
    for i in prange(rows):
        row = read_row(columns, i)
        months = world.month - row.born
        if not lives_here(row.flags) or row.practice == NONE or row.flags & SHORT_TERM:
            continue
        if row.flags & FOLLOWS and months < ADULT_MONTHS:
            continue
        age = age_in_years(months)
        rates = world.rates
        place = world.authority[row.home]
        across = rates.move[age] * rates.across_level[place]
        within = rates.move[age] * rates.within_level[place]
        contact = rates.contact[row.flags & FEMALE, age]
        u, v, _, _ = uniforms(world.seed, i, 0, _PENDING)
        if u * (across + within + contact) >= across + within:
            continue
        # Drawn before the first month, so that it shares no draw with a move of the run.
        home = destination_of(
            world.seed, i, -1, row.home, MIGRATION_BAND[age], v * (across + within) < across, world.moves
        )
        if home == row.home:
            continue
        write_row(
            columns, i,
            Row(row.born, row.since, row.practice, row.previous, home, row.recorded, row.flags | PENDING, row.need,
                row.cause, row.mother),
        )  # fmt: skip
        moved[i] = 1


@njit(cache=True, parallel=True)
def bring_children(columns, rows, month, moved):
    """Children of the initial movers live with them."""
    for i in prange(rows):
        if columns.flags[i] & FOLLOWS and columns.mother[i] != NOBODY and moved[columns.mother[i]]:
            row = read_row(columns, i)
            after, _ = follow(row, read_row(columns, np.int64(row.mother)), month + 1)
            write_row(columns, i, after)


