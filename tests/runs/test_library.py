"""Every scenario that comes with gpdrift loads, says what it asks, and is called like its file."""

import pytest

from runs.library import FOLDER, library, load


@pytest.mark.parametrize("name", sorted(file.stem for file in FOLDER.glob("*.toml")))
def test_a_scenario_of_the_library_loads_and_says_what_it_asks(name: str):
    scenario = load(name)
    assert scenario.name == name
    assert scenario.question.endswith("?")
    assert scenario.title


def test_the_default_comes_first_and_changes_no_parameter():
    first = library()[0]
    assert first.name == "default"
    assert first.timeline == ()
    assert (first.choice, first.demography) == (type(first.choice)(), type(first.demography)())


def test_no_policy_differs_from_the_default_in_out_of_area_alone():
    default, without = load("default"), load("no-policy")
    changed = [name for name in default.__struct_fields__ if getattr(default, name) != getattr(without, name)]
    assert changed == ["name", "title", "question", "boundaries"]
