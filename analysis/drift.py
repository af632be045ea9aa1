"""Registered against resident people as a results folder tells it: where they differ, by how much, and why."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from model.errors import InputError
from model.sql_literals import parquet_rows

PARTS = ("ghosts", "unregistered", "net_flow")
_PEOPLE = ("residents", "registered", *PARTS)
_SHARES = (
    "gross_misalignment", "recorded_gross_misalignment", "net_misalignment", "recorded_net_misalignment",
)  # fmt: skip


@dataclass(frozen=True)
class Gap:
    """Registered against resident people of one commissioner (or of all) on the first day of a month."""

    residents: int
    registered: int
    ghosts: int
    unregistered: int
    net_flow: int

    @property
    def people(self) -> int:
        """Registered - residents = ghosts - unregistered + net flow."""
        return self.registered - self.residents

    def per_cent(self, people: int) -> float:
        """People in per cent of residents; NaN where nobody lives."""
        return 100 * people / self.residents if self.residents else float("nan")


@dataclass(frozen=True)
class Drift:
    """What the figure shows of a results folder."""

    manifest: dict[str, Any]
    months: list[datetime.date]
    """Every month of the run, M of them."""
    gaps: dict[str, tuple[Gap, Gap]]
    """At the start and at the end, by commissioner (fixed boundaries)."""
    shares: dict[str, np.ndarray]
    """Per cent by month, float64[M]: gross and net misalignment, true and recorded; ghosts (of registered people) and
    unregistered (of residents)."""
    events: list[tuple[datetime.date, str]]
    """Policy events that took effect."""

    @property
    def total(self) -> tuple[Gap, Gap]:
        """All commissioners together, at the start and at the end."""
        start, end = (
            Gap(*(sum(getattr(pair[when], name) for pair in self.gaps.values()) for name in _PEOPLE)) for when in (0, 1)
        )
        return start, end


def read(results: Path) -> Drift:
    """Read a results folder.

    Raises:
        InputError: it is no complete results folder, or what it says does not add up.
    """
    results = Path(results)
    try:
        manifest = json.loads((results / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{results}: no results folder (manifest.json cannot be read); give one that gpdrift run has made"
        ) from error
    people = ", ".join(f"{name}::BIGINT" for name in _PEOPLE)
    shares = ", ".join(f"100 * {name}" for name in _SHARES)
    with duckdb.connect() as con:
        try:
            monthly = con.execute(
                f"SELECT month::DATE, {shares}, 100.0 * ghosts / nullif(registered, 0),"
                f" 100.0 * unregistered / nullif(residents, 0) FROM {_table(results, 'headline')} ORDER BY month"
            ).fetchall()
            rows = con.execute(
                f"SELECT commissioner, month::DATE, {people} FROM {_table(results, 'commissioners')}"
                " WHERE boundaries = 'fixed' AND month IN (?, ?) ORDER BY commissioner, month",
                [monthly[0][0], monthly[-1][0]],
            ).fetchall()
            events = con.execute(
                f"SELECT month::DATE, event FROM {_table(results, 'events')} ORDER BY month, number"
            ).fetchall()
        except (duckdb.Error, IndexError) as error:
            reason = (str(error).splitlines() or ["it is empty"])[0]
            raise InputError(f"{results}: a table is missing or damaged ({reason}); run it again") from error
    found: dict[str, list[Gap]] = {}
    for commissioner, month, *numbers in rows:
        gap = Gap(*numbers)
        if gap.people != gap.ghosts - gap.unregistered + gap.net_flow:
            raise InputError(
                f"{results}: commissioners.parquet, {commissioner} in {month:%B %Y}: registered - residents ="
                f" {gap.people:,}, but ghosts - unregistered + net_flow ="
                f" {gap.ghosts - gap.unregistered + gap.net_flow:,}; run it again"
            )
        found.setdefault(commissioner, []).append(gap)
    by_month = np.array([[np.nan if value is None else value for value in row[1:]] for row in monthly], np.float64)
    return Drift(
        manifest,
        [row[0] for row in monthly],
        {commissioner: (gaps[0], gaps[-1]) for commissioner, gaps in found.items()},
        dict(zip((*_SHARES, "ghosts", "unregistered"), by_month.T, strict=True)),
        events,
    )


def _table(results: Path, name: str) -> str:
    return parquet_rows(results / f"{name}.parquet")
