"""Children who follow are listed once a year: the list is complete, and results do not hang on when it was made."""

import numpy as np
import pytest

from model.patients.columns import FOLLOWS, PRESENCE, UNCOUNTED
from model.patients.dependants import LISTED_FOR, list_dependants
from model.patients.rates import ADULT_MONTHS


def listed_by_hand(model) -> np.ndarray:
    c, rows = model.engine.columns, model.engine.rows
    children = (c.flags[:rows] & FOLLOWS > 0) & (model.month_number - c.born[:rows].astype(int) < ADULT_MONTHS)
    return np.flatnonzero(children)


@pytest.mark.parametrize("threads", [1, 3])
def test_everybody_who_follows_is_listed(town, make_model, threads):
    model = make_model(town)
    found = list_dependants(model.engine.columns, model.engine.rows, model.month_number, threads)
    assert len(found.child) > 1000
    assert np.array_equal(found.child, listed_by_hand(model))
    assert np.array_equal(found.mother, model.engine.columns.mother[found.child])


def test_whoever_follows_is_listed_or_born_since(thin_town, make_model):
    model = make_model(thin_town)
    made = []
    for _ in range(LISTED_FOR + 2):
        model.step()
        listed = model.engine._dependants
        made.append(listed.month)
        rows = listed_by_hand(model)
        here = (model.engine.columns.flags[rows] & PRESENCE) >> 1 <= UNCOUNTED
        assert np.isin(rows[here & (rows < listed.rows)], listed.child).all()
    first = made[0]
    assert made == [first] * LISTED_FOR + [first + LISTED_FOR] * 2


def test_a_list_made_every_month_gives_the_same_patients(thin_town, make_model):
    yearly, monthly = (make_model(thin_town, demography__move_rates=(0.3,) * 9, seed=5) for _ in range(2))
    for _ in range(LISTED_FOR + 2):
        yearly.step()
        monthly.engine._dependants = None
        monthly.step()
    rows = yearly.engine.rows
    assert monthly.engine.rows == rows
    for one, other in zip(yearly.engine.columns, monthly.engine.columns, strict=True):
        assert np.array_equal(one[:rows], other[:rows])
