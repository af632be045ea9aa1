"""Regions validation runs in: those given, or those made from the folder of open data, each for what its month allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.published_history import ENGLAND_RESIDENTS, PROVIDER_PRACTICE
from analysis.validation.pattern import ANYWHERE, ENGLAND, LONDON
from analysis.validation.situations import OF_2014, OF_2017, SITUATIONS, TODAY
from model.errors import InputError
from model.geography.london import london_authorities
from model.geography.open_region import open_region
from model.geography.region import Region

BOROUGHS = 33
"""London's boroughs and the City."""
LONDON_AND_BIRMINGHAM = (
    "North West London Health and Care Partnership", "North London Partners in Health and Care",
    "East London Health and Care Partnership", "Our Healthier South East London",
    "South West London Health and Care Partnership", "Birmingham and Solihull",
)  # fmt: skip
"""Systems of London, and that of the provider's second city."""
MONTHS = {OF_2014: "2014-04", OF_2017: "2017-04", TODAY: None}
"""As the open data give them; None = the register's."""


@dataclass(frozen=True)
class Place:
    """A region and what can be seen in it."""

    name: str
    """Folder or preset, as scenarios name it."""
    region: Region

    @property
    def role(self) -> str:
        """Which situations it serves, by the month of its lists."""
        year = int(str(self.region.about.get("date", "2021"))[:4])
        return OF_2014 if year < 2016 else OF_2017 if year < 2019 else TODAY

    @cached_property
    def scope(self) -> str:
        """Of what it holds all: england, london, or nothing that is published (part)."""
        if int(self.region.residents.sum()) >= ENGLAND_RESIDENTS:
            return ENGLAND
        return LONDON if london_authorities(self.region).sum() >= BOROUGHS else ANYWHERE

    @property
    def has_digital_host(self) -> bool:
        """Whether GP at Hand's practice is in it."""
        return bool((self.region.practices == PROVIDER_PRACTICE).any())


def places_given(names: Sequence[str]) -> list[Place]:
    """The regions asked for.

    Raises:
        InputError: one is no region, or two are of one kind.
    """
    places = [Place(name, open_region(name)) for name in names]
    for number, place in enumerate(places):
        for other in places[:number]:
            if other.role == place.role:
                raise InputError(
                    f"--region {place.name}: its month says it serves as {other.name} does; give one region of each month"
                )
    return places


def places_made(data: Path, out: Path, roles: Iterable[str], quick: bool, say: Callable[[str], None]) -> list[Place]:
    """England of each role from the folder of open data, or (quick) London with Birmingham; kept in ``out/regions``.

    Raises:
        InputError: a file is missing or wrong.
    """
    from model.geography.history import import_history
    from model.geography.open_data import import_open_data, is_open_data

    if not data.is_dir() or not is_open_data(data):
        raise InputError(f"--data {data}: not the folder of open data; name the one that holds its files")
    made = []
    for role in roles:
        month = MONTHS[role]
        folder = out / "regions" / f"{'london' if quick else 'england'}-{(month or '2021-01')}"
        if not (folder / "region.json").is_file():
            say(f"Making {folder.name} ...")
            part = {"systems": LONDON_AND_BIRMINGHAM, "neighbours": False} if quick else {}
            if month is None:
                import_open_data(data, folder, **part)  # type: ignore[arg-type]
            else:
                import_history(data, folder, month, **part)  # type: ignore[arg-type]
        made.append(Place(str(folder), open_region(str(folder))))
    return made


def london_of(place: Place, out: Path, say: Callable[[str], None], *, birmingham: bool = False) -> Place:
    """London, with the provider's second city if asked for, cut out of a region; the region itself where it lacks them."""
    from model.geography.cut import cut_region

    systems = LONDON_AND_BIRMINGHAM if birmingham else LONDON_AND_BIRMINGHAM[:-1]
    folder = out / "regions" / f"london{'-and-birmingham' * birmingham}-of-{place.region.digest[:12]}"
    if not (folder / "region.json").is_file():
        say("Cutting London ...")
        try:
            cut_region(place.name, folder, systems=systems, neighbours=False)
        except InputError:
            return place
    return Place(str(folder), open_region(str(folder)))


def place_of(situation: str, places: Iterable[Place]) -> tuple[Place | None, str]:
    """The region a situation is run in, or None and why there is none."""
    wanted = SITUATIONS[situation]
    of_role = [place for place in places if place.role == wanted.region]
    if not of_role:
        lists = {OF_2014: "lists of April 2014", OF_2017: "lists of April 2017", TODAY: "a register of today"}
        return None, f"no region with {lists[wanted.region]}"
    if wanted.scenario.startswith("history") and not of_role[0].has_digital_host:
        return None, f"the region lacks practice {PROVIDER_PRACTICE}, host of the provider"
    return of_role[0], ""
