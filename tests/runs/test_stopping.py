"""A stop that was swallowed once is not forgotten."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import os, signal
from runs import stopping
stopping.listen()
try:
    os.kill(os.getpid(), signal.{name})
    for _ in range(1000): pass
except BaseException as lost:
    print(type(lost).__name__)
try:
    stopping.stop_if_asked()
except BaseException as kept:
    print(type(kept).__name__)
"""


@pytest.mark.parametrize(("name", "kind"), [("SIGINT", "KeyboardInterrupt"), ("SIGTERM", "SystemExit")])
def test_a_swallowed_stop_is_raised_again(name: str, kind: str):
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(name=name)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [kind, kind]


@pytest.mark.parametrize(("name", "kind"), [("SIGINT", "KeyboardInterrupt"), ("SIGTERM", "SystemExit")])
def test_what_cannot_be_left_half_way_is_finished_first(name: str, kind: str):
    """And a process begun in between does not hear Ctrl-C, which the terminal sends to both."""
    script = f"""
import os, signal, subprocess, sys
from runs import stopping
stopping.listen()
try:
    with stopping.heard_afterwards():
        os.kill(os.getpid(), signal.{name})
        child = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('went on')"]
        print(subprocess.run(child, capture_output=True, text=True).stdout.strip())
except BaseException as heard:
    print(type(heard).__name__)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["went on", kind]


@pytest.mark.parametrize(("name", "kind"), [("SIGINT", "KeyboardInterrupt"), ("SIGTERM", "SystemExit")])
def test_what_a_library_makes_of_a_stop_is_the_stop(name: str, kind: str):
    script = f"""
import os, signal
from runs import stopping
stopping.listen()
try:
    with stopping.told_apart():
        try:
            os.kill(os.getpid(), signal.{name})
            for _ in range(1000): pass
        except BaseException as lost:
            raise RuntimeError("Query interrupted") from None
except BaseException as told:
    print(type(told).__name__)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == kind


def test_nothing_stops_what_was_not_asked_to():
    script = "from runs import stopping; stopping.listen(); stopping.stop_if_asked(); print('on')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "on"


@pytest.mark.parametrize(("name", "kind"), [("SIGINT", "KeyboardInterrupt"), ("SIGTERM", "SystemExit")])
def test_a_module_is_loaded_whole_before_a_stop_is_heard(tmp_path: Path, name: str, kind: str):
    (tmp_path / "slowly.py").write_text(
        f"import os, signal, time\nos.kill(os.getpid(), signal.{name})\ntime.sleep(0.2)\nprint('whole')\n"
    )
    script = """
import sys, time
from runs import stopping
stopping.listen()
sys.path.insert(0, sys.argv[1])
try:
    import slowly
    time.sleep(60)
except BaseException as heard:
    print(type(heard).__name__)
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["whole", kind]


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_stop_while_everything_is_loaded_shows_no_traceback(name: str, code: int):
    """Sent by the process itself in the middle of its imports, where a raised one would be shown or lost."""
    script = f"""
import os, signal, sys
class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "runs.main":
            os.kill(os.getpid(), signal.{name})
            for _ in range(1000): pass
sys.meta_path.insert(0, Impatient())
sys.argv = ["gpdrift", "--help"]
from runs.start import main
main()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stderr == "gpdrift: stopped; nothing half-written is left\n"
    assert done.stdout == ""


def test_the_way_in_is_the_command():
    done = subprocess.run([sys.executable, "-m", "runs.start", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("gpdrift")


@pytest.mark.parametrize(("asked", "code", "said"), [("--version", 0, "gpdrift"), ("--none", 2, "done")])
def test_the_way_out_does_what_was_to_be_done_at_exit(asked: str, code: int, said: str):
    """Nothing that was written is lost, though the process does not take itself apart."""
    script = f"""
import atexit, sys
atexit.register(lambda: sys.stdout.write("done"))
sys.argv = ["gpdrift", "{asked}"]
from runs.start import main
main()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stdout.startswith(said)
    assert done.stdout.endswith("done")
    assert bool(done.stderr) == bool(code)


def test_a_closed_output_is_no_bug():
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m runs.start scenarios >&-"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
