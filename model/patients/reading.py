"""Attributes of many patients at once, read from columns: as numbers, as text, or as one figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import numpy as np

from model.patients.attributes import ATTRIBUTES, attribute_of

_VECTORISED: dict[Any, Callable] = {sum: np.sum, min: np.min, max: np.max, any: np.any, all: np.all}
"""Python's own are slow on columns, and ``sum`` overflows the column's narrow integers."""


class Reading:
    """``get``, ``labels`` and ``agg`` of a set of patients."""

    def get(
        self: Any,
        attr_names: str | list[str],
        handle_missing: Literal["error", "default"] = "error",
        default_value: Any = None,
    ) -> Any:
        """Column of an attribute for the patients of the set, read-only [n]; of several, records [n] with these fields.

        Numbers are given as stored (areas and practices as positions): ``attributes.ATTRIBUTES`` says which. For texts
        use :meth:`labels`. Attributes that only a single patient has, such as ``children``, come as an array of objects.

        Raises:
            AttributeError: no such attribute, unless ``handle_missing`` is "default".
            ValueError: another ``handle_missing``; or so many patients that objects are refused.
        """
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing: found {handle_missing!r}, expected 'error' or 'default'")
        if isinstance(attr_names, str):
            return read_only(self._column(attr_names, handle_missing, default_value))
        columns = [self._column(name, handle_missing, default_value) for name in attr_names]
        records = np.empty(len(self), [(name, c.dtype) for name, c in zip(attr_names, columns, strict=True)])
        for name, column in zip(attr_names, columns, strict=True):
            records[name] = column
        return read_only(records)

    def _column(self: Any, name: str, handle_missing: str, default_value: Any) -> np.ndarray:
        try:
            attribute = attribute_of(name)
        except AttributeError:
            if handle_missing == "error":
                raise
            return np.full(len(self), default_value)
        if attribute is not None:
            return attribute.column(self)
        self._few(f"get({name!r})")
        out = np.empty(len(self), object)
        for i, patient in enumerate(self):
            out[i] = getattr(patient, name)
        return out

    def labels(self: Any, attr_name: str) -> np.ndarray:
        """An attribute as text, what one patient says of itself ("" for None), str[n]: codes, names, dates.

        Raises:
            AttributeError: no such attribute with a column.
        """
        attribute = attribute_of(attr_name)
        if attribute is None:
            raise AttributeError(f"{attr_name!r} has no column to label: labels are for {', '.join(ATTRIBUTES)}")
        numbers, which = np.unique(attribute.column(self), return_inverse=True)
        values = [attribute.value(self.model, number) for number in numbers]
        texts = ["" if v is None else str(getattr(v, "code", v)) for v in values]
        return np.array(texts, dtype=str)[which] if texts else np.empty(0, "U1")

    def agg(self: Any, attribute: str, func: Callable | Iterable[Callable]) -> Any:
        """The function, or each of several, of an attribute's column."""
        column = self.get(attribute)
        if callable(func):
            return _VECTORISED.get(func, func)(column)
        return [_VECTORISED.get(f, f)(column) for f in func]


def read_only(column: np.ndarray) -> np.ndarray:
    """A view of a column, [N], that cannot be written to."""
    view = column.view()
    view.flags.writeable = False
    return view
