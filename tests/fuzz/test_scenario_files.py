"""Scenario files, experiments and --set, mutated: accepted, or refused in one line."""

import copy
import shutil
import tomllib
from pathlib import Path

import pytest
import tomlkit
from fuzzing import NUMBERS, WORDS, Case, assert_kept, broken_promise, cases

from model.errors import InputError
from model.scenario_files import parameters
from runs.experiment_files import load_design
from runs.library import FOLDER, load
from runs.main import _REMEDIES

SCENARIOS = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))]
EXPERIMENTS = [
    tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((FOLDER.parent / "experiments").glob("*.toml"))
]
KEYS = [parameter.key for parameter in parameters()]
FULL = {
    "title": "Everything a file may hold",
    "region": "town",
    "months": 3,
    "seed": 7,
    "start": "2021-01",
    "demography": {"immigration_rate": 0.01},
    "ghosts": {"returning": 0.3},
    "registration": {"switching": 0.01},
    "choice": {"inertia": 2.0},
    "practices": {"exit_rates": [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]},
    "timeline": [
        {"event": "open-boundaries", "month": tomllib.loads("d = 2021-02-01")["d"], "boundary_ratio": 1.5},
        {"event": "digital-launch", "month": tomllib.loads("d = 2021-02-01")["d"], "at": ["A01"], "sites": 2},
    ],
}
SCENARIO_CASES, EXPERIMENT_CASES, SET_CASES, RUN_CASES = 420, 180, 260, 16
PARTS = 4


def written(case: Case, content: dict) -> bytes:
    """A mutated file, as TOML; what TOML cannot hold is written as text it refuses."""
    try:
        text = tomlkit.dumps(content).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError, AttributeError, tomlkit.exceptions.TOMLKitError):
        text = f"value = {content!r}".encode("utf-8", "surrogatepass")
    return case.broken(text) if case.chance(0.15) else text


def a_parameter(case: Case):
    def strange() -> tuple[str, object]:
        section, _, name = case.pick(KEYS).partition(".")
        return (section, {name: case.pick(NUMBERS)}) if name and case.chance(0.7) else (section, case.pick(NUMBERS))

    return strange


def refused_in_one_line(read, *arguments) -> str:
    """What is wrong with how something is read; empty where it is accepted or refused in one line."""
    try:
        read(*arguments)
    except InputError as mistake:
        # the command folds white space and cuts what is too long, so a line is what it makes of it
        return "" if str(mistake).strip() else "refused without a word"
    except OSError as refused:
        return "" if refused.errno in _REMEDIES else f"OSError: {refused}"  # the command makes a line of these
    except Exception as fault:
        return f"{type(fault).__name__}: {str(fault)[:300]}"
    return ""


@pytest.mark.parametrize("part", range(PARTS))
def test_scenario_files(tmp_path: Path, part: int):
    broken = []
    for case in cases("scenario", SCENARIO_CASES, part, PARTS, tmp_path):
        content = copy.deepcopy(case.pick([*SCENARIOS, FULL, FULL, FULL]))
        for _ in range(1 + case.below(3)):
            content = case.mutated(content, a_parameter(case))
        file = tmp_path / "mine.toml"
        file.write_bytes(written(case, content))
        if wrong := refused_in_one_line(load, str(file)):
            broken.append(f"{case.name}: {'; '.join(case.done)}\n    {wrong}")
    assert_kept(broken)


@pytest.mark.parametrize("part", range(PARTS))
def test_experiment_files(tmp_path: Path, part: int):
    broken = []
    for case in cases("experiment", EXPERIMENT_CASES, part, PARTS, tmp_path):
        content = copy.deepcopy(case.pick(EXPERIMENTS))
        for _ in range(1 + case.below(3)):
            content = case.mutated(content, a_parameter(case))
        file = tmp_path / "mine.toml"
        file.write_bytes(written(case, content))
        if wrong := refused_in_one_line(load_design, str(file)):
            broken.append(f"{case.name}: {'; '.join(case.done)}\n    {wrong}")
    assert_kept(broken)


@pytest.mark.parametrize("part", range(PARTS))
def test_set(tmp_path: Path, part: int):
    broken = []
    for case in cases("set", SET_CASES, part, PARTS, tmp_path):
        key = case.pick(KEYS)
        key = case.typo(key) if case.chance(0.2) else key
        value = case.pick(
            [*map(str, NUMBERS), *WORDS, "[1, 2]", "{a = 1}", "[]", "[[1]]", "2021-01-01", "'x'", "[nan]"]
        )
        text = f"{key}={value}" if case.chance(0.95) else case.pick([key, f"={value}", f"{key}=", "", "="])
        case.done.append(text)
        if wrong := refused_in_one_line(load, "default", [text]):
            broken.append(f"{case.name}: --set {text[:200]!r}\n    {wrong}")
    assert_kept(broken)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """A region of 2,000 people, for runs of accepted files."""
    from model.geography.region_files import write_region
    from model.geography.synthesise import part_of_a_country, synthesise

    return write_region(*synthesise(part_of_a_country(2_000), 1), tmp_path_factory.mktemp("region") / "small")


def test_files_that_are_accepted_can_be_run(tmp_path: Path, small: Path):
    """Whatever passes the checks runs: two parameters or fields of events changed, two months, results written."""
    broken = []
    for case in cases("run", RUN_CASES, 0, 1, tmp_path):
        for _ in range(100):
            case.done.clear()
            content = copy.deepcopy(FULL)
            content["timeline"] = copy.deepcopy(content["timeline"]) + copy.deepcopy(
                case.pick([scenario.get("timeline", []) for scenario in SCENARIOS])
            )
            for event in content["timeline"]:
                event["month"] = event["month"].replace(year=2021, month=1 + case.below(2), day=1)
            for _ in range(3):
                content = case.mutated(content, a_parameter(case))
            if not isinstance(content.get("timeline"), list) or not case.done:
                continue
            work = case.folder / "work"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            (work / "mine.toml").write_bytes(written(case, content))
            try:
                load(str(work / "mine.toml"))
            except InputError:
                continue
            break
        arguments = ["run", "mine.toml", "--region", str(small), "--months", "2", "--out", "out", "--quiet"]
        broken.append(broken_promise(case, arguments, work))
    assert_kept([wrong for wrong in broken if wrong])
