"""Errors, skills and common parts whose values are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from analysis.validation.skill import absolute_error, across, agreement, common_part_across, skill, typical_error

flows = hnp.arrays(np.int64, (4, 4), elements=st.integers(0, 1000))


def test_errors_of_known_predictions():
    observed = np.array([100.0, 50.0, 0.0, 50.0])
    assert absolute_error(observed, observed) == 0
    assert absolute_error(observed, np.array([110.0, 50.0, 10.0, 30.0])) == pytest.approx(40 / 200)
    assert typical_error(observed, np.array([110.0, 50.0, 10.0, 30.0])) == pytest.approx(0.1)
    assert np.isnan(absolute_error(np.zeros(2), np.ones(2)))
    assert np.isnan(typical_error(np.zeros(2), np.ones(2)))


def test_skill_is_what_is_gone_of_the_references_error():
    assert skill(0.0, 0.2) == 1
    assert skill(0.2, 0.2) == 0
    assert skill(0.3, 0.2) == pytest.approx(-0.5)
    assert np.isnan(skill(0.1, 0.0))


@given(flows, flows)
def test_common_part_across_is_1_on_itself_symmetric_and_blind_to_who_stays(one, other):
    if across(one).sum() + across(other).sum() == 0:
        assert np.isnan(common_part_across(one, other))
        return
    assert common_part_across(one, other) == pytest.approx(common_part_across(other, one))
    assert 0 <= common_part_across(one, other) <= 1
    assert common_part_across(one + np.diag([5, 0, 7, 9]), other) == pytest.approx(common_part_across(one, other))
    if across(one).sum():
        assert common_part_across(one, one) == 1


def test_agreement_of_nothing_that_varies_is_unknown():
    assert agreement(np.arange(4.0), 3 - 2 * np.arange(4.0)) == pytest.approx(-1)
    assert np.isnan(agreement(np.arange(4.0), np.ones(4)))
