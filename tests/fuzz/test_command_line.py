"""Command lines, mutated: done, or refused in one line with exit code 2 and nothing written."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fuzzing import NUMBERS, WORDS, Case, assert_kept, broken_promise, cases, tree

from model.geography.region_files import write_region
from model.geography.synthesise import part_of_a_country, synthesise

ASKED, PROCESSES = 170, 6
PARTS = 2
COMMANDS = (
    ["run", "default", "--region", "small", "--months", "0", "--seed", "3", "--out", "new", "--quiet"],
    ["run", "open-boundaries", "--region", "small", "--months", "1", "--set", "choice.inertia=2", "--json"],
    ["run", "--region", "small", "--months", "1", "--register", "end", "--checkpoint-every", "1", "--out", "new"],
    ["run", "--resume", "held"],
    ["compare", "baseline", "--region", "small", "--months", "0", "--json"],
    ["region", "describe", "small", "--json"],
    ["region", "synthesise", "--preset", "town", "--out", "new", "--seed", "4"],
    ["region", "import", "small", "--out", "new", "--commissioner", "C1", "--no-neighbours"],
    ["region", "import", "held", "--out", "new", "--month", "2017-04", "--date", "2021-01-01"],
    ["scenarios", "--parameters", "--json"],
    ["plot", "registered-resident", "held", "--out", "new.png", "--data", "new.csv"],
    ["report", "held", "--against", "held", "--out", "new.html"],
    ["experiment", "status", "held"],
    ["experiment", "differences", "held", "--measure", "ghosts", "--month", "2021-02"],
    ["sensitivity", "held", "--measure", "ghosts"],
    ["bench", "--region", "held", "--size", "1", "--json", "new.json"],
    ["serve", "--port", "70000", "--region", "held"],
)
"""Quick to do, or quick to refuse; ``held`` is a folder with a file in it that is nothing gpdrift reads."""


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """A region of 2,000 people."""
    return write_region(*synthesise(part_of_a_country(2_000), 1), tmp_path_factory.mktemp("region") / "small")


def mutated(case: Case, command: list[str]) -> list[str]:
    """A command line with words changed, dropped, doubled, swapped or added; never one that would run for long."""
    words = list(command)
    for _ in range(1 + case.below(2)):
        at = 1 + case.below(len(words) - 1)
        how = case.pick(("word",) * 6 + ("typo", "drop", "twice", "swap", "add", "equals"))
        if how == "word":
            words[at] = str(case.pick([*WORDS, *NUMBERS, "small", "held", "held/file", "loop", "new"]))
        elif how == "typo":
            words[at] = case.typo(words[at])
        elif how == "drop" and len(words) > 2:
            del words[at]
        elif how == "twice":
            words.insert(at, words[at])
        elif how == "swap" and at + 1 < len(words):
            words[at], words[at + 1] = words[at + 1], words[at]
        elif how == "add":
            words.insert(at, case.pick([*WORDS, "--quiet", "--json", "--out", "--set", "-h", "--version"]))
        elif how == "equals" and at + 1 < len(words):
            words[at : at + 2] = [f"{words[at]}={words[at + 1]}"]
    return words


def is_quick(command: list[str]) -> bool:
    """Whether it surely ends soon: nothing large, no ten years by default, no server, no benchmark that begins."""
    if command[0] in ("region", "scenarios", "plot", "report"):
        return "england" not in command
    if command[0] in ("experiment", "sensitivity"):
        return "held" in command[1:3] and "run" not in command and "resume" not in command
    if command[0] in ("run", "compare"):
        joined = " ".join(command)
        few = any(f"--months{sign}{n} " in f"{joined} " for sign in " =" for n in ("0", "1", "2", "-1", "nan", ""))
        return few and "--region small" in joined and joined.count("--region") == joined.count("--months") == 1
    kept = {"bench": "--size 1 ", "serve": "--port 70000 "}
    return kept.get(command[0], "none such") in f"{' '.join(command)} "


def set_up(case: Case, small: Path) -> Path:
    """A working folder with a region, something that is held, and links in a circle."""
    work = case.folder / "work"
    (work / "held").mkdir(parents=True)
    (work / "held" / "file").write_text("mine")
    (work / "small").symlink_to(small)
    (work / "loop").symlink_to("loop")
    return work


@pytest.mark.parametrize("part", range(PARTS))
def test_command_lines(tmp_path: Path, small: Path, part: int):
    broken = []
    for case in cases("command line", ASKED, part, PARTS, tmp_path):
        work = set_up(case, small)
        while not is_quick(arguments := mutated(case, case.pick(COMMANDS))):
            continue
        broken.append(broken_promise(case, arguments, work))
        shutil.rmtree(case.folder)
    assert_kept([wrong for wrong in broken if wrong])


def test_command_lines_in_processes_of_their_own(tmp_path: Path, small: Path):
    """The same through the real command: what only shows at the door or on the way out."""
    broken = []
    for case in cases("process", PROCESSES, 0, 1, tmp_path):
        work = set_up(case, small)
        while not is_quick(arguments := mutated(case, case.pick(COMMANDS))) or any("\0" in word for word in arguments):
            continue
        before = tree(work)
        command = [sys.executable, "-m", "runs.start", *arguments]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False, timeout=300)
        lines = [line for line in done.stderr.splitlines() if not line.startswith("gpdrift: note:")]
        fine = done.returncode == 0 or (
            done.returncode == 2 and len(lines) == 1 and not done.stdout and tree(work) == before
        )
        if not fine:
            broken.append(f"{case.name}: {arguments}\n    exit {done.returncode}: {done.stderr[-400:]}")
        shutil.rmtree(case.folder)
    assert_kept(broken)
