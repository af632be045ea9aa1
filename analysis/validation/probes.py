"""What patterns need of a run that its results tables do not hold: counted while it runs, kept as tables beside them.

A probe looks at the model at its start and after every month and says at the end, in one table or several. It changes
nothing. Passes over all patients go in chunks and happen in few months.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from model.measures import catchments
from model.patients.casemix import BANDS_FROM
from model.patients.columns import NONE, PRESENCE, SWITCHED, UNCOUNTED
from model.patients.utility import base_utility, distance_costs
from model.providers.decisions import near_conventional
from model.providers.rivals import rivals_within

if TYPE_CHECKING:
    from model.model import RegistrationModel

USUAL_KM = 1.2
"""Median trip, register of January 2021."""
NEAR_KM = 5.0
"""Within which crossing a border is asked about."""
CHUNK = 4_000_000
"""Rows looked at at a time."""
LONDON = "E09"
"""Codes of London boroughs start with this."""


class Probe(Protocol):
    """Looks on while a model runs."""

    def after_month(self, model: RegistrationModel) -> None:
        """Look at the model after a month."""
        ...

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """What was seen, by name of table, at the end of the run."""
        ...


def chunks(rows: int) -> Iterator[slice]:
    """Slices that together cover so many rows."""
    for first in range(0, rows, CHUNK):
        yield slice(first, min(first + CHUNK, rows))


def resident(flags: np.ndarray) -> np.ndarray:
    """Whether flags are those of people who live here, bool[N]."""
    return (flags & PRESENCE) <= (UNCOUNTED << 1)


class Switching:
    """Changes of practice without a move in one year, by the practice left; with its satisfaction and list (P5, P6)."""

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
            before = columns.previous[part][rows]
            self.left += np.bincount(before[before != NONE], minlength=len(self.left))
        self.size += model.lists.size
        self.satisfaction += model.lists.satisfaction
        self.seen += 1

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """A row a conventional practice that was there throughout: ``switched`` a year, mean list and satisfaction."""
        throughout = model.lists.exists & (model.lists.provider < 0) & (model.lists.opened == 0)
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
        london = np.char.startswith(region.authorities[region.area_authority].astype(str), LONDON)
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


class NetworkCatchments:
    """Registered patients and plurality catchment of each primary care network in one month (P22)."""

    def __init__(self, model: RegistrationModel, month: int) -> None:
        """Count when month number ``month`` begins."""
        self.month = month
        self.frame = pd.DataFrame(
            {name: [] for name in ("network", "patients", "catchment", "both", "rural", "decile")}
        )
        self.after_month(model)

    def after_month(self, model: RegistrationModel) -> None:
        """Count once."""
        lists, region = model.lists, model.region
        networks = int(lists.network.max(initial=-1)) + 1
        if model.month_number != self.month or networks == 0:
            return
        columns, areas = model.engine.columns, len(region.areas)
        counts = np.zeros((areas, networks), np.int32)
        of = np.append(lists.network, np.full(NONE + 1 - len(lists.network), -1, lists.network.dtype))
        for part in chunks(model.engine.rows):
            network = of[columns.practice[part]]
            on = network >= 0
            np.add.at(counts, (columns.recorded[part][on], network[on]), 1)
        area, network = np.nonzero(counts)
        found = catchments.plurality_catchments(area, network, counts[area, network], areas, networks)
        held = np.maximum(found.registered, 1)
        self.frame = pd.DataFrame(
            {
                "network": np.arange(networks),
                "patients": found.registered,
                "catchment": found.catchment,
                "both": found.both,
                "rural": region.rural.astype(np.float64) @ counts / held,
                "decile": region.deprivation_decile.astype(np.float64) @ counts / held,
            }
        )

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """A row a network."""
        return {"network_catchments": self.frame}


class Trips:
    """Distance to the practice and whether it is the nearest, at the end of a run, town and country apart (P9)."""

    def __init__(self, model: RegistrationModel) -> None:
        """Remember when the run began."""
        self.start = model.month_number

    def after_month(self, model: RegistrationModel) -> None:
        """Nothing before the end."""

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """A row for all, and for joiners since the start, in urban and in rural homes: residents on ordinary lists."""
        columns, region, lists = model.engine.columns, model.region, model.lists
        ordinary = lists.exists & (lists.provider < 0)
        sites = np.flatnonzero(ordinary & (lists.size >= 500))
        places = np.column_stack([region.practice_x, region.practice_y])
        nearest_m = KDTree(places[sites]).query(np.column_stack([region.x, region.y]))[0]
        usual = np.append(ordinary, np.zeros(NONE + 1 - len(ordinary), bool))
        sums = np.zeros((2, 2, 3))
        for part in chunks(model.engine.rows):
            rows = usual[columns.practice[part]] & resident(columns.flags[part])
            practice, home = columns.practice[part][rows], columns.home[part][rows]
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


class Profiles:
    """Each practice at the start and at the end: age, deprivation, rivals, overload, satisfaction, weight (P19, P21, P24)."""

    def __init__(self, model: RegistrationModel) -> None:
        """Look at the start."""
        self.frames = [self._look(model)]

    def after_month(self, model: RegistrationModel) -> None:
        """Nothing before the end."""

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """A row a conventional practice and month, the first and the last."""
        return {"practice_profiles": pd.concat([*self.frames, self._look(model)], ignore_index=True)}

    def _look(self, model: RegistrationModel) -> pd.DataFrame:
        lists, region, mix = model.lists, model.region, model.casemix
        there = np.flatnonzero(lists.exists & (lists.provider < 0) & (lists.size > 0))
        ages = mix.practice_ages.sum(axis=1)[there]
        people = np.maximum(ages.sum(axis=1), 1)
        fifths = mix.fifth_practice[:, there].astype(np.float64)
        near, organisation, rules = near_conventional(model), lists.organisation(), model.practice_rules
        rivals = {
            name: rivals_within(near, organisation, km)[there]
            for name, km in (("close_rivals", rules.close_rivals_km), ("near_rivals", rules.rivals_km))
        }
        return pd.DataFrame(
            {
                "month": model.month,
                "practice": region.practices[there],
                "list_size": lists.size[there],
                "aged_65_up": ages[:, np.array(BANDS_FROM) >= 65].sum(axis=1) / people,
                "fifth": (np.arange(1, 6) @ fifths) / np.maximum(fifths.sum(axis=0), 1.0),
                "rural": region.rural[region.practice_area[there]],
                "carr_hill": lists.carr_hill[there],
                "satisfaction": lists.satisfaction[there],
                "overload": lists.overload[there],
                **rivals,
            }
        )


class Tastes:
    """What the choice model says of a border and of quality: odds and metres (P7, P8); known at the start."""

    def __init__(self, model: RegistrationModel) -> None:
        """Work it out."""
        region, travel, choice = model.region, model.travel, model.scenario.choice
        residents = model.counts.residents.astype(np.float64)
        none = {name: 0.0 for name in choice.__struct_fields__ if name.startswith("border_")}
        free = msgspec.structs.replace(choice, **none)
        borders = base_utility(region, travel, choice) - base_utility(region, travel, free)
        km = travel.km.astype(np.float64)
        costs = distance_costs(region, travel, choice)
        per_km = costs[1][:, None]
        per_log = costs[0][:, None] + getattr(costs, "site_log", np.zeros(len(region.practices)))[travel.practice]
        cost = per_log / (1.0 + km) + per_km
        everybody = np.broadcast_to(residents[:, None], km.shape)
        home, practice = region.area_commissioner[:, None], region.practice_commissioner[travel.practice]
        # Of another commissioner, and near enough to be thought of; several kinds of border may lie between.
        across = (home != practice) & (km <= NEAR_KM)
        self.row = {
            "border_odds": [float(np.exp(np.average(borders[across], weights=everybody[across]))) if across.any() else np.nan],
            "metres_a_sd": [1000.0 * choice.quality_weight / float(np.average(cost, weights=everybody))],
            "metres_a_sd_at_1_2_km": [1000.0 * choice.quality_weight / float(np.average(per_log / (1.0 + USUAL_KM) + per_km, weights=everybody))],
        }  # fmt: skip

    def after_month(self, model: RegistrationModel) -> None:
        """Nothing: tastes stay."""

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """One row."""
        return {"tastes": pd.DataFrame(self.row)}
