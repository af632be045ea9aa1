"""Policy on digital providers: entry, sites, caps, failure, splitting of lists, remote care everywhere."""

from __future__ import annotations

import difflib
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated

import numpy as np
from msgspec import Meta

from model.months import months_since_1970
from model.policy_event import PolicyEvent, area_of, commissioner_of, in_words, position_of

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.model import RegistrationModel

Cap = Annotated[int, Meta(ge=0, le=100_000_000, extra={"unit": "patients"})]
"""Patients a provider may have; 0 = no cap."""


class DigitalLaunch(PolicyEvent, frozen=True, tag="digital-launch"):
    """A digital provider opens: hosted in one commissioner, it registers people from anywhere within its reach."""

    name: str = "Digital GP"
    """Under which later events and tables know it."""
    host: str = ""
    """Commissioner, by code or name; empty = that of the first place in ``at``, else that with most residents aged 20-39."""
    practice: str = ""
    """Code of the practice that becomes its first list; empty = a new one."""
    sites: Annotated[int, Meta(ge=1, le=100)] = 1
    """Places where patients can be seen, the busiest ones near the first; not counted where ``at`` is given."""
    at: tuple[str, ...] = ()
    """Areas, local authorities or commissioners of its sites, by code or name."""
    reach_km: Annotated[float, Meta(ge=0, le=1000, extra={"unit": "km"})] = 0.0
    """Farthest from its first sites at which people can join; 0 = travel time alone decides (``digital.minutes``)."""
    marketing: Annotated[float, Meta(ge=0, le=100)] = 1.0
    """Marketing over that of the provider the model is fitted to."""
    cap: Cap = 0
    """Patients it may have; 0 = no cap."""

    def check(self, model: RegistrationModel) -> None:
        """Refuse a host the region does not have, and two providers of one name or at one practice."""
        region = model.region
        practice = self.first_practice(region)
        if not self.name.strip():
            raise self.refuse("name", self.name, "a name of the provider")
        if self.precedes(model):
            return
        others = [launch for launch in launches_of(model) if launch is not self]
        if self.name in [launch.name for launch in others] or self.name in names_of_digital(region):
            raise self.refuse("name", self.name, "a name no other digital provider has")
        taken = [launch.first_practice(region) for launch in others if launch.practice]
        if practice >= 0 and (region.provider_kind[practice] == "digital" or practice in taken):
            raise self.refuse("practice", self.practice, "one that is no digital provider's")

    def apply(self, model: RegistrationModel) -> str:
        """Open the provider."""
        host, practice, sites = self._places(model.region)
        if practice >= 0 and not model.lists.exists[practice]:
            raise self.refuse("practice", self.practice, "one that is still there by then; it has closed or merged")
        launched = model.digital.launch(
            self.name, host, self.sites, self.reach_km, self.marketing, self.cap, practice, sites
        )
        region = model.region
        where = ", ".join(site_in_words(region, site.area) for site in launched.sites)
        return f"hosted by {in_words(region, [region.commissioners[host]])}; sites in {where}"

    def host_commissioner(self, region: Region) -> int:
        """Position of the commissioner its patients count to."""
        return self._places(region)[0]

    def first_practice(self, region: Region) -> int:
        """Position of the practice that becomes its first list; -1 = a new one."""
        return self._places(region)[1]

    def _places(self, region: Region) -> tuple[int, int, tuple[int, ...]]:
        """Positions of the host commissioner, of its practice (-1 = a new one) and of the areas of its sites."""
        sites = tuple(area_of(self, "at", text, region) for text in self.at)
        if not self.practice:
            there = int(region.area_commissioner[sites[0]]) if sites and not self.host else -1
            return there if there >= 0 else commissioner_of(self, "host", self.host, region), -1, sites
        practice = position_of(self, "practice", self.practice, region, region.practices, "practice")
        host = int(region.practice_commissioner[practice])
        if self.host and host != commissioner_of(self, "host", self.host, region):
            named = region.name_of(str(region.commissioners[host]))
            raise self.refuse("host", self.host, f"{named}, to which practice {self.practice} belongs")
        return host, practice, sites


def launches_of(model: RegistrationModel) -> list[DigitalLaunch]:
    """Launches of a scenario but those before the run."""
    launches = [event for event in model.scenario.timeline if isinstance(event, DigitalLaunch)]
    return [launch for launch in launches if not launch.precedes(model)]


def awaited_practices(model: RegistrationModel) -> np.ndarray:
    """Practices at which the timeline launches a provider, bool[P]: until then they neither close nor merge (ODD 7.22)."""
    awaited = np.zeros(len(model.region.practices), bool)
    awaited[[launch.first_practice(model.region) for launch in launches_of(model) if launch.practice]] = True
    return awaited


