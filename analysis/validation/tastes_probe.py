"""What the choice model says of a border and of quality, worked out from the model at its start (P7, P8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pandas as pd

from model.patients.ties import ties_of
from model.patients.utility import distance_costs

if TYPE_CHECKING:
    from model.model import RegistrationModel

USUAL_KM = 1.2
"""Median trip, register of January 2021."""
NEAR_KM = 5.0
"""Within which crossing a border is asked about."""
STEP_KM = 0.25
"""Distances as near to each other as this are taken as equal."""


class Tastes:
    """Odds of crossing a commissioner's border at equal distance, and the metres one SD of quality is worth."""

    def __init__(self, model: RegistrationModel) -> None:
        """Work it out over pairs of areas and the practices within reach, weighted by residents."""
        region, travel, choice = model.region, model.travel, model.scenario.choice
        km = travel.km.astype(np.float64)
        residents = np.broadcast_to(model.counts.residents.astype(np.float64)[:, None], km.shape)
        costs = distance_costs(region, travel, choice)
        per_log = costs.per_log[:, None] + costs.site_log[travel.practice]
        across = region.area_commissioner[:, None] != region.practice_commissioner[travel.practice]
        near = km <= NEAR_KM
        none = {name: 0.0 for name in choice.__struct_fields__ if name.startswith("border_")}
        ties = ties_of(region, travel.practice, choice)
        borders = ties - ties_of(region, travel.practice, msgspec.structs.replace(choice, **none))
        bins = (km[near] / STEP_KM).astype(np.int64)

        def metres(at_km: np.ndarray | float) -> float:
            cost = np.average(per_log / (1.0 + at_km) + costs.per_km[:, None], weights=residents)
            return float(1000.0 * choice.quality_weight / cost)

        def odds(utility: np.ndarray) -> float:
            return float(np.exp(difference(utility[near], across[near], bins, residents[near])))

        self.row = {
            "border_odds": [odds(ties)], "border_terms": [odds(borders)],
            "metres_a_sd": [metres(km)], "metres_a_sd_at_1_2_km": [metres(USUAL_KM)],
        }  # fmt: skip

    def after_month(self, model: RegistrationModel) -> None:
        """Nothing: tastes stay."""

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """One row."""
        return {"tastes": pd.DataFrame(self.row)}


def difference(values: np.ndarray, group: np.ndarray, bins: np.ndarray, weights: np.ndarray) -> float:
    """Mean of the values in the group less that outside it within the same bin; NaN where no bin has both.

    The slope of a weighted regression of the values on the group with a constant for every bin; all [N], bins int.
    """
    total = np.bincount(bins, weights)
    inside = (np.bincount(bins, weights * group) / np.maximum(total, 1e-300))[bins]
    mean = (np.bincount(bins, weights * values) / np.maximum(total, 1e-300))[bins]
    apart = group - inside
    spread = float((weights * apart**2).sum())
    return float((weights * apart * (values - mean)).sum()) / spread if spread > 0 else float("nan")
