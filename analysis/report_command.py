"""``gpdrift report``: one HTML file on results, for people who were not there when they were made."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("results", nargs=-1, type=click.Path(path_type=Path))
@click.option("--against", multiple=True, type=click.Path(path_type=Path), metavar="BASELINE",
              help="Results to compare with (repeatable: one for each seed).")  # fmt: skip
@click.option("--scenario", "scenarios", multiple=True, metavar="NAME", help="Report on this one of them (repeatable).")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="HTML file [RESULTS/report.html].")
def report(results: tuple[Path, ...], against: tuple[Path, ...], scenarios: tuple[str, ...], out: Path | None) -> None:
    """Write one self-contained HTML file on RESULTS: folders of `gpdrift run`, or of `gpdrift experiment run`.

    Runs of one scenario with several seeds become intervals. It prints well to PDF.
    """
    from analysis.report import write

    click.echo(write(results, against, out, scenarios))
