"""Tables of a history run beside what was published: provider, host, practices, over-registration."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from analysis.published_history import ENGLAND_RESIDENTS, HOST, PROVIDER_PRACTICE, Published
from model.errors import InputError
from model.sql_literals import parquet_rows


@dataclass(frozen=True)
class Run:
    """What a results folder says: series over its months, float64[M] each."""

    name: str
    manifest: dict[str, Any]
    months: list[datetime.date]
    headline: dict[str, np.ndarray]
    digital: np.ndarray
    host: dict[str, np.ndarray]
    """Registered and residents of Hammersmith and Fulham; NaN where the region lacks it."""

    def at(self, day: datetime.date, series: np.ndarray) -> float:
        """Value of a series, float64[M], on the first of a month; NaN outside the run."""
        return float(series[self.months.index(day)]) if day in self.months else float("nan")

    def of_year(self, year: int, series: np.ndarray) -> float:
        """Value of a series, float64[M], as a financial year's lists are counted: 1 January up to 2017/18, then its mean."""
        if year <= 2017:
            return self.at(datetime.date(year + 1, 1, 1), series)
        months = [datetime.date(year + (m > 12), (m - 1) % 12 + 1, 1) for m in range(4, 16)]
        return float(np.mean([self.at(month, series) for month in months]))

    @property
    def is_england(self) -> bool:
        """Whether the region is England."""
        return bool(self.headline["residents"][0] > ENGLAND_RESIDENTS)


@dataclass(frozen=True)
class Row:
    """One figure: what, when, the model's value by run, what was published, in ``form``."""

    table: str
    measure: str
    when: str
    model: tuple[float, ...]
    published: float
    form: str
    note: str = ""


def read_run(results: Path) -> Run:
    """Read a results folder.

    Raises:
        InputError: it is no complete results folder.
    """
    results = Path(results)
    try:
        manifest = json.loads((results / "manifest.json").read_text(encoding="utf-8"))
        names = ("residents", "registered", "practices", "mean_list", "list_gini")
        with duckdb.connect() as con:
            rows = con.execute(
                f"SELECT month::DATE, {', '.join(names)} FROM {_table(results, 'headline')} ORDER BY month"
            ).fetchall()
            months = [row[0] for row in rows]
            place = {month: i for i, month in enumerate(months)}
            host = {name: np.full(len(months), np.nan) for name in ("registered", "residents")}
            for month, *values in con.execute(
                f"SELECT month::DATE, registered, residents FROM {_table(results, 'commissioners')}"
                f" WHERE boundaries = 'fixed' AND commissioner = '{HOST}'"
            ).fetchall():
                for series, value in zip(host.values(), values, strict=True):
                    series[place[month]] = value
            digital = _digital(con, results, place)
    except (OSError, ValueError, duckdb.Error) as error:
        reason = (str(error).splitlines() or ["it is empty"])[0]
        raise InputError(f"{results}: no complete results folder ({reason}); give one that gpdrift run made") from None
    if not months:
        raise InputError(f"{results}: its headline has no month; run it again")
    columns = np.array([[np.nan if v is None else v for v in row[1:]] for row in rows], np.float64).T
    return Run(
        str(manifest["scenario"]["name"]), manifest, months, dict(zip(names, columns, strict=True)), digital, host
    )


def _digital(con: duckdb.DuckDBPyConnection, results: Path, place: dict[datetime.date, int]) -> np.ndarray:
    """Patients of digital providers by month; its practice's own list while that is not the provider's, as last known."""
    lists = np.zeros(len(place))
    with_own = np.zeros(len(place), bool)
    for month, practice, patients in con.execute(
        f"SELECT month::DATE, practice, list_size FROM {_table(results, 'providers')} WHERE kind = 'digital'"
    ).fetchall():
        lists[place[month]] += patients
        with_own[place[month]] |= practice == PROVIDER_PRACTICE
    known = con.execute(
        f"SELECT month::DATE, list_size FROM {_table(results, 'practices')} WHERE practice = '{PROVIDER_PRACTICE}'"
        " ORDER BY month"
    ).fetchall()
    if known:
        months = [month for month, _ in known]
        for month, i in place.items():
            if not with_own[i]:
                last = sum(m <= month for m in months) - 1
                lists[i] += known[max(last, 0)][1]
    return lists


