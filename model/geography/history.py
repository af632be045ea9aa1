"""England in April of 2014 to 2018 from published list sizes, for which no register by area of residence is at hand.

Practices and lists: NHS Payments to General Practice, the last quarter (1 January) before the start; for April 2014,
before which there are none, January 2015. GPs: General Practice Workforce, the last September before the start, or the
first after it. Residents: ONS mid-2017 by 2011 LSOA and single year of age, of another year scaled to each authority's
ONS mid-year population. Commissioners: the 135 CCGs of April 2020 throughout; successors: the 106 of April 2021.
Demography: ONS components of change, Census 2011 destinations and immigrants. No registrations: who is registered where
is reconstructed from lists, residents and the choice model. All under the Open Government Licence v3.0.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from model.errors import InputError
from model.geography.columns import connect, fetch, positions_of
from model.geography.cut import cut_tables
from model.geography.history_practices import list_date, practice_table, practices_account
from model.geography.open_data_files import (
    BOUNDARIES,
    COMPONENTS,
    DESTINATIONS,
    GEOGRAPHY,
    IMMIGRATION,
    LICENCE,
    PAYMENTS,
    POPULATION_2017,
    PRACTICES,
    WORKFORCE,
    ZONES,
    components_sql,
    demography_tables,
    population_sql,
    require_files,
)
from model.geography.open_data_views import open_views
from model.geography.region import OLDEST_AGE, RESIDENT_BAND_LIMITS, RESIDENT_BANDS, RegionTables
from model.geography.region_files import write_region

FILES = (
    GEOGRAPHY,
    POPULATION_2017,
    ZONES,
    PRACTICES,
    WORKFORCE,
    PAYMENTS,
    COMPONENTS,
    DESTINATIONS,
    IMMIGRATION,
    BOUNDARIES,
)

LIST_YEARS = {2014: "2014/15", 2015: "2014/15", 2016: "2015/16", 2017: "2016/17", 2018: "2017/18"}
"""Financial year of the lists nearest to 1 April of each year a region can start in.

