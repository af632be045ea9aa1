"""Scenario files and overrides: what is accepted, and the one line that says what is wrong."""

import datetime
import math
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InputError
from model.policy import CleanLists, OpenBoundaries
from model.scenario import Choice, Demography, Scenario
from model.scenario_files import load_scenario, override, parameters, with_values


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "default.toml").write_text('title = "Nothing changes"\n')
    (tmp_path / "opened.toml").write_text('[[timeline]]\nevent = "open-boundaries"\nmonth = 2022-04-17\n')
    return tmp_path


def refused(path: Path, text: str) -> str:
    """The one line a file with this text is refused with."""
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_empty_file_is_the_default_scenario_under_the_files_name(tmp_path: Path):
    path = tmp_path / "nothing.toml"
    path.write_text("")
    assert load_scenario(path) == msgspec.structs.replace(Scenario(), name="nothing")


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path):
    path = tmp_path / "sticky.toml"
    path.write_text('months = 24\n[choice]\ninertia = 5\n[[timeline]]\nevent = "clean-lists"\nmonth = 2023-01-01\n')
    loaded = load_scenario(path)
    assert loaded.choice == Choice(inertia=5.0)
    assert isinstance(loaded.choice.inertia, float)
    assert loaded.months == 24
    assert loaded.demography == Demography()
    assert loaded.timeline == (CleanLists(month=datetime.date(2023, 1, 1)),)


