"""A history run beside what was published: python -m analysis.history RESULTS... [--data FOLDER] [--out DIR].

Prints and writes (history.md, history.csv, history.png) four tables: GP at Hand's list by quarter; people registered
with and resident in Hammersmith and Fulham, its host; practices, mean list and inequality of lists; registered over
resident people. Of several results folders the first is the history, the others stand beside it.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.history_figure import page
from analysis.history_tables import Row, Run, read_run, tables
from analysis.page import Page
from analysis.published_history import published
from analysis.results import Ensemble, NothingToShowError
from model.errors import InputError
from model.whole_files import whole_file
from runs import style

END = 2021
"""Year from which on runs are not held against what was published of the years before."""


def markdown(rows: Sequence[Row], runs: Sequence[Run]) -> str:
    """The tables in Markdown."""
    parts = [f"# {runs[0].manifest['region']['name']}: {', '.join(run.name for run in runs)}"]
    for table in dict.fromkeys(row.table for row in rows):
        several = len({row.measure for row in rows if row.table == table}) > 1
        names = [run.name for run in runs]
        head = ["measure"] * several + ["when", *names, "published", "model/published", ""]
        parts += ["", f"## {table}", "", _line(head), _line(["---"] * len(head))]
        for row in (row for row in rows if row.table == table):
            ratio = row.model[0] / row.published if row.form != ".1%" else np.nan
            cells = [row.measure] * several + [row.when, *(_figure(v, row.form) for v in row.model)]
            parts.append(_line([*cells, _figure(row.published, row.form), _figure(ratio, ".2f"), row.note]))
    return "\n".join(parts) + "\n"


def comma_separated(rows: Sequence[Row], runs: Sequence[Run]) -> str:
    """The tables as one CSV, a row for every run and figure."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["table", "measure", "when", "run", "model", "published", "note"])
    for row in rows:
        for run, value in zip(runs, row.model, strict=True):
            numbers = ["" if np.isnan(v) else repr(round(float(v), 6)) for v in (value, row.published)]
            writer.writerow([row.table, row.measure, row.when, run.name, *numbers, row.note])
    return text.getvalue()


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _figure(value: float, form: str) -> str:
    return format(value, form) if np.isfinite(value) else ""


def plot(ensembles: Sequence[Ensemble]) -> Page:
    """The figure of the runs given, the first being the history, beside typed figures of what was published.

    Of several seeds of a scenario the first is drawn, and the figure says so.

    Raises:
        NothingToShowError: a run of an experiment, of another time, or of a region without the provider's host.
    """
    if any(ensemble.runs[0].id for ensemble in ensembles):
        raise NothingToShowError("history: draws results folders of gpdrift run, not an experiment")
    runs = [read_run(ensemble.runs[0].folder) for ensemble in ensembles]
    _refuse_others(runs[0], ensembles[0].label)
    told = published(None)
    made = page(runs, told, _seeds_drawn(ensembles))
    rows = [
        {"table": row.table, "measure": row.measure, "when": row.when, "run": run.name, "model": value, "published": row.published}
        for row in tables(runs, told)
        for run, value in zip(runs, row.model, strict=True)
    ]  # fmt: skip
    made.data["history"] = pd.DataFrame(rows)
    return made


def _refuse_others(first: Run, name: str) -> None:
    """Refuse a run that nothing was published about.

    Raises:
        NothingToShowError: it begins later, or has no people of the provider's host.
    """
    if first.months[0].year >= END or np.isnan(first.host["registered"]).all():
        raise NothingToShowError(
            f"{name}: is no history of England or of London ({first.months[0]:%B %Y}, region"
            f" {first.manifest['region']['name']}), there is nothing published to set it beside"
        )


def _seeds_drawn(ensembles: Sequence[Ensemble]) -> str:
    """Which seed of each scenario is drawn, where any has several."""
    if all(len(ensemble.seeds) == 1 for ensemble in ensembles):
        return ""
    drawn = (f"{ensemble.label} seed {ensemble.seeds[0]} (of {len(ensemble.seeds)})" for ensemble in ensembles)
    return f"Of several seeds one is drawn: {', '.join(drawn)}."


def _check_targets(out: Path, files: Sequence[Path]) -> None:
    """Refuse a folder that cannot hold the files.

    Raises:
        InputError: it is none, or one of the files is a folder.
    """
    if not out.is_dir():
        raise InputError(f"--out {out}: no such folder; make it first")
    for file in files:
        if file.is_dir():
            raise InputError(f"--out {out}: {file} is a folder, and would be a file; remove it or choose another place")


def main(arguments: list[str] | None = None) -> int:
    """Print the tables and say where they are; 2 on bad input."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis.history", description="Set history runs beside what was published."
    )
    parser.add_argument("results", type=Path, nargs="+", help="results folders of gpdrift run, the history first")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="folder of open data [typed figures only]")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder to write to [the first results folder]")
    options = parser.parse_args(arguments)
    out = options.out or options.results[0]
    try:
        files = [out / f"history{kind}" for kind in (".md", ".csv", ".png")]
        _check_targets(out, files)
        told = published(options.data)
        runs = [read_run(results) for results in options.results]
        _refuse_others(runs[0], runs[0].name)
        rows = tables(runs, told)
        text = markdown(rows, runs)
        with style.look(), ExitStack() as together:
            figure = page(runs, told).figure
            for file, content in zip(files[:2], (text, comma_separated(rows, runs)), strict=True):
                together.enter_context(whole_file(file)).write_text(content, encoding="utf-8", newline="\n")
            style.save(figure, files[2])
    except InputError as error:
        print(f"history: {error}", file=sys.stderr)
        return 2
    print(text)
    print("\n".join(map(str, files)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
