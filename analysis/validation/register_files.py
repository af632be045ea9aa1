"""A register published later, in whatever form it comes: practice x LSOA or list sizes, CSV or Parquet, or a folder.

Columns are known by their names in any of the forms NHS Digital and NHS England have used (``PRACTICE_CODE``,
``LSOA_CODE``, ``SEX``, ``NUMBER_OF_PATIENTS``; ``CODE``, ``POSTCODE``, ``NUMBER_OF_PATIENTS``; wide and tall files of
2014-2016) and in those of prepared data (``OrganisationCode``, ``LSOA11CD``, ``Patient``). Areas are kept as they are
coded there; :mod:`analysis.validation.register_axes` brings them to the region's.
"""

from __future__ import annotations

import calendar
import datetime
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from model.errors import InputError
from model.geography.columns import connect, quoted
from model.geography.published_layouts import normal, recognise
from model.geography.published_rows import DATE_FORMATS, load_rows
from model.geography.published_text import first_lines, utf8_content

ROLES = {
    "practice": r"(GP_?)?PRAC(TICE)?(_?CODE)?|(ORG(ANISATION)?_?)?CODE|ODS_CODE",
    "area": r"(LSOA|AREA)(_?(20)?\d\d)?(_?(CODES?|CD))?|LSOA_?(CODES?|CD)_?(20)?\d\d",
    "patients": r"(NUMBER_OF_|ALL_|TOTAL_|REGISTERED_)?PATIENTS?|TOTAL(_ALL)?|LIST_SIZE",
    "sex": r"SEX|GENDER",
    "age": r"AGE|AGE_GROUP(_5)?",
    "type": r"(ORG_)?TYPE",
    "date": r"EXTRACT_DATE|DATE|MONTH",
    "commissioner": r"ONS_(CCG|SUB_ICB_LOCATION)_CODE|CCG\d\dCD|SICBL\d\dCD",
}
"""What a column may be called, in capitals with underscores; the first that fits is taken."""
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
            columns = _load(con, file, f"rows_{number}", sole=path.is_file())
            if columns is not None:
                loaded.append((file, f"rows_{number}", columns))
        if not loaded:
            raise InputError(
                f"{path.name}: found no register in it, expected PRACTICE_CODE, LSOA_CODE, NUMBER_OF_PATIENTS"
                " or list sizes (CODE, NUMBER_OF_PATIENTS); use files as published"
            )
        by_area = [one for one in loaded if "area" in one[2]]
        lists_beside = [
            table for _, table, columns in loaded if by_area and "area" not in columns and "commissioner" in columns
        ]
        return _joined(con, path, by_area or loaded, month, lists_beside)
    finally:
        con.close()


def _load(con: duckdb.DuckDBPyConnection, file: Path, table: str, *, sole: bool) -> set[str] | None:
    """Load a file as text columns by role, with their row numbers; None where it is no register."""
    if file.suffix == ".parquet":
        source = f"read_parquet('{quoted(file)}')"
        try:
            header = [str(row[0]) for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        except duckdb.Error as error:
            raise InputError(f"{file.name}: cannot be read ({str(error).splitlines()[0]}); download it again") from None
        return _select(con, source, header, table)
    text = utf8_content(file)
    for at, cells in enumerate(first_lines(text)):
        header = [cell.strip() for cell in cells]
        if not {"practice", "patients"} <= set(_roles(header)):
            continue
        with tempfile.TemporaryDirectory(prefix="gpdrift-") as folder:
            plain = Path(folder) / "rows.csv"
            plain.write_bytes(text)
            named = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header)))
            source = (
                f"read_csv('{quoted(plain)}', columns = {{{named}}}, auto_detect = false, header = false,"
                f" delim = ',', quote = '\"', escape = '\"', skip = {at + 1}, null_padding = false)"
            )
            try:
                return _select(con, source, header, table, [f"c{i}" for i in range(len(header))])
            except duckdb.InvalidInputException as error:
                line = re.search(r"[Ll]ine: (\d+)", str(error))
                where = f", row {int(line[1]) - at - 1}" if line else ""
                raise InputError(
                    f"{file.name}{where}: expected {len(header)} cells as in the header; download the file again"
                ) from None
    return _wide(con, file, table, sole=sole)


def _wide(con: duckdb.DuckDBPyConnection, file: Path, table: str, *, sole: bool) -> set[str] | None:
    """The wide registers of before 2017, one column an LSOA."""
    try:
        found = recognise(file)
    except InputError:
        if sole:
            raise
        return None
    if found.layout.kind != "register_wide":
        if sole:
            raise InputError(f"{file.name}: found {found.layout.title}, expected a register; give another file")
        return None
    load_rows(con, found, table)
    con.execute(f"ALTER TABLE {table} ALTER COLUMN patients TYPE VARCHAR")
    return {"practice", "area", "patients"}


def _roles(header: list[str]) -> dict[str, int]:
    """Position of the column of each role."""
    names = [normal(cell) for cell in header]
    found = {}
    for role, pattern in ROLES.items():
        fits = [i for i, name in enumerate(names) if re.fullmatch(pattern, name)]
        if fits:
            found[role] = fits[0]
    return found


def _select(
    con: duckdb.DuckDBPyConnection, source: str, header: list[str], table: str, columns: list[str] | None = None
) -> set[str] | None:
    roles = _roles(header)
    if not {"practice", "patients"} <= set(roles):
        return None
    columns = columns or header
    listed = ", ".join(f'coalesce(trim("{columns[i]}"::VARCHAR), \'\') AS "{role}"' for role, i in roles.items())
    con.execute(f"CREATE TABLE {table} AS SELECT row_number() OVER () AS row, {listed} FROM {source}")
    return set(roles)


