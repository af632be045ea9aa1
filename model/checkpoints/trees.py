"""Plain trees: numbers, words, lists, tables and named records as JSON, with the arrays they hold beside it.

JSON as Python writes it (NaN and infinities are allowed, numbers come back exactly). What JSON has no word for is an
object of two keys: ``is``, its kind, and ``of``, what it holds: ``array`` (its name in the npz), ``tuple``, ``table``
(words to values), ``pairs`` (anything to values), ``date``, ``moment``, or one of RECORDS by its fields.
An array that several places share is stored once, and shared again when it is read.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
import numpy as np

from model.commissioning.entitlement import Entitlement
from model.commissioning.need import Need
from model.parameters.practices import Practices
from model.patients.casemix import CaseMix
from model.patients.rates import Rates
from model.providers.decisions import PracticeYear
from model.providers.digital_sites import Campaign, Site
from model.reach import Reach
from model.results import Coded

RECORDS: dict[str, type] = {
    record.__name__: record
    for record in (Campaign, CaseMix, Coded, Entitlement, Need, PracticeYear, Practices, Rates, Reach, Site)
}
"""Records of named fields that state may hold, by their name in a file."""
_PLAIN = (bool, int, float, str, type(None))


class Packer:
    """Makes plain trees of values, and gathers their arrays under names."""

    def __init__(self) -> None:
        """No array yet."""
        self.arrays: dict[str, np.ndarray] = {}
        self._names: dict[int, str] = {}

    def pack(self, value: Any, where: str) -> Any:
        """A value as JSON can hold it.

        Raises:
            TypeError: it holds something that is no plain value; ``where`` says where.
        """
        kind = type(value)
        if kind in _PLAIN:
            return value
        if isinstance(value, np.generic):
            return self._scalar(value, where)
        if kind is np.ndarray:
            return {"is": "array", "of": self._named(value, where)}
        if kind is list:
            return list(value) if _all_plain(value) else [self.pack(v, f"{where}.{i}") for i, v in enumerate(value)]
        if kind is tuple:
            return {"is": "tuple", "of": self.pack(list(value), where)}
        if kind is dict:
            return self._mapping(value, where)
        if kind is datetime.datetime:
            return {"is": "moment", "of": value.isoformat()}
        if kind is datetime.date:
            return {"is": "date", "of": value.isoformat()}
        if RECORDS.get(kind.__name__) is kind:
            return {"is": kind.__name__, "of": {n: self.pack(v, f"{where}.{n}") for n, v in _fields(value)}}
        raise TypeError(f"{where}: a checkpoint has no way to hold a {kind.__name__}")

    def _mapping(self, value: dict[Any, Any], where: str) -> dict[str, Any]:
        if all(type(key) is str for key in value):
            return {"is": "table", "of": {key: self.pack(v, f"{where}.{key}") for key, v in value.items()}}
        pairs = [[self.pack(key, where), self.pack(v, f"{where}.{key}")] for key, v in value.items()]
        return {"is": "pairs", "of": pairs}

    def _scalar(self, value: np.generic, where: str) -> Any:
        """The common ones become Python's, which NumPy takes for the same; the others keep their type as arrays."""
        if isinstance(value, np.float64 | np.int64 | np.bool_ | np.str_):
            return value.item()
        return {"is": "scalar", "of": self._named(np.asarray(value), where)}

    def _named(self, array: np.ndarray, where: str) -> str:
        if array.dtype.hasobject:
            raise TypeError(f"{where}: a checkpoint has no way to hold an array of Python objects")
        name = self._names.get(id(array))
        if name is None:
            name = self._names[id(array)] = f"{len(self.arrays):05d}"
            self.arrays[name] = array  # also keeps it alive, so that its id stays its own
        return name


class Unpacker:
    """Makes values of plain trees again."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        """``arrays`` may read them from a file when they are asked for."""
        self._arrays = arrays
        self._made: dict[str, np.ndarray] = {}
        self._filled: set[int] = set()

    def unpack(self, tree: Any) -> Any:
        """The value a tree was made of."""
        if isinstance(tree, list):
            return [self.unpack(part) if isinstance(part, list | dict) else part for part in tree]
        if not isinstance(tree, dict):
            return tree
        kind, of = tree["is"], tree["of"]
        if kind == "array":
            return self._array(of)
        if kind == "tuple":
            return tuple(self.unpack(of))
        if kind == "table":
            return {key: self.unpack(value) for key, value in of.items()}
        if kind in RECORDS:
            return RECORDS[kind](**{name: self.unpack(value) for name, value in of.items()})
        return _OTHERS[kind](self, of)

    def fill(self, tree: Any, present: Any) -> Any:
        """The value a tree was made of; put into the array that is there now, where it is one of the same shape.

        So whoever else holds that array sees the value too.
        """
        if not (isinstance(tree, dict) and tree["is"] == "array" and isinstance(present, np.ndarray)):
            return self.unpack(tree)
        name = tree["of"]
        if name in self._made or id(present) in self._filled:
            return self._array(name)
        stored = self._arrays[name]
        if stored.shape != present.shape or stored.dtype != present.dtype or not present.flags.writeable:
            return self._array(name)
        present[...] = stored
        self._made[name] = present
        self._filled.add(id(present))
        return present

    def _array(self, name: str) -> np.ndarray:
        if name not in self._made:
            self._made[name] = self._arrays[name]
        return self._made[name]


_OTHERS: dict[str, Callable[[Unpacker, Any], Any]] = {
    "pairs": lambda reader, of: {reader.unpack(key): reader.unpack(value) for key, value in of},
    "scalar": lambda reader, of: reader.unpack({"is": "array", "of": of})[()],
    "date": lambda _, of: datetime.date.fromisoformat(of),
    "moment": lambda _, of: datetime.datetime.fromisoformat(of),
}


def _all_plain(values: list[Any]) -> bool:
    return all(type(value) in _PLAIN for value in values)


def _fields(record: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of a record: a named tuple, a data class or a struct."""
    if isinstance(record, tuple):
        names = record._fields  # type: ignore[attr-defined]
    elif isinstance(record, msgspec.Struct):
        names = record.__struct_fields__
    else:
        names = tuple(field.name for field in dataclasses.fields(record))
    return ((name, getattr(record, name)) for name in names)
