"""The page of a figure: its subject and finding above, panels placed in inches between, what it was drawn from below."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from analysis.results import Ensemble
from model.months import months_later
from runs import style

MARGIN = 0.2
"""Inches free at each side."""
MOST_EVENTS = 6
TITLE, ANSWER, FOOTER = 15.0, 10.5, 7.5


class Page:
    """A figure being made.

    Attributes:
        figure: what is saved, within ``style.look()``.
        title: its subject.
        answer: the figure in a sentence or two.
        source: what it was drawn from.
        data: what is drawn, by name; each frame is complete.
        body: height of the middle, inches.
    """

    def __init__(self, title: str, answer: str, source: str, body: float) -> None:
        """Set the words and leave ``body`` inches for panels."""
        self.title, self.answer, self.source, self.body = title, answer, source, body
        self.data: dict[str, pd.DataFrame] = {}
        across = style.WIDTH - 2 * MARGIN
        title, answer = style.wrapped(title, across, TITLE + 1), style.wrapped(answer, across, ANSWER)
        footer = style.wrapped(source, across, FOOTER)
        under = 0.16 + 0.28 * (title.count("\n") + 1) + 0.06
        head = under + 0.185 * (answer.count("\n") + 1) + 0.2
        self.foot = 0.25 + 0.145 * (footer.count("\n") + 1)
        self.width, self.height = style.WIDTH, head + body + self.foot
        self.figure = Figure(figsize=(self.width, self.height))
        left = MARGIN / self.width
        self._words = [
            self.figure.text(left, 1 - 0.16 / self.height, title, fontsize=TITLE, fontweight="bold", va="top"),
            self.figure.text(left, 1 - under / self.height, answer, fontsize=ANSWER, color=style.GREY, va="top"),
            self.figure.text(left, 0.12 / self.height, footer, fontsize=FOOTER, va="bottom", color=style.GREY),
        ]

    def panel(self, left: float, right: float, low: float, high: float, title: str = "", under: str = "") -> Axes:
        """Axes between two places across and two up the body, all in inches, with a heading and a line below it."""
        axes = self.figure.add_axes(
            (
                left / self.width,
                (self.foot + low) / self.height,
                (right - left) / self.width,
                (high - low) / self.height,
            )
        )
        if title:
            heading(axes, title, under)
        return axes

    def grid(
        self, panels: int, columns: int, *, left: float = 0.7, right: float = 0.3, across: float = 0.7, up: float = 0.85,
        top: float = 0.55, bottom: float = 0.45,
    ) -> list[Axes]:  # fmt: skip
        """Panels of one size in rows from the top left; gaps between them and margins around them in inches."""
        rows = -(-panels // columns)
        wide = (self.width - left - right - across * (columns - 1)) / columns
        tall = (self.body - top - bottom - up * (rows - 1)) / rows
        made = []
        for number in range(panels):
            row, column = divmod(number, columns)
            x, y = left + column * (wide + across), self.body - top - (row + 1) * tall - row * up
            made.append(self.panel(x, x + wide, y, y + tall))
        return made

    def body_alone(self) -> Bbox:
        """Hide the words and give what is left, for pages that have them in their own text; inches."""
        for words in self._words:
            words.set_visible(False)
        return Bbox([[0, self.foot - 0.05], [self.width, self.foot + self.body + 0.05]])


def heading(axes: Axes, title: str, under: str = "", across: float | None = None) -> None:
    """What a panel shows, and under it its unit; the title cut to so many inches where they are given."""
    title = style.shortened(title, across, 10.5, bold=True) if across else title
    at: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "annotation_clip": False}
    axes.annotate(title, (0, 1), (0, 20 if under else 8), fontsize=10.5, fontweight="bold", **at)
    if under:
        axes.annotate(under, (0, 1), (0, 7), fontsize=8.5, color=style.GREY, **at)


def source(ensembles: Sequence[Ensemble], note: str = "") -> str:
    """What a figure was drawn from: scenarios, seeds, version, region and its licence."""
    first = ensembles[0].manifest
    version = first["versions"].get("gpdrift") or ""
    runs = "; ".join(f"{ensemble.label}, {seeds_in_words(ensemble.seeds)}" for ensemble in ensembles)
    region = first["region"]
    licence = (region.get("licence") or "its data are under the licence in its region.json").rstrip(".")
    events = list(dict.fromkeys(f"{event} ({month(when)})" for when, event in ensembles[0].timeline))
    if len(events) > MOST_EVENTS:
        events = [*events[:MOST_EVENTS], f"{len(events) - MOST_EVENTS} more"]
    words = [
        note,
        f"Simulated by gpdrift {version}: {runs}; {registered_in_words(ensembles[0].patients, ensembles[0].start)};"
        " a comparison under stated assumptions, no forecast.",
        f"Policy: {', '.join(events)}." if events and len(ensembles) == 1 else "",
        f"Region: {region['name']}. {licence[0].upper()}{licence[1:]}.",
    ]
    return " ".join(word for word in words if word)


def registered_in_words(patients: int, when: datetime.date) -> str:
    """1,204,310 people registered in Jan 2021."""
    return f"{patients:,} people registered in {month(when)}"


def seeds_in_words(seeds: Sequence[int]) -> str:
    """Seed 1; seeds 1 and 2; seeds 1 to 20; seeds 1, 5 and 9."""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    if len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"seeds {seeds[0]} to {seeds[-1]}"
    if len(seeds) > 8:
        return f"{len(seeds)} seeds"
    return f"seeds {', '.join(map(str, seeds[:-1]))} and {seeds[-1]}"


def month(when: datetime.date) -> str:
    """Jan 2021."""
    return f"{when:%b %Y}"


def months_of(ensemble: Ensemble) -> list[datetime.date]:
    """Every month of a run, the first and the last included."""
    first, count = ensemble.start, ensemble.manifest["months"]
    return [months_later(first, number) for number in range(count + 1)]


def two_dots(frame: pd.DataFrame) -> str:
    """Key of a hollow dot at the first and a full one at the last month of a frame; of the full one where there is one month."""
    if frame["month"].min() == frame["month"].max():
        return f"\N{BLACK CIRCLE} {month(frame['month'].max())}, the only quarter recorded"
    return f"\N{WHITE CIRCLE} {month(frame['month'].min())}    \N{BLACK CIRCLE} {month(frame['month'].max())}"


def period(months: pd.Series) -> str:
    """Jan 2021 to Mar 2026: the first and the last of the months recorded; one where there is no other."""
    first, last = month(months.min()), month(months.max())
    return first if first == last else f"{first} to {last}"


def say(axes: Axes, text: str) -> None:
    """A few words in the middle of a panel that has nothing to draw."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", color=style.GREY)
    axes.set_axis_off()


