"""Columns of a checked region become a Region: codes become positions, and the content gets its digest."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Protocol

import duckdb
import numpy as np
from scipy.spatial import KDTree

from model.geography.columns import positions_of, sorted_by_key, table_names, typed
from model.geography.region import (
    LIST_BANDS,
    MIGRATION_AGES,
    OLDEST_AGE,
    RESIDENT_BAND_LIMITS,
    RESIDENT_BANDS,
    TABLES,
    Region,
    RegionTables,
)
from model.sql_literals import parquet_rows, text_literal

COMPONENTS = ("population", "births", "deaths", "internal_in", "internal_out", "international_in", "international_out")


class Source(Protocol):
    """Where the columns of a checked region come from, every table in order of its key."""

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether there is such a table, and such a column in it."""
        ...

    def column(self, table: str, name: str) -> np.ndarray:
        """Values of a column."""
        ...

    def positions(self, table: str, name: str, codes: np.ndarray) -> np.ndarray:
        """Position of each value of a column in ``codes``, int64."""
        ...


class FromTables:
    """Columns of tables in memory."""

    def __init__(self, tables: RegionTables) -> None:
        self.tables = {name: sorted_by_key(TABLES[name], tables[name]) for name in table_names(tables)}

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether there is such a table, and such a column in it."""
        return table in self.tables and (column is None or column in self.tables[table])

    def column(self, table: str, name: str) -> np.ndarray:
        """Values of a column."""
        return self.tables[table][name]

    def positions(self, table: str, name: str, codes: np.ndarray) -> np.ndarray:
        """Position of each value of a column in ``codes``, int64."""
        return positions_of(self.tables[table][name], codes)


class FromFolder:
    """Columns of a folder written by write_region; codes become positions inside DuckDB, without a text per row."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.con = con
        self.source: dict[str, str] = {}
        self.columns: dict[str, dict[str, str]] = {}
        self.enums: list[tuple[np.ndarray, str]] = []
        for name, table in TABLES.items():
            if (folder / f"{name}.parquet").exists():
                self.source[name] = parquet_rows(folder / f"{name}.parquet")
                kinds = {column.name: column.kind for column in table.columns}
                found = con.execute(f"DESCRIBE SELECT * FROM {self.source[name]}").fetchall()
                self.columns[name] = {row[0]: kinds[row[0]] for row in found if row[0] in kinds}
        self.fetched: dict[str, dict[str, np.ndarray]] = {}

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether there is such a table, and such a column in it."""
        return table in self.columns and (column is None or column in self.columns[table])

    def column(self, table: str, name: str) -> np.ndarray:
        """Values of a column."""
        if table not in self.fetched:
            coded = {c.name for c in TABLES[table].columns if c.refers_to}
            plain = [n for n in self.columns[table] if n not in coded]
            self.fetched[table] = self._fetch(table, plain) if plain else {}
        if name not in self.fetched[table]:
            self.fetched[table].update(self._fetch(table, [name]))
        return self.fetched[table][name]

    def positions(self, table: str, name: str, codes: np.ndarray) -> np.ndarray:
        """Position of each value of a column in ``codes``, int64."""
        if table in self.fetched and name in self.fetched[table]:
            return positions_of(self.fetched[table][name], codes)
        kind = next((kind for known, kind in self.enums if known is codes), None)
        if kind is None:
            kind = f"code_{len(self.enums)}"
            listed = ", ".join(map(text_literal, codes.tolist()))
            self.con.execute(f"CREATE TYPE {kind} AS ENUM ({listed})")
            self.enums.append((codes, kind))
        sql = f'SELECT enum_code("{name}"::{kind}) AS code FROM {self.source[table]}'
        return self.con.execute(sql).fetchnumpy()["code"].astype(np.int64)

    def _fetch(self, table: str, names: list[str]) -> dict[str, np.ndarray]:
        listed = ", ".join(f'"{name}"' for name in names)
        values = self.con.execute(f"SELECT {listed} FROM {self.source[table]}").fetchnumpy()
        return {name: typed(values[name], self.columns[table][name]) for name in names}


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


def assemble(source: Source, about: dict[str, Any], digest: str) -> Region:
    """Make the Region of checked columns; its arrays cannot be written to."""
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
    _, nearest = KDTree(np.stack([x, y], axis=1)).query(np.stack([practice_x, practice_y], axis=1))
    parts: dict[str, Any] = {
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
        "growth": _optional(source, "practices", "growth"),
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
        **parts,
    )


def _numbered(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    distinct, positions = np.unique(codes, return_inverse=True)
    return distinct, positions


def _optional(source: Source, table: str, name: str) -> np.ndarray | None:
    return source.column(table, name).astype(np.float64) if source.has(table, name) else None


def _population(source: Source, areas: np.ndarray) -> np.ndarray:
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


def _list_by_age(source: Source) -> np.ndarray | None:
    names = [f"list_{band}" for band in LIST_BANDS]
    if not all(source.has("practices", name) for name in names):
        return None
    counts = np.stack([source.column("practices", name).astype(np.float64) for name in names], axis=1)
    return None if np.isnan(counts).all() else counts


def _components(source: Source, authorities: np.ndarray) -> dict[str, np.ndarray] | None:
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


def _destinations(source: Source, zones: np.ndarray) -> dict[str, np.ndarray] | None:
    if not source.has("destinations"):
        return None
    shares = [source.column("destinations", f"age_{band}").astype(np.float32) for band in MIGRATION_AGES]
    return {
        "origin": source.positions("destinations", "origin", zones).astype(np.int32),
        "destination": source.positions("destinations", "destination", zones).astype(np.int32),
        "share": np.stack(shares, axis=1),
    }


def _immigration(source: Source, zones: np.ndarray) -> np.ndarray | None:
    if not source.has("immigration"):
        return None
    arrivals = np.zeros((len(zones), 2, len(MIGRATION_AGES)))
    zone = source.positions("immigration", "zone", zones)
    sex = (source.column("immigration", "sex") == "F").astype(np.int64)
    for band, name in enumerate(MIGRATION_AGES):
        arrivals[zone, sex, band] = source.column("immigration", f"age_{name}")
    return arrivals


def _successors(source: Source) -> tuple[tuple[str, str, str], ...]:
    if not source.has("successors"):
        return ()
    rows = (source.column("successors", name).astype(str).tolist() for name in ("old", "month", "new"))
    return tuple(zip(*rows, strict=True))


def _names(source: Source) -> dict[str, str]:
    if not source.has("names"):
        return {}
    return dict(zip(source.column("names", "code").tolist(), source.column("names", "name").tolist(), strict=True))
