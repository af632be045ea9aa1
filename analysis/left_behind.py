"""Who is left behind, by deprivation of the neighbourhood: python -m analysis.left_behind RESULTS... [--out FILE].

Residents of areas in five fifths by deprivation, quarter by quarter: on no list, with a digital provider, satisfied,
how far from their practice, what their practices are paid and how many GPs they have for the same need. With several
seeds a line is their mean and the band their range.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis import page as pages
from analysis.page import Page
from analysis.pictures import run_alone
from analysis.results import Ensemble, only
from analysis.seeds import summed_up
from model.errors import InputError
from runs import style


class Measure(NamedTuple):
    """One panel."""

    column: str
    title: str
    unit: str
    scale: float
    form: str


MEASURES = (
    Measure("unregistered_share", "On no list", "% of residents", 100, ".1f"),
    Measure("digital_share", "With a digital provider", "% of residents on a list", 100, ".1f"),
    Measure("satisfaction", "Satisfied", "% of patients", 100, ".0f"),
    Measure("travel_km", "Distance to the practice", "km, mean, conventional lists", 1, ".2f"),
    Measure("practice_funding", "Paid to their practices", "£ a year per need-weighted patient", 1, ".0f"),
    Measure("gps_per_10000", "GPs of their practices", "full-time, per 10,000 need-weighted patients", 1, ".1f"),
)
COLOURS = (style.VERMILLION, style.ORANGE, style.GREY, style.SKY, style.BLUE)
"""Most to least deprived."""


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Each measure in the unit shown by fifth (1 = most deprived) and quarter: mean, low, high over seeds.

    Raises:
        InputError: the run recorded no quarter.
    """
    columns = [measure.column for measure in MEASURES]
    rows = ensemble.table("left_behind", ["month", "deprivation", *columns])
    if rows.empty:
        raise InputError(f"{ensemble.label}: table left_behind has no rows; run the scenario again")
    for measure in MEASURES:
        rows[measure.column] = measure.scale * rows[measure.column]
    long = rows.melt(["seed", "month", "deprivation"], columns, "measure", "value")
    long = long.sort_values(["measure", "deprivation", "month", "seed"], kind="stable")
    return summed_up(long, ["measure", "deprivation", "month"], "value")


def slopes(frame: pd.DataFrame) -> dict[str, float]:
    """Most less least deprived fifth at the end, by measure."""
    last = frame[frame["month"] == frame["month"].max()].set_index(["measure", "deprivation"])["mean"]
    fifths = last.index.get_level_values("deprivation")
    return {
        measure.column: float(last[measure.column, fifths.min()] - last[measure.column, fifths.max()])
        for measure in MEASURES
    }


def plot(ensembles: Sequence[Ensemble]) -> Page:
    """The figure."""
    ensemble = only(ensembles)
    frame = data(ensemble)
    apart = slopes(frame)
    no_digital = not (frame.loc[frame["measure"] == "digital_share", "high"] > 0).any()
    with_digital = (
        "" if no_digital else f" with a digital provider {pages.signed(apart['digital_share'], '.1f')} points,"
    )
    body = 5.6
    page = Page(
        f"Residents by deprivation of their neighbourhood, {pages.period(frame['month'])}",
        f"In {pages.month(frame['month'].max())}, most against least deprived fifth: on no list"
        f" {pages.signed(apart['unregistered_share'], '.1f')} points,{with_digital} satisfied"
        f" {pages.signed(apart['satisfaction'], '.1f')} points; their practices are paid"
        f" £{abs(apart['practice_funding']):.2f} a patient and year"
        f" {'more' if apart['practice_funding'] >= 0 else 'less'} for the same need.",
        pages.source(ensembles, _note(ensemble)), body,
    )  # fmt: skip
    page.data["left-behind"] = frame
    fifths = sorted(frame["deprivation"].unique())
    months = [when.date() for when in frame["month"].drop_duplicates().sort_values()]
    for number, (measure, axes) in enumerate(
        zip(MEASURES, page.grid(6, 3, left=0.6, right=0.55, across=0.95, top=0.95, up=0.8, bottom=0.35), strict=True)
    ):
        pages.heading(axes, measure.title, measure.unit)
        if measure.column == "digital_share" and no_digital:
            pages.say(axes, "none")
            continue
        rows = frame[frame["measure"] == measure.column]
        low, high = float(rows["low"].min()), float(rows["high"].max())
        if np.isfinite(low):
            air = 0.08 * ((high - low) or abs(high) or 1)
            axes.set_ylim(0 if low < 0.35 * high else low - air, high + air)
        ends = []
        for fifth in fifths:
            line = rows[rows["deprivation"] == fifth].dropna(subset=["mean"])
            if line.empty:
                continue
            colour = COLOURS[int(fifth) - 1]
            pages.fan(axes, line, colour, gid=f"fifth-{fifth}")
            ends.append((line["mean"].iloc[-1], format(line["mean"].iloc[-1], measure.form), colour))
        style.months_along(axes, months, most=5)
        axes.yaxis.set_major_locator(style.few_ticks(5))
        style.label_ends(axes, ends, points=10)
        pages.mark_events(axes, ensemble)
        if number == 0:
            texts = ["fifth of areas: 1, most deprived", "2", "3", "4", "5, least deprived"]
            style.key(axes, [(text, colour, "s") for text, colour in zip(texts, COLOURS, strict=True)], up=42)
    return page


def _note(ensemble: Ensemble) -> str:
    dotted = "Dotted: policy takes effect. " if pages.events_marked(ensemble) else ""
    return f"{dotted}Axes that do not start at zero show differences.{pages.of_seeds(ensemble)}"


if __name__ == "__main__":
    sys.exit(run_alone("left-behind"))
