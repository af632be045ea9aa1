"""The patients at the start: one row for every registration of the register, and for every resident on no list.

Rows are ordered by recorded area, in an area by practice and age band. Every row's draws are its own, so the same
register and seed give the same people on any machine.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.errors import InputError
from model.geography.region import LIST_BAND_STARTS, Region
from model.patients.columns import (
    DUPLICATE,
    EMIGRATED,
    FEMALE,
    INITIAL,
    NOBODY,
    NONE,
    PRESENT,
    SHORT_TERM,
    SHORT_TERM_GONE,
    UNCOUNTED,
    Columns,
    Row,
    empty_columns,
    with_presence,
    write_row,
)  # fmt: skip
from model.patients.compiled import inner, setup
from model.patients.draws import Purpose, uniforms
from model.patients.excess import Excess, Register
from model.patients.rates import OLDEST
from model.patients.threads import in_strips, number_of_threads
from model.scenario import Scenario

_INITIAL = int(Purpose.INITIAL)
_TENURE = int(Purpose.TENURE)
ROOM = 1.25
"""Capacity over initial rows: room for a decade of births and immigrants before columns must grow."""

MOTHERS = 0.15
"""Of 18-39 year olds, mothers of a child in the area (measured after assigning them): they are not short-term."""
WOMEN_ON_LISTS = 0.5
"""Share of patients on England's lists who are women, from which a practice's differs: 0.500 (lists by age of April 2020)."""


class Profile(NamedTuple):
    """What initial patients are drawn from."""

    age_cumulative: np.ndarray
    """int64[A, 91]: residents by single year, running sums."""
    band_start: np.ndarray
    """int64[5]: first age of each list band, and 91."""
    female: np.ndarray
    """float64[111]: share of women by age."""
    female_shift: np.ndarray
    """float64[P]: added to it for patients of a practice."""
    leaving: np.ndarray
    """float64[111]: monthly hazard of leaving a practice, by age: sets the steady state of tenures."""
    short_term: np.ndarray
    """float64[A]: share of present 18-39 year olds who are short-term migrants."""
    ghost_classes: np.ndarray
    """float64[2]: running shares of emigrated and short-term among ghosts."""
    list_months: np.ndarray
    """int64[P]: how long a list of a digital provider has been there; -1 = longer than anybody's memory."""


def make_profile(region: Region, scenario: Scenario, visitors: np.ndarray) -> Profile:
    """Profile of a region; ``visitors`` float64[L] is the stock of short-term migrants by authority.

    Raises:
        InputError: the scenario has no class for ghosts.
    """
    d, g, r = scenario.demography, scenario.ghosts, scenario.registration
    ghosts = g.emigrated + g.short_term + g.duplicate
    if ghosts <= 0:
        raise InputError("ghosts: emigrated, short_term and duplicate are all 0, expected one of them above 0")
    age = np.arange(OLDEST + 1)
    female = np.interp(age, d.female_ages, d.female_shares)
    shift = np.zeros(len(region.practices))
    if region.male_share is not None:
        shift = np.where(np.isfinite(region.male_share), (1.0 - region.male_share) - WOMEN_ON_LISTS, 0.0)
    moves = np.asarray(d.move_rates)[np.searchsorted(d.move_ages, age, side="right") - 1]
    # Leaving follows moves, scaled so that the mean is the published turnover of lists.
    weights = np.append(region.population.sum(axis=0), np.zeros(OLDEST - 90))
    mean_move = float((moves * weights).sum() / max(weights.sum(), 1))
    leaving = np.clip(moves * (r.list_turnover - r.switching) / max(mean_move, 1e-9) + r.switching, 1e-3, 0.9)
    young = np.bincount(region.area_authority, region.population[:, 18:40].sum(axis=1), len(region.authorities))
    share = np.clip(visitors / (1.0 - MOTHERS) / np.maximum(young, 1.0), 0.0, 0.5)
    return Profile(
        age_cumulative=np.cumsum(region.population, axis=1).astype(np.int64),
        band_start=np.asarray([*LIST_BAND_STARTS, 91], dtype=np.int64),
        female=female,
        female_shift=shift,
        leaving=-np.log(1.0 - leaving) / 12.0,
        short_term=share[region.area_authority],
        ghost_classes=np.cumsum([g.emigrated, g.short_term]) / ghosts,
        list_months=np.where(region.provider_kind == "digital", scenario.digital.established_months, -1),
    )


