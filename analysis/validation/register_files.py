"""A register published later, in whatever form it comes: practice x LSOA or list sizes, CSV or Parquet, or a folder.

Columns are found by :mod:`analysis.validation.register_columns`. Areas are kept as they are coded there;
:mod:`analysis.validation.register_axes` brings them to the region's.
"""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from analysis.validation.register_columns import load_as_text
from model.errors import InputError
from model.geography.columns import connect
from model.geography.published_rows import DATE_FORMATS

_SUFFIXES = (".csv", ".csv.gz", ".parquet")
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}


@dataclass(frozen=True, eq=False)
class PublishedRegister:
    """What a published register says, R rows."""

    name: str
    month: datetime.date
    practice: np.ndarray
    """Codes, str[R]."""
    area: np.ndarray | None
    """Codes as published, str[R]; None where only list sizes are given."""
    patients: np.ndarray
    """int64[R]."""
    commissioner: dict[str, str]
    """Commissioner of a practice as published, by practice code; empty where the file names none."""


def read_register(path: Path, month: datetime.date | None = None, option: str = "--against") -> PublishedRegister:
    """Read a register, list sizes, or a folder that holds one of them (or both, of one month).

    Args:
        path: file or folder.
        month: month of the register; where None, the latest date in the file or the month in its name.
        option: what the path was given with, for messages.

    Raises:
        InputError: nothing there is a register, a cell is wrong, a key is there twice, or the month is not known.
    """
    if not path.exists():
        raise InputError(f"{option} {path}: no such file or folder; give a published register")
    con = connect()
    try:
        if path.is_file():
            files = [path]
        else:
            files = sorted(file for file in path.iterdir() if file.name.lower().endswith(_SUFFIXES))
        loaded = []
        for number, file in enumerate(files):
            columns = load_as_text(con, file, f"rows_{number}", sole=path.is_file())
            if columns is not None:
                loaded.append(_Loaded(file, f"rows_{number}", columns))
        if not loaded:
            raise InputError(
                f"{path.name}: found no register in it, expected PRACTICE_CODE, LSOA_CODE, NUMBER_OF_PATIENTS"
                " or list sizes (CODE, NUMBER_OF_PATIENTS); use files as published"
            )
        when, chosen, beside = _chosen(con, path, loaded, month)
        return _joined(con, path, when, chosen, beside)
    finally:
        con.close()


@dataclass(frozen=True, eq=False)
class _Loaded:
    """A file whose rows are in the database as text."""

    file: Path
    table: str
    columns: set[str]


def _chosen(
    con: duckdb.DuckDBPyConnection, path: Path, loaded: list[_Loaded], month: datetime.date | None
) -> tuple[datetime.date, list[_Loaded], list[_Loaded]]:
    """The month, the files that hold each person once in it, and other lists of that month that name commissioners.

    A folder may hold a month's whole publication: registers go before lists, files of everybody before those by sex or
    age; of several that say the same the first is taken.
    """
    months = {one.file: _months_of(con, one, month, sole=path.is_file()) for one in loaded}
    when = month or max(max(found) for found in months.values())
    there = [one for one in loaded if when in months[one.file]]
    if not there:
        held = ", ".join(f"{one:%Y-%m}" for one in sorted({one for found in months.values() for one in found}))
        raise InputError(f"{path.name}: found months {held}, expected {when:%Y-%m} (--month); give one of them")
    for one in there:
        _check_numbers(con, one.file, one.table)
    register = [one for one in there if "area" in one.columns]
    kind = register or there
    whole = [
        one for one in kind if all(role not in one.columns or _says_all(con, one, role) for role in ("sex", "age"))
    ]
    if whole:
        totals = {one.file.name: _total(con, one, when) for one in whole}
        if len(set(totals.values())) > 1:
            told = ", ".join(f"{name} ({total:,})" for name, total in totals.items())
            raise InputError(
                f"{path.name}: found {told} patients, expected one register of {when:%Y-%m}; leave one out"
            )
        kind = whole[:1]
    beside = [one for one in there if one not in kind and "commissioner" in one.columns]
    return when, kind, beside


def _says_all(con: duckdb.DuckDBPyConnection, one: _Loaded, role: str) -> bool:
    """Whether a column of sex or age has rows of everybody."""
    return con.execute(f"SELECT count(*) FROM {one.table} WHERE upper({role}) = 'ALL'").fetchall() != [(0,)]


def _total(con: duckdb.DuckDBPyConnection, one: _Loaded, when: datetime.date) -> int:
    total = con.execute(f"SELECT sum(patients)::BIGINT FROM {one.table} WHERE {_where(con, one, when)}").fetchall()[0][
        0
    ]
    return int(total or 0)


def _where(con: duckdb.DuckDBPyConnection, one: _Loaded, when: datetime.date) -> str:
    """Condition on the rows of practices in a month, of everybody where the file has such rows."""
    conditions = ["practice <> ''"]
    if "date" in one.columns:
        conditions.append(f"day = DATE '{_day_of(con, one, when)}'")
    if "type" in one.columns:
        conditions.append("upper(type) IN ('GP', '')")
    conditions += [
        f"upper({role}) = 'ALL'" for role in ("sex", "age") if role in one.columns and _says_all(con, one, role)
    ]
    return " AND ".join(conditions)


