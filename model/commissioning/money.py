"""The money book: what practices, commissioners, places and authorities are paid, quarter by quarter.

All it computes is in pure functions (:mod:`model.commissioning.carr_hill`, ``practice_income``, ``allocation``,
``budgets``, ``entitlement``); the book holds what carries over: the rules in force, the allocation base and sums to date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from model.commissioning import carr_hill as capitation
from model.commissioning.allocation import (
    Recharge,
    allocate,
    apportion,
    financial_quarter,
    financial_year,
    market_forces,
    mean_forces,
    pounds_at_start,
    recharge,
    shift,
)
from model.commissioning.budgets import control_side
from model.commissioning.local_books import books_of_authorities, books_of_places
from model.commissioning.need import Need, funding_need, mean_need, need_of
from model.commissioning.practice_income import practice_accounts
from model.geography.london import in_london

if TYPE_CHECKING:
    from model.model import RegistrationModel

QUARTERS = 4
FEWEST_GAINED = 100
"""Out-of-area patients gained since the base below which a price of them says nothing."""


class MoneyBook:
    """Money as of the last quarter. P practices, C commissioners, K places, L authorities.

    Attributes:
        rule: annual, quarterly or residence; policy may change it, as the next five.
        funded_by: registration or residence.
        premium: on the weight of patients in their first year on a list.
        premium_stay_months: paid only for those who stay so long.
        formula: carr-hill, need or deprivation.
        practice: PRACTICES of :mod:`model.commissioning.money_columns`, float64[P]; and ``practice_income``, ``practice_cost``.
        commissioner: COMMISSIONERS, float64[C].
        places: PLACES, float64[K].
        authorities: AUTHORITIES, float64[L].
        entitled: residents by whether their responsible bodies match.
        pot: GBP a year shared among commissioners, a whole number.
    """

    def __init__(self, model: RegistrationModel) -> None:
        """The books at the start: nobody is late or early yet, allocations are at their targets."""
        money, region = model.scenario.money, model.region
        self.parameters = money
        self.rule, self.funded_by, self.formula = money.payment_rule, money.funded_by, money.formula
        self.premium, self.premium_stay_months = money.premium, money.premium_stay_months
        self._level = capitation.published_level(region)
        self._rural = capitation.rural_patients(region)
        self._staff = capitation.staff_cost(region, money)
        residents, london = region.residents, in_london(region)
        self._market_forces = market_forces(
            residents, london, region.area_commissioner, len(region.commissioners), money
        )
        places = model.levels.area_place, len(model.levels.places)
        self._place_forces = market_forces(residents, london, *places, money)
        now = need_of(model)
        self._year = financial_year(model.month_number)
        self._counted: list[Need] = []
        self._base = now
        self._base_funded_by, self._base_formula = self.funded_by, self.formula
        need = funding_need(now, self.funded_by, self.formula)
        self._heads = self._heads_of(now)
        # The published pounds are a mean of the nation: of a part, whose prices differ, more or less falls to a head.
        share = region.about.get("london_share")
        heads = float(need.sum()) if share is None else float(self._heads.sum()) / mean_forces(share, money)
        self.pot = round(pounds_at_start(self._year, money) * heads)
        self._target = apportion(self.pot, self._heads)
        self._allocation = self._target.copy()
        commissioners = len(region.commissioners)
        self._mismatch_years, self._misplaced_years, self._unfunded_years, self._paid = np.zeros((4, commissioners))
        self._started_with: np.ndarray | None = None
        self._settle(model, now)

    def quarter(self, model: RegistrationModel) -> None:
        """Pay the quarter that begins: new allocations in April, or when who is funded has changed."""
        now = need_of(model)
        year = financial_year(model.month_number)
        if year != self._year:
            self.pot = round(self.pot * (1.0 + self.parameters.pot_growth) ** (year - self._year))
            self._base = mean_need(self._counted) if self._counted else now
            self._counted = []
            self._year = year
            self._allocate()
        elif self.funded_by != self._base_funded_by:
            self._allocate()
        self._settle(model, now)

    @property
    def pounds(self) -> float:
        """GBP a year per head of need (outside London) in the allocation base."""
        heads = float(self._heads.sum())
        return self.pot / heads if heads > 0 else 0.0

    @property
    def practice_income(self) -> np.ndarray:
        """GBP a year, float64[P]."""
        return self.practice["income"]

    @property
    def practice_cost(self) -> np.ndarray:
        """GBP a year, float64[P]."""
        return self.practice["cost"]

    @property
    def entitlement(self) -> dict[str, np.ndarray | tuple[str, ...]]:
        """The fields of ``entitled`` by name (:class:`model.commissioning.entitlement.Entitlement` says what they are)."""
        return self.entitled._asdict()

    def headline(self) -> dict[str, float]:
        """A few numbers for all; HEADLINE of :mod:`model.commissioning.money_columns` says what each is."""
        c, inflow = self.commissioner, self.commissioner["inflow"].sum()
        runs, margin = self._size > 0, self.practice["margin"]
        patients = self._size.sum()
        return {
            "pot": float(self.pot),
            "pounds_per_need": self.pounds,
            "unfunded_liability": float(np.maximum(c["unfunded"], 0.0).sum()),
            "largest_unfunded": float(c["unfunded"].max()),
            "misplaced": float(np.abs(c["balance"]).sum() / 2.0),
            "gross_care": float(c["gross_care"].sum()),
            "out_of_area_price": float(c["gross_care"].sum() / inflow) if inflow > 0 else float("nan"),
            "mismatch_years": float(c["mismatch_years"].sum()),
            "misplaced_years": float(c["misplaced_years"].sum() / 2.0),
            "recharged": float(c["recharge_in"].sum()),
            "control_totals_missed": float((c["control_side"] < 0).sum()),
            "practices_in_deficit": float((margin[runs] < 0).mean()) if runs.any() else float("nan"),
            "mean_margin": float((margin * self._size).sum() / patients) if patients > 0 else float("nan"),
            "mismatched": float(self.entitled.people.max()),
            "frail_mismatched": float(self.entitled.frail.max()),
            "double_counted": float(self.places["double_counted"].sum()),
        }

    def _allocate(self) -> None:
        """Share the pot on the base; where who is funded has changed, at once by target.

        Money a head is carried over for need as the formula before counts it: a new formula is a new target.
        """
        carried = self._heads_of(self._base)
        changed = self.funded_by != self._base_funded_by
        self._base_funded_by, self._base_formula = self.funded_by, self.formula
        heads = self._heads_of(self._base)
        self._target = apportion(self.pot, heads)
        pace = 1.0 if changed else self.parameters.pace_of_change
        self._allocation = allocate(self.pot, self._target, carried, self._allocation, self._heads, pace)
        self._heads = heads

    def _heads_of(self, need: Need) -> np.ndarray:
        """Heads of need that the pot is shared by as the base was, those in London counting for more, float64[C]."""
        return funding_need(need, self._base_funded_by, self._base_formula) * self._market_forces

    def _settle(self, model: RegistrationModel, now: Need) -> None:
        """The quarter's payments and books on who is there now."""
        self._settle_practices(model)
        self._settle_commissioners(now, financial_quarter(model.month_number))
        c = self.commissioner
        self.places = books_of_places(model, c["money"], c["activity"], self.pounds * self._place_forces)
        self.authorities, self.entitled = books_of_authorities(model, self.funded_by)
        self._counted.append(now)

    def _settle_practices(self, model: RegistrationModel) -> None:
        """Weighted lists, income and cost; ``lists.carr_hill`` and ``lists.margin`` follow."""
        mix, region, lists, money = model.casemix, model.region, model.lists, self.parameters
        self._size = mix.practice_ages.sum(axis=(1, 2))
        if self.formula == "need":
            raw = mix.real_need / np.maximum(self._size, 1)
        else:
            site = region.practice_area
            leaving = np.where(lists.provider >= 0, money.leaving_new_digital, money.leaving_new)
            raw = capitation.carr_hill_factors(
                mix.practice_ages,
                mix.new_registrants,
                mix.fifth_practice,
                money=money,
                premium=self.premium,
                paid=capitation.staying(self.premium_stay_months, leaving),
                staff=self._staff[site],
                rural=np.where(np.isnan(self._rural), region.rural[site], self._rural),
            ).product
            if self.formula == "deprivation":
                raw = raw * capitation.deprivation_uplift(mix.fifth_practice, money)
        index = capitation.normalised(raw, self._size, self._level)
        accounts = practice_accounts(self._size, index, lists.gps_fte, self._year, money)
        self.practice = {"carr_hill": index, **accounts._asdict()}
        lists.carr_hill, lists.margin = index, accounts.margin

    def _settle_commissioners(self, now: Need, quarter: int) -> None:
        """Cost of who is there against the money for who was; what the payment rule moves in the year.

        ``cost`` is GBP a year per head of need at each commissioner's prices; all amounts are GBP a year, float64[C].
        """
        cost, base = self.pounds * self._market_forces, self._base
        by_residence = self.funded_by == "residence"
        charges, following = self._charges(now, cost), self._following(now)
        in_year = charges.net + following
        unregistered = cost * now.unregistered
        base_cost = self.pounds * self._heads
        need_cost = cost * now.real
        unfunded = need_cost + by_residence * unregistered - base_cost - in_year
        # Where residents are funded, charges pay for care and are not money that is late.
        mismatch = shift(self.pounds * self._heads_of(now), base_cost) - (following if by_residence else in_year)
        money = self._allocation + in_year
        activity = self._activity(now)
        balance = money - activity
        control = self._control_total(balance, money)
        self._mismatch_years = self._mismatch_years + np.abs(mismatch) / QUARTERS
        self._misplaced_years = self._misplaced_years + np.abs(balance) / QUARTERS
        self._unfunded_years = self._unfunded_years + unfunded / QUARTERS
        paid = self._pay(money, quarter)
        gained, owed = now.crossing - base.crossing, cost * (now.inflow - base.inflow) - charges.net
        gained = np.where(gained >= FEWEST_GAINED, gained, 0.0)
        self.commissioner = {
            "allocation": self._allocation.astype(np.float64),
            "target": self._target.astype(np.float64),
            "distance": _ratio(self._allocation, self._target) - 1.0,
            "base_list": base.listed,
            "base_cost": base_cost,
            "list_cost": cost * now.list_need,
            "need_cost": need_cost,
            "in_year": in_year,
            "recharge_in": charges.received,
            "recharge_out": charges.paid,
            "unfunded": unfunded,
            "gross_care": cost * now.inflow,
            "care_elsewhere": now.cost_elsewhere(cost),
            "unregistered_cost": unregistered,
            "residents_cost": cost * now.residents,
            "inflow": now.crossing,
            "out_of_area_price": _ratio(cost * now.inflow, now.crossing),
            "out_of_area_unfunded": _ratio((self.rule != "quarterly") * owed, gained),
            "mismatch": mismatch,
            "mismatch_years": self._mismatch_years,
            "misplaced_years": self._misplaced_years,
            "unfunded_years": self._unfunded_years,
            "money": money,
            "activity": activity,
            "balance": balance,
            "control_total": control,
            "control_side": control_side(balance, control, self.parameters.control_tolerance * self._allocation),
            "paid": paid,
            "paid_to_date": self._paid,
        }

    def _activity(self, now: Need) -> np.ndarray:
        """The pot by the real need of the patients each commissioner has now, GBP a year, float64[C]."""
        weight = now.real * self._market_forces
        return self.pot * weight / weight.sum() if weight.sum() > 0 else np.zeros(len(weight))

    def _control_total(self, balance: np.ndarray, money: np.ndarray) -> np.ndarray:
        """The balance each commissioner is held to, GBP a year, float64[C]: the share of its money it started with."""
        if self._started_with is None:
            self._started_with = np.divide(balance, money, out=np.zeros(len(money)), where=money > 0)
        return self._started_with * money

    def _pay(self, money: np.ndarray, quarter: int) -> np.ndarray:
        """The quarter of the pot by ``money`` [C], whole GBP, float64[C]; the four quarters of a year add up to the pot."""
        pot_now = self.pot * (quarter + 1) // QUARTERS - self.pot * quarter // QUARTERS
        paid = apportion(pot_now, money).astype(np.float64)
        self._paid = self._paid + paid
        return paid

    def _charges(self, now: Need, cost: np.ndarray) -> Recharge:
        """Charges for crossing patients: all where residents are funded, else those since the base was counted.

        ``cost`` is GBP a year per head of need, float64[C].
        """
        if self.funded_by == "residence":
            return recharge(now.flows, np.zeros_like(now.flows), cost)
        counted = self._base.flows if self.rule == "residence" else now.flows
        return recharge(now.flows, counted, cost)

    def _following(self, now: Need) -> np.ndarray:
        """What a quarterly recalculation moves, whole GBP, float64[C]: the same money a head, for the lists of the quarter."""
        if self.rule != "quarterly":
            return np.zeros(len(self._allocation))
        heads = self._heads_of(now)
        target = apportion(self.pot, heads)
        return (allocate(self.pot, target, heads, self._allocation, self._heads, 0.0) - self._allocation).astype(float)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part / whole [N], NaN where there is no whole."""
    part = np.asarray(part, np.float64)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=np.asarray(whole) > 0)
