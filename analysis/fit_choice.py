"""Fit the choice of practice to a register: python -m analysis.fit_choice REGION_DIR [--json].

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
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize

from model.errors import InputError
from model.patients.utility import (
    choice_shares,
    crosses_membership_border,
    crosses_site_border,
    practice_spacing,
    solve_practice_effects,
)

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.geography.travel import Travel

SMALLEST_PRACTICE = 500
REFERENCE = {"log": 3.10, "km": 0.12, "border": 1.17, "log_list": 1.10}
"""A four-term logit fitted to the January 2021 register; quoted CPC 0.729, R2 0.541, nearest 40.8%."""


@dataclass(frozen=True)
class ChoiceParameters:
    """The fitted part of a scenario's ``choice`` section (units as there)."""

    distance_log_urban: float = 3.2
    distance_log_rural: float = 1.2
    distance_km_urban: float = 0.2
    distance_km_rural: float = 0.4
    distance_spacing: float = 0.0
    border_site: float = 0.4
    border_membership: float = 0.9


NAMES = tuple(ChoiceParameters.__dataclass_fields__)


@dataclass(frozen=True)
class Measures:
    """How well expected counts agree with observed ones (module docstring); shares are of the patients counted."""

    cpc: float
    r2: float
    r2_counts: float
    nearest: float
    nearest_observed: float
    mean_km: float
    mean_km_observed: float
    crossing: float
    crossing_observed: float


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


@dataclass(frozen=True, eq=False)
class Observed:
    """A register as the fit sees it: A areas, K candidates, P practices."""

    region: Region
    travel: Travel
    counts: np.ndarray
    """Patients of an area with a candidate, float64[A, K]."""
    terms: np.ndarray
    """What each parameter multiplies, float64[7, A, K]."""
    coverage: float

    @property
    def demand(self) -> np.ndarray:
        """Patients of each area with any candidate, float64[A]."""
        return self.counts.sum(axis=1)

    @property
    def lists(self) -> np.ndarray:
        """Patients of each practice among these, float64[P]."""
        return np.bincount(self.travel.practice.ravel(), self.counts.ravel(), len(self.region.practices))

    def within(self, areas: np.ndarray) -> Observed:
        """The same with the patients of some areas only, bool[A]."""
        return replace(self, counts=np.where(areas[:, None], self.counts, 0.0))

    def utility(self, parameters: ChoiceParameters) -> np.ndarray:
        """Utility without practice effects, float64[A, K]."""
        return np.tensordot(_vector(parameters), self.terms, axes=1)


