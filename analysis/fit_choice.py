"""Fit the choice of practice to a register: python -m analysis.fit_choice REGION_DIR [--json].

``scenario_parameters`` gives the parameters of the homes of some systems as settings of a scenario, for
cross-fitting; ``halves`` the two halves it is done with.

Maximum likelihood of the distance and border parameters of ``model.patients.utility``. Patients of an area are a
multinomial draw among its candidate practices. The practice effects are concentrated out: at any parameters their
likeliest values are those with which expected lists equal the observed ones, so the contraction that the model itself
uses solves them, and by the envelope theorem the gradient of the likelihood is observed less expected sums of each
term. Digital providers are not chosen by distance and are left out.

What the table says:

- CPC, common part of commuters (Sorensen index): 2 sum(min(expected, observed)) / (sum(expected) + sum(observed)) over
  areas x candidates; 1 is perfect.
- R2 is McFadden's against equal shares: 1 - lnL / lnL(each of the K candidates equally likely). By this definition
  the four-term logit below has its quoted 0.541. The squared correlation of expected and observed counts over
  areas x candidates, cells with no patients included, is printed beside it.
- nearest: share of patients at the nearest practice among those with at least 500 patients.
- The reference is a four-term logit with ln(list) in place of effects: -3.10 ln(1+km) - 0.12 km
  - 1.17 (practice of another commissioner) + 1.10 ln(list), the 60 nearest.
- Cross-fit: parameters fitted on half the systems (STP/ICS), effects solved on the observed lists, CPC on homes in the
  other half. Standard errors are those of a multinomial draw inflated by overdispersion (Pearson's chi-square over
  cells), because neighbours and families choose alike.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.choice_likelihood import information, slope
from analysis.observed_choices import (
    NAMES,
    START,
    ChoiceParameters,
    Measures,
    Observed,
    as_vector,
    combined,
    from_vector,
    log_likelihood,
    measure,
    observe,
    reference_shares,
)
from model.errors import InputError
from model.patients.utility import (
    choice_shares,
    solve_practice_effects,
)

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.geography.travel import Travel


ENOUGH = 1e-7
"""Gain of the log-likelihood a patient at which the search ends."""
SMALLEST_STEP = 1e-6


@dataclass(frozen=True, eq=False)
class FitResult:
    """Fitted parameters, practice effects and how well they fit."""

    parameters: ChoiceParameters
    standard_errors: ChoiceParameters
    overdispersion: float
    """Pearson chi-square over its degrees of freedom: how much more counts vary than in independent choices."""
    effects: np.ndarray
    """float64[P]."""
    log_likelihood: float
    everywhere: Measures
    urban: Measures | None
    rural: Measures | None
    reference: Measures
    coverage: float
    """Share of the register that is with one of the area's candidates."""
    rounds: int
    """Evaluations of the likelihood."""


def fit(region: Region, travel: Travel, observed: Observed | None = None, most_rounds: int = 100) -> FitResult:
    """Maximum-likelihood parameters of a region's register, and how well they fit (module docstring)."""
    observed = observe(region, travel) if observed is None else observed
    parameters, effects, rounds = fit_parameters(observed, most_rounds)
    shares = choice_shares(observed.utility(parameters), travel.practice, effects)
    everyone = np.ones(len(region.areas), dtype=bool)
    overdispersion = _overdispersion(observed, shares)
    errors = _standard_errors(observed, shares, effects) * np.sqrt(overdispersion)
    return FitResult(
        parameters,
        from_vector(errors),
        overdispersion,
        effects,
        log_likelihood(observed, shares),
        measure(observed, shares, everyone),
        measure(observed, shares, ~region.rural) if not region.rural.all() else None,
        measure(observed, shares, region.rural) if region.rural.any() else None,
        measure(observed, reference_shares(observed), everyone),
        observed.coverage,
        rounds,
    )


