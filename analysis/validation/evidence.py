"""Runs made for validation, kept by what they are so that no run is made twice, and read back as tables.

::

    OUT/regions/NAME       regions made or cut for it
    OUT/runs/ID/           a results folder with a few tables, and what the probes saw; ID = scenario, seed, region,
                           model and probes

A run is made under another name and gets its own by one rename, so it is there, complete, or it is not.
"""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pandas as pd

from analysis.results import Run, read_run
from analysis.validation.situations import SITUATIONS, Situation
from model.scenario import Scenario
from runs.experiment_ledger import put_or_drop
from runs.experiment_plan import identity, model_version
from runs.experiment_tables import write_frame
from runs.progress import months_bar
from runs.stopping import stop_if_asked

if TYPE_CHECKING:
    from model.geography.region import Region

KEPT = ("headline", "commissioners", "practices", "providers", "digital_homes", "organisations", "money", "events")
"""Tables of results that patterns read; the others are dropped."""


@dataclass(frozen=True)
class Wanted:
    """One run that is needed."""

    situation: Situation
    region: str
    """Folder or preset."""
    digest: str
    seed: int
    quick: bool

    @cached_property
    def scenario(self) -> Scenario:
        """The complete scenario."""
        return msgspec.structs.replace(self.situation.scenario_of(self.quick), region=self.region, seed=self.seed)

    @cached_property
    def id(self) -> str:
        """What the run is known by: whatever changes a result changes it."""
        stem = identity(self.scenario, self.digest, model_version())
        stem.update(
            f";seed={self.seed};situation={self.situation.name};looking={looking(self.situation.looks)}".encode()
        )
        found: str = stem.hexdigest()
        return found


@dataclass(frozen=True, eq=False)
class Told:
    """A run that was made: its tables, those of its probes included."""

    wanted: Wanted
    run: Run
    region: Region = field(repr=False)

    @property
    def seed(self) -> int:
        """Key of its draws."""
        return self.wanted.seed

    def table(self, name: str, columns: Iterable[str] = ("*",), where: str = "true") -> pd.DataFrame:
        """Columns of a table, as :meth:`analysis.results.Run.table`; months are timestamps."""
        return self.run.table(name, tuple(columns), where)


@cache
def looking(files: tuple[str, ...]) -> str:
    """Hash of the files that say what is seen in a run."""
    digest = hashlib.blake2b(digest_size=6)
    for name in files:
        digest.update((Path(__file__).parent / name).read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def folder_of(out: Path, wanted: Wanted) -> Path:
    """Where a run is kept."""
    return out / "runs" / wanted.id


def missing(out: Path, wanted: Iterable[Wanted]) -> list[Wanted]:
    """Runs that are not there yet."""
    return [run for run in wanted if not (folder_of(out, run) / "manifest.json").is_file()]


def make(out: Path, wanted: Wanted, region: Region, quiet: bool, note: str = "") -> None:
    """Make a run; nothing is left of one that is stopped.

    Raises:
        InputError: an event names a place the region does not have, or the folder cannot be written.
    """
    from model.model import RegistrationModel
    from model.recorder import record_run

    making = out / "runs" / f".{wanted.id}-{uuid.uuid4().hex}"
    making.mkdir(parents=True)
    try:
        model = RegistrationModel(wanted.scenario, region=region)
        probes = wanted.situation.probes(model)
        if wanted.situation.change is not None:
            wanted.situation.change(model)
        with record_run(model, making / "run") as recording, months_bar(wanted.scenario.months, quiet) as bar:
            bar.set_description(f"{note}{wanted.situation.name}, seed {wanted.seed}")
            for _ in range(wanted.scenario.months):
                model.step()
                recording.month()
                for probe in probes:
                    probe.after_month(model)
                stop_if_asked()
                bar.update()
        for file in (making / "run").glob("*.parquet"):
            if file.stem not in KEPT:
                file.unlink()
        for probe in probes:
            for name, frame in probe.tables(model).items():
                write_frame(frame, making / "run" / f"{name}.parquet")
        put_or_drop(making / "run", folder_of(out, wanted))
    finally:
        shutil.rmtree(making, ignore_errors=True)


def gather(
    out: Path, wanted: Iterable[Wanted], opened: Callable[[str], Region], quiet: bool, say: Callable[[str], None]
) -> dict[str, list[Told]]:
    """Make what is missing and read everything: runs by situation, in the order of seeds."""
    wanted = list(wanted)
    needed = missing(out, wanted)
    for number, run in enumerate(needed, 1):
        if not missing(out, [run]):
            continue  # another process has made it meanwhile
        say(
            f"Run {number} of {len(needed)}: {run.situation.name}, {run.scenario.months} months of {run.region}, seed {run.seed}"
        )
        make(out, run, opened(run.region), quiet, f"{number}/{len(needed)} ")
    told: dict[str, list[Told]] = {}
    for run in sorted(wanted, key=lambda each: each.seed):
        read = Told(run, read_run(folder_of(out, run)), opened(run.region))
        told.setdefault(run.situation.name, []).append(read)
    return told


def runs_needed(
    situations: Iterable[str], regions: dict[str, tuple[str, str]], seeds: Iterable[int], quick: bool
) -> list[Wanted]:
    """Every run of the situations; ``regions`` gives folder and digest by situation."""
    return [
        Wanted(SITUATIONS[name], *regions[name], seed, quick)
        for seed in seeds for name in situations if name in regions
    ]  # fmt: skip
