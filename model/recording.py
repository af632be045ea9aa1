"""A run as it is recorded: blocks of rows gathered every month, quarter and year, written when it is complete."""

from __future__ import annotations

import datetime
import json
import shutil
import time
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from model.digital_homes import digital_homes
from model.manifest import manifest
from model.month_measures import measures_of
from model.months import months_since_1970
from model.patients.columns import CAUSES
from model.profiles import profile_columns
from model.provider_rows import (
    GP,
    kinds,
    named,
    organisation_columns,
    organisation_names,
    practice_columns,
    provider_columns,
    trust_columns,
)
from model.reconcile import AGE_LABELS, FIFTHS, Counted, Ledger
from model.registers import REGISTER, recorded_register
from model.result_tables import RESULT_TABLES
from model.results import Coded, GatheredTable, put_in_place, unfinished, write_tables

if TYPE_CHECKING:
    from model.model import RegistrationModel


class Recording:
    """The tables of a run as it goes along."""

    def __init__(
        self,
        model: RegistrationModel,
        folder: Path,
        register: Collection[datetime.date] = (),
        *,
        resumed: bool = False,
    ) -> None:
        """Record the start; ``register`` are the months whose practice x area register is kept.

        A ``resumed`` recording leaves the start to what is restored.
        """
        self.model, self.folder = model, folder
        self._register_months = frozenset(register)
        self.started = datetime.datetime.now(datetime.UTC)
        self._clock = time.perf_counter()
        self.tables = {name: GatheredTable(table) for name, table in RESULT_TABLES.items()}
        if self._register_months:
            self.tables[REGISTER.name] = GatheredTable(REGISTER)
        region = model.region
        self._with_none = np.append(region.commissioners, "none")
        self._boundaries = np.array(["fixed", "current"])
        self._ledger = Ledger(region, model.scenario)
        self._joiners = np.zeros(len(region.practices), np.int64)
        self._sizes = self._sizes_last_month = model.counts.lists
        self._existed = model.lists.exists.copy()
        self._yearly_recorded = self._quarter_recorded = -1
        self._last = self._practices_recorded = model.month_number
        self.resumed: list[datetime.date] = []  # months at which an interrupted run was gone on with
        if not resumed:
            self._record_month()
            self._record_quarter()
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
        self._record_quarter()
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
            rows = write_tables(self.tables, written)
            about = manifest(self.model, self.started, seconds, rows)
            about["resumed"] = [month.isoformat() for month in self.resumed]
            text = json.dumps(about, indent=2, ensure_ascii=False, allow_nan=False)
            (written / "manifest.json").write_text(text + "\n", encoding="utf-8")
            put_in_place(written, self.folder)
        except BaseException:
            shutil.rmtree(written, ignore_errors=True)
            raise

    def _record_month(self) -> None:
        """The tables of every month; of matrices only the cells that hold somebody."""
        model, month, measured = self.model, self.model.month_number, measures_of(self.model)
        region = model.region
        self.tables["headline"].add(month=month, **measured.headline)
        codes, current = measured.current(model.month)
        for boundaries, these, columns in ((0, region.commissioners, measured.commissioners), (1, codes, current)):
            self.tables["commissioners"].add(
                month=month,
                boundaries=Coded(np.full(len(these), boundaries, np.int8), self._boundaries),
                commissioner=these.tolist(),
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
        self._record_providers()
        if model.month in self._register_months:
            self._record_register()

    def _record_register(self) -> None:
        region, counted = self.model.region, recorded_register(self.model)
        self.tables[REGISTER.name].add(
            month=self.model.month_number,
            practice=Coded(counted.practice, region.practices),
            area=Coded(counted.area, region.areas),
            patients=counted.patients,
        )

    def _record_providers(self) -> None:
        model, sizes = self.model, self.model.counts.lists
        these = np.flatnonzero((kinds(model) != GP) & (model.lists.exists | (self._sizes_last_month > 0)))
        if these.size:
            columns = provider_columns(model, these)
            leavers = self._sizes_last_month[these] + columns["joiners"] - sizes[these]
            self.tables["providers"].add(month=self._last, leavers=leavers, **columns)

    def _record_quarter(self) -> None:
        """What is recorded when the case-mix is new: at the start and each January, April, July and October."""
        model, quarter = self.model, measures_of(self.model).quarter
        month = int(model.casemix.month[0])
        if month == self._quarter_recorded:
            return
        self._quarter_recorded = month
        places = dict(quarter.places)
        largest = organisation_names(model, places.pop("largest"))
        levels = Coded(np.arange(len(model.levels.places)), model.levels.places)
        self.tables["places"].add(month=month, place=levels, largest_organisation=largest, **places)
        behind = quarter.left_behind
        self.tables["left_behind"].add(month=month, deprivation=np.arange(1, FIFTHS + 1), **behind)
        self.tables["money"].add(
            month=month,
            commissioner=Coded(np.arange(len(model.region.commissioners)), model.region.commissioners),
            **quarter.commissioners,
        )
        authorities = Coded(np.arange(len(model.region.authorities)), model.region.authorities)
        self.tables["authority_money"].add(month=month, authority=authorities, **quarter.authorities)
        self._record_digital_homes(month)

    def _record_digital_homes(self, month: int) -> None:
        model = self.model
        names = [provider.name for provider in model.digital.providers]
        if not names:
            return
        found = digital_homes(model, model.lists.provider, len(names))
        provider, home = np.nonzero(found[:, :, 0])
        patients, aged_20_39, new = found[provider, home].T
        self.tables["digital_homes"].add(
            month=month,
            provider=named(provider, names),
            home_commissioner=Coded(home.astype(np.int16), model.region.commissioners),
            patients=patients,
            aged_20_39=aged_20_39,
            new=new,
        )

    def _record_year(self) -> None:
        """What is recorded at the start, each April and at the end."""
        counted = self._ledger.count(self.model)
        self._record_practices()
        self._record_organisations()
        self._record_neighbourhoods()
        self._record_reconciliation(counted)
        self._record_profiles(counted)
        self._yearly_recorded = self._last

    def _record_practices(self) -> None:
        exists, sizes = self.model.lists.exists, self.model.counts.lists
        these = np.flatnonzero(exists | self._existed | (self._joiners > 0))
        self.tables["practices"].add(
            month=self._last,
            joiners=self._joiners[these],
            leavers=(self._sizes + self._joiners - sizes)[these],
            **practice_columns(self.model, these, self._practices_recorded),
        )
        self._sizes, self._existed, self._practices_recorded = sizes, exists.copy(), self._last
        self._joiners = np.zeros_like(self._joiners)

    def _record_organisations(self) -> None:
        columns = organisation_columns(self.model)
        if columns is not None:
            self.tables["organisations"].add(month=self._last, **columns)
        if self.model.trusts:
            self.tables["trusts"].add(month=self._last, **trust_columns(self.model))

    def _record_neighbourhoods(self) -> None:
        self.tables["neighbourhoods"].add(
            month=self._last,
            neighbourhood=self.model.neighbourhoods_counted.tolist(),
            **measures_of(self.model).quarter.neighbourhoods,
        )

    def _record_profiles(self, counted: Counted) -> None:
        region = self.model.region
        commissioners = len(region.commissioners)
        self.tables["profiles"].add(
            month=self._last,
            commissioner=Coded(np.arange(commissioners), region.commissioners),
            **profile_columns(counted, self._ledger.cells[:, 0], region.practice_commissioner, commissioners),
        )

    def _record_reconciliation(self, counted: Counted) -> None:
        region = self.model.region
        table = self._ledger.table(counted, self.model.money.pounds)
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

    def _record_events(self) -> None:
        events = self.model.events
        if events:
            self.tables["events"].add(
                month=np.array([months_since_1970(e["month"]) for e in events]),
                number=np.arange(1, len(events) + 1),
                event=[e["event"] for e in events],
                detail=[e["detail"] for e in events],
                outcome=[e["outcome"] for e in events],
            )
