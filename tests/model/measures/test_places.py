"""Places: margins of flows, concentration of organisations, mismatched bodies; answers by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.measures.places import (
    concentration_of_places,
    mismatched_share,
    misplaced,
    overlap,
    place_columns,
    share_of_label,
)

flows = hnp.arrays(np.int64, st.integers(1, 6).map(lambda k: (k, k + 1)), elements=st.integers(0, 10**6))


def test_who_lives_and_who_is_registered():
    found = place_columns([[70, 20, 10], [5, 90, 0]])
    assert {name: values.tolist() for name, values in found.items()} == {
        "residents": [100, 95], "unregistered": [10, 0], "patients": [75, 110], "stay": [70, 90],
        "inflow": [5, 20], "outflow": [20, 5], "net_flow": [-15, 15],
    }  # fmt: skip


@given(flows)
def test_margins_conserve_people(matrix):
    found = place_columns(matrix)
    assert found["residents"].sum() == matrix.sum()
    assert found["net_flow"].sum() == 0
    assert (found["residents"] + found["net_flow"] == found["patients"] + found["unregistered"]).all()


def test_overlap_of_all_and_of_none():
    assert overlap([10, 0, 5, 0], [10, 5, 10, 0], [10, 5, 10, 0]) == pytest.approx([1, 0, 1 / 3, np.nan], nan_ok=True)


def test_one_label_is_one_holder():
    # Place 0: organisation 7 has two lists, 4 has one; place 1: two equals; place 2: nobody.
    found = concentration_of_places([0, 0, 0, 1, 1, 2], [7, 7, 4, 9, 8, 1], [10, 20, 10, 5, 5, 0], 3)
    assert found["hhi"] == pytest.approx([0.625, 0.5, np.nan], nan_ok=True)
    assert found["holders"].tolist() == [2, 2, 0]
    assert found["largest"].tolist() == [7, 8, -1]
    assert found["largest_share"] == pytest.approx([0.75, 0.5, np.nan], nan_ok=True)


def test_an_organisation_in_two_places_is_measured_in_each():
    found = concentration_of_places([0, 1, 1], [3, 3, 5], [10, 10, 30], 2)
    assert found["largest"].tolist() == [3, 5]
    assert found["hhi"] == pytest.approx([1.0, 0.625])


def test_dependence_is_the_share_of_doctors():
    found = share_of_label([0, 0, 1, 1], [3, 5, 3, 5], [1.0, 3.0, 2.0, 2.0], [5, -1])
    assert found == pytest.approx([0.75, 0.0])
    assert np.isnan(share_of_label([0], [1], [0.0], [1])[0])


def test_those_on_no_list_match_and_those_with_another_commissioner_do_not():
    # Two cells of commissioner 0, one of 1; the last column is on no list.
    people = [[8, 1, 1], [5, 5, 0], [2, 18, 0]]
    assert mismatched_share(people, [0, 0, 1]) == pytest.approx((1 + 5 + 2) / 40)
    assert np.isnan(mismatched_share(np.zeros((1, 2), int), [0]))


def test_misplaced_money_changes_hands_once():
    assert misplaced([60, 40], [1, 1]) == pytest.approx(10)
    assert misplaced([100, 0], [0, 7]) == pytest.approx(100)
    assert misplaced([30, 60], [5, 10]) == pytest.approx(0)
    assert np.isnan(misplaced([1], [0]))
