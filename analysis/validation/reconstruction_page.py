"""The section of the page on the reconstruction of the register of January 2021 from the lists of April 2017."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.validation.reconstruction import (
    BOUND_RUN,
    BOUND_THEN,
    CHOICE_NOW,
    CHOICE_THEN,
    GRAVITY_NOW,
    GRAVITY_THEN,
    MODEL,
)
from analysis.validation.register_page import RECONSTRUCTION, errors_table, figures_table, value
from runs.experiment_tables import read_frame

TABLE = RECONSTRUCTION
TARGET = 0.75
"""Common part of flows between commissioners that was aimed at."""
_FLOWS = ("Flows between commissioners", "flows, common part (CPC)")
_HEADINGS = {
    MODEL: "model",
    GRAVITY_THEN: "gravity, lists at the start",
    GRAVITY_NOW: "gravity, lists at the end",
    CHOICE_THEN: "choice model alone, lists at the start",
    CHOICE_NOW: "choice model alone, lists at the end",
    BOUND_RUN: "bound: register's structure, lists of the run",
    BOUND_THEN: "bound: register's structure, lists at the start",
}


def section(folder: Path) -> str:
    """Markdown of the reconstruction, or empty where none was made."""
    file = folder / TABLE
    if not file.is_file():
        return ""
    table = read_frame(file)
    parts = ["## A register told again from lists and residents"]
    for _, rows in table.groupby(["start", "month"], sort=True):
        about = rows.iloc[0]
        there = {name: heading for name, heading in _HEADINGS.items() if (rows["candidate"] == name).any()}
        # What is told the lists of the end leaves nothing to be better at with lists: skill is over the same knowledge.
        references = {name: heading for name, heading in there.items() if name == GRAVITY_THEN}
        parts += [_about(about, rows), errors_table(rows, there, references), figures_table(rows, there)]
    return "\n\n".join(parts)


def _about(about: pd.Series, rows: pd.DataFrame) -> str:
    found, gravity, bound = (value(rows, *_FLOWS, name) for name in (MODEL, GRAVITY_THEN, BOUND_RUN))
    reached = "reached" if found >= TARGET else "missed"
    several = f"{about['seeds']} seeds" if about["seeds"] > 1 else "one seed"
    return (
        f"Started from the list sizes and residents of {pd.Timestamp(about['start']):%B %Y}, with nothing known of who"
        f" was registered where, scenario {about['scenario']} was run to {pd.Timestamp(about['month']):%B %Y}"
        f" ({several}) and is compared with the published register. Coefficients of choice are cross-fitted: each home is"
        " compared out of a run whose coefficients were fitted on the other half of the systems. Gravity knows lists,"
        " residents and distance, no borders and no behaviour; with *lists at the end* it is told what the model has to"
        " find out. The bounds are told where the patients of each practice live, and lack nothing but its list.\n\n"
        f"Common part of flows between commissioners: {found:.3f}, against {gravity:.3f} of gravity and a bound of"
        f" {bound:.3f}; the aim of {TARGET} is {reached}.{_lists(rows)}"
    )


def _lists(rows: pd.DataFrame) -> str:
    """Where single lists come out worse than they would by leaving them as they were, that is said."""
    found, before = (
        value(rows, "Practice lists", "lists that are still there", name) for name in (MODEL, GRAVITY_THEN)
    )
    if not found > before:
        return ""
    return (
        f" Single practices' lists are off by {found:.1%}, more than by leaving them as they were ({before:.1%}): which"
        " practices merged or closed, and who grew, is not in what the run knows."
    )
