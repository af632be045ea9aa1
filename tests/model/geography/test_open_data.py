"""England of January 2021 from the published open data, against what was computed from it independently."""

import duckdb
import numpy as np
import pytest

from model.errors import InputError
from model.geography.columns import connect, fetch
from model.geography.open_data import import_open_data, is_open_data
from model.geography.open_data_files import demography_tables
from model.geography.region_files import load_region


@pytest.fixture(scope="module")
def england(real_data, tmp_path_factory):
    return load_region(import_open_data(real_data, tmp_path_factory.mktemp("regions") / "england"))


def rows(path, query):
    return duckdb.sql(query.format(f"read_csv('{path}')")).fetchall()


def flow_matrix(region):
    size = len(region.commissioners)
    home = region.area_commissioner[region.registration_area].astype(np.int64)
    listed = region.practice_commissioner[region.registration_practice]
    return np.bincount(home * size + listed, region.registration_patients, size * size).reshape(size, size)


@pytest.mark.slow
def test_england_is_complete(england):
    assert len(england.areas) == 32_844
    assert len(england.practices) == 6_658
    assert england.registration_patients.sum() == 60_557_453
    assert england.list_size.sum() == 60_606_345
    assert england.residents.sum() == 56_550_138
    assert len(england.commissioners) == 135
    assert len(england.authorities) == 309
    assert len(england.systems) == 42
    assert len(england.zones) == 6_791
    assert england.about["excluded"] == {
        "living_in_wales": 14_013,
        "address_not_mappable": 34_879,
        "other_areas": 0,
        "practices_without_site": 0,
    }


@pytest.mark.slow
def test_flows_between_commissioners_are_the_published_ones(england, real_data):
    published = np.zeros((135, 135))
    position = {code: i for i, code in enumerate(england.commissioners.tolist())}
    path = real_data / "derived_ccg_flow_matrix_2021-01.csv.gz"
    for home, listed, patients in rows(path, "SELECT RESIDENCE_CCG20CD, REGISTERED_CCG20CD, PATIENTS FROM {}"):
        if home in position:  # the file also counts patients from Wales and without a usable address
            published[position[home], position[listed]] = patients
    np.testing.assert_array_equal(flow_matrix(england), published)


@pytest.mark.slow
def test_registered_and_resident_by_commissioner_are_the_published_ones(england, real_data):
    flows = flow_matrix(england)
    registered = np.bincount(england.practice_commissioner, england.list_size, 135)
    resident = np.bincount(england.area_commissioner, england.residents, 135)
    stay = np.diag(flows)
    path = real_data / "derived_ccg_registered_vs_resident_2021-01.csv"
    published = rows(
        path,
        "SELECT registered, resident_mid2020, gp_registered_residents, stay, outflow, inflow FROM {} ORDER BY CCG20CD",
    )
    ours = np.stack([registered, resident, flows.sum(1), stay, flows.sum(1) - stay, flows.sum(0) - stay], axis=1)
    np.testing.assert_array_equal(ours, np.array(published))
    # Whole lists exceed what the flows account for by exactly the Welsh residents and unusable addresses left out.
    assert registered.sum() - flows.sum() == 14_013 + 34_879


@pytest.mark.slow
def test_digital_provider_and_its_host(england):
    provider = england.practices.tolist().index("E85124")
    assert england.provider_kind[provider] == "digital"
    assert england.list_size[provider] == 89_786
    assert england.name_of(england.commissioners[england.practice_commissioner[provider]]).startswith("NHS Hammersmith")
    assert (england.provider_kind == "digital").sum() == 2


@pytest.mark.slow
def test_demography_covers_every_authority_and_zone(england):
    assert england.components is not None
    assert england.components["years"].tolist() == list(range(2012, 2020))
    assert (england.components["births"][:, -1] >= 0).all()
    assert england.components["births"][:, -1].sum() == 617_939
    assert england.components["deaths"][:, -1].sum() == 488_952
    north = england.authorities.tolist().index("E06000061")
    assert england.components["population"][north, -1] == pytest.approx(348_000, rel=0.02)
    assert england.immigration is not None
    assert england.immigration.sum() == 595_670
    assert england.destinations is not None
    assert len(np.unique(england.destinations["origin"])) == 6_791


@pytest.mark.slow
def test_neighbours_are_close_and_many(england):
    assert england.neighbours is not None
    assert len(england.neighbours) == pytest.approx(94_822, abs=5)
    first, second = england.neighbours.T
    km = np.hypot(england.x[first] - england.x[second], england.y[first] - england.y[second]) / 1000
    assert np.median(km) < 1.5
    assert km.max() < 60


@pytest.mark.slow
def test_north_west_london_and_its_neighbours(real_data, tmp_path):
    folder = import_open_data(real_data, tmp_path / "nwl", systems=["North West London"])
    region = load_region(folder)
    cut = region.about["cut"]
    assert cut["core_areas"] == 1_153
    assert len(cut["core_commissioners"]) == 8
    inside = "IN ('" + "', '".join(cut["core_commissioners"]) + "')"
    path = real_data / "derived_ccg_flow_matrix_2021-01.csv.gz"
    query = f"SELECT sum(PATIENTS) FROM {{}} WHERE RESIDENCE_CCG20CD {inside} AND REGISTERED_CCG20CD {inside}"
    core = np.isin(region.commissioners, cut["core_commissioners"])
    # The Birmingham arm of GP at Hand is hosted in Hammersmith and stands 150 km away: a cut leaves it out.
    register, geography = real_data / "gp_reg_practice_lsoa_2021-01.parquet", real_data / "lsoa11_geography.parquet"
    arm = duckdb.sql(f"""
        SELECT sum(Patient) FROM '{register}' JOIN '{geography}' USING (LSOA11CD)
        WHERE OrganisationCode = 'Y06487' AND CCG20CD {inside}
    """).fetchall()[0][0]
    assert "Y06487" not in region.practices
    assert flow_matrix(region)[np.ix_(core, core)].sum() == rows(path, query)[0][0] - arm


def test_a_missing_file_is_named(tmp_path):
    (tmp_path / "practices.parquet").touch()
    assert not is_open_data(tmp_path)
    with pytest.raises(InputError, match=r"lsoa11_geography\.parquet is missing"):
        import_open_data(tmp_path, tmp_path / "out")


def test_components_given_twice_are_refused_not_added_up():
    with connect() as con:
        con.execute(
            "CREATE VIEW components AS SELECT * FROM (VALUES ('E06000001', 2018), ('E06000001', 2018)) t(ladcode20, year)"
        )
        with pytest.raises(
            InputError, match=r"^lad_components.*\.csv, authority E06000001, year 2018: found more than one"
        ):
            demography_tables(con)


def test_an_empty_class_is_a_line_that_names_the_area():
    with (
        connect() as con,
        pytest.raises(InputError, match=r"area E01000002, column rural: found an empty cell, expected"),
    ):
        fetch(con, "SELECT * FROM (VALUES ('E01000001', TRUE), ('E01000002', NULL)) t(area, rural)", "areas")
