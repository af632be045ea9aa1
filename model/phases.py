"""Time by phase of the month: a stop-watch that a model calls at the end of every phase, off unless somebody watches."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from model.model import RegistrationModel

PHASES = (
    "policy", "providers", "transfers", "decide", "follow", "births", "arrivals", "home rule", "gather", "case-mix",
    "money", "collect",
)  # fmt: skip
"""Phases in the order of the month. The agent engine, in which they cannot be told apart, has births under ``decide``."""


def unwatched(_phase: str) -> None:
    """The stop-watch of a model that nobody watches: does nothing."""


class Lap(NamedTuple):
    """Time one phase of one month took."""

    month: int
    """Month number, since January 1970, of the state the month began with."""
    phase: str
    wall: float
    """Seconds."""
    cpu: float
    """Seconds of processor time, of all threads together."""


class StopWatch:
    """Times the phases of a model's months.

    ``watch = StopWatch(model)`` begins, ``watch.laps`` has a :class:`Lap` for each phase of each month stepped since.
    Time between steps belongs to no phase.
    """

    def __init__(self, model: RegistrationModel) -> None:
        """Watch a model from now on."""
        self._model = model
        self.laps: list[Lap] = []
        self._month, self._wall, self._cpu = model.month_number, 0.0, 0.0
        model.watch_with(self)

    def __call__(self, phase: str) -> None:
        """A phase has ended; the empty name begins a month."""
        wall, cpu = time.perf_counter(), time.process_time()
        if phase:
            self.laps.append(Lap(self._month, phase, wall - self._wall, cpu - self._cpu))
        else:
            self._month = self._model.month_number
        self._wall, self._cpu = wall, cpu

    def totals(self) -> dict[str, tuple[float, float]]:
        """Wall and processor seconds by phase, over all months, in the order of the month."""
        sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for lap in self.laps:
            sums[lap.phase][0] += lap.wall
            sums[lap.phase][1] += lap.cpu
        return {phase: (sums[phase][0], sums[phase][1]) for phase in PHASES if phase in sums}
