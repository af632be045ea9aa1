"""Balanced destinations: what a year is expected to do to zones and areas, worked out anew from the tables of movers."""

import dataclasses

import numpy as np
import pytest

from model.patients.arrivals import build_arrivals, expected_immigrants
from model.patients.balance import ExpectedYear
from model.patients.excess import Register
from model.patients.expected_year import by_authority, expected_year, residents_of_areas
from model.patients.moves import BANDS, build_moves
from model.patients.rate_book import published
from model.patients.start import demographic_year, people_of, wanted_ahead
from model.scenario import Scenario
from model.scenario_files import with_values

AREAS, ZONES, AUTHORITIES = 24, 12, 3


@pytest.fixture(scope="module")
def places(make_region):
    """Twenty-four areas in twelve zones of three authorities; some zones have published destinations, some none."""
    rng = np.random.Generator(np.random.Philox(key=7))
    made = make_region([[2.0 * i, i % 5] for i in range(AREAS)], [[0, 0]], residents=rng.integers(1500, 2500, AREAS),
                       area_commissioner=np.arange(AREAS) // 8, practice_commissioner=0)  # fmt: skip
    origin, destination = (part.ravel() for part in np.indices((ZONES, ZONES)))
    keep = (origin != destination) & (origin % 4 > 0) & (rng.random(len(origin)) < 0.7)
    share = (1.0 + rng.random((keep.sum(), BANDS))).astype(np.float32)
    share /= np.stack([np.bincount(origin[keep], s, ZONES)[origin[keep]] for s in share.T], axis=1) * 1.2
    return dataclasses.replace(
        made,
        area_zone=(np.arange(AREAS) // 2).astype(np.int32),
        zones=np.array([f"E02{z:06d}" for z in range(ZONES)]),
        destinations={
            "origin": origin[keep].astype(np.int32),
            "destination": destination[keep].astype(np.int32),
            "share": share,
        },
    )


def a_year(region, ahead=0.0, seed=1) -> ExpectedYear:
    """Movers one in ten, half of them across; births and deaths that leave some areas growing and some shrinking."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    people = region.residents.astype(float)
    bands = rng.random((BANDS, AREAS)) + 0.5
    bands *= 0.05 * people / bands.sum(axis=0)
    immigrants = rng.random((BANDS, ZONES)) * 3.0
    net = rng.normal(0.0, 0.005, AREAS) * people
    return ExpectedYear(people, bands, bands[::-1].copy(), net, immigrants, np.broadcast_to(ahead, AREAS))


def chances(moves, home, band, across):
    """Probability of every area as the goal of a mover, float64[A], read off the tables."""

    def of(sums, low, high):
        steps = np.diff(sums[low:high].astype(float), prepend=0.0)
        return steps / steps.sum() if high > low and steps.sum() > 0 else steps

    def zones_of(authority):
        low, high = moves.authority_start[authority : authority + 2]
        share = np.zeros(len(moves.zone_authority))
        share[moves.authority_zones[low:high]] = of(moves.zone_cumulative[band], low, high)
        return share

    zone = moves.zone[home]
    authority = moves.zone_authority[zone]
    low, high = (moves.middle[zone], moves.start[zone + 1]) if across else (moves.start[zone], moves.middle[zone])
    pairs = np.bincount(moves.destination[low:high], of(moves.cumulative[band], low, high), len(moves.zone_authority))
    total = float(moves.cumulative[band][high - 1]) if high > low else 0.0
    goals = np.zeros(len(moves.zone_authority))
    if across:
        named = total / (total + moves.gravity_share[band, zone])
        there = of(moves.gravity[authority], 0, len(moves.gravity))
        goals = named * pairs + (1.0 - named) * sum(there[k] * zones_of(k) for k in range(len(there)))
    else:
        goals = (1.0 - moves.same_zone) * (pairs if total > 0 else zones_of(authority))
        goals[zone] += moves.same_zone
    areas = np.zeros(len(moves.zone))
    for z, chance in enumerate(goals):
        low, high = moves.zone_start[z : z + 2]
        areas[moves.zone_areas[low:high]] = chance * of(moves.area_cumulative[band], low, high)
    return areas


def year_lived(moves, year):
    """(change of every area, moves into each authority) in the year, from the tables."""
    change = year.net - year.across.sum(axis=0) - year.within.sum(axis=0)
    into = np.zeros(AUTHORITIES)
    for home in range(AREAS):
        for band in range(BANDS):
            away = year.across[band, home] * chances(moves, home, band, True)
            into += np.bincount(moves.authority, away, AUTHORITIES)
            change += away + year.within[band, home] * chances(moves, home, band, False)
    for zone in range(ZONES):
        low, high = moves.zone_start[zone : zone + 2]
        for band in range(BANDS):
            steps = np.diff(moves.area_cumulative[band][low:high], prepend=0.0)
            change[moves.zone_areas[low:high]] += year.immigrants[band, zone] * steps / steps.sum()
    return change, into


def growth(group, groups, change, people):
    return np.bincount(group, change, groups) / np.bincount(group, people, groups)


@pytest.mark.parametrize("spread", [0.0, 0.01])
def test_zones_and_areas_grow_as_their_authority_and_what_is_wanted(places, spread):
    """Without anything wanted all parts of an authority grow alike; with it, beyond their authority by what it says."""
    year = a_year(places, np.random.Generator(np.random.Philox(key=3)).normal(0.0, 1.0, AREAS) * spread)
    authority = places.area_authority
    leaving = np.stack([np.bincount(authority, band, AUTHORITIES) for band in year.across], axis=1)
    target = np.array([0.32, 0.38, 0.30]) * leaving.sum()
    moves = build_moves(places, Scenario(), leaving, target, year)
    change, into = year_lived(moves, year)
    assert into == pytest.approx(target, rel=2e-3), "authorities receive what is published"
    people, ahead = year.people, year.ahead * year.people
    rest = growth(authority, AUTHORITIES, change - ahead, people)
    zone_of = moves.zone_authority
    zones = growth(places.area_zone, ZONES, change - ahead, people)
    assert zones == pytest.approx(rest[zone_of], abs=2e-4)
    assert change / people - year.ahead == pytest.approx(rest[authority], abs=4e-4)
    plain, _ = year_lived(build_moves(places, Scenario(), leaving, target), year)
    assert np.std(plain / people - year.ahead - growth(authority, AUTHORITIES, plain - ahead, people)[authority]) > 0.01


def test_a_factor_has_bounds(places):
    """A zone that should double in a year gets five times its share at most, and one that should empty a fifth."""
    wild = np.where(np.arange(AREAS) % 2 == 0, 3.0, -3.0)
    year = a_year(places, wild)
    leaving = np.full((AUTHORITIES, BANDS), 50.0)
    moves = build_moves(places, Scenario(), leaving, None, year)
    plain = build_moves(places, Scenario(), leaving, None)
    with np.errstate(divide="ignore", invalid="ignore"):
        areas = moves.area_cumulative[:, 0] / plain.area_cumulative[:, 0]
    assert (areas <= 5.0 + 1e-9).all()
    assert np.isfinite(moves.cumulative).all()
    assert np.isfinite(moves.area_cumulative).all()


def test_immigrants_are_those_that_arrive(town):
    """The expected numbers by zone and band are those of the tables immigrants are drawn from."""
    moves = build_moves(town, Scenario(), np.ones((len(town.authorities), BANDS)), None)
    arrivals = build_arrivals(town, Scenario(), moves)
    coming = np.linspace(50.0, 100.0, len(town.authorities))
    found = expected_immigrants(town, Scenario(), moves.zone_authority, coming)
    assert np.bincount(moves.zone_authority, found.sum(axis=0)) == pytest.approx(coming)
    for authority, (low, high) in enumerate(zip(moves.authority_start[:-1], moves.authority_start[1:], strict=True)):
        steps = np.diff(arrivals.zone_cumulative[low:high], prepend=0.0)
        zones = moves.authority_zones[low:high]
        assert found[:, zones].sum(axis=0) == pytest.approx(coming[authority] * steps / steps.sum())
        bands = np.diff(arrivals.profile[zones], axis=1, prepend=0.0).reshape(-1, 2, 9).sum(axis=1)
        bands /= bands.sum(axis=1, keepdims=True)
        shares = (found[:, zones] / found[:, zones].sum(axis=0)).T
        assert shares == pytest.approx(bands)


def test_the_expected_year_adds_up_to_the_published_one(metro, make_model):
    """Births, deaths, emigration and moves of an authority's areas are its components: rates are solved on the same people."""
    model = make_model(metro)
    columns, rows, month = model.engine.columns, model.engine.rows, model.month_number
    residents = residents_of_areas(columns, rows, month, len(metro.areas))
    people, deciders = people_of(columns, rows, month, metro)
    again = by_authority(residents, metro)
    assert np.array_equal(again[0], people)
    assert np.array_equal(again[1], deciders)
    year = demographic_year(month)
    rates = model.rates.of_year(year, people, deciders, model.lists.switching())
    immigrants = model.rates.immigrants(year, metro.residents.astype(float)[: len(metro.authorities)])
    found = expected_year(metro, model.scenario, residents, rates, immigrants, np.zeros(len(metro.areas)))

    def component(name):
        return published(metro, name, year)

    def total(by_area):
        return np.bincount(metro.area_authority, by_area, len(metro.authorities))

    assert total(found.people) == pytest.approx(people.sum(axis=(1, 2, 3)))
    assert total(found.net) == pytest.approx(
        component("births") - component("deaths") - component("international_out"), rel=1e-6
    )
    assert total(found.across.sum(axis=0)) == pytest.approx(component("internal_out"), rel=1e-6)


def test_growth_wanted_is_that_of_the_lists_around_less_the_authority_s(metro):
    """Half of what people's lists grew; nothing where growth is not known."""
    grown = dataclasses.replace(metro, growth=np.linspace(-0.05, 0.05, len(metro.practices)))
    lists = Register(metro.registration_area, metro.registration_practice, metro.registration_patients)
    half = with_values(Scenario(), {"demography__neighbourhood_growth": 0.5})
    ahead = wanted_ahead(grown, half, lists)
    area = int(np.argmax(np.bincount(lists.area)))
    here = lists.area == area
    around = np.average(grown.growth[lists.practice[here]], weights=lists.patients[here])
    assert ahead.std() > 0
    usual = np.bincount(metro.area_authority, metro.residents * ahead, len(metro.authorities))
    assert usual == pytest.approx(np.zeros(len(usual)), abs=1e-6)
    others = np.flatnonzero((metro.area_authority == metro.area_authority[area]) & (np.arange(len(ahead)) != area))
    other = others[0]
    there = lists.area == other
    beside = np.average(grown.growth[lists.practice[there]], weights=lists.patients[there])
    assert ahead[area] - ahead[other] == pytest.approx(0.5 * (around - beside))
    assert not wanted_ahead(dataclasses.replace(metro, growth=None), half, lists).any()
