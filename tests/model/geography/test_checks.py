"""Each kind of bad input is one line that names file, row and column."""

import numpy as np
import pytest

from model.errors import InputError
from model.geography.checks import check_about, check_tables


def put(table, column, row, value):
    def spoil(tables):
        values = tables[table][column]
        if isinstance(value, str) and values.dtype.kind == "U":
            values = values.astype(f"U{max(values.dtype.itemsize // 4, len(value))}")
        elif isinstance(value, float):
            values = values.astype(float)
        values = values.copy()
        values[row] = value
        tables[table][column] = values

    return spoil


def drop(table, column=None):
    def spoil(tables):
        if column is None:
            del tables[table]
        else:
            del tables[table][column]

    return spoil


def empty(table):
    def spoil(tables):
        tables[table] = {name: values[:0] for name, values in tables[table].items()}

    return spoil


def rename(table, old, new):
    def spoil(tables):
        tables[table][new] = tables[table].pop(old)

    return spoil


DAY = np.datetime64("2016-01-01")
BAD = {
    "a required table": (drop("practices"), ("practices.parquet", "missing")),
    "a required column": (drop("areas", "system"), ("areas.parquet", "column system", "no such column")),
    "a renamed column": (
        rename("areas", "commissioner", "comissioner"),
        ("column commissioner", "rename 'comissioner'"),
    ),
    "no rows": (empty("registrations"), ("registrations.parquet", "no rows", "optional")),
    "no areas": (empty("areas"), ("areas.parquet", "no rows")),
    "an area without commissioner": (
        put("areas", "commissioner", 2, ""),
        ("areas.parquet", "row 3 (area E01000003)", "column commissioner", "an empty cell"),
    ),
    "a negative count": (put("areas", "residents_0_15", 1, -4), ("row 2", "residents_0_15", "found -4", "0 to")),
    "a fractional count": (
        put("registrations", "patients", 3, 30.5),
        ("registrations.parquet", "row 4 (area E01000003, practice A81001)", "found 30.5", "whole number"),
    ),
    "a missing count": (put("practices", "list_size", 0, np.nan), ("row 1", "list_size", "an empty cell")),
    "an infinite number": (put("practices", "gps_fte", 0, np.inf), ("row 1", "gps_fte", "infinite")),
    "no patients": (put("registrations", "patients", 0, 0), ("row 1", "patients", "found 0", "1 to")),
    "a decile of 11": (
        put("areas", "deprivation_decile", 3, 11),
        ("row 4", "deprivation_decile", "found 11", "1 to 10"),
    ),
    "the same area twice": (
        put("areas", "area", 3, "E01000001"),
        ("areas.parquet", "row 4 (area E01000001)", "the key of row 1 again"),
    ),
    "the same registration twice": (
        put("registrations", "practice", 2, "A81001"),
        ("row 3 (area E01000002, practice A81001)", "the key of row 2 again"),
    ),
    "an unknown practice": (
        put("registrations", "practice", 5, "A81009"),
        ("registrations.parquet", "row 6", "column practice", "found A81009", "practices.parquet", "A81002?"),
    ),
    "an unknown area": (
        put("registrations", "area", 0, "W01000001"),
        ("row 1", "column area", "W01000001", "leave out"),
    ),
    "an unknown commissioner": (
        put("practices", "commissioner", 1, "X99"),
        ("practices.parquet", "row 2 (practice A81002)", "column commissioner", "X99"),
    ),
    "spaces around a code": (put("registrations", "area", 1, "E01000002 "), ("row 2", "'E01000002 '", "spaces")),
    "spaces around a body's code": (put("areas", "system", 2, "E54000001 "), ("row 3", "column system", "spaces")),
    "a code in other letters": (
        put("areas", "commissioner", 1, "e38000001"),
        ("areas.parquet", "row 2 (area E01000002)", "column commissioner", "'e38000001'", "'E38000001'", "one way"),
    ),
    "more births than residents": (
        put("components", "births", 0, 2_500),
        (
            "components.parquet, row 1 (authority E06000001, year 2019), column births",
            "found 2,500 in an authority of 2,184 residents, expected at most 318 a year; correct the cell",
        ),
    ),
    "everybody moves twice a year": (
        put("components", "internal_out", 1, 2_800),
        ("row 2", "internal_out", "at most 828"),
    ),
    "words for numbers": (
        lambda tables: tables["areas"].update(x=np.array(["a", "b", "c", "d"])),
        ("areas.parquet", "column x", "float"),
    ),
    "columns of two lengths": (
        lambda tables: tables["areas"].update(x=tables["areas"]["x"][:3]),
        ("areas.parquet", "column x", "3 values", "4"),
    ),
    "a site in Edinburgh": (
        put("practices", "y", 1, 673_000.0),
        ("practices.parquet", "row 2 (practice A81002)", "x and y", "373 km from the nearest area", "within 50 km"),
    ),
    "a site in degrees": (
        lambda tables: [put("practices", c, 0, v)(tables) for c, v in (("x", -0.2), ("y", 51.5))],
        ("row 1 (practice A81001)", "longitude and latitude"),
    ),
    "a site off the map": (put("practices", "x", 0, 5e6), ("row 1", "column x", "5,000,000", "British National Grid")),
    "centres in degrees": (
        lambda tables: tables["areas"].update(x=np.full(4, -0.2), y=np.full(4, 51.5)),
        ("areas.parquet", "row 1 (area E01000001)", "x and y", "longitude and latitude", "British National Grid"),
    ),
    "all in km": (
        lambda tables: [
            tables[table].update({axis: tables[table][axis] / 1000})
            for table in ("areas", "practices")
            for axis in ("x", "y")
        ],
        ("areas.parquet", "row 1 (area E01000001)", "x and y", "400, 300", "km", "metres", "multiply by 1,000"),
    ),
    "a list shorter than its register": (
        put("practices", "list_size", 0, 1),
        ("practices.parquet", "row 1 (practice A81001)", "list_size", "found 1,", "registrations.parquet"),
    ),
    "closing before opening": (
        put("practices", "closed", 2, DAY),
        ("row 3", "column closed", "2016-01-01", "2017-11-06"),
    ),
    "an unknown kind of provider": (
        put("practices", "provider_kind", 0, "shop"),
        ("row 1", "'shop'", "gp, digital, trust"),
    ),
    "an unknown sex": (put("immigration", "sex", 0, "X"), ("immigration.parquet", "row 1", "'X'", "M, F")),
    "single years that do not add up": (
        put("population", "age_3", 1, 9999),
        ("areas.parquet", "row 2", "residents_0_15", "population.parquet"),
    ),
    "an area without single years": (
        lambda tables: tables.update(population={k: v[:3] for k, v in tables["population"].items()}),
        ("areas.parquet", "row 4 (area E01000004)", "population.parquet"),
    ),
    "a successor from mid-month": (
        put("successors", "month", 0, np.datetime64("2021-04-02")),
        ("successors.parquet", "row 1", "column month", "first day"),
    ),
    "a successor of itself": (put("successors", "new", 0, "E38000001"), ("row 1", "column new", "another")),
    "neighbours the wrong way round": (
        lambda tables: tables.update(
            neighbours={"area": np.array(["E01000002"]), "neighbour": np.array(["E01000001"])}
        ),
        ("neighbours.parquet", "row 1", "column neighbour", "E01000001"),
    ),
    "destinations beyond all movers": (
        put("destinations", "age_20_24", 0, 0.9),
        ("destinations.parquet", "row 1", "age_20_24", "1.150", "at most 1"),
    ),
    "zones that areas do not have": (drop("areas", "zone"), ("column origin", "no column zone in areas.parquet")),
    "a table that is none": (
        lambda tables: tables.update(registration=tables["registrations"]),
        ("table registration", "registrations?"),
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_tables(tables, kind):
    check_tables(tables)
    spoil, said = BAD[kind]
    spoil(tables)
    with pytest.raises(InputError) as error:
        check_tables(tables)
    message = str(error.value)
    assert "\n" not in message
    for part in said:
        assert part in message, message


def test_the_source_of_a_table_or_column_is_named_with_the_key(tables):
    put("practices", "x", 0, np.nan)(tables)
    with pytest.raises(InputError, match=r"^ONSPD.csv, practice A81001, column x: found an empty cell"):
        check_tables(tables, {"practices": "lists.csv", "practices.x": "ONSPD.csv"})


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({}, "key format"),
        ({"format": "1"}, "found '1'"),
        ({"format": 99}, "newer"),
        ({"format": 1, "date": "2021-01-15"}, "first day"),
        ({"format": 1, "date": "January"}, "January"),
    ],
)
def test_bad_region_json(about, said):
    with pytest.raises(InputError, match=r"^region\.json") as error:
        check_about(about, "region.json")
    assert said in str(error.value)
