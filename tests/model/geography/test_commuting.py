"""Workplaces: near, where jobs are, the same for the same seed."""

import numpy as np
import pytest

from model.errors import InputError
from model.geography.commuting import REACH, _convolved, draw_workplaces, jobs_by_area, workplaces


@pytest.fixture(scope="module")
def city(make_region):
    # A dense square of 15 x 15 areas in a sparse ring of countryside.
    side = np.arange(-7, 8) * 0.4
    dense = np.array([[x, y] for x in side for y in side])
    around = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    ring = np.vstack([radius * np.column_stack([np.cos(around), np.sin(around)]) for radius in (8.0, 14.0)])
    return make_region(np.vstack([dense, ring]), [[0, 0]])


def test_jobs_add_up_and_concentrate_in_the_middle(city):
    jobs = jobs_by_area(city)
    assert jobs.sum() == pytest.approx(city.population[:, 18:65].sum())
    assert jobs.argmax() == 7 * 15 + 7
    assert jobs[:225].mean() > 1.2 * jobs[225:].mean()


def test_the_middle_takes_in_workers(city):
    work = workplaces(city, 4.0, 1)
    assert work.shape == (345, 16)
    assert work.dtype == np.uint16
    arriving = np.bincount(work.ravel(), minlength=345) / 16
    assert arriving[7 * 15 + 7] > 1.3
    assert arriving[225:].sum() < 0.8 * 120


def test_the_same_seed_the_same_workplaces(city):
    assert np.array_equal(workplaces(city, 4.0, 1), workplaces(city, 4.0, 1))
    assert not np.array_equal(workplaces(city, 4.0, 1), workplaces(city, 4.0, 2))


def test_nobody_works_out_of_reach(city):
    work = workplaces(city, 0.5, 3)
    km = np.hypot(city.x[work] - city.x[:, None], city.y[work] - city.y[:, None]) / 1000
    assert km.max() <= REACH * 0.5 + 2 * 0.5 / 4 * np.sqrt(2)


def test_odds_of_two_places_follow_jobs_and_distance():
    # 400 homes at one point, work at 0 and 8 km (cells 1 km): odds are jobs x exp(-km / 4).
    x = np.append(np.zeros(400), 8000.0)
    jobs = np.append(np.zeros(400), 1.0)
    jobs[0] = 1.0
    work = draw_workplaces(x, np.zeros(401), jobs, 4.0, 7)[:400]
    assert set(np.unique(work)) == {0, 400}
    near, far = np.exp(-0.52 / 4), np.exp(-8 / 4)
    # A systematic sample of 16 has the expected number of each, give or take one, in every home.
    assert abs((work == 400).sum(axis=1) - 16 * far / (near + far)).max() < 1


def test_a_region_without_workers_still_has_workplaces(make_region):
    region = make_region([[0, 0], [1, 1]], [[0, 0]], residents=0)
    assert workplaces(region, 9.0, 1).max() <= 1


def test_a_distance_that_is_not_one_is_refused(city):
    with pytest.raises(InputError, match=r"work\.typical_km"):
        workplaces(city, 0.0, 1)


@pytest.mark.parametrize(("rows", "columns", "reach"), [(5, 7, 1), (40, 31, 20), (2, 90, 50)])
def test_people_around_a_cell_are_summed_as_scipys_signal_processing_would(rows: int, columns: int, reach: int):
    from scipy.signal import fftconvolve

    draws = np.random.default_rng(rows)
    grid, kernel = draws.random((rows, columns)), draws.random((2 * reach + 1, 2 * reach + 1))
    assert np.array_equal(_convolved(grid, kernel), fftconvolve(grid, kernel, mode="same"))
