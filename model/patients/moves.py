"""Where movers go: published destinations by age (Census 2011) and gravity for the rest.

A move first is, or is not, across the authority's border (the rates decide). Across, the destination zone is drawn from
the origin zone's published destinations in other authorities; what that table does not cover goes by gravity to an
authority and then to one of its zones. Inside, a share stays in the zone and the rest goes to published destinations in
the authority. The area within the zone is drawn by its residents of the mover's age band. Factors on destinations are
balanced, so that moves into an authority match the published components and neighbourhoods grow as they should
(:mod:`model.patients.balance`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.geography.region import MIGRATION_AGE_STARTS, Region
from model.patients.balance import ExpectedYear, Zones, balance_areas, balance_zones, by_zone
from model.patients.compiled import inner, scalar
from model.patients.draws import Purpose, uniforms
from model.patients.running_sums import pick, running
from model.scenario import Scenario

BANDS = len(MIGRATION_AGE_STARTS)
_DESTINATION = int(Purpose.DESTINATION)


class Moves(NamedTuple):
    """Cumulative tables for drawing destinations. Z zones, L authorities, A areas, D published pairs."""

    zone: np.ndarray
    """int32[A]: zone of each area."""
    authority: np.ndarray
    """int32[A]."""
    zone_authority: np.ndarray
    """int32[Z]: authority of a zone (of most of its residents)."""
    start: np.ndarray
    """int64[Z + 1]: published pairs of each origin zone, those inside the authority first."""
    middle: np.ndarray
    """int64[Z]: first of the pairs across the border."""
    destination: np.ndarray
    """int32[D]: zone moved to."""
    cumulative: np.ndarray
    """float32[9, D]: running sums, restarted at each origin's start and middle."""
    gravity_share: np.ndarray
    """float32[9, Z]: weight of gravity beside the published pairs across the border."""
    gravity: np.ndarray
    """float64[L, L]: running sums along rows of balanced gravity to other authorities."""
    authority_start: np.ndarray
    """int64[L + 1]: zones of each authority in ``authority_zones``."""
    authority_zones: np.ndarray
    """int32[Z]."""
    zone_cumulative: np.ndarray
    """float64[9, Z]: residents by band x the zone's factor, running sums within each authority."""
    zone_start: np.ndarray
    """int64[Z + 1]: areas of each zone in ``zone_areas``."""
    zone_areas: np.ndarray
    """int32[A]."""
    area_cumulative: np.ndarray
    """float64[9, A]: residents by band x the area's factor, running sums within each zone."""
    same_zone: float


def band_counts(region: Region) -> np.ndarray:
    """Residents by migration age band and area, float64[9, A]; 0.01 added so that no band of a place is empty."""
    return (
        np.stack([part.sum(axis=1) for part in np.split(region.population, MIGRATION_AGE_STARTS[1:], axis=1)]).astype(
            np.float64
        )
        + 0.01
    )


