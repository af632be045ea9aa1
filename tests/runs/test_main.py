"""The gpdrift command as a user meets it: really run, in a folder of its own."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model.model import RegistrationModel
from model.scenario import Scenario
from runs.run_command import _tell_of_missing_residents


def gpdrift(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command and wait for it."""
    command = [sys.executable, "-m", "runs.start", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=570, check=False)


def refused(*arguments: str | Path, cwd: Path) -> str:
    """The one line a command is refused with: exit code 2, nothing printed, nothing written."""
    before = sorted(cwd.rglob("*"))
    done = gpdrift(*arguments, cwd=cwd)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("gpdrift: ")
    assert sorted(cwd.rglob("*")) == before
    return done.stderr


def test_an_event_that_does_not_fit_the_region_is_refused_with_the_file_it_is_in(tmp_path: Path):
    event = '[[timeline]]\nevent = "digital-launch"\nmonth = 2021-02-01\nhost = "Nowhere"\n'
    (tmp_path / "mine.toml").write_text(f'region = "town"\nmonths = 2\n{event}')
    said = refused("run", "mine.toml", cwd=tmp_path)
    assert said.startswith("gpdrift: mine.toml: digital-launch in February 2021: host is 'Nowhere', expected ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["runn"], "No such command 'runn'"),
        (["run", "--monhts", "3"], "gpdrift run --help shows what it takes"),
        (["run", "--months", "three"], "Invalid value for '--months'"),
        (["run", "--months", "-1"], "--months: months is -1, expected a whole number from 0 to 1200 (months)"),
        (["run", "--seed", "-1"], "--seed: seed is -1"),
        (["run", "--engine", "rows"], "Invalid value for '--engine'"),
        (["run", "defualt"], "no scenario is called 'defualt'; did you mean default?"),
        (["run", "mine.toml"], "mine.toml: no such scenario file"),
        (["run", "--set", "choice.inertai=1"], "unknown key choice.inertai; did you mean choice.inertia?"),
        (["run", "--set", "x=1"], "unknown key x; gpdrift scenarios --parameters lists every key"),
        (["run", "--set", "timeline=[]"], "events cannot be set here"),
        (["run", "--region", "englund"], "region 'englund': neither a preset (town, metro, england) nor a folder here"),
        (["run", "--region", "full"], "full: not a region, it has no region.json"),
        (["run", "--out", "full"], "--out full: exists and is not empty; choose another name or remove it"),
        (["run", "--out", "full/held"], "--out full/held: is a file; choose another name"),
        (["run", "--out", "full/held/below"], "cannot be made in"),
        (["run", "a", "b"], "Got unexpected extra argument (b)"),
        (["region", "synthesise", "--preset", "village", "--out", "new"], "'village' is not one of"),
        (["region", "synthesise", "--preset", "town"], "Missing option '--out'"),
        (["region", "synthesise", "--preset", "town", "--out", "full"], "--out full: exists and is not empty"),
        (["region", "synthesise", "--preset", "town", "--out", "new", "--seed", "-1"], "Invalid value for '--seed'"),
        (["region", "import", "absent", "--out", "new"], "absent: no such folder"),
        (["region", "import", "full", "--out", "full"], "--out full: exists and is not empty"),
        (["region", "import", "full", "--out", "new", "--no-neighbours"], "--no-neighbours: cuts around a part"),
        (["region", "import", "full", "--out", "new"], "full"),
        (["region", "describe", "absent"], "region 'absent': neither a preset"),
    ],
)
def test_bad_input_is_one_line_exit_2_and_nothing_written(tmp_path: Path, arguments: list[str], said: str):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "held").write_text("mine")
    assert said in refused(*arguments, cwd=tmp_path)


