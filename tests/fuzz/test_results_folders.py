"""Results folders, mutated and given to plot and report: drawn, or refused in one line with nothing written."""

import contextlib
import io
import shutil
from pathlib import Path

import pytest
from fuzzing import assert_kept, broken_promise, cases
from mutated_folders import mutate_region

from analysis.pictures import PLOTS
from model.geography.region_files import write_region
from model.geography.synthesise import part_of_a_country, synthesise
from runs.main import _run

DRAWN = 24
PARTS = 2


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """Four months with a digital provider among 2,000 people."""
    folder = tmp_path_factory.mktemp("results")
    write_region(*synthesise(part_of_a_country(2_000), 1), folder / "small")
    (folder / "mine.toml").write_text(
        '[[timeline]]\nevent = "digital-launch"\nmonth = 2021-02-01\nmarketing = 20.0\n', encoding="utf-8"
    )
    run = ["run", str(folder / "mine.toml"), "--region", str(folder / "small"), "--months", "4", "--quiet"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert _run([*run, "--out", str(folder / "made")]) == 0
    return folder / "made"


@pytest.mark.parametrize("part", range(PARTS))
def test_results_folders_are_drawn_or_refused(tmp_path: Path, results: Path, part: int):
    broken = []
    for case in cases("results", DRAWN, part, PARTS, tmp_path):
        mutate_region(case, results, case.folder / "work" / "made")
        arguments = ["plot", case.pick(PLOTS), "made", "--out", "new.svg"]
        if case.chance(0.1):
            arguments = ["report", "made", "--out", "new.html"]
        broken.append(broken_promise(case, arguments, case.folder / "work"))
        shutil.rmtree(case.folder)
    assert_kept([wrong for wrong in broken if wrong])
