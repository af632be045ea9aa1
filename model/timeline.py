"""The policy timeline of a run: checked before anything happens, and carried out month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from model.errors import EventError, InputError
from model.months import months_since_1970

if TYPE_CHECKING:
    from model.model import RegistrationModel


def check_timeline(model: RegistrationModel) -> None:
    """Refuse events that the region or the run cannot have.

    Raises:
        EventError: the first that does not fit.
    """
    for event in model.scenario.timeline:
        try:
            event.check(model)
        except InputError as mistake:
            raise EventError(str(mistake)) from None


def events_due(model: RegistrationModel) -> None:
    """Begin, go on with and end the events of this month, in the order they are written."""
    for event in model.scenario.timeline:
        since = model.month_number - months_since_1970(event.month)
        if since < 0 or event.precedes(model):
            continue
        if event.lasting and since == event.lasting:
            event.end(model)
        if since == 0:
            outcome = event.apply(model) or ""
            detail = msgspec.json.encode(event).decode()
            model.events.append({"month": model.month, "event": event.kind, "detail": detail, "outcome": outcome})
        event.each_month(model, since)
