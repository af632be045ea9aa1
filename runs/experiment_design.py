"""Design files: which scenarios are run, where, how long, with which seeds and over which parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from model.errors import InputError
from model.result_tables import RESULT_TABLES
from model.scenario_checks import suggest
from model.toml_files import read_toml
from runs.experiment_sampling import Range, Sampling, check_range, check_sampling
from runs.experiment_vectors import LISTED, vectors_from

FOLDER = Path(__file__).parent / "experiments"
"""Designs that come with gpdrift."""
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
_KINDS = {
    "int": "a whole number", "float": "a number", "str": "text", "bool": "true or false", "array": "a list",
    "object": "a table",
}  # fmt: skip
"""Kinds of value as people call them."""
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


def load_design(name_or_path: str | Path) -> Design:
    """Read a design file: one of gpdrift's own by name, or any TOML file.

    Raises:
        InputError: no such file, not TOML, or something in it does not fit.
    """
    path = find_design(name_or_path)
    content = read_toml(path)
    content.setdefault("name", path.stem)
    return design_of(content, path.name, path.parent)


def find_design(name_or_path: str | Path) -> Path:
    """File of a design: any ``.toml`` file, or the name of one of gpdrift's own.

    Raises:
        InputError: there is none.
    """
    path = Path(name_or_path)
    if path.suffix == ".toml" or len(path.parts) > 1:
        if path.is_file():
            return path
        raise InputError(f"{path}: no such design file")
    known = sorted(file.stem for file in FOLDER.glob("*.toml"))
    if str(name_or_path) in known:
        return FOLDER / f"{name_or_path}.toml"
    hint = suggest(str(name_or_path), known) or f"; known designs are {', '.join(known)}"
    raise InputError(f"no design is called {str(name_or_path)!r}{hint}; or give a TOML file")


def design_of(content: Mapping[str, Any], where: str, folder: Path | None = None) -> Design:
    """The design a table of TOML describes, checked as far as can be without its scenarios and region.

    Args:
        content: the tables.
        where: what errors name as their place.
        folder: where scenario files and region folders are looked for first.

    Raises:
        InputError: the first mistake found.
    """
    tables = dict(content)
    _known(where, tables, Design)
    cases = tables.get("scenarios", [])
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise InputError(f"{where}: scenarios is a list; write each as a table [[scenarios]]")
    for number, case in enumerate(cases, 1):
        _known(f"{where}: scenario {number}", case, Case)
        _table(f"{where}: scenario {number}", case, "set")
    if isinstance(tables.get("sampling"), dict):
        _known(f"{where}: sampling", tables["sampling"], Sampling)
    for name in ("set", "parameters"):
        _table(where, tables, name)
    if "from" in tables.get("parameters", {}):
        tables |= _from_file(where, tables, folder)
    tables["set"] = _flat(tables.get("set", {}))
    tables["scenarios"] = [{**case, "set": _flat(case.get("set", {}))} for case in cases]
    tables["parameters"] = {
        key: {"values": values} if isinstance(values, list) else values
        for key, values in _flat(tables.get("parameters", {}), stop=Range.__struct_fields__).items()
    }
    for key, values in tables["parameters"].items():
        if not isinstance(values, dict):
            raise InputError(
                f"{where}: parameters: {key} is {values!r}, expected a list of values, or {{ low = ..., high = ... }}"
            )
        _known(f"{where}: parameters: {key}", values, Range)
        _converted(f"{where}: parameters: {key}", values, Range)
    design = _converted(where, tables, Design)
    _check(design, where)
    return _with_places(design, folder) if folder else design


def with_options(design: Design, options: Mapping[str, Any]) -> Design:
    """The design with options of the command line in place of what its file says.

    Raises:
        InputError: a value that does not fit.
    """
    given = {key: value for key, value in options.items() if value is not None}
    changed = msgspec.structs.replace(design, **given)
    _check(changed, "options")
    return changed


def _known(place: str, table: Mapping[str, Any], kind: type[msgspec.Struct]) -> None:
    """Refuse unknown keys."""
    for key in table:
        if key not in kind.__struct_fields__:
            known = list(kind.__struct_fields__)
            raise InputError(f"{place}: unknown key {key}{suggest(key, known) or '; known are ' + ', '.join(known)}")


def _converted[Kind: msgspec.Struct](place: str, tables: Mapping[str, Any], kind: type[Kind]) -> Kind:
    """A part of a design from its tables; the first value of another type is refused."""
    try:
        return msgspec.convert(tables, kind)
    except msgspec.ValidationError as mistake:
        said = str(mistake)
    if lacking := re.fullmatch(r"Object missing required field `(\w+)` - at `\$\.?(.*)`", said):
        raise InputError(f"{place}: {lacking[2]}: {lacking[1]} is missing; add {lacking[1]} = ... to it")
    told = re.fullmatch(r"Expected `(.+)`, got `.+` - at `\$\.?(.+)`", said)
    if told is None or "..." in told[2]:
        raise InputError(f"{place}: {said}")
    found: Any = tables
    for step in re.findall(r"\w+", told[2]):
        found = found[int(step)] if isinstance(found, list) else found[step]
    kinds = [_KINDS[name] for name in told[1].split(" | ") if name in _KINDS]
    raise InputError(f"{place}: {told[2]} is {found!r}, expected {' or '.join(kinds)}")


def _table(place: str, table: Mapping[str, Any], name: str) -> None:
    """Refuse anything but a table under a key that holds values by name."""
    if not isinstance(table.get(name, {}), dict):
        raise InputError(
            f"{place}: {name} is {table[name]!r}, expected a table such as {name} = {{ choice.inertia = 2.0 }}"
        )


def _from_file(where: str, tables: Mapping[str, Any], folder: Path | None) -> dict[str, Any]:
    """Parameters and sampling of a design whose vectors are listed in a file."""
    others = [key for key in tables["parameters"] if key != "from"]
    if others or tables.get("sampling"):
        more = f"parameters: {others[0]}" if others else "sampling"
        raise InputError(f"{where}: {more} beside parameters: from; the file lists whole vectors, leave the other out")
    named = tables["parameters"]["from"]
    if not isinstance(named, str):
        raise InputError(f"{where}: parameters: from is {named!r}, expected the name of a Parquet file")
    beside = folder / named if folder else Path(named)
    file = beside if beside.exists() else Path(named)
    return {"parameters": vectors_from(file, where), "sampling": {"method": LISTED}}


def _flat(table: Any, prefix: str = "", stop: tuple[str, ...] = ()) -> dict[str, Any]:
    """Values by dotted key: TOML reads an unquoted ``choice.inertia`` as a table in a table."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict) and not (set(value) & set(stop)):
            flat |= _flat(value, f"{prefix}{key}.", stop)
        else:
            flat[prefix + key] = value
    return flat


