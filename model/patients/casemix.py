"""Who is on which list and lives where, by age and need: one pass over the patients each quarter, read by money and measures.

Need is counted in thousandths (milli) of the need of an average resident, as whole numbers, so that sums are exact and
do not hang on the order in which threads add them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtri

from model.geography.region import Region
from model.patients.columns import FEMALE, NONE, Columns, lives_here
from model.patients.compiled import strip
from model.patients.rates import OLDEST, age_in_years, by_single_year
from model.patients.tally import CHUNK, Ground
from model.patients.threads import in_strips
from model.scenario import Scenario

if TYPE_CHECKING:
    from model.model import RegistrationModel

BANDS_FROM = (0, 5, 15, 25, 35, 45, 55, 65, 75, 85)
"""First ages of the ten bands of the case-mix: both the capitation formula's and the need weights' bands follow from them."""
KINDS = ("none", "conventional", "digital", "trust")
"""Kinds of list a resident may be on."""
NEED_STEPS = 256


class NeedWeights(NamedTuple):
    """Need of one person."""

    by_age: np.ndarray
    """int64[111], milli: England's mean 1,000."""
    by_age_and_frailty: np.ndarray
    """int64[111, 256], milli: times a factor of the need percentile with mean 1."""
    by_deprivation: np.ndarray
    """int64[5], milli: factor by deprivation fifth of home, 0 = most deprived."""
    frail_from: int
    """Need percentile, 0-255, from which somebody of 65 or over counts as frail; from 75 everybody does."""


class CaseMix(NamedTuple):
    """Counts of one moment, int64. P practices, G home cells, C commissioners, K places, N neighbourhoods."""

    month: np.ndarray
    """[1]: month number."""
    practice_ages: np.ndarray
    """[P, 2, 10]: everyone on the list, ghosts too, by sex (0 male) and band."""
    new_registrants: np.ndarray
    """[P]: on the list for less than twelve months."""
    list_need: np.ndarray
    """[P], milli: age and deprivation weights of everyone on the list, ghosts too, by the recorded address."""
    real_need: np.ndarray
    """[P], milli: age, frailty and deprivation weights of those on the list who are there."""
    flows_need: np.ndarray
    """[G, C + 1], milli: residents by home cell and commissioner of registration; last = on no list."""
    frail: np.ndarray
    """[G, C + 1]: frail residents, likewise."""
    place_flows: np.ndarray
    """[K, K + 1]: residents by place of home and of practice; last = on no list."""
    place_need: np.ndarray
    """[K, K + 1], milli: likewise."""
    neighbourhood_residents: np.ndarray
    """[N]."""
    neighbourhood_registered: np.ndarray
    """[N]: residents of anywhere on lists of the neighbourhood."""
    neighbourhood_stay: np.ndarray
    """[N]: residents on lists of their own neighbourhood."""
    fifth_practice: np.ndarray
    """[5, P]: residents by deprivation fifth of home (0 = most deprived) and practice."""
    fifth_unregistered: np.ndarray
    """[5]."""
    fifth_need: np.ndarray
    """[5, 4], milli: residents by fifth and kind of list (KINDS)."""
    fifth_bands: np.ndarray
    """[5, 4, 10]: residents by fifth, kind of list and band."""
    fifth_metres: np.ndarray
    """[5]: straight metres to the practice, summed over residents on lists that are not digital."""
    fifth_nearest: np.ndarray
    """[5]: of them, those whose practice is the nearest there is."""
    fifth_near: np.ndarray
    """[5]: of them, all."""


class Grouping(NamedTuple):
    """What the pass looks up. A areas, P practices."""

    weights: NeedWeights
    band: np.ndarray
    """uint32[111]."""
    fifth: np.ndarray
    """uint8[A]: deprivation fifth, 0 = most deprived."""
    kind: np.ndarray
    """uint8[P]: position in KINDS."""
    nearest: np.ndarray
    """uint16[A]: nearest practice that takes patients near home."""
    area_place: np.ndarray
    """uint32[A]; this and the next three: positions of places and of neighbourhoods."""
    practice_place: np.ndarray
    area_neighbourhood: np.ndarray
    practice_neighbourhood: np.ndarray
    x: np.ndarray
    y: np.ndarray
    practice_x: np.ndarray
    practice_y: np.ndarray


