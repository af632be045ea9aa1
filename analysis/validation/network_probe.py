"""Catchments of primary care networks, counted from the patients in one month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.validation.probes import chunks
from model.measures import catchments
from model.patients.columns import NONE

if TYPE_CHECKING:
    from model.model import RegistrationModel


class NetworkCatchments:
    """Registered patients and plurality catchment of each primary care network in one month (P22)."""

    def __init__(self, model: RegistrationModel, month: int) -> None:
        """Count when month number ``month`` begins."""
        self.month = month
        self.frame = pd.DataFrame(
            {name: [] for name in ("network", "patients", "catchment", "both", "rural", "decile")}
        )
        self.after_month(model)

    def after_month(self, model: RegistrationModel) -> None:
        """Count once."""
        lists, region = model.lists, model.region
        networks = int(lists.network.max(initial=-1)) + 1
        if model.month_number != self.month or networks == 0:
            return
        columns, areas = model.engine.columns, len(region.areas)
        counts = np.zeros((areas, networks), np.int32)
        of = np.append(lists.network, np.full(NONE + 1 - len(lists.network), -1, lists.network.dtype))
        for part in chunks(model.engine.rows):
            network = of[columns.practice[part]]
            on = network >= 0
            np.add.at(counts, (columns.recorded[part][on], network[on]), 1)
        area, network = np.nonzero(counts)
        found = catchments.plurality_catchments(area, network, counts[area, network], areas, networks)
        held = np.maximum(found.registered, 1)
        self.frame = pd.DataFrame(
            {
                "network": np.arange(networks),
                "patients": found.registered,
                "catchment": found.catchment,
                "both": found.both,
                "rural": region.rural.astype(np.float64) @ counts / held,
                "decile": region.deprivation_decile.astype(np.float64) @ counts / held,
            }
        )

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """A row a network."""
        return {"network_catchments": self.frame}
