"""The beginning: register, excess, patients, families, movers and rates, in the order one needs the other."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from model import cache_folder
from model.geography.commuting import workplaces
from model.geography.region import Region
from model.geography.travel import (
    Travel,
    practice_boundaries,
    read_arrays,
    registration_km,
    write_arrays,
)  # fmt: skip
from model.months import january
from model.patients.arrivals import Arrivals, build_arrivals
from model.patients.balance import group_means
from model.patients.choose import Options
from model.patients.columns import EMIGRATED, NONE, PRESENCE, Columns
from model.patients.decide import World
from model.patients.digital import no_digital
from model.patients.digital_counts import mark_digital_strip
from model.patients.excess import Register, separate_excess
from model.patients.expected_year import by_authority, expected_year, residents_of, residents_of_areas
from model.patients.families import birth_age_cumulative, children_strip, mothers_strip, movers_strip
from model.patients.initial import make_patients, make_profile
from model.patients.momentum import Lists, growth_of_areas
from model.patients.moves import BANDS, build_moves
from model.patients.options import build_options
from model.patients.practice_effects import LOWEST_EFFECT, solve_practice_effects
from model.patients.rate_book import RateBook, published
from model.patients.rates import MIGRATION_BAND, OLDEST, Rates
from model.patients.reconstruct import reconstruct_register
from model.patients.tally import CHUNK, presence_strip
from model.patients.threads import in_strips, number_of_threads
from model.patients.utility import PARAMETERS, base_utility
from model.providers.practice_lists import PracticeLists
from model.scenario import Scenario


@dataclass
class Beginning:
    """Everything month 0 needs."""

    columns: Columns
    rows: int
    world: World
    rates: RateBook
    lists: PracticeLists
    arrivals: Arrivals
    immigrants: np.ndarray
    """Immigrants a year by authority, returning emigrants aside, float64[L]."""
    register: Register
    """The register the patients were made from."""
    returning: np.ndarray
    """Emigrants expected back in a year by authority, on the stock at the start, float64[L]."""


def register_of(region: Region, travel: Travel, scenario: Scenario) -> Register:
    """The region's register, or one reconstructed from lists, residents and the choice model."""
    if region.registration_area is None:
        area, practice, patients = reconstruct_register(region, travel, scenario.choice)
    else:
        assert region.registration_practice is not None
        assert region.registration_patients is not None
        area, practice, patients = region.registration_area, region.registration_practice, region.registration_patients
    return Register(*(np.ascontiguousarray(part, dtype=np.int32) for part in (area, practice, patients)))


def practice_effects(
    region: Region, travel: Travel, scenario: Scenario, register: Register, folder: Path | None, slots: int = 0
) -> np.ndarray:
    """Practice effects that reproduce the register's lists among the candidates, float64[P]; kept on disk.

    Digital providers are left out: they do not compete by distance; nor do the last ``slots``, places in reserve.
    """
    reserve = np.full(slots, LOWEST_EFFECT)
    key = hashlib.blake2b(digest_size=16)
    for part in register:
        key.update(np.ascontiguousarray(part))
    key.update(region.digest.encode())
    key.update(msgspec.json.encode([getattr(scenario.choice, name) for name in PARAMETERS]))
    key.update(np.ascontiguousarray(travel.practice))
    file = (cache_folder() / "effects" if folder is None else folder) / f"effects-{key.hexdigest()}.npz"
    kept = read_arrays(file, ("effects",))
    if kept is not None:
        return np.concatenate([kept["effects"], reserve])
    near = is_candidate(travel.practice, register)
    near &= region.provider_kind[register.practice] != "digital"
    demand = np.bincount(register.area[near], register.patients[near], len(region.areas))
    targets = np.bincount(register.practice[near], register.patients[near], len(region.practices) - slots)
    base = base_utility(region, travel, scenario.choice)
    effects = solve_practice_effects(base, travel.practice, demand, targets)
    write_arrays(file, {"effects": effects})
    return np.concatenate([effects, reserve])


def is_candidate(practice: np.ndarray, register: Register, at_once: int = 100_000) -> np.ndarray:
    """Whether each register row's practice is among its area's candidates, bool[R]."""
    out = np.empty(len(register.area), bool)
    for i in range(0, len(out), at_once):
        rows = slice(i, i + at_once)
        out[rows] = (practice[register.area[rows]] == register.practice[rows, None]).any(axis=1)
    return out


