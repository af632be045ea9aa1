"""Sensitivity: indices of functions whose indices are known in closed form."""

import tomllib
from typing import Any

import numpy as np
import pandas as pd
import pytest

from model.errors import InputError
from runs.experiment_design import Design
from runs.experiment_files import design_of
from runs.experiment_indices import Values, check_asked, indices, ranked
from runs.experiment_plan import Plan
from runs.experiment_sampling import Sampling, unit_points


def plan(method: str, samples: int, parameters: int = 3, **more: Any) -> Plan:
    ranges = {f"p{number}": {"low": 0.0, "high": 1.0} for number in range(parameters)}
    text = f'name = "f"\n[[scenarios]]\nscenario = "baseline"\n[sampling]\nmethod = "{method}"\nsamples = {samples}'
    content = {**tomllib.loads(text), "parameters": ranges}
    content["sampling"] |= more
    return of_design(design_of(content, "f"))


def of_design(design: Design) -> Plan:
    """A plan whose scenarios and regions nobody asks for."""
    return Plan(design=design, cases={}, points=[], regions={}, model="")


def told(plan: Any, function: Any, without: int | None = None) -> Values:
    values = function(unit_points(plan.design.sampling, len(plan.design.parameters)))
    if without is not None:
        values[without] = np.nan
    return Values("m", "s", "", "2030-01", values, 1)


def of(rows: pd.DataFrame, index: str) -> pd.DataFrame:
    return rows[rows["index"] == index].set_index("parameter")


def plane(x: np.ndarray) -> np.ndarray:
    return 7 + 4 * x[:, 0] - 2 * x[:, 1]


@pytest.mark.parametrize("method", ["morris", "latin-hypercube", "sobol"])
@pytest.mark.parametrize("without", [None, 5])
def test_effects_of_a_plane_are_its_slopes_whatever_run_failed(method: str, without: int | None):
    design = plan(method, 16)
    rows = indices(design, told(design, plane, without))
    effect = of(rows, "effect")
    assert effect["value"].tolist() == pytest.approx([4, -2, 0], abs=1e-9)
    assert effect["low"].tolist() == pytest.approx([4, -2, 0], abs=1e-9)
    if method == "morris":
        assert of(rows, "mu")["value"].tolist() == pytest.approx([4, -2, 0], abs=1e-9)
        assert of(rows, "mu_star")["value"].tolist() == pytest.approx([4, 2, 0], abs=1e-9)
        assert of(rows, "sigma")["value"].tolist() == pytest.approx([0, 0, 0], abs=1e-9)
    assert ranked(rows, method)[0] == "p0"


def test_a_plane_through_hardly_more_points_than_parameters_is_still_known_exactly():
    rows = indices(design := plan("latin-hypercube", 12, parameters=10), told(design, lambda x: 3 + x.sum(axis=1)))
    assert rows[["value", "low", "high"]].to_numpy() == pytest.approx(1.0, abs=1e-9)


def test_intervals_of_a_noisy_plane_cover_its_slopes_as_often_as_they_say():
    """Ten slopes of 400 planes: the standard error of the coverage is below 0.005."""
    for samples in (12, 16, 64):
        rng, design = np.random.default_rng(samples), plan("latin-hypercube", samples, parameters=10)
        covered = []
        for _ in range(400):
            rows = indices(design, told(design, lambda x, rng=rng: x.sum(axis=1) + rng.normal(0, 0.5, len(x))))
            covered.append((rows["low"] <= 1) & (rows["high"] >= 1))
        assert 0.93 < np.mean(covered) < 0.97, samples


def test_intervals_of_few_paths_cover_the_slopes_of_a_bent_surface():
    """Points of a path miss the plane together; the slopes meant are those of very many paths."""
    rng = np.random.default_rng(4)

    def bent(x: np.ndarray) -> np.ndarray:
        return (
            4 * x[:, 0] + 3 * (x[:, 0] - 0.5) * (x[:, 2] - 0.5) + 2 * np.sin(6 * x[:, 1]) + rng.normal(0, 0.5, len(x))
        )

    many = plan("morris", 4000)
    slopes = of(indices(many, told(many, bent)), "effect")["value"]
    covered = []
    for seed in range(300):
        rows = of(indices(few := plan("morris", 4, seed=seed), told(few, bent)), "effect")
        covered.append((rows["low"] <= slopes) & (rows["high"] >= slopes))
    assert 0.92 < np.mean(covered) < 0.98


