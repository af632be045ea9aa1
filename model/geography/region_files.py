"""Regions on disk and in memory: a folder of Parquet tables and region.json becomes a Region, and the reverse.

``write_region`` checks the tables once, sorts each by its key and notes a hash of every file in region.json.
``load_region`` compares those hashes: files as written load without being checked again (England in about a second);
a folder somebody has edited is checked in full, so that it loads rightly or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.errors import InputError
from model.geography.assemble import FromFolder, FromTables, assemble, digest_of
from model.geography.checks import check_about, check_tables
from model.geography.columns import (
    connect,
    near_name,
    read_parquet_table,
    sorted_by_key,
    table_names,
    write_parquet_table,
)
from model.geography.region import FORMAT_VERSION, TABLES, Region, RegionTables

ABOUT_FILE = "region.json"


def load_region(folder: str | os.PathLike[str]) -> Region:
    """Read a region from its folder, checked.

    Raises:
        InputError: the folder is not a region, a table is missing or wrong, or the region's format is newer.
    """
    folder = Path(folder)
    about = _read_about(folder)
    check_about(about, f"{folder.name}/{ABOUT_FILE}")
    if not _as_written(folder, about):
        return region_from_tables(read_region_tables(folder), about)
    con = connect()
    try:
        return assemble(FromFolder(con, folder), about, about["digest"])
    finally:
        con.close()


def read_region_tables(folder: str | os.PathLike[str]) -> RegionTables:
    """Read the tables of a region folder as they stand, unchecked, for cutting or rewriting.

    Raises:
        InputError: the folder is not a region or a file is unreadable.
    """
    folder = Path(folder)
    _read_about(folder)
    _refuse_misspelt_tables(folder)
    tables: RegionTables = {}
    for name, table in TABLES.items():
        path = folder / f"{name}.parquet"
        if path.is_file():
            tables[name] = read_parquet_table(path, table)
        elif table.required:
            raise InputError(f"{folder.name}: {name}.parquet is missing; a region needs it: import the region again")
    return tables


def write_region(
    tables: RegionTables,
    about: dict[str, Any],
    folder: str | os.PathLike[str],
    *,
    source_names: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> Path:
    """Check the tables and write them as a region folder, which appears complete or not at all.

    source_names names, for each table, the file its rows came from, so that an error names what the user can mend.

    Raises:
        InputError: a table is wrong, or the folder exists and is not a region to be overwritten.
    """
    folder = Path(folder)
    _may_write(folder, overwrite)
    check_tables(tables, source_names)
    tables = {name: sorted_by_key(TABLES[name], tables[name]) for name in table_names(tables)}
    folder.parent.mkdir(parents=True, exist_ok=True)
    written = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, columns in tables.items():
            write_parquet_table(written / f"{name}.parquet", TABLES[name], columns)
        about = {
            **about,
            "format": FORMAT_VERSION,
            "digest": digest_of(tables),
            "rows": {name: len(next(iter(columns.values()))) for name, columns in tables.items()},
            "files": {f"{name}.parquet": _file_hash(written / f"{name}.parquet") for name in tables},
        }
        (written / ABOUT_FILE).write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        written.chmod(0o755)
        _put_in_place(written, folder)
    except BaseException:
        shutil.rmtree(written, ignore_errors=True)
        raise
    return folder


def region_from_tables(
    tables: RegionTables, about: dict[str, Any], *, source_names: Mapping[str, str] | None = None
) -> Region:
    """Check tables and make them a Region, without touching the disk.

    Raises:
        InputError: a table is wrong.
    """
    check_tables(tables, source_names)
    source = FromTables(tables)
    digest = digest_of(source.tables)
    return assemble(source, {"format": FORMAT_VERSION, **about, "digest": digest}, digest)


def _read_about(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise InputError(
            f"{folder}: no such region folder; make one with gpdrift region import or gpdrift region synthesise"
        )
    path = folder / ABOUT_FILE
    if not path.exists():
        raise InputError(f"{folder}: not a region, it has no {ABOUT_FILE}; make one with gpdrift region import")
    try:
        about = json.loads(path.read_text(encoding="utf-8-sig"))  # some editors add a byte-order mark
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{folder.name}/{ABOUT_FILE}: not valid JSON ({error}); import the region again") from None
    if not isinstance(about, dict):
        raise InputError(f"{folder.name}/{ABOUT_FILE}: found a list or value, expected an object; import it again")
    return about


def _as_written(folder: Path, about: dict[str, Any]) -> bool:
    """Whether every table file is exactly the one write_region checked and wrote."""
    noted = about.get("files")
    if not isinstance(noted, dict) or not isinstance(about.get("digest"), str):
        return False
    present = {f"{name}.parquet" for name in TABLES if (folder / f"{name}.parquet").is_file()}
    return present == set(noted) and all(_file_hash(folder / name) == noted[name] for name in sorted(present))


def _refuse_misspelt_tables(folder: Path) -> None:
    """Tables may be absent, but not because their file has a slip in its name."""
    files = sorted(path.stem for path in folder.glob("*.parquet"))
    absent = [name for name in TABLES if name not in files]
    for name in files:
        meant = near_name(name, absent) if name not in TABLES else None
        if meant is not None:
            raise InputError(
                f"{folder.name}: found {name}.parquet and no {meant}.parquet; rename it to {meant}.parquet, or take it out"
            )


def _file_hash(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def _may_write(folder: Path, overwrite: bool) -> None:
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / ABOUT_FILE).exists()):
        raise InputError(f"{folder}: exists and is not a region, so it is left alone; choose another name")
    if (folder / ABOUT_FILE).exists() and not overwrite:
        raise InputError(f"{folder}: a region of this name exists; choose another name or remove it")


def _put_in_place(written: Path, folder: Path) -> None:
    if not folder.exists():
        written.rename(folder)
        return
    # A folder cannot be replaced in one step: move the old one aside, and back if the new one cannot take its place.
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(aside / folder.name)
    try:
        written.rename(folder)
    except OSError:
        (aside / folder.name).rename(folder)
        aside.rmdir()
        raise
    shutil.rmtree(aside, ignore_errors=True)
