"""How large practices get and which of them end: python -m analysis.practice_sizes RESULTS... [--out FILE].

List sizes at the start, each April and at the end, as the range the middle half and the middle eight tenths of
practices lie in; a cross is a practice that closed or merged, at the size of its list when last recorded. Practices of
all seeds are taken together.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis import page as pages
from analysis.page import Page
from analysis.pictures import run_alone
from analysis.results import Ensemble, only
from analysis.seeds import summed_up
from runs import style

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
MANY = 200
"""Where more practices end than these, each is a faint dash, so that many make a dark one."""
EDGES = np.array([*np.arange(0, 32_500, 2_500), np.inf])
"""Classes of list size, patients; the last is open."""


def sizes(ensemble: Ensemble) -> pd.DataFrame:
    """Practices with patients by month: quantiles of the list, patients, and the number of practices a seed."""
    rows = ensemble.table("practices", ["month", "practice", "list_size"], "list_size > 0")
    found = rows.groupby("month")["list_size"].quantile(list(QUANTILES)).unstack()
    found.columns = [f"p{100 * q:.0f}" for q in QUANTILES]
    found["practices"] = rows.groupby("month").size() / len(ensemble.runs)
    return found.reset_index()


def exits(ensemble: Ensemble) -> pd.DataFrame:
    """Practices that ended: seed, month recorded, and patients when last recorded with any."""
    rows = ensemble.table("practices", ["month", "practice", "list_size", "ended"])
    rows = rows.sort_values(["seed", "practice", "month"], kind="stable")
    before = rows["list_size"].where(rows["list_size"] > 0).groupby([rows["seed"], rows["practice"]]).ffill()
    rows["last_size"] = before
    ended = rows[rows["ended"] & rows["last_size"].notna()]
    return ended[["seed", "month", "practice", "last_size"]].reset_index(drop=True)


def classes(ensemble: Ensemble) -> pd.DataFrame:
    """Practices in each class of list size at the start and the end, a seed; and those that ended, by last size."""
    ends = f"list_size > 0 AND month IN (DATE '{ensemble.start}', DATE '{ensemble.end}')"
    rows = ensemble.table("practices", ["month", "list_size"], ends)
    gone = exits(ensemble)["last_size"]
    start = rows["month"] == pd.Timestamp(ensemble.start)
    end = rows["month"] == pd.Timestamp(ensemble.end)
    counts = {
        name: np.histogram(values, EDGES)[0] / len(ensemble.runs)
        for name, values in (("start", rows["list_size"][start]), ("end", rows["list_size"][end]), ("ended", gone))
    }
    return pd.DataFrame({"from": EDGES[:-1], "to": EDGES[1:], **counts})


def plot(ensembles: Sequence[Ensemble]) -> Page:
    """The figure."""
    ensemble = only(ensembles)
    spread, gone, by_class = sizes(ensemble), exits(ensemble), classes(ensemble)
    number = summed_up(
        ensemble.table("headline", ["month", "practices"]).sort_values(["seed", "month"]), ["month"], "practices"
    )
    body = 4.8
    page = Page(
        f"Sizes of practices and which of them end, patients, {pages.month(ensemble.start)} to {pages.month(ensemble.end)}",
        _answer(ensemble, number, spread, gone), pages.source(ensembles, _note(ensemble)), body,
    )  # fmt: skip
    page.data |= {"sizes": spread, "exits": gone, "classes": by_class, "practices": number}
    marks = "" if gone.empty else f"; {'dashes' if len(gone) > MANY else 'crosses'}: closed or merged"
    _draw_lists(
        page.panel(0.85, 5.9, 0.4, body - 0.6, "List size", f"patients; each April and at the ends of the run{marks}"),
        spread,
        gone,
    )
    right, between = 8.15, 1.0
    half = (body - 0.4 - 0.6 - between) / 2
    upper = page.panel(right, 10.7, 0.4 + half + between, body - 0.6, "Practices", "number, every month")
    pages.fan(upper, number, style.BLUE, gid="practices")
    upper.set_ylim(0, 1.1 * number["high"].max())
    upper.yaxis.set_major_formatter("{x:,.0f}")
    style.months_along(upper, [when.date() for when in number["month"]], most=4)
    _draw_classes(
        page.panel(
            right, 10.7, 0.4, 0.4 + half, "By list size, thousand patients", "practices; filled: end, outline: start"
        ),
        by_class,
    )
    return page


def _answer(ensemble: Ensemble, number: pd.DataFrame, spread: pd.DataFrame, gone: pd.DataFrame) -> str:
    answer = (
        f"{number['mean'].iloc[0]:,.0f} practices in {pages.month(ensemble.start)}, {number['mean'].iloc[-1]:,.0f} in"
        f" {pages.month(ensemble.end)}; the middle one {change(spread['p50'].iloc[0], spread['p50'].iloc[-1])} patients."
    )
    if len(gone):
        those = "with" if len(gone) == 1 else "half of them with at most"
        ended = len(gone) / len(ensemble.runs)
        many = f" {ended:,.0f}" if ended == int(ended) else f" On average {ended:,.1f}"
        answer += f"{many} closed or merged, {those} {gone['last_size'].median():,.0f}."
    return answer


def _draw_lists(axes: Axes, spread: pd.DataFrame, gone: pd.DataFrame) -> None:
    """The spread of list sizes through time, and the practices that ended."""
    months = [when.date() for when in spread["month"]]
    for low, high, share in (("p10", "p90", 0.75), ("p25", "p75", 0.5)):
        axes.fill_between(months, spread[low], spread[high], color=style.mixed(style.SKY, "white", share), linewidth=0)
    axes.plot(months, spread["p50"], color=style.BLUE, linewidth=2, marker="o" if len(months) == 1 else None)
    top = max(float(spread["p90"].max()), float(gone["last_size"].quantile(0.98)) if len(gone) else 0.0)
    axes.set_ylim(0, 1.08 * top)
    many, seen = len(gone) > MANY, gone[gone["last_size"] <= 1.08 * top]
    axes.scatter(
        [when.date() for when in seen["month"]], seen["last_size"], marker="_" if many else "x", s=60 if many else 26,
        linewidths=1.2, color=style.VERMILLION, alpha=0.4 if many else 1, gid="ended", zorder=3, clip_on=False,
    )  # fmt: skip
    axes.yaxis.set_major_formatter("{x:,.0f}")
    style.months_along(axes, months)
    style.label_ends(
        axes,
        [(spread[q].iloc[-1], text, style.BLUE) for q, text in (
            ("p10", "a tenth are smaller"), ("p25", "a quarter smaller"), ("p50", "middle practice"),
            ("p75", "a quarter larger"), ("p90", "a tenth are larger"))],
    )  # fmt: skip


def _draw_classes(axes: Axes, by_class: pd.DataFrame) -> None:
    at = np.arange(len(by_class))
    axes.bar(at, by_class["end"], 0.86, color=style.SKY, gid="end")
    axes.bar(at, by_class["start"], 0.86, facecolor="none", edgecolor=style.BLACK, linewidth=1, gid="start")
    beginning = [
        f"{low / 1000:.0f}{'' if np.isfinite(high) else '+'}" for low, high in by_class[["from", "to"]].to_numpy()
    ]
    axes.set_xticks(at[::2] - 0.5, beginning[::2])
    axes.yaxis.set_major_locator(style.few_ticks(4))
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.grid(axis="y")


def change(start: float, end: float) -> str:
    """Grew from 7,422 to 7,558; shrank from 7,558 to 7,422; stayed at 7,422."""
    first, last = f"{start:,.0f}", f"{end:,.0f}"
    return f"stayed at {last}" if first == last else f"{'grew' if end > start else 'shrank'} from {first} to {last}"


def _note(ensemble: Ensemble) -> str:
    marks = (
        "Lists are recorded each April and at the ends of the run, lines between only join them; marks stand at the first record"
        " after a practice ended, at the height of its last list"
    )
    return (
        f"{marks}." if len(ensemble.runs) == 1 else f"{marks}, of all seeds; numbers of practices are means of seeds."
    )


if __name__ == "__main__":
    sys.exit(run_alone("practices"))
