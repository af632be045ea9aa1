"""How a digital provider grows, how old its patients are, where they live: python -m analysis.digital_growth RESULTS....

Patients of each digital provider month by month; of them, the share aged 20-39 and the share on the list for less than
twelve months; their homes at the end by commissioner (fixed boundaries), the host apart; and the share of residents
who are with a digital provider, by age and by deprivation of where they live.
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
from analysis.results import Ensemble, NothingToShowError, only
from analysis.seeds import summed_up
from runs import style

MOST_PROVIDERS, MOST_HOMES = 4, 10
COLOURS = (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE)
AGES = (
    ("digital_share_under_45", "under 45", style.BLUE), ("digital_share_45_64", "45-64", style.GREEN),
    ("digital_share_65_up", "65 and over", style.ORANGE),
)  # fmt: skip
MIX = (("aged_20_39", "aged 20-39", style.BLUE, "-"), ("new", "new this year", style.GREY, "--"))


def growth(ensemble: Ensemble) -> pd.DataFrame:
    """Patients by provider and month: mean, low, high over seeds; 0 where a provider is not there."""
    rows = ensemble.table("providers", ["month", "provider", "name", "list_size"], "kind = 'digital'")
    if rows.empty:
        return pd.DataFrame(columns=["provider", "month", "mean", "low", "high", "from", "to", "seeds"])
    rows["provider"] = rows["provider"].where(rows["provider"] != "", rows["name"])
    months = ensemble.runs[0].table("headline", ["month"])["month"].sort_values()
    lists = rows.groupby(["seed", "provider", "month"])["list_size"].sum()
    every = pd.MultiIndex.from_product(
        [ensemble.seeds, sorted(rows["provider"].unique()), months], names=["seed", "provider", "month"]
    )
    return summed_up(lists.reindex(every, fill_value=0).reset_index(), ["provider", "month"], "list_size")


def mix(ensemble: Ensemble) -> pd.DataFrame:
    """Per cent of patients aged 20-39 and on the list under a year, by quarter: mean, low, high over seeds."""
    rows = ensemble.table("digital_homes", ["month", "patients", "aged_20_39", "new"])
    sums = rows.groupby(["seed", "month"], as_index=False).sum(numeric_only=True)
    sums = sums[sums["patients"] > 0]
    shares = sums.assign(**{name: 100 * sums[name] / sums["patients"] for name, *_ in MIX})
    long = shares.melt(["seed", "month"], [name for name, *_ in MIX], "of", "value")
    return summed_up(long, ["of", "month"], "value")


def homes(ensemble: Ensemble) -> pd.DataFrame:
    """Patients who are there by commissioner of the home at the end, most first.

    ``host`` says whether it hosts a provider; ``hosted`` is how many, mean of seeds, live where their own one is hosted.
    """
    rows = ensemble.ends("digital_homes", ["provider", "home_commissioner", "patients"])
    rows = rows[rows["when"] == "end"]
    patients = rows.groupby(["seed", "home_commissioner"])["patients"].sum().unstack(fill_value=0)
    patients = patients.reindex(ensemble.seeds, fill_value=0)
    found = summed_up(patients.stack().rename("patients").reset_index(), ["home_commissioner"], "patients")
    lists = ensemble.table("providers", ["name", "provider", "commissioner"], "kind = 'digital'")
    lists["provider"] = lists["provider"].where(lists["provider"] != "", lists["name"])
    found["host"] = found["home_commissioner"].isin(lists["commissioner"])
    own = lists[["provider", "commissioner"]].drop_duplicates().rename(columns={"commissioner": "home_commissioner"})
    at_home = rows.merge(own).groupby("home_commissioner")["patients"].sum() / len(ensemble.runs)
    found["hosted"] = found["home_commissioner"].map(at_home).fillna(0.0)
    return found.sort_values(["mean", "home_commissioner"], ascending=[False, True], ignore_index=True)


def by_deprivation(ensemble: Ensemble) -> pd.DataFrame:
    """Per cent of residents with a digital provider, by fifth and age: mean, low, high over seeds.

    In the last quarter in which one had patients; no rows where none had in any.
    """
    columns = [name for name, *_ in AGES]
    rows = ensemble.table("left_behind", ["month", "deprivation", *columns])
    rows = rows[rows["month"] == ensemble.table("digital_homes", ["month"])["month"].max()]
    long = rows.melt(["seed", "deprivation"], columns, "age", "value").sort_values(["age", "deprivation", "seed"])
    return summed_up(long.assign(value=100 * long["value"]), ["age", "deprivation"], "value")


def plot(ensembles: Sequence[Ensemble]) -> Page:
    """The figure."""
    ensemble = only(ensembles)
    over_time = growth(ensemble)
    if over_time.empty or not over_time["high"].max():
        raise NothingToShowError(f"{ensemble.label}: has no digital provider, there is nothing of one to draw")
    ages, where, fifths = mix(ensemble), homes(ensemble), by_deprivation(ensemble)
    end = over_time[over_time["month"] == pd.Timestamp(ensemble.end)]
    answer = f"{end['mean'].sum():,.0f} patients in {pages.month(ensemble.end)}"
    homes_of = ensemble.table("digital_homes", ["month"])["month"]
    quarter = pages.month(homes_of.max()) if len(homes_of) else ""
    if where["mean"].sum() > 0:
        away = 100 * (1 - where["hosted"].sum() / where["mean"].sum())
        young = ages[ages["of"] == "aged_20_39"]["mean"].iloc[-1]
        answer += (
            f"; of those who were there in {quarter}, ghosts left out, {young:.0f}% were aged 20-39 and {away:.0f}% lived"
            " outside the commissioner that hosts their provider"
        )
    body = 6.3
    page = Page(
        f"Patients of digital providers: how many, how old, from where, {pages.month(ensemble.start)} to"
        f" {pages.month(ensemble.end)}",
        answer + ".", pages.source(ensembles, "Ages and homes without ghosts." + pages.of_seeds(ensemble)), body,
    )  # fmt: skip
    page.data |= {"growth": over_time, "mix": ages, "homes": where, "deprivation": fifths}
    half, low = 2.15, 0.45
    high = body - 0.6 - half
    upper = page.panel(0.8, 4.35, high, high + half, "Patients", "on the lists of digital providers")
    _draw_growth(upper, over_time, ensemble)
    right = page.panel(6.6, 9.35, high, high + half, "Age and time on the list", "% of their patients")
    _draw_mix(right, ages, ensemble)
    shown = where.head(MOST_HOMES)
    rest = len(where) - len(shown)
    when = f", {quarter}" if quarter else ""
    unit = f"patients{when}" + (f", the {len(shown)} of {len(where)} commissioners with most" if rest else "")
    _draw_homes(page.panel(1.85, 4.35, low, low + half, "Where they live", unit), shown, ensemble)
    _draw_fifths(
        page.panel(6.6, 9.35, low, low + half, "Who is with one", f"% of residents by deprivation{when}"), fifths
    )
    return page


def _draw_growth(axes: Axes, over_time: pd.DataFrame, ensemble: Ensemble) -> None:
    largest = over_time.groupby("provider")["mean"].max().sort_values(ascending=False, kind="stable")
    ends = []
    for provider, colour in zip(largest.index[:MOST_PROVIDERS], COLOURS, strict=False):
        line = over_time[over_time["provider"] == provider]
        pages.fan(axes, line, colour, gid=str(provider))
        ends.append((line["mean"].iloc[-1], f"{provider} {line['mean'].iloc[-1]:,.0f}", colour))
    axes.set_ylim(0, 1.08 * over_time["high"].max())
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_locator(style.few_ticks(5))
    style.months_along(axes, [when.date() for when in line["month"]])
    style.label_ends(axes, ends)
    pages.mark_events(axes, ensemble)


def _say_nothing_is_recorded(axes: Axes) -> None:
    """Where the first provider was launched after the last quarter recorded."""
    pages.say(axes, "no quarter recorded yet")


def _draw_mix(axes: Axes, ages: pd.DataFrame, ensemble: Ensemble) -> None:
    ends = []
    for name, text, colour, dashes in MIX:
        line = ages[ages["of"] == name]
        if line.empty:
            _say_nothing_is_recorded(axes)
            return
        pages.fan(axes, line, colour, dashes, name)
        ends.append((line["mean"].iloc[-1], f"{text} {line['mean'].iloc[-1]:.0f}%", colour))
    style.months_along(axes, pages.months_of(ensemble), most=4)
    axes.set_ylim(0, 103)
    axes.yaxis.set_major_formatter("{x:g}%")
    style.label_ends(axes, ends)


def _draw_homes(axes: Axes, shown: pd.DataFrame, ensemble: Ensemble) -> None:
    if shown.empty:
        _say_nothing_is_recorded(axes)
        return
    for row, home in shown.iterrows():
        axes.barh(row, home["mean"], 0.7, color=style.BLUE if home["host"] else style.SKY)
        axes.annotate(
            f"{home['mean']:,.0f}" + (" (host)" if home["host"] else ""), (home["high"], row), (4, 0),
            textcoords="offset points", va="center", fontsize=8.5,
        )  # fmt: skip
        if home["high"] > home["low"]:
            axes.plot([home["low"], home["high"]], [row, row], color=style.BLACK, linewidth=1)
    axes.set_ylim(max(len(shown), 4) - 0.5, -0.5)
    axes.set_xlim(0, 1.3 * max([*shown["high"], 1]))
    axes.set_yticks(
        range(len(shown)), [style.shortened(ensemble.short_name(code), 1.5, 9) for code in shown["home_commissioner"]]
    )
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(style.few_ticks(4))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(axis="x")


def _draw_fifths(axes: Axes, fifths: pd.DataFrame) -> None:
    if fifths.empty:
        _say_nothing_is_recorded(axes)
        return
    top = float(np.nanmax(fifths["high"], initial=0))
    digits = 1 if top >= 1 else 2
    ends = []
    for name, text, colour in AGES:
        line = fifths[fifths["age"] == name]
        axes.plot(line["deprivation"], line["mean"], "o-", color=colour, markersize=5, linewidth=1.2, gid=name)
        axes.vlines(line["deprivation"], line["low"], line["high"], color=colour, linewidth=2.5, alpha=0.5)
        ends.append((line["mean"].iloc[-1], f"{text} {line['mean'].iloc[-1]:.{digits}f}%", colour))
    axes.set_xlim(0.7, 5.1)
    axes.set_xticks(range(1, 6), ["most\ndeprived", "2", "3", "4", "least\ndeprived"])
    style.per_cent_from_zero(axes, top)
    axes.grid(axis="y")
    style.label_ends(axes, ends)


if __name__ == "__main__":
    sys.exit(run_alone("digital"))
