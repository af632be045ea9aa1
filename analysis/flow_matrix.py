"""Who lives where and is registered where, between commissioners: python -m analysis.flow_matrix RESULTS... [--out FILE].

Rows are commissioners of the home, columns those of the practice (fixed boundaries, true addresses, ghosts left out).
On the left the end of the run, in per cent of the row's registered residents; on the right the change since the start
in percentage points. With several seeds both are means.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from analysis import page as pages
from analysis.page import MARGIN, Page
from analysis.pictures import run_alone
from analysis.results import Ensemble, NothingToShowError, only
from runs import style

MOST_SHOWN = 15
MANY = 8
"""Where there are more commissioners than these, nothing is written for shares that round to nothing."""
BETWEEN = 0.6
"""Inches between the two matrices."""
WITH_NUMBERS = 15
"""Up to so many commissioners the cells hold their number."""
OFF = LinearSegmentedColormap.from_list("off", ["white", style.SKY, style.BLUE, style.mixed(style.BLUE, "black", 0.5)])
CHANGE = LinearSegmentedColormap.from_list("change", [style.BLUE, "white", style.VERMILLION])


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Patients of each pair at the start and the end, and their share of the row in per cent; means over seeds."""
    rows = ensemble.ends("flows", ["home_commissioner", "registered_commissioner", "patients"])
    rows = rows.rename(columns={"home_commissioner": "home", "registered_commissioner": "registered"})
    wide = rows.pivot_table("patients", ["home", "registered"], "when", "sum", fill_value=0) / len(ensemble.runs)
    codes = sorted({code for pair in wide.index for code in pair})
    everyone = pd.MultiIndex.from_product([codes, codes], names=["home", "registered"])
    wide = wide.reindex(everyone, fill_value=0.0)[["start", "end"]].reset_index()
    for when in ("start", "end"):
        row = wide.groupby("home")[when].transform("sum")
        wide[f"{when}_share"] = 100 * wide[when] / row.where(row > 0)
    return wide


def plot(ensembles: Sequence[Ensemble]) -> Page:
    """The figure."""
    ensemble = only(ensembles)
    frame = data(ensemble)
    crossing = frame[frame["home"] != frame["registered"]]
    if crossing["end"].sum() + crossing["start"].sum() == 0:
        raise NothingToShowError(f"{ensemble.label}: nobody is registered across a border, there is no flow to draw")
    codes = _most_crossing(crossing)
    total = frame["home"].nunique()
    names = [ensemble.short_name(code) for code in codes]
    largest = crossing.loc[crossing["end"].idxmax()]
    changed = crossing.loc[(crossing["end"] - crossing["start"]).abs().idxmax()]
    answer = (
        f"{crossing['start'].sum():,.0f} people were registered with another commissioner in"
        f" {pages.month(ensemble.start)}, {crossing['end'].sum():,.0f} in {pages.month(ensemble.end)}. Most:"
        f" {largest['end']:,.0f} who live with {ensemble.short_name(largest['home'])} and are registered with"
        f" {ensemble.short_name(largest['registered'])}. Changed most: {ensemble.short_name(changed['home'])} to"
        f" {ensemble.short_name(changed['registered'])}, {pages.signed(changed['end'] - changed['start'])}."
    )
    if len(codes) < total:
        answer += f" Shown: the {len(codes)} of {total} commissioners with most crossing."
    size = min(max(0.85 * len(codes), 2.6), 4.1)
    names = [style.shortened(name, 1.9, 9) for name in names]
    longest = max(map(len, names))
    beside, below = 0.35 + min(0.085 * longest, 2.0), 0.3 + min(0.07 * longest, 1.4)
    size = min(size, (style.WIDTH - MARGIN - beside - 0.1 - BETWEEN) / 2)
    page = Page(
        f"Where registered residents have their practice, % of them, {pages.month(ensemble.end)}",
        answer, pages.source(ensembles, "Fixed boundaries, true addresses, without ghosts."), size + below + 0.6,
    )  # fmt: skip
    page.data["flows"] = frame
    square = frame.set_index(["home", "registered"]).loc[[(home, to) for home in codes for to in codes]]
    end = square["end_share"].to_numpy().reshape(len(codes), -1)
    change = end - square["start_share"].to_numpy().reshape(len(codes), -1)
    blank = "; blank: rounds to 0" if len(codes) > MANY else ""
    lefts = (beside + 0.1, beside + 0.1 + size + BETWEEN)
    for left, values, title, under in (
        (lefts[0], end, pages.month(ensemble.end), "%; on the diagonal: registered at home"),
        (lefts[1], change, f"Change since {pages.month(ensemble.start)}", f"percentage points{blank}"),
    ):
        axes = page.panel(left, left + size, below, below + size, title, under)
        _matrix(axes, values, names, is_change=values is change, rows_named=values is end)
    return page


def _most_crossing(crossing: pd.DataFrame) -> list[str]:
    """Commissioners with most crossing either way at the end, in the order of their codes."""
    both = crossing.groupby("home")["end"].sum().add(crossing.groupby("registered")["end"].sum(), fill_value=0)
    return sorted(both.sort_index().sort_values(ascending=False, kind="stable").index[:MOST_SHOWN])


def _matrix(axes: Axes, values: np.ndarray, names: list[str], *, is_change: bool, rows_named: bool) -> None:
    """One matrix, [homes, registrations] in per cent: the diagonal, which outweighs all else, has a colour only in a change."""
    off = values[~np.eye(len(values), dtype=bool)]
    top = max(float(np.nanmax(np.abs(values if is_change else off), initial=0)), 1e-9)
    held = values if is_change else np.where(np.eye(len(values), dtype=bool), np.nan, values)
    colours = CHANGE if is_change else OFF
    axes.set_facecolor(style.mixed(style.PALE, "white", 0.4))
    axes.imshow(np.ma.masked_invalid(held), cmap=colours, vmin=-top if is_change else 0, vmax=top)
    if len(values) <= WITH_NUMBERS:
        digits = (1 if len(values) <= MANY else 0) + is_change
        if is_change and top < 1:
            digits = 2  # else most cells of a small change would have a colour and no number
        for row, column in np.ndindex(*values.shape):
            value = float(values[row, column])
            if not np.isfinite(value):
                continue
            text = pages.signed(value, f".{digits}f") if is_change else f"{value:.{digits}f}"
            if len(values) > MANY and not any(digit in "123456789" for digit in text):
                continue
            if len(values) > MANY and digits > 1:
                text = text.replace("0.", ".", 1)  # there is no room for it in a cell
            dark = abs(value) > 0.6 * top and (is_change or row != column)
            axes.text(
                column, row, text, ha="center", va="center", fontsize=9 if len(values) <= MANY else 6.5,
                color="white" if dark else style.BLACK,
            )  # fmt: skip
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names if rows_named else [])
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_xlabel("registered with", fontsize=9)
    if rows_named:
        axes.set_ylabel("live with", fontsize=9)


if __name__ == "__main__":
    sys.exit(run_alone("flows"))
