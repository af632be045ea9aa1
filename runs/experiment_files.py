"""Design files: found, read into a design, and refused with what is wrong in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from model.errors import InputError
from model.scenario_checks import suggest
from model.toml_files import read_toml
from runs.experiment_design import Case, Design, check_design
from runs.experiment_sampling import Range, Sampling
from runs.experiment_vectors import LISTED, vectors_from

FOLDER = Path(__file__).parent / "experiments"
"""Designs that come with gpdrift."""
_KINDS = {
    "int": "a whole number", "float": "a number", "str": "text", "bool": "true or false", "array": "a list",
    "object": "a table",
}  # fmt: skip
"""Kinds of value as people call them."""


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
    if "timeline" in tables:
        raise InputError(f"{where}: is a scenario; gpdrift run takes it, and a design names it under [[scenarios]]")
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
    check_design(design, where)
    return _with_places(design, folder) if folder else design


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


def _with_places(design: Design, folder: Path) -> Design:
    """Scenario files and region folders that stand beside the design file, found there."""

    def beside(text: str) -> str:
        file_like = text.endswith(".toml") or len(Path(text).parts) > 1 or (folder / text / "region.json").exists()
        near = folder / text
        return str(near) if text and file_like and not Path(text).exists() and near.exists() else text

    cases = [msgspec.structs.replace(case, scenario=beside(case.scenario)) for case in design.scenarios]
    return msgspec.structs.replace(design, scenarios=cases, region=beside(design.region))
