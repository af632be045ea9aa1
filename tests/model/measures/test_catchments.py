"""Plurality catchments: small maps by hand and what always holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.measures.catchments import plurality_catchments


def test_first_past_the_post():
    found = plurality_catchments([0, 0, 1, 1, 2], [0, 1, 0, 1, 1], [60, 40, 30, 70, 50], 4, 3)
    assert found.leader.tolist() == [0, 1, 1, -1]
    assert found.leading_share[:3] == pytest.approx([0.6, 0.7, 1])
    assert np.isnan(found.leading_share[3])
    assert found.registered.tolist() == [90, 160, 0]
    assert found.catchment.tolist() == [100, 150, 0]
    assert found.both.tolist() == [60, 120, 0]
    assert found.overlap[:2] == pytest.approx([60 / 130, 120 / 190])
    assert np.isnan(found.overlap[2])
    assert found.correlation == pytest.approx(1)


def test_equal_shares_go_to_the_first_unit_and_split_rows_are_added_up():
    found = plurality_catchments([0, 0, 0], [1, 0, 1], [5, 10, 5], 1, 2)
    assert found.leader.tolist() == [0]
    assert np.isnan(found.correlation)


def test_one_practice_serves_everybody():
    found = plurality_catchments([0, 1, 2], [0, 0, 0], [10, 20, 30], 3, 1)
    assert found.overlap.tolist() == [1]
    assert found.leading_share.tolist() == [1, 1, 1]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 50)), max_size=30))
def test_everybody_is_in_one_catchment(rows):
    area, unit, patients = (np.array([r[i] for r in rows], int) for i in range(3))
    found = plurality_catchments(area, unit, patients, 6, 4)
    assert found.registered.sum() == found.catchment.sum() == patients.sum()
    assert (found.both <= np.minimum(found.registered, found.catchment)).all()
    matrix = np.zeros((6, 4), int)
    np.add.at(matrix, (area, unit), patients)
    expected = np.where(matrix.sum(axis=1) > 0, matrix.argmax(axis=1), -1)
    assert found.leader.tolist() == expected.tolist()
