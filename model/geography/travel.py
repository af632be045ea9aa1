"""How far patients travel: the practices near each area and the km to them, straight and along the network.

Choice and published comparisons use straight-line km from the area's population-weighted centre to the practice's
main site, choice also a little of what the network adds to them; boundaries, groups of practices and partners of mergers
use km along the network. Both are computed once for a region and kept on
disk under a name made from everything they depend on.
"""

from __future__ import annotations

import contextlib
import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from model import cache_folder
from model.errors import InputError
from model.geography.network import Edges, network_edges
from model.whole_files import whole_file

if TYPE_CHECKING:
    from model.geography.region import Region

NEAREST = 60
"""Candidate practices of an area: its 60 nearest hold 99.0% of England's registrations (January 2021)."""
NETWORK_LIMIT_KM = 30.0
"""Network km are computed up to here; only 0.04% of registrations are farther."""
DETOUR = 1.12
"""Network over straight-line km beyond the limit: the median ratio on England's network."""
SOURCES_AT_ONCE = 128
_CACHE_VERSION = 1


@dataclass(frozen=True, eq=False)
class Travel:
    """The K = min(60, P) practices nearest to each of A areas, nearest first (equal distances: by practice number).

    Attributes:
        practice: candidate practices, uint16[A, K].
        km: straight-line km from the area's centre to the practice's site, float32[A, K].
        network_km: km along the network to the site's area, then to the site, float32[A, K]; beyond 30 km it is the
            straight-line km x 1.12, at least 30.
        joins: crossings that had to be added to connect the network.
    """

    practice: np.ndarray
    km: np.ndarray
    network_km: np.ndarray
    joins: int


def load_travel(region: Region, folder: Path | str | None = None, nearest: int = NEAREST) -> Travel:
    """Travel of the region, from disk when it has been computed before.

    Kept in ``folder``, by default a folder of the user's cache. A file there that cannot be read is computed again; a
    folder that cannot be written is not an error.

    Raises:
        InputError: no areas, no practices, too many practices, or a place without coordinates.
    """
    _check(region)
    file = (cache_folder() / "travel" if folder is None else Path(folder)) / f"travel-{_key(region, nearest)}.npz"
    kept = read_arrays(file, ("practice", "km", "network_km", "joins"))
    if kept is not None:
        return Travel(kept["practice"], kept["km"], kept["network_km"], int(kept["joins"]))
    travel = compute_travel(region, nearest)
    write_arrays(
        file,
        {
            "practice": travel.practice,
            "km": travel.km,
            "network_km": travel.network_km,
            "joins": np.array(travel.joins),
        },
    )
    return travel


def compute_travel(region: Region, nearest: int = NEAREST, edges: Edges | None = None) -> Travel:
    """Travel of the region, computed (see load_travel)."""
    _check(region)
    edges = network_edges(region) if edges is None else edges
    practice, km = nearest_practices(region, nearest)
    network_km = _network_km(region, edges, practice, km)
    return Travel(
        _read_only(practice.astype(np.uint16)),
        _read_only(km.astype(np.float32)),
        _read_only(network_km.astype(np.float32)),
        edges.joins,
    )


def nearest_practices(region: Region, nearest: int = NEAREST) -> tuple[np.ndarray, np.ndarray]:
    """The K practices nearest to each area by straight-line km, int64[A, K], and the km, float64[A, K]."""
    sites = np.column_stack([region.practice_x, region.practice_y])
    centres = np.column_stack([region.x, region.y])
    practices = len(sites)
    wanted = min(nearest, practices)
    asked = min(wanted + 8, practices)
    tree = KDTree(sites)
    practice = np.empty((len(centres), wanted), dtype=np.int64)
    km = np.empty((len(centres), wanted), dtype=np.float64)
    rows = np.arange(len(centres))
    while len(rows):
        found = tree.query(centres[rows], k=asked)[1].reshape(len(rows), asked)
        gap = sites[found] - centres[rows][:, None, :]
        distance = np.hypot(gap[..., 0], gap[..., 1]) / 1000.0
        order = np.lexsort((found, distance), axis=-1)
        found, distance = (
            np.take_along_axis(found, order, 1),
            np.take_along_axis(distance, order, 1),
        )
        practice[rows], km[rows] = found[:, :wanted], distance[:, :wanted]
        if asked == practices:
            break
        # Sites that share a building tie; ask for more where the tie may reach beyond what was asked for.
        rows = rows[distance[:, wanted - 1] >= distance[:, -1] * (1 - 1e-12)]
        asked = min(2 * asked, practices)
    return practice, km


def registration_km(region: Region, travel: Travel) -> tuple[np.ndarray, np.ndarray]:
    """Km from home area to practice of every registrations row: straight float32[R], network float32[R].

    Network km are those of the candidates; for a practice that is not among them, straight-line km x 1.12.
    """
    if region.registration_area is None or region.registration_practice is None:
        raise InputError(
            f"registrations: region {region.about.get('name', '')} has none; reconstruct the register first"
        )
    area, practice = region.registration_area, region.registration_practice
    straight = (
        np.hypot(
            region.x[area] - region.practice_x[practice],
            region.y[area] - region.practice_y[practice],
        )
        / 1000.0
    )
    network = straight * DETOUR
    for start in range(0, len(area), 65_536):  # in parts: the comparison is K wide
        part = slice(start, start + 65_536)
        same = travel.practice[area[part]] == practice[part, None]
        row = np.flatnonzero(same.any(axis=1))
        network[part][row] = travel.network_km[area[part][row], same[row].argmax(axis=1)]
    return straight.astype(np.float32), network.astype(np.float32)


