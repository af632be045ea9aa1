"""Cells of a regular grid are squares, and borders run between bodies."""

import numpy as np
import pytest

from runs.territory import borders, cells


def _area(shape):
    x, y = shape.T
    return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


def _grid(side):
    x, y = np.meshgrid(np.arange(side) * 1000.0, np.arange(side) * 1000.0)
    return x.ravel(), y.ravel()


def test_inner_cells_of_a_grid_are_squares_of_its_spacing():
    x, y = _grid(5)
    shapes, _, _ = cells(x, y)
    inner = (x > 0) & (x < 4000) & (y > 0) & (y < 4000)
    for shape, is_inner in zip(shapes, inner, strict=True):
        if is_inner:
            assert _area(shape) == pytest.approx(1e6, rel=1e-6)
        assert _area(shape) < 9e6  # closed off by the sea: no cell runs away


def test_border_between_two_halves_of_a_grid():
    x, y = _grid(6)
    _, pairs, edges = cells(x, y)
    halves = (x > 2500).astype(int)
    inland = (pairs >= 0).all(axis=1)
    between = borders(pairs[inland], edges[inland], halves)
    assert np.allclose(between[:, :, 0], 2500, atol=1)
    lengths = np.abs(between[:, 0, 1] - between[:, 1, 1])
    assert np.sum(lengths > 1) == 6  # one edge a row
    assert len(borders(pairs[inland], edges[inland], np.zeros(36, int))) == 0


def test_every_cell_at_the_edge_has_a_coast():
    x, y = _grid(4)
    _, pairs, _ = cells(x, y)
    coast = set(pairs[(pairs < 0).any(axis=1)].max(axis=1))
    edge = set(np.flatnonzero((x == 0) | (x == 3000) | (y == 0) | (y == 3000)))
    assert edge <= coast


def test_centres_at_one_point_and_a_single_centre():
    x, y = _grid(3)
    shapes, _, _ = cells(np.append(x, x[4]), np.append(y, y[4]))
    assert len(shapes) == 10
    assert _area(shapes[4]) + _area(shapes[9]) == pytest.approx(1e6, rel=1e-3)
    alone, pairs, _ = cells(np.array([5.0]), np.array([7.0]))
    assert len(alone) == 1
    assert (pairs.min(axis=1) == -1).all()
