"""A policy in one place leaves every draw elsewhere alone: two towns far apart, one of them with the policy."""

import datetime

import numpy as np
import pytest

from model.patients.columns import NONE, PRESENCE, UNCOUNTED
from model.policy import ChoicePilot, DigitalLaunch, ListSplit
from model.scenario import Scenario

MONTHS = 15
FEBRUARY, MAY = datetime.date(2021, 2, 1), datetime.date(2021, 5, 1)
HERE = "E38000000"
LAUNCH = DigitalLaunch(month=FEBRUARY, host=HERE, marketing=40.0, reach_km=30.0)
POLICIES = {
    "a pilot": (ChoicePilot(month=FEBRUARY, commissioners=(HERE,), practices=1.0),),
    "a digital provider": (LAUNCH,),
    "its list split": (LAUNCH, ListSplit(month=MAY, threshold=10)),
}
NO_LONG_ARM = {
    "choice__congestion": 0.0,
    "satisfaction__congestion": 0.0,
    "satisfaction__continuity_weight": 0.0,
    "registration__switching": 0.1,
    "boundaries__out_of_area_practices": 0.5,
    "practices__exit_rates": (0.0,) * 7,
    "practices__openings": 0.0,
    "practices__gps_chance": 0.0,
    "practices__closing_applications": 0.0,
    "seed": 11,
}
"""Lists do not crowd each other out: people who come from the other town do not change what those here decide."""


@pytest.fixture(scope="module")
def two_towns(make_region):
    """Four areas and three practices here, the same again 300 km away under another commissioner and authority."""
    km = np.array([[0.0, 0], [1.5, 0], [0, 1.5], [4, 4]])
    sites = np.array([[0.2, 0.1], [1.4, 0.3], [3.5, 3.5]])
    far = np.array([300.0, 0])
    return make_region(
        np.vstack([km, km + far]),
        np.vstack([sites, sites + far]),
        residents=1500,
        lists=2100,
        area_commissioner=np.repeat([0, 1], 4),
        practice_commissioner=np.repeat([0, 1], 3),
    )


def states(model):
    """Rows of those who have lived in the far town since the start, after every month, and who they are at the end."""
    columns = model.engine.columns
    always = columns.home[: model.engine.rows] >= 4
    months = []
    for _ in range(MONTHS):
        model.step()
        columns = model.engine.columns
        present = (columns.flags[: len(always)] & PRESENCE) >> 1 <= UNCOUNTED
        always &= (columns.home[: len(always)] >= 4) & present
        rows = [column[: len(always)].copy() for column in columns]
        months.append(np.stack([row.astype(np.int64) for row in rows]))
    return months, always


@pytest.fixture(scope="module")
def as_it_is(two_towns, make_model):
    return states(make_model(two_towns, **NO_LONG_ARM))


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_here_leaves_everybody_there_alone(two_towns, make_model, as_it_is, policy):
    """Every column of everybody who stays in the other town, month by month, is the same with and without it."""
    plain, always = as_it_is
    assert always.sum() > 3500
    other, same = states(make_model(two_towns, Scenario(timeline=POLICIES[policy]), **NO_LONG_ARM))
    assert np.array_equal(always, same)
    changed = 0
    for one, two in zip(plain, other, strict=True):
        # who was registered in the policy's town before coming is the policy's to change
        mine = always & np.isin(one[2], [3, 4, 5, NONE]) & np.isin(one[3], [3, 4, 5, NONE])
        assert np.array_equal(one[:, mine], two[:, mine])
        changed += int((one[2] != two[2]).sum())
    assert mine.sum() > 3500
    assert changed > 50, "the policy is to do something where it is"