def fit_parameters(observed: Observed, most_rounds: int = 100) -> tuple[ChoiceParameters, np.ndarray, int]:
    """Likeliest parameters, practice effects float64[P], and the evaluations it took.

    A term that never varies in this region (no rural homes, one commissioner) keeps its starting value.
    """
    practice, demand, lists = observed.travel.practice, observed.demand, observed.lists
    # A term only matters where it differs between an area's candidates.
    varies = np.array([bool((np.ptp(term[demand > 0], axis=1) > 0).any()) for term in observed.terms])
    terms = observed.terms if varies.all() else observed.terms[varies]
    start = as_vector(START)
    values, effects = np.where(varies, start, 0.0)[varies], np.zeros(len(lists))
    best, best_likelihood, rounds = values, -np.inf, 0
    step = np.zeros_like(values)
    patients = observed.counts.sum()
    while rounds < most_rounds:
        utility = combined(values, terms)
        effects = solve_practice_effects(utility, practice, demand, lists, start=effects, patients=1.0)
        shares = choice_shares(utility, practice, effects)
        likelihood = log_likelihood(observed, shares)
        rounds += 1
        if likelihood < best_likelihood:
            step = step / 2.0  # Newton went too far
        else:
            gain, best, best_likelihood = likelihood - best_likelihood, values, likelihood
            slopes = slope(observed.counts, demand, shares, terms)
            known, _ = information(demand, shares, practice, terms, len(lists))
            step = np.linalg.lstsq(known, slopes, rcond=1e-10)[0]
            if gain < ENOUGH * patients and np.dot(step, slopes) < ENOUGH * patients:
                break
        if np.abs(step).max(initial=0.0) < SMALLEST_STEP:
            break
        values = best + step
    vector = start.copy()
    vector[varies] = best
    utility = combined(vector, observed.terms)
    effects = solve_practice_effects(utility, practice, demand, lists, start=effects)
    return from_vector(vector), effects, rounds


def cross_fit(observed: Observed) -> list[tuple[ChoiceParameters, Measures]]:
    """Parameters fitted on the homes of half the systems, and their measures on the homes of the other half, twice.

    Systems alternate by size, so the halves are alike. The effects are solved on the observed lists of all homes.
    """
    region = observed.region
    in_half = halves(observed)[region.area_system]
    if in_half.all() or not in_half.any():
        return []
    found = []
    for fitted_on in (in_half, ~in_half):
        parameters, _, _ = fit_parameters(observed.within(fitted_on))
        utility = observed.utility(parameters)
        effects = solve_practice_effects(utility, observed.travel.practice, observed.demand, observed.lists)
        shares = choice_shares(utility, observed.travel.practice, effects)
        found.append((parameters, measure(observed, shares, ~fitted_on)))
    return found


def halves(observed: Observed) -> np.ndarray:
    """Which systems are in the first half, bool[S]: they alternate by patients, so the halves are alike."""
    systems = len(observed.region.systems)
    size = np.bincount(observed.region.area_system, observed.demand, systems)
    half = np.zeros(systems, dtype=bool)
    half[np.argsort(-size, kind="stable")[::2]] = True
    return half


def scenario_parameters(observed: Observed, systems: np.ndarray) -> dict[str, float]:
    """Parameters fitted to the homes of some systems only, as settings of a scenario: ``choice.NAME`` to value.

    Args:
        observed: the register, of :func:`analysis.observed_choices.observe`.
        systems: which of ``region.systems`` to fit to, bool[S]; :func:`halves` gives the halves of the cross-fit.
    """
    parameters, _, _ = fit_parameters(observed.within(systems[observed.region.area_system]))
    return {f"choice.{name}": getattr(parameters, name) for name in NAMES}


