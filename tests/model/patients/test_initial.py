"""The patients at the start: the register exactly, people as published, and a past in its steady state."""

from dataclasses import replace

import numpy as np
import pytest

from model.errors import InputError
from model.geography.region import LIST_BAND_STARTS
from model.patients.columns import (
    DUPLICATE,
    EMIGRATED,
    FEMALE,
    INITIAL,
    NONE,
    PENDING,
    PRESENCE,
    SHORT_TERM,
    SHORT_TERM_GONE,
    UNCOUNTED,
    Columns,
)  # fmt: skip
from model.patients.excess import Register, separate_excess
from model.patients.initial import make_profile
from model.patients.rates import OLDEST
from model.scenario import Scenario
from model.scenario_files import with_values

ENSEMBLE = {"ghosts__census_error": 1.0, "seed": 4}


@pytest.fixture(scope="module")
def start(town, make_model):
    return make_model(town, **ENSEMBLE)


@pytest.fixture(scope="module")
def patients(start):
    """The columns of the rows in use."""
    return Columns(*(column[: start.engine.rows] for column in start.engine.columns))


@pytest.fixture(scope="module")
def excess(town):
    register = Register(
        *(np.asarray(part, np.int32)
          for part in (town.registration_area, town.registration_practice, town.registration_patients))
    )  # fmt: skip
    return separate_excess(town, with_values(Scenario(), ENSEMBLE), register)


def presence(patients):
    return (patients.flags & PRESENCE) >> 1


