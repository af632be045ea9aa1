"""Travel, rank of the chosen practice, fit of flows and floating catchments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.measures import access


def test_kilometres():
    assert access.straight_line_km(0, 0, 3000, 4000) == 5


def test_ranks_on_a_line_of_practices():
    areas = [[0, 0], [1000, 0]]
    practices = [[900, 0], [100, 0], [5000, 0]]
    rank = access.rank_by_distance(areas, practices, [0, 0, 0, 1, 1], [0, 1, 2, 0, 2])
    assert rank.tolist() == [2, 1, 3, 1, 3]
    assert access.rank_by_distance(areas, practices, [0], [2], furthest=2).tolist() == [3]
    assert access.share_at_nearest(rank, [10, 30, 0, 20, 40]) == pytest.approx(0.5)
    assert access.shares_by_rank(rank, [10, 30, 0, 20, 40], 3) == pytest.approx([0.5, 0.1, 0.4])


def test_practices_in_one_building_are_ranked_in_the_order_given():
    practices = [[50, 0], [10, 0], [50, 0], [10, 0]]
    assert access.nearest_practices([[0, 0]], practices, 9).tolist() == [[1, 3, 0, 2]]
    assert access.nearest_practices([[0, 0], [90, 0]], practices, 3).tolist() == [[1, 3, 0], [0, 2, 1]]
    assert access.nearest_practices([[0, 0]], [[3, 3]], 1).tolist() == [[0]]


@given(
    hnp.arrays(np.int64, (5, 2), elements=st.integers(0, 6)),
    hnp.arrays(np.int64, st.tuples(st.integers(1, 12), st.just(2)), elements=st.integers(0, 6)),
    st.integers(1, 12),
)
def test_nearest_is_nearest(areas, practices, count):
    found = access.nearest_practices(areas, practices, count)
    assert found.shape == (5, min(count, len(practices)))
    squares = ((areas[:, None] - practices[None, :]) ** 2).sum(axis=2)
    for area, chosen in enumerate(found):
        assert len(set(chosen)) == len(chosen)
        assert squares[area, chosen].tolist() == sorted(squares[area])[: len(chosen)]


def test_common_part():
    assert access.common_part([1, 2, 3], [1, 2, 3]) == 1
    assert access.common_part([4, 0], [0, 4]) == 0
    assert access.common_part([4, 0], [2, 2]) == pytest.approx(0.5)
    assert np.isnan(access.common_part([0], [0]))


def test_decay_falls_from_one_to_nothing():
    assert access.decay([0, 5, 5.1], 5).tolist() == [1, 0, 0]
    assert access.decay([0, 5, 5.1], 5, "binary").tolist() == [1, 1, 0]
    assert (np.diff(access.decay(np.linspace(0, 5, 20), 5)) < 0).all()


def every_pair(areas, practices):
    return np.repeat(np.arange(areas), practices), np.tile(np.arange(practices), areas)


def test_a_catchment_that_covers_everything_is_supply_over_demand():
    area, practice = every_pair(3, 2)
    found = access.floating_catchment(area, practice, np.full(6, 2.0), [100, 200, 300], [4, 8], 10, "binary")
    assert found == pytest.approx([12 / 600] * 3)


def test_an_area_out_of_reach_has_no_access():
    found = access.floating_catchment([0, 1], [0, 0], [1, 20], [100, 100], [5], 10)
    assert found == pytest.approx([0.05, 0])
    assert access.share_low_access(found, [100, 300]) == pytest.approx(0.75)
    assert access.share_low_access([1, 1], [3, 4]) == 0
    assert np.isnan(access.share_low_access([1], [0]))


@given(hnp.arrays(float, (4, 3), elements=st.floats(0, 20)), st.sampled_from(["gaussian", "binary"]))
def test_access_adds_up_to_the_supply_within_reach(km, shape):
    area, practice = every_pair(4, 3)
    population, supply = np.array([10, 20, 30, 40]), np.array([1.0, 2.0, 3.0])
    found = access.floating_catchment(area, practice, km.ravel(), population, supply, 10, shape)
    reached = (access.decay(km, 10, shape) * population[:, None]).sum(axis=0) > 0
    assert (found * population).sum() == pytest.approx(supply[reached].sum())
