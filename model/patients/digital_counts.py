"""Counts of patients that only digital providers need."""

from __future__ import annotations

import numpy as np

from model.patients.columns import OUT_OF_AREA, Columns, lives_here, read_row
from model.patients.compiled import strip
from model.patients.digital import COHORTS, cohort_of
from model.patients.tally import CHUNK, Ground, Tally
from model.patients.threads import in_strips, number_of_threads


@strip
def cohorts_strip(columns, first, last, people):
    """Add residents among rows first to last to people int32[A, COHORTS]; no branch on who lives here to predict."""
    for i in range(np.uint64(first), np.uint64(last)):
        cohort = np.uint32(cohort_of(np.int64(columns.born[i])))
        people[columns.home[i], cohort] += lives_here(np.int64(columns.flags[i]))


def people_by_cohort(columns: Columns, rows: int, areas: int) -> np.ndarray:
    """Residents by area and birth cohort, int64[A, COHORTS]."""
    threads = number_of_threads()
    people = np.zeros((threads, areas, COHORTS), np.int32)
    in_strips(rows, threads, lambda first, last, thread: cohorts_strip(columns, first, last, people[thread]), CHUNK)
    return people.sum(axis=0, dtype=np.int64)


@strip
def turned_digital_strip(columns, first, last, practice, ground, tally, thread):
    """Count residents on a list that has become digital, among rows first to last, by home and cohort."""
    for i in range(first, last):
        if columns.practice[i] == practice:
            row = read_row(columns, i)
            if lives_here(row.flags):
                tally.digital[thread, ground.provider[practice], row.home, cohort_of(row.born)] += 1


def count_turned_digital(columns: Columns, rows: int, practice: int, ground: Ground, tally: Tally) -> None:
    """Add a list that has become digital to the running counts of digital patients."""

    def count_some(first: int, last: int, thread: int) -> None:
        turned_digital_strip(columns, first, last, np.int64(practice), ground, tally, thread)

    in_strips(rows, len(tally.lists), count_some, CHUNK)


@strip
def mark_digital_strip(columns, first, last, provider):
    """Flag those of rows first to last on a digital list as registered without home visits; provider int8[P]."""
    for i in range(first, last):
        practice = columns.practice[i]
        if practice < len(provider) and provider[practice] >= 0:
            columns.flags[i] |= OUT_OF_AREA