def observe(region: Region, travel: Travel) -> Observed:
    """The region's register by area and candidate, without digital providers.

    Raises:
        InputError: the region has no register, or nobody in it is with one of the nearest practices.
    """
    area, practice, patients = region.registration_area, region.registration_practice, region.registration_patients
    if area is None or practice is None or patients is None:
        raise InputError("registrations: this region has none, expected a register to fit choices to; import one")
    digital = region.provider_kind == "digital"
    counts = np.zeros(travel.practice.shape)
    for start in range(0, len(area), 65_536):
        rows = slice(start, start + 65_536)
        same = travel.practice[area[rows]] == practice[rows, None]
        row = np.flatnonzero(same.any(axis=1) & ~digital[practice[rows]])
        counts[area[rows][row], same[row].argmax(axis=1)] = patients[rows][row]
    if counts.sum() == 0:
        raise InputError("registrations: nobody is with one of the nearest practices; check coordinates and codes")
    coverage = float(counts.sum() / patients[~digital[practice]].sum())
    km = travel.km.astype(np.float64)
    rural = region.rural[:, None]
    log_km = np.log1p(km)
    terms = np.stack(
        [
            -log_km * ~rural,
            -log_km * rural,
            -km * ~rural,
            -km * rural,
            log_km * np.log(practice_spacing(travel))[:, None],
            -crosses_site_border(region, travel.practice).astype(np.float64),
            -crosses_membership_border(region, travel.practice).astype(np.float64),
        ]
    )
    return Observed(region, travel, counts, terms, coverage)


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
        ChoiceParameters(*errors.tolist()),
        overdispersion,
        effects,
        _log_likelihood(observed, shares),
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
    start = _vector(ChoiceParameters())
    effects = np.zeros(len(lists))
    scale = observed.counts.sum()

    def cost(values: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal effects
        vector = start.copy()
        vector[varies] = values
        utility = np.tensordot(vector, observed.terms, axes=1)
        effects = solve_practice_effects(utility, practice, demand, lists, start=effects, patients=1.0)
        shares = choice_shares(utility, practice, effects)
        residual = observed.counts - shares * demand[:, None]
        slope = np.array([np.vdot(residual, term) for term in observed.terms[varies]])
        return -_log_likelihood(observed, shares) / scale, -slope / scale

    found = minimize(
        cost, start[varies], jac=True, method="BFGS", options={"gtol": 1e-5, "maxiter": most_rounds, "xrtol": 1e-5}
    )
    best = start.copy()
    best[varies] = found.x
    utility = np.tensordot(best, observed.terms, axes=1)
    effects = solve_practice_effects(utility, practice, demand, lists, start=effects)
    return ChoiceParameters(*best.tolist()), effects, int(found.nfev)


def reference_shares(observed: Observed) -> np.ndarray:
    """Shares by the four-term reference logit, float64[A, K]."""
    km = observed.travel.km.astype(np.float64)
    crossing = crosses_membership_border(observed.region, observed.travel.practice)
    utility = -REFERENCE["log"] * np.log1p(km) - REFERENCE["km"] * km - REFERENCE["border"] * crossing
    return choice_shares(
        utility, observed.travel.practice, REFERENCE["log_list"] * np.log(np.maximum(observed.lists, 1.0))
    )


def measure(observed: Observed, shares: np.ndarray, areas: np.ndarray) -> Measures:
    """Agreement of expected and observed counts for the homes in some areas, bool[A]."""
    counts = observed.counts[areas]
    practice, km = observed.travel.practice[areas], observed.travel.km[areas]
    demand = counts.sum(axis=1)
    expected = shares[areas] * demand[:, None]
    likely = np.log(np.maximum(shares[areas], 1e-300))
    crossing = crosses_membership_border(observed.region, observed.travel.practice)[areas]
    large = (observed.lists >= SMALLEST_PRACTICE)[practice]
    first = np.where(large.any(axis=1), large.argmax(axis=1), 0)
    rows = np.arange(len(first))
    total = counts.sum()

    def nearest(table: np.ndarray) -> float:
        in_large = (table * large).sum()
        return float((table * large)[rows, first].sum() / in_large) if in_large else float("nan")

    return Measures(
        cpc=float(2 * np.minimum(expected, counts).sum() / (expected.sum() + total)),
        r2=float(1 - (counts * likely).sum() / (-total * np.log(max(counts.shape[1], 2)))),
        r2_counts=float(np.corrcoef(expected.ravel(), counts.ravel())[0, 1] ** 2),
        nearest=nearest(expected),
        nearest_observed=nearest(counts),
        mean_km=float((expected * km).sum() / total),
        mean_km_observed=float((counts * km).sum() / total),
        crossing=float((expected * crossing).sum() / total),
        crossing_observed=float((counts * crossing).sum() / total),
    )


def cross_fit(observed: Observed) -> list[tuple[ChoiceParameters, Measures]]:
    """Parameters fitted on the homes of half the systems, and their measures on the homes of the other half, twice.

    Systems alternate by size, so the halves are alike. The effects are solved on the observed lists of all homes.
    """
    region = observed.region
    size = np.bincount(region.area_system, observed.demand, len(region.systems))
    half = np.zeros(len(region.systems), dtype=bool)
    half[np.argsort(-size, kind="stable")[::2]] = True
    in_half = half[region.area_system]
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
    print(json.dumps(_as_json(result, crossed), indent=2) if options.json else table(result, crossed))
    return 0


def _as_json(result: FitResult, crossed: list[tuple[ChoiceParameters, Measures]]) -> dict[str, Any]:
    fields = {name: value for name, value in vars(result).items() if name != "effects"}
    plain = {name: vars(value) if hasattr(value, "__dict__") else value for name, value in fields.items()}
    return plain | {"cross_fit": [{"parameters": vars(p), "other_half": vars(m)} for p, m in crossed]}


def _vector(parameters: ChoiceParameters) -> np.ndarray:
    return np.array([getattr(parameters, name) for name in NAMES], dtype=np.float64)


def _log_likelihood(observed: Observed, shares: np.ndarray) -> float:
    return float((observed.counts * np.log(np.maximum(shares, 1e-300))).sum())


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
