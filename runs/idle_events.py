"""Events that fall outside a run: a policy that never acts should not pass unseen."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import click

from model.months import months_since_1970

if TYPE_CHECKING:
    from model.scenario import Scenario


def tell_idle_events(scenario: Scenario, first: datetime.date, whose: str = "") -> None:
    """Say on standard error which events of a scenario fall outside its run.

    Args:
        scenario: with its length and timeline.
        first: first month of the run.
        whose: name of the run, where there are several.
    """
    for event in scenario.timeline:
        if not 0 <= months_since_1970(event.month) - months_since_1970(first) < scenario.months:
            click.echo(
                f"gpdrift: note: {whose}{': ' if whose else ''}{event.kind} in {event.month:%B %Y} falls outside the run"
                f" ({scenario.months} months from {first:%B %Y}) and does nothing",
                err=True,
            )
