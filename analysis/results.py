"""Results folders as figures and the report read them: runs, and the runs of one scenario that differ in their seed."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from model.errors import InputError
from model.sql_literals import parquet_rows
from runs import style

MANIFEST = "manifest.json"
MOST_APART = 2
"""Parameters named in a label."""
DEEPEST = 3
"""How far below a folder of several runs (an experiment) a results folder may lie."""


class NothingToShowError(InputError):
    """The run is whole but what was asked for cannot be shown of it: no digital provider, no merger, no region."""


@dataclass(frozen=True)
class Run:
    """One complete run: a results folder, or one run of an experiment's folder."""

    folder: Path
    manifest: dict[str, Any]
    id: str = ""
    """Which run of an experiment; empty in a results folder."""

    @property
    def name(self) -> str:
        """Name of its scenario."""
        return self.manifest["scenario"]["name"]

    @property
    def seed(self) -> int:
        """Key of its random draws."""
        return self.manifest["seed"]

    def table(self, name: str, columns: Sequence[str] = ("*",), where: str = "true") -> pd.DataFrame:
        """Columns of a table of the run, in the order of its rows.

        Args:
            name: table, as in ``model.result_tables``.
            columns: columns by name.
            where: SQL condition on the rows.

        Raises:
            InputError: the folder lacks the table or a column, or the table is damaged.
        """
        file = (self.folder / "tables" if self.id else self.folder) / f"{name}.parquet"
        if not file.is_file():
            raise InputError(
                f"{self.folder}: has no table {name} ({file.name}); make the results again with gpdrift run"
            )
        everything = "* EXCLUDE (run, scenario, seed)" if self.id else "*"
        listed = ", ".join(everything if column == "*" else f'"{column}"' for column in columns)
        where = f"run = '{self.id}' AND ({where})" if self.id else where
        source = parquet_rows(file)
        with duckdb.connect() as con:
            try:
                rows = con.execute(f"SELECT {listed} FROM {source} WHERE {where}").df()
            except duckdb.BinderException:
                held = {row[0] for row in con.execute(f"DESCRIBE FROM {source}").fetchall()}
                lacking = [column for column in columns if column != "*" and column not in held]
                raise InputError(
                    f"{file}: has no column {', '.join(lacking) or where}; it was made by another version of gpdrift,"
                    " run it again"
                ) from None
            except duckdb.Error as error:
                reason = (str(error).splitlines() or ["unreadable"])[0]
                raise InputError(f"{file}: cannot be read ({reason}); make the results again") from None
        if "month" in rows and (rows["month"].dtype.kind != "M" or rows["month"].isna().any()):
            found = "an empty cell" if rows["month"].dtype.kind == "M" else f"{rows['month'].dtype} values"
            raise InputError(f"{file}, column month: found {found}, expected dates; make the results again")
        return rows


@dataclass(frozen=True)
class Ensemble:
    """Runs of one scenario that differ in nothing but their seed, in the order of seeds."""

    runs: tuple[Run, ...]
    label: str
    """Its scenario's name; with the folder where another scenario has the same name."""

    @property
    def manifest(self) -> dict[str, Any]:
        """What was run, of the first seed."""
        return self.runs[0].manifest

    @property
    def seeds(self) -> list[int]:
        """Seed of each run."""
        return [run.seed for run in self.runs]

    @property
    def names(self) -> dict[str, str]:
        """Names of bodies by code."""
        return self.manifest["region"].get("names", {})

    @property
    def start(self) -> datetime.date:
        """First month."""
        return datetime.date.fromisoformat(self.manifest["start"])

    @property
    def end(self) -> datetime.date:
        """Month reached."""
        return datetime.date.fromisoformat(self.manifest["end"])

    @cached_property
    def timeline(self) -> list[tuple[datetime.date, str]]:
        """Month and kind of each policy event that took effect, of the first seed."""
        rows = self.runs[0].table("events", ("month", "number", "event")).sort_values(["month", "number"])
        return [(month.date(), event) for month, event in zip(rows["month"], rows["event"], strict=True)]

    @cached_property
    def patients(self) -> int:
        """People registered in the first month, of the first seed.

        Raises:
            InputError: the headline does not say.
        """
        run = self.runs[0]
        rows = run.table("headline", ("registered",), f"month = DATE '{self.start}' AND registered IS NOT NULL")
        if rows.empty:
            raise InputError(f"{run.folder}: the table headline has no row for {self.start:%Y-%m}; run it again")
        return int(rows["registered"].iloc[0])

    def table(self, name: str, columns: Sequence[str] = ("*",), where: str = "true") -> pd.DataFrame:
        """Columns of a table of every run, one below the other, with the seed in front: see :meth:`Run.table`."""
        frames = [run.table(name, columns, where) for run in self.runs]
        for run, frame in zip(self.runs, frames, strict=True):
            frame.insert(0, "seed", run.seed)
        return pd.concat(frames, ignore_index=True)

    def ends(self, name: str, columns: Sequence[str]) -> pd.DataFrame:
        """Rows of the first and the last month a table has (some are recorded each quarter), ``when`` start or end.

        Where a table has one month only, it is both.
        """
        months = self.table(name, ["month"])["month"]
        if months.empty:
            return self.table(name, ["month", *columns]).assign(when="")
        both = ", ".join(f"DATE '{month.date()}'" for month in (months.min(), months.max()))
        rows = self.table(name, ["month", *columns], f"month IN ({both})")
        parts = [
            rows[rows["month"] == month].assign(when=when)
            for when, month in (("start", rows["month"].min()), ("end", rows["month"].max()))
        ]
        return pd.concat(parts, ignore_index=True)

    def place_name(self, code: str) -> str:
        """Name of a place, which is an authority or a part of one; the code where the results hold no name."""
        authority, _, part = code.partition("-")
        if code in self.names or authority not in self.names:
            return self.names.get(code, code)
        return f"{self.names[authority]} ({part})"

    def short_name(self, code: str) -> str:
        """A commissioner's name without what all of them share; the code where the results hold no name."""
        return style.bare_name(self.names.get(code, code))