def ages(start, patients):
    return np.minimum((start.month_number - patients.born.astype(int)) // 12, OLDEST)


def in_bands(ages):
    return np.searchsorted(LIST_BAND_STARTS, ages, side="right") - 1


def test_the_register_is_reproduced_exactly(town, patients):
    """Every cell of recorded area x practice, ghosts and those who have moved since included."""
    table = np.zeros((len(town.areas), len(town.practices)), int)
    listed = patients.practice != NONE
    np.add.at(table, (patients.recorded[listed], patients.practice[listed]), 1)
    published = np.zeros_like(table)
    published[town.registration_area, town.registration_practice] = town.registration_patients
    assert np.array_equal(table, published)


def test_ghosts_unregistered_and_uncounted_are_those_of_the_excess(town, start, patients, excess):
    band = in_bands(ages(start, patients))
    here = presence(patients) <= UNCOUNTED
    listed = patients.practice != NONE
    for chosen, expected in (
        (listed & ~here, excess.ghosts),
        (~listed, excess.unregistered),
        (presence(patients) == UNCOUNTED, excess.uncounted),
    ):
        table = np.zeros((len(town.areas), 4), int)
        # Those on no list are in the area they live in; that of the others is the register's.
        np.add.at(table, (patients.recorded[chosen], band[chosen]), 1)
        assert np.array_equal(table, expected)


def test_ages_of_a_practice_s_patients_are_those_separated(town, start, patients, excess):
    band = in_bands(ages(start, patients))
    listed = patients.practice != NONE
    table = np.zeros((len(town.practices), 4), int)
    np.add.at(table, (patients.practice[listed], band[listed]), 1)
    expected = np.zeros_like(table)
    np.add.at(expected, town.registration_practice, excess.by_band)
    assert np.array_equal(table, expected)


def test_single_years_follow_the_areas_population(town, start, patients):
    """Within a band, the mean age of residents of each area is the population's, to four standard errors."""
    age = ages(start, patients)
    low, high = 18, 50
    own = np.arange(low, high)
    for area in range(len(town.areas)):
        people = town.population[area, low:high]
        mean = np.average(own, weights=people)
        sd = np.sqrt(np.average((own - mean) ** 2, weights=people))
        drawn = age[(patients.recorded == area) & (age >= low) & (age < high)]
        assert abs(drawn.mean() - mean) < 4 * sd / np.sqrt(len(drawn))


def test_women_are_the_share_of_their_age_and_practice(town, start, patients):
    expected = start.scenario.demography
    age = ages(start, patients)
    listed = patients.practice != NONE
    share = np.interp(age, expected.female_ages, expected.female_shares)
    share[listed] += (1 - town.male_share[patients.practice[listed]]) - 0.501
    for chosen in [age < 18, age >= 85, *((patients.practice == p) for p in range(len(town.practices)))]:
        women = (patients.flags[chosen] & FEMALE) != 0
        error = np.sqrt((share[chosen] * (1 - share[chosen])).sum())
        assert abs(women.sum() - share[chosen].sum()) < 4 * error


def test_classes_of_ghosts_have_their_shares(start, patients):
    g = start.scenario.ghosts
    counts = np.array([(presence(patients) == kind).sum() for kind in (EMIGRATED, SHORT_TERM_GONE, DUPLICATE)])
    share = np.array([g.emigrated, g.short_term, g.duplicate])
    share /= share.sum()
    ghosts = counts.sum()
    assert ghosts == start.counts.ghosts.sum() > 1000
    assert (np.abs(counts - ghosts * share) < 4 * np.sqrt(ghosts * share * (1 - share))).all()


def test_tenures_are_in_their_steady_state(start, patients):
    """Time on the list is exponential with the hazard of leaving it, cut off by the age: mean (1 - exp(-h a)) / h."""
    visitors = np.zeros(len(start.region.authorities))
    hazard = make_profile(start.region, start.scenario, visitors).leaving
    months = start.month_number - patients.born.astype(int)
    tenure = start.month_number - patients.since.astype(int)
    age = ages(start, patients)
    assert (tenure >= 0).all()
    assert (tenure <= months).all()
    for low, high in ((2, 10), (20, 30), (35, 50), (70, 80)):
        chosen = (age >= low) & (age < high)
        h, a = hazard[age[chosen]], months[chosen]
        expected = ((1 - np.exp(-h * a)) / h).mean()
        # The discrete month in which it began is rounded down: half a month at most.
        assert abs(tenure[chosen].mean() + 0.5 - expected) < 4 * expected / np.sqrt(chosen.sum()) + 0.5


def test_nobody_is_on_a_digital_list_for_longer_than_it_has_been_there(town, start, make_model):
    kind = np.where(np.arange(len(town.practices)) == 0, "digital", town.provider_kind)
    model = make_model(replace(town, provider_kind=kind), digital__established_months=38, **ENSEMBLE)
    columns = model.engine.columns
    here = columns.practice[: model.engine.rows] == 0
    adults = here & (ages(model, Columns(*(column[: model.engine.rows] for column in columns))) >= 18)
    tenure = model.month_number - columns.since[: model.engine.rows].astype(int)
    before = start.month_number - start.engine.columns.since[: start.engine.rows].astype(int)
    assert tenure[here].max() == 37
    assert before[here].max() > 120
    assert (tenure[~here] == before[~here]).all(), "of everybody else as it was"
    # Leaving is so slow against 38 months that joiners are spread nearly evenly over them.
    assert tenure[adults].mean() == pytest.approx(18, abs=2)


def test_short_term_migrants_are_young_present_and_as_many_as_stay_on_average(start, patients):
    short = (patients.flags & SHORT_TERM) != 0
    age = ages(start, patients)
    assert age[short].min() >= 18
    assert age[short].max() < 40
    assert (presence(patients)[short] <= UNCOUNTED).all()
    d = start.scenario.demography
    immigrants = start.rates.immigrants(2021, np.zeros(len(start.region.authorities))).sum()
    stock = immigrants * d.short_term_per_immigrant * d.short_term_months / 12
    assert short.sum() == pytest.approx(stock, rel=0.25)


def test_everybody_begins_with_the_register(start, patients):
    assert set(patients.cause.tolist()) == {INITIAL}
    assert set(patients.previous.tolist()) == {NONE}
    need = np.bincount(patients.need, minlength=256)
    assert abs(need.sum() / 256 - need).max() < 6 * np.sqrt(need.mean())
    assert (patients.born <= start.month_number).all()
    oldest = ages(start, patients)
    assert 95 < oldest.max() <= OLDEST


def test_ninety_and_over_grow_old(start, patients):
    """Those published as 90 and over are not all 90: deaths at those ages double within a few years."""
    over = ages(start, patients)
    over = over[over >= 90]
    assert 1.5 < over.mean() - 90 < 4.5


def test_some_of_those_on_a_list_have_moved_and_not_told_it(start, patients):
    pending = (patients.flags & PENDING) != 0
    assert 0.02 < pending.mean() < 0.08
    assert (patients.practice[pending] != NONE).all()


def test_some_class_of_ghost_is_needed(town):
    scenario = with_values(Scenario(), {"ghosts__emigrated": 0.0, "ghosts__short_term": 0.0, "ghosts__duplicate": 0.0})
    with pytest.raises(InputError, match="emigrated, short_term and duplicate are all 0"):
        make_profile(town, scenario, np.zeros(2))
