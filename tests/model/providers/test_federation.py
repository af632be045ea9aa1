"""Federations: who joins whom, what they share, what they decide together, and one list of many."""

import datetime
from dataclasses import dataclass, field

import numpy as np
import pytest

from model.patients.options import apply_boundaries
from model.policy import DigitalLaunch
from model.providers.federation import federate, federation_allows
from model.scenario import Scenario


@dataclass
class Lists:
    """What joint decisions read."""

    federation: np.ndarray
    size: np.ndarray
    exists: np.ndarray
    scenario: Scenario = field(default_factory=Scenario)


@pytest.fixture
def model(make_model, thin_town):
    return make_model(thin_town, practices__openings=0.0)


def test_a_member_may_close_only_where_its_federation_is_overloaded_on_the_whole():
    lists = Lists(np.array([0, 0, 1, 1, -1]), np.array([1000, 3000, 1000, 3000, 1000]), np.ones(5, bool))
    # Weighted means: 0.25 x 0.4 = 0.1 and 0.75 x 0.4 - 0.25 = 0.05, which is not above 0.05.
    overload = np.array([0.4, 0.0, -1.0, 0.4, -5.0])
    assert federation_allows(lists, overload).tolist() == [True, True, False, False, True]


def test_practices_of_the_past_have_no_say():
    lists = Lists(np.array([0, 0]), np.array([1000, 9000]), np.array([True, False]))
    assert federation_allows(lists, np.array([0.2, -1.0])).tolist() == [True, True]
    nobody = Lists(np.array([-1, -1]), np.array([1, 1]), np.ones(2, bool))
    assert federation_allows(nobody, np.zeros(2)).all()


def test_a_larger_share_adds_members_and_everyone_gains_access_once(model):
    lists = model.lists
    before = lists.quality_shift.copy()
    federate(model, 0.5, 3)
    first = lists.federation.copy()
    assert (first >= 0).any()
    assert (first[lists.exists] < 0).any()
    federate(model, 1.0, 3)
    joined = first >= 0
    assert (lists.federation[joined] == first[joined]).all()
    assert (lists.federation >= 0).sum() > joined.sum()
    gain = lists.quality_shift - before
    np.testing.assert_allclose(gain, np.where(lists.federation >= 0, model.scenario.federations.extended_access, 0.0))
    assert lists.changed


def test_federations_have_two_practices_or_more_and_agents_agree_with_the_columns(model):
    federate(model, 1.0, 3)
    assert [f.position for f in model.federations] == list(range(len(model.federations)))
    for federation in model.federations:
        assert len(federation.practices) >= 2
        assert federation.patients == model.lists.size[federation.practices].sum()
        assert federation.straddles == (len(federation.commissioners) > 1)
    assert sum(len(f.practices) for f in model.federations) == (model.lists.federation >= 0).sum()
    assert len({f.name for f in model.federations}) == len(model.federations)


def test_nobody_federates_at_share_zero(model):
    lists, quality = model.lists, model.lists.quality_shift.copy()
    federate(model, 0.0, 3)
    assert not model.federations
    assert (lists.federation == -1).all()
    assert (lists.quality_shift == quality).all()


def test_nobody_federates_beyond_reach(make_model, thin_town):
    """Two practices of the town are in one building, the others farther apart than 100 m."""
    model = make_model(thin_town, practices__openings=0.0, federations__reach_km=0.1)
    there, region = np.flatnonzero(model.lists.exists), model.region
    km = np.hypot(*(at[there, None] - at[None, there] for at in (region.practice_x, region.practice_y))) / 1000
    near = (km <= 0.1).sum(axis=1) > 1
    assert near.sum() == 2
    federate(model, 1.0, 3)
    (federation,) = model.federations
    assert federation.practices.tolist() == there[near].tolist()


def test_a_super_practice_holds_every_patient_of_its_federation(model):
    lists = model.lists
    federate(model, 1.0, 3)
    members = [f.practices for f in model.federations]
    patients = [f.patients for f in model.federations]
    registered = lists.size.sum()
    federate(model, 1.0, 3, merge=True)
    model.lists_change_hands()
    model.recount()
    assert lists.size.sum() == registered
    for practices, sum_before in zip(members, patients, strict=True):
        (survivor,) = practices[lists.exists[practices]].tolist()
        assert model.lists.size[survivor] == sum_before
        assert len(set(lists.organisation()[practices].tolist())) == 1


def test_a_list_that_a_trust_runs_does_not_merge_into_a_super_practice(model):
    lists = model.lists
    federate(model, 1.0, 3)
    owned = model.federations[0].practices[0]
    lists.trust[owned] = 0
    federate(model, 1.0, 3, merge=True)
    assert lists.exists[owned]
    assert lists.super_practice[owned] == -1


def test_a_practice_that_becomes_digital_leaves_its_federation_and_its_trust(make_model, thin_town):
    launch = DigitalLaunch(month=datetime.date(2099, 1, 1))
    model = make_model(thin_town, Scenario(timeline=(launch,)))
    lists = model.lists
    federate(model, 1.0, 3)
    host = int(model.federations[0].practices[0])
    lists.trust[host] = 0
    model.digital.launch("Screen", 0, practice=host)
    assert (lists.federation[host], lists.trust[host]) == (-1, -1)
    assert lists.quality_shift[host] == 0.0, "extended access was the federation's"
    federate(model, 1.0, 3, merge=True)
    assert lists.federation[host] == -1
    assert lists.exists[host]
    assert lists.super_practice[host] == -1
    assert (lists.super_practice != host).all(), "nobody merges into it"


def test_whoever_is_in_one_members_boundary_is_in_all_members(model):
    federate(model, 1.0, 3)
    lists, options = model.lists, model.world.options
    lists.inner_km[:] = 0.0
    lists.allow_out_of_area(0.0)
    wide = int(model.federations[0].practices[0])
    lists.inner_km[wide] = 1000.0
    apply_boundaries(options, model.region, model.travel, model.scenario, lists)
    offered = model.travel.practice
    reached = (offered == wide).any(axis=1)
    member = lists.federation[offered] == 0
    assert reached.any()
    assert (options.weight[0][member & reached[:, None]] > 0).all()
    assert (options.weight[0][~member & lists.exists[offered]] == 0).all()
