"""Digital providers in whole models: launch, growth, caps, sites, split, failure, and bounds that dominate."""

import datetime

import numpy as np
import pytest
from numba import njit

from model.errors import InputError
from model.model import RegistrationModel
from model.patients import digital as digital_module
from model.patients.columns import (
    COLUMNS,
    FOLLOWS,
    JOINED_DIGITAL,
    NONE,
    OUT_OF_AREA,
    PENDING,
    PRESENCE,
    UNCOUNTED,
    read_row,
)
from model.patients.decide import lives_here
from model.patients.rates import ADULT_MONTHS, age_in_years
from model.policy import DigitalLaunch
from model.scenario import Scenario

QUIET = {"practices__exit_rates": (0.0,) * 7, "practices__openings": 0.0}
JANUARY = datetime.date(2021, 1, 1)
LAUNCHES = tuple(DigitalLaunch(month=datetime.date(2099, 1, 1), name=f"Later {n}") for n in range(3))
"""Far off: they only make room for providers that tests launch themselves."""
SPLITS = 6
"""Places in reserve for hosts and local contracts."""


@njit
def temptations(columns, rows, month, seed, options, digital):
    """Hazard of joining of every resident adult who is on no digital list, 0 for all others, float64[rows]."""
    out = np.zeros(rows)
    for i in range(rows):
        row = read_row(columns, i)
        follows = row.flags & FOLLOWS and month - row.born < ADULT_MONTHS
        if lives_here(row.flags) and not follows and digital_module.provider_of(row.practice, digital) < 0:
            out[i] = digital_module.temptation(i, row, age_in_years(month - row.born), seed, options, digital)
    return out


@njit
def bounds_of(columns, rows, month, digital):
    """The bound on the same without draws, of everybody, float64[rows]."""
    out = np.zeros(rows)
    for i in range(rows):
        row = read_row(columns, i)
        out[i] = digital_module.tempted_at_most(age_in_years(month - row.born), row.home, digital)
    return out


@pytest.fixture
def model(thin_town, make_model) -> RegistrationModel:
    """The thin town with room for three providers, and places in reserve."""
    return make_model(thin_town, Scenario(timeline=LAUNCHES), seed=4, **(QUIET | {"practices__openings": 50.0}))


@pytest.fixture
def launched(model):
    """A provider of commissioner 0, loud enough for hundreds to join within months."""
    return model, model.digital.launch("Loud", 0, marketing=60.0)


def run(model: RegistrationModel, months: int) -> RegistrationModel:
    for _ in range(months):
        model.step()
    return model


def columns_of(model):
    rows = model.engine.rows
    return {name: column[:rows].copy() for name, column in zip(COLUMNS, model.engine.columns, strict=True)}


def here(columns):
    return (columns["flags"] & PRESENCE) >> 1 <= UNCOUNTED


def causes(model, name):
    return model.counts.changes_by_cause()[name]


# --- launch -----------------------------------------------------------------------------------------------------------------


def test_a_launch_opens_a_practice_of_the_host_where_most_young_people_are(launched):
    model, provider = launched
    region, lists = model.region, model.lists
    assert model.digital.providers == [provider]
    assert (provider.list_size, provider.launched, provider.failed) == (0, model.month_number, False)
    assert lists.provider[provider.host] == 0
    assert region.provider_kind[provider.host] == "digital"
    assert region.practice_commissioner[provider.host] == 0
    assert region.area_commissioner[region.practice_area[provider.host]] == 0
    assert (model.digital.tables.contract[0] == provider.host).all()
    assert len(set(model.lists.organisation()[lists.exists].tolist())) == lists.exists.sum()
    assert lists.satisfaction[provider.host] > np.median(lists.satisfaction[:8])


def test_nobody_joins_by_choosing_among_practices(launched):
    """The list takes patients only through the provider: with no pull, or out of reach, it stays empty."""
    model, provider = launched
    provider.advantage = 0.0
    run(model, 3)
    assert provider.list_size == 0
    assert not model.world.options.open[provider.host]
    provider.advantage = 1.0
    model.digital._full_reach[:] = 0.0
    run(model, 3)
    assert provider.list_size == 0
    model.digital._full_reach[:] = 1.0
    run(model, 1)
    assert provider.list_size > 20


