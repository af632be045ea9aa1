"""Practices as patterns compare them, at the start, every April and at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from model.patients.casemix import BANDS_FROM
from model.providers.decisions import near_conventional
from model.providers.rivals import rivals_within

if TYPE_CHECKING:
    from model.model import RegistrationModel


class Profiles:
    """Each practice at the start, every April and at the end: age, deprivation, rivals, overload, satisfaction, weight.

    For P19, P20, P21 and P24. ``grown`` is the list over that at the start, lists merged into it taken into account.
    """

    def __init__(self, model: RegistrationModel) -> None:
        """Look at the start."""
        self.frames = {model.month_number: self._look(model)}

    def after_month(self, model: RegistrationModel) -> None:
        """Look in April."""
        if model.month.month == 4:
            self.frames[model.month_number] = self._look(model)

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """A row a conventional practice and month: the first, every April, the last."""
        self.frames[model.month_number] = self._look(model)
        return {"practice_profiles": pd.concat(self.frames.values(), ignore_index=True)}

    def _look(self, model: RegistrationModel) -> pd.DataFrame:
        lists, region, mix = model.lists, model.region, model.casemix
        there = np.flatnonzero(lists.conventional & (lists.size > 0))
        ages = mix.practice_ages.sum(axis=1)[there]
        people = np.maximum(ages.sum(axis=1), 1)
        fifths = mix.fifth_practice[:, there].astype(np.float64)
        near, organisation, rules = near_conventional(model), lists.organisation(), model.practice_rules
        rivals = {
            name: rivals_within(near, organisation, km)[there]
            for name, km in (("close_rivals", rules.close_rivals_km), ("near_rivals", rules.rivals_km))
        }
        return pd.DataFrame(
            {
                "month": model.month,
                "practice": region.practices[there],
                "list_size": lists.size[there],
                "aged_65_up": ages[:, np.array(BANDS_FROM) >= 65].sum(axis=1) / people,
                "fifth": (np.arange(1, 6) @ fifths) / np.maximum(fifths.sum(axis=0), 1.0),
                "rural": region.rural[region.practice_area[there]],
                "carr_hill": lists.carr_hill[there],
                "satisfaction": lists.satisfaction[there],
                "continuity": lists.continuity[there],
                "overload": lists.overload[there],
                "grown": lists.size[there] / lists.starting_size[there],
                **rivals,
            }
        )
