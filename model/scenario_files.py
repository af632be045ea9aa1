"""Scenarios from TOML files and ``--set`` overrides; every mistake is one line that names the key and the remedy."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from model.errors import InputError
from model.scenario import Scenario
from model.scenario_checks import ALL_KEYS, TIMELINE, check, element_of, range_of, settable, suggest
from model.toml_files import read_toml


class Parameter(NamedTuple):
    """One parameter as a reader meets it: dotted key, default, unit, range, meaning and source."""

    key: str
    default: Any
    unit: str
    range: str
    meaning: str
    source: str


def parameters() -> list[Parameter]:
    """Every parameter of a scenario in the order of its sections: the rows of a parameter page."""
    return [
        Parameter(leaf.key, leaf.default, leaf.unit, range_of(element_of(leaf.type)), leaf.meaning, leaf.source)
        for leaf in settable().values()
    ]


def load_scenario(
    name_or_path: str | Path,
    sets: Iterable[str] = (),
    *,
    folder: Path | None = None,
    options: Mapping[str, Any] | None = None,
) -> Scenario:
    """Read a scenario file, apply overrides and check everything.

    Args:
        name_or_path: a ``.toml`` file, or the name of one in ``folder``.
        sets: overrides such as ``choice.inertia=2.5``; values are written as in TOML, text needs no quotes.
        folder: where names are looked up.
        options: top-level values from options of the command line, such as ``months``; they win over ``sets``.

    Raises:
        InputError: no such file, not TOML, an unknown key, a wrong type, a value out of range, a wrong length.
    """
    path = _find(name_or_path, folder)
    content = read_toml(path)
    content.setdefault("name", path.stem)
    check(content, path.name)
    for text in sets:
        _set(content, text)
    for key, value in (options or {}).items():
        check({key: value}, f"--{key}")
        content[key] = value
    return _convert(content, path.name)


def keys_of(name_or_path: str | Path, *, folder: Path | None = None) -> set[str]:
    """Top-level keys a scenario file sets itself; files as in :func:`load_scenario`.

    Raises:
        InputError: no such file, not TOML.
    """
    return set(read_toml(_find(name_or_path, folder)))


def override(scenario: Scenario, sets: Iterable[str]) -> Scenario:
    """The scenario with ``key=value`` overrides applied, as in :func:`load_scenario`."""
    content = _builtins(scenario)
    for text in sets:
        _set(content, text)
    return _convert(content, scenario.name)


def scenario_with(scenario: Any, values: Mapping[str, Any]) -> Scenario:
    """The scenario a model is made of: :func:`with_values` of the one given, or of the default one where None.

    Raises:
        InputError: it is no Scenario, or a value is wrong.
    """
    if not isinstance(scenario, Scenario | None):
        raise InputError(
            f"scenario: found {scenario!r}, expected a Scenario; runs.library.load('digital-entry') makes one of a name or"
            " a file, and single keys are given by name, as months=12"
        )
    if "rng" in values:
        raise InputError(f"rng: found {values['rng']!r}, expected seed=, a whole number; every draw is keyed by it")
    return with_values(scenario or Scenario(), values)


def with_values(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """The scenario with values from Python applied, everything checked: what a constructor does not do.

    Keys are dotted, or with two underscores for the dot (``choice__inertia``); ``timeline`` takes a list of events.

    Raises:
        InputError: an unknown key, a wrong type, a value out of range, a wrong length.
    """
    content = _builtins(scenario)
    check(content, f"scenario {scenario.name}")
    for name, value in values.items():
        *sections, last = name.replace("__", ".").split(".")
        try:
            given = _builtins(value)
        except TypeError:
            kind = type(value).__name__
            raise InputError(f"{name}: found {kind} {value!r}, expected a number, text, list or table") from None
        alone: dict[str, Any] = {}
        _nest(alone, sections)[last] = given
        check(alone, "parameters")
        section = _nest(content, sections)
        section[last] = section[last] | given if isinstance(given, dict) else given
    return _convert(content, scenario.name)


def _find(name_or_path: str | Path, folder: Path | None) -> Path:
    path = Path(name_or_path)
    if path.suffix == ".toml" or len(path.parts) > 1 or folder is None:
        if path.is_file():
            return path
        raise InputError(f"{path}: no such scenario file")
    known = sorted(file.stem for file in folder.glob("*.toml"))
    if str(name_or_path) in known:
        return folder / f"{name_or_path}.toml"
    hint = suggest(str(name_or_path), known) or f"; known scenarios are {', '.join(known) or 'none'}"
    raise InputError(f"no scenario is called {str(name_or_path)!r}{hint}; `gpdrift scenarios` lists them")


def _set(content: dict[str, Any], text: str) -> None:
    """Apply one ``key=value`` to the tables."""
    key, equals, raw = text.partition("=")
    key, raw = key.strip(), raw.strip()
    if not equals or not key or not raw:
        raise InputError(f"--set {text}: expected key=value, for example --set choice.inertia=2.5")
    if key.split(".")[0] == TIMELINE:
        raise InputError(f"--set {text}: events cannot be set here; write them in a scenario file as [[{TIMELINE}]]")
    leaves = settable()
    if inside := [known for known in leaves if known.startswith(f"{key}.")]:
        raise InputError(f"--set {text}: {key} is a group of parameters; set one of them, for example {inside[0]}")
    if key not in leaves:
        raise InputError(f"--set {text}: unknown key {key}{suggest(key, list(leaves)) or ALL_KEYS}")
    try:
        value = tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw
    if isinstance(leaves[key].type, inspect.StrType) and not isinstance(value, str):
        value = raw
    *sections, last = key.split(".")
    alone: dict[str, Any] = {}
    _nest(alone, sections)[last] = value
    check(alone, "--set")
    _nest(content, sections)[last] = value


def _nest(content: dict[str, Any], sections: Iterable[str]) -> dict[str, Any]:
    """The table of a section inside tables, made where it is not there."""
    for section in sections:
        content = content.setdefault(section, {})
    return content


def _builtins(value: Any) -> Any:
    """Plain values as TOML has them: numpy's scalars and arrays, sections and events become numbers, lists, tables."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return msgspec.to_builtins(value, builtin_types=(datetime.date, datetime.datetime))


def _convert(content: dict[str, Any], where: str) -> Scenario:
    try:
        return msgspec.convert(content, Scenario)
    except msgspec.ValidationError as mistake:
        raise InputError(f"{where}: {mistake}") from None
