"""A believable region from nothing: England's published marginals on an invented map.

``synthesise`` makes the tables of a region that nobody's data are in. Every number it is tuned to stands with its
source at the top of this module and of ``settlements``, ``synthetic_people``, ``synthetic_bodies`` and
``synthetic_register``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np

from model.errors import InputError
from model.geography.region import FORMAT_VERSION, LIST_BAND_STARTS, LIST_BANDS, RESIDENT_BANDS, RegionTables
from model.geography.settlements import Settlements, lay_out
from model.geography.synthetic_bodies import Bodies, bisect, body_names, draw_bodies, town_names
from model.geography.synthetic_people import (
    components_of_change,
    deprivation_deciles,
    population_by_age,
    resident_counts,
    student_areas,
)
from model.geography.synthetic_register import (
    MALE_SD,
    MALE_SHARE,
    NETWORK_PATIENTS,
    TRUST_RUN,
    SyntheticRegister,
    carr_hill_lists,
    gps,
    patients_by_band,
    register_patients,
    registered_counts,
    site_practices,
)


@dataclass(frozen=True)
class Preset:
    """A size of synthetic region, and how urban it is."""

    meaning: str
    residents: int
    areas: int
    practices: int
    commissioners: int
    authorities: int
    systems: int
    city_areas: int
    """Areas in the largest city."""
    rural_share: float
    """Share of areas outside towns of 10,000 (England 17.0%)."""
    km2_per_area: float
    """Land per area (England 130,279 km2 / 32,844)."""


PRESETS: dict[str, Preset] = {
    "town": Preset("a market town, a smaller one and their villages", 62_000, 36, 8, 2, 2, 1, 20, 0.17, 2.8),
    "metro": Preset("a city with satellite towns and a rural fringe", 516_000, 300, 60, 4, 5, 2, 140, 0.08, 1.6),
    "england": Preset("a country the size of England", 56_550_138, 32_844, 6_658, 135, 309, 42, 4_800, 0.17, 3.97),
}

# --- parameters -----------------------------------------------------------------------------------------------------

REGISTER_DATE = "2021-01-01"
"""The month whose published marginals the register is tuned to."""

STREETS = (
    "Abbey Bank Bridge Castle Chapel Church College Elm Farm Grange Green High Hill Holly Kings Lime Manor Market Mill "
    "Oak Orchard Park Priory Queens River Rose School Spring Station Victoria Water Willow"
).split()
KINDS = ("Surgery", "Medical Centre", "Health Centre", "Practice", "Medical Practice", "Group Practice")


class Purpose(IntEnum):
    """What a stream of random numbers is for; each has its own, so that a change in one leaves the others alone."""

    LAYOUT = 1
    RESIDENTS = 2
    BODIES = 3
    DEPRIVATION = 4
    STUDENTS = 5
    AGES = 6
    SITES = 7
    REGISTERED = 8
    CHOICE = 9
    BANDS = 10
    GPS = 11
    PROVIDERS = 12
    COMPONENTS = 13
    NAMES = 14
    PRACTICE_NAMES = 15


def part_of_a_country(residents: int) -> Preset:
    """A region of any number of residents (from 20,000), in England's proportions: for measuring what size costs."""
    country = PRESETS["england"]
    part = residents / country.residents

    def share(count: int, least: int) -> int:
        return max(round(count * part), least)

    areas = share(country.areas, 12)
    return Preset(
        f"{residents:,} people in England's proportions",
        residents,
        areas,
        share(country.practices, 4),
        share(country.commissioners, 2),
        share(country.authorities, 2),
        share(country.systems, 1),
        max(areas // 4, 4) if areas < 1000 else share(country.city_areas, 250),
        country.rural_share,
        country.km2_per_area,
    )


def synthesise(preset: str | Preset, seed: int = 1) -> tuple[RegionTables, dict[str, Any]]:
    """Make a region from nothing: its tables, and what region.json says about it.

    The same preset and seed give the same tables, byte for byte. Raises InputError for an unknown preset or a seed
    outside 0 ... 2^64 - 1.
    """
    if isinstance(preset, str) and preset not in PRESETS:
        raise InputError(f"preset: found {preset!r}, expected one of {', '.join(PRESETS)}")
    if not 0 <= seed < 2**64:
        raise InputError(f"seed: found {seed}, expected a whole number from 0 to 2^64 - 1")
    size, name = (PRESETS[preset], preset) if isinstance(preset, str) else (preset, preset.meaning)

    def stream(purpose: Purpose) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=np.array([seed, purpose], np.uint64)))

    places = lay_out(size.areas, size.city_areas, size.rural_share, size.km2_per_area, stream(Purpose.LAYOUT))
    residents = resident_counts(places, size.residents, stream(Purpose.RESIDENTS))
    bodies = draw_bodies(
        places.x,
        places.y,
        places.settlement,
        residents,
        size.authorities,
        size.commissioners,
        size.systems,
        stream(Purpose.BODIES),
    )
    places, bodies, residents = _in_map_order(places, bodies, residents)
    decile = deprivation_deciles(places, stream(Purpose.DEPRIVATION))
    student = student_areas(places, stream(Purpose.STUDENTS))
    population = population_by_age(places, residents, decile, student, stream(Purpose.AGES))

    young = population[:, 18:40].sum(axis=1) / residents
    registered = registered_counts(residents, young, decile, stream(Purpose.REGISTERED))
    sites = site_practices(places, residents, bodies.commissioner, size.practices, stream(Purpose.SITES))
    register = register_patients(places, registered, bodies.commissioner, *sites, stream(Purpose.CHOICE))

    change = components_of_change(bodies.authority, population, stream(Purpose.COMPONENTS))
    change["authority"] = _codes("L", change["authority"], size.authorities)
    towns = town_names(places.size.size, stream(Purpose.NAMES))
    tables: RegionTables = {
        "areas": _areas(places, bodies, decile, population),
        "population": {"area": _codes("A", np.arange(size.areas), size.areas)}
        | {f"age_{a}": population[:, a].astype(np.int64) for a in range(population.shape[1])},
        "practices": _practices(places, bodies, decile, population, registered, register, towns, stream),
        "registrations": {
            "area": _codes("A", register.area, size.areas),
            "practice": _codes("P", register.practice, size.practices),
            "patients": register.patients,
        },
        "components": change,
        "names": _names(places, bodies, residents, towns),
    }
    network = _networks(bodies, register)
    tables["practices"]["neighbourhood"] = _codes("U", network, size.practices)
    tables["areas"]["neighbourhood"] = _codes("U", _leading(register, network, size.areas), size.practices)
    about = {
        "name": f"synthetic {name}",
        "date": REGISTER_DATE,
        "format": FORMAT_VERSION,
        "sources": [
            f"synthesised: preset {name}, seed {seed}; {size.meaning}; tuned to published marginals of England"
        ],
        "licence": "CC0-1.0: no person, place or practice in it is real, whatever its name",
        "exclusions": "",
    }
    return tables, about


