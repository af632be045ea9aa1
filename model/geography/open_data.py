"""England in January 2021 from the folder of published open data: what each table of the region is taken from.

Residents: ONS mid-2020 by 2011 LSOA and single year of age. Registrations: NHS Digital, patients registered at a GP
practice by LSOA of residence, 1 January 2021. Practices: Organisation Data Service, General Practice Workforce
2020/21, NHS Payments to General Practice 2020/21 (weighted lists), lists by age of April 2020. Growth of lists: against
those of April 2020 and the mean of 2019/20 (NHS Payments). Commissioners: the 135 CCGs of April 2020; successors: the
106 of April 2021. Demography: ONS components of change, Census 2011 destinations and immigrants. All under the Open Government Licence v3.0 (ages of lists: Open Parliament Licence).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from model.errors import InputError
from model.geography.columns import connect, fetch
from model.geography.cut import cut_tables
from model.geography.open_data_files import (
    BOUNDARIES,
    COMPONENTS,
    DESTINATIONS,
    GEOGRAPHY,
    IMMIGRATION,
    LICENCE,
    LIST_AGES,
    PAYMENTS,
    POPULATION,
    PRACTICES,
    REGISTER,
    WORKFORCE,
    ZONES,
    demography_tables,
    population_sql,
    require_files,
)
from model.geography.open_data_views import open_views
from model.geography.region import RegionTables
from model.geography.region_files import write_region

FILES = (
    GEOGRAPHY,
    POPULATION,
    ZONES,
    REGISTER,
    PRACTICES,
    WORKFORCE,
    PAYMENTS,
    LIST_AGES,
    COMPONENTS,
    DESTINATIONS,
    IMMIGRATION,
    BOUNDARIES,
)

DIGITAL_PRACTICES = ("E85124", "Y06487")
"""GP at Hand: its London practice and its Birmingham arm."""

MEAN_GPS_PER_10000 = 4.43
"""GPs excluding trainees and locums per 10,000 patients, 2020/21 (General Practice Workforce).

