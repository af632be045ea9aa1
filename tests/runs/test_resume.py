"""A run with checkpoints that is killed at any moment and resumed gives the bytes of one nobody touched."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from model.geography.region_files import write_region
from model.geography.synthesise import part_of_a_country, synthesise

TIMELINE = """
name = "everything"
seed = 23
months = {months}
[practices]
exit_rates = [0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]
openings = 100.0
[[timeline]]
event = "digital-launch"
month = 2021-01-01
name = "One"
marketing = 40.0
sites = 2
[[timeline]]
event = "federate"
month = 2021-02-01
share = 0.5
practices = 3
merge = true
[[timeline]]
event = "payment-rule"
month = 2021-02-01
[[timeline]]
event = "form-networks"
month = 2021-03-01
smallest = 10000
largest = 25000
[[timeline]]
event = "list-split"
month = 2021-04-01
threshold = 50
[[timeline]]
event = "trust-takeover"
month = 2021-05-01
share = 0.3
[[timeline]]
event = "new-homes"
month = 2021-05-01
people = 500
months = 9
[[timeline]]
event = "merge-commissioners"
month = 2021-06-01
[[timeline]]
event = "register-by-residence"
month = 2021-08-01
months = 6
[[timeline]]
event = "digital-fails"
month = 2022-04-01
"""


OPTIONS = ("--register", "2021-03,end", "--quiet")


def gpdrift(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "runs.main", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, text=True, capture_output=True, check=False, timeout=570
    )


def started(arguments: Sequence[object], cwd: Path, **environment: str) -> subprocess.Popen:
    """A command that runs meanwhile."""
    command = [sys.executable, "-m", "runs.main", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=cwd, env={**os.environ, **environment}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def checkpoints(folder: Path) -> set[str]:
    """Months of which there has been a checkpoint, by their histories."""
    return {file.name for file in folder.glob("r.checkpoint/month-*/history-*.json")}


def killed_at_month(month: int, *arguments: object, cwd: Path) -> None:
    """Start a run and kill it as soon as its checkpoint of a month is there."""
    with started(arguments, cwd) as running:
        wanted = cwd / "r.checkpoint" / f"month-{month:04d}"
        while not wanted.exists() and running.poll() is None:
            time.sleep(0.001)
        running.kill()
    assert wanted.exists(), "killed while it ran"


def assert_same_bytes(one: Path, other: Path, engine: str = "columns") -> None:
    """All files but the manifest agree byte by byte, and it in all but times."""
    names = sorted(file.name for file in one.iterdir())
    assert names == sorted(file.name for file in other.iterdir())
    for name in names:
        if name != "manifest.json":
            assert (one / name).read_bytes() == (other / name).read_bytes(), name
    timed = ("started", "wall_seconds", "peak_memory_bytes", "resumed", "engine")
    ours, theirs = (json.loads((folder / "manifest.json").read_text()) for folder in (one, other))
    assert {k: v for k, v in ours.items() if k not in timed} == {k: v for k, v in theirs.items() if k not in timed}
    assert theirs["engine"] == engine


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> Path:
    """A folder with a scenario, an uninterrupted run of it in ``whole``, and a killed one with its checkpoints."""
    folder = tmp_path_factory.mktemp("resume")
    (folder / "everything.toml").write_text(TIMELINE.format(months=16))
    write_region(*synthesise(part_of_a_country(6000)), folder / "thin")
    begun = ("run", "everything.toml", "--region", "thin", *OPTIONS)
    done = gpdrift(*begun, "--out", "whole", cwd=folder)
    assert done.returncode == 0, done.stderr
    killed_at_month(9, *begun, "--out", "r", "--checkpoint-every", "3", cwd=folder)
    assert sorted(path.name for path in folder.iterdir()) == ["everything.toml", "r.checkpoint", "thin", "whole"]
    return folder


@pytest.fixture
def killed(before: Path, tmp_path: Path) -> Path:
    """The killed run in a folder of its own."""
    shutil.copytree(before / "r.checkpoint", tmp_path / "r.checkpoint")
    return tmp_path


def test_a_killed_run_resumes_to_the_same_bytes(before: Path, killed: Path):
    done = gpdrift("run", "--resume", "r", "--quiet", cwd=killed)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert_same_bytes(before / "whole", killed / "r")
    assert json.loads((killed / "r" / "manifest.json").read_text())["resumed"] == ["2021-10-01"]
    assert [path.name for path in killed.iterdir()] == ["r"], "checkpoints go when the results are there"
    refused = gpdrift("run", "--resume", "r.checkpoint", cwd=killed)
    assert refused.returncode == 2
    assert "the run is finished, its results are in r" in refused.stderr


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda month: (month / "patients-home.npy").write_bytes(b"cut short"), "9 bytes, expected"),
        (lambda month: shutil.rmtree(month.parent), "nothing to resume"),
    ],
)
def test_what_cannot_be_resumed_is_refused_in_one_line(killed: Path, spoil: Callable[[Path], object], said: str):
    spoil(killed / "r.checkpoint" / "month-0009")
    there = sorted(killed.rglob("*"))
    done = gpdrift("run", "--resume", "r", cwd=killed)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert said in done.stderr
    assert sorted(killed.rglob("*")) == there


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--seed", "3"), "leave out --seed"),
        (("baseline",), "leave out [SCENARIO]"),
        (("--months", "50"), "leave out --months"),
        (("--checkpoint-every", "2"), "leave out --checkpoint-every"),
    ],
)
def test_a_run_is_resumed_as_it_was_begun(killed: Path, more: tuple[str, ...], said: str):
    done = gpdrift("run", "--resume", "r", *more, cwd=killed)
    assert done.returncode == 2
    assert said in done.stderr


def test_nobody_takes_the_place_of_an_unfinished_run(killed: Path):
    done = gpdrift("run", "--region", "town", "--months", "1", "--out", "r", cwd=killed)
    assert done.returncode == 2
    assert "go on with gpdrift run --resume r" in done.stderr


def test_a_run_that_cannot_begin_leaves_no_checkpoints(tmp_path: Path):
    done = gpdrift("run", "--region", "nowhere", "--out", "r", "--checkpoint-every", "1", cwd=tmp_path)
    assert done.returncode == 2
    assert "region 'nowhere'" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["columns", "agents"])
def test_killed_at_random_moments_and_resumed_until_it_is_done(before: Path, tmp_path: Path, engine: str):
    """Loading, stepping, writing a checkpoint or the results: wherever it is hit, the bytes are those of the whole run.

    Every other kill comes while a run loads, the others some time after it has written a checkpoint; the number of
    threads changes each time.
    """
    shutil.copy(before / "everything.toml", tmp_path)
    (tmp_path / "thin").symlink_to(before / "thin")
    begun = ("run", "everything.toml", "--region", "thin", *OPTIONS, "--engine", engine)
    chance = random.Random(engine)
    arguments: tuple[object, ...] = (*begun, "--out", "r", "--checkpoint-every", "1")
    killed = 0
    for attempt in range(8):
        seen, moment = checkpoints(tmp_path), time.monotonic() + chance.uniform(0.2, 2.0)
        with started(arguments, tmp_path, GPDRIFT_THREADS=str(1 + attempt % 2)) as running:
            while running.poll() is None and (
                time.monotonic() < moment if attempt % 2 else checkpoints(tmp_path) <= seen
            ):
                time.sleep(0.001)
            time.sleep(chance.uniform(0.0, 0.3))
            running.kill()
            said = running.communicate()[1]
        assert running.returncode in (0, -signal.SIGKILL), said
        killed += running.returncode != 0
        if (tmp_path / "r").exists():
            break
        if (tmp_path / "r.checkpoint" / "run.json").exists():
            arguments = ("run", "--resume", "r", "--quiet")
        else:  # killed before it had said what it runs
            shutil.rmtree(tmp_path / "r.checkpoint", ignore_errors=True)
    assert killed >= 3, "too fast to be hit"
    # Killed when the results were there and the checkpoints not yet gone, it is finished; otherwise it goes on.
    done = gpdrift("run", "--resume", "r", "--quiet", cwd=tmp_path)
    assert done.returncode == 0 or "the run is finished" in done.stderr, done.stderr
    assert_same_bytes(before / "whole", tmp_path / "r", engine=engine)


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_says_how_to_go_on(tmp_path: Path, sent: signal.Signals, code: int):
    command = [sys.executable, "-m", "runs.main", "run", "--region", "town", "--months", "1200", "--out", "r",
               "--checkpoint-every", "1"]  # fmt: skip
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as running:
        while not (tmp_path / "r.checkpoint" / "month-0003").exists():
            time.sleep(0.01)
        running.send_signal(sent)
        errors = running.communicate(timeout=570)[1]
    assert running.returncode == code, errors
    assert "Traceback" not in errors
    assert "to go on after month" in errors
    assert "gpdrift run --resume r\n" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["r.checkpoint"]
