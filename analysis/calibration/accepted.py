"""Which vectors of a search are accepted, and how sure that is.

The rule. Each pattern is off by so many tolerances (root mean square over its figures). A vector is **accepted** if no
pattern is off by more than one tolerance, or, where even the closest vector of the search misses one by more, by more
than that vector does; twice the noise of seeds is allowed for. The noise is the SD of how far a pattern is off between
seeds, at the closest vector, over the root of the seeds a trial has. This is approximate Bayesian computation with a
uniform kernel on each pattern: vectors outside are ruled out, vectors inside are not told apart.

How sure: some of the accepted vectors are run again with seeds that no trial had; the share of them that the rule
accepts again says how much of the verdict is luck.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from analysis.calibration.plan import CalibrationPlan
from analysis.calibration.trials import Figures, Trial, distance, misses

NOISE_ALLOWED = 2.0
"""SDs of seed noise by which a pattern may be off beyond its limit."""


class Rule(NamedTuple):
    """Limits of acceptance, in tolerances, by pattern."""

    limits: dict[str, float]
    noise: dict[str, float]
    """SD between seeds of how far a trial's mean over seeds is off."""
    closest: int
    """Vector with the least distance."""

    def accepts(self, off: Mapping[str, float]) -> bool:
        """Whether a vector with such misses is accepted."""
        return all(off[name] <= limit for name, limit in self.limits.items())


def closest_of(trials: Sequence[Trial], plan: CalibrationPlan) -> int:
    """Vector with the least distance; the first of equals."""
    return int(np.argmin([distance(trial.figures, plan.figures) for trial in trials]))


def rule_of(trials: Sequence[Trial], plan: CalibrationPlan, repeats: Sequence[Figures], seeds: int) -> Rule:
    """The rule (module docstring).

    Args:
        trials: of the search.
        plan: its plan.
        repeats: figures of the closest vector with single other seeds; fewer than two tell no noise.
        seeds: of each trial.
    """
    closest = closest_of(trials, plan)
    best = misses(trials[closest].figures, plan.figures)
    again = [misses(figures, plan.figures) for figures in repeats]
    noise = {
        name: float(np.std([off[name] for off in again], ddof=1) / np.sqrt(seeds)) if len(again) > 1 else 0.0
        for name in best
    }
    limits = {name: max(1.0, off) + NOISE_ALLOWED * noise[name] for name, off in best.items()}
    return Rule(limits, noise, closest)


def accepted_of(trials: Sequence[Trial], plan: CalibrationPlan, rule: Rule) -> list[Trial]:
    """The accepted vectors, closest first."""
    kept = [trial for trial in trials if rule.accepts(misses(trial.figures, plan.figures))]
    return sorted(kept, key=lambda trial: (distance(trial.figures, plan.figures), trial.vector))


def spread_out(accepted: Sequence[Trial], plan: CalibrationPlan, most: int) -> list[Trial]:
    """At most so many of the accepted vectors, as far apart as they are: the closest, then always the one farthest off.

    The estimator proposes many vectors beside each other; the set that experiments use shall show the whole region, and
    so shall its first few. Distances are Euclidean in shares of the prior's ranges.
    """
    if not accepted:
        return []
    place = np.array([[plan.parameters[name].share(value) for name, value in t.point.items()] for t in accepted])
    chosen = [0]
    apart = np.linalg.norm(place - place[0], axis=1)
    while len(chosen) < min(most, len(accepted)):
        chosen.append(int(np.argmax(apart)))
        apart = np.minimum(apart, np.linalg.norm(place - place[chosen[-1]], axis=1))
    return [accepted[k] for k in chosen]
