"""Comparisons of registers as Markdown and Parquet: how tables of them are kept, and how they read on the page."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.validation.markdown import markdown_table
from analysis.validation.register_comparison import AGREEMENT, FIGURE, Row, as_table
from runs.experiment_tables import read_frame, write_frame

FORECAST, RECONSTRUCTION = "forecast.parquet", "reconstruction.parquet"
"""Tables of the folder of validation that comparisons are kept in."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """The rows of a comparison and what it is of."""

    rows: Sequence[Row]
    references: Sequence[str]
    """Candidates that skill is reckoned over."""
    about: Mapping[str, object]
    """Columns in front, the same in every row; the first two say which comparison it is."""

    def table(self) -> pd.DataFrame:
        """A row for each measure and candidate."""
        made = as_table(self.rows, self.references)
        for position, (name, told) in enumerate(self.about.items()):
            made.insert(position, name, pd.Timestamp(told) if isinstance(told, datetime.date) else told)
        return made

    def keep(self, file: Path) -> None:
        """Add it to a Parquet table, in place of an earlier one of the same; the file is complete or as it was."""
        made, key = self.table(), list(self.about)[:2]
        if file.is_file():
            before = read_frame(file)
            if set(before) == set(made):
                same = np.logical_and.reduce([before[name] == made[name].iloc[0] for name in key])
                made = pd.concat([before[~same], made]).sort_values(key, kind="stable")
        file.parent.mkdir(parents=True, exist_ok=True)
        write_frame(made, file)

    def alone(self, section: Callable[[Path], str]) -> str:
        """Its section of the page, as if nothing else had been compared."""
        with tempfile.TemporaryDirectory(prefix="gpdrift-") as folder:
            for table in (FORECAST, RECONSTRUCTION):
                write_frame(self.table(), Path(folder) / table)
            return section(Path(folder))

    def as_plain(self) -> dict[str, object]:
        """It as plain values, for JSON; what is not known is null."""
        told = {name: str(value) if isinstance(value, datetime.date) else value for name, value in self.about.items()}
        rows = as_table(self.rows, self.references)
        rows = rows.drop(columns="form").astype(object).where(rows.drop(columns="form").notna(), None)
        return told | {"rows": rows.to_dict("records")}


def errors_table(table: pd.DataFrame, candidates: Mapping[str, str], references: Mapping[str, str]) -> str:
    """Errors and agreements of each candidate, and the first one's skill over references (name to heading)."""
    first = next(iter(candidates))
    lines = [["measure", *candidates.values(), *(f"skill over {heading}" for heading in references.values())]]
    for (section, measure), rows in table[table["kind"] != FIGURE].groupby(["section", "measure"], sort=False):
        of = rows.set_index("candidate")
        form = str(rows["form"].iloc[0])
        best = "1 is best" if rows["kind"].iloc[0] == AGREEMENT else "error"
        cells = [_number(of["value"].get(name), form) for name in candidates]
        skills = [
            _number(of.get(f"skill_against_{name}", pd.Series(dtype=float)).get(first), "+.2f") for name in references
        ]
        lines.append([f"{section}: {measure} ({best})", *cells, *skills])
    return markdown_table(lines)


def figures_table(table: pd.DataFrame, candidates: Mapping[str, str]) -> str:
    """Figures of each candidate beside the published ones, with the range over seeds where there are several."""
    lines = [["figure", "published", *candidates.values()]]
    for (section, measure), rows in table[table["kind"] == FIGURE].groupby(["section", "measure"], sort=False):
        of = rows.set_index("candidate")
        form = str(rows["form"].iloc[0])
        cells = []
        for name in candidates:
            cell = _number(of["value"].get(name), form)
            low, high = of["low"].get(name, np.nan), of["high"].get(name, np.nan)
            if np.isfinite(low) and format(low, form) != format(high, form):
                cell += f" ({format(low, form)} to {format(high, form)})"
            cells.append(cell)
        lines.append([f"{section}: {measure}", _number(rows["published"].iloc[0], form), *cells])
    return markdown_table(lines)


def value(table: pd.DataFrame, section: str, measure: str, candidate: str, column: str = "value") -> float:
    """One value of a table; NaN where it is not there."""
    found = table.loc[
        (table["section"] == section) & (table["measure"] == measure) & (table["candidate"] == candidate), column
    ]
    return float(found.iloc[0]) if len(found) else float("nan")


def _number(number: object, form: str) -> str:
    return format(number, form) if isinstance(number, int | float) and np.isfinite(number) else ""
