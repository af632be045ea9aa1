"""The registration model: a Mesa model whose month reads top to bottom like the schedule of the ODD protocol."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from model.commissioning.bodies import Authority, Commissioner
from model.commissioning.levels import build_levels
from model.commissioning.money import MoneyBook
from model.errors import InputError
from model.geography.network import network_of
from model.geography.open_region import open_region
from model.geography.region import Region
from model.geography.reserve import with_reserve
from model.geography.travel import Travel, load_travel
from model.monthly_model import MonthlyModel
from model.months import first_month, months_since_1970
from model.patients import choose
from model.patients.casemix import casemix_of
from model.patients.counts import Counts
from model.patients.digital_counts import count_turned_digital
from model.patients.engines import AgentEngine, ColumnEngine
from model.patients.options import apply_boundaries
from model.patients.patients import Patients
from model.patients.reassign import HomeRule
from model.patients.start import Beginning, begin, demographic_year, people_of
from model.patients.tally import CHUNK, count_strip
from model.patients.threads import in_strips, number_of_threads
from model.phases import unwatched
from model.policy_digital import awaited_practices
from model.providers.decisions import PracticeYear, decide_year
from model.providers.digital import DigitalMarket
from model.providers.federation import Federation
from model.providers.networks import PrimaryCareNetwork, networks_act
from model.providers.new_practice import open_in_reserve, places_in_reserve, providers_in, with_room
from model.providers.practice import Practice
from model.providers.transfers import Transfers
from model.providers.trust import Trust, place_trusts, trusts_act
from model.reach import reach_of
from model.recorder import MANY_PRACTICES, collector
from model.scenario import Scenario
from model.settling import let_lists_go_on_growing, settle_switching
from model.timeline import check_timeline, events_due

ENGINES = ("columns", "agents")


class RegistrationModel(MonthlyModel):
    """Competition for GP registrations in a region, month by month.

    Args:
        scenario: every parameter and the policy timeline; the default scenario where None.
        region: where it happens: a Region, or the name of a preset or folder; the scenario's where None.
        engine: ``columns`` (all patients at once) or ``agents`` (each a Mesa agent); the results are identical.
        travel_cache: folder for cached travel tables.
        travel: of the region and ``choice.candidates``, where it is loaded already; it is only read.
        seed: key of every random draw; the scenario's where None. Named here because Mesa's runner looks for it.
        **parameters: dotted or plain scenario keys to override, for notebooks and sweeps (``months=12``,
            ``choice__inertia=2.5``).

    Raises:
        InputError: an unknown engine, key or value.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        region: Region | str | Path | None = None,
        engine: str = "columns",
        travel_cache: Path | None = None,
        travel: Travel | None = None,
        seed: int | None = None,
        **parameters: Any,
    ) -> None:
        """Load travel, make the patients, count them, collect month 0."""
        from model.scenario_files import scenario_with

        region = str(region) if isinstance(region, Path) else region
        named = {"seed": seed, "region": region if isinstance(region, str) else None}
        parameters |= {key: value for key, value in named.items() if value is not None}
        scenario = scenario_with(scenario, parameters)
        super().__init__(scenario)
        if not isinstance(region, Region | str | None):
            raise InputError(f"region: found {region!r}, expected a Region, or the name of a preset or folder")
        if engine not in ENGINES:
            raise InputError(f"engine: found {engine!r}, expected one of {', '.join(ENGINES)}")
        published = open_region(scenario.region) if region is None or isinstance(region, str) else region
        self.start = first_month(scenario, published)
        self.month_number = months_since_1970(self.start)
        travel = travel or load_travel(published, travel_cache, scenario.choice.candidates)
        slots = places_in_reserve(scenario, published)
        self.practices_published = len(published.practices)
        self.region = with_reserve(published, slots)
        self.travel = with_room(travel)
        with ThreadPoolExecutor(1) as aside:  # the network of England takes a second, and nothing waits for it
            network = aside.submit(network_of, self.region, self.random)
            beginning = begin(self.region, self.travel, scenario, self.month_number, travel_cache, slots)
        self.edges, self.network = network.result()
        self._people_begin(beginning, engine)
        self._bodies_begin(beginning, slots)
        self._books_begin(beginning)
        self.datacollector = collector(practices=len(self.practices) <= MANY_PRACTICES)
        self.datacollector.collect(self)
        self._stop_when_lived()

    def _people_begin(self, beginning: Beginning, engine: str) -> None:
        """The patients of month 0, the rates they live by, the digital market and what counts them."""
        self.rates, self.lists, self.arrivals = beginning.rates, beginning.lists, beginning.arrivals
        self.world = beginning.world
        self._immigrants, self._returning = beginning.immigrants, beginning.returning
        self.extra_arrivals = np.zeros(len(self.region.authorities))
        self.threads = number_of_threads()
        self.lap: Callable[[str], None] = unwatched
        self.digital = DigitalMarket(self, providers_in(self.scenario, self.region))
        self.world = self.world._replace(digital=self.digital.tables)
        self.counts = Counts(self.region, self.threads, self.lists.provider, len(self.digital.tables.reach))
        self.engine: ColumnEngine | AgentEngine = (
            ColumnEngine(beginning.columns, beginning.rows)
            if engine == "columns"
            else AgentEngine(self, beginning.columns, beginning.rows)
        )

    def _bodies_begin(self, beginning: Beginning, slots: int) -> None:
        """Practices, the last ``slots`` of them places in reserve, and the bodies that answer for patients; and their set."""
        sites = [self.network[a] for a in self.region.practice_area[: self.practices_published].tolist()]
        self.practices = [Practice(self, p, cell) for p, cell in enumerate(sites + [None] * slots)]
        self.commissioners = [Commissioner(self, c) for c in range(len(self.region.commissioners))]
        self.authorities = [Authority(self, a) for a in range(len(self.region.authorities))]
        self.patients = Patients(self, self.engine.columns, self.engine.rows)
        self.levels = build_levels(self.region, self.scenario.networks, beginning.register, self.edges)
        self.successors = list(self.region.successors)
        self.transfers = Transfers(self)

    def _books_begin(self, beginning: Beginning) -> None:
        """Everybody counted, loads, cohorts, organisations and money of month 0; the timeline is looked through."""
        self.recount()
        self.lists.start_loads()
        settle_switching(self)
        let_lists_go_on_growing(self, beginning)
        self.digital.count_cohorts()
        self.practice_rules = self.scenario.practices
        self.practice_year = PracticeYear.begin(self)
        self.federations: list[Federation] = []
        self.networks: list[PrimaryCareNetwork] = []
        self.trust_share = 0.0
        self.trusts: list[Trust] = place_trusts(self)
        self.take_stock()
        self.money = MoneyBook(self)
        self.events: list[dict[str, Any]] = []
        check_timeline(self)
        self.awaited = awaited_practices(self)

    def step(self) -> None:
        """One month, in the order of ODD 3, also after the scenario's months, when ``running`` is False.

        Each ``lap`` tells a stop-watch, where there is one, what has been done.
        """
        if self._only_the_clock:
            return
        self.lap("")
        self.policy_due()
        self.lap("policy")
        self.providers_act()
        self.lap("providers")
        self.lists_change_hands()
        self.lap("transfers")
        self.patients_live()
        self.registers_follow_homes()
        self.lap("home rule")
        self.lists_and_flows()
        self.lap("gather")
        self.money_moves()
        self.lap("money")
        self.datacollector.collect(self)
        self.lap("collect")
        self._stop_when_lived()

    def watch_with(self, stop_watch: Callable[[str], None]) -> None:
        """Call ``stop_watch`` with the name of each phase when it ends (:class:`model.phases.StopWatch`)."""
        self.lap = self.engine.lap = stop_watch

    def policy_due(self) -> None:
        """Apply the rules and the timeline's events of this month, in the order they are written."""
        boundaries = self.scenario.boundaries
        if self.month == datetime.date(boundaries.out_of_area_from, 1, 1):
            self.lists.begin_out_of_area(boundaries.out_of_area_practices)
        events_due(self)
        if self.month.month == 7:
            self.demographic_year_begins()

    def demographic_year_begins(self) -> None:
        """Solve the levels of births, deaths and migration for the year to June, on who lives here now."""
        columns, rows = self.engine.columns, self.engine.rows
        people, deciders = people_of(columns, rows, self.month_number, self.region)
        year = demographic_year(self.month_number)
        self.world = self.world._replace(rates=self.rates.of_year(year, people, deciders, self.lists.switching()))
        self._immigrants = self.rates.immigrants(year, people.sum(axis=(1, 2, 3)).astype(np.float64))
        self.digital.count_cohorts()

    def providers_act(self) -> None:
        """Practices and their organisations decide, each April; satisfaction, open lists and appeal of the month are set."""
        lists, options = self.lists, self.world.options
        if self.month.month == 4:
            networks_act(self)
            trusts_act(self)
            decide_year(self)
        self.digital.hire()
        lists.settle_satisfaction(self.month_number)
        lists.lists_open(self.month_number)
        lists.turn_fortunes(self.month_number)
        self.rates.with_digital(*self.digital.prepare(options, bool(options.residence_only[0])))
        self.rates.with_switching(self.world.rates, lists.switching())
        if lists.changed:
            apply_boundaries(options, self.region, self.travel, self.scenario, lists)
        options.appeal[:] = lists.appeal()
        options.open[:] = lists.open & (lists.provider < 0)
        self.show_choices()
        self.world = self.world._replace(month=self.month_number)

    def show_choices(self) -> None:
        """Weigh what patients may choose among by the appeal and the open lists of the month."""
        options = self.world.options
        out_of_area = options.open & options.takes_out_of_area

        def refresh(first: int, last: int, _thread: int) -> None:
            choose.refresh_strip(first, last, options, out_of_area)

        in_strips(len(self.region.areas), self.threads, refresh)

    def lists_change_hands(self) -> None:
        """Patients of lists that merge, split or close go along or choose anew."""
        if self.transfers.waiting:
            self.engine.reassign(self.world, self.transfers.fates(), self.counts.ground, self.counts.tally)
            self.transfers.done()

    def patients_live(self) -> None:
        """Deaths, births, migration, moves, list cleaning, and everybody who reconsiders a registration."""
        self.engine.month(self.world, self.counts.ground, self.counts.tally, self.arrivals, self.arriving())

    def arriving(self) -> np.ndarray:
        """Immigrants expected in a month by authority, float64[L]: those not returning, and short-term ones."""
        short_term = 1.0 + self.scenario.demography.short_term_per_immigrant
        return np.maximum(self._immigrants - self._returning, 0.0) * short_term / 12.0 + self.extra_arrivals

    def registers_follow_homes(self) -> None:
        """Where policy says so, those registered with another commissioner than that of their home come home."""
        if self.transfers.residence_share > 0:
            rule = HomeRule(share=self.transfers.residence_share, refuge=self.transfers.refuges())
            self.engine.come_home(self.world, rule, self.counts.ground, self.counts.tally)
            self.transfers.residence_share = 0.0

    def money_moves(self) -> None:
        """At the start of a quarter the lists are looked at by age and need, and payments follow."""
        if self.month.month in (1, 4, 7, 10):
            self.take_stock()
            self.lap("case-mix")
            self.money.quarter(self)

    def take_stock(self) -> None:
        """Count everybody by age, need, place and list (:class:`model.patients.casemix.CaseMix`), and GPs within reach."""
        self.casemix, self.reach = casemix_of(self), reach_of(self)
        # Networks may form and with them other neighbourhoods before people are counted again.
        self.neighbourhoods_counted = self.levels.neighbourhoods

    def lists_and_flows(self) -> None:
        """Lists, flows and causes of the month are gathered; the next month begins."""
        self.counts.gather()
        self.month_number += 1
        self.show_lists()

    def recount(self) -> None:
        """Count every patient from nothing: at the start, and after patients were changed by hand."""
        self.counts.clear()
        columns, tally, ground = self.engine.columns, self.counts.tally, self.counts.ground

        def count_some(first: int, last: int, thread: int) -> None:
            count_strip(columns, first, last, tally, thread, ground)

        in_strips(self.engine.rows, self.threads, count_some, CHUNK)
        self.counts.gather()
        self.show_lists()

    def open_practice(
        self, area: int, kind: str = "gp", commissioner: int | None = None, gps: float = 2.0, name: str = ""
    ) -> int:
        """A practice opens in an area, in a place kept in reserve; returns its position (:func:`open_in_reserve`)."""
        return open_in_reserve(self, area, kind, commissioner, gps, name)

    def count_digital(self, practice: int) -> None:
        """Count a list that has become a digital provider's."""
        if hasattr(self, "counts"):
            count_turned_digital(self.engine.columns, self.engine.rows, practice, self.counts.ground, self.counts.tally)
            self.counts.gather_stocks()

    def merge_commissioners(self, groups: list[tuple[list[str], str]]) -> None:
        """Commissioners become one, from this month: (the old codes, the new one) of each; only boundaries change."""
        for olds, new in groups:
            self.successors += [(old, self.month.isoformat(), new) for old in olds if old != new]

    def show_lists(self) -> None:
        """Let lists and the set of patients show the counts and rows there are now."""
        lists, counts = self.lists, self.counts
        lists.size, lists.ghosts, lists.out_of_area = counts.lists, counts.ghosts, counts.out_of_area
        lists.joiners = counts.joiners
        self.patients.replace(self.engine.columns, self.engine.rows)
