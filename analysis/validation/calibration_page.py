"""The section on dynamic parameters of the validation page, from ``calibration.parquet`` and ``calibration.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.validation.markdown import markdown_table
from runs.experiment_tables import read_frame


def section(folder: Path) -> str:
    """The section in Markdown; empty where the folder has no calibration."""
    table, about = folder / "calibration.parquet", folder / "calibration.json"
    if not (table.is_file() and about.is_file()):
        return ""
    rows, told = read_frame(table), json.loads(about.read_text("utf-8"))
    parts = [
        "## Dynamic parameters",
        f"{told['trials']} vectors of {told['parameters']} parameters, run as {told['scenario']} to {told['until']} in"
        f" {told['place']}, the same {_many(told['seeds'], 'seed')} for every vector, model {told['model']}; compared with"
        f" calibration patterns only: {_compared(told)}. Published figures are England's, wherever the vectors were run.",
        "**Rule.** A pattern is off by the root mean square, over its figures, of simulated less published in tolerances. A vector"
        " is accepted if no pattern is off by more than one tolerance, or than the closest vector where even that is off by more,"
        " plus twice the noise of seeds. Accepted vectors are not told apart.",
        f"{told['accepted']} are accepted ({told['accepted_of_prior']} of the {told['prior_trials']} drawn from the prior alone);"
        f" the scenario's own values are {'accepted' if told['own_accepted'] else '**not** accepted'}."
        + (
            f" Run again with seeds that no trial had, {told['confirmed_accepted']} of {told['confirmed']} are accepted again."
            if told["confirmed"]
            else ""
        ),
        "### How far patterns are off, in tolerances",
        _patterns(told),
        "### Figures",
        _figures(rows[rows["kind"] == "figure"]),
        "### Parameters",
        "Where the accepted values fill the prior, the patterns say nothing of that parameter.",
        _parameters(rows[rows["kind"] == "parameter"]),
    ]  # fmt: skip
    for region, by_vector in told["checks"].items():
        parts += [f"### What holds in {region}", _check(by_vector, told)]
    return "\n\n".join(parts)


def _compared(told: dict[str, Any]) -> str:
    """The patterns, in words."""
    return ", ".join("the digital list up to April 2019" if name == "digital" else name for name in told["limits"])


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _patterns(told: dict[str, Any]) -> str:
    rows = [["pattern", "own values", "closest vector", "accepted up to", "noise of seeds (SD)"]]
    for name, limit in told["limits"].items():
        figures = (told["own_misses"][name], told["closest_misses"][name], limit, told["noise"][name])
        rows.append([name, *(f"{value:.2f}" for value in figures)])
    return markdown_table(rows)


def _figures(rows: pd.DataFrame) -> str:
    out = [["figure", "pattern", "published", "tolerance", "own values", "accepted", "over the prior"]]
    for _, row in rows.iterrows():
        tolerance = f"x/÷ {row['tolerance']:g}" if row["relative"] else f"± {row['tolerance']:g}"
        out.append(
            [
                row["means"], row["pattern"], _number(row["published"]), tolerance, _number(row["own"]),
                _range(row["low"], row["high"]), _range(row["prior_low"], row["prior_high"]),
            ]
        )  # fmt: skip
    return markdown_table(out)


def _parameters(rows: pd.DataFrame) -> str:
    out = [["parameter", "own value", "accepted", "median", "prior"]]
    for _, row in rows.iterrows():
        times = " (factor)" if row["relative"] else ""
        out.append(
            [
                f"`{row['means'].replace(' and ', '` and `')}`{times}", _number(row["own"]),
                _range(row["low"], row["high"]), _number(row["median"]), _range(row["prior_low"], row["prior_high"]),
            ]
        )  # fmt: skip
    return markdown_table(out)


def _check(by_vector: dict[str, dict[str, float]], told: dict[str, Any]) -> str:
    names = list(told["limits"])
    rows = [["vector", *names]]
    for vector, off in by_vector.items():
        called = (
            "own values" if vector == "0" else "closest" if int(vector) == told["closest"] else f"accepted, {vector}"
        )
        rows.append([called, *(f"{off[name]:.2f}" for name in names)])
    return "Tolerances each pattern is off.\n\n" + markdown_table(rows)


def _number(value: float) -> str:
    if not np.isfinite(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _range(low: float, high: float) -> str:
    return f"{_number(low)} to {_number(high)}" if np.isfinite(low) else "-"
