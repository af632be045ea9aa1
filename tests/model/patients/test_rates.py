"""Hazards of a month: what is published is what they expect, and the coarse bound lets nobody be missed."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.patients.columns import (
    FOLLOWS,
    GONE,
    NONE,
    OUT_OF_AREA,
    PENDING,
    PRESENCE,
    SHORT_TERM,
    UNCOUNTED,
    with_presence,
)
from model.patients.rates import (
    ABSENT,
    ADULT_MONTHS,
    AWAY,
    BEYOND,
    BIN_MONTHS,
    BINS,
    DEPENDANT,
    MIGRATION_BAND,
    OLDEST,
    SEEKING,
    SETTLED,
    UNLISTED,
    WAITING,
    RateBook,
    age_in_years,
    by_single_year,
    class_table,
    coarse_bound,
    death_rates,
    level,
    monthly,
    published,
)
from model.patients.start import demographic_year
from model.scenario import Scenario
from model.scenario_files import with_values

# --- pieces -----------------------------------------------------------------------------------------------------------------


@given(annual=st.floats(0, 0.999))
@settings(deadline=None, derandomize=True)
def test_twelve_monthly_chances_make_the_yearly_one(annual):
    assert 1 - (1 - monthly(annual)) ** 12 == pytest.approx(annual, abs=1e-9)


def test_bands_spread_to_single_years():
    values = by_single_year((0, 18, 50), (1.0, 2.0, 3.0))
    assert len(values) == OLDEST + 1
    assert values[[0, 17, 18, 49, 50, OLDEST]].tolist() == [1, 1, 2, 2, 3, 3]
    assert MIGRATION_BAND[[0, 4, 5, 15, 16, 19, 20, 24, 25, 34, 35, 64, 65, 75, 110]].tolist() == [
        0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 8,
    ]  # fmt: skip


def test_age_is_whole_years_up_to_the_oldest():
    assert [int(age_in_years(m)) for m in (-3, 0, 11, 12, 215, 216, 12 * 110, 12 * 200)] == [
        0,
        0,
        0,
        1,
        17,
        18,
        110,
        110,
    ]


def test_deaths_rise_with_age_and_deprivation_and_men_die_sooner():
    rates = death_rates(Scenario())
    assert rates.shape == (2, OLDEST + 1, 10)
    assert (rates > 0).all()
    assert (rates < 1).all()
    assert (np.diff(rates[:, 30:84].mean(axis=2), axis=1) > 0).all()
    assert (np.diff(rates[:, 35:75], axis=2) < 0).all(), "each less deprived tenth lives longer"
    assert (rates[0, :85] > rates[1, :85]).all()
    most, least = Scenario().demography.death_most_deprived, Scenario().demography.death_least_deprived
    assert rates[:, 50, 0] / rates[:, 50, 9] == pytest.approx(most / least)


def test_a_death_rate_of_nothing_is_nothing():
    zeros = with_values(Scenario(), {"demography__death_rates": (0.0,) * 16})
    assert (death_rates(zeros) == 0).all()
    children = with_values(Scenario(), {"demography__death_rates": (0.0,) * 3 + Scenario().demography.death_rates[3:]})
    some = death_rates(children)
    assert (some[:, :15] == 0).all()
    assert (some[:, 20:] == death_rates(Scenario())[:, 20:]).all()


def test_a_level_is_published_over_expected():
    target = np.array([10.0, np.nan, 5.0])
    assert level(target, np.array([20.0, 7.0, 0.0])).tolist() == [0.5, 1.0, 0.0]
    assert level(None, np.array([3.0, 4.0]), 0.25).tolist() == [0.25, 0.25]


@pytest.mark.parametrize(("month", "year"), [(612, 2021), (617, 2021), (618, 2022), (623, 2022), (624, 2022)])
def test_years_of_the_components_run_to_june(month, year):
    assert demographic_year(month) == year


def test_the_nearest_published_year_is_taken(town):
    years = town.components["years"].tolist()
    births = town.components["births"]
    assert published(town, "births", 1950).tolist() == births[:, 0].tolist()
    assert published(town, "births", 2050).tolist() == births[:, -1].tolist()
    assert published(town, "births", years[1]).tolist() == births[:, 1].tolist()
    assert published(dataclasses.replace(town, components=None), "births", 2019) is None
    unknown = {**town.components, "births": np.where(births == births[0, 1], -1, births)}
    assert np.isnan(published(dataclasses.replace(town, components=unknown), "births", years[1])).tolist() == [
        True,
        False,
    ]


# --- levels -------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def people():
    """Residents by authority, sex, age and decile, and by the age of who decides their moves: made up, uneven."""
    draw = np.random.Generator(np.random.Philox(key=5))
    ages = np.exp(-((np.arange(OLDEST + 1) / 60.0) ** 4))
    counts = draw.poisson(40 * ages[None, None, :, None] * draw.uniform(0.5, 2, (2, 1, 1, 10)), (2, 2, OLDEST + 1, 10))
    return counts.astype(np.int64), counts.sum(axis=(1, 3))


def test_expected_counts_are_the_published_ones(town, people):
    """Twelve months of hazards on the people of the year add up to the components of the year, authority by authority."""
    counts, deciders = people
    rates = RateBook(town, Scenario()).of_year(2019, counts, deciders, np.full(8, 0.01))
    women = counts[:, 1].sum(axis=2)
    expected = {
        "deaths": 12 * np.einsum("lsad,sad->l", counts, rates.death) * rates.death_level,
        "births": 12 * women @ rates.birth * rates.birth_level,
        "international_out": 12 * deciders @ rates.emigrate * rates.emigrate_level,
        "internal_out": 12 * deciders @ rates.move * rates.across_level,
    }
    for name, count in expected.items():
        assert count == pytest.approx(published(town, name, 2019)), name
    assert RateBook(town, Scenario()).immigrants(2019, np.zeros(2)) == pytest.approx(
        published(town, "international_in", 2019)
    )


def test_without_components_the_scenario_s_own_rates_hold(town, people):
    counts, deciders = people
    bare = dataclasses.replace(town, components=None)
    scenario = with_values(Scenario(), {"demography__internal_rate": 0.08, "demography__immigration_rate": 0.02})
    rates = RateBook(bare, scenario).of_year(2019, counts, deciders, np.full(8, 0.01))
    residents = counts.sum(axis=(1, 2, 3))
    assert rates.death_level.tolist() == rates.birth_level.tolist() == rates.emigrate_level.tolist() == [1.0, 1.0]
    assert 12 * deciders @ rates.move * rates.across_level == pytest.approx(0.08 * residents)
    assert RateBook(bare, scenario).immigrants(2019, residents.astype(float)) == pytest.approx(0.02 * residents)


def test_one_authority_has_no_border_to_move_across(make_region, people):
    counts, deciders = people
    region = make_region([[0, 0], [1, 0]], [[0, 0]])
    rates = RateBook(region, Scenario()).of_year(2019, counts[:1], deciders[:1], np.full(1, 0.01))
    assert rates.across_level.tolist() == [0.0]
    assert rates.within_level.tolist() == [1.0]


def test_nobody_under_eighteen_gives_birth(town, people):
    rates = RateBook(town, Scenario()).of_year(2019, *people, np.full(8, 0.01))
    assert not rates.birth[:18].any()
    assert rates.birth[18:45].all()
    assert not rates.birth[50:].any()


def test_the_wait_for_a_first_list_keeps_the_stock(town):
    scenario = Scenario()
    book = RateBook(town, scenario)
    book.set_first_wait(unlisted=1200.0, immigrants=600.0)
    inflow = 600 / 12 * (1 - scenario.registration.registers_on_arrival)
    leave = 1.5 * scenario.demography.emigration_rate / 12
    assert 1200 * (1 / book.first_wait_months + leave) == pytest.approx(inflow)
    told = RateBook(town, with_values(scenario, {"registration__first_registration_months": 7.0}))
    told.set_first_wait(unlisted=1200.0, immigrants=600.0)
    assert told.first_wait_months == 7.0


# --- the coarse bound -----------------------------------------------------------------------------------------------------------


def largest_hazard(rates, months, flags, listed, joining, leaving):
    """The sum of all that may happen in a month to the patient of any sex, place, decile or practice it is worst for.

    Whoever is out of area may be on a digital list, and then leaves it instead of switching and joins no other.
    """
    if (flags & PRESENCE) >> 1 > UNCOUNTED:
        return rates.returning + rates.clean[age_in_years(months)] if (flags & PRESENCE) >> 1 != GONE else 0.0
    age = age_in_years(months)
    death = rates.death[:, age].max(axis=1)[:, None] * rates.death_level[None, :]
    if flags & FOLLOWS and months < ADULT_MONTHS:
        return death.max()
    total = death + rates.emigrate[age] * rates.emigrate_level
    total = total + rates.move[age] * (rates.across_level + rates.within_level)
    total[1] += rates.birth[age] * rates.birth_level
    if flags & SHORT_TERM:
        total += rates.short_term_leaves
    if not listed:
        return total.max() + (rates.seek if flags & PENDING else rates.first[0]) + joining[age]
    elsewhere = joining[age] + rates.in_error[age]
    if flags & PENDING:
        return (total + rates.contact[:, age][:, None]).max() + elsewhere
    ordinary = total.max() + rates.switch.max() + elsewhere
    return max(ordinary, total.max() + leaving) if flags & OUT_OF_AREA else ordinary


@given(
    key=st.integers(0, 10_000),
    months=st.integers(0, 1400),
    presence=st.integers(0, GONE),
    bits=st.integers(0, 31),
    listed=st.booleans(),
)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_the_bound_dominates_the_hazards_of_everybody(template, key, months, presence, bits, listed):
    draw = np.random.Generator(np.random.Philox(key=key))
    rates = template._replace(
        **{name: draw.random(getattr(template, name).shape) * draw.choice([1e-4, 1e-2, 0.3])
           for name in ("death", "emigrate", "move", "birth", "contact", "first", "switch", "clean", "in_error")},
        **{name: draw.random(getattr(template, name).shape) * 2
           for name in ("death_level", "emigrate_level", "across_level", "within_level", "birth_level")},
        short_term_leaves=draw.random() * 0.3, returning=draw.random() * 0.2, seek=draw.random() * 0.5,
    )  # fmt: skip
    flags = with_presence((bits & 1) | (PENDING if bits & 2 else 0) | (FOLLOWS if bits & 4 else 0)
                          | (SHORT_TERM if bits & 8 else 0) | (OUT_OF_AREA if bits & 16 and listed else 0), presence)  # fmt: skip
    joining, leaving = draw.random(OLDEST + 1) * draw.choice([0.0, 1e-3, 0.2]), draw.random() * draw.choice([0.0, 0.3])
    kind = class_table().reshape(2, 2, 256)[int(months >= ADULT_MONTHS), int(listed), flags]
    bound = coarse_bound(rates, joining, leaving)[kind, min(months // BIN_MONTHS, BINS - 1)]
    # A draw passes where its top 16 bits are not above the bound.
    assert (int(bound) + 1) / 65536 >= min(largest_hazard(rates, months, flags, listed, joining, leaving), 1.0)


@pytest.fixture(scope="module")
def template(town, people):
    return RateBook(town, Scenario()).of_year(2019, *people, np.full(8, 0.01))


def test_the_bound_is_near_enough_to_save_work(metro, make_model):
    """It passes a few in a hundred, not everybody: that is all it is for."""
    model = make_model(metro)
    c, rows = model.engine.columns, model.engine.rows
    months = model.month_number - c.born[:rows].astype(int)
    listed = c.practice[:rows] != NONE
    kind = class_table().reshape(2, 2, 256)[(months >= ADULT_MONTHS).astype(int), listed.astype(int), c.flags[:rows]]
    bound = model.world.rates.bound[kind, np.minimum(months // BIN_MONTHS, BINS - 1)]
    assert 0.005 < bound.mean() / 65536 < 0.08


def test_the_gone_are_never_looked_at_unless_they_may_return():
    table = class_table().reshape(2, 2, 256)
    gone = with_presence(0, GONE)
    assert (table[:, :, gone] == AWAY).all()
    assert (table[:, :, gone | PENDING] != AWAY).all()


# --- what policy changes ----------------------------------------------------------------------------------------------------


def test_mistakes_of_cleaning_concern_adults_and_last_over_new_years(town, people):
    book = RateBook(town, Scenario())
    rates = book.of_year(2019, *people, np.full(8, 0.01))
    before = rates.clean.copy()
    book.clean_lists(2.0, rates, false_removals=0.12)
    assert not rates.in_error[:18].any()
    assert 1 - (1 - rates.in_error[18:]) ** 12 == pytest.approx(np.full(OLDEST - 17, 0.12))
    assert (rates.clean > before).all()
    later = book.of_year(2020, *people, np.full(8, 0.01))
    assert np.array_equal(later.in_error, rates.in_error)
    assert np.array_equal(later.clean, rates.clean)
    book.clean_lists(0.5, later)
    assert not later.in_error.any(), "a later event sets mistakes anew"
    assert later.clean == pytest.approx(before)


def test_bounds_on_joining_and_leaving_hold_until_set_anew(town, people):
    book = RateBook(town, Scenario())
    rates = book.of_year(2019, *people, np.full(8, 0.01))
    plain = rates.bound.copy()
    joining = np.where(np.arange(OLDEST + 1) >= 16, 0.01, 0.0)
    book.with_digital(joining, 0.1)
    book.with_switching(rates, np.full(8, 0.01))
    assert (rates.bound >= plain).all()
    assert (rates.bound[SETTLED, 30:] > plain[SETTLED, 30:]).all()
    assert np.array_equal(rates.bound[[DEPENDANT, ABSENT, AWAY]], plain[[DEPENDANT, ABSENT, AWAY]])
    assert (rates.bound[BEYOND] > rates.bound[SETTLED]).all(), "only they may leave a digital list"
    assert np.array_equal(book.of_year(2019, *people, np.full(8, 0.01)).bound, rates.bound)
    book.with_digital(np.zeros(OLDEST + 1), 0.0)
    book.with_switching(rates, np.full(8, 0.01))
    assert np.array_equal(rates.bound, plain)


def test_the_settled_switch_for_everybody_on_a_list(town, people):
    """Of 1,000 patients 800 are there: at 0.01 a year of all, 10 leave in twelve months, which is 0.0125 of the 800."""
    book = RateBook(town, Scenario())
    rates = book.of_year(2019, *people, np.full(8, 0.01))
    book.set_may_switch(1000, 800)
    book.with_switching(rates, np.full(8, 0.01))
    assert 1.0 - (1.0 - rates.switch) ** 12 == pytest.approx(0.0125)
    assert book.of_year(2020, *people, np.full(8, 0.01)).switch == pytest.approx(rates.switch)
    book.set_may_switch(0, 0)
    book.with_switching(rates, np.full(8, 0.01))
    assert 1.0 - (1.0 - rates.switch) ** 12 == pytest.approx(0.01), "lists without anybody"


def test_who_looks_for_a_practice_finds_one_in_the_time_the_scenario_says(town, people):
    for months in (1.0, 4.0):
        scenario = with_values(Scenario(), {"registration__seeking_months": months})
        rates = RateBook(town, scenario).of_year(2019, *people, np.full(8, 0.01))
        assert rates.seek == pytest.approx(1 / months)
    table = class_table().reshape(2, 2, 256)
    assert table[1, 0, PENDING] == SEEKING
    assert table[1, 0, 0] == UNLISTED
    assert table[1, 1, OUT_OF_AREA] == BEYOND
    assert table[1, 1, OUT_OF_AREA | PENDING] == WAITING
