"""Every figure there is by name, and how one is made from results folders: gpdrift plot, python -m analysis.NAME."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from analysis.page import Page
from analysis.results import Ensemble, read
from model.errors import InputError
from model.whole_files import whole_file
from runs import style


class Plot(NamedTuple):
    """One figure: its name, the module that draws it, and the question it answers."""

    name: str
    module: str
    question: str


PLOTS: dict[str, Plot] = {
    name: Plot(name, f"analysis.{module}", question)
    for name, module, question in (
        ("registered-resident", "registered_resident", "What do registered people exceed residents by, and of what is that made? (one run)"),
        ("divergence", "divergence", "How do registered and resident people come apart, commissioner by commissioner?"),
        ("map", "divergence_map", "Where do they differ: before, after, and by how much? (one scenario, or two to compare)"),
        ("flows", "flow_matrix", "Who lives with one commissioner and is registered with another?"),
        ("causes", "causes", "Which events made the lists grow or shrink?"),
        ("practices", "practice_sizes", "How large do practices get, and which of them end?"),
        ("digital", "digital_growth", "How does a digital provider grow, how old are its patients, where do they live?"),
        ("money", "money_mismatch", "Where is the money that is not where the need is, by commissioner and place?"),
        ("left-behind", "left_behind", "Who is left behind, by deprivation of the neighbourhood?"),
        ("boundaries", "boundaries", "Does misalignment fall, or only its measure, when commissioners merge?"),
        ("concentration", "concentration", "How far do lists come together in few hands?"),
        ("history", "history", "What did 2017 to 2021 bring, beside what was published? (a run of history-2017-2021, others beside it)"),
        ("scenarios", "scenario_comparison", "What difference do scenarios make, and how sure is it? (two or more scenarios)"),
    )
}  # fmt: skip
"""In the order of a report."""


def make(name: str, ensembles: Sequence[Ensemble]) -> Page:
    """A figure of results, to be saved within ``style.look()``.

    Raises:
        InputError: no such figure, the results lack what it needs, or are of more or fewer scenarios than it shows.
    """
    if name not in PLOTS:
        raise InputError(f"no figure is called {name!r}; gpdrift plot --list names them: {', '.join(PLOTS)}")
    with style.look():
        return importlib.import_module(PLOTS[name].module).plot(list(ensembles))


def draw(
    name: str,
    folders: Iterable[str | Path],
    out: Path | None = None,
    data: Path | None = None,
    scenarios: Sequence[str] = (),
) -> Path:
    """Draw a figure into a PNG, SVG or PDF and say where it is.

    Args:
        name: of the figure.
        folders: results folders, experiments, or folders that hold such.
        out: file to write [NAME.png in the first folder].
        data: CSV to write what is drawn to; where a figure draws several frames, their names are added to the file's.
        scenarios: those to draw, by name; empty = all that the folders hold.

    Raises:
        InputError: see :func:`make`, or a file cannot be written.
    """
    given = [Path(folder) for folder in folders]
    if not given:
        raise InputError(f"plot {name}: no results folder given; gpdrift run makes one")
    if out is not None:
        style.check_target(out)
    if data is not None and (data.suffix.lower() != ".csv" or not data.parent.is_dir()):
        raise InputError(f"--data {data}: expected the name of a .csv file in a folder that exists")
    page = make(name, read(given, scenarios))
    out = out or given[0] / f"{name}.png"
    with ExitStack() as together:
        if data is not None:
            _write_data(page, data, together)
        with style.look():
            style.save(page.figure, out)
    return out


def _write_data(page: Page, data: Path, together: ExitStack) -> None:
    """Write what is drawn into files that get their names when ``together`` ends."""
    files = {name: data if len(page.data) == 1 else data.with_stem(f"{data.stem}-{name}") for name in page.data}
    for file in files.values():
        if file.is_dir():
            raise InputError(f"--data {data}: {file} is a folder, expected the name of a file")
    for name, frame in page.data.items():
        frame.to_csv(together.enter_context(whole_file(files[name])), index=False)


def run_alone(name: str, arguments: Sequence[str] | None = None) -> int:
    """What ``python -m analysis.NAME`` does: draw the figure, say where it is; 2 on bad input."""
    plot = PLOTS[name]
    parser = argparse.ArgumentParser(prog=f"python -m {plot.module}", description=plot.question)
    parser.add_argument("results", type=Path, nargs="+", help="results folders of gpdrift run, or an experiment")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"PNG, SVG or PDF [RESULTS/{name}.png]")
    parser.add_argument("--data", type=Path, metavar="CSV", help="write what is drawn here too")
    parser.add_argument("--scenario", action="append", default=[], metavar="NAME", help="draw this one (repeatable)")
    options = parser.parse_args(arguments)
    try:
        print(draw(name, options.results, options.out, options.data, options.scenario))
    except InputError as error:
        print(f"{plot.module.rpartition('.')[2]}: {error}", file=sys.stderr)
        return 2
    return 0