Stands in for practices with no figure in any year; a reported zero is read as not reported.
"""

SOURCE_NAMES = {
    "areas": GEOGRAPHY,
    "population": POPULATION,
    "practices": PRACTICES,
    "registrations": REGISTER,
    "successors": GEOGRAPHY,
    "components": COMPONENTS,
    "destinations": DESTINATIONS,
    "immigration": IMMIGRATION,
    "neighbours": BOUNDARIES,
    "names": GEOGRAPHY,
}


def is_open_data(source: str | os.PathLike[str]) -> bool:
    """Whether the folder holds the open data set this module reads."""
    return (Path(source) / GEOGRAPHY).exists() and (Path(source) / REGISTER).exists()


def import_open_data(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    systems: Sequence[str] = (),
    authorities: Sequence[str] = (),
    commissioners: Sequence[str] = (),
    neighbours: bool = True,
    overwrite: bool = False,
) -> Path:
    """Build England of January 2021, or the part of it that is asked for, and write it as a region folder.

    Raises:
        InputError: a file is missing or wrong, or a system, authority or commissioner is unknown.
    """
    tables, about = open_data_tables(source)
    if systems or authorities or commissioners:
        tables, about = cut_tables(
            tables,
            about,
            systems=systems,
            authorities=authorities,
            commissioners=commissioners,
            neighbours=neighbours,
        )
    return write_region(tables, about, out, source_names=SOURCE_NAMES, overwrite=overwrite)


def open_data_tables(source: str | os.PathLike[str]) -> tuple[RegionTables, dict[str, Any]]:
    """Read the open data set as region tables and the content of region.json.

    Raises:
        InputError: a file is missing or is not the one expected.
    """
    folder = Path(source)
    require_files(folder, FILES)
    con = connect()
    try:
        return _read(con, folder)
    except duckdb.Error as error:
        raise InputError(f"{folder}: {str(error).splitlines()[0]}; the file is not the one published") from None
    finally:
        con.close()


def _read(con: duckdb.DuckDBPyConnection, folder: Path) -> tuple[RegionTables, dict[str, Any]]:
    open_views(con, folder, FILES)
    tables: RegionTables = {
        "areas": fetch(con, _AREAS, "areas"),
        "population": fetch(con, population_sql(), "population"),
        "practices": fetch(con, _PRACTICES, "practices"),
        "registrations": fetch(con, _REGISTRATIONS, "registrations"),
        **demography_tables(con),
        "names": fetch(con, _NAMES, "names"),
    }
    return tables, {
        "name": "England, January 2021",
        "date": "2021-01-01",
        "sources": __doc__.split("\n\n", 1)[1].replace("\n", " ").strip() if __doc__ else "",
        "source_files": list(FILES),
        "licence": LICENCE,
        "excluded": _excluded(con),
        "assumed": _assumed(con),
    }


# The footprint of a PCN: the areas most of whose networked patients are registered with its practices.
_AREAS = """
    WITH networked AS (
        SELECT register.LSOA11CD, PCN23CD, sum(Patient)::BIGINT AS patients
        FROM register JOIN sites ON PRACTICE_CODE = OrganisationCode WHERE PCN23CD IS NOT NULL GROUP BY ALL
    ), footprint AS (
        SELECT LSOA11CD, PCN23CD FROM networked
        QUALIFY row_number() OVER (PARTITION BY LSOA11CD ORDER BY patients DESC, PCN23CD) = 1
    )
    SELECT LSOA11CD AS area, round(PCM_E, 1) AS x, round(PCM_N, 1) AS y, CCG20CD AS commissioner,
        LAD21CD AS authority, STP21CD AS system, IMD2019_DECILE AS deprivation_decile, RUC11 = 'Rural' AS rural,
        POP20_0_15 AS residents_0_15, POP20_16_24 AS residents_16_24, POP20_25_44 AS residents_25_44,
        POP20_45_64 AS residents_45_64, POP_MID2020 - POP20_0_15 - POP20_16_24 - POP20_25_44 - POP20_45_64
        AS residents_65_up, PCN23CD AS neighbourhood, NULL::VARCHAR AS place, MSOA AS zone
    FROM geography LEFT JOIN zones ON LSOA = LSOA11CD LEFT JOIN footprint USING (LSOA11CD) ORDER BY area
"""

_PRACTICES = f"""
    WITH register_lists AS (SELECT OrganisationCode AS practice, sum(Patient)::BIGINT AS patients FROM register GROUP BY 1),
    gps AS (
        SELECT "Practice.Code" AS practice, TOTAL_GP_EXTGL_FTE AS fte FROM workforce
        WHERE TOTAL_GP_EXTGL_FTE > 0 QUALIFY row_number() OVER (PARTITION BY practice ORDER BY Year DESC) = 1
    ),
    weighted AS (
        SELECT practice_code AS practice, weighted_patients FROM payments WHERE fin_year = '2020/21'
    ),
    earlier AS (
        SELECT PRACTICE_CODE AS practice, Total AS list, 0.75 AS years FROM list_ages WHERE Total > 0
        UNION ALL SELECT practice_code, registered_patients, 1.25 FROM payments
        WHERE fin_year = '2019/20' AND registered_patients > 0
    ),
    grown AS (
        SELECT practice, avg(ln(patients / list) / years) AS growth
        FROM register_lists JOIN earlier USING (practice) WHERE patients > 0 GROUP BY practice
    ),
    ages AS (
        SELECT PRACTICE_CODE AS practice, Percent_male, Total, "18+" AS from_18, "50+" AS from_50, round("65+")::INTEGER AS from_65,
            Total >= from_18 AND from_18 >= from_50 AND from_50 >= from_65 AS ordered
        FROM list_ages
    )
    SELECT practice, PRACTICE_NAME AS name, E AS x, N AS y, CCG20CD AS commissioner, patients AS list_size,
        coalesce(fte, round(patients * {MEAN_GPS_PER_10000} / 10000, 2)) AS gps_fte,
        try_strptime(nullif(OPEN_DATE, ''), '%Y%m%d')::DATE AS opened,
        try_strptime(nullif(CLOSE_DATE, ''), '%Y%m%d')::DATE AS closed, PCN23CD AS neighbourhood,
        CASE WHEN practice IN {DIGITAL_PRACTICES} THEN 'digital' ELSE 'gp' END AS provider_kind,
        CASE WHEN ordered THEN Total - from_18 END AS list_0_17, CASE WHEN ordered THEN from_18 - from_50 END AS list_18_49,
        CASE WHEN ordered THEN from_50 - from_65 END AS list_50_64, CASE WHEN ordered THEN from_65 END AS list_65_up,
        CASE WHEN Percent_male BETWEEN 0 AND 1 THEN Percent_male END AS male_share,
        CASE WHEN weighted_patients > 0 THEN weighted_patients END AS weighted_list, grown.growth
    FROM register_lists JOIN sites ON PRACTICE_CODE = practice LEFT JOIN grown USING (practice)
    LEFT JOIN gps USING (practice) LEFT JOIN weighted USING (practice) LEFT JOIN ages USING (practice) ORDER BY practice
