"""What an experiment prints: how far it is, and each scenario less the baseline with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from model.result_tables import RESULT_TABLES
from runs.experiment_claims import Holder
from runs.experiment_design import measured_in
from runs.experiment_differences import ALL_VECTORS, many
from runs.experiment_ledger import Ledger
from runs.experiment_plan import Plan
from runs.experiment_tables import GATHERING
from runs.experiment_vectors import LISTED

DEFAULT_MEASURES = (
    "registered_resident_ratio_sd", "gross_misalignment", "net_misalignment", "digital_share", "out_of_area_share",
    "ghosts", "unregistered", "satisfaction", "travel_km", "organisation_hhi", "misplaced", "unfunded",
    "commissioners.registered_resident_ratio",
)  # fmt: skip
"""Measures told where a design names none."""
MOST_POINTS = 12
"""Points of a design told on the screen; all are in differences.parquet."""
POINTS = "points"
"""Percentage points, in which shares differ: 4% and then 5% are one point more, and a quarter more."""
LARGEST = 5
"""Commissioners told of each measure: those whose difference is largest."""


def measures_of_design(plan: Plan) -> list[str]:
    """Measures of interest."""
    return plan.design.measures or list(DEFAULT_MEASURES)


def status(plan: Plan, ledger: Ledger) -> dict[str, Any]:
    """How far an experiment is."""
    runs = plan.different_runs()
    done, failures = ledger.done(), ledger.failures()
    open_runs = [run for run in runs if run.id not in done]
    failed = [run for run in open_runs if run.id in failures]
    doing = [run.id for run in open_runs if ledger.claims.taken(run.id)]
    return {
        "name": plan.design.name,
        "folder": str(ledger.folder),
        "model": plan.model,
        "runs": len(runs),
        "done": len(runs) - len(open_runs),
        "gathered": sum(run.id in ledger.gathered() for run in runs),
        "failed": len(failed),
        "being_done": len(doing),
        "being_done_by": [holder._asdict() for holder in ledger.claims.holders([*doing, GATHERING])],
        "missing": len(open_runs) - len(failed) - len(doing),
        "no_longer_asked_for": len(done - {run.id for run in runs}),
        "failures": [{**failures[run.id], "run": run.id} for run in failed],
    }


def unfinished(told: dict[str, Any]) -> bool:
    """Whether runs of an experiment failed or are still to be done."""
    return bool(told["failed"] or told["missing"] or told["being_done"])


def status_lines(told: dict[str, Any]) -> list[str]:
    """The same as text."""
    parts = [f"{told['done']:,} done"]
    parts += [f"{told[key]:,} {key.replace('_', ' ')}" for key in ("failed", "being_done", "missing") if told[key]]
    lines = [f"{told['name']} ({told['folder']}): {told['runs']:,} runs; {', '.join(parts)}"]
    if told["no_longer_asked_for"]:
        lines.append(f"{told['no_longer_asked_for']:,} more are done that the design no longer asks for")
    lines += [f"at work: {Holder(**holder)}" for holder in told["being_done_by"]]
    for failure in told["failures"]:
        lines.append(
            f"failed: {failure['scenario']}, seed {failure['seed']}, point {failure['point']}: {failure['error']}"
        )
    return lines


def difference_lines(plan: Plan, rows: pd.DataFrame, names: dict[str, str]) -> list[str]:
    """Tables of paired differences of one month, scenario by scenario.

    Args:
        plan: of the experiment.
        rows: :func:`runs.experiment_differences.differences` of a month.
        names: of commissioners, by code.
    """
    lines: list[str] = []
    per_cent = f"{100 * plan.design.confidence:g}%"
    how = "paired t" if plan.design.interval == "t" else "bootstrap over seeds"
    if plan.design.sampling.method == LISTED and (rows["point"] == ALL_VECTORS).any():
        rows = rows[rows["point"] == ALL_VECTORS]  # single vectors are in differences.parquet
        how = "of runs, over vectors and seeds"
    groups = list(rows.groupby(["scenario", "against", "point"], sort=False))
    for (scenario, against, point), some in groups[:MOST_POINTS]:
        pairs, month = int(some["seeds"].max()), some["month"].iloc[0]
        values = _values(plan, int(point))
        seeds = f"{pairs} {'seed' if pairs == 1 else 'seeds'}" if point != ALL_VECTORS else f"{pairs} pairs of runs"
        lines += [
            "",
            f"{scenario} less {against}{f' ({values})' if values else ''}, {month:%B %Y}, {seeds}, {per_cent} intervals ({how})",
        ]
        cells: list[tuple[str, ...]] = [
            ("", against, scenario, "difference", f"{per_cent} interval", "seeds if unpaired")
        ]
        for _, row in _told(some).iterrows():
            cells.append(_cells(row, names, pairs))
        lines += aligned(cells)
    if len(groups) > MOST_POINTS:
        lines += ["", f"... and {len(groups) - MOST_POINTS} more, in differences.parquet"]
    return lines


def aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells under one another: the first column to the left, figures to the right."""
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = []
    for line in cells:
        right = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        lines.append("  ".join([line[0].ljust(widths[0]), *right]).rstrip())
    return lines


