"""What is said of a region at month 0: small worlds by hand, and England beside its published figures."""

import json
from dataclasses import replace

import numpy as np
import pytest

from model.geography.open_data import open_data_tables
from model.geography.region_files import region_from_tables
from runs.describe import as_json, describe_region, render

ABOUT = {"name": "Two towns", "date": "2021-01-01", "sources": "made by hand", "licence": "none"}


def two_towns(register=True):
    """Two areas 4 km apart, each its own commissioner, a practice in each; 100 of 1,000 cross each way."""
    text = {"commissioner": ["C1", "C2"], "authority": ["L1", "L1"], "system": ["S", "S"]}
    tables = {
        "areas": {
            "area": np.array(["A1", "A2"]),
            "x": np.array([0.0, 4000.0]),
            "y": np.zeros(2),
            **{name: np.array(codes) for name, codes in text.items()},
            "deprivation_decile": np.array([1, 10]),
            "rural": np.array([False, True]),
            **{f"residents_{band}": np.array([200, 200]) for band in ("0_15", "16_24", "25_44", "45_64", "65_up")},
        },
        "practices": {
            "practice": np.array(["P1", "P2"]),
            "name": np.array(["One", "Two"]),
            "x": np.array([0.0, 4000.0]),
            "y": np.zeros(2),
            "commissioner": np.array(["C1", "C2"]),
            "list_size": np.array([1000, 1000]),
            "gps_fte": np.array([0.5, 0.5]),
            "opened": np.array(["NaT", "NaT"], "datetime64[D]"),
            "closed": np.array(["NaT", "NaT"], "datetime64[D]"),
            "neighbourhood": np.array(["", ""]),
            "provider_kind": np.array(["gp", "gp"]),
        },
    }
    if register:
        tables["registrations"] = {
            "area": np.array(["A1", "A1", "A2", "A2"]),
            "practice": np.array(["P1", "P2", "P1", "P2"]),
            "patients": np.array([900, 100, 100, 900]),
        }
    return region_from_tables(tables, ABOUT)


def told(region):
    return {(row.section, row.measure): row for row in describe_region(region)}


def by_measure(region):
    return {row.measure: row.here for row in describe_region(region)}


def test_two_mirror_image_towns():
    here = by_measure(two_towns())
    assert here["registered / resident"] == 1
    assert here["gross misalignment"] == pytest.approx(0.1)
    assert here["net misalignment"] == 0
    assert here["effectiveness (net / gross)"] == 0
    assert here["patients across a border"] == 200
    assert here["all, median"] == 0
    assert here["across a border, median"] == 4
    assert here["nearest"] == pytest.approx(0.9)
    assert here["second"] == pytest.approx(0.1)
    assert here["effective commissioners of an authority, median"] == pytest.approx(2)
    assert here["Herfindahl index of an area, median"] == pytest.approx(0.82)
    assert here["Gini of lists"] == 0
    assert here["GPs per 10,000 residents, median"] == pytest.approx(5)


def test_a_small_region_has_no_published_counts_but_published_shares():
    rows = told(two_towns())
    assert rows["Counts", "residents"].published is None
    assert rows["Across commissioners' borders", "patients across a border"].published is None
    assert rows["Across commissioners' borders", "gross misalignment"].published == 0.0417


def test_people_are_counted_in_people_and_nothing_else_is():
    counts = [row for row in describe_region(two_towns()) if row.section == "Counts"]
    assert {row.measure for row in counts if row.unit == "people"} == {
        "residents", "patients on all lists", "patients living in the areas",
    }  # fmt: skip
    assert {row.unit for row in counts} == {"people", "number"}


def test_without_a_register_flows_and_travel_are_left_out():
    rows = told(two_towns(register=False))
    assert ("Counts", "residents") in rows
    assert ("Practices", "Gini of lists") in rows
    assert not any("misalignment" in measure or "nearest" in measure for _, measure in rows)


def test_a_town_with_one_commissioner_has_nothing_to_cross():
    region = two_towns()
    alone = replace(region, area_commissioner=np.zeros(2, np.int16), practice_commissioner=np.zeros(2, np.int16))
    here = by_measure(alone)
    assert here["gross misalignment"] == 0
    assert "effectiveness (net / gross)" not in here
    assert "across a border, median" not in here


def test_table_shows_a_row_for_each_measure_and_json_the_same():
    rows = describe_region(two_towns())
    text = render(rows, "Two towns")
    assert text.startswith("Two towns\n")
    line = next(line for line in text.splitlines() if line.startswith("  gross misalignment"))
    assert line.split()[2:5] == ["10.0%", "4.17%", "+5.83"]
    assert "  +5.83 points  " in line
    assert all(any(line.startswith(f"  {row.measure} ") for line in text.splitlines()) for row in rows)
    plain = json.loads(json.dumps(as_json(rows), allow_nan=False))
    assert [p["measure"] for p in plain] == [row.measure for row in rows]
    residents = next(p for p in plain if p["measure"] == "residents")
    assert (residents["here"], residents["published"], residents["source"]) == (2000, None, None)


@pytest.mark.slow
def test_england_equals_its_published_figures(real_data):
    rows = told(region_from_tables(*open_data_tables(real_data)))
    for (section, measure), row in rows.items():
        if row.published is None or "NHS Digital register" not in row.source:
            continue
        if section.startswith("Rank of the chosen"):
            # Practices in one building are told apart in another order by the published ranks.
            assert row.here == pytest.approx(row.published, abs=0.003), measure
        elif row.unit == "people":
            assert row.here == row.published, measure
        elif row.unit == "km":
            assert row.here == pytest.approx(row.published, abs=0.006 if row.published < 20 else 0.06), measure
        elif row.unit == "share":
            assert row.here == pytest.approx(row.published, abs=0.0006), measure
        else:
            assert row.here == pytest.approx(row.published, rel=0.004, abs=0.001), measure
