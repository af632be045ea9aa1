"""Patterns of practices measured in one run: lists, exits, growth, switching, trips, weights, satisfaction, rivals."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.validation.evidence import Told
from analysis.validation.pattern import Values
from model.measures.concentration import gini

ORDINARY_LIST = 1000
"""Lists from this size on are compared; smaller ones serve special groups."""
FIFTHS = 5
FEWEST = 20
"""Practices of a group whose mean is told."""
FEWEST_FOR_SLOPE = 10
"""Practices that tell how switching goes with satisfaction."""
GREW, STABLE = 1.2, 0.1
"""List growth in five years from which a practice counts as grown (Forbes et al. 2020), and within which as stable."""


def lists(told: Told) -> pd.DataFrame:
    """Lists of practices at each time they are recorded; those that ended in between have 0 patients."""
    return told.table(
        "practices", ("month", "practice", "kind", "list_size", "satisfaction", "continuity", "out_of_area")
    )


def aprils(frame: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Practices of one April and of the next, twelve months apart, indexed by practice."""
    months = sorted(frame["month"].unique())
    for month in months:
        after = month + pd.DateOffset(years=1)
        if after in months:
            yield tuple(frame[frame["month"] == m].set_index("practice") for m in (month, after))


def at(frame: pd.DataFrame, year: int, month: int) -> pd.DataFrame:
    """Rows of one month."""
    return frame[frame["month"] == pd.Timestamp(year, month, 1)]


def value_at(told: Told, column: str, year: int, month: int) -> float:
    """A measure of the headline in one month; NaN outside the run."""
    rows = told.table("headline", ("month", column), f"month = DATE '{datetime.date(year, month, 1)}'")
    return float(rows[column].iloc[0]) if len(rows) else float("nan")


def sizes(told: Told) -> Values:
    """P1: mean and inequality of lists after eight years, and how much inequality has changed."""
    frame = lists(told)
    frame = frame[frame["list_size"] > 0]
    first, last = (
        frame[frame["month"] == m]["list_size"].to_numpy() for m in (frame["month"].min(), frame["month"].max())
    )
    years = (frame["month"].max() - frame["month"].min()).days / 365.25
    late = years < 7.5 and f"the run has {years:.1f} years, eight are needed"
    return {
        "mean": late or float(last.mean()),
        "gini": late or gini(last),
        "gini_change": gini(last) - gini(first),
    }


def fewer(told: Told) -> Values:
    """P2: yearly change of the number of practices from May 2015 to May 2020: those of a year leave in April."""
    first, last = (value_at(told, "practices", year, 5) for year in (2015, 2020))
    if not np.isfinite(first * last):
        return {"change": "the run does not go from 2015 to 2020"}
    return {"change": float((last / first) ** (1 / 5) - 1)}


def exits(told: Told) -> Values:
    """P3: exits a year by fifth of list size, all years up to April 2020 together."""
    left, there = np.zeros(FIFTHS), np.zeros(FIFTHS)
    frame = lists(told)
    for before, after in aprils(frame[frame["month"] <= pd.Timestamp(2020, 4, 1)]):
        before = before[(before["list_size"] > 0) & (before["kind"] == "gp")].sort_values("list_size")
        fifth = np.arange(len(before)) * FIFTHS // len(before)
        stays = before.index.isin(after.index[after["list_size"] > 0])
        there += np.bincount(fifth, minlength=FIFTHS)
        left += np.bincount(fifth, ~stays, FIFTHS)
    if not there.all():
        return dict.fromkeys(("smallest", "ratio"), "the run has no whole year up to April 2020")
    hazard = left / there
    return {
        "smallest": float(hazard[0]),
        "ratio": float(hazard[0] / hazard[-1]) if hazard[-1] else "no practice of the largest fifth left",
    }


def growth(told: Told) -> Values:
    """P4: growth of lists that are there in two Aprils running, those that took others in included."""
    ratios = []
    for before, after in aprils(lists(told)):
        both = before.join(after["list_size"].rename("later"), how="inner")
        both = both[(both["list_size"] >= ORDINARY_LIST) & (both["later"] > 0) & (both["kind"] == "gp")]
        ratios.append((both["later"] / both["list_size"]).to_numpy() - 1)
    low, middle, high = np.percentile(np.concatenate(ratios), (5, 50, 95))
    return {"median": float(middle), "p5": float(low), "p95": float(high)}


