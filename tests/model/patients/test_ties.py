"""What ties areas to practices beside distance, by hand on a few places."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from model.geography.region import MIGRATION_AGES
from model.geography.travel import compute_travel
from model.patients.ties import (
    MOVES_AT_LEAST,
    WITHIN_ZONE,
    age_likeness,
    bonds_of,
    borders_of,
    crosses_authority_border,
    mobility,
    network_share,
    ties_of,
)
from model.patients.utility import PARAMETERS

NOTHING = {name: 0.0 for name in PARAMETERS}
HOMES = np.arange(2)
BOTH = np.array([[0, 1], [1, 0]])
"""Candidates of two homes that live beside one practice each."""


@pytest.fixture
def region(make_region):
    return make_region([[0, 0], [4, 0]], [[0, 0], [4, 0]], residents=1000, lists=1000, area_commissioner=[0, 1],
                       practice_commissioner=[0, 0])  # fmt: skip


def test_practices_of_one_network_near_a_home_are_tied_to_it_by_each_other(region, make_region):
    sites = [[0.1 * i, 0] for i in range(1, 10)]
    region = make_region([[0, 0]], sites)
    codes = np.array(["u", "u", "v", "", "", "u", "v", "w", "u"])
    practice = compute_travel(region).practice
    assert practice[0].tolist() == list(range(9))
    share = network_share(replace(region, practice_neighbourhood=codes), practice, np.zeros(1, int))
    # Of the eight nearest three are of u, two of v; the ninth is not among them, and those of no network are alone.
    assert (8 * share[0]).tolist() == [2, 2, 1, 0, 0, 2, 1, 0, 3]
    assert not network_share(region, practice, np.zeros(1, int)).any()


def test_likeness_in_age_is_how_often_two_people_have_one_age_against_chance(region):
    population = np.zeros((2, 91), np.int32)
    population[0, 30], population[1, [30, 70]] = 100, 50
    lists = np.array([[0.0, 600, 0, 0], [0, 200, 0, 200]])
    region = replace(region, population=population, list_by_age=lists)
    likeness = np.exp(age_likeness(region, BOTH, HOMES))
    # 80% of all lists are 18-49. Home 0 is all 18-49: 1 / 0.8 and 0.5 / 0.8. Home 1 is half and half.
    np.testing.assert_allclose(likeness[0], [1.25, 0.625], rtol=1e-6)
    np.testing.assert_allclose(likeness[1], [0.5 * 0.5 / 0.8 + 0.5 * 0.5 / 0.2, 0.5 / 0.8], rtol=1e-6)
    lists[1] = np.nan
    assert age_likeness(region, BOTH, HOMES)[0, 1] == 0.0
    assert not age_likeness(replace(region, list_by_age=None), BOTH, HOMES).any()


def test_moves_of_home_tie_both_ways_and_a_zone_to_itself(region):
    share = np.zeros((1, len(MIGRATION_AGES)), np.float32)
    share[0, MIGRATION_AGES.index("25_34")] = 0.4  # a quarter of adults' ages: 0.1 of those who move
    told = {"origin": np.array([0]), "destination": np.array([1]), "share": share}
    tied = np.expm1(mobility(replace(region, destinations=told), BOTH, HOMES)) * MOVES_AT_LEAST
    # The sites are 4 km apart: nobody else lives around them but exp(-8) of the people there.
    np.testing.assert_allclose(tied, [[WITHIN_ZONE, 0.1], [WITHIN_ZONE, 0.1]], rtol=3e-3)
    assert not mobility(region, BOTH, HOMES).any()


def test_ties_add_up_and_some_areas_are_those_rows_of_all(region):
    share = np.full((1, len(MIGRATION_AGES)), 0.2, np.float32)
    told = {"origin": np.array([0]), "destination": np.array([1]), "share": share}
    region = replace(region, destinations=told, practice_neighbourhood=np.array(["u", "u"]),
                     list_by_age=np.array([[100.0, 600, 50, 0], [0, 200, 0, 200]]))  # fmt: skip
    choice = SimpleNamespace(**NOTHING | {"border_site": 0.1, "border_membership": 0.2, "border_authority": 0.4,
                                          "network_tie": 0.8, "age_match": 2.0, "mobility_tie": 0.5})  # fmt: skip
    ties = ties_of(region, BOTH, choice)
    np.testing.assert_allclose(ties, bonds_of(region, BOTH, choice) - borders_of(region, BOTH, choice), rtol=1e-6)
    another = crosses_authority_border(region, BOTH, HOMES)
    np.testing.assert_allclose(
        borders_of(region, BOTH, choice), [[0, 0.1 + 0.4 * another[0, 1]], [0.2, 0.3 + 0.4 * another[1, 1]]], rtol=1e-6
    )
    by_hand = 0.8 * network_share(region, BOTH, HOMES) + 2.0 * age_likeness(region, BOTH, HOMES)
    np.testing.assert_allclose(bonds_of(region, BOTH, choice), by_hand + 0.5 * mobility(region, BOTH, HOMES), rtol=1e-6)
    second = ties_of(region, BOTH[1:], choice, np.array([1]))
    assert second.tobytes() == ties[1:].tobytes()
    assert not ties_of(region, BOTH, SimpleNamespace(**NOTHING)).any()
