"""Two scenarios that were not run, with ends made by hand: the baseline, and an entry of a digital provider."""

import math

from runs.compare import MEASURES, Compared, Ended, compared
from runs.library import load


def rows() -> list[Compared]:
    scenarios = [load("baseline"), load("digital-entry")]
    base = {m.name: 0.5 for m in MEASURES} | {"travel": math.nan, "digital": 10.0}
    entry = base | {"highest_ratio": 0.75, "digital": 1210.0, "gross": 0.50001}
    ended = {"baseline": ending(base), "digital-entry": ending(entry, launches=True)}
    return compared(scenarios, {"baseline": "", "digital-entry": "baseline"}, ended)


def ending(
    values: dict[str, float], ratios: tuple[float, ...] = (0.5, 0.5), host: int = 0, launches: bool = False
) -> Ended:
    return Ended(values, ratios, ("Birchhead", "Deercote"), host, launches)
