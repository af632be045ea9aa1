"""The folder that tables of validation go to."""

from __future__ import annotations

from pathlib import Path

from model.errors import InputError


def check_validation_folder(folder: Path) -> None:
    """Refuse a place where no folder can be, before anything is run.

    Raises:
        InputError: a file stands in the way.
    """
    for place in (folder, *folder.parents):
        if place.exists():
            if not place.is_dir():
                raise InputError(f"--validation {folder}: {place} is a file; name a folder")
            return