def _values(plan: Plan, point: int) -> str:
    """Values of a point as text."""
    if point == ALL_VECTORS:
        return f"{len(plan.points)} vectors"
    return ", ".join(
        f"{key} {'x' if plan.design.parameters[key].times else '='} {value}"
        for key, value in plan.points[point].items()
    )


def _told(some: pd.DataFrame) -> pd.DataFrame:
    """Rows of the whole region, and of the commissioners whose difference is largest (fixed boundaries)."""
    whole = some[some["commissioner"] == ""]
    places = some[(some["commissioner"] != "") & (some["boundaries"] == "fixed")]
    order = places["difference"].abs().sort_values(ascending=False, kind="stable").index
    return pd.concat([whole, places.loc[order].groupby("measure", sort=False).head(LARGEST)])


def _cells(row: pd.Series, names: dict[str, str], pairs: int) -> tuple[str, ...]:
    """A measure as text; ``pairs`` are those of runs, of which the measure may have a value in fewer."""
    measure = str(row["measure"])
    unit = unit_of(measure)
    apart = unit_of_difference(unit)
    label = measure
    if row["commissioner"]:
        code = str(row["commissioner"])
        label = f"{measure.partition('.')[2]}: {names.get(code, code)}"
    if unit.startswith("GBP"):
        label += f", GBP{'m' if _scale(unit) != 1 else ''}{unit.removeprefix('GBP')}"
    digits = _digits(row, unit)
    figure = {key: written(row[key], unit, digits) for key in ("baseline_mean", "scenario_mean")}
    same = row["sd"] == 0 and row["difference"] == 0
    between = (
        "the same in every pair"
        if same
        else interval(row["low"], row["high"], apart, digits, "+")
        if math.isfinite(row["low"])
        else _without_interval(int(row["seeds"]), pairs)
    )
    needed = "" if same or not math.isfinite(row["low"]) else many(float(row["independent_seeds"]))
    difference = written(row["difference"], apart, digits, "+")
    return label, figure["baseline_mean"], figure["scenario_mean"], difference, between, needed


def _without_interval(valued: int, pairs: int) -> str:
    """Why there is no interval: of so many pairs of runs, those in which the measure has a value."""
    if not valued:
        return "not defined here" if pairs else "no pair yet"
    return "one pair only" if valued == 1 else f"{valued} pairs only"


def unit_of(measure: str) -> str:
    """Unit of a measure."""
    table, name = measured_in(measure)
    return next(column.unit for column in RESULT_TABLES[table].columns if column.name == name)


def unit_of_difference(unit: str) -> str:
    """Unit that differences of values in a unit are written in."""
    return POINTS if unit == "share" else unit


def _digits(row: pd.Series, unit: str) -> int:
    """Decimals that show the interval with two figures, and the values it is between with six at most."""
    scale = _scale(unit)
    wide = (row["high"] - row["low"]) / 2 * scale
    size = wide if math.isfinite(wide) and wide > 0 else abs(row["difference"] * scale) / 100
    if not size or not math.isfinite(size):
        return 2
    value = max(abs(row["baseline_mean"]), abs(row["scenario_mean"])) * scale
    most = 5 - math.floor(math.log10(value)) if value > 0 else 6
    return min(max(1 - math.floor(math.log10(size)), 0), max(most, 0), 8)


def _scale(unit: str) -> float:
    return 100.0 if unit in ("share", POINTS) else 1e-6 if unit.startswith("GBP a year") else 1.0


def written(value: float, unit: str, digits: int, sign: str = "") -> str:
    """A value, pounds a year in millions, shares in per cent, what they differ by in points; empty where unknown."""
    if not math.isfinite(value):
        return ""
    after = {"share": "%", POINTS: f" {POINTS}", "km": " km"}.get(unit, "")
    text = f"{value * _scale(unit):{sign},.{digits}f}"
    return (text if any(digit in "123456789" for digit in text) else text.lstrip("+-")) + after


def interval(low: float, high: float, unit: str, digits: int, sign: str = "") -> str:
    """Both ends of an interval, as :func:`written`; points are named once."""
    return f"{written(low, unit, digits, sign).removesuffix(f' {POINTS}')} to {written(high, unit, digits, sign)}"


def names_of(ledger: Ledger) -> dict[str, str]:
    """Names of commissioners by code, from any manifest."""
    from runs.experiment_ledger import manifests

    found = manifests(ledger.tables)
    return next(iter(found.values()))["region"]["names"] if found else {}


def folder_of(name: str, out: Path | None) -> Path:
    """Folder of an experiment: the one asked for, or ``results/NAME``."""
    from runs.results_folder import RESULTS

    return out if out is not None else RESULTS / name
