"""gpdrift validate really runs, keeps its runs, tells what is missing and leaves with 1 where something broke."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.published_history import PROVIDER_PRACTICE
from analysis.validation import evidence, expectations, page
from analysis.validation.evidence import Wanted
from analysis.validation.measured import FAILS, HOLDS, NOT_MEASURED
from analysis.validation.network_probe import NetworkCatchments
from analysis.validation.people_probes import Leaving, Switching, Trips
from analysis.validation.places import Place, place_of, places_given
from analysis.validation.profiles_probe import Profiles
from analysis.validation.quality_probe import Raised, raise_quality, raised
from analysis.validation.registry import PATTERNS
from analysis.validation.situations import SITUATIONS
from analysis.validation.tastes_probe import Tastes, difference
from model import RegistrationModel
from model.errors import InputError
from model.patients.columns import FOLLOWED, SWITCHED
from model.scenario import Scenario
from runs.experiment_tables import read_frame
from runs.main import gpdrift, main


def invoke(*arguments: str):
    return CliRunner().invoke(gpdrift, ["validate", *arguments])


def refused(capsys, *arguments: str) -> str:
    """The one line of a refusal."""
    with pytest.raises(SystemExit) as left:
        main(["validate", *arguments])
    assert left.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.fixture(scope="module")
def small(make_region):
    """Twelve hundred metres of town with five practices, two commissioners."""
    rng = np.random.Generator(np.random.Philox(key=5))
    homes = rng.normal([[0, 0], [2, 0]], 0.5, (10, 2, 2)).reshape(-1, 2)
    return make_region(
        homes, [[0, 0], [2, 0], [0.5, 0], [2, 0.5], [1, 0]], residents=700, lists=[3000, 3000, 3000, 3000, 2000],
        area_commissioner=(homes[:, 0] > 1).astype(int), practice_commissioner=[0, 1, 0, 1, 0],
    )  # fmt: skip


def lived(region, months, *probes, scenario=None):
    """A model after some months, and its probes."""
    model = RegistrationModel(scenario or Scenario(), region=region)
    made = [probe(model) for probe in probes]
    for _ in range(months):
        model.step()
        for probe in made:
            probe.after_month(model)
    return model, made


def test_switching_is_what_the_model_counts(small):
    quick = msgspec.structs.replace(
        Scenario(), registration=msgspec.structs.replace(Scenario().registration, switching=0.1)
    )
    counted = []
    model = RegistrationModel(quick, region=small)
    probe = Switching(model, first=2, months=6)
    for _ in range(10):
        model.step()
        probe.after_month(model)
        columns, lived = model.engine.columns, model.month_number - 1
        along = 0
        for row in range(model.engine.rows):
            if columns.cause[row] == FOLLOWED and columns.since[row] == lived:
                mother = columns.mother[row]
                along += columns.cause[mother] == SWITCHED and columns.since[mother] == lived
        counted.append((int(model.counts.changes_by_cause()["switched"]), int(along)))
    # A patient who switched twice in a month is counted once: nobody can.
    switched, along = np.sum(counted[2:8], axis=0)
    assert probe.left.sum() == switched + along
    assert switched > along > 0
    table = probe.tables(model)["switching"]
    assert table["switched"].sum() == pytest.approx(2 * probe.left.sum())
    unseen = Switching(model, first=2).tables(model)["switching"]
    assert unseen.empty


def test_trips_count_every_patient_of_an_ordinary_list(small):
    model, (probe,) = lived(small, 3, Trips)
    table = probe.tables(model)["trips"].set_index(["who", "rural"])
    assert table.loc["all", "patients"].sum() == model.counts.lists.sum()
    assert 0 < table.loc["joiners", "patients"].sum() < model.counts.lists.sum()
    assert (table["nearest"] <= table["patients"]).all()
    mean = table.loc["all", "km"].sum() / table.loc["all", "patients"].sum()
    assert 0.2 < mean < 3.0


def test_profiles_are_taken_at_the_start_every_april_and_at_the_end(small):
    model, (probe,) = lived(small, 5, Profiles)
    table = probe.tables(model)["practice_profiles"]
    assert [f"{month:%Y-%m}" for month in sorted(table["month"].unique())] == ["2021-01", "2021-04", "2021-06"]
    assert (table[table["month"] == table["month"].min()]["grown"] == 1.0).all()
    last = table[table["month"] == table["month"].max()].set_index("practice")
    assert last.loc["A00000", "list_size"] == model.lists.size[0]


def test_odds_at_equal_distance_are_those_of_the_border_where_nothing_else_ties(small):
    bare = {"border_site": 0.0, "border_membership": 0.7, "border_authority": 0.0, "network_tie": 0.0}
    bare |= {"age_match": 0.0, "mobility_tie": 0.0}
    choice = msgspec.structs.replace(Scenario().choice, **bare)
    _, (probe,) = lived(small, 0, Tastes, scenario=msgspec.structs.replace(Scenario(), choice=choice))
    assert probe.row["border_odds"][0] == pytest.approx(np.exp(-0.7), rel=1e-5)
    assert probe.row["border_terms"][0] == pytest.approx(np.exp(-0.7), rel=1e-5)
    half = msgspec.structs.replace(
        Scenario(), choice=msgspec.structs.replace(choice, quality_weight=choice.quality_weight / 2)
    )
    _, (other,) = lived(small, 0, Tastes, scenario=half)
    assert other.row["metres_a_sd"][0] == pytest.approx(probe.row["metres_a_sd"][0] / 2)


def test_difference_within_bins():
    values, bins = np.array([1.0, 3.0, 10.0, 14.0, 99.0]), np.array([0, 0, 1, 1, 2])
    group = np.array([False, True, False, True, True])
    assert difference(values, group, bins, np.ones(5)) == pytest.approx(3.0)  # the last bin has no other side
    assert np.isnan(difference(values, np.zeros(5, bool), bins, np.ones(5)))


def test_catchments_hold_every_patient_of_the_networks(small):
    timeline = [{"event": "form-networks", "month": "2021-02-01"}]
    scenario = msgspec.convert({**msgspec.to_builtins(Scenario()), "timeline": timeline}, Scenario, strict=False)
    model, (probe,) = lived(small, 3, lambda m: NetworkCatchments(m, m.month_number + 3), scenario=scenario)
    table = probe.tables(model)["network_catchments"]
    assert table["patients"].sum() == table["catchment"].sum() == model.counts.lists.sum()
    model, (probe,) = lived(small, 1, lambda m: NetworkCatchments(m, m.month_number + 1))
    assert probe.tables(model)["network_catchments"].empty


def test_those_followed_leave_and_some_come_back(small):
    model, (probe,) = lived(small, 29, lambda m: Leaving(m, m.month_number + 1))
    row = probe.tables(model)["leaving"].iloc[0]
    assert row["complete"]
    assert 0 < row["left"] < row["patients"]
    assert 0 <= row["back"] <= row["left"]
    assert row["patients"] == pytest.approx(model.counts.lists.sum() / Leaving.EVERY, rel=0.2)
    short, (early,) = lived(small, 5, lambda m: Leaving(m, m.month_number + 1))
    assert not early.tables(short)["leaving"].iloc[0]["complete"]


def test_better_practices_are_one_sd_better_and_the_same_in_both_runs(small):
    plain, (beside,) = lived(small, 0, Raised)
    better = RegistrationModel(Scenario(), region=small)
    which = raised(better)
    before = better.lists.satisfaction.copy()
    raise_quality(better)
    assert np.array_equal(np.flatnonzero(which), beside.which)
    assert better.lists.satisfaction - before == pytest.approx(np.where(which, Scenario().satisfaction.spread, 0.0))
    assert np.array_equal(plain.lists.starting_satisfaction, better.lists.starting_satisfaction)


def test_a_run_is_known_by_all_that_changes_it():
    one = Wanted(SITUATIONS["plain"], "town", "digest", 1, True)
    assert one.id == Wanted(SITUATIONS["plain"], "elsewhere", "digest", 1, True).id
    others = [
        Wanted(SITUATIONS["better"], "town", "digest", 1, True),
        Wanted(SITUATIONS["plain"], "town", "other", 1, True),
        Wanted(SITUATIONS["plain"], "town", "digest", 2, True),
        Wanted(SITUATIONS["baseline"], "town", "digest", 1, True),
    ]
    assert len({one.id, *(other.id for other in others)}) == 5


def test_regions_serve_by_their_month_and_what_they_hold(small):
    place = Place("small", small)
    assert (place.role, place.scope, place.has_digital_host) == ("today", "part", False)
    assert place_of("baseline", [place])[0] is place
    assert place_of("history", [place]) == (None, "no region with lists of April 2017")
    of_2017 = Place("old", small)
    of_2017.region.about["date"] = "2017-04-01"
    try:
        assert of_2017.role == "2017"
        assert PROVIDER_PRACTICE in place_of("history", [of_2017])[1]
    finally:
        del of_2017.region.about["date"]
    with pytest.raises(InputError, match="one region of each month"):
        places_given(["town", "town"])


@pytest.mark.slow
def test_validate_runs_once_prints_draws_and_leaves_with_one_where_something_broke(tmp_path: Path):
    out, file = tmp_path / "validation", tmp_path / "expected.json"
    asked = ("--region", "town", "--quick", "--seeds", "1", "--out", str(out), "--expectations", str(file))
    first = invoke(*asked, "--update-expectations")
    assert first.exit_code == 0, first.output
    assert all(f"\n{name:<4}" in f"\n{first.output}" for name in PATTERNS)
    frame = read_frame(out / "patterns.parquet")
    assert set(frame["verdict"]) >= {HOLDS, NOT_MEASURED}
    assert (frame.loc[frame["verdict"] == NOT_MEASURED, "why"] != "").all()
    assert {"patterns.png", "patterns.svg"} <= {path.name for path in out.iterdir()}
    made = {path: path.stat().st_mtime_ns for path in (out / "runs").glob("*/manifest.json")}
    assert len(made) == 3
    held = next(iter(json.loads(file.read_text()).values()))["holds"]
    assert held

    again = invoke(*asked, "--json")
    assert again.exit_code == 0, again.output
    told = json.loads(again.stdout)
    assert {f"{row['pattern']}.{row['part']}" for row in told["patterns"] if row["verdict"] == HOLDS} == set(held)
    assert {path: path.stat().st_mtime_ns for path in (out / "runs").glob("*/manifest.json")} == made
    pd.testing.assert_frame_equal(read_frame(out / "patterns.parquet"), frame)

    fails = frame[frame["verdict"] == FAILS].iloc[0]
    wrong = {
        told["setting"]: {"model": "0", "seeds": [1], "holds": [f"{fails['pattern']}.{fails['part']}", "P11.opening"]}
    }
    file.write_text(json.dumps(wrong))
    broken = invoke(*asked, "--quiet")
    assert broken.exit_code == 1
    assert f"{fails['pattern']}.{fails['part']}" in broken.stderr
    assert "P11.opening" not in broken.stderr

    written = invoke("--page", str(tmp_path / "V.md"), "--out", str(out))
    assert written.exit_code == 0, written.output
    text = (tmp_path / "V.md").read_text()
    assert "does not hold" in text
    assert all(f"| **{name} " in text for name in PATTERNS)
    assert "](patterns.png)" in text
    assert 0 < (tmp_path / "patterns.png").stat().st_size < (out / "patterns.png").stat().st_size


def test_expectations_break_only_where_something_held(tmp_path: Path):
    frame = pd.DataFrame(
        {"pattern": ["P1", "P1", "P2"], "part": ["mean", "gini", "change"], "verdict": [HOLDS, FAILS, NOT_MEASURED]}
    )
    file = tmp_path / "expected.json"
    expectations.update(frame, "here", "1", [1, 2], file)
    kept = expectations.read(file)
    assert kept == {"here": {"model": "1", "seeds": [1, 2], "holds": ["P1.mean"]}}
    assert expectations.broken(frame, kept["here"]) == ([], [])
    assert expectations.broken(frame, {"holds": ["P1.gini", "P2.change", "P9.gone"]}) == (
        ["P1.gini"], ["P2.change", "P9.gone"],
    )  # fmt: skip
    assert expectations.broken(frame, None) == ([], [])
    file.write_text("{")
    with pytest.raises(InputError, match="--update-expectations"):
        expectations.read(file)


def test_stored_expectations_name_parts_there_are():
    known = {f"{pattern.id}.{part.key}" for pattern in PATTERNS.values() for part in pattern.parts}
    for name, kept in expectations.read().items():
        assert set(kept["holds"]) <= known, name
        assert kept["model"]
        assert kept["seeds"]


def test_the_page_is_made_of_what_is_there(tmp_path: Path, capsys):
    with pytest.raises(InputError, match="holds no results of validation"):
        page.page(tmp_path)
    assert "holds no results" in refused(capsys, "--page", str(tmp_path / "V.md"), "--out", str(tmp_path))
    assert not (tmp_path / "V.md").exists()


def test_wrong_regions_and_data_are_one_line(tmp_path: Path, capsys):
    out = tmp_path / "v"
    assert "neither a preset" in refused(capsys, "--region", str(tmp_path / "none"), "--out", str(out))
    assert "not the folder of open data" in refused(capsys, "--data", str(tmp_path), "--out", str(out))
    assert not out.exists()


def test_every_file_that_says_what_is_seen_is_there():
    for situation in SITUATIONS.values():
        assert len(evidence.looking(situation.looks)) == 12
