"""The need that each commissioner answers for, by list and by home, and which of it shares out the pot."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.commissioning.carr_hill import deprivation_uplift

if TYPE_CHECKING:
    from model.model import RegistrationModel

MILLI = 1000.0
"""Case-mix counts need in thousandths of a head of mean need."""


class Need(NamedTuple):
    """Who each of C commissioners answers for, at one moment or on average of several."""

    listed: np.ndarray
    """Patients on lists, ghosts too, float64[C]."""
    list_need: np.ndarray
    """Age weights of the listed, float64[C]."""
    uplifted: np.ndarray
    """The same with the uplift for deprivation, float64[C]."""
    flows: np.ndarray
    """Need by age and frailty of residents by commissioner of home and of registration, last = none, float64[C, C + 1]."""
    crossing: np.ndarray
    """Residents on a list of another commissioner by the latter, float64[C]."""

    @property
    def real(self) -> np.ndarray:
        """Need of present patients by commissioner of registration, float64[C]."""
        return self.flows[:, :-1].sum(axis=0)

    @property
    def inflow(self) -> np.ndarray:
        """Of it, need of those who live elsewhere, float64[C]."""
        return self.real - np.diagonal(self.flows)

    def cost_elsewhere(self, cost: np.ndarray) -> np.ndarray:
        """GBP for residents on lists of other commissioners, at these commissioners' ``cost`` a head of need [C], float64[C]."""
        return self.flows[:, :-1] @ cost - np.diagonal(self.flows) * cost

    @property
    def unregistered(self) -> np.ndarray:
        """Need of residents on no list, float64[C]."""
        return self.flows[:, -1]

    @property
    def residents(self) -> np.ndarray:
        """Need of everyone who lives there, float64[C]."""
        return self.flows.sum(axis=1)


def need_of(model: RegistrationModel) -> Need:
    """Who each commissioner answers for as the case-mix stands, in heads of mean need."""
    mix, counts = model.casemix, model.counts
    commissioners = len(model.region.commissioners)
    commissioner = counts.ground.practice_commissioner
    uplift = deprivation_uplift(mix.fifth_practice, model.scenario.money)

    def by_commissioner(amount: np.ndarray) -> np.ndarray:
        return np.bincount(commissioner, amount, commissioners)

    flows, people = (np.zeros((commissioners, commissioners + 1)) for _ in range(2))
    np.add.at(flows, counts.cells[:, 0], mix.flows_need / MILLI)
    np.add.at(people, counts.cells[:, 0], counts.true.astype(np.float64))
    return Need(
        listed=by_commissioner(mix.practice_ages.sum(axis=(1, 2))),
        list_need=by_commissioner(mix.list_need / MILLI),
        uplifted=by_commissioner(mix.list_need / MILLI * uplift),
        flows=flows,
        crossing=people[:, :-1].sum(axis=0) - np.diagonal(people),
    )


def mean_need(moments: list[Need]) -> Need:
    """The average of several moments."""
    return Need(*(np.mean(np.stack(parts), axis=0) for parts in zip(*moments, strict=True)))


def funding_need(need: Need, funded_by: str, formula: str) -> np.ndarray:
    """The need that shares out the pot, float64[C].

    Args:
        need: of the allocation base.
        funded_by: ``registration`` or ``residence``; residents count with their real need, on a list or not.
        formula: of registered patients: ``carr-hill`` age and deprivation weights of everyone listed, ``need`` the real
            need of those who are there, ``deprivation`` the weights of everyone listed with an uplift.
    """
    if funded_by == "residence":
        return need.residents
    return {"carr-hill": need.list_need, "need": need.real, "deprivation": need.uplifted}[formula]
