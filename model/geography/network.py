"""The geographic network: areas joined to their neighbours, edges measured in km between the areas' centres.

Edges come from the region's ``neighbours`` (areas whose boundaries touch) where it has them, otherwise from a pruned
Delaunay triangulation of the centres. Islands and detached parts are then joined by their shortest crossings, so that
every place can be reached from every other; the number of crossings added is reported. Nothing here is quadratic in
the number of areas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, QhullError

from model.errors import InputError

if TYPE_CHECKING:
    import networkx as nx
    from mesa.discrete_space import Network

    from model.geography.region import Region

SHORTEST_EDGE_KM = 0.001
"""Two areas with the same centre are a metre apart: a sparse graph reads an edge of length 0 as no edge."""
LONGEST_RELATIVE_EDGE = 4.0
"""A Delaunay edge this many times longer than the short (lower-quartile) edges at both its ends spans a gap: drop it."""
LONGEST_EDGE_IN_MEDIANS = 25.0
"""So does one this many times longer than the region's median edge (an island on its own has no short edges)."""
MOST_PIECES_SHARE = 0.1
FEWEST_PIECES_REFUSED = 50


@dataclass(frozen=True, eq=False)
class Edges:
    """Undirected edges of the network of A areas.

    Attributes:
        pairs: the two areas of each edge, the smaller number first, sorted, int32[E, 2].
        km: straight-line km between their centres, at least a metre, float32[E].
        joins: how many of the edges were added to connect detached parts.
        areas: A.
    """

    pairs: np.ndarray
    km: np.ndarray
    joins: int
    areas: int

    def matrix(self) -> csr_array:
        """Symmetric matrix of edge lengths in km, float64[A, A] (compressed rows)."""
        first, second = self.pairs[:, 0], self.pairs[:, 1]
        rows, columns = np.concatenate([first, second]), np.concatenate([second, first])
        km = np.concatenate([self.km, self.km]).astype(np.float64)
        return csr_array((km, (rows, columns)), shape=(self.areas, self.areas))


def network_edges(region: Region) -> Edges:
    """Edges between neighbouring areas, connected.

    Raises:
        InputError: no areas, a centre that is not a number, or a ``neighbours`` table too incomplete to be a network.
    """
    areas = len(region.areas)
    if areas == 0:
        raise InputError("areas: no rows found, expected at least one area; check the import that made this region")
    if not (np.isfinite(region.x).all() and np.isfinite(region.y).all()):
        row = int(np.flatnonzero(~(np.isfinite(region.x) & np.isfinite(region.y)))[0])
        raise InputError(f"areas, area {region.areas[row]}: x or y is not a number, expected metres; give its centre")
    triangulation: np.ndarray | None = None
    if region.neighbours is None:
        triangulation = delaunay_pairs(region.x, region.y)
        pairs = _without_gaps(triangulation, region.x, region.y)
    else:
        pairs = _sorted_unique(np.asarray(region.neighbours, dtype=np.int64))
    pieces, piece_of = _pieces(pairs, areas)
    joins = np.empty((0, 2), dtype=np.int64)
    if pieces > 1:
        if region.neighbours is not None and pieces > max(FEWEST_PIECES_REFUSED, MOST_PIECES_SHARE * areas):
            raise InputError(
                f"neighbours: the network falls into {pieces} separate parts for {areas} areas, expected a few; "
                "complete the table, or remove it to join nearest areas instead"
            )
        if triangulation is None:
            triangulation = delaunay_pairs(region.x, region.y)
        joins = _joins(triangulation, piece_of, region.x, region.y)
    pairs = _sorted_unique(np.concatenate([pairs, joins]))
    km = np.maximum(_lengths(pairs, region.x, region.y) / 1000.0, SHORTEST_EDGE_KM)
    return Edges(pairs.astype(np.int32), km.astype(np.float32), len(joins), areas)


def neighbour_graph(region: Region, edges: Edges | None = None) -> nx.Graph:
    """The network as a networkx graph: nodes 0..A-1 are areas, edge attribute ``km``, graph attribute ``joins``."""
    import networkx as nx

    edges = network_edges(region) if edges is None else edges
    graph = nx.Graph(joins=edges.joins)
    graph.add_nodes_from(range(edges.areas))
    graph.add_weighted_edges_from(
        zip(
            edges.pairs[:, 0].tolist(),
            edges.pairs[:, 1].tolist(),
            edges.km.tolist(),
            strict=True,
        ),
        weight="km",
    )
    return graph


