"""What the colours of the map stand for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

FEW_BEYOND = 99.0
"""Per cent of areas whose values a scale holds; those beyond it have its last colour."""


class Scale(NamedTuple):
    """Colours of a measure and what they stand for."""

    low: float
    high: float
    colours: list[str]
    """Evenly spaced from low to high."""


def top_of(values: np.ndarray) -> float:
    """A round number that all but a few values stay below."""
    shown = values[np.isfinite(values)]
    return round_up(float(np.percentile(np.abs(shown), FEW_BEYOND)) if shown.size else 0.0)


def round_up(value: float) -> float:
    """The next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten; 1 for nothing."""
    if not value > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10):
        if value <= step * power * (1 + 1e-9):
            return float(step * power)
    return float(10 * power)
