"""Practices: the lists patients choose among, as columns for the choice and as Mesa agents to look at and to act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from mesa.discrete_space import FixedAgent
from scipy.special import ndtri

from model.geography.region import Region
from model.patients.draws import Purpose
from model.patients.excess import area_draws
from model.scenario import Scenario

if TYPE_CHECKING:
    from model.model import RegistrationModel

SMALLEST_LIST = 1.0


class PracticeLists:
    """State of all practices in columns, in the order of ``region.practices`` (P practices).

    Attributes:
        size: patients on the list, int64[P].
        ghosts: of them, ghosts, int64[P].
        out_of_area: of them, registered out of area, int64[P].
        joiners: patients who joined this month, int64[P].
        gps_fte: GPs, full-time equivalents, float64[P].
        starting_load: list over GPs at the start, float64[P]; where no GPs are published, over the region's mean ratio.
        satisfaction: share of patients satisfied, float64[P].
        starting_satisfaction: the same at the start, float64[P].
        effect: practice effect of the choice utility, float64[P].
        open: takes new patients, bool[P].
        inner_km: network km within which new patients are taken, float32[P].
        outer_km: network km within which movers are kept, float32[P].
        takes_out_of_area: bool[P].
        changed: whether boundaries or out-of-area rules changed since the choice tables were built.
    """

    def __init__(
        self, region: Region, scenario: Scenario, effect: np.ndarray, inner_km: np.ndarray, outer_km: np.ndarray
    ) -> None:
        """Practices at the start; list sizes are filled in once patients exist."""
        practices = len(region.practices)
        self.scenario = scenario
        self.size = np.zeros(practices, np.int64)
        self.ghosts = np.zeros(practices, np.int64)
        self.out_of_area = np.zeros(practices, np.int64)
        self.joiners = np.zeros(practices, np.int64)
        self.effect = effect
        known = region.gps_fte > 0
        ratio = region.list_size[known].sum() / region.gps_fte[known].sum() if known.any() else 2000.0
        self.gps_fte = np.where(known, region.gps_fte, region.list_size / ratio)
        self.starting_load = np.ones(practices)
        s = scenario.satisfaction
        draws = np.clip(area_draws(scenario.seed, practices, int(Purpose.QUALITY)), 1e-4, 1 - 1e-4)
        self.satisfaction = np.clip(s.start + s.spread * ndtri(draws), 0.3, 0.99)
        self.starting_satisfaction = self.satisfaction.copy()
        self.open = np.ones(practices, bool)
        self.inner_km, self.outer_km = inner_km.copy(), outer_km.copy()
        self.takes_out_of_area = np.zeros(practices, bool)
        self.changed = True

    def allow_out_of_area(self, share: float, seed: int) -> None:
        """Let a share of practices take out-of-area patients: those with the lowest keyed draw, whatever the share."""
        draws = area_draws(seed, len(self.size), int(Purpose.OUT_OF_AREA))
        self.takes_out_of_area = draws < share
        self.changed = True

    def widen_boundaries(self, ratio: float) -> None:
        """Multiply inner and outer boundaries."""
        self.inner_km = (self.inner_km * ratio).astype(np.float32)
        self.outer_km = (self.outer_km * ratio).astype(np.float32)
        self.changed = True

    def start_loads(self) -> None:
        """Take the present lists as the starting loads."""
        self.starting_load = self.load

    @property
    def load(self) -> np.ndarray:
        """Patients per GP, float64[P]."""
        return np.maximum(self.size, SMALLEST_LIST) / np.maximum(self.gps_fte, 0.1)

    @property
    def overload(self) -> np.ndarray:
        """ln(load / starting load), float64[P]."""
        return np.log(self.load / self.starting_load)

    def settle_satisfaction(self) -> None:
        """A month of satisfaction: it closes part of the gap to its target, which falls with load (ODD 7.21)."""
        s = self.scenario.satisfaction
        target = self.starting_satisfaction - s.congestion * self.overload
        self.satisfaction += (1.0 - (1.0 - s.adjustment) ** (1.0 / 12.0)) * (target - self.satisfaction)
        np.clip(self.satisfaction, 0.05, 0.99, out=self.satisfaction)

    def appeal(self) -> np.ndarray:
        """exp(effect + theta x quality change - kappa x overload), float64[2, P]: less, more deprived areas."""
        c, s = self.scenario.choice, self.scenario.satisfaction
        quality = (self.satisfaction - self.starting_satisfaction) / max(s.spread, 1e-6)
        crowding = c.congestion * np.maximum(self.overload, 0.0)
        theta = c.quality_weight * np.array([c.quality_less_deprived, c.quality_more_deprived])
        return np.exp(self.effect[None, :] + theta[:, None] * quality[None, :] - crowding[None, :])

    def switching(self) -> np.ndarray:
        """Voluntary switching a year by practice, float64[P]: log-linear in satisfaction, with the published mean.

        The slope gives the published ratio between the tenth and ninetieth centile of the starting spread.
        """
        r, s = self.scenario.registration, self.scenario.satisfaction
        slope = np.log(r.switching_satisfaction_ratio) / max(2.563 * s.spread, 1e-6)
        relative = np.exp(-slope * (self.satisfaction - s.start))
        mean = np.exp(0.5 * (slope * s.spread) ** 2)
        return np.minimum(r.switching * relative / mean, 0.5)


class Practice(FixedAgent):
    """A GP practice on the cell of the area its main site stands in: a window on its column of :class:`PracticeLists`."""

    def __init__(self, model: RegistrationModel, position: int, cell: Any = None) -> None:
        """Practice number ``position`` of the region."""
        super().__init__(model)
        self.position = position
        if cell is not None:
            self.cell = cell

    @property
    def code(self) -> str:
        """ODS code."""
        return str(self.model.region.practices[self.position])

    @property
    def name(self) -> str:
        """Name."""
        return str(self.model.region.practice_names[self.position])

    @property
    def provider_kind(self) -> str:
        """gp, digital or trust."""
        return str(self.model.region.provider_kind[self.position])

    @property
    def commissioner(self) -> str:
        """Code of the commissioner responsible for its patients."""
        region = self.model.region
        return str(region.commissioners[region.practice_commissioner[self.position]])

    @property
    def list_size(self) -> int:
        """Patients on the list."""
        return int(self.model.lists.size[self.position])

    @property
    def ghosts(self) -> int:
        """Patients on the list who are not there."""
        return int(self.model.lists.ghosts[self.position])

    @property
    def out_of_area(self) -> int:
        """Patients registered out of area."""
        return int(self.model.lists.out_of_area[self.position])

    @property
    def gps_fte(self) -> float:
        """GPs, full-time equivalents."""
        return float(self.model.lists.gps_fte[self.position])

    @property
    def load(self) -> float:
        """Patients per GP."""
        return float(self.model.lists.load[self.position])

    @property
    def satisfaction(self) -> float:
        """Share of patients satisfied."""
        return float(self.model.lists.satisfaction[self.position])

    @property
    def is_open(self) -> bool:
        """Whether the list takes new patients."""
        return bool(self.model.lists.open[self.position])

    @property
    def inner_boundary_km(self) -> float:
        """Network km within which new patients are taken."""
        return float(self.model.lists.inner_km[self.position])

    @property
    def outer_boundary_km(self) -> float:
        """Network km within which movers are kept."""
        return float(self.model.lists.outer_km[self.position])

    @property
    def takes_out_of_area(self) -> bool:
        """Whether it registers patients from beyond its boundary."""
        return bool(self.model.lists.takes_out_of_area[self.position])
