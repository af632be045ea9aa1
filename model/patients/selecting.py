"""Subsets, groups and orders of patients, made on columns. Results are selections."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from mesa.agentset import GroupBy

from model.patients.attributes import attribute_of
from model.patients.patient import Patient

if TYPE_CHECKING:
    from model.patients.patients import Patients


class PatientGroups(GroupBy):
    """Groups of patients; ``agg`` works on columns."""

    def agg(self, attr_name: str, func: Callable) -> dict[Any, Any]:
        """The function of an attribute's column in every group, by group."""
        return {
            name: group.agg(attr_name, func)
            if isinstance(group, Selecting)
            else func([getattr(patient, attr_name) for patient in group])
            for name, group in self.groups.items()
        }


class Selecting:
    """``select``, ``groupby``, ``sort`` and ``shuffle`` of a set of patients."""

    _index: np.ndarray | None
    agg: Callable[..., Any]

    def select(
        self: Any,
        filter_func: Callable[[Patient], bool] | np.ndarray | None = None,
        at_most: int | float = float("inf"),
        inplace: bool = False,
        agent_type: type | None = None,
        **conditions: Any,
    ) -> Patients:
        """The patients that satisfy everything asked, in the set's order.

        Args:
            filter_func: a function of one patient (slow: one Python call each) or an array of truths, bool[n].
            at_most: no more than so many (int), or than this share of the set (float up to 1), from its start.
            inplace: narrow this selection itself.
            agent_type: a class that :class:`Patient` must be.
            **conditions: attribute = value, a collection of values, or a function of the column that gives truths:
                ``select(home="E01000001", presence=["present", "uncounted"], age=lambda age: age >= 65)``.

        Raises:
            AttributeError: no such attribute.
            InputError: a code or name the region or the attribute has not.
            ValueError: an array of truths of another length; ``inplace`` on the model's own set.
        """
        if inplace:
            self._own("select", selection=True)
        rows = self.row_numbers()
        keep = np.ones(len(rows), bool)
        if agent_type is not None and not issubclass(Patient, agent_type):
            keep[:] = False
        for name, wanted in conditions.items():
            keep &= self._satisfies(name, wanted)
        if isinstance(filter_func, np.ndarray | list):
            truths = np.asarray(filter_func)
            if truths.dtype != bool or truths.shape != keep.shape:
                raise ValueError(f"select: expected bool[{len(rows)}], found {truths.dtype}{list(truths.shape)}")
            keep &= truths
        elif filter_func is not None:
            for i in np.flatnonzero(keep).tolist():
                keep[i] = filter_func(Patient(self._all, int(rows[i])))
        chosen = rows[keep]
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(len(rows) * at_most)
        if at_most < len(chosen):
            chosen = chosen[: int(at_most)]
        return self._arranged(chosen, inplace)

    def _satisfies(self: Any, name: str, wanted: Any) -> np.ndarray:
        attribute = attribute_of(name)
        column = self.get(name)
        if callable(wanted):
            return np.asarray(wanted(column), dtype=bool)
        if isinstance(wanted, list | tuple | set | frozenset | np.ndarray | range):
            values = [attribute.number(self.model, v) if attribute else v for v in wanted]
            return np.isin(column, values)
        return column == (attribute.number(self.model, wanted) if attribute else wanted)

    def groupby(
        self: Any, by: Callable | str | np.ndarray, result_type: Literal["agentset", "list"] = "agentset"
    ) -> Any:
        """Groups by an attribute, a function of one patient, or an array of keys [n], named and sorted by what it says.

        Raises:
            ValueError: keys of another length; lists or a function for more than MOST_OBJECTS patients.
        """
        value: Callable[[Any], Any] = lambda key: key.item() if isinstance(key, np.generic) else key  # noqa: E731
        if callable(by):
            self._few("groupby with a function")
            keys = [by(patient) for patient in self]
            names = {key: None for key in keys}
            number = {key: i for i, key in enumerate(names)}
            column, values = np.array([number[key] for key in keys], dtype=np.int64), list(names)
            value = values.__getitem__
        elif isinstance(by, str):
            attribute = attribute_of(by)
            column = self.get(by)
            if attribute is not None:
                model, meaning = self.model, attribute.value
                value = lambda key: meaning(model, key)  # noqa: E731
        else:
            column = np.asarray(by)
            if column.shape != (len(self),):
                raise ValueError(f"groupby: expected one key for each of {len(self)} patients, found {column.shape}")
        order = np.argsort(column, kind="stable")
        ranked = column[order]
        starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))[: len(ranked)]
        rows = self.row_numbers()[order]
        groups: dict[Any, Any] = {
            value(ranked[start]): self._selection(self, rows[start:end])
            for start, end in zip(starts, np.append(starts[1:], len(rows))[: len(starts)], strict=True)
        }
        if result_type == "list":
            groups = {name: group.to_list() for name, group in groups.items()}
        return PatientGroups(groups)

    def sort(
        self: Any, key: Callable[[Patient], Any] | str, ascending: bool = False, inplace: bool = False
    ) -> Patients:
        """A selection in order of an attribute's column or of a function of one patient; ties keep their order."""
        if inplace:
            self._own("sort", selection=True)
        if isinstance(key, str):
            column = self.get(key)
            order = np.argsort(column if ascending else column[::-1], kind="stable")
            order = order if ascending else len(column) - 1 - order[::-1]
        else:
            self._few("sort with a function")
            keys = [key(patient) for patient in self]
            order = np.array(sorted(range(len(keys)), key=keys.__getitem__, reverse=not ascending), dtype=np.int64)
        return self._arranged(self.row_numbers()[order], inplace)

    def shuffle(self: Any, inplace: bool = False) -> Patients:
        """A selection in random order, drawn from ``model.rng`` (which the simulation never uses)."""
        if inplace:
            self._own("shuffle", selection=True)
        return self._arranged(self.model.rng.permutation(self.row_numbers()), inplace)

    def _arranged(self: Any, rows: np.ndarray, inplace: bool) -> Patients:
        if not inplace:
            return self._selection(self, rows)
        self._index = rows
        return self
