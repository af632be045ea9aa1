"""Importing the layouts NHS England and ONS publish, written here as tiny files of the same shape."""

import gzip
import re
from pathlib import Path

import numpy as np
import pytest
from published_files import CENTROIDS, FILES, LISTS, LOOKUP, REGISTER, population

from model.errors import InputError
from model.geography.published import import_published
from model.geography.region_files import load_region


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_layouts_of_january_2021_make_a_region(published, tmp_path):
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.about["date"] == "2021-01-01"
    assert region.areas.tolist() == ["E01000001", "E01000002"]
    assert region.practice_names.tolist() == ["THE DENSHAM SURGERY", "SMITH, JONES & PARTNERS"]
    assert region.commissioners[region.practice_commissioner].tolist() == ["E38000001", "E38000002"]
    assert region.practice_x.tolist() == [444136, 446100]
    assert region.list_size.tolist() == [796, 804]
    assert region.registration_patients.tolist() == [700, 90, 800]
    assert region.registration_practice.tolist() == [0, 0, 1]
    assert region.residents.tolist() == [910, 1720]
    assert region.about["excluded"] == {"address_not_mappable": 4, "living_in_wales": 6, "other_areas": 0}
    assert region.name_of("E38000002") == "NHS Two CCG"
    assert region.name_of("E06000001") == "Oneham"
    assert set(region.about["assumed"]) == {"deprivation_decile", "rural", "gps_fte"}


def test_earlier_list_sizes_tell_how_lists_have_grown(published, tmp_path):
    """Half a year and two years before; a practice that was not there yet has no growth, other dates are refused."""
    assert load_region(import_published(published, tmp_path / "without")).growth is None
    (published / "before.csv").write_text(LISTS.replace("01JAN2021", "01JUL2020").replace(",796", ",716"))
    (published / "an-earlier.csv").write_text(
        "\n".join(line for line in LISTS.replace("01JAN2021", "01JAN2019").splitlines() if "A81002" not in line)
    )
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.list_size.tolist() == [796, 804]
    years = (184 / 365.25, 731 / 365.25)
    growth = [(np.log(796 / 716) / years[0] + 0.0) / 2, 0.0]
    np.testing.assert_allclose(region.growth, growth)
    assert {"before.csv", "an-earlier.csv"} <= set(region.about["sources"])
    (published / "before.csv").write_text(LISTS.replace("01JAN2021", "01OCT2020"))
    with pytest.raises(InputError, match=r"2020-10-01.*2021-01-01"):
        import_published(published, tmp_path / "refused")


@pytest.mark.parametrize(
    "files", [("gp-reg-pat-prac-lsoa-all.csv",), ("epraccur.csv", "centroids.csv"), tuple(FILES)], ids=len
)
def test_codes_in_small_letters_are_those_in_capitals(published, tmp_path, files):
    as_published = load_region(import_published(published, tmp_path / "published-region")).digest
    for file in files:
        header, _, rows = FILES[file].partition("\n")
        if file == "epraccur.csv":
            header, rows = "", FILES[file]
        small = re.sub(r"\b[A-Z]\d{5,8}\b|\bNO2011\b|\b16[CD]\b", lambda code: code[0].lower(), rows)
        assert small != rows or file == "ONSPD.csv"
        (published / file).write_text("\n".join(filter(None, (header, small))))
    assert load_region(import_published(published, tmp_path / "region")).digest == as_published


@pytest.mark.parametrize(
    ("file", "row", "number"),
    [
        ("gp-reg-pat-prac-lsoa-all.csv", "GP_PRAC_PAT_LIST,01JAN2021,Total,,Total,ALL,1600", 6),
        ("gp-reg-pat-prac-lsoa-all.csv", ",,,Grand total,,,1600", 6),
        ("gp-reg-pat-prac-lsoa-all.csv", ',01JAN2021,,,,ALL,"1,600"', 6),
        ("gp-reg-pat-prac-all.csv", "GP_PRAC_PAT_LIST,01JAN2021,GP,,,TOTAL,,ALL,ALL,1600", 3),
        ("gp-reg-pat-prac-all.csv", ",,,,,,,,,1600", 3),
    ],
)
def test_a_row_of_totals_is_said_to_be_one(published, tmp_path, file, row, number):
    (published / file).write_text(f"{FILES[file]}{row}\n")
    said = refused(published, tmp_path / "region")
    assert said.startswith(f"{file}, row {number}, column ")
    assert said.endswith("; delete the row")
    assert ": found a row of totals (" in said


