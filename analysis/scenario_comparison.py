"""What difference scenarios make and how sure it is: python -m analysis.scenario_comparison RESULTS... [--out FILE].

A dot for each scenario's mean of seeds at the end of the run, a thick line for the 95% interval of the mean, a thin one
for the range of the seeds. The grey line is the first scenario given; the number beside each dot is the difference to
it, paired by seed where both have the same seeds (they then share births, moves and tastes).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis import page as pages
from analysis.page import Page
from analysis.pictures import run_alone
from analysis.results import Ensemble
from analysis.seeds import summed_up
from model.errors import InputError
from runs import style


class Measure(NamedTuple):
    """One panel: a column of the headline at the end."""

    column: str
    title: str
    unit: str
    scale: float
    form: str


MEASURES = (
    Measure("gross_misalignment", "With another commissioner", "% of registered residents", 100, ".2f"),
    Measure("net_misalignment", "The net part of it", "% of registered residents", 100, ".2f"),
    Measure("registered_resident_ratio_sd", "Registered over resident", "SD between commissioners, points", 100, ".2f"),
    Measure("ghosts", "Ghosts", "thousand patients", 1e-3, ",.1f"),
    Measure("digital", "Patients of digital providers", "thousand", 1e-3, ",.1f"),
    Measure("misallocated", "Money away from need", "£m a year, need of residents", 1e-6, ",.1f"),
    Measure("mismatch_years", "Money late or early", "£m-years, whole run", 1e-6, ",.1f"),
    Measure("satisfaction", "Satisfied", "% of patients", 100, ".1f"),
    Measure("travel_km", "Distance to the practice", "km, mean, conventional lists", 1, ".2f"),
    Measure("frail_mismatched", "Frail, other commissioner", "% of frail residents", 100, ".2f"),
    Measure("organisation_hhi", "Concentration in a place", "Herfindahl index of 10,000", 1e4, ",.0f"),
    Measure("practices", "Practices", "number", 1, ",.0f"),
)  # fmt: skip

LEAST_WIDTH = 10.0
"""Units of the last digit shown that an axis spans at least, so that what is labelled 0.0 looks like it."""
ONE_LINE = 26
"""Characters of a scenario's label beside an axis; of longer ones what is in brackets stands below."""


def data(ensembles: Sequence[Ensemble]) -> pd.DataFrame:
    """Each measure at the end in the unit shown, by scenario: mean, low, high, interval over shared seeds; differences.

    ``difference`` is to the first scenario, with its 95% interval from ``difference_from`` to ``difference_to`` (NaN
    where fewer than three seeds are shared).

    Raises:
        InputError: the scenarios are not set in one region, or do not end in one month.
    """
    comparable(ensembles)
    shared = shared_seeds(ensembles)
    columns = [measure.column for measure in MEASURES]
    parts = []
    for ensemble in ensembles:
        rows = ensemble.table("headline", ["month", *columns], f"month = DATE '{ensemble.end}'")
        for measure in MEASURES:
            rows[measure.column] = measure.scale * rows[measure.column]
        rows = rows[rows["seed"].isin(shared)] if shared else rows
        parts.append(rows.melt(["seed"], columns, "measure", "value").assign(scenario=ensemble.label))
    values = pd.concat(parts, ignore_index=True)
    found = summed_up(values, ["measure", "scenario"], "value")
    first = ensembles[0].label
    beside = values.merge(values[values["scenario"] == first][["seed", "measure", "value"]], on=["seed", "measure"])
    beside["difference"] = beside["value_x"] - beside["value_y"]
    paired = summed_up(beside, ["measure", "scenario"], "difference").set_index(["measure", "scenario"])
    key = pd.MultiIndex.from_frame(found[["measure", "scenario"]])
    base = found[found["scenario"] == first].set_index("measure")["mean"]
    unpaired = found["mean"] - found["measure"].map(base)
    found["difference"] = paired["mean"].reindex(key).to_numpy()
    found["difference"] = found["difference"].fillna(unpaired)
    found["difference_from"] = paired["from"].reindex(key).to_numpy()
    found["difference_to"] = paired["to"].reindex(key).to_numpy()
    return found


def shared_seeds(ensembles: Sequence[Ensemble]) -> list[int]:
    """Seeds every scenario was run with; only they are compared, unless there are none."""
    return [seed for seed in ensembles[0].seeds if all(seed in other.seeds for other in ensembles[1:])]


def comparable(ensembles: Sequence[Ensemble]) -> None:
    """Check that scenarios can be set beside each other.

    Raises:
        InputError: they are not set in one region, or do not run over the same months.
    """
    first = ensembles[0]
    for other in ensembles[1:]:
        for what, mine, its in (
            ("region", first.manifest["region"]["digest"], other.manifest["region"]["digest"]),
            ("months", (first.start, first.end), (other.start, other.end)),
        ):
            if mine != its:
                raise InputError(
                    f"{other.runs[0].folder}: {other.label} is not of the same {what} as {first.label}"
                    f" ({first.runs[0].folder}); run both with the same --region and --months"
                )


