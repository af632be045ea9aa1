"""What every policy event has, and how an event finds the places it names.

Events are small frozen classes named as a minister would say them. Those that concern registration, digital providers,
organisations and money are in ``model.policy_registration``, ``model.policy_digital``, ``model.policy_organisations``
and ``model.policy_money``; ``model.policy`` gathers them.
"""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from model.errors import InputError
from model.months import months_since_1970

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.model import RegistrationModel

YOUNG_ADULTS = slice(20, 40)
"""Single years of age of those a digital provider mostly registers."""
STUDENTS = slice(18, 25)
"""Single years of age at which most students live where they study."""


class PolicyEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="event"):
    """What every event has: the month from which it holds (any day of the month)."""

    month: datetime.date

    @property
    def kind(self) -> str:
        """The name it has in a scenario file."""
        return str(type(self).__struct_config__.tag)

    @property
    def lasting(self) -> int:
        """Months until it ends; 0 = it does not."""
        return int(getattr(self, "months", 0))

    def precedes(self, model: RegistrationModel) -> bool:
        """Whether its month lies before the run, so that it never acts."""
        return months_since_1970(self.month) < months_since_1970(model.start)

    def check(self, model: RegistrationModel) -> None:
        """Refuse, before the run begins, what cannot be done in this region.

        Raises:
            InputError: a place or provider the region does not have.
        """

    def apply(self, model: RegistrationModel) -> str | None:
        """Change the model's rules from this month on, before anybody decides anything.

        Returns:
            What came of it that the event does not say, in words: places it chose, how far it got.
        """
        raise TypeError(f"{type(self).__name__} does not say what it does")

    def each_month(self, model: RegistrationModel, months_since: int) -> None:
        """What is left to do in its month (0) and in every later one."""

    def end(self, model: RegistrationModel) -> None:
        """Take the change back, ``lasting`` months after its month."""

    def refuse(self, key: str, found: object, expected: str) -> InputError:
        """The error that says which key of which event does not fit, to be raised."""
        return InputError(f"{self.kind} in {self.month:%B %Y}: {key} is {found!r}, expected {expected}")


def position_of(event: PolicyEvent, key: str, text: str, region: Region, codes: np.ndarray, noun: str) -> int:
    """Position of a place named by code or, whatever the case, by name.

    Args:
        event: the event that names it.
        key: the field it stands in.
        text: what it says.
        region: knows the names.
        codes: codes of the places of that kind, str[N].
        noun: what the places are called.

    Raises:
        InputError: no such place, or several of that name.
    """
    wanted = text.strip().casefold()
    known = codes.tolist()
    for position, code in enumerate(known):
        if code.casefold() == wanted:
            return position
    named = [position for position, code in enumerate(known) if region.name_of(code).casefold() == wanted]
    if len(named) == 1:
        return named[0]
    if named:
        raise event.refuse(key, text, f"one {noun}; {len(named)} have that name, give the code of one")
    raise event.refuse(
        key,
        text,
        f"the code or name of {'an' if noun[0] in 'aeiou' else 'a'} {noun} of this region{_near(wanted, known, region)}",
    )


def _near(wanted: str, codes: Sequence[str], region: Region) -> str:
    spelled = {code.casefold(): code for code in codes}
    spelled |= {region.name_of(code).casefold(): region.name_of(code) for code in codes}
    near = [spelled[match] for match in difflib.get_close_matches(wanted, list(spelled), 3, 0.6)]
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f", such as {in_words(region, codes[:3])}" if codes else ""


def in_words(region: Region, codes: Sequence[str]) -> str:
    """Places by code, each with its name in brackets where it has one."""
    return ", ".join(f"{code} ({name})" if (name := region.name_of(code)) != code else code for code in codes)


def asked_for(region: Region) -> np.ndarray:
    """Which commissioners a part was cut out for, bool[C], its neighbours left out; all of a region that is no part."""
    core = region.about.get("cut", {}).get("core_commissioners", ())
    found = np.isin(region.commissioners, list(core))
    return found if found.any() else ~found


def commissioner_of(event: PolicyEvent, key: str, text: str, region: Region) -> int:
    """Position of a commissioner; empty = that with most residents aged 20-39, of those asked for."""
    if text.strip():
        return position_of(event, key, text, region, region.commissioners, "commissioner")
    young = people_of_places(region, region.area_commissioner, len(region.commissioners), YOUNG_ADULTS)
    return int(np.where(asked_for(region), young, -1).argmax())


def authority_of(event: PolicyEvent, key: str, text: str, region: Region) -> int:
    """Position of an authority; empty = that with the largest share of residents aged 18-24, where asked for."""
    if text.strip():
        return position_of(event, key, text, region, region.authorities, "local authority")
    count = len(region.authorities)
    students = people_of_places(region, region.area_authority, count, STUDENTS)
    everybody = people_of_places(region, region.area_authority, count, slice(None))
    here = np.bincount(region.area_authority, asked_for(region)[region.area_commissioner], count) > 0
    return int(np.where(here, students / np.maximum(everybody, 1), -1.0).argmax())


def area_of(event: PolicyEvent, key: str, text: str, region: Region, *, but_for: int = -1) -> int:
    """Position of an area: its code, or the area with most residents aged 20-39 of an authority or commissioner.

    Empty = that of the commissioner asked for with most residents aged 20-39, ``but_for`` (a position) left out where
    there is another.
    """
    young = region.population[:, YOUNG_ADULTS].sum(axis=1)
    if not text.strip():
        by_commissioner = people_of_places(
            region, region.area_commissioner, len(region.commissioners), YOUNG_ADULTS
        ).astype(float)
        by_commissioner[~asked_for(region)] -= by_commissioner.sum() + 1.0  # neighbours only after all others
        if by_commissioner.size > 1 and but_for >= 0:
            by_commissioner[but_for] = -np.inf
        return int(np.where(region.area_commissioner == by_commissioner.argmax(), young, -1).argmax())
    if (areas := np.flatnonzero(region.areas == text.strip())).size:
        return int(areas[0])
    for codes, of_area in (
        (region.authorities, region.area_authority),
        (region.commissioners, region.area_commissioner),
    ):
        wanted = text.strip().casefold()
        if any(wanted in (code.casefold(), region.name_of(code).casefold()) for code in codes.tolist()):
            place = position_of(event, key, text, region, codes, "place")
            return int(np.where(of_area == place, young, -1).argmax())
    places = np.concatenate([region.authorities, region.commissioners])
    return position_of(event, key, text, region, places, "area, local authority or commissioner")


def people_of_places(region: Region, place: np.ndarray, count: int, ages: slice) -> np.ndarray:
    """Census-based residents of some ages by place of their area, int64[count]."""
    people = np.zeros(count, np.int64)
    np.add.at(people, place, region.population[:, ages].sum(axis=1))
    return people
