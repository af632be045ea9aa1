import numpy as np
import pytest

from model.commissioning.practice_income import global_sum, practice_accounts
from model.scenario import Money

MONEY = Money()


def test_the_global_sum_is_that_of_the_year_less_the_opt_out():
    assert global_sum(2016, MONEY) == pytest.approx(80.59 * 0.9525)
    assert global_sum(1999, MONEY) == global_sum(2014, MONEY)
    assert global_sum(2050, MONEY) == global_sum(2025, MONEY)


def test_the_median_published_payment_is_met_within_two_pounds():
    # NHS Payments to General Practice, median GMS global sum per weighted patient 2014/15-2022/23.
    paid = [70.1, 72.6, 76.6, 81.3, 85.0, 85.9, 89.3, 92.4, 95.1]
    assert [global_sum(2014 + n, MONEY) for n in range(9)] == pytest.approx(paid, abs=1.5)


def test_income_and_cost_are_what_the_prices_say():
    accounts = practice_accounts(np.array([1000]), np.array([1.2]), np.array([0.5]), MONEY.cost_year, MONEY)
    assert accounts.income == pytest.approx([global_sum(2020, MONEY) * 1200 + MONEY.other_income * 1000])
    assert accounts.cost == pytest.approx([MONEY.cost_fixed + 0.5 * MONEY.cost_per_gp + 1200 * MONEY.cost_per_weighted])
    assert accounts.margin == pytest.approx((accounts.income - accounts.cost) / 1000)


def test_small_lists_have_thin_margins_and_nobody_has_none():
    size = np.array([0, 1_500, 3_000, 9_000, 20_000])
    margin = practice_accounts(size, np.ones(5), size / 2200, 2020, MONEY).margin
    assert margin[0] == 0.0
    assert (np.diff(margin[1:]) > 0).all()
    assert margin[1] < 0 < margin[3]


def test_costs_rise_with_the_contract_so_that_the_year_does_not_decide_who_is_in_deficit():
    size = np.array([1_500, 3_000, 9_000, 20_000])
    margins = [practice_accounts(size, np.ones(4), size / 2200, year, MONEY).margin for year in (2014, 2024)]
    assert (np.sign(margins[0]) == np.sign(margins[1])).all()
