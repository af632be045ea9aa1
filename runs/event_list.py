"""What may happen in a timeline: every policy event, its fields, their defaults and ranges, read from the events themselves."""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import textwrap
import typing
from typing import Any, NamedTuple

from msgspec import inspect as kinds

from model.policy import Event, PolicyEvent

WIDTH = 110
EXAMPLE = """\
In a scenario file an event is a table of its own; month is the first in which it holds, and what is left out is as above:

    [[timeline]]
    event = "clean-lists"
    month = 2022-04-01
    ratio = 3"""


class EventField(NamedTuple):
    """One key of an event."""

    key: str
    expected: str
    """What may be written: a type, a range, or the words there are."""
    default: Any
    unit: str
    meaning: str


class EventKind(NamedTuple):
    """One kind of event."""

    event: str
    meaning: str
    fields: tuple[EventField, ...]


def event_kinds() -> list[EventKind]:
    """Every kind of event in the order of :data:`model.policy.Event`; ``month``, which all have, is left out."""
    return [_kind(each) for each in typing.get_args(Event)]


def lines_of(events: list[EventKind]) -> list[str]:
    """The list as text."""
    lines: list[str] = []
    for event in events:
        lines += _filled(f"{event.event}: {event.meaning}", "")
        for field in event.fields:
            unit = f" {field.unit}" if field.unit else ""
            lines.append(f"    {field.key} = {json.dumps(field.default, ensure_ascii=False)}{unit}  ({field.expected})")
            lines += _filled(field.meaning, " " * 8)
        lines.append("")
    return [*lines, EXAMPLE]


def as_rows(events: list[EventKind]) -> list[dict[str, Any]]:
    """The list as plain values for JSON."""
    return [{**event._asdict(), "fields": [field._asdict() for field in event.fields]} for event in events]


def _kind(event: type) -> EventKind:
    told = _told_beside(event)
    info: Any = kinds.type_info(event)
    fields = []
    for field in info.fields:
        if field.encode_name == "month":
            continue
        kind, unit = field.type, ""
        if isinstance(kind, kinds.Metadata):
            unit, kind = str((kind.extra or {}).get("unit", "")), kind.type
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        fields.append(EventField(field.encode_name, _expected(kind), default, unit, told.get(field.name, "")))
    return EventKind(info.tag, " ".join((inspect.getdoc(event) or "").split()), tuple(fields))


def _expected(kind: Any) -> str:
    if isinstance(kind, kinds.VarTupleType):
        return f"a list, each {_expected(kind.item_type)}"
    if isinstance(kind, kinds.LiteralType):
        return "one of " + ", ".join(json.dumps(value) for value in kind.values)
    nouns: dict[type, str] = {
        kinds.FloatType: "a number", kinds.IntType: "a whole number", kinds.BoolType: "true or false", kinds.StrType: "text",
    }  # fmt: skip
    low, high = getattr(kind, "ge", None), getattr(kind, "le", None)
    span = f" from {low:,.15g} to {high:,.15g}" if low is not None and high is not None else ""
    return nouns[type(kind)] + span


def _told_beside(event: type) -> dict[str, str]:
    """What stands under each field in the source of an event and of what it is made from, by field."""
    told: dict[str, str] = {}
    for each in event.__mro__[: event.__mro__.index(PolicyEvent)]:
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
        statements = body.body if isinstance(body, ast.ClassDef) else []
        for field, said in itertools.pairwise(statements):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(said, ast.Expr)
                and isinstance(said.value, ast.Constant)
            ):
                told.setdefault(field.target.id, " ".join(str(said.value.value).split()))
    return told


def _filled(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text.replace("``", ""), WIDTH, break_on_hyphens=False, initial_indent=indent, subsequent_indent=indent or "    "
    )
