"""What an experiment says while it works: how many runs, how long after the first, what failed; on standard error."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

from runs.experiment_plan import Plan, Run

LINES = 10
"""Where there is no terminal for a bar, a line is written so many times."""


class Progress:
    """Tells how an experiment goes along."""

    def __init__(self, plan: Plan, total: int, missing: int, quiet: bool) -> None:
        """Say how many runs there are and how many are left."""
        from tqdm import tqdm

        self.quiet, self.total, self.missing = quiet, total, missing
        self.finished = self.done_here = 0
        self._started = time.monotonic()
        self._lines = 0
        there = self.total - missing
        cases, points, seeds = len(plan.cases), len(plan.points), len(plan.design.seed_list)
        made_of = _counted(cases, "scenario") + (f" x {points} points" if points > 1 else "")
        self.say(
            f"{plan.design.name}: {made_of} x {_counted(seeds, 'seed')}: {_counted(self.total, 'run')}"
            + (f", {there:,} there already, {missing:,} to do" if there else "")
        )
        self._bar = tqdm(
            total=self.total, initial=there, unit="run", disable=True if quiet else None, file=sys.stderr,
            leave=False, smoothing=0.1, dynamic_ncols=True,
        )  # fmt: skip

    def watch(self, status: str, run: Run | None, told: dict[str, Any]) -> None:
        """Tell what became of a run, or what is waited for."""
        if run is None:
            self.say(told["text"])
            return
        self.finished += 1
        self._bar.update()
        if status == "failed":
            self.say(f"{run.scenario}, seed {run.seed}, point {run.point} failed: {told['error']}")
        elif "seconds" in told:
            self.done_here += 1
            if self.done_here == 1:
                self._estimate(told["seconds"])
        if self._bar.disable and self.missing and self.finished * LINES // self.missing > self._lines:
            self._lines = self.finished * LINES // self.missing
            self.say(f"{self.finished:,} of {self.missing:,} done, about {_hours(self._left())} left")

    def say(self, text: str) -> None:
        """Say a line above the bar."""
        if self.quiet:
            return
        if hasattr(self, "_bar") and not self._bar.disable:
            self._bar.write(text, file=sys.stderr)
        else:
            click.echo(text, err=True)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()

    def slots(self, number: int) -> None:
        """How many runs are done side by side."""
        self._side_by_side = max(number, 1)

    _side_by_side = 1

    def _estimate(self, seconds: float) -> None:
        left = (self.missing - self.finished) * seconds / self._side_by_side
        self.say(
            f"The first run took {seconds:.1f} s; with {_counted(self._side_by_side, 'run')} at a time the others"
            f" take about {_hours(left)}"
        )

    def _left(self) -> float:
        """Seconds the rest will take at the pace so far."""
        return (self.missing - self.finished) * (time.monotonic() - self._started) / max(self.finished, 1)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _hours(seconds: float) -> str:
    """A length of time at the precision of an estimate."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