def tables(runs: list[Run], told: Published) -> list[Row]:
    """Every row of every table, in order."""
    return [*_provider(runs, told), *_host(runs, told), *_practices(runs, told), *_excess(runs, told)]


def _provider(runs: list[Run], told: Published) -> list[Row]:
    rows = []
    for month in sorted({month for run in runs for month in run.months if month.month % 3 == 1}):
        figure = told.digital_at(month)
        rows.append(
            Row(
                "GP at Hand", "list", f"{month:%b %Y}", tuple(run.at(month, run.digital) for run in runs),
                figure[0] if figure else float("nan"), ",.0f",
                "" if figure is None or figure[1] else "between published",
            )
        )  # fmt: skip
    return rows


def _host(runs: list[Run], told: Published) -> list[Row]:
    rows = []
    for year in _years(runs):
        registered = tuple(run.of_year(year, run.host["registered"]) for run in runs)
        figure = told.host_registered.get(year)
        rows.append(_row("Hammersmith and Fulham", "registered", _financial(year), registered, figure, ",.0f"))
    for year in _years(runs):
        resident = tuple(run.at(datetime.date(year, 7, 1), run.host["residents"]) for run in runs)
        figure = told.host_resident.get(year)
        rows.append(_row("Hammersmith and Fulham", "resident", f"mid-{year}", resident, figure, ",.0f"))
    return [row for row in rows if _told(row)]


def _practices(runs: list[Run], told: Published) -> list[Row]:
    rows = []
    measures = (
        ("practices", "practices", ",.0f"),
        ("mean list", "mean_list", ",.0f"),
        ("Gini of lists", "list_gini", ".3f"),
    )
    for number, (measure, column, form) in enumerate(measures):
        for year in _years(runs):
            # Practices of the model leave during April: those of May are left at the end of the financial year.
            values = tuple(run.at(datetime.date(year + 1, 5, 1), run.headline[column]) for run in runs)
            known = told.practices.get(year) if any(run.is_england for run in runs) else None
            rows.append(
                Row(
                    "Practices",
                    measure,
                    f"end of {_financial(year)}",
                    values,
                    known[number] if known else float("nan"),
                    form,
                )
            )
    return [row for row in rows if _told(row)]


def _excess(runs: list[Run], told: Published) -> list[Row]:
    rows = []
    england = any(run.is_england for run in runs)
    for year in _years(runs):
        values = tuple(
            run.of_year(year, run.headline["registered"]) / run.of_year(year, run.headline["residents"]) - 1.0
            for run in runs
        )
        known = told.computed_excess.get(year, float("nan")) if england else float("nan")
        rows.append(
            Row("Over-registration", "registered over resident, less 1", _financial(year), values, known, ".1%")
        )
    for year, figure in told.excess.items():
        values = tuple(run.at(datetime.date(year, 7, 1), _over(run)) for run in runs)
        if england:
            rows.append(_row("Over-registration", "as said at the time", f"{year}", values, figure, ".1%"))
    return [row for row in rows if _told(row)]


def _over(run: Run) -> np.ndarray:
    return run.headline["registered"] / run.headline["residents"] - 1.0


def _row(table: str, measure: str, when: str, model: tuple[float, ...], figure: Any, form: str) -> Row:
    return Row(
        table, measure, when, model, figure.value if figure else float("nan"), form, figure.source if figure else ""
    )


def _told(row: Row) -> bool:
    """Whether any run has a value."""
    return any(np.isfinite(value) for value in row.model)


def _years(runs: list[Run]) -> range:
    """Financial years the runs touch, by the year they start in."""
    return range(min(run.months[0].year for run in runs) - 1, max(run.months[-1].year for run in runs) + 1)


def _financial(year: int) -> str:
    return f"{year}/{(year + 1) % 100:02d}"


def _table(results: Path, name: str) -> str:
    return parquet_rows(results / f"{name}.parquet")
