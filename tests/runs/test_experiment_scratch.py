"""Folders of workers: there while their command lives, removed at the next start when it was killed."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from runs.experiment_scratch import workers_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="files are not locked there, and nothing is swept")
HOLDS = "from runs.experiment_scratch import workers_folder\nwith workers_folder() as folder: print(folder, flush=True); input()"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_that_of_a_killed_command_goes_and_that_of_one_that_lives_stays(temporary: Path):
    command = [sys.executable, "-c", HOLDS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        theirs = Path(other.stdout.readline().strip())
        (theirs / "worker-1").mkdir()
        (temporary / "gpdrift-workers-of-earlier-versions").mkdir()
        with workers_folder() as mine:
            assert theirs.is_dir()
            assert Path(mine).parent == temporary
        assert not Path(mine).exists()
        other.send_signal(signal.SIGKILL)
        other.wait()
        assert theirs.is_dir()
        with workers_folder():
            assert not theirs.exists()
    assert [path.name for path in temporary.iterdir()] == ["gpdrift-workers-of-earlier-versions"]
