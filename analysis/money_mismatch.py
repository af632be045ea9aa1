"""Where the money is that is not where the need is: python -m analysis.money_mismatch RESULTS... [--out FILE].

By commissioner (fixed boundaries), what it is paid less the cost of the care of the real patients on its lists, at the
start and the end; for the whole region, month by month as of the quarter, the money that would have to change hands to
follow the need of patients, or of residents, and the money that is late or early; by place, money held for people who
live elsewhere against money for its residents that others hold.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from analysis import page as pages
from analysis.page import Page
from analysis.pictures import run_alone
from analysis.results import Ensemble, only
from analysis.seeds import summed_up
from runs import style

MINUS = "\N{MINUS SIGN}"
MOST_COMMISSIONERS, MOST_PLACES = 16, 8
SUMS = (
    ("misallocated", "not where residents' need is", style.VERMILLION, "-"),
    ("misplaced", "not where patients' need is", style.BLUE, "-"),
    ("mismatch", "late or early", style.GREY, "--"),
)
SIDES = (
    ("held_for_others", "held for people who live elsewhere", style.VERMILLION, 1),
    ("held_elsewhere", "for its residents, held elsewhere", style.BLUE, -1),
)


def by_commissioner(ensemble: Ensemble) -> pd.DataFrame:
    """Balance (money less activity, GBP m a year) at the start and the end, largest surplus at the end first."""
    rows = ensemble.ends("money", ["commissioner", "balance"])
    rows["balance"] *= 1e-6
    found = summed_up(rows, ["commissioner", "when", "month"], "balance")
    end = found[found["when"] == "end"].set_index("commissioner")["mean"]
    order = found["commissioner"].map(end)
    return (
        found.assign(order=-order)
        .sort_values(["order", "commissioner", "when"], ascending=[True, True, False])
        .drop(columns="order")
    )


def over_time(ensemble: Ensemble) -> pd.DataFrame:
    """Money of the whole region in the wrong place or time by month, GBP m a year: mean, low, high over seeds."""
    columns = [name for name, *_ in SUMS]
    rows = ensemble.table("headline", ["month", *columns]).sort_values(["seed", "month"])
    long = rows.melt(["seed", "month"], columns, "of", "value")
    return summed_up(long.assign(value=1e-6 * long["value"]), ["of", "month"], "value")


def by_place(ensemble: Ensemble) -> pd.DataFrame:
    """Money held for people elsewhere, and elsewhere for its residents, at the end, GBP m a year, by place."""
    columns = [name for name, *_ in SIDES]
    rows = ensemble.ends("places", ["place", *columns])
    long = rows[rows["when"] == "end"].melt(["seed", "month", "place"], columns, "side", "value")
    long = long.sort_values(["place", "side", "seed"])
    return summed_up(long.assign(value=1e-6 * long["value"]), ["place", "side", "month"], "value")


def plot(ensembles: Sequence[Ensemble]) -> Page:
    """The figure."""
    ensemble = only(ensembles)
    balances, sums, places = by_commissioner(ensemble), over_time(ensemble), by_place(ensemble)
    last = sums[sums["month"] == sums["month"].max()].set_index("of")["mean"]
    first = sums[sums["month"] == sums["month"].min()].set_index("of")["mean"]
    end = balances[balances["when"] == "end"].set_index("commissioner")["mean"]
    begun, quarter = (pages.month(when) for when in (balances["month"].min(), balances["month"].max()))
    answer = "There is one commissioner, so no money is with the wrong one."
    if len(end) > 1:
        before = "" if begun == quarter else f", £{first['misallocated']:,.1f}m in {begun}"
        answer = (
            f"£{last['misallocated']:,.1f}m a year would have to change hands to follow the need of residents in"
            f" {quarter}{before}."
            f" Furthest above the cost of its patients: {ensemble.short_name(end.idxmax())} ({_millions(end.max())});"
            f" furthest below: {ensemble.short_name(end.idxmin())} ({_millions(end.min())})."
        )
    shown = _furthest(balances)
    total = balances["commissioner"].nunique()
    body = max(0.32 * len(shown) + 1.2, 5.6)
    note = "Fixed boundaries." + (
        " Means of seeds; lines and bands: lowest to highest." if len(ensemble.runs) > 1 else ""
    )
    page = Page(
        f"Money apart from need, £m a year, {pages.period(balances['month'])}",
        answer, pages.source(ensembles, note), body,
    )  # fmt: skip
    page.data |= {"commissioners": balances, "region": sums, "places": places}
    title = "By commissioner" if len(shown) == total else f"By commissioner, the {len(shown)} of {total} furthest off"
    tall = min(0.9 * len(shown) + 0.3, body - 1.3)
    left = page.panel(
        1.75, 5.1, body - 0.6 - tall, body - 0.6, title, "money less the cost of the care of its patients, £m a year"
    )
    _draw_balances(left, balances, shown, ensemble)
    half = (body - 0.6 - 0.45 - 1.0) / 2
    upper = page.panel(
        6.2, 8.45, body - 0.6 - half, body - 0.6, "In the wrong place or time", "£m a year, whole region"
    )
    _draw_sums(upper, sums, ensemble)
    _draw_places(page, places, half, ensemble)
    return page


def _furthest(balances: pd.DataFrame) -> list[str]:
    end = balances[balances["when"] == "end"].set_index("commissioner")["mean"]
    kept = set(end.abs().sort_values(ascending=False, kind="stable").index[:MOST_COMMISSIONERS])
    return [code for code in end.index if code in kept]


def _draw_balances(axes: Axes, balances: pd.DataFrame, shown: list[str], ensemble: Ensemble) -> None:
    """A row a commissioner: its balance at the start and, with its range over seeds, at the end."""
    both = balances.set_index(["commissioner", "when"])
    for row, code in enumerate(shown):
        after = both.loc[(code, "end")]
        before = both.loc[(code, "start")] if (code, "start") in both.index else after
        axes.plot([before["mean"], after["mean"]], [row, row], color=style.PALE, linewidth=3, zorder=1)
        axes.plot(before["mean"], row, "o", markerfacecolor="white", markeredgecolor=style.GREY, markersize=7, zorder=3)
        axes.plot([after["low"], after["high"]], [row, row], color=style.VERMILLION, linewidth=1.5, zorder=2)
        axes.plot(after["mean"], row, "o", color=style.VERMILLION, markersize=7, zorder=4, gid=f"end-{code}")
        side = 1 if after["mean"] >= before["mean"] else -1
        reach = (after["high"] if side > 0 else after["low"]) if after["high"] > after["low"] else after["mean"]
        axes.annotate(
            pages.signed(after["mean"], ",.1f"), (reach, row), (7 * side, 0), textcoords="offset points",
            va="center", ha="left" if side > 0 else "right", fontsize=8.5,
        )  # fmt: skip
    values = balances[balances["commissioner"].isin(shown)]
    low, high = min(values["low"].min(), 0), max(values["high"].max(), 0)
    reach = (high - low) or 1
    axes.set_xlim(low - 0.2 * reach, high + 0.2 * reach)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_yticks(range(len(shown)), [style.shortened(ensemble.short_name(code), 1.5, 9) for code in shown])
    axes.axvline(0, color=style.BLACK, linewidth=0.8, zorder=0)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(style.few_ticks(5))
    axes.xaxis.set_major_formatter(lambda x, _: pages.signed(x, "g"))
    axes.grid(axis="x")
    axes.annotate(
        pages.two_dots(balances), (0, 0), (0, -34), xycoords="axes fraction",
        textcoords="offset points", fontsize=9,
    )  # fmt: skip


def _draw_sums(axes: Axes, sums: pd.DataFrame, ensemble: Ensemble) -> None:
    ends = []
    for name, text, colour, dashes in SUMS:
        line = sums[(sums["of"] == name)].dropna(subset=["mean"])
        if line.empty:
            continue
        pages.fan(axes, line, colour, dashes, name)
        ends.append((line["mean"].iloc[-1], f"{text} {line['mean'].iloc[-1]:,.1f}", colour))
    top = float(sums["high"].max())
    axes.set_ylim(0, 1.08 * top if top >= 0.05 else 1.0)  # what rounds to nothing is not blown up
    axes.yaxis.set_major_locator(style.few_ticks(5))
    axes.yaxis.set_major_formatter("{x:,g}")
    style.months_along(axes, [when.date() for when in sums["month"].drop_duplicates()], most=4)
    style.label_ends(axes, ends)
    pages.mark_events(axes, ensemble)


def _draw_places(page: Page, places: pd.DataFrame, half: float, ensemble: Ensemble) -> None:
    """A row a place: money held elsewhere for its residents and held by it for others, to either side."""
    both = places.groupby("place")["mean"].sum().sort_values(ascending=False, kind="stable")
    shown = list(both.index[:MOST_PLACES])
    more = f", {len(shown)} of {len(both)} with most" if len(shown) < len(both) else ""
    tall = min(0.55 * len(shown) + 0.3, half)
    axes = page.panel(
        7.0,
        10.6,
        0.45 + half - tall,
        0.45 + half,
        f"By place{more}",
        f"£m a year, {pages.month(places['month'].max())}",
    )
    reach = max(float(places["high"].max()), 1e-9)
    for name, _, colour, sign in SIDES:
        side = places[places["side"] == name].set_index("place")["mean"].reindex(shown)
        axes.barh(range(len(shown)), sign * side, 0.62, color=colour, gid=name)
        for row, value in enumerate(side):
            axes.annotate(
                f"{value:,.1f}", (sign * value, row), (4 * sign, 0), textcoords="offset points", va="center",
                ha="left" if sign > 0 else "right", fontsize=8.5,
            )  # fmt: skip
    axes.set_xlim(-1.35 * reach, 1.35 * reach)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_yticks(range(len(shown)), [style.shortened(ensemble.place_name(place), 1.15, 9) for place in shown])
    axes.tick_params(axis="y", length=0, pad=6)
    axes.set_xticks([])
    for edge in ("left", "bottom"):
        axes.spines[edge].set_visible(False)
    axes.axvline(0, color=style.BLACK, linewidth=0.8)
    for text, colour, at, edge in ((SIDES[1][1], SIDES[1][2], 0.49, "right"), (SIDES[0][1], SIDES[0][2], 0.51, "left")):
        axes.annotate(
            style.wrapped(text, 1.7, 8.5), (at, 0), (0, -4), xycoords="axes fraction", textcoords="offset points",
            ha=edge, va="top", fontsize=8.5, color=style.ink(colour),
        )  # fmt: skip


def _millions(value: float) -> str:
    return f"{MINUS if value < 0 else ''}£{abs(value):,.1f}m"


if __name__ == "__main__":
    sys.exit(run_alone("money"))
