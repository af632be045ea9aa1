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
from typing import Any, Protocol

import duckdb
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from model.errors import InputError
from model.geography.checks import check_about, check_tables
from model.geography.columns import (
    connect,
    positions_of,
    quoted,
    read_parquet_table,
    sorted_by_key,
    table_names,
    typed,
    write_parquet_table,
)
from model.geography.region import (
    FORMAT_VERSION,
    LIST_BANDS,
    MIGRATION_AGES,
    OLDEST_AGE,
    RESIDENT_BAND_LIMITS,
    RESIDENT_BANDS,
    TABLES,
    Region,
    RegionTables,
)

ABOUT_FILE = "region.json"
COMPONENTS = ("population", "births", "deaths", "internal_in", "internal_out", "international_in", "international_out")


class _Source(Protocol):
    """Where the columns of a checked region come from, every table in order of its key."""

    def has(self, table: str, column: str | None = None) -> bool: ...

    def column(self, table: str, name: str) -> np.ndarray: ...

    def positions(self, table: str, name: str, codes: np.ndarray) -> np.ndarray: ...


class _FromTables:
    """Columns of tables in memory."""

    def __init__(self, tables: RegionTables) -> None:
        self.tables = {name: sorted_by_key(TABLES[name], tables[name]) for name in table_names(tables)}

    def has(self, table: str, column: str | None = None) -> bool:
        return table in self.tables and (column is None or column in self.tables[table])

    def column(self, table: str, name: str) -> np.ndarray:
        return self.tables[table][name]

    def positions(self, table: str, name: str, codes: np.ndarray) -> np.ndarray:
        return positions_of(self.tables[table][name], codes)


