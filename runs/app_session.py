"""One visitor's run: what was chosen, the model made of it, and how far it has come. Knows nothing of browsers.

Every visitor has a Session of their own, so that two at once never meet. What sessions share, regions and the shapes
of their maps, is never written to.
"""

from __future__ import annotations

import datetime
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from model.errors import InputError
from model.months import months_later
from runs import library
from runs.app_levers import events_of
from runs.idle_events import idle_events
from runs.register_months import from_another_month

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.scenario import Scenario
    from runs.app_areas import AreaCounts

PRESETS = ("town", "metro", "england")
LONGEST, LATEST_START = 600, 60
"""Most months a visitor may run, and after which levers may act."""


class OfferedRegions:
    """Regions visitors choose among by name: the presets and the folders the server was started with."""

    def __init__(self, folders: tuple[str, ...] = ()) -> None:
        """Name each folder by its last part; a number is added where two are called the same."""
        self.by_name: dict[str, str] = {}
        for given in folders:
            if given in PRESETS:
                self.by_name[given] = given
                continue
            name, count = Path(given).resolve().name, 1
            unique = name
            while unique in self.by_name or unique in PRESETS:
                count += 1
                unique = f"{name} ({count})"
            self.by_name[unique] = given
        self.given = tuple(self.by_name)
        self.first = self.given[0] if self.given else "metro"
        for preset in PRESETS:
            self.by_name.setdefault(preset, preset)

    def __iter__(self):
        """Names, those the server was started with first."""
        return iter(self.by_name)

    def open(self, name: str) -> Region:
        """The region of a name.

        Raises:
            InputError: a name that is not offered, or a wrong region.
        """
        if name not in self.by_name:
            raise InputError(f"region {name!r}: not offered here, expected one of {', '.join(self.by_name)}")
        return _opened(self.by_name[name])


@lru_cache(maxsize=3)
def _opened(name: str) -> Region:
    from model.geography.open_region import open_region

    return open_region(name)


@dataclass(frozen=True)
class Choices:
    """What a visitor has chosen; with the versions it says everything about a run."""

    scenario: str = "default"
    region: str = "metro"
    months: int = 120
    seed: int = 1
    levers: dict[str, float] = field(default_factory=dict)
    """Strength by name of the levers that are on."""
    after: int = 3
    """Months from the start until the levers act."""

    @property
    def run(self) -> str:
        """Which run it is, in a few words."""
        levers = f", {len(self.levers)} lever{'s' * (len(self.levers) > 1)}" if self.levers else ""
        return f"{self.scenario}{levers}, {self.region}, seed {self.seed}"

    def check(self) -> None:
        """Refuse what no control offers.

        Raises:
            InputError: a number out of range.
        """
        for label, value, low, high in (
            ("Months", self.months, 1, LONGEST),
            ("Seed", self.seed, 0, 2**63 - 1),
            ("Levers act after", self.after, 0, LATEST_START),
        ):
            if not low <= value <= high:
                raise InputError(f"{label}: found {value}, expected a whole number from {low} to {high}")


def scenario_of(choices: Choices, region: Region) -> Scenario:
    """The scenario of what was chosen: one of the library with its months, seed and levers.

    Raises:
        InputError: no scenario of the library is called so, a number out of range, an unknown lever.
    """
    from model.months import first_month
    from model.scenario_files import with_values

    choices.check()
    if choices.scenario not in scenario_names():
        raise InputError(f"scenario {choices.scenario!r}: not in the library; choose one from the list")
    options = {"months": choices.months, "seed": choices.seed}
    scenario = library.load(choices.scenario, options=options)
    start = first_month(scenario, region)
    events = events_of(choices.levers, months_later(start, choices.after))
    return with_values(scenario, {"timeline": [*scenario.timeline, *events]}) if events else scenario


def scenario_names() -> list[str]:
    """Names of the library's scenarios, in its order."""
    return list(titles())


@lru_cache(maxsize=1)
def titles() -> dict[str, tuple[str, str]]:
    """Title and question of the library's scenarios, by name."""
    return {scenario.name: (scenario.title, " ".join(scenario.question.split())) for scenario in library.library()}


@lru_cache(maxsize=1)
def lengths() -> dict[str, int]:
    """Months of the library's scenarios, by name."""
    return {scenario.name: scenario.months for scenario in library.library()}


class Session:
    """A run being watched. ``lock`` is held while the model changes and while it is read.

    Attributes:
        choices: what the present model was made of.
        model: the model as it stands.
        region: the published region it is set in.
        notes: that people are of another month than the run's first, and which events do nothing, as sentences.
        run: counts the models made, so that drawings know when everything has changed.
    """

    def __init__(self, offered: OfferedRegions, choices: Choices) -> None:
        """Make the first model.

        Raises:
            InputError: see :meth:`restart`.
        """
        self.offered = offered
        self.lock = threading.RLock()
        self.run = 0
        self.diary: list[tuple[datetime.date, str]] = []
        self.followed: int | None = None
        self.restart(choices)

    def restart(self, choices: Choices) -> None:
        """Make a new model of what was chosen; where that cannot be done the present one stays.

        Raises:
            InputError: something chosen does not fit the region, or is out of range.
        """
        from model.model import RegistrationModel

        region = self.offered.open(choices.region)
        scenario = scenario_of(choices, region)
        model = RegistrationModel(scenario, region=region)
        with self.lock:
            other = from_another_month(model.start, region.about)
            self.notes = [f"This run {other}."] if other else []
            if idle := idle_events(scenario, model.start):
                self.notes.append(f"In this run {'; '.join(idle)}.")
            self.choices, self.region, self.model = choices, region, model
            self.run += 1
            self.elapsed = 0
            self.followed, self.diary = None, []
            self._counted: tuple[int, AreaCounts] | None = None

    @property
    def finished(self) -> bool:
        """Whether all months chosen have passed."""
        return self.elapsed >= self.choices.months

    @property
    def version(self) -> tuple[int, int]:
        """Run and month: what drawings of the model hang on."""
        return self.run, self.elapsed

    def step(self) -> None:
        """One month, unless the run is over."""
        from runs.app_patients import note

        with self.lock:
            if self.finished:
                return
            before = None if self.followed is None else note(self.model, self.followed)
            self.model.step()
            self.elapsed += 1
            if before is not None and self.followed is not None:
                self._write_diary(before)

    def follow(self, row: int) -> None:
        """Follow a patient from now on.

        Raises:
            InputError: no patient has this number.
        """
        from runs.app_patients import story

        with self.lock:
            if not 0 <= row < self.model.engine.rows:
                raise InputError(
                    f"patient {row}: found no such patient, expected a number from 0 to {self.model.engine.rows - 1}"
                )
            self.followed = row
            self.diary = [(self.model.month, story(self.model, row))]

    def leave(self) -> None:
        """Follow nobody."""
        with self.lock:
            self.followed, self.diary = None, []

    def counts(self) -> AreaCounts:
        """Residents of each area counted by where they are registered, once a month."""
        from runs.app_areas import count_areas

        with self.lock:
            if self._counted is None or self._counted[0] != self.elapsed:
                self._counted = (self.elapsed, count_areas(self.model))
            return self._counted[1]

    def _write_diary(self, before: dict[str, str]) -> None:
        from runs.app_patients import changes

        assert self.followed is not None
        for line in changes(self.model, self.followed, before):
            self.diary.append((self.model.month, line))
