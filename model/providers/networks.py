"""Primary care networks: practices of a commissioner close on the network, 30-50k patients, with added staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from model.commissioning.levels import build_networks, neighbourhoods_of_practices, network_codes

if TYPE_CHECKING:
    from model.model import RegistrationModel


APRIL = 4


class PrimaryCareNetwork(mesa.Agent):
    """A group of practices of one commissioner that shares added staff; the neighbourhood level of measurement."""

    def __init__(self, model: RegistrationModel, position: int, code: str, staff: float, years: int) -> None:
        """Network number ``position``, to have ``staff`` (share of GPs' capacity) added over ``years``."""
        super().__init__(model)
        self.position = position
        self.code = code
        self.staff = staff
        self.years = years
        self.in_post = 0.0

    @property
    def name(self) -> str:
        """Its code."""
        return self.code

    @property
    def practices(self) -> np.ndarray:
        """Positions of its practices, int[n]."""
        lists = self.model.lists
        return np.flatnonzero((lists.network == self.position) & lists.exists)

    @property
    def patients(self) -> int:
        """Patients on its practices' lists."""
        return int(self.model.lists.size[self.practices].sum())

    def hire(self) -> None:
        """A year's part of the added staff starts work at all its practices."""
        before = 1.0 + self.in_post
        self.in_post = min(self.in_post + self.staff / self.years, self.staff)
        self.model.lists.capacity[self.practices] *= (1.0 + self.in_post) / before

    def welcome(self, practice: int) -> None:
        """A practice joins, and shares the staff in post."""
        self.model.lists.network[practice] = self.position
        self.model.lists.capacity[practice] *= 1.0 + self.in_post


def form_networks(
    model: RegistrationModel,
    smallest: float | None = None,
    largest: float | None = None,
    staff: float | None = None,
    *,
    published: bool = False,
) -> None:
    """All practices form networks; these are the neighbourhoods from now on. A second call does nothing.

    Args:
        model: its ``lists.network``, ``networks`` and ``levels`` are set. The first year's staff start at once, those of
            networks formed in April with that April's (:func:`networks_act`).
        smallest: patients under which a network seeks partners; the scenario's where None.
        largest: patients a network avoids to pass; the scenario's where None.
        staff: added staff as a share of GPs' capacity; the scenario's where None.
        published: take the region's published networks, where it has them, instead of forming them.
    """
    if model.networks:
        return
    parameters, lists, region = model.scenario.networks, model.lists, model.region
    if published and (region.practice_neighbourhood[lists.exists] != "").any():
        codes, network = neighbourhoods_of_practices(region, parameters, model.edges)
        network = np.where(lists.exists, network, -1)
    else:
        network = build_networks(
            region, lists.size, lists.exists, parameters, edges=model.edges, smallest=smallest, largest=largest
        )
        codes = network_codes(int(network.max(initial=-1)) + 1)
    lists.network[:] = network
    added = parameters.staff if staff is None else staff
    model.networks = [
        PrimaryCareNetwork(model, position, code, added, parameters.staff_years)
        for position, code in enumerate(codes.tolist())
    ]
    model.levels = model.levels.with_networks(codes, lists.network)
    if model.month.month != APRIL:
        for group in model.networks:
            group.hire()


def networks_act(model: RegistrationModel) -> None:
    """Each April: another part of the added staff starts; practices that opened since join the network of their area."""
    if not model.networks:
        return
    lists = model.lists
    for group in model.networks:
        group.hire()
    for practice in np.flatnonzero(lists.exists & (lists.network < 0)).tolist():
        model.networks[int(model.levels.practice_neighbourhood[practice])].welcome(practice)
