"""A history run beside what was published: python -m analysis.history RESULTS... [--data FOLDER] [--out DIR].

Prints and writes (history.md, history.csv, history.png) four tables: GP at Hand's list by quarter; people registered
with and resident in Hammersmith and Fulham, its host; practices, mean list and inequality of lists; registered over
resident people. Of several results folders the first is the history, the others stand beside it.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.history_tables import Row, Run, read_run, tables
from analysis.published_history import Published, list_time, published
from model.errors import InputError
from runs import style

LONGEST_NAME = 40
"""Characters of a region's name that fit the figure's title; a region cut from many places has a longer one."""


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


def figure(runs: Sequence[Run], told: Published) -> Figure:
    """Four panels, the runs as lines and what was published as points, to be saved within ``style.look()``."""
    made = Figure(figsize=(style.WIDTH, 8.6))
    grid = made.add_gridspec(2, 2, left=0.075, right=0.86, top=0.845, bottom=0.115, hspace=0.42, wspace=0.62)
    first = runs[0]
    england = any(run.is_england for run in runs)
    axes = [made.add_subplot(grid[row, column]) for row in (0, 1) for column in (0, 1)]
    dots = {d: f.value for d, f in told.digital.items() if first.months[0] <= d <= first.months[-1]}
    _panel(axes[0], "GP at Hand's list", "thousand patients", [(run, run.digital / 1e3, "") for run in runs],
           {d: v / 1e3 for d, v in dots.items()})  # fmt: skip
    host = [(run, run.host["registered"] / 1e3, "registered") for run in runs]
    host += [(first, first.host["residents"] / 1e3, "resident")]
    of_host = {_day(list_time(y)): f.value / 1e3 for y, f in told.host_registered.items()}
    _panel(axes[1], "Hammersmith and Fulham: registered and resident", "thousand people", host, of_host)
    _dots(axes[1], {_day(y + 0.5): f.value / 1e3 for y, f in told.host_resident.items()}, first)
    practices = {datetime.date(y + 1, 5, 1): v[0] for y, v in told.practices.items()} if england else {}
    _panel(
        axes[2], "Practices", "number", [(run, run.headline["practices"], "") for run in runs], practices, zero=False
    )
    over = [(run, 100 * (run.headline["registered"] / run.headline["residents"] - 1), "") for run in runs]
    known = {_day(list_time(y)): 100 * v for y, v in told.computed_excess.items()} if england else {}
    if england and not known:
        known = {datetime.date(y, 7, 1): 100 * f.value for y, f in told.excess.items()}
    _panel(axes[3], "Registered over resident people", "per cent more", over, known)
    region = first.manifest["region"]
    margin = 0.2 / style.WIDTH
    name = region["name"] if len(region["name"]) <= LONGEST_NAME else f"A part of England, {first.months[0]:%B %Y}"
    title = f"{name} and after: what the model tells, and what was published"
    made.text(margin, 0.975, title, fontsize=15, fontweight="bold", va="top")
    made.text(margin, 0.935, "Lines: the model. Points: published.", fontsize=10.5, color=style.GREY, va="top")
    version = first.manifest["versions"].get("gpdrift") or ""
    source = (
        f"Simulated by gpdrift {version}, scenario {first.name}, seed {first.manifest['seed']}. Published: NHS Payments to "
        "General Practice, ONS mid-year estimates, NHS Digital lists and GPonline. "
        f"{region.get('licence') or 'Contains public sector information licensed under the Open Government Licence v3.0.'}"
    )
    made.text(margin, 0.012, style.wrapped(source, style.WIDTH - 0.4, 7.5), fontsize=7.5, color=style.GREY, va="bottom")
    return made


def _panel(
    axes: Axes,
    title: str,
    unit: str,
    lines: Sequence[tuple[Run, np.ndarray, str]],
    dots: dict[datetime.date, float],
    *,
    zero: bool = True,
) -> None:
    """Lines of runs, the first in full colour, and points of what was published."""
    first = lines[0][0]
    colours = [style.BLUE, style.ORANGE, style.GREEN, style.PURPLE]
    runs = list(dict.fromkeys(run.name for run, _, _ in lines))
    ends = []
    for run, series, word in lines:
        colour = style.VERMILLION if word == "resident" else colours[runs.index(run.name) % len(colours)]
        # Runs beside the history are dashed, so that it shows through where they agree.
        dashes = "-" if run is first else (0, (3, 2))
        axes.plot(run.months, series, linestyle=dashes, color=colour, linewidth=2, gid=f"{run.name} {word}".strip())  # type: ignore[arg-type]
        label = word if run is first and word else run.name
        ends.append((float(series[-1]), style.wrapped(label, 1.35, 9), colour))
    shown = _dots(axes, dots, first)
    style.months_along(axes, first.months)
    values = np.concatenate([*(series for _, series, _ in lines), np.array(shown)])
    values = values[np.isfinite(values)]
    if len(values):
        low, high = (0.0, values.max()) if zero else (values.min(), values.max())
        axes.set_ylim(low - (0.0 if zero else 0.1 * (high - low or 1)), high + 0.1 * (high - low or 1))
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.set_title(title, pad=20)
    axes.annotate(
        unit, (0, 1), (0, 6), xycoords="axes fraction", textcoords="offset points", fontsize=8.5, color=style.GREY
    )
    style.label_ends(axes, ends, 24 if len(runs) > 1 else 12)


def _dots(axes: Axes, dots: dict[datetime.date, float], run: Run) -> list[float]:
    """Points within the run's months; their values."""
    inside = {d: v for d, v in dots.items() if run.months[0] <= d <= run.months[-1] and np.isfinite(v)}
    axes.plot(list(inside), list(inside.values()), "o", color=style.BLACK, markersize=4, gid="published", zorder=3)  # type: ignore[arg-type]
    return list(inside.values())


def _day(time: float) -> datetime.date:
    """First of the month of a time in years."""
    return datetime.date(int(time), round(time % 1 * 12) + 1, 1)


def write(folder: Path, name: str, text: str) -> Path:
    """Write a text file that appears when it is complete."""
    file = folder / name
    written = folder / f".{name}.{os.getpid()}"
    written.write_text(text, encoding="utf-8")
    written.replace(file)
    return file


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
        if not out.is_dir():
            raise InputError(f"--out {out}: no such folder; make it first")
        told = published(options.data)
        runs = [read_run(results) for results in options.results]
        rows = tables(runs, told)
        text = markdown(rows, runs)
        files = [write(out, "history.md", text), write(out, "history.csv", comma_separated(rows, runs))]
        with style.look():
            style.save(figure(runs, told), out / "history.png")
    except InputError as error:
        print(f"history: {error}", file=sys.stderr)
        return 2
    print(text)
    print("\n".join(str(file) for file in (*files, out / "history.png")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
