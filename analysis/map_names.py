"""Names on a map that cover neither each other nor the places of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from runs import style

DIRECTIONS = tuple(np.array([np.cos(turn), np.sin(turn)]) for turn in np.linspace(0.5, 2.5, 12, endpoint=False) * np.pi)
"""Where a name is tried beside its place: above it first, then around."""
DISTANCES = (22.0, 34.0, 48.0, 64.0, 82.0)
"""Points from its place, the nearest first."""
ROOM = 1.2
"""Times its own size that a place must have for a name to stand in it."""
DOT = 6.0
"""Pixels around the middle of a place that the names of others leave free."""


class Name(NamedTuple):
    """What is written where."""

    text: str
    middle: tuple[float, float]
    """In the coordinates of the axes."""
    places: np.ndarray
    """float64[n, 2]: points of the place, which tell how large it is."""


def write_names(axes: Axes, names: Sequence[Name]) -> list[Annotation]:
    """Write names, those first in the list where they are best: in their place, or beside it with a line to it.

    What finds no room is left out. The limits of the axes must stand.
    """
    axes.get_figure(root=True).draw_without_rendering()  # type: ignore[union-attr]
    middles = [axes.transData.transform(name.middle) for name in names]
    frame = axes.get_window_extent().padded(2 * DOT)
    written: list[Annotation] = []
    boxes: list[Bbox] = []
    for number, name in enumerate(names):
        others = [middle for k, middle in enumerate(middles) if k != number]
        extent = np.ptp(axes.transData.transform(name.places), axis=0)
        for offset in (np.zeros(2), *(far * direction for far in DISTANCES for direction in DIRECTIONS)):
            label = _write(axes, name, offset)
            box = box_of(label)
            fits = offset.any() or (extent >= ROOM * np.array([box.width, box.height])).all()
            inside = (
                frame.containsx(box.x0)
                and frame.containsx(box.x1)
                and frame.containsy(box.y0)
                and frame.containsy(box.y1)
            )
            free = not any(box.overlaps(taken) for taken in boxes)
            if fits and inside and free and not any(box.padded(DOT).contains(*middle) for middle in others):
                written.append(label)
                boxes.append(box.padded(DOT))
                break
            label.remove()
    return written


def box_of(label: Annotation) -> Bbox:
    """The box of what is written, in pixels, without the line."""
    label.get_window_extent()  # puts the text where it belongs
    return Text.get_window_extent(label)


def _write(axes: Axes, name: Name, offset: np.ndarray) -> Annotation:
    line = {"arrowstyle": "-", "linewidth": 0.8, "color": style.BLACK, "shrinkA": 0, "shrinkB": 0}
    return axes.annotate(
        name.text, name.middle, (float(offset[0]), float(offset[1])), textcoords="offset points", ha="center", va="center",
        fontsize=8, fontweight="bold", arrowprops=line if offset.any() else None,
        bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1.5},
    )  # fmt: skip
