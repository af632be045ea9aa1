"""Where new practices open and how many."""

import numpy as np
import pytest

from model.parameters.practices import Practices
from model.providers.openings import areas_to_open, number_of_openings


def test_the_expected_number_is_rounded_by_the_draw():
    rules = Practices(openings=1.0)
    assert number_of_openings(7_500, rules, 0.4) == 7
    assert number_of_openings(7_500, rules, 0.6) == 8
    draws = (np.arange(1_000) + 0.5) / 1_000
    assert np.mean([number_of_openings(60, rules, u) for u in draws]) == pytest.approx(0.06)
    assert number_of_openings(7_500, Practices(openings=0.0), 0.999) == 0


def test_the_practice_nearest_to_most_residents_gets_a_rival_where_most_live_far_from_it():
    area_x = np.array([0.0, 1_000.0, 2_000.0, 10_000.0])
    residents = np.array([1_000, 1_500, 1_200, 3_000])
    x = np.array([0.0, 10_000.0])
    flat = np.zeros(4)
    assert areas_to_open(1, area_x, flat, residents, x, np.zeros(2)) == [2]  # 1,200 x 2 km beats 1,500 x 1 km
    assert areas_to_open(2, area_x, flat, residents, x, np.zeros(2)) == [2, 3]
    assert areas_to_open(0, area_x, flat, residents, x, np.zeros(2)) == []
    assert areas_to_open(5, area_x, flat, residents, x[:0], x[:0]) == []
