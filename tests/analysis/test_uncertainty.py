"""The split of uncertainty: what is crossed with what, in which order it is read, and how it is shown."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis.uncertainty.figure import draw
from analysis.uncertainty.runs import MEASURES, accepted_vectors, design, tables_of
from analysis.uncertainty.split import SOURCES, split
from analysis.uncertainty.submodels import BY_KM, CHOICES, PEERS_FELT, Setting, crossed, linear_choice, own
from analysis.validation.uncertainty_page import section
from model.errors import InputError
from model.geography.open_region import open_region
from model.geography.travel import load_travel
from model.scenario_files import with_values
from runs.experiment_ledger import Ledger
from runs.experiment_plan import make_plan
from runs.experiment_tables import write_frame
from runs.library import load

VECTORS = [{"choice.inertia": 1.5, "digital.marketing": 0.001}, {"choice.inertia": 2.5, "digital.marketing": 0.002}]


@pytest.fixture(scope="module")
def setting() -> Setting:
    linear = {"choice.distance_log_urban": 0.0, "choice.distance_km_urban": 1.2}
    return Setting(load("digital-entry"), linear)


def test_every_combination_of_submodels_meets_every_vector_once(setting):
    points = list(crossed(VECTORS, setting))
    assert len(points) == 2 ** len(CHOICES) * len(VECTORS)
    assert len({tuple(sorted(values.items())) for *_, values in points}) == len(points)
    assert len({frozenset(values) for *_, values in points}) == 1
    for levels, position, values in points:
        assert values["choice.inertia"] == VECTORS[position]["choice.inertia"]
        if not any(levels):  # the model's own way to think is the vector itself
            assert values.items() >= VECTORS[position].items()
            assert all(values[key] == own(setting.scenario, key) for key in values if key not in VECTORS[position])


def test_without_peers_the_launch_stays_and_marketing_makes_up(setting):
    for levels, position, values in crossed(VECTORS, setting):
        p = VECTORS[position]["digital.marketing"]
        hazard = values["digital.marketing"] * values["digital.launch"]
        assert hazard == pytest.approx(p * setting.scenario.digital.launch)
        if levels[1]:
            assert values["digital.word_of_mouth"] == 0
            more = values["digital.marketing"] - p
            assert more == pytest.approx(PEERS_FELT * setting.scenario.digital.word_of_mouth)


def test_linear_distance_is_refitted_without_the_logarithm(setting):
    region = open_region("town")
    found = linear_choice(region, load_travel(region, None, setting.scenario.choice.candidates))
    bent = {key for key in found if key.startswith("choice.distance_") and key.split(".")[1] not in BY_KM}
    assert {"choice.distance_log_urban", "choice.distance_density"} <= bent
    assert not any(found[key] for key in bent)
    assert found["choice.distance_km_urban"] > setting.scenario.choice.distance_km_urban
    assert found["choice.distance_detour"] == 0, "in this town a detour would attract"
    with_values(setting.scenario, found)


def test_results_are_read_into_the_axes_they_were_crossed_by(setting, tmp_path):
    plan = make_plan(design(VECTORS, 3, 1, "town", setting, "baseline"))
    ledger = Ledger(tmp_path)
    ledger.tables.mkdir(parents=True)
    rows = [
        {
            "run": run.id, "scenario": run.scenario, "seed": run.seed, "month": pd.Timestamp("2031-01-01"),
            **dict.fromkeys(MEASURES, 100.0 * run.point + run.seed + (0.5 if run.scenario == "baseline" else 0.0)),
        }
        for run in plan.runs()
    ]  # fmt: skip
    write_frame(pd.DataFrame(rows).drop_duplicates("run"), ledger.tables / "headline.parquet")
    month, tables = tables_of(plan, ledger, len(VECTORS), "digital-entry", "baseline")
    assert month == "2031-01"
    level = tables[MEASURES[0], "level"]
    assert level.shape == (2, 2, 2, 2, 3)
    for point, (levels, position, _) in enumerate(crossed(VECTORS, setting)):
        assert level[(*levels, position)].tolist() == [100.0 * point + seed for seed in (1, 2, 3)]
    assert (tables[MEASURES[0], "difference"] == -0.5).all()
    write_frame(pd.DataFrame(rows[:-1]), ledger.tables / "headline.parquet")
    with pytest.raises(InputError, match="runs are missing"):
        tables_of(plan, ledger, len(VECTORS), "digital-entry", "baseline")


def test_fewer_vectors_than_asked_for_are_refused(tmp_path):
    write_frame(pd.DataFrame({"vector": [0], "choice.inertia": [2.0]}), tmp_path / "accepted.parquet")
    assert accepted_vectors(tmp_path / "accepted.parquet", 1) == [{"choice.inertia": 2.0}]
    with pytest.raises(InputError, match="has 1; accept more, or ask for fewer"):
        accepted_vectors(tmp_path / "accepted.parquet", 2)


def test_figure_and_page_show_every_source(tmp_path):
    rng = np.random.default_rng(1)
    table = rng.normal(0.01, 0.001, (2, 2, 2, 4, 3)) + rng.normal(0, 0.002, 4)[:, None]
    rows = pd.concat(
        [
            split(values).assign(measure="gross_misalignment", of=of, unit="share")
            for of, values in (("level", table), ("difference", np.zeros_like(table)))
        ],
        ignore_index=True,
    )
    told = {
        "scenario": "digital-entry", "against": "baseline", "month": "2026-01", "months": 60, "model": "m", "place": "p",
        "vectors": 4, "seeds": 3, "combinations": 8,
        "choices": {choice.name: {"means": choice.means} for choice in CHOICES},
    }  # fmt: skip
    assert section(tmp_path) == ""
    write_frame(rows, tmp_path / "uncertainty.parquet")
    (tmp_path / "uncertainty.json").write_text(json.dumps(told), "utf-8")
    draw(rows, told, tmp_path / "uncertainty.png")
    text = section(tmp_path)
    assert all(source in text for source in SOURCES)
    level = next(line for line in reversed(text.splitlines()) if line.startswith("| gross_misalignment"))
    assert level.count("%") >= len(SOURCES)
    difference = next(line for line in text.splitlines() if line.startswith("| gross_misalignment"))
    assert difference.startswith("| gross_misalignment | 0 points | 0 to 0 points |")
    assert "(uncertainty.png)" in text
