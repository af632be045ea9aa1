"""``gpdrift sensitivity``: which parameters a result hangs on, by an experiment that is run and resumed like any other."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runs.experiment_command import end_if_unfinished, workplace

if TYPE_CHECKING:
    import pandas as pd

    from runs.experiment_indices import Values
    from runs.experiment_plan import Plan


@click.command()
@click.argument("design", metavar="FILE|DIR", default="morris-screen")
@click.option("--measure", "measures", multiple=True, metavar="M", help="Headline measure (repeatable) [the design's].")
@click.option("--month", metavar="YYYY-MM", help="Month it is taken in [the last].")
@click.option("--scenario", metavar="NAME", help="Scenario [the last of the design].")
@click.option(
    "--against", metavar="NAME", help="Take the difference to this scenario [the baseline; none = the value]."
)
@workplace
def sensitivity(
    design: str,
    measures: tuple[str, ...],
    month: str | None,
    scenario: str | None,
    against: str | None,
    *,
    workers: int | None,
    scheduler: str | None,
    out: Path | None,
    seeds: int | None,
    months: int | None,
    region: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Do what is missing of a design sampled by morris, sobol or latin-hypercube, and print which parameters matter."""
    from analysis.sensitivity import draw
    from model.errors import InputError
    from runs.experiment_command import check_workers
    from runs.experiment_design import check_measure
    from runs.experiment_indices import ORDERED_BY, check_asked, indices, values_at_points
    from runs.experiment_report import DEFAULT_MEASURES
    from runs.experiment_tables import write_frame
    from runs.experiment_work import do_missing, prepare

    check_workers(workers, scheduler)
    for measure in measures:
        check_measure("--measure", measure)
    plan, ledger = prepare(design, out, must_exist=False, quiet=quiet, seeds=seeds, months=months, region=region)
    if plan.design.sampling.method not in ORDERED_BY:
        raise InputError(
            f"{plan.design.name}: sampling is {plan.design.sampling.method}, expected one of {', '.join(ORDERED_BY)}"
        )
    scenario, against = _cases(plan, scenario, against)
    asked = measures or [m for m in plan.design.measures or DEFAULT_MEASURES if "." not in m]
    check_asked(plan, asked, month)
    far = do_missing(plan, ledger, workers, scheduler, quiet)
    told: list[dict[str, Any]] = []
    frames = []
    for measure in asked:
        with _told_apart_from_missing_runs(far, as_json):
            values = values_at_points(plan, ledger.tables, measure, scenario, against, month)
            rows = indices(plan, values)
        frames.append(_labelled(rows, values))
        if as_json:
            told.append(_as_json(rows, values))
        elif not quiet:
            click.echo("\n".join(_lines(plan, rows, values)))
    import pandas as pd

    write_frame(pd.concat(frames), ledger.folder / "indices.parquet")
    if as_json:
        click.echo(json.dumps({**far, "sensitivity": told}, indent=2, ensure_ascii=False))
    files = draw(ledger.folder)
    if not quiet and not as_json:
        click.echo("\n".join([f"Results: {ledger.folder}", *(f"Figure: {file}" for file in files)]))
    end_if_unfinished(far)


@contextmanager
def _told_apart_from_missing_runs(far: dict[str, Any], as_json: bool) -> Iterator[None]:
    """Where an experiment lacks runs, say what cannot be told for it and end as every unfinished experiment does."""
    from model.errors import InputError
    from runs.experiment_report import unfinished

    try:
        yield
    except InputError as reason:
        if unfinished(far):
            click.echo(f"gpdrift: {reason}", err=True)
            if as_json:
                click.echo(json.dumps({**far, "sensitivity": []}, indent=2, ensure_ascii=False))
        end_if_unfinished(far)
        raise


def _cases(plan: Plan, scenario: str | None, against: str | None) -> tuple[str, str]:
    """The scenario measured and the one it is taken less of (empty = none)."""
    from model.errors import InputError

    measured = scenario or list(plan.cases)[-1]
    other = against if against is not None else plan.baseline if len(plan.cases) > 1 else "none"
    for option, name in (("--scenario", measured), ("--against", other)):
        if name not in plan.cases and not (option == "--against" and name == "none"):
            raise InputError(f"{option} {name}: expected one of {', '.join(plan.cases)}")
    return measured, "" if other in ("none", measured) else other


def _labelled(rows: pd.DataFrame, values: Values) -> pd.DataFrame:
    """Indices with what they are of."""
    return rows.assign(
        scenario=values.scenario, against=values.against, measure=values.measure, month=values.month, seeds=values.seeds
    )


def _as_json(rows: pd.DataFrame, values: Values) -> dict[str, Any]:
    from runs.experiment_differences import finite_or_none

    about = values._asdict()
    about.pop("values")
    return {**about, "indices": finite_or_none(rows)}


def _lines(plan: Plan, rows: pd.DataFrame, values: Values) -> list[str]:
    """A table of parameters, the one that matters most first."""
    import numpy as np

    from runs.experiment_indices import MEANINGS, ranked
    from runs.experiment_report import aligned, interval, unit_of, unit_of_difference, written

    method, unit = plan.design.sampling.method, unit_of(values.measure)
    shown = _SHOWN[method]
    # Shares of the variance have no unit; effects have the measure's, shown with three figures of the largest.
    kind = "" if method == "sobol" else unit
    digits = 3 if method == "sobol" else _digits(rows.loc[rows["index"].isin(shown), "value"].abs().max(), kind)
    within = f"{100 * plan.design.confidence:g}% interval"
    cells = [["", "low to high", *(part for index in shown for part in _headed(index, within))]]
    for name in ranked(rows, method):
        tried = plan.design.parameters[name]
        line = [name, f"{'x ' if tried.times else ''}{tried.low:g} to {tried.high:g}"]
        for index in shown:
            row = rows[(rows["parameter"] == name) & (rows["index"] == index)].iloc[0]
            line.append(written(row["value"], unit_of_difference(kind), digits))
            if index not in _WITHOUT_INTERVAL:
                line.append(interval(row["low"], row["high"], unit_of_difference(kind), digits))
        cells.append(line)
    less = f" less {values.against}" if values.against else ""
    money = " (GBP m a year)" if unit.startswith("GBP a year") else ""
    here = values.values[np.isfinite(values.values)]
    mean_in = unit_of_difference(unit) if values.against else unit
    return [
        f"{values.measure}{money} of {values.scenario}{less}, {values.month}: {method}, {len(here)} points,"
        f" mean {written(float(here.mean()), mean_in, _digits(abs(here.mean()), unit))}",
        *aligned(cells),
        *(f"{index}: {MEANINGS[index]}" for index in shown),
        "",
    ]


_SHOWN = {"morris": ["mu_star", "mu", "sigma"], "sobol": ["ST", "S1"], "latin-hypercube": ["effect"]}
_WITHOUT_INTERVAL = ("sigma",)


def _headed(index: str, interval: str) -> list[str]:
    return [index] if index in _WITHOUT_INTERVAL else [index, interval]


def _digits(largest: float, unit: str) -> int:
    """Decimals that show a value with three figures."""
    size = float(largest) * {"share": 100.0, "GBP a year": 1e-6}.get(unit, 1.0)
    return min(max(2 - math.floor(math.log10(size)), 0), 8) if size > 0 else 2
