"""What is measured of the case-mix and the money as of the last quarter: places, neighbourhoods, who is left behind."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from model.commissioning.budgets import spread_over_practices
from model.commissioning.money_columns import MONEY_COLUMNS
from model.measures.inequality import gradient
from model.measures.left_behind import (
    CONVENTIONAL,
    DIGITAL,
    MILLI,
    kind_share,
    mean_over_lists,
    need_per_head,
    per_need_weighted_head,
)
from model.measures.places import (
    concentration_of_places,
    mismatched_share,
    misplaced,
    overlap,
    place_columns,
    share_of_label,
)
from model.result_tables_money import MONEY_OF_PLACES, MONEY_OF_THE_REGION

if TYPE_CHECKING:
    from model.model import RegistrationModel

Vectors = dict[str, np.ndarray]
_OF_45, _OF_65 = 5, 7
"""Age bands of the case-mix that begin at 45 and at 65."""


class QuarterMeasures:
    """Measures of the last case-mix. F = 5 deprivation fifths, K places, N neighbourhoods, C commissioners."""

    def __init__(self, model: RegistrationModel) -> None:
        """Note what is read; each table is computed when first asked for."""
        # Not the model itself: measures outlive it in the cache, and patients are large.
        self.region, self.casemix, self.money = model.region, model.casemix, model.money
        self.lists, self.levels, self.counts, self.reach = model.lists, model.levels, model.counts, model.reach

    @cached_property
    def places(self) -> Vectors:
        """Columns of the ``places`` table but names, [K] each; ``largest`` is a label of ``organisation``."""
        mix, place, sizes = self.casemix, self.levels.practice_place, self.counts.lists
        places = len(self.levels.places)
        people, need = place_columns(mix.place_flows), place_columns(mix.place_need)
        organisation = self.lists.organisation()
        held = concentration_of_places(place, organisation, sizes, places)
        return {
            **{name: people[name] for name in ("residents", "unregistered", "patients", "stay", "inflow", "outflow")},
            "net_flow": people["net_flow"],
            "registered": np.bincount(place, sizes, places).astype(np.int64),
            "overlap": overlap(people["stay"], people["residents"], people["patients"]),
            **{column.name: self.money.places[column.name] for column in MONEY_OF_PLACES},
            "need_inflow": need["inflow"] / MILLI,
            "need_outflow": need["outflow"] / MILLI,
            "organisations": held["holders"],
            "organisation_hhi": held["hhi"],
            "largest": held["largest"],
            "largest_organisation_share": held["largest_share"],
            "dependence": share_of_label(place, organisation, self.lists.gps_fte, held["largest"]),
            "gps_within_reach": self.reach.places,
        }

    @cached_property
    def neighbourhoods(self) -> Vectors:
        """Columns of the ``neighbourhoods`` table but codes, [N] each."""
        mix = self.casemix
        residents, stay = mix.neighbourhood_residents, mix.neighbourhood_stay
        return {
            "residents": residents,
            "registered": mix.neighbourhood_registered,
            "stay": stay,
            "retention": np.divide(stay, residents, out=np.full(len(stay), np.nan), where=residents > 0),
            "overlap": overlap(stay, residents, mix.neighbourhood_registered),
            "gps_within_reach": self.reach.neighbourhoods,
        }

    @cached_property
    def left_behind(self) -> Vectors:
        """Columns of the ``left_behind`` table but the fifth, [F] each, most deprived first."""
        mix, lists = self.casemix, self.lists
        people, need, near = mix.fifth_bands, mix.fifth_need, mix.fifth_near
        residents = people.sum(axis=(1, 2))

        def mean(values: np.ndarray) -> np.ndarray:
            """Over residents who are on a list, of what their practices have."""
            return mean_over_lists(values, mix.fifth_practice)

        def per_need(amount: np.ndarray) -> np.ndarray:
            return mean(per_need_weighted_head(amount, mix.real_need))

        commissioner = self.counts.ground.practice_commissioner
        weighted = self.money.practice["carr_hill"] * mix.practice_ages.sum(axis=(1, 2))
        held = spread_over_practices(self.money.commissioner["money"], commissioner, mix.list_need)
        return {
            "residents": residents,
            "unregistered": mix.fifth_unregistered,
            "unregistered_share": _share(mix.fifth_unregistered, residents),
            "digital_share": kind_share(people, DIGITAL),
            "digital_share_under_45": kind_share(people, DIGITAL, 0, _OF_45),
            "digital_share_45_64": kind_share(people, DIGITAL, _OF_45, _OF_65),
            "digital_share_65_up": kind_share(people, DIGITAL, _OF_65),
            "need_conventional": need_per_head(need, people, CONVENTIONAL),
            "need_digital": need_per_head(need, people, DIGITAL),
            "practice_funding": per_need(self.money.practice_income),
            "funding_per_weighted": mean(per_need_weighted_head(self.money.practice_income, MILLI * weighted)),
            "commissioner_funding": per_need(held),
            "satisfaction": mean(np.where(lists.exists, lists.satisfaction, np.nan)),
            "travel_km": _share(mix.fifth_metres, near) / 1000.0,
            "share_nearest": _share(mix.fifth_nearest, near),
            "gps_per_10000": 1e4 * per_need(lists.gps_fte),
            "gps_within_reach": self.reach.fifths,
        }

    @cached_property
    def commissioners(self) -> Vectors:
        """Columns of the ``money`` table but codes, [C] each."""
        of_practice, commissioners = self.counts.ground.practice_commissioner, len(self.region.commissioners)
        sizes = self.casemix.practice_ages.sum(axis=(1, 2))
        return {
            **{column.name: self.money.commissioner[column.name] for column in MONEY_COLUMNS["commissioners"]},
            "carr_hill_list": np.bincount(of_practice, self.money.practice["carr_hill"] * sizes, commissioners),
        }

    @cached_property
    def authorities(self) -> Vectors:
        """Columns of the ``authority_money`` table but codes, [L] each."""
        return {column.name: self.money.authorities[column.name] for column in MONEY_COLUMNS["authorities"]}

    @cached_property
    def headline(self) -> dict[str, float]:
        """Columns of the ``headline`` table as of the last quarter."""
        mix, behind, money = self.casemix, self.left_behind, self.money.commissioner
        near, residents = int(mix.fifth_near.sum()), behind["residents"]
        told = self.money.headline()
        return {
            "travel_km": int(mix.fifth_metres.sum()) / 1000.0 / near if near else float("nan"),
            "share_nearest": int(mix.fifth_nearest.sum()) / near if near else float("nan"),
            "low_reach": float(self.reach.low[0]),
            "frail_mismatched": mismatched_share(mix.frail, self.counts.cells[:, 0]),
            "satisfaction_slope": gradient(behind["satisfaction"], residents).slope,
            "funding_slope": gradient(behind["practice_funding"], residents).slope,
            "unfunded": float(np.abs(money["unfunded"]).sum()),
            "mismatch": float(np.abs(money["mismatch"]).sum()),
            "misallocated": misplaced(money["money"], money["residents_cost"]),
            **{column.name: told[column.name] for column in MONEY_OF_THE_REGION},
        }


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    part = np.asarray(part, np.float64)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
