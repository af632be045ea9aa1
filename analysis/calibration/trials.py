"""Trials of a calibration: proposed by optuna, kept in its storage, so that a killed search goes on where it was.

Trial 0 is the scenario's own values. The first few, and later every third trial, are points of a scrambled Sobol sequence
over the prior; the others are proposed by optuna's tree-structured Parzen estimator from the trials before them. What a
trial tries is a function of the seed of the search and of the trials complete before it, so a search that was killed
and resumed tries what one that was not would have tried. Every trial runs with the same seeds of the model (common
random numbers): differences between trials are those of parameters.
"""

from __future__ import annotations

import json
import shutil
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from analysis.calibration.plan import CalibrationPlan, Target, value_of
from model.errors import InputError
from model.scenario import Scenario
from model.whole_files import write_whole

if TYPE_CHECKING:
    import optuna

SEARCH, AGAIN = "search", "again"
"""Studies of a storage: the search, and runs of some of its vectors with other seeds."""
FROM_THE_FIRST = 10
"""Complete trials from which on the estimator proposes two of three."""
_NEEDED = "calibrate dynamics needs optuna: install gpdrift with the extra calibrate (pip install 'gpdrift[calibrate]')"
Figures = dict[str, float]


class Trial(NamedTuple):
    """One vector tried."""

    vector: int
    """Position in the search, from 0: the scenario's own values."""
    point: dict[str, float]
    """By parameter."""
    figures: Figures
    """Mean over seeds."""
    proposed: str
    """own, sobol or tpe."""


class Again(NamedTuple):
    """A vector run once more, with another seed or elsewhere."""

    vector: int
    seed: int
    region: str
    figures: Figures


def misses(figures: Mapping[str, float], targets: Sequence[Target]) -> dict[str, float]:
    """By pattern, how many tolerances its figures are off: the root mean square over them."""
    by_pattern: dict[str, list[float]] = {}
    for target in targets:
        by_pattern.setdefault(target.pattern, []).append(target.miss(figures[target.figure]))
    return {name: float(np.sqrt(np.mean(np.square(off)))) for name, off in by_pattern.items()}


def distance(figures: Mapping[str, float], targets: Sequence[Target]) -> float:
    """Root mean square over patterns of how many tolerances each is off; 1 = as far as the tolerances allow."""
    return float(np.sqrt(np.mean(np.square(list(misses(figures, targets).values())))))


def mean_figures(runs: Sequence[Figures]) -> Figures:
    """Mean over runs of each figure."""
    return {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}


