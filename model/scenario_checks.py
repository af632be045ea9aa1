"""What a scenario may say: each key's type, unit and range, and one clear line for whatever does not fit."""

from __future__ import annotations

import datetime
import difflib
import functools
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from model.errors import InputError
from model.scenario import Scenario

TIMELINE = "timeline"
_TEXTS = {
    "name": "short name: names the file and the results folder",
    "title": "one line for tables and reports",
    "question": "the question the scenario answers",
    "region": "preset to synthesise (town, metro, england) or a region folder",
    "start": "first month, YYYY-MM; empty = the month the region's register describes",
    "against": "scenario it is compared with",
}


class Leaf(NamedTuple):
    """One settable key: its msgspec type, default, and what its annotation says."""

    key: str
    type: Any
    default: Any
    unit: str
    meaning: str
    source: str


ALL_KEYS = "; gpdrift scenarios --parameters lists every key"
"""What an unknown key is met with where none is near."""


def check(content: dict[str, Any], where: str) -> None:
    """Refuse unknown keys, wrong types, values out of range, NaN, wrong lengths and broken events.

    Args:
        content: a scenario as TOML tables.
        where: what the error names as its place: a file, or ``--set``.

    Raises:
        InputError: the first mistake found.
    """
    leaves = settable()
    for key, value in _flat(content):
        if key in leaves:
            _check_value(f"{where}: {key}", value, leaves[key])
        elif any(known.startswith(f"{key}.") for known in leaves):
            raise InputError(f"{where}: {key} is a group of parameters; give it as a table [{key}]")
        else:
            raise InputError(f"{where}: unknown key {key}{suggest(key, [*leaves, TIMELINE]) or ALL_KEYS}")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name := content.get("name", "unnamed")):
        raise InputError(f"{where}: name is {name!r}, expected letters, digits, dots, dashes and underscores")
    if not content.get("region", "metro").strip():
        raise InputError(f"{where}: region is empty, expected a preset (town, metro, england) or a region folder")
    if not re.fullmatch(r"|[A-Za-z0-9][A-Za-z0-9._-]*", against := content.get("against", "")):
        raise InputError(f"{where}: against is {against!r}, expected the name of a scenario, such as baseline")
    if not re.fullmatch(r"|[12]\d{3}-(0[1-9]|1[0-2])", start := content.get("start", "")):
        raise InputError(f"{where}: start is {start!r}, expected a month as YYYY-MM, for example 2021-01")
    events = content.get(TIMELINE, [])
    if not isinstance(events, list | tuple) or not all(isinstance(event, dict) for event in events):
        raise InputError(f"{where}: {TIMELINE} is a list of events; write each as a table [[{TIMELINE}]]")
    for number, event in enumerate(events, 1):
        _check_event(f"{where}: event {number} of {TIMELINE}", event)


@functools.cache
def settable() -> dict[str, Leaf]:
    """Every settable key of a scenario, in the order of its sections; not to be changed."""
    return {leaf.key: leaf for leaf in _leaves(Scenario)}


def _leaves(kind: type[msgspec.Struct], prefix: str = "") -> Iterator[Leaf]:
    """Every settable key below a section, in the order it is written."""
    fields = {field.name: field for field in inspect.type_info(kind).fields}  # type: ignore[attr-defined]
    for field in msgspec.structs.fields(kind):
        said = fields[field.name].type
        extra, schema = {}, {}
        if isinstance(said, inspect.Metadata):
            extra, schema, said = said.extra or {}, said.extra_json_schema or {}, said.type
        default = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
        key = prefix + field.name
        if isinstance(said, inspect.StructType):
            yield from _leaves(said.cls, f"{key}.")
        elif key != TIMELINE:
            meaning = schema.get("description") or _TEXTS.get(key, "")
            yield Leaf(key, said, default, extra.get("unit", ""), meaning, extra.get("source", ""))


