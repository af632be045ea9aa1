"""What a year is expected to do to the people of each area, from who lives there at the start and the rates of the month.

Nothing is drawn: residents by age, sex and deprivation times the hazards. It says how many movers must come for areas to
grow as they should (:mod:`model.patients.balance`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from model.geography.region import Region
from model.patients.arrivals import expected_immigrants
from model.patients.balance import ExpectedYear
from model.patients.columns import NONE, Columns
from model.patients.moves import BANDS, authority_of_zones
from model.patients.rates import MIGRATION_BAND, OLDEST, Rates
from model.patients.tally import CHUNK, people_strip
from model.patients.threads import in_strips, number_of_threads
from model.scenario import Scenario

YEAR = 12.0


class Residents(NamedTuple):
    """People by area, or another place."""

    people: np.ndarray
    """int32[A, 2, 111]: by sex and age."""
    deciders: np.ndarray
    """int32[A, 111]: by the age of whoever decides their moves."""


def residents_of_areas(columns: Columns, rows: int, month: int, areas: int) -> Residents:
    """Count residents by area, sex and age, and by the age of who decides for them."""
    where = np.zeros(NONE + 1, np.uint32)
    where[:areas] = np.arange(areas)
    return residents_of(columns, rows, month, where, areas)


def residents_of(columns: Columns, rows: int, month: int, where: np.ndarray, places: int) -> Residents:
    """Count residents by any place, which is ``where`` uint32[65536] of the home."""
    threads = number_of_threads()
    people = np.zeros((threads, places, 2, OLDEST + 1), np.int32)
    older = np.zeros((threads, places, OLDEST + 1), np.int32)
    children = np.zeros((threads, 1024), np.uint32)

    def count_some(first: int, last: int, thread: int) -> None:
        people_strip(columns, first, last, month, where, people[thread], older[thread], children[thread])

    in_strips(rows, threads, count_some, CHUNK)
    everybody = people[0] if threads == 1 else people.sum(axis=0, dtype=np.int32)
    return Residents(everybody, everybody.sum(axis=1, dtype=np.int32) + older.sum(axis=0, dtype=np.int32))


def by_authority(residents: Residents, region: Region) -> tuple[np.ndarray, np.ndarray]:
    """Residents by authority, sex, age and deprivation decile, int64[L, 2, 111, 10]; and deciders, int64[L, 111]."""
    authorities, areas = len(region.authorities), len(region.areas)
    place = region.area_authority.astype(np.int64) * 10 + region.deprivation_decile - 1
    one, here = np.ones(areas, np.int64), np.arange(areas)
    into = csr_array((one, (place, here)), shape=(authorities * 10, areas))
    people = (into @ residents.people.reshape(areas, -1)).reshape(authorities, 10, 2, OLDEST + 1)
    deciders = csr_array((one, (region.area_authority, here)), shape=(authorities, areas)) @ residents.deciders
    return np.ascontiguousarray(people.transpose(0, 2, 3, 1)), deciders


def expected_year(
    region: Region,
    scenario: Scenario,
    residents: Residents,
    rates: Rates,
    immigrants: np.ndarray,
    ahead: np.ndarray,
) -> ExpectedYear:
    """The expected year of every area.

    Args:
        region: its areas.
        scenario: where immigrants go.
        residents: who lives there.
        rates: of the year.
        immigrants: expected by authority, float64[L].
        ahead: growth wanted of areas beyond their authority's, float64[A].
    """
    place, decile = region.area_authority, region.deprivation_decile - 1
    people, deciders = residents.people, residents.deciders
    deaths = np.zeros(len(place))
    for tenth in range(10):
        here = np.flatnonzero(decile == tenth)
        deaths[here] = np.einsum("asy,sy->a", people[here], rates.death[:, :, tenth])
    deaths *= YEAR * rates.death_level[place]
    births = YEAR * rates.birth_level[place] * np.einsum("ay,y->a", people[:, 1], rates.birth)
    emigrants = YEAR * rates.emigrate_level[place] * np.einsum("ay,y->a", deciders, rates.emigrate)
    moves = np.stack(
        [
            np.einsum("ay,y->a", deciders, np.where(band == MIGRATION_BAND, YEAR * rates.move, 0.0))
            for band in range(BANDS)
        ]
    )
    return ExpectedYear(
        people=people.sum(axis=(1, 2)).astype(np.float64),
        across=moves * rates.across_level[place],
        within=moves * rates.within_level[place],
        net=births - deaths - emigrants,
        immigrants=expected_immigrants(region, scenario, authority_of_zones(region), immigrants),
        ahead=ahead,
    )
