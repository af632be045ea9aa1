"""GPs within people's reach as of the last quarter: a floating catchment over the practices they consider."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.measures.access import floating_catchment, share_low_access
from model.reconcile import FIFTHS

if TYPE_CHECKING:
    from model.model import RegistrationModel

RADIUS_KM = 10.0
"""Network km from which a practice is out of reach; that of ``gpdrift region describe``, which measures straight km."""


class Reach(NamedTuple):
    """GPs within reach, full-time equivalents per 10,000 residents: means over who lives there, NaN where nobody does.

    Kept as it was counted, for residents and GPs move on before the next quarter.
    """

    places: np.ndarray
    """float64[K]."""
    neighbourhoods: np.ndarray
    """float64[N], of the neighbourhoods at the time."""
    fifths: np.ndarray
    """float64[5], by deprivation, most deprived first."""
    low: np.ndarray
    """float64[1]: share of residents who have less than half the mean."""


def reach_of(model: RegistrationModel) -> Reach:
    """GPs within reach of residents now, by the two-step floating catchment method (2SFCA).

    Catchments are the candidates of the choice (an area's 60 nearest practices) within 10 km along the network, and reach
    falls off as a Gaussian (:func:`model.measures.access.floating_catchment`). Digital lists have no catchment. Over all
    residents together the GPs within reach are those of the practices in anybody's reach.
    """
    travel, lists, levels = model.travel, model.lists, model.levels
    # Changes of this month are still with the threads that made them.
    residents = model.counts.residents + model.counts.tally.residents.sum(axis=0, dtype=np.int64)
    near = travel.network_km <= RADIUS_KM
    per_person = floating_catchment(
        np.nonzero(near)[0],
        travel.practice[near],
        travel.network_km[near],
        residents,
        np.where(lists.conventional, lists.gps_fte, 0.0),
        RADIUS_KM,
    )

    def mean(group: np.ndarray, groups: int) -> np.ndarray:
        people = np.bincount(group, residents, groups)
        gps = np.bincount(group, residents * per_person, groups)
        return 1e4 * np.divide(gps, people, out=np.full(groups, np.nan), where=people > 0)

    return Reach(
        places=mean(levels.area_place, len(levels.places)),
        neighbourhoods=mean(levels.area_neighbourhood, len(levels.neighbourhoods)),
        fifths=mean((model.region.deprivation_decile - 1) // 2, FIFTHS),
        low=np.array([share_low_access(per_person, residents)]),
    )
