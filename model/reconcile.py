"""The first table an analyst asks for, from the patients themselves: who is on each place's lists, and who is there.

Sixty million patients are counted in two compiled passes: the first notes which practices have patients recorded in
which cells (a cell is a commissioner and an authority), a few dozen pairs a practice; the second counts by pair, age
band and deprivation fifth. So the counts of England take tens of megabytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.geography.region import LIST_BAND_STARTS, LIST_BANDS, Region
from model.measures.reconciliation import reconcile
from model.patients.columns import NONE, lives_here
from model.patients.compiled import strip
from model.patients.excess import census_sd
from model.patients.tally import CHUNK
from model.patients.threads import in_strips, number_of_threads
from model.scenario import Money, Scenario

if TYPE_CHECKING:
    from model.model import RegistrationModel

BANDS = len(LIST_BANDS)
AGE_LABELS = np.array([band.replace("_up", "+").replace("_", "-") for band in LIST_BANDS])
FIFTHS = 5
GROUPS = BANDS * FIFTHS
_BAND_MONTHS = tuple(12 * age for age in LIST_BAND_STARTS[1:])
_MOST_SHARES = 4
"""Counted in so many shares at most, each with its own counts: more threads would only take more memory."""


class Counted(NamedTuple):
    """People on lists of one month by group, in the order of practice and cell. N groups with anybody in them."""

    practice: np.ndarray
    """uint16[N]."""
    cell: np.ndarray
    """int16[N]: recorded home, a distinct pair of commissioner and authority."""
    group: np.ndarray
    """int8[N]: age band * FIFTHS + deprivation fifth, from 0."""
    registered: np.ndarray
    """int32[N]."""
    ghosts: np.ndarray
    """int32[N]."""


class Ledger:
    """Counts people by place, practice, authority, age and deprivation, and reconciles them."""

    def __init__(self, region: Region, scenario: Scenario) -> None:
        """What does not change during a run."""
        self.region = region
        keys = np.stack([region.area_commissioner, region.area_authority], axis=1).astype(np.int64)
        self.cells, cell = np.unique(keys, axis=0, return_inverse=True)
        self._cell = cell.reshape(-1).astype(np.int16)
        self._fifth = (region.deprivation_decile.astype(np.int64) - 1) * FIFTHS // 10
        self.need = need_by_band(region, scenario.money)
        self.resident_sd = census_sd(region, scenario)

    def count(self, model: RegistrationModel) -> Counted:
        """Everybody on a list as the model stands, by recorded address."""
        columns, rows = model.engine.columns, model.engine.rows
        practices, cells = len(self.region.practices), len(self.cells)
        shares = min(number_of_threads(), _MOST_SHARES)
        seen = np.zeros((practices, cells), np.uint8)

        def note(first: int, last: int, _thread: int) -> None:
            note_strip(columns, first, last, self._cell, seen)

        in_strips(rows, shares, note, CHUNK)
        practice, cell = np.nonzero(seen)
        pair = np.zeros((practices, cells), np.int32)
        pair[practice, cell] = np.arange(len(practice))
        counts = np.zeros((shares, len(practice), GROUPS, 2), np.int32)

        def count(first: int, last: int, thread: int) -> None:
            group_strip(columns, first, last, model.month_number, self._cell, self._fifth, pair, counts[thread])

        in_strips(rows, shares, count, CHUNK)
        total = counts.sum(axis=0, dtype=np.int32) if shares > 1 else counts[0]
        row, group = np.nonzero(total[:, :, 0])
        return Counted(
            practice[row].astype(np.uint16),
            cell[row].astype(np.int16),
            group.astype(np.int8),
            total[row, group, 0],
            total[row, group, 1],
        )

    def table(self, counted: Counted, pounds: float) -> dict[str, np.ndarray]:
        """The reconciliation (:func:`model.measures.reconciliation.reconcile`), columns [N]; positions, not codes.

        ``pounds`` is GBP a year per head of need, :attr:`model.commissioning.money.MoneyBook.pounds`. Weighted lists are those published for the start: later ones are shares of them.
        """
        return reconcile(
            self.cells[counted.cell, 0],
            counted.practice,
            self.cells[counted.cell, 1],
            counted.group // FIFTHS,
            counted.group % FIFTHS,
            counted.registered,
            counted.registered - counted.ghosts,
            practice_commissioner=self.region.practice_commissioner,
            pounds_by_band=pounds * self.need,
            resident_sd=self.resident_sd,
            weighted_list=self.region.weighted_list,
            need_by_band=self.need,
        )


def need_by_band(region: Region, money: Money) -> np.ndarray:
    """Mean need weight of the list age bands among the region's residents, England's mean 1, float64[4]."""
    ages = np.arange(region.population.shape[1])
    weights = np.asarray(money.need_by_age)[np.searchsorted(money.need_ages, ages, "right") - 1] / money.need_mean
    people = region.population.sum(axis=0).astype(np.float64) + 1e-9
    starts = list(LIST_BAND_STARTS)
    return np.add.reduceat(weights * people, starts) / np.add.reduceat(people, starts)


@strip
def note_strip(columns, first, last, cell, seen):
    """Set seen uint8[P, H] where a practice has a patient recorded in a cell, for rows first to last."""
    for i in range(first, last):
        p = columns.practice[i]
        if p != NONE:
            # Threads that meet here write the same value.
            seen[p, cell[columns.recorded[i]]] = 1


@strip
def group_strip(columns, first, last, month, cell, fifth, pair, counts):
    """Count people on lists and ghosts among rows first to last into counts int32[pairs, groups, 2]."""
    of_18, of_50, of_65 = month - _BAND_MONTHS[0], month - _BAND_MONTHS[1], month - _BAND_MONTHS[2]
    for i in range(first, last):
        p = columns.practice[i]
        if p != NONE:
            area = columns.recorded[i]
            birth = np.int64(columns.born[i])
            band = np.int64(birth <= of_18) + np.int64(birth <= of_50) + np.int64(birth <= of_65)
            group = band * FIFTHS + fifth[area]
            here = pair[p, cell[area]]
            counts[here, group, 0] += 1
            if not lives_here(columns.flags[i]):
                counts[here, group, 1] += 1
