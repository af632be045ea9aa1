"""Weighted means and percentiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.measures import weighted

rows = st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 9)), min_size=1, max_size=25)


def test_median_is_the_value_half_the_weight_does_not_exceed():
    assert weighted.weighted_median([1, 2], [1, 1]) == 1
    assert weighted.weighted_median([1, 2], [1, 1.001]) == 2
    assert weighted.weighted_median([5, 1, 3], [1, 1, 10]) == 3


def test_share_above_is_strict():
    assert weighted.share_above([10, 10.5, 3], [1, 1, 2], 10) == pytest.approx(0.25)


def test_nothing_has_no_mean():
    assert np.isnan(weighted.weighted_mean([1, 2], [0, 0]))
    assert np.isnan(weighted.weighted_percentiles([], [])).all()
    assert np.isnan(weighted.percentiles([np.nan])).all()


def test_percentiles_between_places_are_interpolated():
    assert weighted.percentiles([1, np.nan, 2], (0, 25, 50, 100)).tolist() == [1, 1.25, 1.5, 2]


@given(rows, st.sampled_from([0, 1, 10, 25, 50, 75, 99, 100]))
def test_weights_stand_for_repeated_values(pairs, at):
    values, weights = (np.array(x) for x in zip(*pairs, strict=True))
    repeated = np.repeat(values, weights)
    found = weighted.weighted_percentiles(values, weights, (at,))[0]
    if repeated.size == 0:
        assert np.isnan(found)
    else:
        assert found == np.percentile(repeated, at, method="inverted_cdf")
        assert weighted.weighted_mean(values, weights) == pytest.approx(repeated.mean())


def test_spread_leaves_unknown_places_out():
    found = weighted.spread([1, 2, 3, np.nan])
    assert (found.places, found.mean, found.sd) == (3, 2, 1)
    assert found.percentiles[50] == 2
    assert weighted.spread([4, np.nan]).places == 1
    assert np.isnan(weighted.spread([4]).sd)


def test_weighted_spread():
    found = weighted.spread([0, 1], [3, 1])
    assert found.mean == pytest.approx(0.25)
    assert found.sd == pytest.approx(np.sqrt(0.25 * 0.75))
