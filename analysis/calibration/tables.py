"""What a calibration leaves: ``accepted.parquet`` for experiments, ``calibration.parquet`` and ``.json`` for the page.

``accepted.parquet`` has a row for every vector kept: ``vector`` (its number in the search), ``distance``, and a column for
every key of the scenario with the absolute value (entries of a list one by one, ``ghosts.cleaning_by_age.2``). A design
takes it with ``[parameters] from = "accepted.parquet"``.

``calibration.parquet`` has a row for every parameter and figure:

- ``kind``: parameter, figure, or check (a figure of some of the accepted vectors in another region, named in ``region``);
- ``name``, ``pattern``, ``means``, ``published``, ``tolerance``, ``relative``, ``source``: as in the plan;
- ``own``, ``closest``: the scenario's own value, the closest vector's;
- ``low``, ``median``, ``high``: over the accepted vectors; ``prior_low``, ``prior_high``: the prior's bounds, and of a figure
  what the Sobol points over it give;
- ``noise``: SD between seeds of a trial's figure.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.calibration.accepted import Rule
from analysis.calibration.plan import CalibrationPlan
from analysis.calibration.trials import Figures, Trial, distance, misses
from model.scenario import Scenario
from model.whole_files import write_whole
from runs.experiment_tables import write_frame


def accepted_frame(kept: Sequence[Trial], plan: CalibrationPlan, scenario: Scenario) -> pd.DataFrame:
    """The rows of ``accepted.parquet``."""
    rows = [
        {
            "vector": trial.vector,
            "distance": distance(trial.figures, plan.figures),
            **plan.values(trial.point, scenario),
        }
        for trial in kept
    ]
    return pd.DataFrame(rows)


def calibration_frame(
    plan: CalibrationPlan,
    trials: Sequence[Trial],
    accepted: Sequence[Trial],
    rule: Rule,
    repeats: Sequence[Figures],
    seeds: int,
    checks: dict[str, dict[int, Figures]],
) -> pd.DataFrame:
    """The rows of ``calibration.parquet`` (module docstring); ``checks`` are figures by region and vector."""
    closest = trials[rule.closest]
    rows: list[dict[str, Any]] = []
    for name, parameter in plan.parameters.items():
        found = [trial.point[name] for trial in accepted]
        rows.append(
            {
                "kind": "parameter", "region": "", "name": name, "means": " and ".join(parameter.keys),
                "relative": parameter.times, "own": trials[0].point[name], "closest": closest.point[name],
                "prior_low": parameter.low, "prior_high": parameter.high, **_spread(found),
            }
        )  # fmt: skip
    over_prior = [trial for trial in trials if trial.proposed == "sobol"]
    for target in plan.figures:
        said = {
            "name": target.figure, "pattern": target.pattern, "means": target.means, "published": target.published,
            "tolerance": target.tolerance, "relative": target.relative, "source": target.source,
        }  # fmt: skip
        prior = [trial.figures[target.figure] for trial in over_prior]
        single = [figures[target.figure] for figures in repeats]
        rows.append(
            {
                "kind": "figure", "region": "", **said,
                "own": trials[0].figures[target.figure], "closest": closest.figures[target.figure],
                "prior_low": min(prior, default=np.nan), "prior_high": max(prior, default=np.nan),
                "noise": np.std(single, ddof=1) / np.sqrt(seeds) if len(single) > 1 else np.nan,
                **_spread([trial.figures[target.figure] for trial in accepted]),
            }
        )  # fmt: skip
        for region, by_vector in checks.items():
            found = [figures[target.figure] for figures in by_vector.values()]
            nearest = by_vector.get(rule.closest, {}).get(target.figure, np.nan)
            rows.append({"kind": "check", "region": region, **said, "closest": nearest, **_spread(found)})
    return pd.DataFrame(rows)


def _spread(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return dict.fromkeys(("low", "median", "high"), float("nan"))
    return {"low": min(values), "median": float(np.median(values)), "high": max(values)}


def summary(
    plan: CalibrationPlan,
    trials: Sequence[Trial],
    accepted: Sequence[Trial],
    kept: Sequence[Trial],
    rule: Rule,
    confirmed: Sequence[Figures],
    checks: dict[str, dict[int, Figures]],
    about: dict[str, Any],
) -> dict[str, Any]:
    """What ``calibration.json`` says: the rule, how many it accepts, how much of that is luck."""
    again = [rule.accepts(misses(figures, plan.figures)) for figures in confirmed]
    over_prior = [trial for trial in trials if trial.proposed == "sobol"]
    inside = {trial.vector for trial in accepted}
    return {
        **about,
        "scenario": plan.scenario,
        "until": plan.until,
        "parameters": len(plan.parameters),
        "trials": len(trials),
        "accepted": len(accepted),
        "accepted_of_prior": sum(trial.vector in inside for trial in over_prior),
        "prior_trials": len(over_prior),
        "kept": len(kept),
        "confirmed": len(again),
        "confirmed_accepted": sum(again),
        "own_accepted": 0 in inside,
        "own_distance": distance(trials[0].figures, plan.figures),
        "closest": rule.closest,
        "closest_distance": distance(trials[rule.closest].figures, plan.figures),
        "limits": rule.limits,
        "noise": rule.noise,
        "own_misses": misses(trials[0].figures, plan.figures),
        "closest_misses": misses(trials[rule.closest].figures, plan.figures),
        "checks": {
            region: {str(vector): misses(figures, plan.figures) for vector, figures in by_vector.items()}
            for region, by_vector in checks.items()
        },
    }


def write_all(
    folder: Path, validation: Path, accepted: pd.DataFrame, calibration: pd.DataFrame, told: dict[str, Any]
) -> list[Path]:
    """Write the files; returns their names."""
    validation.mkdir(parents=True, exist_ok=True)
    files = [folder / "accepted.parquet", validation / "calibration.parquet", validation / "calibration.json"]
    write_frame(accepted, files[0])
    write_frame(calibration, files[1])
    write_whole(files[2], json.dumps(told, indent=2) + "\n")
    return files
