"""Files of open data as views: cells that are something else are named by file, row and column."""

from pathlib import Path

import duckdb
import pytest

from model.errors import InputError
from model.geography.columns import connect
from model.geography.open_data_files import (
    BOUNDARIES,
    COMPONENTS,
    DESTINATIONS,
    PAYMENTS,
    PRACTICES,
    REGISTER,
    ZONES,
    demography_tables,
)
from model.geography.open_data_views import READ, open_views

HEADER = "ladcode20,laname20,year,births,deaths,internal_in,internal_out,international_in,international_out,population"
HARTLEPOOL = "E06000001,Hartlepool,2018,1146,903,2058,2119,161,178,92261"
CELLS = {
    "code": "'E01000001'", "code_or_none": "'C1'", "text": "'A place'", "count": "7", "number": "1.5", "ymd": "'19740401'", "date": "DATE '2020-01-01'",
    "class": "'Rural'", "outline": "'\\x01'::BLOB",
}  # fmt: skip


def refused(folder: Path, name: str) -> str:
    """What is said of a file of a folder."""
    with connect() as con, pytest.raises(InputError) as said:
        open_views(con, folder, [name])
    assert "\n" not in str(said.value)
    return str(said.value)


def parquet(folder: Path, name: str, rows: int = 3, **cells: str) -> None:
    """A file of so many rows, the last of which has other cells."""
    kinds = READ[name][1]
    usual = {column: CELLS[kind] for column, kind in kinds.items()}
    last = {column: cells.get(column, cell) for column, cell in usual.items()}
    selects = [
        ", ".join(f'{cell} AS "{column}"' for column, cell in row.items()) for row in [usual] * (rows - 1) + [last]
    ]
    duckdb.sql(" UNION ALL ".join(f"SELECT {each}" for each in selects)).write_parquet(str(folder / name))


def components(folder: Path, *lines: str) -> None:
    (folder / COMPONENTS).write_text("\n".join([HEADER, *lines, ""]))


@pytest.mark.parametrize("name", [name for name in READ if name.endswith(".parquet")])
def test_a_file_as_published_is_read(tmp_path: Path, name: str):
    parquet(tmp_path, name, rows=1)
    with connect() as con:
        open_views(con, tmp_path, [name])
        assert con.execute(f"SELECT count(*) FROM {READ[name][0]}").fetchone() == (1,)


@pytest.mark.parametrize(
    ("cell", "found"), [("many", "'many'"), ("1e400", "'1e400'"), ("nan", "'nan'"), ("-3", "'-3'"), ("2.5", "'2.5'")]
)
def test_a_csv_cell_that_is_no_count_is_named_by_row_and_column(tmp_path: Path, cell: str, found: str):
    components(tmp_path, HARTLEPOOL, HARTLEPOOL.replace("2018", "2019").replace("1146", cell))
    assert refused(tmp_path, COMPONENTS) == (
        f"{COMPONENTS}, row 2 (ladcode20 E06000001), column births: found {found}, expected a whole number from 0 to "
        "1,000,000,000; correct the cell, or use the file as published"
    )


def test_a_csv_row_with_another_number_of_cells_is_named(tmp_path: Path):
    components(tmp_path, HARTLEPOOL, HARTLEPOOL.replace("Hartlepool", "Hartlepool, the town"))
    assert refused(tmp_path, COMPONENTS).startswith(
        f"{COMPONENTS}, row 2: found 11 cells, expected 10 as in the header;"
    )
    components(tmp_path, HARTLEPOOL, '"' + HARTLEPOOL)
    assert refused(tmp_path, COMPONENTS).startswith(f"{COMPONENTS}, row 2: found unexpected end of data")
    components(tmp_path)
    assert refused(tmp_path, COMPONENTS).startswith(f"{COMPONENTS}: found no rows")