def _in_map_order(places: Settlements, bodies: Bodies, residents: np.ndarray) -> tuple[Settlements, Bodies, np.ndarray]:
    """Number areas by authority and zone, as LSOA codes are, so that neighbours are near in every table."""
    order = np.lexsort((bodies.zone, bodies.authority))
    areas = {f: getattr(places, f)[order] for f in ("x", "y", "settlement", "centrality", "rural", "spacing")}
    groups = {f: getattr(bodies, f)[order] for f in ("authority", "commissioner", "system", "zone", "place")}
    return replace(places, **areas), Bodies(**groups), residents[order]


def _codes(letter: str, number: np.ndarray, count: int) -> np.ndarray:
    """Codes such as A00001 that sort as the numbers 0 ... count-1 do."""
    width = len(str(count))
    return np.array([f"{letter}{n + 1:0{width}d}" for n in range(count)])[number]


def _count(number: np.ndarray) -> int:
    return int(number.max()) + 1


def _areas(places: Settlements, bodies: Bodies, decile: np.ndarray, population: np.ndarray) -> dict[str, np.ndarray]:
    starts = [int(band.split("_")[0]) for band in RESIDENT_BANDS]
    bands = np.add.reduceat(population, starts, axis=1).astype(np.int64)
    return {
        "area": _codes("A", np.arange(places.x.size), places.x.size),
        "x": places.x,
        "y": places.y,
        "commissioner": _codes("C", bodies.commissioner, _count(bodies.commissioner)),
        "authority": _codes("L", bodies.authority, _count(bodies.authority)),
        "system": _codes("S", bodies.system, _count(bodies.system)),
        "deprivation_decile": decile.astype(np.int64),
        "rural": places.rural,
        **{f"residents_{band}": bands[:, b] for b, band in enumerate(RESIDENT_BANDS)},
        "place": _codes("Y", bodies.place, _count(bodies.place)),
        "zone": _codes("Z", bodies.zone, _count(bodies.zone)),
    }


