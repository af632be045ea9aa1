"""``gpdrift run``: one scenario from start to end, with progress, a results folder and a short table."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runs.progress import months_bar, say
from runs.results_folder import choose_folder
from runs.stopping import stop_if_asked

if TYPE_CHECKING:
    from model.model import RegistrationModel
    from model.scenario import Scenario


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
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def run(
    scenario: str,
    region: str | None,
    months: int | None,
    seed: int | None,
    out: Path | None,
    engine: str,
    sets: Sequence[str],
    register: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Run SCENARIO (a name from `gpdrift scenarios`, or a TOML file; default: default)."""
    started = time.perf_counter()
    from runs.library import load

    options = {"region": region, "months": months, "seed": seed}
    loaded = load(scenario, sets, {key: value for key, value in options.items() if value is not None})
    folder = choose_folder(out, loaded.name)
    names = simulate(loaded, folder, engine=engine, register=register, quiet=quiet)
    report = _report(folder, time.perf_counter() - started)
    if as_json:
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    elif not quiet:
        from runs.summary import render

        click.echo(render(report, names))
        memory = f", {report['peak_memory_bytes'] / 1e9:.2f} GB at most" if report["peak_memory_bytes"] else ""
        click.echo(f"\nResults: {folder} ({report['wall_seconds']:.1f} s{memory})")


def simulate(
    scenario: Scenario, folder: Path, *, engine: str = "columns", register: str = "", quiet: bool = False
) -> dict[str, str]:
    """Run a scenario into a results folder, which appears when the run is complete.

    Args:
        scenario: what is run.
        folder: absent or empty.
        engine: columns or agents.
        register: months whose practice x area register is kept (:func:`runs.register_months.register_months`).
        quiet: show nothing.

    Returns:
        Names of the region's places and bodies by code.

    Raises:
        InputError: the region is wrong, or a month of the register is none of the run.
    """
    from model.geography.open_region import open_region
    from model.model import RegistrationModel, first_month
    from model.recorder import record_run
    from runs.register_months import register_months

    say(quiet, f"Opening {scenario.region} ...")
    region = open_region(scenario.region)
    kept = register_months(register, first_month(scenario, region), scenario.months)
    say(quiet, "Making patients ...")
    model = RegistrationModel(scenario, region=region, engine=engine)
    stop_if_asked()
    _warn_of_another_month(model, str(region.about.get("date", "")))
    _warn_of_idle_events(model, scenario)
    with record_run(model, folder, kept) as recording, months_bar(scenario.months, quiet) as bar:
        for _ in range(scenario.months):
            bar.set_description(f"{model.month:%b %Y}", refresh=False)
            model.step()
            recording.month()
            stop_if_asked()
            bar.update()
    return region.names


def _warn_of_another_month(model: RegistrationModel, register: str) -> None:
    """Say on standard error that the run starts in another month than the register describes."""
    if register and f"{model.month:%Y-%m}" != register[:7]:
        click.echo(
            f"gpdrift: note: the run starts in {model.month:%B %Y} with people and lists as of {register[:7]},"
            " the month of the region's register",
            err=True,
        )


def _warn_of_idle_events(model: RegistrationModel, scenario: Scenario) -> None:
    """Say on standard error which events fall outside the run: a policy that never acts should not pass unseen."""
    first = model.month
    elapsed = first.year * 12 + first.month - 1 + scenario.months
    for event in scenario.timeline:
        due = event.month.year * 12 + event.month.month - 1
        if not first.year * 12 + first.month - 1 <= due < elapsed:
            kind = type(event).__struct_config__.tag
            click.echo(
                f"gpdrift: note: {kind} in {event.month:%B %Y} falls outside the run"
                f" ({scenario.months} months from {first:%B %Y}) and does nothing",
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