def test_a_column_that_is_not_there_is_named_with_the_nearest(tmp_path: Path):
    (tmp_path / COMPONENTS).write_text(f"{HEADER.replace('births', 'Birth')}\n{HARTLEPOOL}\n")
    said = refused(tmp_path, COMPONENTS)
    assert said.startswith(f"{COMPONENTS}, header: no column births; found ladcode20, laname20, year, Birth, ")
    assert said.endswith("; rename 'Birth' to births")
    (tmp_path / COMPONENTS).write_text(f"{HEADER.replace('laname20', 'births')}\n{HARTLEPOOL}\n")
    assert refused(tmp_path, COMPONENTS).startswith(f"{COMPONENTS}, header: found column 'births' more than once,")


@pytest.mark.parametrize(
    ("name", "cells", "said"),
    [
        (REGISTER, {"Patient": "'some'"}, "column Patient: found 'some', expected a whole number from 0 to"),
        (REGISTER, {"Patient": "-1"}, "column Patient: found '-1', expected a whole number from 0 to"),
        (REGISTER, {"Patient": "1e300"}, "column Patient: found '1e+300', expected a whole number from 0 to"),
        (REGISTER, {"LSOA11CD": "NULL"}, "column LSOA11CD: found an empty cell, expected a code;"),
        (PRACTICES, {"OPEN_DATE": "'1 April'"}, "column OPEN_DATE: found '1 April', expected a day such as 19740401"),
        (PRACTICES, {"E": "'east'"}, "column E: found 'east', expected a number;"),
        (BOUNDARIES, {"geometry_wkb_epsg4326": "NULL"}, "found an empty cell, expected an outline in well-known binary;"),
        (ZONES, {"MSOA": "' '"}, "column MSOA: found an empty cell, expected a code;"),
    ],
)  # fmt: skip
def test_a_parquet_cell_that_is_something_else_is_named(tmp_path: Path, name: str, cells: dict[str, str], said: str):
    parquet(tmp_path, name, **cells)
    found = refused(tmp_path, name)
    assert found.startswith(f"{name}, row 3")
    assert said in found


def test_codes_in_small_letters_are_those_in_capitals(tmp_path: Path):
    parquet(tmp_path, REGISTER, rows=1, OrganisationCode="' e85124'")
    with connect() as con:
        open_views(con, tmp_path, [REGISTER])
        assert con.execute("SELECT OrganisationCode FROM register").fetchall() == [("E85124",)]


def test_a_key_twice_is_said_of_the_file_it_is_twice_in(tmp_path: Path):
    parquet(tmp_path, PAYMENTS, rows=2)
    assert refused(tmp_path, PAYMENTS).startswith(
        f"{PAYMENTS}, row 2 (practice_code E01000001, fin_year E01000001), column practice_code: found the key of row 1"
    )


def test_numbers_may_be_written_as_text_and_missing_ones_as_nan(tmp_path: Path):
    parquet(tmp_path, DESTINATIONS, **{"age_0_4": "'0.25'", "age_75+": "'nan'::DOUBLE"})
    with connect() as con:
        open_views(con, tmp_path, [DESTINATIONS])
        assert con.execute('SELECT age_0_4, "age_75+" FROM destinations').fetchall()[-1] == (0.25, None)


def test_a_file_that_is_no_parquet_is_named(tmp_path: Path):
    (tmp_path / REGISTER).write_text("OrganisationCode,LSOA11CD,Patient\n")
    assert refused(tmp_path, REGISTER).startswith(f"{REGISTER}: not a readable file (")


def test_an_outline_that_is_none_is_named_by_its_area(tmp_path: Path):
    components(tmp_path, HARTLEPOOL)
    names = [name for name in READ if "mid2017" not in name]
    for name in names:
        if name.endswith(".parquet"):
            parquet(tmp_path, name, rows=1)
    immigration = READ["msoa_immigration_2011-12_age_sex.csv"][1]
    (tmp_path / "msoa_immigration_2011-12_age_sex.csv").write_text(f"{','.join(immigration)}\nE02000001{',1' * 18}\n")
    with connect() as con:
        open_views(con, tmp_path, [name for name in names if not name.endswith(".gz")])
        with pytest.raises(
            InputError, match=rf"^{BOUNDARIES}, area E01000001, column .*: found .*, expected a polygon"
        ):
            demography_tables(con)