Up to 2017/18 a list is that of the year's last quarter, later the mean of the year (NHS Payments to General Practice).
"""
RESIDENTS_OF = 2017
"""Year of the residents by area that other years are scaled from."""

SOURCE_NAMES = {
    "areas": GEOGRAPHY,
    "population": POPULATION_2017,
    "practices": PAYMENTS,
    "successors": GEOGRAPHY,
    "components": COMPONENTS,
    "destinations": DESTINATIONS,
    "immigration": IMMIGRATION,
    "neighbours": BOUNDARIES,
    "names": GEOGRAPHY,
}


def start_of(month: str) -> datetime.date:
    """First day of a region of an earlier year, from ``YYYY-04``.

    Raises:
        InputError: not one of the Aprils there are lists for.
    """
    starts = {f"{year}-04": datetime.date(year, 4, 1) for year in LIST_YEARS}
    if month not in starts:
        raise InputError(
            f"--month {month}: expected one of {', '.join(starts)}; without it the region is that of January 2021"
        )
    return starts[month]


def import_history(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    month: str,
    *,
    systems: Sequence[str] = (),
    authorities: Sequence[str] = (),
    commissioners: Sequence[str] = (),
    neighbours: bool = True,
    overwrite: bool = False,
) -> Path:
    """Build England, or a part of it, as of an earlier April (``YYYY-04``) and write it as a region folder.

    Raises:
        InputError: another month, a file that is missing or wrong, or an unknown place.
    """
    tables, about = history_tables(source, month)
    tables, about = cut_tables(
        tables, about, systems=systems, authorities=authorities, commissioners=commissioners, neighbours=neighbours
    )
    return write_region(tables, about, out, source_names=SOURCE_NAMES, overwrite=overwrite)


def history_tables(source: str | os.PathLike[str], month: str) -> tuple[RegionTables, dict[str, Any]]:
    """Region tables and the content of region.json as of an earlier April (``YYYY-04``).

    Raises:
        InputError: another month, or a file is missing or is not the one expected.
    """
    start, folder = start_of(month), Path(source)
    require_files(folder, FILES)
    con = connect()
    try:
        open_views(con, folder, FILES)
        return _read(con, start)
    except duckdb.Error as error:
        raise InputError(f"{folder}: {str(error).splitlines()[0]}; the file is not the one published") from None
    finally:
        con.close()


def _read(con: duckdb.DuckDBPyConnection, start: datetime.date) -> tuple[RegionTables, dict[str, Any]]:
    year = LIST_YEARS[start.year]
    areas = fetch(con, _AREAS, "areas")
    population = fetch(con, population_sql(), "population")
    single = np.stack([population[f"age_{age}"] for age in range(OLDEST_AGE + 1)], axis=1).astype(np.int64)
    if start.year != RESIDENTS_OF:
        single = scaled(single, _authority_ratio(con, areas["authority"], start.year), areas["authority"])
        population |= {f"age_{age}": single[:, age] for age in range(OLDEST_AGE + 1)}
    for band, (first, last) in zip(RESIDENT_BANDS, RESIDENT_BAND_LIMITS, strict=True):
        areas[f"residents_{band}"] = single[:, first : last + 1].sum(axis=1)
    tables: RegionTables = {
        "areas": areas,
        "population": population,
        "practices": practice_table(con, start, year),
        **demography_tables(con),
        "names": fetch(con, _NAMES, "names"),
    }
    excluded, assumed = practices_account(con)
    if start.year != RESIDENTS_OF:
        assumed["residents"] = f"of mid-{RESIDENTS_OF}, scaled to each authority's mid-{start.year} population"
    return tables, {
        "name": f"England, {start:%B %Y}",
        "date": start.isoformat(),
        "sources": __doc__.split("\n\n", 1)[1].replace("\n", " ").strip() if __doc__ else "",
        "source_files": list(FILES),
        "licence": LICENCE,
        "lists_of": list_date(year).isoformat(),
        "excluded": excluded,
        "assumed": assumed,
    }


# Both tables sort by area, so residents by band can be put beside the areas they are of.
_AREAS = """
    SELECT LSOA11CD AS area, round(PCM_E, 1) AS x, round(PCM_N, 1) AS y, CCG20CD AS commissioner,
        LAD21CD AS authority, STP21CD AS system, IMD2019_DECILE AS deprivation_decile, RUC11 = 'Rural' AS rural,
        0 AS residents_0_15, 0 AS residents_16_24, 0 AS residents_25_44, 0 AS residents_45_64, 0 AS residents_65_up,
        MSOA AS zone
    FROM geography LEFT JOIN zones ON LSOA = LSOA11CD ORDER BY area
"""

_NAMES = """
    SELECT code, min(name) AS name FROM (
        SELECT CCG20CD AS code, CCG20NM AS name FROM geography UNION ALL SELECT CCG21CD, CCG21NM FROM geography
        UNION ALL SELECT LAD21CD, LAD21NM FROM geography UNION ALL SELECT STP21CD, STP21NM FROM geography
    ) WHERE code IS NOT NULL AND name IS NOT NULL GROUP BY code ORDER BY code
"""


def _authority_ratio(con: duckdb.DuckDBPyConnection, authority: np.ndarray, year: int) -> np.ndarray:
    """Mid-year population of a year over that of the residents at hand, by area's authority, float64[A]."""
    rows = con.execute(f"""
        SELECT authority, (max(population) FILTER (year = {year}))::DOUBLE / max(population) FILTER (year = {RESIDENTS_OF})
        FROM ({components_sql()}) GROUP BY authority ORDER BY authority
    """).fetchall()
    codes = np.array([code for code, _ in rows])
    return np.array([ratio for _, ratio in rows])[positions_of(authority, codes)]


def scaled(single: np.ndarray, ratio: np.ndarray, authority: np.ndarray) -> np.ndarray:
    """Residents int64[A, N] times a ratio by area, whole: authorities' sums to within half a person, cells within one.

    Each authority's people are counted off along its areas and ages, and every half-way mark passed is one of them:
    rounding cell by cell would add or lose people wherever cells are small.
    """
    order = np.argsort(authority, kind="stable")
    exact = (single * ratio[:, None])[order]
    _, first = np.unique(authority[order], return_index=True)
    whole = np.empty_like(single)
    for here, there in zip(first, [*first[1:], len(order)], strict=True):
        passed = np.floor(np.cumsum(exact[here:there].ravel()) + 0.5).astype(np.int64)
        whole[order[here:there]] = np.diff(passed, prepend=0).reshape(there - here, -1)
    return whole
