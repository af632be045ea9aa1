"""The fast engine is trusted because one patient after another, each an ordinary Mesa agent, does exactly the same."""

import datetime

import numpy as np
import pytest

from model.model import RegistrationModel
from model.patients.columns import CAUSES, COLUMNS, GONE, PRESENCE
from model.patients.counts import FLOWS, STOCKS
from model.patients.engines import PatientAgent
from model.patients.tally import CHUNK
from model.patients.threads import set_threads
from model.policy import CleanLists, OpenBoundaries
from model.scenario import Scenario

EVENTFUL = Scenario(
    name="eventful",
    seed=11,
    timeline=(
        OpenBoundaries(month=datetime.date(2021, 3, 1), boundary_ratio=1.5, practices=0.7),
        CleanLists(month=datetime.date(2021, 5, 1), ratio=8.0),
    ),
)
RESTLESS = {
    "demography__short_term_per_immigrant": 1.0,
    "demography__immigration_rate": 0.05,
    "ghosts__deaths_unrecorded": 0.4,
    "ghosts__returning": 0.3,
    "registration__switching": 0.2,
    "registration__registers_on_arrival": 0.3,
}
"""Much of what is rare, so that a year of a few thousand people has all of it."""


def assert_same_patients(one, other):
    assert one.engine.rows == other.engine.rows
    rows = one.engine.rows
    for name, a, b in zip(COLUMNS, one.engine.columns, other.engine.columns, strict=True):
        assert np.array_equal(a[:rows], b[:rows]), f"column {name} differs"


def assert_same_counts(one, other):
    for name in (*STOCKS, *FLOWS):
        assert np.array_equal(getattr(one.counts, name), getattr(other.counts, name)), f"counts.{name} differ"


def test_an_agent_each_does_what_the_columns_do(thin_town, make_model):
    fast = make_model(thin_town, EVENTFUL, **RESTLESS)
    plain = make_model(thin_town, EVENTFUL, engine="agents", **RESTLESS)
    assert_same_patients(fast, plain)
    changes = 0
    for _ in range(12):
        fast.step()
        plain.step()
        assert_same_counts(fast, plain)
        changes = changes + fast.counts.changes.sum(axis=(1, 2))
    assert_same_patients(fast, plain)
    assert plain.agents_by_type[PatientAgent].get("number") == list(range(plain.engine.rows))
    happened = {name for name, n in zip(CAUSES, changes, strict=True) if n}
    assert {"born", "arrived", "first registration", "moved", "switched", "followed mother", "died", "emigrated",
            "cleaned"} <= happened  # fmt: skip
    assert [event["event"] for event in fast.events] == ["open-boundaries", "clean-lists"]
    assert fast.events == plain.events
    assert fast.datacollector.get_model_vars_dataframe().equals(plain.datacollector.get_model_vars_dataframe())


@pytest.fixture
def threads():
    """Sets the number of threads for a test, and the machine's own again afterwards."""
    from model.patients import threads as module

    before = list(module._chosen)
    yield set_threads
    module._chosen[:] = before


def test_threads_change_no_byte(metro, make_model, threads):
    models = []
    for number in (1, 2, 3):
        threads(number)
        model = make_model(metro, EVENTFUL)
        assert model.threads == number
        assert model.engine.rows > 6 * CHUNK, "every thread is to have several strips"
        for _ in range(8):
            model.step()
        models.append(model)
    for other in models[1:]:
        assert_same_patients(models[0], other)
        assert_same_counts(models[0], other)


class Thorough(RegistrationModel):
    """Gives nobody's month a miss: the coarse bound lets everybody through to the exact draw."""

    def providers_act(self):
        super().providers_act()
        self.world.rates.bound[:] = 65536


def test_the_coarse_bound_only_saves_work(town, cache):
    coarse, thorough = (kind(EVENTFUL, region=town, travel_cache=cache) for kind in (RegistrationModel, Thorough))
    for _ in range(12):
        coarse.step()
        thorough.step()
        assert_same_counts(coarse, thorough)
    assert_same_patients(coarse, thorough)


def test_what_is_certain_spares_nobody(metro, make_model):
    """A hazard of 1 leaves no draw above it, not even the largest of the 65,536 coarse ones."""
    model = make_model(metro)
    model.world.rates.death[:] = 1.0
    model.world.rates.death_level[:] = 1.0
    residents = model.counts.residents.sum()
    model.step()
    assert model.counts.component("deaths").sum() == residents
    arrived = sum(model.counts.component(name).sum() for name in ("international_in", "short_term_in"))
    assert model.counts.residents.sum() == arrived


def test_rows_are_for_life(thin_town, make_model):
    """No row is reused or reordered: who was born when, and to whom, never changes; the gone stay gone."""
    model = make_model(thin_town, **RESTLESS)
    rows = model.engine.rows
    before = [column[:rows].copy() for column in model.engine.columns]
    for _ in range(24):
        model.step()
    after = [column[:rows] for column in model.engine.columns]
    names = list(COLUMNS)
    for name in ("born", "mother", "need"):
        assert np.array_equal(before[names.index(name)], after[names.index(name)])
    assert model.engine.rows > rows
    gone = (after[names.index("flags")] & PRESENCE) >> 1 == GONE
    assert gone.any()


def test_columns_grow_when_they_are_full(thin_town, make_model):
    """Room runs out in the middle of a run and nothing is lost."""
    roomy, tight = make_model(thin_town, EVENTFUL, **RESTLESS), make_model(thin_town, EVENTFUL, **RESTLESS)
    tight.engine.columns = type(tight.engine.columns)(*(column[: tight.engine.rows] for column in tight.engine.columns))
    for _ in range(6):
        roomy.step()
        tight.step()
    assert_same_patients(roomy, tight)
    assert_same_counts(roomy, tight)