def read_run(folder: Path) -> Run:
    """A results folder.

    Raises:
        InputError: it is none, or not complete.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        complete = manifest["status"] == "complete" and bool(manifest["scenario"]["name"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder}: no results folder ({MANIFEST} cannot be read); give one that gpdrift run has made"
        ) from error
    if not complete:
        raise InputError(f"{folder}: the run in it is not complete; run it again")
    return Run(folder, manifest)


def read(folders: Iterable[str | Path], scenarios: Sequence[str] = ()) -> list[Ensemble]:
    """Runs of these folders, or of the folders below them, gathered by scenario in the order given.

    Args:
        folders: results folders, experiments, or folders that hold such.
        scenarios: names (or labels) of those wanted, in this order; empty = all.

    Raises:
        InputError: one holds no results, a run is given twice, a scenario wanted is not there.
    """
    ensembles = _gathered(folders)
    if not scenarios:
        return ensembles
    chosen = []
    for name in scenarios:
        found = [e for e in ensembles if name in (e.label, e.manifest["scenario"]["name"]) and e not in chosen]
        if not found:
            there = ", ".join(ensemble.label for ensemble in ensembles)
            raise InputError(f"--scenario {name}: not among these results, which hold {there}")
        chosen += found
    return chosen


def _gathered(folders: Iterable[str | Path]) -> list[Ensemble]:
    found: dict[str, list[Run]] = {}
    for folder in folders:
        for run in _runs_in(Path(folder)):
            seedless = {key: value for key, value in run.manifest["scenario"].items() if key != "seed"}
            alike = json.dumps([seedless, run.manifest["region"]["digest"]], sort_keys=True)
            same = next((other for other in found.get(alike, []) if other.seed == run.seed), None)
            if same is not None:
                raise InputError(
                    f"{run.folder}: is the run of {same.folder} again ({run.name}, seed {run.seed}); give each once"
                )
            found.setdefault(alike, []).append(run)
    groups = [sorted(runs, key=lambda run: run.seed) for runs in found.values()]
    return [Ensemble(tuple(runs), label) for runs, label in zip(groups, _labels([g[0] for g in groups]), strict=True)]


def only(ensembles: Sequence[Ensemble]) -> Ensemble:
    """The one scenario a figure is of.

    Raises:
        InputError: there are several.
    """
    if len(ensembles) != 1:
        raise InputError(
            f"results of {len(ensembles)} scenarios ({', '.join(e.label for e in ensembles)}): this figure is of one,"
            " run once or with several seeds; gpdrift plot scenarios compares several"
        )
    return ensembles[0]


def settings(scenario: dict[str, Any]) -> dict[str, Any]:
    """Every parameter of a scenario by its dotted key; the timeline is one."""
    flat: dict[str, Any] = {}
    for key, value in scenario.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{inner}": found for inner, found in settings(value).items()}
        else:
            flat[key] = value
    return flat


def _labels(runs: Sequence[Run]) -> list[str]:
    """A label for each scenario: its name, with what sets it apart where others have the same name."""
    names = [run.name for run in runs]
    labels = []
    for run in runs:
        others = [other for other in runs if other is not run and other.name == run.name]
        mine = settings(run.manifest["scenario"])
        theirs = [settings(other.manifest["scenario"]) for other in others]
        apart = [k for k, v in mine.items() if k != "seed" and any(their.get(k) != v for their in theirs)]
        if names.count(run.name) == 1:
            labels.append(run.name)
        elif 0 < len(apart) <= MOST_APART and not any(isinstance(mine[key], list) for key in apart):
            values = [f"{mine[key]:g}" if isinstance(mine[key], float) else mine[key] for key in apart]
            points = ", ".join(f"{key.rpartition('.')[2]} {value}" for key, value in zip(apart, values, strict=True))
            labels.append(f"{run.name} ({points})")
        else:
            labels.append(f"{run.name} ({run.folder.name})")
    return labels


def _runs_in(folder: Path) -> list[Run]:
    if (folder / "tables" / "manifests.parquet").exists():
        return _runs_of_experiment(folder)
    if (folder / MANIFEST).exists() or not folder.is_dir():
        return [read_run(folder)]
    patterns = ["/".join(["*"] * depth + [MANIFEST]) for depth in range(1, DEEPEST + 1)]
    below = sorted({file.parent for pattern in patterns for file in folder.glob(pattern)})
    runs = [read_run(inner) for inner in below if (inner / "headline.parquet").exists()]
    return runs or [read_run(folder)]


def _runs_of_experiment(folder: Path) -> list[Run]:
    """Complete runs of an experiment in the order of its design, the baseline first where the design has it first."""
    manifests = parquet_rows(folder / "tables" / "manifests.parquet")
    runs = parquet_rows(folder / "runs.parquet", "file_row_number = true")
    with duckdb.connect() as con:
        try:
            rows = con.execute(
                f"SELECT told.run, told.manifest FROM {manifests} told JOIN {runs} runs USING (run)"
                " ORDER BY runs.file_row_number"
            ).fetchall()
        except duckdb.Error as error:
            reason = (str(error).splitlines() or ["unreadable"])[0]
            raise InputError(f"{folder}: the experiment cannot be read ({reason}); run it again") from None
    if not rows:
        raise InputError(
            f"{folder}: no run of the experiment is complete; gpdrift experiment status {folder} tells more"
        )
    return [Run(folder, json.loads(text), run) for run, text in rows]
