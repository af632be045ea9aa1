"""New practices: how many places are kept for them, and what one that opens is to those who live near."""

import datetime
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import InputError
from model.geography.travel import DETOUR, Travel
from model.policy import DigitalLaunch, ListSplit, TrustTakeover
from model.providers.new_practice import KNOWN_WITHIN_KM, become_candidate, places_in_reserve, providers_in
from model.scenario import Scenario
from model.scenario_files import with_values

JANUARY, JUNE = datetime.date(2021, 1, 1), datetime.date(2021, 6, 1)

# --- places in reserve ------------------------------------------------------------------------------------------------------


def scenario(*timeline, months=120, openings=0.0):
    return with_values(Scenario(timeline=timeline), {"months": months, "practices__openings": openings})


def test_places_are_kept_for_what_the_timeline_may_open(town):
    """Two commissioners, one system, eight practices."""
    launches = [DigitalLaunch(month=JANUARY, name=name) for name in ("One", "Two", "Three")]
    split, trusts = ListSplit(month=JUNE), TrustTakeover(month=JUNE)
    assert places_in_reserve(scenario(), town) == 0
    assert places_in_reserve(scenario(*launches), town) == 3
    assert places_in_reserve(scenario(*launches, split), town) == 3 + 3 * 2
    assert places_in_reserve(scenario(trusts), town) == 2 * 2
    assert providers_in(scenario(*launches, split), town) == 3
    # 8 practices, 250 in 1,000 open a year, ten years: 20 expected, 3 SD = 13.4 more, and one.
    assert places_in_reserve(scenario(openings=100.0, months=300), town) == 20 + 14 + 1
    assert places_in_reserve(scenario(openings=1.0, months=12), town) >= 1
    # Two months with an April in them may see as many open as a year.
    year = places_in_reserve(scenario(openings=100.0, months=12), town)
    for start, months, same in (("2021-03", 2, True), ("2021-04", 1, True), ("2021-02", 2, False)):
        short = with_values(scenario(openings=100.0, months=months), {"start": start})
        assert (places_in_reserve(short, town) == year) == same, start


def test_an_established_provider_needs_no_host_but_may_be_split(make_region):
    region = make_region([[0, 0], [1, 0]], [[0, 0], [1, 0]], kind=["gp", "digital"], area_commissioner=[0, 1])
    assert providers_in(scenario(), region) == 1
    assert places_in_reserve(scenario(), region) == 0
    assert places_in_reserve(scenario(ListSplit(month=JUNE)), region) == 2


# --- candidates -------------------------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 10**6), areas=st.integers(1, 12), practices=st.integers(2, 12), spread=st.floats(0.1, 30))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_the_nearest_stay_candidates_sorted_by_distance(seed, areas, practices, spread):
    """Of the old candidates and the new practice the nearest remain; beyond 10 km nobody knows it."""
    draw = np.random.Generator(np.random.Philox(key=seed))
    area_km, practice_km = draw.uniform(0, spread, (areas, 2)), draw.uniform(0, spread, (practices + 1, 2))
    km = np.hypot(*(area_km[:, None] - practice_km[None]).transpose(2, 0, 1))
    candidates = int(draw.integers(1, practices + 1))
    order = np.argsort(km[:, :practices], axis=1)[:, :candidates]
    there = np.take_along_axis(km, order, axis=1)
    travel = Travel(practice=order.astype(np.uint16), km=there.astype(np.float32),
                    network_km=(1.3 * there).astype(np.float32), joins=0)  # fmt: skip
    region = types.SimpleNamespace(
        x=1000 * area_km[:, 0],
        y=1000 * area_km[:, 1],
        practice_x=1000 * practice_km[:, 0],
        practice_y=1000 * practice_km[:, 1],
    )
    become_candidate(travel, region, practices)
    assert (np.diff(travel.km, axis=1) >= 0).all()
    for a in range(areas):
        known = km[a, practices] <= KNOWN_WITHIN_KM and km[a, practices] < there[a, -1]
        expected = [*order[a, : candidates - known], *([practices] if known else [])]
        assert sorted(travel.practice[a].tolist()) == sorted(expected)
        k = np.flatnonzero(travel.practice[a] == practices)
        assert len(k) == known
        assert travel.km[a] == pytest.approx(km[a, travel.practice[a]], rel=1e-5)
        if known:
            assert travel.network_km[a, k[0]] == pytest.approx(DETOUR * km[a, practices], rel=1e-5)