def grouped(of: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Members of each group in order: (start int64[groups + 1], members int32[n])."""
    members = np.argsort(of, kind="stable").astype(np.int32)
    return np.searchsorted(of[members], np.arange(groups + 1)).astype(np.int64), members


def authority_of_zones(region: Region) -> np.ndarray:
    """Authority of most residents of each zone, int32[Z]."""
    tally = np.zeros((len(region.zones), len(region.authorities)))
    np.add.at(tally, (region.area_zone, region.area_authority), region.residents + 0.01)
    return tally.argmax(axis=1).astype(np.int32)


def gravity_between(region: Region, scenario: Scenario) -> np.ndarray:
    """Gravity from authority to authority, float64[L, L], diagonal 0: residents / (km + offset) ** exponent."""
    count = len(region.authorities)
    residents = region.residents.astype(np.float64)
    weight = np.bincount(region.area_authority, residents, count)
    weight_or_one = np.maximum(weight, 1e-9)
    x = np.bincount(region.area_authority, residents * region.x, count) / weight_or_one
    y = np.bincount(region.area_authority, residents * region.y, count) / weight_or_one
    km = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :]) / 1000.0
    d = scenario.demography
    pull = weight[None, :] / (km + d.gravity_offset_km) ** d.gravity_exponent
    np.fill_diagonal(pull, 0.0)
    return pull


def build_moves(
    region: Region,
    scenario: Scenario,
    leaving: np.ndarray,
    arriving: np.ndarray | None,
    year: ExpectedYear | None = None,
) -> Moves:
    """Destination tables, balanced.

    Args:
        region: its ``destinations`` are used where given; otherwise everything across a border goes by gravity.
        scenario: gravity and the share of moves that stay in the zone.
        leaving: expected moves across the authority's border, float64[L, 9] by authority and age band.
        arriving: published moves in by authority, float64[L], or None: authorities are not balanced.
        year: what is expected of each area in a year, or None: zones and areas are not balanced.
    """
    zones, authorities = len(region.zones), len(region.authorities)
    people = band_counts(region)
    zone = region.area_zone.astype(np.int32)
    zone_start, zone_areas = grouped(zone, zones)
    in_zone = np.stack([np.bincount(zone, band, zones) for band in people])
    zone_authority = authority_of_zones(region)
    authority_start, authority_zones = grouped(zone_authority, authorities)

    if region.destinations is None:
        origin = destination = np.zeros(0, np.int32)
        share = np.zeros((0, BANDS))
    else:
        told = region.destinations
        keep = told["origin"] != told["destination"]
        origin, destination = told["origin"][keep], told["destination"][keep]
        share = told["share"][keep].astype(np.float64)
    across = zone_authority[origin] != zone_authority[destination] if len(origin) else np.zeros(0, bool)
    order = np.lexsort((destination, across, origin))
    origin, destination, share, across = origin[order], destination[order], share[order], across[order]
    start = np.searchsorted(origin, np.arange(zones + 1)).astype(np.int64)
    inside = np.bincount(origin[~across], minlength=zones) if len(origin) else np.zeros(zones, np.int64)
    middle = start[:-1] + inside
    share = np.ascontiguousarray(share.T)
    covered = np.stack([np.bincount(origin, s, zones) if len(origin) else np.zeros(zones) for s in share])
    rest = np.clip(1.0 - covered, 0.02, 1.0)

    pull = gravity_between(region, scenario)
    pull /= np.maximum(pull.sum(axis=1, keepdims=True), 1e-300)
    table = Zones(zone_authority, start, middle, destination, share, rest, pull, in_zone)
    if year is None:
        # Of an origin authority's movers in a band, each zone sends its share of the band's residents.
        across_zones = leaving.T[:, zone_authority] * in_zone
        of_authority = np.stack([np.bincount(zone_authority, band, authorities) for band in in_zone])
        across_zones /= np.maximum(of_authority[:, zone_authority], 1e-9)
    else:
        across_zones = by_zone(year.across, zone, zones)
    target = None
    if arriving is not None:
        target = np.where(np.isnan(arriving), leaving.sum() / authorities, arriving)
        target = target * leaving.sum() / max(target.sum(), 1e-9)
    stay = scenario.demography.same_zone_share
    factor, pulling, arrivals = balance_zones(table, across_zones, target, year, zone, stay)
    of_areas = people if year is None else people * balance_areas(people, zone, arrivals, year)
    weighted = share * pulling[destination] * np.where(across, factor[zone_authority[destination]], 1.0)
    edges = np.unique(np.concatenate([start, middle])) if len(origin) else np.array([0])
    edges = np.append(edges, len(origin)) if edges[-1] != len(origin) else edges
    balanced = pull * factor[None, :]
    reach = balanced.sum(axis=1)
    return Moves(
        zone=zone,
        authority=region.area_authority.astype(np.int32),
        zone_authority=zone_authority,
        start=start,
        middle=middle.astype(np.int64),
        destination=destination.astype(np.int32),
        cumulative=running(weighted, edges).astype(np.float32) if len(origin) else np.zeros((BANDS, 0), np.float32),
        gravity_share=(rest * reach[zone_authority]).astype(np.float32),
        gravity=np.cumsum(balanced, axis=1),
        authority_start=authority_start,
        authority_zones=authority_zones,
        zone_cumulative=running((in_zone * pulling)[:, authority_zones], authority_start),
        zone_start=zone_start,
        zone_areas=zone_areas,
        area_cumulative=running(of_areas[:, zone_areas], zone_start),
        same_zone=stay,
    )


@inner
def area_in_zone(moves, zone, band, u):
    """An area of the zone, drawn by its residents of the age band and its factor."""
    k = pick(moves.area_cumulative[band], moves.zone_start[zone], moves.zone_start[zone + 1], u)
    return np.int64(moves.zone_areas[k])


@inner
def zone_in_authority(moves, authority, band, u):
    """A zone of the authority, drawn by its residents of the age band and its factor; -1 if it has none."""
    k = pick(moves.zone_cumulative[band], moves.authority_start[authority], moves.authority_start[authority + 1], u)
    return np.int64(moves.authority_zones[k]) if k >= 0 else np.int64(-1)


@scalar
def destination_of(seed, patient, month, home, band, across, moves):
    """The area a mover from ``home`` in an age band goes to, across the authority's border or inside it."""
    u, v, w, x = uniforms(seed, patient, month, _DESTINATION, 0)
    zone = np.int64(moves.zone[home])
    authority = moves.zone_authority[zone]
    row = moves.cumulative[band]
    low, high = (moves.middle[zone], moves.start[zone + 1]) if across else (moves.start[zone], moves.middle[zone])
    published = np.float64(row[high - 1]) if high > low else 0.0
    goal = np.int64(-1)
    if across:
        if u * (published + moves.gravity_share[band, zone]) < published:
            goal = np.int64(moves.destination[pick(row, low, high, v)])
        else:
            there = pick(moves.gravity[authority], 0, len(moves.gravity), v)
            goal = zone_in_authority(moves, there, band, w) if there >= 0 else goal
    elif u >= moves.same_zone:
        if published > 0.0:
            goal = np.int64(moves.destination[pick(row, low, high, v)])
        else:
            goal = zone_in_authority(moves, authority, band, v)
    if goal < 0:
        goal = zone
    return area_in_zone(moves, goal, band, x)
