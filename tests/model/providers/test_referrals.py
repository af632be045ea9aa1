"""Gravity of referrals: closed forms with two trusts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.providers.referrals import gain_of_owning, referral_shares, steering_of

KM = np.array([[0.0, 10.0], [5.0, 5.0], [10.0, 0.0]])


def test_shares_fall_with_distance_as_gravity_says():
    share = referral_shares(KM, 0.1, 1.0, np.full(3, -1))
    np.testing.assert_allclose(share[0], [1 / (1 + np.exp(-1)), np.exp(-1) / (1 + np.exp(-1))])
    np.testing.assert_allclose(share[1], [0.5, 0.5])


def test_ownership_multiplies_the_odds_of_the_owner():
    before = referral_shares(KM, 0.1, 1.2, np.full(3, -1))
    after = referral_shares(KM, 0.1, 1.2, np.array([1, 0, -1]))
    odds = after / (1 - after) / (before / (1 - before))
    np.testing.assert_allclose(odds, [[np.exp(-1.2), np.exp(1.2)], [np.exp(1.2), np.exp(-1.2)], [1, 1]])


def test_gain_is_the_difference_ownership_makes():
    gain = gain_of_owning(KM, 0.1, 0.8)
    for trust in (0, 1):
        owned = referral_shares(KM, 0.1, 0.8, np.full(3, trust))
        free = referral_shares(KM, 0.1, 0.8, np.full(3, -1))
        np.testing.assert_allclose(gain[:, trust], (owned - free)[:, trust])


def test_steered_share_of_a_world_of_two_trusts():
    found = steering_of(KM[1:2], 0.1, np.log(3), np.array([0]), np.array([100]))
    assert found.to_owner_before == pytest.approx(0.5)
    assert found.to_owner_after == pytest.approx(0.75)
    assert found.steered == pytest.approx(0.25)
    np.testing.assert_allclose(found.before, [0.5, 0.5])
    np.testing.assert_allclose(found.after, [0.75, 0.25])


def test_nobody_owns_nothing_is_steered():
    found = steering_of(KM, 0.1, 1.0, np.full(3, -1), np.array([1, 2, 3]))
    assert found.steered == 0
    assert np.isnan(found.to_owner_after)
    np.testing.assert_allclose(found.before, found.after)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 300), st.floats(0, 300), st.floats(0, 300)), min_size=1, max_size=8),
    st.floats(0, 2),
    st.floats(0, 5),
    st.data(),
)
def test_referrals_are_conserved_and_owning_never_loses_any(km, distance, steering, data):
    owner = np.array(data.draw(st.lists(st.integers(-1, 2), min_size=len(km), max_size=len(km))))
    patients = np.arange(1, len(km) + 1)
    found = steering_of(np.array(km), distance, steering, owner, patients)
    assert found.before.sum() == pytest.approx(1)
    assert found.after.sum() == pytest.approx(1)
    assert -1e-12 <= found.steered <= 1
    assert (gain_of_owning(np.array(km), distance, steering) >= -1e-12).all()