def _joined(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    loaded: list[tuple[Path, str, set[str]]],
    month: datetime.date | None,
    lists_beside: list[str],
) -> PublishedRegister:
    """The rows of one month of the files: people once, whatever the files say by sex and age."""
    con.execute("CREATE TABLE people (practice VARCHAR, area VARCHAR, patients BIGINT)")
    when: datetime.date | None = None
    has_areas = "area" in loaded[0][2]
    whole_names: set[str] = set()
    of_practice = [f"SELECT practice, commissioner FROM {table}" for table in lists_beside]
    for file, table, columns in loaded:
        _check_numbers(con, file, table)
        chosen = _month_of(con, file, table, columns, month)
        if when is not None and chosen != when:
            raise InputError(
                f"{file.name}: found {chosen}, expected {when} as in the file before; use one month's files"
            )
        when = chosen
        conditions = ["practice <> ''"]
        if "date" in columns:
            conditions.append(f"day = DATE '{_days(con, file, table, chosen)}'")
        if "type" in columns:
            conditions.append("upper(type) IN ('GP', '')")
        for role in ("sex", "age"):
            if role in columns and con.execute(
                f"SELECT count(*) FROM {table} WHERE upper({role}) = 'ALL'"
            ).fetchall() != [(0,)]:
                conditions.append(f"upper({role}) = 'ALL'")
        keys = ["practice", *(role for role in ("area", "sex", "age") if role in columns)]
        where = " AND ".join(conditions)
        _refuse_twice(con, file, table, keys, where)
        if "sex" not in columns or "upper(sex) = 'ALL'" in conditions:
            whole_names.add(file.name)
        area = "area" if "area" in columns else "''"
        if "commissioner" in columns:
            of_practice.append(f"SELECT practice, commissioner FROM {table} WHERE {where}")
        con.execute(
            f"INSERT INTO people SELECT practice, {area}, patients::BIGINT FROM {table} WHERE {where} AND patients > 0"
        )
    if len(whole_names) > 1 or (whole_names and len(loaded) > 1):
        names = ", ".join(file.name for file, _, _ in loaded)
        raise InputError(f"{path.name}: found {names}, expected each person once; leave all but one out")
    rows = con.execute(
        "SELECT practice, area, sum(patients)::BIGINT AS patients FROM people GROUP BY ALL ORDER BY ALL"
    ).fetchnumpy()
    if not len(rows["patients"]):
        raise InputError(f"{path.name}: found no patients in it; use the file as published")
    assert when is not None
    named = f"SELECT practice, min(commissioner) FROM ({' UNION ALL '.join(of_practice)}) WHERE commissioner <> '' GROUP BY 1"
    known = set(rows["practice"].tolist())
    told = con.execute(named).fetchall() if of_practice else []
    commissioner = {practice: code for practice, code in told if practice in known}
    return PublishedRegister(
        path.name,
        when,
        np.asarray(rows["practice"]).astype(str),
        np.asarray(rows["area"]).astype(str) if has_areas else None,
        np.asarray(rows["patients"], np.int64),
        commissioner,
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


def _month_of(
    con: duckdb.DuckDBPyConnection, file: Path, table: str, columns: set[str], month: datetime.date | None
) -> datetime.date:
    """The month asked for, of the rows, or in the name."""
    if "date" in columns:
        forms = ", ".join(f"'{form}'" for form in DATE_FORMATS)
        con.execute(f"ALTER TABLE {table} ADD COLUMN day DATE")
        con.execute(f"UPDATE {table} SET day = coalesce(TRY_CAST(date AS DATE), try_strptime(date, [{forms}])::DATE)")
        wrong = con.execute(f"SELECT row, date FROM {table} WHERE day IS NULL ORDER BY row LIMIT 1").fetchall()
        if wrong:
            row, value = wrong[0]
            raise InputError(f"{file.name}, row {row}: found {value!r}, expected a date such as 01JAN2022; correct it")
        days = [day for (day,) in con.execute(f"SELECT DISTINCT day FROM {table} ORDER BY 1").fetchall()]
        months = [day.replace(day=1) for day in days]
        if month is None:
            return months[-1]
        if month not in months:
            there = ", ".join(f"{one:%Y-%m}" for one in months)
            raise InputError(f"{file.name}: found months {there}, expected {month:%Y-%m} (--month); give one of them")
        return month
    found = month or _month_in(file.stem)
    if found is None:
        raise InputError(f"{file.name}: no column and no part of its name says its month; give it with --month 2022-01")
    return found


def _month_in(name: str) -> datetime.date | None:
    """The month a file name ends in: 2022-01, 202201, jan-22, jan_2022."""
    numbers = re.findall(r"(20\d\d)[-_]?(0[1-9]|1[0-2])(?!\d)", name)
    if numbers:
        return datetime.date(int(numbers[-1][0]), int(numbers[-1][1]), 1)
    words = re.findall(r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-_ ]?(20)?(\d\d)(?!\d)", name.lower())
    return datetime.date(2000 + int(words[-1][2]), _MONTHS[words[-1][0]], 1) if words else None


def _days(con: duckdb.DuckDBPyConnection, file: Path, table: str, month: datetime.date) -> datetime.date:
    days = con.execute(
        f"SELECT DISTINCT day FROM {table} WHERE date_trunc('month', day) = DATE '{month}' ORDER BY 1"
    ).fetchall()
    if len(days) > 1:
        raise InputError(f"{file.name}: found {days[0][0]} and {days[1][0]}, expected one day a month; split the file")
    day: datetime.date = days[0][0]
    return day


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
