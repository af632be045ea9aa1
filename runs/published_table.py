"""Measures of a region or run in rows beside published figures, and how such rows are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from model.measures import weighted

NAMED_PERCENTILES: dict[float, str] = {0: "lowest", 50: "median", 100: "highest"}
REGISTER = "NHS Digital register, 1 Jan 2021"


@dataclass(frozen=True)
class Row:
    """One measure beside the published figure."""

    section: str
    measure: str
    unit: str
    """people, share, km or number."""
    here: float
    """NaN where it cannot be told."""
    published: float | None = None
    """None where nothing comparable is published."""
    source: str = REGISTER
    """Where the published figure comes from."""
    pattern: str = ""
    """Pattern of ``model/ODD.md`` it belongs to (P1-P25)."""


def percentile_rows(
    section: str,
    measure: str,
    unit: str,
    values: np.ndarray,
    at: Sequence[float],
    published: Sequence[float] | None = None,
    *,
    weights: np.ndarray | None = None,
    source: str = REGISTER,
    pattern: str = "",
) -> Iterator[Row]:
    """One row for each percentile of a measure between places, or between patients where weights are given.

    Args:
        section: heading the rows go under.
        measure: what the values are.
        unit: as in :class:`Row`.
        values: one value a place, or a pair of places, [N].
        at: percentages; 0 is called lowest and 100 highest.
        published: published figure at each percentage; None where there is none.
        weights: patients of each value, [N].
        source: where the published figures come from.
        pattern: pattern the median belongs to, or all where the median is not asked for.
    """
    found = weighted.percentiles(values, at) if weights is None else weighted.weighted_percentiles(values, weights, at)
    for position, (percentage, here) in enumerate(zip(at, found, strict=True)):
        name = NAMED_PERCENTILES.get(percentage, f"p{percentage:g}")
        figure = None if published is None else published[position]
        belongs = pattern if percentage == 50 or 50 not in at else ""
        yield Row(section, f"{measure}, {name}", unit, float(here), figure, source, belongs)


def as_json(rows: list[Row]) -> list[dict[str, Any]]:
    """Rows as plain objects, for ``--json``; ``published`` and ``source`` are null where nothing is published."""
    return [
        asdict(row) | {"here": float(row.here), "source": None if row.published is None else row.source} for row in rows
    ]


def render(rows: list[Row], title: str = "") -> str:
    """Rows as an aligned plain-text table, under a heading for each section."""
    width = max((len(row.measure) for row in rows), default=0) + 4
    lines = [title, ""] if title else []
    lines.append(f"{'':<{width}}{'here':>12}{'published':>14}{'difference':>14}  source [pattern]")
    section = None
    for row in rows:
        if row.section != section:
            section = row.section
            lines += ["", section]
        line = f"{'  ' + row.measure:<{width}}{_figure(row.here, row.unit):>12}"
        if row.published is not None:
            line += f"{_figure(row.published, row.unit):>14}{_difference(row):>14}  {row.source}"
            line += f" [{row.pattern}]" if row.pattern else ""
        lines.append(line)
    return "\n".join(lines)


def _difference(row: Row) -> str:
    """Here less published, at the precision shown; blank where they are the same at that precision."""
    assert row.published is not None
    here, published = _figure(row.here, row.unit), _figure(row.published, row.unit)
    return "" if here == published else _figure(row.here - row.published, row.unit, signed=True)


def _figure(value: float, unit: str, signed: bool = False) -> str:
    sign = "+" if signed else ""
    if unit == "people":
        return f"{round(value):{sign},}"
    if unit == "share":
        if signed:
            return f"{100 * value:+.2f} points"
        return f"{100 * value:.1f}%" if abs(value) >= 0.1 else f"{100 * value:.2f}%"
    if unit == "km":
        return f"{value:{sign}.2f} km"
    return f"{value:{sign},.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:{sign}.3f}"
