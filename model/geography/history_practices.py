"""Practices at the start of an earlier year: lists and growth from payments data, GPs, sites, their CCG of April 2020.

A practice is there if the payments data of the year before the start list it with patients, and neither they nor the
Organisation Data Service have it closed before the start or opened after it. Its commissioner is one of the 135 CCGs of
April 2020, so that mergers up to then change nothing: its own of January 2021 where it still stood then; otherwise one
of those that the practices of its earlier CCG came to, the one its site lies in if that is among them, or the one
most of them came to.
"""

from __future__ import annotations

import datetime

import duckdb
import numpy as np

from model.geography.columns import fetch


def practice_table(con: duckdb.DuckDBPyConnection, start: datetime.date, year: str) -> dict[str, np.ndarray]:
    """The practices table of a region that starts on the first of April.

    Args:
        con: with the views payments, sites, workforce and geography of the open data.
        start: first day.
        year: financial year of the payments data, such as 2016/17, whose lists stand for those at the start.
    """
    _define(con, start, year)
    return fetch(
        con,
        """
        SELECT practice, name, x, y, commissioner, list_size,
            coalesce(fte, greatest(0.01, round(list_size * (SELECT sum(fte) / sum(list_size) FROM told WHERE fte IS NOT NULL), 2))) AS gps_fte,
            CASE WHEN opened <= start THEN opened END AS opened, NULL::DATE AS closed, NULL::VARCHAR AS neighbourhood,
            'gp' AS provider_kind, CASE WHEN weighted > 0 THEN weighted END AS weighted_list,
            CASE WHEN list_size > 0 THEN ln(list_size / list_before) END AS growth
        FROM told ORDER BY practice
        """,
        "practices",
    )


def practices_account(con: duckdb.DuckDBPyConnection) -> tuple[dict[str, int], dict[str, str]]:
    """Who of the payments data was left out (practices and patients), and what was assumed of the others."""
    names = ("closed_practices", "patients_of_closed_practices", "later_practices", "patients_of_later_practices",
             "practices_without_list")  # fmt: skip
    left_out = con.execute("""
        SELECT count(*) FILTER (listed AND gone), sum(list_size) FILTER (gone), count(*) FILTER (listed AND later AND NOT gone),
            sum(list_size) FILTER (later AND NOT gone), count(*) FILTER (NOT listed) FROM candidates
    """).fetchall()[0]
    without, rate, own, by_site, by_others, centroid, centroid_patients = con.execute("""
        SELECT count(*) FILTER (fte IS NULL), 10000 * sum(fte) / sum(list_size) FILTER (fte IS NOT NULL),
            count(*) FILTER (own IS NOT NULL), count(*) FILTER (own IS NULL AND commissioner = site_commissioner),
            count(*) FILTER (own IS NULL AND commissioner IS DISTINCT FROM site_commissioner),
            count(*) FILTER (COORD_SOURCE = 'lsoa_centroid'), sum(list_size) FILTER (COORD_SOURCE = 'lsoa_centroid')
        FROM told
    """).fetchall()[0]
    return (
        {name: int(number or 0) for name, number in zip(names, left_out, strict=True)},
        {
            "gps_fte": f"{rate:.2f} GPs per 10,000 patients at {without} practices without a figure in any year",
            "list_by_age": "not published by practice before 2018: ages follow residents",
            "commissioner": f"{own:,} practices by their own CCG of January 2021, {by_site:,} by site and earlier CCG, "
            f"{by_others:,} by their earlier CCG alone",
            "site": f"{centroid:,} practices ({int(centroid_patients or 0):,} patients) at the centre of their LSOA, "
            "their postcode being gone",
        },
    )


def _define(con: duckdb.DuckDBPyConnection, start: datetime.date, year: str) -> None:
    """Views: ``candidates``, practices of the year's payments; ``told``, those open at the start with all we know."""
    before = f"{int(year[:4]) - 1}/{year[2:4]}"
    con.execute(f"CREATE VIEW candidates AS {_CANDIDATES.format(start=start, year=year, before=before)}")
    con.execute(f"CREATE VIEW told AS {_TOLD.format(year=start.year)}")


# A figure of workforce "Year" is that of September of the year before: the last before the start, else the next.
_CANDIDATES = """
    WITH ods AS (
        SELECT PRACTICE_CODE AS practice, E AS x, N AS y, COORD_SOURCE, LSOA11CD, CCG20CD AS own, PRACTICE_NAME AS name,
            try_strptime(nullif(OPEN_DATE, ''), '%Y%m%d')::DATE AS ods_opened,
            try_strptime(nullif(CLOSE_DATE, ''), '%Y%m%d')::DATE AS ods_closed
        FROM sites
    ), before AS (
        SELECT practice_code, nullif(registered_patients, 0) AS list_before FROM payments WHERE fin_year = '{before}'
    )
    SELECT practice_code AS practice, ods.* EXCLUDE (practice, name), coalesce(name, practice_name) AS name,
        DATE '{start}' AS start, ccg_code AS earlier, round(registered_patients)::BIGINT AS list_size,
        weighted_patients AS weighted, coalesce(open_date, ods_opened) AS opened,
        coalesce(registered_patients, 0) >= 0.5 AS listed,
        coalesce(close_date < start OR ods_closed < start, FALSE) AS gone,
        coalesce(open_date > start OR ods_opened > start, FALSE) AS later, list_before
    FROM payments LEFT JOIN ods ON practice = practice_code LEFT JOIN before USING (practice_code)
    WHERE fin_year = '{year}'
"""

_TOLD = """
    WITH gps AS (
        SELECT "Practice.Code" AS practice, TOTAL_GP_EXTGL_FTE AS fte FROM workforce WHERE TOTAL_GP_EXTGL_FTE > 0
        QUALIFY row_number() OVER (PARTITION BY practice ORDER BY Year > {year}, abs(Year - {year})) = 1
    ), became AS (
        SELECT earlier, own AS later_ccg, count(*) AS practices FROM candidates WHERE own IS NOT NULL GROUP BY ALL
    ), mostly AS (
        SELECT earlier, later_ccg FROM became
        QUALIFY row_number() OVER (PARTITION BY earlier ORDER BY practices DESC, later_ccg) = 1
    )
    SELECT candidates.*, fte, geography.CCG20CD AS site_commissioner,
        coalesce(own, became.later_ccg, mostly.later_ccg) AS commissioner
    FROM candidates LEFT JOIN gps USING (practice) LEFT JOIN geography USING (LSOA11CD)
    LEFT JOIN became ON became.earlier = candidates.earlier AND became.later_ccg = geography.CCG20CD
    LEFT JOIN mostly ON mostly.earlier = candidates.earlier
    WHERE listed AND NOT gone AND NOT later
"""


def list_date(year: str) -> datetime.date:
    """Day of the lists of a financial year up to 2017/18: its last quarter, 1 January.

    GP at Hand shows it: its 16,086 of 2017/18 lie between the 11,867 of 1 December 2017 and the 19,104 of 1 February
    2018 (General Practitioner magazine).
    """
    return datetime.date(int(year[:4]) + 1, 1, 1)