def _joined(
    con: duckdb.DuckDBPyConnection, path: Path, when: datetime.date, chosen: list[_Loaded], beside: list[_Loaded]
) -> PublishedRegister:
    """The rows of one month of the files, added up by practice and area."""
    con.execute("CREATE TABLE people (practice VARCHAR, area VARCHAR, patients BIGINT)")
    of_practice = [f"SELECT practice, commissioner FROM {one.table} WHERE {_where(con, one, when)}" for one in beside]
    for one in chosen:
        where = _where(con, one, when)
        keys = ["practice", *(role for role in ("area", "sex", "age") if role in one.columns)]
        _refuse_twice(con, one.file, one.table, keys, where)
        area = "area" if "area" in one.columns else "''"
        if "commissioner" in one.columns:
            of_practice.append(f"SELECT practice, commissioner FROM {one.table} WHERE {where}")
        con.execute(
            f"INSERT INTO people SELECT practice, {area}, patients FROM {one.table} WHERE {where} AND patients > 0"
        )
    rows = con.execute(
        "SELECT practice, area, sum(patients)::BIGINT AS patients FROM people GROUP BY ALL ORDER BY ALL"
    ).fetchnumpy()
    if not len(rows["patients"]):
        raise InputError(f"{path.name}: found no patients in it; use the file as published")
    named = f"SELECT practice, min(commissioner) FROM ({' UNION ALL '.join(of_practice)}) WHERE commissioner <> '' GROUP BY 1"
    known = set(rows["practice"].tolist())
    told = con.execute(named).fetchall() if of_practice else []
    return PublishedRegister(
        chosen[0].file.name if len(chosen) == 1 else path.name,
        when,
        np.asarray(rows["practice"]).astype(str),
        np.asarray(rows["area"]).astype(str) if "area" in chosen[0].columns else None,
        np.asarray(rows["patients"], np.int64),
        {practice: code for practice, code in told if practice in known},
    )


def _check_numbers(con: duckdb.DuckDBPyConnection, file: Path, table: str) -> None:
    number = "TRY_CAST(replace(patients, ',', '') AS DOUBLE)"
    wrong = con.execute(
        f"SELECT row, practice, patients FROM {table} WHERE practice <> '' AND "
        f"({number} IS NULL OR NOT isfinite({number}) OR {number} < 0 OR {number} <> round({number})) ORDER BY row LIMIT 1"
    ).fetchall()
    if wrong:
        row, practice, value = wrong[0]
        raise InputError(
            f"{file.name}, row {row} (practice {practice}), column of patients: found {value!r},"
            " expected a whole number from 0; correct the cell, or leave the row out"
        )
    con.execute(f"ALTER TABLE {table} ALTER COLUMN patients TYPE BIGINT USING {number}::BIGINT")


def _months_of(
    con: duckdb.DuckDBPyConnection, one: _Loaded, month: datetime.date | None, *, sole: bool
) -> list[datetime.date]:
    """The months of the rows, or that in the name, or the one told, which for a sole file goes before its name."""
    if "date" in one.columns:
        forms = ", ".join(f"'{form}'" for form in DATE_FORMATS)
        day = f"coalesce(TRY_CAST(date AS DATE), try_strptime(date, [{forms}])::DATE)"
        con.execute(f"ALTER TABLE {one.table} ADD COLUMN day DATE")
        con.execute(f"UPDATE {one.table} SET day = {day}")
        wrong = con.execute(
            f"SELECT row, date FROM {one.table} WHERE day IS NULL AND practice <> '' ORDER BY row LIMIT 1"
        ).fetchall()
        if wrong:
            row, value = wrong[0]
            raise InputError(
                f"{one.file.name}, row {row}: found {value!r}, expected a date such as 01JAN2022; correct it"
            )
        days = con.execute(f"SELECT DISTINCT day FROM {one.table} WHERE day IS NOT NULL ORDER BY 1").fetchall()
        return [found.replace(day=1) for (found,) in days] or ([month] if month else [datetime.date.min])
    named = _month_in(one.file.name)
    told = (month or named) if sole else (named or month)
    if told is None:
        raise InputError(
            f"{one.file.name}: no column and no part of its name says its month; give it with --month 2022-01"
        )
    return [told]


def _month_in(name: str) -> datetime.date | None:
    """The month a file name ends in: 2022-01, 202201, jan-22, jan_2022."""
    numbers = re.findall(r"(20\d\d)[-_]?(0[1-9]|1[0-2])(?!\d)", name)
    if numbers:
        return datetime.date(int(numbers[-1][0]), int(numbers[-1][1]), 1)
    words = re.findall(r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-_ ]?(20)?(\d\d)(?!\d)", name.lower())
    return datetime.date(2000 + int(words[-1][2]), _MONTHS[words[-1][0]], 1) if words else None


def _day_of(con: duckdb.DuckDBPyConnection, one: _Loaded, month: datetime.date) -> datetime.date:
    days = con.execute(
        f"SELECT DISTINCT day FROM {one.table} WHERE date_trunc('month', day) = DATE '{month}' ORDER BY 1"
    ).fetchall()
    if len(days) > 1:
        raise InputError(
            f"{one.file.name}: found {days[0][0]} and {days[1][0]}, expected one day a month; split the file"
        )
    return days[0][0] if days else month


def _refuse_twice(con: duckdb.DuckDBPyConnection, file: Path, table: str, keys: list[str], where: str) -> None:
    listed = ", ".join(keys)
    found = con.execute(
        f"SELECT {listed}, min(row), max(row) FROM {table} WHERE {where} GROUP BY {listed} HAVING count(*) > 1"
        " ORDER BY min(row) LIMIT 1"
    ).fetchall()
    if found:
        *key, first, last = found[0]
        named = ", ".join(f"{role} {value}" for role, value in zip(keys, key, strict=True))
        raise InputError(
            f"{file.name}, row {last} ({named}): found the key of row {first} again; remove one of the two"
        )
