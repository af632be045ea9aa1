"""Balance and momentum: known answers on three lists, and the expected year against one that is lived."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from model.geography.open_data import import_open_data
from model.geography.region_files import load_region
from model.patients.momentum import Lists, ahead_of_neighbours, growth_of_neighbourhoods, momentum_of, solve_growth
from model.patients.threads import set_threads
from model.patients.yearly_flows import YearlyFlows, yearly_flows


class Tables:
    """The part of the choice tables that a solution reads: every practice is a candidate everywhere."""

    def __init__(self, areas: int, practices: int) -> None:
        self.practice = np.tile(np.arange(practices, dtype=np.uint16), (areas, 1))
        self.weight = np.ones((2, areas, practices), np.float32)
        self.appeal = np.ones((2, practices))
        self.open = np.ones(practices, np.uint8)


def flows(choosing: list[float], left: list[float], areas: int = 1) -> YearlyFlows:
    """A year without births and without movers who keep their practice."""
    none = np.zeros(len(left))
    return YearlyFlows(
        none, np.array(left), none, np.array(choosing), np.array(choosing), np.full(areas, sum(left) / areas)
    )


@pytest.fixture
def three() -> Lists:
    """Three lists of 1,000 in one area."""
    return Lists(np.zeros(3, int), np.arange(3), np.full(3, 1000), np.ones(3, bool))


def test_joiners_come_out_as_the_growth_wanted_asks(three):
    """300 choose, 100 leave each list: growth of 5%, 0 and -5% takes 150, 100 and 50 joiners, utilities of their logs."""
    size, year = np.full(3, 1000.0), flows([300.0], [100.0, 100.0, 100.0])
    wanted = np.array([0.05, 0.0, -0.05])
    added = solve_growth(Tables(1, 3), size, np.ones(3, bool), year, wanted, np.zeros(3))
    assert np.diff(added) == pytest.approx(np.diff(np.log([150.0, 100.0, 50.0])), abs=2e-3)
    assert added.sum() == pytest.approx(0.0, abs=1e-9)


def test_balance_lets_every_list_grow_as_its_area(three):
    """The second list loses twice as many as the others: the balance brings it as many more."""
    year = flows([400.0], [100.0, 200.0, 100.0])
    balance, pace = momentum_of(Tables(1, 3), three, year, None, 0.65)
    share = np.exp(balance) / np.exp(balance).sum()
    assert 400.0 * share == pytest.approx([100.0, 200.0, 100.0], rel=2e-3)
    assert not pace.any()


def test_momentum_carries_on_the_share_of_growth_that_it_says(three):
    """Growth of 6%, 0 and unknown: 3% ahead of and behind the mean of those known, half of which goes on."""
    year = flows([300.0], [100.0, 100.0, 100.0])
    balance, pace = momentum_of(Tables(1, 3), three, year, np.array([0.06, 0.0, np.nan]), 0.5)
    share = np.exp(balance + pace) / np.exp(balance + pace).sum()
    assert 300.0 * share == pytest.approx([115.0, 85.0, 100.0], rel=3e-3)


def test_growth_is_set_against_the_lists_neighbours_are_on():
    """Two areas that share no list: each list is compared with those of its own area only; mergers tell nothing."""
    lists = Lists(np.array([0, 0, 1, 1]), np.arange(4), np.array([1000, 3000, 1000, 1000]), np.ones(4, bool))
    ahead = ahead_of_neighbours(lists, np.array([0.04, 0.0, -0.02, 0.9]), np.array([1000.0, 3000, 1000, 1000]))
    assert ahead == pytest.approx([0.03, -0.01, 0.0, 0.0])


def test_a_neighbourhood_grows_by_who_comes_and_goes():
    lists = Lists(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([100, 100, 200]), np.ones(2, bool))
    none, year = np.zeros(2), np.array
    found = growth_of_neighbourhoods(lists, YearlyFlows(none, none, none, none, year([20.0, 0.0]), year([0.0, 20.0])))
    assert found == pytest.approx([0.1, (0.1 * 100 - 0.1 * 200) / 300])


def year_of(model, threads: int) -> YearlyFlows:
    set_threads(threads)
    try:
        arriving = 12.0 * model.arriving()
        return yearly_flows(model.engine.columns, model.engine.rows, model.world, model.arrivals, arriving)
    finally:
        set_threads(2)


def test_the_expected_year_is_the_same_on_any_number_of_threads(make_model, metro):
    model = make_model(metro)
    for one, three in zip(year_of(model, 1), year_of(model, 3), strict=True):
        assert (one == three).all()


def test_the_expected_year_is_the_one_that_is_lived(make_model, metro):
    """Births within 3%, growth within 0.3%; choices at most 15% too many: some move again before they tell a practice."""
    model = make_model(metro)
    expected = year_of(model, 2)
    before = model.lists.size.sum()
    joined = born = 0.0
    for _ in range(12):
        model.step()
        joined += model.lists.joiners.sum()
        born += model.counts.changes_by_cause()["born"]
    growth = (model.lists.size.sum() - before) / before
    assert expected.born.sum() == pytest.approx(born, rel=0.03)
    assert 1.0 < expected.choosing.sum() / (joined - born) < 1.15
    found = (expected.born.sum() + expected.choosing.sum() - expected.left.sum()) / before
    assert found == pytest.approx(growth, abs=0.003)


@pytest.mark.slow
def test_on_the_real_register_lists_go_on_growing_as_they_did(make_model, real_data, tmp_path):
    """One system of England, six months: growth goes with that of the year before, and does not without momentum."""
    import_open_data(real_data, tmp_path / "system", systems=["E54000029"], neighbours=False)
    region = load_region(tmp_path / "system")
    before = region.growth
    assert before is not None

    def likeness(**parameters) -> float:
        model = make_model(region, choice__fortune_spread=0.0, **parameters)
        known = np.isfinite(model.region.growth) & (np.abs(np.nan_to_num(model.region.growth)) < 0.15)
        known &= model.lists.size > 1000
        start = model.lists.size.astype(float)
        for _ in range(6):
            model.step()
        known &= np.abs(model.lists.size / np.maximum(start, 1.0) - 1.0) < 0.1
        return float(spearmanr(model.region.growth[known], model.lists.size[known] / start[known]).statistic)

    with_momentum = likeness()
    without = likeness(choice__momentum=0.0, choice__momentum_lasting=0.0)
    assert with_momentum > 0.3
    assert without < with_momentum - 0.2


def test_fortunes_keep_their_spread(make_model, town):
    """In the long run the SD of fortunes is what the parameter says, and half of one is left after a half-life."""
    lists = make_model(town, choice__fortune_spread=0.3, choice__fortune_half_life=6.0).lists
    lists.fortune = np.zeros(20_000)
    for month in range(60):
        lists.turn_fortunes(month)
    assert lists.fortune.std() == pytest.approx(0.3, rel=0.03)
    before = lists.fortune
    for month in range(60, 66):
        lists.turn_fortunes(month)
    assert np.corrcoef(before, lists.fortune)[0, 1] == pytest.approx(0.5, abs=0.03)
