"""The month of all patients: the patient's own functions, looped over the columns in parallel.

Nearly nothing happens to nearly everybody, so a coarse test comes first: 16 random bits a patient against a bound for
its age and class. The few that pass get their exact draw, whose top bits are those same 16.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.patients.arrivals import immigrant
from model.patients.columns import FOLLOWS, NONE, lives_here, read_row, write_changes, write_row
from model.patients.compiled import inner, scalar, strip
from model.patients.decide import arrive, decide, hazard_at_most
from model.patients.draws import LANES, TWO_32, TWO_48, philox
from model.patients.following import be_born, changes_family, follow
from model.patients.happenings import BIRTH, IMMIGRATION, NOTHING
from model.patients.rates import ADULT_MONTHS, BINS
from model.patients.tally import CHUNK, record, record_new

EXACT = 1
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


@scalar
def draw_lanes(seed, first, count, month, lanes):
    """16-bit coarse draws of ``count`` patients from row ``first`` (a multiple of 8) into lanes uint32[count / 2]."""
    k0 = np.uint32(np.uint64(seed) & _LOW)
    k1 = np.uint32(np.uint64(seed) >> _SHIFT)
    start = np.uint32(first // 8)
    for b in range((count + 7) // 8):
        a, b_, c, d = philox(np.uint32(start + np.uint32(b)), np.uint32(month), np.uint32(LANES), np.uint32(0), k0, k1)
        lanes[4 * b] = a
        lanes[4 * b + 1] = b_
        lanes[4 * b + 2] = c
        lanes[4 * b + 3] = d


@scalar
def coarse_test(lanes, born, practice, flags, month, bounds, passed):
    """Which patients' coarse draws do not lie above the bound of their age and class, into passed uint8[n].

    Arguments are slices of one chunk: indexing whole columns here would stop the compiler from vectorising.
    """
    for r in range(len(born)):
        months = np.int32(month) - np.int32(born[r])
        age_bin = min(max(months >> 3, 0), BINS - 1)
        key = (np.int32(flags[r]) >> 1) | (np.int32(practice[r] != NONE) << 7)
        passed[r] = lanes[r] <= bounds[(key << 8) | age_bin]


class Scratch(NamedTuple):
    """A thread's own working memory for one chunk, and the same memory seen as other numbers."""

    drawn: np.ndarray
    """uint32[CHUNK / 2]."""
    lanes: np.ndarray
    """The same as uint16[CHUNK]: a coarse draw a patient."""
    passed: np.ndarray
    """uint8[CHUNK]."""
    eights: np.ndarray
    """The same as uint64[CHUNK / 8]."""
    few: np.ndarray
    """int32[CHUNK + 8]: the few to whom something may happen, ascending."""
    exact: np.ndarray
    """uint32[2, CHUNK]: their exact draws."""
    touched: np.ndarray
    """int64[1]: keeps the compiler from leaving out reads made only to warm the cache."""


