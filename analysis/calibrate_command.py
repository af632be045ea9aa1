"""``gpdrift calibrate``: estimates the parameters of the model from published data; one command for each part of it."""

from __future__ import annotations

import json

import click

from analysis.calibration.command import dynamics


@click.group()
def calibrate() -> None:
    """Estimate parameters from published data."""


calibrate.add_command(dynamics)


@calibrate.command()
@click.option("--region", required=True, metavar="R", help="Region folder with a register, or a preset.")
@click.option("--json", "as_json", is_flag=True, help="Print the fit as JSON.")
def choice(region: str, as_json: bool) -> None:
    """Fit the choice of practice to a register by maximum likelihood."""
    from analysis.fit_choice import cross_fit, fit, report, table
    from analysis.observed_choices import observe
    from model.geography.open_region import open_region
    from model.geography.travel import load_travel

    opened = open_region(region)
    observed = observe(opened, load_travel(opened))
    result = fit(opened, observed.travel, observed)
    crossed = cross_fit(observed)
    click.echo(json.dumps(report(result, crossed), indent=2) if as_json else table(result, crossed))
