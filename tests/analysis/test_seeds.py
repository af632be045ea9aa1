"""Means, ranges and intervals over seeds are those of the formula."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.seeds import summed_up


def test_mean_range_and_interval():
    frame = pd.DataFrame({"seed": [1, 2, 3, 4], "of": "x", "value": [1.0, 2.0, 3.0, 6.0]})
    row = summed_up(frame, ["of"], "value").iloc[0]
    assert (row["mean"], row["low"], row["high"], row["seeds"]) == (3.0, 1.0, 6.0, 4)
    expected = stats.ttest_1samp(frame["value"], 0).confidence_interval(0.95)
    assert row["from"] == pytest.approx(expected.low)
    assert row["to"] == pytest.approx(expected.high)


@pytest.mark.parametrize("seeds", [1, 2])
def test_one_or_two_seeds_have_no_interval(seeds):
    frame = pd.DataFrame({"seed": range(seeds), "of": "x", "value": np.arange(seeds, dtype=float)})
    row = summed_up(frame, ["of"], "value").iloc[0]
    assert np.isnan(row["from"])
    assert np.isnan(row["to"])
    assert row["mean"] == (seeds - 1) / 2


def test_seeds_without_a_value_are_left_out_and_order_is_kept():
    frame = pd.DataFrame({"seed": [1, 2, 1, 2], "of": ["b", "b", "a", "a"], "value": [1.0, np.nan, 5.0, 7.0]})
    found = summed_up(frame, ["of"], "value")
    assert list(found["of"]) == ["b", "a"]
    assert list(found["seeds"]) == [1, 2]
    assert list(found["mean"]) == [1.0, 6.0]
