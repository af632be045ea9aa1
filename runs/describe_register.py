"""What a region's register says at month 0, beside the published figures: who is registered where, and how far away.

Sections of :func:`runs.describe.describe_region`, whose docstring says what the published figures are.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import KDTree

from model.geography.london import in_london
from model.geography.region import Region
from model.measures import access, catchments, concentration, divergence, flows, inequality, weighted
from runs.published_table import Row, percentile_rows

SMALLEST_PRACTICE = 500
"""Lists below this (services for special groups) are left out of mean sizes and of the choice of the nearest."""
ORDINARY_LIST = 1000
"""Lists from this size on have a stable share of patients from elsewhere, and GPs recorded."""
ENGLAND_RESIDENTS = 56_550_138
"""ONS mid-2020."""
SMALLEST_NETWORK, LARGEST_NETWORK = 30_000, 50_000
"""Patients of a primary care network as intended (NHS England 2019)."""
DIGITAL_LIST, DIGITAL_CROSSING = 89_786, 0.923
"""GP at Hand's patients in the register of January 2021, and the share who live outside its host's commissioner."""
RATIO_BY_DECILE = (1.121, 1.106, 1.091, 1.076, 1.059, 1.055, 1.050, 1.051, 1.043, 1.054)
"""Registered / resident by deprivation decile of the area, most deprived first, England, January 2021."""


class Register:
    """The register of a region in the forms the sections share.

    Raises:
        ValueError: the region has no register.
    """

    def __init__(self, region: Region) -> None:
        area, practice, patients = (
            region.registration_area,
            region.registration_practice,
            region.registration_patients,
        )
        if area is None or practice is None or patients is None:
            raise ValueError("the region has no registrations table")
        self.region = region
        self.area, self.practice, self.patients = area, practice, patients.astype(np.int64)
        self.km = access.straight_line_km(
            region.x[area], region.y[area], region.practice_x[practice], region.practice_y[practice]
        )
        self.home = region.area_commissioner[area]
        self.host = region.practice_commissioner[practice]
        self.crosses = self.home != self.host
        self.flows = flows.flow_matrix(self.home, self.host, self.patients, len(region.commissioners))


def by_area(register: Register) -> Iterator[Row]:
    """Registered over resident people of areas, of London and by deprivation."""
    section = "Registered against resident"
    region = register.region
    registered = np.bincount(register.area, register.patients, len(region.areas))
    ratio = divergence.registered_resident_ratio(registered, region.residents)
    yield from percentile_rows(
        section, "by area", "number", ratio, (1, 5, 50, 95, 99), (0.815, 0.946, 1.060, 1.251, 1.405)
    )
    london = in_london(region)
    if london.any():
        yield Row(
            section, "London residents", "number", registered[london].sum() / region.residents[london].sum(), 1.141
        )
    decile = region.deprivation_decile.astype(np.int64) - 1
    people = np.bincount(decile, region.residents, 10)
    by_decile = divergence.registered_resident_ratio(np.bincount(decile, registered, 10), people)
    yield Row(section, "most deprived tenth of areas", "number", by_decile[0], RATIO_BY_DECILE[0])
    yield Row(section, "least deprived tenth of areas", "number", by_decile[9], RATIO_BY_DECILE[9])
    # Deciles of areas hold about a tenth of residents each: the published slope is that of equal tenths.
    published = round(inequality.gradient(RATIO_BY_DECILE, np.ones(10)).slope, 3)
    yield Row(
        section, "slope, most to least deprived", "number", inequality.gradient(by_decile, people).slope, published
    )


def across_borders(register: Register) -> Iterator[Row]:
    """Registrations that cross commissioners' borders."""
    section = "Across commissioners' borders"
    region, matrix = register.region, register.flows
    gross, net = flows.gross_misalignment(matrix), flows.net_misalignment(matrix)
    yield Row(section, "gross misalignment", "share", gross, 0.0417)
    yield Row(section, "net misalignment", "share", net, 0.0103)
    yield Row(section, "effectiveness (net / gross)", "number", flows.effectiveness(matrix), 0.247)
    if gross > 0:
        crossing, on_balance = flows.outflow(matrix).sum(), np.abs(flows.net_flow(matrix)).sum() / 2
        whole = england_sized(region)
        yield Row(section, "patients across a border", "people", crossing, 2_522_872 if whole else None)
        yield Row(section, "patients across on balance", "people", on_balance, 621_989 if whole else None)
    at = (5, 50, 95, 100)
    outflow = 1 - flows.retention(matrix)
    yield from percentile_rows(section, "outflow of residents", "share", outflow, at, (0.005, 0.039, 0.134, 0.188))
    with np.errstate(invalid="ignore", divide="ignore"):
        net_flow = flows.net_flow(matrix) / flows.residents_registered(matrix)
    yield from percentile_rows(section, "net flow / residents", "share", net_flow, at, (-0.059, -0.001, 0.051, 0.339))
    yield from percentile_rows(
        section, "registered and resident overlap (Jaccard)", "share", flows.jaccard(matrix), (0, 50)
    )
    listed = np.bincount(register.practice, register.patients, len(region.practices))
    elsewhere = np.bincount(register.practice, register.patients * register.crosses, len(region.practices))
    counted = (region.list_size >= ORDINARY_LIST) & (listed > 0)
    share = elsewhere[counted] / listed[counted]
    percentages, published = (50, 75, 90, 95, 99), (0.007, 0.040, 0.129, 0.236, 0.501)
    yield from percentile_rows(section, "of a practice's list from elsewhere", "share", share, percentages, published)


