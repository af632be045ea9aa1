"""Monthly hazards of what happens to a patient, and the bound on them that lets most draws be passed over."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from model.geography.region import MIGRATION_AGE_STARTS
from model.patients.columns import FOLLOWS, GONE, OUT_OF_AREA, PENDING, PRESENCE, SHORT_TERM, UNCOUNTED
from model.patients.compiled import scalar

OLDEST = 110
"""Last single year of age with hazards of its own."""
BIN_MONTHS = 8
BINS = 256
"""Age bins of the coarse bound: 8 months each, so that 18 years is a bin's edge."""

ADULT_MONTHS = 216
SETTLED, WAITING, UNLISTED, VISITOR, DEPENDANT, ABSENT, SEEKING, BEYOND, AWAY = range(9)
"""Classes of the coarse bound: on a list; moved and not told the practice; on no list; a short-term migrant; a child
who follows its mother; a ghost; lost a practice and looks for another; out of area or digital; gone."""
CLASSES = 9


class Rates(NamedTuple):
    """Hazards a month (probabilities), read by the patient's decision. L authorities, P practices."""

    death: np.ndarray
    """float64[2, 111, 10]: by sex, age, deprivation decile."""
    death_level: np.ndarray
    """float64[L]."""
    emigrate: np.ndarray
    """float64[111]: by age."""
    emigrate_level: np.ndarray
    """float64[L]."""
    move: np.ndarray
    """float64[111]: any change of address, by age."""
    across_level: np.ndarray
    """float64[L]: moves across the authority's border over all moves the ages alone would make."""
    within_level: np.ndarray
    """float64[L]: moves inside the authority, likewise."""
    birth: np.ndarray
    """float64[111]: by mother's age."""
    birth_level: np.ndarray
    """float64[L]."""
    short_term_leaves: float
    contact: np.ndarray
    """float64[2, 111]: by sex and age, of those who moved and have not told the practice."""
    first: np.ndarray
    """float64[1]: of those on no list."""
    seek: float
    """Of those who lost their practice."""
    switch: np.ndarray
    """float64[P]: of those settled, by practice."""
    in_error: np.ndarray
    """float64[111]: present people wrongly removed by list cleaning, by age."""
    clean: np.ndarray
    """float64[111]: ghosts removed, by age."""
    returning: float
    emigrants_deregistered: float
    short_term_deregistered: float
    deaths_unrecorded: float
    female_at_birth: float
    children_follow: float
    """Share of newborns who follow their mother."""
    bound: np.ndarray
    """uint32[CLASSES, BINS]: 65,536 x a bound that dominates every hazard of class and age bin."""


def monthly(annual: np.ndarray | float) -> np.ndarray:
    """Monthly probability of a yearly one, float64 of the same shape; at most that of 0.999999 a year."""
    return 1.0 - (1.0 - np.minimum(np.asarray(annual, dtype=np.float64), 0.999999)) ** (1.0 / 12.0)


def by_single_year(starts: tuple[int, ...], values: tuple[float, ...]) -> np.ndarray:
    """Values of bands that begin at the ages ``starts``, spread to single years of age 0 to 110, float64[111]."""
    return np.asarray(values)[np.searchsorted(starts, np.arange(OLDEST + 1), side="right") - 1]


def coarse_bound(rates: Rates, joining: np.ndarray | None = None, leaving: float = 0.0) -> np.ndarray:
    """A bound on the 16-bit draws that dominates the sum of hazards of anybody in a class and age bin, uint32[CLASSES, BINS].

    A draw may count if its top 16 bits are not above the bound, so that a hazard of 1 lets every draw through.
    ``joining`` float64[111] and ``leaving`` bound the hazards of joining and of leaving a digital provider.
    """
    age = np.minimum(np.arange(BINS) * BIN_MONTHS // 12, OLDEST)
    later = np.minimum((np.arange(BINS) * BIN_MONTHS + BIN_MONTHS - 1) // 12, OLDEST)

    def most(by_age: np.ndarray) -> np.ndarray:
        return np.maximum(by_age[age], by_age[later])

    death = most((rates.death.max(axis=(0, 2))) * rates.death_level.max(initial=0))
    demographic = (
        death
        + most(rates.emigrate) * rates.emigrate_level.max(initial=0)
        + most(rates.move) * (rates.across_level + rates.within_level).max(initial=0)
        + most(rates.birth) * rates.birth_level.max(initial=0)
    )
    contact = most(rates.contact.max(axis=0))
    switch = rates.switch.max(initial=0)
    tempted = most(rates.in_error) + (0.0 if joining is None else most(joining))
    bound = np.zeros((CLASSES, BINS))
    bound[SETTLED] = demographic + switch + tempted
    bound[BEYOND] = demographic + max(switch, leaving) + tempted
    bound[WAITING] = demographic + contact + tempted
    bound[UNLISTED] = demographic + rates.first[0] + tempted
    bound[SEEKING] = demographic + rates.seek + tempted
    bound[VISITOR] = demographic + rates.short_term_leaves + np.maximum(contact, max(rates.first[0], rates.seek))
    bound[VISITOR] += max(switch, leaving) + tempted
    bound[DEPENDANT] = death
    bound[ABSENT] = most(rates.clean) + rates.returning
    return np.minimum(np.ceil(bound * 65536.0), 65536).astype(np.uint32) * (np.arange(CLASSES) < AWAY)[:, None]


@cache
def class_table() -> np.ndarray:
    """Class of the coarse bound by (adult, on a list, flags), uint8[1024] in that order."""
    table = np.empty((2, 2, 256), np.uint8)
    for flags in range(256):
        presence = (flags & PRESENCE) >> 1
        for adult in (0, 1):
            for listed in (0, 1):
                if presence == GONE and flags & PENDING:
                    kind = ABSENT
                elif presence >= GONE:
                    kind = AWAY
                elif presence > UNCOUNTED:
                    kind = ABSENT
                elif flags & FOLLOWS and not adult:
                    kind = DEPENDANT
                elif flags & SHORT_TERM:
                    kind = VISITOR
                elif not listed:
                    kind = SEEKING if flags & PENDING else UNLISTED
                elif flags & PENDING:
                    kind = WAITING
                else:
                    kind = BEYOND if flags & OUT_OF_AREA else SETTLED
                table[adult, listed, flags] = kind
    return table.reshape(-1)


ROW_KEYS = 256
"""Keys of a row's bound: the seven upper flags, and whether it is on a list."""


def row_bounds(bound: np.ndarray) -> np.ndarray:
    """The bound by what a row shows at a glance, so that the coarse test looks it up once: uint32[ROW_KEYS * BINS].

    The place is ((flags >> 1) | (on a list) << 7) * BINS + age bin; ``bound`` is uint32[CLASSES, BINS].
    """
    adult = (np.arange(BINS) * BIN_MONTHS >= ADULT_MONTHS).astype(np.int64)
    kinds = class_table().reshape(2, 2, 256)[:, :, ::2]
    kind = kinds[adult].transpose(1, 2, 0).reshape(ROW_KEYS, BINS)
    return np.ascontiguousarray(bound[kind, np.arange(BINS)]).reshape(-1)


@scalar
def age_in_years(months):
    """Whole years of an age in months, clipped to the oldest the rates know."""
    return min(max(months, 0) // 12, OLDEST)


MIGRATION_BAND = (np.searchsorted(MIGRATION_AGE_STARTS, np.arange(OLDEST + 1), side="right") - 1).astype(np.int64)
"""Band of the migration tables for each single year of age, int64[111]."""
