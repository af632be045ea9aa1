"""What a patient does whose list changes hands: goes along with a merger or split, or chooses anew after a closure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.patients.choose import NEWCOMER, OLDER_FROM, choose
from model.patients.columns import (
    DISPLACED,
    FOLLOWS,
    HOME_AREA,
    MERGED,
    NONE,
    OUT_OF_AREA,
    lives_here,
    read_row,
    write_row,
)  # fmt: skip
from model.patients.columns import (
    SPLIT as LIST_SPLIT,
)
from model.patients.compiled import inner, scalar, strip
from model.patients.digital import provider_of
from model.patients.draws import Purpose, uniforms
from model.patients.happenings import NOTHING, REGISTRATION
from model.patients.rates import ADULT_MONTHS, age_in_years
from model.patients.states import at_practice, lose_practice, on_list_of, strike_off
from model.patients.tally import record

STAY, MERGE, DISPERSE, SPLIT = range(4)
"""What becomes of a practice's list."""
_DISPERSAL = int(Purpose.DISPERSAL)
_RESIDENCE = int(Purpose.RESIDENCE)


class Fates(NamedTuple):
    """What becomes of lists this month. P practices, C commissioners, S splits."""

    kind: np.ndarray
    """uint8[P]: STAY, MERGE, DISPERSE or SPLIT."""
    heir: np.ndarray
    """int32[P]: practice merged into, or row of ``heirs``."""
    at_once: np.ndarray
    """float64[P]: share of a dispersed list that registers elsewhere at once."""
    heirs: np.ndarray
    """int32[S, C]: practice for patients by the commissioner of their home, -1 = they stay."""


class HomeRule(NamedTuple):
    """Registering by residence. C commissioners."""

    share: float
    """Share of those registered elsewhere who move this month."""
    refuge: np.ndarray
    """int32[C]: a practice of the commissioner for homes that have none near, -1 = none."""


@inner
def follows_mother(row, month):
    """Whether somebody is a child who registers with the mother."""
    return row.flags & FOLLOWS and month - row.born < ADULT_MONTHS


@scalar
def reassign(patient, row, world, fates):
    """The patient whose list merges, splits or is closed down: (state after, what happened)."""
    kind = fates.kind[row.practice]
    if kind == MERGE:
        return on_list_of(row, np.int64(fates.heir[row.practice]), np.int64(MERGED)), REGISTRATION
    if kind == SPLIT:
        home = row.home if lives_here(row.flags) else row.recorded
        heir = np.int64(fates.heirs[fates.heir[row.practice], world.options.area_commissioner[home]])
        if heir < 0:
            return row, NOTHING
        return on_list_of(row, heir, np.int64(LIST_SPLIT)), REGISTRATION
    if kind != DISPERSE:
        return row, NOTHING
    if not lives_here(row.flags):
        return strike_off(row, world.month), REGISTRATION
    u, _, _, _ = uniforms(world.seed, patient, world.month, _DISPERSAL, 0)
    if u < fates.at_once[row.practice]:
        age = age_in_years(world.month - row.born)
        practice, beyond = choose(
            world.seed, patient, world.month, row.home, age, row.practice, np.int64(NEWCOMER), world.options
        )
        if practice != NONE:
            return at_practice(row, practice, beyond, np.int64(DISPLACED), world.month), REGISTRATION
    return lose_practice(row, np.int64(DISPLACED), world.month), REGISTRATION


@scalar
def reassign_child(patient, row, mother, world, fates):
    """A child whose practice is closed down goes to the mother's practice, unless that is digital, or waits with her."""
    if not lives_here(mother.flags) or provider_of(mother.practice, world.digital) >= 0:
        return reassign(patient, row, world, fates)
    if mother.practice == NONE:
        return lose_practice(row, np.int64(DISPLACED), world.month), REGISTRATION
    beyond = mother.flags & OUT_OF_AREA != 0 or mother.home != row.home
    return at_practice(row, mother.practice, beyond, np.int64(DISPLACED), world.month), REGISTRATION


@inner
def registered_elsewhere(row, options):
    """Whether a resident is on the list of another commissioner's practice than that of the home."""
    if row.practice == NONE or not lives_here(row.flags):
        return False
    return options.practice_commissioner[row.practice] != options.area_commissioner[row.home]


