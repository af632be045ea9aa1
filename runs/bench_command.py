"""``gpdrift bench``: what the model costs, measured side by side in one run, each size in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

PARTS = ("agents", "floor", "first-use")


@click.command()
@click.option("--region", metavar="R", help="All England: a region folder or preset [left out].")
@click.option(
    "--size", "sizes", type=click.IntRange(20_000, 60_000_000), multiple=True, metavar="PEOPLE",
    help="Synthetic region of so many residents (repeatable) [100000, 1000000, 10000000].",
)  # fmt: skip
@click.option("--months", type=click.IntRange(1, 1200), default=120, show_default=True, metavar="N")
@click.option(
    "--agents-months", type=click.IntRange(1, 1200), default=12, show_default=True, metavar="N",
    help="Months of the engine with a Mesa agent for each patient, on the smallest size.",
)  # fmt: skip
@click.option("--scenario", metavar="S", help="Scenario by name or file [everything on].")
@click.option("--threads", type=click.IntRange(1, 1024), metavar="N", help="Threads [one a core].")
@click.option(
    "--without", type=click.Choice(PARTS), multiple=True, help="Leave a part out, for a quick look (repeatable)."
)
@click.option(
    "--json", "json_out", is_flag=False, flag_value="-", metavar="[FILE]",
    help="Write every figure as JSON, to FILE or, without one, instead of the text.",
)  # fmt: skip
@click.option("--quiet", is_flag=True, help="Show no progress.")
def bench(
    region: str | None,
    sizes: Sequence[int],
    months: int,
    agents_months: int,
    scenario: str | None,
    threads: int | None,
    without: Sequence[str],
    json_out: str | None,
    quiet: bool,
) -> None:
    """Measure speed, memory and loading at several sizes, beside a Mesa agent each and a bare pass over the columns.

    It is a benchmark, not a test: run it on a machine that does nothing else. The whole of it takes some minutes.
    """
    from runs.bench_report import compared, rendered
    from runs.bench_runs import Bench

    target = None if json_out in (None, "-") else Path(str(json_out))
    _refuse_taken(target)
    asked = Bench(
        region=region or "",
        sizes=tuple(sorted(set(sizes))) or (100_000, 1_000_000, 10_000_000),
        months=months,
        agents_months=min(agents_months, months),
        scenario=scenario or "",
        threads=threads,
        without=tuple(without),
        quiet=quiet,
    )
    found: dict[str, Any] = compared(asked.measure())
    text = json.dumps(found, indent=2, ensure_ascii=False)
    if json_out == "-":
        click.echo(text)
    else:
        click.echo(rendered(found))
    if target is not None:
        from model.whole_files import write_whole

        write_whole(target, text + "\n")
    if not found["engines_agree"] and found["agents"] is not None:
        raise click.ClickException("the two engines differ: a fault in the model, please report it")


def _refuse_taken(target: Path | None) -> None:
    """Refuse, before minutes of work, a file that cannot be written.

    Raises:
        InputError: it is there already, or its folder is not.
    """
    from model.errors import InputError

    if target is None:
        return
    if target.exists():
        raise InputError(f"--json {target}: exists; choose another name or remove it")
    if not target.absolute().parent.is_dir():
        raise InputError(f"--json {target}: no folder {target.parent}; make it first")
