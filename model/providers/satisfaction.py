"""How satisfied patients are before any practice does anything: the nation's trend and the gap by deprivation."""

from __future__ import annotations

import numpy as np

from model.geography.region import Region
from model.months import january
from model.parameters.choosing import Satisfaction

SURVEY_MONTH = 2
"""The survey's answers are given January to March: a year's value is that of its March."""
MIDDLES_OF_OUTER_FIFTHS = 0.8
"""Between the mean ranks of the first and the last fifth, of ranks from 0 to 1."""


def national_level(
    section: Satisfaction, month: int, years: tuple[int, ...] | None = None, shares: tuple[float, ...] | None = None
) -> float:
    """Share of England's patients satisfied in a month, months counted from January 1970 (ODD 7.21).

    On a line between surveys; before the first and after the last it is theirs. ``years`` and ``shares`` give another
    question of the survey, such as the section's continuity.
    """
    surveys = [january(year) + SURVEY_MONTH for year in (years or section.trend_years)]
    return float(np.interp(month, surveys, shares or section.trend))


def national_shift(section: Satisfaction, month: int, since: int) -> float:
    """Change of the national level from month ``since`` to ``month``, share."""
    return national_level(section, month) - national_level(section, since)


def starting_gap(region: Region, gap: float, practices: int) -> np.ndarray:
    """What deprivation adds to the satisfaction of the first practices at the start, float64[practices], share; mean 0.

    Practices are ranked by the mean deprivation decile of their patients; the line through the ranks gives the least
    less the most deprived fifth as ``gap`` (GP Patient Survey; pattern P21). Equally deprived practices get the same.
    Practices with no patients on the register have the decile of the area they stand in.
    """
    rank = mean_ranks(patients_decile(region)[:practices])
    return gap / MIDDLES_OF_OUTER_FIFTHS * (rank - 0.5)


def patients_decile(region: Region) -> np.ndarray:
    """Mean deprivation decile of each practice's patients, float64[P]; 1 = most deprived."""
    site = region.deprivation_decile[region.practice_area].astype(np.float64)
    if region.registration_area is None or region.registration_practice is None or region.registration_patients is None:
        return site
    practices = len(region.practices)
    patients = region.registration_patients.astype(np.float64)
    decile = region.deprivation_decile[region.registration_area]
    held = np.bincount(region.registration_practice, patients, practices)
    total = np.bincount(region.registration_practice, patients * decile, practices)
    return np.where(held > 0, total / np.maximum(held, 1), site)


def mean_ranks(values: np.ndarray) -> np.ndarray:
    """Rank of each value between 0 and 1, float64[P]: the middle of those equal to it, so that the mean is 1/2."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, "left")
    not_above = np.searchsorted(ordered, values, "right")
    return (below + not_above) / (2.0 * len(values))


def own_spread(section: Satisfaction) -> float:
    """SD between practices that deprivation does not explain, share: ``spread`` is that of all practices together."""
    explained = (section.deprivation_gap / MIDDLES_OF_OUTER_FIFTHS) ** 2 / 12.0
    return float(np.sqrt(max(section.spread**2 - explained, 0.0)))
