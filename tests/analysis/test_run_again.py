"""The command that makes a run again makes it, or there is none."""

import copy
import json
import shlex

import duckdb
import pytest
from click.testing import CliRunner

from analysis.run_again import run_again
from runs.main import gpdrift


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Results of a library scenario with parameters of its own: a number, a list, a text."""
    folder = tmp_path_factory.mktemp("again") / "first"
    sets = ["choice.inertia=2.5", "ghosts.cleaning_by_age=[0.1, 0.01, 0.02, 0.06]", "title=It's “mine”, $HOME"]
    words = [
        "run",
        "digital-entry",
        "--region",
        "town",
        "--months",
        "2",
        "--seed",
        "4",
        "--out",
        str(folder),
        "--quiet",
    ]
    done = CliRunner().invoke(gpdrift, [*words, *(word for text in sets for word in ("--set", text))])
    assert done.exit_code == 0, done.output
    return folder


def test_it_gives_the_same_numbers(asked, tmp_path):
    command = shlex.split(run_again(manifest_of(asked)))
    assert command[:3] == ["gpdrift", "run", "digital-entry"]
    assert command.count("--set") == 3
    done = CliRunner().invoke(gpdrift, [*command[1:], "--out", str(tmp_path / "again"), "--quiet"])
    assert done.exit_code == 0, done.output
    assert manifest_of(tmp_path / "again")["scenario"] == manifest_of(asked)["scenario"]
    first, again = (
        duckdb.read_parquet(f"{folder}/headline.parquet").fetchall() for folder in (asked, tmp_path / "again")
    )
    assert repr(first) == repr(again)


def test_the_engine_is_said_where_it_is_another(asked):
    assert "--engine" not in run_again(manifest_of(asked))
    assert run_again({**manifest_of(asked), "engine": "agents"}).endswith("--engine agents")


def test_there_is_none_for_what_the_library_does_not_hold(asked, town_runs):
    assert run_again(manifest_of(town_runs["digital-1"])) is None
    timeline, parameter = copy.deepcopy(manifest_of(asked)), copy.deepcopy(manifest_of(asked))
    timeline["scenario"]["timeline"][0]["month"] = "2022-05-01"
    assert run_again(timeline) is None
    parameter["scenario"]["choice"]["of_another_version"] = 1.0
    assert run_again(parameter) is None
