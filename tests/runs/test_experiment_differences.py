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


@pytest.mark.parametrize("seeds", [2, 5, 20])
def test_the_t_interval_covers_the_truth_as_often_as_it_says(seeds: int):
    assert 0.94 < coverage("t", seeds) < 0.96


def test_the_bootstrap_covers_nearly_as_often_as_it_says_and_is_not_told_of_few_pairs():
    assert 0.92 < coverage("bootstrap", 20) < 0.94
    assert 0.94 < coverage("bootstrap", 100) < 0.96
    few = paired(draws(3, 19, 1), draws(3, 19, 2), interval="bootstrap")
    assert np.isnan([few["low"], few["high"], few["independent_seeds"]]).all()
    assert np.isfinite(few["difference"]).all()


def coverage(interval: str, seeds: int, rows: int = 10_000) -> float:
    """Share of made-up experiments whose 95% interval holds the effect; the standard error is 0.002."""
    effect = 0.7
    common, own = draws(rows, seeds, 3), draws(rows, seeds, 4)
    found = paired(common + effect + 0.3 * own, common, interval=interval)
    return float(((found["low"] <= effect) & (effect <= found["high"])).mean())


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

    def half_width(seeds: float) -> np.ndarray:
        return np.array([stats.t.ppf(0.975, 2 * seeds - 2) * math.sqrt(variance / seeds)])

    assert independent_seeds(half_width(seeds), np.array([variance])).tolist() == [seeds]
    assert independent_seeds(half_width(seeds + 0.5), np.array([variance])).tolist() == [seeds + 1]


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
