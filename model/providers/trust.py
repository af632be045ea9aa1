"""Hospital trusts: they open practices at their site, take over failing ones near it, and steer referrals to themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from mesa.discrete_space import FixedAgent

from model.errors import InputError
from model.patients.draws import Purpose
from model.patients.excess import area_draws
from model.providers.hospital_sites import hospital_sites
from model.providers.referrals import Steering, steering_of
from model.providers.takeovers import active_trusts, best_offers, readiness

if TYPE_CHECKING:
    from model.model import RegistrationModel

ORDER_OF_TRUSTS, ORDER_OF_PRACTICES, OPENINGS = 0, 1, 16
"""Numbers of the keyed draws: which trusts act first, which practices give up first, who opens (plus the month)."""


class Trust(FixedAgent):
    """A hospital trust on the cell of its site's area."""

    def __init__(self, model: RegistrationModel, position: int, area: int, cell: Any = None) -> None:
        """Trust number ``position``, standing in an area."""
        super().__init__(model)
        self.position = position
        self.area = area
        if cell is not None:
            self.cell = cell

    @property
    def name(self) -> str:
        """Name of the place it serves."""
        return f"{self.model.levels.places[self.position]} hospital"

    @property
    def x(self) -> float:
        """Easting of its site, m."""
        return float(self.model.region.x[self.area])

    @property
    def y(self) -> float:
        """Northing of its site, m."""
        return float(self.model.region.y[self.area])

    @property
    def practices(self) -> np.ndarray:
        """Positions of the practices it runs, int[n]."""
        lists = self.model.lists
        return np.flatnonzero((lists.trust == self.position) & lists.exists)

    @property
    def patients(self) -> int:
        """Patients on their lists."""
        return int(self.model.lists.size[self.practices].sum())

    @property
    def has_own_practice(self) -> bool:
        """Whether it runs a practice in the area of its site."""
        return bool((self.model.region.practice_area[self.practices] == self.area).any())

    def take_over(self, practice: int) -> None:
        """Run a practice from now on."""
        self.model.lists.trust[practice] = self.position
        self.model.lists.changed = True

    def open_practice(self) -> int:
        """Open a practice at its site; its position."""
        practice = self.model.open_practice(self.area, "trust", gps=self.model.scenario.trusts.opening_gps)
        self.take_over(practice)
        return practice


def place_trusts(model: RegistrationModel) -> list[Trust]:
    """Give each place a hospital (:func:`hospital_sites`); sets and returns ``model.trusts``.

    Lists a region publishes as run by a trust (``provider_kind`` trust) are given to the nearest.
    """
    region, levels = model.region, model.levels
    sites = hospital_sites(region, levels.area_place, len(levels.places), model.scenario.trusts.distance)
    model.trusts = [Trust(model, position, area, model.network[area]) for position, area in enumerate(sites.tolist())]
    theirs = model.lists.exists & (region.provider_kind == "trust")
    if theirs.any():
        model.lists.trust[theirs] = km_to_trusts(model)[theirs].argmin(axis=1)
    return model.trusts


def km_to_trusts(model: RegistrationModel) -> np.ndarray:
    """Straight-line km from each practice to each trust, float64[P, T]."""
    region = model.region
    area = np.array([trust.area for trust in model.trusts], np.int64)
    return (
        np.hypot(
            region.practice_x[:, None] - region.x[area][None, :], region.practice_y[:, None] - region.y[area][None, :]
        )
        / 1000.0
    )


def take_over(model: RegistrationModel, share: float) -> int:
    """Trusts take over practices until they run a share of all; kept up each April. Returns how many changed hands.

    The trusts that act (:func:`active_trusts`) make offers; practices give up in order of :func:`readiness` and go to
    the trust that gains most, where it gains at all. Trusts stop short of the share when no practice is worth it.

    Args:
        model: its ``lists.trust`` and ``trust_share`` are set.
        share: of all practices, 0..1.
    """
    model.trust_share = share
    parameters, lists = model.scenario.trusts, model.lists
    run = lists.exists & (lists.trust >= 0)
    wanted = round(share * lists.exists.sum()) - int(run.sum())
    if wanted <= 0 or not model.trusts:
        return 0
    km = km_to_trusts(model)
    seed, practices = model.scenario.seed, len(lists.size)
    near = np.where(lists.exists, km.argmin(axis=1), -1)
    order = np.argsort(area_draws(seed, len(model.trusts), int(Purpose.TRUST), ORDER_OF_TRUSTS), kind="stable")
    active = active_trusts(near, order, parameters, share)
    active[lists.trust[run]] = True
    free = lists.conventional & (lists.trust < 0) & (model.region.provider_kind != "digital")
    surplus, bidder = best_offers(km, active, lists.size, lists.margin, parameters)
    ready = readiness(
        lists.size, lists.margin, lists.load, lists.satisfaction, free, model.scenario.practices.exit_size_slope,
        model.scenario.satisfaction.spread, parameters,
        area_draws(seed, practices, int(Purpose.TRUST), ORDER_OF_PRACTICES),
    )  # fmt: skip
    room = np.ceil(parameters.hold * np.bincount(near[near >= 0], minlength=len(model.trusts))).astype(np.int64)
    room -= np.bincount(lists.trust[run], minlength=len(model.trusts))
    taken = 0
    for practice in np.argsort(-ready, kind="stable").tolist():
        trust = int(bidder[practice])
        if not free[practice] or trust < 0 or surplus[practice] <= 0 or room[trust] <= 0:
            continue
        model.trusts[trust].take_over(practice)
        room[trust] -= 1
        taken += 1
        if taken == wanted:
            break
    return taken


def trusts_act(model: RegistrationModel) -> None:
    """Each April, where trusts may run practices: some open one at their site; others are taken over up to the share."""
    if model.trust_share <= 0 or not model.trusts:
        return
    parameters, lists = model.scenario.trusts, model.lists
    number = OPENINGS + model.month_number
    draws = area_draws(model.scenario.seed, len(model.trusts), int(Purpose.TRUST), number)
    wanted = round(model.trust_share * lists.exists.sum()) - int((lists.exists & (lists.trust >= 0)).sum())
    for trust in model.trusts:
        if (
            wanted > 0
            and len(trust.practices)
            and not trust.has_own_practice
            and draws[trust.position] < parameters.openings
        ):
            try:
                trust.open_practice()
            except InputError:  # no place in reserve is left
                break
            wanted -= 1
    take_over(model, model.trust_share)


def steering(model: RegistrationModel) -> Steering:
    """Referral shares of trusts with and without the practices they run."""
    parameters, lists = model.scenario.trusts, model.lists
    owner = np.where(lists.exists, lists.trust, -1)
    size = np.where(lists.exists, lists.size, 0)
    return steering_of(km_to_trusts(model), parameters.distance, parameters.steering, owner, size)
