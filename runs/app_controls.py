"""Controls of the browser app: which scenario, where, how long, which draws, and the policy levers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import solara

from runs.app_levers import LEVERS
from runs.app_session import LATEST_START, Choices, OfferedRegions, titles
from runs.app_views import Choice, Slider

REGIONS = {
    "town": "Town (synthetic, small)",
    "metro": "Metro (synthetic city and its towns)",
    "england": "England (synthetic; takes minutes and 3 GB)",
}
"""What presets are called on the screen."""


@solara.component
def Settings(
    offered: OfferedRegions,
    chosen: Choices,
    on_chosen: Callable[[Choices], None],
    pending: bool,
    on_restart: Callable[[], None],
) -> None:
    """What a run is made of. Changes wait until the visitor restarts, or presses Play or Step before the first month."""

    def change(**values: Any) -> None:
        on_chosen(dataclasses.replace(chosen, **values))

    with solara.v.Html(tag="section", class_="gp-settings", attributes={"aria-label": "Settings of the run"}):
        solara.v.Html(tag="h2", children=["What to run"])
        Choice("Scenario", {name: name for name in titles()}, chosen.scenario, lambda name: change(scenario=name))
        title, question = titles()[chosen.scenario]
        _words(title)
        if question:
            with solara.v.Html(tag="details", class_="gp-help"):
                solara.v.Html(tag="summary", children=["What it asks"])
                solara.Text(question)
        places = {name: REGIONS.get(name, name) if offered.by_name[name] == name else name for name in offered}
        Choice("Region", places, chosen.region, lambda name: change(region=name))
        Slider("Months", chosen.months, 12, 240, 12, lambda n: change(months=round(n)))
        solara.InputInt("Seed", chosen.seed, on_value=lambda n: change(seed=n), dense=True)
        _words("The same seed gives the same people, births and moves: what differs is what you changed.")
        if pending:
            with solara.v.Html(tag="div", class_="gp-pending", attributes={"role": "status"}):
                solara.Text("Changed settings hold from the next start. ")
                solara.Button("Restart with them", on_click=on_restart, small=True, outlined=True)
        solara.v.Html(tag="h2", children=["Policy levers"], style_="margin-top: 8px")
        Slider("Months until the levers act", chosen.after, 0, LATEST_START, 1, lambda n: change(after=round(n)))
        for name in LEVERS:
            _Lever(name, chosen.levers, lambda levers: change(levers=levers))


@solara.component
def _Lever(name: str, levers: dict[str, float], on_levers: Callable[[dict[str, float]], None]) -> None:
    lever, on = LEVERS[name], name in levers

    def switch(now: bool) -> None:
        others = {key: value for key, value in levers.items() if key != name}
        on_levers(others | {name: lever.default} if now else others)

    with solara.Div(classes=["gp-lever", f"lever-{name}"]):
        solara.Switch(label=lever.label, value=on, on_value=switch)
        if on:
            _words(lever.help)
            if lever.strength:
                Slider(
                    lever.strength, levers[name], lever.low, lever.high, lever.step,
                    lambda value: on_levers(levers | {name: value}),
                )  # fmt: skip


def _words(text: str) -> None:
    with solara.Div(classes=["gp-help"]):
        solara.Text(text)
