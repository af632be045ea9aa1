"""Which areas touch: pairs of polygons that share corners."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from scipy import sparse

POLYGON, MULTIPOLYGON = 3, 6


def polygon_vertices(wkb: bytes) -> np.ndarray:
    """Every corner of a polygon or multipolygon in well-known binary, float64[n, 2].

    Raises:
        ValueError: another kind of geometry, or one with heights.
    """
    rings: list[np.ndarray] = []
    _read_geometry(wkb, 0, rings)
    return np.concatenate(rings) if rings else np.empty((0, 2))


def _read_geometry(wkb: bytes, at: int, rings: list[np.ndarray]) -> int:
    order = "<" if wkb[at] == 1 else ">"
    kind, parts = struct.unpack_from(order + "II", wkb, at + 1)
    at += 9
    if kind == MULTIPOLYGON:
        for _ in range(parts):
            at = _read_geometry(wkb, at, rings)
        return at
    if kind != POLYGON:
        raise ValueError(f"geometry of kind {kind}, expected a polygon (3) or multipolygon (6)")
    for _ in range(parts):
        (points,) = struct.unpack_from(order + "I", wkb, at)
        rings.append(np.frombuffer(wkb, order + "f8", points * 2, at + 4).reshape(points, 2))
        at += 4 + points * 16
    return at


def touching_pairs(polygons: Sequence[bytes], shared_vertices: int = 1) -> np.ndarray:
    """Pairs of polygons with at least so many corners in common, int32[E, 2], first < second, sorted.

    Corners are matched exactly: polygons generalised together keep the corners they share bit for bit, so no
    tolerance and no geometry library is needed.
    """
    corners = [polygon_vertices(wkb) for wkb in polygons]
    owner = np.repeat(np.arange(len(corners)), [len(c) for c in corners])
    points = np.ascontiguousarray(np.concatenate(corners))
    # Adding 0.0 turns -0.0 into 0.0, so that equal numbers have equal bytes.
    _, vertex = np.unique((points + 0.0).view(np.complex128).ravel(), return_inverse=True)
    incidence = sparse.csr_array(
        (np.ones(len(owner), np.int32), (owner, vertex)), shape=(len(corners), int(vertex.max(initial=-1)) + 1)
    )
    incidence.data[:] = 1  # a ring repeats its first corner: count a corner once
    shared = sparse.triu(incidence @ incidence.T, k=1).tocoo()
    enough = shared.data >= shared_vertices
    pairs = np.stack([shared.coords[0][enough], shared.coords[1][enough]], axis=1).astype(np.int32)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
