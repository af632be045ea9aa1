"""Variance components of crossed tables: what is known of tables whose components are known."""

import numpy as np
import pandas as pd
import pytest

from analysis.uncertainty.components import components
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


def split_of_repeats(rng: np.random.Generator, peers: float, vector: float, seed: float) -> pd.DataFrame:
    """Splits of 60 tables of 8 combinations x 8 vectors x 6 seeds, under one another; ``peers`` either way, SDs of the rest."""
    either_way = peers * np.array([-1.0, 1.0])[:, None, None, None]
    tables = (
        either_way + rng.normal(0, vector, 8)[:, None] + rng.normal(0, seed, 6) + rng.normal(0, 0.1, (2, 2, 2, 8, 6))
        for _ in range(60)
    )
    return pd.concat([split(table) for table in tables])


def spread_and_told(repeats: pd.DataFrame, source: str) -> tuple[float, float]:
    """Standard deviation of a share between tables, and the mean of the errors told of it."""
    rows = repeats[repeats["source"] == source]
    return float(rows["share"].std()), float(rows["error"].mean())


def test_the_error_of_a_share_that_is_nearly_all_is_small():
    """The variance of few vectors is poorly known, but its share is not: the total moves with it."""
    repeats = split_of_repeats(np.random.default_rng(3), peers=0.05, vector=3.0, seed=0.1)
    spread, told = spread_and_told(repeats, PARAMETERS)
    assert repeats[repeats["source"] == PARAMETERS]["share"].mean() > 0.99
    assert spread < 0.01
    assert 0.5 < told / spread < 2


@pytest.mark.parametrize("source", ["peers", PARAMETERS, SEEDS])
def test_errors_of_mixed_shares_are_of_the_size_of_what_repeats_show(source):
    repeats = split_of_repeats(np.random.default_rng(4), peers=1.0, vector=1.5, seed=1.0)
    spread, told = spread_and_told(repeats, source)
    assert spread > 0.05
    assert 0.7 < told / spread < 1.4


def test_errors_are_unknown_with_two_levels_drawn():
    assert split(np.random.default_rng(5).normal(size=(2, 2, 2, 3, 2)))["error"].isna().all()


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
