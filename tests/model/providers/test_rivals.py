"""Who competes with whom, who loses to whom, and what rivals do to quality: small maps with known answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.geography.travel import DETOUR, Travel
from model.parameters.practices import Practices
from model.providers.rivals import (
    competition_shift,
    losing_to_rivals,
    lost_to_rivals,
    near_practices,
    net_leavers,
    network_km,
    rivals_within,
    widened,
)

METRES = np.array([0.0, 400.0, 2_000.0, 9_000.0])
"""Four practices along a street."""
ZERO = np.zeros(4)
ALL = np.ones(4, bool)
OWN = np.arange(4)


def test_pairs_go_both_ways_and_stop_at_the_distance():
    near = near_practices(METRES, ZERO, ALL, 3.0)
    pairs = list(zip(near.first.tolist(), near.second.tolist(), near.km.tolist(), strict=True))
    assert pairs == [(0, 1, 0.4), (0, 2, 2.0), (1, 0, 0.4), (1, 2, 1.6), (2, 0, 2.0), (2, 1, 1.6)]


def test_closed_practices_are_nobodys_neighbours():
    near = near_practices(METRES, ZERO, np.array([True, False, True, True]), 3.0)
    assert near.first.tolist() == [0, 2]
    assert near_practices(METRES, ZERO, np.zeros(4, bool), 3.0).first.size == 0


def test_rivals_are_counted_by_distance_and_not_within_an_organisation():
    near = near_practices(METRES, ZERO, ALL, 3.0)
    assert rivals_within(near, OWN, 0.5).tolist() == [1, 1, 0, 0]
    assert rivals_within(near, OWN, 3.0).tolist() == [2, 2, 2, 0]
    assert rivals_within(near, np.array([7, 7, 2, 3]), 3.0).tolist() == [1, 1, 2, 0]


def test_share_lost_is_measured_among_near_rivals_only():
    near = near_practices(METRES, ZERO, ALL, 1.0)  # only the first two compete
    before, now = np.array([1000, 1000, 1000, 1000]), np.array([900, 1100, 500, 1000])
    assert lost_to_rivals(now, before, near, OWN) == pytest.approx([0.1, -0.1, 0.0, 0.0])
    assert net_leavers(now, before) == pytest.approx([0.1, -0.1, 0.5, 0.0])
    # The third lost half its list, but to nobody near: it cannot win them back with a wider boundary.
    assert losing_to_rivals(now, before, near, OWN, 0.05).tolist() == [True, False, False, False]


def test_a_list_that_was_empty_lost_nothing():
    near = near_practices(METRES, ZERO, ALL, 3.0)
    lost = lost_to_rivals(np.array([0, 5, 0, 3]), np.zeros(4, int), near, OWN)
    assert np.isfinite(lost).all()
    assert net_leavers(np.array([0, 5, 0, 3]), np.zeros(4, int)).tolist() == [0, 0, 0, 0]


def test_only_losers_widen_and_never_beyond_the_widest():
    ratio = widened(np.array([2.0, 2.0, 9.5, 12.0]), np.array([True, False, True, True]), 1.1, 10.0)
    assert ratio == pytest.approx([1.1, 1.0, 10.0 / 9.5, 1.0])


@given(
    inner=st.lists(st.floats(0.1, 50), min_size=1, max_size=20),
    ratio=st.floats(1, 5),
    widest=st.floats(0, 50),
)
def test_widening_never_narrows(inner, ratio, widest):
    inner = np.array(inner)
    by = widened(inner, np.ones(len(inner), bool), ratio, widest)
    assert (by >= 1.0).all()
    assert (inner * by <= np.maximum(inner, widest) * (1 + 1e-9)).all()


def test_network_km_come_from_the_travel_table_and_are_never_below_the_straight_line():
    near = near_practices(METRES[:3], ZERO[:3], ALL[:3], 3.0)
    travel = Travel(
        practice=np.array([[0, 1], [0, 1], [1, 0]], np.uint16),
        km=np.zeros((3, 2), np.float32),
        network_km=np.array([[0.1, 0.7], [0.2, 0.1], [1.2, 2.5]], np.float32),
        joins=0,
    )
    site_area = np.array([0, 1, 2])
    assert network_km(travel, site_area, near, near.of(0)) == pytest.approx([0.7, 2.0 * DETOUR])  # 2 is no candidate
    assert network_km(travel, site_area, near, near.of(2)) == pytest.approx([2.5, 1.6])  # 1.2 < straight 1.6


def test_competition_adds_its_parameter_per_sd_and_nothing_at_the_mean():
    rules = Practices(close_rivals_spread=(0.0, np.log(2)), near_rivals_spread=(np.log(4), 1.0))
    shift = competition_shift(np.array([0, 1]), np.array([3, 3]), rules, spread=0.08)
    assert shift == pytest.approx([0.0, 0.04 * 0.08])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_competition_is_small_in_any_town(seed):
    """P24: quality changes by less than a tenth of an SD per SD of rivals of one kind, those of the other kind equal."""
    rules, rng = Practices(), np.random.Generator(np.random.Philox(key=seed))
    x, y = rng.uniform(0, 8_000, 200), rng.uniform(0, 8_000, 200)
    near = near_practices(x, y, np.ones(200, bool), 3.0)
    close, all_near = (rivals_within(near, np.arange(200), km) for km in (0.5, 3.0))
    shift = competition_shift(close, all_near, rules, spread=1.0)
    in_sds = [
        np.log1p(rivals) / spread[1]
        for rivals, spread in ((close, rules.close_rivals_spread), (all_near, rules.near_rivals_spread))
    ]
    slopes = np.linalg.lstsq(np.stack([*in_sds, np.ones(200)], axis=1), shift)[0][:2]
    assert slopes == pytest.approx([rules.competition_close, rules.competition_near])
    assert ((slopes > 0.0) & (slopes < 0.1)).all()


def test_without_spread_rivals_shift_nothing():
    rules = Practices(close_rivals_spread=(0.4, 0.0), near_rivals_spread=(2.0, 0.0))
    assert competition_shift(np.array([0, 9]), np.array([3, 40]), rules, spread=0.08).tolist() == [0.0, 0.0]
