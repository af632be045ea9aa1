"""Calibration of dynamic parameters: what is compared, a search that is killed and resumed, what is accepted."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.calibration.accepted import accepted_of, rule_of, spread_out
from analysis.calibration.figures import _Seen
from analysis.calibration.plan import DYNAMICS, HELD_OUT, CalibrationPlan, Parameter, Target, load_plan
from analysis.calibration.tables import accepted_frame, calibration_frame, summary
from analysis.calibration.trials import Search, Trial, distance, misses, own_values, sobol_point
from analysis.validation.calibration_page import section
from analysis.validation.measure_practices import poisson_slope, switching_rates
from model.errors import InputError
from model.model import RegistrationModel
from model.scenario import Scenario
from runs.experiment_settings import laid_on
from runs.library import load

PLAN = CalibrationPlan(
    scenario="baseline",
    until="2022-01",
    parameters={
        "a": Parameter(keys=["registration.switching"], low=0.005, high=0.02, scale="log"),
        "b": Parameter(keys=["ghosts.cleaning_by_age"], low=0.5, high=2.0, times=True),
    },
    figures=[
        Target(figure="list_growth", pattern="P1", means="", published=1.0, tolerance=0.5),
        Target(figure="list_gini", pattern="P1", means="", published=0.0, tolerance=1.0),
        Target(figure="switching", pattern="P5", means="", published=10.0, tolerance=2.0, relative=True),
    ],
)


def figures(a: float, b: float) -> dict[str, float]:
    """A world so simple that its figures are known."""
    return {"list_growth": b, "list_gini": 0.0, "switching": 1000 * a}


def trial(vector: int, a: float, b: float, proposed: str = "sobol") -> Trial:
    return Trial(vector, {"a": a, "b": b}, figures(a, b), proposed)


# --- what is compared -------------------------------------------------------------------------------------------------------


def test_distances_are_in_tolerances_and_every_pattern_counts_the_same():
    off = misses({"list_growth": 2.0, "list_gini": 0.0, "switching": 20.0}, PLAN.figures)
    assert off == {"P1": pytest.approx(np.sqrt(4 / 2)), "P5": pytest.approx(1.0)}
    assert distance({"list_growth": 2.0, "list_gini": 0.0, "switching": 20.0}, PLAN.figures) == pytest.approx(
        np.sqrt((2 + 1) / 2)
    )
    assert misses({"list_growth": 1.0, "list_gini": 0.0, "switching": 5.0}, PLAN.figures)["P5"] == pytest.approx(1.0)


def test_the_plan_holds_calibration_patterns_only_and_its_own_values_are_within_the_priors():
    plan = load_plan()
    assert not set(plan.patterns) & HELD_OUT
    for name, value in own_values(plan, load(plan.scenario)).items():
        assert plan.parameters[name].low < value < plan.parameters[name].high, name


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('pattern = "P5"', 'pattern = "P13"', "P13, which judges the model"),
        ("digital_2019-03-15", "digital_2019-11-01", "after April 2019"),
        ('figure = "list_gini"', 'figure = "list_genie"', "did you mean list_gini"),
        ("low = 0.006", "low = 0.06", "expected low below high"),
        ('scale = "log"', 'scale = "loq"', "expected linear or log"),
    ],
)
def test_what_may_not_be_compared_is_refused_in_one_line(tmp_path, before, after, told):
    text = DYNAMICS.read_text("utf-8")
    assert before in text
    (tmp_path / "plan.toml").write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(InputError) as refused:
        load_plan(tmp_path / "plan.toml")
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_vectors_become_absolute_values_that_an_experiment_lays_on():
    scenario = load("baseline")
    values = PLAN.values({"a": 0.01, "b": 0.5}, scenario)
    changed = laid_on(scenario, values)
    assert changed.registration.switching == 0.01
    assert changed.ghosts.cleaning_by_age == tuple(0.5 * rate for rate in scenario.ghosts.cleaning_by_age)


def test_the_slope_of_switching_on_satisfaction_is_found():
    rng = np.random.default_rng(1)
    people, satisfied = rng.uniform(3000, 15000, 800), rng.normal(0.8, 0.08, 800)
    left = rng.poisson(people * 0.011 * np.exp(-6.0 * (satisfied - 0.8))).astype(float)
    assert poisson_slope(left, people, satisfied) == pytest.approx(-6.0, abs=0.4)


def test_switching_is_that_of_lists_of_the_usual_size_that_are_not_digital(make_region, tmp_path):
    places = np.column_stack([np.arange(22.0), np.zeros(22)])
    kinds = np.array(["gp"] * 21 + ["digital"])
    region = make_region(places, places, kind=kinds, register=np.eye(22, dtype=int) * 1000)
    model = RegistrationModel(Scenario(), region=region, travel_cache=tmp_path)
    seen = _Seen(model, 0)
    year, satisfied = seen.switching, np.linspace(0.7, 0.9, 22)
    year.seen, year.size, year.satisfaction = 12, np.full(22, 12 * 2000.0), 12 * satisfied
    year.left = 2000 * 0.01 * np.exp(-4.0 * (satisfied - 0.8))
    year.left[21] = 0.0  # whoever leaves a digital list has not switched
    year.size[0], year.left[0] = 12 * 900.0, 200.0  # a small list
    found = seen.figures(model)
    low, high = np.percentile(satisfied[1:21], (10, 90))
    assert found["dissatisfied_ratio"] == pytest.approx(np.exp(4.0 * (high - low)))
    assert found["switching"] == pytest.approx(1000 * year.left[1:21].sum() / (20 * 2000.0))
    assert found["switching"] == switching_rates(year.tables(model)["switching"])["mean"]


# --- the search -------------------------------------------------------------------------------------------------------------

KILLED = """
import time
from pathlib import Path
from tests_calibration import PLAN, figures
from analysis.calibration.trials import Search

