"""Designs: which scenarios are run, where, how long, with which seeds and over which parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from model.errors import InputError
from model.result_tables import RESULT_TABLES
from model.scenario_checks import suggest
from runs.experiment_sampling import Range, Sampling, check_range, check_sampling
from runs.experiment_vectors import LISTED

INTERVALS = ("t", "bootstrap")
LEAST_BOOTSTRAPPED = 20
"""Seeds from which percentiles of resampled means are told: 95% of them cover 93% of the time, with 10 seeds 90, with 3 75."""
LARGEST_SEED = 2**63 - 1
MOST_RUNS = 1_000_000
_THE_SAME_EVERYWHERE = {
    "months": "months = outside", "start": "set = { start = ... } outside", "seed": "seeds = outside",
    "region": "region = outside",
}  # fmt: skip
"""Keys no point may vary, and how they are written: runs of other months, seeds or regions are not compared."""
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One scenario of an experiment."""

    scenario: str
    """Name of one of the library, or a file."""
    name: str = ""
    """What it is called in the results; empty = the scenario's name."""
    set: dict[str, Any] = {}
    """Values laid on it."""


class Design(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An experiment as its file says it."""

    name: str = ""
    title: str = ""
    region: str = ""
    """A preset or a region folder; empty = each scenario's own."""
    months: int | None = None
    """None = each scenario's own."""
    seeds: int | list[int] = 1
    """How many (1, 2, ...), or which."""
    baseline: str = ""
    """Case the others are compared with; empty = the first."""
    measures: list[str] = []
    """Columns of the headline table, or commissioners.COLUMN."""
    tables: list[str] = []
    """Tables kept of every run; empty = all."""
    interval: str = "t"
    """Of INTERVALS: of Student's t, or bootstrap, which takes LEAST_BOOTSTRAPPED seeds."""
    confidence: float = 0.95
    scenarios: list[Case] = []
    set: dict[str, Any] = {}
    """Values laid on every scenario."""
    sampling: Sampling = Sampling()
    parameters: dict[str, Range] = {}
    """Values tried of each parameter."""

    @property
    def seed_list(self) -> list[int]:
        """The seeds, in order."""
        return list(range(1, self.seeds + 1)) if isinstance(self.seeds, int) else list(self.seeds)

    @property
    def kept(self) -> list[str]:
        """Tables kept of every run: those asked for, and those its measures are read from."""
        if not self.tables:
            return sorted(RESULT_TABLES)
        return sorted({*self.tables, "headline", *(table for table, _ in map(measured_in, self.measures))})


def measured_in(measure: str) -> tuple[str, str]:
    """Table and column of a measure."""
    table, dot, column = measure.rpartition(".")
    return (table, column) if dot else ("headline", measure)


def with_options(design: Design, options: Mapping[str, Any]) -> Design:
    """The design with options of the command line in place of what its file says.

    Raises:
        InputError: a value that does not fit.
    """
    given = {key: value for key, value in options.items() if value is not None}
    changed = msgspec.structs.replace(design, **given)
    check_design(changed, "options")
    return changed


def check_design(design: Design, where: str) -> None:
    """Refuse a design whose values do not fit each other or what there is, as far as its scenarios do not matter.

    Raises:
        InputError: the first mistake found; ``where`` is named as its place.
    """
    if not re.fullmatch(_NAME, design.name):
        raise InputError(f"{where}: name is {design.name!r}, expected letters, digits, dots, dashes and underscores")
    if not design.scenarios:
        raise InputError(f"{where}: no scenarios; add a table [[scenarios]] with scenario = a name or file")
    for case in design.scenarios:
        if case.name and not re.fullmatch(_NAME, case.name):
            raise InputError(
                f"{where}: scenario name is {case.name!r}, expected letters, digits, dots, dashes and underscores"
            )
    _check_seeds(design, where)
    for table in design.tables:
        if table not in RESULT_TABLES:
            raise InputError(f"{where}: tables: no table {table}{suggest(table, list(RESULT_TABLES))}")
    for measure in design.measures:
        check_measure(where, measure)
    _check_points(design, where)


def _check_seeds(design: Design, where: str) -> None:
    """Refuse seeds that are none, and intervals they are too few for."""
    seeds = design.seeds
    if isinstance(seeds, int):
        if not 1 <= seeds <= MOST_RUNS:
            raise InputError(f"{where}: seeds is {seeds}, expected how many (1 or more) or a list")
    elif not seeds or len(set(seeds)) < len(seeds) or not all(0 <= seed <= LARGEST_SEED for seed in seeds):
        raise InputError(f"{where}: seeds is {seeds}, expected different whole numbers from 0")
    if design.interval not in INTERVALS:
        raise InputError(f"{where}: interval is {design.interval!r}, expected {' or '.join(INTERVALS)}")
    number = len(design.seed_list)
    if design.interval == "bootstrap" and number < LEAST_BOOTSTRAPPED:
        raise InputError(
            f"{where}: interval is 'bootstrap' with {number} {'seed' if number == 1 else 'seeds'}, expected at least"
            f' {LEAST_BOOTSTRAPPED}: with fewer it is too narrow; give more seeds, or interval = "t"'
        )
    if not 0.5 <= design.confidence < 1:
        raise InputError(f"{where}: confidence is {design.confidence}, expected 0.5 to below 1, such as 0.95")


def _check_points(design: Design, where: str) -> None:
    """Refuse parameters that no point may vary, and values the sampling cannot take."""
    for key, outside in _THE_SAME_EVERYWHERE.items():
        if key in design.parameters:
            raise InputError(f"{where}: parameters: {key} is the same at every point of a design; write {outside}")
    check_sampling(f"{where}: sampling", design.sampling, len(design.parameters))
    for key, values in design.parameters.items():
        check_range(f"{where}: parameters: {key}", design.sampling.method, values)
    if (
        design.sampling.method == LISTED
        and len(lengths := {len(values.values) for values in design.parameters.values()}) > 1
    ):
        raise InputError(
            f"{where}: parameters: lists have {min(lengths)} to {max(lengths)} values, expected one for each point"
        )


def check_measure(where: str, measure: str) -> None:
    """Refuse a measure that no results have.

    Raises:
        InputError: which are known.
    """
    table, column = measured_in(measure)
    if table not in ("headline", "commissioners"):
        raise InputError(f"{where}: measure {measure}: expected a column of headline, or commissioners.COLUMN")
    known = [c.name for c in RESULT_TABLES[table].columns if c.kind in ("int", "float")]
    if column not in known:
        prefix = "" if table == "headline" else f"{table}."
        hint = suggest(column, known) or f"; such as {', '.join(known[:5])}"
        raise InputError(f"{where}: no measure {measure}{hint.replace('did you mean ', f'did you mean {prefix}')}")
