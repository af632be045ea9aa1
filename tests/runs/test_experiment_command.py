"""The experiment command as a user meets it: really run, stopped, killed, resumed; one process, two, or a scheduler."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pandas as pd
import psutil
import pytest

from model.geography.open_region import open_region
from runs.experiment_tables import write_frame

ROOT = Path(__file__).resolve().parents[2]
DESIGN = """
name = "tried"
region = "town"
months = {months}
seeds = {seeds}
tables = ["headline", "commissioners"]
measures = ["registered", "crossing", "commissioners.net_flow"]

[[scenarios]]
scenario = "baseline"

[[scenarios]]
scenario = "baseline"
name = "sticky"
set = {{ choice.inertia = 6.0 }}
"""


_running: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    """End what a failed test has left."""
    yield
    for process in _running:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    _running.clear()


def started(*arguments: str | Path, cwd: Path) -> subprocess.Popen[str]:
    """The command, running in a process group of its own."""
    running = subprocess.Popen(
        [sys.executable, "-m", "runs.main", *map(str, arguments)], cwd=cwd, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    _running.append(running)
    return running


def ended(running: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    out, errors = running.communicate(timeout=570)
    return subprocess.CompletedProcess(running.args, running.returncode, out, errors)


def gpdrift(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return ended(started(*arguments, cwd=cwd))


def written(folder: Path, months: int = 1, seeds: int = 2, text: str = DESIGN) -> Path:
    file = folder / "tried.toml"
    file.write_text(text.format(months=months, seeds=seeds))
    return file


def status(cwd: Path) -> dict[str, object]:
    done = gpdrift("experiment", "status", "results/tried", "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def until(true: Callable[[], object], what: str, seconds: float = 300) -> None:
    """Wait until something is the case."""
    end = time.monotonic() + seconds
    while not true():
        assert any(process.poll() is None for process in _running), f"the command ended before {what}"
        assert time.monotonic() < end, f"no {what} in {seconds:.0f} s"
        time.sleep(0.05)


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Worker processes of a command that works on this machine."""
    found = []
    for child in psutil.Process(process.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if any("spawn_main" in word for word in child.cmdline()):
                found.append(child)
    return found


def begun(folder: Path) -> list[Path]:
    """Runs being written."""
    unfinished = folder / "work" / "unfinished"
    return list(unfinished.iterdir()) if unfinished.is_dir() else []


def done_runs(folder: Path) -> dict[str, float]:
    """Complete runs not yet gathered, and when each was done."""
    return {file.parent.name: file.stat().st_mtime for file in (folder / "work" / "runs").glob("*/manifest.json")}


def rows(folder: Path, query: str) -> list[tuple]:
    with duckdb.connect() as con:
        con.execute(f"CREATE VIEW headline AS SELECT * FROM read_parquet('{folder}/tables/headline.parquet')")
        con.execute(f"CREATE VIEW runs AS SELECT * FROM read_parquet('{folder}/runs.parquet')")
        return con.execute(query).fetchall()


def complete(folder: Path, seeds: int, months: int) -> None:
    """Every run is there once, whole, and nothing is left over."""
    counts = rows(
        folder, "SELECT scenario, seed, count(*), count(DISTINCT run) FROM headline GROUP BY ALL ORDER BY ALL"
    )
    assert counts == [(name, seed, months + 1, 1) for name in ("baseline", "sticky") for seed in range(1, seeds + 1)]
    assert rows(folder, "SELECT DISTINCT status FROM runs") == [("done",)]
    for name in ("runs", "claims", "unfinished", "failed"):
        left = folder / "work" / name
        assert not left.is_dir() or not any(left.iterdir()), name
    assert {path.name for path in folder.iterdir()} == {
        "experiment.json", "runs.parquet", "differences.parquet", "tables", "work",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["experiment", "run", "absent"], "no design is called 'absent'"),
        (["experiment", "run", "tried.toml", "--seeds", "0"], "seeds is 0"),
        (["experiment", "run", "tried.toml", "--workers", "0"], "Invalid value for '--workers'"),
        (["experiment", "run", "tried.toml", "--workers", "1", "--scheduler", "tcp://x:1"], "choose one"),
        (["experiment", "run", "tried.toml", "--out", "full"], "holds something that is no experiment"),
        (["experiment", "resume", "tried.toml"], "no experiment is there; begin one with gpdrift experiment run"),
        (["experiment", "status", "tried.toml"], "no experiment is there"),
        (["sensitivity", "tried.toml"], "sampling is grid, expected one of morris, sobol, latin-hypercube"),
        (["sensitivity", "--measure", "crosing"], "no measure crosing; did you mean crossing?"),
    ],
)
def test_bad_input_is_one_line_exit_2_and_nothing_written(tmp_path: Path, arguments: list[str], said: str):
    written(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "held").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    done = gpdrift(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.slow
def test_no_scheduler_is_told_in_one_line(tmp_path: Path):
    written(tmp_path)
    done = gpdrift(
        "experiment", "run", "tried.toml", "--quiet", "--scheduler", f"tcp://127.0.0.1:{free_port()}", cwd=tmp_path
    )
    assert done.returncode == 2
    assert "no scheduler answers" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_design_is_run_told_and_extended_by_what_is_missing(tmp_path: Path):
    design, folder = written(tmp_path, months=2, seeds=2), tmp_path / "results" / "tried"
    first = gpdrift("experiment", "run", design, "--workers", "2", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "tried: 2 scenarios x 2 seeds: 4 runs" in first.stderr
    assert "The first run took" in first.stderr
    assert "sticky less baseline, March 2021, 2 seeds, 95% intervals (paired t)" in first.stdout
    complete(folder, seeds=2, months=2)
    before = rows(folder, "SELECT run, started FROM runs ORDER BY run")

    more = gpdrift("experiment", "run", design, "--seeds", "4", "--workers", "2", "--json", cwd=tmp_path)
    assert more.returncode == 0, more.stderr
    assert "8 runs, 4 there already, 4 to do" in more.stderr
    complete(folder, seeds=4, months=2)
    known = [run for run, _ in before]
    assert rows(folder, f"SELECT run, started FROM runs WHERE run IN {tuple(known)} ORDER BY run") == before

    told = json.loads(more.stdout)
    assert (told["runs"], told["done"], told["failed"]) == (8, 8, 0)
    (crossing,) = [row for row in told["differences"] if row["measure"] == "crossing"]
    pairs = rows(
        folder,
        "SELECT s.crossing - b.crossing FROM headline s JOIN headline b USING (seed, month)"
        " WHERE s.scenario = 'sticky' AND b.scenario = 'baseline' AND month = DATE '2021-03-01'",
    )
    assert crossing["difference"] == pytest.approx(sum(pair for (pair,) in pairs) / 4)
    assert crossing["low"] <= crossing["difference"] <= crossing["high"]
    assert crossing["seeds"] == 4
    places = [
        row
        for row in told["differences"]
        if row["measure"] == "commissioners.net_flow" and row["boundaries"] == "fixed"
    ]
    assert sum(row["difference"] for row in places) == pytest.approx(0), "one closed town"
    with duckdb.connect() as con:
        months = con.execute(
            f"SELECT count(DISTINCT month) FROM read_parquet('{folder}/differences.parquet')"
        ).fetchall()
    assert months == [(3,)]

    nothing = gpdrift("experiment", "resume", folder, cwd=tmp_path)
    assert nothing.returncode == 0, nothing.stderr
    assert "8 there already, 0 to do" in nothing.stderr
    at = gpdrift("experiment", "differences", folder, "--month", "2021-02", "--measure", "registered", cwd=tmp_path)
    assert "February 2021" in at.stdout
    assert gpdrift("experiment", "differences", folder, "--month", "2031-02", cwd=tmp_path).returncode == 2


@pytest.mark.slow
def test_a_run_is_the_same_alone_and_in_an_experiment(tmp_path: Path):
    design = written(tmp_path, months=2, seeds=1)
    assert gpdrift("experiment", "run", design, "--workers", "1", cwd=tmp_path).returncode == 0
    alone = ("run", "baseline", "--region", "town", "--months", "2", "--seed", "1", "--set", "choice.inertia=6.0")
    assert gpdrift(*alone, "--out", "alone", cwd=tmp_path).returncode == 0
    with duckdb.connect() as con:
        ours = con.execute("SELECT * EXCLUDE (run, scenario, seed) FROM read_parquet(?) WHERE scenario = 'sticky' ORDER BY month", [str(tmp_path / "results/tried/tables/headline.parquet")]).fetchall()  # fmt: skip
        theirs = con.execute("SELECT * FROM read_parquet(?) ORDER BY month", [str(tmp_path / "alone/headline.parquet")]).fetchall()  # fmt: skip
    assert repr(ours) == repr(theirs)


@pytest.mark.slow
def test_runs_that_fail_are_told_and_kept_and_the_others_go_on(tmp_path: Path):
    """One of two regions is spoilt after the experiment has begun: its runs fail, those of the other are done."""
    made = gpdrift("region", "synthesise", "--preset", "town", "--out", "other", "--seed", "5", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    (tmp_path / "elsewhere.toml").write_text('name = "sticky"\nregion = "other"\nmonths = 1\n')
    text = DESIGN.replace('region = "town"\n', "").partition("[[scenarios]]")[0] + (
        '[[scenarios]]\nscenario = "here.toml"\n[[scenarios]]\nscenario = "elsewhere.toml"\n'
    )
    (tmp_path / "here.toml").write_text('name = "baseline"\nregion = "town"\nmonths = 1\n')
    design, folder = written(tmp_path, seeds=1, text=text), tmp_path / "results" / "tried"
    assert gpdrift("experiment", "run", design, "--workers", "1", cwd=tmp_path).returncode == 0
    plan = json.loads((folder / "experiment.json").read_text())
    kept = folder / "work" / "regions" / plan["regions"]["other"]
    (kept / "areas.parquet").write_bytes(b"spoilt")

    done = gpdrift("experiment", "run", design, "--seeds", "3", "--workers", "1", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "failed: sticky, seed 2, point 0: InputError" in done.stderr
    told = status(tmp_path)
    assert (told["done"], told["failed"], told["missing"]) == (4, 2, 0)
    assert sorted(failure["seed"] for failure in told["failures"]) == [2, 3]  # type: ignore[index, attr-defined]
    assert "areas.parquet" in told["failures"][0]["traceback"]  # type: ignore[index]
    failed = rows(folder, "SELECT seed FROM runs WHERE status = 'failed' AND error LIKE 'InputError%' ORDER BY seed")
    assert failed == [(2,), (3,)]

    shutil.rmtree(kept)
    mended = gpdrift("experiment", "resume", design, "--seeds", "3", "--workers", "1", cwd=tmp_path)
    assert mended.returncode == 0, mended.stderr
    complete(folder, seeds=3, months=1)


def unusable(region: str, folder: Path) -> None:
    """Put nothing where an experiment keeps a region for its workers: every run of it fails."""
    (folder / "work" / "regions" / open_region(region).digest).mkdir(parents=True)


@pytest.mark.slow
def test_where_failures_leave_no_pair_they_are_told_and_nothing_else(tmp_path: Path):
    made = gpdrift("region", "synthesise", "--preset", "town", "--out", "other", "--seed", "5", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    (tmp_path / "elsewhere.toml").write_text('name = "sticky"\nregion = "other"\nmonths = 0\n')
    (tmp_path / "here.toml").write_text('name = "baseline"\nregion = "town"\nmonths = 0\n')
    text = (
        'name = "tried"\nseeds = 2\n[[scenarios]]\nscenario = "here.toml"\n[[scenarios]]\nscenario = "elsewhere.toml"\n'
    )
    design = written(tmp_path, text=text)
    unusable(str(tmp_path / "other"), tmp_path / "results" / "tried")
    for more in ([], ["--json"]):
        done = gpdrift("experiment", "run", design, "--workers", "1", *more, cwd=tmp_path)
        assert done.returncode == 1, done.stderr
        assert "4 runs; 2 done, 2 failed" in done.stderr
        for seed in (1, 2):
            assert f"failed: sticky, seed {seed}, point 0: InputError" in done.stderr
    told = json.loads(done.stdout)
    assert (told["done"], told["failed"], told["differences"]) == (2, 2, [])
    assert gpdrift("experiment", "differences", design, cwd=tmp_path).returncode == 2
    assert gpdrift("experiment", "resume", design, "--seeds", "1", "--workers", "1", cwd=tmp_path).returncode == 1


@pytest.mark.slow
def test_where_runs_behind_a_split_or_an_order_fail_they_are_told(tmp_path: Path):
    text = DESIGN.partition("[[scenarios]]")[0] + (
        '[[scenarios]]\nscenario = "baseline"\n[sampling]\nmethod = "morris"\nsamples = 2\n'
        "[parameters]\nchoice.inertia = {{ low = 1.0, high = 4.0 }}\n"
    )
    written(tmp_path, months=0, seeds=1, text=text)
    unusable("town", tmp_path / "results" / "tried")
    done = gpdrift("sensitivity", "tried.toml", "--measure", "crossing", "--workers", "1", "--json", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "failed: baseline, seed 1, point 0: InputError" in done.stderr
    told = json.loads(done.stdout)
    assert told["failed"] == told["runs"] > 1

    write_frame(pd.DataFrame({"choice.inertia": [2.0, 3.0]}), tmp_path / "accepted.parquet")
    unusable("metro", tmp_path / "split")
    split = ("--accepted", "accepted.parquet", "--region", "metro", "--vectors", "2", "--seeds", "2", "--months", "1")
    done = gpdrift("uncertainty", *split, "--workers", "1", "--out", "split", "--json", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "failed: digital-entry, seed 2, point 1: InputError" in done.stderr
    told = json.loads(done.stdout)
    assert told["failed"] == told["runs"]
    assert not (tmp_path / "validation").exists()


@pytest.mark.slow
def test_a_killed_worker_costs_its_run_only(tmp_path: Path):
    design, folder = written(tmp_path, months=60, seeds=3), tmp_path / "results" / "tried"
    running = started("experiment", "run", design, "--workers", "2", cwd=tmp_path)
    until(lambda: done_runs(folder) and len(begun(folder)) == 2, "run in the middle")
    workers_of(running)[0].kill()
    done = ended(running)
    assert done.returncode == 0, done.stderr
    complete(folder, seeds=3, months=60)


@pytest.mark.slow
def test_a_run_that_kills_every_worker_is_given_up_and_told(tmp_path: Path):
    design, folder = written(tmp_path, months=600, seeds=1), tmp_path / "results" / "tried"
    running = started("experiment", "run", design, "--workers", "1", cwd=tmp_path)
    killed = 0
    while killed < 4:
        until(lambda: begun(folder) and workers_of(running), "worker at work")
        victim, attempt = workers_of(running)[0], begun(folder)[0]
        victim.kill()
        killed += 1
        until(lambda victim=victim: not victim.is_running(), "end of the worker")
        # Only now: a dying worker may still write into it. After the fourth the command may have been quicker.
        shutil.rmtree(attempt, ignore_errors=True)
    until(lambda: list((folder / "work" / "failed").glob("*.json")), "failure told")
    os.killpg(running.pid, signal.SIGINT)
    ended(running)
    told = status(tmp_path)
    assert told["failed"] == 1
    assert "its worker died 4 times" in told["failures"][0]["error"]  # type: ignore[index]


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_experiment_stopped_in_the_middle_goes_on_where_it_was(tmp_path: Path, sent: signal.Signals, code: int):
    design, folder = written(tmp_path, months=60, seeds=3), tmp_path / "results" / "tried"
    running = started("experiment", "run", design, "--workers", "2", cwd=tmp_path)
    until(lambda: len(done_runs(folder)) >= 2, "second run")
    os.killpg(running.pid, sent)
    stopped = ended(running)
    assert stopped.returncode == code
    assert "Traceback" not in stopped.stderr
    before = done_runs(folder)
    assert before
    assert status(tmp_path)["being_done"] == 0
    done = gpdrift("experiment", "resume", "results/tried", "--workers", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"6 runs, {len(before)} there already, {6 - len(before)} to do" in done.stderr
    complete(folder, seeds=3, months=60)


@pytest.mark.slow
def test_two_processes_share_one_design(tmp_path: Path):
    design, folder = written(tmp_path, months=24, seeds=5), tmp_path / "results" / "tried"
    both = [started("experiment", "run", design, "--workers", "1", cwd=tmp_path) for _ in range(2)]
    done = [ended(running) for running in both]
    assert [one.returncode for one in done] == [0, 0], done[0].stderr + done[1].stderr
    complete(folder, seeds=5, months=24)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def dask(*arguments: str, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler or worker as a user starts it, in a folder of its own."""
    cwd.mkdir(exist_ok=True)
    with (cwd / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments], cwd=cwd, stdout=log, stderr=log,
            env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.slow
def test_a_scheduler_and_two_workers_started_by_hand_and_killed_in_the_middle(tmp_path: Path):
    port = str(free_port())
    address = f"tcp://127.0.0.1:{port}"
    scheduler = ("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show")
    worker = ("worker", address, "--nthreads", "1", "--no-dashboard", "--local-directory", ".")
    design, folder = written(tmp_path, months=60, seeds=4), tmp_path / "results" / "tried"
    with dask(*worker, cwd=tmp_path / "one"):
        with dask(*scheduler, cwd=tmp_path / "s"), dask(*worker, cwd=tmp_path / "two") as second:
            running = started("experiment", "run", design, "--scheduler", address, cwd=tmp_path)
            until(lambda: len(begun(folder)) == 2, "two runs at a time")
            os.killpg(second.pid, signal.SIGKILL)
            until(lambda: len(done_runs(folder)) >= 2, "second run")
        # The scheduler is gone now, and the first worker with it in a while; both come back.
        with dask(*scheduler, cwd=tmp_path / "s"), dask(*worker, cwd=tmp_path / "three"):
            done = ended(running)
    assert done.returncode == 0, done.stderr
    assert "has gone; waiting" in done.stderr
    complete(folder, seeds=4, months=60)


@pytest.mark.slow
def test_sensitivity_is_run_printed_and_resumed(tmp_path: Path):
    text = DESIGN.partition("[[scenarios]]")[0] + (
        '[[scenarios]]\nscenario = "baseline"\n[sampling]\nmethod = "morris"\nsamples = 2\n'
        "[parameters]\nchoice.inertia = {{ low = 1.0, high = 4.0 }}\nboundaries.outer_ratio = {{ low = 1.0, high = 2.0 }}\n"
    )
    written(tmp_path, months=2, seeds=1, text=text)
    first = gpdrift("sensitivity", "tried.toml", "--measure", "crossing", "--workers", "2", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "crossing of baseline, 2021-03: morris, 6 points" in first.stdout
    again = gpdrift("sensitivity", "results/tried", "--measure", "crossing", "--json", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "6 there already, 0 to do" in again.stderr
    told = json.loads(again.stdout)["sensitivity"][0]
    mu = {row["parameter"]: row["value"] for row in told["indices"] if row["index"] == "mu"}
    assert set(mu) == {"choice.inertia", "boundaries.outer_ratio"}
    assert abs(mu["choice.inertia"]) > 0