def mesa_network(graph: nx.Graph, region: Region, random: Any) -> Network:
    """The graph as a Mesa ``Network``: one cell per area, at the area's centre in km.

    Positions are always given: without them Mesa lays the graph out itself, which takes hours at this size.
    """
    from mesa.discrete_space import Network

    positions = np.column_stack([region.x, region.y]) / 1000.0
    return Network(graph, random=random, layout=dict(enumerate(positions)))


def network_of(region: Region, random: Any) -> tuple[Edges, Network]:
    """Edges between neighbouring areas, and the Mesa ``Network`` of them.

    Raises:
        InputError: as :func:`network_edges` does.
    """
    edges = network_edges(region)
    return edges, mesa_network(neighbour_graph(region, edges), region, random)


def delaunay_pairs(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pairs of points that are natural neighbours (Delaunay), int64[E, 2], smaller first, sorted; always connected.

    Points that coincide are chained to each other; points on one line are chained along it.
    """
    points = np.column_stack([x, y]).astype(np.float64)
    places, place_of = np.unique(points, axis=0, return_inverse=True)
    place_of = place_of.reshape(-1)
    order = np.argsort(place_of, kind="stable")
    same = place_of[order[1:]] == place_of[order[:-1]]
    coincident = np.column_stack([order[:-1][same], order[1:][same]])
    first_of_place = order[np.concatenate([[True], ~same])] if len(order) else order
    between = _triangles(places)
    return _sorted_unique(np.concatenate([first_of_place[between], coincident]))


def _triangles(places: np.ndarray) -> np.ndarray:
    """Delaunay edges of distinct points (sorted by x then y), int64[E, 2]."""
    chain = np.column_stack([np.arange(len(places) - 1), np.arange(1, len(places))]).reshape(-1, 2)
    if len(places) < 3:
        return chain
    try:
        # Small coordinates keep qhull's tolerance meaningful. QJ is not used: it would move the points at random.
        triangulation = Delaunay(places - places.mean(axis=0))
    except QhullError:  # all on one line: sorted by x then y is the order along it
        return chain
    corners = triangulation.simplices.astype(np.int64)
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    if len(triangulation.coplanar):  # points qhull set aside as too close to another: tie them to it
        edges = np.concatenate([edges, triangulation.coplanar[:, [0, 2]].astype(np.int64)])
    return edges


def _without_gaps(pairs: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pairs without those much longer than the edges around both ends (across water, or along the outer hull)."""
    if len(pairs) == 0:
        return pairs
    length = _lengths(pairs, x, y)
    ends = np.concatenate([pairs[:, 0], pairs[:, 1]])
    lengths = np.concatenate([length, length])
    order = np.lexsort((lengths, ends))
    starts = np.searchsorted(ends[order], np.arange(len(x) + 1))
    quarter = np.minimum(starts[:-1] + (np.diff(starts) - 1) // 4, len(order) - 1)
    short = lengths[order][quarter]
    longest = LONGEST_RELATIVE_EDGE * np.maximum(short[pairs[:, 0]], short[pairs[:, 1]])
    return pairs[length <= np.minimum(longest, LONGEST_EDGE_IN_MEDIANS * np.median(length))]


def _joins(candidates: np.ndarray, piece_of: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Shortest set of crossings that connects all pieces, int64[J, 2].

    The nearest pair between two sets of points that make up all the points is always a Delaunay edge, so Kruskal's
    algorithm over the Delaunay edges between pieces gives the shortest crossings without comparing all pairs.
    """
    between = candidates[piece_of[candidates[:, 0]] != piece_of[candidates[:, 1]]]
    length = _lengths(between, x, y)
    between = between[np.lexsort((between[:, 1], between[:, 0], length))]
    parent = list(range(int(piece_of.max()) + 1))

    def root(piece: int) -> int:
        while parent[piece] != piece:
            parent[piece] = parent[parent[piece]]
            piece = parent[piece]
        return piece

    chosen = []
    for row, (first, second) in enumerate(piece_of[between].tolist()):
        a, b = root(first), root(second)
        if a != b:
            parent[a] = b
            chosen.append(row)
    return between[chosen]


def _pieces(pairs: np.ndarray, areas: int) -> tuple[int, np.ndarray]:
    ones = np.ones(len(pairs), dtype=np.int8)
    return connected_components(
        csr_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(areas, areas)),
        directed=False,
    )


def _lengths(pairs: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.hypot(x[pairs[:, 0]] - x[pairs[:, 1]], y[pairs[:, 0]] - y[pairs[:, 1]])


def _sorted_unique(pairs: np.ndarray) -> np.ndarray:
    """Each pair once, smaller number first, sorted, without an area paired with itself."""
    pairs = np.sort(pairs.reshape(-1, 2), axis=1)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    return np.unique(pairs, axis=0) if len(pairs) else pairs
