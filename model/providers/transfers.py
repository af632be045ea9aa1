"""Lists that change hands: mergers, closures, splits and registering by residence, decided by providers and policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.patients.reassign import DISPERSE, MERGE, SPLIT, STAY, Fates

if TYPE_CHECKING:
    from model.model import RegistrationModel


class Transfers:
    """What is to become of whole lists this month; the model applies it to the patients before they decide.

    Attributes:
        kind: STAY, MERGE, DISPERSE or SPLIT, uint8[P].
        heir: practice that a merged list goes to, or the number of a split list's heirs, int32[P]; -1 = none.
        at_once: share of a dispersed list's patients who choose anew this month, float64[P].
        waiting: whether any list is to change hands.
        residence_share: share of those registered elsewhere who come home at the end of the month.
    """

    def __init__(self, model: RegistrationModel) -> None:
        """Nothing to do."""
        self.model = model
        self.residence_share = 0.0
        self._clear()

    def _clear(self) -> None:
        practices = len(self.model.lists.size)
        self.kind = np.full(practices, STAY, np.uint8)
        self.heir = np.full(practices, -1, np.int32)
        self.at_once = np.zeros(practices)
        self._heirs: list[np.ndarray] = []
        self.waiting = False

    def merge(self, practice: int, into: int) -> None:
        """All of a practice's list goes to another practice; GPs and catchment go along, and it stops existing.

        Digital lists merge with none: nothing is done then, nor where one of the two is gone.
        """
        model, lists = self.model, self.model.lists
        into = self.last_heir(into)
        gone, digital = ~lists.exists, lists.provider >= 0
        if into == practice or (gone | digital)[[practice, into]].any():
            return
        region = model.region
        km = float(np.hypot(region.practice_x[practice] - region.practice_x[into],
                            region.practice_y[practice] - region.practice_y[into])) / 1000.0  # fmt: skip
        lists.join(practice, into, km)
        self.kind[practice], self.heir[practice] = MERGE, into
        lists.super_practice[practice] = into
        self.heir[(self.kind == MERGE) & (self.heir == practice)] = into
        lists.end(practice, model.month_number)
        self.waiting = True

    def disperse(self, practice: int, at_once: float | None = None) -> None:
        """A list is closed down: patients choose anew, at once or, the rest, when they get round to it; ghosts fall off."""
        lists = self.model.lists
        if not lists.exists[practice]:
            return
        share = self.model.scenario.practices.dispersed_at_once if at_once is None else at_once
        # Whoever merged into it this month is closed down with it: nobody is left on a list that has ended.
        gone = (self.kind == MERGE) & (self.heir == practice)
        gone[practice] = True
        self.kind[gone], self.at_once[gone] = DISPERSE, share
        lists.end(practice, self.model.month_number)
        self.waiting = True

    def split(self, practice: int, heirs: np.ndarray) -> None:
        """Patients go to the heir for the commissioner of their home, int[C]; -1 = they stay, or go where told before."""
        heirs = np.asarray(heirs, np.int32)
        if self.kind[practice] == SPLIT:
            heirs = np.where(heirs >= 0, heirs, self._heirs[self.heir[practice]])
        self.kind[practice] = SPLIT
        self.heir[practice] = len(self._heirs)
        self._heirs.append(heirs)
        self.waiting = True

    def by_residence(self, share: float) -> None:
        """At the end of the month this share of patients registered elsewhere registers with its home commissioner."""
        self.residence_share = share

    def refuges(self) -> np.ndarray:
        """An open practice of each commissioner for those who live far from all of its practices, int32[C]; -1 = none."""
        lists, region = self.model.lists, self.model.region
        out = np.full(len(region.commissioners), -1, np.int32)
        order = np.lexsort((np.arange(len(lists.size)), lists.size))
        for p in order[(lists.open & (lists.provider < 0))[order]].tolist():
            out[region.practice_commissioner[p]] = p
        return out

    def last_heir(self, practice: int) -> int:
        """Where a practice that has merged this month ended up."""
        return int(self.heir[practice]) if self.kind[practice] == MERGE else practice

    def fates(self) -> Fates:
        """What the patients' functions read."""
        commissioners = len(self.model.region.commissioners)
        heirs = np.stack(self._heirs) if self._heirs else np.full((1, commissioners), -1, np.int32)
        return Fates(kind=self.kind, heir=self.heir, at_once=self.at_once, heirs=heirs)

    def done(self) -> None:
        """Forget what has been applied."""
        self._clear()
