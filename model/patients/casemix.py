"""Who is on which list and lives where, by age and need: one pass over the patients each quarter, read by money and measures.

Need is counted in thousandths (milli) of the need of an average resident, as whole numbers, so that sums are exact and
do not hang on the order in which threads add them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtri

from model.geography.region import Region
from model.patients.casemix_pass import Grouping, count_strip, empty_pass, frail_need, hand_out_pairs
from model.patients.columns import NONE, Columns
from model.patients.rates import OLDEST, by_single_year
from model.patients.tally import CHUNK
from model.patients.threads import in_strips
from model.scenario import Scenario

if TYPE_CHECKING:
    from model.model import RegistrationModel

BANDS_FROM = (0, 5, 15, 25, 35, 45, 55, 65, 75, 85)
"""First ages of the ten bands of the case-mix: both the capitation formula's and the need weights' bands follow from them."""
KINDS = ("none", "conventional", "digital", "trust")
"""Kinds of list a resident may be on."""
NEED_STEPS = 256
_MAYBE_FRAIL, _SURELY_FRAIL = 65, 75
"""Ages from which the need percentile says who is frail, and from which everybody is."""


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
    columns: Columns, rows: int, month: int, empty: CaseMix, grouping: Grouping, ages: Ages, residents: np.ndarray
) -> CaseMix:
    """Count every patient; ``empty`` is used up. Arrays without the axis of threads.

    ``residents`` int64[A] are those of each area.
    """
    threads = range(len(empty.month))
    parts = [CaseMix(*(part[thread] for part in empty)) for thread in threads]
    counted = [empty_pass(residents, len(empty.list_need[0]), len(KINDS), grouping) for _ in threads]

    def count_some(first: int, last: int, thread: int) -> None:
        count_strip(columns, first, last, month, counted[thread], parts[thread], grouping)

    def hand_out_some(first: int, last: int, _thread: int) -> None:
        for part in range(first, last):
            hand_out_pairs(counted[part].pairs, parts[part], grouping)

    in_strips(rows, len(parts), count_some, CHUNK)
    in_strips(len(parts), len(parts), hand_out_some)
    total = CaseMix(*(part.sum(axis=0) for part in empty))
    total.month[0] = month
    lists = np.stack([part.lists for part in counted]).sum(axis=0, dtype=np.int64)
    people = np.stack([part.people for part in counted]).sum(axis=0, dtype=np.int64)
    for k, band in enumerate(ages.band):
        total.practice_ages[:, :, band] += lists[..., k].sum(axis=(1, 3))
        total.fifth_bands[:, :, band] += people[:, :, k]
    total.new_registrants[:] = lists[:, 1].sum(axis=(1, 2, 3))
    total.list_need[:] = (lists.sum(axis=(1, 2)) * ages.list_need).sum(axis=(1, 2))
    return total


class Ages(NamedTuple):
    """Classes of age, M in all: ages of one band that have one need weight."""

    of_months: np.ndarray
    """uint8[months]: class of an age in months, up to OLDEST."""
    band: np.ndarray
    """int64[M]: band of a class."""
    list_need: np.ndarray
    """int64[5, M], milli: age and deprivation weight, by fifth."""
    need: np.ndarray
    """uint64[5, M, 256]: need and frailty of a person (:func:`frail_need`) by fifth, class and need percentile."""


def classes_of_age(weights: NeedWeights) -> Ages:
    """Classes of age under these weights: with the default ones, the ten bands."""
    band = band_of_age()
    differs = (np.diff(band) != 0) | (np.diff(weights.by_age_and_frailty, axis=0) != 0).any(axis=1)
    differs |= (np.diff(weights.by_age) != 0) | np.isin(np.arange(1, OLDEST + 1), (_MAYBE_FRAIL, _SURELY_FRAIL))
    of_year = np.concatenate([[0], np.cumsum(differs)]).astype(np.uint8)
    first = np.flatnonzero(np.concatenate([[True], differs]))
    by_fifth = weights.by_deprivation
    frail = (first >= _SURELY_FRAIL)[:, None] | (
        (first >= _MAYBE_FRAIL)[:, None] & (np.arange(NEED_STEPS) >= weights.frail_from)
    )
    need = weights.by_age_and_frailty[first] * by_fifth[:, None, None] // 1000
    return Ages(
        of_months=np.repeat(of_year, 12)[: 12 * OLDEST + 1],
        band=band[first].astype(np.int64),
        list_need=weights.by_age[first] * by_fifth[:, None] // 1000,
        need=frail_need(need, np.broadcast_to(frail, need.shape)),
    )


def casemix_of(model: RegistrationModel) -> CaseMix:
    """The case-mix of a model as it stands."""
    ages, levels = classes_of_age(need_weights(model.scenario)), model.levels
    empty = empty_casemix(
        model.threads, model.region, len(model.counts.cells), len(levels.places), len(levels.neighbourhoods)
    )
    columns, rows, residents = model.engine.columns, model.engine.rows, model.counts.residents
    return take_casemix(columns, rows, model.month_number, empty, grouping_of(model, ages), ages, residents)


def grouping_of(model: RegistrationModel, ages: Ages) -> Grouping:
    """What patients are grouped by in a model as it stands."""
    region, lists, levels, ground = model.region, model.lists, model.levels, model.counts.ground
    near_home = lists.conventional
    kind = np.full(NONE + 1, KINDS.index("none"), np.uint8)
    kind[: len(region.practices)] = KINDS.index("conventional")
    kind[np.flatnonzero(lists.provider >= 0)] = KINDS.index("digital")
    kind[np.flatnonzero(lists.trust >= 0)] = KINDS.index("trust")
    fifth = np.zeros(NONE + 1, np.uint8)
    fifth[: len(region.areas)] = (region.deprivation_decile - 1) // 2
    there = near_home[model.travel.practice]
    nearest = model.travel.practice[np.arange(len(there)), there.argmax(axis=1)]
    return Grouping(
        age_class=ages.of_months,
        need=ages.need,
        fifth=fifth,
        kind=kind,
        nearest=nearest.astype(np.uint16),
        responsible=ground.practice_commissioner.astype(np.uint32),
        cell=ground.cell.astype(np.uint32),
        area_place=levels.area_place.astype(np.uint32),
        practice_place=levels.practice_place.astype(np.uint32),
        area_neighbourhood=levels.area_neighbourhood.astype(np.uint32),
        practice_neighbourhood=levels.practice_neighbourhood.astype(np.uint32),
        x=model.world.options.x,
        y=model.world.options.y,
        practice_x=model.world.options.practice_x,
        practice_y=model.world.options.practice_y,
    )


def band_of_age() -> np.ndarray:
    """Band of each single year of age, uint32[111]."""
    return (np.searchsorted(BANDS_FROM, np.arange(OLDEST + 1), side="right") - 1).astype(np.uint32)
