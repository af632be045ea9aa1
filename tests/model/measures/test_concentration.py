"""Concentration: closed forms and invariants."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.measures import concentration

sizes = st.lists(st.integers(0, 50_000), min_size=1, max_size=40)


def test_one_practice_holds_all():
    assert concentration.herfindahl([7000]) == 1
    assert concentration.largest_share([0, 7000, 0]) == 1
    assert concentration.effective_number([0, 7000]) == 1


def test_equal_lists():
    assert concentration.herfindahl([5, 5, 5, 5]) == pytest.approx(0.25)
    assert concentration.effective_number([[5, 5, 5, 5], [1, 1, 0, 0]]) == pytest.approx([4, 2])
    assert concentration.gini([8000] * 9) == 0


def test_gini_of_one_holder_and_of_a_known_case():
    assert concentration.gini([0, 0, 0, 10]) == pytest.approx(0.75)
    assert concentration.gini([1, 2, 3]) == pytest.approx(2 / 9)


def test_nobody_has_no_concentration():
    assert np.isnan(concentration.herfindahl([0, 0]))
    assert np.isnan(concentration.gini([]))
    assert np.isnan(concentration.gini([0, 0]))


@given(sizes)
def test_gini_is_half_the_relative_mean_difference(lists):
    if sum(lists) == 0:
        return
    x = np.array(lists, float)
    pairs = np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean())
    assert concentration.gini(lists) == pytest.approx(pairs, abs=1e-12)
    assert concentration.gini(x * 3) == pytest.approx(concentration.gini(x))


@given(sizes)
def test_bounds(lists):
    if sum(lists) == 0:
        return
    index = concentration.herfindahl(lists)
    assert 1 / len(lists) - 1e-12 <= index <= 1 + 1e-12
    assert index <= concentration.largest_share(lists) + 1e-12
    assert concentration.effective_number(lists) == pytest.approx(1 / index)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 900)), max_size=30))
def test_by_group_equals_group_by_group(rows):
    group = [r[0] for r in rows]
    counts = [r[1] for r in rows]
    index = concentration.herfindahl_by_group(group, counts, 6)
    largest = concentration.largest_share_by_group(group, counts, 6)
    for g in range(6):
        own = [c for h, c in rows if h == g]
        if own:
            assert index[g] == pytest.approx(concentration.herfindahl(own))
            assert largest[g] == pytest.approx(concentration.largest_share(own))
        else:
            assert np.isnan(index[g])
            assert np.isnan(largest[g])
