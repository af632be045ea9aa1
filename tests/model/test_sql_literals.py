"""A path stands for one file in a query, whatever characters are in it."""

from pathlib import Path

import duckdb
import pytest

from model.sql_literals import file_literal, parquet_rows, text_literal

BESIDE = [("m[1]", "m1"), ("a*", "ab"), ("q?", "qu"), ("**", "deep"), ("[[]", "["), ("it's [2]", "it's 2"), ("]", "x")]


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Folders that hold their own name as Parquet and as CSV."""
    with duckdb.connect() as con:
        for name in {name for pair in BESIDE for name in pair}:
            (tmp_path / name).mkdir()
            for kind in ("parquet", "csv"):
                target = text_literal(tmp_path / name / f"t.{kind}")
                con.execute(f"COPY (SELECT {text_literal(name)} AS name) TO {target} (FORMAT {kind})")
    return tmp_path


@pytest.mark.parametrize("name", [name for pair in BESIDE for name in pair])
def test_one_file_is_read_and_not_those_its_path_would_match(folders: Path, name: str):
    for sql in (
        f"FROM {parquet_rows(folders / name / 't.parquet')}",
        f"FROM {file_literal(folders / name / 't.parquet')}",
        f"FROM {file_literal(folders / name / 't.csv')}",
        f"FROM read_csv({file_literal(folders / name / 't.csv')}, all_varchar = true)",
    ):
        assert duckdb.sql(sql).fetchall() == [(name,)], sql


def test_several_files_of_one_table(folders: Path):
    files = [folders / name / "t.parquet" for name in ("a*", "m[1]")]
    rows = duckdb.sql(f"FROM {parquet_rows(files, 'filename = true')}").fetchall()
    assert rows == [(name, str(file)) for name, file in zip(("a*", "m[1]"), files, strict=True)]


def test_a_folder_named_like_a_partition_adds_no_column(tmp_path: Path):
    (tmp_path / "seed=1").mkdir()
    file = tmp_path / "seed=1" / "t.parquet"
    duckdb.sql("SELECT 7 AS practices").write_parquet(str(file))
    assert duckdb.sql(f"FROM {parquet_rows(file)}").columns == ["practices"]
