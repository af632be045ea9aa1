"""Patients as a set: who is put in and taken out, and ``|``, ``&``, ``-``, ``^`` and comparisons on rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from model.patients.changes import take_off_books
from model.patients.patient import Patient

if TYPE_CHECKING:
    from model.patients.patients import Patients


class SetOperations:
    """What Python's own mutable sets do member by member, on whole columns.

    The model's own set is never changed by an operator: Python's ``-=`` or ``clear`` would take people off the books.
    """

    __hash__ = None  # type: ignore[assignment]
    _index: np.ndarray | None

    def _selection_of(self: Any, other: Iterable[Any]) -> Patients:
        """The patients of another set or iterable, as a selection.

        Raises:
            TypeError: something that is not a patient of this model.
        """
        if _is_set(self, other):
            return other  # type: ignore[return-value]
        rows: dict[int, None] = {}
        for patient in other:
            if not isinstance(patient, Patient) or patient.model is not self.model:
                raise TypeError(f"expected patients of this model, found {type(patient).__name__}")
            rows[patient.row] = None
        return self._selection(self, np.fromiter(rows, np.uint32, len(rows)))

    def __and__(self: Any, other: Any) -> Any:
        if not isinstance(other, Iterable):
            return NotImplemented
        rows = self.row_numbers()
        return self._selection(self, rows[np.isin(rows, self._selection_of(other).row_numbers())])

    def __sub__(self: Any, other: Any) -> Any:
        if not isinstance(other, Iterable):
            return NotImplemented
        rows = self.row_numbers()
        return self._selection(self, rows[np.isin(rows, self._selection_of(other).row_numbers(), invert=True)])

    def __or__(self: Any, other: Any) -> Any:
        if not isinstance(other, Iterable):
            return NotImplemented
        other = self._selection_of(other)
        rows, others = self.row_numbers(), other.row_numbers()
        return self._selection(self, np.concatenate([rows, others[np.isin(others, rows, invert=True)]]))

    def __xor__(self: Any, other: Any) -> Any:
        if not isinstance(other, Iterable):
            return NotImplemented
        other = self._selection_of(other)
        return (self - other) | (other - self)

    def __rand__(self: Any, other: Any) -> Any:
        return self._selection_of(other) & self

    def __ror__(self: Any, other: Any) -> Any:
        return self._selection_of(other) | self

    def __rsub__(self: Any, other: Any) -> Any:
        return self._selection_of(other) - self

    def __rxor__(self: Any, other: Any) -> Any:
        return self._selection_of(other) ^ self

    def __iand__(self: Any, other: Any) -> Any:
        return self._update(self & other)

    def __isub__(self: Any, other: Any) -> Any:
        return self._update(self - other)

    def __ior__(self: Any, other: Any) -> Any:
        return self._update(self | other)

    def __ixor__(self: Any, other: Any) -> Any:
        return self._update(self ^ other)

    def __eq__(self: Any, other: object) -> bool:
        """Whether both hold the same patients of one model, in whatever order."""
        if not _is_set(self, other):
            return False
        mine, others = self.row_numbers(), other.row_numbers()  # type: ignore[attr-defined]
        return len(mine) == len(others) and bool(np.array_equal(np.sort(mine), np.sort(others)))

    def __le__(self: Any, other: Any) -> bool:
        if not _is_set(self, other):
            return NotImplemented
        return bool(np.isin(self.row_numbers(), other.row_numbers()).all())

    def __lt__(self: Any, other: Any) -> bool:
        return NotImplemented if not _is_set(self, other) else len(self) < len(other) and self <= other

    def __ge__(self: Any, other: Any) -> bool:
        return NotImplemented if not _is_set(self, other) else other <= self

    def __gt__(self: Any, other: Any) -> bool:
        return NotImplemented if not _is_set(self, other) else other < self

    def isdisjoint(self: Any, other: Iterable[Any]) -> bool:
        """Whether no patient is in both."""
        return len(self & other) == 0

    def clear(self: Any) -> None:
        """Empty a selection."""
        self._update([])

    def pop(self: Any) -> Patient:
        """Take the last patient out of a selection.

        Raises:
            TypeError: the model's own set.
            KeyError: an empty selection.
        """
        self._own("pop", selection=True)
        if not len(self):
            raise KeyError("pop from an empty selection of patients")
        last = self[-1]
        self.remove(last)
        return last

    def add(self: Any, agent: Patient) -> None:
        """Put a patient at the end of a selection. Patients of the model itself are born or arrive.

        Raises:
            TypeError: not a patient of this model, or somebody gone and the model's own set.
        """
        if not isinstance(agent, Patient) or agent.model is not self.model:
            raise TypeError(f"only patients of this model can be added, found {type(agent).__name__}")
        if agent in self:
            return
        if self._index is None:
            raise TypeError("patients come into the model by birth and arrival; nobody who has gone is put back")
        self._index = np.append(self._index, np.uint32(agent.row))

    def remove(self: Any, agent: Patient) -> None:
        """Take a patient out of a selection; out of the model's own set: off every list and away, for good.

        Raises:
            KeyError: not in the set.
        """
        if agent not in self:
            raise KeyError(agent)
        if self._index is not None:
            self._index = self._index[self._index != agent.row]
            return
        rows = np.array([agent.row], dtype=np.uint32)
        take_off_books(self.columns, rows, self.model.month_number)
        self._changed(rows)

    def discard(self: Any, agent: Patient) -> None:
        """As :meth:`remove`, without complaint where the patient is not in the set."""
        if agent in self:
            self.remove(agent)

    def _update(self: Any, agents: Iterable[Patient]) -> Patients:
        self._own("updating", selection=True)
        self._index = self._selection_of(agents).row_numbers()
        return self


def _is_set(patients: Any, other: Any) -> bool:
    """Whether the other is a set of patients of the same model."""
    return isinstance(other, SetOperations) and other.model is patients.model  # type: ignore[attr-defined]
