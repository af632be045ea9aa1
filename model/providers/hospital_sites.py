"""Where hospital trusts stand: no published data is read, so each place has one, where most people live near."""

from __future__ import annotations

import numpy as np

from model.geography.region import Region


def hospital_sites(region: Region, area_place: np.ndarray, places: int, distance: float) -> np.ndarray:
    """Area of each place's hospital, int64[K]: the one with most residents near, sum of residents x exp(-gamma km).

    A synthetic default: England has about 150 places and had about 140 acute trusts. gamma is that of referrals, so a
    hospital stands where most referrals would come from. -1 for a place without areas; of equals, the first area.

    Args:
        region: areas, their centres and residents.
        area_place: place of each area, int[A].
        places: K.
        distance: gamma, per km.
    """
    residents = region.residents.astype(np.float64)
    site = np.full(places, -1, np.int64)
    for place in range(places):
        areas = np.flatnonzero(area_place == place)
        if not len(areas):
            continue
        x, y = region.x[areas], region.y[areas]
        km = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :]) / 1000.0
        site[place] = areas[int((np.exp(-distance * km) @ residents[areas]).argmax())]
    return site