def _check(design: Design, where: str) -> None:
    if not re.fullmatch(_NAME, design.name):
        raise InputError(f"{where}: name is {design.name!r}, expected letters, digits, dots, dashes and underscores")
    if not design.scenarios:
        raise InputError(f"{where}: no scenarios; add a table [[scenarios]] with scenario = a name or file")
    for case in design.scenarios:
        if case.name and not re.fullmatch(_NAME, case.name):
            raise InputError(
                f"{where}: scenario name is {case.name!r}, expected letters, digits, dots, dashes and underscores"
            )
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
    for table in design.tables:
        if table not in RESULT_TABLES:
            raise InputError(f"{where}: tables: no table {table}{suggest(table, list(RESULT_TABLES))}")
    for measure in design.measures:
        check_measure(where, measure)
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


def _with_places(design: Design, folder: Path) -> Design:
    """Scenario files and region folders that stand beside the design file, found there."""

    def beside(text: str) -> str:
        file_like = text.endswith(".toml") or len(Path(text).parts) > 1 or (folder / text / "region.json").exists()
        near = folder / text
        return str(near) if text and file_like and not Path(text).exists() and near.exists() else text

    cases = [msgspec.structs.replace(case, scenario=beside(case.scenario)) for case in design.scenarios]
    return msgspec.structs.replace(design, scenarios=cases, region=beside(design.region))