def switching(told: Told) -> Values:
    """P5, P6: changes of practice without a move a year, and how much likelier they are where few are satisfied."""
    return switching_rates(told.table("switching"))


def switching_rates(frame: pd.DataFrame) -> dict[str, float]:
    """P5 and P6 of practices followed for a year (:class:`analysis.validation.people_probes.Switching`).

    They are lists of the usual size of conventional practices: the published 8,450 are of about 2010, before there was a
    digital one. The ratio is that of the tenth centile of satisfaction to the ninetieth on the log-linear regression of
    practices' rates, weighted by list (Poisson by iterated least squares): the tails alone hold too few practices.

    Returns:
        ``mean`` and ``median`` practice per 1,000 patients a year, ``skew`` and ``ratio``; NaN where practices are too few.
    """
    frame = frame[frame["list_size"] >= ORDINARY_LIST]
    switched, size, satisfied = (frame[name].to_numpy() for name in ("switched", "list_size", "satisfaction"))
    if not len(frame):
        return dict.fromkeys(("mean", "median", "skew", "ratio"), float("nan"))
    mean, median = 1000 * float(switched.sum() / size.sum()), 1000 * float(np.median(switched / size))
    found = {"mean": mean, "median": median, "skew": mean / median if median else float("nan"), "ratio": float("nan")}
    if len(frame) >= FEWEST_FOR_SLOPE:
        low, high = np.percentile(satisfied, (10, 90))
        found["ratio"] = float(np.exp(-poisson_slope(switched, size, satisfied) * (high - low)))
    return found


def poisson_slope(events: np.ndarray, exposure: np.ndarray, x: np.ndarray) -> float:
    """Slope of ln(rate) on x by Poisson regression; events, exposure and x float[N]."""
    design = np.column_stack([np.ones(len(x)), x - x.mean()])
    beta = np.array([np.log(max(events.sum(), 1e-9) / exposure.sum()), 0.0])
    for _ in range(50):
        expected = exposure * np.exp(design @ beta)
        step = np.linalg.solve((design * expected[:, None]).T @ design, design.T @ (events - expected))
        beta += step
        if np.abs(step).max() < 1e-10:
            break
    return float(beta[1])


def trips(told: Told) -> Values:
    """P9: share at the nearest practice and mean trip of urban homes, all and those who joined in the run."""
    frame = told.table("trips").set_index(["who", "rural"])
    found: dict[str, float | str] = {}
    for who in ("all", "joiners"):
        rows = frame.loc[who]
        found[f"nearest_{who}"] = float(rows["nearest"].sum() / rows["patients"].sum())
        urban = rows.loc[False]
        found[f"trip_{who}"] = float(urban["km"] / urban["patients"]) if urban["patients"] else "no urban homes"
    return found


def weights(told: Told) -> Values:
    """P19: spread over practices of the weighted over the raw list at the start, and its slope on the share over 65.

    The slope is that of a regression on the share aged 65 and over (points), mean deprivation fifth and a rural site, as
    the published one.
    """
    frame = told.table("practice_profiles")
    frame = frame[(frame["month"] == frame["month"].min()) & (frame["list_size"] >= ORDINARY_LIST)]
    low, high = np.percentile(frame["carr_hill"], (5, 95))
    slopes = regression(frame["carr_hill"], 100 * frame["aged_65_up"], frame["fifth"], frame["rural"])
    return {"p5": float(low), "p95": float(high), "slope": float(slopes[0])}


def regression(y: pd.Series, *x: pd.Series) -> np.ndarray:
    """Slopes of an ordinary regression with a constant, float64[len(x)]; columns without spread have slope 0."""
    design = np.column_stack([np.ones(len(y)), *(np.asarray(column, np.float64) for column in x)])
    found: np.ndarray = np.linalg.lstsq(design, np.asarray(y, np.float64), rcond=None)[0]
    return found[1:]