def distances(register: Register) -> Iterator[Row]:
    """How far people live from their practice."""
    section = "Straight-line distance, home area to practice"
    region = register.region
    rural, london = region.rural[register.area], in_london(region)[register.area]
    at = (10, 50, 90, 99)
    for name, chosen, published, far in (
        ("all", np.ones(rural.shape, bool), (0.33, 1.21, 4.60, 11.65), 0.0162),
        ("urban", ~rural, (0.32, 1.10, 3.33, 8.99), 0.0077),
        ("rural", rural, (0.43, 3.36, 8.40, 16.05), 0.0594),
        ("London", london, (0.23, 0.75, 2.45, 8.98), 0.0081),
        ("across a border", register.crosses, (0.72, 3.34, 9.66, 24.6), 0.093),
    ):
        km, patients = register.km[chosen], register.patients[chosen]
        pattern = "P9" if name in ("all", "urban") else ""
        yield from percentile_rows(section, name, "km", km, at, published, weights=patients, pattern=pattern)
        yield Row(section, f"{name}, beyond 10 km", "share", weighted.share_above(km, patients, 10), far)


def chosen_ranks(register: Register) -> Iterator[Row]:
    """How many nearer practices people pass by."""
    section = f"Rank of the chosen practice by distance (lists from {SMALLEST_PRACTICE})"
    region = register.region
    counted = np.flatnonzero(region.list_size >= SMALLEST_PRACTICE)
    if counted.size == 0:
        return
    position = np.full(len(region.practices), -1)
    position[counted] = np.arange(counted.size)
    rows = position[register.practice] >= 0
    area, patients = register.area[rows], register.patients[rows]
    areas = np.column_stack([region.x, region.y])
    sites = np.column_stack([region.practice_x, region.practice_y])[counted]
    rank = access.rank_by_distance(areas, sites, area, position[register.practice[rows]], 30)
    shares = access.shares_by_rank(rank, patients, 30)
    yield Row(section, "nearest", "share", shares[0], 0.397, pattern="P9")
    rural = region.rural[area]
    yield Row(section, "nearest, urban", "share", access.share_at_nearest(rank[~rural], patients[~rural]), 0.364)
    yield Row(section, "nearest, rural", "share", access.share_at_nearest(rank[rural], patients[rural]), 0.564)
    # A sixth of practices share a building, so "the nearest" depends on the order in which those are taken.
    nearest_km = KDTree(sites).query(areas)[0][area] / 1000
    same_building = weighted.weighted_mean(register.km[rows] <= nearest_km + 1e-6, patients)
    yield Row(section, "nearest, or in the same building", "share", same_building)
    yield Row(section, "second", "share", shares[1], 0.186)
    yield Row(section, "third", "share", shares[2], 0.106)
    yield Row(section, "first five", "share", shares[:5].sum(), 0.801)
    yield Row(section, "first ten", "share", shares[:10].sum(), 0.907)
    yield Row(section, "beyond the 30th", "share", 1 - shares.sum(), 0.023)


