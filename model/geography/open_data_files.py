"""The folder of published open data: its files by name, and the tables that are the same whatever month a region shows.

Residents by single year of age, successors of commissioners, ONS components of change, Census 2011 destinations and
immigrants, and which areas touch.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np

from model.errors import InputError
from model.geography.columns import fetch
from model.geography.contiguity import polygon_vertices, touching_pairs
from model.geography.region import MIGRATION_AGES, OLDEST_AGE, RegionTables

GEOGRAPHY = "lsoa11_geography.parquet"
POPULATION = "lsoa11_population_by_age_mid2020.parquet"
POPULATION_2017 = "lsoa11_population_by_age_mid2017.parquet"
ZONES = "lsoa11_to_msoa11.parquet"
REGISTER = "gp_reg_practice_lsoa_2021-01.parquet"
PRACTICES = "practices.parquet"
WORKFORCE = "gp_workforce_practice_2016-2021.parquet"
PAYMENTS = "gp_payments_practice_2014-2021.parquet"
LIST_AGES = "gp_practice_list_age_summary_2020-04.csv.gz"
COMPONENTS = "lad_components_of_change_2012-2019.csv"
DESTINATIONS = "msoa_migration_destinations_2011.parquet"
IMMIGRATION = "msoa_immigration_2011-12_age_sex.csv"
BOUNDARIES = "lsoa11_boundaries_bsc.parquet"

LICENCE = (
    "Contains NHS England (NHS Digital) data, ONS data and OS data (c) Crown copyright and database right; "
    "Royal Mail data (c) Royal Mail copyright; licensed under the Open Government Licence v3.0."
)

NORTHAMPTONSHIRE = {
    "E06000061": ("E07000150", "E07000152", "E07000153", "E07000156"),
    "E06000062": ("E07000151", "E07000154", "E07000155"),
}
"""North and West Northamptonshire (April 2021) and the districts that became them."""


def require_files(folder: Path, names: Sequence[str]) -> None:
    """Make sure the files are in the folder.

    Raises:
        InputError: one is missing.
    """
    for name in names:
        if not (folder / name).exists():
            raise InputError(f"{folder}: {name} is missing; the open data set needs it beside the others")


def demography_tables(con: duckdb.DuckDBPyConnection) -> RegionTables:
    """Successors, components, destinations, immigration and neighbours: the same for every month.

    Raises:
        InputError: the components of an authority and year are given twice.
    """
    twice = con.execute("""
        SELECT ladcode20, year FROM components GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT 1
    """).fetchall()
    if twice:
        authority, year = twice[0]
        raise InputError(
            f"{COMPONENTS}, authority {authority}, year {year}: found more than one row, expected one; remove the others"
        )
    return {
        "successors": fetch(con, _SUCCESSORS, "successors"),
        "components": fetch(con, f"{components_sql()} ORDER BY 1, 2", "components"),
        "destinations": fetch(con, _destinations_sql(), "destinations"),
        "immigration": fetch(con, _immigration_sql(), "immigration"),
        "neighbours": _neighbours(con),
    }


_SUCCESSORS = """
    WITH overlap AS (
        SELECT CCG20CD, CCG21CD, sum(POP_MID2020)::BIGINT AS residents FROM geography GROUP BY ALL
    )
    SELECT CCG20CD AS old, DATE '2021-04-01' AS month, CCG21CD AS new FROM overlap
    QUALIFY row_number() OVER (PARTITION BY old ORDER BY residents DESC, new) = 1 AND old <> new ORDER BY old
"""


def population_sql() -> str:
    """Query for residents by area and single year of age."""
    ages = ", ".join(f'"{age}" AS age_{age}' for age in range(OLDEST_AGE)) + f', "{OLDEST_AGE}+" AS age_{OLDEST_AGE}'
    return f"SELECT LSOA11CD AS area, {ages} FROM population ORDER BY area"


def components_sql() -> str:
    """Query for the components of change by authority (boundaries of 2021) and year."""
    became = " ".join(
        f"WHEN ladcode20 IN {districts} THEN '{authority}'" for authority, districts in NORTHAMPTONSHIRE.items()
    )
    names = ("population", "births", "deaths", "internal_in", "internal_out", "international_in", "international_out")
    summed = ", ".join(f"sum({name})::BIGINT AS {name}" for name in names)
    return f"""
        SELECT CASE {became} ELSE ladcode20 END AS authority, year, {summed} FROM components
        WHERE ladcode20 LIKE 'E%' GROUP BY 1, 2
    """


def _destinations_sql() -> str:
    published = [band.replace("_up", "+") for band in MIGRATION_AGES]
    # Published as 32-bit floats of four decimals: rounding restores the figures as published.
    shares = ", ".join(
        f'round("age_{theirs}"::DOUBLE, 6) AS age_{ours}'
        for theirs, ours in zip(published, MIGRATION_AGES, strict=True)
    )
    zones = "(SELECT MSOA FROM zones)"
    return f"""
        SELECT origin, destination, {shares} FROM destinations
        WHERE origin IN {zones} AND destination IN {zones} ORDER BY origin, destination
    """


def _immigration_sql() -> str:
    published = [band.replace("_up", "plus") for band in MIGRATION_AGES]
    sexes = []
    for sex in ("F", "M"):
        bands = ", ".join(
            f'"{sex}_{theirs}" AS age_{ours}' for theirs, ours in zip(published, MIGRATION_AGES, strict=True)
        )
        sexes.append(f"SELECT MSOA AS zone, '{sex}' AS sex, {bands} FROM immigration")
    return f"SELECT * FROM ({' UNION ALL '.join(sexes)}) ORDER BY zone, sex"


def _neighbours(con: duckdb.DuckDBPyConnection) -> dict[str, np.ndarray]:
    rows = con.execute(
        "SELECT LSOA11CD, geometry_wkb_epsg4326 FROM boundaries WHERE LSOA11CD LIKE 'E01%' ORDER BY LSOA11CD"
    ).fetchall()
    codes = np.array([row[0] for row in rows])
    try:
        pairs = touching_pairs([bytes(row[1]) for row in rows], shared_vertices=2)
    except OUTLINE_MISTAKES:
        area, mistake = next(filter(None, (_mistake(*row) for row in rows)))
        raise InputError(
            f"{BOUNDARIES}, area {area}, column geometry_wkb_epsg4326: found {mistake}, expected a polygon or "
            "multipolygon in well-known binary; use the file as published"
        ) from None
    return {"area": codes[pairs[:, 0]], "neighbour": codes[pairs[:, 1]]}


OUTLINE_MISTAKES = (ValueError, IndexError, struct.error)
"""What an outline that is none is answered with."""


def _mistake(area: str, outline: bytes) -> tuple[str, str] | None:
    """Whose outline is none, and why."""
    try:
        polygon_vertices(bytes(outline))
    except OUTLINE_MISTAKES as mistake:
        return area, str(mistake)
    return None
