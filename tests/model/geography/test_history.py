"""England as of earlier Aprils from published list sizes: the totals published, and what stands in for what is not."""

import datetime

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import InputError
from model.geography.history import history_tables, import_history, scaled, start_of
from model.geography.history_practices import list_date
from model.geography.region import RESIDENT_BANDS
from model.geography.region_files import load_region, region_from_tables


@pytest.fixture(scope="module")
def england_2017(real_data):
    """Tables of April 2017: two seconds."""
    return history_tables(real_data, "2017-04")


def total(tables, table, *columns):
    return int(sum(tables[table][column].sum() for column in columns))


def test_lists_of_april_2017_are_the_published_ones(england_2017):
    tables, about = england_2017
    practices = tables["practices"]
    assert len(practices["practice"]) == 7_508
    assert total(tables, "practices", "list_size") == 58_290_921
    assert np.median(practices["list_size"]) == pytest.approx(6_901, abs=1)
    assert about["date"] == "2017-04-01"
    assert about["lists_of"] == "2017-01-01"
    assert about["excluded"]["patients_of_closed_practices"] == 397_945
    assert "registrations" not in tables
    assert set(practices["provider_kind"]) == {"gp"}
    provider = practices["practice"].tolist().index("E85124")
    assert practices["list_size"][provider] == 2_549
    assert practices["commissioner"][provider] == "E38000070"
    assert "Y06487" not in practices["practice"], "its Birmingham arm was not open"


def test_residents_of_april_2017_are_those_of_mid_2017_unchanged(england_2017):
    tables, _ = england_2017
    assert total(tables, "areas", *(f"residents_{band}" for band in RESIDENT_BANDS)) == 55_619_430
    assert total(tables, "population", *(f"age_{age}" for age in range(91))) == 55_619_430
    host = tables["areas"]["commissioner"] == "E38000070"
    assert sum(tables["areas"][f"residents_{band}"][host].sum() for band in RESIDENT_BANDS) == 182_998
    at_host = tables["practices"]["commissioner"] == "E38000070"
    assert tables["practices"]["list_size"][at_host].sum() == 202_720


def test_practices_are_with_the_commissioner_their_ccg_became(england_2017, real_data):
    """Of practices that had a CCG in January 2021, all are with it; CCGs that went over whole took all of theirs along."""
    tables, _ = england_2017
    practices = dict(zip(tables["practices"]["practice"], tables["practices"]["commissioner"], strict=True))
    assert len(set(practices.values())) == 135
    known = memberships(real_data)
    became: dict[str, set[str]] = {}
    for practice, earlier, later in known:
        if later:
            became.setdefault(earlier, set()).add(later)
            if practice in practices:
                assert practices[practice] == later
    for practice, earlier, later in known:
        if practice in practices and not later:
            assert practices[practice] in became[earlier]


def memberships(real_data):
    """(practice, CCG of 2016/17, CCG of January 2021 or None)."""
    return duckdb.sql(f"""
        SELECT p.practice_code, p.ccg_code, s.CCG20CD FROM '{real_data / "gp_payments_practice_2014-2021.parquet"}' p
        LEFT JOIN '{real_data / "practices.parquet"}' s ON p.practice_code = s.PRACTICE_CODE WHERE fin_year = '2016/17'
    """).fetchall()


def test_every_practice_has_a_site_and_gps(england_2017):
    tables, about = england_2017
    practices = tables["practices"]
    assert np.isfinite(practices["x"]).all()
    assert (practices["gps_fte"] > 0).all()
    per_10_000 = 1e4 * practices["gps_fte"].sum() / practices["list_size"].sum()
    assert per_10_000 == pytest.approx(4.85, abs=0.05)
    assert "89 practices" in about["assumed"]["gps_fte"]
    assert "49 practices" in about["assumed"]["site"]
    opened = practices["opened"]
    assert (opened[~np.isnat(opened)] <= np.datetime64("2017-04-01")).all()


def test_tables_of_2017_are_a_region_without_ages_of_lists(england_2017):
    tables, about = england_2017
    region = region_from_tables(tables, about)
    assert region.list_by_age is None
    assert region.registration_area is None
    assert region.weighted_list is not None
    assert len(region.commissioners) == 135
    assert len(region.successors) == 38
    assert region.components is not None
    assert region.components["years"].tolist() == list(range(2012, 2020))


@pytest.mark.slow
def test_april_2014_has_residents_scaled_to_its_mid_year(real_data):
    tables, about = history_tables(real_data, "2014-04")
    assert len(tables["practices"]["practice"]) == 7_919
    assert total(tables, "practices", "list_size") == 56_633_982 - 18_139
    assert about["lists_of"] == "2015-01-01"
    components = tables["components"]
    published = components["population"][components["year"] == 2014].sum()
    assert published == 54_316_618
    residents = total(tables, "population", *(f"age_{age}" for age in range(91)))
    assert residents == pytest.approx(published, abs=309 / 2)
    areas = tables["areas"]
    here = areas["authority"] == "E09000013"
    living = sum(areas[f"residents_{band}"][here].sum() for band in RESIDENT_BANDS)
    of_2014 = (components["authority"] == "E09000013") & (components["year"] == 2014)
    assert living == pytest.approx(components["population"][of_2014][0], abs=1)


@pytest.mark.slow
def test_a_part_of_an_earlier_april_can_be_cut(real_data, tmp_path):
    folder = import_history(real_data, tmp_path / "nwl", "2017-04", systems=["North West London"])
    region = load_region(folder)
    assert region.about["cut"]["core_areas"] == 1_153
    host = region.practice_commissioner == region.commissioners.tolist().index("E38000070")
    assert region.list_size[host].sum() == 202_720


@pytest.mark.parametrize("month", ["2017-05", "2013-04", "2019-04", "2017", "April 2017"])
def test_other_months_are_refused_with_those_there_are(month):
    with pytest.raises(InputError, match="expected one of 2014-04, 2015-04, 2016-04, 2017-04, 2018-04"):
        start_of(month)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"lsoa11_geography\.parquet is missing"):
        history_tables(tmp_path, "2017-04")


def test_lists_up_to_2017_18_are_those_of_january():
    assert list_date("2016/17") == datetime.date(2017, 1, 1)


@given(
    people=st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=1, max_size=30),
    ratios=st.tuples(st.floats(0.5, 1.5), st.floats(0.5, 1.5)),
)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_scaling_keeps_authorities_sums_and_every_cell_within_one(people, ratios):
    people = np.array(people, dtype=np.int64)
    authority = np.array(["a", "b"])[np.arange(len(people)) % 2]
    ratio = np.where(authority == "a", *ratios)
    whole = scaled(people, ratio, authority)
    exact = people * ratio[:, None]
    assert (whole >= 0).all()
    assert (np.abs(whole - exact) <= 1 + 1e-9).all()
    for code in set(authority.tolist()):
        here = authority == code
        assert abs(whole[here].sum() - exact[here].sum()) <= 0.5 + 1e-6
