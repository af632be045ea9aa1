"""Everything measured of one month, computed once from the running counts and read by reporters and results alike."""

from __future__ import annotations

import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from model.commissioning.successors import current_commissioners, system_of_commissioners
from model.measures.concentration import gini
from model.measures.divergence import commissioners_of_authorities, registered_resident_ratio
from model.measures.flows import aggregate, by_unit, overall
from model.measures.places import concentration_of_places
from model.measures.weighted import weighted_mean
from model.patients.columns import CAUSES
from model.patients.tally import COMPONENTS
from model.quarter_measures import QuarterMeasures
from model.result_tables import REPORTED_CAUSES, cause_column

if TYPE_CHECKING:
    from model.model import RegistrationModel

_STOCKS = ("residents", "unregistered", "registered", "ghosts", "out_of_area")
_PAIRED = ("inflow", "outflow", "net_flow", "retention", "import_share", "jaccard")

Vectors = dict[str, np.ndarray]


class MonthMeasures:
    """Measures of the counts as they stand. C commissioners, L authorities, S systems, P practices, K places."""

    def __init__(self, model: RegistrationModel) -> None:
        """Read flows and stocks; the rest is computed when first asked for."""
        counts = model.counts
        self.region, self.counts, self.lists, self.levels = model.region, counts, model.lists, model.levels
        self.successors = tuple(model.successors)
        self.quarter = QuarterMeasures(model)
        self.true = counts.true_flows
        self.recorded = counts.recorded_flows
        self.stocks: Vectors = {name: counts.by_commissioner(name) for name in _STOCKS}
        commissioners, digital = len(self.region.commissioners), self.lists.provider >= 0
        self.stocks["digital"] = _add(counts.lists[digital], self.region.practice_commissioner[digital], commissioners)
        self.stocks["digital_residents"] = _add(
            counts.digital.sum(axis=(0, 2)), self.region.area_commissioner, commissioners
        )
        self.moved = counts.changes.sum(axis=0)

    @cached_property
    def commissioners(self) -> Vectors:
        """Columns of the ``commissioners`` table on fixed boundaries, [C] each."""
        return flow_columns(self.true, self.recorded, self.stocks) | change_columns(self.moved)

    def current(self, month: datetime.date) -> tuple[np.ndarray, Vectors]:
        """The same on the boundaries of the day: (codes str[K], columns [K] each)."""
        codes, group = current_commissioners(self.region, month, self.successors)
        if len(codes) == len(group):
            # Nobody has merged: at most codes have changed, and with them the order.
            order = np.argsort(group)
            return codes, {name: values[order] for name, values in self.commissioners.items()}
        true, recorded = (aggregate(flows, group, group) for flows in (self.true, self.recorded))
        stocks = {name: _add(values, group, len(codes)) for name, values in self.stocks.items()}
        with_none = np.append(group, len(codes))
        return codes, flow_columns(true, recorded, stocks) | change_columns(aggregate(self.moved, with_none, with_none))

    @cached_property
    def systems(self) -> Vectors:
        """Columns of the ``systems`` table, [S] each. Residents go by area, patients by their commissioner."""
        systems, of_commissioner = len(self.region.systems), system_of_commissioners(self.region)
        of_cell = self.counts.cells[:, 2]
        stocks = {
            "residents": _add(self.counts.true.sum(axis=1), of_cell, systems),
            "unregistered": _add(self.counts.true[:, -1], of_cell, systems),
            **{
                n: _add(self.stocks[n], of_commissioner, systems)
                for n in ("registered", "ghosts", "out_of_area", "digital")
            },
            "digital_residents": _add(self.counts.digital.sum(axis=(0, 2)), self.region.area_system, systems),
        }
        true, recorded = (
            _square(aggregate(flows, of_cell, of_commissioner), systems)
            for flows in (self.counts.true[:, :-1], self.counts.recorded)
        )
        return flow_columns(true, recorded, stocks)

    @cached_property
    def authorities(self) -> Vectors:
        """Columns of the ``authorities`` table, [L] each."""
        flows, unregistered = self.counts.authority_flows, self.counts.authority_unregistered
        registered = flows.sum(axis=1)
        met = commissioners_of_authorities(flows)
        return {
            "residents": registered + unregistered,
            "registered": registered,
            "unregistered": unregistered,
            **met,
            **{name: self.counts.components[:, i] for i, name in enumerate(COMPONENTS)},
        }

    @cached_property
    def headline(self) -> dict[str, int | float]:
        """Columns of the ``headline`` table but the month: one number each."""
        stocks = {name: int(values.sum()) for name, values in self.stocks.items()}
        ratio = self.commissioners["registered_resident_ratio"]
        ratio = ratio[~np.isnan(ratio)]
        lists, exists = self.counts.lists, self.lists.exists
        practices = int(exists.sum())
        by_cause = self.counts.changes.sum(axis=(1, 2))
        joined = self.moved[:, :-1].sum()
        return {
            **{name: stocks[name] for name in ("residents", "registered", "ghosts", "unregistered")},
            "pending": int(self.counts.pending[0]),
            "out_of_area": stocks["out_of_area"],
            "crossing": int(self.true.sum() - np.trace(self.true)),
            **overall(self.true),
            "recorded_crossing": int(self.recorded.sum() - np.trace(self.recorded)),
            **{f"recorded_{name}": value for name, value in overall(self.recorded).items()},
            "registered_resident_ratio": float(registered_resident_ratio(stocks["registered"], stocks["residents"])),
            "registered_resident_ratio_sd": float(ratio.std(ddof=1)) if ratio.size > 1 else float("nan"),
            "satisfaction": weighted_mean(self.lists.satisfaction, lists),
            "list_gini": gini(lists[lists > 0]),
            "practices": practices,
            "mean_list": stocks["registered"] / practices if practices else float("nan"),
            "closed_lists": int((exists & ~self.lists.open).sum()),
            "digital": stocks["digital"],
            "digital_share": _share(stocks["digital"], stocks["registered"]),
            "out_of_area_share": _share(stocks["out_of_area"], stocks["registered"]),
            "waiting": int(self.counts.pending[1]),
            **self._concentration(),
            "joined": int(joined),
            **{cause_column(cause): int(by_cause[CAUSES.index(cause)]) for cause in REPORTED_CAUSES},
            **{name: int(n) for name, n in zip(COMPONENTS, self.counts.components.sum(axis=0), strict=True)},
            **self.quarter.headline,
        }

    def _concentration(self) -> dict[str, float]:
        """Concentration of organisations in places, mean over the places' patients."""
        place, places = self.levels.practice_place, len(self.levels.places)
        found = concentration_of_places(place, self.lists.organisation(), self.counts.lists, places)
        patients = np.bincount(place, self.counts.lists, places)
        served = patients > 0
        return {
            "organisation_hhi": weighted_mean(found["hhi"][served], patients[served]),
            "largest_organisation_share": weighted_mean(found["largest_share"][served], patients[served]),
        }

    @cached_property
    def as_lists(self) -> dict[str, dict[str, list]]:
        """``commissioners`` and ``authorities`` as plain numbers, for reporters that read one agent at a time."""
        return {
            kind: {name: values.tolist() for name, values in getattr(self, kind).items()}
            for kind in ("commissioners", "authorities")
        }


