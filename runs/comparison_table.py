"""A comparison of scenarios as text, Markdown and JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from runs.compare import MEASURES, Compared, Measure, Measured


def as_json(rows: Sequence[Compared]) -> dict[str, Any]:
    """Rows and what the measures mean; null where a measure cannot be told."""

    def plain(values: Measured) -> dict[str, float | None]:
        return {name: None if math.isnan(value) else value for name, value in values.items()}

    return {
        "measures": [{"name": m.name, "unit": m.unit, "meaning": m.meaning} for m in MEASURES],
        "scenarios": [
            {
                "name": row.name,
                "title": row.title,
                "against": row.against or None,
                "host": row.host,
                "values": plain(row.values),
                "differences": plain(row.differences),
            }
            for row in rows
        ],
    }


def render(rows: Sequence[Compared], width: int = 0) -> str:
    """Two lines a scenario: its measures, and under them the differences to what it is compared with.

    Args:
        rows: the comparison.
        width: columns of the screen; measures that do not fit side by side go below. 0 = as wide as needed.
    """
    told = _told(rows)
    cells = [[row.name, *(_figure(row.values[m.name], m.unit) for m in told)] for row in rows]
    for position, row in reversed(list(enumerate(rows))):
        if row.differences:
            less = [_figure(row.differences[m.name], m.unit, signed=True) for m in told]
            cells.insert(position + 1, [f"  less {row.against}", *less])
    heads = [["", *part] for part in zip(*(_two_lines(m.heading) for m in told), strict=True)]
    widths = [max(len(line[column]) for line in [*heads, *cells]) for column in range(len(told) + 1)]
    lines = []
    for columns in _blocks(widths, width):
        for line in [*heads, *cells]:
            figures = (f"{line[column]:>{widths[column]}}" for column in columns)
            lines.append(f"{line[0]:<{widths[0]}}  {'  '.join(figures)}".rstrip())
        lines.append("")
    return "\n".join([*lines, *(f"{m.heading.replace('-', ' ') + ':':<20}{_meaning(m, rows)}" for m in told)])


def _blocks(widths: Sequence[int], width: int) -> list[list[int]]:
    """Columns of figures in groups that fit side by side beside the first column."""
    blocks: list[list[int]] = [[]]
    used = widths[0]
    for column in range(1, len(widths)):
        if blocks[-1] and width and used + 2 + widths[column] > width:
            blocks.append([])
            used = widths[0]
        blocks[-1].append(column)
        used += 2 + widths[column]
    return blocks


def render_markdown(rows: Sequence[Compared]) -> str:
    """One row a scenario in Markdown: each measure, and in brackets its difference to what it is compared with."""
    told = _told(rows)
    lines = [
        f"| scenario | against | {' | '.join(m.heading.replace('-', ' ') for m in told)} |",
        f"|---|---|{'---:|' * len(told)}",
    ]
    for row in rows:
        cells = []
        for measure in told:
            cell = _figure(row.values[measure.name], measure.unit)
            if row.differences and (less := _figure(row.differences[measure.name], measure.unit, signed=True)):
                cell += f" ({less})"
            cells.append(cell)
        lines.append(f"| {row.name} | {row.against} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *(f"- *{m.heading.replace('-', ' ')}*: {_meaning(m, rows)}" for m in told)])


def _told(rows: Sequence[Compared]) -> list[Measure]:
    """Measures that any of the scenarios has."""
    return [m for m in MEASURES if not all(math.isnan(row.values[m.name]) for row in rows)]


def _meaning(measure: Measure, rows: Sequence[Compared]) -> str:
    """What a measure means; of the host's ratio also whose it is, and in which rows where they differ."""
    if measure.name != "host_ratio":
        return measure.meaning
    rows_of: dict[str, list[str]] = {}
    for row in rows:
        rows_of.setdefault(row.host, []).append(row.name)
    if len(rows_of) == 1:
        return f"{measure.meaning}: {rows[0].host}"
    return f"{measure.meaning}: {'; '.join(f'{host} ({", ".join(names)})' for host, names in rows_of.items())}"


def _two_lines(heading: str) -> tuple[str, str]:
    first, _, second = heading.rpartition(" ")
    return first.replace("-", " "), second.replace("-", " ")


def _figure(value: float, unit: str, signed: bool = False) -> str:
    """A value at the precision its unit is read with; differences that round to nothing are blank."""
    if math.isnan(value):
        return "" if signed else "-"
    sign = "+" if signed else ""
    text = {
        "share": f"{100 * value:{sign}.2f}{' points' if signed else '%'}",
        "people": f"{round(value):{sign},}",
        "number": f"{round(value):{sign},}",
        "ratio": f"{value:{sign}.3f}",
        "km": f"{value:{sign}.2f}",
        "pounds": f"{value:{sign},.2f}",
        "million pounds": f"{value:{sign},.1f}",
    }[unit]
    return "" if signed and not any(digit in "123456789" for digit in text) else text
