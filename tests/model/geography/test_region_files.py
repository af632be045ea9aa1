"""Writing regions to disk and reading them back."""

import json

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.errors import InputError
from model.geography.assemble import digest_of, spread_bands
from model.geography.columns import read_parquet_table, write_parquet_table
from model.geography.region import FORMAT_VERSION, RESIDENT_BAND_LIMITS, RESIDENT_BANDS, TABLES
from model.geography.region_files import load_region, read_region_tables, region_from_tables, write_region

ABOUT = {"name": "Four areas", "date": "2021-01-01"}


def shuffled(tables, seed):
    rng = np.random.Generator(np.random.Philox(key=seed))
    mixed = {}
    for name, columns in tables.items():
        order = rng.permutation(len(next(iter(columns.values()))))
        mixed[name] = {column: values[order] for column, values in columns.items()}
    return mixed


def assert_same_region(one, two):
    assert one.digest == two.digest
    for name in one.__dataclass_fields__:
        if name == "about":
            continue
        ours, theirs = getattr(one, name), getattr(two, name)
        for key in ours if isinstance(ours, dict) and name != "names" else [None]:
            a, b = (ours, theirs) if key is None else (ours[key], theirs[key])
            if isinstance(a, np.ndarray):
                assert a.dtype == b.dtype or a.dtype.kind == "U", (name, key)
                np.testing.assert_array_equal(a, b, err_msg=f"{name} {key}")
            else:
                assert a == b, (name, key)


def test_positions_follow_sorted_codes(tables):
    region = region_from_tables(shuffled(tables, 1), ABOUT)
    assert region.areas.tolist() == ["E01000001", "E01000002", "E01000003", "E01000004"]
    assert region.area_commissioner.tolist() == [0, 0, 1, 1]
    assert region.area_authority.tolist() == [0, 0, 0, 1]
    assert region.practices.tolist() == ["A81001", "A81002", "Y00003"]
    assert region.practice_area.tolist() == [0, 2, 1]
    assert region.registration_area.tolist() == [0, 1, 1, 2, 2, 3]
    assert region.registration_practice.tolist() == [0, 0, 2, 0, 1, 1]
    assert region.registration_patients.tolist() == [400, 250, 50, 30, 500, 390]
    assert region.neighbours.tolist() == [[0, 1], [1, 2], [2, 3]]
    assert region.components["births"].tolist() == [[25], [14]]
    assert region.destinations["destination"].tolist() == [0, 1, 0]
    # by zone and sex (0 male, 1 female); no row for men in the second zone means none
    assert region.immigration[:, :, 0].tolist() == [[2.0, 1.0], [0.0, 3.0]]
    assert region.successors == (("E38000001", "2021-04-01", "E38000009"),)
    assert region.residents.tolist() == [region.residents[0] * n for n in (1, 2, 3, 4)]


def test_region_on_disk_is_the_region_in_memory(tables, tmp_path):
    folder = write_region(shuffled(tables, 2), ABOUT, tmp_path / "region")
    loaded = load_region(folder)
    assert_same_region(region_from_tables(tables, ABOUT), loaded)
    assert loaded.about["name"] == "Four areas"
    assert loaded.about["rows"]["registrations"] == 6


def test_arrays_cannot_be_written_to(tables):
    region = region_from_tables(tables, ABOUT)
    for array in (region.x, region.population, region.registration_patients, region.destinations["share"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_optional_tables_may_be_absent(tables, tmp_path):
    for name in list(tables):
        if not TABLES[name].required:
            del tables[name]
    del tables["areas"]["zone"]
    region = load_region(write_region(tables, ABOUT, tmp_path / "region"))
    assert_same_region(region_from_tables(tables, ABOUT), region)
    assert region.registration_area is None
    assert region.neighbours is None
    assert region.destinations is None
    assert region.zones.tolist() == region.areas.tolist()
    bands = np.stack([tables["areas"][f"residents_{band}"] for band in RESIDENT_BANDS], axis=1)
    for band, (first, last) in enumerate(RESIDENT_BAND_LIMITS):
        assert region.population[:, first : last + 1].sum(axis=1).tolist() == bands[:, band].tolist()


@given(bands=st.lists(st.lists(st.integers(0, 5000), min_size=5, max_size=5), min_size=1, max_size=20))
def test_spreading_bands_keeps_their_sums(bands):
    given_bands = np.array(bands)
    population = spread_bands(given_bands)
    assert (population >= 0).all()
    for band, (first, last) in enumerate(RESIDENT_BAND_LIMITS):
        assert population[:, first : last + 1].sum(axis=1).tolist() == given_bands[:, band].tolist()
    young = population[:, :16]
    assert (young.max(axis=1) - young.min(axis=1) <= 1).all()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**63))
