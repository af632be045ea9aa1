"""What may be asked of patients by name: the column of numbers behind each attribute and what the numbers mean.

A column holds numbers that index other tables directly: ``region.deprivation_decile[patients.get("home")]``. A single
patient, a group's name and a condition of ``select`` use the meaning: an area's code, a practice, a date.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

from model.errors import InputError
from model.months import month_date, months_since_1970
from model.patients.affinity import affinities
from model.patients.choose import workplace
from model.patients.columns import (
    CAUSES,
    COLUMNS,
    FEMALE,
    FOLLOWS,
    GONE,
    NOBODY,
    NONE,
    OUT_OF_AREA,
    PENDING,
    PRESENCE,
    PRESENCE_NAMES,
    SHORT_TERM,
    UNCOUNTED,
)  # fmt: skip
from model.patients.patient import NEED_STEPS, Patient
from model.patients.rates import OLDEST

if TYPE_CHECKING:
    from model.model import RegistrationModel
    from model.patients.patients import Patients

NOWHERE = -1
"""``work`` of those who do not work."""


class Attribute(NamedTuple):
    """One attribute of patients. n patients."""

    column: Callable[[Patients], np.ndarray]
    """Numbers of the patients of a set, [n]."""
    value: Callable[[RegistrationModel, Any], Any] = lambda _, number: number.item()
    """What a number of the column means: what the same attribute of one patient says."""
    number: Callable[[RegistrationModel, Any], Any] = lambda _, value: value
    """The number of a value."""


def _stored(name: str) -> Callable[[Patients], np.ndarray]:
    return lambda patients: patients.stored(name)


def _flag(bit: int) -> Attribute:
    return Attribute(lambda patients: (patients.stored("flags") & np.uint8(bit)) != 0)


def _position(codes: np.ndarray, value: Any, what: str, nobody: int) -> int:
    """Position of a code among sorted codes; positions are taken as they are, None is nobody."""
    if value is None:
        return nobody
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        if 0 <= value < len(codes) or value == nobody:
            return int(value)
        raise InputError(f"{what}: found position {value}, expected 0 to {len(codes) - 1}; give a code of the region")
    at = int(np.searchsorted(codes, str(value)))
    if at < len(codes) and codes[at] == str(value):
        return at
    raise InputError(f"{what}: found {str(value)!r}, expected one of {len(codes)} codes such as {codes[0]}")


def area_number(model: RegistrationModel, value: Any) -> int:
    """Position of an area given by code or position.

    Raises:
        InputError: not an area of the region.
    """
    return _position(model.region.areas, value, "area", NOWHERE)


def practice_number(model: RegistrationModel, value: Any) -> int:
    """Position of a practice given as agent, code or position; NONE for None.

    Raises:
        InputError: not a practice of the region.
    """
    return _position(model.region.practices, getattr(value, "position", value), "practice", NONE)


def _area(model: RegistrationModel, number: Any) -> str | None:
    return None if number == NOWHERE else str(model.region.areas[number])


def _practice(model: RegistrationModel, number: Any) -> Any:
    return None if number == NONE else model.practices[number]


def _practice_code(model: RegistrationModel, number: Any) -> str | None:
    return None if number == NONE else str(model.region.practices[number])


def _mother(model: Any, number: Any) -> Patient | None:
    return None if number == NOBODY else model.patients.find(number)


def _month(_: RegistrationModel, number: Any) -> datetime.date:
    return month_date(int(number))


def _month_number(_: RegistrationModel, value: Any) -> int:
    return int(value) if isinstance(value, int | np.integer) else months_since_1970(value)


def _named(names: tuple[str, ...], what: str, column: Callable[[Patients], np.ndarray]) -> Attribute:
    def number(_: RegistrationModel, value: Any) -> int:
        if value in names:
            return names.index(value)
        if isinstance(value, int | np.integer) and 0 <= value < len(names):
            return int(value)
        raise InputError(f"{what}: found {value!r}, expected one of {', '.join(names)}")

    return Attribute(column, lambda _, code: names[code], number)


def _ages(patients: Patients) -> np.ndarray:
    months = patients.model.month_number - patients.stored("born").astype(np.int32)
    np.maximum(months, 0, out=months)
    months //= 12
    return np.minimum(months, OLDEST, out=months)


def _needs(patients: Patients) -> np.ndarray:
    return (patients.stored("need").astype(np.float32) + np.float32(0.5)) / np.float32(NEED_STEPS)


def _presences(patients: Patients) -> np.ndarray:
    return (patients.stored("flags") & np.uint8(PRESENCE)) >> np.uint8(1)


def _ghosts(patients: Patients) -> np.ndarray:
    presence = _presences(patients)
    return (presence > UNCOUNTED) & (presence != GONE)


def _followers(patients: Patients) -> np.ndarray:
    return ((patients.stored("flags") & np.uint8(FOLLOWS)) != 0) & (_ages(patients) < 18)


def _affinity(patients: Patients) -> np.ndarray:
    digital = patients.model.scenario.digital
    return affinities(
        patients.model.scenario.seed,
        patients.row_numbers(),
        _ages(patients),
        _needs(patients),
        digital.affinity_least_aged,
        digital.affinity_frailty,
    )


def _work(patients: Patients) -> np.ndarray:
    world = patients.model.world
    homes, ages = patients.stored("home"), _ages(patients)
    return _workplaces(world.seed, patients.row_numbers(), ages, homes, _presences(patients), world.options)


@njit(cache=True)
def _workplaces(seed, patients, ages, homes, presences, options):
    out = np.empty(len(patients), np.int32)
    for i in range(len(patients)):
        out[i] = NOWHERE
        if presences[i] <= UNCOUNTED:
            out[i] = workplace(seed, np.int64(patients[i]), np.int64(ages[i]), np.int64(homes[i]), options)
    return out


ATTRIBUTES: dict[str, Attribute] = {
    "row": Attribute(lambda patients: patients.row_numbers()),
    "unique_id": Attribute(lambda patients: patients.row_numbers()),
    "home": Attribute(_stored("home"), _area, area_number),
    "recorded_home": Attribute(_stored("recorded"), _area, area_number),
    "work": Attribute(_work, _area, area_number),
    "practice": Attribute(_stored("practice"), _practice, practice_number),
    "practice_code": Attribute(_stored("practice"), _practice_code, practice_number),
    "previous_practice": Attribute(_stored("previous"), _practice, practice_number),
    "registered_since": Attribute(_stored("since"), _month, _month_number),
    "born": Attribute(_stored("born"), _month, _month_number),
    "age": Attribute(_ages),
    "sex": Attribute(lambda patients: np.where(patients.stored("flags") & np.uint8(FEMALE), "F", "M")),
    "female": _flag(FEMALE),
    "need": Attribute(_needs),
    "digital_affinity": Attribute(_affinity),
    "mother": Attribute(
        _stored("mother"),
        _mother,
        lambda _, value: NOBODY if value is None else getattr(value, "row", value),
    ),
    "follows_mother": Attribute(_followers),
    "presence": _named(PRESENCE_NAMES, "presence", _presences),
    "is_resident": Attribute(lambda patients: _presences(patients) <= UNCOUNTED),
    "is_ghost": Attribute(_ghosts),
    "out_of_area": _flag(OUT_OF_AREA),
    "pending": _flag(PENDING),
    "short_term": _flag(SHORT_TERM),
    "cause": _named(CAUSES, "cause", _stored("cause")),
    **{name: Attribute(_stored(name)) for name in COLUMNS if name in ("since", "previous", "recorded", "flags")},
}
"""Attributes with a column.

As numbers: ``row`` and ``mother`` are rows (NOBODY = none on record); ``home``, ``recorded_home``, ``work`` positions in
``region.areas`` (work -1 = none); ``practice``, ``practice_code`` and ``previous_practice`` positions in
``model.practices`` (NONE = none); ``registered_since`` and ``born`` months since January 1970; ``age`` whole years;
``need`` and ``digital_affinity`` 0-1; ``presence`` and ``cause`` positions in PRESENCE_NAMES and CAUSES; ``sex`` F or M;
the others true or false. ``since``, ``previous``, ``recorded`` and ``flags`` are columns as stored.
"""


def attribute_of(name: str) -> Attribute | None:
    """The attribute of that name; None for one that only a single patient has (such as ``children``).

    Raises:
        AttributeError: patients have no such attribute; it names the nearest.
    """
    if (found := ATTRIBUTES.get(name)) is not None:
        return found
    if hasattr(Patient, name) or name == "model":
        return None
    from difflib import get_close_matches

    near = get_close_matches(name, ATTRIBUTES, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"they have {', '.join(ATTRIBUTES)}"
    raise AttributeError(f"patients have no attribute {name!r}: {hint}")
