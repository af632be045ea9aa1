"""One region table against its schema: kinds, missing cells, ranges and keys, and the line that says what is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from model.errors import InputError
from model.geography.region import Column, Table

CHOICES = {
    ("practices", "provider_kind"): ("gp", "digital", "trust"),
    ("immigration", "sex"): ("M", "F"),
}
"""Columns of text that hold one of a few words."""


class CheckedTable:
    """One table under check: knows how to name a cell."""

    def __init__(self, table: Table, values: dict[str, np.ndarray], source_names: Mapping[str, str] | None) -> None:
        self.table = table
        self.values = values
        self.source_names = source_names or {}
        self.source = self.source_names.get(table.name)
        self.file = self.source or f"{table.name}.parquet"
        self.present = [column for column in table.columns if column.name in values]

    def fail(self, row: int | None, column: str, found: str, expected: str, remedy: str) -> NoReturn:
        """Say what is wrong, where, and what to do.

        Raises:
            InputError: always.
        """
        where = [self.source_names.get(f"{self.table.name}.{column.split(' and ')[0]}", self.file)]
        if row is not None:
            key = ", ".join(f"{name} {self.values[name][row]}" for name in self.table.key)
            where.append(key if self.source else f"row {row + 1} ({key})")
        if column:
            where.append(f"column {column}")
        raise InputError(f"{', '.join(where)}: found {found}, expected {expected}; {remedy}")

    def check_shape(self) -> None:
        """Check that the required columns are there, of one length, and not empty."""
        for column in self.table.columns:
            if column.required and column.name not in self.values:
                unknown = [name for name in self.values if all(name != c.name for c in self.table.columns)]
                near = difflib.get_close_matches(column.name, unknown, n=1, cutoff=0.3)
                remedy = (
                    f"rename {near[0]!r} to {column.name}" if near else "add the column, or import the region again"
                )
                self.fail(None, column.name, "no such column", f"{column.meaning} ({column.kind})", remedy)
        lengths = {name: len(values) for name, values in self.values.items()}
        first, rows = next(iter(lengths.items()))
        for name, length in lengths.items():
            if length != rows:
                self.fail(None, name, f"{length} values", f"{rows} as in {first}", "give every column one value a row")
        if rows == 0:
            remedy = "import the region again" if self.table.required else "fill it, or delete the file: it is optional"
            self.fail(None, "", "no rows", f"rows, each {self.table.row}", remedy)

    def check_column(self, column: Column) -> None:
        """Check kind, missing cells and values of a column."""
        values = self.values[column.name]
        allowed = {"text": "U", "int": "iuf", "float": "iuf", "bool": "b", "date": "M"}[column.kind]
        if values.dtype.kind not in allowed:
            self.fail(None, column.name, f"values of type {values.dtype}", column.kind, "convert the column")
        missing = _missing(values)
        if not column.nullable and missing.any():
            unit = f" ({column.unit})" if column.unit else ""
            remedy = "fill the cell" if column.name in self.table.key else "fill the cell, or leave the row out"
            self.fail(first_row(missing), column.name, "an empty cell", f"{column.meaning}{unit}", remedy)
        if column.kind == "text":
            self._check_text(column, values)
        elif column.kind in ("int", "float"):
            self._check_numbers(column, values, missing)

    def _check_text(self, column: Column, values: np.ndarray) -> None:
        choices = CHOICES.get((self.table.name, column.name))
        if choices:
            wrong = ~np.isin(values, choices)
            if wrong.any():
                row = first_row(wrong)
                self.fail(row, column.name, repr(str(values[row])), f"one of {', '.join(choices)}", "correct the cell")
        elif column.name != "name":
            self._check_codes(column, pd.unique(values.astype(object)))

    def _check_codes(self, column: Column, distinct: Any) -> None:
        values = self.values[column.name]
        for code in distinct:
            if code != code.strip():
                row = first_row(values == code)
                self.fail(row, column.name, repr(code), "a code without spaces around it", "trim the column")
        if column.refers_to:
            return  # what it refers to is compared as it is written
        written: dict[str, str] = {}
        for code in distinct:
            first = written.setdefault(code.casefold(), code)
            if first != code:
                row = first_row(values == code)
                self.fail(row, column.name, repr(code), f"{first!r} as in rows before", "write each code in one way")

    def _check_numbers(self, column: Column, values: np.ndarray, missing: np.ndarray) -> None:
        unit = f" {column.unit}" if column.unit else ""
        infinite = ~np.isfinite(values) & ~missing
        if infinite.any():
            self.fail(first_row(infinite), column.name, "an infinite value", f"a number{unit}", "correct the cell")
        if column.kind == "int" and values.dtype.kind == "f":
            fractional = (values != np.rint(values)) & ~missing
            if fractional.any():
                row = first_row(fractional)
                self.fail(
                    row, column.name, f"{values[row]:g}", f"a whole number of{unit or ' units'}", "correct the cell"
                )
        for bound, outside in ((column.low, np.less), (column.high, np.greater)):
            if bound is not None:
                wrong = outside(values, bound) & ~missing
                if wrong.any():
                    row = first_row(wrong)
                    expected = f"{column.low:,.10g} to {column.high:,.10g}{unit}"
                    remedy = (
                        "convert to British National Grid metres" if column.name in ("x", "y") else "correct the cell"
                    )
                    self.fail(row, column.name, f"{values[row]:,.10g}", expected, remedy)

    def check_key(self) -> None:
        """Check that no two rows have the same key."""
        twice = pd.DataFrame({name: self.values[name] for name in self.table.key}).duplicated().to_numpy()
        if twice.any():
            row = first_row(twice)
            same = np.logical_and.reduce([self.values[k] == self.values[k][row] for k in self.table.key])
            found = "the same key again" if self.source else f"the key of row {first_row(same) + 1} again"
            self.fail(
                row,
                " and ".join(self.table.key),
                found,
                f"each key once (a row is {self.table.row})",
                "remove one, or add them up",
            )


def _missing(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "U":
        return values == ""
    if values.dtype.kind == "f":
        return np.isnan(values)
    return np.isnat(values) if values.dtype.kind == "M" else np.zeros(len(values), dtype=bool)


def first_row(wrong: np.ndarray) -> int:
    """The first row, from 0, that is wrong."""
    return int(np.flatnonzero(wrong)[0])