def test_digest_does_not_depend_on_the_order_of_rows(tables, seed):
    assert region_from_tables(shuffled(tables, seed), ABOUT).digest == region_from_tables(tables, ABOUT).digest


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.integers(0, 5), patients=st.integers(1, 10_000_000))
def test_digest_depends_on_every_count(tables, row, patients):
    before = digest_of({"registrations": tables["registrations"]})
    changed = tables["registrations"]["patients"].copy()
    same = changed[row] == patients
    changed[row] = patients
    after = digest_of({"registrations": {**tables["registrations"], "patients": changed}})
    assert (before == after) == same


CODES = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs", "Cc")), max_size=12)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            CODES,
            st.floats(allow_nan=True, allow_infinity=False, width=64),
            st.integers(0, 2**31 - 1),
            st.one_of(st.none(), st.dates()),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_columns_survive_parquet(tmp_path, rows):
    names, shares, sizes, dates = zip(*rows, strict=True)
    columns = {
        "practice": np.array([f"P{i:03}" for i in range(len(rows))]),
        "name": np.array(names, dtype="U12"),
        "list_size": np.array(sizes),
        "opened": np.array([np.datetime64(d, "D") if d else np.datetime64("NaT", "D") for d in dates]),
        "male_share": np.array(shares),
    }
    path = tmp_path / "practices.parquet"
    write_parquet_table(path, TABLES["practices"], columns)
    read = read_parquet_table(path, TABLES["practices"])
    for name, values in columns.items():
        np.testing.assert_array_equal(read[name], values, err_msg=name)


def test_an_edited_folder_is_checked_again(tables, tmp_path):
    folder = write_region(tables, ABOUT, tmp_path / "region")
    registrations = read_region_tables(folder)["registrations"]
    registrations["patients"][2] = -5
    write_parquet_table(folder / "registrations.parquet", TABLES["registrations"], registrations)
    with pytest.raises(InputError, match=r"^registrations.parquet, row 3 \(area E01000002, practice Y00003\), .*-5"):
        load_region(folder)


def test_an_edit_that_is_right_loads_with_another_digest(tables, tmp_path):
    folder = write_region(tables, ABOUT, tmp_path / "region")
    before = load_region(folder)
    registrations = read_region_tables(folder)["registrations"]
    registrations["patients"][2] = 51
    write_parquet_table(folder / "registrations.parquet", TABLES["registrations"], registrations)
    after = load_region(folder)
    assert after.digest != before.digest
    assert after.about["digest"] == after.digest
    assert after.registration_patients.sum() == before.registration_patients.sum() + 1


def edited(folder, table, change):
    """The region with a table written again, by somebody's own tool, with an SQL list of columns."""
    path = folder / f"{table}.parquet"
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE edited AS SELECT {change} FROM '{path}'")
        con.execute(f"COPY edited TO '{path}' (FORMAT parquet)")
    return folder


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        (
            "areas",
            "* REPLACE (CASE WHEN rural THEN 'true' ELSE 'false' END AS rural)",
            ("row 1, column rural", "false"),
        ),
        ("areas", "* REPLACE (2 AS rural)", ("row 1, column rural", "found 2", "true or false")),
        ("practices", "* REPLACE (19740401 AS opened)", ("row 1, column opened", "found 19740401", "2021-01-01")),
        ("practices", "* REPLACE ('19740401' AS opened)", ("row 1, column opened", "found 19740401", "2021-01-01")),
        ("practices", "* REPLACE ('today' AS opened)", ("row 1, column opened", "found today")),
        ("practices", "* REPLACE (TRUE AS list_size)", ("row 1, column list_size", "found True", "a whole number")),
        (
            "practices",
            "* REPLACE (CASE practice WHEN 'A81002' THEN '1,000' ELSE list_size::VARCHAR END AS list_size)",
            ("row 2, column list_size", "found 1,000", "a whole number"),
        ),
        (
            "practices",
            "* RENAME (male_share AS Male_Share)",
            ("column male_share", "rename 'Male_Share' to male_share"),
        ),
        ("areas", '* RENAME (zone AS "zone ")', ("column zone", "rename 'zone ' to zone")),
        ("components", "* REPLACE ('-inf'::DOUBLE AS year)", ("column year", "found an infinite value")),
        (
            "components",
            "* REPLACE (1e300::DOUBLE AS births)",
            ("column births", "found 1e+300", "0 to 100,000,000 people"),
        ),
        ("areas", "* RENAME (neighbourhood AS neighborhood)", ("column neighbourhood", "rename 'neighborhood' to")),
        ("practices", "* RENAME (list_0_17 AS lists_0_17)", ("column list_0_17", "rename 'lists_0_17' to list_0_17")),
    ],
)
def test_a_column_of_another_kind_or_spelling_is_refused(tables, tmp_path, table, change, said):
    folder = edited(write_region(tables, ABOUT, tmp_path / "mine"), table, change)
    with pytest.raises(InputError, match=rf"^{table}\.parquet, ") as error:
        load_region(folder)
    for part in said:
        assert part in str(error.value), error.value


