"""The patterns as a figure: each part a dot and its interval, against the band that is accepted."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.page import Page
from analysis.validation.measured import FAILS, HOLDS, NOT_MEASURED, SHOWN
from analysis.validation.pattern import CALIBRATED, ECHO, PREDICTED
from analysis.validation.pattern_table import band, number, summary
from runs import style
from runs.experiment_tables import read_frame

ROW = 0.235
"""Inches a part."""
REACH = 3.0
"""Half widths of the band to either side that are shown; what lies beyond is drawn at the edge with an arrow."""
NAMES = ("patterns.png", "patterns.svg")
MARKERS = {PREDICTED: "o", CALIBRATED: "s", ECHO: "D"}


def draw(folder: Path) -> list[Path]:
    """Draw the table of a folder of validation into it; returns the files."""
    from analysis.validation.patterns_run import TABLE

    frame = read_frame(folder / TABLE)
    files = [folder / name for name in NAMES]
    with style.look():
        made = plot(frame)
        for file in files:
            style.save(made.figure, file)
    return files


def plot(frame: pd.DataFrame) -> Page:
    """The figure: parts that are measured, in the order of the patterns."""
    rows = frame[frame["verdict"] != NOT_MEASURED].reset_index(drop=True)
    regions = "; ".join(dict.fromkeys(rows["region"])) or "no region"
    page = Page(
        "Patterns of the world, and what the model makes of them", summary(frame).replace("\n", " "),
        f"Simulated by gpdrift, model {frame['model'].iloc[0]}: {regions}. Dots: mean over seeds; lines: 95% interval of the"
        " mean, with fewer than three seeds the range. Published figures: sources in analysis/VALIDATION.md.",
        max(len(rows), 1) * ROW + 0.75,
    )  # fmt: skip
    page.data["patterns"] = rows
    axes = page.panel(4.9, page.width - 2.75, 0.35, page.body - 0.35)
    _rows(axes, rows)
    _legend(axes)
    return page


def standing(row: pd.Series, value: float) -> float:
    """Where a value stands in its band: -1 and 1 are the ends, 0 the middle; a band without an end counts from its low."""
    if math.isinf(row["high"]):
        apart = abs(row["target"] - row["low"])
        scale = apart if apart > 0 else abs(row["low"]) or 1.0
        return float((value - row["low"]) / scale) - 1.0
    middle, half = (row["low"] + row["high"]) / 2, (row["high"] - row["low"]) / 2
    return float((value - middle) / half)


def _rows(axes: Axes, rows: pd.DataFrame) -> None:
    axes.set_xlim(-REACH, REACH)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    for at, row in rows.iterrows():
        y = float(at)
        end = REACH if math.isinf(row["high"]) else 1.0
        axes.fill_betweenx([y - 0.36, y + 0.36], -1, end, color=style.mixed(style.GREEN, "white", 0.78), linewidth=0)
        axes.plot(standing(row, row["target"]), y, "|", color=style.GREEN, markersize=9, markeredgewidth=1.4)
        colour = style.VERMILLION if row["verdict"] == FAILS else style.BLUE if row["verdict"] == HOLDS else style.GREY
        value, low, high = (standing(row, row[name]) for name in ("simulated", "from", "to"))
        axes.hlines(y, *np.clip([low, high], -REACH, REACH), color=colour, linewidth=1.6)
        beyond = abs(value) > REACH
        marker = (">" if value > 0 else "<") if beyond else MARKERS[row["label"]]
        axes.plot(np.clip(value, -REACH, REACH), y, marker, color=colour, markersize=5.5, clip_on=False, zorder=3)
        first = at == 0 or rows["pattern"].iloc[at - 1] != row["pattern"]
        if first and at:
            axes.axhline(y - 0.5, color=style.PALE, linewidth=0.7)
        _words(axes, y, row, first)
    axes.set_yticks([])
    axes.set_xticks([-1, 1], ["lower end", "upper end"])
    axes.spines["left"].set_visible(False)


def _words(axes: Axes, y: float, row: pd.Series, first: bool) -> None:
    """The pattern and part to the left, the figures to the right."""
    at = axes.get_yaxis_transform()
    colour = style.ink(style.VERMILLION) if row["verdict"] == FAILS else style.BLACK
    left, _, across, _ = style.inches(axes)
    if first:
        axes.text(-(left - 0.2) / across, y, row["pattern"], transform=at, va="center", fontsize=8.5, fontweight="bold")
    what = style.shortened(row["what"], left - 0.75, 8.5)
    axes.text(-(left - 0.62) / across, y, what, transform=at, va="center", fontsize=8.5, color=colour)
    unit = row["unit"]
    axes.text(1.03, y, number(row["simulated"], unit), transform=at, va="center", fontsize=8.5, color=colour)
    axes.text(1.03 + 0.85 / across, y, band(row), transform=at, va="center", fontsize=8.5, color=style.GREY)


def _legend(axes: Axes) -> None:
    handles: list[Line2D | Patch] = [Patch(color=style.mixed(style.GREEN, "white", 0.78), label="accepted")]
    handles.append(Line2D([], [], linestyle="", marker="|", color=style.GREEN, markersize=9, label="published"))
    for label, marker in MARKERS.items():
        handles.append(Line2D([], [], linestyle="", marker=marker, color=style.GREY, markersize=5.5, label=label))
    for name, colour in ((HOLDS, style.BLUE), (FAILS, style.VERMILLION), (SHOWN, style.GREY)):
        handles.append(Line2D([], [], color=colour, linewidth=2, label="not judged" if name == SHOWN else name))
    left, _, across, _ = style.inches(axes)
    axes.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(-(left - 0.2) / across, 1.0),
        ncols=8,
        frameon=False,
        fontsize=8.5,
        columnspacing=1.2,
        handletextpad=0.5,
    )