def _flat(content: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and values of nested tables, the timeline left out."""
    for key, value in content.items():
        if prefix + key == TIMELINE:
            continue
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{key}.")
        elif not isinstance(value, dict):
            yield prefix + key, value
        elif not any(known.startswith(f"{prefix}{key}.") for known in settable()):
            yield prefix + key, value  # an empty table of a name nobody knows


def _check_value(place: str, value: Any, leaf: Leaf) -> None:
    """One value against the type, range and length of its key."""
    item = element_of(leaf.type)
    if item is leaf.type:
        _check_scalar(place, value, item, leaf.unit)
        return
    length = len(leaf.default)
    if not isinstance(value, list | tuple):
        raise InputError(f"{place} is {_shown(value)}, expected a list of {length} values")
    if len(value) != length:
        raise InputError(f"{place} has {len(value)} values, expected {length} as in the default {list(leaf.default)}")
    for position, entry in enumerate(value, 1):
        _check_scalar(f"{place}, value {position}", entry, item, leaf.unit)
    if isinstance(item, inspect.IntType) and any(b <= a for a, b in itertools.pairwise(value)):
        raise InputError(f"{place} is {list(value)}, expected ages that rise from one to the next")


def _check_scalar(place: str, value: Any, kind: Any, unit: str = "") -> None:
    """One number, text, truth value or date against its type and range; a word against those there are."""
    if isinstance(kind, inspect.LiteralType):
        if value not in kind.values:
            words = ", ".join(map(str, kind.values))
            raise InputError(
                f"{place} is {_shown(value)}, expected one of {words}{suggest(str(value), words.split(', '))}"
            )
        return
    expected = _expected(kind, unit)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits: dict[type, bool] = {
        inspect.FloatType: number,
        inspect.IntType: number and isinstance(value, int),
        inspect.StrType: isinstance(value, str),
        inspect.BoolType: isinstance(value, bool),
        inspect.DateType: isinstance(value, datetime.date) and not isinstance(value, datetime.datetime),
    }
    if not fits.get(type(kind), True):
        raise InputError(f"{place} is {_shown(value)}, expected {expected}")
    if number and isinstance(kind, inspect.FloatType | inspect.IntType):
        low, high = kind.ge, kind.le
        if not math.isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
            raise InputError(f"{place} is {_shown(value)}, expected {expected}")


def _check_event(place: str, event: dict[str, Any]) -> None:
    """One event of the timeline: a kind that exists, a month, and only the fields of that kind."""
    kinds = _event_kinds()
    name = event.get("event")
    if name is None:
        raise InputError(f"{place} does not say which it is; add event = one of {', '.join(sorted(kinds))}")
    if not isinstance(name, str) or name not in kinds:
        hint = suggest(str(name), sorted(kinds)) or f"; known events are {', '.join(sorted(kinds))}"
        raise InputError(f"{place}: unknown event {_shown(name)}{hint}")
    place = f"{place} ({name})"
    fields = {field.encode_name: field for field in kinds[name].fields}
    for key, value in event.items():
        if key == "event":
            continue
        if key not in fields:
            hint = suggest(key, list(fields)) or f"; expected one of {', '.join(fields)}"
            raise InputError(f"{place}: unknown key {key}{hint}")
        said = fields[key].type
        extra = {}
        if isinstance(said, inspect.Metadata):
            extra, said = said.extra or {}, said.type
        if isinstance(said, inspect.VarTupleType):
            if not isinstance(value, list | tuple):
                raise InputError(f"{place}: {key} is {_shown(value)}, expected a list, such as [{_shown(value)}]")
            for number, entry in enumerate(value, 1):
                _check_scalar(f"{place}: {key}, value {number}", entry, said.item_type)
        else:
            _check_scalar(f"{place}: {key}", value, said, extra.get("unit", ""))
    for field in fields.values():
        if field.required and field.encode_name not in event:
            raise InputError(f"{place}: {field.encode_name} is missing; {_remedy(field.encode_name)}")


@functools.cache  # msgspec reads every annotation anew each time it is asked
def _event_kinds() -> dict[str, inspect.StructType]:
    """Every kind of event by the name it has in a scenario file."""
    fields: Any = inspect.type_info(Scenario).fields  # type: ignore[attr-defined]
    kinds: Any = next(field.type for field in fields if field.name == TIMELINE).item_type
    each: tuple[Any, ...] = kinds.types if isinstance(kinds, inspect.UnionType) else (kinds,)
    return {kind.tag: kind for kind in each}


def _remedy(field: str) -> str:
    return "write it as a date, for example month = 2022-04-01" if field == "month" else "give it a value"


def element_of(kind: Any) -> Any:
    """Type of one value: the type itself, or that of the items of a tuple."""
    if not isinstance(kind, inspect.VarTupleType):
        return kind
    return kind.item_type.type if isinstance(kind.item_type, inspect.Metadata) else kind.item_type


def range_of(kind: Any) -> str:
    """The range of a number in words, empty where it has none."""
    low, high = getattr(kind, "ge", None), getattr(kind, "le", None)
    if low is None or high is None:
        return ""
    return f"{low} to {high}" if isinstance(kind, inspect.IntType) else f"{low:.15g} to {high:.15g}"


def _expected(kind: Any, unit: str) -> str:
    nouns: dict[type, str] = {
        inspect.FloatType: "a number",
        inspect.IntType: "a whole number",
        inspect.StrType: "text",
        inspect.BoolType: "true or false",
        inspect.DateType: "a date, for example 2022-04-01",
    }
    noun = nouns.get(type(kind), "another kind of value")
    span = range_of(kind)
    return noun + (f" from {span}" if span else "") + (f" ({unit})" if unit else "")


def _shown(value: Any) -> str:
    """A value as TOML would write it, short."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    return repr(value) if len(repr(value)) <= 60 else repr(value)[:57] + "..."


def suggest(key: str, known: Sequence[str]) -> str:
    """The nearest known key, where one is near: the same last word in another section counts as nearest."""
    last = key.rpartition(".")[2]
    by_last = {name.rpartition(".")[2]: name for name in known}
    near = ([by_last[last]] if last in by_last else difflib.get_close_matches(key, known, 1, 0.7)) or [
        by_last[word] for word in difflib.get_close_matches(last, list(by_last), 1, 0.7)
    ]
    return f"; did you mean {near[0]}?" if near else ""