@pytest.mark.parametrize(
    ("file", "published_name", "found", "known"),
    [
        ("gp-reg-pat-prac-lsoa-all.csv", "PRACTICE_NAME", "PRACTICE_NMAE", "PRACTICE_NAME"),
        ("gp-reg-pat-prac-lsoa-all.csv", "EXTRACT_DATE", "EXTRACTDATE", "EXTRACT_DATE"),
        ("gp-reg-pat-prac-lsoa-all.csv", "SEX", "SEXX", "SEX"),
        ("gp-reg-pat-prac-all.csv", "TYPE", "TYPES", "TYPE"),
        ("LSOA_to_CCG_Lookup.csv", "LAD20NM", "LADD20NM", "LAD20NM"),
        ("LSOA_to_CCG_Lookup.csv", "FID", "RUCC11CD", "RUC11CD"),
        ("LSOA_to_CCG_Lookup.csv", "FID", "IMD Decil", "IMD_DECILE"),
        ("LSOA_to_CCG_Lookup.csv", "FID", "MSO11CD", "MSOA11CD"),
    ],
)
def test_an_optional_column_with_a_slip_in_its_name_is_refused(published, tmp_path, file, published_name, found, known):
    text = FILES[file]
    (published / file).write_text(text.replace(published_name, found, 1))
    with pytest.raises(InputError) as said:
        import_published(published, tmp_path / "region")
    assert str(said.value) == (
        f"{file}, header: found column {found!r}, expected {known}, which it looks like, or another name; "
        f"rename it to {known}, or take it out"
    )


@pytest.mark.parametrize(
    "other", ["LAU121CD", "LSOA11NM", "RUC11", "LAD20NMW", "IMD Rank", "OA11CD", "UTLA20CD", "RGN20CD"]
)
def test_other_columns_are_passed_over(published, tmp_path, other):
    (published / "LSOA_to_CCG_Lookup.csv").write_text(LOOKUP.replace("FID", other, 1))
    load_region(import_published(published, tmp_path / "region"))


@pytest.mark.parametrize("count", ["Number of Patients", "NUMBER OF PATIENTS", "number_of_patients"])
def test_spellings_of_the_count(published, tmp_path, count):
    path = published / "gp-reg-pat-prac-lsoa-all.csv"
    path.write_text(REGISTER.replace("NUMBER_OF_PATIENTS", count))
    assert load_region(import_published(published, tmp_path / "region")).registration_patients.sum() == 1590


def test_separate_files_of_men_and_women_are_added(published, tmp_path):
    (published / "gp-reg-pat-prac-lsoa-all.csv").unlink()
    rows = REGISTER.splitlines()
    for sex, shares in (("MALE", (300, 40, 2, 400, 1)), ("FEMALE", (400, 50, 4, 400, 3))):
        lines = [f"{row.rsplit(',', 2)[0]},{sex},{n}" for row, n in zip(rows[1:], shares, strict=True)]
        text = "\n".join([rows[0], *lines]) + "\n"
        (published / f"gp-reg-pat-prac-lsoa-{sex.lower()}.csv").write_text(text)
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.registration_patients.tolist() == [700, 90, 800]
    np.testing.assert_allclose(region.male_share, [342 / 796, 401 / 804])


def test_all_men_and_women_together_count_once(published, tmp_path):
    text = REGISTER.replace(",ALL,", ",MALE,").replace(",700\n", ",300\n")
    (published / "gp-reg-pat-prac-lsoa-male.csv").write_text(text)
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.registration_patients.tolist() == [700, 90, 800]


def test_the_tall_layout_of_2015(published, tmp_path):
    (published / "gp-reg-pat-prac-lsoa-all.csv").unlink()
    (published / "gp-reg-patients-lsoa-alt-tall.csv").write_text(
        "PRACTICE_CODE,ORG_NAME,LSOA_CODE,Male Patients,Female Patients,All Patients\n"
        "A81001,THE DENSHAM SURGERY,E01000001,300,400,700\nA81002,SMITH,E01000002,400,400,800\n"
    )
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.registration_patients.tolist() == [700, 800]


