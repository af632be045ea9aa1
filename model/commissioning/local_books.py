"""The books of places and authorities: money spread over practices and homes, and who answers for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.commissioning.budgets import authority_budgets, place_budgets, spread_over_practices
from model.commissioning.entitlement import Entitlement, entitlement, rules_of
from model.commissioning.need import MILLI

if TYPE_CHECKING:
    from model.model import RegistrationModel


def books_of_places(
    model: RegistrationModel, money: np.ndarray, activity: np.ndarray, pounds: np.ndarray
) -> dict[str, np.ndarray]:
    """Budgets of places as of the last case-mix, float64[K] each: PLACES of :mod:`model.commissioning.money_columns`.

    Args:
        model: the run.
        money: of commissioners, GBP a year, float64[C].
        activity: of commissioners, GBP a year, float64[C].
        pounds: GBP a year per head of need at each place's prices, float64[K].
    """
    mix, commissioner = model.casemix, model.counts.ground.practice_commissioner
    place, places = model.levels.practice_place, len(model.levels.places)
    capitation, spent = (
        np.bincount(place, spread_over_practices(amount, commissioner, need), places)
        for amount, need in ((money, mix.list_need), (activity, mix.real_need))
    )
    return place_budgets(
        capitation, spent, mix.place_flows, mix.place_need / MILLI, pounds=pounds, money=model.scenario.money
    )


def books_of_authorities(model: RegistrationModel, funded_by: str) -> tuple[dict[str, np.ndarray], Entitlement]:
    """What authorities spend on whom as of the last case-mix, float64[L] each, and residents by who answers for them.

    Args:
        model: the run.
        funded_by: what commissioners are funded by: registration or residence.
    """
    mix, counts, money = model.casemix, model.counts, model.scenario.money
    authorities = len(model.region.authorities)
    entitled = entitlement(counts.true, mix.frail, counts.cells, authorities, rules_of(money, funded_by))
    return {
        **authority_budgets(counts.true, mix.flows_need / MILLI, mix.frail, counts.cells, authorities, money),
        "mismatched": entitled.people_by_authority.astype(np.float64),
        "frail_mismatched": entitled.frail_by_authority.astype(np.float64),
    }, entitled