def test_it_reaches_no_farther_than_it_is_allowed(model):
    provider = model.digital.launch("Near", 0, reach_km=2.0)
    area = int(model.region.practice_area[provider.host])
    km = np.hypot(model.region.x - model.region.x[area], model.region.y - model.region.y[area]) / 1000 * 1.12
    reached = model.digital._full_reach[0] > 0
    assert np.array_equal(reached, km <= 2.0)
    model.digital.open_site("Near", int((km > 2.0).argmax()))
    assert (model.digital._full_reach[0] > 0).sum() > reached.sum(), "a new site ends that limit"
    assert provider.limit_km == 0.0


def test_providers_are_found_by_name_or_by_the_code_of_their_practice(model):
    with pytest.raises(InputError, match="the run has none yet"):
        model.digital.named("Loud")
    one, two = model.digital.launch("One", 0), model.digital.launch("Two", 1, practice=6)
    assert model.digital.named("") is one
    assert model.digital.named("Two") is two
    assert model.digital.named("P7") is two
    with pytest.raises(InputError, match="digital provider: found 'Three', expected one of One, Two"):
        model.digital.named("Three")
    model.digital.launch("Three", 1)
    with pytest.raises(InputError, match="more than 3 digital providers; launch fewer"):
        model.digital.launch("Four", 1)


# --- the month --------------------------------------------------------------------------------------------------------------


def test_pull_is_advantage_times_marketing_and_word_of_mouth(launched):
    model, provider = launched
    d = model.scenario.digital
    options = model.world.options
    model.digital.prepare(options, False)
    first = d.marketing * 60.0 * (1 + d.launch)
    assert model.digital.tables.pull[0] == pytest.approx(first), "nobody has joined: marketing alone"
    provider.advantage = 0.5
    model.digital.prepare(options, False)
    assert model.digital.tables.pull[0] == pytest.approx(first / 2)
    model.digital.scale(2.0, "Loud")
    run(model, 5)
    model.digital.prepare(options, False)
    marketing = d.marketing * 60.0 * (1 + d.launch * np.exp(-5 / d.launch_months))
    joined = model.counts.digital[0].sum(axis=1) > 0
    by_word = model.digital.tables.pull[0] - marketing
    assert by_word.min() > -1e-6
    assert by_word[joined].max() > 0
    assert by_word.max() <= d.word_of_mouth + 1e-6


def test_twice_the_pull_is_twice_the_hazard_of_everybody(launched):
    model, provider = launched
    run(model, 3)
    columns, rows, world = model.engine.columns, model.engine.rows, model.world
    hazards = []
    for advantage in (1.0, 2.0):
        provider.advantage = advantage
        model.digital.prepare(world.options, False)
        hazards.append(temptations(columns, rows, model.month_number, world.seed, world.options, model.digital.tables))
    assert (hazards[0] > 0).sum() > 1000
    assert hazards[1] == pytest.approx(2 * hazards[0], rel=1e-5)


