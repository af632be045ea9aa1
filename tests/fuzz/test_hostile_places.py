"""Disks that are full, places nobody may write, files nobody can read, links in a circle: one line, nothing left."""

import contextlib
import errno
import io
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from fuzzing import Case, broken_promise, tree

from model.geography.region_files import write_region
from model.geography.synthesise import part_of_a_country, synthesise
from model.result_tables import RESULT_TABLES
from model.results import GatheredTable, write_tables
from runs.main import _REMEDIES, _of_the_system, _run


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A region of 2,000 people and two months in it, both known to work where there is room."""
    folder = tmp_path_factory.mktemp("prepared")
    write_region(*synthesise(part_of_a_country(2_000), 1), folder / "small")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for name, command in COMMANDS.items():
            assert _run([word.format(prepared=folder, out=folder / name) for word in command]) == 0, name
    return folder


RUN = ["run", "--region", "{prepared}/small", "--months", "2", "--quiet", "--out", "{out}"]
COMMANDS = {
    "run": RUN,
    "run with checkpoints": [*RUN, "--checkpoint-every", "1"],
    "synthesise": ["region", "synthesise", "--preset", "town", "--out", "{out}"],
    "cut": ["region", "import", "{prepared}/small", "--commissioner", "C1", "--out", "{out}"],
}
"""What writes folders; plot and report, which write files, are below."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mounts a disk of so many kilobytes, or one that cannot be written; for root on Linux."""
    mounted: list[Path] = []

    def mount(kilobytes: int, *, writable: bool = True) -> Path:
        place = tmp_path / f"disk-{len(mounted)}"
        place.mkdir()
        option = f"size={kilobytes}k" + ("" if writable else ",ro")
        try:
            done = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", option, "tmpfs", str(place)], capture_output=True, check=False
            )
        except OSError:
            pytest.skip("no mount command here")
        if done.returncode != 0:
            pytest.skip("mounting a small disk needs root on Linux")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def refusal(kind: str, arguments: list[str], watched: Path) -> str:
    """What is wrong with how a command refuses; that it does not refuse is wrong too."""
    case = Case(kind, 0, watched)
    # checkpoints that were written before the disk was full are what a run goes on from
    wrong = broken_promise(
        case, arguments, watched, "out.checkpoint" if "--checkpoint-every" in arguments else "nothing"
    )
    if wrong:
        return wrong
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = _run(arguments)
    return "" if code == 2 else f"{kind}: exit {code}"


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("kilobytes", [8, 40])
def test_a_full_disk_is_one_line_and_left_as_it_was(prepared: Path, disk, name: str, kilobytes: int):
    """Full at once, or in the middle of the tables."""
    place = disk(kilobytes)
    arguments = [word.format(prepared=prepared, out=place / "out") for word in COMMANDS[name]]
    assert not refusal(name, arguments, place)


def test_a_folder_that_vanishes_is_what_the_command_has_a_remedy_for(tmp_path: Path):
    headline = GatheredTable(RESULT_TABLES["headline"])
    with pytest.raises(duckdb.Error) as failed:
        write_tables({"headline": headline}, tmp_path / "gone")
    told = _of_the_system(failed.value)
    assert told is not None
    assert (told.errno, told.filename) == (errno.ENOENT, str(tmp_path / "gone" / "headline.parquet"))
    assert told.errno in _REMEDIES


@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_that_cannot_be_written_is_one_line(prepared: Path, disk, name: str):
    place = disk(1000, writable=False)
    arguments = [word.format(prepared=prepared, out=place / "out") for word in COMMANDS[name]]
    assert not refusal(name, arguments, place)