def table(result: FitResult, crossed: list[tuple[ChoiceParameters, Measures]]) -> str:
    """The fit as text."""
    lines = [
        f"{'parameter':<22}{'value':>9}{'s.e.':>9}" + "".join(f"{f'half {i + 1}':>9}" for i in range(len(crossed)))
    ]
    for name in NAMES:
        halves = "".join(f"{getattr(parameters, name):9.4f}" for parameters, _ in crossed)
        lines.append(
            f"{name:<22}{getattr(result.parameters, name):9.4f}{getattr(result.standard_errors, name):9.4f}{halves}"
        )
    lines += ["", f"{'':<26}{'CPC':>8}{'R2':>8}{'R2 cnt':>8}{'nearest %':>15}{'mean km':>15}{'crossing %':>15}"]
    rows = [("reference logit", result.reference), ("fitted", result.everywhere)]
    rows += [(name, m) for name, m in (("  urban homes", result.urban), ("  rural homes", result.rural)) if m]
    rows += [(f"fitted on other half ({i + 1})", m) for i, (_, m) in enumerate(crossed)]
    for name, m in rows:
        pairs = (
            f"{100 * m.nearest:.1f} ({100 * m.nearest_observed:.1f})",
            f"{m.mean_km:.3f} ({m.mean_km_observed:.3f})",
            f"{100 * m.crossing:.2f} ({100 * m.crossing_observed:.2f})",
        )
        lines.append(f"{name:<26}{m.cpc:8.4f}{m.r2:8.4f}{m.r2_counts:8.4f}" + "".join(f"{pair:>15}" for pair in pairs))
    lines += [
        "",
        f"In brackets: observed. {100 * result.coverage:.2f}% of registrations are with a candidate; counts vary "
        f"{result.overdispersion:.0f} times as much as independent choices would; {result.rounds} evaluations.",
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Fit the register of a region folder and print the table; 2 on bad input."""
    from model.geography.region_files import load_region
    from model.geography.travel import load_travel

    parser = argparse.ArgumentParser(prog="python -m analysis.fit_choice", description="Fit choices to a register.")
    parser.add_argument("region", help="folder of a region with registrations")
    parser.add_argument("--json", action="store_true", help="print the fit as JSON")
    options = parser.parse_args(arguments)
    try:
        region = load_region(options.region)
        observed = observe(region, load_travel(region))
    except InputError as error:
        print(f"fit_choice: {error}", file=sys.stderr)
        return 2
    result = fit(region, observed.travel, observed)
    crossed = cross_fit(observed)
    print(json.dumps(report(result, crossed), indent=2) if options.json else table(result, crossed))
    return 0


def report(result: FitResult, crossed: list[tuple[ChoiceParameters, Measures]]) -> dict[str, Any]:
    """The fit as plain values, for JSON."""
    fields = {name: value for name, value in vars(result).items() if name != "effects"}
    plain = {name: vars(value) if hasattr(value, "__dict__") else value for name, value in fields.items()}
    return plain | {"cross_fit": [{"parameters": vars(p), "other_half": vars(m)} for p, m in crossed]}


def _overdispersion(observed: Observed, shares: np.ndarray) -> float:
    """Pearson chi-square over degrees of freedom, over cells where at least one patient is expected."""
    expected = shares * observed.demand[:, None]
    cells = expected >= 1.0
    if not cells.any():
        return 1.0
    chi_square = ((observed.counts - expected)[cells] ** 2 / expected[cells]).sum()
    return float(max(chi_square / max(cells.sum() - int((observed.demand > 0).sum()) - len(NAMES), 1), 1.0))


def _standard_errors(observed: Observed, shares: np.ndarray, effects: np.ndarray) -> np.ndarray:
    """Standard errors of independent choices, float64[7]; NaN for a term that does not vary.

    The information of the profile likelihood is the variance of each term within areas once what the practices can
    explain is taken out: alternating projections on areas and practices (weighted two-way demeaning).
    """
    practice = observed.travel.practice.ravel()
    weight = shares * observed.demand[:, None]
    lists = np.bincount(practice, weight.ravel(), len(effects))
    lists[lists == 0] = 1.0
    residuals = []
    for term in observed.terms:
        left = term - (shares * term).sum(axis=1, keepdims=True)
        for _ in range(30):
            by_practice = np.bincount(practice, (weight * left).ravel(), len(effects)) / lists
            left = left - by_practice[observed.travel.practice]
            left = left - (shares * left).sum(axis=1, keepdims=True)
            if np.abs(by_practice).max() < 1e-4:
                break
        residuals.append(left)
    information = np.array([[np.vdot(weight * a, b) for b in residuals] for a in residuals])
    known = np.diag(information) > 1e-9
    errors = np.full(len(NAMES), np.nan)
    if known.any():
        errors[known] = np.sqrt(np.diag(np.linalg.pinv(information[np.ix_(known, known)])))
    return errors


if __name__ == "__main__":
    sys.exit(main())
