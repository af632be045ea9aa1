"""Who is left behind: two practices, two fifths, answers by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.measures.inequality import gradient
from model.measures.left_behind import (
    CONVENTIONAL,
    DIGITAL,
    NO_LIST,
    gps_for_each,
    kind_share,
    mean_over_lists,
    need_per_head,
    per_need_weighted_head,
)

PEOPLE = np.array([[30, 10], [0, 20]])
"""Residents of two fifths on the lists of two practices."""


def test_means_are_over_the_residents_of_a_fifth():
    assert mean_over_lists([0.8, 0.4], PEOPLE) == pytest.approx([0.7, 0.4])
    assert mean_over_lists([0.8, np.nan], PEOPLE)[0] == pytest.approx(0.8)
    assert np.isnan(mean_over_lists([0.8, np.nan], PEOPLE)[1])


def test_funding_per_need_weighted_head():
    # The first fifth brings 30 x 100 + 10 x 200 GBP; its 40 people have the need of 50.
    found = per_need_weighted_head([100, 200], PEOPLE, [50_000, 10_000])
    assert found == pytest.approx([100.0, 400.0])
    assert np.isnan(per_need_weighted_head([100, 200], PEOPLE, [0, 0])).all()


@given(hnp.arrays(int, (5, 4), elements=st.integers(1, 1000)), st.floats(1, 500))
def test_equal_pounds_for_equal_need_have_no_slope(people, each):
    need = people.sum(axis=1) * 1000
    found = per_need_weighted_head(np.full(4, each), people, need)
    assert found == pytest.approx(each)
    assert gradient(found, people.sum(axis=1)).slope == pytest.approx(0, abs=1e-6)


@given(hnp.arrays(int, (5, 4), elements=st.integers(1, 1000)), hnp.arrays(float, 4, elements=st.floats(0, 50)))
def test_gps_of_all_fifths_are_all_gps(people, gps):
    need = people.sum(axis=1) * 1000
    found = per_need_weighted_head(gps_for_each(gps, people), people, need)
    assert (found * need / 1000).sum() == pytest.approx(gps.sum())


def test_a_practice_of_ghosts_gives_nobody_a_gp():
    assert gps_for_each([2.0, 3.0], [[4, 0], [4, 0]]) == pytest.approx([0.25, np.nan], nan_ok=True)
    assert per_need_weighted_head([0.25, np.nan], [[4, 0]], [4000]) == pytest.approx([0.25])


def test_shares_and_case_mix_by_kind_of_list():
    people = np.zeros((2, 4, 3), int)
    people[0, NO_LIST], people[0, CONVENTIONAL], people[0, DIGITAL] = (5, 0, 5), (5, 50, 80), (10, 0, 15)
    assert kind_share(people, DIGITAL)[0] == pytest.approx(25 / 170)
    assert kind_share(people, DIGITAL, 0, 1)[0] == pytest.approx(0.5)
    assert kind_share(people, DIGITAL, 1, 2)[0] == 0
    assert kind_share(people, DIGITAL, 2)[0] == pytest.approx(0.15)
    assert np.isnan(kind_share(people, DIGITAL)[1])
    need = np.array([[0, 270_000, 10_000, 0], [0, 0, 0, 0]])
    assert need_per_head(need, people, CONVENTIONAL)[0] == pytest.approx(2.0)
    assert need_per_head(need, people, DIGITAL)[0] == pytest.approx(0.4)
    assert np.isnan(need_per_head(need, people, DIGITAL)[1])
