"""What a takeover is worth, who offers, who gives up first."""

import msgspec
import numpy as np
import pytest

from model.parameters.organisations import Trusts
from model.providers.hospital_sites import hospital_sites
from model.providers.takeovers import active_trusts, best_offers, readiness, takeover_surplus

RULES = Trusts(steering=float(np.log(3)), distance=0.1, referrals=0.2, referral_margin=100.0, reach_km=20.0)
EVEN = np.array([[5.0, 5.0]])


def test_surplus_is_referral_margin_and_capitation_margin():
    # 1,000 patients x 0.2 referrals x 0.25 more of them x GBP 100 = 5,000, less 1,000 x GBP 4.
    assert takeover_surplus(EVEN, np.array([1000]), np.array([-4.0]), RULES) == pytest.approx(np.full((1, 2), 1000.0))
    assert (takeover_surplus(EVEN, np.array([1000]), np.array([-6.0]), RULES) < 0).all()


def test_only_active_trusts_within_reach_offer_and_the_nearer_of_equals_wins():
    km = np.array([[5.0, 5.0], [30.0, 30.0], [0.0, 10.0], [10.0, 0.0]])
    size, margin = np.full(4, 1000), np.zeros(4)
    value, trust = best_offers(km, np.array([True, True]), size, margin, RULES)
    assert trust[1] == -1
    assert value[1] == -np.inf
    assert trust[0] == 0
    _, only = best_offers(km, np.array([False, True]), size, margin, RULES)
    assert only.tolist() == [1, -1, 1, 1]
    # Odds e and 1/e: tripling either adds e/(1+e) (1 - e/(1+e)) 2 / (1 + 2 s), most for the smaller share.
    assert (trust[2], trust[3]) == (1, 0)


def test_small_crowded_unpopular_and_losing_practices_give_up_first():
    same = {
        "size": np.full(2, 5000), "margin": np.zeros(2), "load": np.full(2, 2000.0), "satisfaction": np.full(2, 0.8)
    }  # fmt: skip
    for worse in (
        {"size": np.array([2000, 8000])},
        {"margin": np.array([-5.0, 5.0])},
        {"load": np.array([3000.0, 1500.0])},
        {"satisfaction": np.array([0.7, 0.9])},
    ):
        score = readiness(
            **(same | worse), free=np.ones(2, bool), size_slope=-1.6, spread=0.1, rules=Trusts(), draws=np.full(2, 0.5)
        )
        assert score[0] > score[1]


def test_trusts_become_active_in_order_until_they_can_hold_the_share():
    near = np.repeat(np.arange(5), 10)
    order = np.array([3, 1, 4, 0, 2])
    rules = msgspec.structs.replace(Trusts(), active=0.2, hold=0.5)
    few = active_trusts(near, order, rules, 0.01)
    assert np.flatnonzero(few).tolist() == [3]
    # Each holds 5 of 50 practices: a quarter (12.5) needs three.
    assert np.flatnonzero(active_trusts(near, order, rules, 0.25)).tolist() == [1, 3, 4]
    assert active_trusts(near, order, rules, 1.0).all()


def test_a_hospital_stands_where_most_people_are_near(make_region):
    line = np.column_stack([np.arange(5.0), np.zeros(5)])
    region = make_region(line, line[:1], residents=np.array([1000, 1000, 1000, 1000, 1000]))
    assert hospital_sites(region, np.zeros(5, int), 2, 0.5).tolist() == [2, -1]
    town = make_region(line, line[:1], residents=np.array([1000, 1000, 1000, 1000, 20_000]))
    assert hospital_sites(town, np.zeros(5, int), 1, 0.5).tolist() == [4]
