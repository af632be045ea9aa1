"""Checks of region tables against the schema: the first thing wrong is one line that says where, what and the remedy.

Kinds, ranges, keys and references follow from ``TABLES`` alone; what ties columns together (bands that add up to single
years, sites near the areas, lists as long as the register says, closing after opening) follows.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from model.errors import InputError
from model.geography.region import (
    FORMAT_VERSION,
    MIGRATION_AGES,
    OLDEST_AGE,
    RESIDENT_BAND_LIMITS,
    RESIDENT_BANDS,
    TABLES,
    Column,
    RegionTables,
)
from model.geography.table_checks import CheckedTable, first_row

FARTHEST_PRACTICE_KM = 50
"""No GP practice in England stands farther than about 10 km from the centre of the area it is in."""

DEGREES_OF_BRITAIN = ((-9.0, 3.0), (49.0, 61.0))
"""Longitudes and latitudes of Great Britain: read as metres they are one spot in the sea."""
KM_OF_BRITAIN = 1_400
"""No easting or northing is longer in km; read as metres, all of Britain is off the Isles of Scilly."""

MOST_OF_RESIDENTS = {"births": 0.1, "deaths": 0.1, "internal_in": 0.5, "internal_out": 0.5,
                     "international_in": 0.5, "international_out": 0.5}  # fmt: skip
"""A component of a year over an authority's residents, at most: of England's since 2012 the highest are 0.020 births
(Newham), 0.016 deaths (Tendring), 0.15 moves (the City of London, Cambridge), 0.17 immigrants and 0.22 emigrants (the City)."""
FEW_RESIDENTS = 100
"""So many more are allowed, for places of a few people."""

SHARES_MAY_EXCEED = 0.01
"""Published shares are rounded, so those of one origin may add up to a little more than one."""


def check_about(about: dict[str, Any], file: str) -> None:
    """Check the content of region.json.

    Raises:
        InputError: no format number, a newer format than this program reads, or a date that is none.
    """
    version = about.get("format")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InputError(
            f"{file}, key format: found {version!r}, expected a whole number up to {FORMAT_VERSION}; import it again"
        )
    if version > FORMAT_VERSION:
        raise InputError(
            f"{file}, key format: found {version}, expected at most {FORMAT_VERSION}: "
            "the region was made by a newer gpdrift; upgrade gpdrift, or import the region again with this one"
        )
    if "date" in about:
        try:
            date = np.datetime64(str(about["date"]), "D")
            first = date == date.astype("datetime64[M]").astype("datetime64[D]")
        except ValueError:
            first = False
        if not first:
            raise InputError(
                f"{file}, key date: found {about['date']!r}, expected the first day of a month such as 2021-01-01; "
                "correct it"
            )


def check_tables(tables: RegionTables, source_names: Mapping[str, str] | None = None) -> None:
    """Check every table of a region.

    source_names names, by ``table`` or ``table.column``, the file it was made from; rows are then named by key, because
    those of the file are numbered otherwise.

    Raises:
        InputError: the first thing found wrong.
    """
    for name in tables:
        if name not in TABLES:
            near = difflib.get_close_matches(name, list(TABLES), n=1, cutoff=0.0)[0]
            raise InputError(f"table {name}: not part of a region, expected one of {', '.join(TABLES)}; {near}?")
    checked = {name: CheckedTable(TABLES[name], tables[name], source_names) for name in TABLES if name in tables}
    for name, table in TABLES.items():
        if table.required and name not in tables:
            raise InputError(f"{name}.parquet: missing, a region needs it (a row is {table.row}); import it again")
    for each in checked.values():
        each.check_shape()
        for column in each.present:
            each.check_column(column)
        each.check_key()
    for each in checked.values():
        for column in each.present:
            if column.refers_to:
                _check_reference(each, column, checked)
    _check_centres(checked["areas"])
    _check_sites(checked["practices"], checked["areas"])
    _check_dates(checked["practices"])
    if "registrations" in checked:
        _check_lists(checked["practices"], checked["registrations"])
    if "population" in checked:
        _check_population(checked["population"], checked["areas"])
    if "successors" in checked:
        _check_successors(checked["successors"])
    if "components" in checked:
        _check_components(checked["components"], checked["areas"])
    if "neighbours" in checked:
        _check_neighbours(checked["neighbours"])
    if "destinations" in checked:
        _check_destinations(checked["destinations"])


def _check_reference(table: CheckedTable, column: Column, checked: dict[str, CheckedTable]) -> None:
    other, name = (column.refers_to or "").split(".")
    if name not in checked[other].values:
        expected = f"{column.meaning} listed in {checked[other].file}, column {name}"
        table.fail(
            None, column.name, f"no column {name} in {checked[other].file}", expected, f"add {name} or drop the table"
        )
    known = pd.Index(pd.unique(checked[other].values[name].astype(object)))
    codes, distinct = pd.factorize(table.values[column.name].astype(object))
    wrong = (known.get_indexer(pd.Index(distinct)) < 0)[codes]
    if wrong.any():
        row = first_row(wrong)
        found = str(table.values[column.name][row])
        near = difflib.get_close_matches(found, known.tolist(), n=1, cutoff=0.7)
        remedy = f"is it {near[0]}? correct it" if near else f"add it to {checked[other].file}"
        expected = f"one of the {len(known):,} codes in {checked[other].file}, column {name}"
        table.fail(row, column.name, found, expected, f"{remedy}, or leave out such rows ({int(wrong.sum()):,})")


def _check_centres(areas: CheckedTable) -> None:
    x, y = areas.values["x"], areas.values["y"]
    (west, east), (south, north) = DEGREES_OF_BRITAIN
    if ((x >= west) & (x <= east) & (y >= south) & (y <= north)).all():
        areas.fail(
            0,
            "x and y",
            f"{x[0]:g}, {y[0]:g}, which is longitude and latitude",
            "metres of the British National Grid",
            "convert them",
        )
    if len(x) > 1 and ((x >= 0) & (x <= KM_OF_BRITAIN) & (y >= 0) & (y <= KM_OF_BRITAIN)).all():
        areas.fail(
            0,
            "x and y",
            f"{x[0]:g}, {y[0]:g}, and no area farther than {KM_OF_BRITAIN:,} from the origin: that is km",
            "metres of the British National Grid",
            "multiply by 1,000, those of practices too",
        )


def _check_lists(practices: CheckedTable, registrations: CheckedTable) -> None:
    known = pd.Index(practices.values["practice"].astype(object))
    place = known.get_indexer(pd.Index(registrations.values["practice"].astype(object)))
    registered = np.bincount(place, registrations.values["patients"], len(known))
    wrong = registered > practices.values["list_size"]
    if wrong.any():
        row = first_row(wrong)
        practices.fail(
            row,
            "list_size",
            f"{practices.values['list_size'][row]:,.0f}",
            f"at least the {registered[row]:,.0f} patients of {registrations.file}",
            "use list sizes and a register of one date",
        )


def _check_sites(practices: CheckedTable, areas: CheckedTable) -> None:
    tree = KDTree(np.stack([areas.values["x"], areas.values["y"]], axis=1))
    metres, _ = tree.query(np.stack([practices.values["x"], practices.values["y"]], axis=1))
    far = metres > FARTHEST_PRACTICE_KM * 1000
    if far.any():
        row = first_row(far)
        x, y = (float(practices.values[name][row]) for name in ("x", "y"))
        degrees = abs(x) <= 180 and abs(y) <= 180
        remedy = "convert longitude and latitude to British National Grid" if degrees else "correct the site or drop it"
        practices.fail(
            row,
            "x and y",
            f"a site {metres[row] / 1000:,.0f} km from the nearest area ({x:,.0f}, {y:,.0f})",
            f"a site in the region, within {FARTHEST_PRACTICE_KM} km of an area",
            remedy,
        )


def _check_dates(practices: CheckedTable) -> None:
    opened, closed = practices.values["opened"], practices.values["closed"]
    wrong = closed < opened  # false where either is empty
    if wrong.any():
        row = first_row(wrong)
        practices.fail(row, "closed", f"{closed[row]}", f"a day from {opened[row]} (opened)", "correct one of the two")


def _check_population(population: CheckedTable, areas: CheckedTable) -> None:
    known = pd.Index(population.values["area"].astype(object))
    place = known.get_indexer(pd.Index(areas.values["area"].astype(object)))
    if (place < 0).any():
        row = first_row(place < 0)
        areas.fail(
            row, "area", f"no row for it in {population.file}", "residents by single year of every area", "add the row"
        )
    for band, (first, last) in zip(RESIDENT_BANDS, RESIDENT_BAND_LIMITS, strict=True):
        summed = np.sum([population.values[f"age_{age}"] for age in range(first, min(last, OLDEST_AGE) + 1)], axis=0)[
            place
        ]
        given = areas.values[f"residents_{band}"]
        wrong = summed != given
        if wrong.any():
            row = first_row(wrong)
            expected = f"{summed[row]:,.0f}, the sum of ages {first} to {last} in {population.file}"
            areas.fail(row, f"residents_{band}", f"{given[row]:,.0f}", expected, "use one estimate for both tables")


def _check_successors(successors: CheckedTable) -> None:
    month = successors.values["month"]
    wrong = month != month.astype("datetime64[M]").astype("datetime64[D]")
    if wrong.any():
        row = first_row(wrong)
        successors.fail(row, "month", str(month[row]), "the first day of a month", "correct the cell")
    same = successors.values["old"] == successors.values["new"]
    if same.any():
        successors.fail(first_row(same), "new", "the old code", "another commissioner", "leave out the row")


def _check_components(components: CheckedTable, areas: CheckedTable) -> None:
    authorities = pd.Index(pd.unique(areas.values["authority"].astype(object)))
    people = np.sum([areas.values[f"residents_{band}"] for band in RESIDENT_BANDS], axis=0)
    residents = np.bincount(
        authorities.get_indexer(pd.Index(areas.values["authority"].astype(object))), people, len(authorities)
    )[authorities.get_indexer(pd.Index(components.values["authority"].astype(object)))]
    for name, share in MOST_OF_RESIDENTS.items():
        most = np.floor(share * residents + FEW_RESIDENTS)
        wrong = components.values[name] > most
        if wrong.any():
            row = first_row(wrong)
            components.fail(
                row,
                name,
                f"{components.values[name][row]:,.0f} in an authority of {residents[row]:,.0f} residents",
                f"at most {most[row]:,.0f} a year",
                f"correct the cell, or give counts of these residents alone (areas in {areas.file})",
            )


def _check_neighbours(neighbours: CheckedTable) -> None:
    wrong = neighbours.values["area"] >= neighbours.values["neighbour"]
    if wrong.any():
        row = first_row(wrong)
        found = str(neighbours.values["neighbour"][row])
        neighbours.fail(
            row, "neighbour", found, "a code that sorts after that of area", "write each pair once, in order"
        )


def _check_destinations(destinations: CheckedTable) -> None:
    codes, _ = pd.factorize(destinations.values["origin"].astype(object))
    for band in MIGRATION_AGES:
        total = np.bincount(codes, destinations.values[f"age_{band}"])
        wrong = (total > 1 + SHARES_MAY_EXCEED)[codes]
        if wrong.any():
            row = first_row(wrong)
            found = f"shares of one origin that add up to {total[codes[row]]:.3f}"
            destinations.fail(row, f"age_{band}", found, "at most 1", "divide by the moves out of the origin")
