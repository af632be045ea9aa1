"""The region a scenario names: a folder, or a preset that is synthesised once and kept with the caches."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from model import cache_folder
from model.errors import InputError
from model.geography.region import Region
from model.geography.region_files import load_region, region_from_tables, write_region
from model.geography.synthesise import PRESETS, synthesise

PRESET_SEED = 1
"""Draws of a preset's map: every scenario on a preset stands on the same one, whatever its own seed."""


def open_region(name: str) -> Region:
    """Load the region folder, or the preset (town, metro, england) where no folder of that name exists.

    Raises:
        InputError: neither a preset nor a region folder, or the folder is wrong.
    """
    if name not in PRESETS or (Path(name) / "region.json").exists():
        if not Path(name).exists():
            raise InputError(
                f"region {name!r}: neither a preset ({', '.join(PRESETS)}) nor a folder here;"
                " make one with gpdrift region import (--month for an earlier one) or gpdrift region synthesise"
            )
        return load_region(name)
    folder = preset_folder(name)
    if folder.is_dir():
        try:
            return load_region(folder)
        except InputError:
            pass  # a damaged copy: made anew below
    tables, about = synthesise(name, PRESET_SEED)
    try:
        write_region(tables, about, folder, overwrite=True)
    except (OSError, InputError):
        # The cache cannot be written, or another process has just written the same region.
        return region_from_tables(tables, about)
    return load_region(folder)


def preset_folder(name: str) -> Path:
    """Where a preset is kept: a folder named by the code that makes it, so that new code never meets an old map."""
    made_by = hashlib.blake2b(np.__version__.encode(), digest_size=6)
    for file in sorted(Path(__file__).parent.glob("*.py")):
        made_by.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return cache_folder() / "regions" / f"{name}-{PRESET_SEED}-{made_by.hexdigest()}"
