"""Practice effects with which expected choices reproduce lists."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.patients.practice_effects import LOWEST_EFFECT, choice_shares, solve_practice_effects


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
