"""The folder that workers of this machine keep what they need for a moment in; those of commands that were killed go."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

PREFIX = "gpdrift-workers-"
IN_USE = "in-use"
"""A file that the command whose workers these are holds locked as long as it lives, however it ends."""


@contextlib.contextmanager
def workers_folder() -> Iterator[str]:
    """A folder in that for temporary files, there as long as the block; those nobody uses any more are removed first."""
    sweep(Path(tempfile.gettempdir()))
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder,
        open(Path(folder) / f".{IN_USE}", "w") as mark,
    ):
        _locked(mark)
        if os.name == "posix":  # gets its name once it is locked: between the two another command would sweep
            os.rename(mark.name, Path(folder) / IN_USE)
        yield folder


def sweep(folder: Path) -> None:
    """Remove folders of workers whose command is gone: those with a mark that nobody holds locked."""
    for left in folder.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), open(left / IN_USE, "r+") as mark:
            if _locked(mark):
                shutil.rmtree(left, ignore_errors=True)


def _locked(mark: IO[str]) -> bool:
    """Lock a file for this process, unless another has; False also where files cannot be locked."""
    if os.name == "nt":
        return False
    import fcntl

    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
