"""Areas as shapes, where only their centres are known: cells of what is nearest, and borders between bodies."""

from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull, Voronoi, cKDTree

COAST = 2.4
"""How far a cell at the edge reaches, in distances between neighbouring centres (the 98th percentile)."""


def cells(x: np.ndarray, y: np.ndarray) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Cells of a Voronoi diagram of centres, closed off at the edge of the land.

    Args:
        x: eastings, m, float64[A]; centres at one point are moved apart by a metre.
        y: northings, m, float64[A].

    Returns:
        Corners of each cell, m, [A] of float64[K, 2]; pairs of cells that touch, int64[T, 2], -1 where the
        other side is the sea; the edge between them, m, float64[T, 2, 2].
    """
    points = np.column_stack([x, y]).astype(np.float64)
    points += _apart(points)
    land = cKDTree(points)
    between = land.query(points, k=2)[0][:, 1] if len(points) > 1 else np.array([1000.0])
    reach = COAST * float(np.percentile(between, 98))
    low, high = points.min(axis=0) - 3 * reach, points.max(axis=0) + 3 * reach
    steps = [np.arange(a, b + reach / 2, reach / 2) for a, b in zip(low, high, strict=True)]
    sea = np.stack(np.meshgrid(*steps), axis=-1).reshape(-1, 2)
    sea = sea[land.query(sea)[0] > reach]
    diagram = Voronoi(np.vstack([points, sea]))
    corners = diagram.vertices
    shapes = []
    for number in range(len(points)):
        inside = [corner for corner in diagram.regions[diagram.point_region[number]] if corner >= 0]
        shape = corners[inside]
        shapes.append(shape[ConvexHull(shape).vertices] if len(shape) > 3 else shape)
    pairs = diagram.ridge_points
    ends = np.array([edge if len(edge) == 2 else (-1, -1) for edge in diagram.ridge_vertices])
    kept = (pairs < len(points)).any(axis=1) & (ends >= 0).all(axis=1)
    pairs = np.where(pairs < len(points), pairs, -1)
    return shapes, pairs[kept].astype(np.int64), corners[ends[kept]]


def borders(pairs: np.ndarray, edges: np.ndarray, body: np.ndarray) -> np.ndarray:
    """Edges between cells of different bodies and along the sea, m, float64[B, 2, 2].

    Args:
        pairs: of cells, see :func:`cells`.
        edges: between them.
        body: body of each cell, a number from 0, [A].
    """
    inland = np.append(body, -1)  # the sea, -1, is nobody's
    return edges[inland[pairs[:, 0]] != inland[pairs[:, 1]]]


def _apart(points: np.ndarray) -> np.ndarray:
    """Steps of a metre that part centres at one point, float64[A, 2]."""
    _, first, inverse = np.unique(points, axis=0, return_index=True, return_inverse=True)
    repeated = np.flatnonzero(first[inverse.ravel()] != np.arange(len(points)))
    steps = np.zeros_like(points)
    angle = 2.399963 * (1 + np.arange(len(repeated)))  # the golden angle: no two fall together
    steps[repeated] = np.sqrt(1 + np.arange(len(repeated)))[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return steps
