"""The fit of momentum: slopes of a known process, of a made region, and the published lists."""

import dataclasses
import datetime

import duckdb
import numpy as np
import pytest

from analysis.fit_momentum import LAGS, fit, half_year_slopes, main, slopes
from model.errors import InputError
from model.geography.open_data import import_open_data
from model.parameters.choosing import Choice
from model.parameters.people import Demography


def test_slopes_and_fit_find_a_known_process():
    """Growth = a lasting part, an autoregression that halves in a year, and chance: 0.2 + 0.6 x 0.5^k of the variance."""
    rng = np.random.Generator(np.random.Philox(key=1))
    practices, years = 200_000, 6
    lasting = np.sqrt(0.2) * rng.standard_normal(practices)
    fading = rng.standard_normal(practices)
    growth = np.empty((practices, years))
    for year in range(years):
        growth[:, year] = lasting + np.sqrt(0.6) * fading + np.sqrt(0.2) * rng.standard_normal(practices)
        fading = 0.5 * fading + np.sqrt(0.75) * rng.standard_normal(practices)
    left = slopes(growth)
    assert left == pytest.approx([0.5, 0.35, 0.275, 0.2375], abs=0.005)
    # A curve at the ends of the windows 1 to 4 years, seen at once.
    assert fit(left, 0.8, tuple((lag - 1e-6, lag + 1e-6) for lag in LAGS)) == pytest.approx((0.2, 1.0), abs=0.02)


def test_a_fading_curve_is_averaged_over_the_months_it_is_seen_in():
    """0.3 + 0.5 x 0.5^(t / 0.5 years): over a half-life the mean of 0.5^x is 1 / (2 ln 2), over two 3 / (8 ln 2)."""
    windows = ((0.0, 0.5), (0.0, 1.0), (1.0, 1.5))
    means = np.array([1 / 2, 3 / 8, 1 / 8]) / np.log(2.0)
    assert fit(0.3 + 0.5 * means, 0.8, windows) == pytest.approx((0.3, 0.5), rel=1e-3)


@pytest.fixture
def mixed(make_region):
    """Forty areas in two authorities; each list has two neighbouring areas, and shares each with another."""
    rng = np.random.Generator(np.random.Philox(key=4))
    count = 40
    area = np.concatenate([np.arange(count), (np.arange(count) + 1) % count])
    practice = np.tile(np.arange(count), 2)
    made = make_region([[float(i), 0] for i in range(count)], [[float(i), 0] for i in range(count)], residents=2000,
                       area_commissioner=np.arange(count) // 20, practice_commissioner=np.arange(count) // 20)  # fmt: skip
    return dataclasses.replace(
        made,
        registration_area=area,
        registration_practice=practice,
        registration_patients=np.full(2 * count, 1000),
        growth=rng.normal(0.0, 0.03, count),
    )


def test_the_half_year_s_slopes_are_those_of_its_parts_within_authorities(mixed):
    growth = mixed.growth
    of_areas = (growth + np.roll(growth, 1)) / 2
    around = (of_areas + np.roll(of_areas, -1)) / 2
    authority = 0.02 * mixed.area_authority[mixed.practice_area]
    change = (0.9 * (growth - around) + 0.6 * around + authority) / 2
    before = {str(code): 10**6 for code in mixed.practices}
    after = {str(code): round(10**6 * np.exp(more)) for code, more in zip(mixed.practices, change, strict=True)}
    assert half_year_slopes(mixed, before, after) == pytest.approx((0.9, 0.6), abs=0.002)
    with pytest.raises(InputError, match="found no growth"):
        half_year_slopes(dataclasses.replace(mixed, growth=None), before, after)


@pytest.mark.slow
def test_published_lists_give_the_parameters_in_use(real_data, tmp_path, capsys):
    region = import_open_data(real_data, tmp_path / "england")
    lists = real_data / "gp_reg_practice_totals_2021.parquet"
    assert main([str(real_data / "gp_payments_practice_2014-2021.parquet"), str(lists), str(region)]) == 0
    printed = capsys.readouterr().out
    c = Choice()
    assert (
        f"choice.momentum {c.momentum:.2f}, choice.momentum_lasting {c.momentum_lasting:.2f}, "
        f"choice.fortune_half_life {c.fortune_half_life:.0f}, choice.fortune_spread {c.fortune_spread:.2f}, "
        f"demography.neighbourhood_growth {Demography().neighbourhood_growth:.2f}" in printed
    )


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_file_that_is_none_is_one_line(mixed, tmp_path, capsys, missing):
    payments, lists = tmp_path / "payments.parquet", tmp_path / "lists.csv"
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT 'A' AS practice_code, '2018/19' AS fin_year, 1000 AS registered_patients) TO"
            f" '{payments}' (FORMAT parquet)"
        )
    lists.write_text(f"PRACTICE_CODE,NUMBER_OF_PATIENTS,EXTRACT_DATE\nA,1000,{datetime.date(2021, 1, 1)}\n")
    files = [str(payments), str(lists), "town"]
    files[missing] = str(tmp_path / "none.parquet")
    assert main(files) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