def test_the_wide_layout_of_2014(published, tmp_path):
    (published / "gp-reg-pat-prac-lsoa-all.csv").unlink()
    (published / "gp-reg-patients-lsoa-wide.csv").write_text(
        "PRACTICE_CODE,POSTCODE,NAME OF FORMER VARIABLE,LSOA_1,LSOA_2\n"
        "A81001,TS18 1HU,LSOA_CODE,E01000001,E01000002\nA81001,TS18 1HU,All Patients,700,90\n"
        "A81002,TS18 2AW,LSOA_CODE,E01000002,\nA81002,TS18 2AW,All Patients,800,\n"
    )
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.registration_patients.tolist() == [700, 90, 800]


def test_title_lines_compression_and_byte_order_marks(published, tmp_path):
    (published / "SAPE23.csv").unlink()
    (published / "SAPE23.csv.gz").write_bytes(gzip.compress(population(4).encode("utf-8-sig")))
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.population[1, 0] == 1000


@pytest.mark.parametrize("end", ["\r\n", "\r", "mixed"])
def test_ends_of_lines(published, tmp_path, end):
    for file in published.iterdir():
        text = file.read_text()
        mixed = text.replace("\n", "\r\n", text.count("\n") // 2)
        file.write_bytes((mixed if end == "mixed" else text.replace("\n", end)).encode())
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.registration_patients.tolist() == [700, 90, 800]


@pytest.mark.parametrize("name", ["REGISTER.CSV.GZ", "register.csv"])
def test_compressed_whatever_the_name(published, tmp_path, name):
    (published / "gp-reg-pat-prac-lsoa-all.csv").unlink()
    (published / name).write_bytes(gzip.compress(REGISTER.encode()))
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.registration_patients.tolist() == [700, 90, 800]


def test_windows_1252_names(published, tmp_path):
    text = REGISTER.replace("THE DENSHAM SURGERY", "CAFÉ D'ÉTÉ")
    (published / "gp-reg-pat-prac-lsoa-all.csv").write_bytes(text.encode("cp1252"))
    (published / "epraccur.csv").unlink()
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.practice_names[0] == "CAFÉ D'ÉTÉ"


def test_commissioner_from_the_short_code_where_the_list_gives_no_ons_code(published, tmp_path):
    (published / "gp-reg-pat-prac-all.csv").write_text(LISTS.replace("ONS_CCG_CODE", "REGION"))
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.commissioners[region.practice_commissioner].tolist() == ["E38000001", "E38000002"]


def test_sub_icb_headers_of_2022(published, tmp_path):
    text = LISTS.replace("ONS_CCG_CODE", "ONS_SUB_ICB_LOCATION_CODE").replace(",CCG_CODE", ",SUB_ICB_LOCATION_CODE")
    (published / "gp-reg-pat-prac-all.csv").write_text(text)
    lookup = LOOKUP.replace("CCG20", "SICBL22").replace("STP20", "ICB22").replace("LAD20", "LAD22")
    (published / "LSOA_to_CCG_Lookup.csv").write_text(lookup)
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.systems.tolist() == ["E54000001"]


def test_lists_by_age_deprivation_rural_and_workforce(published, tmp_path):
    header = "EXTRACT_DATE,CCG_CODE,ONS_CCG_CODE,ORG_CODE,POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS\n"
    for sex in ("MALE", "FEMALE"):
        rows = "".join(
            f"01JAN2021,16C,E38000001,A81001,TS18 1HU,{sex},{age},{n}\n"
            for age, n in (("ALL", 400), ("0", 100), ("17", 50), ("18", 100), ("50", 90), ("65", 30), ("95+", 30))
        )
        (published / f"gp-reg-pat-prac-sing-age-{sex.lower()}.csv").write_text(header + rows)
    (published / "imd.csv").write_text(
        "LSOA code (2011),Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)\n"
        "E01000001,1\nE01000002,10\n"
    )
    (published / "ruc.csv").write_text("LSOA11CD,RUC11CD,RUC11\nE01000001,A1,Urban\nE01000002,E1,Rural village\n")
    (published / "workforce.csv").write_text("PRAC_CODE,PRAC_NAME,TOTAL_GP_EXTGL_FTE\nA81001,X,3.5\nA81002,Y,ND\n")
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.list_by_age is not None
    assert region.list_by_age[0].tolist() == [300, 200, 180, 120]
    assert np.isnan(region.list_by_age[1]).all()
    assert region.male_share is not None
    assert region.male_share[0] == 0.5
    assert region.deprivation_decile.tolist() == [1, 10]
    assert region.rural.tolist() == [False, True]
    assert region.gps_fte.tolist() == [3.5, 0.36]
    assert region.about["assumed"] == {}


def test_rural_classes_of_2021(published, tmp_path):
    (published / "ruc.csv").write_text("LSOA21CD,RUC21CD,RUC21NM\nE01000001,RLN1,Larger rural\nE01000002,UF1,Urban\n")
    assert load_region(import_published(published, tmp_path / "region")).rural.tolist() == [True, False]


def test_commas_between_thousands(published, tmp_path):
    (published / "gp-reg-pat-prac-all.csv").write_text(LISTS.replace(",796", ',"1,796"'))
    assert load_region(import_published(published, tmp_path / "region")).list_size.tolist() == [1796, 804]


LIST_AGES = "EXTRACT_DATE,ORG_TYPE,ORG_CODE,POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS\n"


def ages_of(sex, *rows):
    """Rows of lists by age: practice, age, patients."""
    return "".join(f"01JAN2021,GP,{practice},TS18 1HU,{sex},{age},{n}\n" for practice, age, n in rows)


def test_ages_nobody_has_are_none_and_those_of_regions_are_left_alone(published, tmp_path):
    rows = (("A81001", "ALL", 398), ("A81001", "20", 300), ("A81001", "95+", 98))
    (published / "ages.csv").write_text(LIST_AGES + ages_of("MALE", *rows) + ages_of("FEMALE", *rows))
    regions = ages_of("MALE", ("A81001", "20", 9)).replace("GP", "CCG")
    (published / "ages-regions.csv").write_text(LIST_AGES + regions)
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.list_by_age[0].tolist() == [0, 600, 0, 196]
    assert region.male_share[0] == 0.5


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (("MALE", "MALE"), ("2.csv, practice A81001", "MALE aged 20 again", "1.csv", "leave one out")),
        (("FEMALE",), ("1.csv", "column SEX", "FEMALE alone", "add the other file")),
        (("MALE", "FEMAL"), ("2.csv, row 1 (practice A81001)", "column SEX", "'FEMAL'", "MALE or FEMALE")),
    ],
)
def test_lists_by_age_need_men_and_women_once(published, tmp_path, files, said):
    for number, sex in enumerate(files, 1):
        (published / f"{number}.csv").write_text(LIST_AGES + ages_of(sex, ("A81001", "20", 300)))
    message = refused(published, tmp_path / "region")
    for part in said:
        assert part in message, message


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((("A81001", "twenty", 300),), ("row 1 (practice A81001)", "column AGE", "'twenty'", "single year")),
        ((("A81001", "20", 300), ("A81001", "20", 300)), ("row 2 (practice A81001", "the key of row 1 again")),
    ],
)
def test_bad_rows_of_lists_by_age(published, tmp_path, rows, said):
    (published / "ages.csv").write_text(LIST_AGES + ages_of("MALE", *rows))
    message = refused(published, tmp_path / "region")
    for part in ("ages.csv", *said):
        assert part in message, message