def plot(ensembles: Sequence[Ensemble]) -> Page:
    """The figure.

    Raises:
        InputError: a single scenario.
    """
    if len(ensembles) < 2:
        raise InputError(
            "scenarios: results of one scenario only; give those of two or more, the one to compare with first"
        )
    frame = data(ensembles)
    labels = [ensemble.label for ensemble in ensembles]
    told = [measure for measure in MEASURES if frame.loc[frame["measure"] == measure.column, "mean"].notna().any()]
    columns = 3
    rows = -(-len(told) // columns)
    beside = [label.replace(" (", "\n(") if len(label) > ONE_LINE else label for label in labels]
    tall = 0.36 + (0.4 if any("\n" in text for text in beside) else 0.28) * len(labels)
    longest = max(len(line) for text in beside for line in text.split("\n"))
    left = 0.35 + min(0.085 * longest, 2.9)
    page = Page(
        f"Scenarios at their end, {pages.month(ensembles[0].end)}, against {labels[0]}",
        _answer(frame, labels[0]), pages.source(ensembles, _note(ensembles)), 0.95 + rows * tall + (rows - 1) * 1.0,
    )  # fmt: skip
    page.data["scenarios"] = frame
    grid = page.grid(len(told), columns, left=left, right=0.25, across=0.35, up=1.0, top=0.6, bottom=0.35)
    for number, (measure, axes) in enumerate(zip(told, grid, strict=True)):
        pages.heading(axes, measure.title, measure.unit)
        _dots(axes, frame[frame["measure"] == measure.column].set_index("scenario").loc[labels], measure)
        axes.set_yticks(range(len(labels)), beside if number % columns == 0 else [])
    return page


def _answer(frame: pd.DataFrame, first: str) -> str:
    """What changes the share registered with another commissioner most, or that nothing does."""
    apart = frame[frame["difference"].abs() > 0]
    crossing = apart[apart["measure"] == "gross_misalignment"].set_index("scenario")
    if apart.empty:
        return f"Nothing differs from {first}: every measure is the same at the end."
    if crossing.empty:
        count = apart["measure"].nunique()
        other = "one other measure differs" if count == 1 else f"{count} other measures differ"
        return f"The share registered with another commissioner is that of {first} throughout; {other}."
    most = crossing["difference"].abs().idxmax()
    furthest = " most" if frame["scenario"].nunique() > 2 else ""
    return (
        f"Against {first}, {most} changes the share registered with another commissioner{furthest}:"
        f" {pages.signed(crossing.loc[most, 'difference'], '.2f')} points{_interval(crossing.loc[most])}."
    )


def _dots(axes: Axes, rows: pd.DataFrame, measure: Measure) -> None:
    low, high = np.nanmin(rows[["low", "from"]]), np.nanmax(rows[["high", "to"]])
    last_digit = 10.0 ** -int(measure.form[measure.form.index(".") + 1])
    spare = max(LEAST_WIDTH * last_digit - (high - low), 0.0)
    low, high = low - spare / 2, high + spare / 2
    reach = high - low
    axes.set_xlim(low - 0.1 * reach, high + 0.75 * reach)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.axvline(rows["mean"].iloc[0], color=style.GREY, linewidth=0.8, zorder=0)
    for row, (scenario, value) in enumerate(rows.iterrows()):
        colour = style.BLACK if row == 0 else style.BLUE
        axes.plot([value["low"], value["high"]], [row, row], color=colour, linewidth=1)
        axes.plot(
            [value["from"], value["to"]], [row, row], color=colour, linewidth=3.2, alpha=0.55, solid_capstyle="butt"
        )
        axes.plot(value["mean"], row, "o", color=colour, markersize=6, gid=str(scenario))
        text = format(value["mean"], measure.form) if row == 0 else pages.signed(value["difference"], measure.form)
        ends = [end for end in (value["high"], value["to"], value["mean"]) if np.isfinite(end)]
        if not ends:
            continue
        axes.annotate(
            text if row == 0 else text + _half(value, measure), (max(ends), row), (7, 0), textcoords="offset points",
            va="center", fontsize=8, color=style.BLACK if row == 0 else style.ink(style.BLUE),
        )  # fmt: skip
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(style.few_ticks(4))
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:,g}")
    axes.grid(axis="x")


def _half(value: pd.Series, measure: Measure) -> str:
    if not np.isfinite(value["difference_from"]):
        return ""
    return f" ±{format((value['difference_to'] - value['difference_from']) / 2, measure.form)}"


def _interval(value: pd.Series) -> str:
    if not np.isfinite(value["difference_from"]):
        return " (too few seeds for an interval)"
    low, high = (pages.signed(value[name], ".2f") for name in ("difference_from", "difference_to"))
    return f" (95% interval {low} to {high})"


def _note(ensembles: Sequence[Ensemble]) -> str:
    shared = shared_seeds(ensembles)
    if len(shared) == 1 or all(len(ensemble.runs) == 1 for ensemble in ensembles):
        of = f", of {pages.seeds_in_words(shared)}" if shared else "; no seed is shared"
        return f"Numbers: {ensembles[0].label}'s value, and differences to it{of}."
    return (
        "Dot: mean of seeds; thin line: lowest to highest; thick: 95% interval of the mean. Numbers:"
        f" {ensembles[0].label}'s value, and differences to it, paired by seed, with half their 95% interval; {pages.seeds_in_words(shared)}."
        if shared
        else "Dot: mean of seeds; thin line: lowest to highest. No seed is shared, differences are of means."
    )


if __name__ == "__main__":
    sys.exit(run_alone("scenarios"))
