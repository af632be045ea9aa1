"""``gpdrift experiment``: many runs as one design, on this machine or a cluster, resumed as often as need be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from runs.experiment_ledger import Ledger
    from runs.experiment_plan import Plan

SOME_FAILED = 1
"""Exit code where some runs failed; the others are done and kept."""


@click.group()
def experiment() -> None:
    """Run designs: scenarios x parameters x seeds, and tell differences with intervals."""


def workplace(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say where runs are done and where they go."""
    options = (
        click.option("--workers", type=click.IntRange(1, 1024), metavar="N", help="Runs side by side here [balanced]."),
        click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786."),
        click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder [results/NAME]."),
        click.option("--seeds", type=int, metavar="N", help="So many seeds instead of the design's."),
        click.option("--months", type=int, metavar="N", help="Length of the runs instead of the design's."),
        click.option("--region", metavar="R", help="Region folder or preset instead of the design's."),
        click.option("--quiet", is_flag=True, help="Print nothing but errors."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@experiment.command()
@click.argument("design", metavar="FILE")
@workplace
def run(design: str, **options: Any) -> None:
    """Do what is missing of the design FILE (a TOML file, or a name of gpdrift's own)."""
    _do(design, must_exist=False, **options)


@experiment.command()
@click.argument("design", metavar="FILE|DIR")
@workplace
def resume(design: str, **options: Any) -> None:
    """Go on with an experiment that was begun: its design FILE, or its folder."""
    _do(design, must_exist=True, **options)


@experiment.command()
@click.argument("design", metavar="FILE|DIR")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder [results/NAME].")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(design: str, out: Path | None, as_json: bool) -> None:
    """Tell how far an experiment is, and what failed."""
    from runs.experiment_ledger import Ledger
    from runs.experiment_report import status as how_far
    from runs.experiment_report import status_lines
    from runs.experiment_work import find

    plan, folder = find(design, out)
    told = how_far(plan, Ledger(folder))
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(status_lines(told)))


@experiment.command()
@click.argument("design", metavar="FILE|DIR")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder [results/NAME].")
@click.option("--measure", "measures", multiple=True, metavar="M", help="Measure (repeatable) [the design's].")
@click.option("--month", metavar="YYYY-MM", help="Month [the last].")
@click.option("--against", metavar="NAME", help="Scenario compared with [the design's baseline].")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, all commissioners included.")
def differences(
    design: str, out: Path | None, measures: tuple[str, ...], month: str | None, against: str | None, as_json: bool
) -> None:
    """Print each scenario less the baseline, seed by seed, with intervals."""
    from model.errors import InputError
    from runs.experiment_design import check_measure
    from runs.experiment_ledger import Ledger
    from runs.experiment_work import find

    plan, folder = find(design, out)
    for measure in measures:
        check_measure("--measure", measure)
    if against is not None and against not in plan.cases:
        raise InputError(f"--against {against}: expected one of {', '.join(plan.cases)}")
    tell(plan, Ledger(folder), list(measures), month, against, as_json=as_json)


def check_workers(workers: int | None, scheduler: str | None) -> None:
    """Refuse to be told both how many workers and whose.

    Raises:
        click.UsageError: both were given.
    """
    if workers is not None and scheduler is not None:
        raise click.UsageError("--workers and --scheduler: choose one; a scheduler has workers of its own")


def _do(
    design: str,
    *,
    must_exist: bool,
    workers: int | None,
    scheduler: str | None,
    out: Path | None,
    seeds: int | None,
    months: int | None,
    region: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    from runs.experiment_report import measures_of_design
    from runs.experiment_work import do_missing, prepare

    check_workers(workers, scheduler)
    plan, ledger = prepare(design, out, must_exist=must_exist, quiet=quiet, seeds=seeds, months=months, region=region)
    told = do_missing(plan, ledger, workers, scheduler, quiet)
    if told["done"] and len(plan.cases) > 1:
        tell(plan, ledger, measures_of_design(plan), None, None, as_json=as_json, silent=quiet, far=told)
    elif as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    if not quiet and not as_json:
        click.echo(f"\nResults: {ledger.folder}")
    end_if_unfinished(told)


def end_if_unfinished(told: dict[str, Any]) -> None:
    """End the command with what failed or is missing, where anything is.

    Raises:
        SystemExit: with SOME_FAILED.
    """
    from runs.experiment_report import status_lines, unfinished

    if unfinished(told):
        click.echo("\n".join(status_lines(told)), err=True)
        raise SystemExit(SOME_FAILED)


def tell(
    plan: Plan,
    ledger: Ledger,
    measures: list[str],
    month: str | None,
    against: str | None,
    *,
    as_json: bool = False,
    silent: bool = False,
    far: dict[str, Any] | None = None,
) -> None:
    """Print paired differences of a month; with ``far``, those of every month are written to ``differences.parquet``.

    Args:
        plan: of the experiment.
        ledger: its folder.
        measures: those told; empty = the design's.
        month: YYYY-MM; None = the last.
        against: case compared with; None = the design's baseline.
        as_json: print JSON, all commissioners included.
        silent: print nothing else.
        far: how far the experiment just done is; None = differences are all that was asked for.

    Raises:
        InputError: no such month, or they are asked for and there is nothing to compare with or no pair of runs yet.
    """
    from model.errors import InputError
    from runs.experiment_differences import differences as paired_differences
    from runs.experiment_differences import finite_or_none
    from runs.experiment_report import difference_lines, measures_of_design, names_of
    from runs.experiment_tables import write_frame

    if far is None and len(plan.cases) < 2:
        raise InputError(
            f"{ledger.folder}: its design has one scenario, {plan.baseline}, and nothing to compare it with; add a table"
            f" [[scenarios]] with scenario = {'another one' if plan.baseline == 'baseline' else '"baseline"'} to the"
            " design and run it again"
        )
    rows = paired_differences(plan, ledger.tables, measures or measures_of_design(plan), baseline=against)
    if rows.empty or not rows["seeds"].any():
        if far is None:
            raise InputError(
                f"{ledger.folder}: no pair of runs is there yet; see gpdrift experiment status {ledger.folder}"
            )
        if as_json:
            click.echo(json.dumps({**far, "differences": []}, indent=2, ensure_ascii=False))
        return
    if far is not None:
        write_frame(rows, ledger.folder / "differences.parquet")
    months = sorted({f"{when:%Y-%m}" for when in rows["month"]})
    if month is not None and month not in months:
        raise InputError(f"--month {month}: expected {months[0]} to {months[-1]}")
    some = rows[rows["month"].dt.strftime("%Y-%m") == (month or months[-1])]
    if as_json:
        click.echo(json.dumps({**(far or {}), "differences": finite_or_none(some)}, indent=2, ensure_ascii=False))
    elif not silent:
        click.echo("\n".join(difference_lines(plan, some, names_of(ledger))).lstrip("\n"))
