"""Practices: appeal, satisfaction and switching in numbers that can be worked out, and the agents that show them."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from model.patients.columns import ARRIVED, FIRST, MOVED, NONE, OUT_OF_AREA, PRESENCE, SWITCHED, UNCOUNTED
from model.providers.practice_lists import PracticeLists
from model.scenario import Scenario
from model.scenario_files import with_values


@pytest.fixture(scope="module")
def region(make_region):
    km = [[i, 0] for i in range(5)]
    return make_region(km, km, residents=2000, lists=[1000, 2000, 3000, 4000, 0])


@pytest.fixture
def lists(region):
    return make_lists(region, Scenario())


def make_lists(region, scenario, effect=None):
    practices = len(region.practices)
    effect = np.linspace(-1, 1, practices) if effect is None else effect
    lists = PracticeLists(
        region, scenario, effect, np.full(practices, 2.0, np.float32), np.full(practices, 3.0, np.float32)
    )
    lists.size = np.maximum(region.list_size, 1).astype(np.int64)
    lists.start_loads()
    return lists


def many(make_region, practices=3000, **parameters):
    """Lists of so many practices, for statements about their distribution."""
    side = int(np.ceil(np.sqrt(practices)))
    km = np.stack([np.arange(practices) % side, np.arange(practices) // side], axis=1).astype(float)
    return make_lists(make_region(km[:4], km % 2, lists=2000), with_values(Scenario(), parameters))


# --- appeal -----------------------------------------------------------------------------------------------------------------


def test_at_the_start_appeal_is_the_practice_effect(lists):
    assert lists.appeal() == pytest.approx(np.exp(np.tile(lists.effect, (2, 1))))
    assert lists.overload.tolist() == [0.0] * 5


def test_an_overloaded_list_repels_and_an_emptier_one_does_not_attract(lists):
    lists.size = (lists.size * np.array([2.0, 0.5, 1.0, 1.0, 1.0])).astype(np.int64)
    kappa = lists.scenario.choice.congestion
    ratio = lists.appeal() / np.exp(lists.effect)
    assert ratio[:, 0] == pytest.approx(2.0**-kappa)
    assert ratio[:, 1:] == pytest.approx(np.ones((2, 4)))


def test_quality_counts_more_where_people_are_better_off(lists):
    c, s = lists.scenario.choice, lists.scenario.satisfaction
    lists.satisfaction = lists.starting_satisfaction + s.spread
    ratio = np.log(lists.appeal() / np.exp(lists.effect))
    assert ratio[0] == pytest.approx(np.full(5, c.quality_weight * c.quality_less_deprived))
    assert ratio[1] == pytest.approx(np.full(5, c.quality_weight * c.quality_more_deprived))


# --- satisfaction and switching -----------------------------------------------------------------------------------------------


@given(load=st.floats(0.3, 3.0))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_a_fifth_of_the_gap_closes_in_a_year(region, load):
    lists = make_lists(region, Scenario())
    s = lists.scenario.satisfaction
    lists.size = np.maximum((lists.size * load).astype(np.int64), 1)
    lost = np.maximum(1 - (lists.size / lists.starting_size) ** -s.continuity_growth, 0)
    target = lists.starting_satisfaction - s.congestion * lists.overload - s.continuity_weight * lost
    gap = target - lists.satisfaction
    for month in range(12):
        lists.settle_satisfaction(month)
    assert target - lists.satisfaction == pytest.approx((1 - s.adjustment) * gap, abs=1e-9)


def test_satisfaction_rests_where_load_does(lists):
    for month in range(24):
        lists.settle_satisfaction(month)
    assert np.array_equal(lists.satisfaction, lists.starting_satisfaction)


def test_satisfaction_starts_with_the_published_mean_and_spread(make_region):
    lists = many(make_region, satisfaction__deprivation_gap=0.0)
    s = lists.scenario.satisfaction
    assert lists.satisfaction.mean() == pytest.approx(s.trend[0], abs=4 * s.spread / np.sqrt(3000) + 0.003)
    assert lists.satisfaction.std() == pytest.approx(s.spread, rel=0.06)


def test_the_nations_satisfaction_moves_everybodys_and_nobodys_appeal_or_leavers(lists):
    s = lists.scenario.satisfaction
    before, appeal, switching = lists.satisfaction.copy(), lists.appeal(), lists.switching()
    survey = (s.trend_years[-1] - 1970) * 12 + 2
    lists.settle_satisfaction(survey)
    assert lists.satisfaction == pytest.approx(before + s.trend[-1] - s.trend[0])
    assert lists.appeal() == pytest.approx(appeal)
    assert lists.switching() == pytest.approx(switching)


def test_switching_has_the_published_mean_and_ratio(make_region):
    """[S64]: patients leave practices at the tenth centile of satisfaction 3.46 times as often as at the ninetieth."""
    lists = many(make_region, satisfaction__deprivation_gap=0.0)
    r, s = lists.scenario.registration, lists.scenario.satisfaction
    error = lists.switching().std() / np.sqrt(3000)
    assert lists.switching().mean() == pytest.approx(r.switching, abs=4 * error)
    lists.satisfaction = s.trend[0] + s.spread * ndtri(np.resize([0.1, 0.9], 3000))
    low, high = lists.switching()[:2]
    assert low / high == pytest.approx(r.switching_satisfaction_ratio, rel=1e-3)


def test_switching_never_exceeds_half_a_year(make_region):
    lists = many(make_region, 50, registration__switching=0.2)
    lists.satisfaction[:] = 0.05
    assert (lists.switching() == 0.5).all()


# --- boundaries -----------------------------------------------------------------------------------------------------------------


def test_the_same_practices_take_out_of_area_patients_whatever_the_share(make_region):
    lists = many(make_region)
    taking = []
    for share in (0.0, 0.1, 0.4, 1.0):
        lists.allow_out_of_area(share)
        taking.append(lists.takes_out_of_area.copy())
        assert lists.takes_out_of_area.mean() == pytest.approx(share, abs=4 * np.sqrt(0.25 / 3000))
    for fewer, more in itertools.pairwise(taking):
        assert (more | ~fewer).all()


def test_boundaries_widen_by_a_ratio_and_say_so(lists):
    lists.changed = False
    lists.widen_boundaries(1.5)
    assert lists.inner_km.tolist() == [3.0] * 5
    assert lists.outer_km.tolist() == [4.5] * 5
    assert lists.changed


def test_practices_without_published_gps_have_the_region_s_ratio(make_region):
    region = make_region([[0, 0]], [[0, 0]] * 3, lists=[1000, 2000, 3000])
    region = dataclasses.replace(region, gps_fte=np.array([0.5, 0.5, 0.0]))
    lists = make_lists(region, Scenario(), np.zeros(3))
    assert lists.gps_fte.tolist() == [0.5, 0.5, 1.0]
    nobody = dataclasses.replace(region, gps_fte=np.zeros(3))
    assert make_lists(nobody, Scenario(), np.zeros(3)).gps_fte.tolist() == [0.5, 1.0, 1.5]


# --- agents ---------------------------------------------------------------------------------------------------------------------


def test_a_practice_shows_its_patients(thin_town, make_model):
    model = make_model(thin_town)
    for _ in range(6):
        model.step()
    columns, rows = model.engine.columns, model.engine.rows
    practice, flags = columns.practice[:rows], columns.flags[:rows]
    for p, agent in enumerate(model.practices):
        if not agent.exists:
            continue
        own = practice == p
        assert agent.list_size == own.sum()
        assert agent.ghosts == (own & ((flags & PRESENCE) >> 1 > UNCOUNTED)).sum()
        assert agent.out_of_area == (own & ((flags & OUT_OF_AREA) != 0)).sum()
        assert agent.load == pytest.approx(agent.list_size / agent.gps_fte)
        assert agent.commissioner == thin_town.commissioners[thin_town.practice_commissioner[p]]
        assert agent.name == thin_town.practice_names[p]
        assert agent.provider_kind in ("gp", "trust", "digital")
        assert 0 < agent.satisfaction < 1
        assert agent.is_open
        assert agent.inner_boundary_km <= agent.outer_boundary_km
        assert agent.takes_out_of_area == bool(model.lists.takes_out_of_area[p])
    assert sum(agent.list_size for agent in model.practices) == (practice != NONE).sum()


def test_a_crowded_practice_loses_new_patients_to_its_rival(make_region, make_model):
    """Two practices side by side; the GPs of one are gone: congestion steers newcomers and movers to the other."""
    region = make_region([[0, 0], [2, 0]], [[1, 0.5], [1, -0.5]], residents=6000, lists=6000)
    model = make_model(region, choice__congestion=3.0, practices__gps_follow=0.0, practices__gps_chance=0.0)
    model.lists.gps_fte[0] /= 4.0
    first = model.month_number
    for _ in range(6):
        model.step()
    columns, rows = model.engine.columns, model.engine.rows
    chose = (columns.since[:rows] >= first) & np.isin(columns.cause[:rows], (ARRIVED, FIRST, MOVED, SWITCHED))
    joined = np.bincount(columns.practice[:rows][chose], minlength=2)
    assert joined[1] > 30
    assert joined[0] < 0.2 * joined[1]
    assert model.practices[0].satisfaction < model.lists.starting_satisfaction[0]