def names_of_digital(region: Region) -> list[str]:
    """Names and codes of the digital practices a region has."""
    digital = region.provider_kind == "digital"
    return [*region.practice_names[digital].tolist(), *region.practices[digital].tolist()]


class OfProvider(PolicyEvent, frozen=True):
    """An event that concerns one digital provider."""

    provider: str = ""
    """Name it was launched under, or of a digital practice of the region; empty = the one with the longest list."""

    def check(self, model: RegistrationModel) -> None:
        """Refuse a provider that neither the region has nor a launch opens before it."""
        if self.precedes(model):
            return
        known = names_of_digital(model.region) + [launch.name for launch in self._launches_before(model)]
        if not known:
            expected = "a digital provider there is by then; add a digital-launch before it, within the run"
            raise self.refuse("provider", self.provider, expected)
        if self.provider and self.provider not in known:
            near = difflib.get_close_matches(self.provider, known, 1, 0.6) or known[:3]
            raise self.refuse("provider", self.provider, f"the name of one there is by then, such as {', '.join(near)}")

    def _launches_before(self, model: RegistrationModel) -> list[DigitalLaunch]:
        """Launches of the run that act before this event: in earlier months, or earlier in the timeline."""
        written_before = list(takewhile(lambda event: event is not self, model.scenario.timeline))
        mine = months_since_1970(self.month)
        return [
            launch
            for launch in launches_of(model)
            if months_since_1970(launch.month) < mine
            or (months_since_1970(launch.month) == mine and any(launch is event for event in written_before))
        ]

    def name_in(self, model: RegistrationModel) -> str:
        """Name of the provider it concerns."""
        if self.provider:
            return self.provider
        there = [provider for provider in model.digital.providers if not provider.failed]
        return max(there or model.digital.providers, key=lambda provider: provider.list_size).name


def site_in_words(region: Region, area: int) -> str:
    """Code of an area and the name of its local authority."""
    return f"{region.areas[area]} ({region.name_of(region.authorities[region.area_authority[area]])})"


class DigitalSite(OfProvider, frozen=True, tag="digital-site"):
    """A digital provider opens a site in another place, from which it reaches new people."""

    at: str = ""
    """Area, local authority or commissioner, by code or name; empty = the other commissioner with most people of 20-39."""
    cap: Cap = 0
    """Patients it may register from there (Birmingham 2019: 2,600 at first); 0 = no cap."""

    def check(self, model: RegistrationModel) -> None:
        """Refuse a provider or place the region does not have."""
        super().check(model)
        area_of(self, "at", self.at, model.region)

    def apply(self, model: RegistrationModel) -> str:
        """Open the site."""
        host = commissioner_of(self, "at", "", model.region)
        area, provider = area_of(self, "at", self.at, model.region, but_for=host), self.name_in(model)
        model.digital.open_site(provider, area, self.cap)
        return f"{provider} in {site_in_words(model.region, area)}"


class DigitalCap(OfProvider, frozen=True, tag="digital-cap"):
    """A digital provider may have so many patients, or as many as it likes again."""

    cap: Cap = 0
    """Patients it may have; 0 = the cap is lifted."""

    def apply(self, model: RegistrationModel) -> str:
        """Set or lift the cap."""
        provider = self.name_in(model)
        model.digital.set_cap(provider, self.cap)
        return provider


class DigitalFails(OfProvider, frozen=True, tag="digital-fails"):
    """A digital provider collapses: its patients are without a GP until they register again."""

    at_once: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """Share of its patients who are given a practice near home at once; the rest look for one themselves."""

    def apply(self, model: RegistrationModel) -> str:
        """Close the list."""
        provider = self.name_in(model)
        model.digital.fail(provider, self.at_once)
        return provider


class ListSplit(PolicyEvent, frozen=True, tag="list-split"):
    """Where a digital provider has too many patients of one commissioner, they go to a list of its own there.

    The rule stands: lists are looked at again every twelve months.
    """

    threshold: Annotated[int, Meta(ge=0, le=10_000_000, extra={"unit": "patients"})] = 1000
    """Patients of one commissioner beyond which its patients are split off (NHS England 2019: 1,000)."""

    def apply(self, model: RegistrationModel) -> None:
        """Nothing at once that :meth:`each_month` does not do."""

    def each_month(self, model: RegistrationModel, months_since: int) -> None:
        """Split, in its month and each year after it."""
        if months_since % 12 == 0:
            model.digital.split(self.threshold)


class RemoteEverywhere(PolicyEvent, frozen=True, tag="remote-everywhere"):
    """Every practice offers remote care, so that a digital provider's advantage shrinks or vanishes."""

    advantage: Annotated[float, Meta(ge=0, le=10)] = 0.0
    """What is left of the digital advantage, over that before; 0 = nothing."""

    def apply(self, model: RegistrationModel) -> None:
        """Scale the advantage."""
        model.digital.scale(self.advantage)
