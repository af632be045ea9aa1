"""What an experiment runs, completely: every scenario with every value, and the identity of each run.

A run is known by the hash of its complete scenario, its seed, the content of its region and the version of the model.
Whatever asks for the same run later finds it done; whatever changes a result changes the identity.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

import model
from model.errors import InputError
from model.manifest import version
from model.months import first_month
from model.scenario import Scenario
from runs.experiment_design import MOST_RUNS, Design
from runs.experiment_sampling import number_of_points, points_of
from runs.experiment_settings import has_event, laid_on
from runs.idle_events import tell_idle_events

if TYPE_CHECKING:
    from model.geography.region import Region

_WORDS = {"title": "", "question": "", "against": "", "region": ""}
"""What a scenario says about itself changes no result; a region is known by its content, not its name."""


class Run(NamedTuple):
    """One run of an experiment."""

    id: str
    scenario: str
    """Name of its case."""
    point: int
    """Position of its values in the design, from 0."""
    seed: int


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """An experiment ready to be run; what ``experiment.json`` holds."""

    design: Design
    cases: dict[str, list[Scenario]]
    """By name, the complete scenario at each point."""
    points: list[dict[str, Any]]
    """Values by parameter at each point."""
    regions: dict[str, str]
    """By name of a region as scenarios have it, the digest of its content."""
    model: str
    """Version of the model."""

    @property
    def baseline(self) -> str:
        """Name of the case the others are compared with."""
        return self.design.baseline or next(iter(self.cases))

    def runs(self) -> Iterator[Run]:
        """Every run, seed by seed: whenever it stops, whole sets of comparable runs are there.

        Points that lay nothing on a scenario share its run: each such run comes once for every point, under one identity.
        """
        stems = {
            (name, point): identity(scenario, self.regions[scenario.region], self.model)
            for name, scenarios in self.cases.items()
            for point, scenario in enumerate(scenarios)
        }
        for seed in self.design.seed_list:
            for (name, point), stem in stems.items():
                digest = stem.copy()
                digest.update(f";seed={seed}".encode())
                yield Run(digest.hexdigest(), name, point, seed)

    def different_runs(self) -> list[Run]:
        """Every run once."""
        return list({run.id: run for run in reversed(list(self.runs()))}.values())[::-1]

    def scenario_of(self, run: Run) -> Scenario:
        """The complete scenario of a run."""
        return msgspec.structs.replace(self.cases[run.scenario][run.point], seed=run.seed)


def identity(scenario: Scenario, region: str, model_version: str) -> Any:
    """Hash of everything but the seed."""
    bare = msgspec.structs.replace(scenario, seed=0, **_WORDS)
    digest = hashlib.blake2b(digest_size=10)
    digest.update(msgspec.json.encode(bare, order="deterministic"))
    digest.update(f";region={region};model={model_version}".encode())
    return digest


def make_plan(design: Design, regions: Mapping[str, Region] | None = None) -> Plan:
    """Resolve a design: load scenarios, open regions, lay values on, and check all of it.

    Events that fall outside their run are told on standard error.

    Args:
        design: checked by itself.
        regions: opened already, by name; others are opened.

    Raises:
        InputError: a scenario, value, event or region that does not fit; nothing has been run or written.
    """
    from model.geography.open_region import open_region

    number = number_of_points(design.sampling, design.parameters) * len(design.scenarios) * len(design.seed_list)
    if number > MOST_RUNS:
        raise InputError(f"{design.name}: asks for {number:,} runs, expected at most {MOST_RUNS:,}")
    points = points_of(design.sampling, design.parameters)
    cases = _cases(design, points)
    opened = dict(regions or {})
    for name in sorted({scenario.region for scenarios in cases.values() for scenario in scenarios}):
        if name not in opened:
            opened[name] = open_region(name)
    for name, scenarios in cases.items():
        for scenario in scenarios:
            _check_events(design.name, name, scenario, opened[scenario.region])
        first = scenarios[0]
        tell_idle_events(first, first_month(first, opened[first.region]), f"{design.name}: {name}")
    return Plan(
        design=design,
        cases=cases,
        points=points,
        regions={name: region.digest for name, region in opened.items()},
        model=model_version(),
    )


def _cases(design: Design, points: Sequence[Mapping[str, Any]]) -> dict[str, list[Scenario]]:
    """The scenario of each case at each point, by the case's name."""
    bases: dict[str, Scenario] = {}
    for name, scenario in _bases(design):
        if name in bases:
            raise InputError(f"{design.name}: two scenarios are called {name}; give one a name = of its own")
        bases[name] = scenario
    elsewhere = {key for key in design.parameters if any(has_event(scenario, key) for scenario in bases.values())}
    cases: dict[str, list[Scenario]] = {}
    for name, scenario in bases.items():
        # A field of an event is varied where there is the event; the baseline mostly has none.
        varied = [key for key in design.parameters if key not in elsewhere or has_event(scenario, key)]
        for key in varied:  # the bounds themselves: more samples may come nearer to them than these
            for value in design.parameters[key].on_a_grid():
                _at(design, name, scenario, {key: value})
        cases[name] = [_at(design, name, scenario, {key: point[key] for key in varied}) for point in points]
    if design.baseline and design.baseline not in cases:
        raise InputError(f"{design.name}: baseline is {design.baseline!r}, expected one of {', '.join(cases)}")
    if len({scenarios[0].months for scenarios in cases.values()}) > 1:
        told = ", ".join(f"{name} {scenarios[0].months}" for name, scenarios in cases.items())
        raise InputError(f"{design.name}: scenarios differ in months ({told}); give months = in the design")
    return cases


