"""Primary care networks: formed inside commissioners, staffed year by year, and the neighbourhoods of the model."""

import datetime
from dataclasses import replace

import numpy as np
import pytest

from model.policy import FormNetworks
from model.providers.networks import form_networks, networks_act
from model.scenario import Scenario


@pytest.fixture
def model(make_model, thin_town):
    return make_model(thin_town, practices__openings=0.0, networks__staff=0.2, networks__staff_years=4)


def test_every_practice_is_in_one_network_of_its_commissioner(model):
    form_networks(model, 800, 1500)
    lists, region = model.lists, model.region
    assert (lists.network[lists.exists] >= 0).all()
    for network in model.networks:
        assert len(set(region.practice_commissioner[network.practices].tolist())) == 1
        assert network.patients == lists.size[network.practices].sum()
    small = [n for n in model.networks if n.patients < 800]
    held = np.bincount(region.practice_commissioner[lists.exists], lists.size[lists.exists])
    assert all(held[region.practice_commissioner[n.practices[0]]] < 800 for n in small)


def test_networks_are_the_neighbourhoods_from_then_on(model):
    form_networks(model, 800, 1500)
    levels, lists = model.levels, model.lists
    assert levels.neighbourhoods.tolist() == [n.name for n in model.networks]
    assert (levels.practice_neighbourhood[lists.exists] == lists.network[lists.exists]).all()
    assert 0 <= levels.area_neighbourhood.min() <= levels.area_neighbourhood.max() < len(model.networks)


def test_staff_come_in_equal_parts_and_no_more_than_promised(model):
    form_networks(model, 800, 1500)
    expected = [1.05, 1.1, 1.15, 1.2, 1.2, 1.2]
    for factor in expected:
        np.testing.assert_allclose(model.lists.capacity[model.lists.exists], factor)
        networks_act(model)


@pytest.mark.parametrize("formed", [3, 4, 5])
def test_networks_hire_once_in_their_first_april(make_model, thin_town, formed):
    event = FormNetworks(month=datetime.date(2021, formed, 1), smallest=800, largest=1500, staff=0.4)
    model = make_model(thin_town, Scenario(timeline=(event,)), start=f"2021-{formed:02d}", networks__staff_years=4)
    in_post = []
    for _ in range(2):
        model.step()
        in_post.append(model.networks[0].in_post)
    assert in_post == pytest.approx([0.1, 0.2] if formed == 3 else [0.1, 0.1])


def test_added_staff_relieve_the_load(model):
    before = model.lists.load.copy()
    form_networks(model, 800, 1500, staff=0.4)
    there = model.lists.exists & (model.lists.gps_fte > 0.2)
    np.testing.assert_allclose(model.lists.load[there], before[there] / 1.1)


def test_forming_twice_changes_nothing(model):
    form_networks(model, 800, 1500)
    network, agents = model.lists.network.copy(), list(model.networks)
    form_networks(model, 3000, 9000)
    assert (model.lists.network == network).all()
    assert model.networks == agents


def test_a_practice_that_opens_later_joins_and_shares_the_staff(make_model, thin_town):
    model = make_model(thin_town, practices__openings=100.0, networks__staff=0.2, networks__staff_years=1)
    form_networks(model, 800, 1500)
    practice = model.open_practice(3)
    assert model.lists.network[practice] == -1
    networks_act(model)
    assert model.lists.network[practice] == model.levels.area_neighbourhood[3]
    assert model.lists.capacity[practice] == pytest.approx(1.2)


def test_published_networks_are_taken_where_asked(make_model, thin_town):
    codes = np.array([f"U{c:05d}" for c in thin_town.practice_commissioner.tolist()])
    model = make_model(replace(thin_town, practice_neighbourhood=codes), practices__openings=0.0)
    form_networks(model, published=True)
    named = [model.networks[n].code for n in model.lists.network[model.lists.exists].tolist()]
    assert named == codes.tolist()
