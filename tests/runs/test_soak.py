"""A century: 1,200 months of 100,000 people, every part of the model at work, and memory that does not creep."""

import itertools
import os

import pytest

from runs.bench_task import Task, measure

MONTHS = int(os.environ.get("GPDRIFT_SOAK_MONTHS", "1200"))
PEOPLE = 100_000
A_MONTH = 60_000
"""Bytes a month of records (the collector's and the results folder's) and of patients, whose rows are never used again."""


@pytest.mark.slow
def test_memory_is_flat_for_a_century():
    """After ten years, by when every event has acted, what is held grows by rows of patients and records alone."""
    pytest.importorskip("psutil")
    found = measure(Task(region="", people=PEOPLE, months=MONTHS, floor=False))
    held = dict(found["memory"])
    first = min(120, MONTHS // 2 // 12 * 12)
    last = max(held)
    grown = held[last] - held[first]
    print(f"{MONTHS} months: {held[first] / 1e6:.0f} MB after {first}, {held[last] / 1e6:.0f} MB at the end,"
          f" {found['rows_start']:,} rows became {found['rows_end']:,}, {found['stepping']:.0f} s of stepping")  # fmt: skip
    assert grown < A_MONTH * (last - first), f"{grown / 1e6:.0f} MB in {last - first} months"
    decades = [held[month] for month in range(first, last + 1, 120) if month in held]
    steps = [later - earlier for earlier, later in itertools.pairwise(decades)]
    if len(steps) >= 4:
        half = len(steps) // 2
        assert sum(steps[half:]) / len(steps[half:]) < 2 * A_MONTH * 120, "no decade costs more than the ones before"
