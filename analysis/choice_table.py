"""The fit of the choice model as a table that is kept (``choice.parquet``) and as text.

Columns: ``kind`` (coefficient, fit, bound, about), ``name`` (parameter, model, or what is told), ``group`` (whose homes:
everybody, urban, rural, a system; of coefficients, whose homes they were fitted on), ``sample`` (in sample, held out),
``measure`` and ``value``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.choice_bounds import bounds
from analysis.fit_choice import cross_fit, fit, measures_by_group
from analysis.observed_choices import NAMES, reference_shares
from model.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from analysis.observed_choices import Observed

TABLE = "choice.parquet"
FITTED, REFERENCE = "choice model", "four-term logit"
IN_SAMPLE, HELD_OUT = "in sample", "held out"
ALL, FIRST, SECOND = "all systems", "first half", "second half"


def fitted_table(observed: Observed) -> pd.DataFrame:
    """Fit, cross-fit, measures and bounds of a register; columns in the module docstring."""
    import pandas as pd

    result, crossed = fit(observed.region, observed.travel, observed), cross_fit(observed)
    rows: list[tuple[str, str, str, str, str, float]] = []
    for name in NAMES:
        for told, values in (
            ("value", result.parameters), ("error", result.standard_errors), ("clustered error", result.clustered_errors),
        ):  # fmt: skip
            rows.append(("coefficient", name, ALL, IN_SAMPLE, told, getattr(values, name)))
        for half, parameters in zip((FIRST, SECOND), crossed.parameters if crossed else (), strict=False):
            rows.append(("coefficient", name, half, IN_SAMPLE, "value", getattr(parameters, name)))
    for name, sample, shares in (
        (REFERENCE, IN_SAMPLE, reference_shares(observed)), (FITTED, IN_SAMPLE, result.shares),
        (FITTED, HELD_OUT, crossed.shares if crossed else None),
    ):  # fmt: skip
        if shares is not None:
            for group, measures in measures_by_group(observed, shares).items():
                rows += [("fit", name, group, sample, told, value) for told, value in vars(measures).items()]
    for told, value in bounds(observed, result.shares)._asdict().items():
        rows.append(("bound", FITTED, ALL, IN_SAMPLE, told, value))
    about = {
        "patients": observed.counts.sum(), "coverage": observed.coverage, "overdispersion": result.overdispersion,
        "log_likelihood": result.log_likelihood, "rounds": result.rounds, "areas": len(observed.region.areas),
        "practices": int((observed.lists > 0).sum()), "systems": len(observed.region.systems),
    }  # fmt: skip
    rows += [("about", told, ALL, IN_SAMPLE, told, float(value)) for told, value in about.items()]
    return pd.DataFrame(rows, columns=["kind", "name", "group", "sample", "measure", "value"])


def keep(table: pd.DataFrame, folder: Path) -> Path:
    """Write the table into a folder, complete or not at all; the file written.

    Raises:
        InputError: the folder cannot be written.
    """
    from runs.experiment_tables import write_frame

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise InputError(f"--out {folder}: {os.strerror(failure.errno or 0)}; choose another folder") from failure
    write_frame(table, folder / TABLE)
    return folder / TABLE


def coefficients(table: pd.DataFrame) -> list[dict[str, float | str]]:
    """A row for each parameter: name, value, error, clustered error, first half, second half."""
    rows = table[table["kind"] == "coefficient"]
    out: list[dict[str, float | str]] = []
    for name, told in rows.groupby("name", sort=False):
        everybody = told[told["group"] == ALL].set_index("measure")["value"]
        parts = told[told["group"] != ALL].set_index("group")["value"]
        out.append({"name": str(name), **everybody.to_dict(), **parts.to_dict()})
    return out


def fits(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each model, sample and group, a column for each measure, in the order of the table."""
    rows = table[table["kind"] == "fit"]
    wide = rows.pivot_table(index=["name", "sample", "group"], columns="measure", values="value", sort=False)
    return wide.reset_index()


def told(table: pd.DataFrame, kind: str) -> dict[str, float]:
    """Values of a kind by measure (``about``, ``bound``)."""
    rows = table[table["kind"] == kind]
    return dict(zip(rows["measure"], rows["value"], strict=True))


def text(table: pd.DataFrame) -> str:
    """The fit in lines for a terminal."""
    rows = coefficients(table)
    extra = [group for group in (FIRST, SECOND) if rows and group in rows[0]]
    lines = [f"{'parameter':<24}{'value':>9}{'s.e.':>9}{'clustered':>11}" + "".join(f"{each:>13}" for each in extra)]
    for row in rows:
        halves = "".join(f"{row[group]:13.4f}" for group in extra)
        lines.append(f"{row['name']:<24}{row['value']:9.4f}{row['error']:9.4f}{row['clustered error']:11.4f}{halves}")
    lines += ["", f"{'':<46}{'CPC':>7}{'R2':>7}{'R2 cnt':>8}{'nearest %':>14}{'mean km':>14}{'crossing %':>14}"]
    wide = fits(table)
    for (name, sample), block in wide.groupby(["name", "sample"], sort=False):
        for _, row in block.head(3).iterrows():
            lines.append(f"{name + ', ' + sample + ', ' + row['group']:<46}" + _measures(row))
    systems = wide[wide["sample"] == HELD_OUT].iloc[3:].sort_values("cpc")
    if len(systems):
        lines += ["", "Held out, by system, worst first"]
        lines += [f"{row['group'][:45]:<46}" + _measures(row) for _, row in systems.iterrows()]
    about, limits = told(table, "about"), told(table, "bound")
    lines += [
        "",
        f"In brackets: observed. {100 * about['coverage']:.2f}% of registrations are with a candidate; counts vary"
        f" {about['overdispersion']:.0f} times as much as independent choices would; {about['rounds']:.0f} evaluations.",
        f"Chance alone would leave a CPC of {limits['ceiling_cpc']:.3f}; areas' own shares have an R2 of"
        f" {limits['saturated_r2']:.3f}; corrected by the register of the six nearest areas, CPC {limits['neighbours_cpc']:.3f},"
        f" R2 {limits['neighbours_r2']:.3f}.",
    ]
    return "\n".join(lines)


def as_json(table: pd.DataFrame) -> dict[str, Any]:
    """The same as plain values; what is not known is null."""
    plain = fits(table).replace({np.nan: None}).to_dict("records")
    rows = [{key: None if value != value else value for key, value in row.items()} for row in coefficients(table)]
    return {"coefficients": rows, "fits": plain, "bounds": told(table, "bound"), "about": told(table, "about")}


def _measures(row: pd.Series) -> str:
    pairs = (
        f"{100 * row['nearest']:.1f} ({100 * row['nearest_observed']:.1f})",
        f"{row['mean_km']:.2f} ({row['mean_km_observed']:.2f})",
        f"{100 * row['crossing']:.2f} ({100 * row['crossing_observed']:.2f})",
    )
    return f"{row['cpc']:7.3f}{row['r2']:7.3f}{row['r2_counts']:8.3f}" + "".join(f"{pair:>14}" for pair in pairs)