@pytest.mark.parametrize(("sex", "other"), [("MALE", "FEMALE"), ("FEMALE", "MALE")])
def test_a_register_of_one_sex_is_half_a_register(published, tmp_path, sex, other):
    (published / "gp-reg-pat-prac-lsoa-all.csv").write_text(REGISTER.replace(",ALL,", f",{sex},"))
    message = refused(published, tmp_path / "region")
    assert f"gp-reg-pat-prac-lsoa-all.csv, column SEX: found {sex} alone, expected {other} as well" in message


def test_residents_of_two_years_are_refused(published, tmp_path):
    (published / "SAPE22.csv").write_text(population())
    message = refused(published, tmp_path / "region")
    assert "SAPE22.csv, SAPE23.csv: found area E01000001 in more than one" in message


def test_a_date_that_is_not_the_files_own_is_refused(published, tmp_path):
    with pytest.raises(InputError, match=r"^--date 2019-06-01: .*\.csv is of 2021-01-01; leave the date out"):
        import_published(published, tmp_path / "region", date="2019-06-01")
    assert (
        load_region(import_published(published, tmp_path / "region", date="2021-01-31")).about["date"] == "2021-01-01"
    )


def test_a_column_given_twice_is_refused(published, tmp_path):
    text = (
        LISTS.replace("PATIENTS\n", "PATIENTS,Number of patients\n", 1).replace("796", "796,1").replace("804", "804,1")
    )
    (published / "gp-reg-pat-prac-all.csv").write_text(text)
    message = refused(published, tmp_path / "region")
    assert "gp-reg-pat-prac-all.csv, header: found column NUMBER_OF_PATIENTS 2 times" in message


