"""Compiling ahead: the list names what the default run calls, and two processes keep what one would."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numba
import numpy as np
import pytest

from model.patients.ahead import LIST, LONGEST, _named, describe, kind_of
from model.patients.columns import Columns

RUN = """
import json, sys
from runs.main import gpdrift
gpdrift.main(["run", "--quiet", "--out", "results"], standalone_mode=False)
from model.patients.ahead import compiled_so_far
print(json.dumps(compiled_so_far()))
"""
AHEAD = """
from model.patients.ahead import compile_ahead
compile_ahead(lambda: print("said"))
"""


def test_kinds_are_told_and_read():
    row = np.zeros(3, np.uint8)
    locked = row[:]
    locked.flags.writeable = False
    columns = Columns(*[row] * (len(Columns._fields) - 1), np.zeros(2, np.float64))
    alike = Columns(*[row] * len(Columns._fields))
    for value in (
        1,
        1.5,
        True,
        np.uint16(3),
        row,
        locked,
        np.zeros((2, 3), np.float32),
        (1, 2),
        (row, 1),
        columns,
        alike,
    ):
        kind = numba.typeof(value)
        assert kind_of(json.loads(json.dumps(describe(kind)))) == kind, value
    with pytest.raises(TypeError):
        describe(numba.typeof("a word"))


def test_no_kind_on_the_list_is_of_former_times():
    for name, signatures in json.loads(LIST.read_text()).items():
        for kinds in signatures:
            assert [describe(kind_of(told)) for told in kinds] == kinds, name
    former = {"model.patients.columns:Columns": ["int64"] * 3}
    with pytest.raises(TypeError, match="has 10 fields now, and had 3"):
        kind_of(former)


def called(folder: Path, compiled: str) -> dict[str, list]:
    """What the default run calls where nothing is kept from before but, in a folder, what is compiled."""
    kept = {"GPDRIFT_CACHE": str(folder), "NUMBA_CACHE_DIR": compiled}
    path = os.pathsep.join(filter(None, (str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-c", RUN]
    environment = {**os.environ, **kept, "PYTHONPATH": path}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.slow
def test_the_list_names_what_a_run_calls(tmp_path: Path):
    """When this fails: python tests/model/patients/test_ahead.py."""
    listed, now = json.loads(LIST.read_text()), called(tmp_path, numba.config.CACHE_DIR)
    assert {name: listed.get(name) for name in now} == now
    assert LONGEST in now
    # What only compiled functions call is not seen where those that call it were compiled before.
    inside = {word for name in now for word in _named(name).py_func.__code__.co_names}
    assert {name.partition(":")[2] for name in listed.keys() - now.keys()} <= inside


@pytest.mark.slow
def test_two_processes_compile_all_of_the_list_and_only_once(tmp_path: Path):
    alone = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    for expected in ("said\n", ""):
        done = subprocess.run([sys.executable, "-c", AHEAD], env=alone, capture_output=True, text=True, check=True)
        assert (done.stdout, done.stderr) == (expected, "")
    kept = {file.name.partition("-")[0] for file in tmp_path.rglob("*.nbi")}
    if sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1:
        for name in json.loads(LIST.read_text()):
            module, _, function = name.partition(":")
            assert f"{module.rpartition('.')[2]}.{function}" in kept, name


if __name__ == "__main__":
    LIST.write_text("{}\n")  # nothing is compiled but what is called
    with tempfile.TemporaryDirectory() as temporary:
        cold = called(Path(temporary), str(Path(temporary) / "compiled"))
        LIST.write_text(json.dumps(cold, separators=(",", ":")) + "\n")