def begin(
    region: Region, travel: Travel, scenario: Scenario, month: int, folder: Path | None = None, slots: int = 0
) -> Beginning:
    """Make the patients and the tables they live by.

    Args:
        region: its last ``slots`` practices are places in reserve.
        travel: its travel tables.
        scenario: every parameter.
        month: counted from January 1970.
        folder: where solved practice effects are kept; the cache where None.
        slots: see ``region``.
    """
    register = register_of(region, travel, scenario)
    with ThreadPoolExecutor(1) as aside:  # neither needs the other, and much of the practices' keeps one core only busy
        found = aside.submit(practices_as_found, region, travel, scenario, register, month, folder, slots)
        columns, rows, rates, immigrants = people_as_found(region, scenario, register, month)
        lists, options = found.result()
    residents = residents_of_areas(columns, rows, month, len(region.areas))
    people, deciders = by_authority(residents, region)
    of_year = rates.of_year(demographic_year(month), people, deciders, lists.switching())
    ahead = wanted_ahead(region, scenario, register)
    expected = expected_year(region, scenario, residents, of_year, immigrants, ahead)
    coming = published(region, "internal_in", demographic_year(month))
    moves = build_moves(region, scenario, leaving_by_band(deciders, of_year), coming, expected)
    world = World(
        seed=scenario.seed,
        month=month,
        rates=of_year,
        moves=moves,
        options=options,
        digital=no_digital(len(region.areas), len(region.practices)),
        decile=region.deprivation_decile.astype(np.uint8),
        authority=region.area_authority.astype(np.int32),
    )
    begin_moves(columns, rows, world)
    # The first year's levels hold for where people live now that movers have moved.
    people, deciders = people_of(columns, rows, month, region)
    world = world._replace(rates=rates.of_year(demographic_year(month), people, deciders, lists.switching()))
    returning = scenario.ghosts.returning * emigrated_by_authority(columns, rows, region)
    return Beginning(
        columns=columns,
        rows=rows,
        world=world,
        rates=rates,
        lists=lists,
        arrivals=build_arrivals(region, scenario, moves),
        immigrants=immigrants,
        register=register,
        returning=returning,
    )


def leaving_by_band(deciders: np.ndarray, rates: Rates) -> np.ndarray:
    """Moves out of each authority expected in a year by the age band of who decides, float64[L, BANDS].

    ``deciders``, int64[L, 111], is of :func:`people_of`.
    """
    leaving = deciders * rates.move * 12.0 * rates.across_level[:, None]
    out = np.zeros((len(leaving), BANDS))
    for band in range(BANDS):
        out[:, band] = leaving[:, band == MIGRATION_BAND].sum(axis=1)
    return out


def begin_moves(columns: Columns, rows: int, world: World) -> None:
    """Some have moved and not told the practice yet when the run begins, and their children with them, in place."""
    moved = np.zeros(rows, np.uint8)

    def move_some(first: int, last: int, _thread: int) -> None:
        movers_strip(columns, first, last, world.seed, world.month, world.rates, world.moves, world.authority, moved)

    def bring_some(first: int, last: int, _thread: int) -> None:
        children_strip(columns, first, last, world.month, moved)

    in_strips(rows, number_of_threads(), move_some, CHUNK)
    in_strips(rows, number_of_threads(), bring_some, CHUNK)


def practices_as_found(
    region: Region, travel: Travel, scenario: Scenario, register: Register, month: int, folder: Path | None, slots: int
) -> tuple[PracticeLists, Options]:
    """Practices with their boundaries, effects and rules, and what patients choose by; arguments as of :func:`begin`."""
    b = scenario.boundaries
    _, network_km = registration_km_of(region, travel, register)
    inner, outer = practice_boundaries(
        practices=len(region.practices),
        practice=register.practice,
        network_km=network_km,
        patients=register.patients,
        share=b.inner_share,
        floor_km=b.smallest_km,
        outer_ratio=b.outer_ratio,
    )
    effects = practice_effects(region, travel, scenario, register, folder, slots)
    lists = PracticeLists(region, scenario, effects, inner, outer, slots, month)
    if month > january(b.out_of_area_from):
        lists.begin_out_of_area(b.out_of_area_practices)
    work = workplaces(region, scenario.work.typical_km, scenario.seed)
    return lists, build_options(region, travel, work, scenario, lists)