def test_a_practice_has_one_site(published, tmp_path):
    sites = "PRACTICE_CODE,E,N\nA81001,444500,518500\nA81002,446000,518000\n"
    (published / "sites.csv").write_text(sites)
    assert load_region(import_published(published, tmp_path / "region")).practice_x.tolist() == [444500, 446000]
    (published / "sites.csv").write_text(sites + "A81001,444900,518500\n")
    message = refused(published, tmp_path / "other")
    assert "sites.csv, row 3 (practice A81001), column E: found another site than in row 1" in message


DECILES = "LSOA code (2011),Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived)\n"
WORKFORCE = "PRAC_CODE,TOTAL_GP_EXTGL_FTE\nA81001,"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("imd.csv", f"{DECILES}E01000001,1\nE01000002,ten\n", ("row 2 (area E01000002)", "IMD", "'ten'", "1 to 10")),
        ("imd.csv", f"{DECILES}E01000001,3.5\nE01000002,1\n", ("row 1 (area E01000001)", "'3.5'", "whole number")),
        ("imd.csv", f"{DECILES}E01000001,1\nE01000002,11\n", ("row 2", "'11'", "1 to 10")),
        ("ruc.csv", "LSOA11CD,RUC11CD\nE01000001,Rural\nE01000002,A1\n", ("row 1", "RUC11CD", "'Rural'", "D1")),
        ("ruc.csv", "LSOA11CD,RUC11CD\nE01000001,A1\n", ("E01000002 (1 missing)", "every area")),
        (
            "workforce.csv",
            f'{WORKFORCE}"2,5"\n',
            ("row 1 (practice A81001)", "TOTAL_GP_EXTGL_FTE", "'2,5'", "a number"),
        ),
        ("centroids.csv", CENTROIDS.replace("444000", '"444000,5"'), ("row 1 (area E01000001)", "X", "'444000,5'")),
    ],
)
def test_bad_cells_of_optional_files(published, tmp_path, file, text, said):
    (published / file).write_text(text)
    message = refused(published, tmp_path / "region")
    for part in (file, *said):
        assert part in message, message


def test_sites_without_grid_references_stand_among_their_patients(published, tmp_path):
    (published / "ONSPD.csv").unlink()
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.practice_x[0] == pytest.approx((700 * 444000 + 90 * 446000) / 790)
    assert "sites" in region.about["assumed"]


def test_area_centres_from_postcodes_with_their_lsoa(published, tmp_path):
    (published / "centroids.csv").unlink()
    (published / "ONSPD.csv").write_text(
        "pcds,oseast1m,osnrth1m,lsoa11,doterm\nTS18 1HU,444136,518701,E01000001,\nTS18 1HV,444336,518701,E01000001,\n"
        "TS18 1HX,999,999,E01000001,202001\nTS18 2AW,446100,518100,E01000002,\n"
    )
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.x.tolist() == [444236, 446100]


def test_a_region_without_a_register(published, tmp_path):
    (published / "gp-reg-pat-prac-lsoa-all.csv").unlink()
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.registration_patients is None
    assert region.list_size.tolist() == [796, 804]


