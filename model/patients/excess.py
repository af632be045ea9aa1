"""Who is behind the excess of registered over resident: lists by age, ghosts and the unregistered, area by area.

Registered - resident = ghosts - unregistered - uncounted residents, and no file separates them (DESIGN 13). So:
lists by age come from the practices' published age bands, fitted to the register; true residents are w times the
census-based ones, w drawn by area; a share u of them is on no list; and ghosts = registered - (1 - u) w residents.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.special import ndtri

from model.geography.region import LIST_BAND_STARTS, Region
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

    Starts from the ages of the area's residents with the national excess, then is fitted in turn (iterative
    proportional fitting) to the practice's published ages, where it has them, and to the row. Fractions are rounded by
    systematic sampling with one keyed draw a row, so a row of one patient is not always of the commonest age.
    """
    bands = resident_bands(region) + 0.05
    seed = bands * (1.0 + np.asarray(scenario.ghosts.excess_by_age))
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


@njit(cache=True)
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


@njit(cache=True)
def whole_rows(cells, patients, seed):
    """Whole numbers int32[R, 4] near the cells whose rows sum to patients exactly (systematic sampling)."""
    rows, bands = cells.shape
    whole = np.zeros((rows, bands), np.int32)
    for r in range(rows):
        u, _, _, _ = uniforms(seed, r, 0, _ROUNDING)
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

    w has mean 1 and the scenario's SD by area, larger in the most mobile areas (highest share aged 20-34). Where a
    register is smaller than (1 - u) w residents, the unregistered share rises up to its cap and the rest is taken to be
    an overcount of the census base.
    """
    g = scenario.ghosts
    by_band = lists_by_age(region, scenario, register)
    areas = len(region.areas)
    registered = np.stack([np.bincount(register.area, by_band[:, b], areas) for b in range(BANDS)], axis=1)
    residents = resident_bands(region)
    young = region.population[:, 20:35].sum(axis=1) / np.maximum(region.residents, 1)
    mobile = young >= np.quantile(young, 1.0 - g.mobile_share) if areas > 1 else np.zeros(areas, bool)
    draws = ndtri(np.clip(area_draws(scenario.seed, areas, _CENSUS), 1e-6, 1 - 1e-6))
    w = np.clip(1.0 + np.where(mobile, g.census_sd_mobile, g.census_sd) * draws, 0.5, 1.5)
    u = np.clip(g.unregistered * np.asarray(g.unregistered_by_age), 0.0, 0.5)[None, :]
    true = residents * w[:, None]
    on_lists = np.minimum((1.0 - u) * true, registered)
    cap = np.maximum(g.most_unregistered, u)
    missing = np.minimum(np.maximum(true - on_lists, 0.0), cap / (1.0 - cap) * on_lists)
    missing = np.where(registered > 0, missing, true * u)
    uncounted = np.clip(on_lists + missing - residents, 0.0, on_lists)
    rounding = area_draws(scenario.seed, areas * BANDS, _ROUNDING, 1).reshape(areas, BANDS)
    return Excess(
        by_band=by_band,
        ghosts=np.minimum(np.floor(registered - on_lists + rounding), registered).astype(np.int32),
        unregistered=np.floor(missing + rounding).astype(np.int32),
        uncounted=np.floor(uncounted + rounding).astype(np.int32),
    )


@njit(cache=True)
def area_draws(seed, count, purpose, number=0):
    """One keyed uniform for each of ``count`` places, float64[count]."""
    out = np.empty(count)
    for i in range(count):
        out[i] = uniforms(seed, i, 0, purpose, number)[0]
    return out
