"""Fit the choice of practice to a register by maximum likelihood (``gpdrift calibrate choice``).

The parameters of ``model.patients.utility`` are estimated; patients of an area are a multinomial draw among its
candidate practices and the practice effects are concentrated out (:mod:`analysis.choice_likelihood`), by Newton's
method. Digital providers are not chosen by distance and are left out.

For cross-fitting, ``scenario_parameters`` gives the parameters of the homes of some systems as settings of a scenario
(``choice.NAME`` to value), and ``halves`` the two halves it is done with here.

What is said of a fit:

- CPC, common part of commuters (Sorensen index): 2 sum(min(expected, observed)) / (sum(expected) + sum(observed)) over
  areas x candidates; 1 is perfect.
- R2 is McFadden's against equal shares: 1 - lnL / lnL(each of the K candidates equally likely). By this definition
  the four-term logit below has its quoted 0.541. The squared correlation of expected and observed counts over
  areas x candidates, cells with no patients included, is printed beside it.
- nearest: share of patients at the nearest practice among those with at least 500 patients.
- crossing: share of patients with a practice of another commissioner than their home's.
- The reference is a four-term logit with ln(list) in place of effects: -3.10 ln(1+km) - 0.12 km
  - 1.17 (practice of another commissioner) + 1.10 ln(list), the 60 nearest.
- Held out: every home is judged with the parameters of the half of the systems (STP/ICS) it is not in. The practice
  effects are solved on the observed lists of all homes: list totals are data of the start, as an area's total is.
- Standard errors are those of independent choices times the root of overdispersion (Pearson's chi-square over its
  degrees of freedom: neighbours and families choose alike), and, beside them, clustered by system (sandwich), which
  allow for whatever the people of a system have in common and are the ones to go by.

Left out because they raise the fit of systems not fitted on by less than 0.0005 of CPC once the others are there:
spacing of practices, a commissioner's border at the site, rank and ratio to the nearest, intervening practices,
kilometres to the network's centre, areas or zones that touch, likeness in ethnicity and deprivation of home and site's
surroundings, dispensing, a kernel of free shape, and different terms for rural homes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.choice_likelihood import clustered_scores, combined, information, likelihood
from analysis.observed_choices import (
    NAMES,
    START,
    ChoiceParameters,
    Measures,
    Observed,
    as_vector,
    from_vector,
    measure,
    observe,
)
from model.patients.practice_effects import solve_practice_effects

if TYPE_CHECKING:
    from collections.abc import Collection

    from model.geography.region import Region
    from model.geography.travel import Travel

ENOUGH = 1e-8
"""Gain of the log-likelihood a patient at which the search ends."""
ALIKE = 1e-7
"""Terms that differ by less than this share of their variance cannot be told apart."""
LONGEST_STEP = 2.0
TOLERANCE = 1.0
"""Patients that a list may be off by while the parameters are searched."""


@dataclass(frozen=True, eq=False)
class FitResult:
    """Fitted parameters, practice effects and how well they fit."""

    parameters: ChoiceParameters
    standard_errors: ChoiceParameters
    """Of independent choices, times the root of overdispersion; NaN for what does not vary."""
    clustered_errors: ChoiceParameters
    """Clustered by system; NaN with fewer than three systems."""
    overdispersion: float
    """Pearson chi-square over its degrees of freedom: how much more counts vary than in independent choices."""
    effects: np.ndarray
    """float64[P]."""
    shares: np.ndarray
    """Expected share of each candidate, float32[A, K]."""
    log_likelihood: float
    rounds: int
    """Evaluations of the likelihood."""


@dataclass(frozen=True, eq=False)
class CrossFit:
    """Parameters of two halves of the systems, and what they expect of the other half's homes."""

    parameters: tuple[ChoiceParameters, ChoiceParameters]
    shares: np.ndarray
    """Expected shares of each home by the parameters of the half it is not in, float32[A, K]."""
    in_first: np.ndarray
    """Homes of the first half, bool[A]."""