def refused(published: Path, out: Path) -> str:
    with pytest.raises(InputError) as error:
        import_published(published, out)
    assert not out.exists()
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("gp-reg-pat-prac-lsoa-all.csv", "ALL,800", "ALL,-3", ("row 4", "A81002", "NUMBER_OF_PATIENTS", "'-3'")),
        ("gp-reg-pat-prac-lsoa-all.csv", "ALL,90\n", "ALL,9.5\n", ("row 2", "NUMBER_OF_PATIENTS", "'9.5'", "whole")),
        ("gp-reg-pat-prac-lsoa-all.csv", "ALL,90\n", "ALL,many\n", ("row 2", "'many'")),
        ("gp-reg-pat-prac-lsoa-all.csv", "ALL,90\n", f"ALL,{10**20}\n", ("row 2", f"'{10**20}'", "to 1000000000000")),
        ("gp-reg-pat-prac-lsoa-all.csv", "ALL,90\n", "ALL,\n", ("row 2", "an empty cell")),
        (
            "gp-reg-pat-prac-lsoa-all.csv",
            "A81002,",
            "A99999,",
            ("row 4", "PRACTICE_CODE", "A99999", "gp-reg-pat-prac-all"),
        ),
        ("gp-reg-pat-prac-lsoa-all.csv", "E01000002,ALL,800", "E01000009,ALL,800", ("row 4", "LSOA_CODE", "E01000009")),
        ("gp-reg-pat-prac-lsoa-all.csv", "E01000002,ALL,90", "E01000001,ALL,90", ("row 2", "row 1", "A81001")),
        ("gp-reg-pat-prac-lsoa-all.csv", "NUMBER_OF_PATIENTS", "PATIENT_COUNT", ("header", "PATIENT_COUNT", "rename")),
        (
            "gp-reg-pat-prac-lsoa-all.csv",
            '"SMITH, JONES & PARTNERS",E01',
            "SMITH, JONES,E01",
            ("row 4", "8 cells", "7"),
        ),
        ("gp-reg-pat-prac-lsoa-all.csv", "01JAN2021", "lately", ("row 1", "EXTRACT_DATE", "'lately'")),
        ("gp-reg-pat-prac-all.csv", "01JAN2021", "01JUL2021", ("EXTRACT_DATE", "2021-07-01", "2021-01-01")),
        ("gp-reg-pat-prac-all.csv", "A81002,TS18 2AW", "A81001,TS18 2AW", ("row 2", "row 1", "A81001")),
        ("gp-reg-pat-prac-all.csv", "E38000002", "E38000099", ("practice A81002", "commissioner", "E38000099")),
        ("LSOA_to_CCG_Lookup.csv", "E38000002,16D", ",16D", ("area E01000002", "commissioner", "empty cell")),
        ("LSOA_to_CCG_Lookup.csv", "2,E01000002,Two", "2,E01000001,Two", ("row 2", "E01000001", "CCG20CD", "both")),
        ("SAPE23.csv", "E01000002", "E01000007", ("E01000002", "expected residents of every area")),
        ("SAPE23.csv", ",90+", ",91+", ("header", "90")),
        ("ONSPD.csv", "444136,518701", "-2.5,53.4", ("practice A81001", "km from the nearest area")),
        ("ONSPD.csv", "444136,518701", "4441360,518701", ("practice A81001", "column x", "4,441,360")),
        ("centroids.csv", "446000,518000", ",", ("area E01000002", "column x", "empty cell")),
        ("epraccur.csv", '"A81001",', "", ("epraccur.csv", "26", "27 columns")),
        ("epraccur.csv", '"A81002",', '"A81001",', ("row 2 (practice A81001)", "the key of row 1 again")),
        ("epraccur.csv", "19740401", "19749901", ("row 1 (practice A81001)", "column 11", "'19749901'", "19740401")),
        ("gp-reg-pat-prac-lsoa-all.csv", "ALL,90\n", "ALL,NaN\n", ("row 2", "NUMBER_OF_PATIENTS", "'NaN'", "whole")),
        ("gp-reg-pat-prac-lsoa-all.csv", "ALL,90\n", "ALL,inf\n", ("row 2", "NUMBER_OF_PATIENTS", "'inf'", "whole")),
        ("gp-reg-pat-prac-lsoa-all.csv", "NO2011", "HARTLEPOOL", ("row 5", "LSOA_CODE", "HARTLEPOOL")),
        ("gp-reg-pat-prac-lsoa-all.csv", "W01000003", "E02000003", ("row 3", "LSOA_CODE", "E02000003")),
        ("gp-reg-pat-prac-lsoa-all.csv", '& PARTNERS",NO', "& PARTNERS,NO", ("row 5", "quotation mark", "not closed")),
        ("gp-reg-pat-prac-all.csv", ",796", ",789", ("practice A81001", "list_size", "found 789", "at least the 790")),
        ("LSOA_to_CCG_Lookup.csv", "LSOA11CD", "SMALL_AREA", ("no column LSOA11CD", "use the file as published")),
        ("SAPE23.csv", "LSOA Code", "Small area", ("no column LSOA11CD", "use the file as published")),
        ("SAPE23.csv", ",45,", ",forty-five,", ("no column 45", "use the file as published")),
        (
            "SAPE23.csv",
            'E01000001,One 001A,"910",10,10',
            'E01000001,One 001A,"910",10,x',
            ("row 1", "column 1:", "'x'"),
        ),
    ],
)
def test_bad_files_are_one_line_that_says_where(published, tmp_path, file, old, new, said):
    text = (published / file).read_text()
    assert old in text
    (published / file).write_text(text.replace(old, new))
    message = refused(published, tmp_path / "region")
    for part in (file, *said):
        assert part in message, message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty file"),
        (REGISTER.splitlines()[0].encode() + b"\n", "no rows"),
        (REGISTER.encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04 spreadsheet", "spreadsheet"),
        (REGISTER.encode().replace(b"DENSHAM", b"DENS\x81M", 1), "0x81"),
        (gzip.compress(REGISTER.encode())[:40] + b"\xff\x00\xff" * 40, "cannot be read"),
        ((REGISTER.replace("THE", '"THE', 1).split("A81002")[0] + "x," * 70_000).encode(), "row 1: found a quotation"),
    ],
)
def test_empty_files_and_wrong_encodings(published, tmp_path, content, said):
    (published / "gp-reg-pat-prac-lsoa-all.csv").write_bytes(content)
    message = refused(published, tmp_path / "region")
    assert "gp-reg-pat-prac-lsoa-all.csv" in message
    assert said in message


