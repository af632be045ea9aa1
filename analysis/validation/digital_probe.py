"""The digital list of history runs, month by month, and what was published of its people beside the run's (P11-P14, P25)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.digital_followed import Follower
from analysis.fit_digital import BIRMINGHAM_OPENED, in_birmingham, people_lines

if TYPE_CHECKING:
    from model.model import RegistrationModel


class DigitalList:
    """Follows everybody who joins the list of GP at Hand."""

    def __init__(self, model: RegistrationModel) -> None:
        """Note the start."""
        self.follower = Follower(model)
        self.weight = [float(model.lists.carr_hill[self.follower.host])]

    def after_month(self, model: RegistrationModel) -> None:
        """Note the month."""
        self.follower.after_month(model)
        self.weight.append(float(model.lists.carr_hill[self.follower.host]))

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """The list by month, and figures of its people by name (:func:`analysis.fit_digital.people_lines`).

        ``birmingham`` are those whose nearest site is in Birmingham: in life another list, Y06487, since June 2019.
        """
        run = self.follower.followed(model)
        opened = np.array([month >= BIRMINGHAM_OPENED for month in run.months])
        second = run.by_home[:, in_birmingham(run)].sum(axis=1) * opened
        frame = pd.DataFrame(
            {
                "month": run.months,
                "patients": run.lists,
                "birmingham": second,
                "aged_20_39": run.by_age[:, 20:40].sum(axis=1),
                "carr_hill": self.weight,
                "registered": run.registered,
                "residents": run.residents,
            }
        )
        lines = people_lines(run)
        told = pd.DataFrame(
            {
                "what": [line.what for line in lines],
                "published": [line.published for line in lines],
                "model": [line.model for line in lines],
            }
        )
        return {"digital_list": frame, "digital_people": told}
