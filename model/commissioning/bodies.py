"""Commissioners, responsible for the registered, and authorities, responsible for the resident, as Mesa agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

if TYPE_CHECKING:
    from model.model import RegistrationModel


class Commissioner(mesa.Agent):
    """A CCG on fixed boundaries: paid for its practices' patients, wherever they live."""

    def __init__(self, model: RegistrationModel, position: int) -> None:
        """Commissioner number ``position`` of the region."""
        super().__init__(model)
        self.position = position

    @property
    def code(self) -> str:
        """Code."""
        return str(self.model.region.commissioners[self.position])

    @property
    def name(self) -> str:
        """Name."""
        return self.model.region.name_of(self.code)

    @property
    def residents(self) -> int:
        """People living in its area."""
        return int(self.model.counts.by_commissioner("residents")[self.position])

    @property
    def registered(self) -> int:
        """Patients on the lists of its practices."""
        return int(self.model.counts.by_commissioner("registered")[self.position])

    @property
    def ghosts(self) -> int:
        """Of them, ghosts."""
        return int(self.model.counts.by_commissioner("ghosts")[self.position])

    @property
    def inflow(self) -> int:
        """Patients who live elsewhere (true addresses)."""
        flows = self.model.counts.true_flows
        return int(flows[:, self.position].sum() - flows[self.position, self.position])

    @property
    def outflow(self) -> int:
        """Residents registered elsewhere (true addresses)."""
        flows = self.model.counts.true_flows
        return int(flows[self.position].sum() - flows[self.position, self.position])

    @property
    def net_flow(self) -> int:
        """Inflow less outflow."""
        return self.inflow - self.outflow


class Authority(mesa.Agent):
    """A local authority: responsible for everyone who lives in it, whoever's list they are on."""

    def __init__(self, model: RegistrationModel, position: int) -> None:
        """Authority number ``position`` of the region."""
        super().__init__(model)
        self.position = position

    @property
    def code(self) -> str:
        """Code."""
        return str(self.model.region.authorities[self.position])

    @property
    def name(self) -> str:
        """Name."""
        return self.model.region.name_of(self.code)

    @property
    def residents(self) -> int:
        """People living in it."""
        return int(self.model.counts.authority_flows.sum(axis=1)[self.position] + self.unregistered)

    @property
    def unregistered(self) -> int:
        """Residents on no list."""
        return int(self.model.counts.authority_unregistered[self.position])

    @property
    def commissioners_met(self) -> float:
        """Effective number of commissioners its registered residents belong to: 1 / sum of squared shares."""
        served = self.model.counts.authority_flows[self.position].astype(float)
        total = served.sum()
        return float(total**2 / (served**2).sum()) if total > 0 else 0.0
