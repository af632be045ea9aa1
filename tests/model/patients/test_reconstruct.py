"""A register made from lists and residents."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import InputError
from model.geography.travel import compute_travel
from model.patients.reconstruct import balance, reconstruct_register
from model.patients.utility import PARAMETERS

CHOICE = SimpleNamespace(**{name: 0.0 for name in PARAMETERS})
CHOICE.distance_log_urban = CHOICE.distance_log_rural = 3.0
CHOICE.distance_km_urban = CHOICE.distance_km_rural = 0.1
CHOICE.border_site, CHOICE.border_membership = 0.4, 0.9


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 12))
def test_every_practice_has_exactly_its_list(make_region, seed, areas, practices):
    rng = np.random.Generator(np.random.Philox(key=seed))
    lists = rng.integers(0, 4000, practices)
    lists[0] += 1
    region = make_region(
        rng.uniform(0, 20, (areas, 2)), rng.uniform(0, 20, (practices, 2)), lists=lists,
        residents=np.maximum(rng.integers(-300, 2500, areas), [5, *[0] * (areas - 1)]),
    )  # fmt: skip
    travel = compute_travel(region, nearest=4)
    area, practice, patients = reconstruct_register(region, travel, CHOICE)
    assert area.dtype == practice.dtype == patients.dtype == np.int32
    assert np.bincount(practice, patients, practices).tolist() == lists.tolist()
    assert patients.min() >= 1
    rows = area.astype(np.int64) * practices + practice
    assert (np.diff(rows) > 0).all()
    again = reconstruct_register(region, travel, CHOICE)
    assert all(np.array_equal(a, b) for a, b in zip((area, practice, patients), again, strict=True))


def test_alike_places_keep_their_residents_and_choose_by_the_logit(make_region):
    # Two places 1 km apart, each with its practice, equal in everything: shares are 1 : 2^-3 exp(-0.1).
    region = make_region([[0, 0], [1, 0]], [[0, 0], [1, 0]], residents=10_000, lists=12_000)
    _, _, patients = reconstruct_register(region, compute_travel(region), CHOICE)
    away = 2**-3 * np.exp(-0.1)
    own = 12_000 / (1 + away)
    assert np.abs(patients - [own, 12_000 - own, 12_000 - own, own]).max() <= 1


def test_residents_give_way_to_lists_where_the_two_disagree():
    # Two places with a practice each and nothing between them: the list is met, whatever the residents.
    expected = balance(np.eye(2), np.array([[0, 1], [0, 1]]), np.array([100.0, 100.0]), np.array([150.0, 50.0]))
    np.testing.assert_allclose(expected, [[150, 0], [0, 50]], atol=0.5)


def test_an_exponent_of_one_is_the_biproportional_table():
    # Row and column totals held exactly; odds ratio of the start (4) is kept.
    start, practice = np.array([[2 / 3, 1 / 3], [1 / 3, 2 / 3]]), np.array([[0, 1], [0, 1]])
    table = balance(start, practice, np.array([60.0, 40.0]), np.array([30.0, 70.0]), 1.0, 1e-9, 10_000)
    np.testing.assert_allclose(table.sum(axis=0), [30, 70], atol=1e-6)
    np.testing.assert_allclose(table.sum(axis=1), [60, 40], atol=1e-6)
    assert table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0]) == pytest.approx(4)


def test_a_practice_near_nobody_has_its_list_where_it_stands(make_region):
    region = make_region([[0, 0], [50, 0]], [[0, 0], [50, 0]], residents=[500, 0], lists=[500, 7])
    area, practice, patients = reconstruct_register(region, compute_travel(region, nearest=1), CHOICE)
    assert (area.tolist(), practice.tolist(), patients.tolist()) == ([0, 1], [0, 1], [500, 7])


@pytest.mark.parametrize(("what", "table"), [({"lists": 0}, "practices"), ({"residents": 0}, "areas")])
def test_nothing_to_balance_is_said_in_one_line(make_region, what, table):
    region = make_region([[0, 0]], [[0, 0]], **what)
    with pytest.raises(InputError, match=f"^{table}, .*all are 0"):
        reconstruct_register(region, compute_travel(region), CHOICE)
