"""All patients as a Mesa agent set over columns, and selections of them.

The model's own set, ``model.patients``, holds everybody on the books: residents, on a list or not, and ghosts; not those
who died, left and were taken off, or were cleaned from a list, though their rows stay. It shows the state at the start
of the month. A selection is a fixed group of rows in an order of its own; it keeps those who leave afterwards, so that a
cohort can be followed (narrow it again with ``select(is_resident=True)``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
from mesa.agentset import AbstractAgentSet

from model.patients.changes import count_on_books, nth_on_books
from model.patients.columns import GONE, PRESENCE, Columns
from model.patients.patient import Patient
from model.patients.reading import Reading, read_only
from model.patients.selecting import Selecting
from model.patients.set_operations import SetOperations
from model.patients.setting import change

if TYPE_CHECKING:
    from model.model import RegistrationModel

MOST_OBJECTS = 5_000_000
"""More patients than this are never turned into Python objects at once (some 64 bytes each, and slow)."""
ITERATED_AT_ONCE = 65_536


class Patients(Reading, Selecting, SetOperations, AbstractAgentSet[Patient]):
    """Patients in columns, as Mesa's agent sets are used: ``len``, iteration, indexing, ``select``, ``get``, ``agg`` ...

    Args:
        model: the model they belong to.
        columns: the columns; rows beyond those in use are ignored.
        rows: rows in use.
    """

    model: RegistrationModel

    def __init__(self, model: RegistrationModel, columns: Columns, rows: int) -> None:
        """The model's own set of everybody on the books."""
        self.model = model
        self._all: Patients = self
        self._index: np.ndarray | None = None
        self.replace(columns, rows)

    @classmethod
    def _selection(cls, patients: Patients, index: np.ndarray) -> Patients:
        """The rows of the index (distinct), in its order, of a set's model."""
        made = cls.__new__(cls)
        made.model, made._all = patients.model, patients._all
        made._index = np.asarray(index, dtype=np.uint32)
        return made

    def of_rows(self, rows: Iterable[int]) -> Patients:
        """The selection of the patients with these numbers, in order, whether or not they are still on the books.

        Raises:
            KeyError: a row that is not in use.
        """
        index = np.asarray(rows if isinstance(rows, np.ndarray) else list(rows), dtype=np.int64)
        if len(index) and (index.min() < 0 or index.max() >= self.rows):
            raise KeyError(f"no patient {index[(index < 0) | (index >= self.rows)][0]}: numbers go to {self.rows - 1}")
        return self._selection(self, index[np.sort(np.unique(index, return_index=True)[1])])

    def find(self, unique_id: int) -> Patient:
        """The patient with that number, on the books or gone.

        Raises:
            KeyError: nobody has had it.
        """
        row = int(unique_id)
        if not 0 <= row < self.rows:
            raise KeyError(f"no patient {unique_id}: numbers go to {self.rows - 1}")
        return Patient(self._all, row)

    def replace(self, columns: Columns, rows: int) -> None:
        """Look at these columns from now on: they have grown, or their rows have changed."""
        self._own("replace")
        self._columns, self._in_use = columns, int(rows)
        self._forget_counts()

    @property
    def columns(self) -> Columns:
        """The columns of all rows, as the engine uses them; those past ``rows`` hold nothing."""
        return self._all._columns

    @property
    def rows(self) -> int:
        """Rows in use: everybody who was ever in the model."""
        return self._all._in_use

    @property
    def random(self) -> Random:
        """The model's stdlib generator (never used by the simulation itself, nor here)."""
        return self.model.random

    def __copy__(self) -> Patients:
        return self._selection(self, self.row_numbers())

    # --- which rows --------------------------------------------------------------------------------------------------

    def _forget_counts(self) -> None:
        self._before: np.ndarray | None = None
        self._size = -1

    def _count(self) -> None:
        """Count who is on the books: at first use after the rows have changed."""
        self._before = count_on_books(self._columns.flags[: self._in_use])
        self._size = int(self._before[-1])

    def _everybody_on_books(self) -> bool:
        return self._index is None and len(self) == self._in_use

    def _on_books(self) -> np.ndarray:
        """Which rows in use are on the books, bool[rows]."""
        return (self.columns.flags[: self.rows] & np.uint8(PRESENCE)) != np.uint8(GONE << 1)

    def row_numbers(self) -> np.ndarray:
        """Rows of the set's patients, in its order, uint32[n]."""
        if self._index is not None:
            return read_only(self._index)
        if self._everybody_on_books():
            return np.arange(self.rows, dtype=np.uint32)
        return np.flatnonzero(self._on_books()).astype(np.uint32)

    def stored(self, name: str) -> np.ndarray:
        """A stored column for the set's patients, [n]: read-only, and no copy while all rows in use are in the set."""
        column = getattr(self.columns, name)[: self.rows]
        if self._index is not None:
            return column[self._index]
        return read_only(column) if self._everybody_on_books() else column[self._on_books()]

    def __len__(self) -> int:
        if self._index is not None:
            return len(self._index)
        if self._size < 0:
            self._count()
        return self._size

    def __iter__(self) -> Iterator[Patient]:
        everyone = self._all
        if self._index is None:
            for first in range(0, self.rows, ITERATED_AT_ONCE):
                flags = self.columns.flags[first : min(first + ITERATED_AT_ONCE, self.rows)]
                here = np.flatnonzero((flags & np.uint8(PRESENCE)) != np.uint8(GONE << 1)) + first
                for row in here.tolist():
                    yield Patient(everyone, row)
            return
        index = self._index
        for first in range(0, len(index), ITERATED_AT_ONCE):
            for row in index[first : first + ITERATED_AT_ONCE].tolist():
                yield Patient(everyone, row)

    def __contains__(self, agent: object) -> bool:
        if not isinstance(agent, Patient) or agent.model is not self.model:
            return False
        if self._index is None:
            return agent.row < self.rows and (self.columns.flags[agent.row] & PRESENCE) != GONE << 1
        return bool((self._index == agent.row).any())

    def __getitem__(self, item: Any) -> Any:
        """The i-th patient in the set's order; a slice or an array of positions or of truths gives a selection.

        Positions move up as patients leave: a patient's own number is ``unique_id``, for which there is ``find``.

        Raises:
            IndexError: beyond the end.
        """
        if isinstance(item, (int, np.integer)):
            n = len(self)
            i = int(item) + n if item < 0 else int(item)
            if not 0 <= i < n:
                raise IndexError(f"patient {item} of a set of {n:,}")
            if self._index is not None:
                return Patient(self._all, int(self._index[i]))
            if n == self._in_use:
                return Patient(self, i)
            return Patient(self, int(nth_on_books(self._columns.flags[: self._in_use], self._before, i)))
        return self._selection(self, self.row_numbers()[item])

    def __repr__(self) -> str:
        kind = "on the books" if self._index is None else "selected"
        return f"<Patients: {len(self):,} {kind}>"

    # --- changes ---------------------------------------------------------------------------------------------------------

    def set(self, attr_name: str, value: Any) -> Patients:
        """Change an attribute of every patient of the set, to one value or to one each; the model counts anew.

        Rows stay consistent. ``practice`` (agent, code, position or None) registers: the former practice, month,
        address and out-of-area flag follow (nothing changes for those already there), and a ghost on no list is gone.
        ``home`` moves residents, who have then not told their practice. ``recorded_home`` tells it. ``need`` is 0-1,
        ``out_of_area`` a truth. Children do not follow a mother changed by hand: select and change them too.

        Raises:
            AttributeError: not one of SETTABLE.
            InputError: a practice or area the region has not.
            ValueError: a number of values other than of patients, a value out of range, patients who have gone,
                ghosts who would move, or somebody on no list who would be out of area.
        """
        self._changed(change(self, attr_name, value))
        return self

    def _changed(self, rows: np.ndarray) -> None:
        """Tell whoever keeps counts or copies of the rows that they were changed by hand."""
        self._all._forget_counts()
        if (adopt := getattr(getattr(self.model, "engine", None), "adopt", None)) is not None:
            adopt(rows)
        if (recount := getattr(self.model, "recount", None)) is not None:
            recount()

    # --- acts --------------------------------------------------------------------------------------------------------

    def do(self, method: str | Callable, *args: Any, **kwargs: Any) -> Patients:
        """Call a method of every patient, or a function with each, in turn; those who have gone are passed over."""
        for patient in self:
            if patient in self._all:
                _called(method, patient)(*args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable, *args: Any, **kwargs: Any) -> Patients:
        """As :meth:`do`, in random order."""
        self.shuffle().do(method, *args, **kwargs)
        return self

    def map(self, method: str | Callable, *args: Any, **kwargs: Any) -> list[Any]:
        """What a method of every patient, or a function with each, returns."""
        self._few("map")
        return [_called(method, patient)(*args, **kwargs) for patient in self]

    def to_list(self) -> list[Patient]:
        """All patients of the set as Python objects.

        Raises:
            ValueError: more than MOST_OBJECTS.
        """
        self._few("to_list")
        return list(self)

    def _own(self, what: str, selection: bool = False) -> None:
        """Refuse what is only for the model's own set, or only for a selection."""
        if selection and self._index is None:
            raise TypeError(f"{what}: the model's own patients stay as they are; make a selection first")
        if not selection and self._index is not None:
            raise TypeError(f"{what}: only for the model's own patients, not for a selection")

    def _few(self, what: str) -> None:
        if len(self) > MOST_OBJECTS:
            raise ValueError(
                f"{what}: {len(self):,} patients would each become a Python object (at most {MOST_OBJECTS:,});"
                " use get, agg or groupby on attributes, which work on columns, or select fewer first"
            )


def _called(method: str | Callable, patient: Patient) -> Callable:
    return getattr(patient, method) if isinstance(method, str) else _with(method, patient)


def _with(function: Callable, patient: Patient) -> Callable:
    return lambda *args, **kwargs: function(patient, *args, **kwargs)
