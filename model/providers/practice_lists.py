"""The lists patients choose among, as columns over all practices: sizes, loads, satisfaction, boundaries, belonging."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from model.errors import InputError
from model.geography.region import Region
from model.patients.draws import Purpose
from model.patients.excess import area_draws
from model.providers.satisfaction import national_level, national_shift, own_spread, starting_gap
from model.scenario import Scenario

SMALLEST_LIST = 1.0
"""Patients that an empty list counts as, where lists are compared or divided."""
FEWEST_GPS = 0.1
"""Full-time equivalents that a practice without GPs counts as, where patients are divided by them."""
UNKNOWN_LOAD = 2000.0
"""Patients per GP where no practice of the region has GPs published (assumed)."""
TENTH_TO_NINETIETH = 2.563
"""Standard deviations of a normal distribution between its tenth and its ninetieth centile."""


class PracticeLists:
    """State of all practices in columns, in the order of ``region.practices`` (P practices).

    Attributes:
        size: patients on the list, int64[P].
        ghosts: of them, ghosts, int64[P].
        out_of_area: of them, registered out of area, int64[P].
        joiners: patients who joined this month, int64[P].
        gps_fte: GPs, full-time equivalents, float64[P].
        capacity: what added staff multiply the GPs' capacity by, float64[P].
        starting_load: list over GPs at the start, float64[P]; where no GPs are published, over the region's mean ratio.
        starting_size: list at the start, lists merged into it included, float64[P].
        satisfaction: share of patients satisfied, float64[P].
        starting_satisfaction: the same at the start, float64[P].
        effect: practice effect of the choice utility, float64[P].
        fortune: ups and downs of its appeal that nothing else explains, utility, float64[P]: they fade, and new ones come.
        quality_shift: what organisations, rivals and shocks add to the target of satisfaction, float64[P].
        margin: income less cost, GBP per patient per year, float64[P]; 0 until money is first counted.
        carr_hill: weighted over registered list, mean 1, float64[P].
        exists: on the books, bool[P]; False for places in reserve and for practices that have closed or merged.
        closed_until: month number until which the list takes nobody new, int32[P]; 0 = not closed.
        open: takes new patients, bool[P]: exists and its list is not closed.
        federation, network, trust: position of the organisation it belongs to, int32[P]; -1 = none.
        super_practice: practice whose one list it became part of, int32[P]; -1 = none.
        provider: digital provider whose list it is, int8[P]; -1 = none.
        opened, ended: month numbers, int32[P]; 0 = before the start, not yet.
        inner_km: network km within which new patients are taken, float32[P].
        outer_km: network km within which movers are kept, float32[P].
        takes_out_of_area: bool[P].
        changed: whether boundaries or out-of-area rules changed since the choice tables were built.
    """

    def __init__(
        self,
        region: Region,
        scenario: Scenario,
        effect: np.ndarray,
        inner_km: np.ndarray,
        outer_km: np.ndarray,
        slots: int = 0,
        month: int = 0,
    ) -> None:
        """Practices at the start, the last ``slots`` in reserve, in a month number; sizes are filled in later."""
        practices = len(region.practices)
        known_practices = practices - slots
        self.scenario = scenario
        self.size = np.zeros(practices, np.int64)
        self.ghosts = np.zeros(practices, np.int64)
        self.out_of_area = np.zeros(practices, np.int64)
        self.joiners = np.zeros(practices, np.int64)
        self.effect = effect
        self.fortune = np.zeros(practices)
        known = region.gps_fte > 0
        usual_load = region.list_size[known].sum() / region.gps_fte[known].sum() if known.any() else UNKNOWN_LOAD
        self.gps_fte = np.where(known, region.gps_fte, region.list_size / usual_load)
        self.starting_load = np.ones(practices)
        self.starting_size = np.ones(practices)
        s = scenario.satisfaction
        draws = np.clip(area_draws(scenario.seed, practices, int(Purpose.QUALITY)), 1e-4, 1 - 1e-4)
        self.month = self.start_month = month
        level = national_level(s, month) + own_spread(s) * ndtri(draws)
        level[:known_practices] += starting_gap(region, s.deprivation_gap, known_practices)
        self.satisfaction = np.clip(level, 0.3, 0.99)
        self.starting_satisfaction = self.satisfaction.copy()
        self.capacity = np.ones(practices)
        self.quality_shift = np.zeros(practices)
        self.margin = np.zeros(practices)
        self.carr_hill = np.ones(practices)
        self.exists = np.arange(practices) < known_practices
        self.open = self.exists.copy()
        self.closed_until = np.zeros(practices, np.int32)
        self.federation, self.network, self.trust, self.super_practice = (
            np.full(practices, -1, np.int32) for _ in range(4)
        )
        self.provider = np.full(practices, -1, np.int8)
        self.opened, self.ended = np.zeros(practices, np.int32), np.zeros(practices, np.int32)
        self._slots = known_practices
        self.inner_km, self.outer_km = inner_km.copy(), outer_km.copy()
        self.out_of_area_draw = area_draws(scenario.seed, practices, int(Purpose.OUT_OF_AREA))
        self.out_of_area_share: float | None = None
        self.out_of_area_pilot = np.zeros(practices, bool)
        self.changed = True

    @property
    def conventional(self) -> np.ndarray:
        """Practices on the books that are not a digital provider's list, bool[P]."""
        return self.exists & (self.provider < 0)

    @property
    def takes_out_of_area(self) -> np.ndarray:
        """Practices that take out-of-area patients, by the share of the day or in a pilot, bool[P]."""
        return (self.out_of_area_draw < (self.out_of_area_share or 0.0)) | self.out_of_area_pilot

    def begin_out_of_area(self, share: float) -> None:
        """From now on a share of practices may take out-of-area patients, unless policy set another before."""
        if self.out_of_area_share is None:
            self.allow_out_of_area(share)

    def allow_out_of_area(self, share: float) -> None:
        """Let a share of practices take out-of-area patients: those with the lowest keyed draw, whatever the share."""
        self.out_of_area_share = share
        self.changed = True

    def pilot_out_of_area(self, volunteers: np.ndarray) -> None:
        """Let volunteers, bool[P], take out-of-area patients beside that share, and no volunteers of before."""
        self.out_of_area_pilot = volunteers
        self.changed = True

    def widen_boundaries(self, ratio: float) -> None:
        """Multiply inner and outer boundaries."""
        self.inner_km = (self.inner_km * ratio).astype(np.float32)
        self.outer_km = (self.outer_km * ratio).astype(np.float32)
        self.changed = True

    @property
    def places_used(self) -> int:
        """Practices at the start and places in reserve taken since."""
        return self._slots

    def free_slot(self) -> int:
        """Position of the next place in reserve, which is used up.

        Raises:
            InputError: none is left.
        """
        if self._slots >= len(self.size):
            raise InputError("practices: no place is left for another new practice; lower practices.openings")
        self._slots += 1
        return self._slots - 1

    def close_list(self, which: np.ndarray | int, until: int) -> None:
        """Take nobody new until a month number: a practice by position, or those marked, bool[P]."""
        self.closed_until[which] = until

    def lists_open(self, month: int) -> None:
        """Set which lists are open in a month."""
        self.closed_until[self.closed_until <= month] = 0
        self.open = self.exists & (self.closed_until == 0)

    def organisation(self) -> np.ndarray:
        """Who runs each list, int64[P]: equal numbers are one organisation.

        A trust's practices, a digital provider's lists and a super-practice are one each; any other practice is its own.
        """
        practices = len(self.size)
        out = np.arange(practices)
        joined = self.super_practice >= 0
        out[joined] = self.super_practice[joined]
        out = np.where(self.trust >= 0, practices + self.trust, out)
        return np.where(self.provider >= 0, 2 * practices + self.provider.astype(np.int64), out)

    def join(self, practice: int, into: int, km: float) -> None:
        """One list of two: GPs, attraction and catchment of ``practice`` go to ``into``, ``km`` away.

        Load and satisfaction become the list-weighted means, so that a merger by itself crowds nobody.
        """
        a, b = practice, into
        weight = np.maximum(self.size[[a, b]], SMALLEST_LIST) / np.maximum(self.size[[a, b]], SMALLEST_LIST).sum()
        overload = float(self.overload[[a, b]] @ weight)
        for column in (
            self.satisfaction,
            self.starting_satisfaction,
            self.quality_shift,
            self.fortune,
            self.capacity,
            self.carr_hill,
        ):
            column[b] = float(column[[a, b]] @ weight)
        self.gps_fte[b] += self.gps_fte[a]
        self.effect[b] = np.logaddexp(self.effect[a], self.effect[b])
        self.starting_size[b] += self.starting_size[a]
        patients = np.maximum(self.size[a] + self.size[b], SMALLEST_LIST)
        self.starting_load[b] = patients / max(self.gps_fte[b] * self.capacity[b], FEWEST_GPS) / np.exp(overload)
        self.inner_km[b] = max(self.inner_km[b], self.inner_km[a] + km)
        self.outer_km[b] = max(self.outer_km[b], self.outer_km[a] + km)
        self.out_of_area_draw[b] = self.out_of_area_draw[[a, b]].min()
        self.out_of_area_pilot[b] |= self.out_of_area_pilot[a]
        self.size = self.size.copy()
        self.size[b] += self.size[a]
        self.size[a] = 0

    def end(self, practice: int, month: int) -> None:
        """Strike a practice off the books."""
        self.exists[practice] = self.open[practice] = False
        self.ended[practice] = month
        self.gps_fte[practice] = 0.0
        self.changed = True

    def start_loads(self) -> None:
        """Take the present lists as the starting loads."""
        self.starting_load = self.load
        self.starting_size = np.maximum(self.size, SMALLEST_LIST).astype(np.float64)

    @property
    def load(self) -> np.ndarray:
        """Patients per GP, float64[P]."""
        return np.maximum(self.size, SMALLEST_LIST) / np.maximum(self.gps_fte * self.capacity, FEWEST_GPS)

    @property
    def overload(self) -> np.ndarray:
        """ln(load / starting load), float64[P]."""
        return np.log(self.load / self.starting_load)

    @property
    def national(self) -> float:
        """Change of England's satisfaction since the start, share: part of every practice's, and nobody's doing."""
        return national_shift(self.scenario.satisfaction, self.month, self.start_month)

    @property
    def kept_continuity(self) -> np.ndarray:
        """Continuity against that of a list which has not grown, float64[P]: it falls with growth.

        Forbes et al. 2020; new practices and digital lists have no doctors yet whom a patient could miss.
        """
        growth = np.maximum(self.size, SMALLEST_LIST) / self.starting_size
        growth[(self.opened > 0) | (self.provider >= 0)] = 1.0
        return np.minimum(np.maximum(growth, 0.1) ** -self.scenario.satisfaction.continuity_growth, 2.0)

    @property
    def continuity(self) -> np.ndarray:
        """Share of patients who mostly see the doctor they prefer, float64[P]: the nation's, less where lists grew."""
        s = self.scenario.satisfaction
        surveyed = national_level(s, self.month, s.continuity_years, s.continuity)
        return np.clip(surveyed * self.kept_continuity, 0.0, 1.0)

    def settle_satisfaction(self, month: int) -> None:
        """A month of satisfaction: it closes part of the gap to its target.

        The target falls with load and with the continuity that growth has cost; a list that shrinks gains none (ODD 7.21).
        """
        s = self.scenario.satisfaction
        before = self.national
        self.month = month
        self.satisfaction += self.national - before
        target = self.starting_satisfaction + self.national + self.quality_shift - s.congestion * self.overload
        target -= s.continuity_weight * np.maximum(1.0 - self.kept_continuity, 0.0)
        self.satisfaction += (1.0 - (1.0 - s.adjustment) ** (1.0 / 12.0)) * (target - self.satisfaction)
        np.clip(self.satisfaction, 0.05, 0.99, out=self.satisfaction)

    def appeal(self) -> np.ndarray:
        """exp(effect + fortune + theta x quality change - kappa x overload), float64[2, P]: less, more deprived areas."""
        c, s = self.scenario.choice, self.scenario.satisfaction
        quality = (self.satisfaction - self.national - self.starting_satisfaction) / max(s.spread, 1e-6)
        crowding = c.congestion * np.maximum(self.overload, 0.0)
        theta = c.quality_weight * np.array([c.quality_less_deprived, c.quality_more_deprived])
        lasting = self.effect + self.fortune
        return np.exp(lasting[None, :] + theta[:, None] * quality[None, :] - crowding[None, :])

    def go_on_growing(self, balance: np.ndarray, pace: np.ndarray) -> None:
        """Add to what patients find in each practice at the start: utilities, float64[P] (:mod:`model.patients.momentum`).

        ``balance`` stays; of ``pace`` what momentum says, the rest fades with the fortunes.
        """
        c = self.scenario.choice
        fading = c.momentum / max(c.momentum + c.momentum_lasting, 1e-9)
        self.effect = self.effect + balance + (1.0 - fading) * pace
        self.fortune = fading * pace

    def turn_fortunes(self, month: int) -> None:
        """A month of the fortunes: they fade, and keyed shocks keep their spread (an autoregression of order 1)."""
        c = self.scenario.choice
        kept = 0.5 ** (1.0 / c.fortune_half_life)
        draws = np.clip(area_draws(self.scenario.seed, len(self.fortune), int(Purpose.FORTUNE), month), 1e-9, 1 - 1e-9)
        self.fortune = kept * self.fortune + np.sqrt(1.0 - kept * kept) * c.fortune_spread * ndtri(draws)

    def switching(self) -> np.ndarray:
        """Voluntary switching a year by practice, float64[P]: log-linear in satisfaction, with the published mean.

        The slope gives the published ratio between the tenth and ninetieth centile of the starting spread.
        """
        r, s = self.scenario.registration, self.scenario.satisfaction
        slope = np.log(r.switching_satisfaction_ratio) / max(TENTH_TO_NINETIETH * s.spread, 1e-6)
        usual = national_level(s, self.start_month)
        relative = np.exp(-slope * (self.satisfaction - self.national - usual))
        mean = np.exp(0.5 * (slope * s.spread) ** 2)
        return np.minimum(r.switching * relative / mean, 0.5)
