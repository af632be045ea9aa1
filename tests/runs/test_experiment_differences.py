"""Paired differences: theorems on made-up measures whose answer is known."""

import math

import numpy as np
import pytest
from scipy import stats

from runs.experiment_differences import independent_seeds, many, paired


def draws(rows: int, seeds: int, key: int = 5) -> np.ndarray:
    return np.random.Generator(np.random.Philox(key=key)).normal(size=(rows, seeds))


def test_a_constant_effect_is_known_exactly_whatever_the_spread_between_seeds():
    baseline = 100 * draws(3, 8)
    found = paired(baseline + 5, baseline)
    assert found["difference"] == pytest.approx(5)
    assert found["low"] == pytest.approx(5)
    assert found["high"] == pytest.approx(5)
    assert found["correlation"] == pytest.approx(1)
    assert (paired(baseline, baseline)["independent_seeds"] == np.inf).all()


def test_the_interval_is_that_of_the_paired_t_test():
    ours, theirs = 2 + draws(4, 9, 1), draws(4, 9, 2)
    found = paired(ours, theirs, 0.9)
    for row in range(4):
        told = stats.ttest_rel(ours[row], theirs[row]).confidence_interval(0.9)
        assert (found["low"][row], found["high"][row]) == pytest.approx((told.low, told.high))


def test_both_intervals_cover_the_truth_as_often_as_they_say():
    effect = 0.7
    common, own = draws(3000, 12, 3), draws(3000, 12, 4)
    for interval, least, most in (("t", 0.93, 0.97), ("bootstrap", 0.87, 0.96)):
        found = paired(common + effect + 0.3 * own, common, interval=interval)
        covered = ((found["low"] <= effect) & (effect <= found["high"])).mean()
        assert least < covered < most, interval


def test_runs_that_share_nothing_need_about_as_many_seeds_as_there_are():
    ours, theirs = draws(400, 20, 6), draws(400, 20, 7)
    needed = paired(ours, theirs)["independent_seeds"]
    assert 15 < np.median(needed) < 25


def test_shared_draws_save_as_many_seeds_as_the_variances_say():
    """With correlation r each pair has 2 (1 - r) of a variance instead of 2."""
    common = draws(400, 40, 8)
    r = 0.99
    ours, theirs = (np.sqrt(r) * common + np.sqrt(1 - r) * draws(400, 40, key) for key in (9, 10))
    found = paired(ours, theirs)
    assert np.median(found["correlation"]) == pytest.approx(r, abs=0.003)
    assert np.median(found["independent_seeds"]) == pytest.approx(40 / (1 - r), rel=0.15)


@pytest.mark.parametrize("seeds", [2, 5, 40, 1000])
def test_seeds_needed_invert_the_half_width(seeds: int):
    variance = 3.7
    half = stats.t.ppf(0.975, 2 * seeds - 2) * math.sqrt(variance / seeds)
    assert independent_seeds(np.array([half]), np.array([variance])).tolist() == [seeds]
    assert independent_seeds(np.array([half * 0.999]), np.array([variance])).tolist() == [seeds + 1] or seeds > 100


def test_a_missing_run_leaves_out_its_pair():
    ours, theirs = draws(2, 6, 11), draws(2, 6, 12)
    with_gap = ours.copy()
    with_gap[:, 3] = np.nan
    found, whole = paired(with_gap, theirs), paired(np.delete(ours, 3, 1), np.delete(theirs, 3, 1))
    assert found["seeds"].tolist() == [5, 5]
    for name in ("difference", "low", "high", "scenario_mean", "baseline_mean"):
        assert found[name] == pytest.approx(whole[name])


def test_one_pair_has_no_interval_and_no_pair_no_difference():
    found = paired(np.array([[3.0], [np.nan]]), np.array([[1.0], [1.0]]))
    assert found["difference"][0] == 2
    assert np.isnan(found["difference"][1])
    assert np.isnan(found["low"]).all()
    assert np.isnan(found["independent_seeds"]).all()
    assert [many(value) for value in (math.nan, math.inf, 1234.0)] == ["-", "more than 1,000,000,000", "1,234"]
