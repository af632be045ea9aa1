"""What an experiment prints: figures as precise as their interval, and no more."""

from pathlib import Path

import pandas as pd
import pytest

from model.errors import InputError
from runs.experiment_command import tell
from runs.experiment_files import design_of
from runs.experiment_ledger import Ledger
from runs.experiment_plan import make_plan
from runs.experiment_report import _cells, _digits, aligned, unit_of, unit_of_difference, written


@pytest.mark.parametrize(
    ("value", "unit", "digits", "sign", "text"),
    [
        (0.01234, "share", 2, "", "1.23%"),
        (0.01234, "points", 1, "+", "+1.2 points"),
        (12_345.6, "people", 0, "+", "+12,346"),
        (-1.5e6, "GBP a year", 2, "+", "-1.50"),
        (-1e-9, "", 3, "+", "0.000"),
        (float("nan"), "people", 0, "", ""),
    ],
)
def test_values_are_written_in_their_unit(value: float, unit: str, digits: int, sign: str, text: str):
    assert written(value, unit, digits, sign) == text


@pytest.mark.parametrize(
    ("half", "value", "digits"), [(0.37, 5.0, 2), (37.0, 5000.0, 0), (0.0037, 5.0, 4), (1e-9, 66.4, 4), (0.0, 5.0, 2)]
)
def test_an_interval_is_shown_with_two_figures_and_values_with_six_at_most(half: float, value: float, digits: int):
    row = pd.Series({"low": -half, "high": half, "difference": 0.0, "baseline_mean": value, "scenario_mean": value})
    assert _digits(row, "") == digits


def test_units_are_those_of_the_tables():
    assert unit_of("gross_misalignment") == "share"
    assert unit_of("commissioners.registered_resident_ratio") == "ratio"


def test_shares_differ_by_points():
    row = pd.Series(
        {
            "measure": "gross_misalignment", "commissioner": "", "baseline_mean": 0.0417, "scenario_mean": 0.0438,
            "difference": 0.0021, "low": 0.0018, "high": 0.0024, "sd": 0.001, "independent_seeds": 7.0, "seeds": 3,
        }
    )  # fmt: skip
    assert _cells(row, {}, 3)[1:] == ("4.170%", "4.380%", "+0.210 points", "+0.180 to +0.240 points", "7")
    assert unit_of_difference("km") == "km"


@pytest.mark.parametrize(
    ("valued", "pairs", "said"),
    [(1, 1, "one pair only"), (0, 3, "not defined here"), (0, 0, "no pair yet"), (7, 7, "7 pairs only")],
)
def test_where_there_is_no_interval_it_is_told_why(valued: int, pairs: int, said: str):
    unknown = dict.fromkeys(("low", "high", "sd", "independent_seeds"), float("nan"))
    means = dict.fromkeys(("baseline_mean", "scenario_mean", "difference"), 1.0 if valued else float("nan"))
    row = pd.Series(
        {"measure": "registered_resident_ratio_sd", "commissioner": "", "seeds": valued, **means, **unknown}
    )
    assert _cells(row, {}, pairs)[4:] == (said, "")


@pytest.mark.parametrize(("scenario", "other"), [("digital-entry", '"baseline"'), ("baseline", "another one")])
def test_one_scenario_alone_is_told_what_to_add(tmp_path: Path, scenario: str, other: str):
    design = design_of({"name": "solo", "region": "town", "months": 2, "scenarios": [{"scenario": scenario}]}, "solo")
    with pytest.raises(InputError) as refused:
        tell(make_plan(design), Ledger(tmp_path), [], None, None)
    said = str(refused.value)
    assert f"one scenario, {scenario}, and nothing to compare it with" in said
    assert f"add a table [[scenarios]] with scenario = {other}" in said


def test_figures_stand_under_one_another():
    lines = aligned([("", "one"), ("measure", "22")])
    assert lines == ["         one", "measure   22"]
