"""The nation's trend and the gap by deprivation."""

from dataclasses import replace

import numpy as np
import pytest

from model.parameters.choosing import Satisfaction
from model.providers.satisfaction import (
    mean_ranks,
    national_level,
    national_shift,
    own_spread,
    patients_decile,
    starting_gap,
)

SECTION = Satisfaction()


def march(year: int) -> int:
    return (year - 1970) * 12 + 2


def test_the_level_is_the_surveys_in_its_march_and_on_a_line_between():
    assert national_level(SECTION, march(2021)) == 0.83
    assert national_level(SECTION, march(2022)) == 0.72
    assert national_level(SECTION, march(2021) + 6) == pytest.approx((0.83 + 0.72) / 2)
    assert national_level(SECTION, march(1995)) == 0.876
    assert national_level(SECTION, march(2090)) == 0.74


def test_shifts_add_up():
    steps = [national_shift(SECTION, m + 1, m) for m in range(march(2012), march(2022))]
    assert sum(steps) == pytest.approx(0.72 - 0.876)
    assert national_shift(SECTION, march(2020), march(2020)) == 0


def test_equal_values_share_their_mean_rank():
    assert mean_ranks(np.array([3.0, 1.0, 3.0, 2.0])) == pytest.approx([0.75, 0.125, 0.75, 0.375])
    assert mean_ranks(np.full(7, 2.0)) == pytest.approx(np.full(7, 0.5))


def test_the_gap_between_fifths_is_the_parameter_and_the_mean_nothing(metro):
    decile = patients_decile(metro)
    gap = starting_gap(metro, 0.085, len(metro.practices))
    assert gap.mean() == pytest.approx(0, abs=1e-12)
    order = np.argsort(decile, kind="stable")
    fifth = len(order) // 5
    assert gap[order[-fifth:]].mean() - gap[order[:fifth]].mean() == pytest.approx(0.085, abs=0.006)


def test_patients_decile_is_that_of_those_on_the_list(make_region):
    region = make_region(
        [[0, 0], [1, 0]],
        [[0, 0], [1, 0]],
        register=np.array([[100, 0], [300, 50]]),
    )
    region = replace(region, deprivation_decile=np.array([1, 9], np.uint8))
    assert patients_decile(region) == pytest.approx([7.0, 9.0])


def test_gap_and_own_spread_make_the_total_spread():
    ranks = (np.arange(100_000) + 0.5) / 100_000
    explained = SECTION.deprivation_gap / 0.8 * (ranks - 0.5)
    assert np.hypot(explained.std(), own_spread(SECTION)) == pytest.approx(SECTION.spread, rel=1e-6)
