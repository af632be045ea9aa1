"""Areas that touch, from polygons in well-known binary."""

import struct

import numpy as np
import pytest

from model.geography.contiguity import polygon_vertices, touching_pairs


def ring(points):
    return struct.pack("<I", len(points)) + b"".join(struct.pack("<dd", *point) for point in points)


def polygon(*rings):
    return struct.pack("<BII", 1, 3, len(rings)) + b"".join(ring(points) for points in rings)


def multipolygon(*polygons):
    return struct.pack("<BII", 1, 6, len(polygons)) + b"".join(polygons)


def square(x, y):
    return polygon([(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y)])


def test_a_grid_of_squares_touches_along_edges_and_at_corners():
    squares = [square(x, y) for y in range(3) for x in range(4)]
    along_edges = {(i, i + 1) for i in range(12) if i % 4 < 3} | {(i, i + 4) for i in range(8)}
    assert {tuple(pair) for pair in touching_pairs(squares, shared_vertices=2)} == along_edges
    # every 2 x 2 block of squares adds its two diagonals
    assert len(touching_pairs(squares, shared_vertices=1)) == len(along_edges) + 2 * 6


def test_pairs_are_sorted_and_each_given_once():
    pairs = touching_pairs([square(2, 0), square(1, 0), square(0, 0)])
    assert pairs.tolist() == [[0, 1], [1, 2]]
    assert pairs.dtype == np.int32


def test_islands_count_as_part_of_their_area():
    island = multipolygon(square(0, 0), square(10, 0))
    assert touching_pairs([island, square(11, 0), square(5, 5)], 2).tolist() == [[0, 1]]


def test_minus_zero_is_zero():
    assert touching_pairs([square(0.0, 0.0), polygon([(-0.0, -0.0), (-0.0, 1), (-1, 0), (-0.0, -0.0)])], 2).size == 2


def test_other_geometries_are_refused():
    with pytest.raises(ValueError, match="kind 1"):
        polygon_vertices(struct.pack("<BIdd", 1, 1, 0.0, 0.0))
