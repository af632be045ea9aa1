"""What a region is before anything happens in it: its measures at month 0 beside the published ones.

Published figures are England's of January 2021 unless a row's source says otherwise, computed from the published
registers with the definitions used here. A region of another place or size is not expected to equal them; a synthetic
one is meant to resemble them. Where the region holds a real register, agreement is an echo of the input, not evidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.spatial import KDTree

from model.geography.network import network_edges
from model.geography.open_data import MEAN_GPS_PER_10000
from model.geography.region import Region
from model.measures import access, concentration, divergence, weighted
from model.reach import RADIUS_KM
from runs.describe_register import (
    ENGLAND_RESIDENTS,
    LARGEST_NETWORK,
    ORDINARY_LIST,
    SMALLEST_NETWORK,
    SMALLEST_PRACTICE,
    Register,
    across_borders,
    by_area,
    chosen_ranks,
    distances,
    england_sized,
    largest_digital,
    sharing,
)
from runs.published_table import REGISTER, Row, as_json, percentile_rows, render

__all__ = ["Row", "as_json", "describe_region", "render"]


def describe_region(region: Region) -> list[Row]:
    """Measures of a region at month 0, from its tables alone: nothing is simulated.

    Measures of flows, travel and choice need a register and are left out where the region has none.

    Returns:
        Rows in the order to show them. Counts have a published figure only in regions of about England's size.
    """
    register = None if region.registration_area is None else Register(region)
    rows = [*_counts(region), *_registered_against_resident(region)]
    if register is not None:
        rows += [*by_area(register), *across_borders(register)]
    rows += _practices(region)
    if register is not None:
        rows += [*distances(register), *chosen_ranks(register), *sharing(register), *largest_digital(register)]
    rows += _supply(region)
    return [row for row in rows if not math.isnan(row.here)]


def _counts(region: Region) -> Iterator[Row]:
    counts: list[tuple[str, str, int, int, str]] = [
        ("areas", "number", len(region.areas), 32_844, REGISTER),
        ("residents", "people", int(region.residents.sum()), ENGLAND_RESIDENTS, "ONS mid-2020"),
        ("practices", "number", len(region.practices), 6_658, REGISTER),
        ("patients on all lists", "people", int(region.list_size.sum()), 60_606_345, REGISTER),
        ("commissioners", "number", len(region.commissioners), 135, "CCGs of April 2020"),
        ("local authorities", "number", len(region.authorities), 309, "ONS, April 2021"),
    ]
    if region.registration_patients is not None:
        here = int(region.registration_patients.sum())
        counts.insert(4, ("patients living in the areas", "people", here, 60_557_453, REGISTER))
    for measure, unit, here, published, source in counts:
        yield Row("Counts", measure, unit, here, published if england_sized(region) else None, source)
    joins = network_edges(region).joins
    yield Row("Counts", "crossings added to connect the network", "number", joins, None, "islands and detached parts")


def _registered_against_resident(region: Region) -> Iterator[Row]:
    section = "Registered against resident"
    lists, residents = _lists_of_the_areas(region), region.residents
    commissioners = len(region.commissioners)
    ratio = divergence.registered_resident_ratio(
        np.bincount(region.practice_commissioner, lists, commissioners),
        np.bincount(region.area_commissioner, residents, commissioners),
    )
    source = f"{REGISTER}; ONS mid-2020"
    yield Row(section, "registered / resident", "number", lists.sum() / residents.sum(), 1.072, source, "P18")
    yield from percentile_rows(
        section, "by commissioner", "number", ratio, (5, 50, 95, 100), (0.979, 1.054, 1.201, 1.743), source=source
    )
    hosts = np.unique(region.practice_commissioner[region.provider_kind == "digital"])
    others = weighted.spread(np.delete(ratio, hosts))
    source = "77 areas coterminous with an authority, 2019/20"
    yield Row(section, "by commissioner without digital hosts, SD", "number", others.sd, 0.072, source, "P16")


def _lists_of_the_areas(region: Region) -> np.ndarray:
    """Patients of each list, int64[P]; in a part of England, whose lists reach beyond it, those who live in its areas."""
    if region.registration_patients is None or region.registration_practice is None or england_sized(region):
        return region.list_size.astype(np.int64)
    here = np.bincount(region.registration_practice, region.registration_patients, len(region.practices))
    return here.astype(np.int64)


def _practices(region: Region) -> Iterator[Row]:
    section = "Practices"
    lists = region.list_size.astype(np.int64)
    sized, ordinary = lists[lists >= SMALLEST_PRACTICE], lists >= ORDINARY_LIST
    source = "NHS Payments to General Practice 2020/21"
    if sized.size:
        yield Row(section, f"mean list (from {SMALLEST_PRACTICE})", "people", sized.mean(), 9_083, source, "P1")
        yield Row(section, f"median list (from {SMALLEST_PRACTICE})", "people", float(np.median(sized)), 7_926, source)
    yield Row(section, "Gini of lists", "number", concentration.gini(lists), 0.328, "payments 2022/23", "P1")
    if ordinary.any():
        per_head = 10_000 * np.nansum(region.gps_fte[ordinary]) / lists[ordinary].sum()
        yield Row(
            section,
            "GPs per 10,000 patients",
            "number",
            per_head,
            MEAN_GPS_PER_10000,
            "General Practice Workforce 2020/21",
        )
    if region.weighted_list is not None and ordinary.any():
        index = region.weighted_list[ordinary] / lists[ordinary]
        source = "payments 2014/15-2022/23"
        yield from percentile_rows(
            section, "Carr-Hill weighted / list", "number", index, (5, 95), (0.85, 1.18), source=source, pattern="P19"
        )
    codes, network = np.unique(region.practice_neighbourhood, return_inverse=True)
    people = np.bincount(network, lists)[codes != ""]
    if people.size:
        in_band = float(((people >= SMALLEST_NETWORK) & (people <= LARGEST_NETWORK)).mean())
        yield Row(section, "networks (PCNs) of 30-50,000", "share", in_band, 0.561, "April 2021, Beaney 2022", "P22")


def _supply(region: Region) -> Iterator[Row]:
    section = f"GPs within reach (two-step floating catchment, Gaussian, {RADIUS_KM:g} km)"
    areas = KDTree(np.column_stack([region.x, region.y]))
    sites = KDTree(np.column_stack([region.practice_x, region.practice_y]))
    near = areas.sparse_distance_matrix(sites, RADIUS_KM * 1000, output_type="ndarray")
    reach = access.floating_catchment(
        near["i"], near["j"], near["v"] / 1000, region.residents, np.nan_to_num(region.gps_fte), RADIUS_KM
    )
    people = region.residents
    yield from percentile_rows(
        section, "GPs per 10,000 residents", "number", reach * 10_000, (10, 50, 90), weights=people
    )
    yield Row(section, "residents below half the mean", "share", access.share_low_access(reach, people))
    for name, other, published in (
        ("correlation with urban", ~region.rural, 0.59),
        ("correlation with decile (10 = least deprived)", region.deprivation_decile, -0.19),
    ):
        other = other.astype(np.float64)
        if np.ptp(other) > 0 and np.ptp(reach) > 0:
            correlation = float(np.corrcoef(reach, other)[0, 1])
            yield Row(section, name, "number", correlation, published, "Bauer 2018, another catchment method")
