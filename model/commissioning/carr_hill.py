"""The Carr-Hill index: how much work a practice's patients are, by the formula that weights its list for payment.

Six factors are multiplied: age and sex, nursing and residential homes, additional need, list turnover, market forces of
staff and rurality. Each is divided by its mean over all patients, and so is the product (GMS formula review 2007).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.geography.london import in_inner_london, in_london
from model.geography.region import Region
from model.parameters.money import Money

CASEMIX_AGES = (0, 5, 15, 25, 35, 45, 55, 65, 75, 85)
"""First age of each of the ten bands in which a practice's patients are counted."""


class Factors(NamedTuple):
    """The factors of the Carr-Hill index by practice, each with mean 1 over all patients, float64[P]."""

    age_sex: np.ndarray
    homes: np.ndarray
    additional: np.ndarray
    turnover: np.ndarray
    staff: np.ndarray
    rural: np.ndarray

    @property
    def product(self) -> np.ndarray:
        """All factors multiplied, float64[P]."""
        return np.prod(np.stack(self), axis=0)


def normalised(values: np.ndarray, size: np.ndarray, level: float = 1.0) -> np.ndarray:
    """Values [P] multiplied so that their mean over the patients of all lists, size [P], is ``level``; 1 without lists.

    Practices without patients get ``level``.
    """
    size = np.asarray(size, np.float64)
    mean = (values * size).sum() / size.sum() if size.sum() > 0 else 0.0
    return np.where(size > 0, values * (level / mean) if mean > 0 else level, level)


def age_sex_workload(ages: np.ndarray, money: Money) -> np.ndarray:
    """Mean workload of a patient by the age and sex table, float64[P].

    Args:
        ages: patients by practice, sex (0 male) and the ten bands of CASEMIX_AGES, [P, 2, 10].
        money: the table.
    """
    tables = np.stack([money.carr_hill_male, money.carr_hill_female])[:, _band_of(money)]
    patients = ages.sum(axis=(1, 2))
    return np.einsum("psb,sb->p", ages, tables) / np.maximum(patients, 1)


def homes_workload(ages: np.ndarray, money: Money) -> np.ndarray:
    """1 + what residents of homes add, float64[P]; they are the same share of an age on every list."""
    share = np.asarray(money.home_shares)[_band_of(money)]
    patients = ages.sum(axis=(1, 2))
    living_there = (ages.sum(axis=1) @ share) / np.maximum(patients, 1)
    return 1.0 + (money.home_weight - 1.0) * living_there


def additional_need(by_fifth: np.ndarray, money: Money) -> np.ndarray:
    """Additional need by where a practice's patients live, float64[P]; England's mean where nobody does.

    Args:
        by_fifth: residents on its list by deprivation fifth of home, most deprived first, [5, P].
        money: weights, and illness and mortality by fifth.
    """
    index = (
        money.additional_constant
        + money.additional_illness * np.asarray(money.illness_by_deprivation)
        + money.additional_mortality * np.asarray(money.mortality_by_deprivation)
    )
    people = by_fifth.sum(axis=0)
    return np.where(people > 0, index @ by_fifth / np.maximum(people, 1), index.mean())


def staying(months: int, leaving: np.ndarray | float) -> np.ndarray:
    """Share of the premium still paid where it is paid only for those who stay, 0..1.

    Of patients with under 12 months on the list, those who have stayed ``months`` are paid for, with the months they
    had to wait. Tenures are those of a list that many join alike every month and a share ``leaving`` leaves.

    Args:
        months: that patients have to stay, 0..12.
        leaving: share of new patients who leave in a month, 0..1; of all practices, or of each, [P].

    Returns:
        float64 of the shape of ``leaving``.
    """
    stays = 1.0 - np.clip(np.asarray(leaving, np.float64), 0.0, 1.0 - 1e-9)
    if months == 0:
        return np.ones_like(stays)
    one_year = 1.0 - stays**12
    steady = one_year < 1e-9
    safe = np.where(steady, 1.0, one_year)
    if months >= 12:
        paid = -12.0 * np.log(stays) * stays**12 / safe
    else:
        paid = (stays**months - stays**12) / safe * 12.0 / (12.0 - months)
    return np.where(steady, 1.0, np.minimum(paid, 1.0))


