"""What is recorded: the collector that plots and notebooks read, and the results folder of a run.

Both read the same measures of the month (:mod:`model.month_measures`), so they always agree. Every reporter is a partial
of a function of this module: strings and lambdas would make a model impossible to pickle.
"""

from __future__ import annotations

import datetime
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from model.commissioning.bodies import Authority, Commissioner
from model.commissioning.successors import all_commissioners
from model.errors import InputError
from model.manifest import manifest
from model.month_measures import measures_of
from model.patients.columns import CAUSES
from model.patients.patient import Patient
from model.providers.practice import Practice
from model.reconcile import AGE_LABELS, Ledger
from model.result_tables import RESULT_TABLES
from model.results import Coded, GatheredTable, put_in_place, refuse_taken, rows_written, unfinished

if TYPE_CHECKING:
    from model.model import RegistrationModel

COLLECTED = tuple(column.name for column in RESULT_TABLES["headline"].columns if column.name != "month")
"""Model variables collected each month: the columns of the headline table."""
COLLECTED_OF_COMMISSIONERS = (
    "residents", "registered", "ghosts", "inflow", "outflow", "net_flow", "unregistered", "retention",
    "registered_resident_ratio",
)  # fmt: skip
COLLECTED_OF_AUTHORITIES = ("residents", "unregistered", "effective_commissioners")
COLLECTED_OF_PRACTICES = ("list_size", "ghosts", "out_of_area", "load", "satisfaction")
MANY_PRACTICES = 500
"""Above so many practices they are not collected every month; results folders hold them each April."""

Reporter = Callable[..., Any] | str


def of_model(name: str, model: RegistrationModel) -> int | float:
    """One measure of the whole region."""
    return measures_of(model).headline[name]


def of_commissioner(name: str, commissioner: Commissioner) -> int | float:
    """One measure of a commissioner."""
    return measures_of(commissioner.model).as_lists["commissioners"][name][commissioner.position]


def of_authority(name: str, authority: Authority) -> int | float:
    """One measure of an authority."""
    return measures_of(authority.model).as_lists["authorities"][name][authority.position]


def collector(
    *,
    practices: bool = False,
    extra_model: Mapping[str, Reporter] | None = None,
    agenttypes: Mapping[type, Mapping[str, Reporter]] | None = None,
) -> mesa.DataCollector:
    """The DataCollector of a model: the headline measures, commissioners and authorities, every month.

    Args:
        practices: collect practices every month too; meant for regions of at most MANY_PRACTICES.
        extra_model: more model variables: a function of the model, or the name of an attribute. Lambdas work, but a
            model that has them cannot be pickled.
        agenttypes: more variables by class of agent, in the same way.

    Raises:
        InputError: variables of patients, who are not collected one by one, or of a class that is no agent's.
    """
    of_agents: dict[type, dict[str, Reporter]] = {
        Commissioner: {name: partial(of_commissioner, name) for name in COLLECTED_OF_COMMISSIONERS},
        Authority: {name: partial(of_authority, name) for name in COLLECTED_OF_AUTHORITIES},
    }
    if practices:
        of_agents[Practice] = {name: attrgetter(name) for name in COLLECTED_OF_PRACTICES}
    for kind, reporters in (agenttypes or {}).items():
        _refuse_patients(kind)
        # Mesa would wrap a name in a local function, which cannot be pickled.
        named: dict[str, Reporter] = {n: attrgetter(r) if isinstance(r, str) else r for n, r in reporters.items()}
        of_agents[kind] = of_agents.get(kind, {}) | named
    return mesa.DataCollector(
        model_reporters={**{name: partial(of_model, name) for name in COLLECTED}, **(extra_model or {})},
        agenttype_reporters=of_agents,
    )


