"""Controls of the browser app: which scenario, where, how long, which draws, and the policy levers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import solara

from runs.app_levers import LEVERS
from runs.app_session import LATEST_START, Choices, OfferedRegions, lengths, titles
from runs.app_views import Choice, Slider

REGIONS = {
    "town": "Town (synthetic, small)",
    "metro": "Metro (synthetic city and its towns)",
    "england": "England (synthetic; half a minute, 3 GB)",
}
"""What presets are called on the screen."""
MONTHS_APART = 3
"""Between the lengths that can be chosen: those of the library's scenarios are among them."""


@solara.component
def Settings(
    offered: OfferedRegions,
    chosen: Choices,
    change: Callable[..., None],
) -> None:
    """What a run is made of. Changes wait until the visitor restarts, or presses Play or Step before the first month."""

    def pull(name: str, strength: float | None) -> None:
        change(levers=lambda levers: without(levers, name) | ({} if strength is None else {name: strength}))

    with solara.v.Html(tag="section", class_="gp-settings", attributes={"aria-label": "Settings of the run"}):
        solara.v.Html(tag="h2", children=["What to run"])
        Choice(
            "Scenario", {name: name for name in titles()}, chosen.scenario,
            lambda name: change(scenario=name, months=lengths()[name]),
        )  # fmt: skip
        title, question = titles()[chosen.scenario]
        _words(title)
        with solara.v.Html(tag="details", class_="gp-help"):
            solara.v.Html(tag="summary", children=["What it asks"])
            solara.Text(question or "Nothing in particular: it is what others are compared with.")
        places = {name: REGIONS.get(name, name) if offered.by_name[name] == name else name for name in offered}
        Choice("Region", places, chosen.region, lambda name: change(region=name))
        Slider("Months", chosen.months, 12, 240, MONTHS_APART, lambda n: change(months=round(n)))
        solara.InputInt("Seed", chosen.seed, on_value=lambda n: change(seed=n), dense=True)
        _words("The same seed gives the same people, births and moves: what differs is what you changed.")
        solara.v.Html(tag="h2", children=["Policy levers"], style_="margin-top: 8px")
        Slider("Months until the levers act", chosen.after, 0, LATEST_START, 1, lambda n: change(after=round(n)))
        for name in LEVERS:
            _Lever(name, chosen.levers.get(name), pull)


@solara.component
def _Lever(name: str, strength: float | None, on_pull: Callable[[str, float | None], None]) -> None:
    lever = LEVERS[name]
    with solara.Div(classes=["gp-lever", f"lever-{name}"]):
        solara.Switch(
            label=lever.label,
            value=strength is not None,
            on_value=lambda on: on_pull(name, lever.default if on else None),
        )
        if strength is not None:
            _words(lever.help)
            if lever.strength:
                Slider(
                    lever.strength, strength, lever.low, lever.high, lever.step,
                    lambda value: on_pull(name, value),
                )  # fmt: skip


def changed(chosen: Choices, values: Mapping[str, Any]) -> Choices:
    """Choices with some changed: to a value, or to what a function makes of the present one.

    What a control says is applied to the choices as they are by then, not as they were when it was drawn: several
    may be moved before the page is drawn again.
    """
    return dataclasses.replace(
        chosen, **{key: value(getattr(chosen, key)) if callable(value) else value for key, value in values.items()}
    )


def without(levers: Mapping[str, float], name: str) -> dict[str, float]:
    """Levers but one."""
    return {key: value for key, value in levers.items() if key != name}


def _words(text: str) -> None:
    with solara.Div(classes=["gp-help"]):
        solara.Text(text)
