"""The split as text: a line a measure, per cent of the variance by source, and the interval it is the variance of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.uncertainty.split import SOURCES
from runs.experiment_report import aligned, interval, unit_of_difference, written


def cells(rows: pd.DataFrame, of: str) -> list[list[str]]:
    """Heading and a row a measure: mean, 95% range, then shares with their standard errors; empty where nothing varies."""
    found = [["", "mean", "95% of runs", *SOURCES]]
    for measure, some in rows[rows["of"] == of].groupby("measure", sort=False):
        first = some.iloc[0]
        unit, digits = str(first["unit"]), digits_of(first, str(first["unit"]))
        unit = unit if of == "level" else unit_of_difference(unit)
        shares = some.set_index("source")
        found.append(
            [
                str(measure), written(first["mean"], unit, digits),
                interval(first["low"], first["high"], unit, digits),
                *(_share(shares["share"][source], shares["error"][source]) for source in SOURCES),
            ]
        )  # fmt: skip
    return found


def digits_of(row: pd.Series, unit: str) -> int:
    """Decimals that show the range with two figures."""
    scale = {"share": 100.0, "GBP a year": 1e-6}.get(unit, 1.0)
    wide = (row["high"] - row["low"]) / 2 * scale
    size = wide if wide > 0 else abs(row["mean"] * scale) / 100
    return int(np.clip(1 - np.floor(np.log10(size)), 0, 6)) if size > 0 else 0


def _share(share: float, error: float) -> str:
    if not np.isfinite(share):
        return "-"
    return f"{100 * max(share, 0.0):.0f}%" + (f" ±{100 * error:.0f}" if np.isfinite(error) else "")


def lines(rows: pd.DataFrame, told: dict[str, Any]) -> list[str]:
    """Both tables."""
    titles = {
        "level": f"{told['scenario']}, {told['month']}: share of the variance by source, ± standard error",
        "difference": f"The same of {told['scenario']} less {told['against']}",
    }
    return [line for of, title in titles.items() for line in (title, *aligned(cells(rows, of)), "")]
