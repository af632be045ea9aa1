"""GPs within reach: what is within everybody's reach adds up to all GPs, and falls where a practice closes."""

import datetime
import math

import duckdb
import numpy as np
import pytest

from model.model import RegistrationModel
from model.policy import DigitalLaunch, FormNetworks
from model.reach import RADIUS_KM, reach_of
from model.recorder import record_run
from model.scenario import Scenario


@pytest.fixture
def model(town, cache):
    return RegistrationModel(Scenario(), region=town, travel_cache=cache)


def people_by(model: RegistrationModel, group: np.ndarray, groups: int) -> np.ndarray:
    return np.bincount(group, model.counts.residents, groups)


def test_what_people_can_reach_is_every_gp_in_anybodys_reach(model):
    reach, levels = reach_of(model), model.levels
    reached = np.unique(model.travel.practice[model.travel.network_km < RADIUS_KM])
    gps = model.lists.gps_fte[reached][model.lists.conventional[reached]].sum()
    assert gps > 0
    for means, group in (
        (reach.places, levels.area_place),
        (reach.neighbourhoods, levels.area_neighbourhood),
        (reach.fifths, (model.region.deprivation_decile - 1) // 2),
    ):
        people = people_by(model, group, len(means))
        assert (np.isnan(means) == (people == 0)).all(), "a mean over nobody is none"
        assert np.nansum(means * people) / 1e4 == pytest.approx(gps)
    assert 0 <= reach.low[0] <= 1


def test_where_a_practice_closes_those_near_it_reach_fewer(model):
    before = reach_of(model)
    practice = int(np.flatnonzero(model.lists.conventional)[0])
    model.lists.exists[practice] = False
    after = reach_of(model)
    place = model.levels.practice_place[practice]
    assert after.places[place] < before.places[place]
    assert (np.nan_to_num(after.neighbourhoods) <= np.nan_to_num(before.neighbourhoods) + 1e-12).all()


def test_twice_the_gps_are_twice_the_reach_and_as_unequal(model):
    before = reach_of(model)
    model.lists.gps_fte *= 2
    after = reach_of(model)
    np.testing.assert_allclose(after.places, 2 * before.places)
    assert after.low[0] == before.low[0]


def test_nobody_reaches_a_digital_list(town, cache):
    code = str(town.practices[0])
    launch = DigitalLaunch(month=datetime.date(2021, 2, 1), practice=code)
    model = RegistrationModel(Scenario(timeline=(launch,)), region=town, travel_cache=cache)
    place, before = model.levels.practice_place[0], reach_of(model)
    model.step()
    model.step()
    assert model.lists.provider[0] >= 0
    assert reach_of(model).places[place] < before.places[place]


def test_tables_hold_what_was_reached_when_people_were_counted(town, cache, tmp_path):
    """Networks form and people move between two quarters: rows written in between are of the former networks and people."""
    scenario = Scenario(months=5, timeline=(FormNetworks(month=datetime.date(2021, 5, 1)),))
    model = RegistrationModel(scenario, region=town, travel_cache=cache)
    with record_run(model, tmp_path / "run") as recording:
        for _ in range(5):
            model.step()
            recording.month()
    kept, now = model.reach, reach_of(model)
    assert len(kept.neighbourhoods) != len(now.neighbourhoods) or not np.array_equal(kept.fifths, now.fifths)

    def told(table: str, month: str, column: str = "gps_within_reach") -> list[float]:
        rows = duckdb.read_parquet(str(tmp_path / "run" / f"{table}.parquet")).filter(f"month = DATE '{month}'")
        return [math.nan if value is None else value for (value,) in rows.project(column).fetchall()]

    np.testing.assert_array_equal(told("neighbourhoods", "2021-06-01"), kept.neighbourhoods)
    np.testing.assert_array_equal(told("places", "2021-04-01"), kept.places)
    np.testing.assert_array_equal(told("left_behind", "2021-04-01"), kept.fifths)
    assert told("headline", "2021-06-01", "low_reach") == kept.low.tolist()
