"""Where registered and resident people differ: python -m analysis.divergence_map RESULTS... [--out FILE].

Commissioners (fixed boundaries) shaded by registered less resident people in per cent of residents: of one scenario at
the start, at the end, and the change; of two, each at the end, and the difference. Circles are practices by list size
at the end. Results hold no places on the ground: they are read from the region the run was set in. Areas are drawn as
the land nearest to their centres.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize

from analysis import page as pages
from analysis.map_names import Name, write_names
from analysis.page import Page
from analysis.pictures import run_alone
from analysis.results import Ensemble, NothingToShowError
from analysis.scenario_comparison import comparable
from model.errors import InputError
from runs import style, territory

if TYPE_CHECKING:
    from model.geography.region import Region

COLOURS = LinearSegmentedColormap.from_list(
    "gap", [style.mixed(style.BLUE, "black", 0.3), style.SKY, "white", style.ORANGE, style.VERMILLION]
)
WITH_NAMES = 12
"""Up to so many commissioners are named on the map."""
LINE = 16
"""Letters of a line of a name."""
LEAST_SCALE = 0.5
"""Per cent or points the colours reach at least, so that next to nothing looks like next to nothing."""
WITH_PRACTICES = 1500
"""Up to so many practices are shown."""


def data(ensembles: Sequence[Ensemble]) -> pd.DataFrame:
    """Registered less resident people, % of residents, mean of seeds, by commissioner: ``before``, ``after``, ``change``.

    Of one scenario its start and end; of two, the end of each.
    """
    first, other = ensembles[0], ensembles[-1]
    before = _gap(first, first.start if len(ensembles) == 1 else first.end)
    frame = pd.DataFrame({"before": before, "after": _gap(other, other.end)}).rename_axis("commissioner").reset_index()
    frame["change"] = frame["after"] - frame["before"]
    return frame


def region_of(ensemble: Ensemble) -> Region:
    """The region a run was set in.

    Raises:
        InputError: it is not where the run had it any more, or not as it was.
    """
    from model.geography.open_region import open_region

    named = ensemble.manifest["scenario"]["region"]
    try:
        region = open_region(named)
    except InputError as error:
        raise NothingToShowError(f"map: the region of {ensemble.runs[0].folder} cannot be opened ({error})") from None
    if region.digest != ensemble.manifest["region"]["digest"]:
        raise NothingToShowError(
            f"map: region {named} is not as it was when {ensemble.runs[0].folder} was made; run the scenario again"
        )
    return region


def plot(ensembles: Sequence[Ensemble]) -> Page:
    """The figure.

    Raises:
        InputError: more than two scenarios, scenarios that cannot be compared, or a region that is gone.
    """
    if len(ensembles) > 2:
        raise InputError(f"map: results of {len(ensembles)} scenarios; give one, or two to compare")
    comparable(ensembles)
    frame = data(ensembles)
    region = region_of(ensembles[0])
    first, other = ensembles[0], ensembles[-1]
    alone = len(ensembles) == 1
    titles = (
        [pages.month(first.start), pages.month(first.end), "Change"]
        if alone
        else [f"{first.label}, {pages.month(first.end)}", f"{other.label}, {pages.month(other.end)}", "Difference"]
    )
    wide = 3.3
    x, y = region.x, region.y
    tall = float(np.clip(wide * (np.ptp(y) + 1) / (np.ptp(x) + 1), 1.8, 5.0))
    page = Page(
        f"Where lists hold more people than live there, % of residents{'' if alone else ', compared'}",
        _answer(frame, first, alone=alone), pages.source(ensembles, _note(region, pages.month(other.end))),
        tall + 1.45,
    )  # fmt: skip
    page.data["map"] = frame
    found = territory.cells(x, y)
    position = {code: number for number, code in enumerate(region.commissioners.tolist())}
    level = _reach(frame[["before", "after"]].to_numpy())
    for number, (column, title) in enumerate(zip(("before", "after", "change"), titles, strict=True)):
        left = 0.2 + number * (wide + 0.35)
        axes = page.panel(left, left + wide, 0.75, 0.75 + tall)
        pages.heading(axes, title)
        of = np.full(len(position), np.nan)
        for code, value in zip(frame["commissioner"], frame[column], strict=True):
            of[position[code]] = value
        top = level if column != "change" else _reach(of)
        _land(axes, found, of[region.area_commissioner], region.area_commissioner, top)
        _circles(axes, region, other)
        if len(frame) <= WITH_NAMES:
            _name(axes, region, frame.set_index("commissioner")[column], other)
        beyond = bool(np.nanmax(np.abs(of)) > 1.001 * top)
        _scale(page, left, wide, top, beyond, "percentage points" if column == "change" else "% of residents")
    return page


def _answer(frame: pd.DataFrame, ensemble: Ensemble, *, alone: bool) -> str:
    """Where most has changed or differs, or that nothing does."""
    most = frame.loc[frame["change"].abs().idxmax()]
    what = "change" if alone else "difference"
    if abs(most["change"]) < 0.05:
        return f"No commissioner's {what} comes to 0.1 points."
    where = ensemble.short_name(most["commissioner"])
    told = f"The largest {what} is in {where}" if len(frame) > 1 else where
    before, after = (f"{pages.signed(most[column], '.1f')}%" for column in ("before", "after"))
    apart = f"from {before} to {after}" if alone else f"{before} and {after}"
    return f"{told}: {apart} of residents ({pages.signed(most['change'], '.1f')} points)."


def _gap(ensemble: Ensemble, when: object) -> pd.Series:
    rows = ensemble.table(
        "commissioners", ["commissioner", "residents", "registered"], f"boundaries = 'fixed' AND month = DATE '{when}'"
    )
    gap = 100 * (rows["registered"] - rows["residents"]) / rows["residents"].where(rows["residents"] > 0)
    return gap.groupby(rows["commissioner"]).mean()


def _land(
    axes: Axes, found: tuple[list[np.ndarray], np.ndarray, np.ndarray], values: np.ndarray, body: np.ndarray, top: float
) -> None:
    shapes, pairs, edges = found
    cells = PolyCollection(shapes, cmap=COLOURS, norm=Normalize(-top, top), edgecolors="face", linewidths=0.3)
    cells.set_array(np.ma.masked_invalid(values))
    cells.set_rasterized(True)
    axes.add_collection(cells)
    axes.add_collection(
        LineCollection(
            list(territory.borders(pairs, edges, body)),
            colors=style.GREY,
            linewidths=0.9 if len(np.unique(body)) <= WITH_NAMES else 0.4,
        )
    )
    axes.autoscale_view()
    axes.set_aspect("equal")
    axes.set_axis_off()


def _circles(axes: Axes, region: Region, ensemble: Ensemble) -> None:
    """Practices by list size at the end; those opened during the run stand nowhere on the map."""
    if len(region.practices) > WITH_PRACTICES:
        return
    rows = ensemble.runs[0].table("practices", ["practice", "list_size"], f"month = DATE '{ensemble.end}'")
    lists = rows.set_index("practice")["list_size"].reindex(region.practices).fillna(0).to_numpy()
    there = lists > 0
    axes.scatter(
        region.practice_x[there], region.practice_y[there], s=lists[there] / 350, facecolors="none",
        edgecolors=style.BLACK, linewidths=0.6, alpha=0.6, gid="practices",
    )  # fmt: skip


def _name(axes: Axes, region: Region, values: pd.Series, ensemble: Ensemble) -> None:
    """Names and values, the largest where they are best seen."""
    names = []
    for number, code in enumerate(region.commissioners.tolist()):
        inside = region.area_commissioner == number
        if not inside.any() or code not in values:
            continue
        places = np.column_stack([region.x[inside], region.y[inside]])
        x, y = np.average(places, axis=0, weights=region.residents[inside] + 1)
        text = f"{textwrap.fill(ensemble.short_name(code), LINE)}\n{pages.signed(values[code], '.1f')}"
        names.append((abs(values[code]), Name(text, (float(x), float(y)), places)))
    names.sort(key=lambda sized: -sized[0] if np.isfinite(sized[0]) else 0.0)
    write_names(axes, [name for _, name in names])


def _reach(values: np.ndarray) -> float:
    """How far the colours go: to the largest, or where there are many, past all but a few."""
    sizes = np.abs(values[np.isfinite(values)])
    return float(max(sizes.max() if len(sizes) <= 2 * WITH_NAMES else np.percentile(sizes, 97), LEAST_SCALE))


def _scale(page: Page, left: float, wide: float, top: float, beyond: bool, unit: str) -> None:
    form = ".1f" if top >= 1 else ".2f"
    axes = page.panel(left + 0.3 * wide, left + 0.7 * wide, 0.42, 0.52)
    bar = page.figure.colorbar(ScalarMappable(Normalize(-top, top), COLOURS), cax=axes, orientation="horizontal")
    bar.outline.set_visible(False)
    bar.set_ticks([-top, 0, top], labels=[
        ("\N{LESS-THAN OR EQUAL TO} " if beyond else "") + pages.signed(-top, form), "0",
        ("\N{GREATER-THAN OR EQUAL TO} " if beyond else "") + pages.signed(top, form),
    ])  # fmt: skip
    axes.set_xlabel(unit, fontsize=8.5)
    axes.tick_params(length=0, labelsize=8.5)


def _note(region: Region, end: str) -> str:
    shown = ""
    if len(region.practices) <= WITH_PRACTICES:
        shown = f"circles: practices by list size in {end}, but those opened in the run; "
    named = "; names without room are left out" if len(region.commissioners) <= WITH_NAMES else ""
    return f"Fixed boundaries; {shown}areas are drawn as the land nearest to their centres{named}."


if __name__ == "__main__":
    sys.exit(run_alone("map"))
