"""Immigrants: how many, of what age and sex, to which area."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.geography.region import MIGRATION_AGE_STARTS
from model.patients.arrivals import build_arrivals, immigrant, numbers_arriving
from model.patients.moves import build_moves
from model.scenario import Scenario
from model.scenario_files import with_values

DRAWS = 4000


@given(expected=st.floats(0, 50), seed=st.integers(0, 2**40))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_numbers_are_whole_and_within_one(expected, seed):
    numbers = numbers_arriving(np.uint64(seed), 600, np.full(20, expected))
    assert (np.abs(numbers - expected) < 1).all()


def test_numbers_are_fair_and_the_draw_of_a_month_its_own():
    expected = np.array([0.0, 0.3, 2.7, 100.5])
    months = np.stack([numbers_arriving(np.uint64(1), month, expected) for month in range(3000)])
    fraction = expected % 1
    error = np.sqrt(np.maximum(fraction * (1 - fraction), 1e-12) / 3000)
    assert (np.abs(months.mean(axis=0) - expected) < 4 * error).all()
    assert abs(np.corrcoef(months[:-1, 1], months[1:, 1])[0, 1]) < 0.1


@pytest.fixture(scope="module")
def setting(make_region):
    """Six areas of two authorities, each its own zone; the immigration table knows young women in the second zone only."""
    region = make_region([[i, 0] for i in range(6)], [[0, 0]], residents=600, area_commissioner=np.arange(6) // 3,
                         practice_commissioner=0)  # fmt: skip
    table = np.zeros((6, 2, 9))
    table[:, 0, 5], table[1, 1, 3] = 1000.0, 3000.0
    return dataclasses.replace(region, immigration=table)


def drawn(region, authority=0, **parameters):
    """Born month, female, home, short-term, registers and need of so many immigrants, as columns."""
    scenario = with_values(Scenario(), parameters)
    moves = build_moves(region, scenario, np.ones((len(region.authorities), 9)), None)
    arrivals = build_arrivals(region, scenario, moves)
    rows = [immigrant(np.uint64(2), i, 612, authority, arrivals, moves) for i in range(DRAWS)]
    return [np.array(column) for column in zip(*rows, strict=True)]


def near(share, expected):
    return abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / DRAWS) + 1e-3


def test_zones_sexes_and_ages_are_those_of_the_table(setting):
    born, female, home, *_ = drawn(setting)
    assert set(home.tolist()) == {0, 1, 2}, "in the authority they are counted in"
    assert near((home == 1).mean(), 4000 / 6000)
    women = female & (home == 1)
    assert near(women.mean(), 3000 / 6000)
    age = (612 - born) // 12
    low, high = MIGRATION_AGE_STARTS[3], MIGRATION_AGE_STARTS[4]
    assert ((age[women] >= low) & (age[women] < high)).mean() > 0.98, "but for a few of the national profile"
    men = age[~female]
    assert ((men >= MIGRATION_AGE_STARTS[5]) & (men < MIGRATION_AGE_STARTS[6])).mean() > 0.98


def test_without_a_table_ages_are_national_and_places_follow_residents(setting):
    bare = dataclasses.replace(setting, immigration=None)
    born, female, home, *_ = drawn(bare, authority=1)
    assert [near((home == area).mean(), 1 / 3) for area in (3, 4, 5)] == [True] * 3
    assert near(female.mean(), 0.5)
    band = np.searchsorted(MIGRATION_AGE_STARTS, (612 - born) // 12, side="right") - 1
    profile = np.array(Scenario().demography.immigration_ages)
    assert all(near((band == b).mean(), share) for b, share in enumerate(profile / profile.sum()))


def test_how_many_register_and_how_many_leave_soon(setting):
    _, _, _, short, registers, need = drawn(
        setting, demography__short_term_per_immigrant=0.5, registration__registers_on_arrival=0.3
    )
    assert near(short.mean(), 1 / 3)
    assert near(registers.mean(), 0.3)
    assert abs(need.mean() - 127.5) < 4 * 74 / np.sqrt(DRAWS)
    assert abs(np.corrcoef(short, registers)[0, 1]) < 4 / np.sqrt(DRAWS)
