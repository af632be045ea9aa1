"""Checks of region tables against the schema: the first thing wrong is one line that says where, what and the remedy.

Kinds, ranges, keys and references follow from ``TABLES`` alone; what ties columns together (bands that add up to single
years, sites near the areas, closing after opening) follows.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from model.errors import InputError
from model.geography.region import (
    FORMAT_VERSION,
    MIGRATION_AGES,
    OLDEST_AGE,
    RESIDENT_BAND_LIMITS,
    RESIDENT_BANDS,
    TABLES,
    Column,
    RegionTables,
    Table,
)

FARTHEST_PRACTICE_KM = 50
"""No GP practice in England stands farther than about 10 km from the centre of the area it is in."""

CHOICES = {
    ("practices", "provider_kind"): ("gp", "digital", "trust"),
    ("immigration", "sex"): ("M", "F"),
}
SHARES_MAY_EXCEED = 0.01
"""Published shares are rounded, so those of one origin may add up to a little more than one."""


def check_about(about: dict[str, Any], file: str) -> None:
    """Check the content of region.json.

    Raises:
        InputError: no format number, a newer format than this program reads, or a date that is none.
    """
    version = about.get("format")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InputError(
            f"{file}, key format: found {version!r}, expected a whole number up to {FORMAT_VERSION}; import it again"
        )
    if version > FORMAT_VERSION:
        raise InputError(
            f"{file}, key format: found {version}, expected at most {FORMAT_VERSION}: "
            "the region was made by a newer gpdrift; upgrade gpdrift, or import the region again with this one"
        )
    if "date" in about:
        try:
            date = np.datetime64(str(about["date"]), "D")
            first = date == date.astype("datetime64[M]").astype("datetime64[D]")
        except ValueError:
            first = False
        if not first:
            raise InputError(
                f"{file}, key date: found {about['date']!r}, expected the first day of a month such as 2021-01-01; "
                "correct it"
            )


def check_tables(tables: RegionTables, source_names: Mapping[str, str] | None = None) -> None:
    """Check every table of a region.

    source_names names, by ``table`` or ``table.column``, the file it was made from; rows are then named by key, because
    those of the file are numbered otherwise.

    Raises:
        InputError: the first thing found wrong.
    """
    for name in tables:
        if name not in TABLES:
            near = difflib.get_close_matches(name, list(TABLES), n=1, cutoff=0.0)[0]
            raise InputError(f"table {name}: not part of a region, expected one of {', '.join(TABLES)}; {near}?")
    checked = {name: _Checked(TABLES[name], tables[name], source_names) for name in TABLES if name in tables}
    for name, table in TABLES.items():
        if table.required and name not in tables:
            raise InputError(f"{name}.parquet: missing, a region needs a row for each {table.row}; import it again")
    for table in checked.values():
        table.check_shape()
        for column in table.present:
            table.check_column(column)
        table.check_key()
    for table in checked.values():
        for column in table.present:
            if column.refers_to:
                _check_reference(table, column, checked)
    _check_sites(checked["practices"], checked["areas"])
    _check_dates(checked["practices"])
    if "population" in checked:
        _check_population(checked["population"], checked["areas"])
    if "successors" in checked:
        _check_successors(checked["successors"])
    if "neighbours" in checked:
        _check_neighbours(checked["neighbours"])
    if "destinations" in checked:
        _check_destinations(checked["destinations"])


class _Checked:
    """One table under check: knows how to name a cell."""

    def __init__(self, table: Table, values: dict[str, np.ndarray], source_names: Mapping[str, str] | None) -> None:
        self.table = table
        self.values = values
        self.source_names = source_names or {}
        self.source = self.source_names.get(table.name)
        self.file = self.source or f"{table.name}.parquet"
        self.present = [column for column in table.columns if column.name in values]

    def fail(self, row: int | None, column: str, found: str, expected: str, remedy: str) -> NoReturn:
        where = [self.source_names.get(f"{self.table.name}.{column.split(' and ')[0]}", self.file)]
        if row is not None:
            key = ", ".join(f"{name} {self.values[name][row]}" for name in self.table.key)
            where.append(key if self.source else f"row {row + 1} ({key})")
        if column:
            where.append(f"column {column}")
        raise InputError(f"{', '.join(where)}: found {found}, expected {expected}; {remedy}")

    def check_shape(self) -> None:
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
            self.fail(None, "", "no rows", f"a row for each {self.table.row}", remedy)

    def check_column(self, column: Column) -> None:
        values = self.values[column.name]
        allowed = {"text": "U", "int": "iuf", "float": "iuf", "bool": "b", "date": "M"}[column.kind]
        if values.dtype.kind not in allowed:
            self.fail(None, column.name, f"values of type {values.dtype}", column.kind, "convert the column")
        missing = _missing(values)
        if not column.nullable and missing.any():
            unit = f" ({column.unit})" if column.unit else ""
            remedy = "fill the cell" if column.name in self.table.key else "fill the cell, or leave the row out"
            self.fail(_first(missing), column.name, "an empty cell", f"{column.meaning}{unit}", remedy)
        if column.kind == "text":
            self._check_text(column, values)
        elif column.kind in ("int", "float"):
            self._check_numbers(column, values, missing)

    def _check_text(self, column: Column, values: np.ndarray) -> None:
        choices = CHOICES.get((self.table.name, column.name))
        if choices:
            wrong = ~np.isin(values, choices)
            if wrong.any():
                row = _first(wrong)
                self.fail(row, column.name, repr(str(values[row])), f"one of {', '.join(choices)}", "correct the cell")
        if column.name in self.table.key or column.refers_to:
            distinct = pd.unique(values.astype(object))
            spaced = [code for code in distinct if code != code.strip()]
            if spaced:
                row = _first(values == spaced[0])
                self.fail(row, column.name, repr(spaced[0]), "a code without spaces around it", "trim the column")

    def _check_numbers(self, column: Column, values: np.ndarray, missing: np.ndarray) -> None:
        unit = f" {column.unit}" if column.unit else ""
        infinite = ~np.isfinite(values) & ~missing
        if infinite.any():
            self.fail(_first(infinite), column.name, "an infinite value", f"a number{unit}", "correct the cell")
        if column.kind == "int" and values.dtype.kind == "f":
            fractional = (values != np.rint(values)) & ~missing
            if fractional.any():
                row = _first(fractional)
                self.fail(
                    row, column.name, f"{values[row]:g}", f"a whole number of{unit or ' units'}", "correct the cell"
                )
        for bound, outside in ((column.low, np.less), (column.high, np.greater)):
            if bound is not None:
                wrong = outside(values, bound) & ~missing
                if wrong.any():
                    row = _first(wrong)
                    expected = f"{column.low:,.10g} to {column.high:,.10g}{unit}"
                    remedy = (
                        "convert to British National Grid metres" if column.name in ("x", "y") else "correct the cell"
                    )
                    self.fail(row, column.name, f"{values[row]:,.10g}", expected, remedy)

    def check_key(self) -> None:
        keys = (
            pd.MultiIndex.from_arrays([self.values[name] for name in self.table.key])
            if len(self.table.key) > 1
            else (pd.Index(self.values[self.table.key[0]].astype(object)))
        )
        twice = np.asarray(keys.duplicated())
        if twice.any():
            row = _first(twice)
            same = np.logical_and.reduce([self.values[k] == self.values[k][row] for k in self.table.key])
            found = "the same key again" if self.source else f"the key of row {_first(same) + 1} again"
            self.fail(
                row,
                " and ".join(self.table.key),
                found,
                f"one row for each {self.table.row}",
                "remove one, or add them up",
            )


def _missing(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "U":
        return values == ""
    if values.dtype.kind == "f":
        return np.isnan(values)
    return np.isnat(values) if values.dtype.kind == "M" else np.zeros(len(values), dtype=bool)


def _first(wrong: np.ndarray) -> int:
    return int(np.flatnonzero(wrong)[0])


def _check_reference(table: _Checked, column: Column, checked: dict[str, _Checked]) -> None:
    other, name = (column.refers_to or "").split(".")
    if name not in checked[other].values:
        expected = f"{column.meaning} listed in {checked[other].file}, column {name}"
        table.fail(
            None, column.name, f"no column {name} in {checked[other].file}", expected, f"add {name} or drop the table"
        )
    known = pd.Index(pd.unique(checked[other].values[name].astype(object)))
    codes, distinct = pd.factorize(table.values[column.name].astype(object))
    wrong = (known.get_indexer(pd.Index(distinct)) < 0)[codes]
    if wrong.any():
        row = _first(wrong)
        found = str(table.values[column.name][row])
        near = difflib.get_close_matches(found, known.tolist(), n=1, cutoff=0.7)
        remedy = f"is it {near[0]}? correct it" if near else f"add it to {checked[other].file}"
        expected = f"one of the {len(known):,} codes in {checked[other].file}, column {name}"
        table.fail(row, column.name, found, expected, f"{remedy}, or leave out such rows ({int(wrong.sum()):,})")


def _check_sites(practices: _Checked, areas: _Checked) -> None:
    tree = cKDTree(np.stack([areas.values["x"], areas.values["y"]], axis=1))
    metres, _ = tree.query(np.stack([practices.values["x"], practices.values["y"]], axis=1))
    far = metres > FARTHEST_PRACTICE_KM * 1000
    if far.any():
        row = _first(far)
        x, y = (float(practices.values[name][row]) for name in ("x", "y"))
        degrees = abs(x) <= 180 and abs(y) <= 180
        remedy = "convert longitude and latitude to British National Grid" if degrees else "correct the site or drop it"
        practices.fail(
            row,
            "x and y",
            f"a site {metres[row] / 1000:,.0f} km from the nearest area ({x:,.0f}, {y:,.0f})",
            f"a site in the region, within {FARTHEST_PRACTICE_KM} km of an area",
            remedy,
        )


def _check_dates(practices: _Checked) -> None:
    opened, closed = practices.values["opened"], practices.values["closed"]
    wrong = closed < opened  # false where either is empty
    if wrong.any():
        row = _first(wrong)
        practices.fail(row, "closed", f"{closed[row]}", f"a day from {opened[row]} (opened)", "correct one of the two")


def _check_population(population: _Checked, areas: _Checked) -> None:
    known = pd.Index(population.values["area"].astype(object))
    place = known.get_indexer(pd.Index(areas.values["area"].astype(object)))
    if (place < 0).any():
        row = _first(place < 0)
        areas.fail(
            row, "area", f"no row for it in {population.file}", "residents by single year of every area", "add the row"
        )
    for band, (first, last) in zip(RESIDENT_BANDS, RESIDENT_BAND_LIMITS, strict=True):
        summed = np.sum([population.values[f"age_{age}"] for age in range(first, min(last, OLDEST_AGE) + 1)], axis=0)[
            place
        ]
        given = areas.values[f"residents_{band}"]
        wrong = summed != given
        if wrong.any():
            row = _first(wrong)
            expected = f"{summed[row]:,.0f}, the sum of ages {first} to {last} in {population.file}"
            areas.fail(row, f"residents_{band}", f"{given[row]:,.0f}", expected, "use one estimate for both tables")


def _check_successors(successors: _Checked) -> None:
    month = successors.values["month"]
    wrong = month != month.astype("datetime64[M]").astype("datetime64[D]")
    if wrong.any():
        row = _first(wrong)
        successors.fail(row, "month", str(month[row]), "the first day of a month", "correct the cell")
    same = successors.values["old"] == successors.values["new"]
    if same.any():
        successors.fail(_first(same), "new", "the old code", "another commissioner", "leave out the row")


def _check_neighbours(neighbours: _Checked) -> None:
    wrong = neighbours.values["area"] >= neighbours.values["neighbour"]
    if wrong.any():
        row = _first(wrong)
        found = str(neighbours.values["neighbour"][row])
        neighbours.fail(
            row, "neighbour", found, "a code that sorts after that of area", "write each pair once, in order"
        )


def _check_destinations(destinations: _Checked) -> None:
    codes, _ = pd.factorize(destinations.values["origin"].astype(object))
    for band in MIGRATION_AGES:
        total = np.bincount(codes, destinations.values[f"age_{band}"])
        wrong = (total > 1 + SHARES_MAY_EXCEED)[codes]
        if wrong.any():
            row = _first(wrong)
            found = f"shares of one origin that add up to {total[codes[row]]:.3f}"
            destinations.fail(row, f"age_{band}", found, "at most 1", "divide by the moves out of the origin")
