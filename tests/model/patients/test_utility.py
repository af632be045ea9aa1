"""The deterministic part of choice and the practice effects that reproduce lists."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.geography.travel import compute_travel
from model.patients.utility import (
    LOWEST_EFFECT,
    base_utility,
    choice_shares,
    distance_costs,
    practice_spacing,
    solve_practice_effects,
)


@dataclass(frozen=True)
class Choice:
    distance_log_urban: float = 3.0
    distance_log_rural: float = 2.0
    distance_km_urban: float = 0.1
    distance_km_rural: float = 0.3
    distance_density: float = 0.0
    distance_density_site: float = 0.0
    distance_list: float = 0.0
    distance_detour: float = 0.0
    distance_spacing: float = 0.0
    border_site: float = 0.4
    border_membership: float = 0.9
    border_authority: float = 0.0
    network_tie: float = 0.0
    age_match: float = 0.0
    mobility_tie: float = 0.0


def test_utility_is_distance_and_two_borders(make_region):
    # Practice 0: own commissioner. 1: stands at the other side but belongs here. 2: stands and belongs elsewhere.
    region = make_region(
        [[0, 0], [4, 0]], [[1, 0], [4, 0], [4, 1]], area_commissioner=[0, 1], practice_commissioner=[0, 0, 1],
        rural=[False, True],
    )  # fmt: skip
    travel = compute_travel(region)
    utility = base_utility(region, travel, Choice())
    assert utility.dtype == np.float32
    km = np.hypot(4, 1)
    np.testing.assert_allclose(
        utility[0],
        [-3 * np.log(2) - 0.1, -3 * np.log(5) - 0.4 - 0.4, -3 * np.log(1 + km) - 0.1 * km - 0.4 - 0.9],
        rtol=1e-6,
    )
    assert travel.practice[1].tolist() == [1, 2, 0]
    np.testing.assert_allclose(
        utility[1], [-0.9, -2 * np.log(2) - 0.3, -2 * np.log(4) - 0.9 - 0.4 - 0.9], rtol=1e-5, atol=1e-6
    )


def test_distance_matters_less_where_practices_are_far_apart(make_region):
    sites = [[0.5 * i, 0] for i in range(1, 9)] + [[100 + 2.0 * i, 0] for i in range(1, 9)]
    region = make_region([[0, 0], [100, 0]], sites)
    travel = compute_travel(region, nearest=8)
    assert practice_spacing(travel).tolist() == [4.0, 15.0]  # 16 km, held to 15
    per_log, per_km, *_ = distance_costs(region, travel, Choice(distance_spacing=1.0))
    np.testing.assert_allclose(per_log, [3 - np.log(4), 3 - np.log(15)], rtol=1e-6)
    assert per_km.tolist() == [np.float32(0.1)] * 2


def test_spacing_with_few_practices_is_as_if_there_were_more(make_region):
    # Two practices, the second at 3 km: the 8th would be at 3 x sqrt(8 / 2).
    travel = compute_travel(make_region([[0, 0]], [[1, 0], [3, 0]]))
    assert practice_spacing(travel)[0] == pytest.approx(6.0)


def test_one_area_has_closed_form_effects():
    # Shares equal targets where utility + effect = ln(target) + a constant.
    base, targets = np.array([[0.0, -1.0, -4.0]]), np.array([60.0, 30.0, 10.0])
    effects = solve_practice_effects(base, np.array([[0, 1, 2]]), np.array([100.0]), targets, patients=1e-6)
    expected = np.log(targets) - base[0]
    np.testing.assert_allclose(effects, expected - np.average(expected, weights=targets), atol=1e-6)


def test_two_areas_that_mirror_each_other_have_equal_effects():
    base = np.array([[0.0, -2.0], [0.0, -2.0]])
    effects = solve_practice_effects(base, np.array([[0, 1], [1, 0]]), np.array([50.0, 50.0]), np.array([50.0, 50.0]))
    np.testing.assert_allclose(effects, [0, 0], atol=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_expected_choices_add_up_to_any_lists_that_choices_can_make(seed):
    rng = np.random.Generator(np.random.Philox(key=seed))
    areas, practices, candidates = 40, 12, 6
    practice = np.argsort(rng.random((areas, practices)), axis=1)[:, :candidates]
    base = rng.normal(0, 3, (areas, candidates)).astype(np.float32)
    demand = rng.integers(0, 3000, areas).astype(float)
    truth = rng.normal(0, 2, practices)
    made = choice_shares(base, practice, truth) * demand[:, None]
    targets = np.bincount(practice.ravel(), made.ravel(), practices)
    effects = solve_practice_effects(base, practice, demand, targets)
    expected = choice_shares(base, practice, effects) * demand[:, None]
    lists = np.bincount(practice.ravel(), expected.ravel(), practices)
    assert (np.abs(lists - targets) <= np.minimum(0.5, 0.5 * targets) + 1e-6 * targets).all()
    assert np.average(effects, weights=targets) == pytest.approx(0, abs=1e-6)
    tight = solve_practice_effects(base, practice, demand, targets, patients=1e-7, relative=1e-10)
    np.testing.assert_allclose(tight, truth - np.average(truth, weights=targets), atol=1e-3)


def test_practices_that_nobody_is_to_choose_get_the_lowest_effect():
    # Practice 1 has no list, practice 2 is nobody's candidate, practice 3 only that of an empty area.
    practice, base = np.array([[0, 1], [0, 1], [3, 0]]), np.zeros((3, 2))
    effects = solve_practice_effects(base, practice, np.array([10.0, 20.0, 0.0]), np.array([30.0, 0.0, 7.0, 9.0]))
    assert effects.tolist() == [0.0, LOWEST_EFFECT, LOWEST_EFFECT, LOWEST_EFFECT]
    shares = choice_shares(base, practice, effects)
    assert shares[0, 1] < 1e-12
    assert np.isfinite(shares).all()


def test_targets_are_scaled_to_the_demand():
    base, practice = np.array([[0.0, -1.0]]), np.array([[0, 1]])
    once = solve_practice_effects(base, practice, np.array([100.0]), np.array([60.0, 40.0]), patients=1e-6)
    again = solve_practice_effects(base, practice, np.array([100.0]), np.array([6.0, 4.0]), patients=1e-6)
    np.testing.assert_allclose(once, again, atol=1e-6)


def test_very_far_practices_neither_overflow_nor_vanish():
    base = np.array([[0.0, -900.0], [-900.0, 0.0]])
    effects = solve_practice_effects(base, np.array([[0, 1], [0, 1]]), np.array([30.0, 70.0]), np.array([30.0, 70.0]))
    assert np.isfinite(effects).all()
    np.testing.assert_allclose(choice_shares(base, np.array([[0, 1], [0, 1]]), effects), np.eye(2), atol=1e-9)
