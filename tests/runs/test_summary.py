"""The short table after a run says what the commissioners table of the results says."""

from pathlib import Path

import duckdb
import pytest

from runs.summary import LARGEST, render, summarise


@pytest.fixture
def results(tmp_path: Path) -> Path:
    rows = [
        # month, boundaries, commissioner, residents, registered, ghosts, inflow, outflow
        ("2021-01-01", "fixed", "A", 100, 110, 8, 5, 3),
        ("2021-01-01", "fixed", "B", 200, 205, 7, 3, 5),
        ("2021-02-01", "fixed", "A", 1, 1, 1, 1, 1),
        ("2021-02-01", "fixed", "B", 1, 1, 1, 1, 1),
        ("2021-03-01", "fixed", "A", 101, 108, 9, 2, 6),
        ("2021-03-01", "fixed", "B", 201, 214, 8, 6, 2),
        ("2021-03-01", "current", "AB", 302, 322, 17, 0, 0),
    ]
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE t (month DATE, boundaries TEXT, commissioner TEXT, residents BIGINT, registered BIGINT,"
            " ghosts BIGINT, inflow BIGINT, outflow BIGINT)"
        )
        con.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        con.execute(f"COPY t TO '{tmp_path / 'commissioners.parquet'}' (FORMAT parquet)")
    return tmp_path


def test_start_and_end_on_fixed_boundaries(results: Path):
    summary = summarise(results)
    assert (summary["start"], summary["end"]) == ("2021-01-01", "2021-03-01")
    assert summary["commissioners"] == [
        {
            "commissioner": "A",
            "start": {"residents": 100, "registered": 110, "ghosts": 8, "net_flow": 2},
            "end": {"residents": 101, "registered": 108, "ghosts": 9, "net_flow": -4},
        },
        {
            "commissioner": "B",
            "start": {"residents": 200, "registered": 205, "ghosts": 7, "net_flow": -2},
            "end": {"residents": 201, "registered": 214, "ghosts": 8, "net_flow": 4},
        },
    ]


def test_the_table_names_bodies_and_adds_up(results: Path):
    text = render(summarise(results), {"A": "Ashton"})
    assert "Ashton" in text
    total = text.splitlines()[-1].split()
    assert total == ["All", "300", "302", "315", "322", "+0", "+0", "15", "17"]


def test_measures_of_the_region_are_told_where_the_run_has_them(results: Path):
    assert summarise(results)["region"] == {}
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE h AS SELECT * FROM (VALUES (DATE '2021-03-01', 9, 1500, 0.75, 2.6e6, 0),"
            " (DATE '2021-01-01', 10, 0, 0.80, 1e6, 0), (DATE '2021-02-01', 1, 1, 1, 1, 1))"
            " t(month, practices, digital, satisfaction, misallocated, waiting)"
        )
        con.execute(f"COPY h TO '{results / 'headline.parquet'}' (FORMAT parquet)")
    summary = summarise(results)
    assert list(summary["region"]) == ["practices", "satisfaction", "digital", "misallocated"], (
        "nobody ever waits: no line"
    )
    assert summary["region"]["digital"] == [0, 1500]
    lines = [" ".join(line.split()) for line in render(summary, {}).splitlines()]
    assert "Practices 10 9" in lines
    assert "Patients satisfied 80.0% 75.0%" in lines
    assert "Patients of digital providers 0 1,500" in lines
    assert "Not where residents' need is, GBP m 1.0 2.6" in lines


def test_only_the_largest_net_flows_are_printed_and_the_rest_are_counted():
    same = {"residents": 10, "registered": 10, "ghosts": 0}
    rows = [
        {"commissioner": f"C{i:02d}", "start": {**same, "net_flow": 0}, "end": {**same, "net_flow": 100 - i}}
        for i in range(LARGEST + 5)
    ]
    text = render({"start": "2021-01-01", "end": "2021-12-01", "commissioners": rows}, {})
    assert "C19" in text
    assert "C20" not in text
    assert "5 more commissioners" in text
    assert "250" in text.splitlines()[-1], "the total is of all of them"


def test_events_are_told_with_what_came_of_them(results: Path):
    assert summarise(results)["events"] == []
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT * FROM (VALUES (DATE '2021-03-01', 2, 'list-split', '{}', ''), (DATE '2021-02-01', 1,"
            " 'new-homes', '{}', 'in L1 (Ashton)')) AS t(month, number, event, detail, outcome))"
            f" TO '{results / 'events.parquet'}' (FORMAT parquet)"
        )
    summary = summarise(results)
    assert [event["event"] for event in summary["events"]] == ["new-homes", "list-split"], "in their order"
    assert render(summary, {}).splitlines()[-2:] == ["2021-02  new-homes: in L1 (Ashton)", "2021-03  list-split"]
