"""Divergence of registered from resident populations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.measures import divergence

profiles = hnp.arrays(np.int64, (3, 5), elements=st.integers(1, 1000))


def test_ratio_of_a_place_nobody_lives_in_is_unknown():
    ratio = divergence.registered_resident_ratio([110, 50], [100, 0])
    assert ratio[0] == pytest.approx(1.1)
    assert np.isnan(ratio[1])


def test_dissimilarity_of_like_and_of_disjoint_populations():
    assert divergence.dissimilarity([10, 20, 30], [1, 2, 3]) == pytest.approx(0)
    assert divergence.dissimilarity([5, 0], [0, 9]) == 1
    assert divergence.dissimilarity([[3, 1], [1, 1]], [[1, 1], [1, 1]]) == pytest.approx([0.25, 0])
    assert np.isnan(divergence.dissimilarity([0, 0], [1, 1]))


@given(profiles, profiles)
def test_dissimilarity_is_a_symmetric_share(one, other):
    found = divergence.dissimilarity(one, other)
    assert ((found >= 0) & (found <= 1)).all()
    assert found == pytest.approx(divergence.dissimilarity(other, one))


def test_an_authority_with_two_equal_commissioners_and_one_with_a_single_one():
    found = divergence.commissioners_of_authorities([[500, 500, 0], [0, 0, 80]])
    assert found["effective_commissioners"] == pytest.approx([2, 1])
    assert found["largest_commissioner_share"] == pytest.approx([0.5, 1])
    assert found["commissioners"].tolist() == [2, 1]
    assert found["residents_per_commissioner"] == pytest.approx([500, 80])


def test_stray_patients_below_the_threshold_do_not_count():
    patients = [[1000, 3, 0]]
    assert divergence.commissioners_met(patients, at_least=10).tolist() == [1]
    assert divergence.residents_per_commissioner(patients, at_least=10) == pytest.approx([1000])
    assert np.isnan(divergence.residents_per_commissioner([[0, 0]])).all()
