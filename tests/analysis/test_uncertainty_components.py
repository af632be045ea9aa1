"""Variance components of crossed tables: what is known of tables whose components are known."""

import numpy as np
import pytest

from analysis.uncertainty.components import components, grouped_errors
from analysis.uncertainty.split import PARAMETERS, SEEDS, SOURCES, groups_of, level_means, split

FIXED_THEN_DRAWN = (False, True, True)


def drawn_table(rng: np.random.Generator) -> np.ndarray:
    """Two ways to think x 5 vectors x 4 seeds: 2 either way, SDs 3, 1, 0.5 and 0.3 of noise."""
    choice = np.array([-2.0, 2.0])[:, None, None]
    vector, seed = rng.normal(0, 3, 5)[:, None], rng.normal(0, 1, 4)
    return choice + vector + seed + rng.normal(0, 0.5, (5, 4)) + rng.normal(0, 0.3, (2, 5, 4))


def test_components_are_unbiased():
    rng = np.random.default_rng(1)
    found = [components(drawn_table(rng), FIXED_THEN_DRAWN) for _ in range(600)]
    means = {u: np.mean([one[u] for one in found]) for u in found[0]}
    errors = {u: np.std([one[u] for one in found]) / np.sqrt(len(found)) for u in found[0]}
    # The noise of cells is half in the interaction with the choice and half, as its mean over choices, in vector x seed.
    known = {(0,): 4.0, (1,): 9.0, (2,): 1.0, (0, 1): 0.0, (0, 2): 0.0, (1, 2): 0.25 + 0.045, (0, 1, 2): 0.045}
    for u, value in known.items():
        assert abs(means[u] - value) < 4 * errors[u] + 1e-12, u


def test_of_fixed_factors_they_add_up_to_the_variance_of_the_table():
    table = np.random.default_rng(2).normal(size=(2, 3, 4))
    found = components(table, (False, False, False))
    assert sum(found.values()) == pytest.approx(table.var())
    assert found[0,] == pytest.approx(table.mean(axis=(1, 2)).var())


def test_an_additive_table_has_no_interactions():
    vectors = np.array([0.0, 1.0, 5.0])
    table = np.array([10.0, 20.0])[:, None, None] + vectors[:, None] + np.array([0.0, 2.0, 4.0, 6.0])
    found = components(table, FIXED_THEN_DRAWN)
    assert found[0,] == pytest.approx(25.0)
    assert found[1,] == pytest.approx(vectors.var(ddof=1))
    assert found[2,] == pytest.approx(20 / 3)
    assert all(abs(value) < 1e-12 for u, value in found.items() if len(u) > 1)


def test_jackknife_errors_are_of_the_size_of_what_repeats_show():
    rng = np.random.default_rng(3)
    tables = [rng.normal(0, 1, (2, 12, 12)) + rng.normal(0, 2, 12)[:, None] for _ in range(60)]
    spread = np.std([components(table, FIXED_THEN_DRAWN)[1,] for table in tables])
    told = np.mean([grouped_errors(table, FIXED_THEN_DRAWN, {"a": [(1,)]})["a"] for table in tables])
    assert 0.6 < told / spread < 1.6
    assert np.isnan(grouped_errors(tables[0][:, :2], FIXED_THEN_DRAWN, {"a": [(1,)]})["a"])


def test_the_split_has_every_contribution_once():
    table = np.random.default_rng(4).normal(size=(2, 2, 2, 3, 3))
    groups = groups_of(list(components(table, (False, False, False, True, True))))
    assert tuple(groups) == SOURCES
    members = [u for group in groups.values() for u in group]
    assert len(members) == len(set(members)) == 2**5 - 1
    assert all(4 in u for u in groups[SEEDS])
    rows = split(table).set_index("source")
    assert rows["share"].clip(lower=0).sum() == pytest.approx(1.0)


def test_a_table_that_differs_by_vector_alone_is_all_parameters():
    table = np.broadcast_to(np.array([1.0, 2.0, 4.0])[:, None], (2, 2, 2, 3, 3)).copy()
    rows = split(table).set_index("source")
    assert rows["share"][PARAMETERS] == pytest.approx(1.0)
    assert rows["sd"].iloc[0] == pytest.approx(np.array([1.0, 2.0, 4.0]).std(ddof=1))
    assert all(low == high for low, high in level_means(table).values())


def test_where_nothing_varies_there_are_no_shares():
    rows = split(np.ones((2, 2, 2, 3, 3)))
    assert rows["share"].isna().all()
    assert (rows["sd"] == 0).all()
