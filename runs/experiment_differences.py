"""Each scenario less the baseline, seed by seed: runs of one seed share births, moves and tastes.

The difference of a pair is therefore far steadier than either run: its interval says how well the policy's effect is
known, and beside it stands how many seeds runs with numbers of their own would have needed to know it as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from runs.experiment_design import LEAST_BOOTSTRAPPED, measured_in
from runs.experiment_plan import Plan
from runs.experiment_tables import read_frame
from runs.experiment_vectors import LISTED

RESAMPLES = 2000
MOST_SEEDS = 10**9
ALL_VECTORS = -1
"""Point of rows over all listed vectors together."""
_KEYS = {"headline": ["month"], "commissioners": ["month", "boundaries", "commissioner"]}


def paired(
    scenario: np.ndarray, baseline: np.ndarray, confidence: float = 0.95, interval: str = "t"
) -> dict[str, np.ndarray]:
    """Mean differences with intervals, row by row.

    Args:
        scenario: a measure, float64[rows, seeds]; NaN where a run or its value is missing.
        baseline: the same of the baseline, the same seeds in the same order.
        confidence: of the intervals.
        interval: ``t`` (Student's, of the paired differences) or ``bootstrap`` (percentiles over resampled seeds; rows
            resample the same seeds).

    Returns:
        By name, float64[rows] unless said otherwise: ``seeds`` (pairs, int64), ``scenario_mean``, ``baseline_mean``,
        ``difference``, ``low``, ``high`` (NaN with fewer than two pairs, or LEAST_BOOTSTRAPPED), ``sd`` of the differences, ``correlation`` of
        the pairs, ``independent_seeds`` (:func:`independent_seeds`).
    """
    both = np.isfinite(scenario) & np.isfinite(baseline)
    count = both.sum(axis=1)
    ours, theirs = np.where(both, scenario, np.nan), np.where(both, baseline, np.nan)
    gap = ours - theirs
    mean, sd = _mean(gap, count), _sd(gap, count)
    variance = _sd(ours, count) ** 2, _sd(theirs, count) ** 2
    least = 2
    if interval == "bootstrap":
        least = LEAST_BOOTSTRAPPED
        low, high = _bootstrapped(gap, both, confidence)
    else:
        half = stats.t.ppf(0.5 + confidence / 2, np.maximum(count - 1, 1)) * sd / np.sqrt(np.maximum(count, 1))
        low, high = mean - half, mean + half
    low, high = np.where(count < least, np.nan, low), np.where(count < least, np.nan, high)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(variance[0] * variance[1])
        correlation = np.where(spread > 0, (variance[0] + variance[1] - sd**2) / (2 * spread), np.nan)
    return {
        "seeds": count,
        "scenario_mean": _mean(ours, count),
        "baseline_mean": _mean(theirs, count),
        "difference": mean,
        "low": low,
        "high": high,
        "sd": sd,
        "correlation": correlation,
        "independent_seeds": independent_seeds((high - low) / 2, variance[0] + variance[1], confidence),
    }


def independent_seeds(half_width: np.ndarray, variance: np.ndarray, confidence: float = 0.95) -> np.ndarray:
    """Seeds a scenario would have needed had its runs shared no draws with the baseline's, float64[rows].

    The least n with t(2n - 2) sqrt(variance / n) <= half_width, where variance is the sum of both scenarios' variances
    between seeds; infinite where pairs do not differ at all, NaN where nothing is known.

    Args:
        half_width: of the paired interval, float64[rows].
        variance: sum of the two variances between seeds, float64[rows].
        confidence: of the interval.
    """

    def wide(seeds: np.ndarray) -> np.ndarray:
        quantile = stats.t.ppf(0.5 + confidence / 2, 2 * seeds - 2)
        return quantile * np.sqrt(variance / seeds) > half_width * (1 + 1e-9)

    known = np.isfinite(half_width) & np.isfinite(variance)
    low, high = np.full(len(half_width), 2.0), np.full(len(half_width), float(MOST_SEEDS))
    beyond = wide(high)
    while (low < high).any():
        middle = np.floor((low + high) / 2)
        more = wide(middle)
        low, high = np.where(more, middle + 1, low), np.where(more, high, middle)
    return np.where(known, np.where(beyond, np.inf, low), np.nan)


def _mean(values: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Mean over the seeds there are; NaN where there is none."""
    return np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), np.nan)


