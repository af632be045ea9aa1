"""How the growth of lists carries on: the momentum and the fortunes of practices, fitted to past lists.

    python -m analysis.fit_momentum gp_payments_practice_2014-2021.parquet

Growth of a list in a year, the year's mean taken off, is regressed on its growth one to four years before. What is left of
it after a lag of k years is fitted as lasting + fading x 0.5^(k / half-life), where lasting + fading is what chance leaves:
families of two on average come and go independently, a tenth of a list each way in a year. Momentum at the start, half a
year after the middle of the year it was seen in, is fading x 0.5^(0.5 / half-life). Lists of the last year, 2020/21, are not used: they
are from after January 2021. The spread of fortunes is that of the fading part, over the growth a unit of utility brings.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import duckdb
import numpy as np
from scipy.optimize import curve_fit

LAST_YEAR = "2019/20"
LARGEST_GROWTH, SMALLEST_LIST = 0.15, 500.0
LAGS = (1, 2, 3, 4)
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
            "SELECT practice_code, fin_year, registered_patients::DOUBLE FROM read_parquet(?) WHERE fin_year <= ? ORDER BY 1, 2",
            [str(payments), LAST_YEAR],
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


def fit(left: np.ndarray, whole: float, lags: tuple[int, ...] = LAGS) -> tuple[float, float]:
    """(lasting, half-life in years) with which lasting + (whole - lasting) x 0.5^(lag / half-life) is nearest to the slopes."""
    found, _ = curve_fit(
        lambda lag, lasting, half: lasting + (whole - lasting) * 0.5 ** (lag / half),
        np.array(lags, float),
        left,
        p0=(0.1, 1.0),
        bounds=((0, 0.1), (whole, 10)),
    )
    return float(found[0]), float(found[1])


def report(payments: Path) -> str:
    """What the command prints."""
    growth = yearly_growth(payments)
    left = slopes(growth)
    spread = float(np.nanstd(growth))
    whole = 1.0 - 2.0 * TURNOVER * FAMILY / MEAN_LIST / spread**2
    lasting, half = fit(left, whole)
    fading = whole - lasting
    return "\n".join(
        [
            f"growth of lists, SD a year: {100 * spread:.2f}%",
            f"not chance: {whole:.2f}",
            "left of it after 1, 2, 3, 4 years: " + ", ".join(f"{x:.2f}" for x in left),
            f"lasting {lasting:.2f}, fading {fading:.2f}, half-life {12 * half:.0f} months",
            f"choice.momentum {fading * 0.5 ** (0.5 / half):.2f}, choice.momentum_lasting {lasting:.2f},"
            f" choice.fortune_half_life {12 * half:.0f},"
            f" choice.fortune_spread {np.sqrt(fading) * spread / GROWTH_PER_UTILITY:.2f}",
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the fit; 2 where the file cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m analysis.fit_momentum", description=__doc__.split("\n")[0])
    parser.add_argument("payments", type=Path, help="NHS Payments to General Practice, Parquet")
    options = parser.parse_args(arguments)
    try:
        print(report(options.payments))
    except duckdb.Error as error:
        print(f"fit_momentum: {options.payments}: {str(error).splitlines()[0]}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
