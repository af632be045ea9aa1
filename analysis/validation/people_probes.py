"""Who changes practice, who leaves and comes back, how far people go: counted from the patients themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from analysis.validation.probes import chunks
from model.geography.london import in_london
from model.patients.columns import FOLLOWED, NONE, SWITCHED
from runs.describe_register import SMALLEST_PRACTICE

if TYPE_CHECKING:
    from model.model import RegistrationModel


class Switching:
    """Changes of practice without a move in one year by the practice left, with its satisfaction and list (P5, P6).

    Children's changes with their mothers are among them.
    """

    def __init__(self, model: RegistrationModel, first: int = 12, months: int = 12) -> None:
        """Look at ``months`` months from ``first`` on, counted from the start."""
        self.from_month = model.month_number + first
        self.to_month = self.from_month + months
        practices = len(model.region.practices)
        self.left, self.size, self.satisfaction = (np.zeros(practices) for _ in range(3))
        self.seen = 0

    def after_month(self, model: RegistrationModel) -> None:
        """Count who switched in the month lived."""
        month = model.month_number - 1
        if not self.from_month <= month < self.to_month:
            return
        columns = model.engine.columns
        for part in chunks(model.engine.rows):
            rows = (columns.cause[part] == SWITCHED) & (columns.since[part] == month)
            # Children go along with a mother who switches: they change practice as she does.
            child = np.flatnonzero((columns.cause[part] == FOLLOWED) & (columns.since[part] == month))
            mother = columns.mother[part][child]
            rows[child[(columns.cause[mother] == SWITCHED) & (columns.since[mother] == month)]] = True
            before = columns.previous[part][rows]
            self.left += np.bincount(before[before != NONE], minlength=len(self.left))
        self.size += model.lists.size
        self.satisfaction += model.lists.satisfaction
        self.seen += 1

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """A row a conventional practice that was there throughout: ``switched`` a year, mean list and satisfaction."""
        throughout = model.lists.conventional & (model.lists.opened == 0)
        there = np.flatnonzero(throughout & (self.seen > 0))
        seen = max(self.seen, 1)
        frame = {
            "practice": model.region.practices[there],
            "switched": self.left[there] * 12 / seen,
            "list_size": self.size[there] / seen,
            "satisfaction": self.satisfaction[there] / seen,
        }
        return {"switching": pd.DataFrame(frame)}


class Leaving:
    """A twentieth of the patients of conventional lists followed for sixteen months: who left, who came back (P13).

    The patients are those of London where the region has any of it: digital churn is compared with churn there.
    """

    EVERY = 20
    MONTHS = 16
    BACK_WITHIN = 12

    def __init__(self, model: RegistrationModel, begin: int) -> None:
        """Begin when month number ``begin`` begins."""
        self.begin = begin
        self.rows = np.zeros(0, np.int64)
        self.practice = np.zeros(0, np.int64)
        self.left = np.zeros(0, np.int64)
        self.back = np.zeros(0, bool)
        self._start(model)

    def _start(self, model: RegistrationModel) -> None:
        if model.month_number != self.begin:
            return
        columns, region = model.engine.columns, model.region
        rows = np.arange(0, model.engine.rows, self.EVERY)
        practice = columns.practice[rows].astype(np.int64)
        chosen = practice != NONE
        chosen[chosen] = model.lists.provider[practice[chosen]] < 0
        london = in_london(region)
        if london.any():
            chosen[chosen] = london[region.practice_area[practice[chosen]]]
        self.rows, self.practice = rows[chosen], practice[chosen]
        self.left, self.back = np.zeros(len(self.rows), np.int64), np.zeros(len(self.rows), bool)

    def after_month(self, model: RegistrationModel) -> None:
        """Note who is off the list, and who is back on it."""
        self._start(model)
        month = model.month_number
        if not len(self.rows) or not self.begin < month <= self.begin + self.MONTHS + self.BACK_WITHIN:
            return
        here = model.engine.columns.practice[self.rows] == self.practice
        self.back |= (self.left > 0) & here & (month - self.left <= self.BACK_WITHIN)
        if month <= self.begin + self.MONTHS:
            self.left[(self.left == 0) & ~here] = month

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """One row: patients followed, those who left in sixteen months, those of them back within a year."""
        # A list that merged or closed did not lose its patients: they did not leave it.
        counted = model.lists.ended[self.practice] == 0
        gone = (self.left > 0) & counted
        row = {
            "patients": [int(counted.sum())],
            "left": [int(gone.sum())],
            "back": [int((gone & self.back).sum())],
            "complete": [bool(len(self.rows)) and model.month_number >= self.begin + self.MONTHS + self.BACK_WITHIN],
        }
        return {"leaving": pd.DataFrame(row)}


class Trips:
    """Distance to the practice and whether it is the nearest, at the end of a run, town and country apart (P9).

    Counted as published registers are: everybody on a list, by the recorded address.
    """

    def __init__(self, model: RegistrationModel) -> None:
        """Remember when the run began."""
        self.start = model.month_number

    def after_month(self, model: RegistrationModel) -> None:
        """Nothing before the end."""

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """A row for all, and for joiners since the start, in urban and in rural homes: patients of ordinary lists."""
        columns, region, lists = model.engine.columns, model.region, model.lists
        ordinary = lists.conventional
        sites = np.flatnonzero(ordinary & (lists.size >= SMALLEST_PRACTICE))
        places = np.column_stack([region.practice_x, region.practice_y])
        nearest_m = KDTree(places[sites]).query(np.column_stack([region.x, region.y]))[0]
        usual = np.append(ordinary, np.zeros(NONE + 1 - len(ordinary), bool))
        sums = np.zeros((2, 2, 3))
        for part in chunks(model.engine.rows):
            rows = usual[columns.practice[part]]
            practice, home = columns.practice[part][rows], columns.recorded[part][rows]
            metres = np.hypot(region.x[home] - places[practice, 0], region.y[home] - places[practice, 1])
            near, rural = metres <= nearest_m[home] + 1.0, region.rural[home]
            for group, of in enumerate((np.ones(len(home), bool), columns.since[part][rows] >= self.start)):
                for country in (0, 1):
                    these = of & (rural == bool(country))
                    sums[group, country] += these.sum(), metres[these].sum() / 1000.0, near[these].sum()
        index = [(who, bool(rural)) for who in ("all", "joiners") for rural in (0, 1)]
        frame = pd.DataFrame(sums.reshape(4, 3), columns=["patients", "km", "nearest"])
        frame.insert(0, "who", [who for who, _ in index])
        frame.insert(1, "rural", [rural for _, rural in index])
        return {"trips": frame}
