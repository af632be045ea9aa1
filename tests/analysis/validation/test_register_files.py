"""Registers as they are published, read; and what is wrong in them said in one line."""

import datetime
import gzip

import duckdb
import pytest

from analysis.validation.register_files import read_register
from model.errors import InputError

JANUARY = datetime.date(2022, 1, 1)
REGISTER = """PUBLICATION,EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,LSOA_CODE,SEX,NUMBER_OF_PATIENTS
GP_PRAC_PAT_LIST,01JAN2022,A00000,"THE FIRST, HERE",E01000001,{0},10
GP_PRAC_PAT_LIST,01JAN2022,A00000,"THE FIRST, HERE",E01000000,{0},"1,005"
GP_PRAC_PAT_LIST,01JAN2022,A00001,SECOND,NO2011,{0},3
"""
LISTS = """PUBLICATION,EXTRACT_DATE,TYPE,CCG_CODE,ONS_CCG_CODE,CODE,POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS
GP_PRAC_PAT_LIST,01JAN2022,GP,00A,E38000001,A00000,AB1 2CD,ALL,ALL,1015
GP_PRAC_PAT_LIST,01JAN2022,GP,00A,E38000001,A00001,AB1 2CD,ALL,ALL,3
GP_PRAC_PAT_LIST,01JAN2022,CCG,00A,E38000001,00A,,ALL,ALL,1018
"""


def told(register):
    return sorted(zip(register.practice.tolist(), register.area.tolist(), register.patients.tolist(), strict=True))


ROWS = [("A00000", "E01000000", 1005), ("A00000", "E01000001", 10), ("A00001", "NO2011", 3)]


def test_the_published_layout(tmp_path):
    file = tmp_path / "gp-reg-pat-prac-lsoa-all.csv"
    file.write_text("\ufeff" + REGISTER.format("ALL"), encoding="utf-8")
    found = read_register(file)
    assert told(found) == ROWS
    assert (found.month, found.name, found.commissioner) == (JANUARY, file.name, {})


def test_men_and_women_are_one_register_and_all_is_not_counted_twice(tmp_path):
    folder = tmp_path / "register"
    folder.mkdir()
    (folder / "lsoa-male.csv").write_text(REGISTER.format("MALE"), encoding="utf-8")
    with gzip.open(folder / "lsoa-female.csv.gz", "wt", encoding="utf-8") as file:
        file.write(REGISTER.format("FEMALE"))
    assert [row[2] for row in told(read_register(folder))] == [2010, 20, 6]
    rows = [line for sex in ("ALL", "MALE", "FEMALE") for line in REGISTER.format(sex).splitlines()[1:]]
    one = tmp_path / "together.csv"
    one.write_text("\n".join([REGISTER.splitlines()[0], *rows]), encoding="utf-8")
    assert told(read_register(one)) == ROWS
    (folder / "lsoa-all.csv").write_text(REGISTER.format("ALL"), encoding="utf-8")
    assert told(read_register(folder)) == ROWS
    (folder / "lsoa-2021-all.csv").write_text(
        REGISTER.format("ALL").replace("E01000001", "E01900001"), encoding="utf-8"
    )
    assert read_register(folder).name == "lsoa-2021-all.csv", "the same people twice: the first by name"
    (folder / "lsoa-2021-all.csv").write_text(REGISTER.format("ALL").replace(",10", ",11"), encoding="utf-8")
    with pytest.raises(InputError, match=r"lsoa-all.csv \(1,018\) patients, expected one register"):
        read_register(folder)


def test_a_month_s_whole_publication_and_several_months_in_a_folder(tmp_path):
    """Lists by single year of age are of the same people; registers of other months are not looked at."""
    (tmp_path / "gp-reg-pat-prac-all.csv").write_text(LISTS, encoding="utf-8")
    for sex in ("male", "female"):
        text = f"EXTRACT_DATE,ORG_TYPE,ORG_CODE,SEX,AGE,NUMBER_OF_PATIENTS\n01JAN2022,GP,A00000,{sex.upper()},ALL,500\n"
        (tmp_path / f"gp-reg-pat-prac-sing-age-{sex}.csv").write_text(
            text + text.splitlines()[1].replace("ALL", "1"), "utf-8"
        )
    found = read_register(tmp_path)
    assert (found.name, found.patients.sum()) == ("gp-reg-pat-prac-all.csv", 1018)
    plain = "PRACTICE_CODE,LSOA_CODE,NUMBER_OF_PATIENTS\nA00000,E01000000,{0}\n"
    for month in ("2022-01", "2022-07"):
        (tmp_path / f"reg-{month}.csv").write_text(plain.format(month[-1]), encoding="utf-8")
    assert read_register(tmp_path).month == datetime.date(2022, 7, 1)
    january = read_register(tmp_path, JANUARY)
    assert (january.name, january.patients.tolist()) == ("reg-2022-01.csv", [1])


