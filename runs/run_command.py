"""``gpdrift run``: one scenario from start to end, with progress, a results folder and a short table."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from model.errors import EventError, InputError
from runs.progress import months_bar, say
from runs.results_folder import results_folder
from runs.resuming import begin_checkpoints, checkpointed, how_to_go_on, open_checkpoints
from runs.stopping import stop_if_asked, told_apart

if TYPE_CHECKING:
    from model.checkpoints.store import Store
    from model.geography.region import Region
    from model.model import RegistrationModel
    from model.scenario import Scenario

MISSING = 0.05
"""Share of the residents from which a run says that they are not those of the region."""


@click.command()
@click.argument("scenario", default="default")
@click.option("--region", metavar="R", help="Region folder, or a preset: town, metro, england.")
@click.option("--months", type=int, metavar="N", help="Length of the run.")
@click.option("--seed", type=int, metavar="S", help="Key of every random draw.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Results folder [results/SCENARIO-001, ...]."
)
@click.option("--engine", type=click.Choice(["columns", "agents"]), default="columns", show_default=True)
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Change a parameter (repeatable).")
@click.option(
    "--register", default="", metavar="MONTHS", help="Also keep who is registered where: 2021-06,2021-07 or end."
)
@click.option(
    "--checkpoint-every",
    "every",
    type=click.IntRange(min=1),
    metavar="N",
    help="Keep the state every N months, so that the run can be resumed.",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Go on with a run that was stopped or killed, as it was begun.",
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
@click.pass_context
def run(
    context: click.Context,
    scenario: str,
    region: str | None,
    months: int | None,
    seed: int | None,
    out: Path | None,
    engine: str,
    sets: Sequence[str],
    register: str,
    every: int | None,
    resume: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Run SCENARIO (a name from `gpdrift scenarios`, or a TOML file; default: default)."""
    started = time.perf_counter()
    store: Store | None = None
    with ExitStack() as held:
        if resume is not None:
            _refuse_beside_resume(context)
            store = open_checkpoints(resume)
            loaded, folder = store.run.scenario, checkpointed(store)
            engine, register = store.run.engine, store.run.register
        else:
            from runs.library import load

            options = {"region": region, "months": months, "seed": seed}
            loaded = load(scenario, sets, {key: value for key, value in options.items() if value is not None})
            folder = held.enter_context(results_folder(out, loaded.name))
            if every is not None:
                store = begin_checkpoints(loaded, folder, engine=engine, register=register, every=every)
        if engine == "columns":
            _compile(quiet)
        try:
            with told_apart():
                names = simulate(loaded, folder, engine=engine, register=register, quiet=quiet, store=store)
        except EventError as mistake:
            file = f"{Path(scenario).name}: " if resume is None and Path(scenario).is_file() else ""
            raise InputError(f"{file}{mistake}") from None
        except (KeyboardInterrupt, SystemExit):
            if store is not None:
                click.echo(how_to_go_on(store), err=True)
            raise
    report = _report(folder, time.perf_counter() - started)
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    elif not quiet:
        from runs.summary import render

        click.echo(render(report, names))
        memory = f", {report['peak_memory_bytes'] / 1e9:.2f} GB at most" if report["peak_memory_bytes"] else ""
        click.echo(f"\nResults: {folder} ({report['wall_seconds']:.1f} s{memory})")


def _compile(quiet: bool) -> None:
    """Compile the functions of the columns, where this computer has not kept them."""
    from model.patients.ahead import compile_ahead

    compile_ahead(lambda: say(quiet, "compiling for this computer, which is done once ..."), stop_if_asked)


def _refuse_beside_resume(context: click.Context) -> None:
    """Refuse what would make a resumed run another one than was begun."""
    for parameter in context.command.params:
        name = str(parameter.name)
        if name in ("resume", "quiet", "as_json") or context.get_parameter_source(name) == ParameterSource.DEFAULT:
            continue
        given = parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.make_metavar(context)
        raise click.UsageError(f"--resume goes on with the options the run was begun with; leave out {given}", context)


def simulate(
    scenario: Scenario,
    folder: Path,
    *,
    engine: str = "columns",
    register: str = "",
    quiet: bool = False,
    store: Store | None = None,
) -> dict[str, str]:
    """Run a scenario into a results folder, which appears when the run is complete.

    Args:
        scenario: what is run.
        folder: absent or empty.
        engine: columns or agents.
        register: months whose practice x area register is kept (:func:`runs.register_months.register_months`).
        quiet: show nothing.
        store: its checkpoints; the run goes on where the last of them was written. Gone when the results are there.

    Returns:
        Names of the region's places and bodies by code.

    Raises:
        InputError: the region is wrong, or a month of the register is none of the run.
    """
    from model.recorder import record_run
    from runs.idle_events import tell_idle_events
    from runs.register_months import from_another_month

    done = 0 if store is None else store.months
    try:
        region, model, kept = _make_model(scenario, engine, register, quiet, store)
    except InputError:
        if store is not None and not done:
            store.remove()  # what cannot begin cannot be gone on with
        raise
    stop_if_asked()
    if not done:
        if other := from_another_month(model.month, region.about):
            click.echo(f"gpdrift: note: the run {other}", err=True)
        tell_idle_events(scenario, model.month)
        _tell_of_missing_residents(model)
    restore = partial(store.restore, model) if store is not None and done else None
    with record_run(model, folder, kept, resume=restore) as recording, months_bar(scenario.months, quiet) as bar:
        bar.update(done)
        for month in range(done + 1, scenario.months + 1):
            bar.set_description(f"{model.month:%b %Y}", refresh=False)
            model.step()
            recording.month()
            stop_if_asked()
            if store is not None and store.due(month):
                store.write(model, recording)
            bar.update()
    if store is not None:
        store.remove()
    return region.names


def _make_model(
    scenario: Scenario, engine: str, register: str, quiet: bool, store: Store | None
) -> tuple[Region, RegistrationModel, Sequence[datetime.date]]:
    """The region, the model at its first month and the months whose register is kept; arguments as of :func:`simulate`."""
    from model.geography.open_region import open_region
    from model.model import RegistrationModel
    from model.months import first_month
    from runs.register_months import register_months

    say(quiet, f"Opening {scenario.region} ...")
    region = open_region(scenario.region if store is None else store.run.region)
    if store is not None and store.months:
        store.check(region.digest)
    kept = register_months(register, first_month(scenario, region), scenario.months)
    say(quiet, "Making patients ...")
    return region, RegistrationModel(scenario, region=region, engine=engine), kept


def _tell_of_missing_residents(model: RegistrationModel) -> None:
    """Say on standard error that many fewer, or more, people begin the run than the region has residents."""
    living, known = int(model.counts.residents.sum()), int(model.region.residents.sum())
    if abs(living - known) > MISSING * known:
        click.echo(
            f"gpdrift: note: the run starts with {living:,} residents where the region has {known:,}: people are made"
            " from lists and registrations, which do not fit the residents of its areas",
            err=True,
        )


def _report(folder: Path, seconds: float) -> dict[str, Any]:
    from model.manifest import peak_memory
    from runs.summary import summarise

    return {
        "results": str(folder),
        "wall_seconds": round(seconds, 2),
        "peak_memory_bytes": peak_memory(),
        **summarise(folder),
    }
