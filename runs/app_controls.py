"""Controls of the browser app: which scenario, where, how long, which draws, and the policy levers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import solara

from runs.app_levers import LEVERS
from runs.app_session import LATEST_START, LONGEST, Choices, OfferedRegions, titles

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

    with solara.Div(classes=["gp-settings"], attributes={"role": "form", "aria-label": "Settings of the run"}):
        solara.HTML(tag="h2", unsafe_innerHTML="What to run")
        solara.Select("Scenario", list(titles()), chosen.scenario, lambda name: change(scenario=name), dense=True)
        title, question = titles()[chosen.scenario]
        _words(f"{title}. {question}")
        places = {REGIONS.get(name, name) if offered.by_name[name] == name else name: name for name in offered}
        shown = next(label for label, name in places.items() if name == chosen.region)
        solara.Select("Region", list(places), shown, lambda label: change(region=places[label]), dense=True)
        solara.SliderInt("Months", chosen.months, min=12, max=240, step=12, on_value=lambda n: change(months=n))
        solara.InputInt("Seed", chosen.seed, on_value=lambda n: change(seed=n))
        _words("The same seed gives the same people, births and moves: what differs is what you changed.")
        if pending:
            with solara.Div(classes=["gp-pending"], attributes={"role": "status"}):
                solara.Text("Changed settings hold from the next start.")
                solara.Button("Restart with them", on_click=on_restart, small=True, classes=["gp-restart"])
        solara.HTML(tag="h2", unsafe_innerHTML="Policy levers", style="margin-top: 8px")
        solara.SliderInt(
            f"Levers act after {chosen.after} months", chosen.after, min=0, max=LATEST_START,
            on_value=lambda n: change(after=n),
        )  # fmt: skip
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
                solara.SliderFloat(
                    f"{lever.strength}: {levers[name]:g}", levers[name], min=lever.low, max=lever.high, step=lever.step,
                    on_value=lambda value: on_levers(levers | {name: float(value)}), thumb_label=False,
                )  # fmt: skip


def _words(text: str) -> None:
    with solara.Div(classes=["gp-help"]):
        solara.Text(text)


def allowed(choices: Choices) -> bool:
    """Whether all numbers are ones a run can have."""
    return 1 <= choices.months <= LONGEST and 0 <= choices.after <= LATEST_START
