"""Checks of region tables against the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.errors import InputError
from model.geography.region import FORMAT_VERSION, TABLES, RegionTables


def check_about(about: dict[str, Any], name: str) -> None:
    """Check region.json."""
    version = about.get("format")
    if not isinstance(version, int) or version < 1:
        raise InputError(f"{name}: format is {version!r}, expected a whole number; import the region again")
    if version > FORMAT_VERSION:
        raise InputError(
            f"{name}: format {version} is newer than this gpdrift reads ({FORMAT_VERSION}); install a newer gpdrift"
        )


def check_tables(tables: RegionTables, source_names: Mapping[str, str] | None = None) -> None:
    """Check every table."""
    for name in TABLES:
        if TABLES[name].required and name not in tables:
            raise InputError(f"{name}: missing")


FARTHEST_PRACTICE_KM = 50
