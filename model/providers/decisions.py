"""What practices decide each April, in the order they do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from model.patients.draws import Purpose
from model.patients.excess import area_draws
from model.providers.closed_lists import allowed, applies, full
from model.providers.exits import drawn, leaving_hazard, leaving_score, partner_weights, rate_of
from model.providers.federation import federation_allows
from model.providers.gps import gps_join, gps_next_year
from model.providers.openings import areas_to_open, number_of_openings
from model.providers.rivals import (
    Near,
    competition_shift,
    losing_to_rivals,
    near_practices,
    network_km,
    rivals_within,
    widened,
)

if TYPE_CHECKING:
    from model.model import RegistrationModel
    from model.providers.practice_lists import PracticeLists


def decide_year(model: RegistrationModel) -> None:
    """Every practice's decisions of the April, each on the state as it is on the first of the month.

    A run that begins in April begins after that year's decisions: its books show what they led to.
    """
    year = model.practice_year
    if model.month_number == year.since:
        return
    year.follow_mergers(model.lists)
    near = near_conventional(model)
    widen_boundaries(model, near)
    close_lists(model)
    change_gps(model)
    leave(model)
    open_practices(model)
    feel_competition(model)
    year.size = model.lists.size.copy()


@dataclass
class PracticeYear:
    """What practices remember of the last April."""

    since: int
    """Month number at which this memory begins."""
    size: np.ndarray
    """Lists then, int64[P]."""
    gps: float
    """GPs of all conventional practices together as the nation's trend has them, full-time equivalents."""
    competition: np.ndarray
    """What rivals added to satisfaction then, float64[P], share."""

    @classmethod
    def begin(cls, model: RegistrationModel) -> PracticeYear:
        """The start: rivals are felt already, so they are part of the starting satisfaction."""
        lists = model.lists
        shift = present_competition(model)
        lists.satisfaction += shift
        lists.starting_satisfaction += shift
        gps = float(lists.gps_fte[lists.conventional].sum())
        return cls(model.month_number, lists.size.copy(), gps, shift)

    def follow_mergers(self, lists: PracticeLists) -> None:
        """A practice that took over others' lists is compared with what they all had: a merger is not growth."""
        for practice in np.flatnonzero(~lists.exists & (lists.super_practice >= 0)).tolist():
            heir = practice
            while not lists.exists[heir] and lists.super_practice[heir] >= 0:
                heir = int(lists.super_practice[heir])
            if heir != practice:
                self.size[heir] += self.size[practice]
                self.size[practice] = 0


def near_conventional(model: RegistrationModel) -> Near:
    """Pairs of conventional practices close enough to compete."""
    region, rules = model.region, model.practice_rules
    km = max(rules.rivals_km, rules.close_rivals_km)
    return near_practices(region.practice_x, region.practice_y, model.lists.conventional, km)


def draws_of(model: RegistrationModel, purpose: Purpose, number: int = 0) -> np.ndarray:
    """One uniform a practice, float64[P], keyed by seed, practice, month and purpose; ``number`` 0-3 tells apart."""
    return area_draws(model.scenario.seed, len(model.lists.size), int(purpose), 4 * model.month_number + number)


def widen_boundaries(model: RegistrationModel, near: Near) -> None:
    """Practices that lose patients to rivals take them from farther away."""
    lists, rules = model.lists, model.practice_rules
    rivals = near_within(near, rules.rivals_km)
    losing = losing_to_rivals(lists.size, model.practice_year.size, rivals, lists.organisation(), rules.losing)
    ratio = widened(lists.inner_km, losing & lists.conventional, rules.widening_ratio, rules.widest_km)
    if (ratio > 1.0).any():
        lists.inner_km = (lists.inner_km * ratio).astype(np.float32)
        lists.outer_km = (lists.outer_km * ratio).astype(np.float32)
        lists.changed = True


def near_within(near: Near, km: float) -> Near:
    """The pairs at most ``km`` apart."""
    keep = near.km <= km
    return Near(near.first[keep], near.second[keep], near.km[keep], near.practices)