def practice_boundaries(
    practice: np.ndarray,
    network_km: np.ndarray,
    patients: np.ndarray,
    practices: int,
    share: float = 0.99,
    outer_ratio: float = 1.25,
    floor_km: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Boundaries at the start: inner float32[P] and outer float32[P], network km.

    The inner boundary (new patients) is the shortest distance within which ``share`` of a practice's present patients
    live, at least ``floor_km``; the outer one (movers who may stay) is ``outer_ratio`` times as far. A practice with no
    patients gets the median boundary. ``practice`` int[R], ``network_km`` float[R] and ``patients`` int[R] are the
    register's rows.
    """
    order = np.lexsort((network_km, practice))
    sorted_practice, sorted_km = practice[order], network_km[order].astype(np.float64)
    count = patients[order].astype(np.int64)
    so_far = np.cumsum(count)
    starts = np.searchsorted(sorted_practice, np.arange(practices + 1))
    before = np.concatenate([[0], so_far])[starts]
    total = np.diff(before)
    needed = before[:-1] + np.maximum(np.ceil(share * total), 1)
    row = np.minimum(np.searchsorted(so_far, needed), max(len(order) - 1, 0))
    known = total > 0
    inner = np.full(practices, floor_km)
    inner[known] = np.maximum(sorted_km[row[known]], floor_km)
    if known.any():
        inner[~known] = np.median(inner[known])
    return inner.astype(np.float32), (inner * outer_ratio).astype(np.float32)


def read_arrays(file: Path, names: tuple[str, ...]) -> dict[str, np.ndarray] | None:
    """Arrays kept in a cache file, read-only; None where it is absent, broken or lacks one of ``names``."""
    try:
        with np.load(file, allow_pickle=False) as kept:
            return {name: _read_only(kept[name]) for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def write_arrays(file: Path, arrays: dict[str, np.ndarray]) -> None:
    """Keep arrays in a cache file, complete or not at all; a folder that cannot be written is passed over."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(file) as written, written.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)


def _check(region: Region) -> None:
    practices = len(region.practices)
    if practices == 0:
        raise InputError(
            "practices: no rows found, expected at least one practice; check the import that made this region"
        )
    if practices > 65_535:
        raise InputError(f"practices: {practices:,} rows found, expected at most 65,535; cut the region into parts")
    bad = np.flatnonzero(~(np.isfinite(region.practice_x) & np.isfinite(region.practice_y)))
    if len(bad):
        code = region.practices[bad[0]]
        raise InputError(f"practices, practice {code}: x or y is not a number, expected metres; give its main site")


def _key(region: Region, nearest: int) -> str:
    """Name made from everything Travel depends on."""
    digest = hashlib.sha256(f"{_CACHE_VERSION} {nearest} {NETWORK_LIMIT_KM} {DETOUR}".encode())
    edges = np.empty((0, 2), np.int32) if region.neighbours is None else region.neighbours
    digest.update(b"delaunay" if region.neighbours is None else b"neighbours")
    for values, kind in (
        (region.x, np.float64),
        (region.y, np.float64),
        (region.practice_x, np.float64),
        (region.practice_y, np.float64),
        (region.practice_area, np.int32),
        (edges, np.int32),
    ):
        digest.update(f"{len(values)};".encode())
        digest.update(np.ascontiguousarray(values, dtype=kind).tobytes())
    return digest.hexdigest()[:24]


def _network_km(region: Region, edges: Edges, practice: np.ndarray, km: np.ndarray) -> np.ndarray:
    """Network km from each area to its candidates, float64[A, K]: Dijkstra from the areas that hold sites."""
    site_area = region.practice_area.astype(np.int64)
    leg = (
        np.hypot(
            region.practice_x - region.x[site_area],
            region.practice_y - region.y[site_area],
        )
        / 1000.0
    )
    sources, source_of = np.unique(site_area, return_inverse=True)
    result = np.full(practice.size, np.inf)
    candidate_source = source_of.reshape(-1)[practice.reshape(-1)]
    order = np.argsort(candidate_source, kind="stable")
    starts = np.searchsorted(candidate_source[order], np.arange(len(sources) + 1))
    home = order // practice.shape[1]
    matrix = edges.matrix()
    for first in range(0, len(sources), SOURCES_AT_ONCE):
        last = min(first + SOURCES_AT_ONCE, len(sources))
        reach = dijkstra(matrix, directed=True, indices=sources[first:last], limit=NETWORK_LIMIT_KM)
        part = slice(starts[first], starts[last])
        result[order[part]] = reach[candidate_source[order[part]] - first, home[part]]
    result = result.reshape(practice.shape) + leg[practice]
    far = np.maximum(km * DETOUR, NETWORK_LIMIT_KM)
    # In the site's own area the way is the straight line; elsewhere rounding must not make it shorter than that.
    return np.where(np.isfinite(result), np.maximum(result, km), far)


def _read_only(values: np.ndarray) -> np.ndarray:
    values.setflags(write=False)
    return values
