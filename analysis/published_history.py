"""What was published of 2014 to 2021: typed figures with their sources, and those read from the open data where present.

Typed figures are from magazines and reports, or were computed once from NHS Payments to General Practice. Where the
folder of open data is at hand, what can be computed from its files replaces them.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np

from model.errors import InputError
from model.geography.open_data import DIGITAL_PRACTICES
from model.geography.open_data_files import COMPONENTS, GEOGRAPHY
from model.geography.open_data_files import PAYMENTS as PAYMENTS_FILE
from model.measures.concentration import gini
from model.sql_literals import file_literal

HOST = "E38000070"
"""NHS Hammersmith and Fulham CCG, to which GP at Hand's patients count."""
_HOST_IN_PAYMENTS, _HOST_AUTHORITY = "08C", "E09000013"
"""The same in the payments data, and the borough whose borders are its own."""
PROVIDER_PRACTICE = DIGITAL_PRACTICES[0]
"""GP at Hand's practice in London, whose patients are the provider's whether or not the model gives it a list of its own."""
ENGLAND_RESIDENTS = 50_000_000
"""From so many residents on a region is England, and England's figures are its yardstick."""
PAYMENTS = "NHS Payments to General Practice"
_DIGITAL = "gp_at_hand_E85124_list_size.csv"


class Figure(NamedTuple):
    """One published number and where it is from."""

    value: float
    source: str


def day(text: str) -> datetime.date:
    """A date from YYYY-MM-DD."""
    return datetime.date.fromisoformat(text)


_GP = "GPonline, as reported from NHS Digital's lists"
_DIGITAL_TYPED = {
    day("2017-04-01"): Figure(2500, _GP),
    day("2017-11-01"): Figure(4970, _GP),
    day("2017-12-01"): Figure(11867, _GP),
    day("2018-02-01"): Figure(19104, _GP),
    day("2018-03-01"): Figure(24652, _GP),
    day("2018-04-01"): Figure(24000, "GPonline, about"),
    day("2018-11-01"): Figure(36489, _GP),
    day("2019-03-15"): Figure(47000, "Pulse, more than"),
    day("2019-11-01"): Figure(68569, _GP),
    day("2019-12-01"): Figure(71764, _GP),
    day("2020-09-01"): Figure(84140, "GPonline"),
    day("2021-08-01"): Figure(101267, "Pulse, passes 100,000"),
}
_HOST_REGISTERED = {
    2014: 201_766, 2015: 198_611, 2016: 202_720, 2017: 231_004, 2018: 250_548, 2019: 284_351, 2020: 310_544,
}  # fmt: skip
_HOST_RESIDENT = {2017: 182_998, 2019: 185_143, 2020: 183_544}
_PRACTICES = {
    2014: (7798, 7208, 0.325),
    2016: (7508, 7764, np.nan),
    2018: (6969, 8451, np.nan),
    2020: (6560, 9140, np.nan),
}
_EXCESS = {
    2014: Figure(0.039, "JECH 2018"), 2015: Figure(0.042, "House of Commons Library"), 2017: Figure(0.056, "GPonline"),
    2018: Figure(0.065, "Guardian"), 2020: Figure(0.069, "NHS Digital"),
}  # fmt: skip


@dataclass
class Published:
    """Published figures by date, financial year (by the year it starts in) or calendar year."""

    digital: dict[datetime.date, Figure] = field(default_factory=lambda: dict(_DIGITAL_TYPED))
    """GP at Hand's list."""
    host_registered: dict[int, Figure] = field(
        default_factory=lambda: {year: Figure(n, PAYMENTS) for year, n in _HOST_REGISTERED.items()}
    )
    """Hammersmith and Fulham's lists by financial year: 1 January up to 2017/18, afterwards the year's mean."""
    host_resident: dict[int, Figure] = field(
        default_factory=lambda: {year: Figure(n, "ONS mid-year estimates") for year, n in _HOST_RESIDENT.items()}
    )
    """Its residents at mid-year."""
    practices: dict[int, tuple[float, float, float]] = field(default_factory=lambda: dict(_PRACTICES))
    """Practices at the end of a financial year (with a list, not closed within it), mean list, Gini; NaN unknown."""
    excess: dict[int, Figure] = field(default_factory=lambda: dict(_EXCESS))
    """Registered over resident less 1, England, as said in a year (often over residents of an earlier mid-year)."""
    computed_excess: dict[int, float] = field(default_factory=dict)
    """The same by financial year from lists and mid-year residents carried to the lists' day; from the data only.

    Lists of practices that closed within the year count for 1 January if they were open then, and in a year's mean (from
    2018/19) for the part of the year they were open: their patients are on other lists afterwards.
    """

    def digital_at(self, date: datetime.date, apart: int = 250) -> tuple[float, bool] | None:
        """GP at Hand's list on a day: published, or on the line between two published at most ``apart`` days apart.

        Returns:
            (patients, whether published for that very day), or None.
        """
        if date in self.digital:
            return self.digital[date].value, True
        before = max((d for d in self.digital if d < date), default=None)
        after = min((d for d in self.digital if d > date), default=None)
        if before is None or after is None or (after - before).days > apart:
            return None
        share = (date - before) / (after - before)
        return (1 - share) * self.digital[before].value + share * self.digital[after].value, False


