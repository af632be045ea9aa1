"""April 2017 to January 2021 told again: from lists and residents alone to the register at the end.

The model starts from the list sizes and residents of April 2017, with nothing known of who is registered where, and
runs the history up to the month of a published register, which it is then compared with. The choice model was fitted on
a register too, so it is cross-fitted: systems are split into halves, the model runs twice, each time with the
coefficients fitted to the homes of one half, and what is compared is each home's register out of the run whose
coefficients were fitted on the *other* half.

Beside it stand

- gravity: lists x residents x falling with distance, every practice with its list: no borders, no behaviour. The
  distance terms are those of a published-form logit (:data:`analysis.observed_choices.REFERENCE`). Once with what the
  model is given (lists and residents of April 2017), once with the lists and residents of the month itself, which the
  model never sees;
- the choice model alone, cross-fitted in the same way, in which no time passes: on the lists and residents of the start
  (where the run begins) and on those of the month itself;
- upper bounds, which are told the answer: the register's own structure (where each practice's patients live) with the
  lists of the run, and with the lists of April 2017. What they lack, lists alone explain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.fit_choice import halves, scenario_parameters
from analysis.observed_choices import NAMES, REFERENCE, ChoiceParameters, observe
from analysis.validation.register_axes import UNKNOWN, Axes, Counted, Register, make_axes
from analysis.validation.register_comparison import Candidate, Group, Row, compare
from analysis.validation.register_runs import expected, run_until
from model.errors import InputError
from model.geography.open_data import DIGITAL_PRACTICES
from model.geography.travel import load_travel
from model.months import month_of
from model.patients.reconstruct import reconstruct_register
from model.scenario_files import with_values
from runs.library import load
from runs.progress import say

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.scenario import Scenario

SCENARIO = "history-2017-2021"
MODEL = "model"
GRAVITY_THEN, GRAVITY_NOW = "gravity, lists at the start", "gravity, lists at the end"
CHOICE_THEN, CHOICE_NOW = "choice model, lists at the start", "choice model, lists at the end"
BOUND_RUN, BOUND_THEN = (
    "bound: register's structure, lists of the run",
    "bound: register's structure, lists at the start",
)
REFERENCES = (GRAVITY_THEN, GRAVITY_NOW)
DIGITAL = Group("GP at Hand", DIGITAL_PRACTICES)
"""The provider and its list in Birmingham, which in the run is one list."""
PLAIN = ChoiceParameters(
    **dict.fromkeys(NAMES, 0.0)
    | {f"distance_{term}_{where}": REFERENCE[term] for term in ("log", "km") for where in ("urban", "rural")}
)


@dataclass(frozen=True, eq=False)
class CrossFit:
    """Coefficients by half of the systems."""

    in_first: np.ndarray
    """Whether an area's system is in the first half, bool[A]."""
    fitted_on: tuple[dict[str, float], dict[str, float]]
    """Settings of a scenario fitted on the homes of the first and of the second half."""

    def scenarios(self, scenario: Scenario) -> tuple[Scenario, Scenario]:
        """The scenario with each half's coefficients."""
        first, second = (with_values(scenario, settings) for settings in self.fitted_on)
        return first, second

    def crossed(self, of_first: Register, of_second: Register) -> Register:
        """Homes of the second half from what was fitted on the first, and the other way round."""
        parts = []
        for register, mine in ((of_first, ~self.in_first), (of_second, self.in_first)):
            keep = np.append(mine, False)[register.area]
            parts.append([column[keep] for column in register])
        return Register(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def cross_fit_of(region: Region, travel_cache: Path | None = None, like: Region | None = None) -> CrossFit:
    """Fit the choice model to each half of the systems of a region with a register.

    ``like`` is the region the parameters are for: bonds that it has no data on are left out of the fit.

    Raises:
        InputError: the region has no register, only one system, or too little in it for a fit.
    """
    observed = observe(region, load_travel(region, travel_cache))
    first = halves(observed)
    if first.all() or not first.any():
        raise InputError(f"region {region.about.get('name')}: has one system, expected several to fit and judge apart")
    try:
        on = (scenario_parameters(observed, first, like), scenario_parameters(observed, ~first, like))
    except np.linalg.LinAlgError:
        raise InputError(
            f"region {region.about.get('name')}: too small to fit the choice model to each half of its systems; give England"
        ) from None
    return CrossFit(first[region.area_system], on)


def reconstruct(
    before: Region,
    after: Region,
    *,
    seeds: Sequence[int] = (1,),
    scenario: str = SCENARIO,
    groups: Sequence[Group] = (DIGITAL,),
    quiet: bool = False,
    travel_cache: Path | None = None,
    fitted: CrossFit | None = None,
) -> list[Row]:
    """Run the history from one region and compare with the register of the other; the rows of the comparison.

    Args:
        before: region of the start, without a register.
        after: region of the end, with one; of the same areas and commissioners.
        seeds: seeds of the runs, two runs each.
        scenario: the history, of the library.
        groups: practices to look at by name; those no register has are left out.
        quiet: show no progress.
        travel_cache: folder for cached travel tables.
        fitted: coefficients by half; fitted to ``after`` where None.

    Raises:
        InputError: regions that do not fit together, or no register at the end.
    """
    if after.registration_area is None:
        raise InputError(f"region {after.about.get('name')}: has no register, expected the one to compare with")
    make_axes([after, before])
    say(quiet, "Fitting the choice model to each half of the systems ...")
    fitted = cross_fit_of(after, travel_cache, before) if fitted is None else fitted
    month = month_of(str(after.about["date"]))
    told = load(scenario, (), {})
    runs: list[tuple[Counted, Counted]] = []
    for seed in seeds:
        first, second = fitted.scenarios(with_values(told, {"seed": seed}))
        runs.append(
            (
                run_until(first, before, month, quiet=quiet, travel_cache=travel_cache),
                run_until(second, before, month, quiet=quiet, travel_cache=travel_cache),
            )
        )
    axes = make_axes([after, before], [counted for pair in runs for counted in pair])
    registers = [fitted.crossed(first.on(axes), second.on(axes)) for first, second in runs]
    observed = published(axes, after)
    model = expected(MODEL, registers, axes)
    candidates = [model, *_others(axes, before, after, observed, model.register, fitted, travel_cache)]
    there = [group for group in groups if np.isin(group.codes, axes.practices).any()]
    return compare(axes, observed, candidates, there, lists_of(axes, before))


def lists_of(axes: Axes, region: Region) -> Register:
    """The region's list sizes on the axes, with no areas."""
    where = np.full(len(region.practices), UNKNOWN, np.int32)
    return Register(where, axes.positions(region.practices), region.list_size.astype(np.float64))


def published(axes: Axes, region: Region) -> Register:
    """The region's register on the axes, patients with an address in its areas only."""
    assert region.registration_area is not None
    assert region.registration_practice is not None
    assert region.registration_patients is not None
    practice = axes.positions(region.practices[region.registration_practice])
    return Register(region.registration_area, practice, region.registration_patients.astype(np.float64))


def _others(
    axes: Axes,
    before: Region,
    after: Region,
    observed: Register,
    model: Register,
    fitted: CrossFit,
    travel_cache: Path | None,
) -> list[Candidate]:
    """Baselines and bounds (module docstring)."""
    told = load(SCENARIO, (), {})
    first, second = (scenario.choice for scenario in fitted.scenarios(told))

    def made(region: Region, choice: object) -> Register:
        area, practice, patients = reconstruct_register(region, load_travel(region, travel_cache), choice)  # type: ignore[arg-type]
        return Register(area, axes.positions(region.practices[practice]), patients.astype(np.float64))

    lists, then = axes.lists(observed), axes.lists(lists_of(axes, before))
    return [
        Candidate(GRAVITY_THEN, made(before, PLAIN)),
        Candidate(GRAVITY_NOW, made(after, PLAIN)),
        Candidate(CHOICE_THEN, fitted.crossed(made(before, first), made(before, second))),
        Candidate(CHOICE_NOW, fitted.crossed(made(after, first), made(after, second))),
        Candidate(BOUND_RUN, rescaled(observed, lists, axes.lists(model), model)),
        Candidate(BOUND_THEN, rescaled(observed, lists, then * lists.sum() / then.sum(), None)),
    ]


def rescaled(observed: Register, lists: np.ndarray, wanted: np.ndarray, otherwise: Register | None) -> Register:
    """The structure of a register with other lists, float64[N].

    Practices it has not keep the rows of ``otherwise``; without those, their patients are spread over all.
    """
    ratio = np.divide(wanted, lists, out=np.zeros_like(wanted), where=lists > 0)
    register = observed._replace(patients=observed.patients * ratio[observed.practice])
    if otherwise is None:
        return register._replace(patients=register.patients * (wanted.sum() / register.patients.sum()))
    more = lists[otherwise.practice] <= 0
    return Register(*(np.concatenate([a, b[more]]) for a, b in zip(register, otherwise, strict=True)))
