"""The short table after a run: registered against resident by commissioner, at the start and at the end.

Read from the results folder, so that it says what the files say.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from model.sql_literals import parquet_rows

LARGEST = 20
"""Rows printed; with more commissioners, those with the largest net flow at the end."""

_COLUMNS = ("residents", "registered", "ghosts", "inflow", "outflow")

_WHOLE: dict[str, tuple[str, Callable[[float], str]]] = {
    "practices": ("Practices", lambda value: f"{value:,.0f}"),
    "mean_list": ("Patients of a practice", lambda value: f"{value:,.0f}"),
    "satisfaction": ("Patients satisfied", lambda value: f"{100 * value:.1f}%"),
    "digital": ("Patients of digital providers", lambda value: f"{value:,.0f}"),
    "waiting": ("Displaced, on no list yet", lambda value: f"{value:,.0f}"),
    "misallocated": ("Not where residents' need is, GBP m", lambda value: f"{value / 1e6:,.1f}"),
}
"""Headline measures told under the table where the run has them, in this order: label and how it is written."""


def summarise(results: Path) -> dict[str, Any]:
    """First and last month of a run by commissioner on fixed boundaries.

    Returns:
        ``start`` and ``end`` months, and ``commissioners``: for each, code, residents, registered, ghosts and net
        flow (inflow - outflow, people) at the start and at the end, sorted by the size of net flow at the end;
        ``region``: practices, patients of digital providers and the like, each a pair of start and end, where the run
        has any; ``events``: month, kind and outcome of each policy event, in their order.
    """
    source = parquet_rows(results / "commissioners.parquet")
    sums = ", ".join(f"{name}::BIGINT AS {name}" for name in _COLUMNS)
    with duckdb.connect() as con:
        found = con.execute(
            f"SELECT month::DATE, commissioner, {sums} FROM {source} WHERE boundaries = 'fixed'"
            f" AND month IN (SELECT unnest([min(month), max(month)]) FROM {source})"
            " ORDER BY month, commissioner"
        ).fetchall()
    months = [row[0] for row in found]
    first, last = min(months), max(months)
    at = {(row[0], row[1]): dict(zip(_COLUMNS, row[2:], strict=True)) for row in found}
    rows = []
    for commissioner in sorted({row[1] for row in found}):
        row: dict[str, Any] = {"commissioner": commissioner}
        for when, month in (("start", first), ("end", last)):
            values = at[month, commissioner]
            row[when] = {
                **{name: values[name] for name in ("residents", "registered", "ghosts")},
                "net_flow": values["inflow"] - values["outflow"],
            }
        rows.append(row)
    rows.sort(key=lambda row: (-abs(row["end"]["net_flow"]), row["commissioner"]))
    whole = _of_the_region(results / "headline.parquet")
    return {
        "start": first.isoformat(), "end": last.isoformat(), "commissioners": rows, "region": whole,
        "events": _events(results / "events.parquet"),
    }  # fmt: skip


def _events(file: Path) -> list[dict[str, str]]:
    if not file.exists():
        return []
    with duckdb.connect() as con:
        asked = f"SELECT month::DATE, event, outcome FROM {parquet_rows(file)} ORDER BY number"
        found = con.execute(asked).fetchall()
    return [{"month": month.isoformat(), "event": event, "outcome": outcome} for month, event, outcome in found]


def _of_the_region(file: Path) -> dict[str, list[float]]:
    """Headline measures at the start and at the end; those that are unknown, or 0 at both, are left out."""
    if not file.exists():
        return {}
    source = parquet_rows(file)
    with duckdb.connect() as con:
        there = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
        names = [name for name in _WHOLE if name in there]
        wanted = ", ".join(f"[arg_min({name}, month), arg_max({name}, month)]" for name in names)
        found = con.execute(f"SELECT {wanted or 'NULL'} FROM {source}").fetchall()[0]
    pairs = dict(zip(names, found, strict=False))
    return {name: pair for name, pair in pairs.items() if None not in pair and any(pair)}


def render(summary: dict[str, Any], names: dict[str, str]) -> str:
    """The summary as plain text: people, largest net flows first, and the total."""
    rows = summary["commissioners"]
    total = {when: {name: sum(row[when][name] for row in rows) for name in rows[0][when]} for when in ("start", "end")}
    shown = rows[:LARGEST]
    labels = [names.get(row["commissioner"], row["commissioner"])[:36] for row in shown]
    width = max(len(label) for label in [*labels, "All"]) + 2
    start, end = summary["start"][:7], summary["end"][:7]
    lines = [
        "Registered against resident, by commissioner (fixed boundaries)",
        f"{'':<{width}}{'residents':^26}{'registered':^26}{'net flow':^22}{'ghosts':^22}",
        f"{'':<{width}}{start:>13}{end:>13}{start:>13}{end:>13}{start:>11}{end:>11}{start:>11}{end:>11}",
    ]
    for label, row in [*zip(labels, shown, strict=True), ("All", total)]:
        lines.append(
            f"{label:<{width}}"
            + "".join(f"{row[when][name]:>13,}" for name in ("residents", "registered") for when in ("start", "end"))
            + "".join(f"{row[when]['net_flow']:>+11,}" for when in ("start", "end"))
            + "".join(f"{row[when]['ghosts']:>11,}" for when in ("start", "end"))
        )
    if len(rows) > LARGEST:
        lines.insert(-1, f"... and {len(rows) - LARGEST} more commissioners with smaller net flows")
    whole = summary.get("region", {})
    if whole:
        lines.append("")
        for name, pair in whole.items():
            label, written = _WHOLE[name]
            lines.append(f"{label:<{max(width, 38)}}" + "".join(f"{written(value):>13}" for value in pair))
    if happened := summary.get("events", []):
        lines.append("")
        lines += [
            f"{event['month'][:7]}  {event['event']}" + (f": {event['outcome']}" if event["outcome"] else "")
            for event in happened
        ]
    return "\n".join(lines)
