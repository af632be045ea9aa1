"""What Mesa asks of a model beside its steps: a scenario, the time, and when to stop."""

from __future__ import annotations

import datetime
from typing import Any

import mesa

from model.months import month_date, months_since_1970
from model.scenario import Scenario


class MonthlyModel(mesa.Model):
    """A Mesa model whose steps are months, from ``start`` on, until those of its scenario are over."""

    start: datetime.date
    month_number: int
    """Months since January 1970."""

    def __init__(self, scenario: Scenario) -> None:
        """Draws of Mesa's own are by the scenario's seed."""
        super().__init__(rng=scenario.seed)
        self._only_the_clock = False
        self._registration_scenario = scenario

    @property
    def scenario(self) -> Scenario:
        """Every parameter of the run."""
        return self._registration_scenario

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        """Take Mesa's own, mutable scenario from its constructor; ours is frozen and set once."""
        self._scenario = scenario

    @property
    def month(self) -> datetime.date:
        """First day of the present month: the state shown is that at its start."""
        return month_date(self.month_number)

    def _stop_when_lived(self) -> None:
        """Tell Mesa, whose ``run_model`` and ``batch_run`` go on while ``running``, when the scenario's months are over."""
        if self.month_number - months_since_1970(self.start) >= self.scenario.months:
            self.running = False

    def wind_clock(self, months: int) -> None:
        """Let Mesa's clock and schedule be as after so many steps that nobody lived: for a model that is resumed."""
        self._only_the_clock = True
        for _ in range(months):
            self.step()
        self._only_the_clock = False
        self._stop_when_lived()
