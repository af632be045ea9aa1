"""Policy on who may register where: boundaries, list cleaning, closed lists, residence, new homes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np
from msgspec import Meta

from model.months import months_since_1970
from model.policy_event import PolicyEvent, authority_of, commissioner_of, in_words

if TYPE_CHECKING:
    from model.model import RegistrationModel


class OpenBoundaries(PolicyEvent, frozen=True, tag="open-boundaries"):
    """Practices may widen whom they take: inner boundaries grow and more practices take out-of-area patients."""

    boundary_ratio: Annotated[float, Meta(ge=1, le=100)] = 1.0
    """Inner and outer boundaries are multiplied by this."""
    practices: Annotated[float, Meta(ge=0, le=1)] = 1.0
    """Share of practices that take out-of-area patients from now on (the same ones whatever the share before)."""

    def apply(self, model: RegistrationModel) -> None:
        """Widen boundaries and let the share of practices take out-of-area patients."""
        model.lists.widen_boundaries(self.boundary_ratio)
        model.lists.allow_out_of_area(self.practices)


class ChoicePilot(PolicyEvent, frozen=True, tag="choice-pilot"):
    """Volunteer practices of a few commissioners take out-of-area patients for a year (2012-13: 43 practices of four)."""

    commissioners: tuple[str, ...] = ()
    """Codes or names; none = the one with most residents aged 20-39."""
    practices: Annotated[float, Meta(ge=0, le=1)] = 0.2
    """Share of their practices that takes part."""
    months: Annotated[int, Meta(ge=1, le=1200, extra={"unit": "months"})] = 12
    """Length; those who registered stay registered afterwards."""

    def check(self, model: RegistrationModel) -> None:
        """Refuse commissioners the region does not have."""
        self._volunteers(model)

    def apply(self, model: RegistrationModel) -> str:
        """Let the volunteers take out-of-area patients."""
        _pilots_go_on(model)
        volunteers, region = self._volunteers(model) & model.lists.exists, model.region
        taking_part = np.unique(region.practice_commissioner[volunteers])
        return f"{int(volunteers.sum()):,} practices of {in_words(region, region.commissioners[taking_part].tolist())}"

    def end(self, model: RegistrationModel) -> None:
        """Volunteers who may not take out-of-area patients by the rules outside the pilot take no more."""
        _pilots_go_on(model)

    def _goes_on(self, model: RegistrationModel) -> bool:
        """Whether the pilot has begun and not ended."""
        begun = model.month_number - months_since_1970(self.month)
        return not self.precedes(model) and 0 <= begun < self.months

    def _volunteers(self, model: RegistrationModel) -> np.ndarray:
        """Who takes part, bool[P]: in the chosen places those with the lowest keyed draw."""
        names = self.commissioners or ("",)
        chosen = [commissioner_of(self, "commissioners", name, model.region) for name in names]
        here = np.isin(model.region.practice_commissioner, chosen)
        return here & (model.lists.out_of_area_draw < self.practices)


def _pilots_go_on(model: RegistrationModel) -> None:
    """Volunteers of all pilots that have begun and not ended take out-of-area patients."""
    volunteers = np.zeros(len(model.lists.size), bool)
    for pilot in model.scenario.timeline:
        if isinstance(pilot, ChoicePilot) and pilot._goes_on(model):
            volunteers |= pilot._volunteers(model)
    model.lists.pilot_out_of_area(volunteers)


class CleanLists(PolicyEvent, frozen=True, tag="clean-lists"):
    """List cleaning speeds up or slows down: ghosts are removed at a multiple of the scenario's rate, and people by mistake.

    A later event takes the place of an earlier one, both its numbers.
    """

    ratio: Annotated[float, Meta(ge=0, le=100)] = 2.0
    """Yearly removal of ghosts over that of the scenario; 1 = as it says, 0 = no ghost is found any more."""
    false_removals: Annotated[float, Meta(ge=0, le=1, extra={"unit": "per year"})] = 0.0
    """Share of adults who are there but are taken off their list by mistake in a year."""

    def apply(self, model: RegistrationModel) -> None:
        """Multiply the rate at which ghosts are found and removed; set that of mistakes."""
        model.rates.clean_lists(self.ratio, model.world.rates, self.false_removals)


class CloseListsRule(PolicyEvent, frozen=True, tag="close-lists-rule"):
    """Overloaded practices may close their list to new patients more or less easily, or must.

    Practices decide each April: what changes here changes ``practices.closing_...`` of the scenario from now on.
    """

    approval: Annotated[float, Meta(ge=0, le=1)] = 1.0
    """Share of applications the commissioner grants (2015-18: 63-72%); 0 = no list may close."""
    applications: Annotated[float, Meta(ge=0, le=1, extra={"unit": "per year"})] = 1.0
    """Share of practices beyond the load that applies."""
    load: Annotated[float, Meta(ge=0, le=100_000, extra={"unit": "patients per GP"})] = 0.0
    """Beyond which a practice may apply; 0 = as before."""
    cap: Annotated[float, Meta(ge=0, le=100_000, extra={"unit": "patients per GP"})] = 0.0
    """Beyond which every list closes by itself; 0 = no such rule."""
    closed_months: Annotated[int, Meta(ge=1, le=120, extra={"unit": "months"})] = 12
    """How long a list stays closed."""

    def apply(self, model: RegistrationModel) -> None:
        """Give practices the new rules for closing their lists."""
        before = model.practice_rules
        model.practice_rules = msgspec.structs.replace(
            before,
            closing_approval=self.approval,
            closing_applications=self.applications,
            closing_load=self.load or before.closing_load,
            closing_cap=self.cap,
            closing_months=self.closed_months,
        )


class RegisterByResidence(PolicyEvent, frozen=True, tag="register-by-residence"):
    """Everybody registers with a practice of the commissioner they live in; those registered elsewhere move in phases.

    From its month on nobody registers elsewhere any more. Phases are equal parts of those who are, smaller where a
    commissioner's practices cannot take so many in a month. The rule stands: when the phases are over, whoever moves
    across a border registers anew in the same month.
    """

    months: Annotated[int, Meta(ge=1, le=1200, extra={"unit": "months"})] = 36
    """Phases; the last moves whoever is left, as far as there is room."""
    capacity: Annotated[float, Meta(ge=0.0001, le=1)] = 0.02
    """Patients a commissioner's practices can take in for this in a month, over their lists."""

    @property
    def lasting(self) -> int:
        """It does not end."""
        return 0

    def apply(self, model: RegistrationModel) -> None:
        """Patients choose among practices of the commissioner of their home from now on."""
        register_at_home_only(model)

    def each_month(self, model: RegistrationModel, months_since: int) -> None:
        """Move this month's phase."""
        model.transfers.by_residence(share_moved_home(model, self.months - months_since, self.capacity))


