"""A tenth of practices made better by one SD, and who chooses them: the experiment behind pattern P7."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.validation.probes import chunks
from model.patients.columns import ARRIVED, DISPLACED, FIRST, FOLLOWED, MOVED, NONE, SWITCHED
from model.patients.draws import Purpose
from model.patients.excess import area_draws

if TYPE_CHECKING:
    from model.model import RegistrationModel

CHOSEN = (ARRIVED, FIRST, MOVED, SWITCHED, FOLLOWED, DISPLACED)
"""Causes of registrations that follow from a choice of practice."""
RAISED_SHARE = 0.1
HIGHEST_RAISED = 0.9
"""Satisfaction above which a practice is not raised by one SD: there is no room up to 1."""
SMALLEST = 1000
"""List below which a practice is not raised."""


def raise_quality(model: RegistrationModel) -> None:
    """A tenth of practices become better by one SD of satisfaction, for good (P7)."""
    lists = model.lists
    chosen = raised(model)
    spread = model.scenario.satisfaction.spread
    lists.satisfaction[chosen] += spread
    lists.quality_shift[chosen] += spread


def raised(model: RegistrationModel) -> np.ndarray:
    """Those practices, bool[P]: conventional lists of 1,000 and more at the start, by a draw keyed by seed and practice."""
    lists = model.lists
    draws = area_draws(model.scenario.seed, len(lists.size), int(Purpose.QUALITY), 1)
    room = lists.starting_satisfaction < HIGHEST_RAISED
    return (draws < RAISED_SHARE) & lists.conventional & (lists.starting_size >= SMALLEST) & room


class Raised:
    """Which practices were, or in the run beside it would have been, made better, and who chose them."""

    def __init__(self, model: RegistrationModel) -> None:
        """Note them before anything is changed."""
        self.which = np.flatnonzero(raised(model))
        self.chosen = np.zeros(len(model.region.practices), np.int64)

    def after_month(self, model: RegistrationModel) -> None:
        """Count the month's registrations that somebody chose; births and mergers are nobody's choice."""
        month, columns = model.month_number - 1, model.engine.columns
        for part in chunks(model.engine.rows):
            rows = np.flatnonzero(columns.since[part] == month)
            practice = columns.practice[part][rows[np.isin(columns.cause[part][rows], CHOSEN)]]
            self.chosen += np.bincount(practice[practice != NONE], minlength=len(self.chosen))

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """A row a practice: ``chosen`` registrations over the run."""
        return {
            "raised": pd.DataFrame({"practice": model.region.practices[self.which], "chosen": self.chosen[self.which]})
        }
