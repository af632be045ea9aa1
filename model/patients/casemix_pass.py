"""The pass over the patients behind the case-mix, in two steps: small keys for everybody, then places for pairs.

A full case-mix adds every patient to some seventeen tables. What these have in common is less: the tables of places ask
only for the pair (home area, practice), of which England has a million and a half, and the tables of ages only for the
class of age. So the pass over the patients adds each of them to one count of its list by class of age, and to one entry
of a table of pairs (:func:`count_strip`); afterwards every pair is handed out to the tables of places once
(:func:`hand_out_pairs`). That takes a quarter of the time of adding patients to every table one by one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.patients.columns import FEMALE, NONE, lives_here
from model.patients.compiled import inner, strip

BLOCK = 1024
"""Rows looked up at a time: what is noted of them stays in the nearest cache."""
ENTRIES_AN_AREA = 128
"""Entries of the table of pairs an area begins with, 2^7; where they are full the next ones are used."""
FARTHEST = 64
"""Entries looked at for a pair. One that finds no room is handed out patient by patient: slower, and as right."""
_PEOPLE = np.uint64(1 << 32)
_FRAIL = np.uint64(1 << 44)
_NEED = np.uint64((1 << 44) - 1)
_LOW = np.uint64(0xFFFFFFFF)
_SPREAD = np.uint64(0x9E3779B1)


class Grouping(NamedTuple):
    """What the pass looks up. A areas, P practices, M classes of age."""

    age_class: np.ndarray
    """uint8[months]: class of an age in months; the last one holds for everybody older."""
    need: np.ndarray
    """uint64[5, M, 256]: need and frailty (:func:`frail_need`) by deprivation fifth, class of age, need percentile."""
    fifth: np.ndarray
    """uint8[65536]: deprivation fifth of an area, 0 = most deprived; of every number a column may hold."""
    kind: np.ndarray
    """uint8[65536]: position in KINDS of a practice, and of none."""
    nearest: np.ndarray
    """uint16[A]: nearest practice that takes patients near home."""
    responsible: np.ndarray
    """uint32[P]: commissioner of a practice; this and the next five: positions."""
    cell: np.ndarray
    """uint32[A]: home cell."""
    area_place: np.ndarray
    practice_place: np.ndarray
    area_neighbourhood: np.ndarray
    practice_neighbourhood: np.ndarray
    x: np.ndarray
    """float64[A], m."""
    y: np.ndarray
    practice_x: np.ndarray
    practice_y: np.ndarray


class Block(NamedTuple):
    """What is to be counted of BLOCK rows: positions in the counts of :class:`Pass`."""

    list_at: np.ndarray
    """uint32[BLOCK]: in ``lists``."""
    people_at: np.ndarray
    """uint32[BLOCK]: in ``people``."""
    pair: np.ndarray
    """uint64[BLOCK]: home x 2^16 + practice."""
    need: np.ndarray
    """uint64[BLOCK]: need and frailty."""
    touched: np.ndarray
    """uint64[BLOCK]: keeps the compiler from leaving out reads made only to warm the cache."""


class Pass(NamedTuple):
    """What one thread counts. P practices, M classes of age."""

    lists: np.ndarray
    """int32[P, 2, 2, 5, M]: everyone on a list, ghosts too, by: on it for a year or more (0) or less (1); sex;
    deprivation fifth of the recorded address; class of age."""
    people: np.ndarray
    """int32[5, kinds, M]: residents by fifth of home, kind of list and class of age."""
    pairs: np.ndarray
    """uint64[entries, 2]: people x 2^32 + home x 2^16 + practice; and their milli need, with the frail x 2^44. Empty
    entries have no people. Homes sit near each other, so that neighbouring rows, most of whom live in one area and
    share a dozen practices, find their entries in cache."""
    block: Block


def frail_need(need: np.ndarray, frail: np.ndarray) -> np.ndarray:
    """Need of people, milli, and whether each is a frail one, bool, as one number to add up: uint64, of their shape."""
    return need.astype(np.uint64) + frail.astype(np.uint64) * _FRAIL


def empty_pass(residents: np.ndarray, practices: int, kinds: int, grouping: Grouping) -> Pass:
    """Zeros; pages of pairs are only touched when entries are written.

    Where an area's residents (int64[A]) or their need might be too many for an entry there is no table of pairs.
    """
    classes = grouping.need.shape[1]
    most = int(residents.max(initial=0))
    fits = most << 44 < 1 << 64 and most * int((grouping.need & _NEED).max(initial=0)) <= int(_NEED)
    return Pass(
        lists=np.zeros((practices, 2, 2, 5, classes), np.int32),
        people=np.zeros((5, kinds, classes), np.int32),
        pairs=np.zeros((len(residents) * ENTRIES_AN_AREA if fits else 0, 2), np.uint64),
        block=Block(*(np.zeros(BLOCK, kind) for kind in (np.uint32, np.uint32, np.uint64, np.uint64, np.uint64))),
    )


@inner
def first_entry(key):
    """Where a pair is looked for first."""
    spread = ((key & np.uint64(NONE)) * _SPREAD & _LOW) >> np.uint64(25)
    return (key >> np.uint64(16)) * np.uint64(ENTRIES_AN_AREA) + spread


@inner
def entry_of(pairs, key):
    """Entry of a pair in the table, made where there is none: its position, or -1 where FARTHEST others sit."""
    at = first_entry(key)
    entries = np.uint64(len(pairs))
    if at >= entries:
        return np.int64(-1)
    for _ in range(FARTHEST):
        there = pairs[at, 0]
        if there & _LOW == key and there >= _PEOPLE:
            return np.int64(at)
        if there < _PEOPLE:
            pairs[at, 0] = key
            return np.int64(at)
        at += np.uint64(1)
        if at == entries:
            at = np.uint64(0)
    return np.int64(-1)


@strip
def count_strip(columns, first, last, month, counted, mix, grouping):
    """Count rows first to last, block by block; only pairs without an entry go to the tables of ``mix`` at once.

    What is to be counted of a block is worked out first and added afterwards. Neighbours often add to the same place,
    and an addition that waits for the one before would otherwise hold up all the rest. Entries of pairs are read before
    they are searched, so that those far away in memory are fetched together.
    Every index is unsigned, for which numba need not ask whether it counts from the end.
    """
    block = counted.block
    lists, people, pairs = counted.lists.reshape(-1), counted.people.reshape(-1), counted.pairs
    for start in range(np.uint64(first), np.uint64(last), np.uint64(BLOCK)):
        stop = min(start + np.uint64(BLOCK), np.uint64(last))
        listed, here = look_up(columns, start, stop, month, counted, grouping)
        for k in range(listed):
            lists[block.list_at[k]] += 1
        total = np.uint64(0)
        for k in range(here if len(pairs) > 0 else 0):
            total += pairs[first_entry(block.pair[k]), 0]
        block.touched[0] = total
        for k in range(here):
            people[block.people_at[k]] += 1
            key = block.pair[k]
            entry = entry_of(pairs, key)
            if entry >= 0:
                pairs[np.uint64(entry), 0] += _PEOPLE
                pairs[np.uint64(entry), 1] += block.need[k]
            else:
                home, practice = key >> np.uint64(16), key & np.uint64(NONE)
                hand_out(mix, grouping, home, practice, np.int64(1), block.need[k])


@inner
def look_up(columns, start, stop, month, counted, grouping):
    """What rows start to stop add to lists and to people and pairs, into the block: how many each, uint64.

    Everything is looked up for everybody and kept for whom it holds, so that there is no branch to predict.
    """
    block, fifths, kinds = counted.block, grouping.fifth, grouping.kind
    ages = np.uint32(counted.people.shape[2])
    kinds_of_list = np.uint32(counted.people.shape[1])
    oldest = np.int32(len(grouping.age_class) - 1)
    listed, here = np.uint64(0), np.uint64(0)
    for i in range(start, stop):
        flags, practice, home = columns.flags[i], columns.practice[i], columns.home[i]
        age = grouping.age_class[np.uint32(min(max(np.int32(month) - np.int32(columns.born[i]), 0), oldest))]
        new = np.uint32(np.int32(month) - np.int32(columns.since[i]) < 12)
        sex = np.uint32(flags & np.uint8(FEMALE))
        lived, fifth = np.uint32(fifths[columns.recorded[i]]), np.uint32(fifths[home])
        by_sex = (np.uint32(practice) * np.uint32(2) + new) * np.uint32(2) + sex
        block.list_at[listed] = (by_sex * np.uint32(5) + lived) * ages + age
        listed += np.uint64(practice != NONE)
        block.people_at[here] = (fifth * kinds_of_list + kinds[practice]) * ages + age
        block.pair[here] = (np.uint64(home) << np.uint64(16)) | np.uint64(practice)
        block.need[here] = grouping.need[fifth, age, columns.need[i]]
        here += np.uint64(lives_here(np.int64(flags)))
    return listed, here


@strip
def hand_out_pairs(pairs, mix, grouping):
    """Add everybody in the table of pairs to the tables of places."""
    for e in range(np.uint64(len(pairs))):
        people = np.int64(pairs[e, 0] >> np.uint64(32))
        if people > 0:
            key = pairs[e, 0] & _LOW
            hand_out(mix, grouping, key >> np.uint64(16), key & np.uint64(NONE), people, pairs[e, 1])


@inner
def hand_out(mix, grouping, home, practice, people, need_and_frail):
    """Add ``people`` residents of an area who are on one list, or on none, to the tables of places."""
    need = np.int64(need_and_frail & _NEED)
    frail = np.int64(need_and_frail >> np.uint64(44))
    fifth = grouping.fifth[home]
    cell = grouping.cell[home]
    place = grouping.area_place[home]
    neighbourhood = grouping.area_neighbourhood[home]
    mix.neighbourhood_residents[neighbourhood] += people
    if practice == NONE:
        nowhere = np.uint32(mix.flows_need.shape[1] - 1)
        elsewhere = np.uint32(mix.place_flows.shape[1] - 1)
        mix.flows_need[cell, nowhere] += need
        mix.frail[cell, nowhere] += frail
        mix.place_flows[place, elsewhere] += people
        mix.place_need[place, elsewhere] += need
        mix.fifth_need[fifth, 0] += need
        mix.fifth_unregistered[fifth] += people
        return
    responsible = grouping.responsible[practice]
    mix.flows_need[cell, responsible] += need
    mix.frail[cell, responsible] += frail
    there = grouping.practice_place[practice]
    mix.place_flows[place, there] += people
    mix.place_need[place, there] += need
    kind = grouping.kind[practice]
    mix.fifth_need[fifth, kind] += need
    mix.real_need[practice] += need
    mix.fifth_practice[fifth, practice] += people
    registered = grouping.practice_neighbourhood[practice]
    mix.neighbourhood_registered[registered] += people
    if registered == neighbourhood:
        mix.neighbourhood_stay[neighbourhood] += people
    if kind != 2:
        dx = grouping.x[home] - grouping.practice_x[practice]
        dy = grouping.y[home] - grouping.practice_y[practice]
        mix.fifth_metres[fifth] += people * np.int64(np.sqrt(dx * dx + dy * dy) + 0.5)
        mix.fifth_near[fifth] += people
        if grouping.nearest[home] == practice:
            mix.fifth_nearest[fifth] += people
