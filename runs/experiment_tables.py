"""Gathering: the folders of single runs become one Parquet set of the experiment.

Every table gets three leading columns (run, scenario, seed); ``runs.parquet`` has a row for every run with the values it
was given. Runs that an edited design no longer asks for go to ``tables/earlier``, from where they come back when they
are asked for again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from model.sql_literals import parquet_rows, text_literal
from model.whole_files import whole_file
from runs.experiment_ledger import MANIFESTS, NEW_TABLES, OLD_TABLES, Ledger, manifests
from runs.experiment_plan import Plan

MANY_FOLDERS = 250
"""Folders of single runs from which they are gathered although the experiment goes on."""
_MEMORY = "1GB"
GATHERING = "gathering"
"""Claim of who gathers."""


def gather(plan: Plan, ledger: Ledger) -> bool:
    """Bring complete runs into ``tables/`` and write ``runs.parquet``; False where another process is at it."""
    if not ledger.claims.take(GATHERING):
        return False
    try:
        ledger.recover()
        wanted = {run.id for run in plan.runs()}
        there, earlier = set(manifests(ledger.tables)), set(manifests(ledger.tables / "earlier"))
        waiting = sorted(ledger.waiting())
        # A run may be gathered and its folder still there, where a process was killed between the two.
        complete = [run for run in waiting if run not in there | earlier]
        if complete or not there <= wanted or wanted & earlier:
            _rewrite(ledger, wanted, complete)
        for run in waiting:
            shutil.rmtree(ledger.runs / run, ignore_errors=True)
        write_frame(run_table(plan, ledger), ledger.folder / "runs.parquet")
    finally:
        ledger.claims.release(GATHERING)
    return True


def _rewrite(ledger: Ledger, wanted: set[str], complete: Sequence[str]) -> None:
    """Write all tables anew beside the old ones and put them in their place by one rename."""
    new, old = ledger.folder / NEW_TABLES, ledger.folder / OLD_TABLES
    (new / "earlier").mkdir(parents=True)
    fresh = {run: json.loads((ledger.runs / run / "manifest.json").read_text()) for run in complete}
    before = {source: manifests(source) for source in (ledger.tables, ledger.tables / "earlier")}
    known: dict[str, dict[str, Any]] = {}
    for rows in (*before.values(), fresh):
        known |= rows
    names = [{"run": r, "scenario": m["scenario"]["name"], "seed": m["seed"]} for r, m in known.items()]
    with duckdb.connect(config={"memory_limit": _MEMORY, "temp_directory": str(new), "threads": 1}) as con:
        con.register("labels", pd.DataFrame(names, columns=["run", "scenario", "seed"]))
        for asked, target in ((True, new), (False, new / "earlier")):
            runs = sorted(run for run in known if (run in wanted) == asked)
            if runs:
                con.register("chosen", pd.DataFrame({"run": runs}))
                for table in _table_names(ledger, before, complete):
                    _copy_table(con, ledger, table, before, sorted(set(complete) & set(runs)), target)
                told = pd.DataFrame({"run": runs, "manifest": [json.dumps(known[run]) for run in runs]})
                write_frame(told, target / f"{MANIFESTS}.parquet")
    if not any((new / "earlier").iterdir()):
        (new / "earlier").rmdir()
    if ledger.tables.exists():
        ledger.tables.rename(old)
    new.rename(ledger.tables)
    shutil.rmtree(old, ignore_errors=True)


def _table_names(ledger: Ledger, before: Iterable[Path], complete: Sequence[str]) -> list[str]:
    """Tables that any run has."""
    folders = [*before, *(ledger.runs / run for run in complete)]
    return sorted({file.stem for folder in folders for file in folder.glob("*.parquet")} - {MANIFESTS})


def _copy_table(
    con: duckdb.DuckDBPyConnection,
    ledger: Ledger,
    table: str,
    before: Iterable[Path],
    complete: Sequence[str],
    target: Path,
) -> None:
    """Rows of the chosen runs, gathered ones first, in the order they were written."""
    parts = [
        f"SELECT * FROM {parquet_rows(file)} WHERE run IN (SELECT run FROM chosen)"
        for file in (folder / f"{table}.parquet" for folder in before)
        if file.exists()
    ]
    files = [file for file in (ledger.runs / run / f"{table}.parquet" for run in complete) if file.exists()]
    if files:
        # The folder a file lies in is its run.
        parts.append(
            "SELECT run, scenario, seed, rows.* EXCLUDE (filename) FROM"
            f" {parquet_rows(files, 'filename = true, union_by_name = true')} rows JOIN labels"
            r" ON labels.run = string_split(replace(rows.filename, '\', '/'), '/')[-2]"
        )
    if parts:
        whole = " UNION ALL BY NAME ".join(parts)
        con.execute(
            f"COPY (SELECT run, scenario, seed, * EXCLUDE (run, scenario, seed) FROM ({whole}))"
            f" TO {text_literal(target / f'{table}.parquet')} (FORMAT parquet, COMPRESSION zstd)"
        )


def run_table(plan: Plan, ledger: Ledger) -> pd.DataFrame:
    """One row for every run the design asks for: its values, and what became of it."""
    told, failures = manifests(ledger.tables), ledger.failures()
    waiting = ledger.waiting()
    rows = []
    for run in plan.runs():
        about = told.get(run.id, {})
        values = {key: value if _plain(value) else json.dumps(value) for key, value in plan.points[run.point].items()}
        failed = run.id in failures
        rows.append(
            {
                "run": run.id,
                "scenario": run.scenario,
                "point": run.point,
                "seed": run.seed,
                **values,
                "status": "done" if about or run.id in waiting else "failed" if failed else "missing",
                "wall_seconds": about.get("wall_seconds"),
                "peak_memory_bytes": about.get("peak_memory_bytes"),
                "patients": about.get("patients"),
                "started": about.get("started"),
                "error": failures[run.id].get("error") if failed else None,
            }
        )
    frame = pd.DataFrame(rows)
    kinds = {"wall_seconds": "float64", "peak_memory_bytes": "Int64", "patients": "Int64"}
    return frame.astype({**kinds, "started": "string", "error": "string"})


def write_frame(frame: pd.DataFrame, file: Path) -> None:
    """Write a frame as Parquet, complete or not at all."""
    with whole_file(file) as written, duckdb.connect(config={"memory_limit": _MEMORY, "threads": 1}) as con:
        con.register("rows", frame)
        con.execute(f"COPY rows TO {text_literal(written)} (FORMAT parquet, COMPRESSION zstd)")


def read_frame(file: Path, query: str = "SELECT * FROM rows") -> pd.DataFrame:
    """What a query finds in a Parquet file, which it knows as ``rows``."""
    with duckdb.connect(config={"memory_limit": _MEMORY}) as con:
        con.execute(f"CREATE VIEW rows AS SELECT * FROM {parquet_rows(file)}")
        return con.execute(query).df()


def _plain(value: Any) -> bool:
    return isinstance(value, bool | int | float | str)