def slowly(point):
    time.sleep(0.2)
    return figures(**point)

Search(Path("search"), PLAN, {"a": 0.01, "b": 1.0}, {"model": "m"}).go_on(10_000, slowly, lambda: None)
"""


def search_in(folder: Path, model: str = "m") -> Search:
    return Search(folder, PLAN, {"a": 0.01, "b": 1.0}, {"model": model})


def test_a_search_that_is_killed_goes_on_as_if_it_had_not_been(tmp_path):
    (tmp_path / "tests_calibration.py").write_text(Path(__file__).read_text("utf-8"), "utf-8")
    root = Path(__file__).resolve().parents[2]
    paths = os.pathsep.join([str(tmp_path), str(root)])
    process = subprocess.Popen([sys.executable, "-c", KILLED], cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths})
    try:
        deadline = time.monotonic() + 120
        while not (tmp_path / "search" / "study.db").exists() or len(search_state(tmp_path / "search")) < 12:
            assert process.poll() is None, "the search ended by itself"
            assert time.monotonic() < deadline, "the search does not get on"
            time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    resumed = search_in(tmp_path / "search")
    there = len(resumed.trials)
    assert 12 <= there < 10_000
    resumed.go_on(there + 3, lambda point: figures(**point), lambda: None)
    straight = search_in(tmp_path / "straight")
    straight.go_on(there + 3, lambda point: figures(**point), lambda: None)
    assert resumed.trials == straight.trials
    assert {"own", "sobol", "tpe"} == {one.proposed for one in resumed.trials}


def search_state(folder: Path) -> list[int]:
    """Numbers of the complete trials, read beside the process that writes them."""
    import sqlite3

    try:
        with sqlite3.connect(f"file:{folder / 'study.db'}?mode=ro", uri=True, timeout=5) as con:
            return [n for (n,) in con.execute("SELECT number FROM trials WHERE state = 'COMPLETE'")]
    except sqlite3.OperationalError:  # its tables are being made
        return []


def test_trials_are_the_own_values_then_the_prior_and_the_estimator(tmp_path):
    search = search_in(tmp_path / "s")
    search.go_on(3, lambda point: figures(**point), lambda: None)
    first, second, _ = search.trials
    assert first.point == pytest.approx({"a": 0.01, "b": 1.0})
    assert second.point == pytest.approx(sobol_point(PLAN, 1, 1))
    assert [one.proposed for one in search.trials] == ["own", "sobol", "sobol"]


def test_runs_with_other_seeds_are_kept(tmp_path):
    search, asked = search_in(tmp_path / "s"), []
    search.go_on(1, lambda point: figures(**point), lambda: None)
    for _ in range(2):
        found = search.run_again(0, 7, "r", lambda point: asked.append(point) or figures(**point))
        assert found == figures(0.01, 1.0)
    assert len(asked) == 1


def test_another_search_s_folder_is_refused(tmp_path):
    search_in(tmp_path / "s")
    with pytest.raises(InputError, match="another model: m, not n; choose another folder"):
        search_in(tmp_path / "s", "n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(InputError, match="holds something else"):
        search_in(tmp_path / "other")


def test_a_figure_without_a_value_is_refused(tmp_path):
    with pytest.raises(InputError, match="switching: has no value in this region"):
        search_in(tmp_path / "s").go_on(1, lambda point: {**figures(**point), "switching": np.nan}, lambda: None)


def test_what_cannot_be_run_leaves_nothing(tmp_path):
    from click.testing import CliRunner

    from analysis.calibration.command import dynamics

    (tmp_path / "file").touch()
    for options, told in (
        ([], "practice is 'E85124'"),  # the history is of a practice that a synthetic town does not have
        (["--validation", str(tmp_path / "file" / "v")], "file is a file; name a folder"),
    ):
        asked = ["--region", "town", "--trials", "1", "--out", str(tmp_path / "search"), "--quiet", *options]
        done = CliRunner().invoke(dynamics, asked)
        assert isinstance(done.exception, InputError)
        assert told in str(done.exception)
        assert not (tmp_path / "search").exists()


# --- what is accepted -------------------------------------------------------------------------------------------------------

TRIALS = [
    trial(0, 0.01, 1.0, "own"), trial(1, 0.019, 1.0), trial(2, 0.01, 1.6), trial(3, 0.0201, 1.0), trial(4, 0.01, 1.8),
]  # fmt: skip


def test_a_vector_is_accepted_while_no_pattern_is_off_by_more_than_a_tolerance():
    rule = rule_of(TRIALS, PLAN, [], 1)
    assert rule.closest == 0
    assert [one.vector for one in accepted_of(TRIALS, PLAN, rule)] == [0, 2, 1]


def test_noise_of_seeds_is_allowed_for_twice():
    repeats = [figures(0.01, b) for b in (1.0, 1.1)]
    rule = rule_of(TRIALS, PLAN, repeats, 1)
    off = [misses(one, PLAN.figures)["P1"] for one in repeats]
    assert rule.noise["P1"] == pytest.approx(np.std(off, ddof=1))
    assert rule.limits["P1"] == pytest.approx(1.0 + 2 * rule.noise["P1"])
    assert 4 in [one.vector for one in accepted_of(TRIALS, PLAN, rule)]


def test_a_pattern_that_nobody_reaches_rules_out_what_is_worse_than_the_closest():
    far = [trial(0, 0.01, 3.0), trial(1, 0.01, 2.5), trial(2, 0.019, 2.4)]
    rule = rule_of(far, PLAN, [], 1)
    assert rule.limits["P1"] > 1.0
    assert rule.accepts(misses(far[rule.closest].figures, PLAN.figures))
    assert 0 not in [one.vector for one in accepted_of(far, PLAN, rule)]


def test_vectors_kept_are_spread_out_closest_first():
    near = [trial(k, 0.01 + 1e-6 * k, 1.0) for k in range(5)]
    ends = [trial(5, 0.0051, 1.0), trial(6, 0.0199, 1.0)]
    kept = spread_out([*near, *ends], PLAN, 3)
    assert [one.vector for one in kept] == [0, 6, 5]
    assert len(spread_out(near, PLAN, 9)) == 5
    assert spread_out([], PLAN, 3) == []


def test_the_page_says_what_was_found(tmp_path):
    import json

    from runs.experiment_tables import write_frame

    rule = rule_of(TRIALS, PLAN, [], 1)
    accepted = accepted_of(TRIALS, PLAN, rule)
    checks = {"elsewhere": {0: figures(0.01, 1.3)}}
    told = summary(PLAN, TRIALS, accepted, accepted, rule, [figures(0.01, 1.0), figures(0.03, 1.0)], checks,
                   {"place": "here", "seeds": 1, "model": "m"})  # fmt: skip
    assert (told["confirmed"], told["confirmed_accepted"]) == (2, 1)
    assert section(tmp_path) == ""
    write_frame(calibration_frame(PLAN, TRIALS, accepted, rule, [], 1, checks), tmp_path / "calibration.parquet")
    (tmp_path / "calibration.json").write_text(json.dumps(told), "utf-8")
    text = section(tmp_path)
    assert text.startswith("## ")
    assert "3 are accepted (2 of the 4 drawn from the prior alone); the scenario's own values are accepted." in text
    assert "1 of 2 are accepted again" in text
    assert "What holds in elsewhere" in text
    frame = accepted_frame(accepted, PLAN, load("baseline"))
    assert list(frame["vector"]) == [0, 2, 1]
    assert isinstance(frame, pd.DataFrame)
    assert "ghosts.cleaning_by_age.4" in frame