@scalar
def come_home(patient, row, world, rule):
    """A resident registered elsewhere registers with the commissioner of the home: (state after, what happened)."""
    if not registered_elsewhere(row, world.options):
        return row, NOTHING
    phase, target, _, _ = uniforms(world.seed, patient, world.month, _RESIDENCE, 0)
    if phase >= rule.share:
        return row, NOTHING
    older = 1 if age_in_years(world.month - row.born) >= OLDER_FROM else 0
    practice, beyond = near_home_only(row.home, older, target, world.options)
    if practice == NONE:
        practice, beyond = np.int64(rule.refuge[world.options.area_commissioner[row.home]]), True
        if practice < 0:
            return row, NOTHING
    return at_practice(row, practice, beyond, np.int64(HOME_AREA), world.month), REGISTRATION


@scalar
def come_home_child(patient, row, mother, world, rule):
    """A child registered elsewhere comes home with the mother, or in its own phase: to her practice near home, if any."""
    if not registered_elsewhere(row, world.options):
        return row, NOTHING
    at_home = lives_here(mother.flags) and mother.practice != NONE and mother.home == row.home
    at_home = at_home and provider_of(mother.practice, world.digital) < 0
    if at_home and not registered_elsewhere(mother, world.options):
        phase, _, _, _ = uniforms(world.seed, patient, world.month, _RESIDENCE, 0)
        if phase >= rule.share and mother.since != world.month:
            return row, NOTHING
        beyond = mother.flags & OUT_OF_AREA != 0
        return at_practice(row, mother.practice, beyond, np.int64(HOME_AREA), world.month), REGISTRATION
    return come_home(patient, row, world, rule)


@inner
def near_home_only(home, older, target, options):
    """A practice of the home's commissioner among the candidates, drawn by weight, and whether its boundary ends before.

    (NONE, False) where none is open.
    """
    own = options.area_commissioner[home]
    sums = options.cumulative[older, home]
    total = 0.0
    before = 0.0
    for k in range(len(sums)):
        if options.practice_commissioner[options.practice[home, k]] == own:
            total += np.float64(sums[k]) - before
        before = np.float64(sums[k])
    if total <= 0.0:
        return np.int64(NONE), False
    target *= total
    before = 0.0
    last = -1
    for k in range(len(sums)):
        weight = np.float64(sums[k]) - before
        before = np.float64(sums[k])
        if weight > 0.0 and options.practice_commissioner[options.practice[home, k]] == own:
            last = k
            if target < weight:
                break
            target -= weight
    return np.int64(options.practice[home, last]), options.beyond[home, last] != 0


@strip
def reassign_strip(columns, first, last, world, fates, ground, tally, thread, children):
    """Apply what becomes of lists to rows first to last: mothers and all others first, then children of closed lists."""
    for i in range(first, last):
        practice = columns.practice[i]
        if practice == NONE or fates.kind[practice] == STAY:
            continue
        before = read_row(columns, i)
        follows = fates.kind[practice] == DISPERSE and lives_here(before.flags) and follows_mother(before, world.month)
        if children != bool(follows):
            continue
        if follows:
            after, happened = reassign_child(i, before, read_row(columns, before.mother), world, fates)
        else:
            after, happened = reassign(i, before, world, fates)
        if happened != NOTHING:
            record(tally, thread, before, after, happened, ground)
            write_row(columns, i, after)


@strip
def come_home_strip(columns, first, last, world, rule, ground, tally, thread, children):
    """Registering by residence for rows first to last: mothers and all others first, then children."""
    for i in range(first, last):
        practice = columns.practice[i]
        if practice == NONE:
            continue
        home = columns.home[i]
        if world.options.practice_commissioner[practice] == world.options.area_commissioner[home]:
            continue
        before = read_row(columns, i)
        follows = bool(follows_mother(before, world.month))
        if children != follows:
            continue
        if follows:
            after, happened = come_home_child(i, before, read_row(columns, before.mother), world, rule)
        else:
            after, happened = come_home(i, before, world, rule)
        if happened != NOTHING:
            record(tally, thread, before, after, happened, ground)
            write_row(columns, i, after)