def congestion(told: Told) -> Values:
    """P20: satisfaction and continuity lost where lists grew by a fifth in five years, against stable lists, relative.

    Growth is that without lists taken over: a merger brings its GPs along. ``with_mergers`` counts all growth.
    """
    frame = told.table("practice_profiles")
    first = frame["month"].min()
    then = first.replace(month=4) + pd.DateOffset(years=5)
    before, after = (frame[frame["month"] == month].set_index("practice") for month in (first, then))
    if not len(after):
        return dict.fromkeys(("satisfaction", "continuity", "with_mergers"), "the run has no five years to an April")
    both = before.join(after.add_suffix("_later"), how="inner")
    both = both[both["list_size"] >= ORDINARY_LIST]
    return {
        "satisfaction": grown_against_stable(both, both["grown_later"], "satisfaction"),
        "continuity": grown_against_stable(both, both["grown_later"], "continuity"),
        "with_mergers": grown_against_stable(both, both["list_size_later"] / both["list_size"], "satisfaction"),
    }


def grown_against_stable(both: pd.DataFrame, growth: pd.Series, name: str) -> float | str:
    """Mean change of a column where lists grew over that where they did not, less 1; in words where too few grew."""
    grown, stable = growth > GREW, (growth - 1).abs() <= STABLE
    if min(grown.sum(), stable.sum()) < FEWEST:
        return f"{grown.sum()} lists grew by a fifth, {FEWEST} are needed"
    change = both[f"{name}_later"] / both[name]
    return float(change[grown].mean() / change[stable].mean() - 1)


def satisfied(told: Told) -> Values:
    """P21: patients satisfied in the surveys of 2020 and 2022, and the gap by deprivation when the run ends."""
    found: dict[str, float | str] = {}
    for year in (2020, 2022):
        value = value_at(told, "satisfaction", year, 3)
        found[f"in_{year}"] = value if np.isfinite(value) else f"the run does not reach March {year}"
    frame = told.table("practice_profiles")
    for name, month in (("gap_start", frame["month"].min()), ("gap_end", frame["month"].max())):
        found[name] = deprivation_gap(frame[frame["month"] == month])
    return found


def deprivation_gap(frame: pd.DataFrame) -> float:
    """Satisfaction of the least less the most deprived fifth of practices, by the mean fifth of their patients' areas."""
    ranked = frame.sort_values(["fifth", "practice"])["satisfaction"].to_numpy()
    edge = max(len(ranked) // FIFTHS, 1)
    return float(ranked[-edge:].mean() - ranked[:edge].mean())


def rivals(told: Told) -> Values:
    """P24: satisfaction on rivals nearby, SD per SD, given deprivation and overload, when the run ends."""
    frame = told.table("practice_profiles")
    frame = frame[(frame["month"] == frame["month"].max()) & (frame["list_size"] >= ORDINARY_LIST)]
    quality = frame["satisfaction"] / frame["satisfaction"].std()
    close, near = (standard(np.log1p(frame[name])) for name in ("close_rivals", "near_rivals"))
    slopes = regression(quality, close, near, frame["fifth"], frame["overload"], frame["rural"])
    return {"close": float(slopes[0]), "near": float(slopes[1])}


def standard(values: pd.Series) -> pd.Series:
    """Values less their mean over their SD."""
    return (values - values.mean()) / max(float(values.std()), 1e-12)


def quality(plain: Told, better: Told) -> Values:
    """P7: more people choose practices that became better by one SD, against the same practices in the run without that."""
    before, after = (told.table("raised").set_index("practice")["chosen"] for told in (plain, better))
    if len(before) < FEWEST:
        return dict.fromkeys(("chosen", "list"), f"{len(before)} practices became better, {FEWEST} are needed")
    size = []
    for told in (plain, better):
        frame = told.table("practices", ("month", "practice", "list_size"))
        last = frame[(frame["month"] == frame["month"].max()) & frame["practice"].isin(before.index)]
        size.append(float(last["list_size"].sum()))
    return {"chosen": float(after.sum() / before.sum() - 1), "list": size[1] / size[0] - 1}


def tastes(told: Told) -> Values:
    """P7, P8: the odds of crossing a border at equal distance, and the metres that one SD of quality is worth."""
    row = told.table("tastes").iloc[0]
    odds = float(row["border_odds"])
    return {
        "odds": odds if np.isfinite(odds) else "no practice of another commissioner is within reach",
        "odds_terms": float(row["border_terms"]),
        "metres": float(row["metres_a_sd"]),
        "metres_near": float(row["metres_a_sd_at_1_2_km"]),
    }
