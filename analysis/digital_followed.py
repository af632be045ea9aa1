"""Everybody who joins a digital provider, followed through a run: when each joined, left, and whether it was back."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.published_history import PROVIDER_PRACTICE
from model import RegistrationModel
from model.errors import InputError
from model.geography.region import Region
from model.patients.columns import BACK, JOINED_DIGITAL
from model.patients.rates import OLDEST
from model.scenario import Scenario


class Stays:
    """Stays on a list by joining it as a digital provider's: N of them, several of a patient who comes twice.

    Whoever was on the list before it became digital, or was born on it, is not among them. Months are counted from
    January 1970.

    Attributes:
        row: the patient, int64[N].
        home: area lived in at the end of the month of joining, int64[N].
        joined, left: month of either, int64[N]; ``left`` is 0 while the stay lasts.
        back: whether the stay ended by going back to the practice before, bool[N].
    """

    def __init__(self, host: int) -> None:
        """Nobody yet; ``host`` is the position of the practice that registers them."""
        self.host = host
        self.row = self.home = self.joined = self.left = np.zeros(0, np.int64)
        self.back = np.zeros(0, bool)

    def after_month(self, model: RegistrationModel) -> None:
        """Note who left and who joined in the month the model has just lived."""
        columns, rows, month = model.engine.columns, model.engine.rows, model.month_number - 1
        gone = (self.left == 0) & (columns.practice[self.row] != self.host)
        self.left[gone] = month
        self.back[gone] = columns.cause[self.row[gone]] == BACK
        on_list = np.flatnonzero(columns.practice[:rows] == self.host)
        new = on_list[(columns.cause[on_list] == JOINED_DIGITAL) & (columns.since[on_list] == month)]
        self.row = np.concatenate([self.row, new])
        self.home = np.concatenate([self.home, columns.home[new].astype(np.int64)])
        self.joined = np.concatenate([self.joined, np.full(len(new), month)])
        self.left = np.concatenate([self.left, np.zeros(len(new), np.int64)])
        self.back = np.concatenate([self.back, np.zeros(len(new), bool)])

    def ended(self, by: int) -> np.ndarray:
        """Whether each stay was over at the start of a month, bool[N]."""
        return (self.left > 0) & (self.left < by)


@dataclass(frozen=True, eq=False)
class Followed:
    """A digital list month by month, M months, and the stays on it; the last state is that of ``model``."""

    model: RegistrationModel
    stays: Stays
    months: list[datetime.date]
    """First days on which the list is counted, M."""
    by_age: np.ndarray
    """Patients on the list, ghosts included, by single year of age, int64[M, 111]."""
    by_home: np.ndarray
    """Patients on the list by area of the recorded address, int32[M, A]: what a published register counts."""
    registered: np.ndarray
    """People registered with the host's commissioner, int64[M]."""
    residents: np.ndarray
    """People who live in it, int64[M]."""

    @property
    def lists(self) -> np.ndarray:
        """Patients on the list, int64[M]."""
        return self.by_age.sum(axis=1)

    def at(self, day: datetime.date, numbers: np.ndarray) -> float:
        """One of ``numbers``, float64[M], on a day: on the line between the first days of two months."""
        return float(np.interp(day.toordinal(), [month.toordinal() for month in self.months], numbers))

    def ages_at(self, day: datetime.date, first: int, beyond: int) -> float:
        """Patients aged ``first`` up to ``beyond`` on a day."""
        return self.at(day, self.by_age[:, first:beyond].sum(axis=1))


class Follower:
    """Follows the list of one practice while a model runs: call :meth:`after_month` after every step."""

    def __init__(self, model: RegistrationModel, host: str = PROVIDER_PRACTICE) -> None:
        """Note the start.

        Raises:
            InputError: the region has no such practice.
        """
        found = np.flatnonzero(model.region.practices == host)
        if not len(found):
            raise InputError(
                f"region: found no practice {host}, expected the host of the digital provider; cut it wider"
            )
        self.host = int(found[0])
        self.commissioner = int(model.region.practice_commissioner[self.host])
        self.stays = Stays(self.host)
        self.months: list[datetime.date] = []
        self._by_age: list[np.ndarray] = []
        self._by_home: list[np.ndarray] = []
        self._people: list[list[int]] = []
        self._note(model)

    def after_month(self, model: RegistrationModel) -> None:
        """Note the month the model has just lived."""
        self.stays.after_month(model)
        self._note(model)

    def followed(self, model: RegistrationModel) -> Followed:
        """All that was noted."""
        registered, residents = np.array(self._people).T
        ages, homes = np.array(self._by_age), np.array(self._by_home)
        return Followed(model, self.stays, self.months, ages, homes, registered, residents)

    def _note(self, model: RegistrationModel) -> None:
        columns, counts = model.engine.columns, model.counts
        on_list = np.flatnonzero(columns.practice[: model.engine.rows] == self.host)
        born = columns.born[on_list].astype(np.int64)
        ages = np.clip((model.month_number - born) // 12, 0, OLDEST)
        self.months.append(model.month)
        self._by_age.append(np.bincount(ages, minlength=OLDEST + 1))
        self._by_home.append(np.bincount(columns.recorded[on_list], minlength=len(model.region.areas)).astype(np.int32))
        people = [int(counts.by_commissioner(what)[self.commissioner]) for what in ("registered", "residents")]
        self._people.append(people)


def follow(
    region: Region,
    scenario: Scenario,
    until: datetime.date,
    host: str = PROVIDER_PRACTICE,
    travel_cache: Path | None = None,
) -> Followed:
    """Run a scenario up to the first of a month and follow everybody who joins the digital list.

    Raises:
        InputError: the region has no such practice, or the scenario starts later.
    """
    if host not in region.practices:
        raise InputError(f"region: found no practice {host}, expected the host of the digital provider; cut it wider")
    model = RegistrationModel(scenario, region=region, travel_cache=travel_cache)
    if until <= model.month:
        raise InputError(f"until: found {until}, expected a month after the start, {model.month}")
    follower = Follower(model, host)
    while model.month < until:
        model.step()
        follower.after_month(model)
    return follower.followed(model)
