"""How much each parameter matters: elementary effects (Morris), variance shares (Sobol), linear effects (any sampling).

Effects are those of going from the low to the high bound of a parameter, in units of the measure. With several seeds
a point's value is the mean over them; seeds are common to all points, so chance does not pass for an effect.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from model.errors import InputError
from runs.experiment_design import measured_in
from runs.experiment_plan import Plan
from runs.experiment_sampling import Sampling, unit_points, unit_problem
from runs.experiment_tables import read_frame

RESAMPLES = 1000
ORDERED_BY = {"morris": "mu_star", "sobol": "ST", "latin-hypercube": "effect"}
"""Index by which parameters are ranked."""
MEANINGS = {
    "effect": "linear effect from low to high, the others where they are",
    "mu": "mean elementary effect from low to high",
    "mu_star": "mean size of elementary effects, whatever their sign",
    "sigma": "standard deviation of elementary effects: bends and interactions",
    "S1": "share of the variance due to it alone",
    "ST": "share of the variance it has part in, interactions included",
}


class Values(NamedTuple):
    """A measure at the points of a design."""

    measure: str
    scenario: str
    against: str
    """What it is taken less of; empty = nothing."""
    month: str
    values: np.ndarray
    """float64[points], NaN where no run is there."""
    seeds: int
    """Pairs or runs a point's value is the mean of, at most."""


def check_asked(plan: Plan, measures: Sequence[str], month: str | None) -> None:
    """Refuse, before anything is run, what no indices can be told of afterwards.

    Raises:
        InputError: no measure, one by place, no month, or fewer samples than a plane through the parameters takes.
    """
    name, sampling, parameters = plan.design.name, plan.design.sampling, len(plan.design.parameters)
    if not measures:
        raise InputError(f"{name}: its measures are all by place; name one of the whole region with --measure")
    for measure in measures:
        _of_the_region(measure)
    _check_month(month)
    if sampling.method == "latin-hypercube" and sampling.number < parameters + 2:
        raise InputError(
            f"{name}: samples is {sampling.number}, expected at least {parameters + 2} to vary {parameters} parameters"
        )


def _check_month(text: str | None) -> None:
    if text is None:
        return
    try:
        datetime.date.fromisoformat(f"{text}-01" if len(text) == len("2021-06") else "")
    except ValueError:
        raise InputError(f"--month {text}: expected a month such as 2021-06") from None


def _of_the_region(measure: str) -> str:
    table, column = measured_in(measure)
    if table != "headline":
        raise InputError(f"measure {measure}: sensitivity takes measures of the whole region, without {table}.")
    return column


def values_at_points(
    plan: Plan, tables: Path, measure: str, scenario: str, against: str = "", month: str | None = None
) -> Values:
    """A headline measure of a scenario, or its difference to another of the same seed, at every point.

    Args:
        plan: of the experiment.
        tables: its gathered tables.
        measure: a column of the headline table.
        scenario: case measured.
        against: case it is taken less of; empty = none.
        month: YYYY-MM; None = the last.

    Raises:
        InputError: a measure by place, no such month, or no runs yet.
    """
    column, file = _of_the_region(measure), tables / "headline.parquet"
    _check_month(month)
    if not file.exists():
        raise InputError(f"{plan.design.name}: no run is there yet")
    when = f"DATE '{month}-01'" if month else "(SELECT max(month) FROM rows)"
    rows = read_frame(file, f'SELECT run, month, "{column}"::DOUBLE AS value FROM rows WHERE month = {when}')
    if rows.empty:
        raise InputError(f"--month {month}: no run of {plan.design.name} has that month")
    cells = pd.DataFrame(list(plan.runs())).rename(columns={"id": "run"}).merge(rows, on="run")
    wide = cells.pivot(index=["scenario", "point"], columns="seed", values="value")
    points = range(len(plan.points))

    def of(case: str) -> pd.DataFrame:
        if case not in wide.index.get_level_values("scenario"):
            raise InputError(f"{plan.design.name}: no run of {case} is there yet")
        return wide.xs(case, level="scenario").reindex(points)

    found = of(scenario) - of(against) if against else of(scenario)
    known = found.notna()
    # A point is told by the seeds that every point told at all has: means of different seeds are not comparable.
    common = found.columns[known[known.any(axis=1)].all()]
    values = found[common].mean(axis=1).to_numpy(float) if len(common) else np.full(len(plan.points), np.nan)
    return Values(measure, scenario, against, f"{rows['month'].iloc[0]:%Y-%m}", values, len(common))


def indices(plan: Plan, told: Values) -> pd.DataFrame:
    """Indices of every parameter with intervals, parameters in the order of the design.

    Paths or base points with a run missing are left out whole.

    Returns:
        Columns parameter, index (of MEANINGS), value, low, high (NaN where an index has no interval).

    Raises:
        InputError: too few complete runs, or a grid, which has no such indices.
    """
    sampling, names = plan.design.sampling, list(plan.design.parameters)
    if sampling.method not in ORDERED_BY:
        raise InputError(
            f"{plan.design.name}: sampling is {sampling.method}, sensitivity takes morris, sobol or latin-hypercube"
        )
    points = unit_points(sampling, len(names))
    length = sampling.block_length(len(names))
    blocks = told.values.reshape(-1, length)
    whole = np.isfinite(blocks).all(axis=1)
    if whole.sum() < 2 or (sampling.method == "latin-hypercube" and whole.sum() < len(names) + 2):
        raise InputError(
            f"{plan.design.name}: too few runs are done ({int(whole.sum())} {sampling.block or 'point'}s whole)"
        )
    x = points.reshape(-1, length, len(names))[whole].reshape(-1, len(names))
    y = blocks[whole].reshape(-1)
    confidence = plan.design.confidence
    rows = _linear(names, x, y, length, confidence)
    if sampling.method == "morris":
        rows += _morris(names, x, y, confidence)
    if sampling.method == "sobol":
        rows += _sobol(names, y, sampling, confidence)
    return pd.DataFrame(rows, columns=["parameter", "index", "value", "low", "high"])


