"""What a region is: every table, column, unit, type and check, and the Region the model reads.

A region on disk is a folder of Parquet tables and a ``region.json``. In memory it is a :class:`Region`: codes
become positions (0, 1, 2, ...) in sorted order of the codes, so that the same places always get the same numbers
whatever the order of rows in a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

FORMAT_VERSION = 1
OLDEST_AGE = 90
"""Single years of age run from 0 to 90; 90 means 90 and over, as ONS publishes them."""

MIGRATION_AGES = ("0_4", "5_15", "16_19", "20_24", "25_34", "35_49", "50_64", "65_74", "75_up")
"""Age bands of the migration tables (Census 2011): first and last age, or first age and up."""
MIGRATION_AGE_STARTS = (0, 5, 16, 20, 25, 35, 50, 65, 75)

RESIDENT_BANDS = ("0_15", "16_24", "25_44", "45_64", "65_up")
RESIDENT_BAND_LIMITS = ((0, 15), (16, 24), (25, 44), (45, 64), (65, OLDEST_AGE))
LIST_BANDS = ("0_17", "18_49", "50_64", "65_up")
LIST_BAND_STARTS = (0, 18, 50, 65)


@dataclass(frozen=True)
class Column:
    """One column of a region table: its name, kind, unit and meaning, and what its values must satisfy.

    kind is one of text, int, float, bool, date. A column that is not ``required`` may be absent; one that is
    ``nullable`` may hold empty cells.
    """

    name: str
    kind: str
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    required: bool = True
    nullable: bool = False
    refers_to: str | None = None
    """``table.column`` whose values these must be among."""


@dataclass(frozen=True)
class Table:
    """One table of a region: what a row is, its key (no duplicates) and its columns."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    required: bool = True


def _metres(name: str, meaning: str) -> Column:
    return Column(name, "float", meaning, "m, British National Grid", -100_000, 1_400_000)


