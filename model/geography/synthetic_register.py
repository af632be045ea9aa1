"""Practices of a synthetic region and who is registered with them.

Practices stand where people live, several in the same centre. Lists have the spread of England's; a choice model with
one effect per practice, balanced to those lists, says where the patients of each area are registered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree
from scipy.special import gammaincinv

from model.geography.settlements import Settlements, share_out
from model.geography.synthetic_bodies import bisect_within

# --- parameters: computed from the January 2021 register of England and its published companions unless said ------

DISTANCE_LOG, DISTANCE_KM, OTHER_COMMISSIONER = -3.10, -0.12, -1.17
"""Choice of practice: utility per ln(1 + km), per km, and for a practice of another commissioner: a logit fitted to
the register on the 60 nearest practices."""
NEAREST_PRACTICES = 60
PAIR_TASTE_SD = 0.4
"""Spread of what an area likes about a practice beyond distance and the practice's appeal: word of mouth, bus routes."""
LIST_SHAPE = 2.8
"""Gamma shape of list sizes: Gini 0.33, ln sd 0.66, P10 / mean 0.36, P90 / mean 1.79 (published 0.33, 0.68, 0.38,
1.72)."""
LIST_LOG_SD = 0.68
RIVALS = 9
"""Practices, itself included, against which a practice's own appeal is set."""
LOCAL_BALANCE = 0.7
"""How far the lists of a commissioner's practices are brought to the demand around them (tuned: net flow 1% of
patients)."""
OWN_APPEAL_SD = 0.30
"""Least spread of a practice's own appeal in ln(list) (assumed)."""
BALANCING_ROUNDS = 15
SHARED_CENTRES = 0.16
"""Share of practices within 300 m of another (31%) less the odd chance neighbour."""
SAME_BUILDING = 0.55
"""Of those, the share in the same building: 17% of practices are within 50 m of another."""
CENTRE_REACH = 900.0
"""Metres within which people make an area central enough for a practice (assumed)."""
RURAL_SITES = 0.30
"""More centres per resident outside towns (tuned: median rural resident 2.4 km from the nearest practice)."""
SITE_UNEVENNESS = 1.1
"""Spread of ln(people per area counted) when dividing the map among centres (tuned to nearest-practice distances)."""
REGISTERED_PER_RESIDENT = (
    (0.0, 0.01, 0.05, 0.25, 0.50, 0.75, 0.95, 0.99, 1.0),
    (0.74, 0.815, 0.946, 1.017, 1.060, 1.114, 1.251, 1.405, 1.60),
)
"""Quantiles over areas of registered patients per resident (ends extrapolated)."""
EXCESS_WEIGHTS = (0.6, 0.1, 0.8)
"""What an area's rank in that spread is made of: young adults, deprivation, its own (tuned to 1.121 in the poorest
tenth of areas, 1.054 in the richest)."""
LIST_INFLATION = 1.072
"""Registered patients per resident, England, January 2021."""
EXCESS_BY_BAND = (1.015, np.nan, 1.054, 1.012)
"""Registered per resident at ages 0-17, 18-49 (takes the rest), 50-64, 65 and over: lists of April 2020 over residents
of mid-2020."""
GPS_PER_10_000 = 4.43
GPS_LOG_SD = 0.40
"""GPs excluding trainees and locums, and the spread of ln(GPs per patient) between practices (P5 1.8, P95 7.4)."""
GPS_POOREST_TO_RICHEST = 3.9 / 4.9
"""GPs per patient, most against least deprived fifth, 2024 (General Practice Workforce)."""
MALE_SHARE, MALE_SD = 0.502, 0.018
"""Share of lists that is male and its spread, April 2020 (SD 0.023 with barracks and prisons, 0.014 from quartiles)."""
NETWORK_PATIENTS = 45_000
"""Patients of a primary care network: 58% of them have 30-50k, P90 69k."""
TRUST_RUN = 0.013
"""Practices run by an NHS trust in March 2021: 85 of 6,600 (Davies et al. 2024)."""
CARR_HILL = (0.651, 0.0120, 0.0059, 0.051)
"""Weighted / registered = a + b x %65+ + c x IMD score + d x rural, 4,575 practices (computed from NHS Payments to General Practice
2022/23)."""
IMD_SCORE = np.array([55.5, 38.1, 29.7, 23.9, 19.5, 15.9, 12.7, 9.9, 7.3, 4.2])
"""Mean IMD 2019 score of areas by decile, 1 to 10."""


