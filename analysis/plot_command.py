"""``gpdrift plot``: one figure of one or several results folders."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("name", required=False)
@click.argument("results", nargs=-1, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="PNG, SVG or PDF [RESULTS/NAME.png].")
@click.option("--data", type=click.Path(path_type=Path), metavar="CSV", help="Write what is drawn here too.")
@click.option("--scenario", "scenarios", multiple=True, metavar="NAME", help="Draw this one of them (repeatable).")
@click.option("--list", "list_them", is_flag=True, help="List the figures.")
def plot(
    name: str | None,
    results: tuple[Path, ...],
    out: Path | None,
    data: Path | None,
    scenarios: tuple[str, ...],
    list_them: bool,
) -> None:
    """Draw the figure NAME of RESULTS: folders of `gpdrift run`, or of `gpdrift experiment run`.

    Runs of one scenario with several seeds become a line and its range.
    """
    from analysis.pictures import PLOTS, draw

    if list_them:
        width = max(map(len, PLOTS)) + 2
        click.echo("\n".join(f"{each.name:<{width}}{each.question}" for each in PLOTS.values()))
        return
    if name is None:
        raise click.UsageError("which figure? gpdrift plot --list names them")
    click.echo(draw(name, results, out, data, scenarios))