def need_weights(scenario: Scenario) -> NeedWeights:
    """Weights by age and deprivation from the scenario, and a log-normal factor of the need percentile with mean 1."""
    m = scenario.money
    middle = ndtri((np.arange(NEED_STEPS) + 0.5) / NEED_STEPS)
    factor = np.exp(m.need_spread * middle)
    by_age = 1000.0 * by_single_year(m.need_ages, m.need_by_age) / m.need_mean
    return NeedWeights(
        by_age=np.rint(by_age).astype(np.int64),
        by_age_and_frailty=np.rint(by_age[:, None] * (factor / factor.mean())).astype(np.int64),
        by_deprivation=np.rint(1000.0 * np.asarray(m.need_by_deprivation)).astype(np.int64),
        frail_from=round((1.0 - m.frail_share) * NEED_STEPS),
    )


def empty_casemix(threads: int, region: Region, cells: int, places: int, neighbourhoods: int) -> CaseMix:
    """Zeros for so many threads, first axis threads."""
    practices, commissioners = len(region.practices), len(region.commissioners)
    shapes: dict[str, tuple[int, ...]] = {
        "month": (1,),
        "practice_ages": (practices, 2, len(BANDS_FROM)),
        "new_registrants": (practices,),
        "list_need": (practices,),
        "real_need": (practices,),
        "flows_need": (cells, commissioners + 1),
        "frail": (cells, commissioners + 1),
        "place_flows": (places, places + 1),
        "place_need": (places, places + 1),
        "neighbourhood_residents": (neighbourhoods,),
        "neighbourhood_registered": (neighbourhoods,),
        "neighbourhood_stay": (neighbourhoods,),
        "fifth_practice": (5, practices),
        "fifth_unregistered": (5,),
        "fifth_need": (5, len(KINDS)),
        "fifth_bands": (5, len(KINDS), len(BANDS_FROM)),
        "fifth_metres": (5,),
        "fifth_nearest": (5,),
        "fifth_near": (5,),
    }
    return CaseMix(**{name: np.zeros((threads, *shape), np.int64) for name, shape in shapes.items()})


def take_casemix(
    columns: Columns, rows: int, month: int, ground: Ground, empty: CaseMix, grouping: Grouping
) -> CaseMix:
    """Count every patient; ``empty`` is used up. Arrays without the axis of threads."""
    parts = [CaseMix(*(part[thread] for part in empty)) for thread in range(len(empty.month))]
    responsible, cells = ground.practice_commissioner.astype(np.uint32), ground.cell.astype(np.uint32)

    def count_some(first: int, last: int, thread: int) -> None:
        casemix_strip(columns, first, last, month, responsible, cells, parts[thread], grouping)

    in_strips(rows, len(parts), count_some, CHUNK)
    total = CaseMix(*(part.sum(axis=0) for part in empty))
    total.month[0] = month
    return total