def fit(region: Region, travel: Travel, observed: Observed | None = None, most_rounds: int = 100) -> FitResult:
    """Maximum-likelihood parameters of a region's register, and how well they fit (module docstring)."""
    observed = observe(region, travel) if observed is None else observed
    parameters, effects, rounds = fit_parameters(observed, most_rounds)
    best, shares = _expected(observed, parameters, effects)
    overdispersion = _overdispersion(observed, shares)
    independent, clustered = _standard_errors(observed, shares)
    return FitResult(
        parameters,
        from_vector(independent * np.sqrt(overdispersion)),
        from_vector(clustered),
        overdispersion,
        effects,
        shares,
        best,
        rounds,
    )


def fit_parameters(
    observed: Observed, most_rounds: int = 100, without: Collection[str] = ()
) -> tuple[ChoiceParameters, np.ndarray, int]:
    """Likeliest parameters, practice effects float64[P], and the evaluations it took.

    A term that never varies in this region (no rural homes, one commissioner) keeps its starting value; those named in
    ``without`` are held at 0.
    """
    practice, demand, lists = observed.travel.practice, observed.demand, observed.lists
    left_out = np.isin(NAMES, list(without))
    start = np.where(left_out, 0.0, as_vector(START))
    # A term only matters where it differs between an area's candidates.
    some = observed.terms[demand > 0]
    searched = np.array([bool((np.ptp(some[..., n], axis=1) > 0).any()) for n in range(len(NAMES))]) & ~left_out
    values, effects = start.copy(), np.zeros(len(lists))
    best, best_likelihood, rounds = values, -np.inf, 0
    step = np.zeros(len(NAMES))
    enough = ENOUGH * observed.counts.sum()
    while rounds < most_rounds:
        utility = combined(values, observed.terms)
        effects = solve_practice_effects(utility, practice, demand, lists, start=effects, patients=TOLERANCE)
        told, slope, shares = likelihood(utility, effects, practice, observed.counts, demand, observed.terms)
        rounds += 1
        if not told >= best_likelihood - enough:
            step /= 2.0  # Newton went too far
        else:
            best, best_likelihood = values, max(told, best_likelihood)
            known, _ = information(demand, shares, practice, observed.terms, len(lists))
            step[searched] = _newton(known[np.ix_(searched, searched)], slope[searched])
            if step @ slope < enough:
                break
        values = best + step
    effects = solve_practice_effects(combined(best, observed.terms), practice, demand, lists, start=effects)
    return from_vector(best), effects, rounds


def cross_fit(observed: Observed) -> CrossFit | None:
    """Parameters fitted on each half of the systems, used on the homes of the other; None with one system.

    Systems alternate by size, so the halves are alike. The effects are solved on the observed lists of all homes.
    """
    in_first = halves(observed)[observed.region.area_system]
    if in_first.all() or not in_first.any():
        return None
    found, shares = [], np.zeros(observed.counts.shape, np.float32)
    for fitted_on in (in_first, ~in_first):
        parameters, effects, _ = fit_parameters(observed.within(fitted_on))
        effects = solve_practice_effects(
            observed.utility(parameters), observed.travel.practice, observed.demand, observed.lists, start=effects
        )
        shares[~fitted_on] = _expected(observed, parameters, effects)[1][~fitted_on]
        found.append(parameters)
    return CrossFit((found[0], found[1]), shares, in_first)


def halves(observed: Observed) -> np.ndarray:
    """Which systems are in the first half, bool[S]: they alternate by patients, so the halves are alike."""
    systems = len(observed.region.systems)
    size = np.bincount(observed.region.area_system, observed.demand, systems)
    half = np.zeros(systems, dtype=bool)
    half[np.argsort(-size, kind="stable")[::2]] = True
    return half


