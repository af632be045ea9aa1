"""Shares of the variance by what they come from: each choice of submodel, parameters, seeds, and what acts together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.uncertainty.components import Axes, components, grouped, share_errors
from analysis.uncertainty.submodels import CHOICES
from runs.experiment_report import unit_of

TABLE, ABOUT, FIGURE = "uncertainty.parquet", "uncertainty.json", "uncertainty.png"
"""Files of a validation folder: the rows of :func:`split_each`, what they are of, and both drawn."""
TOGETHER, PARAMETERS, PARAMETERS_WITH, SEEDS = "submodels together", "parameters", "parameters x submodels", "seeds"
SOURCES = (*(choice.name for choice in CHOICES), TOGETHER, PARAMETERS, PARAMETERS_WITH, SEEDS)
"""What variance comes from. Seeds include their interactions: what chance does differently elsewhere is chance."""


def groups_of(axes: list[Axes]) -> dict[str, list[Axes]]:
    """Contributions by source, of a table with an axis for each choice, then vectors, then seeds."""
    vectors, seeds = len(CHOICES), len(CHOICES) + 1
    groups: dict[str, list[Axes]] = {name: [] for name in SOURCES}
    for u in axes:
        if seeds in u:
            groups[SEEDS].append(u)
        elif vectors in u:
            groups[PARAMETERS if u == (vectors,) else PARAMETERS_WITH].append(u)
        else:
            groups[CHOICES[u[0]].name if len(u) == 1 else TOGETHER].append(u)
    return groups


def split(table: np.ndarray) -> pd.DataFrame:
    """Variance by source: ``source``, ``variance``, ``share`` of the total, ``error`` of the share; total in ``sd``.

    Args:
        table: results of runs, float64[levels of each choice ..., vectors, seeds].

    Estimates below zero stay as they are: with their error they say that there is nothing to find. Shares are of the sum
    of what is above zero.
    """
    drawn = (*(False for _ in CHOICES), True, True)
    found = components(table, drawn)
    groups = groups_of(list(found))
    errors = share_errors(table, drawn, groups)
    variance, total = grouped(found, groups)
    quantiles = np.quantile(table, [0.025, 0.975])
    rows = [
        {
            "source": name,
            "variance": value,
            "share": value / total if total > 0 else float("nan"),
            "error": errors[name],
            "mean": float(table.mean()),
            "sd": float(np.sqrt(max(sum(variance.values()), 0.0))),
            "low": float(quantiles[0]),
            "high": float(quantiles[1]),
        }
        for name, value in variance.items()
    ]
    return pd.DataFrame(rows)


def split_each(tables: Mapping[tuple[str, str], np.ndarray]) -> pd.DataFrame:
    """:func:`split` of several tables, one under the other, with ``measure``, ``of`` (their keys) and ``unit``."""
    return pd.concat(
        [split(table).assign(measure=measure, of=of, unit=unit_of(measure)) for (measure, of), table in tables.items()],
        ignore_index=True,
    )


def level_means(table: np.ndarray) -> dict[str, tuple[float, ...]]:
    """By choice of submodel, the mean result of each of its levels; the table is as for :func:`split`."""
    return {
        choice.name: tuple(float(np.take(table, level, axis=axis).mean()) for level in range(len(choice.levels)))
        for axis, choice in enumerate(CHOICES)
    }
