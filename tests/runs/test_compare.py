"""Scenarios side by side: the table says what runs say, and differences are to what each is compared with."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from two_compared import ending, rows

from model.errors import InputError
from model.scenario_files import load_scenario
from runs.compare import MEASURES, compared, run_in_memory
from runs.compare_command import chosen
from runs.comparison_table import as_json, render, render_markdown
from runs.library import QUESTIONS, library, load


def gpdrift(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "runs.main", "compare", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=570, check=False)


def test_differences_are_values_less_those_of_the_other():
    base, entry = rows()
    assert base.differences == {}
    assert entry.differences["highest_ratio"] == 0.25
    assert entry.differences["digital"] == 1200.0
    assert math.isnan(entry.differences["travel"])


def test_the_ratio_of_the_host_is_of_one_commissioner_on_both_sides():
    """One that names its host and one that names none, each compared with the other."""
    values = {m.name: 0.5 for m in MEASURES}
    scenarios = [load("baseline"), load("digital-entry")]
    ended = {
        "baseline": ending(values, (1.25, 0.75)),
        "digital-entry": ending(values, (1.125, 0.875), host=1, launches=True),
    }
    alone, entry = compared(scenarios, {"baseline": "", "digital-entry": "baseline"}, ended)
    assert (alone.values["host_ratio"], alone.host) == (1.25, "Birchhead")
    assert (entry.values["host_ratio"], entry.differences["host_ratio"], entry.host) == (0.875, 0.125, "Deercote")
    assert "hosted: Birchhead (baseline); Deercote (digital-entry)\n" in render([alone, entry])
    assert "hosted: Deercote\n" in render_markdown([entry])
    assert [told["host"] for told in as_json([alone, entry])["scenarios"]] == ["Birchhead", "Deercote"]
    (base,) = compared(scenarios[:1], {"baseline": "digital-entry"}, ended)
    assert (base.values["host_ratio"], base.differences["host_ratio"], base.host) == (0.75, -0.125, "Deercote")


@pytest.mark.slow
def test_the_host_a_scenario_names_is_looked_at_in_both_runs(tmp_path: Path):
    """The town's other commissioner, not that with most young adults."""
    from model.geography.open_region import open_region
    from model.model import RegistrationModel

    region = open_region("town")
    code = str(region.commissioners[1])
    (tmp_path / "mine.toml").write_text(
        f'[[timeline]]\nmonth = 2022-04-01\nevent = "digital-launch"\nhost = "{code}"\n'
    )
    options = {"region": "town", "start": "2022-04", "months": 1}
    scenarios = [load_scenario(tmp_path / "mine.toml", options=options), load("baseline", (), options)]
    ended = {scenario.name: run_in_memory(scenario, region, lambda: None) for scenario in scenarios}
    assert (ended["baseline"].host, ended["mine"].host) == (0, 1)
    mine = compared(scenarios, {"mine": "baseline", "baseline": ""}, ended)[0]
    ratios = []
    for scenario in scenarios:
        model = RegistrationModel(scenario, region=region)
        model.step()
        counts = model.counts
        ratios.append(counts.by_commissioner("registered")[1] / counts.by_commissioner("residents")[1])
    assert mine.host == region.name_of(code)
    assert mine.values["host_ratio"] == pytest.approx(ratios[0], rel=1e-12)
    assert mine.differences["host_ratio"] == pytest.approx(ratios[0] - ratios[1], abs=1e-12)


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
def test_what_a_scenario_is_compared_with_runs_where_and_as_long_as_it_does(tmp_path: Path):
    """A file without a policy does not differ from the baseline, whichever of the two is named first."""
    (tmp_path / "mine.toml").write_text('region = "town"\nstart = "2022-02"\nmonths = 2\nseed = 3\n')
    done = gpdrift("mine.toml", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (mine,) = json.loads(done.stdout)["scenarios"]
    assert {value for value in mine["differences"].values() if value is not None} == {0.0}
    done = gpdrift("baseline", "mine.toml", "--json", cwd=tmp_path)
    assert [row["values"] for row in json.loads(done.stdout)["scenarios"]] == [mine["values"]] * 2
    given = ("--region", "town", "--set", "start=2022-02", "--months", "2", "--seed", "3")
    (alone,) = json.loads(gpdrift("baseline", *given, "--json", cwd=tmp_path).stdout)["scenarios"]
    assert alone["values"] == mine["values"]


def test_scenarios_that_differ_in_where_or_how_long_are_refused(tmp_path: Path):
    (tmp_path / "a.toml").write_text('region = "town"\nmonths = 0\n')
    (tmp_path / "b.toml").write_text('region = "town"\nmonths = 1\nseed = 2\nstart = "2022-02"\n')
    (tmp_path / "c.toml").write_text('start = "2022-03"\n')
    done = gpdrift("a.toml", "b.toml", "c.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "found start '2022-02' in b and '2022-03' in c; months 0 in a and 1 in b," in done.stderr
    assert done.stderr.endswith("give one, such as --set start=2022-02 --months 0\n")
    done = gpdrift("a.toml", "b.toml", "c.toml", "--set", "start=2022-02", "--months", "0", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = gpdrift("history-2017-2021", "--against", "history-2014-2021", cwd=tmp_path)
    assert done.returncode == 2
    assert "region 'england-2017' in history-2017-2021 and 'england-2014' in history-2014-2021;" in done.stderr


def test_what_nobody_asked_for_gives_way_to_what_it_is_compared_with():
    """history-2014-2021 is of other months and another region than what its file names."""
    made, other, notes = chosen(["history-2014-2021"], None, (), {})
    assert other == {"history-2014-2021": "history-2017-2021-no-digital"}
    places = {(scenario.region, scenario.start, scenario.months) for scenario in made.values()}
    assert places == {("england-2014", "2014-04", 93)}
    assert notes == [
        "history-2017-2021-no-digital, which it is compared with, has region england-2014 instead of england-2017, "
        "start 2014-04 instead of 2017-04, months 93 instead of 57"
    ]
    with pytest.raises(
        InputError, match=r"region 'england-2014' in history-2014-2021 and 'england-2017' in history-2017"
    ):
        chosen(["history-2014-2021", "history-2017-2021-no-digital"], None, (), {})


@pytest.mark.parametrize("name", [scenario.name for scenario in library()])
def test_every_scenario_of_the_library_can_be_compared_by_its_name_alone(name: str):
    made, _, _ = chosen([name], None, (), {})
    assert len({(scenario.region, scenario.start, scenario.months, scenario.seed) for scenario in made.values()}) == 1


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
