"""A region from the CSV files NHS England, ONS and MHCLG publish, in the layouts they are published in.

Put these files in a folder, under any names (``.csv`` or ``.csv.gz``); each is recognised by its header:

=====================  ==============================================================================================
what                   layout
=====================  ==============================================================================================
register               ``gp-reg-pat-prac-lsoa-all.csv`` (PRACTICE_CODE, LSOA_CODE, SEX, NUMBER_OF_PATIENTS); also the
                       separate male and female files, the tall files of 2014-2016 (All Patients) and the wide ones
list sizes             ``gp-reg-pat-prac-all.csv`` (CODE, POSTCODE, ONS_CCG_CODE or ONS_SUB_ICB_LOCATION_CODE, ...);
                       also one of half a year to two years before (optional): lists go on growing as they grew
practices              ``epraccur.csv``, 27 columns without a header; ``gp-reg-pat-prac-map.csv`` for networks
areas                  any lookup with LSOA11CD and CCG20CD, LAD20CD, STP20CD, MSOA11CD or their later names; centroids
                       (LSOA11CD, X, Y in metres); IMD deciles; rural-urban class (RUC11CD, RUC21CD)
residents              ONS mid-year estimates by single year of age (LSOA code, 0, 1, ..., 90+), title lines allowed
grid references        a postcode file (ONS Postcode Directory: pcds, oseast1m, osnrth1m, lsoa11) or practice, E, N
lists by age           ``gp-reg-pat-prac-sing-age-male.csv`` and ``-female.csv`` (optional)
GPs                    General Practice Workforce, practice level: PRAC_CODE, TOTAL_GP_EXTGL_FTE (optional)
=====================  ==============================================================================================

Needed: a lookup, residents, list sizes or a register, and grid references of areas (centroids, or postcodes with their
LSOA). Without grid references of practices a practice stands at the mean address of its patients. What had to be
assumed is said in region.json: deprivation decile 5 and urban where no file says otherwise, GPs at the national ratio.
Patients of areas outside England or without a usable address are left out and counted there too.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from model.errors import InputError
from model.geography.columns import connect, fetch
from model.geography.cut import cut_tables
from model.geography.open_data import MEAN_GPS_PER_10000
from model.geography.published_areas import areas_sql, load_areas, load_population
from model.geography.published_layouts import PublishedFile, recognise
from model.geography.published_practices import (
    load_practices,
    load_register,
    practices_sql,
    set_earlier_lists_aside,
)
from model.geography.published_rows import PublishedFiles
from model.geography.region import RegionTables
from model.geography.region_files import write_region

LICENCE = "Contains NHS England, ONS and OS data (c) Crown copyright and database right; Open Government Licence v3.0."


def import_published(
    source: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    name: str | None = None,
    date: str | None = None,
    systems: Sequence[str] = (),
    authorities: Sequence[str] = (),
    commissioners: Sequence[str] = (),
    neighbours: bool = True,
    overwrite: bool = False,
) -> Path:
    """Make a region folder of the published files in a folder, or of the files given.

    date is the first of the month the register describes, where no file says it (YYYY-MM-DD).

    Raises:
        InputError: a file is missing, is not as published, or contradicts another.
    """
    tables, about, source_names = published_tables(source, name=name, date=date)
    if systems or authorities or commissioners:
        tables, about = cut_tables(
            tables, about, systems=systems, authorities=authorities, commissioners=commissioners, neighbours=neighbours
        )
    return write_region(tables, about, out, source_names=source_names, overwrite=overwrite)


def published_tables(
    source: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    name: str | None = None,
    date: str | None = None,
) -> tuple[RegionTables, dict[str, Any], dict[str, str]]:
    """Read published files as region tables, the content of region.json, and the file each table came from.

    Raises:
        InputError: a file is missing, is not as published, or contradicts another.
    """
    files: dict[str, list[PublishedFile]] = {}
    for path in _paths(source):
        file = recognise(path)
        files.setdefault(file.layout.kind, []).append(file)
    files["register"] = files.pop("register", []) + files.pop("register_wide", [])
    for kinds, what in (
        (
            ("area_facts",),
            "a lookup of LSOAs to commissioners, authorities and systems (LSOA11CD, CCG20CD, LAD20CD, ...)",
        ),
        (("population",), "residents by LSOA and single year of age (ONS mid-year estimates)"),
        (("register", "lists"), "list sizes (gp-reg-pat-prac-all.csv) or a register (gp-reg-pat-prac-lsoa-all.csv)"),
    ):
        if not any(files.get(kind) for kind in kinds):
            found = ", ".join(file.name for group in files.values() for file in group)
            raise InputError(f"{_folder_name(source)}: found {found}, expected also {what}; add that file")
    con = connect()
    try:
        return _tables(PublishedFiles(con, files), name, date)
    finally:
        con.close()


def _tables(
    read: PublishedFiles, name: str | None, date: str | None
) -> tuple[RegionTables, dict[str, Any], dict[str, str]]:
    dates = [found for kind in ("register", "lists") for found in read.load(kind)]
    set_earlier_lists_aside(read, dates)
    load_areas(read)
    load_population(read)
    load_register(read)
    load_practices(read)
    tables: RegionTables = {
        "areas": fetch(read.con, areas_sql(read), "areas"),
        "population": fetch(read.con, "SELECT * EXCLUDE (row) FROM residents ORDER BY area", "population"),
        "practices": fetch(read.con, practices_sql(_has_rows(read, "grown_since")), "practices"),
    }
    if read.files["register"]:
        tables["registrations"] = fetch(
            read.con, "SELECT * FROM registrations ORDER BY area, practice", "registrations"
        )
    names = fetch(read.con, "SELECT code, min(name) AS name FROM named GROUP BY code ORDER BY code", "names")
    if len(names["code"]):
        tables["names"] = names
    month = _month(dates, date)
    about = {
        "name": name or f"Published registers, {month:%B %Y}",
        "date": month.isoformat(),
        "sources": sorted(file.name for group in read.files.values() for file in group),
        "licence": LICENCE,
        "excluded": _excluded(read),
        "assumed": read.assumed,
    }
    return tables, about, _source_names(read)


def _has_rows(read: PublishedFiles, table: str) -> bool:
    return bool(read.con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def _source_names(read: PublishedFiles) -> dict[str, str]:
    """The file, or files, each table and some of their columns came from, for messages."""

    def names(*kinds: str, column: str | None = None) -> str:
        group = [file for kind in kinds for file in read.files.get(kind, [])]
        return ", ".join(file.name for file in group if column is None or column in file.columns)

    lists = names("lists") or names("register")
    found = {
        "areas": names("area_facts", column="commissioner") or names("area_facts"),
        "population": names("population"),
        "practices": lists,
        "practices.x": names("sites") or names("register"),
        "practices.name": names("register", "map", "epraccur") or lists,
        "registrations": names("register"),
        "names": names("area_facts"),
    }
    for column in ("authority", "system", "zone", "deprivation_decile", "rural"):
        found[f"areas.{column}"] = names("area_facts", column=column)
    found["areas.x"] = names("area_facts", "sites", column="x")
    for table in ("areas", "practices"):
        found[f"{table}.y"] = found[f"{table}.x"]
    return {key: value for key, value in found.items() if value}


def _month(dates: list[tuple[PublishedFile, datetime.date]], date: str | None) -> datetime.date:
    if dates:
        file, first = dates[0]
        for other, found in dates[1:]:
            if found != first:
                raise InputError(
                    f"{other.name}, column {other.column('date')}: found {found}, expected {first} as in {file.name}; "
                    "use files of one extract date"
                )
    try:
        month = datetime.date.fromisoformat(date) if date else dates[0][1] if dates else None
    except ValueError:
        raise InputError(f"date {date!r}: expected a day such as 2021-01-01; correct it") from None
    if date and month and dates and (month.year, month.month) != (dates[0][1].year, dates[0][1].month):
        raise InputError(
            f"--date {date}: {dates[0][0].name} is of {dates[0][1]}; leave the date out, or use the files of that month"
        )
    if month is None:
        raise InputError("no file gives an extract date; say the month of the register, such as --date 2016-10-01")
    return month.replace(day=1)


def _excluded(read: PublishedFiles) -> dict[str, int]:
    unmapped, wales, other = read.con.execute("""
        SELECT coalesce(sum(patients) FILTER (area LIKE 'NO%'), 0)::BIGINT,
            coalesce(sum(patients) FILTER (area LIKE 'W%'), 0)::BIGINT,
            coalesce(sum(patients) FILTER (area NOT LIKE 'E01%' AND area NOT LIKE 'W%' AND area NOT LIKE 'NO%'), 0)::BIGINT
        FROM register
    """).fetchall()[0]
    located = read.con.execute("SELECT count(*) FROM site").fetchall()[0][0]
    if not located:
        read.assumed["sites"] = "practices stand at the mean address of their patients: no file gives grid references"
    if not read.files.get("workforce"):
        read.assumed["gps_fte"] = f"{MEAN_GPS_PER_10000} GPs per 10,000 patients: no workforce file"
    return {"address_not_mappable": int(unmapped), "living_in_wales": int(wales), "other_areas": int(other)}


def _paths(source: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    if not isinstance(source, str | os.PathLike):
        return [Path(path) for path in source]
    folder = Path(source)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give the folder that holds the published CSV files")
    paths = sorted(path for path in folder.iterdir() if path.name.lower().endswith((".csv", ".csv.gz")))
    if not paths:
        raise InputError(f"{folder}: found no CSV files, expected those NHS England and ONS publish; unpack them there")
    return paths


def _folder_name(source: object) -> str:
    return str(source) if isinstance(source, str | os.PathLike) else "files given"
