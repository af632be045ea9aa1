"""Trusts: one for each place, takeovers that pay, and what a place comes to depend on."""

import numpy as np
import pytest

from model.measures.places import concentration_of_places
from model.providers.trust import km_to_trusts, place_trusts, steering, take_over, trusts_act


def profitable(made):
    """The model, its practices earning a little more than they cost."""
    made.lists.margin = np.full(len(made.lists.size), 1.0)
    return made


@pytest.fixture
def one_hospital(make_model, thin_town):
    """A town that is one place: its hospital has every referral already."""
    return profitable(make_model(thin_town, practices__openings=0.0, trusts__reach_km=100.0, trusts__hold=1.0))


@pytest.fixture
def two_hospitals(make_model, thin_town):
    """The town's authorities a place each: their hospitals are rivals for referrals."""
    made = make_model(
        thin_town, practices__openings=0.0, trusts__reach_km=100.0, trusts__hold=1.0,
        networks__place_smallest=1000, networks__place_largest=5000,
    )  # fmt: skip
    assert len(made.trusts) == 2
    return profitable(made)


@pytest.fixture(params=["one_hospital", "two_hospitals"])
def model(request):
    """Both towns, one after the other."""
    return request.getfixturevalue(request.param)


def run_by_trusts(model):
    return model.lists.exists & (model.lists.trust >= 0)


def test_every_place_has_one_trust_that_stands_in_it(model):
    assert len(model.trusts) == len(model.levels.places)
    for position, trust in enumerate(model.trusts):
        assert model.levels.area_place[trust.area] == trust.position == position
    assert len({trust.name for trust in model.trusts}) == len(model.trusts)
    assert not run_by_trusts(model).any()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_takeovers_reach_the_share_when_they_pay(one_hospital, share):
    model = one_hospital
    take_over(model, share)
    assert run_by_trusts(model).sum() == round(share * model.lists.exists.sum())
    assert sum(len(t.practices) for t in model.trusts) == run_by_trusts(model).sum()


def test_a_deficit_larger_than_the_referral_margin_is_left_alone(model):
    model.lists.margin[:] = -1e6
    assert take_over(model, 0.5) == 0
    model.lists.margin[::2] = 10.0
    take_over(model, 1.0)
    assert (np.flatnonzero(run_by_trusts(model)) % 2 == 0).all()


def test_nobody_beyond_reach_is_taken_over(make_model, thin_town):
    model = make_model(thin_town, practices__openings=0.0, trusts__reach_km=3.0, trusts__hold=1.0)
    model.lists.margin = np.full(len(model.lists.size), 1.0)
    take_over(model, 1.0)
    km = km_to_trusts(model)
    run = np.flatnonzero(run_by_trusts(model))
    assert (km[run, model.lists.trust[run]] <= 3.0).all()


def test_a_trust_holds_no_more_of_the_practices_near_it_than_allowed(make_model, thin_town):
    model = make_model(thin_town, practices__openings=0.0, trusts__reach_km=100.0, trusts__hold=0.3)
    model.lists.margin = np.full(len(model.lists.size), 1.0)
    take_over(model, 1.0)
    near = km_to_trusts(model)[model.lists.exists].argmin(axis=1)
    for trust in model.trusts:
        assert len(trust.practices) <= np.ceil(0.3 * (near == trust.position).sum())


def test_taken_over_practices_are_one_organisation_and_places_depend_on_it_more(model):
    lists, levels = model.lists, model.levels

    def largest():
        place = levels.practice_place[lists.exists]
        return concentration_of_places(
            place, lists.organisation()[lists.exists], lists.size[lists.exists], len(levels.places)
        )

    before = largest()
    take_over(model, 1.0)
    after = largest()
    organisations = [set(lists.organisation()[trust.practices].tolist()) for trust in model.trusts]
    assert all(len(each) == 1 for each in organisations)
    assert len(set.union(*organisations)) == len(model.trusts)
    assert (after["hhi"] > before["hhi"]).all()


def test_a_trust_that_runs_every_practice_is_all_that_its_place_has(one_hospital):
    lists, levels = one_hospital.lists, one_hospital.levels
    take_over(one_hospital, 1.0)
    found = concentration_of_places(
        levels.practice_place[lists.exists], lists.organisation()[lists.exists], lists.size[lists.exists], 1
    )
    assert found["largest_share"].tolist() == found["hhi"].tolist() == [1.0]


def test_owned_practices_steer_referrals_and_others_do_not(two_hospitals):
    assert steering(two_hospitals).steered == 0
    take_over(two_hospitals, 0.5)
    found = steering(two_hospitals)
    assert found.before.sum() == pytest.approx(1)
    assert found.steered > 0
    assert found.to_owner_after > found.to_owner_before


def test_the_share_is_made_up_each_april_and_nothing_happens_without_a_policy(model):
    trusts_act(model)
    assert not run_by_trusts(model).any()
    take_over(model, 0.5)
    held = np.flatnonzero(run_by_trusts(model))
    model.lists.trust[held[:2]] = -1
    trusts_act(model)
    assert run_by_trusts(model).sum() == round(0.5 * model.lists.exists.sum())


def test_a_trust_opens_a_practice_at_its_hospital(make_model, thin_town):
    model = make_model(thin_town, practices__openings=100.0)
    there = model.lists.exists.sum()
    practice = model.trusts[0].open_practice()
    assert model.lists.exists.sum() == there + 1
    assert model.region.practice_area[practice] == model.trusts[0].area
    assert model.trusts[0].has_own_practice
    assert model.trusts[0].practices.tolist() == [practice]


def test_published_trust_practices_are_given_to_the_nearest(make_model, thin_town):
    model = make_model(thin_town, practices__openings=0.0)
    model.region.provider_kind[2] = "trust"
    place_trusts(model)
    assert np.flatnonzero(run_by_trusts(model)).tolist() == [2]
    assert model.lists.trust[2] == km_to_trusts(model)[2].argmin()


def test_a_hospital_without_rivals_gains_nothing_by_steering(one_hospital):
    """Every referral is its own already, so a practice that just breaks even is not worth taking over."""
    one_hospital.lists.margin[:] = 0.0
    assert take_over(one_hospital, 1.0) == 0


def test_a_hospital_with_a_rival_takes_over_what_just_breaks_even(two_hospitals):
    two_hospitals.lists.margin[:] = 0.0
    assert take_over(two_hospitals, 1.0) > 0
