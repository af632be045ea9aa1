"""The floor: the least any month can cost that reads every patient and draws for every patient.

One pass over all columns, in the same slices and on the same threads as the month itself, with one Philox block a
patient and nothing else. How many floors a month takes says how much of it is the model and how much the machine.
"""

from __future__ import annotations

import time

import numpy as np

from model.patients.columns import Columns
from model.patients.compiled import strip
from model.patients.draws import philox
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
    taken = []
    for month in range(times + 1):
        started, started_cpu = time.perf_counter(), time.process_time()

        def some(first: int, last: int, thread: int, month: int = month) -> None:
            floor_strip(columns, first, last, month, sums, thread)

        in_strips(rows, threads, some, CHUNK)
        taken.append((time.perf_counter() - started, time.process_time() - started_cpu))
    wall, cpu = np.median(taken[1:], axis=0).tolist()
    return wall, cpu
