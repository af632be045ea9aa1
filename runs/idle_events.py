"""Events that fall outside a run: a policy that never acts should not pass unseen."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from model.scenario import Scenario


def tell_idle_events(scenario: Scenario, first: datetime.date, whose: str = "") -> None:
    """Say on standard error which events of a scenario fall outside its run.

    Args:
        scenario: with its length and timeline.
        first: first month of the run.
        whose: name of the run, where there are several.
    """
    begin = first.year * 12 + first.month - 1
    for event in scenario.timeline:
        if not begin <= event.month.year * 12 + event.month.month - 1 < begin + scenario.months:
            kind = type(event).__struct_config__.tag
            click.echo(
                f"gpdrift: note: {whose}{': ' if whose else ''}{kind} in {event.month:%B %Y} falls outside the run"
                f" ({scenario.months} months from {first:%B %Y}) and does nothing",
                err=True,
            )