def scenario_parameters(observed: Observed, systems: np.ndarray, like: Region | None = None) -> dict[str, float]:
    """Parameters fitted to the homes of some systems only, as settings of a scenario: ``choice.NAME`` to value.

    Args:
        observed: the register, of :func:`analysis.observed_choices.observe`.
        systems: which of ``region.systems`` to fit to, bool[S]; :func:`halves` gives the halves of the cross-fit.
        like: a region the parameters are for; what it has no data on (networks, ages of lists, moves) is held at 0,
            so that the other terms are not reckoned beside it.
    """
    without = () if like is None else unknown_in(like)
    parameters, _, _ = fit_parameters(observed.within(systems[observed.region.area_system]), without=without)
    return {f"choice.{name}": getattr(parameters, name) for name in NAMES}


def unknown_in(region: Region) -> tuple[str, ...]:
    """Bonds that a region has no data on."""
    known = {
        "network_tie": bool((region.practice_neighbourhood != "").any()),
        "age_match": region.list_by_age is not None,
        "mobility_tie": region.destinations is not None,
    }
    return tuple(name for name, there in known.items() if not there)


def measures_by_group(observed: Observed, shares: np.ndarray) -> dict[str, Measures]:
    """Measures of everybody, of urban and rural homes and of each system's homes, by name; empty groups left out.

    ``shares`` are those of the candidates expected, float[A, K].
    """
    region = observed.region
    groups = {"England" if len(region.systems) > 30 else "all homes": np.ones(len(region.areas), dtype=bool)}
    groups |= {"urban": ~region.rural, "rural": region.rural}
    if len(region.systems) > 1:
        groups |= {region.name_of(str(code)): region.area_system == s for s, code in enumerate(region.systems)}
    return {
        name: measure(observed, shares, homes) for name, homes in groups.items() if observed.counts[homes].sum() > 0
    }


def _newton(known: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Step to the summit of a parabola with this information and slope, held to LONGEST_STEP in every value."""
    found = np.diag(known)
    scale = np.where(found > 0.0, 1.0 / np.sqrt(np.where(found > 0.0, found, 1.0)), 0.0)
    step = scale * (np.linalg.pinv(known * scale * scale[:, None], rcond=ALIKE, hermitian=True) @ (slope * scale))
    return np.asarray(step / max(1.0, np.abs(step).max(initial=0.0) / LONGEST_STEP))


def _expected(observed: Observed, parameters: ChoiceParameters, effects: np.ndarray) -> tuple[float, np.ndarray]:
    """Log-likelihood and shares float32[A, K]."""
    told, _, shares = likelihood(
        observed.utility(parameters),
        effects,
        observed.travel.practice,
        observed.counts,
        observed.demand,
        observed.terms,
    )
    return float(told), shares


def _overdispersion(observed: Observed, shares: np.ndarray) -> float:
    """Pearson chi-square over degrees of freedom, over cells where at least one patient is expected."""
    expected = shares * observed.demand[:, None]
    cells = expected >= 1.0
    if not cells.any():
        return 1.0
    chi_square = ((observed.counts - expected)[cells] ** 2 / expected[cells]).sum()
    return float(max(chi_square / max(cells.sum() - int((observed.demand > 0).sum()) - len(NAMES), 1), 1.0))


def _standard_errors(observed: Observed, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standard errors of independent choices and clustered by system, float64[N] each; NaN where not known."""
    practice, demand, systems = observed.travel.practice, observed.demand, observed.region.area_system
    known, explained = information(demand, shares, practice, observed.terms, len(observed.lists))
    varies = np.diag(known) > 0.0
    independent, clustered = np.full(len(NAMES), np.nan), np.full(len(NAMES), np.nan)
    if not varies.any():
        return independent, clustered
    bread = np.linalg.pinv(known[np.ix_(varies, varies)])
    independent[varies] = np.sqrt(np.diag(bread))
    scores = clustered_scores(observed.counts, demand, shares, practice, observed.terms, explained, systems)[:, varies]
    groups = int((np.bincount(systems, demand) > 0).sum())
    if groups > 2:
        meat = scores.T @ scores * groups / (groups - 1)
        clustered[varies] = np.sqrt(np.diag(bread @ meat @ bread))
    return independent, clustered
