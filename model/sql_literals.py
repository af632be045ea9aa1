"""Texts and paths as DuckDB reads them inside a query."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_GLOB = str.maketrans({character: f"[{character}]" for character in "*?["})


def text_literal(text: Path | str) -> str:
    """A text as an SQL literal, quotation marks included: a code, a setting, a file to write (``COPY ... TO``)."""
    return "'" + str(text).replace("'", "''") + "'"


def file_literal(file: Path | str) -> str:
    """The path of one file to read as an SQL literal, quotation marks included.

    DuckDB takes what it reads from for a pattern: ``m[1]/a.parquet`` would be the file in ``m1``.
    """
    return text_literal(str(file).translate(_GLOB))


def parquet_rows(files: Path | Sequence[Path], options: str = "") -> str:
    """What FROM reads: the rows of a Parquet file, or of several, with the columns they hold and no others.

    Args:
        files: a file, or files of one table.
        options: further ones of ``read_parquet``, such as ``filename = true``.
    """
    listed = file_literal(files) if isinstance(files, Path) else f"[{', '.join(map(file_literal, files))}]"
    # Of a folder named seed=1 DuckDB would make a column.
    return f"read_parquet({', '.join(filter(None, (listed, 'hive_partitioning = false', options)))})"
