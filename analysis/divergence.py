"""Registered less resident people by commissioner through time: python -m analysis.divergence RESULTS... [--out FILE].

One small panel a commissioner (fixed boundaries): registered people in excess of residents in per cent of residents,
beside what of it is net flow across borders (true addresses); the rest is ghosts less residents on no list. With
several seeds a line is their mean and the band their range.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pandas as pd

from analysis import page as pages
from analysis.page import Page
from analysis.pictures import run_alone
from analysis.results import Ensemble, only
from analysis.seeds import summed_up
from model.errors import InputError
from runs import style

MOST_SHOWN = 12
MUCH_FURTHER = 3.0
"""Where one panel reaches so many times further than most, each has a scale of its own."""
ALL = "all"
LINES = (("gap", "registered less resident", style.VERMILLION, "-"), ("net_flow", "of it, net flow", style.BLUE, "--"))


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Per cent of residents by commissioner, month and line: mean, low, high over seeds; code ``all`` is the region.

    Raises:
        InputError: the results hold no commissioner on fixed boundaries.
    """
    people = ["residents", "registered", "net_flow"]
    rows = ensemble.table("commissioners", ["month", "commissioner", *people], "boundaries = 'fixed'")
    if rows.empty:
        raise InputError(
            f"{ensemble.runs[0].folder}: the table commissioners has no rows on fixed boundaries; make the results again"
        )
    together = rows.groupby(["seed", "month"], as_index=False)[people].sum().assign(commissioner=ALL)
    rows = pd.concat([rows.sort_values(["commissioner", "seed", "month"]), together])
    lived_in = rows["residents"].where(rows["residents"] > 0)
    rows["gap"] = 100 * (rows["registered"] - rows["residents"]) / lived_in
    rows["net_flow"] = 100 * rows["net_flow"] / lived_in
    long = rows.melt(["seed", "commissioner", "month"], [name for name, *_ in LINES], "line", "value")
    return summed_up(long, ["commissioner", "line", "month"], "value")


def shown(frame: pd.DataFrame, most: int = MOST_SHOWN) -> list[str]:
    """Commissioners whose gap changed most from first to last month, largest growth first."""
    gaps = frame[(frame["line"] == "gap") & (frame["commissioner"] != ALL)].sort_values("month")
    ends = gaps.groupby("commissioner")["mean"].agg(["first", "last"]).dropna()
    change = (ends["last"] - ends["first"]).sort_index()
    largest = change.abs().sort_values(ascending=False, kind="stable").index[:most]
    return list(change[largest].sort_values(ascending=False, kind="stable").index)


def plot(ensembles: Sequence[Ensemble]) -> Page:
    """The figure."""
    ensemble = only(ensembles)
    frame = data(ensemble)
    codes = shown(frame)
    total = frame["commissioner"].nunique() - 1
    gap = frame[frame["line"] == "gap"].set_index(["commissioner", "month"])["mean"]
    first, last = frame["month"].min(), frame["month"].max()
    answer = (
        f"All together {pages.signed(gap[ALL, first], '.1f')}% in {pages.month(ensemble.start)} and"
        f" {pages.signed(gap[ALL, last], '.1f')}% in {pages.month(ensemble.end)}."
    )
    if codes:
        furthest = max(codes, key=lambda code: abs(gap[code, last] - gap[code, first]))
        answer += (
            f" {ensemble.short_name(furthest)} changed most: from {pages.signed(gap[furthest, first], '.1f')}% to"
            f" {pages.signed(gap[furthest, last], '.1f')}%."
        )
    if len(codes) < total:
        answer += f" Shown: the {len(codes)} of {total} commissioners that changed most."
    panels = [*codes, ALL] if total > 1 else codes or [ALL]
    drawn = frame[frame["commissioner"].isin(panels)]
    reach = drawn.groupby("commissioner")[["low", "high"]].agg({"low": "min", "high": "max"}).abs().max(axis=1)
    each_its_own = reach.max() > MUCH_FURTHER * reach.median()
    columns = min(3 if len(panels) <= 9 else 4, len(panels))
    rows = -(-len(panels) // columns)
    page = Page(
        f"Registered less resident people, % of residents, {pages.month(ensemble.start)} to {pages.month(ensemble.end)}",
        answer, pages.source(ensembles, _note(ensemble, each_its_own)), 0.95 + 2.0 * rows,
    )  # fmt: skip
    page.data["divergence"] = frame
    months = [when.date() for when in drawn["month"].drop_duplicates().sort_values()]
    for number, (code, axes) in enumerate(zip(panels, page.grid(len(panels), columns, top=0.75, up=0.6), strict=True)):
        name = f"All {total} together" if code == ALL else ensemble.short_name(code)
        pages.heading(axes, name, across=style.inches(axes)[2] + 0.25)
        own = drawn[drawn["commissioner"] == code] if each_its_own else drawn
        low, high = min(own["low"].min(), 0), max(own["high"].max(), 0)
        air = 0.06 * ((high - low) or 1)
        axes.set_ylim(low - air, high + air)
        for line, _, colour, dashes in LINES:
            pages.fan(axes, drawn[(drawn["commissioner"] == code) & (drawn["line"] == line)], colour, dashes, line)
        axes.axhline(0, color=style.BLACK, linewidth=0.8)
        axes.yaxis.set_major_formatter(lambda y, _: f"{pages.signed(y, 'g')}%" if y else "0")
        style.months_along(axes, months, most=6 if columns < 4 else 4)
        pages.mark_events(axes, ensemble)
        axes.yaxis.set_major_locator(style.few_ticks(4))
        if number == 0:
            style.key(axes, [(text, colour, dashes) for _, text, colour, dashes in LINES])
    return page


def _note(ensemble: Ensemble, each_its_own: bool) -> str:
    dotted = "; dotted: policy takes effect" if pages.events_marked(ensemble) else ""
    return (
        f"Fixed boundaries{dotted}.{' Scales differ between panels.' if each_its_own else ''}{pages.of_seeds(ensemble)}"
    )


if __name__ == "__main__":
    sys.exit(run_alone("divergence"))
