"""Federations: practices close on the network with one catchment, shared extended access and joint decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from model.geography.clustering import Links, grow_groups, site_links
from model.patients.draws import Purpose
from model.patients.excess import area_draws

if TYPE_CHECKING:
    from model.model import RegistrationModel
    from model.providers.practice_lists import PracticeLists

SMALLEST_OF_AIM, LARGEST_OF_AIM = 0.75, 1.5
"""A federation seeks partners below, and does not pass, these multiples of the practices aimed at (15 and 30 of 20)."""
FEWEST = 2
"""Practices that make a federation."""


class Federation(mesa.Agent):
    """A group of practices: who is in any member's boundary may register with any; may straddle commissioners."""

    def __init__(self, model: RegistrationModel, position: int) -> None:
        """Federation number ``position``."""
        super().__init__(model)
        self.position = position
        self.merged = False

    @property
    def name(self) -> str:
        """Name."""
        return f"federation-{self.position + 1:03d}"

    @property
    def practices(self) -> np.ndarray:
        """Positions of its practices, int[n]."""
        lists = self.model.lists
        return np.flatnonzero((lists.federation == self.position) & lists.exists)

    @property
    def patients(self) -> int:
        """Patients on its practices' lists."""
        return int(self.model.lists.size[self.practices].sum())

    @property
    def commissioners(self) -> np.ndarray:
        """Positions of the commissioners its practices belong to, int[n], sorted."""
        return np.unique(self.model.region.practice_commissioner[self.practices])

    @property
    def straddles(self) -> bool:
        """Whether its practices belong to several commissioners."""
        return len(self.commissioners) > 1

    @property
    def overload(self) -> float:
        """Patient-weighted mean overload of its practices; 0 for no practices."""
        lists, members = self.model.lists, self.practices
        weight = np.maximum(lists.size[members], 1)
        return float((lists.overload[members] * weight).sum() / weight.sum()) if len(members) else 0.0

    def merge(self) -> None:
        """All lists become one, that of the largest practice: a super-practice; but for trusts' and awaited ones."""
        model, members = self.model, self.practices
        members = members[(model.lists.trust[members] < 0) & ~model.awaited[members]]
        self.merged = True
        if len(members) < FEWEST:
            return
        largest = int(members[model.lists.size[members].argmax()])
        for practice in members.tolist():
            if practice != largest:
                model.transfers.merge(practice, largest)
                model.lists.super_practice[practice] = largest


def federate(model: RegistrationModel, share: float, practices: int | None = None, merge: bool = False) -> None:
    """A share of practices is in a federation from now on; later calls add to those there are.

    Willing are those with the lowest keyed draws, whatever the share, digital providers' lists excepted. They join
    neighbours on the network (:func:`grow_groups`), across commissioners' borders too; those already in a federation
    stay in it. A practice that finds nobody within reach stays alone.

    Args:
        model: its ``lists.federation``, ``lists.quality_shift`` and ``federations`` are set.
        share: of practices, 0..1.
        practices: aimed at in a federation; the scenario's where None.
        merge: whether each federation becomes one list.
    """
    parameters, lists = model.scenario.federations, model.lists
    aim = parameters.practices if practices is None else practices
    draws = area_draws(model.scenario.seed, len(lists.size), int(Purpose.FEDERATION))
    conventional = lists.conventional & (model.region.provider_kind != "digital")
    willing = conventional & ((draws < share) | (lists.federation >= 0))
    joined = form_federations(model, willing, aim)
    new = (joined >= 0) & (lists.federation < 0)
    lists.federation[willing] = joined[willing]
    lists.quality_shift[new] += parameters.extended_access
    for position in range(len(model.federations), int(joined.max(initial=-1)) + 1):
        model.federations.append(Federation(model, position))
    lists.changed = True
    if merge:
        for federation in model.federations:
            federation.merge()


def form_federations(model: RegistrationModel, willing: np.ndarray, aim: float) -> np.ndarray:
    """Federation of each practice, int32[P], -1 = none; those there are keep their numbers, new ones follow.

    Args:
        model: its network, sites and present federations.
        willing: practices that are or would be in a federation, bool[P].
        aim: practices aimed at in a federation.
    """
    parameters, region, present = model.scenario.federations, model.region, model.lists.federation
    links = site_links(model.edges, region.practice_area, region.practice_x, region.practice_y, willing)
    near = links.km <= parameters.reach_km
    # Federations there are do not join each other: only links with a newcomer count.
    newcomer = present < 0
    near &= newcomer[links.pairs].any(axis=1)
    groups = grow_groups(
        np.ones(len(willing)),
        Links(links.pairs[near], links.km[near]),
        np.where(willing, 0, -1),
        smallest=SMALLEST_OF_AIM * aim,
        largest=LARGEST_OF_AIM * aim,
        detour=np.inf,
        may_pass=False,
        start=present,
    )
    return _numbered(groups, present)


def federation_allows(lists: PracticeLists, overload: np.ndarray) -> np.ndarray:
    """Whether each practice's federation lets it close its list, bool[P]; a practice in none decides alone.

    A member may close only where the patient-weighted mean overload of its federation is above
    ``federations.close_overload``: before that, members with room take the patients.
    """
    member = (lists.federation >= 0) & lists.exists
    if not member.any():
        return np.ones(len(lists.size), bool)
    federation = lists.federation[member]
    weight = np.maximum(lists.size[member], 1).astype(np.float64)
    mean = np.bincount(federation, overload[member] * weight) / np.maximum(np.bincount(federation, weight), 1.0)
    allows = np.ones(len(lists.size), bool)
    allows[member] = mean[federation] > lists.scenario.federations.close_overload
    return allows


def _numbered(groups: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Groups under the numbers of the federations already in them; groups too small are none."""
    out = np.full(len(groups), -1, np.int32)
    following = int(present.max(initial=-1)) + 1
    for group in range(int(groups.max(initial=-1)) + 1):
        members = np.flatnonzero(groups == group)
        there = present[members]
        if (there >= 0).any():
            out[members] = there.max()
        elif len(members) >= FEWEST:
            out[members] = following
            following += 1
    return out
