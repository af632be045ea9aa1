"""The floor: the least any month can cost that reads every patient and draws for every patient; and this model's least.

The floor is one pass over all columns, in the same slices and on the same threads as the month itself, with one Philox
block a patient and nothing else. How many floors a month takes says how much of it is the model and how much the machine.

The look is what this model's month does before anybody decides: the coarse test of everybody, and rows read and exact
draws made of the few to whom something may happen. They lie scattered in memory, so the look says what part of a month is
waiting for memory, whatever is decided afterwards. The decisions are the look and what the few decide, thrown away; the
reading is what the case-mix of a quarter looks up of everybody, added nowhere. Decisions and a third of a reading are the
least a month of this model can take, were everything else free: following, births, counting, practices, money.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from model.patients.casemix import KINDS, Grouping
from model.patients.casemix_pass import BLOCK, Pass, empty_pass, look_up
from model.patients.columns import Columns, read_row
from model.patients.compiled import strip
from model.patients.decide import World, decide
from model.patients.draws import TWO_32, TWO_48, philox
from model.patients.happenings import NOTHING
from model.patients.month import choose_few, draw_exactly, make_scratch
from model.patients.rates import row_bounds
from model.patients.tally import CHUNK
from model.patients.threads import in_strips


@strip
def floor_strip(columns, first, last, month, sums, thread):
    """Rows first to last: every column read, one block drawn; ``sums`` uint32[threads, 16] keeps it from being left out.

    Columns are sliced chunk by chunk: indexing whole columns would stop the compiler from vectorising.
    """
    for start in range(first, last, CHUNK):
        stop = min(start + CHUNK, last)
        born, since, practice = columns.born[start:stop], columns.since[start:stop], columns.practice[start:stop]
        previous, home, recorded = columns.previous[start:stop], columns.home[start:stop], columns.recorded[start:stop]
        flags, need, cause = columns.flags[start:stop], columns.need[start:stop], columns.cause[start:stop]
        mother = columns.mother[start:stop]
        read = np.uint32(0)
        drawn = np.uint32(0)
        for r in range(stop - start):
            zero = np.uint32(0)
            a, b, c, d = philox(np.uint32(start + r), np.uint32(month), zero, zero, np.uint32(1), zero)
            drawn = np.uint32(drawn + (a ^ b ^ c ^ d))
        for r in range(stop - start):
            narrow = np.uint32(born[r]) + np.uint32(since[r]) + np.uint32(practice[r]) + np.uint32(previous[r])
            places = np.uint32(home[r]) + np.uint32(recorded[r]) + np.uint32(mother[r])
            bytes_ = np.uint32(flags[r]) + np.uint32(need[r]) + np.uint32(cause[r])
            read = np.uint32(read + np.uint32(narrow) + np.uint32(places) + np.uint32(bytes_))
        sums[thread, 0] = np.uint32(sums[thread, 0] + read)
        sums[thread, 1] = np.uint32(sums[thread, 1] ^ drawn)


def floor_seconds(columns: Columns, rows: int, threads: int, times: int = 7) -> tuple[float, float]:
    """Median wall and processor seconds of a pass over ``rows`` rows; a first pass is not counted."""
    sums = np.zeros((threads, 16), np.uint32)

    def some(month: int, first: int, last: int, thread: int) -> None:
        floor_strip(columns, first, last, month, sums, thread)

    return _median_seconds(some, rows, threads, range(times + 1))


@strip
def look_strip(columns, first, last, world, scratch, bounds, found, thread):
    """Rows first to last looked at and nothing decided; ``found`` int64[threads, 16] counts the few, in its first column."""
    for start in range(first, last, CHUNK):
        few = choose_few(columns, start, min(last - start, CHUNK), world, scratch, bounds)
        draw_exactly(world.seed, start, few, world.month, scratch)
        found[thread, 0] += few


@strip
def decisions_strip(columns, first, last, world, scratch, bounds, found, thread):
    """Rows first to last looked at and decided, and nothing kept.

    ``found`` int64[threads, 16] counts the few, those to whom something happened, and numbers of what they became.
    """
    for start in range(first, last, CHUNK):
        few = choose_few(columns, start, min(last - start, CHUNK), world, scratch, bounds)
        draw_exactly(world.seed, start, few, world.month, scratch)
        for k in range(few):
            r = scratch.few[k]
            u = (np.float64(scratch.lanes[r]) * 4294967296.0 + np.float64(scratch.exact[0, k])) * TWO_48
            v = scratch.exact[1, k] * TWO_32
            after, happened = decide(start + r, read_row(columns, start + r), u, v, world)
            found[thread, 1] += happened != NOTHING
            found[thread, 2] += after.home + after.practice + after.recorded + after.flags + after.cause
        found[thread, 0] += few


@strip
def reading_strip(columns, first, last, month, counted, grouping, found, thread):
    """Rows first to last looked up for a case-mix; ``found`` int64[threads, 16] counts those on lists and residents."""
    for start in range(np.uint64(first), np.uint64(last), np.uint64(BLOCK)):
        stop = min(start + np.uint64(BLOCK), np.uint64(last))
        listed, here = look_up(columns, start, stop, month, counted, grouping)
        found[thread, 0] += np.int64(listed)
        found[thread, 1] += np.int64(here)


def look_seconds(columns: Columns, rows: int, world: World, threads: int, times: int = 7) -> tuple[float, float]:
    """Median wall and processor seconds of a look at ``rows`` rows in months to come; a first one is not counted."""
    return _seconds_of_months(look_strip, columns, rows, world, threads, times)


def decisions_seconds(columns: Columns, rows: int, world: World, threads: int, times: int = 7) -> tuple[float, float]:
    """The same of a look with the decisions of the few."""
    return _seconds_of_months(decisions_strip, columns, rows, world, threads, times)


def _seconds_of_months(
    strip_of_month: Callable[..., None], columns: Columns, rows: int, world: World, threads: int, times: int
) -> tuple[float, float]:
    found = np.zeros((threads, 16), np.int64)
    scratch, bounds = [make_scratch() for _ in range(threads)], row_bounds(world.rates.bound)

    def some(month: int, first: int, last: int, thread: int) -> None:
        strip_of_month(columns, first, last, world._replace(month=month), scratch[thread], bounds, found, thread)

    return _median_seconds(some, rows, threads, range(world.month, world.month + times + 1))


def reading_seconds(
    columns: Columns, rows: int, month: int, grouping: Grouping, threads: int, times: int = 7
) -> tuple[float, float]:
    """Median wall and processor seconds of looking ``rows`` rows up for a case-mix; a first time is not counted."""
    found = np.zeros((threads, 16), np.int64)
    nobody = np.zeros(0, np.int64)
    counted: list[Pass] = [empty_pass(nobody, 0, len(KINDS), grouping) for _ in range(threads)]

    def some(at: int, first: int, last: int, thread: int) -> None:
        reading_strip(columns, first, last, at, counted[thread], grouping, found, thread)

    return _median_seconds(some, rows, threads, range(month, month + times + 1))


def _median_seconds(
    work: Callable[[int, int, int, int], None], rows: int, threads: int, months: range
) -> tuple[float, float]:
    """Wall and processor seconds of ``work(month, first, last, thread)`` over all rows, the first month left out."""
    taken = []
    for month in months:
        started, started_cpu = time.perf_counter(), time.process_time()
        in_strips(rows, threads, partial(work, month), CHUNK)
        taken.append((time.perf_counter() - started, time.process_time() - started_cpu))
    wall, cpu = np.median(taken[1:], axis=0).tolist()
    return wall, cpu
