"""``gpdrift uncertainty``: how much of a result's interval is seeds, parameters, and choice of submodel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd


@click.command()
@click.option(
    "--accepted",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="Accepted vectors, of gpdrift calibrate dynamics.",
)
@click.option("--region", required=True, metavar="R", help="Region folder or preset.")
@click.option("--scenario", default="digital-entry", show_default=True, metavar="NAME", help="Scenario measured.")
@click.option("--against", default="baseline", show_default=True, metavar="NAME", help="What it is compared with.")
@click.option("--months", type=click.IntRange(1, 1200), default=60, show_default=True, metavar="N")
@click.option(
    "--vectors", type=click.IntRange(2, 1000), default=6, show_default=True, help="Vectors taken of the file."
)
@click.option("--seeds", type=click.IntRange(2, 1000), default=4, show_default=True, help="Seeds of each combination.")
@click.option("--workers", type=click.IntRange(1, 1024), metavar="N", help="Runs side by side here [balanced].")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("results/uncertainty"), show_default=True, metavar="DIR",
    help="The runs; give it again to go on with them.",
)  # fmt: skip
@click.option(
    "--validation", type=click.Path(path_type=Path), default=Path("validation"), show_default=True, metavar="DIR",
    help="Where table and figure go.",
)  # fmt: skip
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the split as JSON.")
def uncertainty(
    accepted: Path,
    region: str,
    scenario: str,
    against: str,
    months: int,
    vectors: int,
    seeds: int,
    workers: int | None,
    scheduler: str | None,
    out: Path,
    validation: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Split the variance of headline measures by source: submodels x accepted vectors x seeds, resumed when given again."""
    from analysis.uncertainty.runs import accepted_vectors, design, tables_of
    from analysis.uncertainty.split import FIGURE, TABLE, level_means, split_each
    from analysis.uncertainty.submodels import CHOICES, Setting, linear_choice
    from analysis.validation.folder import check_validation_folder
    from model.geography.open_region import open_region
    from model.geography.travel import load_travel
    from runs.experiment_command import check_workers, end_if_unfinished
    from runs.experiment_differences import finite_or_none
    from runs.experiment_ledger import Ledger, check_folder
    from runs.experiment_plan import make_plan
    from runs.experiment_report import unfinished
    from runs.experiment_work import do_missing
    from runs.library import load
    from runs.progress import say

    check_workers(workers, scheduler)
    check_validation_folder(validation)
    base = load(scenario)
    say(quiet, "Checking ...")
    chosen = accepted_vectors(accepted, vectors)
    opened = open_region(region)
    say(quiet, "Fitting linear distance ...")
    setting = Setting(base, linear_choice(opened, load_travel(opened, None, base.choice.candidates)))
    plan = make_plan(design(chosen, seeds, months, region, setting, against), {region: opened})
    check_folder(out, plan)
    ledger = Ledger(out)
    far = do_missing(plan, ledger, workers, scheduler, quiet)
    if as_json and unfinished(far):
        click.echo(json.dumps({**far, "split": []}, indent=2, ensure_ascii=False))
    end_if_unfinished(far)
    month, tables = tables_of(plan, ledger, vectors, base.name, against)
    rows = split_each(tables)
    told: dict[str, Any] = {
        "scenario": base.name, "against": against, "month": month, "months": months, "model": plan.model,
        "place": str(opened.about.get("name", region)), "vectors": vectors, "seeds": seeds,
        "combinations": len(plan.points) // vectors,
        "choices": {
            choice.name: {"means": choice.means, "levels": [level.name for level in choice.levels]} for choice in CHOICES
        },
        "linear": setting.linear,
        "means": {f"{measure} {of}": level_means(table) for (measure, of), table in tables.items()},
    }  # fmt: skip
    _write(rows, told, validation)
    if as_json:
        click.echo(json.dumps({**told, "split": finite_or_none(rows)}, indent=2))
    elif not quiet:
        from analysis.uncertainty.words import lines

        written = [f"Written: {validation / TABLE}", f"Figure: {validation / FIGURE}"]
        click.echo("\n".join([*lines(rows, told), *written]))


def _write(rows: pd.DataFrame, told: dict[str, Any], validation: Path) -> None:
    """Keep the split, what it is of and its figure in the validation folder."""
    from analysis.uncertainty.figure import draw
    from analysis.uncertainty.split import ABOUT, FIGURE, TABLE
    from model.whole_files import write_whole
    from runs.experiment_tables import write_frame

    validation.mkdir(parents=True, exist_ok=True)
    write_frame(rows, validation / TABLE)
    write_whole(validation / ABOUT, json.dumps(told, indent=2) + "\n")
    draw(rows, told, validation / FIGURE)
