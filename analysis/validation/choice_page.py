"""The section on the choice of practice of the validation page, from ``choice.parquet``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.choice_table import (
    FIRST,
    FITTED,
    HELD_OUT,
    IN_SAMPLE,
    REFERENCE,
    SECOND,
    TABLE,
    coefficients,
    fits,
    told,
)
from analysis.validation.markdown import markdown_table
from runs.experiment_tables import read_frame

GOALS = {"cpc": 0.80, "r2": 0.60}
"""What was aimed at, on homes not fitted on."""
_HEAD = ["", "CPC", "R2", "R2 of counts", "nearest % (observed)", "mean km (observed)", "crossing % (observed)"]


def section(folder: Path) -> str:
    """The section in Markdown; empty where the choice model was not fitted."""
    if not (folder / TABLE).is_file():
        return ""
    table = read_frame(folder / TABLE)
    about, wide = told(table, "about"), fits(table)
    parts = [
        "## Choice of practice",
        f"Grouped multinomial logit fitted by maximum likelihood to {about['patients']:,.0f} patients of {about['areas']:,.0f}"
        f" areas and {about['practices']:,.0f} practices ({100 * about['coverage']:.1f}% of the register is with one of an area's"
        " candidates). Held out: each home is judged with the parameters of the half of the systems it is not in; practice"
        " effects are solved on list totals, which are data of the start. R2 is McFadden's against equal shares; CPC is the"
        " common part of expected and observed patients by area and practice.",
        _coefficients(table),
        _fits(wide),
        _verdict(wide, told(table, "bound")),
    ]
    systems = wide[wide["sample"] == HELD_OUT].iloc[3:].sort_values("cpc")
    if len(systems):
        parts += ["### Held out, by system, worst first", _rows([(str(r["group"]), r) for _, r in systems.iterrows()])]
    return "\n\n".join(parts)


def _coefficients(table: pd.DataFrame) -> str:
    rows = coefficients(table)
    halves = [half for half in (FIRST, SECOND) if rows and half in rows[0]]
    cells = [["parameter", "value", "standard error", "clustered by system", *halves]]
    for row in rows:
        values = [row["value"], row["error"], row["clustered error"], *(row[half] for half in halves)]
        cells.append([f"`{row['name']}`", *("" if value != value else f"{value:.3f}" for value in values)])
    return markdown_table(cells)


def _fits(wide: pd.DataFrame) -> str:
    rows = []
    for name, sample in ((REFERENCE, IN_SAMPLE), (FITTED, IN_SAMPLE), (FITTED, HELD_OUT)):
        block = wide[(wide["name"] == name) & (wide["sample"] == sample)].head(3)
        rows += [(f"{name}, {sample}, {row['group']}", row) for _, row in block.iterrows()]
    return _rows(rows)


def _rows(rows: list[tuple[str, pd.Series]]) -> str:
    cells = [_HEAD]
    for name, row in rows:
        cells.append([
            name, f"{row['cpc']:.3f}", f"{row['r2']:.3f}", f"{row['r2_counts']:.3f}",
            f"{100 * row['nearest']:.1f} ({100 * row['nearest_observed']:.1f})",
            f"{row['mean_km']:.2f} ({row['mean_km_observed']:.2f})",
            f"{100 * row['crossing']:.2f} ({100 * row['crossing_observed']:.2f})",
        ])  # fmt: skip
    return markdown_table(cells)


def _verdict(wide: pd.DataFrame, limits: dict[str, float]) -> str:
    """What was aimed at, what was reached, and what stands between."""
    held = wide[(wide["name"] == FITTED) & (wide["sample"] == HELD_OUT)]
    row = (held if len(held) else wide[wide["name"] == FITTED]).iloc[0]
    words = [
        f"{label} {row[key]:.3f} ({'reached' if row[key] >= goal else '**not reached**'}: {goal:.2f} was aimed at)"
        for (key, goal), label in zip(GOALS.items(), ("CPC", "R2"), strict=True)
    ]
    known = (limits["neighbours_cpc"] - row["cpc"]) / (limits["ceiling_cpc"] - row["cpc"])
    return (
        f"{'Held out' if len(held) else 'In sample'}: {' and '.join(words)}. Chance leaves a CPC of {limits['ceiling_cpc']:.3f}, and areas'"
        f" own shares have an R2 of {limits['saturated_r2']:.3f}: no model can do better. Corrected by what the six nearest areas do,"
        f" the fit would be {limits['neighbours_cpc']:.3f} and {limits['neighbours_r2']:.3f}; so {100 * known:.0f}% of the misfit that"
        " chance does not explain is the shape of single practices' catchments, smooth over the ground: branch surgeries that no"
        " file locates, roads, custom. Only a register tells those, and the model starts from one where there is one."
    )
