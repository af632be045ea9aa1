"""Who answers for whom: services by registration, services by residence, and residents for whom the two do not match."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.commissioning.budgets import registered_elsewhere
from model.parameters.money import Money

SERVICES = ("gp", "community", "social_care", "public_health")


class Entitlement(NamedTuple):
    """Residents by whether the bodies that answer for a pair of services are of the same area. S = 4 SERVICES."""

    rules: tuple[str, ...]
    """registration or residence, of each service."""
    people: np.ndarray
    """Residents whose bodies for services a and b do not match, int64[S, S]."""
    frail: np.ndarray
    """Of them, the frail, int64[S, S]."""
    people_by_authority: np.ndarray
    """Residents of each authority with any such pair, int64[L]."""
    frail_by_authority: np.ndarray
    """Of them, the frail, int64[L]."""


def rules_of(money: Money, funded_by: str) -> tuple[str, ...]:
    """The rule of each of SERVICES; where commissioners are funded by residence, community services follow."""
    community = "residence" if funded_by == "residence" else money.community_rule
    return (money.gp_rule, community, money.social_care_rule, money.public_health_rule)


def entitlement(
    people: np.ndarray, frail: np.ndarray, cells: np.ndarray, authorities: int, rules: tuple[str, ...]
) -> Entitlement:
    """Count residents whose pairs of responsible bodies do not match.

    A service by registration is answered for by the commissioner whose list a resident is on, one by residence by the
    bodies of the home. The two match where the list's commissioner is that of the home; on no list they do too.

    Args:
        people: residents by home cell and commissioner of registration, last = on no list, [G, C + 1].
        frail: of them, the frail, likewise.
        cells: commissioner and authority of each home cell, [G, 2 or more].
        authorities: L.
        rules: of each service.
    """
    by_registration = np.array([rule == "registration" for rule in rules])
    differ = by_registration[:, None] != by_registration[None, :]
    elsewhere = registered_elsewhere(people.shape, cells) & bool(differ.any())
    away, frail_away = (np.where(elsewhere, counts, 0).sum(axis=1) for counts in (people, frail))
    return Entitlement(
        rules=rules,
        people=differ * int(away.sum()),
        frail=differ * int(frail_away.sum()),
        people_by_authority=_add(away, cells[:, 1], authorities),
        frail_by_authority=_add(frail_away, cells[:, 1], authorities),
    )


def _add(values: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    out = np.zeros(groups, np.int64)
    np.add.at(out, group, values.astype(np.int64))
    return out
