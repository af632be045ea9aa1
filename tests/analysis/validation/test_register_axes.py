"""Registers of several months on the same axes: practices that come, areas of 2021, parts of England."""

import datetime

import duckdb
import numpy as np
import pytest

from analysis.validation.register_axes import Counted, locate, make_axes, within
from analysis.validation.register_files import PublishedRegister
from model.errors import InputError

TWO = np.array([[90, 10], [20, 80]])
"""Areas 0 and 1 of commissioners 0 and 1, each with a practice."""


@pytest.fixture(scope="module")
def region(make_region):
    return make_region(
        [[0, 0], [3, 0]],
        [[0, 0], [3, 0]],
        residents=np.array([100, 300]),
        lists=TWO.sum(axis=0),
        area_commissioner=np.array([0, 1]),
        practice_commissioner=np.array([0, 1]),
        register=TWO,
    )


def register(rows, commissioner=None):
    practice, area, patients = (np.array(column) for column in zip(*rows, strict=True))
    return PublishedRegister("later", datetime.date(2022, 1, 1), practice, area, patients, commissioner or {})


def test_margins_flows_and_distances(region):
    axes = make_axes([region])
    there = Counted(region.practices[[0, 1, 0, 1]], np.array([0, 0, 1, 1]), np.array([90.0, 10, 20, 80])).on(axes)
    np.testing.assert_array_equal(axes.flows(there), TWO)
    np.testing.assert_array_equal(axes.lists(there), [110, 90])
    np.testing.assert_array_equal(axes.by_area(there), [100, 100])
    np.testing.assert_array_equal(axes.registered(there), [110, 90])
    np.testing.assert_array_equal(axes.of_practice(there, 0), [90, 20])
    np.testing.assert_allclose(axes.km(there), [0, 3, 3, 0])


def test_a_new_practice_belongs_where_most_of_its_patients_live(region):
    found = locate(region, register([("Z1", "E01000000", 5), ("Z1", "E01000001", 6), ("A00000", "E01000000", 1)]))
    axes = make_axes([region], [found])
    assert axes.practices.tolist() == ["A00000", "A00001", "Z1"]
    assert axes.commissioner.tolist() == [0, 1, 1]
    assert np.isnan(axes.km(found.on(axes))[:2]).all()


def test_of_lists_alone_it_belongs_where_they_say_if_that_is_known(region):
    lists = PublishedRegister(
        "lists",
        datetime.date(2022, 1, 1),
        np.array(["Z1", "Z2"]),
        None,
        np.array([5, 6]),
        {"Z1": "E38000001", "Z2": "X"},
    )
    axes = make_axes([region], [locate(region, lists)])
    assert axes.commissioner.tolist() == [0, 1, 1, -1]
    there = locate(region, lists).on(axes)
    assert axes.lists(there).tolist() == [0, 0, 5, 6]
    assert axes.registered(there).tolist() == [0, 5], "who belongs nowhere counts nowhere"
    assert axes.flows(there).sum() == 0


def test_patients_of_wales_keep_their_practice_and_have_no_area(region):
    found = locate(region, register([("A00000", "W01000001", 5), ("A00000", "E01000001", 6)]))
    axes = make_axes([region], [found])
    assert (axes.lists(found.on(axes))[0], axes.by_area(found.on(axes)).sum()) == (11, 6)


@pytest.mark.parametrize("names", [("LSOA11CD", "LSOA21CD"), ("lsoa11_code", "lsoa21_code")])
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_areas_of_2021_become_those_of_2011(region, tmp_path, names, kind):
    """E01000000 was split in two; both old areas were merged into the fourth, which goes by residents."""
    lookup = tmp_path / f"lookup.{kind}"
    pairs = duckdb.sql(f"""
        SELECT * FROM (VALUES ('E01000000', 'E01900001'), ('E01000000', 'E01900002'), ('E01000001', 'E01000001'),
            ('E01000000', 'E01900003'), ('E01000001', 'E01900003')) AS pairs ({", ".join(names)})
    """)
    pairs.write_parquet(str(lookup)) if kind == "parquet" else pairs.write_csv(str(lookup))
    rows = [
        ("A00000", "E01900001", 3),
        ("A00001", "E01900002", 4),
        ("A00000", "E01000001", 5),
        ("A00001", "E01900003", 8),
    ]
    found = locate(region, register(rows), lookup)
    axes = make_axes([region], [found])
    there = found.on(axes)
    table = np.zeros((2, 2))
    np.add.at(table, (there.area, there.practice), there.patients)
    np.testing.assert_allclose(table, [[3, 4 + 2], [5, 6]])


def test_a_lookup_that_is_none_is_refused(region, tmp_path):
    lookup = tmp_path / "lookup.csv"
    lookup.write_text("fruit,weight\nplum,3\n", encoding="utf-8")
    with pytest.raises(InputError, match="expected LSOA11CD and LSOA21CD"):
        locate(region, register([("A00000", "E01900001", 3)]), lookup)


def test_of_a_national_register_only_the_part_is_looked_at(region):
    rows = [("A00000", "E01000000", 5), ("A00000", "E01007777", 6), ("B1", "E01007777", 7), ("B1", "E01000000", 1)]
    national = register([*rows, ("Z1", "E01000001", 9)])
    part = within(region, national)
    assert list(zip(part.practice.tolist(), part.patients.tolist(), strict=True)) == [
        ("A00000", 5),
        ("A00000", 6),
        ("Z1", 9),
    ]
    lists = PublishedRegister(
        "lists", datetime.date(2022, 1, 1), np.array(["A00000", "B1"]), None, np.array([5, 6]), {}
    )
    assert within(region, lists).practice.tolist() == ["A00000"]
    with pytest.raises(InputError, match="none of the practices"):
        within(region, register([("B1", "E01007777", 7)]))


def test_regions_of_other_areas_do_not_go_together(region, make_region):
    with pytest.raises(InputError, match="different areas"):
        make_axes([region, make_region([[0, 0]], [[0, 0]])])
