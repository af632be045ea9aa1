"""gpdrift plot and gpdrift report as a user meets them."""

import pytest
from click.testing import CliRunner

from analysis.pictures import PLOTS
from runs.main import _run, gpdrift


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """One month in the town."""
    out = tmp_path_factory.mktemp("plotted") / "run"
    run = ["run", "baseline", "--region", "town", "--months", "1", "--quiet", "--out", str(out)]
    done = CliRunner().invoke(gpdrift, run, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return out


def test_list_has_a_line_for_each():
    done = CliRunner().invoke(gpdrift, ["plot", "--list"])
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.output.splitlines()] == list(PLOTS)
    assert all(len(line) < 130 for line in done.output.splitlines())


def test_figure_goes_into_the_results_unless_told_otherwise(results, tmp_path, capsys):
    assert _run(["plot", "flows", str(results)]) == 0
    assert capsys.readouterr().out.strip() == str(results / "flows.png")
    assert (results / "flows.png").stat().st_size > 10_000
    out = tmp_path / "flows.svg"
    assert _run(["plot", "flows", str(results), "--scenario", "baseline", "--out", str(out)]) == 0
    assert out.read_text().startswith("<?xml")


def test_report_goes_into_the_results(results, capsys):
    assert _run(["report", str(results)]) == 0
    assert capsys.readouterr().out.strip() == str(results / "report.html")
    assert (results / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["plot"], "which figure? gpdrift plot --list names them"),
        (["plot", "flws", "RESULTS"], "no figure is called 'flws'"),
        (["plot", "flows"], "no results folder given"),
        (["plot", "flows", "absent"], "absent: no results folder"),
        (["plot", "digital", "RESULTS"], "has no digital provider"),
        (["plot", "boundaries", "RESULTS"], "no commissioners merge"),
        (["plot", "scenarios", "RESULTS"], "give those of two or more"),
        (["plot", "flows", "RESULTS", "--out", "x.bmp"], "ends in .bmp"),
        (["plot", "flows", "RESULTS", "--scenario", "x"], "--scenario x: not among these results"),
        (["plot", "flows", "RESULTS", "--data", "x.txt"], "--data x.txt: expected the name of a .csv file"),
        (["plot", "flows", "RESULTS", "--data", "absent/x.csv"], "expected the name of a .csv file in a folder"),
        (["plot", "flows", "RESULTS", "--data", "folder.csv"], "folder.csv is a folder"),
        (["plot", "flows", "RESULTS", "--out", "x.png", "--data", "folder.csv"], "folder.csv is a folder"),
        (["plot", "flows", "RESULTS", "--out", "folder.png", "--data", "x.csv"], "folder.png: is a folder"),
        (["report"], "no results folder given"),
        (["report", "absent", "--out", "r.html"], "absent: no results folder"),
        (["report", "RESULTS", "--against", "absent"], "absent: no results folder"),
        (["report", "RESULTS", "--out", "x.pdf"], "expected .html"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(arguments, said, results, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("folder.csv", "folder.png"):
        (tmp_path / name).mkdir()
    before = sorted(each for folder in (tmp_path, results) for each in folder.rglob("*"))
    assert _run([str(results) if word == "RESULTS" else word for word in arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert len(told.err.splitlines()) == 1
    assert sorted(each for folder in (tmp_path, results) for each in folder.rglob("*")) == before
