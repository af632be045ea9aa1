"""Who lives in a synthetic region: how many in each area, how old, how poor, and how their numbers change.

Deprivation is higher in dense centres and varies smoothly over space; ages depend on the kind of place.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from model.geography.region import OLDEST_AGE
from model.geography.settlements import Settlements, share_out

# --- parameters: all computed from ONS mid-2019/2020 residents, the 2011 rural-urban classification and IMD 2019, over
# the 32,844 LSOAs of England, unless another source is given ---------------------------------------------------------

RESIDENTS_LOG_SD = 0.21
"""Spread of ln(residents) over areas (p1 1,099, median 1,623, p99 3,436)."""
FEWEST_RESIDENTS = 1_000
"""ONS threshold for a 2011 LSOA."""
DEPRIVATION_WEIGHTS = (0.72, 0.50, 0.32, 0.22, 0.42, 0.25, 0.05)
"""What need is made of: a field smooth over 48 and one over 9 neighbouring areas, the town, density, the area's own,
centrality, not being rural (tuned to the correlations given with ``deprivation_deciles``)."""
STUDENT_AREAS = 0.021
"""Share of areas where more than 15% of residents are aged 19-22."""
STUDENT_CITY_AREAS = 60
"""Areas in the smallest settlement given student districts (about 100,000 residents)."""
DENSE_CORE = 0.20
"""Share of urban areas that count as dense core for ages: the densest fifth."""

ENGLAND_AGES = (
    *(1099, 1144, 1183, 1219, 1217, 1228, 1256, 1293, 1265, 1244, 1225, 1236, 1197, 1174, 1126, 1110, 1079, 1065),
    *(1099, 1137, 1187, 1207, 1256, 1271, 1275, 1316, 1320, 1360, 1390, 1368, 1355, 1371, 1338, 1351, 1350, 1317),
    *(1327, 1324, 1331, 1334, 1281, 1195, 1176, 1196, 1218, 1238, 1289, 1342, 1383, 1350, 1380, 1377, 1395, 1393),
    *(1397, 1382, 1348, 1315, 1266, 1211, 1180, 1153, 1107, 1065, 1024, 1023, 1006, 973, 976, 991, 1012, 1062),
    *(1146, 876, 841, 828, 759, 668, 590, 603, 586, 556, 514, 472, 431, 381, 345, 315, 280, 241, 919),
)
"""Residents of England by single year of age 0 ... 89, 90+, per 100,000, mid-2019 (ONS)."""

AGE_KNOTS = (2, 7, 12, 16, 18.5, 20.5, 23, 27, 32, 37, 42, 47, 52, 57, 62, 67, 72, 77, 82, 87, 92)
"""Ages at which the profiles below are given."""
AGE_PROFILES = {
    "rural": "-22 -13 -4 0 -19 -47 -38 -41 -36 -25 -11 4 13 19 24 31 36 34 27 24 22",
    "deprived": "21 19 14 9 2 -2 0 12 11 4 -5 -6 -7 -8 -10 -16 -25 -26 -23 -24 -24",
    "middling": "1 -1 -3 -4 -15 -21 -12 -1 2 1 -1 0 2 2 3 3 4 5 7 8 10",
    "leafy": "-14 -6 0 3 -16 -39 -30 -30 -26 -11 3 8 9 10 11 15 22 22 24 25 24",
    "deprived core": "23 17 12 9 2 5 16 30 32 23 11 -5 -14 -22 -30 -44 -64 -62 -60 -59 -60",
    "affluent core": "11 1 -9 -14 -26 -14 12 31 36 31 23 4 -9 -18 -25 -34 -45 -46 -43 -42 -37",
    "student": "-67 -80 -87 -44 152 198 152 61 -8 -38 -57 -74 -84 -89 -89 -95 -105 -104 -100 -94 -80",
}
"""100 x ln(share of residents at that age / England's share) in each kind of place, mid-2019."""
AGE_TILT_SD = 0.20
"""Spread between areas of one kind, as a tilt of ln(share) per 40 years of age."""

COMPONENT_YEARS = (2017, 2018, 2019)
COMPONENT_RATES = {
    "births": (11.74, 11.38, 10.98),
    "deaths": (8.92, 9.15, 8.69),
    "internal_in": (56.35, 56.90, 58.60),
    "internal_out": (56.68, 57.24, 58.96),
    "international_in": (9.21, 10.05, 9.55),
    "international_out": (5.42, 5.52, 6.02),
}
"""Per 1,000 residents of England in the years to mid-2017, 2018 and 2019 (computed from ONS MYEB3; moves are those
between authorities and other countries of the UK)."""
MOVES_LOG_SD = 0.275
"""Spread of ln(moves per resident) over authorities: P10/P50/P90 40, 58, 81 per 1,000 (ONS MYEB3, 2019)."""
IMMIGRATION_LOG_SD = 0.86
"""Spread of ln(immigrants per resident) over authorities: P10/P50/P90 2, 5, 18 per 1,000 (ONS MYEB3, 2019)."""
MOST_MOVES = 0.9
"""Moves of one authority over those of all others, at most: whoever leaves one arrives in another, since a synthetic
region has nothing around it."""
OFFSET_BY_MOVES = 0.75
"""Part of an authority's excess natural change and net immigration that net moves to other authorities take away:
places that gain migrants from abroad lose people to others (assumption; it keeps growth near 0.5% a year everywhere)."""
NET_MOVES_SD = 0.001
"""Spread of the rest of net moves, per resident a year (assumption)."""
DEATHS_DOUBLE_YEARS, DEATHS_DOUBLE_FROM = 7.0, 40.0
"""Deaths by age rise twofold every seven years from about 40 (Gompertz; national rates: 0.0012 at 40, 0.081 at 85)."""


def deprivation_deciles(places: Settlements, rng: np.random.Generator) -> np.ndarray:
    """IMD-like deciles of areas, uint8[A], 1 = most deprived, a tenth of areas each.

    England: correlation with the mean of the six nearest LSOAs 0.74, with the thirtieth nearest 0.31, with ln(spacing)
    0.29; mean decile of rural areas 6.7.
    """
    count = places.x.size
    tree = KDTree(np.c_[places.x, places.y])
    nearest = tree.query(np.c_[places.x, places.y], min(48, count))[1]

    def smooth(neighbours: int) -> np.ndarray:
        field = rng.normal(size=count)[nearest[:, : min(neighbours, count)]].mean(axis=1)
        return (field - field.mean()) / field.std()

    town = rng.normal(size=places.size.size)[places.settlement]
    density = -np.log(places.spacing)
    density = (density - density.mean()) / density.std()
    parts = (smooth(48), smooth(9), town, density, rng.normal(size=count), places.centrality, -1.0 * places.rural)
    need = sum(weight * part for weight, part in zip(DEPRIVATION_WEIGHTS, parts, strict=True))
    rank = np.argsort(np.argsort(-need, kind="stable"), kind="stable")
    return (1 + rank * 10 // count).astype(np.uint8)


def student_areas(places: Settlements, rng: np.random.Generator) -> np.ndarray:
    """Areas where students live, bool[A]: clusters near the centres of cities."""
    city = places.size[places.settlement] >= STUDENT_CITY_AREAS
    student = np.zeros(places.x.size, bool)
    wanted = round(STUDENT_AREAS * places.x.size)
    if not city.any() or wanted == 0:
        return student
    tree = KDTree(np.c_[places.x, places.y])
    cluster = 6
    chance = np.where(city & (places.centrality > 0.4), 1.0, 0.0)
    for seed_area in rng.choice(chance.size, size=-(-wanted // cluster), p=chance / chance.sum()):
        student[tree.query([places.x[seed_area], places.y[seed_area]], cluster)[1]] = True
    return student & city


def resident_counts(places: Settlements, residents: int, rng: np.random.Generator) -> np.ndarray:
    """Residents of each area, int64[A], adding up to ``residents``; none below ``FEWEST_RESIDENTS``."""
    draw = np.exp(rng.normal(0, RESIDENTS_LOG_SD, places.x.size) + 0.04 * np.abs(rng.normal(size=places.x.size)))
    spare = residents - FEWEST_RESIDENTS * draw.size
    over = np.maximum(draw * residents / draw.sum() - FEWEST_RESIDENTS, 50.0)
    return FEWEST_RESIDENTS + share_out(spare, over)


def population_by_age(
    places: Settlements,
    residents: np.ndarray,
    decile: np.ndarray,
    student: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Residents by single year of age, int32[A, 91]: England's ages overall, each kind of place with its own profile.

    Profiles are balanced to England's age structure (iterative proportional fitting), then drawn.
    """
    core = ~places.rural & (places.spacing < np.quantile(places.spacing[~places.rural], DENSE_CORE))
    kinds = list(AGE_PROFILES)
    kind = np.select(
        [student, places.rural, core & (decile <= 4), core, decile <= 2, decile >= 8],
        [kinds.index(k) for k in ("student", "rural", "deprived core", "affluent core", "deprived", "leafy")],
        kinds.index("middling"),
    )
    ages = np.arange(OLDEST_AGE + 1)
    curves = np.array([np.interp(ages, AGE_KNOTS, np.array(p.split(), float) / 100) for p in AGE_PROFILES.values()])
    england = np.array(ENGLAND_AGES, float)
    england /= england.sum()
    tilt = rng.normal(0, AGE_TILT_SD, residents.size)
    shape = england * np.exp(curves)[kind] * np.exp(tilt[:, None] * np.clip((ages - 40) / 40, -1, 1))
    for _ in range(6):
        shape *= (residents / shape.sum(axis=1))[:, None]
        shape *= england * residents.sum() / shape.sum(axis=0)
    shape /= shape.sum(axis=1, keepdims=True)
    return rng.multinomial(residents, shape).astype(np.int32)


def exchangeable(moves: np.ndarray) -> np.ndarray:
    """Moves of each authority, float64[L], lowered until none has more than the others can send or take.

    Of two authorities both have the lower one's; a single one has none.
    """
    moves = moves.astype(np.float64).copy()
    for _ in range(10 * moves.size):
        largest = int(moves.argmax())
        others = moves.sum() - moves[largest]
        most = others if moves.size <= 2 else MOST_MOVES * others
        if moves[largest] <= most * (1 + 1e-9):
            break
        moves[largest] = most
    return moves


def components_of_change(
    authority: np.ndarray, population: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Births, deaths and migration of each authority: England's rates, spread by age structure and kind of place.

    authority int64[A] and population [A, 91] as at the last year. Returns the columns of the region's ``components``
    but for codes: ``authority`` as numbers, ``year``, and counts, one row per authority and year. Each year's
    population is the one before plus what entered less what left.
    """
    count = int(authority.max()) + 1
    people = np.stack([np.bincount(authority, population[:, a], count) for a in range(population.shape[1])], axis=1)
    residents = people.sum(axis=1).astype(np.int64)
    ages = np.arange(population.shape[1])
    young = people[:, 18:40].sum(axis=1) / residents
    standing = (young - young.mean()) / max(young.std(), 1e-9)

    def spread(log_sd: float) -> np.ndarray:
        return residents * np.exp(log_sd * (0.8 * standing + 0.6 * rng.normal(size=count)))

    wanted = spread(MOVES_LOG_SD)
    moves = exchangeable(wanted)
    weight = {
        "births": people[:, 20:40].sum(axis=1) * np.exp(rng.normal(0, 0.05, count)),
        "deaths": people @ 2.0 ** ((ages - DEATHS_DOUBLE_FROM) / DEATHS_DOUBLE_YEARS),
        "international_in": spread(IMMIGRATION_LOG_SD),
    }
    weight["international_out"] = weight["international_in"] ** 0.8 * residents**0.2
    # Drawn last, so that the other draws are what they were.
    drift = residents * rng.normal(0, NET_MOVES_SD, count)
    drift -= residents * (drift.sum() / residents.sum())
    table = {name: np.zeros((count, len(COMPONENT_YEARS)), np.int64) for name in ("population", *COMPONENT_RATES)}
    at_end = residents
    for y in range(len(COMPONENT_YEARS) - 1, -1, -1):
        total = {name: rates[y] / 1000 * residents.sum() for name, rates in COMPONENT_RATES.items()}
        for name, by_authority in weight.items():
            table[name][:, y] = share_out(round(total[name]), by_authority)
        gain = (table["births"] + table["international_in"] - table["deaths"] - table["international_out"])[:, y]
        net = drift - OFFSET_BY_MOVES * (gain - residents * (gain.sum() / residents.sum()))
        for name, sign in (("internal_in", 0.5), ("internal_out", -0.5)):
            both = total[name] * moves / wanted.sum()
            if both.sum() >= 0.5:
                table[name][:, y] = share_out(round(both.sum()), np.maximum(both + sign * net, 0.1 * both))
        table["population"][:, y] = at_end
        entered = sum(table[name][:, y] for name in ("births", "internal_in", "international_in"))
        left = sum(table[name][:, y] for name in ("deaths", "internal_out", "international_out"))
        at_end = at_end - entered + left
    return {
        "authority": np.repeat(np.arange(count), len(COMPONENT_YEARS)),
        "year": np.tile(np.array(COMPONENT_YEARS, np.int64), count),
        **{name: values.ravel() for name, values in table.items()},
    }
