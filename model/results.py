"""Results folders: tables gathered month by month, written as Parquet, complete or absent."""

from __future__ import annotations

import mmap
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pandas as pd

from model.errors import InputError
from model.geography.region import Column, Table
from model.sql_literals import text_literal

_SQL = {"int": "BIGINT", "float": "DOUBLE", "text": "VARCHAR", "bool": "BOOLEAN", "date": "DATE"}
_MEMORY = "512MB"
LARGE = 1 << 18
"""Bytes from which an array is kept on pages of its own."""
_STALE_SECONDS = 3600.0
"""Writing takes seconds: an unfinished folder older than this was left by a process that was killed."""


class Coded(NamedTuple):
    """Text as positions among labels: what a million rows of codes are kept as."""

    positions: np.ndarray
    """int[N]: label of each row."""
    labels: np.ndarray
    """str[K]."""


Values = np.ndarray | Coded | Sequence[str] | int | float | str


class GatheredTable:
    """Rows of one table, gathered in blocks (a month, say) and kept as narrow as they come."""

    def __init__(self, table: Table) -> None:
        """No rows yet."""
        self.table = table
        self.blocks: list[dict[str, Values]] = []
        self.lengths: list[int] = []

    def add(self, **columns: Values) -> None:
        """Add a block: arrays of one length, and single values that hold for all of it.

        Raises:
            ValueError: columns are missing or unknown, or differ in length.
        """
        wanted = [column.name for column in self.table.columns]
        if set(columns) != set(wanted):
            wrong = sorted(set(columns) ^ set(wanted))
            raise ValueError(f"{self.table.name}: columns {', '.join(wrong)} are missing or unknown")
        lengths = {n for n in (_length(values) for values in columns.values()) if n is not None}
        if len(lengths) > 1:
            raise ValueError(f"{self.table.name}: columns of different lengths {sorted(lengths)}")
        self.blocks.append({name: _apart(columns[name]) for name in wanted})
        self.lengths.append(lengths.pop() if lengths else 1)

    @property
    def rows(self) -> int:
        """Rows so far."""
        return sum(self.lengths)

    def take(self) -> pd.DataFrame:
        """All rows, in order, and forget them; text with labels as categories.

        A column's blocks are let go as soon as they are joined, so that a large table is never held twice.
        """
        joined = {column.name: self._joined(column) for column in self.table.columns}
        self.blocks, self.lengths = [], []
        return pd.DataFrame(joined, copy=False)

    def _joined(self, column: Column) -> np.ndarray | pd.Categorical:
        parts = [block.pop(column.name) for block in self.blocks]
        if any(isinstance(part, Coded) for part in parts):
            return _categories([part for part in parts if isinstance(part, Coded)])
        if column.kind == "date":
            parts = [_as_dates(part) for part in parts]
        kind = object if column.kind == "text" else None
        whole = [_repeated(part, n, kind) for part, n in zip(parts, self.lengths, strict=True)]
        return np.concatenate(whole) if whole else np.zeros(0, "datetime64[s]" if column.kind == "date" else kind)


def _apart(values: Values) -> Values:
    """The same values; a large array copied to pages of its own, which go back to the system as soon as it is let go.

    Ordinary memory would stay with the process: all blocks of England and the joined columns at once, 250 MB.
    """
    if isinstance(values, Coded):
        return Coded(np.asarray(_apart(values.positions)), values.labels)
    if not isinstance(values, np.ndarray) or values.dtype.hasobject or values.nbytes < LARGE:
        return values
    pages = np.frombuffer(mmap.mmap(-1, values.nbytes), values.dtype).reshape(values.shape)
    pages[...] = values
    return pages


def _as_dates(months: Values) -> np.ndarray:
    """First days of months counted from 1970; in seconds, since DuckDB takes no other unit of whole days."""
    return np.asarray(months, np.int64).astype("datetime64[M]").astype("datetime64[s]")


def _length(values: Values) -> int | None:
    if isinstance(values, Coded):
        return len(values.positions)
    return None if isinstance(values, int | float | str) or np.ndim(values) == 0 else len(values)


def _repeated(values: Values, length: int, kind: type | None) -> np.ndarray:
    assert not isinstance(values, Coded)
    return np.full(length, values, kind) if _length(values) is None else np.asarray(values, kind)


def _categories(parts: list[Coded]) -> pd.Categorical:
    """Joined codes; labels of the parts must be the same ones, which they are for a region's bodies."""
    labels = parts[0].labels
    if any(part.labels is not labels and not np.array_equal(part.labels, labels) for part in parts):
        raise ValueError("blocks of one table must share their labels")
    return pd.Categorical.from_codes(np.concatenate([part.positions for part in parts]), labels.tolist())


def write_tables(tables: Mapping[str, GatheredTable], folder: Path) -> dict[str, int]:
    """Write tables into a folder as Parquet and empty them; returns rows by table. The same rows give the same bytes.

    Unknown numbers (NaN) become empty cells.
    """
    # One thread: rows keep their order, and no second one holds row groups in memory.
    with duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": str(folder), "threads": 1}) as con:
        return {name: _write(con, table, folder / f"{name}.parquet") for name, table in tables.items()}


def _write(con: duckdb.DuckDBPyConnection, gathered: GatheredTable, file: Path) -> int:
    frame = gathered.take()
    columns = ", ".join(_selected(column, frame.dtypes[column.name]) for column in gathered.table.columns)
    con.register("gathered", frame)
    con.execute(f"COPY (SELECT {columns} FROM gathered) TO {text_literal(file)} (FORMAT parquet, COMPRESSION zstd)")
    con.unregister("gathered")
    return len(frame)


def _selected(column: Column, dtype: Any) -> str:
    """The column as SQL, with the type it has in the file."""
    if isinstance(dtype, pd.CategoricalDtype):
        # Written as text all the same, five times faster than when cast first.
        return f'"{column.name}"'
    kind = "FLOAT" if dtype == np.float32 else _SQL[column.kind]
    value = f'"{column.name}"::{kind}'
    if column.kind == "float":
        # One NaN would make any sum over the column NaN.
        value = f"nullif({value}, 'NaN')"
    return f'{value} AS "{column.name}"'


def refuse_taken(folder: Path) -> None:
    """Make sure results can be written to a folder before a long run begins.

    Raises:
        InputError: the folder holds something, or nothing can be written there.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise InputError(f"results folder {folder}: exists and is not empty; choose another name or remove it")
    try:
        unfinished(folder).rmdir()
    except OSError as failure:
        raise InputError(f"results folder {folder}: cannot be written ({failure.strerror}); choose another") from None


def unfinished(folder: Path) -> Path:
    """A new hidden folder beside the one wanted; ones left there by killed processes are removed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{folder.name}.unfinished-"
    for left in folder.parent.iterdir():
        if left.name.startswith(prefix) and time.time() - left.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
    # mkdtemp makes folders private; results are as readable as any other file of the user's.
    made.chmod(0o777 & ~_umask())
    return made


def put_in_place(written: Path, folder: Path) -> None:
    """Give a complete folder its name.

    Raises:
        InputError: another run took the name meanwhile; the results are kept under a name the error tells.
    """
    try:
        if folder.is_dir():
            folder.rmdir()
        written.rename(folder)
    except OSError:
        number = 2
        while (other := folder.with_name(f"{folder.name}-{number}")).exists():
            number += 1
        written.rename(other)
        raise InputError(f"results folder {folder}: taken by another run meanwhile; results are in {other}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
