"""Parameters used to make a register are found again, and the measures say what they claim."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from analysis.fit_choice import cross_fit, fit, fit_parameters, main, table
from analysis.observed_choices import NAMES, START, ChoiceParameters, measure, observe, reference_shares
from model.errors import InputError
from model.geography.region_files import load_region
from model.geography.travel import compute_travel, load_travel
from model.patients.utility import base_utility, choice_shares
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
    assert result.coverage == 1.0
    assert result.overdispersion == pytest.approx(1, abs=0.1)
    assert result.everywhere.cpc > 0.99 > result.reference.cpc
    assert result.everywhere.mean_km == pytest.approx(result.everywhere.mean_km_observed, rel=1e-3)
    text = table(result, [])
    assert all(name in text for name in NAMES)


def test_fitted_on_half_the_systems_it_fits_the_other_half(world):
    region, travel, _, _ = world
    first, second = cross_fit(observe(region, travel))
    for parameters, measures in (first, second):
        assert measures.cpc > 0.99
        assert parameters.distance_log_urban == pytest.approx(TRUTH.distance_log_urban, abs=0.05)
    assert first[0] != second[0]


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


def test_the_command_prints_the_fit_as_a_table_or_as_json(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GPDRIFT_CACHE", str(tmp_path / "cache"))
    made = CliRunner().invoke(gpdrift, ["region", "synthesise", "--preset", "town", "--out", str(tmp_path / "town")])
    assert made.exit_code == 0, made.output
    assert main([str(tmp_path / "town")]) == 0
    assert "distance_log_urban" in capsys.readouterr().out
    assert main([str(tmp_path / "town"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["parameters"]) >= set(NAMES)
    assert 0.5 < told["everywhere"]["cpc"] < 1


def test_what_is_not_a_region_is_refused_in_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "nowhere")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("fit_choice: ")
    assert error.count("\n") == 1


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
    result = fit(region, travel, observed)
    assert result.everywhere.cpc > 0.76
    assert result.everywhere.r2 > 0.56
    assert result.everywhere.nearest == pytest.approx(result.everywhere.nearest_observed, abs=0.01)
