"""The beginning: registers given or reconstructed, practice effects that give lists back, and what is kept on disk."""

import dataclasses

import numpy as np
import pytest

from model.geography.travel import load_travel
from model.patients.excess import Register
from model.patients.practice_effects import choice_shares
from model.patients.start import (
    begin,
    emigrated_by_authority,
    is_candidate,
    people_of,
    practice_effects,
    presence_counts,
    region_residents,
    register_of,
)
from model.patients.utility import base_utility
from model.scenario import Scenario


@pytest.fixture(scope="module")
def travel(town, cache):
    return load_travel(town, cache, Scenario().choice.candidates)


def test_a_given_register_is_taken_as_it_is(town, travel):
    register = register_of(town, travel, Scenario())
    assert np.array_equal(register.area, town.registration_area)
    assert np.array_equal(register.practice, town.registration_practice)
    assert np.array_equal(register.patients, town.registration_patients)


def test_without_one_a_register_with_the_same_lists_is_made(town, travel, make_model):
    bare = dataclasses.replace(
        town, registration_area=None, registration_practice=None, registration_patients=None, digest="bare"
    )
    register = register_of(bare, travel, Scenario())
    assert np.array_equal(np.bincount(register.practice, register.patients), bare.list_size)
    model = make_model(bare)
    known = len(bare.practices)
    assert np.array_equal(model.counts.lists[:known], bare.list_size)
    assert not model.counts.lists[known:].any(), "places in reserve"
    model.step()
    assert abs(model.counts.lists[:known] - bare.list_size).max() < 0.03 * bare.list_size.max()


def test_practice_effects_give_the_lists_back(town, travel, cache):
    """Expected choices of everybody registered nearby, with the effects, are the lists."""
    scenario = Scenario()
    register = register_of(town, travel, scenario)
    effects = practice_effects(town, travel, scenario, register, cache)
    near = is_candidate(travel.practice, register)
    demand = np.bincount(register.area[near], register.patients[near], len(town.areas))
    shares = choice_shares(base_utility(town, travel, scenario.choice), travel.practice, effects)
    expected = np.zeros(len(town.practices))
    np.add.at(expected, travel.practice, shares * demand[:, None])
    held = np.bincount(register.practice[near], register.patients[near], len(town.practices))
    assert expected == pytest.approx(held, rel=1e-3)


def test_effects_are_read_back_and_belong_to_their_register(town, travel, tmp_path):
    scenario = Scenario()
    register = register_of(town, travel, scenario)
    first = practice_effects(town, travel, scenario, register, tmp_path)
    assert len(list(tmp_path.glob("effects-*.npz"))) == 1
    assert np.array_equal(practice_effects(town, travel, scenario, register, tmp_path), first)
    other = register._replace(patients=register.patients[::-1].copy())
    assert not np.array_equal(practice_effects(town, travel, scenario, other, tmp_path), first)
    assert len(list(tmp_path.glob("effects-*.npz"))) == 2


def test_candidates_are_looked_up_in_parts_as_in_one():
    practice = np.array([[0, 2], [1, 2], [0, 1]], np.uint16)
    register = Register(np.array([0, 0, 1, 2, 2]), np.array([0, 1, 2, 2, 0]), np.ones(5, np.int32))
    for at_once in (1, 2, 100):
        assert is_candidate(practice, register, at_once).tolist() == [True, False, True, False, True]


def test_people_are_counted_by_those_who_decide(thin_town, cache):
    scenario = Scenario()
    made = begin(thin_town, load_travel(thin_town, cache, scenario.choice.candidates), scenario, 612, cache)
    people, deciders = people_of(made.columns, made.rows, 612, thin_town)
    presence = presence_counts(made.columns, made.rows)
    assert people.sum() == deciders.sum() == presence[:2].sum()
    assert presence[:6].sum() == made.rows
    assert deciders[:, :16].sum() < 0.05 * people[:, :, :16].sum(), "children count at their mothers' ages"
    assert np.array_equal(people.sum(axis=(1, 2, 3)), deciders.sum(axis=1))
    assert emigrated_by_authority(made.columns, made.rows, thin_town, at_once=1000).sum() == presence[2]
    assert region_residents(thin_town).sum() == thin_town.residents.sum()
    assert made.returning == pytest.approx(
        scenario.ghosts.returning * emigrated_by_authority(made.columns, made.rows, thin_town)
    )


@pytest.mark.parametrize(("start", "first"), [("2014-11", 3), ("2015-01", 1), ("2015-02", 0), ("2021-01", 0)])
def test_out_of_area_registration_begins_in_its_january(thin_town, make_model, start, first):
    model = make_model(thin_town, start=start, boundaries__out_of_area_practices=1.0)
    taking = [model.lists.takes_out_of_area.all()]
    for _ in range(4):
        model.step()
        taking.append(model.lists.takes_out_of_area.all())
    assert taking == [months >= first for months in range(5)]


def test_boundaries_hold_the_share_of_present_patients(town, make_model):
    model = make_model(town, boundaries__inner_share=0.9, boundaries__smallest_km=0.0)
    position = {(int(a), int(p)): k for a in range(len(town.areas)) for k, p in enumerate(model.travel.practice[a])}
    km = np.array([
        model.travel.network_km[a, position[a, p]]
        for a, p in zip(town.registration_area.tolist(), town.registration_practice.tolist(), strict=True)
    ])  # fmt: skip
    for practice in range(len(town.practices)):
        own = town.registration_practice == practice
        patients, within = town.registration_patients[own], km[own] <= model.lists.inner_km[practice] + 1e-4
        assert patients[within].sum() / patients.sum() >= 0.9
        nearer = km[own] < model.lists.inner_km[practice] - 1e-4
        assert patients[nearer].sum() / patients.sum() < 0.9
    assert model.lists.outer_km == pytest.approx(model.lists.inner_km * model.scenario.boundaries.outer_ratio)


def test_immigrants_of_the_first_months_are_those_of_the_year_to_june(town, make_model):
    """As those of every later year: from July on they are the next year's."""
    years = [make_model(town, start=start)._immigrants for start in ("2018-06", "2018-07", "2019-06", "2019-07")]
    assert years[1] == pytest.approx(years[2])
    assert not np.allclose(years[0], years[1])
