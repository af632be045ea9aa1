"""``gpdrift region``: make a region from published files or from nothing, and describe one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from model.errors import InputError
from runs.progress import say
from runs.results_folder import choose_folder

PRESETS = ("town", "metro", "england")


@click.group()
def region() -> None:
    """Make or describe a region: the areas, practices and register a run is set in."""


@region.command("import")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to make.")
@click.option(
    "--system", "systems", multiple=True, metavar="X", help="Keep this STP or ICS (code or name; repeatable)."
)
@click.option("--authority", "authorities", multiple=True, metavar="X", help="Keep this local authority (repeatable).")
@click.option("--commissioner", "commissioners", multiple=True, metavar="X", help="Keep this CCG (repeatable).")
@click.option("--no-neighbours", is_flag=True, help="Leave out the neighbours that trade patients with what is kept.")
@click.option("--name", metavar="TEXT", help="Name of the region [said by its files].")
@click.option("--date", metavar="YYYY-MM-DD", help="First of the month of the register, where no file says it.")
@click.option(
    "--month",
    metavar="YYYY-04",
    help="From the open data set, England as of an earlier April (2014 to 2018), from list sizes [January 2021].",
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def import_region(
    source: Path,
    out: Path,
    systems: Sequence[str],
    authorities: Sequence[str],
    commissioners: Sequence[str],
    no_neighbours: bool,
    name: str | None,
    date: str | None,
    month: str | None,
    quiet: bool,
) -> None:
    """Build a region from SOURCE, a folder of files as NHS England and ONS publish them, or cut a part of a region."""
    out = choose_folder(out, "")
    if no_neighbours and not (systems or authorities or commissioners):
        raise InputError("--no-neighbours: cuts around a part; name it with --system, --authority or --commissioner")
    if not source.is_dir():
        raise InputError(f"{source}: no such folder; name the one that holds the published files")
    from model.geography.cut import cut_region
    from model.geography.history import import_history, start_of
    from model.geography.open_data import import_open_data, is_open_data
    from model.geography.published import import_published

    if month is not None:
        start_of(month)
        if (source / "region.json").exists() or not is_open_data(source):
            raise InputError(f"--month {month}: {source} is not the open data set that goes back to it; leave it out")
    say(quiet, f"Reading {source} ...")
    part: dict[str, Any] = {
        "systems": systems,
        "authorities": authorities,
        "commissioners": commissioners,
        "neighbours": not no_neighbours,
    }
    if (source / "region.json").exists():
        if not (systems or authorities or commissioners):
            raise InputError(
                f"{source}: is a region already; name the part to cut with --system, --authority or --commissioner"
            )
        if name or date:
            raise InputError(f"{source}: a region has its own name and date; leave out --name and --date")
        cut_region(source, out, **part)
    elif not is_open_data(source):
        import_published(source, out, name=name, date=date, **part)
    elif name or date:
        raise InputError(f"{source}: this data set has its own name and date; leave out --name and --date")
    elif month is not None:
        import_history(source, out, month, **part)
    else:
        import_open_data(source, out, **part)
    _summary(out, quiet)


@region.command()
@click.option("--preset", required=True, type=click.Choice(PRESETS), help="Size of the region.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to make.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 2**63 - 1), help="Another map.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def synthesise(preset: str, out: Path, seed: int, quiet: bool) -> None:
    """Make a believable region from nothing, tuned to England's published figures."""
    out = choose_folder(out, "")
    from model.geography.region_files import write_region
    from model.geography.synthesise import synthesise as make

    say(quiet, f"Making {preset} ...")
    tables, about = make(preset, seed)
    write_region(tables, about, out)
    _summary(out, quiet)


@region.command()
@click.argument("folder", metavar="DIR")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def describe(folder: str, as_json: bool) -> None:
    """Print a region's counts and measures at the start beside England's published ones.

    DIR is a region folder or a preset.
    """
    from model.geography.open_region import open_region
    from runs import describe as description

    described = open_region(folder)
    rows = description.describe_region(described)
    if as_json:
        click.echo(json.dumps(description.as_json(rows), indent=2, ensure_ascii=False))
    else:
        click.echo(description.render(rows, str(described.about.get("name", folder))))


def _summary(out: Path, quiet: bool) -> None:
    """What was made, and what to do with it."""
    if quiet:
        return
    about = json.loads((out / "region.json").read_text("utf-8"))
    rows = about.get("rows", {})
    counts = ", ".join(f"{rows[table]:,} {table}" for table in ("areas", "practices", "registrations") if table in rows)
    click.echo(f"{out}: {about.get('name', 'a region')}: {counts} (rows)")
    if "cut" in about:
        click.echo(_borders(about["cut"]["registrations_left_out"]))
    click.echo(f"Look at it with gpdrift region describe {out}; run it with gpdrift run --region {out}")


def _borders(left_out: dict[str, int]) -> str:
    """What a cut leaves out at its borders."""
    if not left_out:
        return "No register says who trades patients with it, so no neighbours are kept: keep whole cities together"
    away, here = left_out["core_patients_elsewhere"], left_out["core_lists_from_elsewhere"]
    return f"Left out: {away:,} patients of what was asked for, registered elsewhere; {here:,} on its lists, living elsewhere"
