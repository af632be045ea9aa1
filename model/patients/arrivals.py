"""Who immigrates, and where: numbers by authority, zone, sex and age as published."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.geography.region import MIGRATION_AGE_STARTS, Region
from model.patients.compiled import scalar, setup
from model.patients.draws import Purpose, uniforms
from model.patients.moves import area_in_zone, zone_in_authority
from model.patients.running_sums import pick, running
from model.scenario import Scenario

_ARRIVAL = int(Purpose.ARRIVAL)
_ROUNDING = int(Purpose.ROUNDING)
BAND_END = (*MIGRATION_AGE_STARTS[1:], 90)


class Arrivals(NamedTuple):
    """Tables for drawing immigrants. L authorities, Z zones."""

    zone_cumulative: np.ndarray
    """float64[Z]: immigrants by zone in the order of ``authority_zones``, running sums within authorities."""
    profile: np.ndarray
    """float64[Z, 18]: running shares by sex (males first) and age band."""
    band_start: np.ndarray
    """int64[9]."""
    band_years: np.ndarray
    """int64[9]: single years in the band."""
    registers: float
    short_term: float
    """Share of arrivals that is short-term."""


def build_arrivals(region: Region, scenario: Scenario, moves) -> Arrivals:
    """Arrival tables from the region's immigration table, or from residents and the national age profile."""
    d = scenario.demography
    weight, profile = immigration_of(region, scenario)
    ordered = weight[moves.authority_zones] + 1e-6
    return Arrivals(
        zone_cumulative=running(ordered, moves.authority_start),
        profile=np.cumsum(profile, axis=1),
        band_start=np.asarray(MIGRATION_AGE_STARTS, dtype=np.int64),
        band_years=np.asarray(BAND_END, dtype=np.int64) - np.asarray(MIGRATION_AGE_STARTS, dtype=np.int64),
        registers=scenario.registration.registers_on_arrival,
        short_term=d.short_term_per_immigrant / (1.0 + d.short_term_per_immigrant),
    )


def immigration_of(region: Region, scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """Immigrants of each zone, float64[Z], in any unit, and their shares by sex and age band, float64[Z, 18]."""
    zones = len(region.zones)
    national = np.tile(np.asarray(scenario.demography.immigration_ages) / 2.0, 2)
    if region.immigration is None:
        weight = np.bincount(region.area_zone, region.residents, zones).astype(np.float64)
        profile = np.tile(national, (zones, 1))
    else:
        counts = region.immigration.reshape(zones, 18).astype(np.float64)
        weight = counts.sum(axis=1)
        # Five immigrants of the national profile steady the small numbers of a zone.
        profile = (counts + 5.0 * national) / (weight + 5.0 * national.sum())[:, None]
    return weight, profile


def expected_immigrants(
    region: Region, scenario: Scenario, zone_authority: np.ndarray, by_authority: np.ndarray
) -> np.ndarray:
    """Immigrants by age band and zone, float64[9, Z], given those of each authority, float64[L]."""
    weight, profile = immigration_of(region, scenario)
    weight = weight + 1e-6
    of_authority = np.bincount(zone_authority, weight, len(by_authority))
    arriving = by_authority[zone_authority] * weight / of_authority[zone_authority]
    bands = (profile[:, :9] + profile[:, 9:]) / profile.sum(axis=1, keepdims=True)
    return np.ascontiguousarray(bands.T * arriving)


@setup
def numbers_arriving(seed, month, expected):
    """Whole numbers with the expected values given (float64[L]), rounded by keyed draws: int64[L]."""
    numbers = np.empty(len(expected), np.int64)
    for i in range(len(expected)):
        u, _, _, _ = uniforms(seed, i, month, _ROUNDING, 0)
        numbers[i] = int(expected[i] + u)
    return numbers


@scalar
def immigrant(seed, patient, month, authority, arrivals, moves):
    """One immigrant to an authority: (born month, female, home, short-term, registers at once, need)."""
    u, v, w, x = uniforms(seed, patient, month, _ARRIVAL, 0)
    k = pick(arrivals.zone_cumulative, moves.authority_start[authority], moves.authority_start[authority + 1], u)
    zone = np.int64(moves.authority_zones[k]) if k >= 0 else zone_in_authority(moves, authority, 4, u)
    cell = max(pick(arrivals.profile[zone], 0, 18, v), 0)
    band = cell % 9
    months = int((arrivals.band_start[band] + w * arrivals.band_years[band]) * 12.0)
    home = area_in_zone(moves, zone, band, x)
    u, v, w, _ = uniforms(seed, patient, month, _ARRIVAL, 1)
    return month - months, cell >= 9, home, u < arrivals.short_term, v < arrivals.registers, int(w * 256.0)
