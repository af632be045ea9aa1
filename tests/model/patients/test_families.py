"""Mothers of the under 18s, families that stay together, and movers whose address on the register is old."""

import numpy as np
import pytest

from model.patients.columns import (
    DIED,
    FEMALE,
    FOLLOWED,
    FOLLOWS,
    GONE,
    NOBODY,
    NONE,
    PENDING,
    PRESENCE,
    SHORT_TERM,
    UNCOUNTED,
    Columns,
)
from model.patients.families import LEAST_GAP, OLDEST_MOTHER, YOUNGEST_MOTHER, birth_age_cumulative
from model.patients.rates import ADULT_MONTHS
from model.scenario import Scenario

STARTED = 612
"""January 2021, months since 1970."""


def in_use(model) -> Columns:
    return Columns(*(column[: model.engine.rows] for column in model.engine.columns))


def ages(model, columns):
    return (model.month_number - columns.born.astype(int)) // 12


def followers(model, columns):
    """Residents under 18 who follow their mothers."""
    minor = model.month_number - columns.born.astype(int) < ADULT_MONTHS
    here = (columns.flags & PRESENCE) >> 1 <= UNCOUNTED
    return minor & here & ((columns.flags & FOLLOWS) != 0)


@pytest.fixture(scope="module")
def start(town, make_model):
    return make_model(town, seed=8)


def test_mothers_are_women_of_the_child_s_area_and_the_right_age(start):
    columns, age = in_use(start), ages(start, in_use(start))
    child = np.flatnonzero(followers(start, columns))
    mother = columns.mother[child]
    assert ((columns.flags[mother] & FEMALE) != 0).all()
    assert ((columns.flags[mother] & PRESENCE) >> 1 <= UNCOUNTED).all()
    assert (columns.recorded[mother] == columns.recorded[child]).all(), "the register has them in one area"
    assert age[mother].min() >= YOUNGEST_MOTHER
    assert age[mother].max() < OLDEST_MOTHER
    gap = age[mother] - age[child]
    assert gap.min() >= LEAST_GAP
    rates = np.diff(birth_age_cumulative(Scenario()), prepend=0.0)
    expected = (rates * (Scenario().demography.fertility_from_age + np.arange(len(rates)))).sum()
    assert gap.mean() == pytest.approx(expected, abs=0.5)
    assert not (columns.flags[mother] & SHORT_TERM).any(), "families stay"


def test_nearly_every_child_has_a_mother_and_her_practice(start):
    columns, age = in_use(start), ages(start, in_use(start))
    minors = (age < 18) & ((columns.flags & PRESENCE) >> 1 <= UNCOUNTED)
    followed = followers(start, columns)
    assert followed[minors].mean() > 0.99
    child = np.flatnonzero(followed)
    assert (columns.practice[columns.mother[child]] == columns.practice[child]).mean() > 0.9
    alone = np.flatnonzero(minors & ~followed)
    assert (columns.mother[alone] == NOBODY).all()


def test_mothers_have_families_of_a_believable_size(start):
    columns = in_use(start)
    children = np.bincount(columns.mother[followers(start, columns)])
    sizes = children[children > 0]
    assert 1.2 < sizes.mean() < 2.2
    assert np.quantile(sizes, 0.99) <= 8


def test_births_by_age_of_mother_add_to_one():
    cumulative = birth_age_cumulative(Scenario())
    assert cumulative[-1] == pytest.approx(1.0)
    assert (np.diff(cumulative) > 0).all()
    median = Scenario().demography.fertility_from_age + np.searchsorted(cumulative, 0.5)
    assert 29 <= median <= 32


# --- months later -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def later(town, make_model):
    """Two restless years on: the model, its patients at the start and now, and what the dead left behind."""
    model = make_model(town, seed=8, registration__switching=0.15, demography__emigration_rate=0.03)
    model.world = model.world._replace(rates=model.world.rates._replace(death=model.world.rates.death * 4.0))
    before = Columns(*(column.copy() for column in in_use(model)))
    for _ in range(5):
        model.step()
    return model, before, in_use(model)


def test_children_live_and_register_with_their_mothers(later):
    model, _, now = later
    child = np.flatnonzero(followers(model, now))
    mother = now.mother[child]
    assert ((now.flags[mother] & PRESENCE) >> 1 <= UNCOUNTED).all()
    assert (now.home[mother] == now.home[child]).all()
    joined = (now.since[mother] >= STARTED) & (now.since[mother] > now.born[child])
    assert joined.sum() > 200
    assert (now.practice[child] == now.practice[mother])[joined].all(), "where she has registered the child is with her"
    assert (now.since[child] == now.since[mother])[joined & (now.cause[child] == FOLLOWED)].mean() > 0.95
    waits = ((now.flags[mother] & PENDING) != 0) & (now.practice[child] != NONE)
    assert (((now.flags[child] & PENDING) != 0)[waits] | (now.home[child] == now.recorded[child])[waits]).all()
    assert not (now.flags[child] & PENDING)[~waits].any()


