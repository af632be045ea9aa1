"""Does misalignment fall when commissioners merge, or only its measure: python -m analysis.boundaries RESULTS....

The same people, month by month, measured between the commissioners of the start (fixed boundaries) and between those
of the day: the share registered with another commissioner, the net part of it, and how unequal registered over
resident people are between commissioners. With several seeds a line is their mean and the band their range.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pandas as pd

from analysis import page as pages
from analysis.page import Page
from analysis.pictures import run_alone
from analysis.results import Ensemble, NothingToShowError, only
from analysis.seeds import summed_up
from runs import style

KINDS = (("fixed", "fixed", style.BLUE, "-"), ("current", "of the day", style.ORANGE, "--"))
MEASURES = (
    ("gross", "Registered with another commissioner", "% of registered residents", ".2f"),
    ("net", "The net part of it", "% of registered residents", ".2f"),
    ("ratio_sd", "Registered over resident people", "standard deviation between commissioners, points", ".1f"),
    ("bodies", "Commissioners", "number", ".0f"),
)


def data(ensemble: Ensemble) -> pd.DataFrame:
    """Each measure by boundaries and month: mean, low, high over seeds."""
    columns = ["month", "boundaries", "commissioner", "residents", "unregistered", "outflow", "net_flow"]
    rows = ensemble.table("commissioners", [*columns, "registered_resident_ratio"])
    rows["on_lists"] = rows["residents"] - rows["unregistered"]
    rows["net"] = rows["net_flow"].abs() / 2
    groups = rows.groupby(["seed", "boundaries", "month"])
    sums = groups[["on_lists", "outflow", "net"]].sum()
    measures = pd.DataFrame(
        {
            "gross": 100 * sums["outflow"] / sums["on_lists"],
            "net": 100 * sums["net"] / sums["on_lists"],
            "ratio_sd": 100 * groups["registered_resident_ratio"].std(),
            "bodies": groups["commissioner"].nunique().astype(float),
        }
    )
    long = measures.reset_index().melt(["seed", "boundaries", "month"], var_name="measure")
    long = long.sort_values(["measure", "boundaries", "month", "seed"])
    return summed_up(long, ["measure", "boundaries", "month"], "value")


def plot(ensembles: Sequence[Ensemble]) -> Page:
    """The figure."""
    ensemble = only(ensembles)
    frame = data(ensemble)
    bodies = frame[frame["measure"] == "bodies"].set_index(["boundaries", "month"])["mean"]
    if bodies["current"].min() == bodies["fixed"].max():
        raise NothingToShowError(
            f"{ensemble.label}: no commissioners merge in it, boundaries of the day are the fixed ones"
        )
    first, last = frame["month"].min(), frame["month"].max()
    gross = frame[frame["measure"] == "gross"].set_index(["boundaries", "month"])["mean"]
    page = Page(
        "Misalignment on fixed boundaries and on those of the day, % of people",
        f"{bodies['fixed', first]:.0f} commissioners become {bodies['current', last]:.0f}. Registered with another"
        f" commissioner in {pages.month(ensemble.end)}: {gross['current', last]:.2f}% on the boundaries of the day,"
        f" {gross['fixed', last]:.2f}% on the fixed ones, {gross['fixed', first]:.2f}% at the start.",
        pages.source(ensembles, _note(ensemble)), 5.2,
    )  # fmt: skip
    page.data["boundaries"] = frame
    months = [when.date() for when in frame["month"].drop_duplicates().sort_values()]
    panels = page.grid(4, 2, left=0.7, right=1.55, across=2.1, top=0.6, up=0.85, bottom=0.35)
    for (measure, title, unit, form), axes in zip(MEASURES, panels, strict=True):
        pages.heading(axes, title, unit)
        ends = []
        rows = frame[frame["measure"] == measure]
        for kind, text, colour, dashes in KINDS:
            line = rows[rows["boundaries"] == kind]
            pages.fan(axes, line, colour, dashes, kind)
            kept = line["mean"].dropna()
            if len(kept):
                ends.append((kept.iloc[-1], f"{text} {kept.iloc[-1]:{form}}", colour))
        axes.set_ylim(0, 1.08 * max(float(rows["high"].max()), 1e-9))
        axes.yaxis.set_major_locator(style.few_ticks(5))
        style.months_along(axes, months)
        style.label_ends(axes, ends)
        pages.mark_events(axes, ensemble)
    return page


def _note(ensemble: Ensemble) -> str:
    return f"True addresses, without ghosts; dotted: policy takes effect.{pages.of_seeds(ensemble)}"


if __name__ == "__main__":
    sys.exit(run_alone("boundaries"))