def test_names_are_looked_up_in_the_folder(folder: Path):
    assert load_scenario("default", folder=folder).title == "Nothing changes"
    assert load_scenario("opened", folder=folder).timeline == (OpenBoundaries(month=datetime.date(2022, 4, 17)),)
    with pytest.raises(InputError, match=r"no scenario is called 'openned'; did you mean opened\?"):
        load_scenario("openned", folder=folder)
    with pytest.raises(InputError, match="known scenarios are default, opened"):
        load_scenario("zzz", folder=folder)
    with pytest.raises(InputError, match="no such scenario file"):
        load_scenario(folder / "absent.toml", folder=folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[choice]\ninertai = 2", "s.toml: unknown key choice.inertai; did you mean choice.inertia?"),
        ("inertia = 2", "s.toml: unknown key inertia; did you mean choice.inertia?"),
        ("[chioce]\ninertia = 2", "s.toml: unknown key chioce.inertia; did you mean choice.inertia?"),
        ("[wibble]", "s.toml: unknown key wibble"),
        ("choice = 2", "s.toml: choice is a group of parameters; give it as a table [choice]"),
        ("[choice]\ninertia = 21", "s.toml: choice.inertia is 21, expected a number from 0 to 20 (utility)"),
        ("[choice]\ninertia = -0.1", "s.toml: choice.inertia is -0.1, expected a number from 0 to 20 (utility)"),
        ("[choice]\ninertia = nan", "s.toml: choice.inertia is nan, expected a number from 0 to 20 (utility)"),
        ("[choice]\ninertia = inf", "s.toml: choice.inertia is inf, expected a number from 0 to 20 (utility)"),
        ("[choice]\ninertia = true", "s.toml: choice.inertia is true, expected a number from 0 to 20 (utility)"),
        ("[choice]\ninertia = '2'", "s.toml: choice.inertia is '2', expected a number from 0 to 20 (utility)"),
        ("[choice.inertia]\nx = 2", "s.toml: unknown key choice.inertia.x"),
        ("months = 12.0", "s.toml: months is 12.0, expected a whole number from 0 to 1200 (months)"),
        ("seed = -1", "s.toml: seed is -1, expected a whole number from 0 to 9223372036854775807"),
        ("seed = 9223372036854775808", "expected a whole number from 0 to 9223372036854775807"),
        ("region = 7", "s.toml: region is 7, expected text"),
        ("region = ''", "s.toml: region is empty, expected a preset (town, metro, england) or a region folder"),
        ("start = '2021-13'", "s.toml: start is '2021-13', expected a month as YYYY-MM, for example 2021-01"),
        ("start = 2021-01-01", "s.toml: start is 2021-01-01, expected text"),
        ("name = '../up'", "s.toml: name is '../up', expected letters, digits, dots, dashes and underscores"),
        ("name = 7", "s.toml: name is 7, expected text"),
        ("[demography]\nmove_rates = [0.1, 0.2]", "s.toml: demography.move_rates has 2 values, expected 9"),
        ("[demography]\nmove_rates = 0.1", "s.toml: demography.move_rates is 0.1, expected a list of 9 values"),
        (
            "[ghosts]\ncleaning_by_age = [0.1, 0.1, nan, 0.1]",
            "s.toml: ghosts.cleaning_by_age, value 3 is nan, expected a number from 0 to 1 (per year)",
        ),
        (
            "[demography]\nemigration_ages = [0, 16, 25, 25, 50, 65]",
            "s.toml: demography.emigration_ages is [0, 16, 25, 25, 50, 65], expected ages that rise",
        ),
        ("timeline = 3", "s.toml: timeline is a list of events; write each as a table [[timeline]]"),
        ("[timeline]\nevent = 'clean-lists'", "s.toml: timeline is a list of events"),
        (
            "[[timeline]]\nmonth = 2022-04-01",
            "s.toml: event 1 of timeline does not say which it is; add event = one of",
        ),
        (
            "[[timeline]]\nevent = 'clean-list'\nmonth = 2022-04-01",
            "s.toml: event 1 of timeline: unknown event 'clean-list'; did you mean clean-lists?",
        ),
        ("[[timeline]]\nevent = 'clean-lists'", "s.toml: event 1 of timeline (clean-lists): month is missing"),
        (
            "[[timeline]]\nevent = 'clean-lists'\nmonth = '2022-04'",
            "s.toml: event 1 of timeline (clean-lists): month is '2022-04', expected a date, for example 2022-04-01",
        ),
        (
            "[[timeline]]\nevent = 'clean-lists'\nmonth = 2022-04-01T09:00:00",
            "month is 2022-04-01T09:00:00, expected a date",
        ),
        (
            "[[timeline]]\nevent = 'clean-lists'\nmonth = 2022-04-01\nratoi = 3",
            "s.toml: event 1 of timeline (clean-lists): unknown key ratoi; did you mean ratio?",
        ),
        (
            "[[timeline]]\nevent = 'clean-lists'\nmonth = 2022-04-01\ncommissioner = 'X'",
            "s.toml: event 1 of timeline (clean-lists): unknown key commissioner; expected one of ratio, false_removals, month",
        ),
        (
            "[[timeline]]\nevent = 'clean-lists'\nmonth = 2022-04-01\nratio = nan",
            "s.toml: event 1 of timeline (clean-lists): ratio is nan, expected a number from 0 to 100",
        ),
        ("months = ", "s.toml: not valid TOML: "),
        ("months = 1\nmonths = 2", "s.toml: not valid TOML: "),
    ],
)
def test_each_mistake_is_one_line_that_names_the_key(tmp_path: Path, text: str, said: str):
    assert said in refused(tmp_path / "s.toml", text)


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path):
    path = tmp_path / "notepad.toml"
    path.write_bytes(b"\xef\xbb\xbfmonths = 7\n")
    assert load_scenario(path).months == 7


def test_text_that_is_not_utf8_is_refused(tmp_path: Path):
    path = tmp_path / "latin.toml"
    path.write_bytes(b'title = "Caf\xe9"')
    with pytest.raises(InputError, match=r"latin\.toml: not UTF-8 text; save it as UTF-8"):
        load_scenario(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("choice.inertia", "--set choice.inertia: expected key=value"),
        ("choice.inertia=", "--set choice.inertia=: expected key=value"),
        ("=2", "--set =2: expected key=value"),
        ("choice={}", "--set choice={}: choice is a group of parameters; set one of them"),
        ("timeline=[]", "--set timeline=[]: events cannot be set here"),
        ("choice.inertai=2", "--set choice.inertai=2: unknown key choice.inertai; did you mean choice.inertia?"),
        ("choice.inertia=much", "--set: choice.inertia is 'much', expected a number from 0 to 20 (utility)"),
        ("choice.inertia=1e3", "--set: choice.inertia is 1000.0, expected a number from 0 to 20 (utility)"),
        ("start=soon", "--set: start is 'soon', expected a month as YYYY-MM"),
    ],
)
def test_each_wrong_override_is_one_line(folder: Path, text: str, said: str):
    with pytest.raises(InputError) as caught:
        load_scenario("default", [text], folder=folder)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_overrides_are_applied_in_order_and_text_needs_no_quotes(folder: Path):
    sets = ["choice.inertia=1", "choice.inertia = 2.5", "start=2021-01", 'region="town"', "name=mine", "months=3"]
    loaded = load_scenario("opened", sets, folder=folder)
    assert loaded.choice.inertia == 2.5
    assert (loaded.start, loaded.region, loaded.name, loaded.months) == ("2021-01", "town", "mine", 3)
    assert len(loaded.timeline) == 1


