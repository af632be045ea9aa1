"""The runs behind the split of uncertainty: submodels x accepted vectors x seeds, as an experiment like any other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.uncertainty.submodels import CHOICES, Setting, Vector, crossed
from model.errors import InputError
from runs.experiment_design import Design
from runs.experiment_files import design_of
from runs.experiment_tables import read_frame
from runs.experiment_vectors import LISTED, vectors_from

if TYPE_CHECKING:
    from runs.experiment_ledger import Ledger
    from runs.experiment_plan import Plan

MEASURES = (
    "gross_misalignment", "net_misalignment", "registered_resident_ratio_sd", "digital_share", "ghosts", "unregistered",
    "satisfaction", "travel_km", "organisation_hhi", "misplaced", "unfunded",
)  # fmt: skip
"""Headline measures that are split."""


def accepted_vectors(file: Path, number: int) -> list[Vector]:
    """The first so many vectors of a file: calibrations write them as far apart as they are.

    Raises:
        InputError: the file cannot be read, or has fewer.
    """
    columns = vectors_from(file, "--accepted")
    there = len(next(iter(columns.values()))["values"])
    if there < number:
        raise InputError(f"--vectors {number}: {file} has {there}; accept more, or ask for fewer")
    return [{key: column["values"][row] for key, column in columns.items()} for row in range(number)]


def design(vectors: Sequence[Vector], seeds: int, months: int, region: str, setting: Setting, against: str) -> Design:
    """The experiment: points in the order of :func:`analysis.uncertainty.submodels.crossed`."""
    points = [values for _, _, values in crossed(list(vectors), setting)]
    content = {
        "name": "uncertainty",
        "title": "How much of the result is seeds, parameters and choice of submodel",
        "region": region,
        "months": months,
        "seeds": seeds,
        "baseline": against,
        "measures": list(MEASURES),
        "tables": ["headline"],
        "scenarios": [{"scenario": against}, {"scenario": setting.scenario.name}],
        "sampling": {"method": LISTED},
        "parameters": {key: {"values": [point[key] for point in points]} for key in points[0]},
    }
    return design_of(content, "uncertainty")


def tables_of(
    plan: Plan, ledger: Ledger, vectors: int, scenario: str, against: str
) -> tuple[str, dict[tuple[str, str], Any]]:
    """Results at the end by measure and ``level`` or ``difference``: float64[2, ..., V, S], one axis a choice.

    Raises:
        InputError: runs are missing.
    """
    file = ledger.tables / "headline.parquet"
    listed = ", ".join(f'"{name}"' for name in MEASURES)
    rows = read_frame(file, f"SELECT run, month, {listed} FROM rows WHERE month = (SELECT max(month) FROM rows)")
    cells = pd.DataFrame(list(plan.runs())).rename(columns={"id": "run"}).merge(rows, on="run", how="left")
    shape = (*(len(choice.levels) for choice in CHOICES), vectors, len(plan.design.seed_list))
    found: dict[tuple[str, str], np.ndarray] = {}
    for measure in MEASURES:
        wide = cells.pivot(index=["scenario", "point"], columns="seed", values=measure).astype(float)
        ours = wide.xs(scenario, level="scenario").to_numpy().reshape(shape)
        theirs = wide.xs(against, level="scenario").to_numpy().reshape(shape)
        if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
            raise InputError(f"{ledger.folder}: runs are missing or {measure} has no value; give the command again")
        found[measure, "level"], found[measure, "difference"] = ours, ours - theirs
    return f"{rows['month'].iloc[0]:%Y-%m}", found
