"""Every scenario that comes with gpdrift loads, says what it asks, and is called like its file."""

import pytest

from model.scenario import Scenario
from runs.library import BASELINE, FOLDER, QUESTIONS, against, library, load

NAMES = sorted(file.stem for file in FOLDER.glob("*.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_of_the_library_loads_and_says_what_it_asks(name: str):
    scenario = load(name)
    assert scenario.name == name
    assert scenario.question.endswith("?")
    assert "\n" not in scenario.question
    assert scenario.title
    assert against(scenario) in (*NAMES, "")


def test_the_default_comes_first_and_changes_no_parameter():
    first = library()[0]
    assert first.name == "default"
    assert first.timeline == ()
    assert (first.choice, first.demography) == (type(first.choice)(), type(first.demography)())


def test_the_baseline_differs_from_the_default_in_its_words_alone():
    default, baseline = load("default"), load(BASELINE)
    changed = [name for name in Scenario.__struct_fields__ if getattr(default, name) != getattr(baseline, name)]
    assert changed == ["name", "title", "question"]
    assert against(baseline) == against(default) == ""


def test_no_policy_differs_from_the_default_in_out_of_area_alone():
    default, without = load("default"), load("no-policy")
    changed = [name for name in default.__struct_fields__ if getattr(default, name) != getattr(without, name)]
    assert changed == ["name", "title", "question", "boundaries"]


def test_each_of_the_fifteen_questions_has_a_scenario_in_order():
    asked = [scenario for scenario in library() if scenario.name in QUESTIONS]
    assert [scenario.name for scenario in asked] == list(QUESTIONS)
    for number, scenario in enumerate(asked, 1):
        assert scenario.question.startswith(f"Question {number}. ")
        assert scenario.timeline


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_what_if_and_what_it_is_compared_with_differ_in_the_policy_asked_about(name: str):
    """Both have the same parameters and months; the events of the other are among those of the scenario."""
    scenario = load(name)
    other = load(against(scenario))
    assert set(other.timeline) < set(scenario.timeline)
    fields = [f for f in Scenario.__struct_fields__ if f not in ("name", "title", "question", "against", "timeline")]
    if name != "open-boundaries":
        assert [f for f in fields if getattr(scenario, f) != getattr(other, f)] == []