def register_at_home_only(model: RegistrationModel) -> None:
    """Let nobody register any more with a practice of another commissioner than that of the home."""
    model.world.options.residence_only[:] = 1
    model.lists.changed = True


def share_moved_home(model: RegistrationModel, months_left: int, capacity: float) -> float:
    """Share of those registered with another commissioner who are moved this month.

    Args:
        model: its flows say who is registered elsewhere and how long the lists at home are.
        months_left: phases left, this one included; once they are over everybody is moved for whom there is room.
        capacity: patients that practices can take in for this in a month, over their lists.
    """
    flows = model.counts.true_flows
    coming = flows.sum(axis=1) - np.diagonal(flows)
    room = capacity * model.counts.by_commissioner("registered")
    fits = np.where(coming > room, room / np.maximum(coming, 1), 1.0)
    return float(min(1.0 / max(months_left, 1), fits.min()))


class NewHomes(PolicyEvent, frozen=True, tag="new-homes"):
    """Homes, or a university's halls, fill with people from outside the region in one local authority."""

    authority: str = ""
    """Code or name; empty = the one with the largest share of residents aged 18-24."""
    people: Annotated[int, Meta(ge=0, le=10_000_000, extra={"unit": "people"})] = 10_000
    """Who come, in equal numbers each month."""
    months: Annotated[int, Meta(ge=1, le=1200, extra={"unit": "months"})] = 24
    """Over how long."""

    def check(self, model: RegistrationModel) -> None:
        """Refuse an authority the region does not have."""
        authority_of(self, "authority", self.authority, model.region)

    def apply(self, model: RegistrationModel) -> str:
        """Arrivals begin, beside those of the published components."""
        self._add(model, self.people / self.months)
        region = model.region
        place = authority_of(self, "authority", self.authority, region)
        return f"in {in_words(region, [region.authorities[place]])}"

    def end(self, model: RegistrationModel) -> None:
        """Arrivals fall back to those of the published components."""
        self._add(model, -self.people / self.months)

    def _add(self, model: RegistrationModel, people: float) -> None:
        model.extra_arrivals[authority_of(self, "authority", self.authority, model.region)] += people