def signed(value: float, form: str = ",.0f") -> str:
    """A number with its sign and a real minus; no sign where it rounds to nothing."""
    text = format(value, "+" + form)
    return text.replace("-", "\N{MINUS SIGN}") if any(digit in "123456789" for digit in text) else text[1:]


def pounds(value: float) -> str:
    """Pounds at a readable size: £1.2bn, £34.5m, £890k."""
    size, sign = abs(value), "\N{MINUS SIGN}" if value < 0 else ""
    for unit, letter in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if size >= unit:
            return f"{sign}£{size / unit:.1f}{letter}"
    return f"{sign}£{size:.0f}"


def events_marked(ensemble: Ensemble) -> list[datetime.date]:
    """Months of the run, from the second on, in which something of the policy took effect."""
    return sorted({when for when, _ in ensemble.timeline if ensemble.start < when <= ensemble.end})


def mark_events(axes: Axes, ensemble: Ensemble) -> None:
    """A dotted line at each of them."""
    for when in events_marked(ensemble):
        axes.axvline(when, color=style.GREY, linewidth=0.8, linestyle=":", zorder=0)  # type: ignore[arg-type]


def of_seeds(ensemble: Ensemble) -> str:
    """What a note adds, after a space, where :func:`fan` draws the runs of several seeds; nothing for one run."""
    return " Line: mean of seeds; band: lowest to highest." if len(ensemble.runs) > 1 else ""


def fan(axes: Axes, over_time: pd.DataFrame, colour: str, dashes: str = "-", gid: str | None = None) -> None:
    """The mean of seeds as a line and their range as a band.

    Args:
        axes: where.
        over_time: ``month``, ``mean``, ``low``, ``high``; one row a month.
        colour: of the line.
        dashes: line style.
        gid: name of the line in the figure.
    """
    months = [when.date() for when in over_time["month"]]
    if (over_time["seeds"] > 1).any():
        axes.fill_between(months, over_time["low"], over_time["high"], color=colour, alpha=0.22, linewidth=0)
    marker = "o" if len(months) == 1 else None
    axes.plot(months, over_time["mean"], dashes, color=colour, linewidth=1.8, marker=marker, gid=gid)