"""

_REGISTRATIONS = """
    SELECT LSOA11CD AS area, OrganisationCode AS practice, Patient AS patients
    FROM register WHERE LSOA11CD LIKE 'E01%' ORDER BY area, practice
"""

_NAMES = """
    SELECT code, min(name) AS name FROM (
        SELECT CCG20CD AS code, CCG20NM AS name FROM geography UNION ALL SELECT CCG21CD, CCG21NM FROM geography
        UNION ALL SELECT LAD21CD, LAD21NM FROM geography UNION ALL SELECT STP21CD, STP21NM FROM geography
        UNION ALL SELECT PCN23CD, PCN23NM FROM sites WHERE PCN23CD IN (
            SELECT PCN23CD FROM sites WHERE PRACTICE_CODE IN (SELECT OrganisationCode FROM register))
    ) WHERE code IS NOT NULL AND name IS NOT NULL GROUP BY code ORDER BY code
"""


def _excluded(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    counted = con.execute("""
        SELECT sum(Patient) FILTER (LSOA11CD LIKE 'W01%')::BIGINT, sum(Patient) FILTER (LSOA11CD = 'NO2011')::BIGINT,
            sum(Patient) FILTER (LSOA11CD NOT LIKE 'E01%' AND LSOA11CD NOT LIKE 'W01%' AND LSOA11CD <> 'NO2011')::BIGINT,
            sum(Patient) FILTER (OrganisationCode NOT IN (SELECT PRACTICE_CODE FROM sites))::BIGINT
        FROM register
    """).fetchall()[0]
    names = ("living_in_wales", "address_not_mappable", "other_areas", "practices_without_site")
    return {name: int(count or 0) for name, count in zip(names, counted, strict=True)}


def _assumed(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What no file says of some practices, and what stands in for it."""
    without_gps, without_ages, without_weights = con.execute("""
        WITH listed AS (SELECT DISTINCT OrganisationCode AS practice FROM register)
        SELECT
            count(*) FILTER (practice NOT IN (SELECT "Practice.Code" FROM workforce WHERE TOTAL_GP_EXTGL_FTE > 0)),
            count(*) FILTER (practice NOT IN (SELECT PRACTICE_CODE FROM list_ages)),
            count(*) FILTER (practice NOT IN (SELECT practice_code FROM payments WHERE fin_year = '2020/21' AND weighted_patients > 0))
        FROM listed
    """).fetchall()[0]
    return {
        "gps_fte": f"{MEAN_GPS_PER_10000} GPs per 10,000 patients at {without_gps} practices without a figure since 2015",
        "list_by_age": f"unknown at {without_ages} practices not listed in April 2020",
        "weighted_list": f"unknown at {without_weights} practices without a figure in 2020/21",
    }