def make_patients(
    region: Region, scenario: Scenario, register: Register, excess: Excess, profile: Profile, month: int
) -> tuple[Columns, int]:
    """All initial patients: (columns, rows in use). Movers and mothers are assigned afterwards.

    ``month`` counts from January 1970.
    """
    areas = len(region.areas)
    registered = np.bincount(register.area, register.patients, areas).astype(np.int64)
    unlisted = excess.unregistered.sum(axis=1).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(registered + unlisted)])
    rows = int(start[-1])
    first_row = np.searchsorted(register.area, np.arange(areas + 1)).astype(np.int64)
    columns = empty_columns(int(rows * ROOM) // 8 * 8 + 4096)

    def fill(first: int, last: int, _thread: int) -> None:
        fill_strip(columns, first, last, start, first_row, register, excess, profile, scenario.seed, month)

    in_strips(areas, number_of_threads(), fill)
    return columns, rows


@setup
def fill_strip(columns, first, last, start, first_row, register, excess, profile, seed, month):
    """Write the rows of areas first to last: their registrations in order, then their residents on no list."""
    for a in range(first, last):
        fill_area(columns, a, start[a], first_row[a], first_row[a + 1], register, excess, profile, seed, month)


@setup
def fill_area(columns, a, i, first, last, register, excess, profile, seed, month):
    """Rows of area ``a`` from row i: register rows first to last, then the residents on no list."""
    bands = excess.by_band.shape[1]
    in_band = np.zeros(bands, np.int64)
    for r in range(first, last):
        for b in range(bands):
            in_band[b] += excess.by_band[r, b]
    ghosts_due = np.zeros(bands, np.int64)
    uncounted_due = np.zeros(bands, np.int64)
    for r in range(first, last):
        for b in range(bands):
            ghosts, uncounted_here = excess.ghosts[a, b], excess.uncounted[a, b]
            for _ in range(excess.by_band[r, b]):
                # Every (band / ghosts)-th of the band is a ghost, so each practice has its share; likewise the uncounted.
                ghosts_due[b] += ghosts
                ghost = ghosts_due[b] >= in_band[b]
                uncounted = False
                if ghost:
                    ghosts_due[b] -= in_band[b]
                else:
                    uncounted_due[b] += uncounted_here
                    uncounted = uncounted_due[b] >= in_band[b] - ghosts
                    if uncounted:
                        uncounted_due[b] -= in_band[b] - ghosts
                practice = np.int64(register.practice[r])
                write_row(columns, i, first_state(seed, i, a, practice, b, ghost, uncounted, profile, month))
                i += 1
    for b in range(bands):
        for _ in range(excess.unregistered[a, b]):
            write_row(
                columns, i, first_state(seed, i, a, np.int64(NONE), b, np.bool_(False), np.bool_(False), profile, month)
            )
            i += 1


@inner
def first_state(seed, patient, area, practice, band, ghost, uncounted, profile, month):
    """State of one initial patient of an area, practice and age band."""
    u, v, w, x = uniforms(seed, patient, 0, _INITIAL, 0)
    y, z, tenure, stay = uniforms(seed, patient, 0, _TENURE, 0)
    age = age_in_band(profile, area, band, u)
    months = age * 12 + int(v * 12.0)
    if age >= 90:
        months += int(-np.log(1.0 - y) * 36.0)
    age = min(months // 12, 110)
    female = profile.female[age]
    if practice != NONE:
        female += profile.female_shift[practice]
    flags = FEMALE if w < female else 0
    if ghost:
        kind = EMIGRATED if z < profile.ghost_classes[0] else DUPLICATE
        if profile.ghost_classes[0] <= z < profile.ghost_classes[1]:
            kind = SHORT_TERM_GONE
        flags = with_presence(flags, kind)
    else:
        flags = with_presence(flags, UNCOUNTED if uncounted else PRESENT)
        if 18 <= age < 40 and stay < profile.short_term[area]:
            flags |= SHORT_TERM
    if practice != NONE and profile.list_months[practice] >= 0:
        tenure *= 1.0 - np.exp(
            -profile.leaving[age] * profile.list_months[practice]
        )  # nobody joined before it was there
    since = month - min(int(-np.log(1.0 - tenure) / profile.leaving[age]), months)
    return Row(month - months, since, practice, NONE, area, area, flags, int(x * 256.0), INITIAL, NOBODY)


@inner
def age_in_band(profile, area, band, u):
    """A single year of age within a list band, drawn by the area's residents (uniformly where it has none)."""
    low, high = profile.band_start[band], profile.band_start[band + 1]
    ages = profile.age_cumulative[area]
    before = ages[low - 1] if low > 0 else 0
    people = ages[high - 1] - before
    if people <= 0:
        return np.int64(low + int(u * min(high - low, 20)))
    target = before + int(u * people)
    below = 0
    for k in range(low, high - 1):
        below += ages[k] <= target
    return np.int64(low + below)
