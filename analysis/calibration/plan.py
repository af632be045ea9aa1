"""What a calibration varies and compares with: parameters with their prior ranges, published figures with tolerances."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from model.errors import InputError
from model.scenario import Scenario
from model.scenario_checks import suggest
from model.toml_files import read_toml
from runs.experiment_settings import Times, laid_on

DYNAMICS = Path(__file__).with_name("dynamics.toml")
"""The plan of ``gpdrift calibrate dynamics``."""
HELD_OUT = {f"P{n}" for n in (*range(10, 18), *range(22, 26))}
"""Patterns that judge the model and may not be calibrated on."""
DIGITAL_UNTIL = datetime.date(2019, 4, 1)
"""The last month of the digital list that may be calibrated on."""


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One dimension of the search: keys of the scenario that move together, between the bounds of the prior."""

    keys: list[str]
    low: float
    high: float
    scale: str = "linear"
    times: bool = False
    """Values are factors of the scenario's own."""

    def at(self, share: float) -> float:
        """The value so far (0 to 1) between the bounds, evenly on its scale."""
        if self.scale == "log":
            return self.low * (self.high / self.low) ** share
        return self.low + (self.high - self.low) * share

    def share(self, value: float) -> float:
        """How far a value lies between the bounds, 0 to 1: the inverse of :meth:`at`."""
        if self.scale == "log":
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One published figure."""

    figure: str
    pattern: str
    means: str
    published: float
    tolerance: float
    """In the figure's unit; with ``relative`` the ratio it may be off either way, such as 1.25."""
    relative: bool = False
    source: str = ""

    def miss(self, simulated: float) -> float:
        """How many tolerances a simulated figure is from the published one, signed; infinite where it has no value."""
        if not math.isfinite(simulated) or (self.relative and simulated <= 0):
            return math.inf
        if self.relative:
            return math.log(simulated / self.published) / math.log(self.tolerance)
        return (simulated - self.published) / self.tolerance


class CalibrationPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A calibration as its file says it."""

    scenario: str
    until: str
    """Month the runs end with, YYYY-MM."""
    parameters: dict[str, Parameter]
    figures: list[Target]

    @property
    def patterns(self) -> list[str]:
        """Names of the patterns, in order."""
        return list(dict.fromkeys(target.pattern for target in self.figures))

    def values(self, point: Mapping[str, float], scenario: Scenario) -> dict[str, float]:
        """Absolute values by scenario key of a point of the search; lists become one key an entry (``....2``)."""
        settings: dict[str, Any] = {}
        for name, value in point.items():
            parameter = self.parameters[name]
            for key in parameter.keys:
                settings[key] = Times(value) if parameter.times else value
        changed = laid_on(scenario, settings)
        found: dict[str, float] = {}
        for key in settings:
            set_to = value_of(changed, key)
            if isinstance(set_to, tuple):
                found |= {f"{key}.{number}": float(entry) for number, entry in enumerate(set_to, 1)}
            else:
                found[key] = float(set_to)
        return found


def value_of(scenario: Scenario, key: str) -> Any:
    """Value of a parameter by its dotted key."""
    value: Any = scenario
    for part in key.split("."):
        value = getattr(value, part)
    return value


def load_plan(path: Path = DYNAMICS) -> CalibrationPlan:
    """Read a plan.

    Raises:
        InputError: no such file, not TOML, something that does not fit, or a pattern that is held out.
    """
    try:
        plan = msgspec.convert(read_toml(path), CalibrationPlan)
    except InputError as mistake:
        raise InputError(f"--plan {mistake}") from None
    except msgspec.ValidationError as mistake:
        raise InputError(f"--plan {path}: {mistake}") from None
    _check(plan, path)
    return plan


def _check(plan: CalibrationPlan, path: Path) -> None:
    """Refuse bounds that bound nothing, figures nobody knows and figures that are kept for judging the model."""
    from analysis.calibration.figures import FIGURES, digital_day

    if not plan.parameters or not plan.figures:
        raise InputError(f"--plan {path}: expected at least one parameter and one figure")
    for name, p in plan.parameters.items():
        if not p.keys:
            raise InputError(f"--plan {path}: parameters: {name} has no keys")
        if p.scale not in ("linear", "log"):
            raise InputError(f"--plan {path}: parameters: {name}: scale is {p.scale!r}, expected linear or log")
        if not p.low < p.high or (p.scale == "log" and p.low <= 0):
            raise InputError(f"--plan {path}: parameters: {name}: expected low below high, and above 0 on a log scale")
    for target in plan.figures:
        if target.pattern in HELD_OUT:
            raise InputError(
                f"--plan {path}: {target.figure} is of {target.pattern}, which judges the model; calibrate on others"
            )
        day = digital_day(target.figure)
        if day is not None and day > DIGITAL_UNTIL:
            raise InputError(f"--plan {path}: {target.figure} is after {DIGITAL_UNTIL:%B %Y}, which judges the model")
        if day is None and target.figure not in FIGURES:
            raise InputError(
                f"--plan {path}: no figure {target.figure}"
                f"{suggest(target.figure, list(FIGURES)) or '; known are ' + ', '.join(FIGURES)}, digital_YYYY-MM-DD"
            )
        if target.tolerance <= (1 if target.relative else 0):
            raise InputError(f"--plan {path}: {target.figure}: tolerance is {target.tolerance}, expected more")
        if target.relative and target.published <= 0:
            raise InputError(f"--plan {path}: {target.figure}: published is {target.published}, expected more than 0")
