"""Who closes a list: applications, approval, the cap."""

import msgspec
import numpy as np
import pytest

from model.parameters.practices import Practices
from model.providers.closed_lists import allowed, applies, full

RULES = Practices(closing_load=3_000, closing_applications=0.5, closing_approval=0.6)


def test_only_overloaded_open_practices_apply():
    load = np.array([2_900.0, 3_100.0, 3_100.0, 3_100.0])
    open_now = np.array([True, True, False, True])
    assert applies(load, open_now, RULES, np.array([0.1, 0.1, 0.1, 0.7])).tolist() == [False, True, False, False]


def test_the_commissioner_refuses_the_rest():
    applying = np.array([True, True, False])
    assert allowed(applying, RULES, np.array([0.5, 0.7, 0.1])).tolist() == [True, False, False]
    never = msgspec.structs.replace(RULES, closing_approval=0.0)
    assert not allowed(applying, never, np.zeros(3)).any()


def test_the_cap_closes_every_open_list_above_it_and_none_where_there_is_no_cap():
    load, open_now = np.array([4_000.0, 6_000.0, 6_000.0]), np.array([True, True, False])
    assert not full(load, open_now, RULES).any()
    capped = msgspec.structs.replace(RULES, closing_cap=5_000.0)
    assert full(load, open_now, capped).tolist() == [False, True, False]


def test_with_published_loads_about_two_in_a_hundred_close_a_year(real_data):
    """Loads of September 2015 to 2017, lists of 1,000 or more: 1.5-2.3% of practices a year, 28-37% refused."""
    duckdb = pytest.importorskip("duckdb")
    rows = duckdb.sql(
        f"SELECT TOTAL_PATIENTS / TOTAL_GP_EXTGL_FTE FROM '{real_data}/gp_workforce_practice_2016-2021.parquet' "
        "WHERE Year <= 2018 AND TOTAL_PATIENTS >= 1000 AND TOTAL_GP_EXTGL_FTE > 0.2"
    ).fetchall()
    load, rules = np.array([row[0] for row in rows]), Practices()
    rng = np.random.Generator(np.random.Philox(key=3))
    applying = applies(load, np.ones(len(load), bool), rules, rng.random(len(load)))
    closing = allowed(applying, rules, rng.random(len(load)))
    assert 0.015 < closing.mean() < 0.023
    assert 0.28 < 1 - closing.sum() / applying.sum() < 0.37
