"""Where the results of a run go: never over anything that is there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from model.errors import InputError

RESULTS = Path("results")
CHECKPOINTS = ".checkpoint"
"""What the folder of a run's checkpoints is called by, after the results folder it stands beside."""


def checkpoint_folder(results: Path) -> Path:
    """Where a run keeps its checkpoints until its results are complete."""
    return results.with_name(results.name + CHECKPOINTS)


def choose_folder(out: str | Path | None, name: str) -> Path:
    """The folder asked for, or the next free ``results/NAME-001``, ``results/NAME-002``, ...

    Raises:
        InputError: the folder asked for holds something, or cannot be made there.
    """
    folder = _next_free(name) if out is None else Path(out)
    if not folder.name or folder.name == "..":
        raise InputError(
            f"--out {folder}: has no name of its own; name a folder that is to be made, such as results/mine"
        )
    if folder.is_symlink():
        folder = folder.resolve()  # where the link points, also where nothing is there yet
    if folder.exists() and not folder.is_dir():
        raise InputError(f"--out {folder}: is a file; choose another name")
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"--out {folder}: exists and is not empty; choose another name or remove it")
    if checkpoint_folder(folder).exists():
        raise InputError(
            f"--out {folder}: an unfinished run has its checkpoints in {checkpoint_folder(folder)}; go on with"
            f" gpdrift run --resume {folder}, or remove them"
        )
    above = next(parent for parent in folder.absolute().parents if parent.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise InputError(f"--out {folder}: cannot be made in {above}; choose another place")
    return folder


@contextmanager
def results_folder(out: str | Path | None, name: str) -> Iterator[Path]:
    """The folder :func:`choose_folder` chooses; one nobody named is made at once, so that no other run chooses it.

    It is gone again where the block fails.

    Raises:
        InputError: as :func:`choose_folder`.
    """
    folder = choose_folder(out, name)
    if out is not None:
        yield folder
        return
    first = not RESULTS.exists()
    while True:
        try:
            folder.mkdir(parents=True)
            break
        except FileExistsError:  # another run was quicker
            folder = choose_folder(None, name)
    try:
        yield folder
    except BaseException:
        for each in (folder, RESULTS) if first else (folder,):
            with suppress(OSError):
                each.rmdir()
        raise


def _next_free(name: str) -> Path:
    pattern = re.compile(re.escape(name) + r"-(\d+)(?:" + re.escape(CHECKPOINTS) + ")?")
    taken = [int(match[1]) for path in RESULTS.glob("*") if (match := pattern.fullmatch(path.name))]
    return RESULTS / f"{name}-{max(taken, default=0) + 1:03d}"
