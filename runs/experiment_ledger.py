"""The folder of an experiment: what is done, what failed, what is being done.

::

    experiment.json        the design, its scenarios and values in full, versions
    runs.parquet           one row a run: scenario, values, seed, time, error
    tables/*.parquet       the tables of all runs, each row with run, scenario and seed
    differences.parquet    each scenario less the baseline, seed by seed
    work/runs/ID/          results of runs not yet gathered into tables/
    work/failed/ID.json    what went wrong with a run
    work/claims/ID         runs some process is doing
    work/regions/DIGEST/   the regions, so that a worker elsewhere needs nothing but this folder

A run is written elsewhere and gets its name by one rename: it is there, complete, or it is not.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from model.errors import InputError
from model.sql_literals import parquet_rows
from model.whole_files import write_whole
from runs.experiment_claims import Claims
from runs.experiment_plan import Plan, Run

PLAN = "experiment.json"
OLD_TABLES, NEW_TABLES = ".tables-old", ".tables-new"
MANIFESTS = "manifests"
"""Table of the manifests of gathered runs: the memory of what is done."""


class Ledger:
    """The folder of an experiment, as one process uses it."""

    def __init__(self, folder: Path) -> None:
        """Nothing is written yet."""
        self.folder = folder
        self.work = folder / "work"
        self.runs, self.failed = self.work / "runs", self.work / "failed"
        self.tables = folder / "tables"
        self.claims = Claims(self.work / "claims")
        self._gathered: set[str] = set()
        self._seen: list[tuple[int, int] | None] = []

    def gathered(self) -> set[str]:
        """Runs whose tables are in ``tables/``, those other processes have put there included."""
        # Another process may be between the two renames of its gathering just now.
        there = self.tables if self.tables.is_dir() else self.folder / OLD_TABLES
        files = [folder / f"{MANIFESTS}.parquet" for folder in (there, there / "earlier")]
        seen = [(file.stat().st_mtime_ns, file.stat().st_ino) if file.exists() else None for file in files]
        if seen != self._seen:
            self._gathered = set(manifests(there)) | set(manifests(there / "earlier"))
            self._seen = seen
        return self._gathered

    def waiting(self) -> set[str]:
        """Complete runs not yet gathered."""
        return {path.name for path in self.runs.iterdir() if _is_run(path.name)} if self.runs.is_dir() else set()

    def is_done(self, run: str) -> bool:
        """Whether a run is complete."""
        # In this order: a folder goes only after its rows have come.
        return (self.runs / run / "manifest.json").exists() or run in self.gathered()

    def done(self) -> set[str]:
        """Every complete run."""
        waiting = self.waiting()  # first, as in is_done
        return waiting | self.gathered()

    def failures(self) -> dict[str, dict[str, Any]]:
        """What went wrong, by run; runs done since are left out."""
        if not self.failed.is_dir():
            return {}
        found = {}
        for file in sorted(self.failed.glob("*.json")):
            try:
                if not self.is_done(file.stem):
                    found[file.stem] = json.loads(file.read_text())
            except (OSError, ValueError):
                continue  # removed or rewritten by another process just now
        return found

    def record_failure(self, run: Run, told: dict[str, Any]) -> None:
        """Keep what went wrong with a run."""
        self.failed.mkdir(parents=True, exist_ok=True)
        row = {"run": run.id, "scenario": run.scenario, "point": run.point, "seed": run.seed, **told}
        write_whole(self.failed / f"{run.id}.json", json.dumps(row, indent=2))

    def clear_failure(self, run: str) -> None:
        """Forget an earlier failure."""
        (self.failed / f"{run}.json").unlink(missing_ok=True)

    def begin(self, plan: Plan) -> None:
        """Write the plan and the regions into the folder.

        Raises:
            InputError: the folder holds something else, or runs of another model or another experiment.
        """
        check_folder(self.folder, plan)
        for folder in (self.work, self.runs, self.failed):
            folder.mkdir(parents=True, exist_ok=True)
        for name, digest in plan.regions.items():
            keep_region(name, self.region_folder(digest))
        write_whole(self.folder / PLAN, msgspec.json.format(msgspec.json.encode(plan)))

    def region_folder(self, digest: str) -> Path:
        """Where a region is kept for workers."""
        return self.work / "regions" / digest

    def recover(self) -> None:
        """Undo a gathering that was cut off between its two renames; for who holds the claim to gather."""
        old = self.folder / OLD_TABLES
        if old.is_dir() and not self.tables.exists():
            old.rename(self.tables)
        for left in (old, self.folder / NEW_TABLES):
            shutil.rmtree(left, ignore_errors=True)

    def sweep(self, runs: Iterable[str]) -> None:
        """Remove what killed workers left of runs that this process has claimed."""
        unfinished = self.work / "unfinished"
        if unfinished.is_dir():
            wanted = set(runs)
            for left in unfinished.iterdir():
                if left.name.partition("-")[0] in wanted:
                    shutil.rmtree(left, ignore_errors=True)


def load_plan(folder: Path) -> Plan:
    """The plan an experiment's folder holds.

    Raises:
        InputError: it holds none.
    """
    file = folder / PLAN
    try:
        return msgspec.json.decode(file.read_bytes(), type=Plan)
    except FileNotFoundError:
        raise InputError(f"{folder}: no experiment is there; begin one with gpdrift experiment run") from None
    except (msgspec.DecodeError, msgspec.ValidationError) as mistake:
        raise InputError(f"{file}: written by another version of gpdrift ({mistake}); choose another --out") from None


def check_folder(folder: Path, plan: Plan) -> None:
    """Refuse a folder that holds anything but this experiment.

    Raises:
        InputError: what is there, and what to do.
    """
    if folder.is_file():
        raise InputError(f"--out {folder}: is a file; choose another name")
    if not (folder / PLAN).exists():
        if folder.is_dir() and any(
            entry.name != "work" and not entry.name.startswith(".") for entry in folder.iterdir()
        ):
            raise InputError(f"--out {folder}: holds something that is no experiment; choose another name")
        above = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
        if not os.access(above, os.W_OK):
            raise InputError(f"--out {folder}: cannot be made in {above}; choose another place")
        return
    there = load_plan(folder)
    if there.design.name != plan.design.name:
        raise InputError(f"--out {folder}: holds the experiment {there.design.name}; choose another name")
    if there.model != plan.model and Ledger(folder).done():
        raise InputError(
            f"--out {folder}: holds runs of model {there.model}, this one is {plan.model}; their results would not be"
            " comparable: choose another --out"
        )


def keep_region(name: str, folder: Path) -> None:
    """Copy a region to where workers find it."""
    from model.geography.open_region import PRESET_SEED, preset_folder
    from model.geography.region_files import write_region
    from model.geography.synthesise import PRESETS, synthesise

    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    source = Path(name) if name not in PRESETS or (Path(name) / "region.json").exists() else preset_folder(name)
    if not source.is_dir():
        write_region(*synthesise(name, PRESET_SEED), folder, overwrite=True)
        return
    written = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    try:
        written.mkdir()
        for file in source.iterdir():
            if file.is_file():
                shutil.copyfile(file, written / file.name)
        put_or_drop(written, folder)
    finally:
        shutil.rmtree(written, ignore_errors=True)


def put_or_drop(written: Path, folder: Path) -> bool:
    """Give a folder its name; where there is one of that name already it says the same, and this one is dropped."""
    try:
        written.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        shutil.rmtree(written, ignore_errors=True)
        return False
    return True


def manifests(tables: Path) -> dict[str, dict[str, Any]]:
    """Manifests of gathered runs, by run."""
    file = tables / f"{MANIFESTS}.parquet"
    if not file.exists():
        return {}
    with duckdb.connect() as con:
        rows = con.execute(f"SELECT run, manifest FROM {parquet_rows(file)} ORDER BY run").fetchall()
    return {run: json.loads(text) for run, text in rows}


def _is_run(name: str) -> bool:
    return not name.startswith(".")