def test_options_win_over_overrides_and_are_named_in_errors(folder: Path):
    assert load_scenario("default", ["months=3"], folder=folder, options={"months": 4}).months == 4
    with pytest.raises(InputError, match="--months: months is -1, expected a whole number from 0 to 1200"):
        load_scenario("default", folder=folder, options={"months": -1})


def test_tuples_are_set_whole(folder: Path):
    loaded = load_scenario("default", ["registration.contact_months=[1, 2, 3, 4]"], folder=folder)
    assert loaded.registration.contact_months == (1.0, 2.0, 3.0, 4.0)


def test_override_of_a_scenario_keeps_its_events(folder: Path):
    before = load_scenario("opened", folder=folder)
    after = override(before, ["seed=9"])
    assert after == msgspec.structs.replace(before, seed=9)


@given(inertia=st.floats(0, 20), months=st.integers(0, 1200))
def test_whatever_is_in_range_is_taken_as_it_is(inertia: float, months: int):
    after = override(Scenario(), [f"choice.inertia={inertia!r}", f"months={months}"])
    assert after == msgspec.structs.replace(Scenario(), months=months, choice=Choice(inertia=inertia))


def test_every_parameter_is_listed_once_with_its_range_and_its_default_inside_it():
    rows = parameters()
    keys = [row.key for row in rows]
    assert len(keys) == len(set(keys))
    assert "choice.inertia" in keys
    numbers = [row for row in rows if not isinstance(row.default, str)]
    assert len(numbers) > 50
    for row in numbers:
        low, high = (float(end) for end in row.range.split(" to "))
        values = row.default if isinstance(row.default, tuple) else (row.default,)
        assert all(math.isfinite(value) and low <= value <= high for value in values), row.key
        assert row.meaning, row.key


def test_the_defaults_pass_their_own_checks():
    assert override(Scenario(), []) == Scenario()
    for row in parameters():
        if isinstance(row.default, int | float):
            assert override(Scenario(), [f"{row.key}={row.default}"]) == Scenario()


def test_values_from_python_are_checked_like_files():
    event = CleanLists(month=datetime.date(2022, 4, 1))
    values = {"choice__inertia": np.float32(2.5), "ghosts.emigrated": 1, "months": np.int64(6), "timeline": [event]}
    after = with_values(Scenario(), values)
    assert after.choice == Choice(inertia=2.5)
    assert after.ghosts.emigrated == 1.0
    assert (after.months, after.timeline) == (6, (event,))
    assert with_values(after, {}) == after
    both = with_values(after, {"choice": {"congestion": 3}})
    assert both.choice == Choice(inertia=2.5, congestion=3.0), "a part of a section leaves the rest of it alone"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"choice__inertai": 2}, "parameters: unknown key choice.inertai; did you mean choice.inertia?"),
        ({"inertia": 2}, "parameters: unknown key inertia; did you mean choice.inertia?"),
        ({"choice__inertia": math.nan}, "parameters: choice.inertia is nan, expected a number from 0 to 20 (utility)"),
        ({"months": 1.5}, "parameters: months is 1.5, expected a whole number from 0 to 1200 (months)"),
        ({"demography": {"move_rates": [1]}}, "parameters: demography.move_rates has 1 values, expected 9"),
    ],
)
def test_each_wrong_value_from_python_is_one_line(values: dict, said: str):
    with pytest.raises(InputError) as caught:
        with_values(Scenario(), values)
    assert said in str(caught.value)


def test_a_scenario_made_in_python_is_checked_too():
    with pytest.raises(InputError, match=r"scenario default: choice\.inertia is nan"):
        with_values(Scenario(choice=Choice(inertia=math.nan)), {})
