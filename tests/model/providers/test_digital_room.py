"""How many a digital provider expects to join, against how many do."""

import datetime

import numpy as np
import pytest

from model.policy import DigitalLaunch
from model.providers.digital_room import expected_joiners, inclination_by_cohort
from model.scenario import Scenario


def test_expected_joiners_are_those_who_join(town, make_model):
    launch = DigitalLaunch(month=datetime.date(2021, 1, 1), name="Loud", marketing=30.0)
    model = make_model(town, Scenario(timeline=(launch,)), seed=4, months=3)
    market = model.digital
    joined, expected = 0, 0.0
    for _ in range(3):
        model.step()
        (provider,) = market.providers
        joined += int(model.datacollector.model_vars["changes_joined_digital"][-1])
        choosing = model.scenario.registration.list_turnover / 12
        expected += expected_joiners(
            market.tables, provider.number, market._people, model.world.options, model.month_number - 1, choosing
        )
    assert joined > 300
    assert joined == pytest.approx(expected, rel=0.2)


def test_inclination_of_cohorts_is_of_the_ages_they_have(town, make_model):
    model = make_model(town, Scenario(), seed=4, months=1)
    tables, month = model.digital.tables, model.month_number
    by_cohort = inclination_by_cohort(tables, month)
    assert by_cohort.shape == (12,)
    assert (by_cohort >= 0).all()
    assert by_cohort.max() < tables.appeal.max() * 2
    # Ten years on everybody of a cohort is ten years older: the profile moves on by one cohort.
    assert inclination_by_cohort(tables, month + 120) == pytest.approx(np.roll(by_cohort, 1))
