import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.commissioning.allocation import (
    allocate,
    apportion,
    financial_quarter,
    financial_year,
    market_forces,
    pounds_at_start,
    recharge,
    shift,
)
from model.scenario import Money

WEIGHTS = st.lists(st.floats(0, 1e6), min_size=1, max_size=40)


@given(st.integers(0, 10**11), WEIGHTS)
def test_shares_are_whole_pounds_that_add_up_to_the_pot(total, weights):
    weights = np.array(weights)
    parts = apportion(total, weights)
    if weights.sum() > 0:
        assert parts.sum() == total
        assert np.abs(parts - weights / weights.sum() * total).max() <= 1 + 1e-4
    else:
        assert parts.sum() == 0


def test_odd_pounds_go_to_the_largest_remainders_and_the_first_among_equals():
    assert apportion(10, np.array([1, 1, 1])).tolist() == [4, 3, 3]
    assert apportion(10, np.array([3, 1])).tolist() == [8, 2]
    assert apportion(3, np.array([0.5, 0.9])).tolist() == [1, 2]


@given(st.lists(st.tuples(*[st.floats(1, 1e5)] * 3), min_size=2, max_size=20), st.floats(0, 1))
def test_allocations_reconcile_to_the_pot_at_any_pace(rows, pace):
    heads, previous, before = np.array(rows).T
    pot = 10_000_000
    assert allocate(pot, apportion(pot, heads), heads, previous, before, pace).sum() == pot


def test_allocations_move_towards_the_target_at_the_pace_of_change():
    heads, target = np.array([100.0, 100.0]), np.array([500.0, 500.0])
    over = np.array([600, 400])
    assert allocate(1000, target, heads, over, heads, 0.0).tolist() == [600, 400]
    assert allocate(1000, target, heads, over, heads, 0.25).tolist() == [575, 425]
    assert allocate(1000, target, heads, over, heads, 1.0).tolist() == [500, 500]
    # Money a head is carried over to whoever is on the list: growth of a list is funded in full.
    grown = np.array([200.0, 100.0])
    assert allocate(1500, np.array([1000.0, 500.0]), grown, np.array([500, 500]), heads, 0.0).tolist() == [1000, 500]
    # Half the way is half of this pot's way: last year's money is first scaled to it.
    assert allocate(1000, target, heads, np.array([60, 40]), heads, 0.5).tolist() == [550, 450]


def test_a_commissioner_that_had_nobody_begins_at_its_target():
    moved = allocate(1000, np.array([500.0, 500.0]), np.ones(2), np.array([1000, 0]), np.array([2.0, 0.0]), 0.0)
    assert moved.tolist() == [500, 500]


def test_recharges_add_up_to_zero_and_shrinking_flows_pay_back():
    counted = np.array([[50.0, 10.0, 0.0], [0.0, 50.0, 0.0]])
    now = np.array([[50.0, 4.0, 3.0], [5.0, 45.0, 0.0]])
    charges = recharge(now, counted, np.array([100.0, 200.0]))
    # 5 heads of the second now on the first's list at GBP 100; 6 fewer of the first's on the second's at GBP 200.
    assert charges.received.tolist() == [500 + 1200, 0]
    assert charges.paid.tolist() == [0, 500 + 1200]
    assert charges.net.sum() == 0


def test_growth_that_all_have_alike_is_no_mismatch():
    assert shift(np.array([220.0, 110.0]), np.array([200.0, 100.0])) == pytest.approx([0, 0])
    assert shift(np.array([150.0, 150.0]), np.array([200.0, 100.0])) == pytest.approx([-50, 50])
    assert shift(np.zeros(2), np.zeros(2)).tolist() == [0, 0]


def test_financial_years_begin_in_april():
    months = {(2020, 3): (2019, 3), (2020, 4): (2020, 0), (2020, 7): (2020, 1), (2021, 1): (2020, 3)}
    for (year, month), expected in months.items():
        number = (year - 1970) * 12 + month - 1
        assert (financial_year(number), financial_quarter(number)) == expected


def test_money_a_head_grows_from_the_published_year():
    money = Money()
    assert pounds_at_start(2016, money) == 1240
    assert 1270 <= pounds_at_start(2019, money) <= 1300


def test_care_costs_more_in_london_by_the_share_of_residents_there(make_region):
    region = make_region(
        np.array([[0, 0], [1, 0], [9, 0]]),
        np.zeros((1, 2)),
        residents=np.array([3000, 1000, 1000]),
        area_commissioner=np.array([0, 0, 1]),
    )
    factor = market_forces(
        region.residents,
        np.array([True, False, False]),
        region.area_commissioner,
        len(region.commissioners),
        Money(market_forces_london=1.2),
    )
    assert factor == pytest.approx([1.15, 1.0])
