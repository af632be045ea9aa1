"""``gpdrift calibrate``: estimates the parameters of the model from published data; one command for each part of it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from analysis.calibration.command import dynamics
from runs.progress import say


@click.group()
def calibrate() -> None:
    """Estimate parameters from published data."""


calibrate.add_command(dynamics)


@calibrate.command()
@click.option("--region", required=True, metavar="R", help="Region folder with a register, or a preset.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("validation"), metavar="DIR", show_default=True,
              help="Folder that keeps choice.parquet.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the fit as JSON.")
def choice(region: str, out: Path, quiet: bool, as_json: bool) -> None:
    """Fit the choice of practice to a register by maximum likelihood.

    Standard errors, fit by urban and rural homes and by system, and the fit of each half of the systems on the other.
    """
    from analysis.choice_table import as_json as plain
    from analysis.choice_table import fitted_table, keep, text
    from analysis.observed_choices import observe
    from model.geography.open_region import open_region
    from model.geography.travel import load_travel

    say(quiet, f"Opening {region} ...")
    opened = open_region(region)
    observed = observe(opened, load_travel(opened))
    say(quiet, "Fitting all systems, then each half ...")
    table = fitted_table(observed)
    file = keep(table, out)
    if as_json:
        click.echo(json.dumps(plain(table), indent=2, ensure_ascii=False))
    elif not quiet:
        click.echo(text(table))
        click.echo(f"\nResults: {file}")