class _FromFolder:
    """Columns of a folder written by write_region; codes become positions inside DuckDB, without a text per row."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.con = con
        self.source: dict[str, str] = {}
        self.columns: dict[str, dict[str, str]] = {}
        self.enums: dict[int, str] = {}
        for name, table in TABLES.items():
            if (folder / f"{name}.parquet").exists():
                self.source[name] = f"read_parquet('{quoted(folder / f'{name}.parquet')}')"
                kinds = {column.name: column.kind for column in table.columns}
                found = con.execute(f"DESCRIBE SELECT * FROM {self.source[name]}").fetchall()
                self.columns[name] = {row[0]: kinds[row[0]] for row in found if row[0] in kinds}
        self.fetched: dict[str, dict[str, np.ndarray]] = {}

    def has(self, table: str, column: str | None = None) -> bool:
        return table in self.columns and (column is None or column in self.columns[table])

    def column(self, table: str, name: str) -> np.ndarray:
        if table not in self.fetched:
            coded = {c.name for c in TABLES[table].columns if c.refers_to and len(TABLES[table].columns) > 2}
            plain = [n for n in self.columns[table] if n not in coded] or list(self.columns[table])
            listed = ", ".join(f'"{n}"' for n in plain)
            values = self.con.execute(f"SELECT {listed} FROM {self.source[table]}").fetchnumpy()
            self.fetched[table] = {n: typed(values[n], self.columns[table][n]) for n in plain}
        if name not in self.fetched[table]:
            values = self.con.execute(f'SELECT "{name}" FROM {self.source[table]}').fetchnumpy()
            self.fetched[table][name] = typed(values[name], self.columns[table][name])
        return self.fetched[table][name]

    def positions(self, table: str, name: str, codes: np.ndarray) -> np.ndarray:
        if table in self.fetched and name in self.fetched[table]:
            return positions_of(self.fetched[table][name], codes)
        kind = self.enums.get(id(codes))
        if kind is None:
            kind = f"code_{len(self.enums)}"
            self.con.register("codes_in_order", pd.DataFrame({"code": codes.astype(object)}))
            self.con.execute(f"CREATE TYPE {kind} AS ENUM (SELECT code FROM codes_in_order)")
            self.con.unregister("codes_in_order")
            self.enums[id(codes)] = kind
        sql = f'SELECT enum_code("{name}"::{kind}) AS code FROM {self.source[table]}'
        return self.con.execute(sql).fetchnumpy()["code"].astype(np.int64)


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
        return _assemble(_FromFolder(con, folder), about, about["digest"])
    finally:
        con.close()


def read_region_tables(folder: str | os.PathLike[str]) -> RegionTables:
    """Read the tables of a region folder as they stand, unchecked, for cutting or rewriting.

    Raises:
        InputError: the folder is not a region or a file is unreadable.
    """
    folder = Path(folder)
    _read_about(folder)
    tables: RegionTables = {}
    for name, table in TABLES.items():
        path = folder / f"{name}.parquet"
        if path.exists():
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
    source = _FromTables(tables)
    digest = digest_of(source.tables)
    return _assemble(source, {"format": FORMAT_VERSION, **about, "digest": digest}, digest)


def digest_of(tables: RegionTables) -> str:
    """Hash of the content of tables sorted by key: the same for the same rows in any order or file layout."""
    whole = hashlib.blake2b(digest_size=16)
    for name in table_names(tables):
        for column in TABLES[name].columns:
            if column.name in tables[name]:
                values = tables[name][column.name]
                whole.update(f"{name}.{column.name}:{len(values)};".encode())
                whole.update(_canonical_bytes(values, column.kind))
    return whole.hexdigest()


def _canonical_bytes(values: np.ndarray, kind: str) -> bytes:
    if kind == "text":
        return "\0".join(values.tolist()).encode()
    if kind == "date":
        return values.astype("datetime64[D]").astype(np.int64).tobytes()
    if kind == "bool":
        return values.astype(np.uint8).tobytes()
    # Adding 0.0 makes one of the two zeros; one NaN stands for all.
    numbers = values.astype(np.float64) + 0.0
    return np.where(np.isnan(numbers), np.nan, numbers).tobytes()


def _assemble(source: _Source, about: dict[str, Any], digest: str) -> Region:
    column = source.column
    areas = column("areas", "area")
    x, y = column("areas", "x"), column("areas", "y")
    authorities, area_authority = _numbered(column("areas", "authority"))
    systems, area_system = _numbered(column("areas", "system"))
    zone_codes = column("areas", "zone") if source.has("areas", "zone") else areas
    zones, area_zone = _numbered(zone_codes)
    practice_commissioner = column("practices", "commissioner")
    commissioners = np.unique(np.concatenate([np.unique(column("areas", "commissioner")), practice_commissioner]))
    practices = column("practices", "practice")
    practice_x, practice_y = column("practices", "x"), column("practices", "y")
    _, nearest = cKDTree(np.stack([x, y], axis=1)).query(np.stack([practice_x, practice_y], axis=1))
    parts: dict[str, np.ndarray | None] = {
        "areas": areas,
        "x": x,
        "y": y,
        "area_commissioner": positions_of(column("areas", "commissioner"), commissioners).astype(np.int16),
        "area_authority": area_authority.astype(np.int16),
        "area_system": area_system.astype(np.int16),
        "area_zone": area_zone.astype(np.int32),
        "deprivation_decile": column("areas", "deprivation_decile").astype(np.uint8),
        "rural": column("areas", "rural").astype(bool),
        "population": _population(source, areas),
        "commissioners": commissioners,
        "authorities": authorities,
        "systems": systems,
        "zones": zones,
        "practices": practices,
        "practice_names": column("practices", "name"),
        "practice_x": practice_x,
        "practice_y": practice_y,
        "practice_commissioner": positions_of(practice_commissioner, commissioners).astype(np.int16),
        "practice_area": np.asarray(nearest).astype(np.int32),
        "list_size": column("practices", "list_size").astype(np.int32),
        "gps_fte": column("practices", "gps_fte").astype(np.float64),
        "provider_kind": column("practices", "provider_kind"),
        "practice_neighbourhood": column("practices", "neighbourhood"),
        "list_by_age": _list_by_age(source),
        "male_share": _optional(source, "practices", "male_share"),
        "weighted_list": _optional(source, "practices", "weighted_list"),
        "registration_area": None,
        "registration_practice": None,
        "registration_patients": None,
        "neighbours": None,
    }
    if source.has("registrations"):
        parts["registration_area"] = source.positions("registrations", "area", areas).astype(np.int32)
        parts["registration_practice"] = source.positions("registrations", "practice", practices).astype(np.int32)
        parts["registration_patients"] = column("registrations", "patients").astype(np.int32)
    if source.has("neighbours"):
        parts["neighbours"] = np.stack(
            [source.positions("neighbours", name, areas) for name in ("area", "neighbour")], axis=1
        ).astype(np.int32)
    components = _components(source, authorities)
    destinations = _destinations(source, zones)
    immigration = _immigration(source, zones)
    for array in (*parts.values(), immigration, *(components or {}).values(), *(destinations or {}).values()):
        if array is not None:
            array.flags.writeable = False
    return Region(
        about=about,
        digest=digest,
        components=components,
        destinations=destinations,
        immigration=immigration,
        successors=_successors(source),
        names=_names(source),
        **parts,  # pyright: ignore[reportArgumentType]
    )


def _numbered(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    distinct, positions = np.unique(codes, return_inverse=True)
    return distinct, positions


def _optional(source: _Source, table: str, name: str) -> np.ndarray | None:
    return source.column(table, name).astype(np.float64) if source.has(table, name) else None


def _population(source: _Source, areas: np.ndarray) -> np.ndarray:
    ages = range(OLDEST_AGE + 1)
    if source.has("population"):
        # The table has exactly the rows of areas in the same order once both are sorted: the checks see to it.
        return np.stack([source.column("population", f"age_{a}") for a in ages], axis=1).astype(np.int32)
    bands = np.stack([source.column("areas", f"residents_{b}") for b in RESIDENT_BANDS], axis=1)
    return spread_bands(bands)


def spread_bands(bands: np.ndarray) -> np.ndarray:
    """Spread residents by band (int[A, 5] by RESIDENT_BANDS) over single years of age, int32[A, 91], sums kept.

    Evenly within bands below 65; above, falling linearly to a fifth at 90 and over, roughly as in England
    (ONS mid-2020: 85-89 is a third of 65-69). Remainders go to the ages with the largest fractions.
    """
    population = np.zeros((len(bands), OLDEST_AGE + 1), dtype=np.int32)
    for band, (first, last) in enumerate(RESIDENT_BAND_LIMITS):
        weights = np.ones(last - first + 1) if last < OLDEST_AGE else np.linspace(1.0, 0.2, last - first + 1)
        exact = bands[:, band, None] * (weights / weights.sum())
        whole = np.floor(exact).astype(np.int32)
        short = bands[:, band] - whole.sum(axis=1)
        # Rank fractions with ties to the younger, then give one more to the first `short` of them.
        rank = np.argsort(np.argsort(-(exact - whole), axis=1, kind="stable"), axis=1, kind="stable")
        population[:, first : last + 1] = whole + (rank < short[:, None])
    return population


def _list_by_age(source: _Source) -> np.ndarray | None:
    names = [f"list_{band}" for band in LIST_BANDS]
    if not all(source.has("practices", name) for name in names):
        return None
    counts = np.stack([source.column("practices", name).astype(np.float64) for name in names], axis=1)
    return None if np.isnan(counts).all() else counts


def _components(source: _Source, authorities: np.ndarray) -> dict[str, np.ndarray] | None:
    if not source.has("components"):
        return None
    years, year = _numbered(source.column("components", "year"))
    authority = source.positions("components", "authority", authorities)
    found: dict[str, np.ndarray] = {"years": years.astype(np.int64)}
    for name in COMPONENTS:
        values = np.full((len(authorities), len(years)), -1, dtype=np.int64)
        values[authority, year] = source.column("components", name)
        found[name] = values
    return found


def _destinations(source: _Source, zones: np.ndarray) -> dict[str, np.ndarray] | None:
    if not source.has("destinations"):
        return None
    shares = [source.column("destinations", f"age_{band}").astype(np.float32) for band in MIGRATION_AGES]
    return {
        "origin": source.positions("destinations", "origin", zones).astype(np.int32),
        "destination": source.positions("destinations", "destination", zones).astype(np.int32),
        "share": np.stack(shares, axis=1),
    }


def _immigration(source: _Source, zones: np.ndarray) -> np.ndarray | None:
    if not source.has("immigration"):
        return None
    arrivals = np.zeros((len(zones), 2, len(MIGRATION_AGES)))
    zone = source.positions("immigration", "zone", zones)
    sex = (source.column("immigration", "sex") == "F").astype(np.int64)
    for band, name in enumerate(MIGRATION_AGES):
        arrivals[zone, sex, band] = source.column("immigration", f"age_{name}")
    return arrivals


def _successors(source: _Source) -> tuple[tuple[str, str, str], ...]:
    if not source.has("successors"):
        return ()
    rows = (source.column("successors", name).astype(str).tolist() for name in ("old", "month", "new"))
    return tuple(zip(*rows, strict=True))


def _names(source: _Source) -> dict[str, str]:
    if not source.has("names"):
        return {}
    return dict(zip(source.column("names", "code").tolist(), source.column("names", "name").tolist(), strict=True))


def _read_about(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise InputError(
            f"{folder}: no such region folder; make one with gpdrift region import or gpdrift region synthesise"
        )
    path = folder / ABOUT_FILE
    if not path.exists():
        raise InputError(f"{folder}: not a region, it has no {ABOUT_FILE}; make one with gpdrift region import")
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
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
    present = {f"{name}.parquet" for name in TABLES if (folder / f"{name}.parquet").exists()}
    return present == set(noted) and all(_file_hash(folder / name) == noted[name] for name in sorted(present))


def _file_hash(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def _may_write(folder: Path, overwrite: bool) -> None:
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / ABOUT_FILE).exists()):
        raise InputError(f"{folder}: exists and is not a region, so it is left alone; choose another name")
    if (folder / ABOUT_FILE).exists() and not overwrite:
        raise InputError(f"{folder}: a region of this name exists; choose another name or allow overwriting")


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
