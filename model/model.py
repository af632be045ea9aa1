"""The registration model: a Mesa model whose month reads top to bottom like the schedule of the ODD protocol."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import mesa
import msgspec
import numpy as np

from model.commissioning.bodies import Authority, Commissioner
from model.errors import InputError
from model.geography.network import mesa_network, neighbour_graph
from model.geography.open_region import open_region
from model.geography.region import Region
from model.geography.travel import load_travel
from model.patients import choose
from model.patients.counts import Counts
from model.patients.engines import AgentEngine, ColumnEngine
from model.patients.options import apply_boundaries
from model.patients.patients import Patients
from model.patients.start import begin, demographic_year, people_of
from model.patients.tally import CHUNK, count_strip
from model.patients.threads import in_strips, number_of_threads
from model.providers.practice import Practice
from model.recorder import MANY_PRACTICES, collector
from model.scenario import Scenario

ENGINES = ("columns", "agents")


class RegistrationModel(mesa.Model):
    """Competition for GP registrations in a region, month by month.

    Args:
        scenario: every parameter and the policy timeline; the default scenario where None.
        region: where it happens; the scenario's region is synthesised where None (a preset) or loaded (a folder).
        engine: ``columns`` (all patients at once) or ``agents`` (each a Mesa agent); the results are identical.
        travel_cache: folder for cached travel tables.
        **parameters: dotted or plain scenario keys to override, for notebooks and sweeps (``months=12``,
            ``choice__inertia=2.5``).

    Raises:
        InputError: an unknown engine, key or value.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        region: Region | None = None,
        engine: str = "columns",
        travel_cache: Path | None = None,
        **parameters: Any,
    ) -> None:
        """Load travel, make the patients, count them, collect month 0."""
        from model.scenario_files import with_values

        scenario = with_values(scenario or Scenario(), parameters)
        super().__init__(rng=scenario.seed)
        if engine not in ENGINES:
            raise InputError(f"engine: found {engine!r}, expected one of {', '.join(ENGINES)}")
        self._registration_scenario = scenario
        self.region = region if region is not None else open_region(scenario.region)
        self.start = first_month(scenario, self.region)
        self.month_number = months_since_1970(self.start)
        self.travel = load_travel(self.region, travel_cache, scenario.choice.candidates)
        beginning = begin(self.region, self.travel, scenario, self.month_number, travel_cache)
        self.rates, self.lists, self.arrivals = beginning.rates, beginning.lists, beginning.arrivals
        self.world = beginning.world
        self._immigrants, self._returning = beginning.immigrants, beginning.returning
        self.threads = number_of_threads()
        self.counts = Counts(self.region, self.threads)
        self.engine: ColumnEngine | AgentEngine = (
            ColumnEngine(beginning.columns, beginning.rows)
            if engine == "columns"
            else AgentEngine(self, beginning.columns, beginning.rows)
        )
        self.network = mesa_network(neighbour_graph(self.region), self.region, self.random)
        self.practices = [Practice(self, p, self.network[a]) for p, a in enumerate(self.region.practice_area.tolist())]
        self.commissioners = [Commissioner(self, c) for c in range(len(self.region.commissioners))]
        self.authorities = [Authority(self, a) for a in range(len(self.region.authorities))]
        self.patients = Patients(self, self.engine.columns, self.engine.rows)
        self.recount()
        self.lists.start_loads()
        self.events: list[dict[str, Any]] = []
        self.datacollector = collector(practices=len(self.practices) <= MANY_PRACTICES)
        self.datacollector.collect(self)

    @property
    def scenario(self) -> Scenario:
        """Every parameter of the run."""
        return self._registration_scenario

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        """Take Mesa's own, mutable scenario from its constructor; ours is frozen and set once."""
        self._scenario = scenario

    @property
    def month(self) -> datetime.date:
        """First day of the present month: the state shown is that at its start."""
        return month_date(self.month_number)

    def step(self) -> None:
        """One month, in the order of ODD 3."""
        self.policy_due()
        self.practices_prepare()
        self.patients_live()
        self.lists_and_flows()
        self.datacollector.collect(self)

    def policy_due(self) -> None:
        """Apply the rules and the timeline's events of this month, in the order they are written."""
        boundaries = self.scenario.boundaries
        if self.month == datetime.date(boundaries.out_of_area_from, 1, 1):
            self.lists.allow_out_of_area(boundaries.out_of_area_practices, self.scenario.seed)
        for event in self.scenario.timeline:
            if (event.month.year, event.month.month) == (self.month.year, self.month.month):
                event.apply(self)
                kind = type(event).__struct_config__.tag
                self.events.append({"month": self.month, "event": kind, "detail": msgspec.json.encode(event).decode()})
        if self.month.month == 7:
            self.demographic_year_begins()

    def demographic_year_begins(self) -> None:
        """Solve the levels of births, deaths and migration for the year to June, on who lives here now."""
        columns, rows = self.engine.columns, self.engine.rows
        people, deciders = people_of(columns, rows, self.month_number, self.region)
        year = demographic_year(self.month_number)
        self.world = self.world._replace(rates=self.rates.of_year(year, people, deciders, self.lists.switching()))
        self._immigrants = self.rates.immigrants(year, people.sum(axis=(1, 2, 3)).astype(np.float64))

    def practices_prepare(self) -> None:
        """Satisfaction settles; boundaries, open lists and appeal of the month are set."""
        self.lists.settle_satisfaction()
        self.rates.with_switching(self.world.rates, self.lists.switching())
        options = self.world.options
        if self.lists.changed:
            apply_boundaries(options, self.region, self.travel, self.scenario, self.lists)
        options.appeal[:] = self.lists.appeal()
        options.open[:] = self.lists.open
        out_of_area = options.open & options.takes_out_of_area

        def refresh(first: int, last: int, _thread: int) -> None:
            choose.refresh_strip(first, last, options, out_of_area)

        in_strips(len(self.region.areas), self.threads, refresh)

    def patients_live(self) -> None:
        """Deaths, births, migration, moves, list cleaning, and everybody who reconsiders a registration."""
        short_term = 1.0 + self.scenario.demography.short_term_per_immigrant
        expected = np.maximum(self._immigrants - self._returning, 0.0) * short_term / 12.0
        self.world = self.world._replace(month=self.month_number)
        self.engine.month(self.world, self.counts.ground, self.counts.tally, self.arrivals, expected)

    def lists_and_flows(self) -> None:
        """Lists, flows and causes of the month are gathered; the next month begins."""
        self.counts.gather()
        self.month_number += 1
        self._show_lists()

    def recount(self) -> None:
        """Count every patient from nothing: at the start, and after patients were changed by hand."""
        self.counts.clear()
        columns, tally, ground = self.engine.columns, self.counts.tally, self.counts.ground

        def count_some(first: int, last: int, thread: int) -> None:
            count_strip(columns, first, last, tally, thread, ground)

        in_strips(self.engine.rows, self.threads, count_some, CHUNK)
        self.counts.gather()
        self._show_lists()

    def _show_lists(self) -> None:
        lists, counts = self.lists, self.counts
        lists.size, lists.ghosts, lists.out_of_area = counts.lists, counts.ghosts, counts.out_of_area
        lists.joiners = counts.joiners
        self.patients.replace(self.engine.columns, self.engine.rows)


def months_since_1970(day: datetime.date) -> int:
    """Months from January 1970 to the month of a date."""
    return (day.year - 1970) * 12 + day.month - 1


def month_date(number: int) -> datetime.date:
    """First day of a month counted from January 1970."""
    return datetime.date(1970 + number // 12, number % 12 + 1, 1)


def first_month(scenario: Scenario, region: Region) -> datetime.date:
    """First month of a run: the scenario's, or the one the region's register describes.

    Raises:
        InputError: not a month.
    """
    text = scenario.start or str(region.about.get("date", "2021-01-01"))
    try:
        day = datetime.date.fromisoformat(text if len(text) > 7 else f"{text}-01")
    except ValueError:
        raise InputError(f"start: found {text!r}, expected a month such as 2021-01") from None
    return day.replace(day=1)