def _count(name: str, meaning: str, **more: Any) -> Column:
    return Column(name, "int", meaning, "people", 0, 100_000_000, **more)


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "areas",
            "a 2011 LSOA, the smallest place",
            ("area",),
            (
                Column("area", "text", "code of the area"),
                _metres("x", "easting of the population-weighted centre"),
                _metres("y", "northing of the population-weighted centre"),
                Column("commissioner", "text", "CCG that covers the area"),
                Column("authority", "text", "local authority that covers the area"),
                Column("system", "text", "STP or ICS that covers the area"),
                Column("deprivation_decile", "int", "IMD decile, 1 = most deprived", "", 1, 10),
                Column("rural", "bool", "rural by the 2011 rural-urban classification"),
                *(_count(f"residents_{b}", f"residents aged {b.replace('_', '-')}") for b in RESIDENT_BANDS),
                Column("neighbourhood", "text", "PCN footprint", required=False, nullable=True),
                Column("place", "text", "place (250-500k people)", required=False, nullable=True),
                Column("zone", "text", "MSOA, the zone of the migration tables", required=False),
            ),
        ),
        Table(
            "population",
            "residents of an area by single year of age",
            ("area",),
            (
                Column("area", "text", "code of the area", refers_to="areas.area"),
                *(_count(f"age_{a}", f"residents aged {a}" + (" and over" if a == 90 else "")) for a in range(91)),
            ),
            required=False,
        ),
        Table(
            "practices",
            "a GP practice at its main site",
            ("practice",),
            (
                Column("practice", "text", "ODS code"),
                Column("name", "text", "name"),
                _metres("x", "easting of the main site"),
                _metres("y", "northing of the main site"),
                Column("commissioner", "text", "CCG the practice belongs to", refers_to="areas.commissioner"),
                _count("list_size", "published list, wherever the patients live"),
                Column("gps_fte", "float", "GPs excluding trainees and locums", "full-time equivalents", 0, 1000),
                Column("opened", "date", "first day", nullable=True),
                Column("closed", "date", "last day; empty while open", nullable=True),
                Column("neighbourhood", "text", "PCN", nullable=True),
                Column("provider_kind", "text", "gp, digital or trust"),
                *(_count(f"list_{b}", f"patients aged {b}", required=False, nullable=True) for b in LIST_BANDS),
                Column("male_share", "float", "share of the list that is male", "", 0, 1, False, True),
                Column("weighted_list", "float", "Carr-Hill weighted list", "patients", 0, 1e8, False, True),
                Column("growth", "float", "ln growth of the list in the year before", "per year", -20, 20, False, True),
            ),
        ),
        Table(
            "registrations",
            "patients living in an area (recorded address) and registered with a practice",
            ("area", "practice"),
            (
                Column("area", "text", "area of the recorded address", refers_to="areas.area"),
                Column("practice", "text", "practice", refers_to="practices.practice"),
                Column("patients", "int", "patients", "people", 1, 10_000_000),
            ),
            required=False,
        ),
        Table(
            "successors",
            "a commissioner that becomes another on a date",
            ("old",),
            (
                Column("old", "text", "commissioner before", refers_to="areas.commissioner"),
                Column("month", "date", "first day of the month from which the new one is responsible"),
                Column("new", "text", "commissioner after"),
            ),
            required=False,
        ),
        Table(
            "components",
            "births, deaths and migration of an authority in a year to mid-year (ONS MYEB3)",
            ("authority", "year"),
            (
                Column("authority", "text", "local authority", refers_to="areas.authority"),
                Column("year", "int", "year to 30 June", "", 1990, 2100),
                _count("population", "residents at mid-year"),
                _count("births", "live births"),
                _count("deaths", "deaths"),
                _count("internal_in", "moves in from other UK authorities"),
                _count("internal_out", "moves out to other UK authorities"),
                _count("international_in", "immigrants"),
                _count("international_out", "emigrants"),
            ),
            required=False,
        ),
        Table(
            "destinations",
            "of those who move out of the origin zone, the share that goes to the destination zone, by age",
            ("origin", "destination"),
            (
                Column("origin", "text", "zone left", refers_to="areas.zone"),
                Column("destination", "text", "zone moved to", refers_to="areas.zone"),
                *(Column(f"age_{b}", "float", f"share at ages {b}", "", 0, 1) for b in MIGRATION_AGES),
            ),
            required=False,
        ),
        Table(
            "immigration",
            "international immigrants of a year by zone of arrival, sex and age",
            ("zone", "sex"),
            (
                Column("zone", "text", "zone of arrival", refers_to="areas.zone"),
                Column("sex", "text", "M or F"),
                *(Column(f"age_{b}", "float", f"immigrants aged {b}", "people", 0, 1e6) for b in MIGRATION_AGES),
            ),
            required=False,
        ),
        Table(
            "neighbours",
            "two areas whose boundaries touch",
            ("area", "neighbour"),
            (
                Column("area", "text", "the area whose code sorts first", refers_to="areas.area"),
                Column("neighbour", "text", "the other area", refers_to="areas.area"),
            ),
            required=False,
        ),
        Table(
            "names",
            "the name of a place or body",
            ("code",),
            (Column("code", "text", "code"), Column("name", "text", "name")),
            required=False,
        ),
    )
}


