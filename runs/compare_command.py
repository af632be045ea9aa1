"""``gpdrift compare``: several scenarios in one table, each beside what it is compared with."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from runs.progress import months_bar, say
from runs.stopping import stop_if_asked

if TYPE_CHECKING:
    from model.scenario import Scenario

ALIKE = {"region": "--region ", "start": "--set start=", "months": "--months ", "seed": "--seed "}
"""What all scenarios of a comparison have in common, and how it is given for all of them."""


@click.command()
@click.argument("names", nargs=-1, metavar="[SCENARIO]...")
@click.option("--region", metavar="R", help="Region folder, or a preset: town, metro, england.")
@click.option("--months", type=int, metavar="N", help="Length of the runs.")
@click.option("--seed", type=int, metavar="S", help="Key of every random draw.")
@click.option("--against", metavar="NAME", help="Compare all with this scenario [what each names, mostly baseline].")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Change a parameter of all (repeatable).")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a Markdown table.")
def compare(
    names: Sequence[str],
    region: str | None,
    months: int | None,
    seed: int | None,
    against: str | None,
    sets: Sequence[str],
    quiet: bool,
    as_json: bool,
    as_markdown: bool,
) -> None:
    """Run each SCENARIO and print one table of headline measures at the end, with differences.

    All have one region, length, seed and start: those of the command line, else of the files of the scenarios named,
    else of what those are compared with.

    Without names: the baseline and the fifteen what-ifs of the library. Nothing is written; `gpdrift run` keeps results.
    """
    if as_json and as_markdown:
        raise click.UsageError("--json and --markdown: choose one")
    from runs import library
    from runs.compare import Ended, compared, run_in_memory
    from runs.comparison_table import as_json as json_rows
    from runs.comparison_table import render, render_markdown

    given = {"region": region, "months": months, "seed": seed}
    options = {key: value for key, value in given.items() if value is not None}
    loaded, other, notes = chosen(names or (library.BASELINE, *library.QUESTIONS), against, sets, options)

    for note in notes:
        click.echo(f"gpdrift: note: {note}", err=True)

    from model.geography.open_region import open_region
    from model.months import first_month
    from runs.idle_events import tell_idle_events

    ended: dict[str, Ended] = {}
    with months_bar(sum(scenario.months for scenario in loaded.values()), quiet) as bar:
        where = next(iter(loaded.values())).region
        say(quiet, f"Opening {where} ...")
        opened = open_region(where)
        for name, scenario in loaded.items():
            bar.set_description(name)
            tell_idle_events(scenario, first_month(scenario, opened), name)

            def month_done() -> None:
                bar.update()
                stop_if_asked()

            ended[name] = run_in_memory(scenario, opened, month_done)
    rows = compared([loaded[name] for name in other], other, ended)
    if as_json:
        click.echo(json.dumps(json_rows(rows), indent=2, ensure_ascii=False))
    else:
        screen = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
        click.echo(render_markdown(rows) if as_markdown else render(rows, screen))


def chosen(
    names: Sequence[str], against: str | None, sets: Sequence[str], options: Mapping[str, Any]
) -> tuple[dict[str, Scenario], dict[str, str], list[str]]:
    """Every scenario that is run, by name, what each asked for is compared with, in the order asked for, and notes.

    Args:
        names: scenarios asked for, of the library or files.
        against: what all are compared with; None = what each names itself.
        sets: values of ``--set``.
        options: region, months and seed of the command line.

    Raises:
        InputError: no such scenario, two of one name, or they cannot be made alike.
    """
    from model.errors import InputError
    from runs import library

    loaded: dict[str, Scenario] = {}
    said: dict[str, set[str]] = {}

    def load(name: str) -> str:
        scenario = library.load(name, sets, options)
        if loaded.setdefault(scenario.name, scenario) != scenario:
            raise InputError(f"{name}: another scenario compared is also called {scenario.name}; give it another name")
        said.setdefault(scenario.name, set()).update(library.keys_said(name))
        return scenario.name

    asked = list(dict.fromkeys(load(name) for name in names))
    if against is not None:
        common = load(against)
        other = {name: common if name != common else "" for name in asked}
    else:
        other = {name: library.against(loaded[name]) for name in asked}
        other = {name: load(what) if what else "" for name, what in other.items()}
    made, notes = alike(loaded, said, {*asked, *([common] if against is not None else [])})
    return made, other, notes


def alike(
    loaded: Mapping[str, Scenario], said: Mapping[str, set[str]], asked: Collection[str]
) -> tuple[dict[str, Scenario], list[str]]:
    """Scenarios of one region, start, length and seed: those that do not say take them from the first that does.

    What a scenario asked for is compared with, where nobody asked for it, gives way and is told of in notes.

    Args:
        loaded: by name, in the order asked for.
        said: by name, the keys their files set themselves.
        asked: names asked for.

    Raises:
        InputError: two files say different things, and the command line does not decide.
    """
    from msgspec.structs import replace

    from model.errors import InputError

    common: dict[str, Any] = {}
    differing: list[tuple[str, str]] = []
    giving_way: dict[str, list[str]] = {}
    for key in ALIKE:
        values = {name: getattr(scenario, key) for name, scenario in loaded.items() if key in said[name]}
        decide = {name: value for name, value in values.items() if name in asked} or values
        first = next(iter(decide), None)
        if first is None:
            continue
        common[key] = values[first]
        other = next((name for name, value in decide.items() if value != values[first]), None)
        if other is not None:
            differing.append((key, f"{values[first]!r} in {first} and {values[other]!r} in {other}"))
        for name, value in values.items():
            if value != values[first] and name not in asked:
                giving_way.setdefault(name, []).append(f"{key} {values[first]} instead of {value}")
    if differing:
        found = "; ".join(f"{key} {values}" for key, values in differing)
        remedy = " ".join(f"{ALIKE[key]}{common[key]}" for key, _ in differing)
        raise InputError(f"found {found}, expected the same of all scenarios compared; give one, such as {remedy}")
    notes = [f"{name}, which it is compared with, has {', '.join(changed)}" for name, changed in giving_way.items()]
    return {name: replace(scenario, **common) for name, scenario in loaded.items()}, notes
