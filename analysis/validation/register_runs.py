"""Registers on common axes out of runs: of a model as it stands, of a results folder, and the mean over seeds."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.results import Run
from analysis.validation.register_axes import UNKNOWN, Axes, Counted, Register
from analysis.validation.register_comparison import Candidate
from model.errors import InputError
from model.model import RegistrationModel
from model.months import months_since_1970
from model.registers import REGISTER, recorded_register
from runs.progress import months_bar, say
from runs.stopping import stop_if_asked

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.scenario import Scenario


def run_until(
    scenario: Scenario, region: Region, month: datetime.date, *, quiet: bool = False, travel_cache: Path | None = None
) -> Counted:
    """Run a scenario up to the first of a month and count who is registered where.

    Raises:
        InputError: the month is not after the start.
    """
    say(quiet, f"Making patients (seed {scenario.seed}) ...")
    model = RegistrationModel(scenario, region=region, travel_cache=travel_cache)
    months = months_since_1970(month) - months_since_1970(model.month)
    if months < 1:
        raise InputError(
            f"the register is of {month:%B %Y}, expected a month after the run's start, {model.month:%B %Y}"
        )
    with months_bar(months, quiet) as bar:
        for _ in range(months):
            bar.set_description(f"seed {scenario.seed}, {model.month:%b %Y}", refresh=False)
            model.step()
            stop_if_asked()
            bar.update()
    found = recorded_register(model)
    return Counted(model.region.practices[found.practice], found.area, found.patients.astype(np.float64))


def from_results(run: Run, region: Region, month: datetime.date) -> Counted:
    """The register a results folder keeps of a month.

    Raises:
        InputError: the run is of another region, ends before that month, or kept no register of it.
    """
    if run.manifest["region"]["digest"] != region.digest:
        raise InputError(f"{run.folder}: was run in another region than {region.about.get('name')}; give its --region")
    start, end = (datetime.date.fromisoformat(run.manifest[key]) for key in ("start", "end"))
    if not start < month <= end:
        raise InputError(
            f"{run.folder}: runs from {start:%Y-%m} to {end:%Y-%m}, expected a run that reaches {month:%Y-%m};"
            " run it with more --months"
        )
    if not (run.folder / f"{REGISTER.name}.parquet").is_file() and not run.id:
        raise InputError(f"{run.folder}: keeps no register; run it again with --register {month:%Y-%m}")
    rows = run.table(REGISTER.name, ("practice", "area", "patients"), f"month = DATE '{month}'")
    if not len(rows):
        raise InputError(
            f"{run.folder}: keeps no register of {month:%Y-%m}; run it again with --register {month:%Y-%m}"
        )
    area = np.searchsorted(region.areas, rows["area"].to_numpy(str)).astype(np.int32)
    return Counted(rows["practice"].to_numpy(str), area, rows["patients"].to_numpy(np.float64))


def outside(axes: Axes, region: Region) -> Register:
    """Patients on published lists who live outside the region's areas or whose address is not known; no areas."""
    assert region.registration_practice is not None
    assert region.registration_patients is not None
    inside = np.bincount(region.registration_practice, region.registration_patients, len(region.practices))
    more = np.maximum(region.list_size - inside, 0.0)
    some = np.flatnonzero(more > 0)
    practice = axes.positions(region.practices[some])
    return Register(np.full(len(some), UNKNOWN, np.int32), practice, more[some])


def together(registers: Sequence[Register], practices: int, weight: float = 1.0) -> Register:
    """All rows of several registers, each area and practice once, patients times ``weight``; sorted."""
    area, practice, patients = (np.concatenate([register[i] for register in registers]) for i in range(3))
    cell = (area.astype(np.int64) + 1) * practices + practice
    unique, where = np.unique(cell, return_inverse=True)
    total = np.bincount(where, patients, len(unique)) * weight
    return Register((unique // practices - 1).astype(np.int32), (unique % practices).astype(np.int32), total)


def expected(name: str, seeds: Sequence[Register], axes: Axes, start: Register | None = None) -> Candidate:
    """The mean of several seeds, with lists of practices where they are still there.

    A practice that is gone in every seed counts there at its list of the ``start``, if given.
    """
    lists = np.stack([axes.lists(register) for register in seeds])
    there = lists > 0
    with np.errstate(invalid="ignore"):
        if_open = lists.sum(axis=0) / there.sum(axis=0)
    otherwise = axes.lists(start) if start is not None else np.zeros(len(if_open))
    if_open = np.where(there.any(axis=0), if_open, otherwise)
    mean = seeds[0] if len(seeds) == 1 else together(seeds, len(axes.practices), 1.0 / len(seeds))
    return Candidate(name, mean, if_open, tuple(seeds))
