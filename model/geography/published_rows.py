"""Rows of published CSV files as DuckDB tables: every cell that should be a number or a code is checked, by row."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb

from model.errors import InputError
from model.geography.published_layouts import PublishedFile, normal
from model.geography.region import OLDEST_AGE
from model.sql_literals import file_literal

NUMBERS = {"patients": True, "male": True, "gps": False, "x": False, "y": False, "deprivation_decile": True}
"""Columns that hold numbers, and whether whole ones."""
LIMITS = {"deprivation_decile": (1, 10)}
"""Least and most of a column of whole numbers, where they are not those of counts."""
MAY_BE_EMPTY = {"gps", "x", "y", "male", "deprivation_decile"}
CODES = ("practice", "area", "commissioner", "commissioner_ods", "authority", "system", "zone", "network")
"""Columns of codes, which are capitals and digits however they are written."""
COUNTED = ("register", "register_wide", "lists", "list_ages")
"""Layouts whose patients add up: a row that adds them up would be taken for a practice."""
TOTALS = r"(GRAND[ _-]?|SUB[ _-]?)?TOTALS?:?|SUM:?"
DATE_FORMATS = ("%Y-%m-%d", "%d%b%Y", "%d-%b-%y", "%d-%b-%Y", "%d/%m/%Y", "%d%b%y", "%Y%m%d", "%d %B %Y")


@dataclass
class PublishedFiles:
    """The published files of one region by kind of layout, and the database their rows are in."""

    con: duckdb.DuckDBPyConnection
    files: dict[str, list[PublishedFile]]
    assumed: dict[str, str] = field(default_factory=dict)
    """What no file said and what was assumed instead."""

    def load(self, kind: str) -> list[tuple[PublishedFile, date]]:
        """Load every file of a kind as tables kind_0, kind_1, ... and return their extract dates."""
        dates = []
        for i, file in enumerate(self.files.get(kind, [])):
            load_rows(self.con, file, f"{kind}_{i}")
            found = extract_date(self.con, file, f"{kind}_{i}")
            if found:
                dates.append((file, found))
        return dates


def load_rows(con: duckdb.DuckDBPyConnection, file: PublishedFile, table: str) -> None:
    """Make a table of a published file: row (from 1) and one column a role, codes in capitals, numbers as BIGINT or DOUBLE.

    A population file gets age_0 ... age_90, a wide register is turned into one row a practice and area.

    Raises:
        InputError: a row has another number of cells, or a cell is not what its column should hold.
    """
    columns = dict(file.columns)
    if file.layout.kind == "population":
        columns = {"area": columns["area"], **_age_columns(file)}
    cells = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(file.header)))
    with tempfile.TemporaryDirectory(prefix="gpdrift-") as folder:
        path = Path(folder) / "rows.csv"
        path.write_bytes(file.text)
        source = (
            f"read_csv({file_literal(path)}, columns = {{{cells}}}, auto_detect = false, header = false, delim = ',', "
            f"quote = '\"', escape = '\"', skip = {file.lines_to_skip}, null_padding = false)"
        )
        try:
            if file.layout.kind == "register_wide":
                _load_wide_register(con, file, source, table)
                columns = {"practice": 0, "area": 1, "patients": 2}
            else:
                listed = ", ".join(f'{_written(role, i)} AS "{role}"' for role, i in columns.items())
                con.execute(f"CREATE TABLE {table} AS SELECT row_number() OVER () AS row, {listed} FROM {source}")
        except duckdb.InvalidInputException as error:
            raise InputError(_malformed(file, str(error))) from None
    blank = " AND ".join(f"coalesce(\"{role}\", '') = ''" for role in columns)
    con.execute(f"DELETE FROM {table} WHERE {blank}")
    for role in columns:
        whole = True if role.startswith("age_") else NUMBERS.get(role)
        if whole is not None:
            _to_numbers(con, file, table, role, file.header[columns[role]], whole)
    if file.layout.kind in COUNTED:
        _refuse_totals(con, file, table)
    for role in ("practice", "area"):
        if role in columns and role in file.layout.required:
            _refuse_blank(con, file, table, role)
    if "postcode" in columns:
        con.execute(f"UPDATE {table} SET postcode = upper(replace(postcode, ' ', ''))")


def _written(role: str, position: int) -> str:
    """A cell as text without blanks around it, codes in capitals."""
    text = f'trim("c{position}")'
    return f"upper({text})" if role in CODES else text


def _age_columns(file: PublishedFile) -> dict[str, int]:
    found: dict[str, int] = {}
    for position, name in enumerate(file.header):
        match = re.fullmatch(r"(?:AGE_?)?(\d+)(?:_?PLUS|_AND_OVER)?", normal(name))
        if match and int(match[1]) <= OLDEST_AGE:
            found.setdefault(f"age_{int(match[1])}", position)
    for age in range(OLDEST_AGE + 1):
        if f"age_{age}" not in found:
            raise InputError(
                f"{file.name}, header: no column {age}; expected every single year from 0 to {OLDEST_AGE}+; "
                "use the estimates by single year of age"
            )
    return found


def _load_wide_register(con: duckdb.DuckDBPyConnection, file: PublishedFile, source: str, table: str) -> None:
    practice, variable = file.columns["practice"], file.columns["variable"]
    places = [f'"c{i}"' for i in range(len(file.header)) if i > variable and file.header[i].strip()]
    for name, rows in (("wide_codes", "LSOA_CODE"), ("wide_counts", "All Patients")):
        con.execute(f"""
            CREATE TEMP TABLE {name} AS SELECT practice, place, value FROM (
                SELECT {_written("practice", practice)} AS practice, {", ".join(places)} FROM {source}
                WHERE upper(replace(trim("c{variable}"), ' ', '_')) = upper(replace('{rows}', ' ', '_'))
            ) UNPIVOT (value FOR place IN ({", ".join(places)}))
        """)
    con.execute(f"""
        CREATE TABLE {table} AS SELECT row_number() OVER () AS row, practice, upper(trim(wide_codes.value)) AS area,
            trim(wide_counts.value) AS patients
        FROM wide_codes JOIN wide_counts USING (practice, place) WHERE trim(wide_codes.value) <> ''
    """)
    con.execute("DROP TABLE wide_codes")
    con.execute("DROP TABLE wide_counts")


GROUPED = r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?"
"""Numbers with commas between thousands; anywhere else a comma is a slip, or a decimal point on the Continent."""
MOST = 10**12
"""No count is larger: more is a slip, and would not fit its column."""


def _to_numbers(
    con: duckdb.DuckDBPyConnection, file: PublishedFile, table: str, role: str, published: str, whole: bool
) -> None:
    plain = (
        f"CASE WHEN regexp_full_match(\"{role}\", '{GROUPED}') THEN replace(\"{role}\", ',', '') ELSE \"{role}\" END"
    )
    cast = f"TRY_CAST({plain} AS DOUBLE)"
    number = f"CASE WHEN isfinite({cast}) THEN {cast} END"  # NaN and inf are words, not counts
    empty = f"coalesce(\"{role}\", '') = ''"
    wrong = f"{number} IS NULL" if role not in MAY_BE_EMPTY else f"{number} IS NULL AND NOT ({empty})"
    least, most = LIMITS.get(role, (0, MOST))
    if whole:
        wrong = f"({wrong}) OR {number} < {least} OR {number} > {most} OR {number} <> round({number})"
    elif role == "gps":
        wrong = f"({wrong}) AND upper(\"{role}\") NOT IN ('NA', 'ND', 'NS', 'EST', '.', '*') OR {number} < 0"
    found = con.execute(f'SELECT row, "{role}" FROM {table} WHERE {wrong} ORDER BY row LIMIT 1').fetchall()
    if found:
        row, value = found[0]
        expected = f"a whole number from {least} to {most}" if whole else "a number"
        what = repr(value) if value else "an empty cell"
        raise InputError(
            f"{file.name}, row {row}{_key(con, file, table, row)}, column {published}: "
            f"found {what}, expected {expected}; correct the cell, or leave the row out"
        )
    sort = "BIGINT" if whole else "DOUBLE"
    con.execute(f'ALTER TABLE {table} ALTER COLUMN "{role}" TYPE {sort} USING {number}::{sort}')


def _key(con: duckdb.DuckDBPyConnection, file: PublishedFile, table: str, row: int) -> str:
    roles = [role for role in ("practice", "area") if role in file.columns]
    if not roles:
        return ""
    listed = ", ".join(f'"{role}"' for role in roles)
    values = con.execute(f"SELECT {listed} FROM {table} WHERE row = {row}").fetchall()[0]
    return " (" + ", ".join(f"{role} {value}" for role, value in zip(roles, values, strict=True)) + ")"


def _refuse_blank(con: duckdb.DuckDBPyConnection, file: PublishedFile, table: str, role: str) -> None:
    found = con.execute(f"SELECT min(row) FROM {table} WHERE coalesce(\"{role}\", '') = ''").fetchall()
    if found[0][0] is not None:
        raise InputError(
            f"{file.name}, row {found[0][0]}, column {file.column(role)}: found an empty cell, "
            f"expected the code of the {role}; fill the cell, or leave the row out"
        )


def _refuse_totals(con: duckdb.DuckDBPyConnection, file: PublishedFile, table: str) -> None:
    """Refuse a row that says it is a total, or that has no code and the patients of all others together."""
    codes = [role for role in ("practice", "area") if role in file.columns and role in file.layout.required]
    named = [role for role in (*codes, "name") if role in file.columns]
    says = " OR ".join(f"regexp_full_match(upper(\"{role}\"), '{TOTALS}')" for role in named)
    blank = " OR ".join(f"coalesce(\"{role}\", '') = ''" for role in codes)
    found = con.execute(f"""
        SELECT row, patients, {", ".join(f'"{role}"' for role in named)} FROM {table}
        WHERE {says} OR (({blank}) AND patients > 0 AND 2 * patients = (SELECT sum(patients) FROM {table})) ORDER BY row LIMIT 1
    """).fetchall()
    if found:
        row, patients, *cells = found[0]
        says_so = next((cell for cell in cells if re.fullmatch(TOTALS, cell or "", re.IGNORECASE)), None)
        why = repr(says_so) if says_so else f"the {patients:,} of all other rows and no code"
        raise InputError(
            f"{file.name}, row {row}, column {file.column(codes[0])}: found a row of totals ({why}), expected the code of "
            "a practice; delete the row"
        )


def refuse_duplicates(con: duckdb.DuckDBPyConnection, file: PublishedFile, table: str, roles: Sequence[str]) -> None:
    """Check that no two rows have the same key.

    Raises:
        InputError: two rows do.
    """
    listed = ", ".join(f'"{role}"' for role in roles)
    found = con.execute(
        f"SELECT {listed}, min(row), max(row) FROM {table} GROUP BY {listed} HAVING count(*) > 1 ORDER BY min(row) LIMIT 1"
    ).fetchall()
    if found:
        *key, first, last = found[0]
        named = ", ".join(f"{role} {value}" for role, value in zip(roles, key, strict=True))
        raise InputError(
            f"{file.name}, row {last} ({named}), column {file.column(roles[0])}: found the key of row {first} again, "
            "expected each once; remove one of the two"
        )


def extract_date(con: duckdb.DuckDBPyConnection, file: PublishedFile, table: str) -> date | None:
    """The one extract date of a file, or None where it gives none.

    Raises:
        InputError: a date in no known form, or two dates in one file.
    """
    if "date" not in file.columns:
        return None
    found = con.execute(f"SELECT date, min(row) FROM {table} WHERE date <> '' GROUP BY date ORDER BY 2").fetchall()
    dates: dict[date, int] = {}
    for value, row in found:
        parsed = _parse_date(value)
        if parsed is None:
            raise InputError(
                f"{file.name}, row {row}, column {file.column('date')}: found {value!r}, "
                "expected a date such as 01JAN2021; correct it"
            )
        dates.setdefault(parsed, row)
    if len(dates) > 1:
        (first, _), (second, row) = list(dates.items())[:2]
        raise InputError(
            f"{file.name}, row {row}, column {file.column('date')}: found {second} after {first}, "
            "expected one extract date; split the file by date"
        )
    return next(iter(dates), None)


def _parse_date(value: str) -> date | None:
    for form in DATE_FORMATS:
        try:
            return datetime.strptime(value.strip().title() if "b" in form.lower() else value.strip(), form).date()
        except ValueError:
            continue
    return None


def _malformed(file: PublishedFile, message: str) -> str:
    line = re.search(r"Line: (\d+)|line (\d+)", message, re.IGNORECASE)
    counted = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    row = f", row {int(line[1] or line[2]) - file.lines_to_skip}" if line else ""
    if "unterminated quote" in message:
        return f"{file.name}{row}: found a quotation mark that is not closed, expected pairs; close it, or double it"
    found = f"{counted[2]} cells" if counted else message.splitlines()[0][:120]
    return (
        f"{file.name}{row}: found {found}, expected {len(file.header)} cells as in the header; "
        "quote cells that hold commas, or download the file again"
    )
