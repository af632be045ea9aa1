"""The network joins neighbours, is connected, and its km are right."""

import random

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import InputError
from model.geography.network import delaunay_pairs, mesa_network, neighbour_graph, network_edges

HERE = [[0.0, 0.0]]


def test_given_neighbours_are_the_edges(make_region):
    region = make_region([[0, 0], [3, 0], [3, 4]], HERE, neighbours=[[0, 1], [1, 2]])
    edges = network_edges(region)
    pairs, km = edges.pairs, edges.km
    assert pairs.tolist() == [[0, 1], [1, 2]]
    assert km.tolist() == [3.0, 4.0]
    assert edges.joins == 0


def test_detached_parts_are_joined_by_their_shortest_crossings(make_region):
    # Three pieces in a row; the shortest crossings are 1-2 (1 km) and 3-4 (2 km), whatever the order of numbers.
    region = make_region([[0, 0], [1, 0], [2, 0], [3, 0], [5, 0], [6, 0]], HERE, neighbours=[[0, 1], [2, 3], [4, 5]])
    edges = network_edges(region)
    assert edges.joins == 2
    assert edges.pairs.tolist() == [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]


def test_a_grid_without_neighbours_gets_its_sides_and_no_long_edges(make_region):
    places = np.array([[i, j] for i in range(6) for j in range(6)], float)
    edges = network_edges(make_region(places, HERE))
    pairs, km = edges.pairs, edges.km
    sides = {(a, b) for a in range(36) for b in range(a + 1, 36) if np.hypot(*(places[a] - places[b])) == 1}
    assert sides <= {tuple(pair) for pair in pairs.tolist()}
    assert km.max() <= np.float32(np.sqrt(2))


def test_an_island_far_away_is_one_join(make_region):
    town = np.array([[i, j + 0.1 * i] for i in range(6) for j in range(6)], float)
    edges = network_edges(make_region(np.vstack([town, [[400.0, 0.0]]]), HERE))
    assert edges.joins == 1
    assert (edges.km > 50).sum() == 1


def test_the_same_centre_twice_is_a_metre_apart_and_kept_in_the_graph(make_region):
    region = make_region([[0, 0], [0, 0], [1, 0]], HERE)
    matrix = network_edges(region).matrix()
    assert matrix[0, 1] == pytest.approx(0.001)
    assert nx.is_connected(neighbour_graph(region))


def test_one_area_has_no_edges(make_region):
    edges = network_edges(make_region(HERE, HERE))
    assert edges.pairs.shape == (0, 2)
    assert edges.joins == 0


def test_a_neighbours_table_in_pieces_is_refused_in_one_line(make_region):
    region = make_region([[i, i * i % 7] for i in range(120)], HERE, neighbours=[[0, 1]])
    with pytest.raises(InputError, match=r"^neighbours: .*119 separate parts for 120 areas.*remove it") as refused:
        network_edges(region)
    assert "\n" not in str(refused.value)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=40))
def test_natural_neighbours_connect_any_points(points):
    x, y = np.array(points, float).T
    pairs = delaunay_pairs(x, y)
    graph = nx.Graph()
    graph.add_nodes_from(range(len(points)))
    graph.add_edges_from(pairs.tolist())
    assert nx.is_connected(graph)
    assert (pairs[:, 0] < pairs[:, 1]).all()


def test_the_graph_and_the_mesa_network_carry_the_same_edges(make_region):
    region = make_region([[0, 0], [3, 0], [3, 4], [0, 4]], HERE)
    edges = network_edges(region)
    pairs, km = edges.pairs, edges.km
    graph = neighbour_graph(region)
    assert {(a, b, data["km"]) for a, b, data in graph.edges(data=True)} == {
        (a, b, float(length)) for (a, b), length in zip(pairs.tolist(), km.tolist(), strict=True)
    }
    network = mesa_network(graph, region, random.Random(1))
    assert len(network.all_cells) == 4
    assert network[2].position.tolist() == [403.0, 304.0]
    around = {cell.coordinate for cell in network[0].neighborhood}
    assert around == {b if a == 0 else a for a, b in pairs.tolist() if 0 in (a, b)}