@contextlib.contextmanager
def small_files() -> Iterator[None]:
    """No file may grow beyond 6 kB, as a quota would have it; around the command only, for the log of tests may be a file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_limit_on_files_is_one_line_and_nothing_stays(prepared: Path, tmp_path: Path, name: str):
    work = tmp_path / "work"
    work.mkdir()
    arguments = [word.format(prepared=prepared, out=work / "out") for word in COMMANDS[name]]
    with small_files():
        outcome = refusal(name, arguments, work)
    assert not outcome


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("plot", "full"),
        ("plot", "read-only"),
        ("plot", "no folder"),
        ("plot", "a file above"),
        ("plot", "a link in a circle"),
        ("plot", "long"),
        pytest.param("report", "full", marks=pytest.mark.slow),
        ("report", "no folder"),
        ("report", "a file above"),
        ("report", "a link in a circle"),
    ],
)
def test_figures_and_reports_that_cannot_be_written_are_one_line(
    prepared: Path, disk, tmp_path: Path, where: str, kind: str
):
    work = tmp_path / "work"
    work.mkdir()
    (work / "file").write_text("mine")
    (work / "loop").symlink_to("loop")
    place = {
        "full": lambda: disk(8) / "new",
        "read-only": lambda: disk(100, writable=False) / "new",
        "no folder": lambda: work / "absent" / "new",
        "a file above": lambda: work / "file" / "new",
        "a link in a circle": lambda: work / "loop" / "new",
        "long": lambda: work / ("n" * 400),
    }[where]()
    results = prepared / "run"
    arguments = {
        "plot": ["plot", "divergence", str(results), "--out", f"{place}.png"],
        "report": ["report", str(results), "--out", f"{place}.html"],
    }[kind]
    if where == "no folder":
        wrong = broken_promise(Case(kind, 0, work), arguments, work)  # may be made or refused
    else:
        wrong = refusal(kind, arguments, work)
    assert not wrong


@pytest.mark.parametrize("thing", ["region.json", "areas.parquet", "registrations.parquet"])
@pytest.mark.parametrize("target", ["/proc/self/mem", "itself", "a folder", "nothing"])
def test_a_file_of_a_region_that_cannot_be_read_is_one_line(prepared: Path, tmp_path: Path, thing: str, target: str):
    """Reading /proc/self/mem fails with an input/output error, as a broken disk does, whoever asks."""
    if target.startswith("/proc") and not Path(target).exists():
        pytest.skip("no /proc here")
    work = tmp_path / "work"
    write_region(*synthesise(part_of_a_country(2_000), 1), work / "small")
    file = work / "small" / thing
    file.unlink()
    if target == "a folder":
        file.mkdir()
    else:
        file.symlink_to({"itself": thing, "nothing": "absent"}.get(target, target))
    if thing == "registrations.parquet" and target in ("nothing", "itself", "a folder"):
        wrong = broken_promise(
            Case(target, 0, work), ["region", "describe", "small"], work
        )  # a table one may leave out
    else:
        wrong = refusal(target, ["region", "describe", "small"], work)
    assert not wrong


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["region", "synthesise", "--preset", "england", "--out", "made"],
        ["experiment", "run", "digital-entry", "--region", "town", "--seeds", "4", "--out", "made"],
        ["compare", "digital-entry", "--region", "metro", "--months", "1200"],
        ["run", "--region", "metro", "--months", "1200", "--out", "made"],
        ["bench", "--size", "20000", "--months", "1200", "--json", "made.json"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
@pytest.mark.parametrize("seconds", [0.3, 2.5, 4.0])
def test_ctrl_c_is_one_line_and_nothing_half_written(tmp_path: Path, arguments: list[str], seconds: float):
    """At the door, where imports still go on, while workers start, and in the middle; an experiment keeps finished runs."""
    command = [sys.executable, "-m", "runs.start", *arguments]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        time.sleep(seconds)
        os.killpg(running.pid, signal.SIGINT)
        _, said = running.communicate(timeout=120)
    assert running.returncode in (130, -signal.SIGINT), said
    assert "Traceback" not in said or seconds < 1, "before the command listens it is Python's own"
    if arguments[0] != "experiment":
        assert not tree(tmp_path)