def make_scratch() -> Scratch:
    """Working memory for a thread."""
    drawn, passed = np.empty(CHUNK // 2, np.uint32), np.zeros(CHUNK, np.uint8)
    few, exact = np.empty(CHUNK + 8, np.int32), np.empty((2, CHUNK), np.uint32)
    return Scratch(drawn, drawn.view(np.uint16), passed, passed.view(np.uint64), few, exact, np.zeros(1, np.int64))


@strip
def decide_strip(columns, first, last, world, ground, tally, thread, scratch, bounds, family, births, births_by_chunk):
    """The month of rows first to last, chunk by chunk.

    Marks mothers whose dependants follow, and mothers who gave birth, one bit a row; counts births by chunk.
    """
    for start in range(first, last, CHUNK):
        few = choose_few(columns, start, min(last - start, CHUNK), world, scratch, bounds)
        draw_exactly(world.seed, start, few, world.month, scratch)
        born = 0
        for k in range(few):
            r = scratch.few[k]
            patient = start + r
            u = (np.float64(scratch.lanes[r]) * 4294967296.0 + np.float64(scratch.exact[0, k])) * TWO_48
            v = scratch.exact[1, k] * TWO_32
            before = read_row(columns, patient)
            after, happened = decide(patient, before, u, v, world)
            bit = np.uint8(1 << (r & 7))
            if happened == BIRTH:
                births[patient >> 3] |= bit
                born += 1
            elif happened != NOTHING:
                record(tally, thread, before, after, happened, ground)
                write_changes(columns, patient, after)
                if changes_family(happened):
                    family[patient >> 3] |= bit
        births_by_chunk[start // CHUNK] = born


@inner
def draw_exactly(seed, start, few, month, scratch):
    """Draws of the first ``few`` of those listed: together, several at a time in the processor's wide registers."""
    low, v = scratch.exact[0], scratch.exact[1]
    k0 = np.uint32(np.uint64(seed) & _LOW)
    k1 = np.uint32(np.uint64(seed) >> _SHIFT)
    for k in range(few):
        patient = np.uint32(start + scratch.few[k])
        low[k], v[k], _, _ = philox(patient, np.uint32(month), np.uint32(EXACT), np.uint32(0), k0, k1)


@inner
def choose_few(columns, start, count, world, scratch, bounds):
    """List the few of ``count`` rows from ``start`` to whom something may happen, and read their rows: how many.

    Those whose coarse draw lies under the bound of their age and class are asked for their home, the only other thing
    hazards hang on, and stay if it also lies under the bound of somebody who lives there: six in ten do. Reading first
    and deciding afterwards lets the reads overlap in memory, and the decisions then find the rows in cache.
    """
    draw_lanes(world.seed, start, count, world.month, scratch.drawn)
    stop = start + count
    coarse_test(
        scratch.lanes,
        columns.born[start:stop],
        columns.practice[start:stop],
        columns.flags[start:stop],
        world.month,
        bounds,
        scratch.passed,
    )
    for r in range(count, (count + 7) // 8 * 8):
        scratch.passed[r] = 0
    few = scratch.few
    passed = 0
    total = np.int64(0)
    for e in range((count + 7) // 8):
        if scratch.eights[e] == 0:
            continue
        for r in range(8 * e, 8 * e + 8):
            few[passed] = r
            passed += scratch.passed[r]
    for k in range(passed):
        total += np.int64(columns.home[start + few[k]])
    stay = 0
    for k in range(passed):
        r = few[k]
        i = start + r
        most = hazard_at_most(
            np.int64(columns.born[i]),
            np.int64(columns.practice[i]),
            np.int64(columns.home[i]),
            np.int64(columns.flags[i]),
            world,
        )
        few[stay] = r
        stay += np.float64(scratch.lanes[r]) <= most * 65536.0
    for k in range(stay):
        i = start + few[k]
        total += np.int64(columns.recorded[i]) + np.int64(columns.since[i]) + np.int64(columns.previous[i])
        total += np.int64(columns.need[i]) + np.int64(columns.cause[i])
    scratch.touched[0] = total
    return stay


@strip
def follow_listed_strip(columns, first, last, month, ground, tally, thread, family, child, mother):
    """Listed children first to last follow where their mother moved, left, registered elsewhere or told her address."""
    for k in range(first, last):
        if (family[mother[k] >> 3] >> (mother[k] & 7)) & 1:
            follow_mother(columns, np.int64(child[k]), month, ground, tally, thread)


@strip
def follow_strip(columns, first, last, month, ground, tally, thread, family):
    """The same for children among rows first to last."""
    for i in range(first, last):
        if columns.flags[i] & FOLLOWS:
            mother = np.int64(columns.mother[i])
            if (family[mother >> 3] >> (mother & 7)) & 1:
                follow_mother(columns, i, month, ground, tally, thread)


@inner
def follow_mother(columns, i, month, ground, tally, thread):
    """The child in row i goes where its mother went, if it lives here and is still a child."""
    before = read_row(columns, i)
    if before.flags & FOLLOWS and lives_here(before.flags) and month - before.born < ADULT_MONTHS:
        after, happened = follow(before, read_row(columns, before.mother), month)
        record(tally, thread, before, after, happened, ground)
        write_changes(columns, i, after)


@strip
def bear_strip(columns, first, last, child, world, ground, tally, thread, births):
    """Newborns of mothers among rows first to last, written from row ``child`` on in the order of their mothers."""
    for e in range(first >> 3, (last + 7) >> 3):
        bits = births[e]
        if bits == 0:
            continue
        for k in range(8):
            if (bits >> k) & 1:
                mother = 8 * e + k
                row = be_born(child, mother, read_row(columns, mother), world)
                record_new(tally, thread, row, np.int64(BIRTH), ground)
                write_row(columns, child, row)
                child += 1


@strip
def admit_strip(columns, first, last, rows, world, ground, tally, thread, arrivals, going_to):
    """Immigrants first to last, to rows from ``rows`` on; ``going_to`` int32[n] is the authority of each."""
    for k in range(first, last):
        patient = rows + k
        born, female, home, short, registers, need = immigrant(
            world.seed, patient, world.month, going_to[k], arrivals, world.moves
        )
        row = arrive(patient, born, female, home, short, registers, need, world)
        record_new(tally, thread, row, np.int64(IMMIGRATION), ground)
        write_row(columns, patient, row)
