"""Registration choice: a multinomial logit among the practices open to a patient (ODD 7.16-7.18).

V = practice effect + theta x quality change - kappa x max(0, ln(load / starting load)) - distance - borders, plus inertia
of the present practice after a move and minus a penalty beyond a boundary. What does not change is exponentiated once;
each month multiplies in one factor a practice and takes running sums, so a choice is one draw and one binary search.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from model.geography.travel import DETOUR
from model.patients.columns import NONE
from model.patients.compiled import inner, scalar, strip
from model.patients.draws import Purpose, uniforms
from model.patients.running_sums import first_of_few_above

OLDER_FROM = 65
NEWCOMER, MOVER, SWITCHER = range(3)
"""Who chooses: with no practice; with one to keep or leave; with one to leave."""
_CHOICE = int(Purpose.CHOICE)
_WORK = int(Purpose.WORK)


class Options(NamedTuple):
    """What is open to whom this month. A areas, P practices, K candidates near home, W near work."""

    practice: np.ndarray
    """uint16[A, K]: candidates near home, nearest first."""
    network_km: np.ndarray
    """float32[A, K]."""
    weight: np.ndarray
    """float32[2, A, K]: exp of the constant utility, under 65 and older, 0 where the boundary excludes."""
    cumulative: np.ndarray
    """float32[2, A, K]: running sums of weight x appeal of open lists."""
    work_practice: np.ndarray
    """uint16[A, W]: candidates near a workplace."""
    work_weight: np.ndarray
    """float32[A, W]: exp of the constant utility from the workplace, out-of-area penalty included."""
    work_cumulative: np.ndarray
    """float32[A, W]: running sums over practices that take out-of-area patients."""
    workplaces: np.ndarray
    """uint16[A, 16]: equally likely workplaces of those who live in an area."""
    employed: float
    residence_only: np.ndarray
    """uint8[1]: people may only register with a practice of the commissioner of their home."""
    appeal: np.ndarray
    """float64[2, P]: exp(effect + quality + congestion), in less and more deprived areas."""
    deprived: np.ndarray
    """uint8[A]: 1 in the more deprived half of areas."""
    open: np.ndarray
    """uint8[P]: the list takes new patients."""
    beyond: np.ndarray
    """uint8[A, K]: the home lies beyond the boundary within which the candidate takes new patients."""
    outer_km: np.ndarray
    """float32[P]: network km within which movers are kept."""
    takes_out_of_area: np.ndarray
    """uint8[P]."""
    bonds: np.ndarray
    """float32[A, K]: what network, ages and moves add to the utility of candidates."""
    per_log: np.ndarray
    """float32[A]: distance cost per ln(1 + km) of homes in the area."""
    per_km: np.ndarray
    """float32[A]."""
    site_log: np.ndarray
    """float32[P]: distance cost per ln(1 + km) to the site, beside the home's."""
    per_detour: float
    """Per km that the network is longer than the straight line."""
    density: np.ndarray
    """float64[A]: ln of the people around over England's mean."""
    older_distance: float
    border_site: float
    border_membership: float
    border_authority: float
    inertia: float
    """exp(inertia)."""
    out_of_area: float
    """exp(-penalty)."""
    x: np.ndarray
    """float64[A], m."""
    y: np.ndarray
    practice_x: np.ndarray
    """float64[P], m."""
    practice_y: np.ndarray
    area_commissioner: np.ndarray
    """int32[A]."""
    site_commissioner: np.ndarray
    """int32[P]: whose area the site stands in."""
    practice_commissioner: np.ndarray
    """int32[P]: to whom the practice belongs."""
    area_authority: np.ndarray
    """int32[A]."""
    site_authority: np.ndarray
    """int32[P]: whose area the site stands in."""


@strip
def refresh_strip(first, last, options, out_of_area):
    """Running sums of this month's weights for areas first to last, in place.

    ``out_of_area`` uint8[P] marks open lists that take out-of-area patients.
    """
    for a in range(first, last):
        appeal = options.appeal[options.deprived[a]]
        for older in range(2):
            running_weights(
                options.practice[a], options.weight[older, a], appeal, options.open, options.cumulative[older, a]
            )
        running_weights(
            options.work_practice[a], options.work_weight[a], appeal, out_of_area, options.work_cumulative[a]
        )


@inner
def running_weights(practice, weight, appeal, taking, cumulative):
    """Running sums float32[K] of weight x appeal over the practices that take patients."""
    total = np.float32(0.0)
    for k in range(len(practice)):
        p = practice[k]
        if taking[p]:
            total += weight[k] * np.float32(appeal[p])
        cumulative[k] = total


