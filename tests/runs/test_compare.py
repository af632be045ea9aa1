"""Scenarios side by side: the table says what runs say, and differences are to what each is compared with."""

import dataclasses
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from runs.compare import MEASURES, Compared, as_json, compared, render, render_markdown
from runs.library import QUESTIONS, load


def gpdrift(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "runs.main", "compare", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=570, check=False)


def rows() -> list[Compared]:
    scenarios = [load("baseline"), load("digital-entry")]
    base = {m.name: 0.5 for m in MEASURES} | {"travel": math.nan, "digital": 10.0}
    entry = base | {"highest_ratio": 0.75, "digital": 1210.0, "gross": 0.50001}
    return compared(
        scenarios, {"baseline": "", "digital-entry": "baseline"}, {"baseline": base, "digital-entry": entry}
    )


def test_differences_are_values_less_those_of_the_other():
    base, entry = rows()
    assert base.differences == {}
    assert entry.differences["highest_ratio"] == 0.25
    assert entry.differences["digital"] == 1200.0
    assert math.isnan(entry.differences["travel"])


def test_the_table_leaves_out_what_nobody_has_and_blanks_what_rounds_to_nothing():
    text = render(rows())
    assert "travel" not in text
    lines = text.splitlines()
    assert lines[2].split()[0] == "baseline"
    assert lines[3].split()[:2] == ["digital-entry", "0.750"]
    assert lines[4].split() == ["less", "baseline", "+0.250", "+1,200"], "0.001% of crossing rounds to nothing"
    assert len({len(line.rstrip()) for line in lines[2:4]}) == 1, "figures stand under one another"
    table = render_markdown(rows()).splitlines()
    assert table[0].count("|") == table[1].count("|") == table[2].count("|") == table[3].count("|")
    assert "| 1,210 (+1,200) |" in table[3]


def test_shares_differ_by_points():
    base, entry = rows()
    entry = dataclasses.replace(entry, differences={**entry.differences, "net": 0.0021, "gross": -0.0004})
    lines = render([base, entry]).splitlines()
    assert lines[4].split() == ["less", "baseline", "+0.250", "-0.04", "points", "+0.21", "points", "+1,200"]
    assert "| 50.00% (+0.21 points) |" in render_markdown([base, entry])


def test_json_has_null_where_there_is_no_value():
    told = json.loads(json.dumps(as_json(rows()), allow_nan=False))
    assert told["scenarios"][1]["values"]["travel"] is None
    assert told["scenarios"][0]["against"] is None
    assert {m["name"] for m in told["measures"]} == set(told["scenarios"][1]["differences"])


@pytest.mark.slow
def test_scenarios_are_compared_with_what_they_name(tmp_path: Path):
    done = gpdrift("open-boundaries", "baseline", "--region", "town", "--months", "18", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    opened, base = json.loads(done.stdout)["scenarios"]
    assert (opened["against"], base["against"]) == ("no-policy", None)
    assert opened["differences"]["out_of_area"] > 0
    assert not any(tmp_path.iterdir()), "nothing is written"
    ran = [sys.executable, "-m", "runs.main", "run", "baseline", "--region", "town", "--months", "18", "--out", "r"]
    subprocess.run(ran, cwd=tmp_path, check=True, capture_output=True, timeout=570)
    import duckdb

    with duckdb.connect() as con:
        (practices, gross), *_ = con.execute(
            f"SELECT practices, gross_misalignment FROM read_parquet('{tmp_path}/r/headline.parquet') ORDER BY month DESC"
        ).fetchall()
    assert (base["values"]["practices"], base["values"]["gross"]) == (practices, gross)


def test_bad_input_is_one_line(tmp_path: Path):
    done = gpdrift("basline", cwd=tmp_path)
    assert done.returncode == 2
    assert "no scenario is called 'basline'; did you mean baseline?" in done.stderr
    (tmp_path / "mine.toml").write_text('name = "baseline"\nmonths = 3\n')
    done = gpdrift("mine.toml", "baseline", cwd=tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "another scenario compared is also called baseline" in done.stderr
    assert gpdrift("--json", "--markdown", cwd=tmp_path).returncode == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", QUESTIONS)
def test_every_what_if_runs_through_its_last_event(name: str):
    """On the town, whatever its commissioners and authorities are called: nothing is refused, every event takes place."""
    from model.model import RegistrationModel

    scenario = load(name, (), {"region": "town", "months": 78})
    model = RegistrationModel(scenario)
    for _ in range(scenario.months):
        model.step()
    assert [event["event"] for event in model.events] == [event.kind for event in scenario.timeline]
    values = {measure.name: measure.of(model) for measure in MEASURES}
    untold = {name for name, value in values.items() if math.isnan(value)}
    assert untold <= {"digital_index"}
    assert (values["digital"] > 0) == math.isfinite(values["digital_index"])
    assert 0 <= values["net"] <= values["gross"] < 0.2
    assert model.counts.lists.sum() == model.counts.true[:, :-1].sum() + model.counts.ghosts.sum()