def test_a_folder_with_lists_beside_takes_their_commissioners(tmp_path):
    (tmp_path / "lsoa.csv").write_text(REGISTER.format("ALL"), encoding="utf-8")
    (tmp_path / "all.csv").write_text(LISTS, encoding="utf-8")
    (tmp_path / "notes.csv").write_text("something,else\n1,2\n", encoding="utf-8")
    found = read_register(tmp_path)
    assert told(found) == ROWS
    assert found.commissioner == {"A00000": "E38000001", "A00001": "E38000001"}


def test_lists_alone_have_no_areas_and_leave_sums_of_commissioners_out(tmp_path):
    file = tmp_path / "gp-reg-pat-prac-all.csv"
    file.write_text(LISTS, encoding="utf-8")
    found = read_register(file)
    assert found.area is None
    assert dict(zip(found.practice.tolist(), found.patients.tolist(), strict=True)) == {"A00000": 1015, "A00001": 3}


@pytest.mark.parametrize(
    ("practice", "area"),
    [("OrganisationCode", "LSOA11CD"), ("PRACTICE_CODE", "LSOA_2021"), ("practice", "area"), ("Prac_Code", "LSOA21CD")],
)
def test_prepared_parquet_and_the_month_in_its_name(tmp_path, practice, area):
    file = tmp_path / "gp_reg_practice_lsoa_2022-01.parquet"
    duckdb.sql(f"SELECT 'A00000' AS {practice}, 'E01000000' AS {area}, 7::INTEGER AS Patient").write_parquet(str(file))
    found = read_register(file)
    assert (told(found), found.month) == ([("A00000", "E01000000", 7)], JANUARY)
    assert read_register(file, datetime.date(2023, 4, 1)).month == datetime.date(2023, 4, 1)


@pytest.mark.parametrize("name", ["reg-jan-22.csv", "reg_202201.csv", "Register January 2022.csv"])
def test_months_in_names(tmp_path, name):
    (tmp_path / name).write_text("PRACTICE_CODE,LSOA_CODE,NUMBER_OF_PATIENTS\nA00000,E01000000,1\n", encoding="utf-8")
    assert read_register(tmp_path / name).month == JANUARY


def test_one_month_of_several(tmp_path):
    file = tmp_path / "lists.csv"
    file.write_text(LISTS + LISTS.split("\n", 1)[1].replace("01JAN2022", "01JUL2022").replace("1015", "1020"), "utf-8")
    assert read_register(file).month == datetime.date(2022, 7, 1)
    assert read_register(file, JANUARY).patients.max() == 1015
    with pytest.raises(InputError, match=r"found months 2022-01, 2022-07, expected 2022-02"):
        read_register(file, datetime.date(2022, 2, 1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("PRACTICE_CODE,LSOA_CODE,NUMBER_OF_PATIENTS\nA00000,E01000000,few\n", r"row 1 \(practice A00000\).*'few'"),
        ("PRACTICE_CODE,LSOA_CODE,NUMBER_OF_PATIENTS\nA00000,E01000000,-1\n", r"row 1 .*'-1'"),
        ("PRACTICE_CODE,LSOA_CODE,NUMBER_OF_PATIENTS\nA,E1,1\nA,E1,1\n", "row 2 .*again"),
        ("PRACTICE_CODE,LSOA_CODE,NUMBER_OF_PATIENTS\nA,E1\n", "expected 3 cells"),
        ("PRACTICE_CODE,LSOA_CODE,NUMBER_OF_PATIENTS\n", "found no patients"),
        ("EXTRACT_DATE,PRACTICE_CODE,LSOA_CODE,PATIENTS\nsoon,A,E1,1\n", "row 1: found 'soon'"),
        ("fruit,weight\nplum,3\n", "header"),
        ("", "empty"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, message):
    file = tmp_path / "x-2022-01.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as told:
        read_register(file)
    assert "\n" not in str(told.value)


def test_no_month_no_file_no_register(tmp_path):
    file = tmp_path / "register.csv"
    file.write_text("PRACTICE_CODE,LSOA_CODE,NUMBER_OF_PATIENTS\nA00000,E01000000,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="--month"):
        read_register(file)
    with pytest.raises(InputError, match="no such file"):
        read_register(tmp_path / "none.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="found no register"):
        read_register(tmp_path / "empty")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1")
    with pytest.raises(InputError, match="cannot be read"):
        read_register(broken)
