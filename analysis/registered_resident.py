"""Draw registered against resident people: python -m analysis.registered_resident RESULTS [--out FILE.png].

On the left, for each commissioner at the start and at the end of a run (fixed boundaries), what its registered people
exceed its residents by, in per cent of residents, and what that is made of:

    registered - resident = ghosts - unregistered + net flow

exactly, with net flow by true addresses. On the right, month by month, how much of registration crosses borders, by
where people live (true) and by the addresses on the register (recorded), and how many people are ghosts or on no list.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import page as pages
from analysis.drift import Drift, Gap, read
from analysis.gap_bars import draw_gaps
from analysis.page import MARGIN, Page
from analysis.pictures import run_alone
from analysis.results import Ensemble, only
from model.errors import InputError
from runs import style

if TYPE_CHECKING:
    from model.geography.region import Region

MOST_SHOWN = 15
"""Commissioners drawn; where there are more, those with the largest gaps in per cent of residents at the end."""
MOST_EVENTS = 6


def draw(results: Path, out: Path, region: Region | None = None) -> None:
    """Draw a results folder into a PNG, SVG or PDF.

    Args:
        results: a folder that ``gpdrift run`` has made.
        out: file to write; replaced if it is there.
        region: the run's region, for the names of commissioners and the licence; looked for where the run had it, and
            if it is not there any more, or not as it was, codes are shown.

    Raises:
        InputError: the folder cannot be read, or the file cannot be written.
    """
    drift = read(results)
    with style.look():
        style.save(figure(drift, region or region_of(drift.manifest)), Path(out))


def region_of(manifest: dict[str, Any]) -> Region | None:
    """The region a run was set in, if it is still where it was and as it was."""
    from model.geography.open_region import open_region

    try:
        region = open_region(manifest["scenario"]["region"])
    except InputError:
        return None
    return region if region.digest == manifest["region"]["digest"] else None


def plot(ensembles: Sequence[Ensemble]) -> Page:
    """The figure of the one run given.

    Raises:
        InputError: there are several, or it is one of an experiment.
    """
    ensemble = only(ensembles)
    run = ensemble.runs[0]
    if len(ensemble.runs) > 1 or run.id:
        raise InputError(
            f"registered-resident: shows one results folder, {ensemble.label} has {len(ensemble.runs)} runs;"
            " gpdrift plot divergence shows the range of several"
        )
    drift = read(run.folder)
    return page(drift, region_of(drift.manifest))


def figure(drift: Drift, region: Region | None) -> Figure:
    """The figure alone, to be saved within ``style.look()``."""
    return page(drift, region).figure


def page(drift: Drift, region: Region | None) -> Page:
    """The figure with its words and what it draws."""
    shown = most_apart(drift.gaps)
    names = region.names if region else drift.manifest["region"].get("names", {})
    bars = [(style.bare_name(names.get(code, code)), drift.gaps[code]) for code in shown]
    if len(drift.gaps) != 1:
        bars.append((f"All {len(drift.gaps)} together", drift.total))
    body, above, below = max((0.52 if len(bars) < 10 else 0.46) * len(bars), 3.9), 0.5, 0.4
    made = Page(_title(drift), _answer(drift), source(drift, region), above + body + below)
    made.data |= frames(drift)
    between, middle = 0.78, below + body / 2
    draw_gaps(made.panel(2.3, 6.35, below, below + body), bars, drift, len(shown), MARGIN)
    _draw_crossing(made.panel(7.0, 9.35, middle + between / 2, below + body), drift)
    _draw_ghosts(made.panel(7.0, 9.35, below, middle - between / 2), drift)
    return made


def frames(drift: Drift) -> dict[str, pd.DataFrame]:
    """What is drawn: people by commissioner at the start and the end, and shares in per cent by month."""
    gaps = [
        {"commissioner": code, "when": when, **asdict(gap), "gap": gap.people}
        for code, pair in drift.gaps.items()
        for when, gap in zip(("start", "end"), pair, strict=True)
    ]
    return {"gaps": pd.DataFrame(gaps), "shares": pd.DataFrame({"month": drift.months, **drift.shares})}


def most_apart(gaps: dict[str, tuple[Gap, Gap]], most: int = MOST_SHOWN) -> list[str]:
    """Commissioners with the largest gaps at the end in per cent of residents, largest surplus first.

    Those in which nobody lives have no per cent and are left out.
    """
    end = {
        code: pair[1].per_cent(pair[1].people) for code, pair in gaps.items() if pair[0].residents and pair[1].residents
    }
    largest = sorted(end, key=lambda code: (-abs(end[code]), code))[:most]
    return sorted(largest, key=lambda code: (-end[code], code))


def source(drift: Drift, region: Region | None) -> str:
    """What the figure was drawn from: scenario, seed, version, region and its licence."""
    manifest = drift.manifest
    version = manifest["versions"].get("gpdrift") or ""
    licence = str(region.about.get("licence", "")) if region else ""
    events = list(dict.fromkeys(f"{event} ({pages.month(month)})" for month, event in drift.events))
    if len(events) > MOST_EVENTS:
        events = [*events[:MOST_EVENTS], f"{len(events) - MOST_EVENTS} more"]
    return " ".join(
        [
            f"Simulated by gpdrift {version}, scenario {manifest['scenario']['name']}, seed {manifest['seed']},"
            f" {pages.registered_in_words(drift.total[0].registered, drift.months[0])};"
            " a comparison under stated assumptions, no forecast.",
            *([f"Dotted: {', '.join(events)}."] if events else []),
            f"Region: {manifest['region']['name']}.",
            (licence or "Its data are under the licence in its region.json").rstrip(".") + ".",
        ]
    )


def _title(drift: Drift) -> str:
    about = drift.manifest["scenario"].get("title") or drift.manifest["scenario"]["name"]
    return f"{about}: registered against resident people, % of residents"


def _answer(drift: Drift) -> str:
    """The figure in one sentence."""
    first, last = drift.months[0], drift.months[-1]
    start, end = (_than_live(gap) for gap in drift.total)
    crossing = drift.shares["gross_misalignment"]
    name = drift.manifest["region"]["name"]
    name = name[:1].upper() + name[1:]
    if first == last:
        return f"{name}: in {pages.month(first)} the lists hold {start} people than live there."
    return (
        f"{name}: the lists hold {start} people than live there in {pages.month(first)} and {end} in {pages.month(last)};"
        f" of registered residents {crossing[0]:.1f}%, then {crossing[-1]:.1f}%, are with another commissioner's"
        " practices."
    )


def _than_live(gap: Gap) -> str:
    surplus = gap.per_cent(gap.people)
    return f"{abs(surplus):.1f}% {'more' if surplus >= 0 else 'fewer'}"


def _draw_crossing(axes: Axes, drift: Drift) -> None:
    """Gross and net misalignment, true and recorded."""
    lines = [
        ("gross_misalignment", "gross, true", style.GREEN, "-"),
        ("recorded_gross_misalignment", "gross, recorded", style.GREEN, "--"),
        ("net_misalignment", "net, true", style.BLUE, "-"),
        ("recorded_net_misalignment", "net, recorded", style.BLUE, "--"),
    ]
    _draw_lines(axes, drift, lines)
    pages.heading(axes, "Registered across a border", "% of registered residents; net: after exchanges cancel")
    axes.tick_params(labelbottom=False)
    for month in sorted({month for month, _ in drift.events}):
        axes.axvline(month, color=style.GREY, linewidth=0.8, linestyle=":")  # type: ignore[arg-type]


def _draw_ghosts(axes: Axes, drift: Drift) -> None:
    """Ghosts and unregistered residents."""
    lines = [
        ("ghosts", "ghosts", style.ORANGE, "-"),
        ("unregistered", "on no list", style.PURPLE, "-"),
    ]
    _draw_lines(axes, drift, lines)
    pages.heading(axes, "Ghosts, and residents on no list", "ghosts: % of registered; on no list: % of residents")


def _draw_lines(axes: Axes, drift: Drift, lines: list[tuple[str, str, str, str]]) -> None:
    marker = "o" if len(drift.months) == 1 else None
    for name, _, colour, dashes in lines:
        axes.plot(drift.months, drift.shares[name], dashes, color=colour, linewidth=2, marker=marker, gid=name)  # type: ignore[arg-type]
    values = np.concatenate([drift.shares[name] for name, *_ in lines])
    style.months_along(axes, drift.months)
    style.per_cent_from_zero(axes, float(np.nanmax(values, initial=0)))
    style.label_ends(
        axes, [(drift.shares[name][-1], f"{label} {drift.shares[name][-1]:.1f}%", c) for name, label, c, _ in lines]
    )


def main(arguments: list[str] | None = None) -> int:
    """Draw the figure and say where it is; 2 on bad input."""
    return run_alone("registered-resident", arguments)


if __name__ == "__main__":
    sys.exit(main())
