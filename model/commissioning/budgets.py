"""Budgets of places and authorities: money by list against need by list, by home, and what pooling would count twice."""

from __future__ import annotations

import numpy as np

from model.parameters.money import Money


def spread_over_practices(money: np.ndarray, commissioner: np.ndarray, list_need: np.ndarray) -> np.ndarray:
    """Money of commissioners [C] shared among their practices by the weights of their lists (age, deprivation), float64[P].

    A commissioner with practices but nobody on a list shares it equally, so that no money is lost.

    Args:
        money: GBP, [C].
        commissioner: of each practice, int[P].
        list_need: [P].
    """
    needed = np.bincount(commissioner, list_need, len(money))
    number = np.bincount(commissioner, minlength=len(money))
    empty = needed[commissioner] <= 0
    share = np.where(empty, 1.0 / number[commissioner], list_need / np.where(empty, 1.0, needed[commissioner]))
    return money[commissioner] * share


def place_budgets(
    capitation: np.ndarray,
    activity: np.ndarray,
    flows: np.ndarray,
    need: np.ndarray,
    *,
    pounds: np.ndarray,
    money: Money,
) -> dict[str, np.ndarray]:
    """The books of each place, float64[K] each; :data:`model.commissioning.money_columns.PLACES` says what each is.

    Args:
        capitation: money for the lists of its practices, GBP a year, [K].
        activity: cost of the care of those on its lists who are there, GBP a year, [K].
        flows: residents by place of home and of practice, last = on no list, [K, K + 1].
        need: their need in heads, likewise.
        pounds: GBP a year per head of need at each place's prices, [K].
        money: GBP a head of authorities, and shares that pooled budgets take.
    """
    stay = np.diagonal(need)
    inflow = need[:, :-1].sum(axis=0) - stay
    outflow = need[:, :-1].sum(axis=1) - stay
    stayers = np.diagonal(flows)
    held_for_others, held_elsewhere = pounds * inflow, need[:, :-1] @ pounds - stay * pounds
    elsewhere = flows[:, :-1].sum(axis=1) - stayers
    council = money.social_care * need.sum(axis=1) + money.public_health * flows.sum(axis=1)
    health, care = money.pooled_health, money.pooled_council
    return {
        "capitation": capitation.astype(np.float64),
        "activity": activity.astype(np.float64),
        "balance": capitation - activity,
        "people_from_elsewhere": (flows[:, :-1].sum(axis=0) - stayers).astype(np.float64),
        "people_elsewhere": elsewhere.astype(np.float64),
        "held_for_others": held_for_others,
        "held_elsewhere": held_elsewhere,
        "unregistered_need": pounds * need[:, -1],
        "council": council,
        "pooled": health * capitation + care * council,
        "pooled_for_others": health * held_for_others,
        "pooled_elsewhere": health * held_elsewhere,
        # Of these people one half of the pooled money is here and the other half in another place's pool.
        "double_counted": health * held_for_others
        + care * (money.social_care * outflow + money.public_health * elsewhere),
    }


def authority_budgets(
    people: np.ndarray, need: np.ndarray, frail: np.ndarray, cells: np.ndarray, authorities: int, money: Money
) -> dict[str, np.ndarray]:
    """What authorities spend on residents by residence, float64[L] each; see money_columns.AUTHORITIES.

    Args:
        people: residents by home cell and commissioner of registration, last = on no list, [G, C + 1].
        need: their need in heads, likewise.
        frail: of them, the frail, likewise.
        cells: commissioner and authority of each home cell, [G, 2 or more].
        authorities: L.
        money: GBP a head.
    """
    elsewhere = registered_elsewhere(people.shape, cells)

    def by_authority(values: np.ndarray) -> np.ndarray:
        return np.bincount(cells[:, 1], values, authorities)

    away = np.where(elsewhere, need, 0).sum(axis=1)
    people_away = np.where(elsewhere, people, 0).sum(axis=1)
    return {
        "social_care": money.social_care * by_authority(need.sum(axis=1)),
        "public_health": money.public_health * by_authority(people.sum(axis=1)),
        "residents_elsewhere": by_authority(people_away),
        "frail_elsewhere": by_authority(np.where(elsewhere, frail, 0).sum(axis=1)),
        "social_care_elsewhere": money.social_care * by_authority(away),
        "public_health_elsewhere": money.public_health * by_authority(people_away),
    }


def registered_elsewhere(shape: tuple[int, ...], cells: np.ndarray) -> np.ndarray:
    """Whether a home cell's residents on a commissioner's list have another commissioner at home, bool[G, C + 1].

    Those on no list have not: they fall to the commissioner of their home (Who Pays 2020).
    """
    other = np.arange(shape[1])[None, :] != cells[:, :1]
    other[:, -1] = False
    return other


def control_side(balance: np.ndarray, control_total: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """-1 where a balance misses its control total by more than allowed, 1 where it exceeds it by more, else 0, [C]."""
    gap = balance - control_total
    return np.where(gap < -allowed, -1.0, np.where(gap > allowed, 1.0, 0.0))
