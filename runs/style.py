"""How figures look: colours all readers can tell apart, plain axes, labels at the lines, the source on the figure.

Colours are those of Okabe & Ito (2008), "Color universal design", one meaning each in every figure of the project.
Figures are made without pyplot: no window, no state between them, the same bytes from the same data.
"""

from __future__ import annotations

import datetime
import itertools
import textwrap
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from model.errors import InputError
from model.whole_files import whole_file

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILLION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#595959"
PALE = "#D9D9D9"

WIDTH = 11.0
"""Inches across: 10-point type stays legible when the figure is shown 1200 pixels wide, and at 800 on a page."""
DOTS = 150
FEW_MONTHS = 5
"""Up to so many months have a tick each."""
TICKS_EVERY = (1, 2, 3, 4, 6, 12, 24, 60, 120, 240, 600, 1200)
"""Months between the ticks of longer axes, counted from January, or from a round year."""
TICK_LETTER = 0.07
"""Inches a letter of a tick's label is wide."""

_SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same figure everywhere
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": PALE,
    "grid.linewidth": 0.6,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": BLACK,
    "ytick.labelcolor": BLACK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "text.parse_math": False,  # names and titles are text, whatever signs they hold
    "svg.hashsalt": "gpdrift",
}
_UNDATED = {".png": {"Software": ""}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
"""Kinds of file, and what keeps the hour and the machine out of each."""


def look() -> AbstractContextManager[None]:
    """Settings of every figure, within a ``with`` block."""
    return matplotlib.rc_context(_SETTINGS)


def mixed(colour: str, other: str, share: float = 0.5) -> str:
    """A colour with so much of another in it."""
    red, green, blue = ((1 - share) * a + share * b for a, b in zip(to_rgb(colour), to_rgb(other), strict=True))
    return to_hex((red, green, blue))


def ink(colour: str) -> str:
    """A colour dark enough to be read as text on white."""
    return mixed(colour, "black", 0.35)


def inches(axes: Axes) -> tuple[float, float, float, float]:
    """Left, bottom, width and height of axes in their figure, inches."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    (width, height), (left, bottom, across, up) = figure.get_size_inches(), axes.get_position().bounds
    return left * width, bottom * height, across * width, up * height


def spread(wanted: Sequence[float], apart: float, least: float = -np.inf) -> np.ndarray:
    """Positions in the order of ``wanted``, as near as neighbours at least ``apart`` allow, float64[N].

    Those too close are stacked evenly about their mean, or on top of ``least``, again and again until none are.
    """
    order = np.argsort(wanted, kind="stable")
    stacks: list[list[float]] = []
    for value in np.asarray(wanted, np.float64)[order]:
        stacks.append([max(value, least), 1.0])
        while len(stacks) > 1 and (stacks[-1][0] - stacks[-2][0] < apart * (stacks[-1][1] + stacks[-2][1]) / 2 - 1e-12):
            (low, below), (high, above) = stacks[-2], stacks.pop()
            size = below + above
            stacks[-1] = [max((low * below + high * above) / size, least + apart * (size - 1) / 2), size]
    placed = np.empty(len(order))
    placed[order] = [mean + apart * (i - (size - 1) / 2) for mean, size in stacks for i in range(int(size))]
    return placed


def label_ends(axes: Axes, ends: Sequence[tuple[float, str, str]], points: float = 12.0) -> None:
    """Name lines beside their last values, at the right of the axes and not below them, where dates stand.

    Args:
        axes: with its limits and its place in the figure already set.
        ends: last value, text and colour of each line; values that are not numbers are left out.
        points: height of a line of text.
    """
    ends = [end for end in ends if np.isfinite(end[0])]
    low, high = axes.get_ylim()
    apart = points * (high - low) / (72 * inches(axes)[3])
    for (_, text, colour), at in zip(ends, spread([end[0] for end in ends], apart, low), strict=True):
        axes.annotate(
            text, (1, at), (6, 0), xycoords=axes.get_yaxis_transform(), textcoords="offset points",
            va="center", color=ink(colour), fontsize=9, annotation_clip=False,
        )  # fmt: skip


def key(axes: Axes, entries: Sequence[tuple[str, str, str]], up: float = 30.0) -> None:
    """Name lines in a row above the axes, each in its colour.

    Args:
        axes: whose upper left corner the row starts at.
        entries: text, colour and line style of each, or a mark: ``s`` square, ``o`` dot, ``x`` cross.
        up: points between the axes and the row.
    """
    last: Any = None
    size: dict[str, Any] = {"textcoords": "offset points", "fontsize": 9, "annotation_clip": False}
    for text, colour, dashes in entries:
        signs: tuple[tuple[str, dict[str, Any]], ...] = (
            (_SIGNS[dashes], {"color": colour, "fontweight": "bold"}),
            (text, {"color": ink(colour)}),
        )
        for part, look in signs:
            if last is None:
                last = axes.annotate(part, (0, 1), (0, up), xycoords="axes fraction", **size, **look)
            else:
                gap = 4 if part is text else 14
                last = axes.annotate(part, (1, 0), (gap, 0), xycoords=last, va="bottom", **size, **look)


def months_along(axes: Axes, months: Sequence[datetime.date], most: int = 6) -> None:
    """A time axis over these months, exactly, with at most so many ticks."""
    first, last = date2num(months[0]), date2num(months[-1])
    if first == last:
        first, last = first - 15, last + 15
    axes.set_xlim(first, last)
    if len(months) <= FEW_MONTHS:
        ticks = list(months)
        new_year = [month.year != before.year for before, month in itertools.pairwise(months)]
        named = ["%b %Y" if new or len(months) < 4 else "%b" for new in (True, *new_year)]
    else:
        most = min(most, max(int(inches(axes)[2] / (9 * TICK_LETTER)), 2))
        since, until = (month.year * 12 + month.month - 1 for month in (months[0], months[-1]))
        every = next(n for n in TICKS_EVERY if until // n - (since - 1) // n <= most)
        counted = range(-(-since // every) * every, until + 1, every)
        ticks = [datetime.date(number // 12, number % 12 + 1, 1) for number in counted]
        named = ["%b %Y" if every % 12 else "%Y"] * len(ticks)
    axes.set_xticks(date2num(ticks), _apart(axes, ticks, [f"{t:{name}}" for t, name in zip(ticks, named, strict=True)]))
    axes.grid(axis="y")


def _apart(axes: Axes, ticks: Sequence[datetime.date], texts: Sequence[str]) -> list[str]:
    """Labels of ticks on a time axis, empty where one would touch the one before it."""
    first, last = axes.get_xlim()
    reached, kept = -np.inf, []
    for tick, text in zip(ticks, texts, strict=True):
        at = inches(axes)[2] * (date2num(tick) - first) / (last - first)
        half = 0.5 * len(text) * TICK_LETTER
        kept.append(text if at - half > reached else "")
        reached = at + half + TICK_LETTER if kept[-1] else reached
    return kept


_SIGNS = {
    "-": "\N{EM DASH}", "--": "- -", ":": "\N{HORIZONTAL ELLIPSIS}", "s": "\N{BLACK SQUARE}",
    "o": "\N{BLACK CIRCLE}", "x": "\N{MULTIPLICATION SIGN}",
}  # fmt: skip


def few_ticks(most: int, *, whole: bool = False) -> MaxNLocator:
    """At most so many round ticks; at whole numbers only where a part of one means nothing."""
    return MaxNLocator(most, steps=[1, 2, 5, 10], integer=whole)


def per_cent_from_zero(axes: Axes, top: float) -> None:
    """A vertical axis in per cent whose foot is zero."""
    axes.set_ylim(0, top * 1.08 if top > 0 else 1)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter("{x:g}%")


def wrapped(text: str, inches: float, size: float) -> str:
    """Text broken into lines that fit so many inches of type of this size (points)."""
    # A character of DejaVu Sans is on average a little over half as wide as the type is high.
    return textwrap.fill(text, max(int(inches * 72 / (size * 0.57)), 8))


def bare_name(name: str) -> str:
    """A commissioner's name without what all of them share; whole where that would leave nothing."""
    return name.removeprefix("NHS ").removesuffix(" CCG").removesuffix(" ICB").strip() or name


def shortened(text: str, inches: float, size: float, *, bold: bool = False) -> str:
    """Text cut, with an ellipsis, to so many inches of type of this size (points)."""
    most = max(int(inches * 72 / (size * (0.66 if bold else 0.57))), 4)
    return text if len(text) <= most else text[: most - 1].rstrip(" ,") + "\N{HORIZONTAL ELLIPSIS}"


def check_target(out: Path) -> None:
    """Make sure of a figure's file before anything is drawn or written.

    Raises:
        InputError: the name says no kind of figure there is, or there is no such folder.
    """
    kind = out.suffix.lower()
    if kind not in _UNDATED:
        raise InputError(f"--out {out}: ends in {kind or 'nothing'}, expected {', '.join(_UNDATED)}")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: no folder {out.parent}; make it first")
    if out.is_dir():
        raise InputError(f"--out {out}: is a folder, expected the name of a file")


def save(figure: Figure, out: Path) -> None:
    """Write a PNG, SVG or PDF, as the name says; it appears when it is complete.

    Raises:
        InputError: see :func:`check_target`.
    """
    check_target(out)
    kind = out.suffix.lower()
    with whole_file(out) as written:
        figure.savefig(written, format=kind[1:], dpi=DOTS, facecolor="white", metadata=_UNDATED[kind])
