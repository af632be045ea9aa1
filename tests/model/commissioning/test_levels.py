"""Places and neighbourhoods: bands kept on a line of towns, published networks kept, areas follow their patients."""

from dataclasses import replace

import numpy as np
from scipy.sparse.csgraph import connected_components

from model.commissioning.levels import build_levels, build_networks, build_places, catchment_of_areas
from model.geography.network import network_edges
from model.geography.reserve import with_reserve
from model.measures.groups import group_sizes
from model.parameters.organisations import Networks

LINE = np.column_stack([np.arange(8.0), np.zeros(8)])
SMALL = Networks(smallest=2000, largest=3000, place_smallest=250_000, place_largest=500_000)


def test_a_place_is_one_authority_where_that_is_large_enough_and_several_where_not(make_region):
    residents = np.array([300_000, 100_000, 90_000, 80_000, 260_000, 260_000, 270_000, 280_000])
    authority = np.array([0, 1, 2, 3, 4, 4, 5, 5])
    region = make_region(LINE, LINE[:1], residents=residents, area_commissioner=authority)
    codes, place = build_places(region, Networks(), network_edges(region))
    # 1, 2 and 3 make up 270,000; authorities 4 and 5 (520,000 and 550,000) are cut in two.
    assert place[1] == place[2] == place[3]
    assert len(set(place.tolist())) == len(codes) == 6
    assert codes[place[0]] == "E06000000"
    assert sorted(codes[place[4:]].tolist()) == ["E06000004-1", "E06000004-2", "E06000005-1", "E06000005-2"]


def test_places_do_not_cross_systems(make_region):
    system = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    region = make_region(LINE, LINE[:1], residents=20_000, area_commissioner=np.arange(8), system=system)
    _, place = build_places(region, Networks(), network_edges(region))
    assert place[:4].tolist() == [place[0]] * 4
    assert place[4:].tolist() == [place[4]] * 4
    assert place[0] != place[4]


def test_networks_stay_inside_commissioners_and_a_digital_list_is_its_own(make_region):
    commissioner = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    kind = np.array(["gp", "gp", "digital", "gp", "gp", "gp", "gp", "gp"])
    region = make_region(
        LINE, LINE, lists=1000, area_commissioner=commissioner, practice_commissioner=commissioner, kind=kind
    )
    network = build_networks(region, region.list_size, np.ones(8, bool), SMALL)
    assert (network == network[2]).sum() == 1
    assert not set(network[:4].tolist()) & set(network[4:].tolist())
    # Three of 1,000 are one network; four of 1,000 are two of two.
    assert network[0] == network[1] == network[3]
    assert np.bincount(network[4:])[network[4:]].tolist() == [2, 2, 2, 2]


def test_published_networks_are_kept_and_practices_without_one_join_the_nearest_of_their_commissioner(make_region):
    commissioner = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    region = make_region(LINE, LINE, lists=1500, area_commissioner=commissioner, practice_commissioner=commissioner)
    published = np.array(["U1", "U1", "U2", "", "", "", "", ""])
    levels = build_levels(replace(region, practice_neighbourhood=published), SMALL)
    named = levels.neighbourhoods[levels.practice_neighbourhood].tolist()
    assert named[:4] == ["U1", "U1", "U2", "U2"]
    assert all(name.startswith("network-") for name in named[4:])
    # Nobody is registered anywhere: areas belong to the neighbourhood of the nearest practice.
    assert (levels.area_neighbourhood == levels.practice_neighbourhood).all()


def test_an_area_belongs_to_the_network_that_registers_most_of_its_patients():
    area, practice, patients = np.array([0, 0, 0, 1]), np.array([0, 1, 2, 3]), np.array([40, 30, 30, 5])
    network = np.array([0, 1, 1, -1])
    assert catchment_of_areas(area, practice, patients, network, 3).tolist() == [1, -1, -1]
    assert catchment_of_areas(area, practice, patients, np.full(4, -1), 2).tolist() == [-1, -1]


def test_a_practice_opened_later_belongs_where_it_stands(make_region):
    register = np.diag(np.full(8, 1000))
    region = with_reserve(make_region(LINE, LINE, lists=1000, register=register), 2)
    levels = build_levels(region, SMALL)
    levels.open_practice(9, 5)
    assert levels.practice_place[9] == levels.area_place[5]
    assert levels.practice_neighbourhood[9] == levels.area_neighbourhood[5] == levels.practice_neighbourhood[5]


def test_new_networks_move_practices_and_the_areas_that_follow_them(make_region):
    register = np.diag(np.full(8, 1000))
    region = with_reserve(make_region(LINE, LINE, lists=1000, register=register), 1)
    levels = build_levels(region, SMALL)
    network = np.array([0, 0, 0, 0, 1, 1, 1, 1, -1])
    later = levels.with_networks(np.array(["west", "east"]), network)
    assert later.area_neighbourhood.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert later.practice_neighbourhood[:8].tolist() == network[:8].tolist()
    assert later.practice_neighbourhood[8] in (0, 1)
    assert (later.area_place == levels.area_place).all()


def test_every_level_of_the_metro_is_filled_and_places_are_connected(metro):
    levels = build_levels(metro, Networks())
    for position, names in (
        (levels.area_place, levels.places),
        (levels.practice_place, levels.places),
        (levels.area_neighbourhood, levels.neighbourhoods),
        (levels.practice_neighbourhood, levels.neighbourhoods),
    ):
        assert position.min() >= 0
        assert position.max() < len(names)
    matrix = network_edges(metro).matrix()
    for place in range(len(levels.places)):
        areas = np.flatnonzero(levels.area_place == place)
        assert connected_components(matrix[areas][:, areas], directed=False)[0] == 1


def test_networks_formed_in_the_metro_keep_to_their_band(metro):
    network = build_networks(metro, metro.list_size, metro.list_size > 0, Networks())
    sizes = group_sizes(network, metro.list_size, 30_000, 50_000)
    assert sizes.below == 0
    assert sizes.in_band > 0.5
