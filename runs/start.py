"""The way into the gpdrift command, and out of it.

In: Ctrl-C is heard before anything else is loaded, which takes a while. Out: what a run holds is given back to the
computer all at once; taking apart every object of the compiler and of the tables first takes another half a second.
"""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress

from runs.stopping import leave_at_once


def main() -> None:
    """Run the command line and leave with its exit code; a bug leaves in the ordinary way, with its traceback."""
    leave_at_once()
    _hear_nobody()
    from runs.main import main as run

    try:
        run()
    except SystemExit as done:
        if isinstance(done.code, str):
            raise
        _leave(done.code or 0)


def _hear_nobody() -> None:
    """Where output was closed by whoever began this process (a daemon), let it go nowhere instead of failing."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (as long as the process)


def _leave(code: int) -> None:
    """End the process as multiprocessing ends its own: with what was asked to be done at exit, and no more."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # nobody is left who reads
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
