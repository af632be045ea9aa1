"""What ``gpdrift validate --against`` and ``--reconstruct`` do: find the region, make or read the runs, compare, keep, show."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analysis.validation.register_axes import LOOKUP, Counted
from model.errors import InputError
from model.months import month_of
from runs.progress import say

if TYPE_CHECKING:
    from analysis.validation.register_files import PublishedRegister
    from analysis.validation.register_page import Comparison
    from model.geography.region import Region

FORECAST = "forecast-2021"
SEEDS = 3


def compare_register(
    against: Path,
    out: Path,
    *,
    regions: Sequence[str] = (),
    data: Path | None = None,
    seeds: int | None = None,
    month: str | None = None,
    scenario: str = FORECAST,
    results: Sequence[Path] = (),
    before: Path | None = None,
    practices: Sequence[str] = (),
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Compare a forecast with a register published later; the table joins ``forecast.parquet`` of the folder.

    Args:
        against: a register, list sizes, or a folder that holds one.
        out: the folder of validation.
        regions: the region the forecast starts from (one).
        data: open data, for the region, last year's lists and the lookup of areas.
        seeds: seeds of the forecast.
        month: month of the register where no file says it, as YYYY-MM.
        scenario: what is run.
        results: results folders that keep the register of that month, instead of running.
        before: list sizes or a register of a month before the start, for the trend.
        practices: codes of practices to look at by name.
        quiet: print nothing but errors.
        as_json: print the table as JSON.

    Raises:
        InputError: a file or region is wrong, or the run does not reach the month.
    """
    from analysis.validation.forecast import PERSISTENCE, TREND, judge, named_groups
    from analysis.validation.forecast_page import TABLE, section
    from analysis.validation.register_files import read_register
    from analysis.validation.register_page import Comparison

    later = read_register(against, _month(month))
    name, region = _region(regions, data, out, quiet)
    start = _start(region)
    if later.month <= start:
        raise InputError(
            f"--against {later.name}: is of {later.month:%Y-%m}, expected a month after the start, {start:%Y-%m};"
            " give a later register, or say its month with --month"
        )
    groups = named_groups(region, practices) if practices else None
    earlier = _earlier(before, data, region)
    told, counted = _runs(name, region, later, results, scenario, seeds or SEEDS, quiet)
    beside = against if against.is_dir() else against.parent
    lookup = next((folder / LOOKUP for folder in (data, beside) if folder and (folder / LOOKUP).is_file()), None)
    rows = judge(region, later, counted, earlier=earlier, groups=groups, lookup=lookup)
    about = {"month": later.month, "against": later.name, "start": start, "scenario": told, "seeds": len(counted)}
    made = Comparison(rows, (PERSISTENCE, TREND), about)
    _show(made, out / TABLE, section, quiet=quiet, as_json=as_json)


def reconstruct_register(
    out: Path,
    *,
    regions: Sequence[str] = (),
    data: Path | None = None,
    seeds: int | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Tell April 2017 to the register's month again and compare; the table is ``reconstruction.parquet``.

    Raises:
        InputError: there are not the two regions it needs, or they do not fit together.
    """
    from analysis.validation.places import places_given, places_made
    from analysis.validation.reconstruction import REFERENCES, SCENARIO, reconstruct
    from analysis.validation.reconstruction_page import TABLE, section
    from analysis.validation.register_page import Comparison
    from analysis.validation.situations import OF_2017, TODAY

    if regions:
        found = {place.role: place for place in places_given(regions)}
    elif data is not None:
        found = {place.role: place for place in places_made(data, out, (OF_2017, TODAY), False, _say(quiet))}
    else:
        found = {}
    if not {OF_2017, TODAY} <= set(found):
        raise InputError(
            "--reconstruct: needs England of April 2017 and of the register; give both with --region, or --data FOLDER"
        )
    before, after = found[OF_2017].region, found[TODAY].region
    chosen = tuple(range(1, (seeds or 1) + 1))
    rows = reconstruct(before, after, seeds=chosen, quiet=quiet)
    about = {"start": _start(before), "month": _start(after), "scenario": SCENARIO, "seeds": len(chosen)}
    _show(Comparison(rows, REFERENCES, about), out / TABLE, section, quiet=quiet, as_json=as_json)


def _runs(
    name: str,
    region: Region,
    later: PublishedRegister,
    results: Sequence[Path],
    scenario: str,
    seeds: int,
    quiet: bool,
) -> tuple[str, list[Counted]]:
    """The scenario's name and the register of each seed in the month of the published one."""
    from analysis.results import read_run
    from analysis.validation.register_runs import from_results, run_until
    from model.months import first_month
    from runs.library import load

    if results:
        runs = [read_run(folder) for folder in results]
        if len({run.name for run in runs}) > 1:
            raise InputError(
                f"--results: found scenarios {', '.join(sorted({run.name for run in runs}))}, expected one"
            )
        return runs[0].name, [from_results(run, region, later.month) for run in runs]
    told = load(scenario, (), {"region": name})
    if first_month(told, region) != _start(region):
        raise InputError(
            f"--scenario {told.name}: starts in {told.start}, expected the month of the region's register,"
            f" {_start(region):%Y-%m}; give a scenario that starts then, such as baseline"
        )
    counted = []
    for seed in range(1, seeds + 1):
        one = load(scenario, (), {"region": name, "seed": seed})
        counted.append(run_until(one, region, later.month, quiet=quiet))
    return told.name, counted


def _earlier(before: Path | None, data: Path | None, region: Region) -> PublishedRegister | None:
    """The lists of a month before the start: those given, or those of April 2020 in the open data."""
    from analysis.validation.register_files import read_register
    from model.geography.open_data_files import LIST_AGES

    if before is not None:
        return read_register(before, option="--before")
    if data is not None and (data / LIST_AGES).is_file():
        found = read_register(data / LIST_AGES)
        return found if found.month < _start(region) else None
    return None


def _region(regions: Sequence[str], data: Path | None, out: Path, quiet: bool) -> tuple[str, Region]:
    from analysis.validation.places import places_made
    from analysis.validation.situations import TODAY
    from model.geography.open_region import open_region

    if len(regions) > 1:
        raise InputError(f"--region: found {len(regions)}, expected the one the forecast starts from; give one")
    if regions:
        say(quiet, f"Opening {regions[0]} ...")
        return regions[0], open_region(regions[0])
    if data is not None:
        place = places_made(data, out, (TODAY,), False, _say(quiet))[0]
        return place.name, place.region
    raise InputError("--against: needs the region the forecast starts from; give --region FOLDER, or --data FOLDER")


def _say(quiet: bool) -> Callable[[str], None]:
    return lambda text: say(quiet, text)


def _start(region: Region) -> datetime.date:
    return month_of(str(region.about["date"]))


def _month(text: str | None) -> datetime.date | None:
    if not text:
        return None
    try:
        return month_of(text)
    except ValueError:
        raise InputError(f"--month: found {text!r}, expected a month such as 2022-01") from None


def _show(made: Comparison, file: Path, section: Callable[[Path], str], *, quiet: bool, as_json: bool) -> None:
    made.keep(file)
    if as_json:
        click.echo(json.dumps(made.as_plain(), indent=2, ensure_ascii=False))
    elif not quiet:
        click.echo(made.alone(section))
        click.echo(f"\nTable: {file}")
