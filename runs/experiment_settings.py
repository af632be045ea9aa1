"""Values laid on a scenario by an experiment: parameters, one entry of a list, a field of an event.

Keys are those of ``gpdrift run --set``, and besides them

- ``ghosts.cleaning_by_age.2``: the second entry of a list,
- ``timeline.list-split.threshold``: a field of the only event of that kind; ``timeline.2.threshold``: of the second
  event, whatever its kind.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import inspect

from model.errors import InputError
from model.scenario import Scenario
from model.scenario_checks import ALL_KEYS, TIMELINE, element_of, settable, suggest
from model.scenario_files import with_values


class Times(msgspec.Struct, frozen=True):
    """What a value of the scenario is multiplied by; of a list, each entry."""

    factor: float


def laid_on(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """The scenario with values laid on it, everything checked.

    Args:
        scenario: complete.
        settings: values, or :class:`Times`, by key; numbers for whole-number parameters are rounded.

    Raises:
        InputError: no such key or event, a wrong type, a value out of range.
    """
    values: dict[str, Any] = {}
    timeline: list[dict[str, Any]] = []
    for key, setting in settings.items():
        if key.split(".")[0] == TIMELINE:
            timeline = timeline or _plain(scenario.timeline)
            _set_event(timeline, scenario, key, setting)
            continue
        name, position = _entry(key)
        if position is None:
            now = values.get(name, _value(scenario, name) if isinstance(setting, Times) else None)
            values[name] = _of_kind(element_of(settable()[name].type), _laid(key, now, setting))
            continue
        entries = list(values.get(name, _value(scenario, name)))
        entries[position] = _of_kind(element_of(settable()[name].type), _laid(key, entries[position], setting))
        values[name] = entries
    if timeline:
        values[TIMELINE] = timeline
    return with_values(scenario, values)


def has_event(scenario: Scenario, key: str) -> bool:
    """Whether a key names a field of an event the scenario has."""
    first, _, rest = key.partition(".")
    which = rest.rpartition(".")[0]
    if first != TIMELINE:
        return False
    return int(which) <= len(scenario.timeline) if which.isdecimal() else which in [e.kind for e in scenario.timeline]


def _entry(key: str) -> tuple[str, int | None]:
    """Name of a parameter, and the position of the entry where the key names one of a list."""
    leaves = settable()
    if key in leaves:
        return key, None
    name, _, last = key.rpartition(".")
    if name in leaves and last.isdecimal() and element_of(leaves[name].type) is not leaves[name].type:
        length = len(leaves[name].default)
        if not 1 <= int(last) <= length:
            raise InputError(f"{key}: {name} has entries 1 to {length}")
        return name, int(last) - 1
    if inside := [known for known in leaves if known.startswith(f"{key}.")]:
        raise InputError(f"{key} is a group of parameters; set one of them, for example {inside[0]}")
    raise InputError(f"unknown key {key}{suggest(key, list(leaves)) or ALL_KEYS}")


def _value(scenario: Scenario, key: str) -> Any:
    """Value of a parameter by its dotted key."""
    value: Any = scenario
    for part in key.split("."):
        value = getattr(value, part)
    return value


def _laid(key: str, now: Any, setting: Any) -> Any:
    """The value itself, or the present one multiplied."""
    if not isinstance(setting, Times):
        return setting
    if isinstance(now, list | tuple):
        return [_laid(key, entry, setting) for entry in now]
    if isinstance(now, bool) or not isinstance(now, int | float):
        raise InputError(f"{key} is {now!r} and cannot be multiplied; give values instead")
    return now * setting.factor


def _of_kind(kind: Any, value: Any) -> Any:
    """Numbers of whole-number parameters are rounded: samplers know real numbers only."""
    if isinstance(value, list | tuple):
        return [_of_kind(kind, entry) for entry in value]
    return _rounded(value) if isinstance(kind, inspect.IntType) else value


def _rounded(value: Any) -> Any:
    """The nearest whole number; what is no number is left for the check of the scenario to refuse."""
    return round(value) if isinstance(value, float) and math.isfinite(value) else value


def _set_event(timeline: list[dict[str, Any]], scenario: Scenario, key: str, setting: Any) -> None:
    """Change a field of an event, in place."""
    _, _, rest = key.partition(".")
    which, _, field = rest.rpartition(".")
    if not which or not field:
        raise InputError(f"{key}: expected {TIMELINE}.EVENT.FIELD, for example {TIMELINE}.list-split.threshold")
    kinds = [event["event"] for event in timeline]
    if which.isdecimal():
        found = [int(which) - 1] if 1 <= int(which) <= len(kinds) else []
    else:
        found = [position for position, kind in enumerate(kinds) if kind == which]
    there = ", ".join(f"{number} {kind}" for number, kind in enumerate(kinds, 1)) or "none"
    if len(found) != 1:
        wrong = f"{len(found)} events are called {which}, give a number" if found else f"no event {which}"
        raise InputError(f"{key}: {wrong}; events of {scenario.name} are {there}")
    event = timeline[found[0]]
    if field not in event or field == "event":
        known = [name for name in event if name != "event"]
        hint = suggest(field, known) or f"; it has {', '.join(known)}"
        raise InputError(f"{key}: {kinds[found[0]]} has no field {field}{hint}")
    value = _laid(key, event[field], setting)
    whole = isinstance(event[field], int) and not isinstance(event[field], bool)
    event[field] = _rounded(value) if whole else value


def _plain(events: Any) -> list[dict[str, Any]]:
    """Events as tables of TOML."""
    return msgspec.to_builtins(list(events), builtin_types=(datetime.date,))
