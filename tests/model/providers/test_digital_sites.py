"""Sites of digital providers: where they are, whom they reach in which time, and how full they get."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.geography.travel import DETOUR
from model.providers.digital_sites import (
    CITY_KM,
    WALKED_KM,
    Site,
    busiest_areas,
    nearest_site_km,
    reach_from_minutes,
    site_limits,
)


@pytest.fixture(scope="module")
def row(make_region):
    """Seven areas along a road: a town of four at 0-3 km, a village at 8 km, a city of two at 40 and 42 km."""
    km = [[0, 0], [1, 0], [2, 0], [3, 0], [8, 0], [40, 0], [42, 0]]
    return make_region(
        km, [[0, 0]], residents=np.array([100, 300, 300, 100, 50, 600, 900]), area_commissioner=[0, 0, 0, 0, 0, 1, 1]
    )


def test_a_provider_sets_up_where_most_young_people_are_near(row):
    assert busiest_areas(row, 1) in ([5], [6]), "both are within walking distance of the city's 1,500"
    town = row.area_commissioner == 0
    assert busiest_areas(row, 1, within=town) in ([1], [2]), "800 within 2.5 km, against 700 at either end"
    assert busiest_areas(row, 1, within=np.zeros(7, bool)) == busiest_areas(row, 1), "none allowed is all allowed"


def test_the_next_sites_serve_whom_no_other_does_in_the_same_city(row):
    assert WALKED_KM < 3.0
    assert CITY_KM < 32.0
    second = busiest_areas(row, 2, first=0)[1]
    assert second in (1, 2, 3), "people at 0-2 km are served already: it goes to those at 3 km"
    assert busiest_areas(row, 3, first=0) == [0, second, 4], "who is left lives in the village; the city is too far"
    assert busiest_areas(row, 2, first=4)[1] in (1, 2)
    assert len(busiest_areas(row, 5, first=0)) == 5, "also where nobody is left to serve"


def test_distance_is_to_the_nearest_site(row):
    km, which = nearest_site_km(row, [1, 6])
    assert which.tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert km == pytest.approx(DETOUR * np.array([1, 0, 1, 2, 7, 2, 0]))


@given(minutes=st.floats(0, 500), full=st.floats(0, 100), fade=st.floats(1, 60))
def test_reach_is_full_up_to_a_time_and_fades_beyond(minutes, full, fade):
    near, there, later = reach_from_minutes(np.array([min(minutes, full), minutes, minutes + fade]), full, fade)
    assert near == 1.0
    assert 0.0 <= later <= there <= 1.0
    if minutes > full and later > 0:
        assert later == pytest.approx(there / np.e)
    assert there == 0.0 or there >= 0.01


def test_a_full_site_takes_nobody_who_lives_nearest_to_it(row):
    patients = np.array([5, 5, 0, 0, 10, 30, 30])
    assert site_limits(row, [Site(1, 0), Site(6, 0)], patients).tolist() == [1.0] * 7
    for cap, room in ((20, 0.0), (21, 1.0)):
        limits = site_limits(row, [Site(1, cap), Site(6, 0)], patients)
        assert limits.tolist() == [room] * 5 + [1.0] * 2
    assert site_limits(row, [Site(1, 100), Site(6, 60)], patients).tolist() == [1.0] * 5 + [0.0] * 2
