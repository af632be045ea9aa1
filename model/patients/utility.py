"""The part of the utility of a practice that is the same for everyone in an area (the deterministic part of choice).

For area a and its candidate practice k (ODD 7.16):

    V[a, k] = effect[p] - f[a, k] + ties[a, k]
    f[a, k] = (b_log[a] + b_site[p]) * ln(1 + km) + b_km[a] * km + distance_detour * (network km - km)
    b_log[a] = distance_log + distance_density * ln(density[a] / D) - distance_spacing * ln(spacing[a] / 1 km)
    b_site[p] = distance_density_site * ln(density at the site / D) - distance_list * ln(list[p] / 9,000)

with distance_log and b_km of urban or of rural homes. The density of a place is the people around it, sum of residents
x exp(-km / 2): in town a kilometre matters more, as do sites in town against sites in the country, and large practices
draw from farther. D is England's mean. The spacing of practices around a home is the distance of its 8th nearest: it
says much the same as density and is not used unless set. The log term is not held above 0: where homes and sites are
very thin on the ground, the cost of each km is all that is left. Ties are those of :mod:`model.patients.ties`.

The utility is linear in its parameters (:data:`PARAMETERS`). The practice effects are those of
:mod:`model.patients.practice_effects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from model.geography.commuting import people_around
from model.patients.ties import Ties, ties_of

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.geography.travel import Travel

PARAMETERS = (
    "distance_log_urban", "distance_log_rural", "distance_km_urban", "distance_km_rural", "distance_density",
    "distance_density_site", "distance_list", "distance_detour", "distance_spacing", "border_site",
    "border_membership", "border_authority", "network_tie", "age_match", "mobility_tie",
)  # fmt: skip
"""What the utility of a practice depends on, names in a scenario's ``choice`` section."""
SPACING_RANK = 8
SPACING_LIMITS_KM = (0.2, 15.0)
DENSITY_KM = 2.0
MEAN_DENSITY = 37_000.0
"""Residents x exp(-km / 2) around the mean resident of England (geometric mean, mid-2020)."""
LEAST_DENSITY = 100.0
MEAN_LIST = 9_000.0
"""Mean list of practices, England, January 2021."""
SMALLEST_LIST = 100.0


class ChoiceParameters(Ties, Protocol):
    """The parameters of base_utility: the ``choice`` section of a scenario has them."""

    @property
    def distance_log_urban(self) -> float:
        """Per ln(1 + km), urban homes."""
        ...

    @property
    def distance_log_rural(self) -> float:
        """Per ln(1 + km), rural homes."""
        ...

    @property
    def distance_km_urban(self) -> float:
        """Per km, urban homes."""
        ...

    @property
    def distance_km_rural(self) -> float:
        """Per km, rural homes."""
        ...

    @property
    def distance_density(self) -> float:
        """How much more each ln(1 + km) costs per ln of the density around the home."""
        ...

    @property
    def distance_density_site(self) -> float:
        """The same for the density around the site."""
        ...

    @property
    def distance_list(self) -> float:
        """How much less each ln(1 + km) costs per ln of the list."""
        ...

    @property
    def distance_detour(self) -> float:
        """Per km that the network is longer than the straight line."""
        ...

    @property
    def distance_spacing(self) -> float:
        """How much less each ln(1 + km) costs per ln of the spacing of practices."""
        ...


class DistanceCosts(NamedTuple):
    """What distance costs: A areas, P practices (module docstring)."""

    per_log: np.ndarray
    """Per ln(1 + km) of homes, float32[A]."""
    per_km: np.ndarray
    """Per km of homes, float32[A]."""
    site_log: np.ndarray
    """Per ln(1 + km) to the sites of practices, beside that of homes, float32[P]."""
    per_detour: float
    """Per km that the network is longer than the straight line."""
    density: np.ndarray
    """ln of the people around each area over the mean, float64[A]."""


def practice_spacing(travel: Travel) -> np.ndarray:
    """Km to the 8th nearest practice, within 0.2 to 15, float64[A]; with fewer, scaled as if practices were as dense."""
    rank = min(SPACING_RANK, travel.km.shape[1])
    km = travel.km[:, rank - 1].astype(np.float64) * np.sqrt(SPACING_RANK / rank)
    return np.clip(km, *SPACING_LIMITS_KM)


def log_density(region: Region) -> np.ndarray:
    """Ln of the people around each area over England's mean, float64[A] (module docstring)."""
    people = people_around(region.x, region.y, region.residents.astype(np.float64), DENSITY_KM)
    return np.log(np.maximum(people, LEAST_DENSITY) / MEAN_DENSITY)


def distance_costs(region: Region, travel: Travel, choice: ChoiceParameters) -> DistanceCosts:
    """What distance costs homes in each area and on the way to each practice."""
    density = log_density(region)
    per_log = np.where(region.rural, choice.distance_log_rural, choice.distance_log_urban)
    per_log = per_log + choice.distance_density * density
    per_log = per_log - choice.distance_spacing * np.log(practice_spacing(travel))
    per_km = np.where(region.rural, choice.distance_km_rural, choice.distance_km_urban)
    site_log = cost_of_sites(region, density, choice)
    return DistanceCosts(
        per_log.astype(np.float32), per_km.astype(np.float32), site_log, choice.distance_detour, density
    )


def cost_of_sites(region: Region, density: np.ndarray, choice: ChoiceParameters) -> np.ndarray:
    """Cost per ln(1 + km) to the site of each practice, float32[P]; ``density`` of :func:`log_density`."""
    size = np.where(region.list_size >= SMALLEST_LIST, region.list_size / MEAN_LIST, 1.0)
    site_log = choice.distance_density_site * density[region.practice_area] - choice.distance_list * np.log(size)
    return site_log.astype(np.float32)


def cost_of_distance(costs: DistanceCosts, travel: Travel) -> np.ndarray:
    """What the distance of each candidate costs, f in the module docstring, float32[A, K]."""
    cost = costs.per_log[:, None] + costs.site_log[travel.practice]
    cost *= np.log1p(travel.km)
    cost += costs.per_km[:, None] * travel.km
    cost += np.float32(costs.per_detour) * (travel.network_km - travel.km)
    return cost


def base_utility(region: Region, travel: Travel, choice: ChoiceParameters) -> np.ndarray:
    """Utility of each candidate practice without the practice's effect, float32[A, K] (module docstring)."""
    ties = ties_of(region, travel.practice, choice)
    ties -= cost_of_distance(distance_costs(region, travel, choice), travel)
    return ties
