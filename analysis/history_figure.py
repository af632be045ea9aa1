"""The picture of a history: four panels, runs as lines and what was published as points."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from analysis import page as pages
from analysis.history_tables import Run
from analysis.page import Page
from analysis.published_history import Published, list_time
from runs import style

LONGEST_NAME = 40
"""Characters of a region's name that fit the title; a region cut from many places has a longer one."""
COLOURS = (style.BLUE, style.ORANGE, style.GREEN, style.PURPLE)


def page(runs: Sequence[Run], told: Published, note: str = "") -> Page:
    """The figure of runs, the first being the history, to be saved within ``style.look()``.

    Args:
        runs: results folders, read.
        told: what was published.
        note: added to the line on where the figure is from.
    """
    first = runs[0]
    england = any(run.is_england for run in runs)
    made = Page(_title(first), _answer(first, told), f"{_source(first)} {note}".strip(), 6.9)
    axes = made.grid(4, 2, left=0.62, right=1.42, across=1.95, up=0.95)
    _panel(
        axes[0], "GP at Hand's list", "thousand patients", [(run, run.digital / 1e3, "") for run in runs],
        {d: figure.value / 1e3 for d, figure in told.digital.items()},
    )  # fmt: skip
    host = [(run, run.host["registered"] / 1e3, "registered") for run in runs]
    host += [(first, first.host["residents"] / 1e3, "resident")]
    of_host = {_day(list_time(y)): f.value / 1e3 for y, f in told.host_registered.items()}
    _panel(axes[1], "Hammersmith and Fulham", "thousand people registered, resident", host, of_host)
    _dots(axes[1], {_day(y + 0.5): f.value / 1e3 for y, f in told.host_resident.items()}, first)
    practices = {datetime.date(y + 1, 5, 1): v[0] for y, v in told.practices.items()} if england else {}
    _panel(
        axes[2], "Practices", "number", [(run, run.headline["practices"], "") for run in runs], practices, zero=False
    )
    over = [(run, 100 * (run.headline["registered"] / run.headline["residents"] - 1), "") for run in runs]
    known = {_day(list_time(y)): 100 * v for y, v in told.computed_excess.items()} if england else {}
    if england and not known:
        known = {datetime.date(y, 7, 1): 100 * f.value for y, f in told.excess.items()}
    _panel(axes[3], "Registered over resident people", "per cent more", over, known)
    return made


def _title(first: Run) -> str:
    name = first.manifest["region"]["name"]
    name = name if len(name) <= LONGEST_NAME else f"A part of England, {first.months[0]:%B %Y}"
    return f"{name} and after: what the model tells, and what was published"


def _answer(first: Run, told: Published) -> str:
    """The last month of which both the model's and the published list of the provider are known."""
    for month in reversed(first.months):
        if (known := told.digital_at(month)) is not None:
            about = "" if known[1] else "about "
            return (
                f"In {pages.month(month)} GP at Hand's list is {first.at(month, first.digital):,.0f} in the model, and"
                f" was {about}{known[0]:,.0f} as published. Lines are the model, points what was published."
            )
    return "Lines are the model, points what was published."


def _source(first: Run) -> str:
    version = first.manifest["versions"].get("gpdrift") or ""
    licence = first.manifest["region"].get("licence")
    return (
        f"Simulated by gpdrift {version}, scenario {first.name}, seed {first.manifest['seed']}. Published: NHS Payments to "
        "General Practice, ONS mid-year estimates, NHS Digital lists and GPonline. "
        f"{licence or 'Contains public sector information licensed under the Open Government Licence v3.0.'}"
    )


def _panel(
    axes: Axes,
    title: str,
    unit: str,
    lines: Sequence[tuple[Run, np.ndarray, str]],
    dots: dict[datetime.date, float],
    *,
    zero: bool = True,
) -> None:
    """Lines of runs, the first in full colour, and points of what was published."""
    first = lines[0][0]
    runs = list(dict.fromkeys(run.name for run, _, _ in lines))
    ends = []
    for run, series, word in lines:
        colour = style.VERMILLION if word == "resident" else COLOURS[runs.index(run.name) % len(COLOURS)]
        # Runs beside the history are dashed, so that it shows through where they agree.
        dashes = "-" if run is first else (0, (3, 2))
        axes.plot(run.months, series, linestyle=dashes, color=colour, linewidth=2, gid=f"{run.name} {word}".strip())  # type: ignore[arg-type]
        label = word if run is first and word else run.name
        ends.append((float(series[-1]), style.wrapped(label, 1.3, 9), colour))
    shown = _dots(axes, dots, first)
    style.months_along(axes, first.months)
    values = np.concatenate([*(series for _, series, _ in lines), np.array(shown)])
    values = values[np.isfinite(values)]
    if len(values):
        low, high = (0.0, values.max()) if zero else (values.min(), values.max())
        axes.set_ylim(low - (0.0 if zero else 0.1 * (high - low or 1)), high + 0.1 * (high - low or 1))
    axes.yaxis.set_major_formatter("{x:,g}")
    pages.heading(axes, title, unit)
    style.label_ends(axes, ends, 24 if len(runs) > 1 else 12)


def _dots(axes: Axes, dots: dict[datetime.date, float], run: Run) -> list[float]:
    """Points within the run's months; their values."""
    inside = {d: v for d, v in dots.items() if run.months[0] <= d <= run.months[-1] and np.isfinite(v)}
    axes.plot(list(inside), list(inside.values()), "o", color=style.BLACK, markersize=4, gid="published", zorder=3)  # type: ignore[arg-type]
    return list(inside.values())


def _day(time: float) -> datetime.date:
    """First of the month of a time in years."""
    return datetime.date(int(time), round(time % 1 * 12) + 1, 1)