def test_other_columns_are_passed_over(tables, tmp_path):
    """Also one like another that is there, or with another number in it."""
    folder = write_region(tables, ABOUT, tmp_path / "region")
    digest = load_region(folder).digest
    edited(folder, "practices", "*, list_size AS list_sizes, 1 AS list_0_15, 'x' AS phone")
    assert load_region(folder).digest == digest


def test_a_table_with_a_slip_in_its_name_is_refused(tables, tmp_path):
    folder = write_region(tables, ABOUT, tmp_path / "region")
    (folder / "neighbours.parquet").rename(folder / "neighbors.parquet")
    with pytest.raises(InputError, match=r"found neighbors.parquet and no neighbours.parquet; rename it to neighbours"):
        load_region(folder)
    (folder / "neighbors.parquet").rename(folder / "notes.parquet")
    assert load_region(folder).neighbours is None


def test_columns_that_say_the_same_in_another_way_load(tables, tmp_path):
    region = write_region(tables, ABOUT, tmp_path / "mine")
    digest = load_region(region).digest
    edited(region, "areas", "* REPLACE (rural::INTEGER AS rural, deprivation_decile::DOUBLE AS deprivation_decile)")
    edited(region, "practices", "male_share, 'x' AS remark, * EXCLUDE (male_share) REPLACE (opened::VARCHAR AS opened)")
    edited(region, "registrations", "* REPLACE (patients::VARCHAR AS patients)")
    about = (region / "region.json").read_bytes()
    (region / "region.json").write_bytes(b"\xef\xbb\xbf" + about)
    assert load_region(region).digest == digest


def test_a_table_added_or_taken_away_is_noticed(tables, tmp_path):
    folder = write_region(tables, ABOUT, tmp_path / "region")
    (folder / "names.parquet").unlink()
    assert load_region(folder).names == {}
    (folder / "areas.parquet").unlink()
    with pytest.raises(InputError, match=r"areas\.parquet is missing"):
        load_region(folder)


def test_nothing_is_written_when_a_table_is_wrong(tables, tmp_path):
    tables["areas"]["commissioner"][0] = ""
    with pytest.raises(InputError):
        write_region(tables, ABOUT, tmp_path / "region")
    assert list(tmp_path.iterdir()) == []


def test_overwriting(tables, tmp_path):
    folder = write_region(tables, ABOUT, tmp_path / "region")
    with pytest.raises(InputError, match="exists"):
        write_region(tables, ABOUT, folder)
    write_region(tables, {**ABOUT, "name": "Again"}, folder, overwrite=True)
    assert load_region(folder).about["name"] == "Again"
    assert [path.name for path in tmp_path.iterdir()] == ["region"]


def test_a_folder_that_is_not_a_region_is_left_alone(tables, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")
    with pytest.raises(InputError, match="not a region"):
        write_region(tables, ABOUT, tmp_path / "thesis", overwrite=True)
    assert (tmp_path / "thesis" / "chapter1.txt").read_text() == "years of work"


def test_folders_that_are_no_region(tmp_path):
    with pytest.raises(InputError, match="no such region folder"):
        load_region(tmp_path / "absent")
    with pytest.raises(InputError, match="not a region"):
        load_region(tmp_path)
    (tmp_path / "region.json").write_text("{")
    with pytest.raises(InputError, match="not valid JSON"):
        load_region(tmp_path)


def test_a_region_of_a_newer_format(tables, tmp_path):
    folder = write_region(tables, ABOUT, tmp_path / "region")
    about = json.loads((folder / "region.json").read_text())
    (folder / "region.json").write_text(json.dumps({**about, "format": FORMAT_VERSION + 1}))
    with pytest.raises(InputError, match=f"format: found {FORMAT_VERSION + 1}, .*newer"):
        load_region(folder)


def test_a_folder_in_place_of_a_table(tables, tmp_path):
    folder = write_region(tables, ABOUT, tmp_path / "region")
    (folder / "areas.parquet").unlink()
    (folder / "areas.parquet").mkdir()
    with pytest.raises(InputError, match=r"areas\.parquet is missing"):
        load_region(folder)


def test_a_file_that_is_not_parquet(tables, tmp_path):
    folder = write_region(tables, ABOUT, tmp_path / "region")
    (folder / "practices.parquet").write_text("practice,name\nA81001,Old Town\n")
    with pytest.raises(InputError, match=r"^practices\.parquet: not a readable Parquet file"):
        load_region(folder)
