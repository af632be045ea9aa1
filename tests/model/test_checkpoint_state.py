"""A model that is resumed is the one that was left: everything that hangs on it, every number, array and object."""

import datetime
import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest

from model.checkpoints.model_state import OWN
from model.checkpoints.store import Run, Store
from model.checkpoints.trees import Packer, Unpacker
from model.model import RegistrationModel
from model.parameters.practices import Practices
from model.policy import (
    AreaBased,
    CapitationFormula,
    ChoicePilot,
    CleanLists,
    CloseListsRule,
    DigitalCap,
    DigitalFails,
    DigitalLaunch,
    DigitalSite,
    Event,
    Federate,
    FormNetworks,
    FundByResidence,
    ListSplit,
    MergeCommissioners,
    NewHomes,
    NewRegistrantPremium,
    OpenBoundaries,
    PaymentRule,
    RegisterByResidence,
    RemoteEverywhere,
    TrustTakeover,
)
from model.providers.digital_sites import Campaign
from model.recorder import record_run
from model.recording import Recording
from model.results import Coded
from model.scenario import Scenario
from model.scenario_files import with_values


def month(number: int) -> datetime.date:
    """First of a month counted from January 2021 (1)."""
    return datetime.date(2021 + (number - 1) // 12, (number - 1) % 12 + 1, 1)


EVERYTHING = Scenario(
    name="everything",
    seed=23,
    months=18,
    timeline=(
        DigitalLaunch(month=month(1), name="One", host="C1", marketing=40.0, sites=2),
        ChoicePilot(month=month(1), practices=0.5, months=5),
        OpenBoundaries(month=month(2), boundary_ratio=1.5, practices=0.5),
        NewHomes(month=month(2), people=300, months=6),
        DigitalLaunch(month=month(3), name="Other", practice="P3", marketing=20.0, cap=400),
        PaymentRule(month=month(3), rule="quarterly"),
        TrustTakeover(month=month(4), share=0.3),
        Federate(month=month(4), share=0.5, practices=3, merge=True),
        NewRegistrantPremium(month=month(4), premium=0.3, stay_months=6),
        FormNetworks(month=month(5), smallest=1000, largest=2500, staff=0.2),
        DigitalSite(month=month(6), provider="One", at="C2", cap=150),
        CleanLists(month=month(6), ratio=6.0, false_removals=0.1),
        CapitationFormula(month=month(6), formula="deprivation"),
        ListSplit(month=month(7), threshold=20),
        DigitalCap(month=month(7), provider="Other", cap=300),
        CloseListsRule(month=month(8), cap=2500.0),
        RemoteEverywhere(month=month(8), advantage=0.5),
        FundByResidence(month=month(9)),
        DigitalFails(month=month(10), provider="Other", at_once=0.3),
        MergeCommissioners(month=month(11), commissioners=("C1", "C2"), into="C9"),
        RegisterByResidence(month=month(12), months=4, capacity=1.0),
        AreaBased(month=month(13), months=3),
        DigitalFails(month=month(17), provider="One"),
    ),
)
"""Every policy event there is, some of them under way whenever a run is left."""
RESTLESS = {
    "practices__exit_rates": (0.3,) * 7,
    "practices__openings": 100.0,
    "registration__switching": 0.1,
    "registration__seeking_months": 4.0,
    "demography__immigration_rate": 0.04,
    "ghosts__returning": 0.4,
}
SCENARIO = with_values(EVERYTHING, RESTLESS)

NO_STATE = {
    "_event_generators": "compared as Mesa's time and steps, and by the months that follow",
    "_default_schedule": "the same",
    "_scenario": "Mesa's own, numbered by the models of this process",
    "lap": "a stop-watch of this process",
    "_clock": "a clock of this process",
    "_event_list": "compared as Mesa's time and steps, and by the months that follow",
    "_around": "looked up of the region when first asked for",
    "_people_around": "worked out of the counts of cohorts when first asked for",
    "_by_work": "worked out of the reach of the month when first asked for",
    "_store": "columns the agent engine writes when they are asked for",
    "happened": "of an agent, set before it is read in every month",
    "_in_use": "compared as the engine's rows",
}
"""Attributes that are left out of the comparison, and why."""


PLAIN = (datetime.date, np.generic, int, float, str, bytes, type(None))


def differences(one: Any, other: Any, where: str, seen: set[tuple[int, int]]) -> Iterator[str]:
    """Paths at which what hangs on two objects differs."""
    if (id(one), id(other)) in seen:
        return
    seen.add((id(one), id(other)))
    if isinstance(one, mesa.Model) or (callable(one) and not isinstance(one, np.generic)):
        return
    if isinstance(one, PLAIN) and isinstance(other, PLAIN):
        if one != other and not (one != one and other != other):
            yield f"{where}: {one!r} became {other!r}"
    elif type(one) is not type(other):
        yield f"{where}: {type(one).__name__} became {type(other).__name__}"
    elif isinstance(one, np.ndarray):
        if one.shape != other.shape or one.dtype != other.dtype:
            yield f"{where}: {one.dtype}{one.shape} became {other.dtype}{other.shape}"
        elif not np.array_equal(one, other, equal_nan=one.dtype.kind == "f"):
            yield f"{where}: {int((one != other).sum())} of {one.size} values differ"
    elif isinstance(one, Mapping):
        if [named(key) for key in one] != [named(key) for key in other]:
            yield f"{where}: other keys or another order"
        for key, their in zip(one, other, strict=False):
            if key in NO_STATE:
                continue
            yield from differences(one[key], other[their], f"{where}[{key}]", seen)
    elif isinstance(one, list | tuple | set | frozenset):
        if len(one) != len(other):
            yield f"{where}: {len(one)} became {len(other)}"
        names = getattr(one, "_fields", None) or itertools.count()
        for name, ours, theirs in zip(names, one, other, strict=False):
            yield from differences(ours, theirs, f"{where}.{name}", seen)
    elif isinstance(one, mesa.agentset.AbstractAgentSet) and not hasattr(one, "columns"):
        yield from differences(list(one), list(other), where, seen)
    else:
        for name, ours in held(one).items():
            if name not in NO_STATE:
                yield from differences(ours, held(other).get(name), f"{where}.{name}", seen)


def held(thing: Any) -> dict[str, Any]:
    """Attributes of an object, those in slots too."""
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    slots += getattr(type(thing), "__struct_fields__", ())
    names = [n for n in slots if n not in ("__weakref__", "__dict__") and hasattr(thing, n)]
    return {**{name: getattr(thing, name) for name in names}, **getattr(thing, "__dict__", {})}


def named(key: Any) -> str:
    """A key of a mapping, objects by their class."""
    return str(key) if isinstance(key, str | int | float | tuple) else type(key).__name__


def walked(model: RegistrationModel) -> dict[str, Any]:
    """All that hangs on a model; patients' columns cut to the rows in use."""
    rows = model.engine.rows
    return {
        "model": {k: v for k, v in vars(model).items() if k not in ("engine", "patients", *NO_STATE)},
        "columns": [column[:rows] for column in model.engine.columns],
        "rows": rows,
        "agents": list(model.agents),
        "random": (model.random.getstate(), model.rng.bit_generator.state),
        "on the books": len(model.patients),
    }


def assert_same(one: RegistrationModel, other: RegistrationModel) -> None:
    found = list(itertools.islice(differences(walked(one), walked(other), "", set()), 20))
    assert not found, "\n".join(found)


def assert_same_records(one: Recording, other: Recording) -> None:
    """Everything a recording holds, rows so far included, but where it writes to."""
    parts = ({k: v for k, v in vars(r).items() if k not in ("model", "folder")} for r in (one, other))
    found = list(differences(*parts, "", set()))
    assert found == [f"[resumed]: 0 became {len(other.resumed)}"], "\n".join(found)


def made(engine: str, region: Any, cache: Path, **parameters: Any) -> RegistrationModel:
    return RegistrationModel(SCENARIO, region=region, engine=engine, travel_cache=cache, **parameters)


def lived(model: RegistrationModel, recording: Recording, months: int) -> None:
    for _ in range(months):
        model.step()
        recording.month()


def run_of(engine: str, tmp_path: Path) -> Run:
    return Run(SCENARIO, engine, "town", "", 1, str(tmp_path / "r"), "model")


@pytest.mark.parametrize(
    ("engine", "left_after"),
    [
        ("columns", 9),
        *(pytest.param("columns", months, marks=pytest.mark.slow) for months in (1, 16)),
        *(pytest.param("agents", months, marks=pytest.mark.slow) for months in (1, 9, 16)),
    ],
)
def test_a_resumed_model_is_the_one_that_was_left(thin_town, cache, tmp_path, engine, left_after):
    """Everything reachable agrees when it is resumed and at the end, and so do the results, byte by byte."""
    whole = made(engine, thin_town, cache)
    store = Store.begin(tmp_path / "r.checkpoint", run_of(engine, tmp_path))
    with record_run(whole, tmp_path / "whole") as recording:
        lived(whole, recording, left_after)
        store.write(whole, recording)
        store.close()
        resumed = made(engine, thin_town, cache)
        store = Store.open(tmp_path / "r.checkpoint", "model")
        with record_run(resumed, tmp_path / "resumed", resume=lambda r: store.restore(resumed, r)) as again:
            assert_same(whole, resumed)
            assert_same_records(recording, again)
            lived(whole, recording, SCENARIO.months - left_after)
            lived(resumed, again, SCENARIO.months - left_after)
    assert_same(whole, resumed)
    assert not resumed.running
    assert sum(1 for _ in whole.agents) > 20
    for file in sorted((tmp_path / "whole").glob("*.parquet")):
        assert file.read_bytes() == (tmp_path / "resumed" / file.name).read_bytes(), file.name
    for kind in whole.datacollector.agenttype_reporters:
        ours, theirs = (m.datacollector.get_agenttype_vars_dataframe(kind) for m in (whole, resumed))
        assert ours.equals(theirs)
    assert whole.datacollector.get_model_vars_dataframe().equals(resumed.datacollector.get_model_vars_dataframe())


def test_a_model_resumed_at_its_end_is_not_running(thin_town, cache, tmp_path):
    whole = made("columns", thin_town, cache, months=1)
    store = Store.begin(tmp_path / "r.checkpoint", run_of("columns", tmp_path))
    with record_run(whole, tmp_path / "whole") as recording:
        lived(whole, recording, 1)
        store.write(whole, recording)
        store.close()
    resumed = made("columns", thin_town, cache, months=1)
    assert resumed.running
    store = Store.open(tmp_path / "r.checkpoint", "model")
    with record_run(resumed, tmp_path / "resumed", resume=lambda r: store.restore(resumed, r)):
        assert_same(whole, resumed)
        assert not resumed.running


def test_the_timeline_holds_every_event_there_is():
    assert {type(event) for event in EVERYTHING.timeline} == set(Event.__args__)


def test_the_walk_finds_what_a_month_changes(thin_town, cache):
    """A comparison that sees nothing would prove nothing."""
    one, other = made("columns", thin_town, cache), made("columns", thin_town, cache)
    assert_same(one, other)
    other.step()
    found = "\n".join(differences(walked(one), walked(other), "", set()))
    for part in ("columns", "[counts]", "lists", "month_number", "datacollector", "world"):
        assert part in found, part


def test_every_attribute_of_the_model_is_kept_or_known_to_be_no_state(thin_town, cache):
    """A new attribute makes this fail until somebody has said which it is."""
    model = made("columns", thin_town, cache)
    parts = {"lists", "transfers", "rates", "digital", "counts", "practice_year", "money", "levels", "region", "travel",
             "world", "engine", "federations", "networks", "datacollector"}  # fmt: skip
    same_from_the_start = {"_registration_scenario", "start", "arrivals", "edges", "network", "practices", "commissioners",
                           "authorities", "trusts", "patients", "threads", "lap", "_only_the_clock",
                           "practices_published", "awaited"}  # fmt: skip
    own = set(vars(model)) - set(vars(mesa.Model(rng=1)))
    assert own == parts | set(OWN) | same_from_the_start


# --- trees ----------------------------------------------------------------------------------------------------------------


def there_and_back(value: Any) -> Any:
    packer = Packer()
    tree = json.loads(json.dumps(packer.pack(value, "value")))
    return Unpacker(packer.arrays).unpack(tree)


@pytest.mark.parametrize(
    "value",
    [
        None, True, -3, 2**70, 0.1, "Ünï", [1, [2.5, None]], (1, ("a",)), {"a": {"b": 1}}, {3: 4, (1, 2): "x"},
        datetime.date(2021, 3, 1), datetime.datetime(2021, 3, 1, 2, 3, tzinfo=datetime.UTC), Campaign(3, -1),
        Practices(openings=7.0), np.float32(0.1), np.int16(3),
    ],
)  # fmt: skip
def test_what_is_plain_comes_back(value):
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)


