"""Which parameters a result hangs on: python -m analysis.sensitivity EXPERIMENT [--measure M] [--out FILE].

Left, a tornado: by how much the measure changes when a parameter goes from the low to the high end of its range, with
the interval of that. Right, what the design's method adds: for Morris the mean size of elementary effects against
their spread (far from the grey line: the effect is steady; near or above it: it bends, or hangs on other parameters);
for Sobol the shares of the variance due to a parameter alone and together with others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis import page as pages
from analysis.page import Page
from model.errors import InputError
from runs import style
from runs.experiment_indices import ranked
from runs.experiment_ledger import load_plan
from runs.experiment_plan import Plan
from runs.experiment_report import unit_of
from runs.experiment_sampling import Range
from runs.experiment_tables import read_frame

MOST = 20
"""Parameters shown; with more, those that matter most."""
ROW = 0.36
"""Inches of a parameter."""
_EFFECT = {"morris": "mu", "sobol": "effect", "latin-hypercube": "effect"}


def draw(folder: Path, measure: str | None = None, out: Path | None = None) -> list[Path]:
    """Draw the sensitivity of an experiment's measures into files; returns their names.

    Args:
        folder: of the experiment, after ``gpdrift sensitivity``.
        measure: the one to draw; None = each of them.
        out: file to write where there is one measure [sensitivity-MEASURE.png in the folder].

    Raises:
        InputError: no indices there, not that measure, or a file that cannot be written.
    """
    plan, file = load_plan(folder), folder / "indices.parquet"
    if not file.exists():
        raise InputError(f"{folder}: has no indices yet; make them with gpdrift sensitivity {folder}")
    rows = read_frame(file)
    there = list(dict.fromkeys(rows["measure"]))
    if measure is not None and measure not in there:
        raise InputError(f"--measure {measure}: indices are there of {', '.join(there)}")
    wanted = [measure] if measure is not None else there
    if out is not None and len(wanted) > 1:
        raise InputError(f"--out {out}: there are {len(wanted)} measures; choose one with --measure")
    files = []
    for name in wanted:
        target = out or folder / f"sensitivity-{name}.png"
        with style.look():
            style.save(plot(plan, rows[rows["measure"] == name]).figure, target)
        files.append(target)
    return files


def plot(plan: Plan, rows: pd.DataFrame) -> Page:
    """The figure of one measure.

    Args:
        plan: of the experiment.
        rows: indices of the measure, as ``indices.parquet`` has them.
    """
    method, first = plan.design.sampling.method, rows.iloc[0]
    unit, scale = _unit(first["measure"])
    order = ranked(rows, method)[:MOST]
    effects = _of(rows, _EFFECT[method], order) * scale
    less = f" less {first['against']}" if first["against"] else ""
    largest = effects["value"].iloc[0]
    tried = plan.design.parameters[order[0]]
    answer = (
        f"{order[0]} matters most of {len(plan.design.parameters)} parameters: from {_bound(tried, tried.low)} to"
        f" {_bound(tried, tried.high)} it changes {first['measure']} by {pages.signed(largest, '.3g')} {unit} on average."
    )
    with_shares = method != "latin-hypercube"
    page = Page(
        f"What {first['measure']} of {first['scenario']}{less} hangs on, {first['month']}",
        answer, _source(plan, first), 1.15 + max(ROW * len(order), 2.4),
    )  # fmt: skip
    page.data["indices"] = rows
    left = min(0.35 + 0.075 * max(len(_called(plan, name)) for name in order), 3.9)
    edge = 7.2 if with_shares else page.width - 0.6
    tornado = page.panel(left, edge, 0.5, page.body - 0.6, "From low to high", unit)
    _tornado(tornado, plan, effects)
    if with_shares:
        right = page.panel(edge + 0.75, page.width - 0.35, 0.5, page.body - 0.6)
        if method == "morris":
            pages.heading(right, "Size of effects and their spread", f"mean across, SD up; {unit}")
            _spread(right, _of(rows, "mu_star", order)["value"] * scale, _of(rows, "sigma", order)["value"] * scale)
        else:
            pages.heading(right, "Share of the variance", "alone (full), with others (pale)")
            _shares(right, _of(rows, "S1", order), _of(rows, "ST", order))
    return page


def _of(rows: pd.DataFrame, index: str, order: Sequence[str]) -> pd.DataFrame:
    """Value, low and high of an index, in the order given."""
    return rows[rows["index"] == index].set_index("parameter").loc[list(order), ["value", "low", "high"]]


def _unit(measure: str) -> tuple[str, float]:
    """Unit a measure is shown in, and what its values are multiplied by."""
    unit = unit_of(measure)
    if unit == "share":
        return "percentage points", 100.0
    return ("£m a year", 1e-6) if unit.startswith("GBP a year") else (unit or "units of the index", 1.0)


def _called(plan: Plan, name: str) -> str:
    """A parameter with the range it is varied over."""
    tried = plan.design.parameters[name]
    return f"{name}  {_bound(tried, tried.low)} to {_bound(tried, tried.high)}"


def _bound(tried: Range, value: float | None) -> str:
    """An end of a range; factors with a sign before them."""
    return f"{'\N{MULTIPLICATION SIGN}' if tried.times else ''}{value:g}"


def _source(plan: Plan, first: pd.Series) -> str:
    points, seeds = len(plan.points), int(first["seeds"])
    return (
        f"Simulated by gpdrift, model {plan.model}: {points} points by {plan.design.sampling.method}, each the mean of"
        f" {seeds} {'seed' if seeds == 1 else 'seeds'} common to all; {100 * plan.design.confidence:g}% intervals."
        " A comparison under stated assumptions, no forecast."
    )


def _tornado(axes: Axes, plan: Plan, effects: pd.DataFrame) -> None:
    """Bars to the right where the measure rises with the parameter, to the left where it falls."""
    colours = [style.VERMILLION if value > 0 else style.BLUE for value in effects["value"]]
    places = np.arange(len(effects))
    axes.barh(places, effects["value"], color=[style.mixed(colour, "white", 0.25) for colour in colours], height=0.66)
    if effects["low"].notna().any():
        axes.hlines(places, effects["low"], effects["high"], color=style.BLACK, linewidth=1.2)
    axes.axvline(0, color=style.GREY, linewidth=0.8)
    axes.set_yticks(places, [_called(plan, str(name)) for name in effects.index])
    axes.set_ylim(len(effects) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def _spread(axes: Axes, sizes: pd.Series, spreads: pd.Series) -> None:
    """Morris's figure: a dot a parameter, named where it stands out."""
    reach = float(max(sizes.max(), spreads.max(), 0.0)) or 1.0
    axes.plot([0, reach], [0, reach], color=style.PALE, linewidth=1, zorder=0)
    axes.scatter(sizes, spreads, color=style.BLUE, s=24, zorder=2)
    axes.set_xlim(0, 1.25 * reach)
    axes.set_ylim(0, 1.15 * reach)
    axes.grid()
    named = [str(name) for name in sizes.index[:6] if sizes[name] > 0.1 * reach]
    points_up = 11 * 1.15 * reach / (72 * style.inches(axes)[3])
    for name, at in zip(named, style.spread([spreads[name] for name in named], points_up), strict=True):
        right = sizes[name] < 0.75 * reach
        axes.annotate(
            name.rpartition(".")[2], (sizes[name], at), (7 if right else -7, 0), textcoords="offset points",
            ha="left" if right else "right", va="center", fontsize=8.5,
        )  # fmt: skip


