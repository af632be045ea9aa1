"""Bars of what registered people exceed residents by, commissioner by commissioner, and of what that is made."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from analysis import page as pages
from analysis.drift import PARTS, Drift, Gap
from runs import style

SIGNS = {"ghosts": 1, "unregistered": -1, "net_flow": 1}
COLOURS = {"ghosts": style.ORANGE, "unregistered": style.PURPLE, "net_flow": style.BLUE}


def draw_gaps(axes: Axes, bars: list[tuple[str, tuple[Gap, Gap]]], drift: Drift, shown: int, margin: float) -> None:
    """Stacked bars of what the gap is made of, start above end, for each commissioner and for all.

    The headings start at the margin of the figure (inches), over the names.
    """
    dates = [drift.months[0], drift.months[-1]]
    moments = [1] if dates[0] == dates[1] else [0, 1]
    low, high = 0.0, 0.0
    axes.set_ylim(len(bars) - 0.5, -0.5)
    thick = min(0.36, 0.3 / style.inches(axes)[3] * len(bars))
    for row, (name, pair) in enumerate(bars):
        _beside(axes, row, style.wrapped(name, 1.38, 9.5), 50, fontsize=9.5)
        for moment in moments:
            at, gap = row + (moment - 0.5) * 1.1 * thick * (len(moments) - 1), pair[moment]
            _beside(axes, at, pages.month(dates[moment]), 4, fontsize=8.5, color=style.GREY)
            left, right = _stack(axes, at, thick, gap, pale=moment == 0)
            low, high = min(low, left), max(high, right)
    # The numbers stand at the right of the longest bar.
    reach = (high - low) or 1
    axes.set_xlim(low - 0.03 * reach, high + 0.42 * reach)
    axes.axhline(shown - 0.5, color=style.PALE, linewidth=0.8)
    axes.axvline(0, color=style.BLACK, linewidth=0.8)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.xaxis.set_major_locator(style.few_ticks(6))
    axes.xaxis.set_major_formatter(lambda x, _: pages.signed(x, "g") + "%" if x else "0")
    axes.set_xlabel("per cent of residents", fontsize=9)
    which = "by commissioner" if shown == len(drift.gaps) else f"the {shown} commissioners furthest apart"
    left = 72 * (margin - style.inches(axes)[0])
    axes.annotate(
        f"Registered against resident people, {which}", (0, 1), (left, 24), xycoords="axes fraction",
        textcoords="offset points", fontsize=10.5, fontweight="bold",
    )  # fmt: skip
    _equation(axes, left)


def _beside(axes: Axes, at: float, text: str, points: float, **look: Any) -> None:
    """Text at the left of the axes, so many points from them."""
    axes.annotate(
        text, (0, at), (-points, 0), xycoords=axes.get_yaxis_transform(), textcoords="offset points", ha="right",
        va="center", annotation_clip=False, **look,
    )  # fmt: skip


def _stack(axes: Axes, at: float, thick: float, gap: Gap, *, pale: bool) -> tuple[float, float]:
    """One bar: what adds to the gap right of zero, what takes from it left, and a dot at the sum; its two ends."""
    reach = {1: 0.0, -1: 0.0}
    for part in PARTS:
        size = SIGNS[part] * gap.per_cent(getattr(gap, part))
        side = 1 if size >= 0 else -1
        colour = style.mixed(COLOURS[part], "white") if pale else COLOURS[part]
        axes.barh(at, size, thick, left=reach[side], color=colour, gid=part)
        reach[side] += size
    total = gap.per_cent(gap.people)
    axes.plot(total, at, "o", color=style.BLACK, markersize=5, markeredgecolor="white", markeredgewidth=0.8)
    axes.annotate(
        f"{pages.signed(total, '.1f')}%  {pages.signed(gap.people, ',')}", (reach[1], at), (5, 0), textcoords="offset points",
        va="center", fontsize=8.5,
    )  # fmt: skip
    return reach[-1], reach[1]


def _equation(axes: Axes, left: float) -> None:
    """The key, which is also what the bars say; so many points from the left of the axes."""
    minus = " \N{MINUS SIGN} "
    terms = [
        ("■", " ghosts", COLOURS["ghosts"]), ("", minus, style.BLACK),
        ("■", " unregistered", COLOURS["unregistered"]), ("", " + ", style.BLACK),
        ("■", " net flow across borders (true)", COLOURS["net_flow"]),
    ]  # fmt: skip
    last = axes.annotate(
        f"● registered{minus}resident = ", (0, 1), (left, 7), xycoords="axes fraction", textcoords="offset points",
        fontsize=9.5,
    )  # fmt: skip
    for square, text, colour in terms:
        for part, ink in ((square, colour), (text, style.ink(colour))):
            if part:
                last = axes.annotate(part, (1, 0), xycoords=last, va="bottom", color=ink, fontsize=9.5)
