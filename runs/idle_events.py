"""Events that do nothing in a run, as they fall outside it or come too late: a policy that never acts should not pass unseen."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import click

from model.months import months_since_1970
from model.policy_digital import DigitalFails, OfProvider

if TYPE_CHECKING:
    from model.scenario import Scenario


def tell_idle_events(scenario: Scenario, first: datetime.date, whose: str = "") -> None:
    """Say on standard error which events of a scenario do nothing in its run.

    Args:
        scenario: with its length and timeline.
        first: first month of the run.
        whose: name of the run, where there are several.
    """
    for said in idle_events(scenario, first):
        click.echo(f"gpdrift: note: {whose}{': ' if whose else ''}{said}", err=True)


def idle_events(scenario: Scenario, first: datetime.date) -> list[str]:
    """Which events of a scenario do nothing in its run that begins in ``first``, a sentence without its stop each."""
    in_run, idle = [], []
    for event in scenario.timeline:
        if 0 <= months_since_1970(event.month) - months_since_1970(first) < scenario.months:
            in_run.append(event)
        else:
            length = f"{scenario.months} months from {first:%B %Y}"
            idle.append(f"{event.kind} in {event.month:%B %Y} falls outside the run ({length}) and does nothing")
    failed: dict[str, datetime.date] = {}
    for event in sorted(in_run, key=lambda event: months_since_1970(event.month)):
        if isinstance(event, OfProvider) and event.provider in failed:
            since = f"{event.provider} has failed, in {failed[event.provider]:%B %Y}"
            idle.append(f"{event.kind} in {event.month:%B %Y} does nothing: {since}")
        elif isinstance(event, DigitalFails) and event.provider:
            failed[event.provider] = event.month
    return idle
