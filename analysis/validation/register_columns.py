"""Columns of a published register, whatever they are called in it, loaded as text under one name each.

They are known by their names in any of the forms NHS Digital and NHS England have used (``PRACTICE_CODE``,
``LSOA_CODE``, ``SEX``, ``NUMBER_OF_PATIENTS``; ``CODE``, ``POSTCODE``, ``NUMBER_OF_PATIENTS``; wide and tall files of
2014-2016) and in those of prepared data (``OrganisationCode``, ``LSOA11CD``, ``Patient``).
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import duckdb

from model.errors import InputError
from model.geography.published_layouts import normal, recognise
from model.geography.published_rows import load_rows
from model.geography.published_text import first_lines, utf8_content
from model.sql_literals import file_literal, parquet_rows

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


def load_as_text(con: duckdb.DuckDBPyConnection, file: Path, table: str, *, sole: bool) -> set[str] | None:
    """Load a file as text columns by role, with their row numbers; None where it is no register.

    Args:
        con: where the table is made.
        file: CSV, plain or compressed, or Parquet.
        table: its name.
        sole: whether this is the only file given, so that it has to be a register.

    Returns:
        The roles of the columns found (keys of the names above).

    Raises:
        InputError: the file cannot be read, or is the only one and no register.
    """
    if file.suffix == ".parquet":
        source = parquet_rows(file)
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
                f"read_csv({file_literal(plain)}, columns = {{{named}}}, auto_detect = false, header = false,"
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
