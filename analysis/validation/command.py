"""``gpdrift validate``: patterns of the world in runs of the model, and the page of everything that was tested."""

from __future__ import annotations

import json
from pathlib import Path

import click

from runs.progress import say

BROKEN = 1
"""Exit code where a pattern that used to hold no longer does."""
DEFAULT_FOLDER = Path("validation")


@click.command()
@click.option(
    "--region", "regions", multiple=True, metavar="R",
    help="Region folder or preset; give one of each month needed (repeatable) [those of --data, or metro].",
)  # fmt: skip
@click.option("--data", type=click.Path(path_type=Path), metavar="FOLDER", help="Open data to make the regions from.")
@click.option(
    "--quick", is_flag=True, help="A short form in under three minutes: metro, with --data London and Birmingham too."
)
@click.option("--seeds", type=click.IntRange(1, 1000), metavar="N", help="Seeds of each run.")
@click.option("--out", type=click.Path(path_type=Path), default=DEFAULT_FOLDER, show_default=True, metavar="DIR")
@click.option(
    "--page", "page_file", type=click.Path(path_type=Path), metavar="FILE", help="Write the page here and stop."
)
@click.option(
    "--against", type=click.Path(path_type=Path), metavar="REGISTER", help="Compare a forecast with a later register."
)
@click.option("--month", metavar="YYYY-MM", help="With --against: its month, where the file does not say.")
@click.option("--scenario", metavar="NAME", help="With --against: what is run [forecast-2021].")
@click.option(
    "--results", type=click.Path(path_type=Path), multiple=True, metavar="DIR",
    help="With --against: runs that kept the register of its month (repeatable) [runs it].",
)  # fmt: skip
@click.option(
    "--before",
    type=click.Path(path_type=Path),
    metavar="LISTS",
    help="With --against: lists of a year before, for trend.",
)
@click.option("--practice", "practices", multiple=True, metavar="CODE", help="With --against: look at it by authority.")
@click.option("--reconstruct", is_flag=True, help="Tell April 2017 to the register of 2021 again, and compare.")
@click.option("--update-expectations", is_flag=True, help="What holds now is what is expected from now on.")
@click.option(
    "--expectations",
    "expected",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Other expectations [those of the package].",
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def validate(
    regions: tuple[str, ...],
    data: Path | None,
    quick: bool,
    seeds: int | None,
    out: Path,
    page_file: Path | None,
    against: Path | None,
    month: str | None,
    scenario: str | None,
    results: tuple[Path, ...],
    before: Path | None,
    practices: tuple[str, ...],
    reconstruct: bool,
    update_expectations: bool,
    expected: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Measure patterns P1 to P25 in runs of the model; exit 1 if one that used to hold no longer does."""
    if against is not None:
        from analysis.validation.register_command import FORECAST, compare_register

        compare_register(
            against,
            out,
            regions=regions,
            data=data,
            seeds=seeds,
            month=month,
            scenario=scenario or FORECAST,
            results=results,
            before=before,
            practices=practices,
            quiet=quiet,
            as_json=as_json,
        )
        return
    if reconstruct:
        from analysis.validation.register_command import reconstruct_register

        reconstruct_register(out, regions=regions, data=data, seeds=seeds, quiet=quiet, as_json=as_json)
        return
    if page_file is not None:
        from analysis.validation.page import write_page

        write_page(out, page_file)
        if not quiet:
            click.echo(f"Page: {page_file}")
        return
    _patterns(regions, data, quick, seeds, out, update_expectations, expected, quiet, as_json)


def _patterns(
    regions: tuple[str, ...], data: Path | None, quick: bool, seeds: int | None, out: Path, update: bool,
    expected: Path | None, quiet: bool, as_json: bool,
) -> None:  # fmt: skip
    """Run, measure, print, draw; exit 1 where something that used to hold does not."""
    from analysis.validation import expectations, pattern_table
    from analysis.validation.pattern_figure import draw
    from analysis.validation.patterns_run import TABLE, run_patterns
    from runs.experiment_plan import model_version

    found = run_patterns(regions, data, out, seeds, quick=quick, quiet=quiet, say=lambda text: say(quiet, text))
    file = expected or expectations.FILE
    broken, lost = expectations.broken(found.frame, expectations.read(file).get(found.setting))
    files = [out / TABLE, *draw(out)]
    if update:
        expectations.update(found.frame, found.setting, model_version(), found.seeds, file)
    if as_json:
        told = {"setting": found.setting, "seeds": list(found.seeds), "broken": broken, "lost": lost}
        click.echo(json.dumps({**told, "patterns": pattern_table.as_json(found.frame)}, indent=2, ensure_ascii=False))
    elif not quiet:
        click.echo(pattern_table.render(found.frame))
        click.echo(f"\n{pattern_table.summary(found.frame)}\nFiles: {', '.join(map(str, files))}")
    if lost and not quiet:
        click.echo(f"gpdrift: note: held before and not measured now: {', '.join(lost)}", err=True)
    if broken and not update:
        click.echo(
            f"gpdrift: held before and no longer: {', '.join(broken)};"
            " --update-expectations accepts it where it is meant",
            err=True,
        )
        raise SystemExit(BROKEN)
