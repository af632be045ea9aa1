"""The first chapter of the report: what came of a scenario in a few sentences and figures, and what may mislead in them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import page as pages
from analysis import report_html as h
from analysis import report_pairing as pairing
from analysis import report_tables as tables
from analysis.page import signed
from analysis.results import Ensemble

TILES = {
    "gross_misalignment": "Registered with another commissioner",
    "registered_resident_ratio_sd": "Spread of registered over resident between commissioners",
    "digital": "Patients of digital providers",
    "misallocated": "Money not where residents' need is, a year",
    "satisfaction": "Patients satisfied",
    "frail_mismatched": "Frail residents with another commissioner",
}


def in_short(subject: Ensemble, base: Ensemble | None, found: pd.DataFrame) -> str:
    """HTML of the chapter; ``found`` are the measures by column."""
    return _finding(subject, base, found) + _tiles(subject, base, found) + _warning(subject, base)


def _finding(subject: Ensemble, base: Ensemble | None, found: pd.DataFrame) -> str:
    """What came of it, in three sentences."""
    row = found.loc["gross_misalignment"]
    said = (
        f"In {pages.month(subject.end)}, {row['end']:.2f}% of registered residents are with another commissioner's"
        f" practices, against {row['start']:.2f}% in {pages.month(subject.start)}"
    )
    if base is not None and np.isfinite(row["difference"]):
        between = tables.interval(row["from"], row["to"], ".2f")
        said += f" and {row['baseline']:.2f}% in {base.label} ({signed(row['difference'], '.2f')} points" + (
            f", 95% interval {between})" if between else ")"
        )
    bodies = tables.commissioners(subject)
    change = (bodies["gap"] - bodies["gap_start"]).abs()
    if change.notna().any():
        most = bodies.loc[change.idxmax()]
        said += (
            f". The gap between registered and resident people changes most in {subject.short_name(most['commissioner'])}:"
            f" from {signed(most['gap_start'], '.1f')}% to {signed(most['gap'], '.1f')}% of residents"
        )
    seeds = len(subject.runs)
    means = f"Means of {seeds} seeds" if seeds > 1 else "One seed, so without intervals"
    return h.paragraph(f"{said}. {means}.", "lede")


def _tiles(subject: Ensemble, base: Ensemble | None, found: pd.DataFrame) -> str:
    tiles = []
    for measure in tables.MEASURES:
        row = found.loc[measure.column]
        if measure.column not in TILES or not np.isfinite(row["end"]):
            continue
        change = f"{_with_unit(row['start'], measure)} in {pages.month(subject.start)}"
        against = ""
        if base is not None:
            against = f"{_difference(row['difference'], measure)} against {base.label}"
            between = tables.interval(row["from"], row["to"], measure.form)
            against += f" (95%: {between})" if between else ""
        tiles.append(h.tile(TILES[measure.column], _with_unit(row["end"], measure), change, against))
    return h.element("ul", *tiles, class_="tiles")


def _difference(value: float, measure: tables.Measure) -> str:
    """A difference with its sign and unit."""
    text = signed(value, measure.form)
    if measure.unit.startswith("%") or measure.unit == "points":
        return f"{text} points"
    if measure.unit.startswith("£m"):
        sign = text[:1] if text[:1] in "+\N{MINUS SIGN}" else ""
        return f"{sign}£{text.removeprefix(sign)}m"
    return text


def _with_unit(value: float, measure: tables.Measure) -> str:
    text = format(value, measure.form)
    if measure.unit.startswith("%"):
        return f"{text}%"
    if measure.unit.startswith("£m"):
        return f"£{text}m"
    return f"{text} points" if measure.unit == "points" else text


def _warning(subject: Ensemble, base: Ensemble | None) -> str:
    return pairing.chance(subject, base) + _other_settings(subject, base)


def _other_settings(subject: Ensemble, base: Ensemble | None) -> str:
    if base is None:
        return ""
    versions = {each.manifest.get("git_revision") for each in (subject, base)}
    settings = tables.differences(subject, base)
    if len(versions) == 1 and not settings:
        return ""
    why = (
        "were made by different revisions of the model" if len(versions) > 1 else "differ in parameters besides policy"
    )
    return h.paragraph(
        f"{subject.label} and {base.label} {why}: their difference may hold more than the effect of the policy"
        " events (see What is different in this scenario).", "note",
    )  # fmt: skip
