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
    """float64[111]: England's mean 1."""
    by_frailty: np.ndarray
    """float64[256]: factor of the need percentile, mean 1."""
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
    """[P], milli: age weights of everyone on the list, ghosts too."""
    real_need: np.ndarray
    """[P], milli: age and frailty weights of those on the list who are there."""
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
    """int64[111]."""
    fifth: np.ndarray
    """uint8[A]: deprivation fifth, 0 = most deprived."""
    kind: np.ndarray
    """uint8[P]: position in KINDS."""
    nearest: np.ndarray
    """int32[A]: nearest practice that takes patients near home."""
    area_place: np.ndarray
    practice_place: np.ndarray
    area_neighbourhood: np.ndarray
    practice_neighbourhood: np.ndarray
    x: np.ndarray
    y: np.ndarray
    practice_x: np.ndarray
    practice_y: np.ndarray


def need_weights(scenario: Scenario) -> NeedWeights:
    """Weights by age from the scenario, and a log-normal factor of the need percentile with mean 1."""
    m = scenario.money
    middle = ndtri((np.arange(NEED_STEPS) + 0.5) / NEED_STEPS)
    factor = np.exp(m.need_spread * middle)
    return NeedWeights(
        by_age=by_single_year(m.need_ages, m.need_by_age) / m.need_mean,
        by_frailty=factor / factor.mean(),
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
    threads = len(empty.month)

    def count_some(first: int, last: int, thread: int) -> None:
        casemix_strip(columns, first, last, month, ground, empty, thread, grouping)

    in_strips(rows, threads, count_some, CHUNK)
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
        nearest=nearest.astype(np.int32),
        area_place=np.ascontiguousarray(levels.area_place, np.int32),
        practice_place=np.ascontiguousarray(levels.practice_place, np.int32),
        area_neighbourhood=np.ascontiguousarray(levels.area_neighbourhood, np.int32),
        practice_neighbourhood=np.ascontiguousarray(levels.practice_neighbourhood, np.int32),
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
    """Band of each single year of age, int64[111]."""
    return (np.searchsorted(BANDS_FROM, np.arange(OLDEST + 1), side="right") - 1).astype(np.int64)


@strip
def casemix_strip(columns, first, last, month, ground, mix, thread, grouping):
    """Count rows first to last into a thread's part of the case-mix."""
    weights = grouping.weights
    nowhere = mix.flows_need.shape[2] - 1
    elsewhere = mix.place_flows.shape[2] - 1
    for i in range(first, last):
        flags = np.int64(columns.flags[i])
        practice = np.int64(columns.practice[i])
        listed = practice != NONE
        here = lives_here(flags)
        if not listed and not here:
            continue
        age = age_in_years(month - np.int64(columns.born[i]))
        band = grouping.band[age]
        if listed:
            mix.practice_ages[thread, practice, 1 if flags & FEMALE else 0, band] += 1
            mix.list_need[thread, practice] += np.int64(1000.0 * weights.by_age[age] + 0.5)
            if month - np.int64(columns.since[i]) < 12:
                mix.new_registrants[thread, practice] += 1
        if not here:
            continue
        home = np.int64(columns.home[i])
        frailty = columns.need[i]
        need = np.int64(1000.0 * weights.by_age[age] * weights.by_frailty[frailty] + 0.5)
        cell = ground.cell[home]
        responsible = np.int64(ground.practice_commissioner[practice]) if listed else nowhere
        mix.flows_need[thread, cell, responsible] += need
        if age >= 75 or (age >= 65 and frailty >= weights.frail_from):
            mix.frail[thread, cell, responsible] += 1
        fifth = grouping.fifth[home]
        kind = np.int64(grouping.kind[practice]) if listed else np.int64(0)
        mix.fifth_need[thread, fifth, kind] += need
        mix.fifth_bands[thread, fifth, kind, band] += 1
        place = grouping.area_place[home]
        there = np.int64(grouping.practice_place[practice]) if listed else elsewhere
        mix.place_flows[thread, place, there] += 1
        mix.place_need[thread, place, there] += need
        neighbourhood = grouping.area_neighbourhood[home]
        mix.neighbourhood_residents[thread, neighbourhood] += 1
        if not listed:
            mix.fifth_unregistered[thread, fifth] += 1
            continue
        mix.real_need[thread, practice] += need
        mix.fifth_practice[thread, fifth, practice] += 1
        registered = grouping.practice_neighbourhood[practice]
        mix.neighbourhood_registered[thread, registered] += 1
        if registered == neighbourhood:
            mix.neighbourhood_stay[thread, neighbourhood] += 1
        if kind != 2:
            dx = grouping.x[home] - grouping.practice_x[practice]
            dy = grouping.y[home] - grouping.practice_y[practice]
            mix.fifth_metres[thread, fifth] += np.int64(np.sqrt(dx * dx + dy * dy) + 0.5)
            mix.fifth_near[thread, fifth] += 1
            if grouping.nearest[home] == practice:
                mix.fifth_nearest[thread, fifth] += 1