def published(folder: Path | None) -> Published:
    """Typed figures, and those of the open data where its folder is given.

    Raises:
        InputError: the folder lacks a file, or one is not as published.
    """
    found = Published()
    if folder is None:
        return found
    for name in (PAYMENTS_FILE, _DIGITAL, GEOGRAPHY, COMPONENTS):
        if not (folder / name).is_file():
            raise InputError(f"--data {folder}: {name} is missing; give the folder of open data, or leave --data out")
    with duckdb.connect() as con:
        try:
            _read(con, folder, found)
        except duckdb.Error as error:
            raise InputError(f"--data {folder}: {str(error).splitlines()[0]}; not the file published") from None
    return found


def _read(con: duckdb.DuckDBPyConnection, folder: Path, found: Published) -> None:
    """Put what the files say in the place of what was typed."""
    _read_digital(con, file_literal(folder / _DIGITAL), found)
    registered = _read_lists(con, file_literal(folder / PAYMENTS_FILE), found)
    residents = _read_residents(con, file_literal(folder / COMPONENTS), file_literal(folder / GEOGRAPHY), found)
    years = sorted(residents)
    for year, patients in registered.items():
        when = list_time(year)
        if years[0] + 0.5 <= when <= years[-1] + 1.0:  # half a year beyond the last estimate it is taken as it was
            living = np.interp(when, [y + 0.5 for y in years], [residents[y] for y in years])
            found.computed_excess[year] = patients / float(living) - 1.0


def _read_digital(con: duckdb.DuckDBPyConnection, file: str, found: Published) -> None:
    for date, patients, source in con.execute(f"SELECT DATE::DATE, PATIENTS, SOURCE FROM {file} ORDER BY 1").fetchall():
        # Counts of the last of a month are those of the first of the next.
        found.digital[date + datetime.timedelta(days=1) if date.day >= 30 else date] = Figure(patients, source)


def _read_lists(con: duckdb.DuckDBPyConnection, payments: str, found: Published) -> dict[int, float]:
    """England's patients by financial year, as :class:`Published` counts them; practices and the host's on the way."""
    registered: dict[int, float] = {}
    for year, still_open, counted, host_list in con.execute(f"""
        WITH practice AS (
            SELECT substr(fin_year, 1, 4)::INTEGER AS year, ccg_code, close_date, registered_patients AS patients
            FROM {payments} WHERE registered_patients > 0
        )
        SELECT year, list(patients ORDER BY patients) FILTER (close_date IS NULL),
            sum(patients * CASE WHEN close_date IS NULL THEN 1.0
                WHEN year <= 2017 THEN (close_date >= make_date(year + 1, 1, 1))::INTEGER
                ELSE greatest(0, least(1, (close_date - make_date(year, 4, 1)) / 365.0)) END),
            sum(patients) FILTER (ccg_code = '{_HOST_IN_PAYMENTS}')
        FROM practice GROUP BY year ORDER BY year
    """).fetchall():
        lists, registered[year] = np.array(still_open), counted
        found.practices[year] = (len(lists), float(lists.mean()), gini(lists))
        found.host_registered[year] = Figure(host_list, PAYMENTS)
    return registered


def _read_residents(
    con: duckdb.DuckDBPyConnection, components: str, geography: str, found: Published
) -> dict[int, int]:
    """England's residents at mid-year; the host's on the way."""
    residents: dict[int, int] = {}
    for year, england, host in con.execute(f"""
        SELECT year, sum(population)::BIGINT, (sum(population) FILTER (ladcode20 = '{_HOST_AUTHORITY}'))::BIGINT
        FROM {components} WHERE ladcode20 LIKE 'E%' GROUP BY year
        UNION ALL SELECT 2020, sum(POP_MID2020)::BIGINT, (sum(POP_MID2020) FILTER (CCG20CD = '{HOST}'))::BIGINT
        FROM {geography}
    """).fetchall():
        residents[year] = england
        found.host_resident[year] = Figure(host, "ONS mid-year estimates")
    return residents


def list_time(year: int) -> float:
    """When the lists of a financial year are counted, in years: 1 January up to 2017/18, then on average 1 October."""
    return year + 1.0 if year <= 2017 else year + 0.75