def flow_columns(true: np.ndarray, recorded: np.ndarray, stocks: Vectors) -> Vectors:
    """Stocks, flows and ratios of units [N] from their flow matrices [N, N] and stocks [N]."""
    by_true, by_recorded = by_unit(true), by_unit(recorded)
    return {
        **stocks,
        **{name: by_true[name] for name in _PAIRED},
        "recorded_residents": by_recorded["residents_registered"],
        **{f"recorded_{name}": by_recorded[name] for name in _PAIRED},
        "registered_resident_ratio": registered_resident_ratio(stocks["registered"], stocks["residents"]),
    }


def change_columns(moved: np.ndarray) -> Vectors:
    """Who joined and left lists of units [N] from changes by unit left and joined [N + 1, N + 1]; last = no list."""
    inside = np.diagonal(moved)[:-1]
    return {
        "joined_from_others": moved[:-1, :-1].sum(axis=0) - inside,
        "joined_from_none": moved[-1, :-1].copy(),
        "left_to_others": moved[:-1, :-1].sum(axis=1) - inside,
        "left_to_none": moved[:-1, -1].copy(),
    }


def _add(values: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    out = np.zeros(groups, np.int64)
    np.add.at(out, group, values)
    return out


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _square(flows: np.ndarray, units: int) -> np.ndarray:
    """Flows with rows and columns for every unit, also for the last ones where nobody lives or is registered."""
    out = np.zeros((units, units), flows.dtype)
    out[: flows.shape[0], : flows.shape[1]] = flows
    return out


_latest: list[tuple[np.ndarray, MonthMeasures]] = []
"""The last state measured, one at most: reporters of a month ask for the same one in turn."""


def measures_of(model: RegistrationModel) -> MonthMeasures:
    """Measures of the model as it stands, computed once for each state of its counts."""
    counts = model.counts
    # Gathering the counts makes new arrays, after a month and after patients were changed by hand.
    found = _latest[0] if _latest else None
    if found is None or found[0] is not counts.true:
        found = (counts.true, MonthMeasures(model))
        _latest[:] = [found]
    return found[1]


def forget_measures() -> None:
    """Measure anew when next asked: after a model's counts were replaced in place."""
    _latest.clear()