def people_as_found(
    region: Region, scenario: Scenario, register: Register, month: int
) -> tuple[Columns, int, RateBook, np.ndarray]:
    """(Patients, how many rows, rates, immigrants a year by authority float64[L]): children have mothers, nobody moved yet."""
    rates = RateBook(region, scenario)
    immigrants = rates.immigrants(demographic_year(month), region_residents(region))
    d = scenario.demography
    visitors = immigrants * d.short_term_per_immigrant / 12.0 * d.short_term_months
    profile = make_profile(region, scenario, visitors)
    excess = separate_excess(region, scenario, register)
    columns, rows = make_patients(region, scenario, register, excess, profile, month)
    digital = np.where(region.provider_kind == "digital", 0, -1).astype(np.int8)
    if (digital >= 0).any():
        in_strips(rows, number_of_threads(), lambda a, b, _: mark_digital_strip(columns, a, b, digital), CHUNK)
    start = np.concatenate(
        [[0], np.cumsum(np.bincount(register.area, register.patients, len(region.areas)).astype(np.int64)
                        + excess.unregistered.sum(axis=1))]
    )  # fmt: skip
    threads, birth_ages = number_of_threads(), birth_age_cumulative(scenario)

    def give_mothers(first: int, last: int, _thread: int) -> None:
        mothers_strip(
            columns, first, last, start, month, scenario.seed, birth_ages, d.fertility_from_age, d.children_follow
        )

    in_strips(len(region.areas), threads, give_mothers)
    presence = presence_counts(columns, rows)
    rates.set_first_wait(float(presence[7]), float(immigrants.sum()))
    return columns, rows, rates, immigrants


def wanted_ahead(region: Region, scenario: Scenario, register: Register) -> np.ndarray:
    """Growth of areas beyond their authority's that goes on, share a year, float64[A].

    It is `neighbourhood_growth` of what the lists of their people grew in the year before beyond those of the authority.
    """
    nothing = np.zeros(len(region.areas))
    if region.growth is None:
        return nothing
    lists = Lists(*register, chosen=np.ones(len(region.practices), bool))
    size = np.bincount(lists.practice, lists.patients, len(region.practices)).astype(np.float64)
    around = growth_of_areas(lists, region.growth, size, len(nothing))
    usual = group_means(region.area_authority, len(region.authorities), around, region.residents.astype(np.float64))
    return scenario.demography.neighbourhood_growth * (around - usual)


def registration_km_of(region: Region, travel: Travel, register: Register) -> tuple[np.ndarray, np.ndarray]:
    """Straight and network km of each register row, float[R] each, also where the register was reconstructed."""
    if region.registration_area is not None:
        return registration_km(region, travel)
    place = (travel.practice[register.area] == register.practice[:, None]).argmax(axis=1)
    return travel.km[register.area, place], travel.network_km[register.area, place]


def demographic_year(month: int) -> int:
    """The year to June that a month, counted from January 1970, falls in."""
    return 1970 + month // 12 + (1 if month % 12 >= 6 else 0)


def region_residents(region: Region) -> np.ndarray:
    """Census-based residents by authority, float64[L]."""
    return np.bincount(region.area_authority, region.residents, len(region.authorities)).astype(np.float64)


def people_of(columns: Columns, rows: int, month: int, region: Region) -> tuple[np.ndarray, np.ndarray]:
    """Residents by authority, sex, age and deprivation decile, int64[L, 2, 111, 10]; and deciders, int64[L, 111].

    Deciders are residents by the age of whoever decides their moves: dependants count at their mother's age.
    """
    authorities = len(region.authorities)
    where = np.zeros(NONE + 1, np.uint32)
    where[: len(region.areas)] = region.area_authority.astype(np.int64) * 10 + region.deprivation_decile - 1
    found = residents_of(columns, rows, month, where, authorities * 10)
    people = found.people.astype(np.int64).reshape(authorities, 10, 2, OLDEST + 1)
    deciders = found.deciders.astype(np.int64).reshape(authorities, 10, -1).sum(axis=1)
    return np.ascontiguousarray(people.transpose(0, 2, 3, 1)), deciders


def presence_counts(columns: Columns, rows: int) -> np.ndarray:
    """Rows by presence (PRESENT ... GONE), int64[8]; the last is residents on no list."""
    threads = number_of_threads()
    counts = np.zeros((threads, 8), np.int64)
    in_strips(rows, threads, lambda first, last, thread: presence_strip(columns, first, last, counts[thread]), CHUNK)
    return counts.sum(axis=0)


def emigrated_by_authority(columns: Columns, rows: int, region: Region, at_once: int = 4_000_000) -> np.ndarray:
    """Emigrated ghosts by authority of the recorded address, float64[L]."""
    out = np.zeros(len(region.authorities))
    for i in range(0, rows, at_once):
        part = slice(i, min(rows, i + at_once))
        gone = (columns.flags[part] & PRESENCE) >> 1 == EMIGRATED
        out += np.bincount(region.area_authority[columns.recorded[part][gone]], minlength=len(out))
    return out
