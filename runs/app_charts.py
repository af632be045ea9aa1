"""Charts beside the map: divergence through time from the model's data collector, and the flow matrix as a heat map."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from model.commissioning.bodies import Commissioner
from model.months import months_later
from runs import style
from runs.app_headlines import HEADLINES
from runs.app_map import DRAWING, ONE_WAY

if TYPE_CHECKING:
    import datetime

    from model.model import RegistrationModel

WIDE, TALL, DOTS = 6.2, 5.0, 110
EDGE = 0.01
"""Share of the picture that stays empty at its edges."""
LEAST_SHOWN = 0.05
"""Of its height, what the axis of a line covers at least, so that next to nothing looks like it."""
MOST_LINES = 5
"""So many commissioners have a line of their own colour: those furthest apart from their residents."""
MOST_IN_MATRIX = 10
COLOURS = (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.ORANGE)


class Drawn(NamedTuple):
    """A chart: the picture, what it shows in words, and what is drawn in it."""

    png: bytes
    words: str
    data: dict[str, Any]


def months_of(model: RegistrationModel) -> list[datetime.date]:
    """Months collected so far."""
    collected = len(model.datacollector.model_vars["residents"])
    return [months_later(model.start, i) for i in range(collected)]


def gaps(model: RegistrationModel) -> np.ndarray:
    """Registered less resident people, % of residents, by month and commissioner, float64[M, C]; NaN without residents."""
    measured = ["commissioner_registered", "commissioner_residents"]
    rows = model.datacollector.get_agenttype_vars_dataframe(Commissioner)[measured]
    shape = (len(months_of(model)), len(model.commissioners))
    registered, residents = (rows[name].to_numpy(np.float64).reshape(shape) for name in rows)
    return 100.0 * np.divide(registered - residents, residents, out=np.full(shape, np.nan), where=residents > 0)


def through_time(model: RegistrationModel, headline: str) -> Drawn:
    """Divergence by commissioner, and one measure of the whole region, month by month."""
    months, by_commissioner, about = months_of(model), gaps(model), HEADLINES[headline]
    days = date2num(months)
    values = about.factor * np.asarray(model.datacollector.model_vars[headline], np.float64)
    last = by_commissioner[-1]
    order = [i for i in np.argsort(-np.abs(np.nan_to_num(last)), kind="stable") if np.isfinite(last[i])]
    names = [model.region.name_of(str(code)) for code in model.region.commissioners]
    shown = order[:MOST_LINES]
    labels = [f"{_short(names[n], 20)} {_signed(last[n])}" for n in shown]
    with DRAWING, style.look():
        figure = Figure(figsize=(WIDE, TALL), dpi=DOTS, facecolor="white")
        upper = figure.add_axes((0.085, 0.57, 0.59, 0.36))
        lower = figure.add_axes((0.085, 0.07, 0.59, 0.36))
        for number in order[MOST_LINES:]:
            upper.plot(days, by_commissioner[:, number], color=style.PALE, linewidth=0.8)
        for number, colour in zip(shown, COLOURS, strict=False):
            upper.plot(
                days, by_commissioner[:, number], color=colour, linewidth=2, marker="o" if len(months) == 1 else None
            )
        upper.axhline(0, color=style.GREY, linewidth=0.8)
        upper.set_title("Registered less resident, % of residents, by commissioner", fontsize=10.5)
        style.months_along(upper, months, 5)
        style.label_ends(
            upper,
            [(float(last[n]), label, colour) for n, label, colour in zip(shown, labels, COLOURS, strict=False)],
        )
        lower.plot(days, values, color=style.BLACK, linewidth=2, marker="o" if len(months) == 1 else None)
        lower.set_title(f"{about.label}, {about.unit}", fontsize=10.5)
        if np.nanmin(values, initial=0) >= 0 and np.isfinite(values).any():
            _from_zero_if_near(lower, values)
        style.months_along(lower, months, 5)
        if np.nanmax(values, initial=0) >= 1000:  # written out, where matplotlib would tell a power of ten
            lower.yaxis.set_major_formatter("{x:,.0f}")
        if np.isfinite(values[-1]):
            style.label_ends(lower, [(float(values[-1]), plain(values[-1]), style.BLACK)])
        _keep_inside(upper, lower)
        png = _png(figure)
        ticks = [text.get_text() for text in (*lower.get_yticklabels(), lower.yaxis.get_offset_text())]
    listed = "; ".join(f"{names[n]} {_signed(last[n])}%" for n in shown)
    words = (
        f"Registered less resident in {months[-1]:%B %Y}: {listed}{grey_lines(len(order) - len(shown))}. {about.label}, {about.unit}:"
        f" {plain(values[0])} at the start, {plain(values[-1])} now."
    )
    return Drawn(
        png, words, {"gaps": by_commissioner, "headline": values, "months": months, "labels": labels, "ticks": ticks}
    )


def grey_lines(others: int) -> str:
    """What the lines without a name are, in brackets; nothing where there are none."""
    return "" if others < 1 else " (grey line: the other)" if others == 1 else f" (grey lines: the {others} others)"


def flow_matrix(model: RegistrationModel) -> Drawn:
    """Where registered residents of each commissioner have their practice, % of the row; true addresses."""
    flows = model.counts.true_flows
    crossing = flows.sum(axis=0) + flows.sum(axis=1) - 2 * np.diagonal(flows)
    shown = np.sort(np.argsort(-crossing, kind="stable")[:MOST_IN_MATRIX])
    names = [model.region.name_of(str(model.region.commissioners[i])) for i in shown]
    whole = flows.sum(axis=1, keepdims=True)
    share = 100.0 * np.divide(flows, whole, out=np.zeros(flows.shape), where=whole > 0)
    part = share[np.ix_(shown, shown)]
    off = np.where(np.eye(len(part), dtype=bool), np.nan, part)
    top = max(float(np.nanmax(off, initial=0)), 1e-9)
    with DRAWING, style.look():
        figure = Figure(figsize=(WIDE, TALL), dpi=DOTS, facecolor="white")
        axes = figure.add_axes((0.27, 0.27, 0.68, 0.62))
        axes.set_facecolor("#E6E6E6")
        axes.imshow(np.ma.masked_invalid(off), cmap=ONE_WAY, vmin=0, vmax=top, aspect="auto")
        for row, column in np.ndindex(*part.shape):
            axes.text(
                column, row, f"{part[row, column]:.1f}", ha="center", va="center",
                fontsize=10 if len(part) <= 6 else 7.5,
                color="white" if row != column and part[row, column] > 0.55 * top else style.BLACK,
            )  # fmt: skip
        size = 10 if len(part) <= 6 else 8
        beside = [_two_lines(name) for name in names]
        axes.set_yticks(range(len(part)), beside, fontsize=size)
        slanted = [_short(name, 26) for name in names]  # of two lines, one would lie across the neighbour's
        axes.set_xticks(range(len(part)), slanted, rotation=35, ha="right", rotation_mode="anchor", fontsize=size)
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
        figure.text(
            0.02,
            0.94,
            "Where registered residents have their practice, % of the row",
            fontsize=10.5,
            fontweight="bold",
        )
        axes.set_xlabel("registered with")
        axes.set_ylabel("live with")
        _keep_inside(axes)
        png = _png(figure)
    where = np.where(np.eye(len(flows), dtype=bool), -1, flows)
    home, to = np.unravel_index(int(where.argmax()), where.shape)
    everyone = [model.region.name_of(str(code)) for code in model.region.commissioners]
    out = int(flows.sum() - np.trace(flows))
    words = f"{out:,} residents are registered with another commissioner than the one they live in."
    if len(flows) > 1 and out:
        words += (
            f" Most: {int(flows[home, to]):,} who live with {everyone[home]} and are registered with {everyone[to]}."
        )
    if len(shown) < len(flows):
        words += f" Shown: the {len(shown)} of {len(flows)} commissioners with most crossing."
    return Drawn(png, words, {"share": share, "shown": shown, "crossing": out, "labels": beside})


def _keep_inside(*all_axes: Axes) -> None:
    """Shrink axes, all by as much, until what is written around them is inside the picture: names are of any length."""
    figure = all_axes[0].get_figure(root=True)
    assert figure is not None
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes: list[Any] = [axes.get_tightbbox(renderer) for axes in all_axes]
    wide, tall = figure.bbox.width, figure.bbox.height
    left = max(EDGE - min(box.x0 for box in boxes) / wide, 0.0)
    right = max(max(box.x1 for box in boxes) / wide - 1.0 + EDGE, 0.0)
    bottom = max(EDGE - min(box.y0 for box in boxes) / tall, 0.0)
    for axes in all_axes:
        at = axes.get_position()
        axes.set_position((at.x0 + left, at.y0 + bottom, at.width - left - right, at.height - bottom))


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    FigureCanvasAgg(figure).print_png(out, metadata={"Software": ""}, pil_kwargs={"compress_level": 1})
    return out.getvalue()


def _from_zero_if_near(axes: Axes, values: np.ndarray) -> None:
    """Begin at zero where that does not flatten the line; else show a twentieth of the height at least."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if low < 0.5 * high or high == 0:
        axes.set_ylim(0, high * 1.08 if high > 0 else 1)
    elif high - low < LEAST_SHOWN * high:
        middle = (low + high) / 2
        axes.set_ylim(middle - LEAST_SHOWN * high / 2, middle + LEAST_SHOWN * high / 2)


def plain(value: float) -> str:
    """A number as it is read: thousands apart, decimals where they say something."""
    if not np.isfinite(value):
        return "not known"
    if abs(value) >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")


def _two_lines(name: str, most: int = 20) -> str:
    first, *rest = textwrap.wrap(style.bare_name(name), most) or [name]
    if len(rest) > 1:
        rest = [f"{rest[0]}\N{HORIZONTAL ELLIPSIS}"]
    return "\n".join((first, *rest))


def _short(name: str, most: int = 24) -> str:
    name = style.bare_name(name)
    return name if len(name) <= most else name[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"
