"""A digital provider of a run: its host, sites, campaigns, and contracts of its own in other places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from model.providers.digital_sites import Campaign, Site

if TYPE_CHECKING:
    from model.model import RegistrationModel


class DigitalProvider(mesa.Agent):
    """A digital provider: hosted by one practice, so that all its patients count to the host's commissioner.

    Attributes:
        number: its place in the tables patients read (:class:`model.patients.digital.Digital`).
        host: position of the practice that hosts it.
        launched: month number.
        sites: where it sees people.
        marketing: against the parameter's.
        cap: most patients; 0 = none.
        limit_km: farthest km from a site it takes people from; 0 = travel time alone decides.
        advantage: what its pull on people is multiplied by.
        campaigns: begun so far; a provider that is established at the start has none.
        contracts: position of the list of its own for a commissioner, by the commissioner's position.
        failed: whether it has gone under.
    """

    def __init__(self, model: RegistrationModel, number: int, name: str, host: int, launched: int) -> None:
        """Provider ``number``, whose list is that of practice ``host``, since a month number."""
        super().__init__(model)
        self.number, self.name, self.host, self.launched = number, name, host, launched
        self.sites: list[Site] = []
        self.marketing, self.cap, self.limit_km, self.advantage = 1.0, 0, 0.0, 1.0
        self.campaigns: list[Campaign] = []
        self.contracts: dict[int, int] = {}
        self.failed = False

    @property
    def list_size(self) -> int:
        """Patients on its lists, ghosts included."""
        lists = self.model.lists
        return int(lists.size[lists.provider == self.number].sum())

    @property
    def residents_by_area(self) -> np.ndarray:
        """Its patients who are there by area of home, int64[A]."""
        return self.model.counts.digital[self.number].sum(axis=1)
