"""The section of the page on forecasts: each later register beside the model, persistence and trend."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.validation.forecast import MODEL, PERSISTENCE, REFERENCES, TREND
from analysis.validation.register_page import FORECAST, errors_table, figures_table, value
from runs.experiment_tables import read_frame

TABLE = FORECAST
_LISTS = ("Practice lists", "lists that are still there")
_REGISTERED = ("Commissioners", "registered")
_FLOWS = ("Flows between commissioners", "flows")
FITTED_UNTIL = pd.Timestamp("2021-07-01")
"""Last lists that any parameter was fitted to (``python -m analysis.fit_momentum``)."""
_IN_SAMPLE = (
    " **In sample for lists:** momentum, how fast it fades and how far neighbourhoods go on growing are fitted to what lists"
    " grew from January to July 2021 beyond their authority, among other years (`python -m analysis.fit_momentum`)."
)


def section(folder: Path) -> str:
    """Markdown of every register compared with, or empty where none was."""
    file = folder / TABLE
    if not file.is_file():
        return ""
    table = read_frame(file)
    parts = [
        "## Forecasts from a register",
        "A run that starts from the published register, compared with registers published later. Persistence: nothing"
        " changes. Trend: every practice's list goes on as it went in the year before. A skill is the share of a simple"
        " guess's error that is gone: 1 is perfect, 0 no better than the guess, below 0 worse. The model's lists and"
        " register are the mean over seeds; ranges are over seeds.",
    ]
    for (month, name), rows in table.groupby(["month", "against"], sort=True):
        about = rows.iloc[0]
        several = f"{about['seeds']} seeds" if about["seeds"] > 1 else "one seed"
        candidates = {one: one for one in (MODEL, PERSISTENCE, TREND) if (rows["candidate"] == one).any()}
        references = {one: one for one in REFERENCES if one in candidates}
        parts += [
            f"### {pd.Timestamp(month):%B %Y} ({name})",
            f"Scenario {about['scenario']}, {several}, from {pd.Timestamp(about['start']):%B %Y}. {verdict(rows)}"
            + (_IN_SAMPLE if pd.Timestamp(month) <= FITTED_UNTIL else ""),
            errors_table(rows, candidates, references),
            figures_table(rows, candidates),
        ]
    return "\n\n".join(parts)


def verdict(rows: pd.DataFrame) -> str:
    """Where the model beats both simple guesses and where it does not, in a sentence."""
    better: list[str] = []
    worse: list[str] = []
    for what, (part, measure) in (("lists", _LISTS), ("commissioners' lists", _REGISTERED), ("flows", _FLOWS)):
        skills = [value(rows, part, measure, MODEL, f"skill_against_{name}") for name in REFERENCES]
        skills = [skill for skill in skills if np.isfinite(skill)]
        if skills:
            (better if min(skills) > 0 else worse).append(f"{what} ({min(skills):+.2f})")
    told = [f"nearer than either simple guess: {', '.join(better)}"] if better else []
    told += [f"not nearer: {', '.join(worse)}"] if worse else []
    text = "; ".join(told) + " (skill over the better one)." if told else ""
    return text[:1].upper() + text[1:]
