"""Policy events act in the month they are due."""

import datetime

import numpy as np
import pytest

from model import RegistrationModel, Scenario
from model.policy import CleanLists, OpenBoundaries


def after_a_month(tmp_path, *timeline) -> RegistrationModel:
    model = RegistrationModel(Scenario(region="town", timeline=timeline), travel_cache=tmp_path)
    model.step()
    return model


def test_cleaning_acts_in_its_month_and_only_on_ghosts(tmp_path):
    january = datetime.date(2021, 1, 1)
    plain = after_a_month(tmp_path)
    cleaned = after_a_month(tmp_path, CleanLists(month=january, ratio=50.0))
    removed = [model.counts.changes_by_cause()["cleaned"] for model in (plain, cleaned)]
    assert removed[1] > 10 * max(removed[0], 1)
    assert cleaned.counts.ghosts.sum() == plain.counts.ghosts.sum() - (removed[1] - removed[0])
    assert (cleaned.counts.residents == plain.counts.residents).all()


def test_cleaning_stays_faster_when_the_rates_of_a_new_year_are_solved(tmp_path):
    june = Scenario(region="town", start="2021-06", timeline=(CleanLists(month=datetime.date(2021, 6, 1), ratio=3.0),))
    model = RegistrationModel(june, travel_cache=tmp_path)
    before = model.world.rates.clean.copy()
    model.step()
    faster = model.world.rates.clean.copy()
    model.step()
    assert faster == pytest.approx(1 - (1 - np.minimum(3 * (1 - (1 - before) ** 12), 0.999)) ** (1 / 12))
    assert (model.world.rates.clean == faster).all()


def test_opened_boundaries_let_every_practice_take_patients_from_beyond(tmp_path):
    january = datetime.date(2021, 1, 1)
    plain = after_a_month(tmp_path)
    opened = after_a_month(tmp_path, OpenBoundaries(month=january, boundary_ratio=2.0, practices=1.0))
    assert opened.lists.takes_out_of_area.all()
    assert not plain.lists.takes_out_of_area.all()
    assert opened.lists.inner_km == pytest.approx(2 * plain.lists.inner_km)
    assert (opened.counts.residents == plain.counts.residents).all(), "nobody lives elsewhere for it"