# --- opening ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def model(thin_town, make_model):
    model = make_model(thin_town, practices__openings=100.0, months=24)
    model.step()
    return model


def test_a_new_practice_is_like_those_of_its_commissioner(model, thin_town):
    known = len(thin_town.practices)
    published = thin_town.practice_x.copy()
    p = model.open_practice(20, gps=3.0)
    lists, region, options = model.lists, model.region, model.world.options
    assert p == known
    assert model.practices[p].exists
    assert (region.practice_area[p], region.practice_x[p]) == (20, thin_town.x[20])
    own = int(thin_town.area_commissioner[20])
    for whose in (region.practice_commissioner, options.practice_commissioner, options.site_commissioner,
                  model.counts.ground.practice_commissioner):  # fmt: skip
        assert whose[p] == own
    like = np.flatnonzero(thin_town.practice_commissioner == own)
    assert lists.effect[p] == pytest.approx(np.median(lists.effect[like]))
    assert lists.inner_km[p] == pytest.approx(np.median(lists.inner_km[like]))
    assert lists.satisfaction[p] == pytest.approx(np.median(lists.satisfaction[like]))
    felt = model.practice_year.competition
    assert felt[p] == pytest.approx(np.median(felt[like])), "rivals are in its neighbours' satisfaction"
    assert (lists.gps_fte[p], lists.size[p], lists.opened[p]) == (3.0, 0, model.month_number)
    assert lists.changed
    assert model.practices[p].cell.coordinate == 20
    assert model.levels.practice_place[p] == model.levels.area_place[20]
    assert np.array_equal(thin_town.practice_x, published), "the region that was given is not touched"


def test_those_who_live_near_choose_it(model):
    area = 20
    p = model.open_practice(area)
    for _ in range(6):
        model.step()
    assert model.counts.lists[p] > 10
    columns, rows = model.engine.columns, model.engine.rows
    of = columns.practice[:rows] == p
    region = model.region
    km = np.hypot(region.x - region.x[area], region.y - region.y[area])[columns.home[:rows]] / 1000
    assert km[of].mean() < km.mean()
    assert (np.diff(model.travel.km, axis=1) >= 0).all()
    assert (columns.previous[:rows][of] != p).all()


def test_a_practice_may_belong_to_another_commissioner_than_that_of_its_area(model, thin_town):
    other = 1 - int(thin_town.area_commissioner[20])
    p = model.open_practice(20, "trust", commissioner=other, name="Infirmary surgery")
    assert model.region.practice_commissioner[p] == other
    assert model.world.options.site_commissioner[p] == thin_town.area_commissioner[20]
    assert (model.practices[p].name, model.practices[p].provider_kind) == ("Infirmary surgery", "trust")
    assert model.practices[p].commissioner == thin_town.commissioners[other]
    for _ in range(3):
        model.step()
    kept = model.counts.recorded.copy()
    model.recount()
    assert np.array_equal(model.counts.recorded, kept), "it counts to that commissioner from its first patient"
    assert model.counts.by_commissioner("registered")[other] >= model.counts.lists[p] > 0


def test_a_digital_list_is_chosen_by_nobody_for_its_distance(model):
    p = model.open_practice(20, "digital")
    assert not (model.travel.practice == p).any()
    assert model.region.provider_kind[p] == "digital"


def test_when_no_place_is_left_the_run_says_so(model):
    places = len(model.practices) - int(model.lists.exists.sum())
    opened = [model.open_practice(area) for area in range(places)]
    assert len(set(opened)) == places
    assert [model.practices[p].code for p in opened] == [f"new-{n:04d}" for n in range(1, places + 1)]
    with pytest.raises(InputError, match=r"no place is left for another new practice; lower practices\.openings"):
        model.open_practice(0)
