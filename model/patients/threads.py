"""Sharing rows among threads: compiled kernels that let go of Python's lock, called strip by strip.

Each thread has a number of its own, under which it counts; what it counts are integers, so sums are the same whoever
took which strip. Plain Python threads keep the kernels ordinary functions: they compile in half the time of numba's
parallel loops, and two models may run at once in one process.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

STRIPS_A_THREAD = 8
"""Strips are small enough that a slow one does not keep the others waiting; a call of a kernel costs a tenth of a ms."""

_chosen: list[int] = []


def number_of_threads() -> int:
    """Threads the kernels use: what :func:`set_threads` said, else $GPDRIFT_THREADS, else the cores at hand."""
    if _chosen:
        return _chosen[-1]
    told = os.environ.get("GPDRIFT_THREADS", "")
    if told.isdigit() and int(told) > 0:
        return int(told)
    if hasattr(os, "sched_getaffinity"):
        return max(len(os.sched_getaffinity(0)), 1)
    return max(os.cpu_count() or 1, 1)


def set_threads(number: int) -> None:
    """Use so many threads from now on, in models made afterwards; a worker of several sets its share of the cores."""
    _chosen[:] = [max(int(number), 1)]


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="gpdrift")


def in_strips(items: int, threads: int, work: Callable[[int, int, int], object], unit: int = 1) -> None:
    """Call ``work(first, last, thread)`` on strips that together cover range(items).

    Args:
        items: how many rows, areas or arrivals.
        threads: how many threads; each calls ``work`` with its own number 0 .. threads - 1.
        work: does a strip; must write nothing another strip reads.
        unit: strips begin at multiples of this.
    """
    units = -(-items // unit)
    if threads == 1 or units <= 1:
        if items > 0:
            work(0, items, 0)
        return
    size = max(-(-units // (threads * STRIPS_A_THREAD)), 1) * unit
    places = itertools.count()

    def take(thread: int) -> None:
        while (first := next(places) * size) < items:
            work(first, min(first + size, items), thread)

    for done in [_pool(threads).submit(take, thread) for thread in range(threads)]:
        done.result()