@scalar
def workplace(seed, patient, age, home, options):
    """Area a patient works in, or -1: a function of the draws and the home, not stored."""
    if age < 18 or age >= OLDER_FROM:
        return np.int64(-1)
    u, v, _, _ = uniforms(seed, patient, 0, _WORK, 0)
    if u >= options.employed:
        return np.int64(-1)
    return np.int64(options.workplaces[home, int(v * options.workplaces.shape[1])])


@inner
def straight_km(home, practice, options):
    """Straight-line km from an area's centre to a practice's site."""
    dx = options.x[home] - options.practice_x[practice]
    dy = options.y[home] - options.practice_y[practice]
    return np.sqrt(dx * dx + dy * dy) * 0.001


@inner
def candidate_position(home, practice, options):
    """Place of a practice among the candidates of an area, or -1. Looking at all of them takes no branch to predict."""
    candidates = options.practice[home]
    place = np.int32(len(candidates))
    for k in range(len(candidates)):
        place = min(place, np.int32(k) if candidates[k] == np.uint16(practice) else np.int32(len(candidates)))
    return np.int64(place) if place < len(candidates) else np.int64(-1)


@inner
def keep_weight(home, practice, older, options):
    """Weight of the present practice to somebody who now lives in ``home``: 0 where it may not keep the patient."""
    return keep_weight_at(candidate_position(home, practice, options), home, practice, older, options)


@inner
def keep_weight_at(k, home, practice, older, options):
    """The same of a practice that is candidate k of the home, or (-1) none."""
    km = straight_km(home, practice, options)
    network = np.float64(options.network_km[home, k]) if k >= 0 else km * DETOUR
    beyond = network > options.outer_km[practice]
    if options.residence_only[0] and options.practice_commissioner[practice] != options.area_commissioner[home]:
        return 0.0, False
    if beyond and not options.takes_out_of_area[practice]:
        return 0.0, False
    distance = (options.per_log[home] + options.site_log[practice]) * np.log(1.0 + km) + options.per_km[home] * km
    distance += options.per_detour * (network - km)
    if older:
        distance *= options.older_distance
    bonds = np.float64(options.bonds[home, k]) if k >= 0 else 0.0
    borders = 0.0
    if options.site_commissioner[practice] != options.area_commissioner[home]:
        borders += options.border_site
    if options.practice_commissioner[practice] != options.area_commissioner[home]:
        borders += options.border_membership
    if options.site_authority[practice] != options.area_authority[home]:
        borders += options.border_authority
    weight = np.exp(bonds - distance - borders) * options.appeal[options.deprived[home], practice] * options.inertia
    if beyond:
        weight *= options.out_of_area
    return weight, beyond


@scalar
def choose(seed, patient, month, home, age, present, kind, options):
    """The practice a patient chooses and whether that is out of area: (practice, beyond boundary).

    ``kind`` says whether there is a present practice and whether it may be kept. Somebody no practice's boundary
    covers is assigned to the nearest open list, as a commissioner must; (NONE, False) where no list is open at all.
    """
    older = 1 if age >= OLDER_FROM else 0
    row = options.cumulative[older, home]
    candidates = len(row)
    near_home = np.float64(row[candidates - 1])
    place = -1
    skipped = 0.0
    if kind != NEWCOMER:
        place = candidate_position(home, present, options)
        if place >= 0:
            skipped = np.float64(row[place]) - (np.float64(row[place - 1]) if place > 0 else 0.0)
    near_home -= skipped
    kept = 0.0
    beyond = False
    if kind == MOVER:
        kept, beyond = keep_weight_at(place, home, present, older, options)
    near_work = 0.0
    work = workplace(seed, patient, age, home, options)
    if work >= 0:
        near_work = np.float64(options.work_cumulative[work, options.work_cumulative.shape[1] - 1])
    u, _, _, _ = uniforms(seed, patient, month, _CHOICE, 0)
    target = u * (kept + near_home + near_work)
    if target < kept:
        return np.int64(present), beyond
    target -= kept
    if target < near_home:
        if place >= 0 and target >= np.float64(row[place]) - skipped:
            target += skipped
        k = first_of_few_above(row, target)
        p = np.int64(options.practice[home, k])
        return p, options.beyond[home, k] != 0
    if near_work > 0.0:
        sums = options.work_cumulative[work]
        k = first_of_few_above(sums, target - near_home)
        p = np.int64(options.work_practice[work, k])
        if kind != NEWCOMER and p == present:
            return p, beyond
        near = candidate_position(home, p, options)
        return p, near < 0 or options.beyond[home, near] != 0
    return assigned(home, present, kind, options), True


@inner
def assigned(home, present, kind, options):
    """The nearest open list where no boundary covers the home: the present one for those who have one."""
    if kind != NEWCOMER:
        return np.int64(present)
    for k in range(options.practice.shape[1]):
        if options.open[options.practice[home, k]]:
            return np.int64(options.practice[home, k])
    return np.int64(NONE)