@dataclass(frozen=True, eq=False)
class Region:
    """A region as the model reads it: A areas, P practices, C commissioners, L authorities, S systems, Z zones.

    Areas, practices and bodies are numbered in sorted order of their codes. ``commissioners`` is the union of
    those of areas and of practices. All arrays are read-only.
    """

    about: dict[str, Any]
    """region.json: name, date (first of the month the register describes), format, sources, licence, exclusions."""
    digest: str
    """Hash of every table's content: identical for identical regions."""

    areas: np.ndarray
    """Area codes, str[A], sorted."""
    x: np.ndarray
    """Easting, m, float64[A]."""
    y: np.ndarray
    """Northing, m, float64[A]."""
    area_commissioner: np.ndarray
    """Position in ``commissioners``, int16[A]."""
    area_authority: np.ndarray
    """Position in ``authorities``, int16[A]."""
    area_system: np.ndarray
    """Position in ``systems``, int16[A]."""
    area_zone: np.ndarray
    """Position in ``zones``, int32[A]; all zones are areas themselves where no zones are given."""
    deprivation_decile: np.ndarray
    """1 = most deprived, uint8[A]."""
    rural: np.ndarray
    """bool[A]."""
    population: np.ndarray
    """Residents by single year of age 0..90+, int32[A, 91] (spread from the bands where no single years are given)."""
    commissioners: np.ndarray
    """Codes, str[C], sorted."""
    authorities: np.ndarray
    """Codes, str[L], sorted."""
    systems: np.ndarray
    """Codes, str[S], sorted."""
    zones: np.ndarray
    """Codes, str[Z], sorted."""

    practices: np.ndarray
    """Practice codes, str[P], sorted."""
    practice_names: np.ndarray
    """str[P]."""
    practice_x: np.ndarray
    """Easting, m, float64[P]."""
    practice_y: np.ndarray
    """Northing, m, float64[P]."""
    practice_commissioner: np.ndarray
    """Position in ``commissioners``, int16[P]."""
    practice_area: np.ndarray
    """Area nearest to the main site, int32[P]."""
    list_size: np.ndarray
    """Published list, int32[P] (includes patients living outside the region's areas)."""
    gps_fte: np.ndarray
    """GPs, full-time equivalents, float64[P]."""
    provider_kind: np.ndarray
    """gp, digital or trust, str[P]."""
    practice_neighbourhood: np.ndarray
    """PCN code or empty, str[P]."""
    list_by_age: np.ndarray | None
    """Patients aged 0-17, 18-49, 50-64, 65+, float64[P, 4], NaN where unknown; None where no practice has them."""
    male_share: np.ndarray | None
    """Share of the list that is male, float64[P], NaN where unknown."""
    weighted_list: np.ndarray | None
    """Carr-Hill weighted list, float64[P], NaN where unknown."""
    growth: np.ndarray | None
    """ln growth of the list in the year before, per year, float64[P], NaN where unknown; None where no practice has it."""

    registration_area: np.ndarray | None
    """Recorded area of each registrations row, int32[R], sorted by (area, practice); None where there is no register."""
    registration_practice: np.ndarray | None
    """Practice of each registrations row, int32[R]."""
    registration_patients: np.ndarray | None
    """Patients, int32[R]."""

    neighbours: np.ndarray | None
    """Pairs of areas whose boundaries touch, int32[E, 2]; None where no boundaries are known."""
    components: dict[str, np.ndarray] | None
    """``years`` int[Y] and, by name, int64[L, Y] (-1 where absent): births, deaths, internal_in, ..., population."""
    destinations: dict[str, np.ndarray] | None
    """``origin`` int32[D], ``destination`` int32[D] (sorted), ``share`` float32[D, 9] by MIGRATION_AGES."""
    immigration: np.ndarray | None
    """Immigrants by zone, sex (0 male, 1 female) and MIGRATION_AGES, float64[Z, 2, 9]."""
    successors: tuple[tuple[str, str, str], ...] = ()
    """(old commissioner, month as YYYY-MM-DD, new commissioner)."""
    names: dict[str, str] = field(default_factory=dict)
    """Names of codes, where known."""

    @property
    def residents(self) -> np.ndarray:
        """Census-based residents of each area, int64[A]."""
        return self.population.sum(axis=1)

    def name_of(self, code: str) -> str:
        """Name of a place or body, or the code itself where no name is known."""
        return self.names.get(code, code)


RegionTables = dict[str, dict[str, np.ndarray]]
"""A region as tables: table name -> column name -> values (text as str arrays, dates as datetime64[D], NaT empty)."""
