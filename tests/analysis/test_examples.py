"""The worked examples are really run, and what they tell is what their results say."""

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from matplotlib.image import imread

from analysis.published_history import HOST

EXAMPLES = Path(__file__).resolve().parents[2] / "analysis" / "examples"
LESSONS = sorted(file.stem for file in EXAMPLES.glob("[!_]*.py"))


def run(lesson: str, *arguments: str, code: int = 0) -> str:
    """What a lesson prints, errors included."""
    command = [sys.executable, "-m", f"analysis.examples.{lesson}", *arguments]
    done = subprocess.run(
        command, cwd=EXAMPLES.parents[1], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == code, done.stdout
    return done.stdout


def one(folder: Path, query: str) -> tuple:
    """The first row a query on the tables of a run gives; they are named in braces: {headline}."""
    tables = {file.stem: f"read_parquet('{file}')" for file in folder.glob("*.parquet")}
    return duckdb.sql(query.format(**tables)).fetchall()[0]


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_there_are_two():
    assert LESSONS == ["gp_at_hand", "lists_split_at_1000"]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_is_cells_of_words_and_code_by_turns(lesson: str):
    text = (EXAMPLES / f"{lesson}.py").read_text(encoding="utf-8")
    head, *cells = re.split(r"^# %%", text, flags=re.M)
    assert head.strip().startswith('"""')
    words = [cell.startswith(" [markdown]\n") for cell in cells]
    assert words == [position % 2 == 0 for position in range(len(cells))]
    assert len(cells) >= 8
    for cell, is_words in zip(cells, words, strict=True):
        if is_words:
            assert all(line.startswith("#") for line in cell.strip().splitlines()[1:])
    assert cells[0].splitlines()[1].startswith("# # ")


def test_what_a_provider_did_to_its_host(tmp_path: Path):
    out = tmp_path / "lesson"
    said = run("gp_at_hand", "town", "--months", "6", "--out", str(out))
    (host,) = one(out / "with", "SELECT any_value(commissioner) FROM {providers} WHERE kind = 'digital'")
    lists = "SELECT registered FROM {commissioners} WHERE boundaries = 'fixed' AND month = DATE '2021-07-01'"
    lists += f" AND commissioner = '{host}'"
    (entered,), (alone,) = one(out / "with", lists), one(out / "without", lists)
    row = next(line for line in said.splitlines() if line.startswith("2021-07-01")).split()
    assert [int(cell) for cell in row[2:]] == [entered, int(row[3]), alone, entered - alone]
    (total,) = one(out / "with", "SELECT sum(patients) FROM {digital_homes} WHERE month = DATE '2021-07-01'")
    assert f"Homes of the provider's {total:,} patients" in said
    (away,) = one(
        out / "with",
        "SELECT sum(patients) FROM {digital_homes} WHERE month = DATE '2021-07-01'"
        f" AND home_commissioner <> '{host}'",
    )
    assert f"Living outside the host: {away / total:.1%}" in said
    assert imread(out / "gp-at-hand.png").shape[1] == 1650


def test_what_a_threshold_brings_home(tmp_path: Path):
    out = tmp_path / "lesson"
    said = run("lists_split_at_1000", "town", "--months", "6", "--thresholds", "10", "5000", "--out", str(out))
    rows = {
        cells[0]: cells[1:]
        for cells in map(str.split, said.partition("split above")[2].splitlines())
        if len(cells) == 6 and cells[0] in ("never", "10", "5,000")
    }
    for rule, cells in rows.items():
        end = one(
            out / rule.replace(",", ""), "SELECT digital, crossing FROM {headline} WHERE month = DATE '2021-07-01'"
        )
        assert [number(cell) for cell in cells[1:3]] == list(end), rule
    contracts = {rule: number(cells[0]) for rule, cells in rows.items()}
    assert contracts == {"never": 1, "10": 2, "5,000": 1}
    assert number(rows["10"][2]) < number(rows["never"][2])  # fewer across a border
    assert rows["5,000"] == rows["never"]  # a threshold nobody reaches changes nothing
    assert imread(out / "lists-split.png").shape[1] == 1650


def test_what_does_not_fit_is_one_line(tmp_path: Path):
    assert run("gp_at_hand", "twon", "--out", str(tmp_path / "new"), code=2).splitlines()[-1].startswith("gp_at_hand: ")
    (tmp_path / "there").write_text("something")
    said = run("lists_split_at_1000", "town", "--out", str(tmp_path), code=2)
    assert said == f"lists_split_at_1000: --out {tmp_path}: exists and is not empty; choose another name or remove it\n"


@pytest.mark.slow
def test_history_of_the_real_host(real_data: Path, tmp_path: Path):
    """A year from April 2017: the provider of those years counts to Hammersmith and Fulham, and means to go to Birmingham."""
    region = tmp_path / "parts-2017"
    asked = ["region", "import", str(real_data), "--month", "2017-04", "--out", str(region)]
    asked += ["--system", "North West London", "--authority", "Birmingham", "--no-neighbours", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "runs.main", *asked],
        cwd=EXAMPLES.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = run("gp_at_hand", str(region), "--months", "12", "--out", str(tmp_path / "lesson"))
    assert "Hammersmith and Fulham, host of the provider's list" in said
    (host,) = one(
        tmp_path / "lesson" / "with", "SELECT any_value(commissioner) FROM {providers} WHERE kind = 'digital'"
    )
    assert host == HOST
    assert "No region of April 2017" not in said
