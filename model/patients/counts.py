"""The model's running totals, read by measures, agents and results: sums of every thread's tally."""

from __future__ import annotations

import numpy as np

from model.geography.region import Region
from model.patients.columns import CAUSES
from model.patients.tally import COMPONENTS, Ground, Tally, empty_tally, home_cells

STOCKS = ("lists", "ghosts", "out_of_area", "residents", "true", "recorded", "pending", "digital")
FLOWS = ("changes", "joiners", "components")


class Counts:
    """Exact counts after each month. C commissioners, L authorities, P practices, G home cells, A areas.

    Attributes:
        lists, ghosts, out_of_area: patients by practice, int64[P].
        residents: people living in each area, int64[A].
        true: residents by home cell and commissioner of registration, int64[G, C + 1]; last column = on no list.
        recorded: patients on lists by cell of the recorded address and commissioner, int64[G, C].
        pending: residents whose recorded address is old, and residents who lost their practice, int64[2].
        digital: residents on a digital provider's lists, by provider, home and birth cohort, int64[D, A, COHORTS].
        changes: of this month, by cause, commissioner left and joined, int64[causes, C + 1, C + 1].
        joiners: of this month, by practice, int64[P].
        components: of this month, by authority, int64[L, 9] in the order of COMPONENTS.
    """

    lists: np.ndarray
    ghosts: np.ndarray
    out_of_area: np.ndarray
    residents: np.ndarray
    true: np.ndarray
    recorded: np.ndarray
    pending: np.ndarray
    digital: np.ndarray
    changes: np.ndarray
    joiners: np.ndarray
    components: np.ndarray

    def __init__(self, region: Region, threads: int, provider: np.ndarray | None = None, providers: int = 0) -> None:
        """Zero everywhere; ``provider`` int8[P] is the digital provider whose list a practice is, -1 = none."""
        self.region = region
        cell, self.cells = home_cells(region)
        self.ground = Ground(
            cell=cell,
            authority=region.area_authority.astype(np.int32),
            practice_commissioner=region.practice_commissioner.astype(np.int32),
            provider=np.full(len(region.practices), -1, np.int8) if provider is None else provider,
        )
        self.tally: Tally = empty_tally(threads, region, len(self.cells), providers)
        self.clear()

    def clear(self) -> None:
        """Forget everything, to count anew."""
        for name in (*STOCKS, *FLOWS):
            part = getattr(self.tally, name)
            part[:] = 0
            setattr(self, name, np.zeros(part.shape[1:], np.int64))

    def gather(self) -> None:
        """Add what the threads counted since the last gathering; stocks accumulate, flows are this month's."""
        self.gather_stocks()
        for name in FLOWS:
            part = getattr(self.tally, name)
            setattr(self, name, part.sum(axis=0, dtype=np.int64))
            part[:] = 0

    def gather_stocks(self) -> None:
        """Add the stocks the threads counted; flows of the month go on being counted."""
        for name in STOCKS:
            part = getattr(self.tally, name)
            setattr(self, name, getattr(self, name) + part.sum(axis=0, dtype=np.int64))
            part[:] = 0

    def _rows(self, cells: np.ndarray, key: int, groups: int) -> np.ndarray:
        out = np.zeros((groups, cells.shape[1]), np.int64)
        np.add.at(out, self.cells[:, key], cells)
        return out

    @property
    def true_flows(self) -> np.ndarray:
        """F[i, j]: residents of i registered in j, by where they live now, int64[C, C]; no ghosts, no unregistered."""
        return self._rows(self.true[:, :-1], 0, len(self.region.commissioners))

    @property
    def recorded_flows(self) -> np.ndarray:
        """F[i, j]: patients with a recorded address in i on lists of j, int64[C, C], as published registers show."""
        return self._rows(self.recorded, 0, len(self.region.commissioners))

    @property
    def authority_flows(self) -> np.ndarray:
        """Residents of each authority by commissioner of registration, int64[L, C]."""
        return self._rows(self.true[:, :-1], 1, len(self.region.authorities))

    @property
    def authority_unregistered(self) -> np.ndarray:
        """Residents of each authority on no list, int64[L]."""
        return self._rows(self.true[:, -1:], 1, len(self.region.authorities))[:, 0]

    def by_commissioner(self, what: str) -> np.ndarray:
        """residents, unregistered, registered, ghosts or out_of_area by commissioner, int64[C].

        Residents and unregistered go by where people live; the others by whose practice's list they are on.
        """
        commissioners = len(self.region.commissioners)
        if what in ("residents", "unregistered"):
            cells = self.true if what == "residents" else self.true[:, -1:]
            return self._rows(cells, 0, commissioners).sum(axis=1)
        by_practice = getattr(self, "lists" if what == "registered" else what)
        out = np.zeros(commissioners, np.int64)
        np.add.at(out, self.region.practice_commissioner, by_practice)
        return out

    def component(self, name: str) -> np.ndarray:
        """One of COMPONENTS of this month by authority, int64[L]."""
        return self.components[:, COMPONENTS.index(name)]

    def changes_by_cause(self) -> dict[str, int]:
        """Changes of registration of this month by cause."""
        return {name: int(n) for name, n in zip(CAUSES, self.changes.sum(axis=(1, 2)), strict=True)}