def test_the_bounds_dominate_the_hazards_of_everybody(model):
    """For several providers at once, by age: what the coarse test of a month relies on."""
    model.digital.launch("One", 0, sites=2, marketing=40.0)
    model.digital.launch("Two", 1, practice=6, marketing=10.0)
    world = model.world
    for _ in range(4):
        model.step()
        joining, leaving = model.digital.prepare(world.options, False)
        c = columns_of(model)
        hazards = temptations(
            model.engine.columns, model.engine.rows, model.month_number, world.seed, world.options, model.digital.tables
        )
        age = np.clip((model.month_number - c["born"].astype(int)) // 12, 0, 110)
        at_home = bounds_of(model.engine.columns, model.engine.rows, model.month_number, model.digital.tables)
        assert (hazards <= at_home).all()
        assert (at_home <= joining[age]).all()
        assert hazards.max() > 0.1 * joining.max(), "and not by much"
        assert at_home.sum() < 0.99 * joining[age].sum(), "some homes are out of the way"
        assert leaving == max(model.digital.tables.leaves_early.max(), model.digital.tables.leaves_later.max())


def test_joiners_are_of_the_ages_it_appeals_to(town, make_model):
    """Joiners by age group are as expected from the hazards of everybody at the start of the month."""
    model = make_model(town, Scenario(timeline=LAUNCHES), seed=4, **QUIET)
    model.digital.launch("Loud", 0, marketing=100.0)
    model.providers_act()
    world, month = model.world, model.month_number
    hazards = temptations(
        model.engine.columns, model.engine.rows, month, world.seed, world.options, model.digital.tables
    )
    model.patients_live()
    c = columns_of(model)
    rows = len(hazards)
    joined = (c["cause"][:rows] == JOINED_DIGITAL) & (c["since"][:rows] == month)
    age = (month - c["born"][:rows].astype(int)) // 12
    assert not joined[age < 15].any()
    assert joined.sum() > 500
    for first, last in ((16, 20), (20, 25), (25, 30), (30, 40), (40, 65), (65, 111)):
        group = (age >= first) & (age < last)
        # Some die, leave, move or choose otherwise first, and those who choose anyway join likelier: a tenth, at most.
        expected = hazards[group].sum()
        assert abs(joined[group].sum() - expected) < 4 * np.sqrt(expected) + 0.1 * expected


def test_leavers_go_back_to_practices_there_are_with_the_stated_share(town, make_model):
    model = make_model(
        town, Scenario(timeline=LAUNCHES), seed=4, digital__back_early=0.8, digital__leaves_early=0.3, **QUIET
    )
    model.digital.launch("Loud", 0, marketing=100.0)
    run(model, 2)
    model.digital.scale(0.0)
    back = left = 0
    for _ in range(2):
        before = columns_of(model)
        model.step()
        after = columns_of(model)
        rows = len(before["born"])
        back += causes(model, "back to old practice")
        left += causes(model, "left digital")
        gone = (before["practice"] != after["practice"][:rows]) & (after["cause"][:rows] == 15)
        assert np.array_equal(after["practice"][:rows][gone], before["previous"][gone])
        assert model.lists.exists[after["practice"][:rows][gone]].all()
    assert back + left > 500
    # A few joined from no list, or live where the old practice would not take them.
    assert 0.7 < back / (back + left) < 0.8 + 4 * np.sqrt(0.16 / (back + left))


# --- caps -------------------------------------------------------------------------------------------------------------------


def test_a_cap_stops_joining_and_throws_nobody_out(launched):
    model, provider = launched
    run(model, 4)
    assert provider.list_size > 200
    model.digital.set_cap("Loud", 100)
    pending = 0
    for _ in range(6):
        before = columns_of(model)
        model.step()
        after = columns_of(model)
        rows = len(before["born"])
        assert causes(model, "joined digital") == 0
        on_list = (before["practice"] == provider.host) & here(before) & (before["flags"] & PENDING > 0)
        told = on_list & (after["flags"][:rows] & PENDING == 0) & here({"flags": after["flags"][:rows]})
        told &= (after["home"][:rows] == before["home"]) & (before["flags"] & FOLLOWS == 0)
        pending += told.sum()
        assert (after["practice"][:rows][told] == provider.host).all(), "movers it reaches are kept"
    assert pending > 5
    model.digital.set_cap("Loud", 0)
    model.step()
    assert causes(model, "joined digital") > 0


def test_a_provider_takes_on_people_more_slowly_the_nearer_it_is_to_its_cap(launched, make_model, town):
    model, provider = launched
    free = make_model(town, Scenario(timeline=LAUNCHES), seed=4, **QUIET)
    other = free.digital.launch("Loud", 0, marketing=100.0)
    cap = 150
    provider.cap = cap
    sizes, without = [], []
    for _ in range(12):
        model.step()
        free.step()
        sizes.append(provider.list_size)
        without.append(other.list_size)
    assert without[0] > 2 * cap, "in its first month it would have been far beyond"
    assert max(sizes) < cap + 4 * np.sqrt(cap) + 15, "chance, and babies of those on the list"
    assert min(sizes[3:]) > 0.8 * cap, "and who leaves is replaced"


def test_a_full_site_takes_nobody_near_it_while_another_does(model):
    region = model.region
    areas = [int(region.practice_area[p]) for p in (0, 6)]
    provider = model.digital.launch("Two sites", 0, marketing=60.0, at=tuple(areas))
    provider.sites[1] = provider.sites[1]._replace(cap=1)
    km = np.hypot(region.x[:, None] - region.x[areas], region.y[:, None] - region.y[areas])
    near = km.argmin(axis=1)
    run(model, 2)
    by_home = provider.residents_by_area
    assert by_home[near == 1].sum() >= 1
    before = columns_of(model)
    model.step()
    after = columns_of(model)
    rows = len(before["born"])
    joined = (after["cause"][:rows] == JOINED_DIGITAL) & (after["since"][:rows] == model.month_number - 1)
    assert (near[before["home"][joined]] == 0).all()
    assert joined.sum() > 5
    model.digital.set_cap("Two sites", 0)
    assert [site.cap for site in provider.sites] == [0, 0]


# --- split and failure --------------------------------------------------------------------------------------------------------


def test_after_a_split_patients_register_locally(launched):
    model, provider = launched
    run(model, 4)
    region = model.region
    by_home = np.bincount(region.area_commissioner, provider.residents_by_area, 2).astype(int)
    assert model.digital.split(int(by_home[1])) == 0, "no more than the threshold"
    assert model.digital.split(int(by_home[1]) - 1) == 1
    local = provider.contracts[1]
    assert region.practice_commissioner[local] == 1
    assert region.area_commissioner[region.practice_area[local]] == 1
    assert set(model.digital.tables.contract[0][region.area_commissioner == 1].tolist()) == {local}
    assert set(model.digital.tables.contract[0][region.area_commissioner == 0].tolist()) == {provider.host}
    assert model.digital.split(0) == 0, "the host's own commissioner and those with a contract are left"
    before = columns_of(model)
    model.step()
    assert (
        causes(model, "list split")
        == ((before["practice"] == provider.host) & (region.area_commissioner[before["home"]] == 1)).sum()
    )
    sizes = model.counts.lists[[provider.host, local]]
    assert provider.list_size == sizes.sum()
    run(model, 2)
    after = columns_of(model)
    new = (after["cause"] == JOINED_DIGITAL) & (after["since"] == model.month_number - 1) & here(after)
    assert set(after["practice"][new].tolist()) == {provider.host, local}
    organisation = model.lists.organisation()
    assert organisation[local] == organisation[provider.host]


def test_a_failed_provider_s_lists_are_empty_and_nobody_joins(launched):
    model, provider = launched
    run(model, 3)
    model.digital.split(0)
    run(model, 2)
    lists = [provider.host, *provider.contracts.values()]
    assert (model.counts.lists[lists] > 0).all()
    model.digital.fail("Loud", at_once=0.4)
    before = columns_of(model)
    model.step()
    after = columns_of(model)
    rows = len(before["born"])
    stranded = np.isin(before["practice"], lists)
    assert provider.failed
    assert provider.list_size == model.counts.digital.sum() == 0
    assert not model.lists.exists[lists].any()
    listed = after["practice"] != NONE
    assert model.lists.exists[after["practice"][listed]].all()
    at_once = (after["practice"][:rows][stranded] != NONE).mean()
    assert 0.25 < at_once < 0.75
    run(model, 3)
    assert provider.list_size == 0
    assert causes(model, "joined digital") == 0
    assert model.digital.split(0) == 0
    assert not (columns_of(model)["flags"][here(columns_of(model))] & OUT_OF_AREA).all()


def test_who_moves_out_of_reach_leaves_on_telling(town, make_model):
    """Everybody whose new home no site reaches is on another list once the practice has heard of the move."""
    model = make_model(town, Scenario(timeline=LAUNCHES), seed=4, digital__work_pull=0.0, **QUIET)
    provider = model.digital.launch("Loud", 0, marketing=100.0, reach_km=4.0)
    run(model, 6)
    left = 0
    for _ in range(6):
        before = columns_of(model)
        model.step()
        after = columns_of(model)
        rows = len(before["born"])
        reached = model.digital.tables.reach[0] > 0
        assert 5 < reached.sum() < len(reached)
        waits = (before["practice"] == provider.host) & here(before) & (before["flags"] & PENDING > 0)
        now = {name: column[:rows] for name, column in after.items()}
        adult = model.month_number - 1 - now["born"].astype(int) >= ADULT_MONTHS
        told = waits & here(now) & adult & (now["recorded"] == now["home"]) & (now["home"] == before["home"])
        away = told & ~reached[now["home"]]
        left += away.sum()
        assert (now["practice"][away] != provider.host).all()
        assert (now["practice"][told & reached[now["home"]] & (now["cause"] == 10)] == provider.host).all()
    assert left > 5


def test_where_people_register_by_residence_only_locals_join(launched):
    """Also those who work where the provider may register people may not, if they live elsewhere."""
    model, provider = launched
    run(model, 2)
    model.world.options.residence_only[:] = 1
    model.lists.changed = True
    before = columns_of(model)
    model.step()
    after = columns_of(model)
    rows = len(before["born"])
    joined = (after["cause"][:rows] == JOINED_DIGITAL) & (after["since"][:rows] == model.month_number - 1)
    assert joined.sum() > 5
    assert (model.region.area_commissioner[after["home"][:rows][joined]] == 0).all()
    assert provider.host >= 8


def test_hired_doctors_keep_the_load_of_digital_lists(launched):
    model, provider = launched
    run(model, 3)
    load = model.lists.load[provider.host]
    run(model, 3)
    assert load == pytest.approx(model.lists.starting_load[provider.host], rel=0.5)
    assert model.lists.gps_fte[provider.host] > 0
