"""Catchments by plurality: each area belongs to whoever registers most of its people.

First-past-the-post catchments of practices, networks or trusts (Beaney 2022, BJGP Open 2022.0037; England, April 2021:
registered and catchment populations of networks correlate 0.91).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Catchments:
    """Who serves which area most, and how well registered people match the catchment; A areas, U units."""

    leader: np.ndarray
    """Unit with most patients of each area, int64[A]; the first of equals; -1 for an area with no patients."""
    leading_share: np.ndarray
    """Share of an area's patients who are with its leader, float64[A]; NaN for an area with no patients."""
    registered: np.ndarray
    """Patients of each unit, int64[U]."""
    catchment: np.ndarray
    """Patients, of any unit, living in the areas a unit leads, int64[U]."""
    both: np.ndarray
    """Patients of a unit living in the areas it leads, int64[U]."""

    @property
    def overlap(self) -> np.ndarray:
        """Patients who are both over those who are either registered or in the catchment (Jaccard), float64[U]."""
        either = self.registered + self.catchment - self.both
        return np.divide(self.both, either, out=np.full(either.shape, np.nan), where=either > 0)

    @property
    def correlation(self) -> float:
        """Correlation of registered with catchment population over units that have patients; NaN below two units."""
        open_units = self.registered > 0
        sizes = self.registered[open_units].astype(np.float64), self.catchment[open_units].astype(np.float64)
        if open_units.sum() < 2 or np.ptp(sizes[0]) == 0 or np.ptp(sizes[1]) == 0:
            return float("nan")
        return float(np.corrcoef(*sizes)[0, 1])


def plurality_catchments(
    area: npt.ArrayLike, unit: npt.ArrayLike, patients: npt.ArrayLike, areas: int, units: int
) -> Catchments:
    """Give each area to the unit that registers most of its people.

    Args:
        area: area of each row, int[N].
        unit: unit (practice, network, trust) of each row, int[N]; rows of one pair are added up.
        patients: patients of each row, int[N].
        areas: number of areas.
        units: number of units.
    """
    area, unit = np.asarray(area, np.int64), np.asarray(unit, np.int64)
    pairs, row = np.unique(area * units + unit, return_inverse=True)
    counts = np.bincount(row, np.asarray(patients, np.float64), pairs.size).astype(np.int64)
    area, unit = pairs // units, pairs % units

    # Most patients first within an area, then the lowest unit: the first row of each area is its leader's.
    order = np.lexsort([unit, -counts, area])
    order = order[counts[order] > 0]
    served, first = np.unique(area[order], return_index=True)
    leader = np.full(areas, -1, np.int64)
    leader[served] = unit[order[first]]

    total = np.bincount(area, counts, areas).astype(np.int64)
    most = np.zeros(areas)
    most[served] = counts[order[first]]
    led = leader >= 0
    own = leader[area] == unit
    return Catchments(
        leader=leader,
        leading_share=np.divide(most, total, out=np.full(areas, np.nan), where=total > 0),
        registered=np.bincount(unit, counts, units).astype(np.int64),
        catchment=np.bincount(leader[led], total[led], units).astype(np.int64),
        both=np.bincount(unit[own], counts[own], units).astype(np.int64),
    )