def test_help_names_every_command_and_needs_no_heavy_module(tmp_path: Path):
    done = gpdrift("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("run", "scenarios", "region"))
    loads = "import runs.main, sys; print(sorted({'numpy', 'numba', 'mesa', 'duckdb', 'pandas'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_scenarios_lists_every_file_of_the_library(tmp_path: Path):
    done = gpdrift("scenarios", "--json", cwd=tmp_path)
    listed = json.loads(done.stdout)
    assert listed[0]["name"] == "default"
    opened = next(row for row in listed if row["name"] == "open-boundaries")
    assert opened["events"] == [{"month": "2022-04-01", "event": "open-boundaries"}]
    text = gpdrift("scenarios", cwd=tmp_path).stdout
    assert all(row["name"] in text and row["title"] in text for row in listed)


def test_scenarios_lists_parameters_that_can_be_set(tmp_path: Path):
    rows = json.loads(gpdrift("scenarios", "--parameters", "--json", cwd=tmp_path).stdout)
    inertia = next(row for row in rows if row["key"] == "choice.inertia")
    assert (inertia["unit"], inertia["range"]) == ("utility", "0 to 20")
    text = gpdrift("scenarios", "--parameters", cwd=tmp_path).stdout
    assert all(row["key"] in text for row in rows)


def test_a_town_is_made_and_described(tmp_path: Path):
    done = gpdrift("region", "synthesise", "--preset", "town", "--out", "here/town", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "gpdrift run --region" in done.stdout
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == ["town"]
    rows = json.loads(gpdrift("region", "describe", "here/town", "--json", cwd=tmp_path).stdout)
    areas = next(row for row in rows if row["measure"] == "areas")
    assert areas["here"] == 36
    text = gpdrift("region", "describe", "here/town", cwd=tmp_path)
    assert "areas" in text.stdout
    again = gpdrift("region", "describe", "town", "--json", cwd=tmp_path)
    assert json.loads(again.stdout) == rows, "a preset is the region its synthesis makes"


def test_a_run_writes_results_and_prints_the_table(tmp_path: Path):
    done = gpdrift("run", "--region", "town", "--months", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    results = tmp_path / "results" / "default-001"
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == ["default-001"]
    assert {"manifest.json", "commissioners.parquet", "flows.parquet"} <= {path.name for path in results.iterdir()}
    assert "Registered against resident" in done.stdout
    assert "results/default-001" in done.stdout.replace(os.sep, "/")
    manifest = json.loads((results / "manifest.json").read_text())
    assert manifest["status"] == "complete"
    second = gpdrift("run", "--region", "town", "--months", "1", "--quiet", "--json", cwd=tmp_path)
    report = json.loads(second.stdout)
    assert second.stderr == ""
    assert Path(report["results"]) == Path("results/default-002")
    assert report["peak_memory_bytes"] > 0
    assert len(report["commissioners"]) == 2
    assert sum(row["end"]["net_flow"] for row in report["commissioners"]) == 0, "one closed town"


def test_a_start_other_than_the_registers_month_is_noted(tmp_path: Path):
    done = gpdrift("run", "--region", "town", "--months", "0", "--set", "start=2030-06", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the run starts in June 2030 with people and lists as of 2021-01" in done.stderr
    assert "2030-06" in done.stdout
    as_registered = gpdrift("run", "--region", "town", "--months", "0", "--quiet", cwd=tmp_path)
    assert as_registered.stderr == ""


def test_events_outside_the_run_are_noted_in_comparisons_too(tmp_path: Path):
    done = gpdrift("compare", "clean-lists", "--region", "town", "--months", "1", cwd=tmp_path)
    assert "clean-lists: clean-lists in April 2022 falls outside the run (1 months from January 2021)" in done.stderr


def test_events_outside_the_run_are_noted(tmp_path: Path):
    done = gpdrift("run", "clean-lists", "--region", "town", "--months", "1", "--out", "r", "--quiet", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == ""
    assert "clean-lists in April 2022 falls outside the run (1 months from January 2021)" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_leaves_nothing_half_written(tmp_path: Path, sent: signal.Signals, code: int):
    # compiled beforehand, so that the signal finds it stepping
    assert gpdrift("run", "--region", "metro", "--months", "1", "--out", "before", cwd=tmp_path).returncode == 0
    command = [sys.executable, "-m", "runs.main", "run", "--region", "metro", "--months", "1200", "--out", "r/stopped"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        time.sleep(5)
        running.send_signal(sent)
        _, errors = running.communicate(timeout=570)
    assert running.returncode == code, errors
    assert "Traceback" not in errors
    assert errors.endswith("gpdrift: stopped; nothing half-written is left\n")
    assert not any((tmp_path / "r").rglob("*"))


@pytest.mark.slow
def test_a_published_commissioner_is_imported_and_run(tmp_path: Path, real_data: Path):
    part = ("--commissioner", "NHS Hillingdon CCG", "--no-neighbours")
    done = gpdrift("region", "import", real_data, "--out", "hillingdon", *part, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = gpdrift("run", "--region", "hillingdon", "--months", "1", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["commissioners"]
    assert row["start"]["net_flow"] == 0, "nobody from elsewhere is left, so nothing crosses a border"
    assert row["start"]["registered"] > row["start"]["residents"] > 200_000
    wrong = refused("region", "import", real_data, "--out", "new", "--commissioner", "NHS Hilingdon CCG", cwd=tmp_path)
    assert "did you mean 'NHS Hillingdon CCG'?" in wrong


def test_a_run_says_where_its_residents_are_not_those_of_the_region(capsys):
    model = RegistrationModel(Scenario(), region="town")
    _tell_of_missing_residents(model)
    assert capsys.readouterr().err == ""
    # As where half of the people are on lists that are not in the files.
    model.region = dataclasses.replace(model.region, population=2 * model.region.population)
    _tell_of_missing_residents(model)
    assert "residents where the region has" in capsys.readouterr().err
