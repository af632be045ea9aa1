"""``gpdrift region import --month``: an earlier April, or one line that says what is wrong."""

import json

import pytest
from click.testing import CliRunner
from four_areas import four_areas

from model.geography.region_files import write_region
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


def test_a_cut_tells_what_it_leaves_out_at_its_borders(tmp_path):
    tables = four_areas()
    whole = write_region(tables, {"name": "Four areas", "date": "2021-01-01"}, tmp_path / "whole")
    part = ("--commissioner", "E38000001", "--no-neighbours")
    said = invoke(str(whole), "--out", str(tmp_path / "part"), *part).stdout
    assert "Left out: 0 patients of what was asked for, registered elsewhere; 30 on its lists" in said
    del tables["registrations"]
    whole = write_region(tables, {"name": "Four areas", "date": "2016-04-01"}, tmp_path / "earlier")
    said = invoke(str(whole), "--out", str(tmp_path / "city"), *part).stdout
    assert "no neighbours are kept: keep whole cities together" in said
