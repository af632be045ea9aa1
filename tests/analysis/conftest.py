"""Small results really run, once for all tests of figures and the report."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from runs.main import gpdrift

SCENARIO = """\
title = "<b>Digital</b> & mergers"
question = "What if <script>alert(1)</script> happens?"
region = "town"
months = 3

[[timeline]]
event = "digital-launch"
month = 2021-02-01
name = "App <i>GP</i>"
"""


@pytest.fixture(scope="session")
def town_runs(tmp_path_factory) -> dict[str, Path]:
    """Three months in the town: ``digital-1`` to ``digital-3`` and ``baseline-1`` to ``baseline-3`` by seed."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "digital.toml").write_text(SCENARIO)
    runs = {}
    for name, scenario in (("digital", str(folder / "digital.toml")), ("baseline", "baseline")):
        for seed in (1, 2, 3):
            out = folder / f"{name}-{seed}"
            asked = ["run", scenario, "--region", "town", "--months", "3", "--seed", str(seed), "--out", str(out)]
            done = CliRunner().invoke(gpdrift, [*asked, "--quiet"], catch_exceptions=False)
            assert done.exit_code == 0, done.output
            runs[f"{name}-{seed}"] = out
    return runs


@pytest.fixture(scope="session")
def merged_run(tmp_path_factory) -> Path:
    """Three months of the town, whose two commissioners merge in the second."""
    folder = tmp_path_factory.mktemp("merged")
    (folder / "merged.toml").write_text(
        'region = "town"\nmonths = 3\n[[timeline]]\nevent = "merge-commissioners"\nmonth = 2021-02-01\n'
    )
    run = ["run", str(folder / "merged.toml"), "--out", str(folder / "run"), "--quiet"]
    done = CliRunner().invoke(gpdrift, run, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return folder / "run"
