"""The policy levers of the browser app: switches and sliders that become dated events of the scenario's timeline."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import NamedTuple

from model.errors import InputError
from model.policy import (
    CleanLists,
    DigitalLaunch,
    FundByResidence,
    ListSplit,
    OpenBoundaries,
    PolicyEvent,
    RegisterByResidence,
    RemoteEverywhere,
)

PROVIDER = "New digital GP"
"""Name of the provider the lever launches: none of the library's scenarios uses it."""


class Lever(NamedTuple):
    """A policy one may switch on, and how strongly."""

    label: str
    help: str
    """What it does, in plain language."""
    event: Callable[[datetime.date, float], PolicyEvent]
    """The event of a month and a strength."""
    strength: str = ""
    """What the slider sets; empty = there is nothing to set."""
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    default: float = 0.0


LEVERS: dict[str, Lever] = {
    "digital-launch": Lever(
        "A digital provider launches",
        "An app-based practice opens where most young adults live and registers people from all around."
        " All its patients count to the commissioner of its host practice, wherever they live.",
        lambda month, value: DigitalLaunch(month=month, name=PROVIDER, marketing=value),
        "Marketing, over that of the provider seen in England", 0.25, 5.0, 0.25, 1.0,
    ),
    "list-split": Lever(
        "Split digital lists",
        "Where a digital provider has more patients than this in one commissioner, they move to a list of its own there"
        " and count to that commissioner. Looked at once a year. Does nothing while there is no digital provider.",
        lambda month, value: ListSplit(month=month, threshold=round(value)),
        "Patients of one commissioner beyond which a list is split", 100, 5000, 100, 1000,
    ),
    "clean-lists": Lever(
        "Change list cleaning",
        "Ghosts, patients on a list who are not there, are found and removed this many times as fast as now.",
        lambda month, value: CleanLists(month=month, ratio=value),
        "Removal of ghosts, times that of now", 0.0, 10.0, 0.5, 3.0,
    ),
    "open-boundaries": Lever(
        "Practices take out-of-area patients",
        "This share of practices registers people from beyond its boundary, without home visits.",
        lambda month, value: OpenBoundaries(month=month, practices=value / 100),
        "Practices that do, %", 0, 100, 5, 100,
    ),
    "remote-everywhere": Lever(
        "Remote care at every practice",
        "Every practice offers care on a screen, so that a digital provider's advantage shrinks."
        " Does nothing while there is no digital provider.",
        lambda month, value: RemoteEverywhere(month=month, advantage=value / 100),
        "What is left of the digital advantage, %", 0, 100, 10, 0,
    ),
    "fund-by-residence": Lever(
        "Fund by residence",
        "Commissioners are paid for the people who live in their area. Nobody changes practice; the money does.",
        lambda month, _: FundByResidence(month=month),
    ),
    "register-by-residence": Lever(
        "Register by residence",
        "Everybody registers with a practice of the commissioner they live in; those registered elsewhere move in phases.",
        lambda month, value: RegisterByResidence(month=month, months=round(value)),
        "Months over which they move", 1, 60, 1, 36,
    ),
}  # fmt: skip


def events_of(levers: Mapping[str, float], month: datetime.date) -> list[PolicyEvent]:
    """Events of the levers that are on, all in one month, in the order of LEVERS.

    Args:
        levers: strength by name of those that are on.
        month: when they act, first of the month.

    Raises:
        InputError: no such lever, or a strength beyond its slider.
    """
    for name, strength in levers.items():
        if name not in LEVERS:
            raise InputError(f"lever {name!r}: unknown, expected one of {', '.join(LEVERS)}")
        lever = LEVERS[name]
        if lever.strength and not lever.low <= strength <= lever.high:
            raise InputError(f"{lever.label}: found {strength:g}, expected {lever.low:g} to {lever.high:g}")
    return [lever.event(month, levers[name]) for name, lever in LEVERS.items() if name in levers]
