"""The split as a figure: a bar a measure, cut by what its variance comes from; levels left, the policy's effect right."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.page import Page
from analysis.uncertainty.split import SOURCES
from runs import style

COLOURS = dict(
    zip(
        SOURCES,
        (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY, style.GREY),
        strict=True,
    )
)
ROW = 0.34
"""Inches of a measure."""


def draw(rows: pd.DataFrame, told: dict[str, Any], file: Path) -> None:
    """Write the figure."""
    with style.look():
        style.save(plot(rows, told).figure, file)


def plot(rows: pd.DataFrame, told: dict[str, Any]) -> Page:
    """The figure of the rows of :func:`analysis.uncertainty.split.split_each`."""
    measures = list(dict.fromkeys(rows["measure"]))
    body = 1.75 + ROW * len(measures)
    page = Page(
        f"What the uncertainty of {told['scenario']} comes from, {datetime.date.fromisoformat(told['month'] + '-01'):%B %Y}",
        _answer(rows),
        f"Simulated by gpdrift, model {told['model']}, in {told['place']}: {told['combinations']} combinations of submodels,"
        f" {told['vectors']} accepted vectors of parameters, {told['seeds']} seeds. Black lines: plus and minus a standard"
        " error of the parameters' share.",
        body,
    )
    page.data["split"] = rows
    low, high = 0.4, body - 0.95
    for (left, right), of, title in (
        ((2.45, 5.65), "level", "The level itself"),
        ((6.25, 9.45), "difference", f"Its difference to {told['against']}"),
    ):
        axes = page.panel(left, right, low, high, title, "share of the variance")
        _bars(axes, rows[rows["of"] == of], measures, labels=of == "level")
    style.key(page.figure.axes[0], [(source, COLOURS[source], "s") for source in SOURCES], up=44.0)
    return page


def _answer(rows: pd.DataFrame) -> str:
    """What matters most of the first measure, for the effect."""
    first = rows[(rows["of"] == "difference") & (rows["measure"] == rows["measure"].iloc[0])]
    known = first.dropna(subset=["share"])
    if known.empty:
        return "Nothing varies."
    most = known.sort_values("share", ascending=False).iloc[0]
    name = str(most["measure"]).replace("_", " ")
    return f"Of the variance of the effect on {name}, {most['share']:.0%} is due to {most['source']}."


def _bars(axes: Axes, rows: pd.DataFrame, measures: list[str], *, labels: bool) -> None:
    for place, measure in enumerate(measures):
        some = rows[rows["measure"] == measure].set_index("source")
        edge = 0.0
        for source in SOURCES:
            share = some["share"].get(source, np.nan)
            if np.isfinite(share) and share > 0:
                axes.barh(place, 100 * share, 0.7, left=100 * edge, color=COLOURS[source], gid=f"{measure} {source}")
                if source == "parameters" and np.isfinite(some["error"][source]):
                    end = 100 * (edge + share)
                    error = 100 * some["error"][source]
                    axes.plot([end - error, end + error], [place, place], color=style.BLACK, linewidth=1)
                edge += share
        if edge == 0:
            axes.text(2, place, "the same in every run", va="center", fontsize=8, color=style.GREY)
    axes.set_xlim(0, 100)
    axes.set_ylim(len(measures) - 0.5, -0.5)
    axes.xaxis.set_major_formatter("{x:g}%")
    axes.set_yticks(range(len(measures)), [m.replace("_", " ") for m in measures] if labels else [""] * len(measures))
    axes.tick_params(axis="y", length=0)
