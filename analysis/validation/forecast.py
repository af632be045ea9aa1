"""A run that starts from a register, and a register published later: how good a forecast it was.

Two simple guesses stand beside the model. *Persistence*: the register stays as it was at the start. *Trend*: every
practice's list goes on changing at the yearly rate it had from an earlier month to the start (held within
``SLOWEST`` to ``FASTEST``, since practices that took over another's list do not do so every year; at the rate of all
practices where it had no list then), and its patients live where they lived. Patients on lists who live outside the
region's areas, or whose address nobody knows, are carried on as they were by all three.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.validation.reconstruction import published
from analysis.validation.register_axes import Axes, Counted, Register, locate, make_axes, within
from analysis.validation.register_comparison import Candidate, Group, Row, compare
from analysis.validation.register_files import PublishedRegister
from analysis.validation.register_runs import expected, outside, together
from model.errors import InputError
from model.months import month_of, months_since_1970

if TYPE_CHECKING:
    from model.geography.region import Region

MODEL, PERSISTENCE, TREND = "model", "persistence", "trend"
SLOWEST, FASTEST = 0.8, 1.25
"""Limits of a practice's yearly growth in the trend."""
REFERENCES = (PERSISTENCE, TREND)


def judge(
    region: Region,
    later: PublishedRegister,
    runs: Sequence[Counted],
    *,
    earlier: PublishedRegister | None = None,
    groups: Sequence[Group] | None = None,
    lookup: Path | None = None,
) -> list[Row]:
    """Every measure of the model, persistence and (with an ``earlier`` register or list sizes) trend.

    Args:
        region: what the runs started from, with its register.
        later: the register, or list sizes, to be compared with.
        runs: the register of every seed in the month of ``later``.
        earlier: list sizes or a register of a month before the start, for the trend.
        groups: practices to look at by name; the region's largest digital provider where None.
        lookup: file of 2011 and 2021 LSOAs, for a register with 2021 codes.

    Raises:
        InputError: the region has no register, or the published register does not fit it.
    """
    if region.registration_area is None:
        raise InputError(f"region {region.about.get('name')}: has no register to start from; import one of the start")
    told = locate(region, within(region, later), lookup)
    axes = make_axes([region], [told, *runs])
    observed = told.on(axes)
    start, carried = published(axes, region), outside(axes, region)
    whole = together([start, carried], len(axes.practices))
    ours = [together([run.on(axes), carried], len(axes.practices)) for run in runs]
    candidates = [expected(MODEL, ours, axes, whole), Candidate(PERSISTENCE, whole)]
    if earlier is not None:
        first = months_since_1970(month_of(str(region.about["date"])))
        ahead, back = (months_since_1970(other.month) - first for other in (later, earlier))
        if back >= 0:
            raise InputError(f"--before {earlier.name}: is of {earlier.month:%Y-%m}, expected a month before the start")
        ratio = growth(axes, whole, earlier, ahead / -back, 12 / -back)
        candidates.append(Candidate(TREND, whole._replace(patients=whole.patients * ratio[whole.practice])))
    return compare(axes, observed, candidates, digital_groups(region) if groups is None else groups, whole)


def growth(axes: Axes, start: Register, earlier: PublishedRegister, ahead: float, a_year: float) -> np.ndarray:
    """Ratio of each practice's list in the trend to that at the start, float64[N].

    ``ahead`` and ``a_year`` are the months ahead and a year, over the months between the two registers.
    """
    lists = axes.lists(start)
    known = np.isin(earlier.practice, axes.practices)
    before = np.bincount(axes.positions(earlier.practice[known]), earlier.patients[known], len(axes.practices))
    both = (before > 0) & (lists > 0)
    ratio = np.full(len(lists), lists[both].sum() / before[both].sum() if both.any() else 1.0)
    ratio[both] = lists[both] / before[both]
    yearly = np.clip(ratio**a_year, SLOWEST, FASTEST)
    found: np.ndarray = yearly ** (ahead / a_year)
    return found


def digital_groups(region: Region) -> list[Group]:
    """The region's largest digital provider, or nothing."""
    digital = np.flatnonzero(region.provider_kind == "digital")
    if not len(digital):
        return []
    largest = digital[np.argmax(region.list_size[digital])]
    return [Group(str(region.practice_names[largest]), (str(region.practices[largest]),))]


def named_groups(region: Region, codes: Sequence[str]) -> list[Group]:
    """A group for each practice code.

    Raises:
        InputError: the region has no such practice.
    """
    found = []
    for code in codes:
        at = np.flatnonzero(region.practices == code)
        if not len(at):
            raise InputError(f"--practice {code}: found no such practice in {region.about.get('name')}; give its code")
        found.append(Group(str(region.practice_names[at[0]]), (code,)))
    return found
