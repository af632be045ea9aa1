"""gpdrift bench: really run, at sizes that take seconds; no test looks at how long anything took."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model.errors import InputError
from model.model import RegistrationModel
from model.patients.casemix import KINDS, classes_of_age, grouping_of, need_weights
from model.patients.casemix_pass import empty_pass
from model.patients.columns import COLUMNS, FOLLOWS, Columns, Row
from model.patients.decide import decide
from model.patients.draws import event_draw
from model.patients.happenings import NOTHING
from model.patients.month import make_scratch
from model.patients.rates import row_bounds
from model.phases import PHASES
from model.scenario import Scenario
from runs.bench_command import _refuse_taken
from runs.bench_floor import (
    decisions_seconds,
    decisions_strip,
    floor_seconds,
    floor_strip,
    look_seconds,
    look_strip,
    reading_seconds,
    reading_strip,
)
from runs.bench_report import _limits, compared, rendered
from runs.bench_runs import Bench
from runs.bench_task import Task, measure, region_of, scenario_of


@pytest.fixture(scope="module")
def measured():
    """Of 20,000 people: 26 months with the columns, two with an agent each."""
    columns = measure(Task(region="", people=20_000, months=26, compare_at=2))
    agents = measure(Task(region="", people=20_000, months=2, compare_at=2, engine="agents", floor=False))
    return columns, agents


def test_both_engines_end_in_the_same_state_and_everything_is_measured(measured):
    columns, agents = measured
    assert columns["compared"]["state"] == agents["compared"]["state"]
    assert columns["patients_start"] > 20_000
    assert columns["compared"]["patient_months"] == agents["patient_months"] >= 2 * columns["patients_start"]
    assert set(columns["phases"]) <= set(PHASES)
    told = sum(wall for wall, _ in columns["phases"].values())
    assert 0.7 * columns["stepping"] < told <= columns["stepping"], "phases are all there is to a month"
    assert columns["state_bytes_per_row"] == 19
    assert columns["columns_bytes"] < columns["peak_memory"]
    assert len(columns["floor_seconds"]) == 2
    assert not agents["floor_seconds"]
    assert columns["least"].keys() == {"look", "decisions", "reading"}
    assert not agents["least"]
    assert agents["events"] == ["digital-launch 2021-02"] == columns["events"][:1]
    assert [month for month, _ in columns["memory"]] == [0, 12, 24]


def test_the_report_sets_them_side_by_side(measured):
    columns, agents = (dict(each) for each in measured)
    about = Bench("", (20_000,), 2, 2, "", None, (), True)._about()
    found = compared(
        {
            "about": about,
            "runs": [{"name": "20,000 people"} | columns],
            "agents": {"name": "20,000 people"} | agents,
            "whole_region": "",
            "default_run": {"months": 120, "first": 26.0, "after": 4.0, "compiling": 20.0},
            "seconds": 1.0,
        }
    )
    assert found["engines_agree"] is True
    run = found["runs"][0]
    assert run["times_agents"] > 0
    assert run["times_agents_same_months"] > 0
    assert run["floors"] > 1
    least = columns["least"]
    assert run["least_month_seconds"] == pytest.approx(least["decisions"][0] + least["reading"][0] / 3)
    text = rendered(found)
    for word in ("All England was left out", "digital-launch 2021-02", "decide", "numba", "agents", "byte for byte"):
        assert word in text
    verdicts = {row["what"]: row["met"] for row in found["budgets"]}
    assert verdicts == {
        "default run, first ever, s": False,
        "default run, after, s": True,
        "state, bytes a patient": True,
    }
    json.dumps(found, allow_nan=False)


def test_the_limits_say_what_the_budget_of_floors_leaves_for_the_rest():
    run = {"months": 120, "month_seconds": 0.809, "least_month_seconds": 0.392, "floor_seconds": [0.088, 0.092]}
    assert _limits(run) == (
        "Nothing but looking, deciding and reading would take 47.0 s of stepping on this machine. 7 floors are 630 ms a"
        " month: those three take 392 ms, and all the rest, which takes 417 ms, would have 238."
    )
    assert _limits(run | {"least_month_seconds": 0.7}).endswith("which takes 109 ms, would have no time at all.")


def test_the_floor_reads_every_row_of_every_column_and_draws_for_each():
    """Its sum changes with any single value, and its draws with the number of rows and the month."""
    rows = 70_000

    def sums(month: int = 3, rows: int = rows, **changed: int) -> tuple[int, int]:
        columns = Columns(**{name: np.full(rows, 2, kind) for name, kind in COLUMNS.items()})
        for name, row in changed.items():
            getattr(columns, name)[row] += 1
        found = np.zeros((1, 16), np.uint32)
        floor_strip(columns, 0, rows, month, found, 0)
        return int(found[0, 0]), int(found[0, 1])

    read, drawn = sums()
    assert read == 2 * rows * len(COLUMNS)
    for name in COLUMNS:
        assert sums(**{name: 65_536 + 7}) == (read + 1, drawn)
    assert sums(month=4)[1] != drawn != sums(rows=rows - 1)[1]
    wall, cpu = floor_seconds(Columns(**{n: np.full(rows, 2, k) for n, k in COLUMNS.items()}), rows, 2, times=1)
    assert wall > 0
    assert cpu > 0


def test_the_look_leaves_everything_and_finds_whoever_the_month_changes():
    model = RegistrationModel(Scenario(region="town", months=1))
    before = [column[: model.engine.rows].copy() for column in model.engine.columns]
    rows, world = len(before[0]), model.world
    found = np.zeros((1, 16), np.int64)
    look_strip(model.engine.columns, 0, rows, world, make_scratch(), row_bounds(world.rates.bound), found, 0)
    now = [column[:rows] for column in model.engine.columns]
    assert all((one == other).all() for one, other in zip(now, before, strict=True))
    wall, cpu = look_seconds(model.engine.columns, rows, world, 2, times=1)
    assert wall > 0
    assert cpu > 0
    model.step()
    parents = model.engine.columns.mother[rows : model.engine.rows]
    changed = np.any([one[:rows] != other for one, other in zip(model.engine.columns, before, strict=True)], axis=0)
    changed[parents[parents < rows]] = True
    children = (before[list(COLUMNS).index("flags")] & FOLLOWS) > 0
    assert 0 < (changed & ~children).sum() <= found[0, 0] < rows / 10


def test_decisions_are_those_of_the_month_and_nothing_is_kept():
    model = RegistrationModel(Scenario(region="town", months=1))
    columns, rows, world = model.engine.columns, model.engine.rows, model.world
    before = [column[:rows].copy() for column in columns]
    found = np.zeros((1, 16), np.int64)
    decisions_strip(columns, 0, rows, world, make_scratch(), row_bounds(world.rates.bound), found, 0)
    assert all((column[:rows] == other).all() for column, other in zip(columns, before, strict=True))
    happened = 0
    for patient in range(rows):
        u, v = event_draw(world.seed, patient, world.month)
        row = Row(*(int(column[patient]) for column in columns))
        happened += decide(patient, row, u, v, world)[1] != NOTHING
    assert found[0, 1] == happened > 0
    assert found[0, 0] >= happened
    grouping = grouping_of(model, classes_of_age(need_weights(model.scenario)))
    counted, found = empty_pass(np.zeros(0, np.int64), 0, len(KINDS), grouping), np.zeros((1, 16), np.int64)
    reading_strip(columns, 0, rows, world.month, counted, grouping, found, 0)
    assert found[0, :2].tolist() == [model.counts.lists.sum(), model.counts.residents.sum()]
    for wall, cpu in (
        decisions_seconds(columns, rows, world, 2, times=1),
        reading_seconds(columns, rows, world.month, grouping, 2, times=1),
    ):
        assert wall > 0
        assert cpu > 0


def test_events_move_with_the_month_of_the_region(make_region):
    from msgspec.structs import replace

    place = np.array([[0.0, 0.0], [1.0, 0.0]])
    region = make_region(place, place)
    task = Task(region="x", months=5)
    first = scenario_of(task, region).timeline[0].month
    later = scenario_of(task, replace_date(region, "2017-04-01")).timeline[0].month
    assert (first.isoformat(), later.isoformat()) == ("2021-02-01", "2017-05-01")
    assert replace(task, months=6).months == 6


def replace_date(region, date):
    from dataclasses import replace

    return replace(region, about={**region.about, "date": date})


def test_a_file_that_is_there_is_refused_before_minutes_of_work(tmp_path: Path):
    taken = tmp_path / "taken.json"
    taken.write_text("mine")
    with pytest.raises(InputError, match="exists; choose another name"):
        _refuse_taken(taken)
    with pytest.raises(InputError, match="no folder"):
        _refuse_taken(tmp_path / "absent" / "b.json")
    assert Path(region_of(Task(region="", people=20_000))).is_dir()
    assert region_of(Task(region="town")) == "town"


def bench(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "runs.main", "bench", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_command_measures_and_writes(tmp_path: Path):
    small = ("--size", "20000", "--months", "2", "--agents-months", "1")
    done = bench(*small, "--region", "town", "--json", "b.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "20,000 people" in done.stdout
    found = json.loads((tmp_path / "b.json").read_text())
    assert [run["name"] for run in found["runs"]] == ["20,000 people", "town"]
    assert found["engines_agree"] is True
    assert min(found["default_run"][which] for which in ("first", "after")) > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.json"]
    printed = bench("--size", "20000", "--months", "1", "--without", "agents", "--without", "first-use", "--json",
                    "--threads", "1", cwd=tmp_path)  # fmt: skip
    assert json.loads(printed.stdout)["runs"][0]["threads"] == 1
    for wrong in (("--region", "absent"), ("--scenario", "absent"), ("--size", "5")):
        done = bench("--size", "20000", *wrong, cwd=tmp_path)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
