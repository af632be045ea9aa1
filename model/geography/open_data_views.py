"""What is read of each file of open data: its columns as views of a database, and the first cell that is something else.

A file may hold other columns, which nobody reads. A row is counted from 1, of a CSV file without its header.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from model.errors import InputError
from model.geography.open_data_files import (
    BOUNDARIES,
    COMPONENTS,
    DESTINATIONS,
    GEOGRAPHY,
    IMMIGRATION,
    LIST_AGES,
    PAYMENTS,
    POPULATION,
    POPULATION_2017,
    PRACTICES,
    REGISTER,
    WORKFORCE,
    ZONES,
)
from model.geography.published_text import utf8_content
from model.geography.region import MIGRATION_AGES, OLDEST_AGE
from model.sql_literals import parquet_rows

MOST = 1_000_000_000
"""No count, easting or share is larger: more is a slip, and would not fit its column."""


@dataclass(frozen=True)
class Kind:
    """What the cells of a column are: the words for it, its type in a view, and which cells are one.

    readable is a condition on ``{0}``, a cell that is not empty: a text without blanks around it, or a value of one of
    ``types``, those a file may hold it in as it is.
    """

    words: str
    type: str
    readable: str = "TRUE"
    types: tuple[str, ...] = ()


_FLOATS = ("DOUBLE", "FLOAT")
_NUMBERS = (
    *(f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG")),
    "INTEGER",
    "UINTEGER",
    *_FLOATS,
)
KINDS = {
    "code": Kind("a code", "VARCHAR"),
    "code_or_none": Kind("a code", "VARCHAR"),
    "text": Kind("a text", "VARCHAR"),
    "count": Kind(
        f"a whole number from 0 to {MOST:,}",
        "BIGINT",
        f"TRY_CAST({{0}} AS DOUBLE) BETWEEN 0 AND {MOST} AND TRY_CAST({{0}} AS DOUBLE) = round(TRY_CAST({{0}} AS DOUBLE))",
        _NUMBERS,
    ),
    "number": Kind("a number", "DOUBLE", f"abs(TRY_CAST({{0}} AS DOUBLE)) <= {MOST}", _NUMBERS),
    "ymd": Kind("a day such as 19740401, or nothing", "VARCHAR", "try_strptime({0}, '%Y%m%d') IS NOT NULL"),
    "date": Kind("a date such as 2021-01-01, or nothing", "DATE", "TRY_CAST({0} AS DATE) IS NOT NULL", ("DATE",)),
    "class": Kind("Rural or Urban", "VARCHAR", "{0} IN ('Rural', 'Urban')"),
    "outline": Kind("an outline in well-known binary", "BLOB", "typeof({0}) = 'BLOB'", ("BLOB",)),
}
"""Kinds of columns."""
NEVER_EMPTY = ("code", "outline")
CAPITALS = ("code", "code_or_none")
"""Kinds whose cells are compared with one another, and may be written in small letters."""
JOINED = {ZONES: ("LSOA",), PAYMENTS: ("practice_code", "fin_year"), LIST_AGES: ("PRACTICE_CODE",)}
"""Keys of files whose rows are looked up by them: a key twice would be taken for a practice or an area twice."""


def _columns(**named: str) -> dict[str, str]:
    """Kind by column, of the names of each kind in one text."""
    return {name: kind for kind, names in named.items() for name in names.split()}


_AGES = _columns(code="LSOA11CD", count=" ".join(map(str, range(OLDEST_AGE))) + f" {OLDEST_AGE}+")
_SEXED = " ".join(f"{sex}_{band.replace('_up', 'plus')}" for sex in "MF" for band in MIGRATION_AGES)
READ: dict[str, tuple[str, dict[str, str]]] = {
    GEOGRAPHY: (
        "geography",
        {"RUC11": "class"}
        | _columns(
            code="LSOA11CD CCG20CD CCG21CD STP21CD LAD21CD",
            text="CCG20NM CCG21NM STP21NM LAD21NM",
            number="PCM_E PCM_N",
            count="IMD2019_DECILE POP_MID2020 POP20_0_15 POP20_16_24 POP20_25_44 POP20_45_64",
        ),
    ),
    POPULATION: ("population", _AGES),
    POPULATION_2017: ("population", _AGES),
    ZONES: ("zones", _columns(code="LSOA MSOA")),
    REGISTER: ("register", _columns(code="OrganisationCode LSOA11CD", count="Patient")),
    PRACTICES: (
        "sites",
        _columns(
            code="PRACTICE_CODE",
            code_or_none="LSOA11CD CCG20CD PCN23CD",
            text="PRACTICE_NAME COORD_SOURCE PCN23NM",
            number="E N",
            ymd="OPEN_DATE CLOSE_DATE",
        ),
    ),
    WORKFORCE: ("workforce", _columns(code="Practice.Code", count="Year", number="TOTAL_GP_EXTGL_FTE")),
    PAYMENTS: (
        "payments",
        _columns(
            code="practice_code fin_year",
            code_or_none="ccg_code",
            text="practice_name",
            date="open_date close_date",
            number="registered_patients weighted_patients",
        ),
    ),
    LIST_AGES: ("list_ages", _columns(code="PRACTICE_CODE", count="Total 18+ 50+", number="Percent_male 65+")),
    COMPONENTS: (
        "components",
        _columns(
            code="ladcode20",
            count="year population births deaths internal_in internal_out international_in international_out",
        ),
    ),
    DESTINATIONS: (
        "destinations",
        _columns(
            code="origin destination",
            number=" ".join(f"age_{band.replace('_up', '+')}" for band in MIGRATION_AGES),
        ),
    ),
    IMMIGRATION: ("immigration", _columns(code="MSOA", number=_SEXED)),
    BOUNDARIES: ("boundaries", _columns(code="LSOA11CD", outline="geometry_wkb_epsg4326")),
}
"""Of each file: what it is called in queries, and the kind of every column they read."""


def open_views(con: duckdb.DuckDBPyConnection, folder: Path, names: Sequence[str]) -> None:
    """Make each file a view of the columns that are read: geography, population, zones, register, sites, and so on.

    Raises:
        InputError: a file cannot be read, lacks a column, or has a cell that is not what its column holds.
    """
    for name in names:
        view, kinds = READ[name]
        file = folder / name
        rows = parquet_rows(file) if file.suffix == ".parquet" else _csv(con, file, f"{view}_cells")
        try:
            types = {row[0]: row[1] for row in con.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()}
            for column in kinds:
                if column not in types:
                    raise InputError(_no_such_column(name, column, list(types)))
            cells = {column: _cell(column, types[column], kind) for column, kind in kinds.items()}
            _refuse_unreadable(con, name, rows, cells)
            _refuse_twice(con, name, rows, cells)
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{name}: not a readable file ({reason}); download it again") from None
        listed = ", ".join(f'{cell}::{KINDS[kinds[column]].type} AS "{column}"' for column, cell in cells.items())
        con.execute(f"CREATE VIEW {view} AS SELECT {listed} FROM {rows}")


def _csv(con: duckdb.DuckDBPyConnection, file: Path, table: str) -> str:
    """The rows of a CSV file, compressed or not, as a table of texts.

    Raises:
        InputError: it is no CSV, has no rows, or one of them has another number of cells than the header.
    """
    text = utf8_content(file).decode("utf-8")
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(io.StringIO(text), strict=True):
            if cells:
                rows.append(cells)
    except csv.Error as error:
        raise InputError(
            f"{file.name}, row {len(rows)}: found {error}, expected CSV text; close quotation marks, or download it again"
        ) from None
    if len(rows) < 2:
        raise InputError(f"{file.name}: found no rows, expected a header and rows; download it again")
    header, *rest = rows
    twice = next((column for column in header if header.count(column) > 1), None)
    if twice is not None:
        raise InputError(f"{file.name}, header: found column {twice!r} more than once, expected it once; take one out")
    for row, cells in enumerate(rest, 1):
        if len(cells) != len(header):
            raise InputError(
                f"{file.name}, row {row}: found {len(cells)} cells, expected {len(header)} as in the header; "
                "quote cells that hold commas, or download the file again"
            )
    con.register(table, pd.DataFrame(rest, columns=header, dtype=object))
    return table


def _cell(column: str, held: str, kind: str) -> str:
    """A cell in SQL, NULL where it is empty."""
    name = f'"{column}"'
    if held in KINDS[kind].types:
        return f"nullif({name}, 'nan')" if held in _FLOATS else name
    text = f"nullif(trim({name}{'' if held == 'VARCHAR' else '::VARCHAR'}), '')"
    return f"upper({text})" if kind in CAPITALS else text


def _no_such_column(name: str, column: str, found: Sequence[str]) -> str:
    """That a column is absent, and which of those there may be it."""
    like = {other.casefold(): other for other in found if other not in READ[name][1]}
    near = difflib.get_close_matches(column.casefold(), list(like), n=1, cutoff=0.6)
    shown = ", ".join(found[:8]) + (", ..." if len(found) > 8 else "")
    remedy = f"rename {like[near[0]]!r} to {column}" if near else "use the file as published"
    return f"{name}, header: no column {column}; found {shown}; {remedy}"


def _refuse_unreadable(con: duckdb.DuckDBPyConnection, name: str, rows: str, cells: Mapping[str, str]) -> None:
    """Say which cell of a file is the first, column by column, that is not of the kind of its column.

    Raises:
        InputError: there is one.
    """
    kinds = READ[name][1]
    wrong = {column: _unreadable(cell, kinds[column]) for column, cell in cells.items()}
    any_of = con.execute(f"SELECT {', '.join(f'bool_or({each})' for each in wrong.values())} FROM {rows}").fetchall()[0]
    for (column, condition), here in zip(wrong.items(), any_of, strict=True):
        if not here:
            continue
        codes = [other for other, kind in kinds.items() if kind == "code" and other != column][:2]
        (row, value, *key) = con.execute(f"""
            SELECT row, {", ".join(f"cell_{i}" for i in range(1 + len(codes)))} FROM (
                SELECT row_number() OVER () AS row, {condition} AS wrong,
                    {", ".join(f"({cells[each]})::VARCHAR AS cell_{i}" for i, each in enumerate((column, *codes)))}
                FROM {rows}
            ) WHERE wrong ORDER BY row LIMIT 1
        """).fetchall()[0]
        who = ", ".join(f"{code} {value}" for code, value in zip(codes, key, strict=True))
        found = "an empty cell" if value is None else repr(value[:80])
        raise InputError(
            f"{name}, row {row}{f' ({who})' if who else ''}, column {column}: found {found}, "
            f"expected {KINDS[kinds[column]].words}; correct the cell, or use the file as published"
        )


def _refuse_twice(con: duckdb.DuckDBPyConnection, name: str, rows: str, cells: Mapping[str, str]) -> None:
    """Say which key of a file that is looked up by it is there twice.

    Raises:
        InputError: there is one.
    """
    if name not in JOINED:
        return
    key = ", ".join(f'{cells[column]} AS "{column}"' for column in JOINED[name])
    listed = ", ".join(f'"{column}"' for column in JOINED[name])
    found = con.execute(f"""
        SELECT min(row), max(row), {listed} FROM (SELECT row_number() OVER () AS row, {key} FROM {rows})
        GROUP BY {listed} HAVING count(*) > 1 ORDER BY 1 LIMIT 1
    """).fetchall()
    if found:
        first, last, *values = found[0]
        who = ", ".join(f"{column} {value}" for column, value in zip(JOINED[name], values, strict=True))
        raise InputError(
            f"{name}, row {last} ({who}), column {JOINED[name][0]}: found the key of row {first} again, expected each "
            "once; remove one of the two"
        )


def _unreadable(cell: str, kind: str) -> str:
    """Condition of a cell that is not of its kind."""
    readable = f"coalesce({KINDS[kind].readable.format(cell)}, FALSE)"
    return f"({cell} IS NULL OR NOT {readable})" if kind in NEVER_EMPTY else f"({cell} IS NOT NULL AND NOT {readable})"
