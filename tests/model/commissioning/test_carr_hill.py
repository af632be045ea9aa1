import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.commissioning.carr_hill import (
    additional_need,
    age_sex_workload,
    carr_hill_factors,
    deprivation_uplift,
    homes_workload,
    normalised,
    published_level,
    rural_patients,
    staff_cost,
    staying,
    turnover_workload,
)
from model.geography.london import in_london, london_authorities
from model.scenario import Money

MONEY = Money()


def lists(*practices: dict[tuple[int, int], int]) -> np.ndarray:
    """Patients by practice, sex and band from {(sex, band): patients}."""
    ages = np.zeros((len(practices), 2, 10), np.int64)
    for practice, groups in enumerate(practices):
        for (sex, band), patients in groups.items():
            ages[practice, sex, band] = patients
    return ages


def test_a_patient_weighs_what_the_table_says():
    ages = lists({(0, 0): 10}, {(1, 3): 10}, {(0, 5): 5, (0, 6): 5}, {(1, 9): 1})
    assert age_sex_workload(ages, MONEY) == pytest.approx([3.97, 2.19, 2.15, 6.72])


def test_identical_practices_have_an_index_of_one():
    rng = np.random.Generator(np.random.Philox(key=1))
    one = rng.integers(1, 100, (1, 2, 10))
    ages = np.concatenate([one, 3 * one, one])
    size = ages.sum(axis=(1, 2))
    fifths = np.outer([1, 2, 3, 2, 1], size)
    factors = carr_hill_factors(ages, size // 10, fifths, money=MONEY, premium=0.46, staff=1.08, rural=1.0)
    assert factors.product == pytest.approx(
        [1.0, 1.0, 1.0], abs=0.005
    )  # a tenth of a list is a whole number of patients
    for factor in factors[:3]:
        assert factor == pytest.approx([1.0, 1.0, 1.0])


def test_young_newcomers_weigh_about_as_much_as_anybody_at_launch():
    # EVIDENCE of 2017/18: age weight 0.77, 85% in their first year against 8% nationally -> 1.02 published.
    size = np.array([20_000, 10_000_000])
    turnover = normalised(turnover_workload(np.array([17_000, 800_000]), size, MONEY.premium), size)
    assert 0.77 * turnover[0] == pytest.approx(1.03, abs=0.005)
    matured = normalised(turnover_workload(np.array([1_600, 800_000]), size, MONEY.premium), size)
    assert 0.77 * matured[0] == pytest.approx(0.77, abs=0.001)


def test_without_a_premium_turnover_changes_nothing():
    assert turnover_workload(np.array([900, 10]), np.array([1000, 1000]), 0.0).tolist() == [1.0, 1.0]


@given(
    st.lists(st.floats(0.1, 10), min_size=2, max_size=6),
    st.lists(st.integers(0, 10_000), min_size=6, max_size=6),
    st.floats(0.5, 1.5),
)
def test_a_normalised_index_has_the_level_asked_for_over_all_patients(values, sizes, level):
    size = np.array(sizes[: len(values)])
    index = normalised(np.array(values), size, level)
    if size.sum() > 0:
        assert (index * size).sum() / size.sum() == pytest.approx(level)
    else:
        assert (index == level).all()


def test_more_old_people_and_more_deprivation_weigh_more():
    ages = lists({(1, 9): 100}, {(1, 3): 100})
    homes = homes_workload(ages, MONEY)
    assert homes[0] == pytest.approx(1 + 0.43 * MONEY.home_shares[-1])
    assert homes[1] == 1.0
    fifths = np.eye(5, dtype=np.int64) * 10
    for index in (additional_need(fifths, MONEY), deprivation_uplift(fifths, MONEY)):
        assert (np.diff(index) < 0).all()
    with_nobody = additional_need(np.zeros((5, 1), np.int64), MONEY)
    assert with_nobody[0] == pytest.approx(additional_need(np.full((5, 1), 7), MONEY)[0])


def test_a_premium_for_those_who_stay_pays_the_more_the_fewer_leave():
    assert staying(0, np.array([0.0, 0.5])).tolist() == [1.0, 1.0]
    assert staying(6, 0.0) == pytest.approx(1.0)
    assert staying(12, 0.0) == pytest.approx(1.0)
    assert 1 > staying(6, 0.02) > staying(9, 0.02) > staying(12, 0.02) > staying(12, 0.1) > 0
    # Of a list many join alike every month and half leave each month: those in month 7 to 12, paid twice over.
    tenure = 0.5 ** np.arange(12)
    assert staying(6, 0.5) == pytest.approx(2 * tenure[6:].sum() / tenure.sum())


def test_a_region_keeps_the_level_published_for_it(make_region):
    region = make_region(np.zeros((1, 2)), np.zeros((1, 2)))
    assert published_level(region) == 1.0
    assert np.isnan(rural_patients(region)).all()


def test_rural_patients_are_counted_on_the_register(make_region):
    region = make_region(
        np.array([[0, 0], [1, 0]]),
        np.zeros((2, 2)),
        rural=np.array([True, False]),
        register=np.array([[30, 0], [10, 0]]),
    )
    assert rural_patients(region)[0] == 0.75
    assert np.isnan(rural_patients(region)[1])


def test_staff_cost_most_in_inner_london(make_region):
    region = make_region(np.zeros((3, 2)), np.zeros((1, 2)), area_commissioner=np.arange(3))
    region = dataclasses.replace(region, authorities=np.array(["E06000001", "E09000002", "E09000013"]))
    assert staff_cost(region, MONEY).tolist() == [1.0, MONEY.staff_outer_london, MONEY.staff_inner_london]
    assert in_london(region).tolist() == [False, True, True]
    assert london_authorities(region).tolist() == [False, True, True]
