"""Areas and their residents from published lookups, centroids, deprivation and population estimates."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from model.errors import InputError
from model.geography.published_layouts import PublishedFile
from model.geography.published_rows import PublishedFiles, refuse_duplicates
from model.geography.region import OLDEST_AGE, RESIDENT_BAND_LIMITS, RESIDENT_BANDS

RURAL_CLASS = r"[A-F]\d|[UR][A-Z]{1,2}\d"
"""Codes of the rural-urban classifications of 2011 (A1 to F2) and 2021 (UN1 to RSF1)."""
AREA_FACTS = ("commissioner", "authority", "system", "zone", "deprivation_decile", "rural", "x", "y")


def load_areas(read: PublishedFiles) -> None:
    """Make the table ``area``, a row an English LSOA, of every file with facts of areas; ``named`` and ods codes beside.

    Raises:
        InputError: a lookup contradicts itself or names no commissioner, authority or system; no file says where areas lie.
    """
    read.con.execute("CREATE TABLE named (code VARCHAR, name VARCHAR)")
    read.con.execute("CREATE TABLE ods_commissioners (ods VARCHAR, code VARCHAR)")
    read.load("area_facts")
    read.load("sites")
    parts = []
    for i, file in enumerate(read.files["area_facts"]):
        facts = [fact for fact in AREA_FACTS if fact in file.columns]
        _refuse_conflicts(read.con, file, f"area_facts_{i}", facts)
        if "rural" in facts:
            _refuse_unknown_class(read.con, file, f"area_facts_{i}")
        listed = ", ".join(f'"{f}"::VARCHAR AS {f}' if f in facts else f"NULL::VARCHAR AS {f}" for f in AREA_FACTS)
        parts.append(f"SELECT area, {listed} FROM area_facts_{i}")
        for body in ("commissioner", "authority", "system"):
            if body in file.columns and f"{body}_name" in file.columns:
                read.con.execute(f"INSERT INTO named SELECT {body}, {body}_name FROM area_facts_{i}")
        if {"commissioner", "commissioner_ods"} <= set(file.columns):
            read.con.execute(f"INSERT INTO ods_commissioners SELECT commissioner_ods, commissioner FROM area_facts_{i}")
    for i, file in enumerate(read.files.get("sites", [])):
        if "area" in file.columns and "postcode" in file.columns:
            live = "WHERE coalesce(ended, '') = ''" if "ended" in file.columns else ""
            parts.append(
                "SELECT area, NULL, NULL, NULL, NULL, NULL, NULL, avg(x)::VARCHAR, avg(y)::VARCHAR "
                f"FROM sites_{i} {live} GROUP BY area"
            )
    # The first file that says something of an area is believed; centroids come before means of postcodes.
    firsts = ", ".join(
        f"first({fact} ORDER BY file) FILTER (coalesce({fact}, '') <> '') AS {fact}" for fact in AREA_FACTS
    )
    union = " UNION ALL ".join(f"SELECT {i} AS file, * FROM ({part})" for i, part in enumerate(parts))
    read.con.execute(f"""
        CREATE TABLE area AS SELECT area, {firsts} FROM ({union}) WHERE area LIKE 'E01%' GROUP BY area
        HAVING commissioner IS NOT NULL OR authority IS NOT NULL OR system IS NOT NULL
    """)
    read.con.execute("DELETE FROM named WHERE coalesce(code, '') = '' OR coalesce(name, '') = ''")
    if not read.con.execute("SELECT count(*) FROM area").fetchall()[0][0]:
        names = ", ".join(file.name for file in read.files["area_facts"])
        raise InputError(
            f"{names}: found no commissioner, authority or system of an English LSOA (E01...), "
            "expected a lookup of all three; add the ONS lookup"
        )
    if not read.con.execute("SELECT count(x) FROM area").fetchall()[0][0]:
        names = ", ".join(file.name for kind in ("area_facts", "sites") for file in read.files.get(kind, []))
        raise InputError(
            f"{names}: found no grid references of areas, expected easting and northing of every LSOA; add the centroids "
            "(LSOA11CD, X, Y in metres), or a postcode file with the LSOA of each postcode"
        )
    for fact, default, words in (("deprivation_decile", "5", "5 everywhere"), ("rural", "A1", "urban everywhere")):
        if not read.con.execute(f"SELECT count({fact}) FROM area").fetchall()[0][0]:
            read.con.execute(f"UPDATE area SET {fact} = '{default}'")
            read.assumed[fact] = f"{words}: no file gives it"
    unknown = read.con.execute("SELECT min(area), count(*) FROM area WHERE rural IS NULL").fetchall()[0]
    if unknown[1]:
        names = ", ".join(file.name for file in read.files["area_facts"] if "rural" in file.columns)
        raise InputError(
            f"{names}: found no rural-urban class of area {unknown[0]} ({unknown[1]:,} missing), expected one of every area; "
            "use a file of the same LSOAs, or leave it out"
        )


def load_population(read: PublishedFiles) -> None:
    """Make the table ``residents``, a row an area, a column a single year of age.

    Raises:
        InputError: an area has no residents given, or has them twice.
    """
    read.load("population")
    file = read.files["population"][0]
    for i, each in enumerate(read.files["population"]):
        refuse_duplicates(read.con, each, f"population_{i}", ["area"])
    union = " UNION ALL BY NAME ".join(f"SELECT * FROM population_{i}" for i in range(len(read.files["population"])))
    read.con.execute(f"CREATE TABLE residents AS SELECT * FROM ({union}) WHERE area IN (SELECT area FROM area)")
    twice = read.con.execute("SELECT min(area) FROM (SELECT area FROM residents GROUP BY area HAVING count(*) > 1)")
    for (area,) in twice.fetchall():
        if area:
            names = ", ".join(each.name for each in read.files["population"])
            raise InputError(
                f"{names}: found area {area} in more than one, expected each area once; leave one file out"
            )
    missing = read.con.execute(
        "SELECT min(area), count(*) FROM area WHERE area NOT IN (SELECT area FROM residents)"
    ).fetchall()[0]
    if missing[1]:
        raise InputError(
            f"{file.name}: found no row for area {missing[0]} ({missing[1]:,} missing), expected residents of "
            f"every area in {read.files['area_facts'][0].name}; use files of the same year's LSOAs"
        )


def areas_sql(read: PublishedFiles) -> str:
    """The query whose rows are the table ``areas`` of a region."""
    bands = ", ".join(
        " + ".join(f"age_{a}" for a in range(first, min(last, OLDEST_AGE) + 1)) + f" AS residents_{band}"
        for band, (first, last) in zip(RESIDENT_BANDS, RESIDENT_BAND_LIMITS, strict=True)
    )
    # Rural classes of 2011 are D1 to F2, those of 2021 begin with R (ONS rural-urban classifications of small areas).
    zone = ", zone" if read.con.execute("SELECT count(zone) FROM area").fetchall()[0][0] else ""
    return f"""
        SELECT area.area, TRY_CAST(x AS DOUBLE) AS x, TRY_CAST(y AS DOUBLE) AS y, commissioner, authority, system,
            TRY_CAST(deprivation_decile AS INTEGER) AS deprivation_decile,
            upper(rural)[1:1] IN ('D', 'E', 'F', 'R') AS rural, {bands}{zone}
        FROM area JOIN residents USING (area) ORDER BY area
    """


def _refuse_conflicts(con: duckdb.DuckDBPyConnection, file: PublishedFile, table: str, facts: Sequence[str]) -> None:
    """Lookups of smaller places repeat an area: harmless while they say the same of it."""
    for fact in facts:
        found = con.execute(f"""
            SELECT area, max(row), min("{fact}"), max("{fact}") FROM {table} GROUP BY area
            HAVING count(DISTINCT "{fact}") > 1 ORDER BY 2 LIMIT 1
        """).fetchall()
        if found:
            area, row, first, second = found[0]
            raise InputError(
                f"{file.name}, row {row} (area {area}), column {file.column(fact)}: found both {first} and {second}, "
                "expected one for each area; remove one of the two rows"
            )


def _refuse_unknown_class(con: duckdb.DuckDBPyConnection, file: PublishedFile, table: str) -> None:
    found = con.execute(f"""
        SELECT row, area, rural FROM {table}
        WHERE coalesce(rural, '') <> '' AND NOT regexp_full_match(upper(rural), '{RURAL_CLASS}') ORDER BY row LIMIT 1
    """).fetchall()
    if found:
        row, area, value = found[0]
        raise InputError(
            f"{file.name}, row {row} (area {area}), column {file.column('rural')}: found {value!r}, "
            "expected a rural-urban class such as D1 (2011) or RLN1 (2021); correct the cell"
        )
