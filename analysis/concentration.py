"""How far lists come together in few hands: python -m analysis.concentration RESULTS... [--out FILE].

The Herfindahl index of organisations in a place and the share of the largest, means over patients, month by month; the
share of patients with each kind of organisation, each April; the largest organisation's share by place at the start
and the end. With several seeds lines are means and bands the range.
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

MOST_PLACES = 10
REGION = (
    ("largest_organisation_share", "the largest", style.VERMILLION, "-"),
    ("organisation_hhi", "Herfindahl", style.BLUE, "-"),
)
KINDS = {
    "network": style.SKY, "federation": style.GREEN, "super-practice": style.ORANGE, "trust": style.PURPLE,
    "digital": style.BLUE,
}  # fmt: skip


def over_time(ensemble: Ensemble) -> pd.DataFrame:
    """Herfindahl index and largest share, per cent, by month: mean, low, high over seeds."""
    columns = [name for name, *_ in REGION]
    rows = ensemble.table("headline", ["month", *columns]).sort_values(["seed", "month"])
    long = rows.melt(["seed", "month"], columns, "measure", "value")
    return summed_up(long.assign(value=100 * long["value"]), ["measure", "month"], "value")


def by_kind(ensemble: Ensemble) -> pd.DataFrame:
    """Per cent of all patients with each kind of organisation at the start, each April and the end; 0 where none."""
    rows = ensemble.table("organisations", ["month", "kind", "patients"])
    lists = ensemble.table("practices", ["month", "list_size"]).groupby(["seed", "month"])["list_size"].sum()
    kinds = sorted(rows["kind"].unique())
    patients = rows.groupby(["seed", "month", "kind"])["patients"].sum().unstack(fill_value=0)
    shares = patients.reindex(lists.index, fill_value=0).reindex(columns=kinds, fill_value=0)
    shares = 100 * shares.div(lists.where(lists > 0), axis=0)
    long = shares.rename_axis(columns="kind").stack().rename("value").reset_index()
    return summed_up(long.sort_values(["kind", "month", "seed"]), ["kind", "month"], "value")


def by_place(ensemble: Ensemble) -> pd.DataFrame:
    """Per cent of a place's patients with its largest organisation, start and end; largest at the end first."""
    rows = ensemble.ends("places", ["place", "largest_organisation_share"])
    rows["value"] = 100 * rows["largest_organisation_share"]
    found = summed_up(rows, ["place", "when", "month"], "value")
    end = found[found["when"] == "end"].set_index("place")["mean"]
    found["order"] = -found["place"].map(end)
    return found.sort_values(["order", "place", "when"], ascending=[True, True, False]).drop(columns="order")


def plot(ensembles: Sequence[Ensemble]) -> Page:
    """The figure."""
    ensemble = only(ensembles)
    region, kinds, places = over_time(ensemble), by_kind(ensemble), by_place(ensemble)
    largest = region[region["measure"] == "largest_organisation_share"]["mean"]
    hhi = region[region["measure"] == "organisation_hhi"]["mean"] * 100
    body = 5.6
    page = Page(
        f"Lists in few hands, % of patients, {pages.month(ensemble.start)} to {pages.month(ensemble.end)}",
        f"The largest organisation of a place had {largest.iloc[0]:.1f}% of its patients in"
        f" {pages.month(ensemble.start)} and {largest.iloc[-1]:.1f}% in {pages.month(ensemble.end)}; the Herfindahl index"
        f" went from {hhi.iloc[0]:,.0f} to {hhi.iloc[-1]:,.0f} of 10,000.",
        pages.source(ensembles, _note(ensemble)), body,
    )  # fmt: skip
    page.data |= {"region": region, "kinds": kinds, "places": places}
    half = (body - 0.6 - 0.4 - 0.95) / 2
    upper = page.panel(
        0.7,
        4.2,
        body - 0.6 - half,
        body - 0.6,
        "In a place",
        "% with the largest organisation, and Herfindahl index; means over patients",
    )
    ends = []
    for name, text, colour, dashes in REGION:
        line = region[region["measure"] == name]
        pages.fan(upper, line, colour, dashes, name)
        ends.append((line["mean"].iloc[-1], f"{text} {line['mean'].iloc[-1]:.1f}%", colour))
    style.months_along(upper, [when.date() for when in region["month"].drop_duplicates()], most=5)
    style.per_cent_from_zero(upper, float(region["high"].max()))
    style.label_ends(upper, ends)
    pages.mark_events(upper, ensemble)
    lower = page.panel(
        0.7,
        4.2,
        0.4,
        0.4 + half,
        "By kind of organisation",
        "% of all patients, each April and at the ends; a practice may belong to several",
    )
    _draw_kinds(lower, kinds, ensemble)
    _draw_places(page, places, body, ensemble)
    return page


