"""Mothers of the under 18s, and the movers whose address on the register is old, at the start."""

from __future__ import annotations

import numpy as np

from model.patients.columns import (
    FEMALE,
    FOLLOWS,
    NOBODY,
    NONE,
    PENDING,
    SHORT_TERM,
    lives_here,
    read_row,
    write_row,
)  # fmt: skip
from model.patients.compiled import inner, setup, strip
from model.patients.draws import Purpose, uniforms
from model.patients.following import follow
from model.patients.moves import destination_of
from model.patients.rates import ADULT_MONTHS, MIGRATION_BAND, age_in_years

_MOTHER = int(Purpose.MOTHER)
_PENDING = int(Purpose.PENDING)
YOUNGEST_MOTHER = 18
OLDEST_MOTHER = 64
"""Mothers of the under 18s are 18 to 63 now: nobody follows somebody who follows her own mother."""
LEAST_GAP = 14
"""Years between a mother and her child, at least."""
ALL_FLAGS = 0xFF
MOST_CHILDREN = 5
"""Under 18s a woman has at the start, at most, while others of her age have fewer."""
TRIES = 4
"""Years of age either side of the drawn one in which a mother is looked for."""


def birth_age_cumulative(scenario) -> np.ndarray:
    """Running shares of births by mother's single year of age from ``fertility_from_age``, float64[n]."""
    rates = np.asarray(scenario.demography.fertility_rates, dtype=np.float64)
    return np.cumsum(rates) / max(rates.sum(), 1e-12)


@setup
def mothers_strip(columns, first, last, start, month, seed, birth_ages, from_age, following):
    """Give residents under 18 of areas first to last, a share ``following`` of them, a mother in the area.

    An area's rows are those from its place in ``start``, int64[A + 1], to the next.
    """
    for a in range(first, last):
        mothers_of_area(columns, start[a], start[a + 1], month, seed, birth_ages, from_age, following)


@setup
def mothers_of_area(columns, first, last, month, seed, birth_ages, from_age, following):
    """Mothers for the children of rows first to last.

    The age gap is drawn from births by mother's age; women within four years of it are looked through, the practice's
    own first, those with many children last. A child without any such woman in its area has no mother on record and
    lives by its own draws.
    """
    upto = np.zeros(OLDEST_MOTHER + 1, np.int64)
    for i in range(first, last):
        age = mothering_age(columns, i, month)
        if age >= 0:
            upto[age + 1] += 1
    upto = np.cumsum(upto)
    rows = np.empty(upto[-1], np.int64)
    filled = np.zeros(OLDEST_MOTHER + 1, np.int64)
    children = np.zeros(last - first, np.uint8)
    for i in range(first, last):
        age = mothering_age(columns, i, month)
        if age >= 0:
            rows[upto[age] + filled[age]] = i
            filled[age] += 1
    for i in range(first, last):
        months = month - np.int64(columns.born[i])
        if months >= ADULT_MONTHS or not lives_here(np.int64(columns.flags[i])):
            continue
        u, v, w, _ = uniforms(seed, i, 0, _MOTHER, 0)
        if w >= following:
            continue
        gap = from_age
        while gap - from_age < len(birth_ages) - 1 and birth_ages[gap - from_age] <= u:
            gap += 1
        mother = find_mother(columns, rows, upto, children, first, columns.practice[i], months // 12, gap, v)
        if mother >= 0:
            children[mother - first] += 1
            columns.mother[i] = mother
            columns.flags[i] |= FOLLOWS
            # Families stay: otherwise their children would come on top of the stock of short-term migrants.
            columns.flags[mother] &= ALL_FLAGS - SHORT_TERM


@inner
def mothering_age(columns, i, month):
    """Age of row i if a resident woman who may be a child's mother, else -1."""
    flags = np.int64(columns.flags[i])
    if not flags & FEMALE or not lives_here(flags):
        return np.int64(-1)
    age = age_in_years(month - np.int64(columns.born[i]))
    return age if YOUNGEST_MOTHER <= age < OLDEST_MOTHER else np.int64(-1)


@inner
def find_mother(columns, rows, women, children, first, practice, child_age, gap, v):
    """Row of a woman about ``gap`` years older than the child; -1 if there is none in the area.

    Looked for among those with fewer than MOST_CHILDREN, first of the child's practice, then of any; then among all.
    """
    for choice in range(3):
        for away in range(2 * TRIES + 1):
            step = (away + 1) // 2 if away % 2 else -(away // 2)
            age = child_age + gap + step
            if age - child_age < LEAST_GAP or age < YOUNGEST_MOTHER or age >= OLDEST_MOTHER:
                continue
            found = 0
            for k in range(women[age], women[age + 1]):
                found += may_be_mother(columns, rows[k], children[rows[k] - first], practice, choice)
            if not found:
                continue
            nth = int(v * found)
            for k in range(women[age], women[age + 1]):
                if may_be_mother(columns, rows[k], children[rows[k] - first], practice, choice):
                    if nth == 0:
                        return rows[k]
                    nth -= 1
    return np.int64(-1)


@inner
def may_be_mother(columns, woman, children, practice, choice):
    """Whether a woman with so many children may have another: choice 0 of the practice, 1 of any, 2 however many."""
    if choice == 2:
        return True
    return children < MOST_CHILDREN and (choice == 1 or columns.practice[woman] == practice)


@strip
def movers_strip(columns, first, last, seed, month, rates, moves, authority, moved):
    """Put adults who have moved and not yet told the practice in their steady state, marking them in moved uint8[rows].

    The chance to be waiting is the time waited over the time between such moves: hazard of moving / (hazard of moving +
    hazard of contact). The recorded address, which the register fixes, stays; the home is drawn as for any mover.
    """
    for i in range(first, last):
        start_mover(columns, i, seed, month, rates, moves, authority, moved)


@inner
def start_mover(columns, i, seed, month, rates, moves, authority, moved):
    """Whether row i has moved and not told the practice, and where it lives if so."""
    row = read_row(columns, i)
    months = month - row.born
    if not lives_here(row.flags) or row.practice == NONE or row.flags & SHORT_TERM:
        return
    if row.flags & FOLLOWS and months < ADULT_MONTHS:
        return
    age = age_in_years(months)
    place = authority[row.home]
    across = rates.move[age] * rates.across_level[place]
    within = rates.move[age] * rates.within_level[place]
    contact = rates.contact[row.flags & FEMALE, age]
    u, v, _, _ = uniforms(seed, i, 0, _PENDING, 0)
    if u * (across + within + contact) >= across + within:
        return
    # Drawn before the first month, so that it shares no draw with a move of the run.
    home = destination_of(seed, i, np.int64(-1), row.home, MIGRATION_BAND[age], v * (across + within) < across, moves)
    if home == row.home:
        return
    columns.home[i] = home
    columns.flags[i] = row.flags | PENDING
    moved[i] = 1


@strip
def children_strip(columns, first, last, month, moved):
    """Children of the initial movers live with them."""
    for i in range(first, last):
        bring_child(columns, i, month, moved)


@inner
def bring_child(columns, i, month, moved):
    """Row i lives with its mother if it follows one who has moved."""
    if not columns.flags[i] & FOLLOWS or columns.mother[i] == NOBODY or not moved[columns.mother[i]]:
        return
    row = read_row(columns, i)
    after, _ = follow(row, read_row(columns, np.int64(row.mother)), month + 1)
    write_row(columns, i, after)
