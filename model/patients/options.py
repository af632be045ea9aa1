"""Builds what is open to whom: the choice tables of a region under the boundaries and rules of the day."""

from __future__ import annotations

import numpy as np

from model.geography.region import Region
from model.geography.travel import Travel
from model.patients.choose import Options
from model.patients.ties import bonds_of, borders_of
from model.patients.utility import DistanceCosts, cost_of_distance, cost_of_sites, distance_costs
from model.providers.practice_lists import PracticeLists
from model.scenario import Scenario


def build_options(
    region: Region, travel: Travel, workplaces: np.ndarray, scenario: Scenario, lists: PracticeLists
) -> Options:
    """Options of a region; weights are set by :func:`apply_boundaries` and refreshed every month.

    ``workplaces`` are the areas that each area's residents work in, int[A, 16] (:mod:`model.geography.commuting`).
    """
    c, b = scenario.choice, scenario.boundaries
    areas, candidates = travel.practice.shape
    work = min(b.work_candidates, candidates)
    practices = len(region.practices)
    costs = distance_costs(region, travel, c)
    # Copies that may be written: read-only arrays lose that mark when a model is pickled, and kernels compile anew.
    options = Options(
        practice=np.array(travel.practice, dtype=np.uint16, order="C"),
        network_km=np.array(travel.network_km, dtype=np.float32, order="C"),
        weight=np.zeros((2, areas, candidates), np.float32),
        cumulative=np.zeros((2, areas, candidates), np.float32),
        work_practice=np.array(travel.practice[:, :work], dtype=np.uint16, order="C"),
        work_weight=np.zeros((areas, work), np.float32),
        work_cumulative=np.zeros((areas, work), np.float32),
        workplaces=np.ascontiguousarray(workplaces, dtype=np.uint16),
        employed=scenario.work.employed,
        appeal=np.ones((2, practices)),
        deprived=(region.deprivation_decile <= 5).astype(np.uint8),
        open=np.ones(practices, np.uint8),
        beyond=np.zeros((areas, candidates), np.uint8),
        residence_only=np.zeros(1, np.uint8),
        outer_km=np.zeros(practices, np.float32),
        takes_out_of_area=np.zeros(practices, np.uint8),
        bonds=bonds_of(region, travel.practice, c),
        per_log=costs.per_log,
        per_km=costs.per_km,
        site_log=costs.site_log,
        per_detour=costs.per_detour,
        density=costs.density,
        older_distance=c.older_distance,
        border_site=c.border_site,
        border_membership=c.border_membership,
        border_authority=c.border_authority,
        inertia=float(np.exp(c.inertia)),
        out_of_area=float(np.exp(-b.out_of_area_penalty)),
        x=np.array(region.x, dtype=np.float64),
        y=np.array(region.y, dtype=np.float64),
        practice_x=np.array(region.practice_x, dtype=np.float64),
        practice_y=np.array(region.practice_y, dtype=np.float64),
        area_commissioner=region.area_commissioner.astype(np.int32),
        site_commissioner=region.area_commissioner[region.practice_area].astype(np.int32),
        practice_commissioner=region.practice_commissioner.astype(np.int32),
        area_authority=region.area_authority.astype(np.int32),
        site_authority=region.area_authority[region.practice_area].astype(np.int32),
    )
    apply_boundaries(options, region, travel, scenario, lists)
    return options


def apply_boundaries(
    options: Options, region: Region, travel: Travel, scenario: Scenario, lists: PracticeLists
) -> None:
    """Set the constant weights under the present boundaries and out-of-area rules, in place.

    Within a practice's inner boundary the weight is exp(V); beyond it, exp(V - penalty) where the practice takes
    out-of-area patients, else 0. Near work, distance counts from the workplace and every choice is out of area. Where
    people register by residence, only practices of the home's commissioner have a weight, and none near work.
    """
    _follow_openings(options, region, travel, scenario)
    options.practice[:], options.network_km[:] = travel.practice, travel.network_km
    options.work_practice[:] = travel.practice[:, : options.work_practice.shape[1]]
    options.outer_km[:] = lists.outer_km
    options.takes_out_of_area[:] = lists.takes_out_of_area
    costs = DistanceCosts(options.per_log, options.per_km, options.site_log, options.per_detour, options.density)
    distance = cost_of_distance(costs, travel)
    utility = options.bonds - borders_of(region, travel.practice, scenario.choice)
    utility -= distance
    beyond = beyond_boundary(travel, lists)
    options.beyond[:] = beyond
    allowed = np.where(beyond, lists.takes_out_of_area[travel.practice] * np.float32(options.out_of_area), 1.0)
    out_of_area = options.out_of_area
    if options.residence_only[0]:
        allowed = allowed * (options.practice_commissioner[travel.practice] == options.area_commissioner[:, None])
        out_of_area = 0.0
    options.weight[0] = np.exp(utility) * allowed
    options.weight[1] = np.exp(utility - np.float32(scenario.choice.older_distance - 1.0) * distance) * allowed
    work = options.work_practice.shape[1]
    options.work_weight[:] = np.exp(-distance[:, :work]) * out_of_area
    lists.changed = False


def _follow_openings(options: Options, region: Region, travel: Travel, scenario: Scenario) -> None:
    """Bonds and costs where practices have opened, in place: new sites, and areas with other candidates."""
    moved = np.flatnonzero((options.practice != travel.practice).any(axis=1))
    if len(moved):
        options.bonds[moved] = bonds_of(region, travel.practice[moved], scenario.choice, moved)
    options.site_log[:] = cost_of_sites(region, options.density, scenario.choice)
    options.site_authority[:] = region.area_authority[region.practice_area]


def beyond_boundary(travel: Travel, lists: PracticeLists) -> np.ndarray:
    """Whether an area lies beyond the boundary of each of its candidates, bool[A, K].

    The practices of a federation share one catchment: within any member's boundary is within every member's.
    """
    beyond = travel.network_km > lists.inner_km[travel.practice]
    federation = lists.federation[travel.practice]
    member = federation >= 0
    if member.any():
        covered = np.zeros((len(beyond), int(federation.max()) + 1), bool)
        area, place = np.nonzero(member & ~beyond)
        covered[area, federation[area, place]] = True
        beyond &= ~(member & covered[np.arange(len(beyond))[:, None], np.maximum(federation, 0)])
    return beyond
