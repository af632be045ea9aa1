"""What a year does to each list, as expected at the start: who leaves it, who is born into it, and who will choose where.

The rates of the month are read for a whole year and nothing is written: patients' hazards are added up, and a keyed draw
says who moves and where to, so that a place's movers are counted where they will choose. Lists can then be set so that
what the choice model brings them agrees with how they grow (:mod:`model.patients.momentum`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.patients.arrivals import Arrivals, immigrant, numbers_arriving
from model.patients.choose import OLDER_FROM, candidate_position, keep_weight
from model.patients.columns import FEMALE, FOLLOWS, NONE, PENDING, SHORT_TERM, Columns, lives_here, read_row
from model.patients.compiled import inner, strip
from model.patients.decide import World
from model.patients.draws import Purpose, uniforms
from model.patients.moves import destination_of
from model.patients.rates import ADULT_MONTHS, MIGRATION_BAND, age_in_years
from model.patients.tally import CHUNK
from model.patients.threads import in_strips, number_of_threads

YEAR = 12.0
_FLOWS = int(Purpose.FLOWS)
BEFORE = -12
"""Month of the draws: before the first, so that they share none with the run."""
ONE = 1048576.0
"""Flows are summed in whole numbers of this part of a patient: the same sum in any order, so on any threads."""


class YearlyFlows(NamedTuple):
    """Patients of an expected year. A areas, P practices."""

    born: np.ndarray
    """float64[P]: born onto the list."""
    left: np.ndarray
    """float64[P]: off the list by death, departure, cleaning or another choice."""
    undecided: np.ndarray
    """float64[P]: sum over movers of keeping x (1 - keeping): how much retention answers to utility."""
    choosing: np.ndarray
    """float64[A]: living there, who choose a practice other than one they have."""
    arriving: np.ndarray
    """float64[A]: on a list, who come to live there, are born there or register for the first time."""
    departing: np.ndarray
    """float64[A]: on a list, who stop living there."""


class _Sums(NamedTuple):
    """The same as integers, int64[threads, P or A]."""

    born: np.ndarray
    left: np.ndarray
    undecided: np.ndarray
    choosing: np.ndarray
    arriving: np.ndarray
    departing: np.ndarray


def yearly_flows(columns: Columns, rows: int, world: World, arrivals: Arrivals, immigrants: np.ndarray) -> YearlyFlows:
    """Flows of the year that begins now, by list and area.

    Args:
        columns: patients.
        rows: how many of them.
        world: rates, destinations and options, the running sums of choice included.
        arrivals: who immigrates.
        immigrants: expected in the year by authority, float64[L], short-term ones included.
    """
    threads = number_of_threads()
    areas, practices = len(world.authority), len(world.options.open)
    sums = _Sums(*(np.zeros((threads, n), np.int64) for n in (*[practices] * 3, *[areas] * 3)))
    in_strips(rows, threads, lambda a, b, thread: year_strip(columns, a, b, world, sums, thread), CHUNK)
    numbers = numbers_arriving(world.seed, BEFORE, immigrants)
    in_strips(len(numbers), threads, lambda a, b, thread: arriving_strip(a, b, numbers, world, arrivals, sums, thread))
    return YearlyFlows(*(part.sum(axis=0) / ONE for part in sums))


@strip
def year_strip(columns, first, last, world, sums, thread):
    """The expected year of rows first to last."""
    for i in range(first, last):
        expect(columns, i, world, sums, thread)


@inner
def expect(columns, i, world, sums, thread):
    """The expected year of row i. Children's moves and departures are their mother's, as in the month."""
    row = read_row(columns, i)
    rates = world.rates
    age = age_in_years(world.month - row.born)
    if not lives_here(row.flags):
        if row.practice != NONE:
            sums.left[thread, row.practice] += parts(min(YEAR * rates.clean[age], 1.0))
        return
    place = world.authority[row.home]
    follows = row.flags & FOLLOWS and world.month - row.born < ADULT_MONTHS
    decider = np.int64(row.mother) if follows else np.int64(i)
    deciding = age_in_years(world.month - np.int64(columns.born[decider])) if follows else age
    if row.practice == NONE:
        registers = parts(min(YEAR * (rates.seek if row.flags & PENDING else rates.first[0]), 1.0))
        sums.choosing[thread, row.home] += registers
        sums.arriving[thread, row.home] += registers
        return
    short = row.flags & SHORT_TERM
    leaving = rates.emigrate[deciding] * rates.emigrate_level[place] + (rates.short_term_leaves if short else 0.0)
    told = rates.short_term_deregistered if short else rates.emigrants_deregistered
    death = rates.death[row.flags & FEMALE, age, world.decile[row.home] - 1] * rates.death_level[place]
    lost = parts(min(YEAR * (death + leaving * told), 1.0))
    sums.left[thread, row.practice] += lost
    sums.departing[thread, row.home] += lost
    if not row.flags & PENDING:
        switches = parts(YEAR * rates.switch[row.practice])
        sums.left[thread, row.practice] += switches
        sums.choosing[thread, row.home] += switches
    if row.flags & FEMALE and not follows:
        born = parts(YEAR * rates.birth[age] * rates.birth_level[place])
        sums.born[thread, row.practice] += born
        sums.arriving[thread, row.home] += born
    across = YEAR * rates.move[deciding] * rates.across_level[place]
    within = YEAR * rates.move[deciding] * rates.within_level[place]
    u, _, _, _ = uniforms(world.seed, decider, BEFORE, _FLOWS, 0)
    if u < across + within:
        band = MIGRATION_BAND[deciding]
        home = destination_of(world.seed, decider, np.int64(BEFORE), row.home, band, u < across, world.moves)
        keeps = keeping(home, row.practice, 1 if age >= OLDER_FROM else 0, world.options)
        sums.left[thread, row.practice] += parts(1.0 - keeps)
        sums.undecided[thread, row.practice] += parts(keeps * (1.0 - keeps))
        sums.choosing[thread, home] += parts(1.0 - keeps)
        sums.departing[thread, row.home] += parts(1.0)
        sums.arriving[thread, home] += parts(1.0)


@inner
def keeping(home, practice, older, options):
    """Probability that a mover to ``home`` keeps the practice, those near work aside."""
    kept, _ = keep_weight(home, practice, older, options)
    sums = options.cumulative[older, home]
    others = np.float64(sums[len(sums) - 1])
    place = candidate_position(home, practice, options)
    if place >= 0:
        others -= np.float64(sums[place]) - (np.float64(sums[place - 1]) if place > 0 else 0.0)
    return kept / (kept + others) if kept + others > 0.0 else 1.0


@inner
def parts(patients):
    """Patients in whole parts of one."""
    return np.int64(patients * ONE)


@strip
def arriving_strip(first, last, numbers, world, arrivals, sums, thread):
    """The immigrants of a year to authorities first to last, of whom a share registers at once."""
    registers = parts(arrivals.registers)
    for authority in range(first, last):
        for k in range(numbers[authority]):
            patient = np.int64(authority) << 32 | np.int64(k)
            _, _, home, _, _, _ = immigrant(world.seed, patient, np.int64(BEFORE), authority, arrivals, world.moves)
            sums.choosing[thread, home] += registers
            sums.arriving[thread, home] += registers
