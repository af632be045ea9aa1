"""Joiners are followed as the model counts them, and what is published after April 2019 stays out of the fit."""

from dataclasses import replace

import numpy as np
import pytest

from analysis import fit_digital
from analysis.digital_followed import follow
from analysis.fit_digital import FITTED_TO, Line, day, error, list_lines, main, published_lists, report, table
from analysis.published_history import PROVIDER_PRACTICE
from model import RegistrationModel
from model.errors import InputError
from model.scenario_files import load_scenario

TIMELINE = """
start = "2017-04"
months = 30

[[timeline]]
event = "digital-launch"
month = 2017-07-01
practice = "E85124"
"""
NOBODY_GOES = (
    "digital.leaves_early=0", "digital.leaves_later=0", "digital.marketing=0.02", "digital.launch=2",
)  # fmt: skip


@pytest.fixture(scope="module")
def region(make_region):
    """Two places 3 km apart, each with its practices; the first practice is to become the digital list."""
    rng = np.random.Generator(np.random.Philox(key=3))
    homes = rng.normal([[0, 0], [3, 0]], 0.7, (12, 2, 2)).reshape(-1, 2)
    made = make_region(
        homes, [[0, 0], [3, 0], [0.5, 0], [3, 0.5]], residents=800, lists=[1000, 6000, 6000, 6000],
        area_commissioner=(homes[:, 0] > 1.5).astype(int), practice_commissioner=[0, 1, 0, 1],
    )  # fmt: skip
    codes = made.practices.copy()
    codes[0] = PROVIDER_PRACTICE
    return replace(made, practices=codes)


@pytest.fixture
def scenario_file(tmp_path):
    file = tmp_path / "history.toml"
    file.write_text(TIMELINE)
    return file


def test_stays_are_the_changes_the_model_counts(region, scenario_file):
    scenario = load_scenario(scenario_file, ["digital.marketing=0.01", "digital.launch=3"])
    run = follow(region, scenario, day("2018-10-01"))
    again = RegistrationModel(scenario, region=region)
    joined, back, left = [], [], []
    for _ in range(18):
        again.step()
        changes = again.counts.changes_by_cause()
        joined.append(changes["joined digital"])
        back.append(changes["back to old practice"])
        left.append(changes["left digital"])
    start = fit_digital.months_since_1970(run.months[0])
    stays = run.stays
    assert sum(joined) > 500
    np.testing.assert_array_equal(np.bincount(stays.joined - start, minlength=18), joined)
    assert stays.back.sum() <= sum(back)
    ended = stays.left > 0
    assert stays.back.sum() > 50
    assert not stays.back[~ended].any()
    assert (stays.left[ended] > stays.joined[ended]).all()
    # Of those who left, some died or emigrated; nobody is there who did not join, was there before or was born on it.
    on_list = run.model.engine.columns.practice[: run.model.engine.rows] == stays.host
    assert on_list[stays.row[~ended]].all()
    assert len(np.unique(stays.row[~ended])) == (~ended).sum()
    assert run.lists[-1] == on_list.sum() == run.model.counts.lists[stays.host]
    assert run.lists[0] == 1000


def test_all_leave_in_the_first_month_where_the_early_hazard_is_one(region, scenario_file):
    sets = ["digital.leaves_early=1", "digital.back_early=1", "digital.marketing=0.02", "digital.launch=0"]
    run = follow(region, load_scenario(scenario_file, sets), day("2018-06-01"))
    stays = run.stays
    over = stays.ended(run.model.month_number)
    old = stays.joined < run.model.month_number - 2
    assert old.sum() > 200
    # Only whose month went otherwise (moved house first, or waits to tell the move) is still there.
    assert over[old].mean() > 0.9
    assert (stays.left[over & old] - stays.joined[over & old] == 1).mean() > 0.95
    # Some moved away before they could go back, or came from no list.
    assert stays.back[over].mean() > 0.85


def test_a_list_nobody_leaves_is_counted_by_age_home_and_commissioner(region, scenario_file):
    run = follow(region, load_scenario(scenario_file, NOBODY_GOES), day("2018-06-01"))
    assert not run.stays.back.any()
    assert run.at(day("2017-11-16"), run.lists) == (run.lists[7] + run.lists[8]) / 2
    assert run.ages_at(day("2018-06-01"), 0, 111) == run.lists[-1]
    assert (run.registered > run.lists).all()
    counts = run.model.counts
    assert run.residents[-1] == counts.by_commissioner("residents")[0]
    assert run.registered[-1] == counts.by_commissioner("registered")[0]
    np.testing.assert_array_equal(run.by_home.sum(axis=1), run.lists)
    assert run.lists[-1] > 2 * run.lists[0]


def test_no_figure_after_april_2019_is_fitted_to():
    lists = published_lists(day("2017-10-31"), FITTED_TO)
    assert list(lists.values()) == [4970, 11867, 19104, 24652, 24000, 33720, 36489, 47000]
    assert max(lists) < FITTED_TO
    later = published_lists(FITTED_TO, day("2021-08-01"))
    assert min(later) > FITTED_TO
    assert list(later.values()) == [68569, 71764, 78548, 84140, 89786, 101267]


def test_error_is_the_root_of_the_mean_square():
    lines = [Line("a", 10, 13, ".0f"), Line("b", 10, 6, ".0f")]
    assert error(lines) == pytest.approx(12.5**0.5)
    rows = table([*lines, Line("c", float("nan"), 0.5, ".1%", "of few")]).splitlines()
    assert rows[1].split() == ["a", "10", "13", "1.30"]
    assert rows[3].split() == ["c", "50.0%", "of", "few"]


@pytest.mark.slow
def test_the_report_and_the_grid_are_of_the_run(region, scenario_file, monkeypatch):
    monkeypatch.setattr(fit_digital, "SCENARIO", scenario_file)
    text = report(region, ["digital.marketing=0.005"], later=True)
    assert "list, 15 March 2019" in text
    before, _, after = text.partition("not seen by the fit")
    assert "deprivation decile" not in before
    assert "list, 01 August 2021" in after
    # All areas are of the fifth decile, and none is in London.
    assert next(line for line in after.splitlines() if line.startswith("deprivation decile 5")).split()[-2] == "100.0%"
    assert next(line for line in after.splitlines() if line.startswith("in London")).split()[-2] == "0.0%"
    monkeypatch.setattr(fit_digital, "GRID_P", (1.0,))
    monkeypatch.setattr(fit_digital, "GRID_Q", (1.0,))
    rmse = float(fit_digital.ridge(region, []).split()[-1].replace(",", ""))
    run = follow(region, load_scenario(scenario_file), FITTED_TO)
    assert rmse == pytest.approx(error(list_lines(run, day("2017-10-31"), FITTED_TO)), abs=0.5)


def test_a_region_without_the_host_is_refused(make_region, scenario_file):
    with pytest.raises(InputError, match="found no practice E85124"):
        follow(make_region([[0, 0]], [[0, 0]]), load_scenario(scenario_file), day("2018-01-01"))


def test_a_month_before_the_start_is_refused(region, scenario_file):
    with pytest.raises(InputError, match="expected a month after the start"):
        follow(region, load_scenario(scenario_file), day("2017-04-01"))


def test_a_folder_that_is_no_region_is_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.startswith("fit_digital: ")