@dataclass(frozen=True)
class SyntheticRegister:
    """Practices and their patients; rows sorted by (area, practice)."""

    site_x: np.ndarray
    """Easting, m, float64[P]."""
    site_y: np.ndarray
    """Northing, m, float64[P]."""
    site_area: np.ndarray
    """Area of the site, int64[P]."""
    area: np.ndarray
    """int64[R]."""
    practice: np.ndarray
    """int64[R]."""
    patients: np.ndarray
    """int64[R]."""

    @property
    def lists(self) -> np.ndarray:
        """Patients of each practice, int64[P]."""
        return np.bincount(self.practice, self.patients, minlength=self.site_x.size).astype(np.int64)


def site_practices(
    places: Settlements, residents: np.ndarray, commissioner: np.ndarray, practices: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Put practices where people live: x and y float64[P] and the area each stands in int64[P].

    Each commissioner's map is cut into as many parts of equal population as it has centres (at least one); each centre
    is in a crowded area of its part, and the remaining practices join centres in proportion to the people near them.
    """
    centres = practices - round(SHARED_CENTRES * practices)
    ground = KDTree(np.c_[places.x, places.y])
    first, second = ground.query_pairs(CENTRE_REACH, output_type="ndarray").T
    crowded = residents + np.bincount(first, residents[second], residents.size)
    crowded += np.bincount(second, residents[first], residents.size)
    counted = residents * np.exp(rng.normal(0, SITE_UNEVENNESS, residents.size)) * (1 + RURAL_SITES * places.rural)
    people = np.bincount(commissioner, counted)
    in_each = 1 + share_out(centres - people.size, people)
    part = bisect_within(commissioner, places.x, places.y, counted, in_each)
    pull = np.log(crowded) + 0.4 * rng.gumbel(size=residents.size)
    order = np.lexsort((-pull, part))
    at = order[np.unique(part[order], return_index=True)[1]]
    chance = np.sqrt(crowded[at])
    joined = rng.choice(centres, size=practices - centres, p=chance / chance.sum())
    same = rng.random(joined.size) < SAME_BUILDING
    off = np.minimum(0.2 * places.spacing[at], 250.0)[:, None] * rng.normal(size=(centres, 2))
    x, y = places.x[at] + off[:, 0], places.y[at] + off[:, 1]
    aside = np.where(same, 10.0, 150.0)[:, None] * rng.normal(size=(joined.size, 2))
    x, y = np.concatenate([x, x[joined] + aside[:, 0]]), np.concatenate([y, y[joined] + aside[:, 1]])
    area = ground.query(np.c_[x, y])[1]
    order = np.lexsort((x, area))
    return np.round(x[order]), np.round(y[order]), area[order].astype(np.int64)


def registered_counts(
    residents: np.ndarray, young: np.ndarray, decile: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Registered patients of each area, int64[A]: the published spread, higher where people are young and poor.

    ``young`` is the share of residents aged 18-39, float64[A].
    """
    parts = ((young - young.mean()) / young.std(), (5.5 - decile) / 2.87, rng.normal(size=young.size))
    score = sum(weight * part for weight, part in zip(EXCESS_WEIGHTS, parts, strict=True))
    rank = (np.argsort(np.argsort(score, kind="stable"), kind="stable") + 0.5) / young.size
    ratio = np.interp(rank, *REGISTERED_PER_RESIDENT)
    return share_out(round(LIST_INFLATION * residents.sum()), residents * ratio)


def register_patients(
    places: Settlements,
    registered: np.ndarray,
    commissioner: np.ndarray,
    site_x: np.ndarray,
    site_y: np.ndarray,
    site_area: np.ndarray,
    rng: np.random.Generator,
) -> SyntheticRegister:
    """Register the patients of each area by the choice model of the module's parameters.

    Practice effects are balanced (proportional fitting) towards lists with England's spread; then every patient of an
    area draws a practice, so that areas add up exactly and lists are what has been drawn.
    """
    practices = site_x.size
    near = min(NEAREST_PRACTICES, practices)
    metres, choice = KDTree(np.c_[site_x, site_y]).query(np.c_[places.x, places.y], near)
    km = metres.reshape(-1, near) / 1000.0
    choice = choice.reshape(-1, near)
    border = commissioner[:, None] != commissioner[site_area][choice]
    utility = DISTANCE_LOG * np.log1p(km) + DISTANCE_KM * km + OTHER_COMMISSIONER * border
    pull = np.exp(utility + PAIR_TASTE_SD * rng.normal(size=km.shape))

    effect = np.ones(practices)
    flat = choice.ravel()

    def flows() -> np.ndarray:
        weight = pull * effect[choice]
        weight *= (registered / weight.sum(axis=1))[:, None]
        return weight

    demand = np.bincount(flat, flows().ravel(), minlength=practices)
    wanted = _list_sizes(demand, commissioner[site_area], site_x, site_y, int(registered.sum()), rng)
    for _ in range(BALANCING_ROUNDS):
        reached = np.bincount(flat, flows().ravel(), minlength=practices)
        effect *= wanted / np.maximum(reached, 1e-9)
        effect /= np.exp(np.log(effect).mean())

    # Binomial drawing needs each row of chances to be in float64 and to add up to no more than one.
    chance = flows()
    chance /= chance.sum(axis=1, keepdims=True)
    drawn = rng.multinomial(registered, chance)
    area, slot = np.nonzero(drawn)
    practice, patients = choice[area, slot], drawn[area, slot]
    order = np.lexsort((practice, area))
    return SyntheticRegister(site_x, site_y, site_area, area[order], practice[order], patients[order])


def _list_sizes(
    demand: np.ndarray,
    commissioner: np.ndarray,
    site_x: np.ndarray,
    site_y: np.ndarray,
    total: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Lists of England's spread (gamma quantiles), float64[P] adding up to ``total``.

    A practice's rank comes from the people around it, ``demand``, and from its own appeal against its neighbours', so
    that a district's lists add up to about its people; so, by ``LOCAL_BALANCE``, do those of a commissioner.
    """
    around = np.log(demand)
    own = rng.normal(size=demand.size)
    rivals = KDTree(np.c_[site_x, site_y]).query(np.c_[site_x, site_y], min(RIVALS, demand.size))[1]
    own = own - own[rivals.reshape(demand.size, -1)].mean(axis=1)
    spread = np.sqrt(max(LIST_LOG_SD**2 - around.var(), OWN_APPEAL_SD**2))
    rank = np.argsort(np.argsort(around + spread * own / own.std(), kind="stable"), kind="stable")
    lists = gammaincinv(LIST_SHAPE, (rank + 0.5) / demand.size)
    lists = (
        lists * (np.bincount(commissioner, demand) / np.bincount(commissioner, lists))[commissioner] ** LOCAL_BALANCE
    )
    return lists * total / lists.sum()


def patients_by_band(
    register: SyntheticRegister, registered: np.ndarray, by_band: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Patients of each practice aged 0-17, 18-49, 50-64, 65+, int64[P, 4], adding up to the list.

    ``by_band`` residents of each area in those bands, [A, 4]. The excess of registered over resident is at 18-49.
    """
    excess = np.array(EXCESS_BY_BAND)
    young = by_band * np.nan_to_num(excess, nan=1.0)
    others = young.sum(axis=1) - young[:, 1]
    young[:, 1] = np.maximum(registered - others, 0.8 * by_band[:, 1])
    mix = young / young.sum(axis=1, keepdims=True)
    practices = register.site_x.size
    expected = np.stack(
        [np.bincount(register.practice, register.patients * mix[register.area, b], practices) for b in range(4)], axis=1
    )
    expected *= np.exp(rng.normal(0, 0.06, expected.shape))
    expected *= (register.lists / np.maximum(expected.sum(axis=1), 1e-9))[:, None]
    whole = np.floor(expected).astype(np.int64)
    short = register.lists - whole.sum(axis=1)
    rank = np.argsort(np.argsort(whole - expected, axis=1, kind="stable"), axis=1, kind="stable")
    return whole + (rank < short[:, None])


def practice_mean(register: SyntheticRegister, value: np.ndarray) -> np.ndarray:
    """Mean over a practice's patients of a value of their area, float64[P]; 0 where the list is empty."""
    total = np.bincount(register.practice, register.patients * value[register.area], minlength=register.site_x.size)
    return total / np.maximum(register.lists, 1)


def gps(register: SyntheticRegister, decile: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Full-time equivalent GPs of each practice, float64[P], to hundredths, fewer per patient where people are poor."""
    slope = -np.log(GPS_POOREST_TO_RICHEST) / 8.0
    per = np.exp(slope * (practice_mean(register, decile) - 5.5) + rng.normal(0, GPS_LOG_SD, register.site_x.size))
    lists = register.lists
    return np.maximum(np.round(lists * per * GPS_PER_10_000 * 1e-4 * lists.sum() / (lists * per).sum(), 2), 0.2)


def carr_hill_lists(
    register: SyntheticRegister, bands: np.ndarray, decile: np.ndarray, rural: np.ndarray
) -> np.ndarray:
    """Carr-Hill weighted list of each practice, float64[P], adding up to the registered total."""
    lists = register.lists
    base, per_older, per_imd, if_rural = CARR_HILL
    older = 100.0 * bands[:, 3] / np.maximum(lists, 1)
    index = base + per_older * older + per_imd * practice_mean(register, IMD_SCORE[decile - 1])
    weighted = lists * (index + if_rural * practice_mean(register, rural))
    return np.round(weighted * lists.sum() / weighted.sum(), 1)
