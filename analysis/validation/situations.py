"""The runs patterns are measured in: each is made once for a seed and serves every pattern that asks for it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from analysis.validation.digital_probe import DigitalList
from analysis.validation.network_probe import NetworkCatchments
from analysis.validation.people_probes import Leaving, Switching, Trips
from analysis.validation.probes import Probe
from analysis.validation.profiles_probe import Profiles
from analysis.validation.quality_probe import Raised, raise_quality
from analysis.validation.tastes_probe import Tastes
from model.months import months_since_1970
from model.policy_digital import DigitalCap
from model.scenario import Scenario
from runs.library import load

if TYPE_CHECKING:
    from model.model import RegistrationModel

TODAY, OF_2017, OF_2014 = "today", "2017", "2014"
"""Which region a situation is run in: that of the register, or of the lists of April 2017 or of April 2014."""
OPENED, COUNTED = datetime.date(2017, 11, 1), datetime.date(2021, 4, 1)
"""GP at Hand opens beyond its catchment; networks published by Beaney et al. 2022."""
STOPPED = datetime.date(2023, 3, 1)
"""Babylon suspends registration of people from elsewhere."""


@dataclass(frozen=True)
class Situation:
    """One kind of run."""

    name: str
    region: str
    """TODAY, OF_2017 or OF_2014."""
    meaning: str
    scenario: str
    """Of the library."""
    months: int
    quick_months: int
    probes: Callable[[RegistrationModel], list[Probe]]
    looks: tuple[str, ...]
    """Files of this package that say what is seen: another look is another run."""
    change: Callable[[RegistrationModel], None] | None = None
    """What is done to the model at the start."""
    part: bool = False
    """Whether London is enough where the region is all of England."""

    def scenario_of(self, quick: bool) -> Scenario:
        """The complete scenario, whatever region it names."""
        scenario = load(self.scenario, (), {"months": self.quick_months if quick else self.months})
        if self.name == "history":
            stop = DigitalCap(month=STOPPED, provider="GP at Hand", cap=1)
            scenario = msgspec.structs.replace(scenario, timeline=(*scenario.timeline, stop))
        return scenario


def _of_history(model: RegistrationModel) -> list[Probe]:
    return [
        DigitalList(model), Leaving(model, months_since_1970(OPENED)),
        NetworkCatchments(model, months_since_1970(COUNTED)), Profiles(model),
    ]  # fmt: skip


def _of_baseline(model: RegistrationModel) -> list[Probe]:
    return [Switching(model), Trips(model), Profiles(model), Tastes(model)]


SITUATIONS = {
    situation.name: situation
    for situation in (
        Situation(
            "decade", OF_2014, "from the lists of April 2014, with the events of the time", "history-2014-2021", 97, 97,
            lambda model: [Profiles(model)], ("profiles_probe.py",),
        ),
        Situation(
            "history", OF_2017, "from the lists of April 2017, with the events of the time and the stop of March 2023",
            "history-2017-2021", 81, 57, _of_history,
            ("digital_probe.py", "../digital_followed.py", "people_probes.py", "network_probe.py", "profiles_probe.py"),
        ),
        Situation(
            "baseline", TODAY, "from the register, every rule as it is", "baseline", 64, 64, _of_baseline,
            ("people_probes.py", "profiles_probe.py", "tastes_probe.py"),
        ),
        Situation(
            "plain", TODAY, "the same, two years", "baseline", 24, 24, lambda model: [Raised(model)],
            ("quality_probe.py",), part=True,
        ),
        Situation(
            "better", TODAY, "a tenth of practices one SD better, two years", "baseline", 24, 24,
            lambda model: [Raised(model)], ("quality_probe.py",), raise_quality, part=True,
        ),
    )
}  # fmt: skip
"""By name."""
