"""Views of the browser app that only show: the map with its scale, pictures with words, facts, the table."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import solara

from runs.app_areas import MEASURES
from runs.app_scale import Scale


@solara.component_vue("app_picture.vue")
def _Picture(src: str, alt: str, pickable: bool = False, event_pick: Callable[[dict], None] | None = None) -> None:
    """An image that says where it was clicked."""


@solara.component_vue("app_table.vue")
def Table(
    rows: list[dict[str, Any]],
    columns: list[tuple[str, str]],
    caption: str,
    chosen: str | None = None,
    event_pick: Callable[[str], None] | None = None,
) -> None:
    """A table sorted by any column, whose rows may be picked by their name."""


@solara.component_vue("app_tabs.vue")
def _Tabs(label: str, names: list[str], chosen: int, event_pick: Callable[[int], None] | None = None) -> None:
    """Tabs, reached with Tab and changed with the arrow keys."""


def Tabs(label: str, names: tuple[str, ...], chosen: int, on_pick: Callable[[int], None]) -> solara.Element:
    """Tabs; says the number of the one picked."""
    return _Tabs(
        label=label, names=list(names), chosen=chosen,
        event_pick=lambda number: on_pick(number) if number in range(len(names)) else None,
    )  # fmt: skip


@solara.component_vue("app_choice.vue")
def _Choice(
    label: str, options: list[list[str]], value: str, empty: str = "", event_pick: Callable[[str], None] | None = None
) -> None:
    """A list to choose from: the browser's own, which screen readers and keyboards know."""


@solara.component_vue("app_slider.vue")
def _Slider(
    label: str, value: float, low: float, high: float, step: float, event_pick: Callable[[float], None] | None = None
) -> None:
    """A slider: the browser's own."""


def Choice(
    label: str, options: dict[str, str], value: str | None, on_pick: Callable[[str], None], empty: str = ""
) -> solara.Element:
    """A list to choose from.

    Args:
        label: what is chosen.
        options: what is shown, by key.
        value: key chosen; None where nothing is.
        on_pick: told the key; never one that is not offered.
        empty: what is shown where nothing is chosen.
    """
    pairs = [[key, text] for key, text in options.items()]
    return _Choice(
        label=label, options=pairs, value=value or "", empty=empty,
        event_pick=lambda key: on_pick(key) if key in options else None,
    )  # fmt: skip


def Slider(
    label: str, value: float, low: float, high: float, step: float, on_pick: Callable[[float], None]
) -> solara.Element:
    """A slider, which says where it was let go; never beyond its ends."""
    return _Slider(
        label=label, value=value, low=low, high=high, step=step,
        event_pick=lambda to: on_pick(min(max(float(to), low), high)),
    )  # fmt: skip


def Picture(png: bytes, alt: str, on_pick: Callable[[dict], None] | None = None) -> solara.Element:
    """A PNG with a text alternative; says where it is clicked as shares of its width and height."""
    src = "data:image/png;base64," + base64.b64encode(png).decode()
    return _Picture(src=src, alt=alt, pickable=on_pick is not None, event_pick=on_pick or _nothing)


def ScaleBar(measure: str, scale: Scale) -> None:
    """What the colours of the map stand for."""
    about = MEASURES[measure]
    stops = ", ".join(scale.colours)
    with solara.Div(classes=["gp-scale"]):
        solara.Text(_plain(scale.low) + ("" if scale.low == 0 else " or less"))
        solara.Div(classes=["gp-bar"], style=f"background: linear-gradient(to right, {stops})")
        solara.Text(f"{_plain(scale.high)} or more, {about.unit}")


def Key() -> None:
    """What the marks and lines of the map stand for."""
    with solara.Div(classes=["gp-key"]):
        solara.Text("\N{WHITE CIRCLE} practice, ")
        solara.Text("\N{BLACK DIAMOND}", classes=["gp-digital"])
        solara.Text(" digital provider, ")
        solara.Text("\N{BLACK SQUARE}", classes=["gp-trust"])
        solara.Text(
            " run by a trust (larger = longer list). Thick line: commissioner; dashed: authority; dotted green: federation."
            " Vermilion: what you look at - a commissioner's outline, a ring around a practice, a patient's way from home to it."
            " Click a practice or an area to look closer."
        )


def Sources(about: dict[str, Any]) -> None:
    """What the region is made of and under which licence, as its region.json says."""
    said = [str(about[key]) for key in ("sources", "licence") if about.get(key)]
    if said:
        with solara.v.Html(tag="details", class_="gp-help"):
            solara.v.Html(tag="summary", children=["Sources and licence"])
            solara.Text(" ".join(said))


def Facts(pairs: list[tuple[str, str]], classes: str = "") -> None:
    """Labels and values as a description list."""
    with solara.v.Html(tag="dl", class_=classes):
        for label, value in pairs:
            with solara.v.Html(tag="div"):
                solara.v.Html(tag="dt", children=[label])
                solara.v.Html(tag="dd", children=[value])


def Words(text: str, classes: str = "gp-words") -> None:
    """A sentence or two."""
    with solara.Div(classes=[classes]):
        solara.Text(text)


def _nothing(_: Any = None) -> None:
    pass


def _plain(value: float) -> str:
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")
