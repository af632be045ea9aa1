"""Who is behind the excess of registered over resident: lists by age, ghosts and the unregistered, area by area.

Registered - resident = ghosts - unregistered - uncounted residents, and no file separates them (ODD 7.3). So:
lists by age come from the practices' published age bands, fitted to the register; true residents are w times the
census-based ones, w drawn by authority; a share u of them is on no list; and ghosts = registered - (1 - u) w residents.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from model.geography.region import LIST_BAND_STARTS, Region
from model.patients.compiled import setup
from model.patients.draws import Purpose, uniforms
from model.scenario import Scenario

BANDS = len(LIST_BAND_STARTS)
_ROUNDING = int(Purpose.ROUNDING)
_CENSUS = int(Purpose.CENSUS)
FITTING_ROUNDS = 30


class Register(NamedTuple):
    """A register as arrays, sorted by area, then practice. R rows."""

    area: np.ndarray
    """int32[R]."""
    practice: np.ndarray
    """int32[R]."""
    patients: np.ndarray
    """int32[R]."""


class Excess(NamedTuple):
    """Registered and present people by area and list age band (0-17, 18-49, 50-64, 65+)."""

    by_band: np.ndarray
    """int32[R, 4]: patients of each register row by age band; rows sum to the register."""
    ghosts: np.ndarray
    """int32[A, 4]: of those registered in the area, not there."""
    unregistered: np.ndarray
    """int32[A, 4]: residents on no list."""
    uncounted: np.ndarray
    """int32[A, 4]: registered residents missed by the census base."""


def resident_bands(region: Region) -> np.ndarray:
    """Census-based residents by area and list age band, float64[A, 4]."""
    parts = np.split(region.population, LIST_BAND_STARTS[1:], axis=1)
    return np.stack([part.sum(axis=1) for part in parts], axis=1).astype(np.float64)


def lists_by_age(region: Region, scenario: Scenario, register: Register) -> np.ndarray:
    """Patients of each register row by list age band, int32[R, 4], rows summing to the register.

    Starts from the ages of the area's residents with the excess by age (:func:`excess_by_age`), then is fitted in turn
    (iterative proportional fitting) to the practice's published ages, where it has them, and to the row. Fractions are
    rounded by systematic sampling with one keyed draw a row, so a row of one patient is not always of the commonest age.
    """
    bands = resident_bands(region) + 0.05
    seed = bands * (1.0 + excess_by_age(region, scenario, register))
    seed /= seed.sum(axis=1, keepdims=True)
    cells = seed[register.area] * register.patients[:, None]
    known = np.zeros(len(region.practices), bool)
    shares = np.full((len(region.practices), BANDS), np.nan)
    if region.list_by_age is not None:
        total = region.list_by_age.sum(axis=1)
        known = np.isfinite(total) & (total > 0)
        shares[known] = region.list_by_age[known] / total[known, None]
    held = np.bincount(register.practice, register.patients, len(region.practices))
    targets = np.where(known[:, None], shares * held[:, None], -1.0)
    fit_bands(cells, register.practice, register.patients.astype(np.float64), targets, FITTING_ROUNDS)
    return whole_rows(cells, register.patients, scenario.seed)


def excess_by_age(region: Region, scenario: Scenario, register: Register) -> np.ndarray:
    """Registered over resident less 1 by age band, float64[4]; float64[A, 4] where no practice has published ages.

    With published ages it is only where the fitting starts, and the scenario's serves everywhere. Without them the
    scenario's pattern is scaled to what each authority's lists exceed its residents by (not below 0): the level is that
    of the lists, in whatever year, and only the pattern is that of April 2020. Unscaled it would leave fewer children
    and old people on lists than live there wherever the excess is smaller than in 2020, and many more where it is larger.
    """
    pattern = np.asarray(scenario.ghosts.excess_by_age)
    if region.list_by_age is not None:
        return pattern
    authorities = len(region.authorities)
    bands = resident_bands(region)
    expected = np.bincount(region.area_authority, bands @ pattern, authorities)
    living = np.bincount(region.area_authority, bands.sum(axis=1), authorities)
    listed = np.bincount(region.area_authority[register.area], register.patients, authorities)
    scale = np.maximum(listed - living, 0.0) / np.where(expected > 0.0, expected, np.inf)
    return pattern * scale[region.area_authority, None]


@setup
def fit_bands(cells, practice, patients, targets, rounds):
    """Fit cells float64[R, 4] to targets float64[P, 4] by practice (negative = unknown) and rows to patients, in place."""
    rows, bands = cells.shape
    for _ in range(rounds):
        sums = np.zeros(targets.shape)
        for r in range(rows):
            for b in range(bands):
                sums[practice[r], b] += cells[r, b]
        for r in range(rows):
            p = practice[r]
            total = 0.0
            for b in range(bands):
                if targets[p, b] >= 0.0 and sums[p, b] > 0.0:
                    cells[r, b] *= targets[p, b] / sums[p, b]
                total += cells[r, b]
            if total > 0.0:
                for b in range(bands):
                    cells[r, b] *= patients[r] / total


@setup
def whole_rows(cells, patients, seed):
    """Whole numbers int32[R, 4] near the cells whose rows sum to patients exactly (systematic sampling)."""
    rows, bands = cells.shape
    whole = np.zeros((rows, bands), np.int32)
    for r in range(rows):
        u, _, _, _ = uniforms(seed, r, 0, _ROUNDING, 0)
        total = 0.0
        for b in range(bands):
            total += cells[r, b]
        before = 0
        running = 0.0
        for b in range(bands):
            running += cells[r, b]
            upto = patients[r] if b == bands - 1 else min(int(running / total * patients[r] + u), patients[r])
            whole[r, b] = upto - before
            before = upto
    return whole


def separate_excess(region: Region, scenario: Scenario, register: Register) -> Excess:
    """Ghosts, unregistered and uncounted residents by area and age band.

    By authority and age band, true residents are w times the census-based ones (w: mean 1, the scenario's SD, larger in
    the most mobile tenth of authorities) and ghosts are registered - (1 - u) true residents, not below 0. Within the
    authority ghosts go to areas in proportion to the area's own positive excess; areas with fewer registered than
    resident people have none (small-area estimates and addresses on the register err in both directions).
    """
    g = scenario.ghosts
    by_band = lists_by_age(region, scenario, register)
    areas, authorities = len(region.areas), len(region.authorities)
    registered = np.stack([np.bincount(register.area, by_band[:, b], areas) for b in range(BANDS)], axis=1)
    residents = resident_bands(region)
    authority = region.area_authority
    w = true_over_census(region, scenario)[authority]
    u = np.clip(g.unregistered * np.asarray(g.unregistered_by_age), 0.0, 0.5)[None, :]
    excess = registered - (1.0 - u) * w * residents
    positive = np.maximum(excess, 0.0)
    wanted, found = (
        np.stack([np.bincount(authority, part[:, b], authorities) for b in range(BANDS)], axis=1)
        for part in (excess, positive)
    )
    share = np.clip(wanted, 0.0, None) / np.maximum(found, 1e-9)
    ghosts = np.minimum(positive * np.minimum(share, 1.0)[authority], registered)
    present = registered - ghosts
    rounding = area_draws(scenario.seed, areas * BANDS, _ROUNDING, 1).reshape(areas, BANDS)
    # Where nobody is registered, the unregistered are still a share of residents.
    unregistered = np.where(registered > 0, present * u / (1.0 - u), residents * u)
    uncounted = present * np.clip(1.0 - 1.0 / w, 0.0, 1.0)
    ghosts_whole = np.minimum(np.floor(ghosts + rounding), registered)
    return Excess(
        by_band=by_band,
        ghosts=ghosts_whole.astype(np.int32),
        unregistered=np.floor(unregistered + rounding).astype(np.int32),
        uncounted=np.minimum(np.floor(uncounted + rounding), registered - ghosts_whole).astype(np.int32),
    )


def true_over_census(region: Region, scenario: Scenario) -> np.ndarray:
    """w: true over census-based residents by authority and age band, float64[L, 4]: 1, or drawn from the prior.

    One draw an authority: its age bands err the same way, those hardest to count most. ``census_error`` 0 is the best
    estimate (nobody uncounted); ensembles draw with 1.
    """
    draws = area_draws(scenario.seed, len(region.authorities), _CENSUS)
    g = scenario.ghosts
    errors = g.census_error * census_sd(region, scenario) * ndtri(np.clip(draws, 1e-6, 1 - 1e-6))
    return np.clip(1.0 + errors[:, None] * np.asarray(g.census_sd_by_age), 0.5, 1.5)


def census_sd(region: Region, scenario: Scenario) -> np.ndarray:
    """Prior SD of w by authority, float64[L]: larger where the most residents are 20-34."""
    g = scenario.ghosts
    authorities = len(region.authorities)
    young = np.bincount(region.area_authority, region.population[:, 20:35].sum(axis=1), authorities)
    everyone = np.bincount(region.area_authority, region.residents, authorities)
    share = young / np.maximum(everyone, 1)
    several = authorities * g.mobile_share >= 1.0
    mobile = share >= np.quantile(share, 1.0 - g.mobile_share) if several else np.zeros(authorities, bool)
    return np.where(mobile, g.census_sd_mobile, g.census_sd)


@setup
def area_draws(seed, count, purpose, number=0):
    """One keyed uniform for each of ``count`` places, float64[count]."""
    out = np.empty(count)
    for i in range(count):
        out[i] = uniforms(seed, i, 0, purpose, number)[0]
    return out
