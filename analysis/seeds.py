"""What several seeds of one scenario say together: their mean, their range, and how sure the mean is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

CONFIDENCE = 0.95
FEWEST = 3
"""Seeds an interval is given for: that of two is about nine times as wide as they are apart."""


def summed_up(frame: pd.DataFrame, by: Sequence[str], value: str) -> pd.DataFrame:
    """Mean, lowest and highest of a value over seeds, and the interval of the mean.

    Args:
        frame: one row for each seed and key, with a column ``seed``.
        by: columns of the key; rows keep the order in which keys first appear.
        value: column summed up; seeds without a value are left out.

    Returns:
        The key, ``mean``, ``low`` and ``high`` (range of the seeds), ``from`` and ``to`` (95% interval of the mean by
        Student's t, as Student 1908; NaN with fewer than three seeds) and ``seeds`` (number with a value).
    """
    groups = frame.groupby(list(by), sort=False, observed=True)[value]
    found = groups.agg(mean="mean", low="min", high="max", spread="std", seeds="count").reset_index()
    seeds = found["seeds"].to_numpy()
    several = seeds >= FEWEST
    half = np.full(len(found), np.nan)
    half[several] = (
        stats.t.ppf((1 + CONFIDENCE) / 2, seeds[several] - 1)
        * found["spread"].to_numpy()[several]
        / np.sqrt(seeds[several])
    )
    found["from"], found["to"] = found["mean"] - half, found["mean"] + half
    return found[[*by, "mean", "low", "high", "from", "to", "seeds"]]