def turnover_workload(new: np.ndarray, size: np.ndarray, premium: float, paid: np.ndarray | float = 1.0) -> np.ndarray:
    """1 + premium for patients registered in the last 12 months, float64[P].

    Args:
        new: patients with less than 12 months on the list, [P].
        size: patients on the list, [P].
        premium: added to the weight of each.
        paid: share of new patients for whom it is paid (:func:`staying`).
    """
    return 1.0 + premium * paid * np.clip(new / np.maximum(size, 1), 0.0, 1.0)


def carr_hill_factors(
    ages: np.ndarray,
    new: np.ndarray,
    by_fifth: np.ndarray,
    *,
    money: Money,
    premium: float,
    paid: np.ndarray | float = 1.0,
    staff: np.ndarray | float = 1.0,
    rural: np.ndarray | float = 0.0,
) -> Factors:
    """The six factors of each practice, each with mean 1 over all patients.

    Args:
        ages: patients by practice, sex and age band, ghosts among them, [P, 2, 10].
        new: patients with less than 12 months on the list, [P].
        by_fifth: residents on its list by deprivation fifth of home, [5, P].
        money: weights and tables.
        premium: added for new patients.
        paid: share of them for whom it is paid.
        staff: cost of staff at its site over that outside London, [P].
        rural: share of its patients who live in rural areas, [P].
    """
    size = ages.sum(axis=(1, 2))
    ones = np.ones(len(size))
    raw = (
        age_sex_workload(ages, money),
        homes_workload(ages, money),
        additional_need(by_fifth, money),
        turnover_workload(new, size, premium, paid),
        ones * staff,
        ones + (money.rurality - 1.0) * rural,
    )
    return Factors(*(normalised(factor, size) for factor in raw))


def deprivation_uplift(by_fifth: np.ndarray, money: Money) -> np.ndarray:
    """Mean uplift of a practice's patients under the deprivation formula, float64[P]; 1 where nobody lives anywhere."""
    people = by_fifth.sum(axis=0)
    return np.where(people > 0, np.asarray(money.deprivation_uplift) @ by_fifth / np.maximum(people, 1), 1.0)


def published_level(region: Region) -> float:
    """Weighted over registered patients of the region's practices as published; 1 where no weighted list is.

    A region that is part of England keeps its level: London's lists weigh less than England's.
    """
    if region.weighted_list is None:
        return 1.0
    known = ~np.isnan(region.weighted_list) & (region.weighted_list > 0) & (region.list_size > 0)
    registered = region.list_size[known].sum()
    return float(region.weighted_list[known].sum() / registered) if registered > 0 else 1.0


def staff_cost(region: Region, money: Money) -> np.ndarray:
    """Cost of staff by area over that outside London, float64[A]: one step for inner London, one for outer."""
    outer = np.where(in_london(region), money.staff_outer_london, 1.0)
    return np.where(in_inner_london(region), money.staff_inner_london, outer)


def rural_patients(region: Region) -> np.ndarray:
    """Share of each practice's patients who live in rural areas, float64[P]: by the register at the start.

    NaN without a register and for practices that nobody is registered with: their site says what they are.
    """
    practices = len(region.practices)
    area, practice, patients = region.registration_area, region.registration_practice, region.registration_patients
    if area is None or practice is None or patients is None:
        return np.full(practices, np.nan)
    everyone = np.bincount(practice, patients, practices)
    rural = np.bincount(practice, patients * region.rural[area], practices)
    return np.divide(rural, everyone, out=np.full(practices, np.nan), where=everyone > 0)


def _band_of(money: Money) -> np.ndarray:
    """Carr-Hill band of each of the ten bands, int64[10]."""
    return np.searchsorted(money.carr_hill_ages, CASEMIX_AGES, "right") - 1
