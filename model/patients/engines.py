"""Two ways to run the same month: over the columns in parallel, or agent by agent. Both call the same functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import mesa
import numpy as np

from model.patients.arrivals import Arrivals, immigrant, numbers_arriving
from model.patients.columns import FOLLOWS, NONE, Columns, Row, grown, lives_here, write_row
from model.patients.decide import World, arrive, decide
from model.patients.dependants import Dependants, list_dependants
from model.patients.draws import event_draw
from model.patients.following import be_born, changes_family, follow
from model.patients.happenings import BIRTH, IMMIGRATION, NOTHING
from model.patients.month import (
    admit_strip,
    bear_strip,
    decide_strip,
    follow_listed_strip,
    follow_strip,
    make_scratch,
)
from model.patients.rates import ADULT_MONTHS, row_bounds
from model.patients.reassign import (
    DISPERSE,
    STAY,
    Fates,
    HomeRule,
    come_home,
    come_home_child,
    come_home_strip,
    reassign,
    reassign_child,
    reassign_strip,
)
from model.patients.tally import CHUNK, Ground, Tally, record, record_new
from model.patients.threads import in_strips
from model.phases import unwatched

if TYPE_CHECKING:
    from model.model import RegistrationModel


class ColumnEngine:
    """All patients at once, over the columns."""

    def __init__(self, columns: Columns, rows: int) -> None:
        """``rows`` of the columns are in use."""
        self.columns, self.rows = columns, rows
        self.lap: Callable[[str], None] = unwatched
        self._dependants: Dependants | None = None

    def dependants(self, month: int, threads: int) -> Dependants:
        """The children who follow their mothers, listed anew where the list has aged."""
        if self._dependants is None or not self._dependants.holds(self.columns, self.rows, month):
            self._dependants = None  # before the new one is made, not to hold both
            self._dependants = list_dependants(self.columns, self.rows, month, threads)
        return self._dependants

    def make_room(self, more: int) -> None:
        """Grow the columns where ``more`` rows would not fit."""
        if self.rows + more > len(self.columns.born):
            self.columns = grown(self.columns, self.rows, int((self.rows + more) * 1.1) // 8 * 8 + 4096)

    def month(self, world: World, ground: Ground, tally: Tally, arrivals: Arrivals, expected: np.ndarray) -> None:
        """One month: decisions, dependants, births, immigrants.

        ``expected`` float64[L] is the number of immigrants expected by authority.
        """
        threads = len(tally.lists)
        scratch = [make_scratch() for _ in range(threads)]
        bounds = row_bounds(world.rates.bound)
        rows = self.rows
        family = np.zeros((rows + 7) // 8, np.uint8)
        births = np.zeros((rows + 7) // 8, np.uint8)
        births_by_chunk = np.zeros((rows + CHUNK - 1) // CHUNK, np.int64)
        dependants = self.dependants(world.month, threads)

        def decide_some(first: int, last: int, thread: int) -> None:
            decide_strip(
                self.columns,
                first,
                last,
                world,
                ground,
                tally,
                thread,
                scratch[thread],
                bounds,
                family,
                births,
                births_by_chunk,
            )

        def follow_listed(first: int, last: int, thread: int) -> None:
            child, mother = dependants.child, dependants.mother
            follow_listed_strip(self.columns, first, last, world.month, ground, tally, thread, family, child, mother)

        def follow_later(first: int, last: int, thread: int) -> None:
            first, last = dependants.rows + first, dependants.rows + last
            follow_strip(self.columns, first, last, world.month, ground, tally, thread, family)

        def bear_some(first: int, last: int, thread: int) -> None:
            child = rows + int(starts[first // CHUNK])
            bear_strip(self.columns, first, last, child, world, ground, tally, thread, births)

        def admit_some(first: int, last: int, thread: int) -> None:
            admit_strip(self.columns, first, last, self.rows, world, ground, tally, thread, arrivals, going_to)

        in_strips(rows, threads, decide_some, CHUNK)
        self.lap("decide")
        in_strips(len(dependants.child), threads, follow_listed, CHUNK)
        in_strips(rows - dependants.rows, threads, follow_later, CHUNK)
        self.lap("follow")
        starts = np.concatenate([[0], np.cumsum(births_by_chunk)])
        self.make_room(int(starts[-1]))
        in_strips(rows, threads, bear_some, CHUNK)
        self.rows += int(starts[-1])
        self.lap("births")
        numbers = numbers_arriving(world.seed, world.month, expected)
        going_to = np.repeat(np.arange(len(numbers), dtype=np.int32), numbers)
        self.make_room(len(going_to))
        in_strips(len(going_to), threads, admit_some)
        self.rows += len(going_to)
        self.lap("arrivals")

    def reassign(self, world: World, fates: Fates, ground: Ground, tally: Tally) -> None:
        """Patients of lists that merge, split or close: everybody, then the children of closed lists."""
        closing = bool((fates.kind == DISPERSE).any())
        for children in (False, True) if closing else (False,):

            def some(first: int, last: int, thread: int, children: bool = children) -> None:
                reassign_strip(self.columns, first, last, world, fates, ground, tally, thread, children)

            in_strips(self.rows, len(tally.lists), some, CHUNK)

    def come_home(self, world: World, rule: HomeRule, ground: Ground, tally: Tally) -> None:
        """Those registered elsewhere come home: everybody, then children."""
        for children in (False, True):

            def some(first: int, last: int, thread: int, children: bool = children) -> None:
                come_home_strip(self.columns, first, last, world, rule, ground, tally, thread, children)

            in_strips(self.rows, len(tally.lists), some, CHUNK)


class PatientAgent(mesa.Agent):
    """One patient as an ordinary Mesa agent: slow to run, plain to read. Its state is a :class:`Row`."""

    def __init__(self, model: RegistrationModel, number: int, state: Row) -> None:
        """Patient ``number`` in the state given."""
        super().__init__(model)
        self.number = number
        self.state = state
        self.happened = NOTHING

    def live_a_month(self, world: World, ground: Ground, tally: Tally) -> None:
        """Decide, on the state of the world at the start of the month."""
        u, v = event_draw(world.seed, self.number, world.month)
        before = self.state
        after, happened = decide(self.number, before, u, v, world)
        self.happened = int(happened)
        if happened not in (NOTHING, BIRTH):
            self.state = Row(*after)
            record(tally, 0, before, self.state, happened, ground)

    def follow_mother(self, world: World, ground: Ground, tally: Tally, everyone: list[PatientAgent]) -> None:
        """Go where the mother went, if this is a child who follows her and she moved or re-registered."""
        state = self.state
        if not state.flags & FOLLOWS or not lives_here(state.flags) or world.month - state.born >= ADULT_MONTHS:
            return
        mother = everyone[state.mother]
        if changes_family(mother.happened):
            after, happened = follow(state, mother.state, world.month)
            self.state = Row(*after)
            record(tally, 0, state, self.state, happened, ground)

    def go_along(
        self, world: World, fates: Fates, ground: Ground, tally: Tally, everyone: list[PatientAgent], children: bool
    ) -> None:
        """What happens to a patient whose list merges, splits or closes."""
        state = self.state
        if state.practice == NONE or fates.kind[state.practice] == STAY:
            return
        child = fates.kind[state.practice] == DISPERSE and lives_here(state.flags) and self.follows(world.month)
        if child == children:
            mother = everyone[state.mother].state if child else state
            if child:
                after, happened = reassign_child(self.number, state, mother, world, fates)
            else:
                after, happened = reassign(self.number, state, world, fates)
            self.become(after, happened, tally, ground)

    def go_home(
        self, world: World, rule: HomeRule, ground: Ground, tally: Tally, everyone: list[PatientAgent], children: bool
    ) -> None:
        """Register with the commissioner of the home, where policy asks for it."""
        state = self.state
        if state.practice == NONE or self.follows(world.month) != children:
            return
        if children:
            mother = everyone[state.mother].state
            after, happened = come_home_child(self.number, state, mother, world, rule)
        else:
            after, happened = come_home(self.number, state, world, rule)
        self.become(after, happened, tally, ground)

    def follows(self, month: int) -> bool:
        """Whether this is a child who registers with its mother."""
        return bool(self.state.flags & FOLLOWS) and month - self.state.born < ADULT_MONTHS

    def become(self, after: Row, happened: int, tally: Tally, ground: Ground) -> None:
        """Take a new state, and count the change."""
        if happened != NOTHING:
            before, self.state = self.state, Row(*after)
            record(tally, 0, before, self.state, happened, ground)


class AgentEngine:
    """One patient after the other, each a Mesa agent, through ``AgentSet.do``."""

    def __init__(self, model: RegistrationModel, columns: Columns, rows: int) -> None:
        """Make an agent of every row."""
        self.model = model
        self._store, self.rows = columns, rows
        self.lap: Callable[[str], None] = unwatched
        self.everyone = [PatientAgent(model, i, Row(*(int(c[i]) for c in columns))) for i in range(rows)]

    @property
    def columns(self) -> Columns:
        """The agents' states as columns, written when asked for."""
        if self.rows > len(self._store.born):
            self._store = grown(self._store, 0, int(self.rows * 1.1) + 4096)
        for agent in self.everyone:
            write_row(self._store, agent.number, agent.state)
        return self._store

    def reassign(self, world: World, fates: Fates, ground: Ground, tally: Tally) -> None:
        """Patients of lists that merge, split or close: everybody, then the children of closed lists."""
        closing = bool((fates.kind == DISPERSE).any())
        for children in (False, True) if closing else (False,):
            for agent in self.everyone:
                agent.go_along(world, fates, ground, tally, self.everyone, children)

    def come_home(self, world: World, rule: HomeRule, ground: Ground, tally: Tally) -> None:
        """Those registered elsewhere come home: everybody, then children."""
        for children in (False, True):
            for agent in self.everyone:
                agent.go_home(world, rule, ground, tally, self.everyone, children)

    def adopt(self, rows: np.ndarray) -> None:
        """Take the states of these rows of the columns, int[n], changed by hand, over into their agents."""
        for row in rows.tolist():
            self.everyone[row].state = Row(*(int(column[row]) for column in self._store))

    def month(self, world: World, ground: Ground, tally: Tally, arrivals: Arrivals, expected: np.ndarray) -> None:
        """One month: decisions, dependants, births, immigrants; ``expected`` of these by authority, float64[L]."""
        patients = self.model.agents_by_type[PatientAgent]
        patients.do("live_a_month", world, ground, tally)
        patients.do("follow_mother", world, ground, tally, self.everyone)
        mothers = [agent for agent in self.everyone if agent.happened == BIRTH]
        for mother in mothers:
            number = len(self.everyone)
            row = Row(*be_born(number, mother.number, mother.state, world))
            self.everyone.append(PatientAgent(self.model, number, row))
            record_new(tally, 0, row, BIRTH, ground)
        numbers = numbers_arriving(world.seed, world.month, expected)
        for authority in np.repeat(np.arange(len(numbers), dtype=np.int32), numbers):
            number = len(self.everyone)
            born, female, home, short, registers, need = immigrant(
                world.seed, number, world.month, authority, arrivals, world.moves
            )
            row = Row(*arrive(number, born, female, home, short, registers, need, world))
            self.everyone.append(PatientAgent(self.model, number, row))
            record_new(tally, 0, row, IMMIGRATION, ground)
        self.rows = len(self.everyone)
        self.lap("decide")