def close_lists(model: RegistrationModel) -> None:
    """Overloaded practices apply to take nobody new for a while; the commissioner grants most applications."""
    lists, rules = model.lists, model.practice_rules
    open_now = lists.conventional & (lists.closed_until <= model.month_number)
    applying = applies(lists.load, open_now, rules, draws_of(model, Purpose.CLOSED_LIST))
    applying &= federation_allows(lists, lists.overload)
    closing = allowed(applying, rules, draws_of(model, Purpose.CLOSED_LIST, 1)) | full(lists.load, open_now, rules)
    if closing.any():
        lists.close_list(closing, model.month_number + rules.closing_months)
        lists.changed = True


def change_gps(model: RegistrationModel) -> None:
    """GPs become fewer or more with the nation's trend, whichever practices leave, and follow patients."""
    lists, rules, year = model.lists, model.practice_rules, model.practice_year
    year.gps *= 1.0 + rules.gps_trend
    draws = draws_of(model, Purpose.GPS)
    lists.gps_fte[:] = gps_next_year(lists.size, lists.gps_fte, lists.conventional, year.gps, rules, draws)


def leave(model: RegistrationModel) -> None:
    """Some practices merge into a near one; others close, and their patients look for a new one.

    What leaves in a year to April leaves on its last day; of the year in which a run begins, the months it has seen.
    """
    lists, rules, region = model.lists, model.practice_rules, model.region
    settled = (lists.opened == 0) | (model.month_number - lists.opened >= rules.settling_months)
    may_leave = np.flatnonzero(lists.conventional & (lists.trust < 0) & ~model.awaited & settled)
    score = leaving_score(lists.size[may_leave], lists.margin[may_leave], lists.load[may_leave], rules)
    seen = min(model.month_number - model.practice_year.since, 12) / 12.0
    hazard = leaving_hazard(score, rate_of(rules, model.month.year) * seen)
    leaving = np.zeros(len(lists.size), bool)
    leaving[may_leave] = draws_of(model, Purpose.EXIT)[may_leave] < hazard
    if not leaving.any():
        return
    staying = lists.conventional & ~leaving
    near = near_practices(region.practice_x, region.practice_y, lists.conventional, rules.merging_km)
    closes = draws_of(model, Purpose.EXIT, 1) < rules.closing_share
    pick = draws_of(model, Purpose.PARTNER)
    for practice in np.flatnonzero(leaving).tolist():
        others = near.second[near.of(practice)]
        km = network_km(model.travel, region.practice_area, near, near.of(practice))
        size = lists.size[others] * staying[others]
        same_commissioner = region.practice_commissioner[others] == region.practice_commissioner[practice]
        same_federation = (lists.federation[practice] >= 0) & (lists.federation[others] == lists.federation[practice])
        may_merge = same_commissioner & (lists.trust[others] < 0)
        partner = drawn(partner_weights(km, size * may_merge, same_federation, rules), pick[practice])
        if closes[practice] or partner < 0:
            anywhere = partner_weights(km, size, np.zeros(len(others), bool), rules)
            lists.gps_fte[others] += gps_join(float(lists.gps_fte[practice]), anywhere, rules)
            model.transfers.disperse(practice, at_once=rules.dispersed_at_once)
        else:
            model.transfers.merge(practice, int(others[partner]))


def open_practices(model: RegistrationModel) -> None:
    """Now and then a practice opens where one practice is the nearest to most residents."""
    lists, rules, region = model.lists, model.practice_rules, model.region
    there = np.flatnonzero(lists.conventional)
    number = number_of_openings(len(there), rules, float(draws_of(model, Purpose.OPENING)[0]))
    sites = region.practice_x[there], region.practice_y[there]
    for area in areas_to_open(number, region.x, region.y, model.counts.residents, *sites):
        model.open_practice(area, "gp", gps=rules.opening_gps)


def feel_competition(model: RegistrationModel) -> None:
    """The change of rivals since last April is added to the target of satisfaction."""
    shift = present_competition(model)
    model.lists.quality_shift += shift - model.practice_year.competition
    model.practice_year.competition = shift


def present_competition(model: RegistrationModel) -> np.ndarray:
    """What the rivals of today add to satisfaction, float64[P], share; 0 for digital providers and closed practices."""
    lists, rules = model.lists, model.practice_rules
    near, organisation = near_conventional(model), lists.organisation()
    close = rivals_within(near, organisation, rules.close_rivals_km)
    all_near = rivals_within(near, organisation, rules.rivals_km)
    shift = competition_shift(close, all_near, rules, model.scenario.satisfaction.spread)
    return np.where(lists.conventional, shift, 0.0)