def _shares(axes: Axes, alone: pd.DataFrame, together: pd.DataFrame) -> None:
    """Sobol's indices: first in full colour, total behind it."""
    places = np.arange(len(alone))
    for rows, colour, height in ((together, style.mixed(style.SKY, "white", 0.4), 0.7), (alone, style.BLUE, 0.36)):
        axes.barh(places, rows["value"].clip(lower=0), color=colour, height=height)
        axes.hlines(places, rows["low"].clip(lower=0), rows["high"].clip(lower=0), color=style.BLACK, linewidth=0.9)
    axes.set_yticks(places, [])
    axes.set_ylim(len(alone) - 0.4, -0.6)
    axes.set_xlim(0, max(1.0, float(together["high"].max())))
    axes.grid(axis="x")


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, and say where the figures are; 2 on bad input."""
    parser = argparse.ArgumentParser(prog="python -m analysis.sensitivity", description="Draw sensitivity indices.")
    parser.add_argument("experiment", type=Path, help="folder of gpdrift sensitivity")
    parser.add_argument("--measure", metavar="M", help="measure to draw [all]")
    parser.add_argument("--out", type=Path, metavar="FILE", help="PNG, SVG or PDF [sensitivity-MEASURE.png]")
    options = parser.parse_args(arguments)
    try:
        for file in draw(options.experiment, options.measure, options.out):
            print(file)
    except InputError as error:
        print(f"sensitivity: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