def _refuse_patients(kind: type) -> None:
    if not (isinstance(kind, type) and issubclass(kind, mesa.Agent)):
        found = getattr(kind, "__name__", repr(kind))
        raise InputError(f"agenttypes: found {found}, expected a class of agents such as Practice or Commissioner")
    if issubclass(kind, Patient):
        raise InputError(
            "agenttypes: found Patient, expected Practice, Commissioner or Authority; patients are columns that no"
            " collector goes through one by one: report a total of model.patients with extra_model"
        )


class Recording:
    """The tables of a run as it goes along."""

    def __init__(self, model: RegistrationModel, folder: Path) -> None:
        """Record the start."""
        self.model, self.folder = model, folder
        self.started = datetime.datetime.now(datetime.UTC)
        self._clock = time.perf_counter()
        self.tables = {name: GatheredTable(table) for name, table in RESULT_TABLES.items()}
        region = model.region
        self._every_commissioner = all_commissioners(region)
        self._with_none = np.append(region.commissioners, "none")
        self._special = np.flatnonzero(region.provider_kind != "gp")
        self._boundaries = np.array(["fixed", "current"])
        self._ledger = Ledger(region, model.scenario)
        self._joiners = np.zeros(len(region.practices), np.int64)
        self._sizes = self._sizes_last_month = model.counts.lists
        self._yearly_recorded = -1
        self._last = model.month_number
        self._record_month()
        self._record_year()

    def month(self) -> None:
        """Record the model after a step.

        Raises:
            RuntimeError: a month was stepped over without being recorded.
        """
        now = self.model.month_number
        if now == self._last:
            return
        if now != self._last + 1:
            raise RuntimeError(f"{now - self._last} months since the last recorded one: record after every step")
        self._last = now
        self._joiners += self.model.counts.joiners
        self._record_month()
        if self.model.month.month == 4:
            self._record_year()
        self._sizes_last_month = self.model.counts.lists

    def finish(self) -> None:
        """Record the end and write the folder."""
        self.month()
        if self._yearly_recorded != self._last:
            self._record_year()
        self._record_events()
        seconds = time.perf_counter() - self._clock
        written = unfinished(self.folder)
        try:
            rows = rows_written(self.tables, written)
            about = manifest(self.model, self.started, seconds, rows)
            text = json.dumps(about, indent=2, ensure_ascii=False, allow_nan=False)
            (written / "manifest.json").write_text(text + "\n", encoding="utf-8")
            put_in_place(written, self.folder)
        except BaseException:
            shutil.rmtree(written, ignore_errors=True)
            raise

    def _record_month(self) -> None:
        model, month, measured = self.model, self.model.month_number, measures_of(self.model)
        region = model.region
        self.tables["headline"].add(month=month, **measured.headline)
        codes, current = measured.current(model.month)
        for boundaries, these, columns in ((0, region.commissioners, measured.commissioners), (1, codes, current)):
            self.tables["commissioners"].add(
                month=month,
                boundaries=Coded(np.full(len(these), boundaries, np.int8), self._boundaries),
                commissioner=Coded(np.searchsorted(self._every_commissioner, these), self._every_commissioner),
                **columns,
            )
        systems, authorities = np.arange(len(region.systems)), np.arange(len(region.authorities))
        self.tables["systems"].add(month=month, system=Coded(systems, region.systems), **measured.systems)
        self.tables["authorities"].add(
            month=month, authority=Coded(authorities, region.authorities), **measured.authorities
        )
        home, registered = np.nonzero(measured.true + measured.recorded)
        self.tables["flows"].add(
            month=month,
            home_commissioner=Coded(home.astype(np.int16), region.commissioners),
            registered_commissioner=Coded(registered.astype(np.int16), region.commissioners),
            patients=measured.true[home, registered].astype(np.int32),
            recorded=measured.recorded[home, registered].astype(np.int32),
        )
        cause, left, joined = np.nonzero(model.counts.changes)
        self.tables["changes"].add(
            month=month,
            cause=Coded(cause.astype(np.int8), np.array(CAUSES)),
            from_commissioner=Coded(left.astype(np.int16), self._with_none),
            to_commissioner=Coded(joined.astype(np.int16), self._with_none),
            patients=model.counts.changes[cause, left, joined].astype(np.int32),
        )
        if self._special.size:
            self._record_providers()

    def _record_providers(self) -> None:
        region, counts, these = self.model.region, self.model.counts, self._special
        joiners = counts.joiners[these]
        self.tables["providers"].add(
            month=self._last,
            practice=Coded(these, region.practices),
            name=region.practice_names[these].tolist(),
            kind=region.provider_kind[these].tolist(),
            **self._lists(these),
            joiners=joiners,
            leavers=self._sizes_last_month[these] + joiners - counts.lists[these],
            satisfaction=self.model.lists.satisfaction[these].copy(),
        )

    def _record_year(self) -> None:
        """What is recorded at the start, each April and at the end."""
        self._record_practices()
        self._record_reconciliation()
        self._yearly_recorded = self._last

    def _record_practices(self) -> None:
        lists, sizes = self.model.lists, self.model.counts.lists
        everyone = np.arange(len(sizes))
        self.tables["practices"].add(
            month=self._last,
            practice=Coded(everyone, self.model.region.practices),
            **self._lists(everyone),
            joiners=self._joiners,
            leavers=self._sizes + self._joiners - sizes,
            gps_fte=lists.gps_fte.copy(),
            load=lists.load,
            satisfaction=lists.satisfaction.copy(),
            open=lists.open.copy(),
            takes_out_of_area=lists.takes_out_of_area.copy(),
            inner_boundary_km=lists.inner_km.copy(),
            outer_boundary_km=lists.outer_km.copy(),
        )
        self._sizes = sizes
        self._joiners = np.zeros_like(self._joiners)

    def _record_reconciliation(self) -> None:
        region = self.model.region
        table = self._ledger.table(self._ledger.count(self.model))
        people = ("registered", "real", "ghosts", "inflow", "outflow", "gap")
        self.tables["reconciliation"].add(
            month=self._last,
            place=Coded(table["place"].astype(np.int16), region.commissioners),
            practice=Coded(table["practice"].astype(np.uint16), region.practices),
            authority=Coded(table["authority"].astype(np.int16), region.authorities),
            age_band=Coded(table["age_band"].astype(np.int8), AGE_LABELS),
            deprivation=(table["deprivation"] + 1).astype(np.int8),
            **{name: table[name].astype(np.int32) for name in people},
            real_low=table["real_low"].astype(np.float32),
            real_high=table["real_high"].astype(np.float32),
            pounds=table["pounds"],
            weighted=table["weighted"].astype(np.float32) if "weighted" in table else float("nan"),
        )

    def _lists(self, practices: np.ndarray) -> dict[str, Any]:
        region, counts = self.model.region, self.model.counts
        return {
            "commissioner": Coded(region.practice_commissioner[practices], region.commissioners),
            "list_size": counts.lists[practices],
            "ghosts": counts.ghosts[practices],
            "out_of_area": counts.out_of_area[practices],
        }

    def _record_events(self) -> None:
        events = self.model.events
        if events:
            self.tables["events"].add(
                month=np.array([(e["month"].year - 1970) * 12 + e["month"].month - 1 for e in events]),
                number=np.arange(1, len(events) + 1),
                event=[e["event"] for e in events],
                detail=[e["detail"] for e in events],
            )


@contextmanager
def record_run(model: RegistrationModel, folder: str | Path) -> Iterator[Recording]:
    """Record a run into a results folder, which appears when the block ends without an exception.

    The start is recorded on entering; call ``month()`` of what is given after every step.

    Args:
        model: where its run begins; earlier months are not in the results.
        folder: absent or empty.

    Raises:
        InputError: the folder holds something or cannot be written.
    """
    folder = Path(folder)
    refuse_taken(folder)
    recording = Recording(model, folder)
    yield recording
    recording.finish()