def _practices(
    places: Settlements,
    bodies: Bodies,
    decile: np.ndarray,
    population: np.ndarray,
    registered: np.ndarray,
    register: SyntheticRegister,
    towns: np.ndarray,
    stream: Callable[[Purpose], np.random.Generator],
) -> dict[str, np.ndarray]:
    count = register.site_x.size
    residents_by_band = np.add.reduceat(population, LIST_BAND_STARTS, axis=1).astype(float)
    bands = patients_by_band(register, registered, residents_by_band, stream(Purpose.BANDS))
    naming = stream(Purpose.PRACTICE_NAMES)
    street, kind = naming.integers(0, len(STREETS), count), naming.integers(0, len(KINDS), count)
    town = towns[places.settlement[register.site_area]]
    providers = stream(Purpose.PROVIDERS)
    provider_kind = np.full(count, "gp", "<U7")
    provider_kind[providers.choice(count, round(TRUST_RUN * count), replace=False)] = "trust"
    male = np.clip(MALE_SHARE + MALE_SD * providers.normal(size=count), 0.35, 0.65)
    return {
        "practice": _codes("P", np.arange(count), count),
        "name": np.array([f"{STREETS[s]} {KINDS[k]}, {t}" for s, k, t in zip(street, kind, town, strict=True)]),
        "x": register.site_x,
        "y": register.site_y,
        "commissioner": _codes("C", bodies.commissioner[register.site_area], _count(bodies.commissioner)),
        "list_size": register.lists,
        "gps_fte": gps(register, decile, stream(Purpose.GPS)),
        "opened": np.full(count, "1974-04-01", "datetime64[D]"),
        "closed": np.full(count, "NaT", "datetime64[D]"),
        "provider_kind": provider_kind,
        **{f"list_{band}": bands[:, b] for b, band in enumerate(LIST_BANDS)},
        "male_share": np.round(male, 4),
        "weighted_list": carr_hill_lists(register, bands, decile, places.rural),
    }


def _networks(bodies: Bodies, register: SyntheticRegister) -> np.ndarray:
    """Primary care networks: practices of one commissioner, close together, about 45,000 patients; int64[P]."""
    commissioner = bodies.commissioner[register.site_area]
    lists = register.lists
    network = np.zeros(lists.size, np.int64)
    done = 0
    for c in np.unique(commissioner):
        members = np.flatnonzero(commissioner == c)
        parts = min(max(1, round(lists[members].sum() / NETWORK_PATIENTS)), members.size)
        network[members] = done + bisect(register.site_x[members], register.site_y[members], lists[members], parts)
        done += parts
    return network


def _leading(register: SyntheticRegister, network: np.ndarray, areas: int) -> np.ndarray:
    """Network with most of an area's patients (plurality rule, Beaney 2022), int64[A]."""
    span = _count(network)
    pair, inverse = np.unique(register.area * span + network[register.practice], return_inverse=True)
    patients = np.bincount(inverse, register.patients)
    order = np.lexsort((-patients, pair // span))
    first = order[np.unique((pair // span)[order], return_index=True)[1]]
    leading = np.zeros(areas, np.int64)
    leading[pair[first] // span] = pair[first] % span
    return leading


def _names(places: Settlements, bodies: Bodies, residents: np.ndarray, towns: np.ndarray) -> dict[str, np.ndarray]:
    codes, names = [], []
    for letter, body, suffix in (
        ("C", bodies.commissioner, " CCG"),
        ("L", bodies.authority, ""),
        ("S", bodies.system, " ICS"),
    ):
        codes.append(_codes(letter, np.arange(_count(body)), _count(body)))
        names.append(np.array([name + suffix for name in body_names(body, places.settlement, residents, towns)]))
    return {"code": np.concatenate(codes), "name": np.concatenate(names)}
