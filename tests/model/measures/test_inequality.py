"""Inequality along deprivation: lines, even distributions and extremes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.measures import inequality

people = hnp.arrays(float, 10, elements=st.floats(1, 1e6))


def test_ridits_of_equal_groups():
    assert inequality.ridits([5, 5]) == pytest.approx([0.25, 0.75])
    assert inequality.ridits([1, 3]) == pytest.approx([0.125, 0.625])


@given(people, st.floats(-100, 100), st.floats(-50, 50))
def test_the_slope_of_a_straight_line_is_its_slope(population, start, slope):
    line = start + slope * inequality.ridits(population)
    found = inequality.gradient(line, population)
    assert found.slope == pytest.approx(slope, abs=1e-8)
    assert found.most_deprived == pytest.approx(start, abs=1e-8)
    assert found.least_deprived == pytest.approx(start + slope, abs=1e-8)


def test_relative_index_is_slope_over_mean():
    found = inequality.gradient([90, 110], [7, 7])
    assert found.slope == pytest.approx(40)
    assert found.relative == pytest.approx(0.4)


@given(people, st.floats(0.1, 100))
def test_no_inequality_where_everybody_has_the_same(population, value):
    assert inequality.gradient(np.full(10, value), population).slope == pytest.approx(0, abs=1e-9)


def test_groups_without_people_or_value_are_left_out():
    assert inequality.gradient([1, np.nan, 3], [5, 5, 5]).slope == pytest.approx(4)
    assert inequality.gradient([1, 99, 3], [5, 0, 5]).slope == pytest.approx(4)
    assert np.isnan(inequality.gradient([1, np.nan], [5, 5]).slope)
