"""The section on patterns of the validation page: what holds, what does not, by how much, and what it means for use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from analysis.validation.markdown import markdown_table
from analysis.validation.measured import FAILS, HOLDS, NOT_MEASURED, SHOWN, by_pattern, verdict_of
from analysis.validation.pattern import CALIBRATED, ECHO, PREDICTED
from analysis.validation.pattern_table import band, interval, number, summary
from analysis.validation.patterns_run import TABLE
from analysis.validation.registry import PATTERNS
from analysis.validation.situations import SITUATIONS
from runs.experiment_tables import read_frame

PICTURE = "patterns.png"
"""The figure of ``gpdrift validate``, shown where it is in the folder."""
_WORDS = {HOLDS: "holds", FAILS: "**does not hold**", NOT_MEASURED: "not measured", SHOWN: "not judged"}
_LABELS = f"""\
Each number is labelled. *{ECHO}*: true by construction, no evidence. *{CALIBRATED}*: a parameter was set so that it
holds, weak evidence. *{PREDICTED}*: nothing was set for it; **only these count as evidence**. A pattern holds where
every number of it that is judged and measured lies in the accepted band, which is the tolerance stated beside the
published figure; where none was, "the tolerance is ours".
"""


def section(folder: Path) -> str:
    """The section in Markdown; empty where no patterns were measured."""
    if not (folder / TABLE).is_file():
        return ""
    frame = read_frame(folder / TABLE)
    parts = ["## Patterns", summary(frame).replace("\n", "  \n"), _LABELS.strip(), _runs(frame), _failing(frame)]
    if (folder / PICTURE).is_file():
        parts.append(f"![Patterns: simulated beside what is accepted]({PICTURE})")
    return "\n\n".join([*parts, _table(frame), _absent(frame), _sources(frame)]).strip() + "\n"


def _runs(frame: pd.DataFrame) -> str:
    """Which runs it was measured in."""
    there = frame[frame["verdict"] != NOT_MEASURED]
    lines = ["Measured in these runs:", ""]
    for (names, months, region), rows in there.groupby(["situations", "months", "region"], sort=False):
        seeds = int(rows["seeds"].max())
        meaning = "; ".join(SITUATIONS[name].meaning for name in str(names).split(" and "))
        lines.append(f"- *{names}*: {region}; {months} months, {seeds} seed{'s' * (seeds > 1)}: {meaning}")
    return "\n".join(
        [
            *lines,
            "",
            f"Model {frame['model'].iloc[0]}. Intervals: 95% of the mean over seeds by Student's t, with fewer than three seeds their range.",
        ]
    )


def _failing(frame: pd.DataFrame) -> str:
    """What does not hold, by how much, and what it means."""
    failing = frame[frame["verdict"] == FAILS]
    if failing.empty:
        return "### What does not hold\n\nNothing of what was measured."
    lines = ["### What does not hold, and what that means for use", ""]
    for name, rows in by_pattern(failing.reset_index(drop=True)).items():
        told = "; ".join(
            f"{row['what']} {number(row['simulated'], row['unit'])}, {_short_of(row)}" for _, row in rows.iterrows()
        )
        words = PATTERNS[name].meaning if name in PATTERNS else ""
        lines.append(f"- **{name}**, {rows['statement'].iloc[0]}: {told}. *For use:* {words}.")
    return "\n".join(lines)


def _short_of(row: Any) -> str:
    """By how much a value misses the band."""
    below = row["simulated"] < row["low"]
    end = row["low"] if below else row["high"]
    gap = abs(row["simulated"] - end)
    points = f"{100 * gap:.2f} points" if row["unit"] == "share" else number(gap, row["unit"])
    near = ", which is within chance: the interval over seeds reaches it" if row["from"] <= end <= row["to"] else ""
    return f"{points} {'below' if below else 'above'} what is accepted ({band(row)}){near}"


def _table(frame: pd.DataFrame) -> str:
    cells = [["", "published", "accepted", "simulated", "interval", "seeds", "label", ""]]
    for name, rows in by_pattern(frame).items():
        cells.append([f"**{name} {rows['statement'].iloc[0]}**", *[""] * 6, _WORDS[verdict_of(rows)]])
        for _, row in rows.iterrows():
            told = row["verdict"] != NOT_MEASURED
            figures = [number(row["simulated"], row["unit"]), interval(row), str(row["seeds"])] if told else [""] * 3
            published = number(row["target"], row["unit"])
            cells.append([row["what"], published, band(row), *figures, row["label"], _WORDS[row["verdict"]]])
    return "### All patterns\n\n" + markdown_table(cells)


def _absent(frame: pd.DataFrame) -> str:
    rows = frame[frame["verdict"] == NOT_MEASURED]
    if rows.empty:
        return ""
    lines = ["### Not measured", ""]
    for (name, why), of_pattern in rows.groupby(["pattern", "why"], sort=False):
        lines.append(f"- {name}, {'; '.join(of_pattern['what'])}: {why}")
    return "\n".join(lines)


def _sources(frame: pd.DataFrame) -> str:
    cells = [["", "tolerance", "labels", "source"]]
    for name, rows in by_pattern(frame).items():
        reasons = dict.fromkeys(f"{row['label']}: {row['label_reason']}" for _, row in rows.iterrows())
        cells.append([name, rows["tolerance"].iloc[0], "; ".join(reasons), rows["source"].iloc[0]])
    return "### Why each label, and sources\n\n" + markdown_table(cells)
