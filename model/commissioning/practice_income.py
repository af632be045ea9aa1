"""What a practice earns and what it costs to run, by its list, its weighted list and its GPs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.parameters.money import Money


class Accounts(NamedTuple):
    """Of each practice, GBP a year, float64[P]; all zero without patients."""

    income: np.ndarray
    cost: np.ndarray
    margin: np.ndarray
    """Income less cost, GBP per patient a year."""


def global_sum(year: int, money: Money) -> float:
    """GBP per weighted patient of a financial year (April), out-of-hours deduction taken; first and last hold on."""
    row = int(np.clip(np.searchsorted(money.global_sum_years, year, "right") - 1, 0, len(money.global_sum) - 1))
    return money.global_sum[row] * (1.0 - money.opt_out)


def practice_accounts(size: np.ndarray, index: np.ndarray, gps: np.ndarray, year: int, money: Money) -> Accounts:
    """Income and cost of practices in a financial year.

    Costs are in prices of ``cost_year`` and rise with the mean income per patient, as the contract is uprated: whether a
    practice is in the red depends on its size, GPs and patients, not on the year.

    Args:
        size: patients on the list, [P].
        index: weighted over registered patients, [P].
        gps: GPs, full-time equivalents, [P].
        year: April of the financial year.
        money: prices.
    """
    size, runs = np.asarray(size, np.float64), np.asarray(size) > 0
    weighted = size * index
    per_weighted = global_sum(year, money)
    income = per_weighted * weighted + money.other_income * size
    prices = (per_weighted + money.other_income) / (global_sum(money.cost_year, money) + money.other_income)
    cost = prices * (runs * money.cost_fixed + runs * gps * money.cost_per_gp + money.cost_per_weighted * weighted)
    return Accounts(income, cost, np.where(runs, (income - cost) / np.maximum(size, 1.0), 0.0))
