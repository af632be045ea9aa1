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
    # The first practice has 3,000 GBP for 30 people with the need of 50; the second 6,000 for 30 with that of 20.
    each = per_need_weighted_head([3000, 6000], [50_000, 20_000])
    assert each == pytest.approx([60, 300])
    assert mean_over_lists(each, PEOPLE) == pytest.approx([(30 * 60 + 10 * 300) / 40, 300])
    assert np.isnan(per_need_weighted_head([1], [0])).all()


@given(hnp.arrays(int, (5, 4), elements=st.integers(1, 1000)), hnp.arrays(int, 4, elements=st.integers(1, 10**6)))
def test_money_by_need_alone_has_no_slope(people, need):
    funding = mean_over_lists(per_need_weighted_head(0.08 * need, need), people)
    assert funding == pytest.approx(80)
    assert gradient(funding, people.sum(axis=1)).slope == pytest.approx(0, abs=1e-6)


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
