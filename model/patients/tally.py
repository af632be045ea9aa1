"""Counts that are kept up to date, patient by patient, as patients change: lists, flows, residents, causes.

Recounting 62 million rows every month would cost more than the month. Each thread adds and subtracts in its own integer
arrays, which are summed afterwards, so the counts are exact and the same for any number of threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.geography.region import Region
from model.patients.columns import (
    CAUSES,
    FEMALE,
    FOLLOWS,
    NONE,
    OUT_OF_AREA,
    PENDING,
    SHORT_TERM,
    lives_here,
    presence_of,
    read_row,
)  # fmt: skip
from model.patients.compiled import inner, scalar, strip
from model.patients.digital import COHORTS, cohort_of
from model.patients.happenings import BIRTH, DEATH, EMIGRATION, IMMIGRATION, MOVE_ACROSS, MOVE_WITHIN, RETURN
from model.patients.rates import ADULT_MONTHS, age_in_years

COMPONENTS = (
    "births", "deaths", "internal_in", "internal_out", "international_in", "international_out", "short_term_in",
    "short_term_out", "moves_within",
)  # fmt: skip
"""What happened to residents of an authority in a month, in the order of Tally.components."""


class Ground(NamedTuple):
    """Who is responsible where. A areas, P practices."""

    cell: np.ndarray
    """int32[A]: home cell of an area: a distinct combination of commissioner, authority and system."""
    authority: np.ndarray
    """int32[A]."""
    practice_commissioner: np.ndarray
    """int32[P]."""
    provider: np.ndarray
    """int8[P]: digital provider whose list a practice is, -1 = none."""


class Tally(NamedTuple):
    """Counts, first axis threads. G home cells, C commissioners, P practices, A areas, L authorities."""

    lists: np.ndarray
    """int32[T, P]: patients on the list."""
    ghosts: np.ndarray
    """int32[T, P]: of them, ghosts."""
    out_of_area: np.ndarray
    """int32[T, P]: of them, registered out of area."""
    residents: np.ndarray
    """int32[T, A]: people living in the area."""
    true: np.ndarray
    """int32[T, G, C + 1]: residents by home cell and commissioner of their practice; last column = on no list."""
    recorded: np.ndarray
    """int32[T, G, C]: patients on lists by cell of the recorded address and commissioner of the practice."""
    pending: np.ndarray
    """int32[T, 2]: residents whose recorded address is old; residents who lost their practice and look for one."""
    digital: np.ndarray
    """int32[T, D, A, COHORTS]: residents on a digital provider's lists, by home and birth cohort."""
    changes: np.ndarray
    """int32[T, causes, C + 1, C + 1]: changes of registration by cause, from and to; last = no list."""
    joiners: np.ndarray
    """int32[T, P]: patients who joined the list this month."""
    components: np.ndarray
    """int32[T, L, 9]: COMPONENTS of the month by authority."""


def home_cells(region: Region) -> tuple[np.ndarray, np.ndarray]:
    """Distinct (commissioner, authority, system) of areas: (cell of each area int32[A], cells int64[G, 3])."""
    keys = np.stack([region.area_commissioner, region.area_authority, region.area_system], axis=1).astype(np.int64)
    cells, cell = np.unique(keys, axis=0, return_inverse=True)
    return cell.reshape(-1).astype(np.int32), cells


def empty_tally(threads: int, region: Region, cells: int, providers: int = 0) -> Tally:
    """A tally of zeros for so many threads and digital providers."""
    practices, commissioners, areas = len(region.practices), len(region.commissioners), len(region.areas)

    def zeros(*shape: int) -> np.ndarray:
        return np.zeros((threads, *shape), np.int32)

    return Tally(
        lists=zeros(practices),
        ghosts=zeros(practices),
        out_of_area=zeros(practices),
        residents=zeros(areas),
        true=zeros(cells, commissioners + 1),
        recorded=zeros(cells, commissioners),
        pending=zeros(2),
        digital=zeros(providers, areas, COHORTS),
        changes=zeros(len(CAUSES), commissioners + 1, commissioners + 1),
        joiners=zeros(practices),
        components=zeros(len(region.authorities), len(COMPONENTS)),
    )


@scalar
def count(tally, thread, row, sign, ground):
    """Add (sign 1) or take away (-1) one patient's state."""
    count_resident(tally, thread, row, sign, ground)
    count_on_list(tally, thread, row, sign, ground)


@inner
def count_resident(tally, thread, row, sign, ground):
    """The part of the state that concerns where somebody lives."""
    if not lives_here(row.flags):
        return
    listed = row.practice != NONE
    responsible = ground.practice_commissioner[row.practice] if listed else tally.true.shape[2] - 1
    tally.residents[thread, row.home] += sign
    tally.true[thread, ground.cell[row.home], responsible] += sign
    if row.flags & PENDING:
        tally.pending[thread, 0 if listed else 1] += sign
    if listed:
        provider = ground.provider[row.practice]
        if provider >= 0:
            tally.digital[thread, provider, row.home, cohort_of(row.born)] += sign


