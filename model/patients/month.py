"""The month of all patients: the patient's own functions, looped over the columns in parallel.

Nearly nothing happens to nearly everybody, so a coarse test comes first: 16 random bits a patient against a bound for
its age and class. The few that pass get their exact draw, whose top bits are those same 16.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.patients.arrivals import immigrant
from model.patients.columns import FOLLOWS, NONE, lives_here, read_row, write_row
from model.patients.compiled import inner, scalar, strip
from model.patients.decide import arrive, be_born, changes_family, decide, follow
from model.patients.draws import LANES, TWO_32, TWO_48, philox, words
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
    touched: np.ndarray
    """int64[1]: keeps the compiler from leaving out reads made only to warm the cache."""


def make_scratch() -> Scratch:
    """Working memory for a thread."""
    drawn, passed = np.empty(CHUNK // 2, np.uint32), np.zeros(CHUNK, np.uint8)
    return Scratch(drawn, drawn.view(np.uint16), passed, passed.view(np.uint64), np.zeros(1, np.int64))


@strip
def decide_strip(columns, first, last, world, ground, tally, thread, scratch, bounds, family, births, births_by_chunk):
    """The month of rows first to last, chunk by chunk.

    Marks mothers whose dependants follow, and mothers who gave birth, one bit a row; counts births by chunk.
    """
    for start in range(first, last, CHUNK):
        count = min(last - start, CHUNK)
        choose_few(columns, start, count, world, scratch, bounds)
        born = 0
        for e in range((count + 7) // 8):
            if scratch.eights[e] == 0:
                continue
            following = 0
            mothers = 0
            for r in range(8 * e, min(8 * e + 8, count)):
                if not scratch.passed[r]:
                    continue
                patient = start + r
                low, v, w, _ = words(world.seed, patient, world.month, EXACT, 0)
                u = (np.float64(scratch.lanes[r]) * 4294967296.0 + np.float64(low)) * TWO_48
                before = read_row(columns, patient)
                after, happened = decide(patient, before, u, v * TWO_32, w * TWO_32, world)
                if happened == BIRTH:
                    mothers |= 1 << (r & 7)
                    born += 1
                elif happened != NOTHING:
                    record(tally, thread, before, after, happened, ground)
                    write_row(columns, patient, after)
                    if changes_family(happened):
                        following |= 1 << (r & 7)
            family[(start >> 3) + e] = following
            births[(start >> 3) + e] = mothers
        births_by_chunk[start // CHUNK] = born


@inner
def choose_few(columns, start, count, world, scratch, bounds):
    """Mark the few of ``count`` rows from ``start`` whose coarse draw lies under their bound, and read their rows.

    The reads overlap in memory; the decisions then find the rows in cache.
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
    total = np.int64(0)
    for e in range((count + 7) // 8):
        if scratch.eights[e] == 0:
            continue
        for r in range(8 * e, min(8 * e + 8, count)):
            if scratch.passed[r]:
                i = start + r
                total += np.int64(columns.home[i]) + np.int64(columns.recorded[i]) + np.int64(columns.since[i])
                total += np.int64(columns.previous[i]) + np.int64(columns.need[i]) + np.int64(columns.cause[i])
                total += np.int64(columns.mother[i])
    scratch.touched[0] = total


@strip
def follow_strip(columns, first, last, month, ground, tally, thread, family):
    """Children among rows first to last whose mother moved, left, registered elsewhere or told her address follow."""
    flags = columns.flags[first:last]
    mothers = columns.mother[first:last]
    for r in range(last - first):
        if not flags[r] & FOLLOWS:
            continue
        mother = np.int64(mothers[r])
        if not (family[mother >> 3] >> (mother & 7)) & 1:
            continue
        before = read_row(columns, first + r)
        if not lives_here(before.flags) or month - before.born >= ADULT_MONTHS:
            continue
        after, happened = follow(before, read_row(columns, mother), month)
        record(tally, thread, before, after, happened, ground)
        write_row(columns, first + r, after)


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
