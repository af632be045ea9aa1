"""Where movers go: published destinations where there are any, gravity for the rest, arrivals as published."""

import dataclasses

import numpy as np
import pytest

from model.geography.region import MIGRATION_AGE_STARTS
from model.patients.moves import BANDS, band_counts, build_moves, destination_of, gravity_between, grouped, running
from model.patients.running_sums import pick
from model.scenario import Scenario
from model.scenario_files import with_values

DRAWS = 4000


def with_zones(region, zone, destinations=None):
    """The region with other zones, and a table of (origin, destination, share at every age)."""
    zone = np.asarray(zone, np.int32)
    region = dataclasses.replace(region, area_zone=zone, zones=np.array([f"E02{z:06d}" for z in range(zone.max() + 1)]))
    if destinations is None:
        return region
    table = np.array(sorted(destinations))
    share = np.repeat(table[:, 2:], BANDS, axis=1).astype(np.float32)
    return dataclasses.replace(
        region,
        destinations={
            "origin": table[:, 0].astype(np.int32),
            "destination": table[:, 1].astype(np.int32),
            "share": share,
        },
    )


@pytest.fixture(scope="module")
def row(make_region):
    """Nine areas in a row in three authorities of three."""
    return make_region([[5.0 * i, 0] for i in range(9)], [[0, 0]], residents=np.arange(1, 10) * 200,
                       area_commissioner=np.arange(9) // 3, practice_commissioner=0)  # fmt: skip


def leaving(region, number=100.0):
    return np.full((len(region.authorities), BANDS), number)


def went(moves, home, across, band=4, draws=DRAWS):
    """How many of so many movers from ``home`` went to each area."""
    goals = [destination_of(3, patient, 612, home, band, across, moves) for patient in range(draws)]
    return np.bincount(goals, minlength=len(moves.zone))


def assert_shares(counts, weights):
    share, draws = np.asarray(weights, float) / np.sum(weights), counts.sum()
    assert (np.abs(counts - draws * share) <= 4 * np.sqrt(draws * share * (1 - share)) + 1e-9).all(), (
        counts / draws,
        share,
    )


# --- tables -------------------------------------------------------------------------------------------------------------------


def test_running_sums_restart_at_every_group():
    values = np.array([[1.0, 2, 3, 4, 5]])
    assert running(values, np.array([0, 2, 2, 5])).tolist() == [[1, 3, 3, 7, 12]]


def test_groups_list_their_members_in_order():
    start, members = grouped(np.array([2, 0, 2, 0]), 3)
    assert start.tolist() == [0, 2, 2, 4]
    assert members.tolist() == [1, 3, 0, 2]


def test_picking_follows_the_sums():
    sums = np.array([9.0, 1.0, 1.0, 4.0])  # a group of its own, then weights 1, 0, 3
    assert [int(pick(sums, 1, 4, u)) for u in (0.0, 0.24, 0.26, 0.99)] == [1, 1, 3, 3]
    assert int(pick(sums, 2, 2, 0.5)) == -1, "nothing to pick from"
    assert int(pick(np.zeros(3), 0, 3, 0.5)) == -1


def test_residents_by_migration_band_add_up(town):
    bands = band_counts(town)
    assert bands.shape == (len(MIGRATION_AGE_STARTS), len(town.areas))
    assert bands.sum() - 0.01 * bands.size == pytest.approx(town.residents.sum())
    assert bands[2] == pytest.approx(town.population[:, 16:20].sum(axis=1) + 0.01)


def test_gravity_is_residents_over_distance(row):
    scenario = with_values(Scenario(), {"demography__gravity_exponent": 2.0, "demography__gravity_offset_km": 3.0})
    pull = gravity_between(row, scenario)
    residents = row.residents.reshape(3, 3)
    x = (residents * row.x.reshape(3, 3)).sum(axis=1) / residents.sum(axis=1) / 1000
    assert pull[0, 2] == pytest.approx(residents[2].sum() / (abs(x[0] - x[2]) + 3.0) ** 2)
    assert np.diagonal(pull).tolist() == [0, 0, 0]


# --- draws -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("home", [0, 4, 8])
def test_without_a_table_moves_go_by_gravity_and_residents(row, home):
    """Across: to an authority by gravity, there to an area by residents. Inside: to an area by residents."""
    scenario = with_values(Scenario(), {"demography__same_zone_share": 0.0})
    moves = build_moves(row, scenario, leaving(row), None)
    authority, own = row.area_authority, row.area_authority == home // 3
    pull = gravity_between(row, scenario)[home // 3]
    within = row.residents / np.bincount(authority, row.residents)[authority]
    counts = went(moves, home, True)
    assert counts[own].sum() == 0, "a move across leaves the authority"
    assert_shares(counts, pull[authority] * within)
    counts = went(moves, home, False)
    assert counts[~own].sum() == 0, "a move inside stays"
    assert_shares(counts, np.where(own, within, 0))


def test_a_share_of_inner_moves_stays_in_the_zone(row):
    region = with_zones(row, [0, 0, 1, 2, 2, 2, 3, 3, 3])
    moves = build_moves(region, with_values(Scenario(), {"demography__same_zone_share": 0.7}), leaving(row), None)
    people = row.residents[:3]
    in_zone = np.array([people[0], people[1], 0]) / people[:2].sum()
    assert_shares(went(moves, 0, False)[:3], 0.7 * in_zone + 0.3 * people / people.sum())


def test_published_destinations_are_followed(row):
    """Zone by zone, those inside and those across the border each by their shares; what is not covered by gravity."""
    region = with_zones(row, np.arange(9), [(0, 1, 0.3), (0, 2, 0.1), (0, 3, 0.1), (0, 7, 0.2), (5, 4, 1.0)])
    moves = build_moves(region, with_values(Scenario(), {"demography__same_zone_share": 0.2}), leaving(row), None)
    inside = went(moves, 0, False)
    assert_shares(inside, [0.2, 0.8 * 0.75, 0.8 * 0.25, 0, 0, 0, 0, 0, 0])
    pull = gravity_between(region, Scenario())[0]
    within = row.residents / np.bincount(row.area_authority, row.residents)[row.area_authority]
    # Of those from zone 0, 0.7 of moves are published (0.3 across), 0.3 go by gravity.
    across = 0.3 * (pull / pull.sum())[row.area_authority] * within
    across[[3, 7]] += [0.1, 0.2]
    assert_shares(went(moves, 0, True), across)


def test_the_table_s_ages_are_kept_apart(row):
    region = with_zones(row, np.arange(9), [(0, 3, 0.5), (0, 6, 0.5)])
    share = region.destinations["share"].copy()
    share[0, :4], share[1, :4] = 1.0, 0.0
    region = dataclasses.replace(region, destinations={**region.destinations, "share": share})
    moves = build_moves(region, Scenario(), leaving(row), None)
    young, old = went(moves, 0, True, band=2), went(moves, 0, True, band=6)
    assert young[3] / young.sum() > 0.95
    assert 0.4 < old[3] / old.sum() < 0.6


def test_a_single_authority_keeps_its_movers(make_region):
    region = make_region([[0, 0], [1, 0], [2, 0]], [[0, 0]], residents=500)
    moves = build_moves(region, Scenario(), leaving(region), np.array([900.0]))
    assert went(moves, 1, True, draws=100).sum() == 100


# --- balance ------------------------------------------------------------------------------------------------------------------


def arrivals_of(moves, region, number, draws=3000):
    """Arrivals by authority when ``number`` float64[L, 9] leave, drawn; each zone sends by its residents."""
    people = band_counts(region)
    got, patient = np.zeros(len(region.authorities)), 0
    draw = np.random.Generator(np.random.Philox(key=9))
    for origin in range(len(region.authorities)):
        areas = np.flatnonzero(region.area_authority == origin)
        for band in range(BANDS):
            weight = people[band, areas] / people[band, areas].sum()
            for home in draw.choice(areas, size=draws // BANDS, p=weight):
                goal = destination_of(1, patient, 600, int(home), band, True, moves)
                patient += 1
                got[region.area_authority[goal]] += number[origin, band] / (draws // BANDS)
    return got


def test_arrivals_match_what_is_published(row):
    region = with_zones(row, np.arange(9), [(0, 3, 0.4), (0, 6, 0.3), (3, 0, 0.9), (8, 1, 0.2)])
    number = np.array([[100.0], [60.0], [80.0]]) * np.ones((3, BANDS))
    target = np.array([0.25, 0.35, 0.40]) * number.sum()
    moves = build_moves(region, Scenario(), number, target)
    got = arrivals_of(moves, region, number)
    assert got == pytest.approx(target, rel=0.04)
    scaled = build_moves(region, Scenario(), number, 7.0 * target)
    assert np.allclose(scaled.gravity, moves.gravity), (
        "totals in other units change nothing: shares are what is balanced"
    )


def test_arrivals_where_none_are_published_are_the_mean(row):
    number = np.full((3, BANDS), 50.0)
    moves = build_moves(row, Scenario(), number, np.array([np.nan, number.sum() / 3, np.nan]))
    assert arrivals_of(moves, row, number) == pytest.approx(np.full(3, number.sum() / 3), rel=0.04)


def test_a_year_s_moves_match_the_components(metro, make_model):
    """Births, deaths, moves and migration of every authority over a year: chance, and a few per cent of drift."""
    model = make_model(metro, seed=3)
    total = sum_of_year(model)
    year = metro.components["years"].tolist().index(2019)
    for name in ("births", "deaths", "internal_in", "internal_out", "international_in", "international_out"):
        published = metro.components[name][:, year].astype(float)
        if name.startswith("internal"):
            published *= metro.components["internal_out"][:, year].sum() / published.sum()
        # Families move together: scatter is above that of independent events.
        error = np.sqrt((3.0 if "_" in name else 1.0) * published)
        assert (np.abs(total[name] - published) < 4 * error + 0.05 * published).all(), name


def sum_of_year(model):
    names = ("births", "deaths", "internal_in", "internal_out", "international_in", "international_out")
    total = dict.fromkeys(names, 0)
    for _ in range(12):
        model.step()
        total = {name: total[name] + model.counts.component(name) for name in names}
    return total
