"""Typed columns in and out of DuckDB: what a kind of the schema is in memory, in SQL and in Parquet."""

from __future__ import annotations

import difflib
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from model.errors import InputError
from model.geography.region import TABLES, RegionTables, Table
from model.sql_literals import parquet_rows, text_literal

FEW = 200_000
"""Codes that are looked up without pandas."""
EXPECTED = {"int": "a whole number", "float": "a number", "bool": "true or false", "date": "a date such as 2021-01-01"}
"""Kinds in words."""
SLIP = 0.8
"""Likeness of two names from which one is taken for the other misspelt."""
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
SQL_TYPES = {"text": "VARCHAR", "int": "INTEGER", "float": "DOUBLE", "bool": "BOOLEAN", "date": "DATE"}


def connect() -> duckdb.DuckDBPyConnection:
    """Open an in-memory database that keeps the order of rows and stays within 2 GB."""
    con = duckdb.connect()
    con.execute("SET memory_limit = '2GB'")
    con.execute("SET preserve_insertion_order = true")
    con.execute(f"SET temp_directory = {text_literal(tempfile.gettempdir())}")
    return con


def typed(values: Any, kind: str) -> np.ndarray:
    """Turn fetched values into the array of their kind.

    text: str, empty where missing; int: int64, or float64 with NaN where some are missing; float: float64, NaN where
    missing; bool: bool; date: datetime64[D], NaT where missing.

    Raises:
        ValueError: values that cannot be of that kind, such as words in a column of numbers, or numbers in one of dates.
    """
    data = np.ma.getdata(values)
    if kind == "text":
        missing = np.ma.getmaskarray(values) if np.ma.isMaskedArray(values) else np.zeros(len(data), dtype=bool)
        return _text(data, missing)
    missing = np.ma.getmaskarray(values) if np.ma.isMaskedArray(values) else _missing(data)
    if kind == "date":
        return _dates(data, missing)
    if kind == "bool":
        if missing.any():
            raise ValueError("empty cells where true or false is expected")
        if data.dtype.kind not in "biuf" or not np.isin(data, (0, 1)).all():
            raise ValueError("neither true nor false")  # any word at all would be true
        return data.astype(bool)
    if data.dtype.kind not in "iufO" and not missing.all():
        raise ValueError("dates or truths where numbers are expected")
    if kind == "int" and data.dtype.kind in "iu" and not missing.any():
        return data.astype(np.int64)
    filled = data.copy()
    filled[missing] = 0
    numbers = filled.astype(np.float64)
    numbers[missing] = np.nan
    if (
        kind == "int"
        and not missing.any()
        and (numbers == np.rint(numbers)).all()
        and (np.abs(numbers) < 2.0**63).all()
    ):
        return numbers.astype(np.int64)  # larger ones, and infinite ones, are out of any range: checks say so
    return numbers


def _dates(data: np.ndarray, missing: np.ndarray) -> np.ndarray:
    dates = np.full(len(data), np.datetime64("NaT", "D"))
    if data.dtype.kind == "M":
        dates[~missing] = data[~missing].astype("datetime64[D]")
        return dates
    for row in np.flatnonzero(~missing):
        # NumPy takes numbers for days since 1970, 19740401 for a year and "today" for a day.
        day = str(data[row]).strip()
        if day and not ISO_DAY.fullmatch(day):
            raise ValueError(f"{day!r} is no day")
        dates[row] = np.datetime64(day, "D")  # empty: NaT
    return dates


def _missing(data: np.ndarray) -> np.ndarray:
    if data.dtype.kind in "biufM":
        return data != data  # NaN and NaT alone differ from themselves; pandas takes a while to load
    return np.asarray(pd.isna(data), dtype=bool)


def _text(data: np.ndarray, missing: np.ndarray) -> np.ndarray:
    if data.dtype == object:
        # DuckDB gives None, or NaN, for a missing text.
        text = np.array(["" if v is None or v != v else str(v) for v in data.tolist()], dtype=str)
    else:
        text = data.astype(str)
    text = np.where(missing, "", text) if missing.any() else text
    return text if text.dtype.itemsize else text.astype("U1")


def fetch(con: duckdb.DuckDBPyConnection, sql: str, table: Table | str) -> dict[str, np.ndarray]:
    """Run a query whose columns are those of a region table and return them typed.

    Raises:
        InputError: a cell of a column of true or false is empty, or a column holds another kind of value.
    """
    table = TABLES[table] if isinstance(table, str) else table
    kinds = {column.name: column.kind for column in table.columns}
    values = {name: cells for name, cells in con.execute(sql).fetchnumpy().items() if name in kinds}
    columns = {}
    for name, cells in values.items():
        try:
            columns[name] = typed(cells, kinds[name])
        except (ValueError, TypeError):
            at = next(i for i in range(len(cells)) if not _fits(cells[i : i + 1], kinds[name]))
            key = ", ".join(f"{part} {values[part][at]}" for part in table.key)
            empty = np.ma.getmaskarray(cells)[at] or cells[at] is None
            found = "an empty cell" if empty else str(cells[at])
            raise InputError(
                f"{table.name}, {key}, column {name}: found {found}, expected {EXPECTED.get(kinds[name], kinds[name])}; "
                "correct it in the file it comes from"
            ) from None
    return columns