def casemix_of(model: RegistrationModel) -> CaseMix:
    """The case-mix of a model as it stands."""
    region, lists, levels = model.region, model.lists, model.levels
    near_home = lists.exists & (lists.provider < 0)
    kind = np.ones(len(region.practices), np.uint8)
    kind[lists.provider >= 0] = KINDS.index("digital")
    kind[lists.trust >= 0] = KINDS.index("trust")
    there = near_home[model.travel.practice]
    nearest = model.travel.practice[np.arange(len(there)), there.argmax(axis=1)]
    grouping = Grouping(
        weights=need_weights(model.scenario),
        band=band_of_age(),
        fifth=((region.deprivation_decile - 1) // 2).astype(np.uint8),
        kind=kind,
        nearest=nearest.astype(np.uint16),
        area_place=levels.area_place.astype(np.uint32),
        practice_place=levels.practice_place.astype(np.uint32),
        area_neighbourhood=levels.area_neighbourhood.astype(np.uint32),
        practice_neighbourhood=levels.practice_neighbourhood.astype(np.uint32),
        x=model.world.options.x,
        y=model.world.options.y,
        practice_x=model.world.options.practice_x,
        practice_y=model.world.options.practice_y,
    )
    empty = empty_casemix(
        model.threads, region, len(model.counts.cells), len(levels.places), len(levels.neighbourhoods)
    )
    columns, rows = model.engine.columns, model.engine.rows
    return take_casemix(columns, rows, model.month_number, model.counts.ground, empty, grouping)


def band_of_age() -> np.ndarray:
    """Band of each single year of age, uint32[111]."""
    return (np.searchsorted(BANDS_FROM, np.arange(OLDEST + 1), side="right") - 1).astype(np.uint32)


@strip
def casemix_strip(columns, first, last, month, responsible_for, cells, mix, grouping):
    """Count rows first to last into a thread's own case-mix.

    Every index is unsigned, for which numba need not ask whether it counts from the end: half the time of the pass.
    """
    weights = grouping.weights
    nowhere = np.uint32(mix.flows_need.shape[1] - 1)
    elsewhere = np.uint32(mix.place_flows.shape[1] - 1)
    for i in range(np.uint64(first), np.uint64(last)):
        flags = columns.flags[i]
        practice = columns.practice[i]
        listed = practice != NONE
        here = lives_here(np.int64(flags))
        if not listed and not here:
            continue
        age = np.uint32(age_in_years(np.int32(month) - np.int32(columns.born[i])))
        band = grouping.band[age]
        if listed:
            mix.practice_ages[practice, np.uint32(flags & np.uint8(FEMALE)), band] += 1
            lived = grouping.fifth[columns.recorded[i]]
            mix.list_need[practice] += weights.by_age[age] * weights.by_deprivation[lived] // 1000
            if np.int32(month) - np.int32(columns.since[i]) < 12:
                mix.new_registrants[practice] += 1
        if not here:
            continue
        home = columns.home[i]
        frailty = columns.need[i]
        fifth = grouping.fifth[home]
        need = weights.by_age_and_frailty[age, frailty] * weights.by_deprivation[fifth] // 1000
        cell = cells[home]
        responsible = responsible_for[practice] if listed else nowhere
        mix.flows_need[cell, responsible] += need
        if age >= 75 or (age >= 65 and frailty >= weights.frail_from):
            mix.frail[cell, responsible] += 1
        kind = grouping.kind[practice] if listed else np.uint8(0)
        mix.fifth_need[fifth, kind] += need
        mix.fifth_bands[fifth, kind, band] += 1
        place = grouping.area_place[home]
        there = grouping.practice_place[practice] if listed else elsewhere
        mix.place_flows[place, there] += 1
        mix.place_need[place, there] += need
        neighbourhood = grouping.area_neighbourhood[home]
        mix.neighbourhood_residents[neighbourhood] += 1
        if not listed:
            mix.fifth_unregistered[fifth] += 1
            continue
        mix.real_need[practice] += need
        mix.fifth_practice[fifth, practice] += 1
        registered = grouping.practice_neighbourhood[practice]
        mix.neighbourhood_registered[registered] += 1
        if registered == neighbourhood:
            mix.neighbourhood_stay[neighbourhood] += 1
        if kind != 2:
            dx = grouping.x[home] - grouping.practice_x[practice]
            dy = grouping.y[home] - grouping.practice_y[practice]
            mix.fifth_metres[fifth] += np.int64(np.sqrt(dx * dx + dy * dy) + 0.5)
            mix.fifth_near[fifth] += 1
            if grouping.nearest[home] == practice:
                mix.fifth_nearest[fifth] += 1
