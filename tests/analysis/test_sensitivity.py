"""Figures of sensitivity: bars go where effects go, most important first, for every method."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.sensitivity import draw, main, plot
from runs import style
from runs.experiment_files import design_of
from runs.experiment_indices import Values, indices
from runs.experiment_ledger import Ledger
from runs.experiment_plan import Plan, make_plan
from runs.experiment_sampling import unit_points
from runs.experiment_tables import write_frame

RANGES = {
    "choice.inertia": {"low": 1.0, "high": 4.0},
    "boundaries.outer_ratio": {"low": 1.0, "high": 2.0},
    "ghosts.cleaning_by_age": {"low": 0.5, "high": 2.0, "scale": "log", "times": True},
}


def plan(method: str) -> Plan:
    content = {
        "name": "drawn", "region": "town", "months": 1, "scenarios": [{"scenario": "baseline"}],
        "sampling": {"method": method, "samples": 16}, "parameters": RANGES,
    }  # fmt: skip
    return make_plan(design_of(content, "drawn"))


def rows(plan: Plan, measure: str = "crossing") -> pd.DataFrame:
    x = unit_points(plan.design.sampling, 3)
    told = Values(measure, "baseline", "", "2021-02", 40 * x[:, 1] - 100 * x[:, 0] + 1000, 1)
    return indices(plan, told).assign(scenario="baseline", against="", measure=measure, month="2021-02", seeds=1)


@pytest.mark.parametrize("method", ["morris", "sobol", "latin-hypercube"])
def test_the_tornado_shows_each_effect_with_its_sign_the_largest_first(method: str):
    made = plan(method)
    with style.look():
        page = plot(made, rows(made))
        page.figure.draw_without_rendering()
    tornado, *others = page.figure.axes
    bars = [bar.get_width() for bar in tornado.patches]
    assert bars == pytest.approx([-100, 40, 0], abs=1e-6)
    labels = [label.get_text() for label in tornado.get_yticklabels()]
    assert [label.split()[0] for label in labels] == [
        "choice.inertia",
        "boundaries.outer_ratio",
        "ghosts.cleaning_by_age",
    ]
    assert "\N{MULTIPLICATION SIGN}0.5 to \N{MULTIPLICATION SIGN}2" in labels[2]
    assert (
        "choice.inertia matters most of 3 parameters: from 1 to 4 it changes crossing by \N{MINUS SIGN}100 people"
        in page.answer
    )
    assert len(others) == (method != "latin-hypercube")
    if method == "morris":
        (dots,) = others[0].collections
        assert np.asarray(dots.get_offsets())[:, 0] == pytest.approx([100, 40, 0], abs=1e-6)
    if method == "sobol":
        alone = [bar.get_width() for bar in others[0].patches[3:]]
        assert alone == pytest.approx([10000 / 11600, 1600 / 11600, 0], abs=0.15)
    for label in tornado.get_yticklabels():
        assert label.get_window_extent().x0 > 0, "names stay on the page"


def test_files_are_drawn_measure_by_measure(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    made = plan("morris")
    ledger = Ledger(tmp_path / "x")
    ledger.begin(made)
    assert main([str(ledger.folder)]) == 2
    assert "has no indices yet; make them with gpdrift sensitivity" in capsys.readouterr().err
    write_frame(pd.concat([rows(made), rows(made, "gross_misalignment")]), ledger.folder / "indices.parquet")
    files = draw(ledger.folder)
    assert [file.name for file in files] == ["sensitivity-crossing.png", "sensitivity-gross_misalignment.png"]
    first = files[0].read_bytes()
    assert main([str(ledger.folder), "--measure", "crossing", "--out", str(tmp_path / "one.png")]) == 0
    assert (tmp_path / "one.png").read_bytes() == first
    assert main([str(ledger.folder), "--measure", "ghosts"]) == 2
    assert main([str(ledger.folder), "--out", str(tmp_path / "two.png")]) == 2