class Search:
    """The search in a folder: what is complete, and what comes next.

    Args:
        folder: made if absent; holds ``study.db`` and ``search.json``.
        plan: what is varied and compared.
        own: the scenario's own values by parameter.
        identity: whatever changes a result; a folder of another search is refused.
        seed: of the search.

    Raises:
        InputError: optuna is not installed, or the folder is another search's.
    """

    def __init__(
        self, folder: Path, plan: CalibrationPlan, own: Mapping[str, float], identity: Mapping[str, Any], seed: int = 1
    ) -> None:
        """Open or begin."""
        try:
            import optuna
        except ImportError:
            raise InputError(_NEEDED) from None
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
        self.folder, self.plan, self.own, self.seed = folder, plan, own, seed
        _same_search(folder, {**identity, "plan": msgspec.to_builtins(plan), "seed": seed})
        storage = f"sqlite:///{folder.resolve() / 'study.db'}"
        self.study = optuna.create_study(storage=storage, study_name=SEARCH, load_if_exists=True)
        self.more = optuna.create_study(storage=storage, study_name=AGAIN, load_if_exists=True)
        self._drop_what_a_killed_search_left()

    @property
    def trials(self) -> list[Trial]:
        """The complete trials, in order."""
        return [
            Trial(number, trial.params, trial.user_attrs["figures"], trial.user_attrs["proposed"])
            for number, trial in enumerate(self._complete())
        ]

    @property
    def again(self) -> list[Again]:
        """The runs of vectors with other seeds or elsewhere."""
        return [
            Again(a["vector"], a["seed"], a["region"], a["figures"])
            for a in (trial.user_attrs for trial in self.more.get_trials(deepcopy=False))
        ]

    def go_on(self, number: int, run: Callable[[dict[str, float]], Figures], after: Callable[[], Any]) -> None:
        """Do what is missing of so many trials; ``run`` gives the figures of a point, ``after`` is called after each."""
        for vector in range(len(self._complete()), number):
            trial, proposed = self._ask(vector)
            started = time.perf_counter()
            figures = run(trial.params)
            _refuse_unmeasured(figures)
            trial.set_user_attr("figures", figures)
            trial.set_user_attr("proposed", proposed)
            trial.set_user_attr("seconds", round(time.perf_counter() - started, 3))
            self.study.tell(trial, min(distance(figures, self.plan.figures), 1e6))
            after()

    def give_up_if_empty(self) -> None:
        """Leave nothing of a search whose first trial was refused: what was asked for cannot be run."""
        if not self.trials:
            shutil.rmtree(self.folder, ignore_errors=True)

    def run_again(self, vector: int, seed: int, region: str, run: Callable[[dict[str, float]], Figures]) -> Figures:
        """Figures of a vector with another seed, or elsewhere: run now, unless that was done before."""
        import optuna

        for done in self.again:
            if done[:3] == (vector, seed, region):
                return done.figures
        figures = run(self.trials[vector].point)
        attributes = {"vector": vector, "seed": seed, "region": region, "figures": figures}
        far = min(distance(figures, self.plan.figures), 1e6)
        self.more.add_trial(optuna.trial.create_trial(value=far, user_attrs=attributes))
        return figures

    def _drop_what_a_killed_search_left(self) -> None:
        """Trials that were being run are given up, and those that were only put in line too: they are proposed anew."""
        import optuna

        given_up = optuna.trial.TrialState.FAIL
        for trial in self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,)):
            self.study.tell(trial.number, state=given_up)
        while self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.WAITING,)):
            self.study.tell(self.study.ask(), state=given_up)

    def _complete(self) -> list[optuna.trial.FrozenTrial]:
        return [trial for trial in self.study.get_trials(deepcopy=False) if trial.state.name == "COMPLETE"]

    def _ask(self, vector: int) -> tuple[optuna.Trial, str]:
        """The next trial, and how it was proposed."""
        import optuna

        spaces: dict[str, optuna.distributions.BaseDistribution] = {
            name: optuna.distributions.FloatDistribution(p.low, p.high, log=p.scale == "log")
            for name, p in self.plan.parameters.items()
        }
        bounds = {name: (p.low, p.high) for name, p in self.plan.parameters.items()}
        by_estimator = vector >= FROM_THE_FIRST and vector % 3 > 0
        self.study.sampler = optuna.samplers.TPESampler(
            seed=self.seed * 1_000_003 + vector, n_startup_trials=0, multivariate=True
        )
        if not by_estimator:
            point = dict(self.own) if vector == 0 else sobol_point(self.plan, vector, self.seed)
            self.study.enqueue_trial({n: min(max(v, bounds[n][0]), bounds[n][1]) for n, v in point.items()})
        trial = self.study.ask(spaces)
        return trial, "tpe" if by_estimator else "sobol" if vector else "own"


def _refuse_unmeasured(figures: Figures) -> None:
    """A figure that this region or scenario has nothing for tells no vector from another."""
    if missing := [name for name, value in figures.items() if not np.isfinite(value)]:
        raise InputError(f"{missing[0]}: has no value in this region with this scenario; leave it out of the plan")


def sobol_point(plan: CalibrationPlan, number: int, seed: int) -> dict[str, float]:
    """Point so many of a scrambled Sobol sequence over the prior."""
    from scipy.stats import qmc

    sequence = qmc.Sobol(len(plan.parameters), rng=seed)
    if number:
        sequence.fast_forward(number)
    shares = sequence.random(1)[0]
    return {name: p.at(float(share)) for (name, p), share in zip(plan.parameters.items(), shares, strict=True)}


def own_values(plan: CalibrationPlan, scenario: Scenario) -> dict[str, float]:
    """The scenario's own value of each parameter: 1 of a factor.

    Raises:
        InputError: a key the scenario does not have, or one that is not a number.
    """
    found = {}
    for name, parameter in plan.parameters.items():
        plan.values({name: parameter.low}, scenario)
        plan.values({name: parameter.high}, scenario)
        found[name] = 1.0 if parameter.times else float(value_of(scenario, parameter.keys[0]))
    return found


def _same_search(folder: Path, about: Mapping[str, Any]) -> None:
    """Begin a folder, or refuse one that holds another search."""
    file = folder / "search.json"
    text = json.dumps(about, indent=2, sort_keys=True)
    if file.exists():
        before = json.loads(file.read_text("utf-8"))
        now = json.loads(text)
        for key in sorted({*before, *now}):
            if before.get(key) != now.get(key):
                told = "" if key == "plan" else f": {before.get(key)}, not {now.get(key)}"
                raise InputError(f"--out {folder}: holds a calibration with another {key}{told}; choose another folder")
        return
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"--out {folder}: holds something else; choose another folder")
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(file, text + "\n")
