"""Which events made lists grow or shrink: python -m analysis.causes RESULTS... [--out FILE].

A waterfall of the change in registered patients from start to end by cause, for the whole region and for the
commissioner whose gap between registered and resident people changed most (fixed boundaries). The steps add up to the
change of the list exactly; with several seeds they are means, and a thin line shows the range of the seeds.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from analysis import divergence
from analysis import page as pages
from analysis.page import Page
from analysis.pictures import run_alone
from analysis.results import Ensemble, NothingToShowError, only
from analysis.seeds import summed_up
from model.patients.columns import CAUSES
from runs import style

REGION, NONE = "region", "none"
TOTAL = "change of the list"
WORTH_A_ROW = 0.01
"""Of the largest step; smaller ones are drawn together as one."""
REST = "all others"


def by_seed(ensemble: Ensemble) -> pd.DataFrame:
    """Net change of patients by commissioner, cause and seed over the run; commissioner ``region`` is all of them.

    Columns: ``commissioner``, ``cause``, ``seed``, ``patients``; a cause that one seed lacks counts 0 there.
    """
    changes = ensemble.table("changes", ["cause", "from_commissioner", "to_commissioner", "patients"])
    joined = changes[changes["to_commissioner"] != NONE].assign(commissioner=lambda rows: rows["to_commissioner"])
    left = changes[changes["from_commissioner"] != NONE].assign(
        commissioner=lambda rows: rows["from_commissioner"], patients=lambda rows: -rows["patients"]
    )
    both = pd.concat([joined, left])
    both = pd.concat([both, both.assign(commissioner=REGION)])
    if both.empty:
        return pd.DataFrame(columns=["commissioner", "cause", "seed", "patients"])
    net = both.pivot_table("patients", ["commissioner", "cause"], "seed", "sum", fill_value=0)
    long = net.stack().rename("patients").reset_index()
    order = {cause: number for number, cause in enumerate(CAUSES)}
    return long.sort_values(["commissioner", "cause", "seed"], key=lambda c: c.map(order) if c.name == "cause" else c)


def steps(changes: pd.DataFrame, commissioner: str) -> pd.DataFrame:
    """Rows of one waterfall: cause, mean, low, high and where the bar starts; small causes together, then the total.

    Small causes are added up seed by seed: a seed that is low in one of them need not be in another.

    Args:
        changes: :func:`by_seed`.
        commissioner: code, or ``region``.
    """
    its = changes[changes["commissioner"] == commissioner]
    its = its[its.groupby("cause")["patients"].transform("any")]
    sizes = its.groupby("cause", sort=False)["patients"].mean().abs()
    small = sizes.index[sizes < WORTH_A_ROW * sizes.max()]
    if len(small) > 1:
        rest = its[its["cause"].isin(small)].groupby("seed", as_index=False)["patients"].sum().assign(cause=REST)
        its = pd.concat([its[~its["cause"].isin(small)], rest])
    rows = summed_up(its, ["cause"], "patients")[["cause", "mean", "low", "high"]]
    rows["start"] = rows["mean"].cumsum() - rows["mean"]
    total = {"cause": TOTAL, "mean": rows["mean"].sum(), "start": 0.0}
    return pd.concat([rows, pd.DataFrame([total])], ignore_index=True)


def plot(ensembles: Sequence[Ensemble]) -> Page:
    """The figure."""
    ensemble = only(ensembles)
    changes = by_seed(ensemble)
    if changes.empty:
        raise NothingToShowError(
            f"{ensemble.label}: no registration changed in the {ensemble.manifest['months']} months run"
        )
    of_all = divergence.shown(divergence.data(ensemble))
    several = changes["commissioner"].nunique() > 2 and of_all
    gaps = divergence.data(ensemble)
    gaps = gaps[gaps["line"] == "gap"].sort_values("month").groupby("commissioner")["mean"].agg(["first", "last"])
    focus = max(of_all, key=lambda code: abs(gaps.loc[code, "last"] - gaps.loc[code, "first"])) if several else ""
    shown = [code for code in (REGION, focus) if code]
    waterfalls = {code: steps(changes, code) for code in shown}
    parts = []
    for code, rows in waterfalls.items():
        name = "All lists together" if code == REGION else ensemble.short_name(code)
        parts.append(f"{name}: {pages.signed(rows['mean'].iloc[-1])} patients{_largest(rows.iloc[:-1])}.")
    body = 1.25 + 0.3 * max(map(len, waterfalls.values()))
    note = "Net of those who joined and left for the same cause. " + (
        "Thin line: lowest to highest seed." if len(ensemble.runs) > 1 else ""
    )
    page = Page(
        f"What changed the lists, patients, {pages.month(ensemble.start)} to {pages.month(ensemble.end)}",
        " ".join(parts), pages.source(ensembles, note.strip()), body,
    )  # fmt: skip
    page.data["causes"] = summed_up(changes, ["commissioner", "cause"], "patients")
    wide = (style.WIDTH - 0.3) / len(shown)
    for number, (code, rows) in enumerate(waterfalls.items()):
        left = number * wide + 1.75
        name = "The whole region" if code == REGION else ensemble.short_name(code)
        unit = "patients" if code == REGION else "patients; the commissioner whose gap changed most"
        page.data[f"waterfall-{code}"] = rows
        _waterfall(page.panel(left, (number + 1) * wide - 0.15, 0.5, body - 0.6, name, unit), rows)
    return page


def _largest(causes: pd.DataFrame) -> str:
    """The cause that adds most and the one that takes most: what either explains of the sum hangs on the others."""
    text = ""
    for what, cause in (
        ("gain", causes.loc[causes["mean"].idxmax()]),
        ("loss", causes.loc[causes["mean"].idxmin()]),
    ):
        if (cause["mean"] > 0) == (what == "gain") and cause["mean"]:
            text += f"; largest {what}: {cause['cause']} ({pages.signed(cause['mean'])})"
    return text


def _waterfall(axes: Axes, rows: pd.DataFrame) -> None:
    """A bar a cause, each from where the one above it ended, with the range over seeds; totals stand on zero."""
    ends = pd.concat([rows["start"], rows["start"] + rows["mean"]])
    low, high = min(ends.min(), 0), max(ends.max(), 0)
    reach = (high - low) or 1
    axes.set_xlim(low - 0.2 * reach, high + 0.2 * reach)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    for row, step in rows.iterrows():
        at = float(row)
        end = step["start"] + step["mean"]
        total = step["cause"] == TOTAL
        colour = style.BLACK if total else style.BLUE if step["mean"] >= 0 else style.ORANGE
        axes.barh(at, step["mean"], 0.62, left=step["start"], color=colour, gid=str(step["cause"]))
        if not total:
            axes.plot([end, end], [at + 0.31, at + 1 - 0.31], color=style.GREY, linewidth=0.7)
            if step["high"] > step["low"]:
                axes.plot(
                    [step["start"] + step["low"], step["start"] + step["high"]],
                    [at, at],
                    color=style.BLACK,
                    linewidth=1,
                )
        outside = max(step["start"], end) if step["mean"] >= 0 else min(step["start"], end)
        if step["low"] < step["high"]:
            outside = step["start"] + (step["high"] if step["mean"] >= 0 else step["low"])
        axes.annotate(
            pages.signed(step["mean"]), (outside, at), (4 if step["mean"] >= 0 else -4, 0),
            textcoords="offset points", va="center", ha="left" if step["mean"] >= 0 else "right", fontsize=8.5,
            fontweight="bold" if total else "normal",
            bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.6},
        )  # fmt: skip
    axes.axvline(0, color=style.BLACK, linewidth=0.8)
    axes.set_yticks(range(len(rows)), list(rows["cause"]))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.xaxis.set_major_locator(style.few_ticks(5))
    axes.xaxis.set_major_formatter(lambda x, _: pages.signed(x))


if __name__ == "__main__":
    sys.exit(run_alone("causes"))