def _sd(values: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Standard deviation between seeds (n - 1); NaN below two seeds."""
    from_mean = values - _mean(values, count)[:, None]
    return np.where(count > 1, np.sqrt(np.nansum(from_mean**2, axis=1) / np.maximum(count - 1, 1)), np.nan)


def _bootstrapped(gap: np.ndarray, both: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Percentile interval of the mean over resampled seeds; the resamples are the same in every call."""
    draws = np.random.Generator(np.random.Philox(key=1))
    seeds = gap.shape[1]
    times = draws.multinomial(seeds, np.full(seeds, 1.0 / max(seeds, 1)), size=RESAMPLES).T.astype(float)
    low, high = np.full(len(gap), np.nan), np.full(len(gap), np.nan)
    tails = [0.5 - confidence / 2, 0.5 + confidence / 2]
    for first in range(0, len(gap), 2048):  # in parts: resamples of every row at once would fill the memory
        part = slice(first, first + 2048)
        there = both[part].astype(float) @ times
        with np.errstate(invalid="ignore"):
            means = np.where(there > 0, (np.nan_to_num(gap[part]) @ times) / np.maximum(there, 1), np.nan)
        rows = both[part].any(axis=1)
        if rows.any():
            low[part][rows], high[part][rows] = np.nanquantile(means[rows], tails, axis=1)
    return low, high


def differences(plan: Plan, tables: Path, measures: Sequence[str], *, baseline: str | None = None) -> pd.DataFrame:
    """Paired differences of every scenario of an experiment.

    Args:
        plan: of the experiment.
        tables: its gathered tables.
        measures: columns of the headline table, or ``commissioners.COLUMN``.
        baseline: case compared with; None = the design's.

    Returns:
        A row for each scenario, point, measure, month and, where the measure has them, boundaries and commissioner,
        with the columns of :func:`paired`. Where vectors are listed, rows of point ALL_VECTORS are over all of them
        (:func:`over_vectors`).
    """
    against = baseline or plan.baseline
    points = pd.DataFrame([(run.id, run.point) for run in plan.runs()], columns=["run", "point"])
    told: list[pd.DataFrame] = []
    for table, keys in _KEYS.items():
        columns = [column for where, column in map(measured_in, measures) if where == table]
        file = tables / f"{table}.parquet"
        if not columns or not file.exists():
            continue
        listed = ", ".join(f'"{name}"' for name in ["run", "scenario", "seed", *keys, *columns])
        rows = read_frame(file, f"SELECT {listed} FROM rows")
        rows = rows.merge(points, on="run")
        for column in columns:
            wide = rows.pivot(index=["scenario", "point", *keys], columns="seed", values=column).astype(float)
            if against not in wide.index.get_level_values("scenario"):
                continue
            theirs = wide.xs(against, level="scenario")
            for scenario in plan.cases:
                if scenario == against or scenario not in wide.index.get_level_values("scenario"):
                    continue
                name = column if table == "headline" else f"{table}.{column}"
                for frame in _between(plan, wide.xs(scenario, level="scenario"), theirs, keys):
                    told.append(frame.assign(scenario=scenario, against=against, measure=name))
    return _in_order(told)


def _between(plan: Plan, ours: pd.DataFrame, theirs: pd.DataFrame, keys: list[str]) -> Iterator[pd.DataFrame]:
    """Differences of a measure, by (point, keys) and seed: at each point and, where vectors are listed, over all."""
    shared = ours.index.intersection(theirs.index, sort=False)
    ours, theirs = ours.loc[shared], theirs.loc[shared]
    found = paired(ours.to_numpy(), theirs.to_numpy(), plan.design.confidence, plan.design.interval)
    yield shared.to_frame(index=False).assign(**found)
    if plan.design.sampling.method == LISTED and len(plan.points) > 1:
        yield over_vectors(ours, theirs, keys, plan.design.confidence).assign(point=ALL_VECTORS)


def over_vectors(ours: pd.DataFrame, theirs: pd.DataFrame, keys: list[str], confidence: float) -> pd.DataFrame:
    """Differences over all listed vectors and seeds together: what is known where parameters are not known either.

    Args:
        ours: a measure by (point, keys) and seed.
        theirs: the baseline's, the same rows and seeds.
        keys: month and, where there are any, boundaries and commissioner.
        confidence: share of the runs between ``low`` and ``high``.

    Returns:
        A row for each of the keys, with the columns of :func:`paired`; ``low`` and ``high`` are quantiles over pairs of
        runs, each of one vector and one seed. They are where a run is to be expected, not how well the mean is known.
    """
    long = pd.DataFrame({"ours": ours.stack(), "theirs": theirs.stack()}).dropna()
    long["gap"] = long["ours"] - long["theirs"]
    groups = long.groupby(level=keys)
    tails = groups["gap"].quantile([0.5 - confidence / 2, 0.5 + confidence / 2]).unstack()
    count = groups["gap"].count()
    return pd.DataFrame(
        {
            "seeds": count,
            "scenario_mean": groups["ours"].mean(),
            "baseline_mean": groups["theirs"].mean(),
            "difference": groups["gap"].mean(),
            "low": tails.iloc[:, 0].where(count > 1),
            "high": tails.iloc[:, 1].where(count > 1),
            "sd": groups["gap"].std(),
            "correlation": np.nan,
            "independent_seeds": np.nan,
        }
    ).reset_index()


def _in_order(told: list[pd.DataFrame]) -> pd.DataFrame:
    """All rows under one another; places are empty where a measure is of the whole region."""
    first = ["scenario", "against", "point", "measure", "month", "boundaries", "commissioner"]
    if not told:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in first})
    whole = pd.concat(told, ignore_index=True)
    for name in ("boundaries", "commissioner"):
        whole[name] = whole[name].fillna("").astype(str) if name in whole else ""
    return whole[[*first, *(name for name in whole.columns if name not in first)]]


def many(seeds: float) -> str:
    """A number of seeds as people say it."""
    if math.isnan(seeds):
        return "-"
    return f"more than {MOST_SEEDS:,}" if math.isinf(seeds) else f"{seeds:,.0f}"


def finite_or_none(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON takes them."""
    return [
        {
            key: None if isinstance(value, float) and not math.isfinite(value) else
            value.strftime("%Y-%m") if hasattr(value, "strftime") else value
            for key, value in row.items()
        }
        for row in rows.to_dict("records")
    ]  # fmt: skip
