"""Patterns of the digital provider and of registering out of area, measured in one run."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.published_history import HOST, PROVIDER_PRACTICE
from analysis.validation.evidence import Told
from analysis.validation.measure_practices import lists
from analysis.validation.pattern import Values

AFTER_YEARS = 3.5
FEW = 10
LISTS = {
    "opening": (2017, 11),
    "months_3": (2018, 2),
    "months_12": (2018, 11),
    "months_24": (2019, 11),
    "months_45": (2021, 8),
}
"""Months of the published list; the last two are later than those the model was fitted to."""
BEFORE_STOP, AFTER_STOP, EXIT = (2023, 3), (2024, 1), (2023, 10)


def out_of_area(told: Told) -> Values:
    """P10: conventional patients registered out of area at the last April within 3.5 years of the opening.

    The opening is January 2015, or the start of a run that begins later.
    """
    frame = lists(told)
    frame = frame[(frame["kind"] == "gp") & (frame["list_size"] > 0)]
    opened = max(frame["month"].min(), pd.Timestamp(2015, 1, 1))
    last = opened + pd.DateOffset(months=round(12 * AFTER_YEARS))
    month = frame[frame["month"] <= last]["month"].max()
    years = (month - opened).days / 365.25
    if years < 2.5:
        return dict.fromkeys(("share", "few"), "the run has not three years from the opening on")
    # The provider's practice is an ordinary one until its launch; it is left out all along.
    now = frame[(frame["month"] == month) & (frame["practice"] != PROVIDER_PRACTICE)]
    return {
        "share": float(now["out_of_area"].sum() / now["list_size"].sum()),
        "few": float((now["out_of_area"] < FEW).mean()),
    }


def digital_list(told: Told) -> pd.DataFrame:
    """The list by month, those of Birmingham taken off, indexed by (year, month)."""
    frame = told.table("digital_list").sort_values("month")
    frame["own"] = frame["patients"] - frame["birmingham"]
    return frame.set_index([frame["month"].dt.year.rename("y"), frame["month"].dt.month.rename("m")])


def list_path(told: Told) -> Values:
    """P11: the list at 0, 3, 12, 24 and 45 months."""
    frame = digital_list(told)
    return {
        name: float(frame.loc[when, "own"])
        if when in frame.index
        else f"the run does not reach {when[0]}-{when[1]:02d}"
        for name, when in LISTS.items()
    }


def ages(told: Told) -> Values:
    """P12: share of the list aged 20 to 39 in March 2019 and in January 2021."""
    frame = digital_list(told)
    found: dict[str, float | str] = {}
    for name, when in (("fitted", (2019, 3)), ("later", (2021, 1))):
        there = when in frame.index
        row = frame.loc[when] if there else None
        found[name] = float(row["aged_20_39"] / row["patients"]) if row is not None else "the run does not reach it"
    return found


def churn(told: Told) -> Values:
    """P13: who leaves the digital list and goes back, and who leaves ordinary lists in London and goes back."""
    people = told.table("digital_people").set_index("what")["model"]
    ordinary = told.table("leaving").iloc[0]
    found: dict[str, float | str] = {
        "left": float(people["left, of all who joined since July 2017"]),
        "early_back": float(people["returned, of early leavers"]),
    }
    if not ordinary["complete"] or not ordinary["patients"]:
        return found | dict.fromkeys(("ordinary_left", "ordinary_back"), "the run does not follow them long enough")
    return found | {
        "ordinary_left": float(ordinary["left"] / ordinary["patients"]),
        "ordinary_back": float(ordinary["back"] / ordinary["left"]),
    }


def weight_path(told: Told) -> Values:
    """P14: weighted over raw list, patient-weighted mean of the months counted in each financial year's payments.

    Up to 2017/18 the payments' lists are those of the last quarter, afterwards the year's mean.
    """
    frame = told.table("digital_list", ("month", "patients", "carr_hill"))
    frame["year"] = frame["month"].dt.year - (frame["month"].dt.month < 4)
    frame = frame[(frame["year"] != 2017) | (frame["month"].dt.month <= 3)]
    found: dict[str, float | str] = {}
    for year in range(2017, 2023):
        rows = frame[frame["year"] == year]
        short = len(rows) < (3 if year == 2017 else 12)
        found[f"in_{year}"] = (
            f"the run lacks {year}/{year - 1999}"
            if short
            else float(np.average(rows["carr_hill"], weights=rows["patients"]))
        )
    return found


def liability(told: Told) -> Values:
    """P17: the host's unfunded liability.

    ``price`` is need-cost a patient gained from elsewhere and year, 2018/19 and 2019/20. ``in_2018`` is the year's
    unfunded liability less that of April 2017, GBP m: ghosts in the allocation base make it negative before anybody
    comes. ``abroad`` is the care, at that price, of the provider's patients from outside the host's system in April 2019,
    as the commissioner counted it.
    """
    frame = told.table(
        "money", ("month", "unfunded", "out_of_area_unfunded"), f"commissioner = '{HOST}' ORDER BY month"
    )
    frame["year"] = frame["month"].dt.year - (frame["month"].dt.month < 4)
    price = frame[frame["year"].isin((2018, 2019)) & (frame["out_of_area_unfunded"] > 0)]["out_of_area_unfunded"]
    year = frame[frame["year"] == 2018]["unfunded"]
    if not len(price) or not len(year):
        return dict.fromkeys(("price", "in_2018", "abroad"), "the run does not hold 2018/19")
    region = told.region
    systems = dict(zip(region.area_commissioner.tolist(), region.area_system.tolist(), strict=True))
    names = {str(region.commissioners[c]): system for c, system in systems.items()}
    homes = told.table("digital_homes", ("home_commissioner", "patients"), "month = DATE '2019-04-01'")
    abroad = homes[homes["home_commissioner"].map(names) != names[HOST]]["patients"].sum()
    return {
        "price": float(price.mean()),
        "in_2018": float(year.mean() - frame["unfunded"].iloc[0]) / 1e6,
        "abroad": float(price.mean() * abroad) / 1e6,
    }


def insolvency(told: Told) -> Values:
    """P25: the list ten months after registration from elsewhere stops, over that before; and who the exit strands."""
    frame = digital_list(told)
    if AFTER_STOP not in frame.index:
        return dict.fromkeys(("keeps", "list", "stranded"), "the run does not reach January 2024")
    before, after, leaving = (frame.loc[when] for when in (BEFORE_STOP, AFTER_STOP, EXIT))
    return {
        "keeps": float(after["patients"] / before["patients"]),
        "list": float(after["patients"]),
        "stranded": float(leaving["birmingham"] / leaving["patients"]),
    }