@inner
def count_on_list(tally, thread, row, sign, ground):
    """The part of the state that concerns a list, if the patient is on one."""
    if row.practice == NONE:
        return
    tally.lists[thread, row.practice] += sign
    tally.recorded[thread, ground.cell[row.recorded], ground.practice_commissioner[row.practice]] += sign
    if not lives_here(row.flags):
        tally.ghosts[thread, row.practice] += sign
    if row.flags & OUT_OF_AREA:
        tally.out_of_area[thread, row.practice] += sign


@scalar
def record(tally, thread, before, after, happened, ground):
    """Count a patient's change of state, its cause, and what it was to the authority."""
    count_resident(tally, thread, before, np.int64(-1), ground)
    count_resident(tally, thread, after, np.int64(1), ground)
    # Movers, the most frequent case, stay on the list with the address it has.
    if happened not in (MOVE_ACROSS, MOVE_WITHIN) or after.recorded != before.recorded:
        count_on_list(tally, thread, before, np.int64(-1), ground)
        count_on_list(tally, thread, after, np.int64(1), ground)
    nowhere = tally.true.shape[2] - 1
    if after.practice != before.practice:
        come_from = ground.practice_commissioner[before.practice] if before.practice != NONE else nowhere
        go_to = ground.practice_commissioner[after.practice] if after.practice != NONE else nowhere
        tally.changes[thread, after.cause, come_from, go_to] += 1
        if after.practice != NONE:
            tally.joiners[thread, after.practice] += 1
    here = ground.authority[before.home]
    if happened == DEATH:
        tally.components[thread, here, 1] += 1
    elif happened == EMIGRATION:
        tally.components[thread, here, 7 if before.flags & SHORT_TERM else 5] += 1
    elif happened == RETURN:
        tally.components[thread, ground.authority[after.home], 4] += 1
    elif happened in (MOVE_ACROSS, MOVE_WITHIN) or after.home != before.home:
        there = ground.authority[after.home]
        if there != here:
            tally.components[thread, here, 3] += 1
            tally.components[thread, there, 2] += 1
        else:
            tally.components[thread, here, 8] += 1


@scalar
def record_new(tally, thread, row, happened, ground):
    """Count somebody born or immigrated this month."""
    count(tally, thread, row, np.int64(1), ground)
    here = ground.authority[row.home]
    if happened == BIRTH:
        tally.components[thread, here, 0] += 1
    elif happened == IMMIGRATION:
        tally.components[thread, here, 6 if row.flags & SHORT_TERM else 4] += 1
    if row.practice != NONE:
        nowhere = tally.true.shape[2] - 1
        tally.changes[thread, row.cause, nowhere, ground.practice_commissioner[row.practice]] += 1
        tally.joiners[thread, row.practice] += 1


CHUNK = 16384
"""Rows a thread takes at a time; a multiple of 8, so that a block of lanes never straddles two."""


@strip
def count_strip(columns, first, last, tally, thread, ground):
    """Count rows first to last from nothing."""
    for i in range(first, last):
        count(tally, thread, read_row(columns, i), np.int64(1), ground)


@strip
def people_strip(columns, first, last, month, where, people, older, children):
    """Residents by place, sex and age, and for dependants the difference it makes that their mothers decide.

    Adds rows first to last to people int32[places, 2, 111], the place being ``where`` uint32[65536] of the home, and to
    older int32[places, 111]: -1 at the age of each dependant and +1 at the mother's. Block by block, with no branch for
    who lives here; ``children`` uint32[n] notes the dependants of a block of n rows, who come afterwards.
    """
    for start in range(first, last, len(children)):
        found = np.uint64(0)
        for i in range(np.uint64(start), np.uint64(min(start + len(children), last))):
            flags = np.int64(columns.flags[i])
            months = np.int32(month) - np.int32(columns.born[i])
            here = lives_here(flags)
            people[where[columns.home[i]], np.uint32(flags & FEMALE), np.uint32(age_in_years(months))] += here
            children[found] = i
            found += np.uint64(here & (flags & FOLLOWS != 0) & (months < ADULT_MONTHS))
        for k in range(found):
            child = np.int64(children[k])
            place = where[columns.home[child]]
            older[place, age_in_years(month - np.int64(columns.born[child]))] -= 1
            older[place, age_in_years(month - np.int64(columns.born[columns.mother[child]]))] += 1


@strip
def presence_strip(columns, first, last, counts):
    """Rows first to last by presence, and residents on no list last, into counts int64[8]."""
    for i in range(first, last):
        flags = np.int64(columns.flags[i])
        counts[presence_of(flags)] += 1
        if lives_here(flags) and columns.practice[i] == NONE:
            counts[7] += 1
