"""A line of six areas, two commissioners and four practices, and worlds on it in which nothing happens by itself."""

from collections.abc import Callable

import numpy as np
import pytest

from model.model import RegistrationModel
from model.patients.columns import FEMALE, INITIAL, NOBODY, NONE, Row
from model.patients.decide import World
from model.patients.digital import COHORTS, Digital
from model.patients.rates import OLDEST

MONTH = 612
"""January 2021."""
HAZARDS = ("death", "emigrate", "move", "birth", "contact", "first", "switch", "clean", "in_error")
NUMBERS = ("short_term_leaves", "returning", "emigrants_deregistered", "short_term_deregistered", "deaths_unrecorded",
           "seek")  # fmt: skip


@pytest.fixture(scope="session")
def line(make_region, make_model) -> RegistrationModel:
    """Areas 1 km apart, of commissioner 0 (areas 0-2) and 1 (3-5); practices 0, 1 of commissioner 0 and 2, 3 of 1.

    Everybody is covered by everybody's boundary.
    """
    region = make_region(
        [[i, 0] for i in range(6)], [[0.5, 0], [2.2, 0], [3.8, 0], [5.5, 0]], residents=200, lists=300,
        area_commissioner=[0, 0, 0, 1, 1, 1], practice_commissioner=[0, 0, 1, 1],
    )  # fmt: skip
    model = make_model(region, boundaries__inner_share=1.0, boundaries__smallest_km=20.0)
    model.providers_act()
    return model


@pytest.fixture(scope="session")
def uneven_people():
    """Residents by authority, sex, age and decile, and by the age of who decides their moves: made up, uneven."""
    draw = np.random.Generator(np.random.Philox(key=5))
    ages = np.exp(-((np.arange(OLDEST + 1) / 60.0) ** 4))
    counts = draw.poisson(40 * ages[None, None, :, None] * draw.uniform(0.5, 2, (2, 1, 1, 10)), (2, 2, OLDEST + 1, 10))
    return counts.astype(np.int64), counts.sum(axis=(1, 3))


@pytest.fixture(scope="session")
def world_with(line) -> Callable[..., World]:
    """A factory of worlds where nothing happens but what is asked for: hazards a month, the same for everybody."""

    def make(*, digital: Digital | None = None, **hazards: float) -> World:
        rates = line.world.rates._replace(
            **{name: np.zeros_like(getattr(line.world.rates, name)) for name in HAZARDS}, **dict.fromkeys(NUMBERS, 0.0),
            death_level=np.ones(2), emigrate_level=np.ones(2), birth_level=np.ones(2),
            across_level=np.full(2, 0.5), within_level=np.full(2, 0.5),
        )  # fmt: skip
        changed = {
            name: value if name in NUMBERS else np.full_like(getattr(rates, name), value)
            for name, value in hazards.items()
        }
        options = line.world.options._replace(
            open=line.world.options.open.copy(), cumulative=line.world.options.cumulative.copy()
        )
        world = line.world._replace(month=MONTH, rates=rates._replace(**changed), options=options)
        return world if digital is None else world._replace(digital=digital)

    return make


@pytest.fixture(scope="session")
def digital_of(line) -> Callable[..., Digital]:
    """A factory of tables of digital providers on the line: the list of provider 0 is practice 3, or as asked.

    Reach and pull are the same everywhere; an appeal of 0.5, so that hazard = affinity x reach x pull.
    """

    def make(pull=(0.2,), *, reach=1.0, lists=None, appeal=0.5, **changes) -> Digital:
        providers, areas = len(pull), len(line.region.areas)
        provider = np.full(len(line.region.practices), -1, np.int8)
        lists = {3: 0} if lists is None else lists
        for practice, number in lists.items():
            provider[practice] = number
        hosts = [min(p for p, number in lists.items() if number == d) for d in range(providers)]
        tables = Digital(
            reach=np.full((providers, areas), reach, np.float32),
            pull=np.broadcast_to(np.asarray(pull, np.float32)[:, None, None], (providers, areas, COHORTS)).copy(),
            contract=np.repeat(np.asarray(hosts, np.int32)[:, None], areas, axis=1),
            provider=provider,
            appeal=np.full((2, 111), appeal),
            most=np.ones(111),
            most_in=np.ones(areas),
            leaves_early=np.zeros(providers),
            leaves_later=np.zeros(providers),
            early_months=2,
            back_early=0.8,
            back_later=0.3,
            work_pull=0.0,
            choosing_ratio=1.0,
            least_aged=1.0,
            frailty=0.0,
        )
        return tables._replace(**changes)

    return make


@pytest.fixture(scope="session")
def a_row() -> Callable[..., Row]:
    """A factory of rows: a settled woman of 30 in area 1 on the list of practice 0, or as asked."""

    def make(age: int = 30, **changes: int) -> Row:
        row = Row(
            born=MONTH - 12 * age - 3, since=500, practice=0, previous=NONE, home=1, recorded=1, flags=FEMALE, need=100,
            cause=INITIAL, mother=NOBODY,
        )  # fmt: skip
        if "home" in changes and "recorded" not in changes:
            changes["recorded"] = changes["home"]
        return row._replace(**changes)

    return make
