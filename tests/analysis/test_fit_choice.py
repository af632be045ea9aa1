"""Parameters used to make a register are found again, and the measures say what they claim."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from analysis.choice_bounds import bounds
from analysis.choice_likelihood import combined, information, likelihood
from analysis.choice_table import coefficients, fits, fitted_table, keep, text, told
from analysis.fit_choice import cross_fit, fit, fit_parameters, halves, scenario_parameters
from analysis.observed_choices import (
    NAMES,
    START,
    ChoiceParameters,
    as_vector,
    log_likelihood,
    measure,
    observe,
    reference_shares,
)
from analysis.validation.choice_page import section
from model.errors import InputError
from model.geography.region_files import load_region
from model.geography.travel import compute_travel, load_travel
from model.patients.practice_effects import choice_shares, solve_practice_effects
from model.patients.utility import base_utility
from runs.main import gpdrift

TRUTH = ChoiceParameters(
    distance_log_urban=2.4, distance_log_rural=1.6, distance_km_urban=0.15, distance_km_rural=0.35,
    distance_density=0.3, distance_density_site=-0.2, distance_list=0.25, distance_detour=0.1, border_membership=0.8,
    border_authority=0.4, network_tie=0.7, age_match=3.0, mobility_tie=0.3,
)  # fmt: skip
"""Every fitted parameter away from where the search starts."""
AREAS, PRACTICES = 300, 40


@pytest.fixture(scope="module")
def world(make_region):
    """A made country: four commissioners in quarters, a few practices that belong elsewhere, half the homes rural."""
    rng = np.random.Generator(np.random.Philox(key=11))
    homes, sites = (
        rng.uniform(0, 16, (AREAS, 2)),
        np.vstack([rng.uniform(0, 16, (PRACTICES // 2, 2)), rng.normal(6, 1.5, (PRACTICES // 2, 2))]),
    )
    quarter = (homes > 8) @ [1, 2]
    belongs = (sites > 8) @ [1, 2]
    belongs[::5] = (belongs[::5] + 1) % 4
    places = {
        "area_commissioner": quarter, "practice_commissioner": belongs, "system": quarter, "residents": 400_000,
        "rural": rng.random(AREAS) < 0.5,
    }  # fmt: skip
    population = rng.multinomial(400_000, rng.dirichlet(np.full(91, 0.2)), AREAS).astype(np.int32)
    population[::2] = population[::2, ::-1]
    apart = np.sort(rng.choice(AREAS * AREAS, 4000, replace=False))
    apart = apart[apart // AREAS != apart % AREAS]
    known = {
        "area_authority": (homes[:, 0] // 4).astype(np.int16), "authorities": np.array(["w", "x", "y", "z"]),
        "practice_neighbourhood": np.array(list("abcdefgh"))[rng.integers(0, 8, PRACTICES)],
        "list_size": rng.integers(2000, 30_000, PRACTICES), "list_by_age": rng.uniform(100, 900, (PRACTICES, 4)),
        "population": population,
        "destinations": {"origin": apart // AREAS, "destination": apart % AREAS,
                         "share": np.repeat(rng.uniform(0, 0.05, (len(apart), 1)), 9, axis=1).astype(np.float32)},
    }  # fmt: skip
    region = replace(make_region(homes, sites, **places), **known)
    travel = compute_travel(region, nearest=20)
    effects = rng.normal(0, 0.7, PRACTICES)
    shares = choice_shares(base_utility(region, travel, TRUTH), travel.practice, effects)
    counts = np.zeros((AREAS, PRACTICES), int)
    for area in range(AREAS):
        counts[area, travel.practice[area]] = rng.multinomial(400_000, shares[area])
    region = replace(make_region(homes, sites, register=counts, lists=counts.sum(axis=0), **places), **known)
    return region, travel, effects, shares


def test_the_parameters_that_made_the_register_are_found(world):
    region, travel, effects, _ = world
    result = fit(region, travel)
    for name in NAMES:
        found, error = getattr(result.parameters, name), getattr(result.standard_errors, name)
        assert error < 0.05
        assert abs(found - getattr(TRUTH, name)) < 4 * error + 1e-3, name
    lists = np.bincount(region.registration_practice, region.registration_patients, PRACTICES)
    np.testing.assert_allclose(result.effects, effects - np.average(effects, weights=lists), atol=0.03)
    assert result.overdispersion == pytest.approx(1, abs=0.1)
    everybody = np.ones(AREAS, bool)
    observed = observe(region, travel)
    measures = measure(observed, result.shares, everybody)
    assert measures.cpc > 0.99 > measure(observed, reference_shares(observed), everybody).cpc
    assert measures.mean_km == pytest.approx(measures.mean_km_observed, rel=1e-3)
    # Patients chose independently, so errors clustered by system are of the size of the others, four being few.
    ratio = as_vector(result.clustered_errors) / as_vector(result.standard_errors)
    assert 0.2 < np.median(ratio) < 2.0


def test_fitted_on_half_the_systems_it_fits_the_other_half(world):
    region, travel, _, shares = world
    observed = observe(region, travel)
    crossed = cross_fit(observed)
    assert measure(observed, crossed.shares, np.ones(AREAS, bool)).cpc > 0.99
    np.testing.assert_allclose(crossed.shares, shares, atol=0.02)
    assert crossed.parameters[0] != crossed.parameters[1]
    first = halves(observed)
    assert first.sum() == 2
    for parameters, systems in zip(crossed.parameters, (first, ~first), strict=True):
        assert parameters.distance_log_urban == pytest.approx(TRUTH.distance_log_urban, abs=0.1)
        alone = scenario_parameters(observed, systems)
        assert alone == {f"choice.{name}": getattr(parameters, name) for name in NAMES}
    plain = scenario_parameters(observed, first, replace(region, destinations=None, list_by_age=None))
    assert plain["choice.mobility_tie"] == plain["choice.age_match"] == 0.0 < plain["choice.network_tie"]


def test_the_slope_is_that_of_the_likelihood_with_the_lists_kept_and_the_information_its_curvature(world):
    region, travel, _, _ = world
    observed = observe(region, travel)
    practice, demand = travel.practice, observed.demand

    def at(values):
        utility = combined(values, observed.terms)
        effects = solve_practice_effects(utility, practice, demand, observed.lists, patients=1e-4, relative=1e-12)
        return likelihood(utility, effects, practice, observed.counts, demand, observed.terms)

    values = as_vector(TRUTH) * 1.1
    _, slope, shares = at(values)
    known, _ = information(demand, shares, practice, observed.terms, PRACTICES)
    for n in range(len(NAMES)):
        step = np.zeros(len(NAMES))
        step[n] = 1e-3 * max(abs(values[n]), 0.1)
        above, below = at(values + step), at(values - step)
        assert (above[0] - below[0]) / (2 * step[n]) == pytest.approx(slope[n], rel=2e-3, abs=2e-4 * abs(slope).max())
        curvature = -(above[1] - below[1]) / (2 * step[n])
        np.testing.assert_allclose(curvature, known[n], rtol=0.02, atol=2e-3 * np.abs(known[n]).max())


def test_by_the_identities_of_mcfadden(world):
    region, travel, _, _ = world
    observed = observe(region, travel)
    everybody = np.ones(AREAS, bool)
    counts, demand = observed.counts, observed.demand
    equal = np.full(counts.shape, 1 / counts.shape[1])  # no correlation with counts is defined
    own = counts / demand[:, None]
    assert measure(observed, equal, everybody).r2 == pytest.approx(0)
    result = fit(region, travel, observed)
    r2 = measure(observed, result.shares, everybody).r2
    assert r2 == pytest.approx(1 - result.log_likelihood / log_likelihood(observed, equal), rel=1e-5)
    limits = bounds(observed, result.shares)
    assert limits.saturated_r2 == pytest.approx(measure(observed, own, everybody).r2)
    assert 0 < r2 <= limits.saturated_r2 < 1
    # What is left is chance: the draw is as far from what is expected as the register is.
    assert limits.ceiling_cpc == pytest.approx(measure(observed, result.shares, everybody).cpc, abs=2e-3)
    urban = measure(observed, result.shares, ~region.rural)
    rural = measure(observed, result.shares, region.rural)
    share = demand[region.rural].sum() / demand.sum()
    assert r2 == pytest.approx(share * rural.r2 + (1 - share) * urban.r2)


def test_the_table_is_kept_and_read_as_lines_and_as_a_page(world, tmp_path):
    region, travel, _, _ = world
    table = fitted_table(observe(region, travel))
    file = keep(table, tmp_path / "validation")
    assert file.name == "choice.parquet"
    rows = coefficients(table)
    assert [row["name"] for row in rows] == list(NAMES)
    assert set(rows[0]) == {"name", "value", "error", "clustered error", "first half", "second half"}
    wide = fits(table)
    assert wide.groupby(["name", "sample"]).size().tolist() == [7, 7, 7]  # everybody, urban, rural, four systems
    assert told(table, "about")["patients"] == AREAS * 400_000
    lines, page = text(table), section(file.parent)
    for name in NAMES:
        assert name in lines
        assert f"`{name}`" in page
    assert page.startswith("## Choice of practice")
    assert "held out" in page
    assert section(tmp_path) == ""


def test_a_term_that_never_varies_keeps_its_starting_value(make_region):
    region = make_region([[0, 0], [3, 0], [0, 2]], [[0, 0], [3, 0]], register=[[90, 10], [20, 80], [60, 40]])
    parameters, _, _ = fit_parameters(observe(region, compute_travel(region)))
    assert parameters.distance_km_rural == START.distance_km_rural
    assert parameters.border_membership == START.border_membership
    assert parameters.network_tie == START.network_tie


def test_measures_of_a_register_against_itself_and_against_equal_shares(make_region):
    register = [[600, 200], [100, 500]]
    region = make_region([[0, 0], [3, 0]], [[0, 0], [3, 0]], register=register, lists=[700, 700])
    observed = observe(region, compute_travel(region))
    counts = observed.counts
    perfect = measure(observed, counts / counts.sum(axis=1, keepdims=True), np.ones(2, bool))
    assert perfect.cpc == pytest.approx(1)
    assert perfect.r2_counts == pytest.approx(1)
    assert perfect.nearest == perfect.nearest_observed == pytest.approx(1100 / 1400)
    assert perfect.mean_km == pytest.approx(3 * 300 / 1400)
    equal = measure(observed, np.full((2, 2), 0.5), np.ones(2, bool))
    assert equal.r2 == pytest.approx(0)
    assert equal.cpc == pytest.approx((400 + 200 + 300 + 100) / 1400)
    assert equal.nearest == pytest.approx(0.5)


def test_digital_providers_are_left_out(make_region):
    region = make_region(
        [[0, 0], [3, 0]], [[0, 0], [3, 0]], register=[[600, 200], [100, 500]], kind=["gp", "digital"]
    )  # fmt: skip
    observed = observe(region, compute_travel(region))
    assert observed.lists.tolist() == [700, 0]
    assert observed.demand.tolist() == [600, 100]
    assert observed.coverage == 1.0


def test_a_region_without_a_register_cannot_be_fitted(make_region):
    region = make_region([[0, 0]], [[0, 0]])
    with pytest.raises(InputError, match=r"^registrations: .*expected a register"):
        observe(region, compute_travel(region))


def test_the_command_keeps_the_fit_and_prints_it_as_a_table_or_as_json(tmp_path, monkeypatch):
    monkeypatch.setenv("GPDRIFT_CACHE", str(tmp_path / "cache"))
    out = ["--out", str(tmp_path / "validation")]
    asked = ["calibrate", "choice", "--region", "town", *out]
    printed = CliRunner().invoke(gpdrift, asked)
    assert printed.exit_code == 0, printed.output
    assert "distance_log_urban" in printed.output
    assert (tmp_path / "validation" / "choice.parquet").is_file()
    plain = json.loads(CliRunner().invoke(gpdrift, [*asked, "--json"]).output)
    assert [row["name"] for row in plain["coefficients"]] == list(NAMES)
    assert 0.5 < plain["fits"][-1]["cpc"] < 1
    assert CliRunner().invoke(gpdrift, [*asked, "--quiet"]).output == ""


def test_what_is_not_a_region_is_refused_and_nothing_written(tmp_path):
    refused = CliRunner().invoke(
        gpdrift, ["calibrate", "choice", "--region", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")]
    )
    assert isinstance(refused.exception, InputError)
    assert "\n" not in str(refused.exception)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_fit_of_england_beats_the_reference_and_reproduces_it(real_data, tmp_path):
    made = CliRunner().invoke(gpdrift, ["region", "import", str(real_data), "--out", str(tmp_path / "england")])
    assert made.exit_code == 0, made.output
    region = load_region(tmp_path / "england")
    travel = load_travel(region, tmp_path)
    observed = observe(region, travel)
    reference = measure(observed, reference_shares(observed), np.ones(len(region.areas), bool))
    assert reference.cpc == pytest.approx(0.729, abs=0.003)
    assert reference.r2 == pytest.approx(0.541, abs=0.001)
    assert reference.nearest == pytest.approx(0.408, abs=0.006)
    everybody = np.ones(len(region.areas), bool)
    fitted = measure(observed, fit(region, travel, observed).shares, everybody)
    assert fitted.cpc > 0.79
    assert fitted.r2 > 0.574
    assert fitted.nearest == pytest.approx(fitted.nearest_observed, abs=0.012)
    held_out = measure(observed, cross_fit(observed).shares, everybody)
    assert held_out.cpc > 0.787
    assert held_out.r2 > 0.572