def _draw_kinds(axes: Axes, kinds: pd.DataFrame, ensemble: Ensemble) -> None:
    ends = []
    for kind in kinds["kind"].drop_duplicates():
        line, colour = kinds[kinds["kind"] == kind], KINDS.get(kind, style.GREY)
        pages.fan(axes, line, colour, gid=kind)
        axes.plot(line["month"], line["mean"], "o", color=colour, markersize=3.5, clip_on=False, gid=f"{kind}-recorded")
        ends.append((line["mean"].iloc[-1], f"{kind} {line['mean'].iloc[-1]:.1f}%", colour))
    months = [ensemble.start, ensemble.end]
    if kinds.empty:
        axes.text(0.5, 0.5, "none", transform=axes.transAxes, ha="center", color=style.GREY)
    else:
        months = [when.date() for when in kinds["month"].drop_duplicates().sort_values()]
    style.months_along(axes, months, most=5)
    style.per_cent_from_zero(axes, float(kinds["high"].max()) if len(kinds) else 1.0)
    style.label_ends(axes, ends)


def _draw_places(page: Page, places: pd.DataFrame, body: float, ensemble: Ensemble) -> None:
    """A row a place: the largest organisation's share at the start and, with its range over seeds, at the end."""
    shown = list(places["place"].drop_duplicates()[:MOST_PLACES])
    total = places["place"].nunique()
    more = f"; {len(shown)} of {total} places" if len(shown) < total else ""
    tall = min(0.9 * len(shown) + 0.3, body - 1.3)
    axes = page.panel(
        7.2, 10.6, body - 0.6 - tall, body - 0.6, "Largest organisation", f"% of the place's patients{more}"
    )
    both = places.set_index(["place", "when"])
    for row, place in enumerate(shown):
        after = both.loc[(place, "end")]
        before = both.loc[(place, "start")] if (place, "start") in both.index else after
        axes.plot([before["mean"], after["mean"]], [row, row], color=style.PALE, linewidth=3, zorder=1)
        axes.plot(before["mean"], row, "o", markerfacecolor="white", markeredgecolor=style.GREY, markersize=7)
        axes.plot([after["low"], after["high"]], [row, row], color=style.VERMILLION, linewidth=1.5)
        axes.plot(after["mean"], row, "o", color=style.VERMILLION, markersize=7, gid=f"end-{place}")
        axes.annotate(
            f"{after['mean']:.1f}%", (max(after["high"], before["mean"]), row), (8, 0), textcoords="offset points",
            va="center", fontsize=8.5,
        )  # fmt: skip
    axes.set_xlim(0, 1.22 * places["high"].max())
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_yticks(range(len(shown)), [style.shortened(ensemble.place_name(place), 1.3, 9) for place in shown])
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(style.few_ticks(5))
    axes.xaxis.set_major_formatter("{x:g}%")
    axes.grid(axis="x")
    axes.annotate(
        pages.two_dots(places), (0, 0), (0, -34), xycoords="axes fraction",
        textcoords="offset points", fontsize=9,
    )  # fmt: skip


def _note(ensemble: Ensemble) -> str:
    dotted = "; dotted: policy takes effect" if pages.events_marked(ensemble) else ""
    return (
        f"Herfindahl index: sum of squared shares, 100% = one organisation{dotted}. Kinds are recorded at"
        f" the dots, lines between only join them.{pages.of_seeds(ensemble)}"
    )


if __name__ == "__main__":
    sys.exit(run_alone("concentration"))
