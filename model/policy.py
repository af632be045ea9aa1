"""Dated policy events and what each does to the model.

An event is a small frozen class named as a minister would say it. ``apply`` is called once, at the start of the month it
is due, before anybody decides anything.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

if TYPE_CHECKING:
    from model.model import RegistrationModel


class PolicyEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="event"):
    """What every event has: the month from which it holds (any day of the month)."""

    month: datetime.date

    def apply(self, model: RegistrationModel) -> None:
        """Change the model's rules from this month on."""
        raise TypeError(f"{type(self).__name__} does not say what it does")


class OpenBoundaries(PolicyEvent, tag="open-boundaries"):
    """Practices may widen whom they take: inner boundaries grow and more practices take out-of-area patients."""

    boundary_ratio: Annotated[float, Meta(ge=1, le=100)] = 1.0
    """Inner and outer boundaries are multiplied by this."""
    practices: Annotated[float, Meta(ge=0, le=1)] = 1.0
    """Share of practices that take out-of-area patients from now on (the same ones whatever the share before)."""

    def apply(self, model: RegistrationModel) -> None:
        """Widen boundaries and let the share of practices take out-of-area patients."""
        model.lists.widen_boundaries(self.boundary_ratio)
        model.lists.allow_out_of_area(self.practices, model.scenario.seed)


class CleanLists(PolicyEvent, tag="clean-lists"):
    """List cleaning speeds up or slows down: the yearly removal of ghosts is multiplied."""

    ratio: Annotated[float, Meta(ge=0, le=100)] = 2.0

    def apply(self, model: RegistrationModel) -> None:
        """Multiply the rate at which ghosts are found and removed."""
        model.rates.clean_lists(self.ratio, model.world.rates)


Event = OpenBoundaries | CleanLists
"""Every kind of event a timeline may hold."""