def test_sobol_indices_of_ishigamis_function():
    """Ishigami & Homma (1990): S1 = 0.3139, 0.4424, 0; ST = 0.5576, 0.4424, 0.2437 with a = 7, b = 0.1."""

    def ishigami(x: np.ndarray) -> np.ndarray:
        a, b, c = (np.pi * (2 * x - 1)).T
        return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)

    design = plan("sobol", 2048, second_order=True)
    rows = indices(design, told(design, ishigami))
    first, total, pairs = of(rows, "S1"), of(rows, "ST"), of(rows, "S2")
    for found, known in ((first, [0.3139, 0.4424, 0.0]), (total, [0.5576, 0.4424, 0.2437])):
        assert found["value"].tolist() == pytest.approx(known, abs=0.02)
        assert (found["low"] - 0.01 <= known).all()
        assert (found["high"] + 0.01 >= known).all()
    assert pairs.loc["p0 x p2", "value"] == pytest.approx(0.2437, abs=0.03)
    assert ranked(rows, "sobol") == ["p0", "p1", "p2"]


def test_an_interaction_shows_in_sigma_and_not_in_the_mean():
    design = plan("morris", 200)
    rows = indices(design, told(design, lambda x: (x[:, 0] - 0.5) * (x[:, 1] - 0.5)))
    assert of(rows, "mu")["value"].abs().max() < 0.1
    assert (of(rows, "sigma")["value"][:2] > 0.2).all()
    assert of(rows, "mu_star")["value"]["p2"] == 0


def test_intervals_of_few_paths_cover_the_mean_size_of_effects_nearly_as_often_as_they_say():
    """Sizes are skewed, which costs a little."""
    rng = np.random.default_rng(4)

    def noisy(x: np.ndarray) -> np.ndarray:
        return 2 * x[:, 0] + 0.5 * x[:, 1] + 3 * (x[:, 0] - 0.5) * (x[:, 2] - 0.4) + rng.normal(0, 0.5, len(x))

    many = plan("morris", 4000)
    sizes = of(indices(many, told(many, noisy)), "mu_star")["value"]
    for paths in (3, 4, 10):
        covered = []
        for seed in range(300):
            rows = of(indices(few := plan("morris", paths, seed=seed), told(few, noisy)), "mu_star")
            covered.append((rows["low"] <= sizes) & (rows["high"] >= sizes))
        assert 0.9 < np.mean(covered) < 0.98, paths


def test_the_mean_size_of_effects_of_one_sign_is_known_as_well_as_their_mean():
    rows = indices(design := plan("morris", 5), told(design, lambda x: np.exp(x[:, 0]) * (1 + x[:, 1])))
    mean, size = (of(rows, index)[["value", "low", "high"]].to_numpy() for index in ("mu", "mu_star"))
    assert (mean[:2, 2] > mean[:2, 1]).all()
    assert size == pytest.approx(mean)


@pytest.mark.parametrize("paths", [2, 7])
def test_effects_are_those_of_salib(paths: int):
    from SALib.analyze import morris

    design = plan("morris", paths)
    values = told(design, lambda x: np.exp(x[:, 0]) - x[:, 1] * x[:, 2])
    rows = indices(design, values)
    x = unit_points(design.design.sampling, 3)
    theirs: Any = morris.analyze({"num_vars": 3, "names": list("abc"), "bounds": [[0, 1]] * 3}, x, values.values)
    for index in ("mu", "mu_star", "sigma"):
        assert of(rows, index)["value"].to_numpy() == pytest.approx(np.asarray(theirs[index], float))


def test_nothing_that_varies_leaves_nothing_to_share_out():
    design = plan("sobol", 8)
    rows = indices(design, told(design, lambda x: np.full(len(x), 3.0)))
    assert (of(rows, "ST")["value"] == 0).all()


def test_too_few_runs_and_a_grid_are_refused():
    design = plan("morris", 2)
    values = told(design, plane, 0)
    with pytest.raises(InputError, match="too few runs are done \\(1 paths whole\\)"):
        indices(design, values)
    grid = design_of({"name": "g", "scenarios": [{"scenario": "baseline"}], "parameters": {"a": [1, 2]}}, "g")
    with pytest.raises(InputError, match="sampling is grid"):
        indices(of_design(grid), values)


def test_what_no_indices_can_be_told_of_is_refused_before_anything_runs():
    check_asked(plan("latin-hypercube", 5), ["gross_misalignment"], "2021-06")
    for design, measures, month, said in (
        (plan("morris", 4), [], None, "measures are all by place"),
        (plan("morris", 4), ["commissioners.residents"], None, "without commissioners"),
        (plan("morris", 4), ["residents"], "2021-13", "expected a month such as 2021-06"),
        (plan("morris", 4), ["residents"], "20'21", "expected a month such as 2021-06"),
        (plan("latin-hypercube", 4), ["residents"], None, "samples is 4, expected at least 5 to vary 3 parameters"),
    ):
        with pytest.raises(InputError, match=said):
            check_asked(design, measures, month)


def test_blocks_of_a_design_are_those_of_its_points():
    assert Sampling(method="morris").block_length(12) == 13
    assert Sampling(method="sobol").block_length(12) == 14