def read_parquet_table(path: Path, table: Table) -> dict[str, np.ndarray]:
    """Read one table of a region as it stands on disk, in the order of its rows.

    Columns the schema does not know are left out, unless one it requires is absent: they may be it, renamed.

    Raises:
        InputError: the file is not readable Parquet, a column holds another kind of value, or an optional one is there under
            a name like it.
    """
    kinds = {column.name: column.kind for column in table.columns}
    con = connect()
    try:
        source = parquet_rows(path)
        found = con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        names = [row[0] for row in found if row[0] in kinds]
        if not names:
            raise InputError(
                f"{path.name}: none of its columns is one of {', '.join(list(kinds)[:6])}; "
                f"write the table with those columns (gpdrift region describes the format)"
            )
        if any(column.required and column.name not in names for column in table.columns):
            names = [row[0] for row in found]
        _refuse_other_spelling(path, [row[0] for row in found], list(kinds))
        listed = ", ".join(f'"{name}"' for name in names)
        values = con.execute(f"SELECT {listed} FROM {source}").fetchnumpy()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path.name}: not a readable Parquet file ({reason}); import the region again") from None
    finally:
        con.close()
    columns = {}
    for name in names:
        try:
            columns[name] = typed(values[name], kinds.get(name, "text"))
        except (ValueError, TypeError):
            sort = next(row[1] for row in found if row[0] == name).lower()
            kind = EXPECTED.get(kinds[name], kinds[name])
            at = next((i for i in range(len(values[name])) if not _fits(values[name][i : i + 1], kinds[name])), 0)
            raise InputError(
                f"{path.name}, row {at + 1}, column {name}: found {values[name][at]} ({sort}), expected {kind}; "
                "convert the column and write the file again"
            ) from None
    return columns


def _fits(values: Any, kind: str) -> bool:
    try:
        typed(values, kind)
    except (ValueError, TypeError):
        return False
    return True


def _refuse_other_spelling(path: Path, found: list[str], known: list[str]) -> None:
    """Optional columns may be absent, but not because their name has a capital, a blank or a slip in it."""
    absent = [name for name in known if name not in found]
    for name in found:
        meant = name if name in known else near_name(name, absent)
        if meant is not None and meant != name:
            raise InputError(
                f"{path.name}, column {meant}: found no such column but {name!r}; rename {name!r} to {meant}, "
                "or give it a name of its own"
            )


def near_name(name: str, absent: Sequence[str]) -> str | None:
    """The one of the names that are absent that this is, but for capitals, blanks or a slip; None where it is none.

    Names with other numbers in them are others: ``list_0_15`` is not ``list_0_17``.
    """
    plain = re.sub(r"[\s-]+", "_", name.strip()).casefold()
    numbers = re.findall(r"\d+", plain)
    alike = [other for other in absent if re.findall(r"\d+", other) == numbers]
    near = difflib.get_close_matches(plain, alike, n=1, cutoff=SLIP)
    return near[0] if near else None


def write_parquet_table(path: Path, table: Table, columns: dict[str, np.ndarray]) -> None:
    """Write one table in the order of its rows, zstd-compressed, text and dates empty where missing."""
    present = [column for column in table.columns if column.name in columns]
    frame = pd.DataFrame({c.name: _for_frame(columns[c.name], c.kind) for c in present})
    selected = ", ".join(f'{_in_sql(c.name, c.kind, frame[c.name].dtype.kind)} AS "{c.name}"' for c in present)
    con = connect()
    try:
        con.register("rows_to_write", frame)
        con.execute(
            f"COPY (SELECT {selected} FROM rows_to_write) TO {text_literal(path)} "
            "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 250000)"
        )
    finally:
        con.close()


def _for_frame(values: np.ndarray, kind: str) -> Any:
    if kind == "text":
        return values.astype(object)
    if kind == "date":
        return values.astype("datetime64[s]")
    return values


def _in_sql(name: str, kind: str, dtype_kind: str) -> str:
    if kind == "text":
        return f"NULLIF(\"{name}\", '')"
    value = f'"{name}"' if dtype_kind != "f" else f'(CASE WHEN isnan("{name}") THEN NULL ELSE "{name}" END)'
    return f"{value}::{SQL_TYPES[kind]}"


def sorted_by_key(table: Table, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Rows in order of the table's key, columns in order of the schema."""
    keys = [columns[name] for name in table.key]
    order = _key_order(keys)
    return {c.name: columns[c.name][order] for c in table.columns if c.name in columns}


def _key_order(keys: list[np.ndarray]) -> np.ndarray:
    # Factorising first makes the sort one of small integers: sorting 840,000 pairs of codes as text takes seconds.
    ranks = [_ranks(values) for values in keys]
    return np.lexsort(ranks[::-1])


def _ranks(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind != "U":
        return values
    codes, distinct = pd.factorize(values.astype(object))
    order = np.argsort(distinct.astype(str), kind="stable")
    rank = np.empty(len(distinct), dtype=np.int64)
    rank[order] = np.arange(len(distinct))
    return rank[codes]


def positions_of(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Position of each value in ``codes`` (distinct), int64; -1 where it is not among them."""
    if values.size + codes.size < FEW:  # pandas takes longer to load than these to be looked up
        place = dict(zip(codes.tolist(), range(codes.size), strict=True))
        return np.fromiter((place.get(value, -1) for value in values.tolist()), np.int64, values.size)
    return pd.Index(codes.astype(object)).get_indexer(pd.Index(values.astype(object))).astype(np.int64)


def select_rows(columns: dict[str, np.ndarray], kept: np.ndarray) -> dict[str, np.ndarray]:
    """The rows of a table where ``kept`` (bool or positions)."""
    return {name: values[kept] for name, values in columns.items()}


def table_names(tables: RegionTables) -> list[str]:
    """Names of the tables present, in the order of the schema."""
    return [name for name in TABLES if name in tables]
