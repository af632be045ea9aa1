"""Who leaves and with whom they merge: known answers, and the published pattern on synthetic lists."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.parameters.practices import Practices
from model.providers.exits import drawn, leaving_hazard, leaving_score, partner_weights, rate_of

RULES = Practices()


def england(seed: int, practices: int = 7_000) -> np.ndarray:
    """Lists with the published median and SD of ln(list), 2016/17."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    return np.exp(np.log(6_900) + 0.68 * rng.standard_normal(practices))


def plain_hazard(size: np.ndarray, rate: float) -> np.ndarray:
    """Of practices that break even, all with the same load."""
    return leaving_hazard(leaving_score(size, np.zeros(len(size)), np.full(len(size), 2_000.0), RULES), rate)


def test_the_rate_of_a_year_is_the_published_one_and_holds_outside_the_series():
    assert rate_of(RULES, 2018) == 0.040, "gone between 2016/17 and 2017/18: on its last day"
    assert rate_of(RULES, 2001) == RULES.exit_rates[0]
    assert rate_of(RULES, 2050) == RULES.exit_rates[-1]


@given(
    size=st.lists(st.integers(1, 100_000), min_size=1, max_size=50),
    rate=st.floats(0.001, 0.5),
)
def test_the_mean_hazard_is_the_rate_whoever_is_there(size, rate):
    hazard = plain_hazard(np.array(size), rate)
    assert hazard.mean() == pytest.approx(rate, rel=1e-9)
    assert (np.diff(hazard[np.argsort(size)]) <= 1e-12).all()  # never likelier for a larger list


def test_nobody_leaves_at_rate_zero_or_where_nobody_is():
    assert plain_hazard(np.array([1000, 2000]), 0.0).tolist() == [0, 0]
    assert plain_hazard(np.array([]), 0.1).size == 0


def test_odds_of_leaving_follow_the_slope_the_deficit_and_the_load():
    size, load = np.array([2_000, 4_000, 4_000, 4_000]), np.array([2_000, 2_000, 2_000, 4_000])
    hazard = leaving_hazard(leaving_score(size, np.array([5.0, 0.0, -10.0, 0.0]), load, RULES), 0.03)
    odds = np.log(hazard / (1 - hazard))
    assert odds[0] - odds[1] == pytest.approx(1.6 * np.log(2))
    assert odds[2] - odds[1] == pytest.approx(0.2)
    assert odds[3] - odds[1] == pytest.approx(0.2 * np.log(2))


def test_below_the_smallest_that_tells_leaving_is_no_likelier():
    hazard = plain_hazard(np.array([20, 400, 500, 9_000]), 0.1)
    assert hazard[0] == hazard[1] == hazard[2] > hazard[3]


def test_smallest_fifth_leaves_far_oftener_than_the_largest():
    """P3: the smallest fifth 5-12% a year, at least 8 times the largest; P2's rate by construction."""
    size = england(1)
    hazard = plain_hazard(size, rate_of(RULES, 2016))
    fifth = np.searchsorted(np.quantile(size, [0.2, 0.4, 0.6, 0.8]), size)
    by_fifth = np.bincount(fifth, hazard) / np.bincount(fifth)
    assert 0.05 <= by_fifth[0] <= 0.12
    assert by_fifth[0] / by_fifth[4] >= 8
    assert (np.diff(by_fifth) < 0).all()


def test_hazards_by_fifth_agree_with_published_exits(real_data):
    """Slope fitted once; the level is each year's own. Exits by size fifth of the years together, lists of 500 or more."""
    duckdb = pytest.importorskip("duckdb")
    rows = duckdb.sql(
        f"SELECT fin_year, practice_code, registered_patients FROM '{real_data}/gp_payments_practice_2014-2021.parquet' "
        "WHERE registered_patients > 0"
    ).fetchall()
    years: dict[str, dict[str, float]] = {}
    for year, code, patients in rows:
        years.setdefault(year, {})[code] = patients
    names = sorted(years)
    seen, expected = np.zeros(5), np.zeros(5)
    for first, second in pairwise(names):
        codes = sorted(code for code, patients in years[first].items() if patients >= 500)
        size = np.array([years[first][code] for code in codes])
        gone = np.array([code not in years[second] for code in codes])
        fifth = np.searchsorted(np.quantile(size, [0.2, 0.4, 0.6, 0.8]), size)
        seen += np.bincount(fifth, gone)
        expected += np.bincount(fifth, plain_hazard(size, gone.mean()))
    assert expected.sum() == pytest.approx(seen.sum())
    assert expected[0] / seen[0] == pytest.approx(1, abs=0.15)
    assert expected[:2].sum() / seen[:2].sum() == pytest.approx(1, abs=0.1)
    assert 1 / 2 < expected[4] / seen[4] < 2


def test_partners_are_near_and_large_and_of_the_federation_first():
    km, size = np.array([1.0, 3.0, 11.0]), np.array([4_000, 8_000, 50_000])
    nobody = np.zeros(3, bool)
    weight = partner_weights(km, size, nobody, RULES)
    assert weight[1] / weight[0] == pytest.approx(2 * np.exp(-1))
    assert weight[2] == 0  # beyond reach
    assert np.flatnonzero(partner_weights(km, size, np.array([False, True, True]), RULES)).tolist() == [1]
    # A federation whose members are all beyond reach does not keep the practice from merging.
    assert np.flatnonzero(partner_weights(km, size, np.array([False, False, True]), RULES)).tolist() == [0, 1]


def test_a_draw_picks_by_weight():
    weight = np.array([0.0, 1.0, 0.0, 3.0])
    assert [drawn(weight, u) for u in (0.0, 0.24, 0.26, 0.999)] == [1, 1, 3, 3]
    assert drawn(np.zeros(3), 0.5) == -1
    assert drawn(np.array([]), 0.5) == -1


@given(weight=st.lists(st.floats(0, 1e6), min_size=1, max_size=10), draw=st.floats(0, 1, exclude_max=True))
def test_a_draw_never_picks_what_has_no_weight(weight, draw):
    picked = drawn(np.array(weight), draw)
    assert picked == -1 if sum(weight) == 0 else weight[picked] > 0


def test_six_years_of_leaving_raise_the_mean_list_and_hold_its_inequality():
    """P1: mergers alone, everybody near everybody, on the published lists of 2014/15: the Gini stays at 0.33."""
    rng = np.random.Generator(np.random.Philox(key=5))
    size = np.exp(np.log(6_386) + 0.64 * rng.standard_normal(7_800))
    began, before = gini(size), len(size)
    for year in range(2015, 2021):
        leaves = rng.random(len(size)) < plain_hazard(size, rate_of(RULES, year))
        stays = np.flatnonzero(~leaves)
        closes = rng.random(len(size)) < RULES.closing_share
        partner = rng.choice(stays, size=len(size), p=size[stays] / size[stays].sum())
        np.add.at(size, partner[leaves & ~closes], size[leaves & ~closes])
        spread = size[leaves & closes].sum() / size[stays].sum()
        size = size[stays] * (1 + spread)
    assert -0.035 < (len(size) / before) ** (1 / 6) - 1 < -0.025  # the series' mean rate, 3.0% a year
    assert gini(size) == pytest.approx(began, abs=0.03)


def gini(values: np.ndarray) -> float:
    ordered = np.sort(values)
    rank = np.arange(1, len(ordered) + 1)
    return float(2 * (rank * ordered).sum() / (len(ordered) * ordered.sum()) - (len(ordered) + 1) / len(ordered))
