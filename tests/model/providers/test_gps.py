"""GPs follow the nation's trend, their patients and chance; a closed practice's go to its neighbours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.parameters.practices import Practices
from model.providers.gps import gps_join, gps_next_year

RULES = Practices(gps_follow=0.5, gps_chance=0.0, closing_gps_stay=0.5)
EVEN = np.full(2, 0.5)


def test_half_the_gap_in_patients_per_gp_closes_and_all_together_are_the_total():
    after = gps_next_year(np.array([4_000, 1_000]), np.array([1.0, 1.0]), np.ones(2, bool), 3.0, RULES, EVEN)
    assert after.sum() == pytest.approx(3.0)
    assert after[0] / after[1] == pytest.approx(2.0)  # 1 : 1 before, 4 : 1 wanted


@given(
    gps=st.lists(st.floats(0.1, 20), min_size=2, max_size=30),
    total=st.floats(1, 1000),
    data=st.data(),
)
def test_nobody_outside_is_touched_and_the_total_holds(gps, total, data):
    gps = np.array(gps)
    several = {"min_size": len(gps), "max_size": len(gps)}
    size = np.array(data.draw(st.lists(st.integers(1, 30_000), **several)))
    draws = np.array(data.draw(st.lists(st.floats(0, 1, exclude_max=True), **several)))
    among = np.arange(len(gps)) > 0
    after = gps_next_year(size, gps, among, total, Practices(), draws)
    assert after[0] == gps[0]
    assert after[1:].sum() == pytest.approx(total)
    assert (after > 0).all()


def test_without_patients_gps_stay():
    pair = np.ones(2, bool)
    assert gps_next_year(np.array([0, 10]), np.array([1.0, 2.0]), pair, 3.0, RULES, EVEN).tolist() == [1.0, 2.0]
    assert gps_next_year(np.zeros(2, int), np.ones(2), pair, 3.0, RULES, EVEN).tolist() == [1.0, 1.0]


def test_patients_per_gp_stay_as_unequal_as_published():
    """SD of ln(patients per GP) was about 0.40 from 2015 to 2020; following and chance hold it between 0.28 and 0.45."""
    rng = np.random.Generator(np.random.Philox(key=2))
    size = np.exp(np.log(7_000) + 0.68 * rng.standard_normal(5_000))
    gps = size / 2_000 * np.exp(0.40 * rng.standard_normal(5_000))
    everybody = np.ones(len(size), bool)
    for _ in range(5):
        gps = gps_next_year(size, gps, everybody, gps.sum(), Practices(), rng.random(len(size)))
    assert 0.28 < np.log(size / gps).std() < 0.45


def test_half_of_a_closed_practices_gps_join_those_near_it():
    assert gps_join(4.0, np.array([1.0, 3.0, 0.0]), RULES) == pytest.approx([0.5, 1.5, 0.0])
    assert gps_join(4.0, np.zeros(2), RULES).tolist() == [0.0, 0.0]
