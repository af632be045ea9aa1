"""``gpdrift region import --month``: an earlier April, or one line that says what is wrong."""

import json

import pytest
from click.testing import CliRunner

from runs.main import gpdrift


def invoke(*arguments):
    return CliRunner().invoke(gpdrift, ["region", "import", *arguments])


def test_an_earlier_april_of_one_commissioner(real_data, tmp_path):
    out = tmp_path / "host"
    done = invoke(str(real_data), "--month", "2017-04", "--out", str(out), "--commissioner", "Hammersmith")
    assert done.exit_code == 0, done.output
    about = json.loads((out / "region.json").read_text())
    assert about["date"] == "2017-04-01"
    assert about["cut"]["core_commissioners"] == ["E38000070"]
    assert "registrations" not in about["rows"]


@pytest.mark.parametrize(
    ("month", "said"),
    [("2021-01", "expected one of 2014-04"), ("2017-04", "is not the open data set that goes back to it")],
)
def test_bad_months_are_one_line_and_nothing_is_written(tmp_path, month, said):
    source = tmp_path / "empty"
    source.mkdir()
    done = invoke(str(source), "--month", month, "--out", str(tmp_path / "new"))
    assert done.exit_code != 0
    assert said in str(done.exception or done.output)
    assert not (tmp_path / "new").exists()