def test_orphans_stay_and_live_by_their_own_draws(later):
    """Children whose mother has died since are where they were or where they moved; none left because she was gone."""
    model, before, now = later
    rows = len(before.born)
    followed = np.flatnonzero(followers(model, before)[:rows])
    mother = before.mother[followed]
    died = (now.cause[mother] == DIED) & ((now.flags[mother] & PRESENCE) >> 1 == GONE)
    orphans = followed[died]
    assert len(orphans) > 20
    here = (now.flags[orphans] & PRESENCE) >> 1 <= UNCOUNTED
    assert here.mean() > 0.9
    assert not (now.flags[orphans[here]] & FOLLOWS).any()


def test_coming_of_age_ends_it(later):
    """Those who were 17 move on their own once they are 18; those who are not yet never live apart."""
    model, before, now = later
    of_age = np.flatnonzero(
        ((before.flags & FOLLOWS) != 0)
        & (model.month_number - 1 - before.born.astype(int) >= ADULT_MONTHS)
        & ((now.flags[: len(before.flags)] & PRESENCE) >> 1 <= UNCOUNTED)
    )
    apart = now.home[of_age] != now.home[now.mother[of_age]]
    assert apart.any()


# --- movers at the start ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def movers(make_region, make_model):
    """Twenty equal areas of two authorities, nine in ten of whose inner moves lead to another area."""
    km = np.stack([np.arange(20) % 5, np.arange(20) // 5], axis=1).astype(float)
    region = make_region(km, km[::4], residents=4000, lists=17_000, area_commissioner=np.arange(20) // 10,
                         practice_commissioner=[0, 0, 0, 1, 1])  # fmt: skip
    return make_model(region, demography__same_zone_share=0.0, demography__short_term_per_immigrant=0.0)


def test_pending_movers_are_in_their_steady_state(movers):
    """The chance to be waiting is hazard of moving / (hazard of moving + hazard of contact), by age and sex."""
    columns, age = in_use(movers), ages(movers, in_use(movers))
    rates = movers.world.rates
    here = (columns.flags & PRESENCE) >> 1 <= UNCOUNTED
    adult = here & (columns.practice != NONE) & ~followers(movers, columns)
    for low, high in ((18, 20), (20, 25), (25, 35), (35, 50), (50, 65), (65, 85)):
        for sex in (0, FEMALE):
            chosen = np.flatnonzero(adult & (age >= low) & (age < high) & ((columns.flags & FEMALE) == sex))
            place = movers.world.authority[columns.recorded[chosen]]
            across = rates.move[age[chosen]] * rates.across_level[place]
            within = rates.move[age[chosen]] * rates.within_level[place]
            chance = (across + 0.9 * within) / (across + within + rates.contact[sex, age[chosen]])
            pending = ((columns.flags[chosen] & PENDING) != 0).sum()
            error = np.sqrt((chance * (1 - chance)).sum())
            assert abs(pending - chance.sum()) < 4 * error, (low, sex)


def test_families_of_movers_have_moved_too(movers):
    columns = in_use(movers)
    child = np.flatnonzero(followers(movers, columns) & (columns.practice != NONE))
    mother = columns.mother[child]
    moved = (columns.flags[mother] & PENDING) != 0
    assert moved.sum() > 300
    assert (columns.home[child] == columns.home[mother]).all()
    assert np.array_equal((columns.flags[child] & PENDING) != 0, moved)


# --- single moves -----------------------------------------------------------------------------------------------------------


def test_where_no_child_follows_everybody_lives_by_its_own_draws(town, make_model):
    model = make_model(town, seed=8, demography__children_follow=0.0)
    born_before = model.engine.rows
    for _ in range(3):
        model.step()
    columns = in_use(model)
    assert model.engine.rows > born_before
    assert not (columns.flags & FOLLOWS).any()
    minor = model.month_number - columns.born.astype(int) < ADULT_MONTHS
    assert minor.any()
    assert not (columns.cause == FOLLOWED).any()


def test_a_share_of_the_children_follows(town, make_model, start):
    half = make_model(town, seed=8, demography__children_follow=0.5)
    every, some = (followers(model, in_use(model)) for model in (start, half))
    assert 0.45 < some.sum() / every.sum() < 0.55
    assert not (some & ~every).any()
