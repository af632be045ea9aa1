"""Patterns of places measured in one run: the host and the others, over-registration, mergers, networks."""

from __future__ import annotations

import datetime
from functools import lru_cache

import numpy as np
import pandas as pd

from analysis.published_history import HOST
from analysis.validation.evidence import Told
from analysis.validation.measure_practices import value_at
from analysis.validation.pattern import Values
from model.geography.london import london_authorities
from model.geography.region import Region
from runs.describe_register import LARGEST_NETWORK, SMALLEST_NETWORK

MERGED = datetime.date(2021, 4, 1)
"""135 commissioners become 106."""


@lru_cache(maxsize=4)
def coterminous(region: Region) -> tuple[frozenset[str], frozenset[str]]:
    """Commissioners whose borders are those of one authority or of several together, and which of them are London's.

    The host of the digital provider is left out.
    """
    pairs = np.unique(np.column_stack([region.area_commissioner, region.area_authority]), axis=0)
    split = np.bincount(pairs[:, 1], minlength=len(region.authorities)) > 1
    broken = np.unique(pairs[split[pairs[:, 1]], 0])
    whole = np.setdiff1d(np.unique(pairs[:, 0]), broken)
    london = np.unique(pairs[london_authorities(region)[pairs[:, 1]], 0])
    names = region.commissioners
    chosen = frozenset(str(names[c]) for c in whole) - {HOST}
    return chosen, chosen & {str(names[c]) for c in london}


def ratios(told: Told) -> pd.DataFrame:
    """Registered over resident people by financial year (rows, the year it starts in) and commissioner (columns).

    The first year of a run is the mean of its months, as are the others.
    """
    frame = told.table("commissioners", ("month", "commissioner", "registered", "residents"), "boundaries = 'fixed'")
    frame["year"] = frame["month"].dt.year - (frame["month"].dt.month < 4)
    sums = frame.groupby(["year", "commissioner"])[["registered", "residents"]].sum()
    return (sums["registered"] / sums["residents"]).unstack()


def at_start(told: Told) -> pd.Series:
    """Registered over resident people by commissioner in the first month."""
    frame = told.table("commissioners", ("month", "commissioner", "registered", "residents"), "boundaries = 'fixed'")
    frame = frame[frame["month"] == frame["month"].min()].set_index("commissioner")
    return frame["registered"] / frame["residents"]


def host_jump(told: Told) -> Values:
    """P15: rise of registered over resident from 2016/17 (the start in April 2017) to 2019/20, host and others."""
    start, later = at_start(told), ratios(told)
    if 2019 not in later.index or HOST not in start.index:
        return dict.fromkeys(("host", "others"), "the run does not hold the host's year 2019/20")
    change = later.loc[2019] - start
    chosen, _ = coterminous(told.region)
    return {"host": float(change[HOST]), "others": float(change[sorted(chosen)].mean())}


def spread(told: Told) -> Values:
    """P16: SD of registered over resident between coterminous commissioners but for the host; and London less the rest."""
    later = ratios(told)
    chosen, london = coterminous(told.region)
    columns, inner = sorted(chosen), sorted(london)
    rest = sorted(chosen - london)
    found: dict[str, float | str] = {}
    for year in (2014, 2019):
        there = year in later.index
        found[f"sd_{year}"] = float(later.loc[year, columns].std()) if there else f"the run lacks {year}/{year - 1999}"
    if 2019 not in later.index:
        return found | dict.fromkeys(("growth", "london", "sd_all_2021"), "the run lacks 2019/20")
    found["growth"] = (
        float(later.loc[2019, columns].std() - later.loc[2014, columns].std())
        if 2014 in later.index
        else "the run lacks 2014/15"
    )
    found["london"] = float(later.loc[2019, inner].mean() - later.loc[2019, rest].mean())
    all_of_them = value_at(told, "registered_resident_ratio_sd", 2021, 1)
    found["sd_all_2021"] = all_of_them if np.isfinite(all_of_them) else "the run lacks January 2021"
    return found


def excess(told: Told) -> Values:
    """P18: registered over resident people of England less 1, July 2014 and July 2020, and the rise between."""
    found: dict[str, float | str] = {}
    for year in (2014, 2020):
        ratio = value_at(told, "registered_resident_ratio", year, 7)
        found[f"in_{year}"] = ratio - 1 if np.isfinite(ratio) else f"the run lacks July {year}"
    rows = told.table("headline", ("month", "registered_resident_ratio"), "month <= DATE '2020-07-01' ORDER BY month")
    years = (rows["month"].max() - rows["month"].min()).days / 365.25 if len(rows) else 0.0
    if years < 2:
        return found | {"rise": "the run has less than two years up to July 2020"}
    first, last = rows["registered_resident_ratio"].iloc[[0, -1]]
    return found | {"rise": float(last - first) / years}


def merger(told: Told) -> Values:
    """P23: change of the share of patients registered across a border when commissioners merge, current and fixed."""
    frame = told.table(
        "commissioners", ("month", "boundaries", "residents", "unregistered", "outflow"),
        f"month BETWEEN DATE '{MERGED}' - INTERVAL 1 MONTH AND DATE '{MERGED}'",
    )  # fmt: skip
    if frame["month"].nunique() < 2:
        return dict.fromkeys(("current", "fixed"), "the run does not pass April 2021")
    sums = frame.groupby(["boundaries", "month"])[["residents", "unregistered", "outflow"]].sum()
    crossing = (sums["outflow"] / (sums["residents"] - sums["unregistered"])).unstack()
    change = crossing.iloc[:, 1] / crossing.iloc[:, 0] - 1
    if change["current"] == change["fixed"]:
        return dict.fromkeys(("current", "fixed"), "no commissioner of the region merged")
    return {"current": float(change["current"]), "fixed": float(change["fixed"])}


def networks(told: Told) -> Values:
    """P22: sizes of primary care networks, registered against catchment, and where the two overlap less."""
    frame = told.table("network_catchments")
    frame = frame[frame["patients"] > 0]
    if len(frame) < 3:
        return dict.fromkeys(("in_band", "correlation", "urban", "deprived"), "the run has formed no networks by then")
    overlap = frame["both"] / (frame["patients"] + frame["catchment"] - frame["both"])
    return {
        "in_band": float(frame["patients"].between(SMALLEST_NETWORK, LARGEST_NETWORK).mean()),
        "correlation": float(np.corrcoef(frame["patients"], frame["catchment"])[0, 1]),
        "urban": correlation(overlap, 1 - frame["rural"]),
        "deprived": correlation(overlap, -frame["decile"]),
    }


def correlation(a: pd.Series, b: pd.Series) -> float:
    """Pearson correlation; NaN where one does not vary."""
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else float("nan")
