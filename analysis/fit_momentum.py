"""How the growth of lists carries on: momentum, fortunes and the growth of neighbourhoods, fitted to published lists.

    python -m analysis.fit_momentum gp_payments_practice_2014-2021.parquet gp_reg_practice_totals_2021.parquet REGION

Growth of a list in a year, the year's mean taken off, is regressed on its growth one to four years before; growth in the
first half of 2021, a year, on that of the year before, within authorities and in two parts: of the list beyond its
neighbours, and of the neighbours. What is left of growth at a time t after the year it was seen in is taken to be lasting
+ fading x 0.5^(t / half-life), and each slope its mean over the months it was seen in: the first six, the first to the
fourth year. lasting + fading is what chance leaves: families of two on average come and go independently, a tenth of a list
each way in a year. So momentum at the start is what fades. Lists of the last year, 2020/21, are not used from payments.
The spread of fortunes is that of the fading part, over the growth a unit of utility brings. ``neighbourhood_growth`` is the
slope on the neighbours' growth.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import duckdb
import numpy as np
from scipy.optimize import curve_fit

from analysis.validation.register_files import read_register
from model.errors import InputError
from model.geography.open_region import open_region
from model.geography.region import Region
from model.months import month_of, months_later
from model.patients.momentum import LARGEST_GROWTH, SMALLEST_LIST, Lists, growth_around
from model.sql_literals import parquet_rows

LAST_YEAR = "2019/20"
LAGS = (1, 2, 3, 4)
WINDOWS = ((0.0, 0.5), *((lag - 1.0, float(lag)) for lag in LAGS))
"""When growth was seen, years after the year it is compared with: half a year, then the years."""
TURNOVER, FAMILY, MEAN_LIST = 0.1, 2.0, 8000.0
GROWTH_PER_UTILITY = 0.114
"""Share of a list gained in a year for one unit of utility: measured in the model on England, January 2021."""


def yearly_growth(payments: Path) -> np.ndarray:
    """Growth (ln) of lists less the year's mean, float64[practices, years]; NaN where unknown, small or a merger.

    Args:
        payments: NHS Payments to General Practice, with fin_year, practice_code and registered_patients.
    """
    with duckdb.connect() as con:
        rows = con.execute(
            "SELECT practice_code, fin_year, registered_patients::DOUBLE"
            f" FROM {parquet_rows(payments)} WHERE fin_year <= ? ORDER BY 1, 2",
            [LAST_YEAR],
        ).fetchall()
    codes = sorted({code for code, _, _ in rows})
    years = sorted({year for _, year, _ in rows})
    place, column = {code: i for i, code in enumerate(codes)}, {year: i for i, year in enumerate(years)}
    lists = np.full((len(codes), len(years)), np.nan)
    for code, year, patients in rows:
        if patients is not None and patients >= SMALLEST_LIST:
            lists[place[code], column[year]] = patients
    growth = np.diff(np.log(lists), axis=1)
    growth[np.abs(growth) > LARGEST_GROWTH] = np.nan
    return growth - np.nanmean(growth, axis=0)


def slopes(growth: np.ndarray, lags: tuple[int, ...] = LAGS) -> np.ndarray:
    """Slope of growth on growth some years before, all pairs of years together, float64[lags]."""
    out = []
    for lag in lags:
        before, after = growth[:, :-lag].ravel(), growth[:, lag:].ravel()
        both = np.isfinite(before) & np.isfinite(after)
        out.append(float(before[both] @ after[both] / (before[both] @ before[both])))
    return np.array(out)


def half_year_slopes(region: Region, before: dict[str, int], after: dict[str, int]) -> tuple[float, float]:
    """Slopes of growth in half a year, a year, on that of the year before beyond the neighbours', and on the neighbours'.

    Within authorities (of the practice's site): what an authority grows is not what is asked.

    Args:
        region: with growth of its lists, and its register.
        before: published list by practice code at the region's month.
        after: the same half a year later.

    Raises:
        InputError: the region has no growth or no register.
    """
    if region.growth is None or region.registration_area is None:
        raise InputError(
            "region: found no growth of practices or no registrations, expected both (gpdrift region import)"
        )
    assert region.registration_practice is not None
    assert region.registration_patients is not None
    every = np.ones(len(region.practices), bool)
    lists = Lists(region.registration_area, region.registration_practice, region.registration_patients, every)
    size = np.bincount(lists.practice, lists.patients, len(every)).astype(np.float64)
    ahead, around = growth_around(lists, region.growth, size)
    lists_then = np.array([[side.get(str(code), 0) for code in region.practices] for side in (before, after)], float)
    seen = (lists_then >= SMALLEST_LIST).all(axis=0) & np.isfinite(ahead)
    change = np.where(seen, np.diff(np.log(np.maximum(lists_then, 1.0)), axis=0)[0], np.nan)
    seen &= np.abs(np.nan_to_num(change)) <= LARGEST_GROWTH
    place = region.area_authority[region.practice_area][seen]
    columns = np.column_stack([ahead[seen], around[seen], 2.0 * change[seen]])
    means = np.stack([np.bincount(place, column, len(region.authorities)) for column in columns.T], axis=1)
    columns -= (means / np.maximum(np.bincount(place, minlength=len(means)), 1)[:, None])[place]
    found = np.linalg.lstsq(columns[:, :2], columns[:, 2], rcond=None)[0]
    return float(found[0]), float(found[1])


def fit(left: np.ndarray, whole: float, windows: tuple[tuple[float, float], ...] = WINDOWS) -> tuple[float, float]:
    """(lasting, half-life in years) with which lasting + (whole - lasting) x 0.5^(t / half-life) is nearest to the slopes.

    Args:
        left: slopes, float64[windows].
        whole: lasting + fading.
        windows: years (from, to) of each slope, over which the curve is averaged.
    """
    first, last = np.array(windows).T

    def curve(_: object, lasting: float, half: float) -> np.ndarray:
        rate = np.log(2.0) / half
        mean = (np.exp(-rate * first) - np.exp(-rate * last)) / (rate * (last - first))
        return lasting + (whole - lasting) * mean

    found, _ = curve_fit(curve, first, left, p0=(0.1, 1.0), bounds=((0, 0.1), (whole, 10)))
    return float(found[0]), float(found[1])


def report(payments: Path, totals: Path, region: Region) -> str:
    """What the command prints."""
    growth = yearly_growth(payments)
    start = month_of(str(region.about["date"]))
    later = months_later(start, 6)
    lists = []
    for month in (start, later):
        told = read_register(totals, month, "LISTS")
        lists.append(dict(zip(map(str, told.practice), map(int, told.patients), strict=True)))
    ahead, around = half_year_slopes(region, *lists)
    left = np.concatenate([[ahead], slopes(growth)])
    spread = float(np.nanstd(growth))
    whole = 1.0 - 2.0 * TURNOVER * FAMILY / MEAN_LIST / spread**2
    lasting, half = fit(left, whole)
    fading = whole - lasting
    return "\n".join(
        [
            f"growth of lists, SD a year: {100 * spread:.2f}%",
            f"not chance: {whole:.2f}",
            "left of it in the half year after, and after 1, 2, 3, 4 years: " + ", ".join(f"{x:.2f}" for x in left),
            f"left of what neighbours grew, in the half year after: {around:.2f}",
            f"lasting {lasting:.2f}, fading {fading:.2f}, half-life {12 * half:.0f} months",
            f"choice.momentum {fading:.2f}, choice.momentum_lasting {lasting:.2f},"
            f" choice.fortune_half_life {12 * half:.0f},"
            f" choice.fortune_spread {np.sqrt(fading) * spread / GROWTH_PER_UTILITY:.2f},"
            f" demography.neighbourhood_growth {around:.2f}",
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the fit; 2 where a file cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m analysis.fit_momentum", description=__doc__.split("\n")[0])
    parser.add_argument("payments", type=Path, help="NHS Payments to General Practice, Parquet")
    parser.add_argument("lists", type=Path, help="list sizes at the region's month and half a year later")
    parser.add_argument("region", help="region folder with growth of its lists")
    options = parser.parse_args(arguments)
    try:
        print(report(options.payments, options.lists, open_region(options.region)))
    except duckdb.Error as error:
        print(f"fit_momentum: {options.payments}: {str(error).splitlines()[0]}", file=sys.stderr)
        return 2
    except InputError as error:
        print(f"fit_momentum: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
