"""Who is behind the excess of registered over resident: margins met, whole numbers fair, ghosts as the identity says."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.patients.excess import (
    BANDS,
    Register,
    area_draws,
    census_sd,
    fit_bands,
    lists_by_age,
    resident_bands,
    separate_excess,
    true_over_census,
    whole_rows,
)
from model.scenario import Scenario
from model.scenario_files import with_values

# --- fitting and rounding ---------------------------------------------------------------------------------------------------


@given(
    cells=st.lists(st.lists(st.floats(0.01, 50), min_size=BANDS, max_size=BANDS), min_size=1, max_size=40),
    seed=st.integers(0, 2**40),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_whole_rows_add_up_and_stay_near(cells, seed):
    cells = np.array(cells)
    patients = np.maximum(np.rint(cells.sum(axis=1)), 1).astype(np.int32)
    whole = whole_rows(cells, patients, seed)
    assert np.array_equal(whole.sum(axis=1), patients)
    assert (whole >= 0).all()
    assert (np.abs(whole - cells / cells.sum(axis=1, keepdims=True) * patients[:, None]) < 1 + 1e-9).all()


def test_rounding_is_fair():
    """A row of one patient is of each age as often as its share says, not always of the commonest."""
    rows, shares = 20_000, np.array([0.15, 0.55, 0.2, 0.1])
    whole = whole_rows(np.tile(shares, (rows, 1)), np.ones(rows, np.int32), 7)
    assert (np.abs(whole.mean(axis=0) - shares) < 4 * np.sqrt(shares * (1 - shares) / rows)).all()


def test_fitting_finds_a_table_with_both_margins():
    draw = np.random.Generator(np.random.Philox(key=1))
    practice = draw.integers(0, 6, 400).astype(np.int32)
    true = draw.gamma(2.0, 20.0, (400, BANDS))
    targets = np.stack([np.bincount(practice, true[:, b], 6) for b in range(BANDS)], axis=1)
    patients = true.sum(axis=1)
    cells = np.tile(patients[:, None] / BANDS, (1, BANDS))
    fit_bands(cells, practice, patients, targets, 300)
    assert cells.sum(axis=1) == pytest.approx(patients)
    fitted = np.stack([np.bincount(practice, cells[:, b], 6) for b in range(BANDS)], axis=1)
    assert fitted == pytest.approx(targets, rel=1e-6)


def test_fitting_leaves_practices_without_ages_as_they_were():
    cells = np.array([[1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]])
    targets = np.array([[-1.0] * 4, [8.0, 1.0, 0.5, 0.5]])
    before = cells.copy()
    fit_bands(cells, np.array([0, 1], np.int32), np.array([10.0, 10.0]), targets, 20)
    assert cells[0] == pytest.approx(before[0])
    assert cells[1] == pytest.approx(targets[1])


# --- lists by age -------------------------------------------------------------------------------------------------------------

SHARES = np.array([0.22, 0.46, 0.19, 0.13])


@pytest.fixture(scope="module")
def region(make_region):
    """Forty areas of four authorities and eight practices; more registered than residents, evenly."""
    draw = np.random.Generator(np.random.Philox(key=2))
    km = np.stack([np.arange(40) % 8, np.arange(40) // 8], axis=1).astype(float)
    register = draw.multinomial(1700, np.full(8, 1 / 8), size=40)
    return make_region(
        km, km[::5], residents=1500, area_commissioner=np.repeat(np.arange(4), 10),
        practice_commissioner=np.repeat(np.arange(4), 2), lists=register.sum(axis=0), register=register,
    )  # fmt: skip


def register_of(region):
    return Register(
        *(np.asarray(part, np.int32)
          for part in (region.registration_area, region.registration_practice, region.registration_patients))
    )  # fmt: skip


def by_authority(region, values):
    out = np.zeros((len(region.authorities), *np.shape(values)[1:]))
    np.add.at(out, region.area_authority, values)
    return out


def by_area(region, by_band):
    out = np.zeros((len(region.areas), BANDS))
    np.add.at(out, region.registration_area, by_band)
    return out


def test_ages_of_lists_follow_residents_and_the_excess_at_its_own_level(region):
    """1,700 are registered for every 1,500 residents: the excess has the national pattern, scaled to that."""
    scenario = Scenario()
    by_band = lists_by_age(region, scenario, register_of(region))
    assert np.array_equal(by_band.sum(axis=1), region.registration_patients)
    residents, pattern = resident_bands(region).sum(axis=0), np.array(scenario.ghosts.excess_by_age)
    scale = (1700 / 1500 - 1) / (pattern @ residents / residents.sum())
    expected = residents * (1 + scale * pattern)
    assert expected.sum() == pytest.approx(by_band.sum())
    assert by_band.sum(axis=0) == pytest.approx(expected, rel=0.005)


def test_fewer_registered_than_residents_have_the_residents_ages(region):
    few = register_of(region)._replace(patients=np.full(len(region.registration_area), 100, np.int32))
    share = lists_by_age(region, Scenario(), few).sum(axis=0) / few.patients.sum()
    residents = resident_bands(region).sum(axis=0)
    assert share == pytest.approx(residents / residents.sum(), abs=0.002)


def test_published_ages_of_a_practice_are_met(region):
    known = np.where(np.arange(8)[:, None] == 3, np.nan, 1000 * SHARES)
    by_band = lists_by_age(dataclasses.replace(region, list_by_age=known), Scenario(), register_of(region))
    assert np.array_equal(by_band.sum(axis=1), region.registration_patients)
    for p in range(8):
        own = by_band[region.registration_practice == p]
        if p != 3:
            assert own.sum(axis=0) == pytest.approx(own.sum() * SHARES, abs=4 * np.sqrt(len(own)))


# --- ghosts, unregistered, uncounted ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unregistered", [0.0, 0.02, 0.1])
def test_ghosts_are_registered_less_registered_residents(region, unregistered):
    """By authority and age band, with census-based residents taken as true; to the rounding of one person an area."""
    scenario = with_values(Scenario(), {"ghosts__unregistered": unregistered, "ghosts__census_error": 0.0})
    excess = separate_excess(region, scenario, register_of(region))
    registered = by_area(region, excess.by_band)
    u = unregistered * np.array(scenario.ghosts.unregistered_by_age)
    expected = by_authority(region, registered - (1 - u) * resident_bands(region))
    assert by_authority(region, excess.ghosts) == pytest.approx(np.maximum(expected, 0), abs=10)
    assert (excess.ghosts <= registered).all()
    assert not excess.uncounted.any(), "nobody is uncounted in the best estimate"
    present = registered - excess.ghosts
    assert excess.unregistered == pytest.approx(present * u / (1 - u), abs=1.2)


def test_more_people_than_counted_means_fewer_ghosts_and_some_uncounted(region):
    ghosts, uncounted, w = [], [], []
    for seed in range(6):
        scenario = with_values(Scenario(), {"seed": seed, "ghosts__census_error": 1.0, "ghosts__census_sd": 0.05})
        excess = separate_excess(region, scenario, register_of(region))
        ghosts.append(by_authority(region, excess.ghosts).sum(axis=1))
        uncounted.append(by_authority(region, excess.uncounted).sum(axis=1))
        w.append(true_over_census(region, scenario)[:, 1])
    ghosts, uncounted, w = (np.concatenate(part) for part in (ghosts, uncounted, w))
    assert (uncounted[w < 1] == 0).all()
    assert (uncounted[w > 1.02] > 0).all()
    assert np.corrcoef(ghosts, w)[0, 1] < -0.9


def test_where_nobody_is_registered_residents_are_unregistered_by_their_share(make_region):
    region = make_region([[0, 0], [1, 0]], [[0, 0]], residents=4000, lists=4000, register=np.array([[4000], [0]]))
    scenario = with_values(Scenario(), {"ghosts__unregistered": 0.05})
    excess = separate_excess(region, scenario, register_of(region))
    u = 0.05 * np.array(scenario.ghosts.unregistered_by_age)
    assert excess.unregistered[1] == pytest.approx(resident_bands(region)[1] * u, abs=1)
    assert not excess.ghosts[1].any()


def test_the_census_error_is_a_draw_from_its_prior(make_region):
    authorities = 400
    km = np.stack([np.arange(authorities) % 20, np.arange(authorities) // 20], axis=1).astype(float)
    region = make_region(km, km[:1], residents=500, area_commissioner=np.arange(authorities))
    assert (true_over_census(region, Scenario()) == 1).all(), "the best estimate"
    scenario = with_values(
        Scenario(), {"ghosts__census_error": 1.0, "ghosts__census_sd": 0.04, "ghosts__mobile_share": 0.0}
    )
    w, by_age = true_over_census(region, scenario), np.array(scenario.ghosts.census_sd_by_age)
    assert w.mean(axis=0) == pytest.approx(np.ones(BANDS), abs=4 * 0.04 * by_age.max() / 20)
    assert w.std(axis=0) == pytest.approx(0.04 * by_age, rel=4 / np.sqrt(2 * authorities))
    other = true_over_census(region, with_values(scenario, {"seed": 99}))
    assert abs(np.corrcoef(w[:, 1], other[:, 1])[0, 1]) < 0.2


def test_the_most_mobile_authorities_are_the_least_certain(town, metro):
    scenario = with_values(Scenario(), {"ghosts__mobile_share": 0.2})
    young = np.bincount(metro.area_authority, metro.population[:, 20:35].sum(axis=1), 5) / np.bincount(
        metro.area_authority, metro.residents, 5
    )
    sd = census_sd(metro, scenario)
    assert (sd == scenario.ghosts.census_sd_mobile).nonzero()[0].tolist() == [int(young.argmax())]
    assert (census_sd(town, scenario) == scenario.ghosts.census_sd).all(), "a fifth of two authorities is none"


def test_draws_of_places_are_their_own():
    few, many = area_draws(5, 10, 12), area_draws(5, 2000, 12)
    assert np.array_equal(few, many[:10])
    assert abs(many.mean() - 0.5) < 4 / np.sqrt(12 * 2000)
    assert not np.array_equal(many, area_draws(5, 2000, 13))
    assert not np.array_equal(many, area_draws(5, 2000, 12, 1))
