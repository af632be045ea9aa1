"""One patient, seen through a window on the columns: named attributes of a row, nothing stored."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, NoReturn

import mesa
import numpy as np

from model.months import month_date
from model.patients.affinity import digital_affinity
from model.patients.choose import workplace
from model.patients.columns import (
    CAUSES,
    FEMALE,
    FOLLOWS,
    GONE,
    NOBODY,
    NONE,
    OUT_OF_AREA,
    PENDING,
    PRESENCE_NAMES,
    SHORT_TERM,
    lives_here,
    presence_of,
)  # fmt: skip
from model.patients.rates import age_in_years

if TYPE_CHECKING:
    from collections.abc import Callable

    from model.model import RegistrationModel
    from model.patients.columns import Columns
    from model.patients.patients import Patients
    from model.providers.practice import Practice

NEED_STEPS = 256
"""Health need is stored as one of so many equal shares of an age; a patient says the middle of its share."""

# Entry points of compiled functions for plain numbers: a tenth of the cost of calling the compiled ones from Python.
_age = age_in_years.py_func
_presence = presence_of.py_func
_lives_here = lives_here.py_func


class Patient(mesa.Agent):
    """A patient: a row of the model's columns under names. Two windows on one row are equal.

    It is not registered with the model and costs nothing to make or drop. It stays good when columns grow, and after
    the patient has died or left (``presence`` is then "gone"). Its attributes are changed with :meth:`set`.
    """

    __slots__ = ("_all", "row")
    _all: Patients
    row: int
    """Row of the columns, the patient's number for life and the key of all its draws."""

    def __init__(self, patients: Patients, row: int) -> None:
        """The patient in a row of the model's patients. Mesa's own registration of agents is left out on purpose."""
        _set_all(self, patients)
        _set_row(self, row)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(
            f"a Patient is a window on the columns: change it with patient.set({name!r}, value),"
            f" or many at once with model.patients.select(...).set({name!r}, values)"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Patient) and other.row == self.row and other.model is self.model

    def __hash__(self) -> int:
        return hash((id(self.model), self.row))

    def __reduce__(self) -> tuple[Callable[..., Patient], tuple[Patients, int]]:
        return Patient, (self._all, self.row)

    def __repr__(self) -> str:
        where = f"lives in {self.home}" if self.is_resident else self.presence
        return f"<Patient {self.row}: {self.sex} {self.age}, {where}, registered with {self.practice_code or 'nobody'}>"

    @property
    def model(self) -> RegistrationModel:
        """The model the patient is part of."""
        return self._all.model

    @property
    def unique_id(self) -> int:
        """Row of the columns: unique among patients and never used again."""
        return self.row

    @property
    def _columns(self) -> Columns:
        return self._all.columns

    @property
    def _flags(self) -> int:
        return int(self._all.columns.flags[self.row])

    # --- where -------------------------------------------------------------------------------------------------------

    @property
    def home(self) -> str:
        """Code of the area lived in; a ghost's is the last one."""
        return str(self.model.region.areas[self._columns.home[self.row]])

    @property
    def recorded_home(self) -> str:
        """Code of the area of the address on the register."""
        return str(self.model.region.areas[self._columns.recorded[self.row]])

    @property
    def work(self) -> str | None:
        """Code of the area worked in; None for those who do not work. Not stored: a function of the draws and home."""
        model = self.model
        home = int(self._columns.home[self.row])
        area = workplace(model.world.seed, self.row, self.age, home, model.world.options)
        return str(model.region.areas[area]) if area >= 0 and self.is_resident else None

    @property
    def cell(self) -> Any:
        """Cell of the home in the model's network; None for those who do not live here."""
        network = getattr(self.model, "network", None)
        return network[int(self._columns.home[self.row])] if network is not None and self.is_resident else None

    @property
    def pos(self) -> tuple[float, float] | None:
        """Centre of the home area (easting, northing) in metres; None for those who do not live here."""
        if not self.is_resident:
            return None
        home = self._columns.home[self.row]
        return float(self.model.region.x[home]), float(self.model.region.y[home])

    # --- who ---------------------------------------------------------------------------------------------------------

    @property
    def age(self) -> int:
        """Whole years, clipped to 110."""
        return int(_age(self.model.month_number - int(self._columns.born[self.row])))

    @property
    def born(self) -> datetime.date:
        """Month of birth, its first day."""
        return month_date(int(self._columns.born[self.row]))

    @property
    def sex(self) -> str:
        """F or M."""
        return "F" if self._flags & FEMALE else "M"

    @property
    def need(self) -> float:
        """Health need among people of the same age, 0-1 (1 = frailest)."""
        return (int(self._columns.need[self.row]) + 0.5) / NEED_STEPS

    @property
    def digital_affinity(self) -> float:
        """How much the patient takes to care on a screen, 0-1: see :mod:`model.patients.affinity`."""
        digital = self.model.scenario.digital
        return float(
            digital_affinity(
                self.model.scenario.seed,
                self.row,
                self.age,
                self.need,
                digital.affinity_least_aged,
                digital.affinity_frailty,
            )
        )

    @property
    def mother(self) -> Patient | None:
        """The mother, where she is on record; she may have gone."""
        row = int(self._columns.mother[self.row])
        return None if row == NOBODY else Patient(self._all, row)

    @property
    def children(self) -> list[Patient]:
        """Children of any age on the books whose mother this is, in order of row. Looks through everybody."""
        rows = self._all.rows
        found = np.flatnonzero(self._columns.mother[:rows] == self.row).tolist()
        return [child for child in (Patient(self._all, row) for row in found) if child.presence != PRESENCE_NAMES[GONE]]

    @property
    def follows_mother(self) -> bool:
        """Under 18, and moves and registers with the mother."""
        return bool(self._flags & FOLLOWS) and self.age < 18

    # --- registration ------------------------------------------------------------------------------------------------

    @property
    def practice(self) -> Practice | None:
        """The practice registered with; None on no list."""
        practice = int(self._columns.practice[self.row])
        return None if practice == NONE else self.model.practices[practice]

    @property
    def practice_code(self) -> str | None:
        """ODS code of the practice; None on no list."""
        practice = int(self._columns.practice[self.row])
        return None if practice == NONE else str(self.model.region.practices[practice])

    @property
    def previous_practice(self) -> Practice | None:
        """The practice before the present one."""
        practice = int(self._columns.previous[self.row])
        return None if practice == NONE else self.model.practices[practice]

    @property
    def registered_since(self) -> datetime.date | None:
        """Month of the present registration, its first day; None on no list."""
        if int(self._columns.practice[self.row]) == NONE:
            return None
        return month_date(int(self._columns.since[self.row]))

    @property
    def cause(self) -> str:
        """Why the registration last changed or ended, one of ``columns.CAUSES``."""
        return CAUSES[self._columns.cause[self.row]]

    @property
    def out_of_area(self) -> bool:
        """Registered from beyond the practice's boundary, without home visits."""
        return bool(self._flags & OUT_OF_AREA)

    @property
    def pending(self) -> bool:
        """Has moved and not told the practice."""
        return bool(self._flags & PENDING)

    # --- whether really there ----------------------------------------------------------------------------------------

    @property
    def presence(self) -> str:
        """One of ``columns.PRESENCE_NAMES``."""
        return PRESENCE_NAMES[_presence(self._flags)]

    @property
    def is_resident(self) -> bool:
        """Lives here, counted by the census base or not."""
        return bool(_lives_here(self._flags))

    @property
    def is_ghost(self) -> bool:
        """On a list but not there."""
        flags = self._flags
        return not _lives_here(flags) and _presence(flags) != GONE

    @property
    def short_term(self) -> bool:
        """A migrant who leaves again within months."""
        return bool(self._flags & SHORT_TERM)

    # --- acts --------------------------------------------------------------------------------------------------------

    def set(self, attribute: str, value: Any) -> Patient:
        """Change one attribute of the patient: see :meth:`Patients.set`."""
        self._all.of_rows([self.row]).set(attribute, value)
        return self

    def remove(self) -> None:
        """Take the patient off the books: see :meth:`Patients.remove`."""
        self._all.remove(self)

    def step(self) -> NoReturn:
        """Refused: patients live their month together, in the model's step."""
        raise TypeError("a Patient does not step on its own: model.step() runs the month of all patients")


_set_all = Patient.__dict__["_all"].__set__
_set_row = Patient.__dict__["row"].__set__
