"""What a pattern is: a statement about the world, the band a run has to fall in, and where it is measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from analysis.validation.evidence import Told

ECHO, CALIBRATED, PREDICTED = "input-echo", "calibrated", "predicted"
"""True by construction; a parameter was set so that it holds; nothing was set for it, so that it counts as evidence."""
ANYWHERE, LONDON, ENGLAND = "part", "london", "england"
"""What a region has to hold all of for a figure to be comparable with the published one."""
SCOPES = (ANYWHERE, LONDON, ENGLAND)

Values = Mapping[str, float | str]
"""By part, what one seed shows, or in words why it shows nothing."""


@dataclass(frozen=True)
class Part:
    """One number of a pattern and the band it has to fall in."""

    key: str
    what: str
    target: float
    """Published; NaN where a range is."""
    low: float
    high: float
    unit: str
    """share, people, practices, ratio, km, metres, pounds, million pounds, per 1,000 or index."""
    label: str
    """ECHO, CALIBRATED or PREDICTED."""
    reason: str
    """Why it has that label."""
    scope: str = ANYWHERE
    judged: bool = True
    """Whether it counts for the verdict; one that does not is shown beside the others."""

    def holds(self, value: float) -> bool:
        """Whether a value is in the band, its ends included."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Measurement:
    """Parts measured together in the same runs."""

    situations: tuple[tuple[str, ...], ...]
    """The runs it needs; where there are several entries, the first whose runs can be made is taken."""
    of: Callable[..., Values]
    """Given a seed's run of each situation, the value of each part."""
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Pattern:
    """One of P1 to P25."""

    id: str
    statement: str
    tolerance: str
    source: str
    measurements: tuple[Measurement, ...]
    meaning: str
    """What it means for use where it does not hold."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every part in order."""
        return tuple(part for measurement in self.measurements for part in measurement.parts)


def about(target: float, tolerance: float, relative: bool = False) -> tuple[float, float, float]:
    """Target, low and high of a band around a target; the tolerance is a share of it where ``relative``."""
    reach = abs(target) * tolerance if relative else tolerance
    return target, target - reach, target + reach


def at_least(target: float, low: float) -> tuple[float, float, float]:
    """Target, low and high of a band without an upper end."""
    return target, low, math.inf


def between(low: float, high: float) -> tuple[float, float, float]:
    """Low and high of a band that is published as such, without a target."""
    return math.nan, low, high


Measure = Callable[[Told], Values]
