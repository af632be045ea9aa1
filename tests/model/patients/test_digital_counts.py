"""Counts that only digital providers need, against plain counts."""

import datetime

import numpy as np
import pytest

from model.patients.columns import COLUMNS, NONE, OUT_OF_AREA, PRESENCE, UNCOUNTED
from model.patients.digital import COHORTS
from model.patients.digital_counts import mark_digital_strip, people_by_cohort
from model.policy import DigitalLaunch
from model.scenario import Scenario


@pytest.fixture(scope="module")
def model(thin_town, make_model):
    model = make_model(thin_town)
    for _ in range(2):
        model.step()
    return model


def columns_of(model):
    rows = model.engine.rows
    return {name: column[:rows] for name, column in zip(COLUMNS, model.engine.columns, strict=True)}


def by_cohort(model, of):
    """Residents among ``of`` bool[rows] by home and birth cohort, counted plainly."""
    c = columns_of(model)
    of = of & ((c["flags"] & PRESENCE) >> 1 <= UNCOUNTED)
    out = np.zeros((len(model.region.areas), COHORTS), np.int64)
    np.add.at(out, (c["home"][of], c["born"][of].astype(int) // 120 % COHORTS), 1)
    return out


def test_people_by_cohort_are_all_residents(model):
    people = people_by_cohort(model.engine.columns, model.engine.rows, len(model.region.areas))
    assert np.array_equal(people, by_cohort(model, np.ones(model.engine.rows, bool)))
    assert np.array_equal(people.sum(axis=1), model.counts.residents)


@pytest.mark.parametrize("engine", ["columns", "agents"])
def test_a_list_that_becomes_digital_is_counted_whole_and_once(thin_town, make_model, engine):
    """By the launch itself, before a month goes by; a recount from nothing says the same."""
    launch = DigitalLaunch(month=datetime.date(2021, 1, 1), practice="P3", marketing=0.0)
    model = make_model(thin_town, Scenario(timeline=(launch,)), engine=engine)
    assert model.counts.digital.sum() == 0
    model.policy_due()
    model.counts.gather()
    members = columns_of(model)["practice"] == 2
    assert members.sum() > 1000
    assert np.array_equal(model.counts.digital[0], by_cohort(model, members))
    counted = model.counts.digital.copy()
    model.recount()
    assert np.array_equal(model.counts.digital, counted)


def test_only_digital_lists_are_marked_as_out_of_area(thin_town, make_model):
    model = make_model(thin_town)
    columns, rows = model.engine.columns, model.engine.rows
    flags = columns.flags[:rows].copy()
    provider = np.full(8, -1, np.int8)
    provider[[1, 5]] = 0, 1
    mark_digital_strip(columns, 0, rows, provider)
    practice = columns.practice[:rows]
    digital = np.isin(practice, (1, 5))
    assert (columns.flags[:rows][digital] & OUT_OF_AREA > 0).all()
    assert np.array_equal(columns.flags[:rows] & ~np.uint8(OUT_OF_AREA), flags & ~np.uint8(OUT_OF_AREA))
    assert np.array_equal(columns.flags[:rows][~digital], flags[~digital])
    assert (practice == NONE).any()


def test_patients_of_an_established_provider_start_without_home_visits(make_region, make_model):
    """A region that already has a digital practice: its list is digital from month 0, with all that follows."""
    region = make_region(
        [[0, 0], [1, 0], [2, 0]], [[0, 0], [2, 0], [1, 0]], residents=600, lists=[800, 800, 200],
        kind=["gp", "gp", "digital"], register=[[400, 100, 100], [250, 300, 50], [150, 400, 50]],
    )  # fmt: skip
    model = make_model(region)
    members = columns_of(model)["practice"] == 2
    assert (columns_of(model)["flags"][members] & OUT_OF_AREA > 0).all()
    assert model.lists.out_of_area[2] == model.counts.lists[2] == 200
    assert np.array_equal(model.counts.digital[0], by_cohort(model, members))
    (provider,) = model.digital.providers
    assert (provider.host, provider.list_size) == (2, 200)
    assert provider.launched == model.month_number - model.scenario.digital.established_months
    for _ in range(3):
        model.step()
    model.recount()
    assert model.counts.digital.sum() == by_cohort(model, columns_of(model)["practice"] == 2).sum()