def test_arrays_come_back_and_stay_shared():
    shared = np.array([1.0, np.nan])
    labels = np.array(["a", "bcd"])
    one, (other, coded) = there_and_back([shared, (shared, Coded(np.array([1, 0], np.int8), labels))])
    assert one is other
    assert np.array_equal(one, shared, equal_nan=True)
    assert coded.labels.tolist() == labels.tolist()
    assert coded.positions.dtype == np.int8


def test_arrays_that_others_hold_are_filled_in_place():
    packer = Packer()
    tree = packer.pack([np.arange(3), np.arange(3) * 2], "value")
    reader = Unpacker(packer.arrays)
    present = np.zeros(3, np.int64)
    assert reader.fill(tree[0], present) is present
    assert present.tolist() == [0, 1, 2]
    assert reader.fill(tree[1], present) is not present, "an array holds one value"
    assert present.tolist() == [0, 1, 2]
    assert reader.fill(tree[0], np.zeros(3, np.int64)) is present, "shared when kept, shared again"


@pytest.mark.parametrize("value", [object(), [object()], {"a": {1}}, np.array([object()]), lambda: 1])
def test_what_cannot_be_kept_is_refused_by_name(value):
    with pytest.raises(TypeError, match=r"lists\.size"):
        Packer().pack(value, "lists.size")
