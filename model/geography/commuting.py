"""Where people work: a synthetic commuting model, since no workplace register is among the published data.

Two steps, both documented guesses; nothing that is concluded may rest on them silently (Scenario section ``work``).

Jobs. An area has jobs in proportion to its working-age residents times how central it is. Centrality is the product of
two potentials of residents, sum of residents x exp(-km / scale): a local one (2 km: town against countryside) and a
metropolitan one (10 km: city against town), each relative to its mean over residents. Half the jobs follow
working-age residents only: schools, shops and surgeries are everywhere.

Commuting. Gravity, constrained to the homes: somebody living in i works in j with probability proportional to
jobs[j] x exp(-km / typical_km), up to eight times typical_km away. Distances are taken between cells of a square grid
and areas drawn within the cell by jobs, so the work grows with areas times the cells within reach, never with areas
squared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
from scipy import fft

from model.errors import InputError

if TYPE_CHECKING:
    from model.geography.region import Region

WORKPLACES = 16
WORKING_AGES = slice(18, 65)
LOCAL_KM = 2.0
METROPOLITAN_KM = 10.0
CENTRAL_SHARE = 0.5
"""Share of jobs that follow centrality; the rest follow working-age residents (assumed)."""
REACH = 8.0
"""Nobody commutes farther than this many times typical_km (exp(-8) is 0.03%)."""
CELLS_PER_SCALE = 4.0
POTENTIAL_CELL_KM = 1.0
WIDEST_GRID = 4000
_STREAM = 0x776F726B


def jobs_by_area(region: Region) -> np.ndarray:
    """Relative number of jobs in each area, adding up to working-age residents, float64[A] (module docstring)."""
    workers = region.population[:, WORKING_AGES].sum(axis=1).astype(np.float64)
    if workers.sum() == 0:
        return np.ones(len(workers))
    residents = region.residents.astype(np.float64)
    central = workers.copy()
    for scale in (LOCAL_KM, METROPOLITAN_KM):
        potential = people_around(region.x, region.y, residents, scale)
        central *= potential / np.average(potential, weights=residents)
    central *= workers.sum() / central.sum()
    return (1.0 - CENTRAL_SHARE) * workers + CENTRAL_SHARE * central


def workplaces(region: Region, typical_km: float, seed: int) -> np.ndarray:
    """Sixteen equally likely workplaces of the people of each area, uint16[A, 16] (int32 beyond 65,536 areas).

    A function of the region, ``typical_km`` (e-folding distance of commuting, km) and the seed; England in 0.15 s. With
    9 km the mean distance in England is 15 km, as in the Census of 2011, and central London takes in 2.5 times the
    workers who live there.

    Raises:
        InputError: typical_km is not positive.
    """
    if not typical_km > 0:
        raise InputError(f"work.typical_km: {typical_km} found, expected more than 0 km; give an e-folding distance")
    return draw_workplaces(region.x, region.y, jobs_by_area(region), typical_km, seed)


def draw_workplaces(x: np.ndarray, y: np.ndarray, jobs: np.ndarray, typical_km: float, seed: int) -> np.ndarray:
    """Workplaces drawn by gravity, uint16[A, 16]; x, y in m and jobs, float64[A] (module docstring).

    The sixteen cells are a systematic sample (one random start, equal steps), so they represent the distribution
    better than independent draws; the area within a cell is drawn independently.
    """
    extent = max(float(np.ptp(x)), float(np.ptp(y))) / 1000.0
    cell_km = max(typical_km / CELLS_PER_SCALE, extent / WIDEST_GRID)
    column, row = _grid(x, y, cell_km)
    width, height = int(column.max()) + 1, int(row.max()) + 1
    cells, cell_of = np.unique(row * width + column, return_inverse=True)
    order = np.argsort(cell_of, kind="stable")
    starts = np.searchsorted(cell_of[order], np.arange(len(cells) + 1))
    running = np.concatenate([[0.0], np.cumsum(jobs[order])])
    reach = int(np.ceil(REACH * typical_km / cell_km))
    steps = np.arange(reach + 1)
    km = np.hypot(steps[:, None], steps[None, :]) * cell_km
    km[0, 0] = 0.52 * cell_km  # mean distance between two points of a square
    deterrence = np.where(km <= REACH * typical_km, np.exp(-km / typical_km), 0.0)
    random = np.random.Generator(np.random.Philox(key=np.array([seed, _STREAM], dtype=np.uint64)))
    start, within = random.random(len(x)), random.random((len(x), WORKPLACES))
    cell_at = np.full((height, width), -1, dtype=np.int32)
    cell_at.reshape(-1)[cells] = np.arange(len(cells))
    drawn = _draw(cell_at, cells, order, starts, running, deterrence, start, within)
    return drawn.astype(np.uint16 if len(x) <= 65_536 else np.int32)


@numba.njit(cache=True)
def _draw(cell_at, cells, order, starts, running, deterrence, start, within):
    """Workplaces of every area, int32[A, W]: a cell by cumulative weight, then an area of it by jobs."""
    height, width = cell_at.shape
    reach = deterrence.shape[0] - 1
    draws = within.shape[1]
    found = np.empty((len(order), draws), np.int32)
    for cell in range(len(cells)):
        row, column = cells[cell] // width, cells[cell] % width
        first_row, last_row = max(row - reach, 0), min(row + reach, height - 1)
        first_column, last_column = max(column - reach, 0), min(column + reach, width - 1)
        most = (last_row - first_row + 1) * (last_column - first_column + 1)
        near = np.empty(most, np.int32)
        upto = np.empty(most, np.float64)
        count, total = 0, 0.0
        for r in range(first_row, last_row + 1):
            for c in range(first_column, last_column + 1):
                other = cell_at[r, c]
                if other >= 0:
                    weight = running[starts[other + 1]] - running[starts[other]]
                    weight *= deterrence[abs(r - row), abs(c - column)]
                    if weight > 0.0:
                        total += weight
                        near[count] = other
                        upto[count] = total
                        count += 1
        for i in range(starts[cell], starts[cell + 1]):
            area = order[i]
            for j in range(draws):
                if count == 0:  # nobody lives or works within reach: at home
                    found[area, j] = area
                    continue
                place = np.searchsorted(upto[:count], (j + start[area]) / draws * total, side="right")
                other = near[min(place, count - 1)]
                low, high = running[starts[other]], running[starts[other + 1]]
                at = np.searchsorted(running, low + within[area, j] * (high - low), side="right") - 1
                found[area, j] = order[min(max(at, starts[other]), starts[other + 1] - 1)]
    return found


def people_around(x: np.ndarray, y: np.ndarray, people: np.ndarray, scale_km: float) -> np.ndarray:
    """Sum of people x exp(-km / scale) around each area, on a grid of 1 km (wider if need be), float64[A]."""
    extent = max(float(np.ptp(x)), float(np.ptp(y))) / 1000.0
    cell_km = max(POTENTIAL_CELL_KM, extent / WIDEST_GRID)
    column, row = _grid(x, y, cell_km)
    grid = np.zeros((int(row.max()) + 1, int(column.max()) + 1))
    np.add.at(grid, (row, column), people)
    steps = np.arange(-int(np.ceil(5 * scale_km / cell_km)), int(np.ceil(5 * scale_km / cell_km)) + 1) * cell_km
    kernel = np.exp(-np.hypot(steps[:, None], steps[None, :]) / scale_km)
    return np.maximum(_convolved(grid, kernel)[row, column], people)


def _convolved(grid: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The kernel laid on every cell of a grid: what ``scipy.signal.fftconvolve(grid, kernel, "same")`` gives.

    Bit for bit where the grid is wider than one cell either way, else within rounding.
    Written out because importing ``scipy.signal`` brings all of ``scipy.stats`` and takes longer than a town's decade.
    """
    full = tuple(g + k - 1 for g, k in zip(grid.shape, kernel.shape, strict=True))
    fast = tuple(fft.next_fast_len(length, real=True) for length in full)
    laid = fft.irfftn(fft.rfftn(grid, fast) * fft.rfftn(kernel, fast), fast)
    corner = tuple((f - g) // 2 for f, g in zip(full, grid.shape, strict=True))
    return laid[corner[0] : corner[0] + grid.shape[0], corner[1] : corner[1] + grid.shape[1]]


def _grid(x: np.ndarray, y: np.ndarray, cell_km: float) -> tuple[np.ndarray, np.ndarray]:
    side = 1000.0 * cell_km
    return ((x - x.min()) // side).astype(np.int64), ((y - y.min()) // side).astype(np.int64)
