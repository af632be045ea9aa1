"""What commissioners are paid: a fixed pot shared by the need of lagged lists, and how it follows patients in the year.

Need is in heads of mean need throughout; money in GBP a year. Every sharing is in whole pounds and adds up to the pot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.parameters.money import Money


class Recharge(NamedTuple):
    """Charges between commissioners for patients who live elsewhere, whole GBP a year, float64[C]."""

    received: np.ndarray
    paid: np.ndarray

    @property
    def net(self) -> np.ndarray:
        """Received less paid, float64[C]; adds up to zero."""
        return self.received - self.paid


def apportion(total: int, weights: np.ndarray) -> np.ndarray:
    """A whole total shared in proportion to weights [N], in whole parts that add up to it exactly, int64[N].

    Largest remainders get the odd pounds; among equals the first. Nobody gets anything where all weights are 0.
    """
    weights = np.asarray(weights, np.float64)
    if weights.sum() <= 0:
        return np.zeros(len(weights), np.int64)
    exact = weights / weights.sum() * total
    parts = np.floor(exact).astype(np.int64)
    odd = int(total) - int(parts.sum())
    largest = np.argsort(parts - exact, kind="stable")
    parts[largest[np.arange(odd) % len(parts)]] += 1
    return parts


def allocate(
    pot: int, target: np.ndarray, heads: np.ndarray, previous: np.ndarray, previous_heads: np.ndarray, pace: float
) -> np.ndarray:
    """Allocations of a year: last year's money a head for this year's base, moved some way to the target, int64[C].

    Args:
        pot: to be shared, GBP.
        target: allocation by need alone, [C].
        heads: need of the base now, [C].
        previous: allocations before, [C].
        previous_heads: need of the base they were for, [C].
        pace: share of the distance closed this year.
    """
    a_head = np.divide(previous, previous_heads, out=np.zeros(len(heads)), where=previous_heads > 0)
    opening = np.where(previous_heads > 0, a_head * heads, target)
    if opening.sum() > 0:
        opening = opening * (pot / opening.sum())
    return apportion(pot, opening + pace * (target - opening))


def recharge(flows: np.ndarray, counted: np.ndarray, pounds: np.ndarray) -> Recharge:
    """Charges for patients who live with one commissioner and are registered with another.

    Args:
        flows: need of residents by commissioner of home and of registration now, [C, C + 1].
        counted: the same of those whose money the commissioner of registration already holds, [C, C + 1].
        pounds: GBP per head of need of the commissioner of registration, [C].
    """
    more = np.rint((flows - counted)[:, :-1] * pounds)
    np.fill_diagonal(more, 0.0)
    # A flow that has shrunk is paid back the other way.
    owed = np.maximum(more, 0.0) + np.maximum(-more, 0.0).T
    return Recharge(received=owed.sum(axis=0), paid=owed.sum(axis=1))


def shift(now: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """What has moved between commissioners since the base was counted, GBP a year, float64[C]; adds up to zero.

    Growth that all have alike is left out: no payment rule can move it within a fixed pot.

    Args:
        now: need-cost of real patients now, GBP a year, [C].
        counted: of those in the base.
    """
    return now * (counted.sum() / now.sum() if now.sum() > 0 else 0.0) - counted


def pounds_at_start(year: int, money: Money) -> float:
    """GBP per head of mean need in the first financial year (April) of a run."""
    return money.pounds_per_head * (1.0 + money.pounds_growth) ** (year - money.pounds_year)


def market_forces(residents: np.ndarray, london: np.ndarray, unit: np.ndarray, units: int, money: Money) -> np.ndarray:
    """Cost of care by commissioner, or another unit, over its cost outside London, float64[units].

    Args:
        residents: of each area, [A].
        london: areas in London, bool[A].
        unit: commissioner, or another, of each area, int[A].
        units: how many there are.
        money: ``market_forces_london``.
    """
    people = np.bincount(unit, residents, units)
    there = np.bincount(unit, residents * london, units)
    share = there / np.maximum(people, 1)
    return 1.0 + (money.market_forces_london - 1.0) * share


def mean_forces(london_share: float, money: Money) -> float:
    """Cost of care of a nation with such a share of its people in London over the cost outside."""
    return 1.0 + (money.market_forces_london - 1.0) * london_share


def financial_year(month_number: int) -> int:
    """The year in whose April the financial year of a month began; months are counted from January 1970."""
    return 1970 + (month_number - 3) // 12


def financial_quarter(month_number: int) -> int:
    """Quarter of the financial year, 0 (April to June) to 3; months are counted from January 1970."""
    return (month_number - 3) % 12 // 3
