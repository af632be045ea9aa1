"""All patterns in the order of their numbers, and the runs they need."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.validation import patterns_of_places, patterns_of_practices
from analysis.validation.pattern import Measurement

PATTERNS = {
    pattern.id: pattern
    for pattern in sorted(
        (*patterns_of_practices.PATTERNS, *patterns_of_places.PATTERNS), key=lambda pattern: int(pattern.id[1:])
    )
}
"""P1 to P25 by id."""


def chosen(measurement: Measurement, there: Iterable[str]) -> tuple[str, ...] | None:
    """The situations a measurement is made in, of those that can be run; None = it cannot be made."""
    there = set(there)
    return next((each for each in measurement.situations if there.issuperset(each)), None)


def situations_needed(there: Iterable[str]) -> list[str]:
    """Situations any pattern is measured in, of those that can be run, in the order in which they come up."""
    there = list(there)
    found = [chosen(measurement, there) for pattern in PATTERNS.values() for measurement in pattern.measurements]
    return list(dict.fromkeys(name for each in found if each for name in each))