Row = tuple[str, str, float, float, float]


def _linear(names: Sequence[str], x: np.ndarray, y: np.ndarray, length: int, confidence: float) -> list[Row]:
    """Slopes of a straight plane through all points, with Student's t intervals; NaN where no degree of freedom is left.

    Points by themselves: ordinary least squares. Points of one path or base point miss the plane together: there the error
    is that of the jackknife that leaves out a whole one at a time, with a degree of freedom less than there are.
    """
    plane = np.column_stack([np.ones(len(x)), x])
    found = np.linalg.lstsq(plane, y, rcond=None)[0]
    if length == 1:
        free = len(y) - plane.shape[1]
        missed = y - plane @ found
        errors = np.sqrt(np.diag(np.linalg.pinv(plane.T @ plane)) * (missed @ missed) / max(free, 1))
    else:
        blocks = plane.reshape(-1, length, plane.shape[1])
        free = len(blocks) - 1
        squares = blocks.transpose(0, 2, 1) @ blocks
        products = np.einsum("bpk,bp->bk", blocks, y.reshape(-1, length))
        others = np.linalg.pinv(squares.sum(axis=0) - squares, hermitian=True)
        without = np.einsum("bjk,bk->bj", others, products.sum(axis=0) - products)
        errors = np.sqrt(free / len(blocks) * ((without - found) ** 2).sum(axis=0))
    half = stats.t.ppf(0.5 + confidence / 2, free) * errors if free > 0 else np.full(len(found), np.nan)
    return _with_halves(names, {"effect": found[1:]}, {"effect": half[1:]})


def _morris(names: Sequence[str], x: np.ndarray, y: np.ndarray, confidence: float) -> list[Row]:
    """Means, mean sizes and standard deviations of elementary effects; Student's t intervals of both means over paths."""
    effects = _elementary(x.reshape(-1, len(names) + 1, len(names)), y.reshape(-1, len(names) + 1))
    sizes, nothing = np.abs(effects), np.full(len(names), np.nan)
    found = {
        "mu": effects.mean(axis=0),
        "mu_star": sizes.mean(axis=0),
        "sigma": effects.std(axis=0, ddof=1) if len(effects) > 1 else nothing,
    }
    half = {"mu": _half(effects, confidence), "mu_star": _half(sizes, confidence), "sigma": nothing}
    return _with_halves(names, found, half)


def _elementary(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Elementary effects, float64[paths, parameters], of paths whose steps change one parameter each.

    Args:
        x: points in the unit cube, float64[paths, parameters + 1, parameters].
        y: a measure at them, float64[paths, parameters + 1].
    """
    steps = np.diff(x, axis=1)
    changed = np.abs(steps).argmax(axis=2)
    slopes = np.diff(y, axis=1) / np.take_along_axis(steps, changed[..., None], axis=2)[..., 0]
    effects = np.empty_like(slopes)
    np.put_along_axis(effects, changed, slopes, axis=1)
    return effects


def _half(values: np.ndarray, confidence: float) -> np.ndarray:
    """Half a Student's t interval of the mean over rows; NaN below two rows."""
    number = len(values)
    if number < 2:
        return np.full(values.shape[1], np.nan)
    return stats.t.ppf(0.5 + confidence / 2, number - 1) * values.std(axis=0, ddof=1) / np.sqrt(number)


def _sobol(names: Sequence[str], y: np.ndarray, sampling: Sampling, confidence: float) -> list[Row]:
    """First and total indices, and those of pairs where the design has them, by SALib with its intervals."""
    from SALib.analyze import sobol

    nothing = np.zeros(len(names))
    if np.ptp(y) == 0:  # nothing varies: there is no variance to share out
        return _with_halves(names, {"S1": nothing, "ST": nothing}, {"S1": nothing, "ST": nothing})
    found: Any = sobol.analyze(
        unit_problem(len(names)), y, calc_second_order=sampling.second_order, conf_level=confidence,
        num_resamples=RESAMPLES, seed=sampling.seed,
    )  # fmt: skip
    rows = _with_halves(
        names,
        {index: found[index] for index in ("S1", "ST")},
        {index: found[f"{index}_conf"] for index in ("S1", "ST")},
    )
    if sampling.second_order:
        for first in range(len(names)):
            for second in range(first + 1, len(names)):
                value, half = float(found["S2"][first, second]), float(found["S2_conf"][first, second])
                rows.append((f"{names[first]} x {names[second]}", "S2", value, value - half, value + half))
    return rows


def _with_halves(names: Sequence[str], found: dict[str, Any], half: dict[str, Any]) -> list[Row]:
    return [
        (name, index, float(value), float(value - wide), float(value + wide))
        for index in found
        for name, value, wide in zip(names, found[index], half[index], strict=True)
    ]


def ranked(rows: pd.DataFrame, method: str) -> list[str]:
    """Parameters, the one that matters most first."""
    some = rows[rows["index"] == ORDERED_BY[method]]
    return some.loc[some["value"].abs().sort_values(ascending=False, kind="stable").index, "parameter"].tolist()