def _bases(design: Design) -> Iterator[tuple[str, Scenario]]:
    """Name and scenario of each case, before values of points are laid on."""
    from runs.library import load

    for case in design.scenarios:
        scenario = load(case.scenario)
        name = case.name or scenario.name
        place = {"name": name}
        if design.region:
            place["region"] = design.region
        scenario = msgspec.structs.replace(scenario, **place)
        months = {} if design.months is None else {"months": design.months}
        yield name, _told(f"{design.name}: {name}", scenario, {**months, **design.set, **case.set})


def _at(design: Design, name: str, scenario: Scenario, point: Mapping[str, Any]) -> Scenario:
    """The scenario at a point of the design."""
    values = {key: design.parameters[key].settings(value) for key, value in point.items()}
    return _told(f"{design.name}: {name}", scenario, values) if values else scenario


def _told(place: str, scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """The scenario with values laid on it; what does not fit is told with its place in the design."""
    outside = {"seed": "seeds = outside", "region": "region = outside", "name": "the table's own key"}
    if wrong := [key for key in settings if key in outside]:
        raise InputError(f"{place}: {wrong[0]} is set by the design itself; write {outside[wrong[0]]}")
    try:
        return laid_on(scenario, settings)
    except InputError as mistake:
        raise InputError(f"{place}: {str(mistake).removeprefix('parameters: ')}") from None


def _check_events(design: str, name: str, scenario: Scenario, region: Region) -> None:
    """Let each event refuse what this region does not have: before a run is begun, not ten minutes into it."""
    setting: Any = SimpleNamespace(scenario=scenario, region=region, start=first_month(scenario, region))
    for event in scenario.timeline:
        try:
            event.check(setting)
        except InputError as mistake:
            raise InputError(f"{design}: {name}: {mistake}") from None


@cache
def model_version() -> str:
    """Version of the package and a hash of every source file of the model: another model is another experiment."""
    digest = hashlib.blake2b(digest_size=6)
    here = Path(model.__file__).parent
    for file in sorted(here.rglob("*.py")):
        text = file.read_bytes().replace(b"\r\n", b"\n")
        digest.update(file.relative_to(here).as_posix().encode() + b"\0" + text + b"\0")
    return f"{version('gpdrift') or '0'}+{digest.hexdigest()}"