def sharing(register: Register) -> Iterator[Row]:
    """How many practices share an area, and commissioners an authority; how far networks cover places."""
    section = "Who shares a place"
    region = register.region
    areas, at = len(region.areas), (5, 50, 95)
    index = concentration.herfindahl_by_group(register.area, register.patients, areas)
    yield from percentile_rows(section, "Herfindahl index of an area", "number", index, at, (0.128, 0.306, 0.848))
    present = np.bincount(register.area, register.patients >= 10, areas)
    yield from percentile_rows(section, "practices with 10 or more of an area", "number", present, at, (3, 8, 20))
    reach = np.bincount(register.practice, minlength=len(region.practices))[region.list_size >= SMALLEST_PRACTICE]
    yield from percentile_rows(section, "areas on a practice's list", "number", reach, at, (30, 101, 295))
    codes, network = np.unique(region.practice_neighbourhood, return_inverse=True)
    named = (codes != "")[network][register.practice]
    if named.any():
        led = catchments.plurality_catchments(
            register.area[named], network[register.practice[named]], register.patients[named], areas, codes.size
        )
        source = "PCNs, April 2021, Beaney 2022"
        yield Row(section, "networks: registered with catchment, r", "number", led.correlation, 0.91, source, "P22")
        yield from percentile_rows(section, "networks: registered and catchment overlap", "share", led.overlap, (50,))
    met = flows.flow_matrix(
        region.area_authority[register.area],
        register.host,
        register.patients,
        (len(region.authorities), len(region.commissioners)),
    )
    effective = concentration.effective_number(met)
    yield from percentile_rows(section, "effective commissioners of an authority", "number", effective, (50, 95))
    several = divergence.commissioners_met(met, at_least=100)
    yield from percentile_rows(section, "commissioners with 100 or more of it", "number", several, (50, 95))


def largest_digital(register: Register) -> Iterator[Row]:
    """Who is registered with the largest digital practice; nothing where there is none."""
    region = register.region
    digital = np.flatnonzero(region.provider_kind == "digital")
    if digital.size == 0:
        return
    largest = digital[np.argmax(region.list_size[digital])]
    own = register.practice == largest
    patients = register.patients[own]
    section, source = f"Largest digital practice ({region.practices[largest]})", "GP at Hand, 1 Jan 2021"
    yield Row(section, "list", "people", float(region.list_size[largest]), DIGITAL_LIST, source, "P11")
    crossing = weighted.weighted_mean(register.crosses[own], patients)
    yield Row(section, "live outside the host commissioner", "share", crossing, DIGITAL_CROSSING, source)
    yield Row(section, "home areas", "number", float(own.sum()), 7_438, source)
    yield Row(section, "home commissioners", "number", float(np.unique(register.home[own]).size), 130, source)
    yield Row(section, "median distance", "km", weighted.weighted_median(register.km[own], patients), 10.13, source)


def england_sized(region: Region) -> bool:
    """Whether counts can be held against England's: its residents are within a tenth."""
    return abs(int(region.residents.sum()) / ENGLAND_RESIDENTS - 1) < 0.1
