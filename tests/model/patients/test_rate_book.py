"""Hazards of a year: what is published is what they expect, and policy changes them."""

import dataclasses

import numpy as np
import pytest

from model.patients.rate_book import RateBook, death_rates, level, published
from model.patients.rates import (
    ABSENT,
    AWAY,
    BEYOND,
    DEPENDANT,
    OLDEST,
    SETTLED,
)
from model.patients.start import demographic_year
from model.scenario import Scenario
from model.scenario_files import with_values

# --- pieces -----------------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(("month", "year"), [(612, 2021), (617, 2021), (618, 2022), (623, 2022), (624, 2022)])
def test_years_of_the_components_run_to_june(month, year):
    assert demographic_year(month) == year


# --- levels -------------------------------------------------------------------------------------------------------------------


def test_expected_counts_are_the_published_ones(town, uneven_people):
    """Twelve months of hazards on the people of the year add up to the components of the year, authority by authority."""
    counts, deciders = uneven_people
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


def test_without_components_the_scenario_s_own_rates_hold(town, uneven_people):
    counts, deciders = uneven_people
    bare = dataclasses.replace(town, components=None)
    scenario = with_values(Scenario(), {"demography__internal_rate": 0.08, "demography__immigration_rate": 0.02})
    rates = RateBook(bare, scenario).of_year(2019, counts, deciders, np.full(8, 0.01))
    residents = counts.sum(axis=(1, 2, 3))
    assert rates.death_level.tolist() == rates.birth_level.tolist() == rates.emigrate_level.tolist() == [1.0, 1.0]
    assert 12 * deciders @ rates.move * rates.across_level == pytest.approx(0.08 * residents)
    assert RateBook(bare, scenario).immigrants(2019, residents.astype(float)) == pytest.approx(0.02 * residents)


def test_one_authority_has_no_border_to_move_across(make_region, uneven_people):
    counts, deciders = uneven_people
    region = make_region([[0, 0], [1, 0]], [[0, 0]])
    rates = RateBook(region, Scenario()).of_year(2019, counts[:1], deciders[:1], np.full(1, 0.01))
    assert rates.across_level.tolist() == [0.0]
    assert rates.within_level.tolist() == [1.0]


def test_nobody_under_eighteen_gives_birth(town, uneven_people):
    rates = RateBook(town, Scenario()).of_year(2019, *uneven_people, np.full(8, 0.01))
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


# --- what policy changes ----------------------------------------------------------------------------------------------------


def test_mistakes_of_cleaning_concern_adults_and_last_over_new_years(town, uneven_people):
    book = RateBook(town, Scenario())
    rates = book.of_year(2019, *uneven_people, np.full(8, 0.01))
    before = rates.clean.copy()
    book.clean_lists(2.0, rates, false_removals=0.12)
    assert not rates.in_error[:18].any()
    assert 1 - (1 - rates.in_error[18:]) ** 12 == pytest.approx(np.full(OLDEST - 17, 0.12))
    assert (rates.clean > before).all()
    later = book.of_year(2020, *uneven_people, np.full(8, 0.01))
    assert np.array_equal(later.in_error, rates.in_error)
    assert np.array_equal(later.clean, rates.clean)
    book.clean_lists(1.0, later)
    assert not later.in_error.any(), "a later event sets mistakes anew"
    assert later.clean == pytest.approx(before), "1 is the scenario's own rate again"
    book.clean_lists(0.0, later)
    assert not later.clean.any()
    book.clean_lists(1.0, later)
    assert later.clean == pytest.approx(before), "after a pause too"


def test_bounds_on_joining_and_leaving_hold_until_set_anew(town, uneven_people):
    book = RateBook(town, Scenario())
    rates = book.of_year(2019, *uneven_people, np.full(8, 0.01))
    plain = rates.bound.copy()
    joining = np.where(np.arange(OLDEST + 1) >= 16, 0.01, 0.0)
    book.with_digital(joining, 0.1)
    book.with_switching(rates, np.full(8, 0.01))
    assert (rates.bound >= plain).all()
    assert (rates.bound[SETTLED, 30:] > plain[SETTLED, 30:]).all()
    assert np.array_equal(rates.bound[[DEPENDANT, ABSENT, AWAY]], plain[[DEPENDANT, ABSENT, AWAY]])
    assert (rates.bound[BEYOND] > rates.bound[SETTLED]).all(), "only they may leave a digital list"
    assert np.array_equal(book.of_year(2019, *uneven_people, np.full(8, 0.01)).bound, rates.bound)
    book.with_digital(np.zeros(OLDEST + 1), 0.0)
    book.with_switching(rates, np.full(8, 0.01))
    assert np.array_equal(rates.bound, plain)


def test_the_settled_switch_for_everybody_on_a_list(town, uneven_people):
    """Of 1,000 patients 800 are there: at 0.01 a year of all, 10 leave in twelve months, which is 0.0125 of the 800."""
    book = RateBook(town, Scenario())
    rates = book.of_year(2019, *uneven_people, np.full(8, 0.01))
    book.set_may_switch(1000, 800)
    book.with_switching(rates, np.full(8, 0.01))
    assert 1.0 - (1.0 - rates.switch) ** 12 == pytest.approx(0.0125)
    assert book.of_year(2020, *uneven_people, np.full(8, 0.01)).switch == pytest.approx(rates.switch)
    book.set_may_switch(0, 0)
    book.with_switching(rates, np.full(8, 0.01))
    assert 1.0 - (1.0 - rates.switch) ** 12 == pytest.approx(0.01), "lists without anybody"


def test_who_looks_for_a_practice_finds_one_in_the_time_the_scenario_says(town, uneven_people):
    for months in (1.0, 4.0):
        scenario = with_values(Scenario(), {"registration__seeking_months": months})
        rates = RateBook(town, scenario).of_year(2019, *uneven_people, np.full(8, 0.01))
        assert rates.seek == pytest.approx(1 / months)
