"""``gpdrift scenarios --events``: every event and field there is, told as a scenario file has it."""

import json
import subprocess
import sys
import tomllib

import msgspec
import pytest

from model.policy import Event
from model.scenario_files import load_scenario
from runs.event_list import EXAMPLE, event_kinds, lines_of

EVENTS = {event.event: event for event in event_kinds()}


def listed(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "runs.start", "scenarios", "--events", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_event_and_field_is_listed_with_what_it_means():
    kinds = {kind.__struct_config__.tag: kind for kind in Event.__args__}
    assert EVENTS.keys() == kinds.keys()
    for name, kind in kinds.items():
        assert [field.key for field in EVENTS[name].fields] == [f for f in kind.__struct_fields__ if f != "month"]
        assert EVENTS[name].meaning.endswith((".", ")"))
        assert all(field.meaning for field in EVENTS[name].fields), name
    assert not any("``" in line for line in lines_of(list(EVENTS.values())))


@pytest.mark.parametrize("name", EVENTS)
def test_a_file_with_the_defaults_as_listed_is_the_event_itself(name, tmp_path):
    fields = {f.key: f.default for f in EVENTS[name].fields if not (f.default in ("", []) or f.default == 0)}
    told = "\n".join(f"{key} = {json.dumps(value)}" for key, value in fields.items())
    file = tmp_path / "s.toml"
    file.write_text(f'[[timeline]]\nevent = "{name}"\nmonth = 2022-04-01\n{told}\n')
    bare = tmp_path / "bare.toml"
    bare.write_text(f'[[timeline]]\nevent = "{name}"\nmonth = 2022-04-01\n')
    assert load_scenario(file).timeline == load_scenario(bare).timeline
    (event,) = load_scenario(bare).timeline
    defaults = msgspec.to_builtins(event)
    assert {f.key: f.default for f in EVENTS[name].fields} == {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in defaults.items()
        if key not in ("event", "month")
    }


def test_its_example_is_a_scenario_file(tmp_path):
    text = EXAMPLE.partition(":\n")[2]
    assert tomllib.loads(text)["timeline"][0]["event"] in EVENTS
    (tmp_path / "s.toml").write_text(text)
    assert load_scenario(tmp_path / "s.toml").timeline[0].ratio == 3


def test_the_command_prints_it_and_its_json():
    said = listed()
    assert said.returncode == 0, said.stderr
    assert 'rule = "quarterly"  (one of "annual", "quarterly", "residence")' in said.stdout
    assert "threshold = 1000 patients  (a whole number from 0 to 10,000,000)" in said.stdout
    assert [event["event"] for event in json.loads(listed("--json").stdout)] == [*EVENTS]
    both = listed("--parameters")
    assert both.returncode == 2
    assert "ask for one" in both.stderr
