"""The practice x area register of a run: what published registers hold, counted from the patients."""

import datetime

import duckdb
import numpy as np
import pytest

from model.recorder import record_run
from model.registers import recorded_register


def test_at_the_start_it_is_the_register_the_run_began_with(town, make_model):
    model = make_model(town)
    found = recorded_register(model)
    given = np.lexsort((town.registration_area, town.registration_practice))
    for counted, published in zip(found, ("practice", "area", "patients"), strict=True):
        np.testing.assert_array_equal(counted, getattr(town, f"registration_{published}")[given])


@pytest.mark.parametrize("engine", ["columns", "agents"])
def test_its_margins_are_the_lists_and_recorded_flows_whatever_happened(thin_town, make_model, engine):
    model = make_model(thin_town, engine=engine)
    for _ in range(3):
        model.step()
    found, region = recorded_register(model), model.region
    np.testing.assert_array_equal(
        np.bincount(found.practice, found.patients, len(region.practices)), model.counts.lists
    )
    flows = np.zeros_like(model.counts.recorded_flows)
    home, host = region.area_commissioner[found.area], region.practice_commissioner[found.practice]
    np.add.at(flows, (home, host), found.patients)
    np.testing.assert_array_equal(flows, model.counts.recorded_flows)
    assert (found.patients > 0).all()
    keys = found.practice.astype(np.int64) * len(region.areas) + found.area
    assert (np.diff(keys) > 0).all()


def test_a_results_folder_holds_it_for_the_months_asked_for(thin_town, make_model, tmp_path):
    model = make_model(thin_town)
    months = [datetime.date(2021, 1, 1), datetime.date(2021, 3, 1)]
    with record_run(model, tmp_path / "kept", months) as recording:
        for _ in range(2):
            model.step()
            recording.month()
    kept = duckdb.sql(f"SELECT * FROM '{tmp_path / 'kept' / 'register.parquet'}' WHERE month = DATE '2021-03-01'").df()
    now = recorded_register(model)
    assert kept["practice"].tolist() == model.region.practices[now.practice].tolist()
    assert kept["area"].tolist() == model.region.areas[now.area].tolist()
    assert kept["patients"].tolist() == now.patients.tolist()
    counts = duckdb.sql(f"SELECT DISTINCT month FROM '{tmp_path / 'kept' / 'register.parquet'}' ORDER BY 1").fetchall()
    assert [month for (month,) in counts] == months


def test_without_asking_there_is_none(thin_town, make_model, tmp_path):
    model = make_model(thin_town)
    with record_run(model, tmp_path / "plain"):
        pass
    assert not (tmp_path / "plain" / "register.parquet").exists()
