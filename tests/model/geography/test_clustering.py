"""Groups of neighbours: who touches whom on a line, who joins whom, and cuts that stay connected."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from model.geography.clustering import SHORTEST_LINK_KM, Links, cut_in_parts, grow_groups, site_links
from model.geography.network import network_edges

LINE = np.array([[0, 0], [1, 0], [2, 0], [3, 0], [4, 0], [5, 0]])


def links_of(*rows):
    return Links(
        np.array([row[:2] for row in rows], np.int32).reshape(-1, 2), np.array([row[2] for row in rows], float)
    )


def grown(weight, links, **more):
    rules = {"smallest": 30, "largest": 50, "detour": 2.0, "within": np.zeros(len(weight), int)} | more
    return grow_groups(np.asarray(weight, float), links, **rules).tolist()


def test_sites_on_a_line_touch_the_next_one_and_not_the_one_beyond(make_region):
    region = make_region(LINE, LINE[[0, 3, 5]])
    found = site_links(
        network_edges(region), region.practice_area, region.practice_x, region.practice_y, np.ones(3, bool)
    )
    assert found.pairs.tolist() == [[0, 1], [1, 2]]
    np.testing.assert_allclose(found.km, [3, 2], rtol=1e-6)


def test_a_site_that_does_not_count_leaves_its_neighbours_touching(make_region):
    region = make_region(LINE, LINE[[0, 3, 5]])
    members = np.array([True, False, True])
    found = site_links(network_edges(region), region.practice_area, region.practice_x, region.practice_y, members)
    assert found.pairs.tolist() == [[0, 2]]
    np.testing.assert_allclose(found.km, [5], rtol=1e-6)


def test_sites_of_one_area_touch_each_other_and_all_that_touch_it(make_region):
    region = make_region(LINE, np.array([[0, 0], [0.2, 0], [5, 0], [5, 0]]))
    found = site_links(
        network_edges(region), region.practice_area, region.practice_x, region.practice_y, np.ones(4, bool)
    )
    assert found.pairs.tolist() == [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    np.testing.assert_allclose(found.km, [0.2, 5, 5, 5, 5, SHORTEST_LINK_KM], rtol=1e-6)


def test_one_site_touches_nobody(make_region):
    region = make_region(LINE, LINE[[0, 3]])
    found = site_links(
        network_edges(region), region.practice_area, region.practice_x, region.practice_y, np.array([True, False])
    )
    assert len(found.pairs) == len(found.km) == 0


def test_the_lightest_joins_its_nearest_neighbour_until_all_are_large_enough():
    chain = links_of((0, 1, 1.0), (1, 2, 0.5), (2, 3, 1.0))
    # 1 (15) joins 2 (16), nearest; 0 (20) then touches only {1, 2}; 3 (25) too.
    assert grown([20, 15, 16, 25], chain) == [0, 0, 0, 0]
    assert grown([31, 15, 16, 32], chain) == [0, 1, 1, 2]


def test_a_partner_that_keeps_the_group_in_its_band_is_worth_a_detour_but_not_any():
    weight = [20, 40, 25]
    assert grown(weight, links_of((0, 1, 1.0), (0, 2, 1.9))) == [0, 1, 0]
    assert grown(weight, links_of((0, 1, 1.0), (0, 2, 2.1)))[:2] == [0, 0]


def test_a_group_that_may_not_pass_its_largest_joins_whom_it_can_or_nobody():
    weight = [20, 40, 30]
    assert grown(weight, links_of((0, 1, 1.0), (0, 2, 1.9)), may_pass=False) == [0, 1, 0]
    far = links_of((0, 1, 1.0), (0, 2, 9.0))
    assert grown(weight, far, may_pass=False) == [0, 1, 2]
    assert grown(weight, far, may_pass=False, detour=np.inf) == [0, 1, 0]


def test_nobody_joins_across_a_border_and_an_enclave_joins_the_nearest_of_its_own():
    chain = links_of((0, 1, 1.0), (1, 2, 1.0))
    within = np.array([0, 1, 0])
    assert grown([10, 40, 35], chain, within=within) == [0, 1, 2]
    centres = np.array([0.0, 1.0, 2.0]), np.zeros(3)
    assert grown([10, 40, 35], chain, within=within, centres=centres) == [0, 1, 0]


def test_those_left_out_are_in_no_group_and_groups_there_are_are_kept():
    chain = links_of((0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0))
    assert grown([40, 40, 40, 40], chain, within=np.array([0, -1, 0, 0])) == [0, -1, 1, 2]
    assert grown([40, 40, 40, 40], chain, start=np.array([-1, 7, 7, -1])) == [0, 1, 1, 2]


@st.composite
def graphs(draw):
    units = draw(st.integers(1, 25))
    weight = draw(st.lists(st.integers(0, 60), min_size=units, max_size=units))
    within = draw(st.lists(st.integers(-1, 1), min_size=units, max_size=units))
    pairs = draw(st.sets(st.tuples(st.integers(0, units - 1), st.integers(0, units - 1)), max_size=60))
    rows = sorted((a, b) for a, b in pairs if a < b)
    km = draw(st.lists(st.integers(1, 20), min_size=len(rows), max_size=len(rows)))
    return weight, np.array(within), links_of(*((a, b, k) for (a, b), k in zip(rows, km, strict=True)))


@settings(max_examples=150, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_groups_partition_stay_connected_and_end_only_large_or_with_nobody_to_join(graph, random):
    weight, within, links = graph
    group = np.array(grown(weight, links, within=within))
    assert ((group >= 0) == (within >= 0)).all()
    assert sorted(set(group[group >= 0].tolist())) == list(range(group.max(initial=-1) + 1))
    inside = [(a, b) for a, b in links.pairs.tolist() if group[a] == group[b] >= 0]
    for g in range(group.max(initial=-1) + 1):
        members = np.flatnonzero(group == g)
        assert len(set(within[members].tolist())) == 1
        table = np.zeros((len(members), len(members)))
        for a, b in inside:
            if a in members and b in members:
                table[np.searchsorted(members, a), np.searchsorted(members, b)] = 1
        assert connected_components(table, directed=False)[0] == 1
        if np.asarray(weight)[members].sum() < 30:
            touching = [
                (a, b)
                for a, b in links.pairs.tolist()
                if within[a] == within[b] >= 0 and (group[a] == g) != (group[b] == g)
            ]
            assert touching == []
    shuffled = list(range(len(links.km)))
    random.shuffle(shuffled)
    again = grown(weight, Links(links.pairs[shuffled], links.km[shuffled]), within=within)
    assert again == group.tolist()


@pytest.mark.parametrize("parts", [1, 2, 3, 4, 5])
def test_a_cut_gives_connected_parts_of_about_equal_weight(make_region, parts):
    rows, columns = np.meshgrid(np.arange(12.0), np.arange(7.0))
    rng = np.random.Generator(np.random.Philox(key=3))
    places = np.column_stack([rows.ravel(), columns.ravel()]) + rng.uniform(-0.2, 0.2, (84, 2))
    people = rng.integers(800, 1200, 84)
    region = make_region(places, places[:1], residents=people)
    edges = network_edges(region)
    part = cut_in_parts(edges, np.arange(84), people, parts, region.x, region.y)
    assert set(part.tolist()) == set(range(parts))
    weight = np.bincount(part, people)
    assert (abs(weight / (people.sum() / parts) - 1) < 0.15).all()
    matrix = edges.matrix()
    for p in range(parts):
        areas = np.flatnonzero(part == p)
        assert connected_components(matrix[areas][:, areas], directed=False)[0] == 1


def test_a_line_is_cut_in_the_middle_of_its_people(make_region):
    region = make_region(LINE, LINE[:1])
    part = cut_in_parts(network_edges(region), np.arange(6), np.array([1, 1, 1, 1, 1, 5]), 2, region.x, region.y)
    assert len(set(part[:5].tolist())) == 1
    assert part[5] != part[0]
