"""New practices: how many places a run keeps in reserve for them, and what happens when one opens."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from model.geography.region import Region
from model.geography.travel import DETOUR, Travel
from model.months import first_month, months_since_1970
from model.providers.practice_lists import UNKNOWN_LOAD

if TYPE_CHECKING:
    from model.model import RegistrationModel
    from model.scenario import Scenario

SPARE = 3.0
"""Standard deviations of the number of openings that are kept in reserve beyond the mean."""
KNOWN_WITHIN_KM = 10.0
"""Straight km within which people consider a new practice."""
UNKNOWN_INNER_KM = 5.0
"""Boundary of a practice that opens where there is none to be like."""


def providers_in(scenario: Scenario, region: Region) -> int:
    """Digital providers there are at the start or may be launched."""
    launched = sum(event.kind == "digital-launch" for event in scenario.timeline)
    return int((region.provider_kind == "digital").sum()) + launched


def places_in_reserve(scenario: Scenario, region: Region) -> int:
    """Practices that may open during a run: ordinary ones, digital hosts and local contracts, trusts' own."""
    kinds = [event.kind for event in scenario.timeline]
    first = months_since_1970(first_month(scenario, region))
    aprils = (first + scenario.months - 4) // 12 - (first - 4) // 12
    years = max(aprils, scenario.months / 12.0)
    expected = scenario.practices.openings / 1000.0 * len(region.practices) * years
    openings = math.ceil(expected + SPARE * math.sqrt(expected)) + (1 if expected > 0 else 0)
    contracts = len(region.commissioners) * providers_in(scenario, region) if "list-split" in kinds else 0
    at_sites = max(len(region.systems), len(region.commissioners)) * 2 if "trust-takeover" in kinds else 0
    return openings + contracts + at_sites + kinds.count("digital-launch")


def with_room(travel: Travel) -> Travel:
    """Travel tables that may be written to, so that practices that open can be put among the candidates."""
    return replace(travel, practice=travel.practice.copy(), km=travel.km.copy(), network_km=travel.network_km.copy())


def open_in_reserve(
    model: RegistrationModel, area: int, kind: str, commissioner: int | None, gps: float, name: str
) -> int:
    """A practice opens in an area, in a place kept in reserve.

    It attracts like the median practice of its commissioner, takes the median boundary, and those who live within
    10 km may choose it; a digital list is not chosen by distance at all.

    Args:
        model: the run.
        area: where it stands.
        kind: gp, digital or trust.
        commissioner: whose patients its patients become; None = the commissioner of the area.
        gps: full-time equivalents.
        name: what it is called.

    Returns:
        Its position.

    Raises:
        InputError: no place is left.
    """
    region, lists, options = model.region, model.lists, model.world.options
    p = lists.free_slot()
    responsible = int(region.area_commissioner[area]) if commissioner is None else commissioner
    like = lists.conventional & (region.practice_commissioner == responsible)
    like = like if like.any() else lists.conventional

    def median(column: np.ndarray, otherwise: float) -> float:
        return float(np.median(column[like])) if like.any() else otherwise

    region.practice_x[p], region.practice_y[p] = region.x[area], region.y[area]
    region.practice_area[p], region.practice_commissioner[p] = area, responsible
    region.provider_kind[p], region.practice_names[p] = kind, name or f"New practice, {region.areas[area]}"
    options.practice_x[p], options.practice_y[p] = region.practice_x[p], region.practice_y[p]
    options.site_commissioner[p] = region.area_commissioner[area]
    options.practice_commissioner[p] = model.counts.ground.practice_commissioner[p] = responsible
    lists.exists[p] = lists.open[p] = True
    lists.opened[p] = model.month_number
    lists.gps_fte[p] = 0.0 if kind == "digital" else gps
    lists.effect[p] = median(lists.effect, 0.0)
    lists.starting_load[p] = median(lists.starting_load, UNKNOWN_LOAD)
    lists.inner_km[p] = median(lists.inner_km, UNKNOWN_INNER_KM)
    lists.outer_km[p] = model.scenario.boundaries.outer_ratio * lists.inner_km[p]
    usual = median(lists.satisfaction, lists.satisfaction[p])
    lists.satisfaction[p], lists.starting_satisfaction[p] = usual, usual - lists.national
    # What rivals add is in its neighbours' satisfaction, so next April only what differs is felt.
    felt = model.practice_year.competition
    felt[p] = median(felt, 0.0)
    model.levels.open_practice(p, area)
    if kind != "digital":
        become_candidate(model.travel, region, p)
    model.practices[p].cell = model.network[area]
    lists.changed = True
    return p


def become_candidate(travel: Travel, region: Region, practice: int) -> None:
    """Put a practice among the candidates of the areas near it, in place; the farthest candidate makes room.

    Network km are straight km x 1.12, England's median detour.
    """
    km = np.hypot(region.x - region.practice_x[practice], region.y - region.practice_y[practice]) / 1000.0
    last = travel.practice.shape[1] - 1
    near = np.flatnonzero((km <= KNOWN_WITHIN_KM) & (km < travel.km[:, last]))
    for a in near.tolist():
        k = int(np.searchsorted(travel.km[a], km[a], side="right"))
        for column, value in (
            (travel.practice, practice),
            (travel.km, km[a]),
            (travel.network_km, km[a] * DETOUR),
        ):
            column[a, k + 1 :] = column[a, k:last]
            column[a, k] = value
