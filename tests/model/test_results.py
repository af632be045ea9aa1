"""Results tables and folders: rows go in and come out; folders appear whole or not at all."""

import os
import threading
import time

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InputError
from model.geography.region import Column, Table
from model.results import Coded, GatheredTable, put_in_place, refuse_taken, unfinished, write_tables

TABLE = Table(
    "made",
    "a row",
    ("month", "place"),
    (
        Column("month", "date", ""),
        Column("place", "text", ""),
        Column("note", "text", ""),
        Column("people", "int", "", "people"),
        Column("share", "float", ""),
        Column("open", "bool", ""),
    ),
)
LABELS = np.array(["north", "south"])


def read(file):
    with duckdb.connect() as con:
        return con.execute(f"SELECT * FROM '{file}'").fetchall()


def test_blocks_of_arrays_and_of_single_values(tmp_path):
    table = GatheredTable(TABLE)
    table.add(
        month=612,
        place=Coded(np.array([1, 0], np.int8), LABELS),
        note=["a", 'it\'s, "b"'],
        people=np.array([3, 2**40]),
        share=np.array([0.5, np.nan]),
        open=np.array([True, False]),
    )
    table.add(month=613, place=Coded(np.array([0]), LABELS), note="c", people=1, share=1.5, open=True)
    assert write_tables({"it's": table}, tmp_path) == {"it's": 3}
    with duckdb.connect() as con:
        rows = con.execute("SELECT * FROM read_parquet(?)", [str(tmp_path / "it's.parquet")]).fetchall()
    assert [(str(row[0]), *row[1:]) for row in rows] == [
        ("2021-01-01", "south", "a", 3, 0.5, True),
        ("2021-01-01", "north", 'it\'s, "b"', 2**40, None, False),
        ("2021-02-01", "north", "c", 1, 1.5, True),
    ]


def test_a_table_without_rows_has_its_columns(tmp_path):
    assert write_tables({"empty": GatheredTable(TABLE)}, tmp_path) == {"empty": 0}
    with duckdb.connect() as con:
        kinds = con.execute(f"SELECT column_type FROM (DESCRIBE SELECT * FROM '{tmp_path}/empty.parquet')").fetchall()
    assert [kind for (kind,) in kinds] == ["DATE", "VARCHAR", "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN"]
    assert read(tmp_path / "empty.parquet") == []


@given(st.lists(st.integers(0, 5), max_size=8))
def test_rows_keep_their_order_whatever_the_blocks(lengths):
    table = GatheredTable(TABLE)
    first = 0
    for length in lengths:
        people = np.arange(first, first + length)
        table.add(month=0, place=Coded(np.zeros(length, int), LABELS), note="", people=people, share=0.0, open=True)
        first += length
    assert table.rows == first
    assert table.take()["people"].tolist() == list(range(first))
    assert (table.rows, len(table.take())) == (0, 0)


def test_a_long_table_is_written_in_order(tmp_path):
    table = GatheredTable(TABLE)
    for block in range(3):
        people = np.arange(300_000) + block * 300_000
        table.add(month=block, place=Coded(people % 2, LABELS), note="", people=people, share=0.0, open=True)
    write_tables({"long": table}, tmp_path)
    with duckdb.connect() as con:
        people = con.execute(f"SELECT people FROM '{tmp_path}/long.parquet'").fetchnumpy()["people"]
    assert np.array_equal(people, np.arange(900_000))


def test_a_large_table_is_not_held_twice():
    psutil = pytest.importorskip("psutil", reason="memory held is asked of psutil")
    columns = [Column(f"count {k}", "int", "") for k in range(8)]
    table, process = GatheredTable(Table("large", "a row", (), tuple(columns))), psutil.Process()
    # Having let go of something larger, the allocator keeps what is let go of afterwards.
    np.ones(3_000_000)
    for block in range(40):
        table.add(**{column.name: np.arange(100_000) + block for column in columns})
    before, held, done = process.memory_info().rss, [], threading.Event()

    def watch():
        while not done.wait(0.001):
            held.append(process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    frame = table.take()
    done.set()
    watcher.join()
    assert frame.memory_usage(index=False).sum() == 8 * 40 * 100_000 * 8
    assert max(held) - before < 100e6


def test_wrong_columns_are_bugs():
    table = GatheredTable(TABLE)
    with pytest.raises(ValueError, match="place"):
        table.add(month=1, note="", people=1, share=1.0, open=True)
    with pytest.raises(ValueError, match="different lengths"):
        table.add(month=1, place=Coded(np.zeros(2, int), LABELS), note="", people=np.arange(3), share=1.0, open=True)
    table.add(month=1, place=Coded(np.zeros(1, int), LABELS), note="", people=1, share=1.0, open=True)
    table.add(month=1, place=Coded(np.zeros(1, int), LABELS[::-1]), note="", people=1, share=1.0, open=True)
    with pytest.raises(ValueError, match="share their labels"):
        table.take()


def test_an_old_unfinished_folder_is_removed_and_a_recent_one_left_alone(tmp_path):
    old, recent = unfinished(tmp_path / "run"), unfinished(tmp_path / "run")
    (old / "part.parquet").write_bytes(b"half")
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))
    new = unfinished(tmp_path / "run")
    assert {path.name for path in tmp_path.iterdir()} == {recent.name, new.name}
    assert all(path.name.startswith(".run.") for path in tmp_path.iterdir())


def test_results_whose_name_was_taken_meanwhile_are_kept_under_another(tmp_path):
    written = unfinished(tmp_path / "run")
    (written / "manifest.json").write_text("mine")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text("theirs")
    with pytest.raises(InputError, match="run-2"):
        put_in_place(written, tmp_path / "run")
    assert (tmp_path / "run" / "manifest.json").read_text() == "theirs"
    assert (tmp_path / "run-2" / "manifest.json").read_text() == "mine"


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "run").mkdir()
    refuse_taken(tmp_path / "run")
    written = unfinished(tmp_path / "run")
    (written / "manifest.json").write_text("mine")
    put_in_place(written, tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    with pytest.raises(InputError, match="not empty"):
        refuse_taken(tmp_path / "run")


def test_a_place_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        refuse_taken(tmp_path / "file" / "run")
