"""How a parameter is written: a value with unit, meaning, source and range, in a section that refuses unknown keys."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta


def parameter(kind: Any, unit: str, meaning: str, source: str, low: float, high: float) -> Any:
    """An annotated type that carries unit, meaning, source and range, and is refused outside the range."""
    return Annotated[kind, Meta(ge=low, le=high, description=meaning, extra={"unit": unit, "source": source})]


def by_age(kind: Any, unit: str, meaning: str, source: str, low: float, high: float) -> Any:
    """An annotated tuple of values, one for each age or band named in the meaning."""
    value = Annotated[kind, Meta(ge=low, le=high)]
    return Annotated[tuple[value, ...], Meta(description=meaning, extra={"unit": unit, "source": source})]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A group of parameters. Unknown keys are refused."""