@pytest.mark.parametrize(
    ("missing", "said"), [("SAPE23.csv", "residents by LSOA"), ("LSOA_to_CCG_Lookup.csv", "lookup")]
)
def test_a_missing_file_is_named(published, tmp_path, missing, said):
    (published / missing).unlink()
    assert said in refused(published, tmp_path / "region")


def test_centres_in_degrees_are_told_from_metres(published, tmp_path):
    text = CENTROIDS.replace("444000,518000", "-1.32,54.55").replace("446000,518000", "-1.29,54.55")
    (published / "centroids.csv").write_text(text)
    message = refused(published, tmp_path / "region")
    assert "centroids.csv" in message
    assert "longitude and latitude" in message


def test_no_file_says_where_areas_lie(published, tmp_path):
    (published / "centroids.csv").unlink()
    assert "add the centroids" in refused(published, tmp_path / "region")


def test_a_file_of_something_else_is_to_be_taken_out(published, tmp_path):
    (published / "notes.csv").write_text("day,remark\n1,none\n")
    message = refused(published, tmp_path / "region")
    assert "notes.csv, header: found day, remark" in message
    assert "take the file out of the folder" in message


def test_a_file_that_says_nothing_of_areas_is_told_what_it_could_say(published, tmp_path):
    (published / "centroids.csv").write_text(CENTROIDS.replace("X,Y", "LONG,LAT"))
    message = refused(published, tmp_path / "region")
    assert "no column CCG11CD or LAD11CD" in message


def test_patients_of_other_countries_are_counted_and_left_out(published, tmp_path):
    text = REGISTER.replace("W01000003", "95AA01S1").replace("NO2011", "S01000011")
    (published / "gp-reg-pat-prac-lsoa-all.csv").write_text(text)
    region = load_region(import_published(published, tmp_path / "region"))
    assert region.about["excluded"] == {"address_not_mappable": 0, "living_in_wales": 0, "other_areas": 10}


def test_a_folder_without_csv_files(tmp_path):
    assert "no CSV files" in refused(tmp_path, tmp_path / "region")
