"""What the register says of choice of practice, and how well expected choices agree with it.

The measures (CPC, R2, nearest share) are defined in ``analysis.fit_choice``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.choice_likelihood import combined
from model.errors import InputError
from model.parameters.choosing import Choice
from model.patients.practice_effects import choice_shares
from model.patients.ties import crosses_membership_border
from model.patients.utility import PARAMETERS, base_utility

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.geography.travel import Travel

SMALLEST_PRACTICE = 500

REFERENCE = {"log": 3.10, "km": 0.12, "border": 1.17, "log_list": 1.10}
"""A four-term logit fitted to the January 2021 register; quoted CPC 0.729, R2 0.541, nearest 40.8%."""


@dataclass(frozen=True)
class ChoiceParameters:
    """What the utility of a practice depends on: fields of a scenario's ``choice`` section (units as there)."""

    distance_log_urban: float = 0.0
    distance_log_rural: float = 0.0
    distance_km_urban: float = 0.0
    distance_km_rural: float = 0.0
    distance_density: float = 0.0
    distance_density_site: float = 0.0
    distance_list: float = 0.0
    distance_detour: float = 0.0
    distance_spacing: float = 0.0
    border_site: float = 0.0
    border_membership: float = 0.0
    border_authority: float = 0.0
    network_tie: float = 0.0
    age_match: float = 0.0
    mobility_tie: float = 0.0


NOT_FITTED = ("distance_spacing", "border_site")
"""Parameters held at 0: they add nothing to density and to the border of authorities (module docstring of fit_choice)."""
NAMES = tuple(name for name in PARAMETERS if name not in NOT_FITTED)
"""Parameters that are fitted, in the order of every vector and table."""


START = ChoiceParameters(**{name: getattr(Choice(), name) for name in NAMES})
"""Where the search for the likeliest parameters begins: the scenario's defaults. The likelihood has one summit, so this
only saves time."""


def as_vector(parameters: ChoiceParameters) -> np.ndarray:
    """The fitted parameters, float64[NAMES], in that order."""
    return np.array([getattr(parameters, name) for name in NAMES], dtype=np.float64)


def from_vector(values: np.ndarray) -> ChoiceParameters:
    """Parameters from their values, float64[NAMES], in that order."""
    return ChoiceParameters(**dict(zip(NAMES, values.tolist(), strict=True)))


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
class Observed:
    """A register as the fit sees it: A areas, K candidates, P practices."""

    region: Region
    travel: Travel
    counts: np.ndarray
    """Patients of an area with a candidate, float64[A, K]."""
    terms: np.ndarray
    """What each parameter multiplies, float32[A, K, N], N = len(NAMES)."""
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
        return combined(as_vector(parameters), self.terms)


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
    # The utility is linear in its parameters: a term is the utility with its parameter at 1 and the others at 0.
    terms = np.empty((*counts.shape, len(NAMES)), np.float32)
    for n, name in enumerate(NAMES):
        terms[..., n] = base_utility(region, travel, ChoiceParameters(**{name: 1.0}))
    return Observed(region, travel, counts, terms, coverage)


def _crossing(observed: Observed) -> np.ndarray:
    """Whether a candidate belongs to another commissioner than the home's, bool[A, K]."""
    homes = np.arange(len(observed.region.areas))
    return crosses_membership_border(observed.region, observed.travel.practice, homes)


def reference_shares(observed: Observed) -> np.ndarray:
    """Shares by the four-term reference logit, float64[A, K]."""
    km = observed.travel.km.astype(np.float64)
    crossing = _crossing(observed)
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
    crossing = _crossing(observed)[areas]
    large = (observed.lists >= SMALLEST_PRACTICE)[practice]
    first = np.where(large.any(axis=1), large.argmax(axis=1), 0)
    rows = np.arange(len(first))
    total = counts.sum()
    with np.errstate(invalid="ignore"):  # no correlation with what is the same everywhere
        r2_counts = float(np.corrcoef(expected.ravel(), counts.ravel())[0, 1] ** 2)

    def nearest(table: np.ndarray) -> float:
        in_large = (table * large).sum()
        return float((table * large)[rows, first].sum() / in_large) if in_large else float("nan")

    return Measures(
        cpc=float(2 * np.minimum(expected, counts).sum() / (expected.sum() + total)),
        r2=float(1 - (counts * likely).sum() / (-total * np.log(max(counts.shape[1], 2)))),
        r2_counts=r2_counts,
        nearest=nearest(expected),
        nearest_observed=nearest(counts),
        mean_km=float((expected * km).sum() / total),
        mean_km_observed=float((counts * km).sum() / total),
        crossing=float((expected * crossing).sum() / total),
        crossing_observed=float((counts * crossing).sum() / total),
    )


def log_likelihood(observed: Observed, shares: np.ndarray) -> float:
    """Log-likelihood of the observed choices under shares float[A, K], constants left out."""
    return float((observed.counts * np.log(np.maximum(shares, 1e-300))).sum())
