"""Digital providers: practices that register people from anywhere their sites reach, and see them on a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from model.errors import InputError
from model.patients.choose import Options
from model.patients.digital import COHORTS, Digital
from model.patients.digital_counts import people_by_cohort
from model.patients.rates import OLDEST, by_single_year
from model.providers.digital_lists import becomes_digital, leaves_the_street, split_list_of
from model.providers.digital_provider import DigitalProvider
from model.providers.digital_room import expected_joiners
from model.providers.digital_sites import (
    EVERYWHERE,
    Campaign,
    Site,
    busiest_areas,
    nearest_site_km,
    reach_from_minutes,
    site_limits,
)

if TYPE_CHECKING:
    from model.model import RegistrationModel

FEWEST_PEERS = 50.0
"""People of a cohort around an area that fewer count as: a handful who joined are not a movement."""
FORGOTTEN = 1e-3
"""Strength below which a new site's campaign is no longer felt; 1 in the month it begins."""


class DigitalMarket:
    """All digital providers of a run, and the tables patients read of them.

    Attributes:
        providers: in the order of their launch, which is that of the tables.
        tables: what patients read, written to in place.
        advantage: what the pull of providers to come is multiplied by.
    """

    def __init__(self, model: RegistrationModel, providers: int) -> None:
        """Room for ``providers``; those the region already has are established at the start."""
        self.model = model
        region, d = model.region, model.scenario.digital
        areas, practices = len(region.areas), len(region.practices)
        self.providers: list[DigitalProvider] = []
        self.advantage = 1.0
        shape = (providers, areas)
        appeal = by_single_year(d.appeal_ages, d.appeal)[None, :] * np.array([[d.appeal_men], [2.0 - d.appeal_men]])
        self.tables = Digital(
            reach=np.zeros(shape, np.float32),
            pull=np.zeros((*shape, COHORTS), np.float32),
            contract=np.zeros(shape, np.int32),
            provider=model.lists.provider,
            appeal=appeal,
            most=appeal.max(axis=0) * 2.0,
            most_in=np.zeros(areas),
            leaves_early=np.full(providers, d.leaves_early),
            leaves_later=np.full(providers, d.leaves_later),
            early_months=d.early_months,
            back_early=d.back_early,
            back_later=d.back_later,
            work_pull=d.work_pull,
            choosing_ratio=d.choosing_ratio,
            least_aged=d.affinity_least_aged,
            frailty=d.affinity_frailty,
        )
        assert practices == len(model.lists.provider)
        self._full_reach = np.zeros(shape, np.float32)
        self._around: sp.csr_matrix | None = None
        self._people: np.ndarray | None = None
        self._people_around: np.ndarray | None = None
        self._by_work: tuple[np.ndarray, np.ndarray] | None = None
        for host in np.flatnonzero(region.provider_kind == "digital"):
            provider = self._found(region.practice_names[host], int(host), model.month_number - d.established_months)
            for area in busiest_areas(region, d.established_sites, first=int(region.practice_area[host])):
                self._add_site(provider, area, 0)

    def launch(
        self,
        name: str,
        commissioner: int,
        sites: int = 1,
        reach_km: float = 0.0,
        marketing: float = 1.0,
        cap: int = 0,
        practice: int = -1,
        at: tuple[int, ...] = (),
    ) -> DigitalProvider:
        """A digital provider starts, and its host's list becomes digital.

        Args:
            name: what it is called.
            commissioner: position of the commissioner its host belongs to.
            sites: how many places it sees people at, the busiest ones near its first; where ``at`` is empty.
            reach_km: farthest km from a site it takes people from; 0 = travel time alone decides.
            marketing: its marketing against the parameter's.
            cap: most patients; 0 = none.
            practice: position of the practice that hosts it; -1 = a new one.
            at: areas of its sites.

        Raises:
            InputError: no room for another provider.
        """
        model, region = self.model, self.model.region
        if practice < 0:
            area = busiest_areas(region, 1, within=region.area_commissioner == commissioner)[0]
            practice = model.open_practice(area, "digital", commissioner=commissioner, name=name)
        provider = self._found(name, practice, model.month_number)
        provider.marketing, provider.cap, provider.limit_km = marketing, cap, reach_km
        provider.campaigns = [Campaign(model.month_number, EVERYWHERE)]
        first = int(region.practice_area[practice])
        for area in at or busiest_areas(region, sites, first=first):
            self._add_site(provider, area, 0)
        leaves_the_street(model, practice)
        model.count_digital(practice)
        self.count_cohorts()
        return provider

    def _found(self, name: str, host: int, launched: int) -> DigitalProvider:
        number = len(self.providers)
        if number >= len(self.tables.reach):
            raise InputError(f"digital-launch: more than {len(self.tables.reach)} digital providers; launch fewer")
        provider = DigitalProvider(self.model, number, str(name), host, launched)
        provider.advantage = self.advantage
        self.providers.append(provider)
        self.model.lists.provider[host] = number
        self.model.region.provider_kind[host] = "digital"
        self.tables.contract[number] = host
        becomes_digital(self.model, host)
        return provider

    def hire(self) -> None:
        """Digital providers buy the doctors' time their lists need, at the patients a GP of the median practice."""
        lists = self.model.lists
        digital = lists.provider >= 0
        if not digital.any():
            return
        usual = lists.starting_load[lists.exists & ~digital & (lists.opened == 0)]
        lists.starting_load[digital] = np.median(usual) if usual.size else lists.starting_load[digital]
        lists.gps_fte[digital] = lists.size[digital] / lists.starting_load[digital]

    def named(self, name: str) -> DigitalProvider:
        """A provider by name; the first one where the name is empty.

        Raises:
            InputError: there is none, or none of that name.
        """
        if not self.providers:
            raise InputError(f"digital provider {name!r}: the run has none yet; put a digital-launch before")
        if not name:
            return self.providers[0]
        for provider in self.providers:
            if provider.name == name or self.model.region.practices[provider.host] == name:
                return provider
        there = ", ".join(provider.name for provider in self.providers)
        raise InputError(f"digital provider: found {name!r}, expected one of {there}")

    def open_site(self, name: str, at: int, cap: int = 0) -> None:
        """A provider opens a site in an area, and from now on takes people from wherever its sites reach.

        A campaign goes with it: where the site is the nearest, or, if the provider reaches farther than before,
        everywhere.

        ``cap`` is the most patients who may live nearest to it; 0 = no limit.
        """
        provider = self.named(name)
        widens = provider.limit_km > 0
        provider.limit_km = 0.0
        self._add_site(provider, at, cap)
        site = EVERYWHERE if widens else len(provider.sites) - 1
        provider.campaigns.append(Campaign(self.model.month_number, site))

    def set_cap(self, name: str, cap: int = 0) -> None:
        """Set the most patients a provider may have, or (0) lift every cap on it and on its sites."""
        provider = self.named(name)
        provider.cap = cap
        if cap == 0:
            provider.sites = [Site(site.area, 0) for site in provider.sites]

    def fail(self, name: str = "", at_once: float = 0.0) -> None:
        """A provider goes under: nobody joins any more and its lists are closed down overnight."""
        provider = self.named(name)
        provider.failed = True
        for practice in np.flatnonzero(self.model.lists.provider == provider.number):
            self.model.transfers.disperse(int(practice), at_once)

    def split(self, threshold: int) -> int:
        """Lists are split: a commissioner with more than ``threshold`` of a provider's patients gets a contract of its own.

        Where it has one already, those of its residents who are still on the provider's first list join it.

        Returns:
            Contracts made.
        """
        return sum(split_list_of(self.model, provider, threshold) for provider in self.providers if not provider.failed)

    def scale(self, ratio: float, provider: str = "") -> None:
        """Multiply the advantage over other practices of one provider, or of all there are and will be.

        The latter where every practice offers remote care.
        """
        if not provider:
            self.advantage *= ratio
        for one in [self.named(provider)] if provider else self.providers:
            one.advantage *= ratio

    def _add_site(self, provider: DigitalProvider, area: int, cap: int) -> None:
        provider.sites.append(Site(area, cap))
        d = self.model.scenario.digital
        km = nearest_site_km(self.model.region, [site.area for site in provider.sites])[0]
        minutes = km / d.speed * 60.0
        reach = reach_from_minutes(minutes, d.minutes, d.minutes_fade)
        if provider.limit_km > 0:
            reach = np.where(km <= provider.limit_km, reach, 0.0)
        self._full_reach[provider.number] = reach

    def count_cohorts(self) -> None:
        """Count residents by area and birth cohort, against whom word of mouth is counted: at a launch and each July."""
        if self.providers:
            engine = self.model.engine
            self._people = people_by_cohort(engine.columns, engine.rows, len(self.model.region.areas))
            self._people_around = None

    def prepare(self, options: Options, residence_only: bool) -> tuple[np.ndarray, float]:
        """Set reach and pull of the month, and their bound; returns bounds on joining by age, float64[111], and leaving."""
        if not self.providers:
            return np.zeros(OLDEST + 1), 0.0
        model, d, tables = self.model, self.model.scenario.digital, self.tables
        now, region = model.month_number, model.region
        for provider in self.providers:
            k = provider.number
            local = np.ones(len(region.areas), bool)
            if residence_only:
                local = region.practice_commissioner[tables.contract[k]] == region.area_commissioner
            tables.reach[k] = self._full_reach[k] * (0.0 if provider.failed else local)
            marketing = d.marketing * provider.marketing * (1.0 + d.launch * self._campaigning(provider, now))
            peers = self._peers(model.counts.digital[k])
            # Caps are on joining: who is on the list and moves within reach stays on it.
            full = bool(provider.cap) and provider.list_size >= provider.cap
            room = np.zeros(1) if full else site_limits(region, provider.sites, provider.residents_by_area)
            room = (room * local)[:, None]  # who works where it may register people but lives elsewhere may not join
            tables.pull[k] = provider.advantage * (marketing[:, None] + d.word_of_mouth * peers) * room
            if provider.cap and not full:
                tables.pull[k] *= self._share_let_in(provider, options, now)
        reached = np.maximum(tables.reach, self._reach_by_work(options))[:, :, None] * tables.pull
        tables.most_in[:] = reached.sum(axis=0).max(axis=1) * 1.0001
        joining = np.minimum(tables.most * tables.most_in.max(initial=0.0), 1.0)
        return joining, max(d.leaves_early, d.leaves_later)

    def _share_let_in(self, provider: DigitalProvider, options: Options, now: int) -> float:
        """Share of those who would join a provider with a cap this month for whom there is room, 0-1."""
        if self._people is None:
            return 1.0
        choosing = self.model.scenario.registration.list_turnover / 12.0
        expected = expected_joiners(self.tables, provider.number, self._people, options, now, choosing)
        return min((provider.cap - provider.list_size) / expected, 1.0) if expected > 0 else 1.0

    def _reach_by_work(self, options: Options) -> np.ndarray:
        """Reach of the best workplace of each area's residents, float64[D, A]; the one of last month where it still holds."""
        reach = self.tables.reach
        if self._by_work is None or not np.array_equal(self._by_work[0], reach):
            by_work = self.model.scenario.digital.work_pull * reach[:, options.workplaces].max(axis=2)
            self._by_work = reach.copy(), by_work
        return self._by_work[1]

    def _campaigning(self, provider: DigitalProvider, now: int) -> np.ndarray:
        """Strength of the campaigns still felt in each area, float64[A]; 1 in the month one begins."""
        strength = np.zeros(len(self.model.region.areas))
        nearest = np.zeros(0)
        for campaign in provider.campaigns:
            felt = float(np.exp(-(now - campaign.month) / self.model.scenario.digital.launch_months))
            if campaign.site == EVERYWHERE:
                strength += felt
            elif felt > FORGOTTEN:
                if not len(nearest):
                    nearest = nearest_site_km(self.model.region, [site.area for site in provider.sites])[1]
                strength += felt * (nearest == campaign.site)
        return strength

    def _peers(self, joined: np.ndarray) -> np.ndarray:
        """Share of people of one's cohort, in one's area and those it touches, who have joined: float64[A, COHORTS]."""
        region = self.model.region
        if self._around is None:
            a, b = self.model.edges.pairs.T
            n = len(region.areas)
            links = sp.coo_matrix((np.ones(len(a)), (a, b)), (n, n))
            self._around = sp.csr_matrix(links + links.T + sp.eye(n))
        if self._people is None:
            return np.zeros(joined.shape)
        around: Any = self._around
        if self._people_around is None:
            self._people_around = np.maximum(around @ self._people, FEWEST_PEERS)
        return (around @ joined) / self._people_around
