"""GPs follow the nation's trend, patients a little, and a closed practice's go to its neighbours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.parameters.practices import Practices
from model.providers.gps import gps_join, gps_next_year

RULES = Practices(gps_follow=0.1, closing_gps_stay=0.5)


def test_all_together_are_the_total_and_shares_move_a_tenth_of_the_way():
    after = gps_next_year(np.array([3_000, 1_000]), np.array([2.0, 2.0]), np.ones(2, bool), 5.0, RULES)
    assert after == pytest.approx([5 * (0.9 * 0.5 + 0.1 * 0.75), 5 * (0.9 * 0.5 + 0.1 * 0.25)])


@given(
    gps=st.lists(st.floats(0.1, 20), min_size=2, max_size=30),
    total=st.floats(1, 1000),
    data=st.data(),
)
def test_nobody_outside_is_touched_and_the_total_holds(gps, total, data):
    gps = np.array(gps)
    size = np.array(data.draw(st.lists(st.integers(1, 30_000), min_size=len(gps), max_size=len(gps))))
    among = np.arange(len(gps)) > 0
    after = gps_next_year(size, gps, among, total, RULES)
    assert after[0] == gps[0]
    assert after[1:].sum() == pytest.approx(total)


def test_without_patients_gps_stay():
    assert gps_next_year(np.array([0, 10]), np.array([1.0, 2.0]), np.ones(2, bool), 3.0, RULES).tolist() == [1.0, 2.0]
    assert gps_next_year(np.zeros(2, int), np.ones(2), np.ones(2, bool), 3.0, RULES).tolist() == [1.0, 1.0]


def test_half_of_a_closed_practices_gps_join_those_near_it():
    assert gps_join(4.0, np.array([1.0, 3.0, 0.0]), RULES) == pytest.approx([0.5, 1.5, 0.0])
    assert gps_join(4.0, np.zeros(2), RULES).tolist() == [0.0, 0.0]
