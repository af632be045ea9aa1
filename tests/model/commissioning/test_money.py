"""Worlds of a few lists whose books can be worked out by hand: everybody has need 1 unless said otherwise."""

import datetime
import pickle
from dataclasses import replace
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

from model.commissioning.allocation import financial_quarter
from model.commissioning.entitlement import SERVICES
from model.commissioning.money import MoneyBook
from model.commissioning.money_columns import MONEY_COLUMNS
from model.patients.casemix import CaseMix
from model.scenario import Money

JANUARY = 12 * 51
NO_LIST = -1
FLAT = {"pot_growth": 0.0, "pounds_per_head": 1000.0, "pounds_growth": 0.0, "market_forces_london": 1.0}


class Group(NamedTuple):
    """People who live with one commissioner and are on one practice's list."""

    home: int
    practice: int
    people: int
    need: float = 1.0
    ghosts: int = 0
    frail: int = 0


def casemix_of(
    groups: list[Group], practice_commissioner: np.ndarray, commissioners: int
) -> tuple[CaseMix, np.ndarray]:
    """Case-mix and residents by cell: one home cell and one place a commissioner; patients are men of 25-34."""
    practices = len(practice_commissioner)
    parts = {
        "month": np.zeros(1, np.int64),
        "practice_ages": np.zeros((practices, 2, 10), np.int64),
        "new_registrants": np.zeros(practices, np.int64),
        "list_need": np.zeros(practices, np.int64),
        "real_need": np.zeros(practices, np.int64),
        "flows_need": np.zeros((commissioners, commissioners + 1), np.int64),
        "frail": np.zeros((commissioners, commissioners + 1), np.int64),
        "place_flows": np.zeros((commissioners, commissioners + 1), np.int64),
        "place_need": np.zeros((commissioners, commissioners + 1), np.int64),
        "fifth_practice": np.zeros((5, practices), np.int64),
        "fifth_need": np.zeros((5, 4), np.int64),
    }
    for group in groups:
        need = round(1000 * group.need * group.people)
        listed = group.practice != NO_LIST
        to = practice_commissioner[group.practice] if listed else commissioners
        for name, amount in (("flows_need", need), ("place_need", need), ("frail", group.frail)):
            parts[name][group.home, to] += amount
        parts["place_flows"][group.home, to] += group.people
        if listed:
            parts["practice_ages"][group.practice, 0, 3] += group.people + group.ghosts
            parts["list_need"][group.practice] += 1000 * (group.people + group.ghosts)
            parts["real_need"][group.practice] += need
            parts["fifth_practice"][2, group.practice] += group.people
    empty = {name: np.zeros(0, np.int64) for name in CaseMix._fields if name not in parts}
    return CaseMix(**parts, **empty), parts["place_flows"]


@pytest.fixture
def make_world(make_region):
    """A factory of stand-ins for the model: what the money book reads of it, and no patients."""

    def make(groups: list[Group], *, practices=(0, 1), month=JANUARY, **parameters):
        commissioners = max(practices) + 1
        sites = np.array([[float(c), 0.0] for c in practices])
        region = make_region(
            np.array([[float(c), 0.0] for c in range(commissioners)]),
            sites,
            area_commissioner=np.arange(commissioners),
            practice_commissioner=np.array(practices),
        )
        of = np.array(practices)
        world = SimpleNamespace(
            region=region,
            scenario=SimpleNamespace(money=Money(**(FLAT | parameters))),
            month_number=month,
            lists=SimpleNamespace(
                provider=np.full(len(of), -1),
                gps_fte=np.ones(len(of)),
                carr_hill=np.ones(len(of)),
                margin=np.zeros(len(of)),
            ),
            levels=SimpleNamespace(
                places=np.arange(commissioners), practice_place=of, area_place=np.arange(commissioners)
            ),
        )

        def becomes(groups: list[Group], months: int = 3) -> None:
            world.casemix, true = casemix_of(groups, of, commissioners)
            world.counts = SimpleNamespace(
                true=true,
                cells=np.stack([np.arange(commissioners)] * 3, axis=1),
                ground=SimpleNamespace(practice_commissioner=of),
            )
            world.month_number += months

        becomes(groups, 0)
        world.becomes = becomes
        return world

    return make


HOME = [Group(0, 0, 3000), Group(1, 1, 1000)]
DRIFTED = [Group(0, 0, 2400), Group(0, 1, 600), Group(1, 1, 1000)]


def test_with_everybody_registered_at_home_nothing_is_unfunded(make_world):
    world = make_world(HOME)
    book = MoneyBook(world)
    for _ in range(6):
        world.becomes(HOME)
        book.quarter(world)
        c = book.commissioner
        assert book.pot == 4_000_000
        assert c["allocation"].tolist() == [3_000_000, 1_000_000]
        for name in ("unfunded", "mismatch", "mismatch_years", "in_year", "gross_care", "balance", "control_side"):
            assert c[name] == pytest.approx([0.0, 0.0]), name
    assert book.headline()["misplaced"] == 0.0
    assert book.entitled.people.max() == 0


@pytest.mark.parametrize("rule", ["annual", "quarterly", "residence"])
@pytest.mark.parametrize("funded_by", ["registration", "residence"])
def test_payments_reconcile_to_the_pot_quarter_by_quarter(make_world, rule, funded_by):
    world = make_world([*HOME, Group(1, NO_LIST, 77)], pot_growth=0.0217, pounds_per_head=1240.37)
    book = MoneyBook(world)
    rng = np.random.Generator(np.random.Philox(key=3))
    book.rule, book.funded_by = rule, funded_by
    assert book.commissioner["paid"].sum() == book.pot - book.pot * 3 // 4
    for _ in range(9):
        world.becomes(
            [Group(h, p, int(rng.integers(1, 5000)), need=rng.random()) for h in (0, 1) for p in (0, 1, NO_LIST)]
        )
        book.quarter(world)
        quarter = financial_quarter(world.month_number)
        assert book.commissioner["paid"].sum() == book.pot * (quarter + 1) // 4 - book.pot * quarter // 4
        assert book.commissioner["allocation"].sum() == book.pot
        assert book.commissioner["target"].sum() == book.pot
        assert book.commissioner["in_year"].sum() == 0
        assert book.commissioner["money"].sum() == book.pot
        assert book.places["capitation"].sum() == pytest.approx(book.pot)
        assert book.places["activity"].sum() == pytest.approx(book.pot)


def test_out_of_area_patients_are_unfunded_until_the_allocation_has_caught_up(make_world):
    world = make_world(HOME)
    book = MoneyBook(world)
    world.becomes(HOME)  # April: the base is January's
    book.quarter(world)
    world.becomes(DRIFTED)  # July: 600 have gone to the other commissioner's list
    book.quarter(world)
    c = book.commissioner
    assert c["unfunded"] == pytest.approx([-600_000, 600_000])
    assert c["gross_care"] == pytest.approx([0, 600_000])
    assert c["care_elsewhere"] == pytest.approx([600_000, 0])
    assert c["out_of_area_price"][1] == pytest.approx(1000)
    assert c["out_of_area_unfunded"][1] == pytest.approx(1000)
    assert c["mismatch_years"] == pytest.approx([150_000, 150_000])
    assert c["control_side"].tolist() == [1, -1]
    assert np.isnan(c["out_of_area_price"][0])
    for _ in range(3):
        world.becomes(DRIFTED)
        book.quarter(world)
    # April again: three quarters of the base's year had them.
    assert book.commissioner["base_list"].tolist() == [2550, 1450]
    assert book.commissioner["unfunded"] == pytest.approx([-150_000, 150_000])
    for _ in range(4):
        world.becomes(DRIFTED)
        book.quarter(world)
    assert book.commissioner["unfunded"] == pytest.approx([0, 0], abs=1)
    assert book.commissioner["gross_care"] == pytest.approx([0, 600_000])
    assert book.commissioner["mismatch_years"] == pytest.approx([600_000, 600_000])


def test_a_quarterly_recalculation_takes_the_money_along(make_world):
    world = make_world(HOME, payment_rule="quarterly")
    book = MoneyBook(world)
    for _ in range(2):
        world.becomes(DRIFTED)
        book.quarter(world)
        assert book.commissioner["unfunded"] == pytest.approx([0, 0])
        assert book.commissioner["mismatch_years"] == pytest.approx([0, 0])
        assert book.commissioner["money"].tolist() == [2_400_000, 1_600_000]
        assert book.commissioner["gross_care"][1] > 0
        assert book.commissioner["out_of_area_unfunded"][1] == 0, "its money came along"


def test_money_that_is_not_where_patients_are_counts_once(make_world):
    """What one commissioner has too much, another has too little: misplaced is half of both."""
    world = make_world(HOME)
    book = MoneyBook(world)
    world.becomes(DRIFTED)
    book.quarter(world)
    assert book.commissioner["balance"] == pytest.approx([600_000, -600_000])
    told = book.headline()
    assert told["misplaced"] == pytest.approx(600_000)
    assert told["misplaced_years"] == pytest.approx(150_000)
    assert told["unfunded_liability"] == told["largest_unfunded"] == pytest.approx(600_000)
    assert told["double_counted"] == pytest.approx(book.places["double_counted"].sum())
    assert 0 < told["double_counted"] < book.places["pooled"].sum()


def test_care_where_it_costs_more_takes_more_of_the_pot(make_world):
    world = make_world(HOME)
    book = MoneyBook(world)
    book._market_forces = np.array([1.0, 1.2])
    world.becomes(HOME)
    book.quarter(world)
    assert book.commissioner["activity"] == pytest.approx(np.array([3000, 1200]) * 4_000_000 / 4200)


FRAIL_THERE = [Group(0, 0, 3000), Group(1, 1, 1000, need=2.0)]


def test_a_new_formula_is_a_target_that_is_approached_year_by_year(make_world):
    world = make_world(FRAIL_THERE, pace_of_change=0.25)
    book = MoneyBook(world)
    assert book.commissioner["allocation"].tolist() == [3_000_000, 1_000_000], "by age, of which all are alike"
    book.formula = "need"
    gaps = []
    for quarter in range(9):
        world.becomes(FRAIL_THERE)
        book.quarter(world)
        if quarter % 4 == 0:
            c = book.commissioner
            assert c["target"].tolist() == [2_400_000, 1_600_000]
            gaps.append(1_600_000 - c["allocation"][1])
            assert c["allocation"].sum() == book.pot
            assert c["distance"][1] == pytest.approx(-gaps[-1] / 1_600_000)
    assert gaps == pytest.approx([450_000, 337_500, 253_125], abs=1)


def test_before_its_first_allocation_a_new_formula_moves_nothing_by_any_rule(make_world):
    for rule in ("annual", "quarterly"):
        world = make_world(FRAIL_THERE, payment_rule=rule)
        book = MoneyBook(world)
        world.becomes(FRAIL_THERE)  # April
        book.quarter(world)
        book.formula = "need"
        world.becomes(FRAIL_THERE)  # July
        book.quarter(world)
        assert book.commissioner["allocation"].tolist() == [3_000_000, 1_000_000]
        assert book.commissioner["in_year"] == pytest.approx([0, 0])
        assert book.commissioner["mismatch"] == pytest.approx([0, 0])


def test_a_change_of_who_is_funded_holds_at_once_whatever_the_pace(make_world):
    world = make_world([Group(0, 0, 2400), Group(0, 1, 600, need=2.0), Group(1, 1, 1000)], pace_of_change=0.0)
    book = MoneyBook(world)
    assert book.commissioner["allocation"].tolist() == [2_400_000, 1_600_000]
    book.funded_by = "residence"
    world.becomes([Group(0, 0, 2400), Group(0, 1, 600, need=2.0), Group(1, 1, 1000)])
    book.quarter(world)
    assert book.commissioner["allocation"] == pytest.approx(4_000_000 * np.array([3600, 1000]) / 4600, abs=1)
    assert book.commissioner["distance"] == pytest.approx([0, 0])


def test_where_residents_are_funded_charges_for_care_are_not_money_that_is_late(make_world):
    world = make_world(DRIFTED, funded_by="residence")
    book = MoneyBook(world)
    world.becomes(DRIFTED)
    book.quarter(world)
    assert book.commissioner["in_year"] == pytest.approx([-600_000, 600_000])
    assert book.commissioner["mismatch"] == pytest.approx([0, 0])


@pytest.mark.parametrize("need", [0.5, 1.0, 2.5])
@pytest.mark.parametrize("moved", [600, 1200, 1])
def test_recharging_by_residence_leaves_no_mismatch_for_those_out_of_area(make_world, need, moved):
    world = make_world([Group(0, 0, 3000, need), Group(1, 1, 1000)], payment_rule="residence")
    book = MoneyBook(world)
    before = book.commissioner["unfunded"]
    world.becomes([Group(0, 0, 3000 - moved, need), Group(0, 1, moved, need), Group(1, 1, 1000)])
    book.quarter(world)
    c = book.commissioner
    assert c["unfunded"] == pytest.approx(before)
    assert c["recharge_in"] == pytest.approx([0, moved * need * book.pounds])
    assert c["recharge_out"] == pytest.approx([moved * need * book.pounds, 0])
    # What is left is what the formula, which knows ages only, would have moved too much or too little.
    assert c["mismatch"] == pytest.approx([-moved * (1 - need) * 1000, moved * (1 - need) * 1000])


def test_funding_by_residence_moves_exactly_the_money_of_residents_need(make_world):
    crossing = [Group(0, 0, 2000), Group(0, 1, 600, need=0.5), Group(1, 1, 1000), Group(0, NO_LIST, 100)]
    world = make_world(crossing)
    book = MoneyBook(world)
    before, people = book.commissioner["allocation"], world.counts.true.copy()
    assert before.tolist() == [2_000_000, 1_600_000]
    book.funded_by = "residence"
    world.becomes(crossing, 3)
    book.quarter(world)
    need = np.array([2000 + 300 + 100, 1000.0])
    assert book.commissioner["allocation"] == pytest.approx(3_600_000 * need / need.sum(), abs=1)
    assert (world.counts.true == people).all()
    # The care of those registered elsewhere is charged home: each pays for its residents and for nobody else.
    assert book.commissioner["unfunded"] == pytest.approx([0, 0], abs=1)
    assert book.commissioner["recharge_in"][1] == pytest.approx(300 * book.pounds, abs=1)


def test_ghosts_stay_in_the_base(make_world):
    world = make_world([Group(0, 0, 1000, ghosts=100), Group(1, 1, 1000)])
    book = MoneyBook(world)
    c = book.commissioner
    assert c["base_list"].tolist() == [1100, 1000]
    assert c["unfunded"] == pytest.approx([-100_000, 0])
    assert c["mismatch"] == pytest.approx([0, 0])


def test_frailty_costs_and_is_not_in_an_age_weighted_base(make_world):
    world = make_world(HOME)
    book = MoneyBook(world)
    world.becomes([Group(0, 0, 3000), Group(1, 1, 1000, need=1.5)])
    book.quarter(world)
    assert book.commissioner["unfunded"] == pytest.approx([0, 500_000])


def test_a_pot_fixed_in_advance_grows_whoever_registers(make_world):
    world = make_world(HOME, pot_growth=0.05)
    book = MoneyBook(world)
    for _ in range(5):
        world.becomes([Group(0, 0, 9000), Group(1, 1, 1000)])
        book.quarter(world)
    assert book.pot == round(round(4_000_000 * 1.05) * 1.05)
    assert book.commissioner["target"].sum() == book.pot


def test_the_formulas_pay_practices_for_age_need_or_deprivation(make_world):
    world = make_world([Group(0, 0, 1000, need=1.5), Group(1, 1, 1000, need=0.5)])
    book = MoneyBook(world)
    assert world.lists.carr_hill == pytest.approx([1.0, 1.0])
    book.formula = "need"
    world.becomes([Group(0, 0, 1000, need=1.5), Group(1, 1, 1000, need=0.5)])
    book.quarter(world)
    assert world.lists.carr_hill == pytest.approx([1.5, 0.5])
    book.formula = "deprivation"
    world.becomes(HOME)
    world.casemix.fifth_practice[:, 0] = [2000, 0, 0, 0, 0]
    book.quarter(world)
    assert world.lists.carr_hill[0] > world.lists.carr_hill[1]
    assert (world.lists.margin == book.practice["margin"]).all()
    assert (book.practice_income > 0).all()
    assert (book.practice_cost > 0).all()


def test_the_premium_is_paid_for_newcomers_who_stay(make_world):
    world = make_world(HOME)
    book = MoneyBook(world)

    def index(premium: float, months: int) -> float:
        book.premium, book.premium_stay_months = premium, months
        world.becomes(HOME)
        world.casemix.new_registrants[1] = 1000
        book.quarter(world)
        return world.lists.carr_hill[1] / world.lists.carr_hill[0]

    assert index(0.46, 0) == pytest.approx(1.46)
    assert index(0.0, 0) == pytest.approx(1.0)
    assert 1.3 < index(0.46, 6) < 1.46


def test_places_hold_money_for_others_and_count_it_twice_when_pooled(make_world):
    world = make_world(
        [Group(0, 0, 800), Group(0, 1, 200, need=0.5), Group(1, 1, 1000)],
        social_care=300.0,
        public_health=0.0,
        pooled_health=0.4,
        pooled_council=0.5,
    )
    book = MoneyBook(world)
    p = book.places
    assert p["people_elsewhere"].tolist() == [200, 0]
    assert p["people_from_elsewhere"].tolist() == [0, 200]
    assert p["held_for_others"] == pytest.approx([0, 100_000])
    assert p["held_elsewhere"] == pytest.approx([100_000, 0])
    assert p["council"] == pytest.approx([900 * 300, 1000 * 300])
    # Health money of the 200 is in the second place's pool, council money in the first's.
    assert p["double_counted"] == pytest.approx([0.5 * 300 * 100, 0.4 * 100_000])
    assert p["pooled"] == pytest.approx(0.4 * p["capitation"] + 0.5 * p["council"])
    assert p["pooled_for_others"] == pytest.approx([0, 0.4 * 100_000])
    assert p["pooled_elsewhere"] == pytest.approx([0.4 * 100_000, 0])


def test_public_health_goes_by_head_and_social_care_by_need(make_world):
    world = make_world(
        [Group(0, 0, 800), Group(0, 1, 200, need=0.5), Group(1, 1, 1000)],
        social_care=300.0,
        public_health=50.0,
        pooled_health=0.0,
        pooled_council=1.0,
    )
    book = MoneyBook(world)
    council = book.places["council"]
    assert council == pytest.approx([900 * 300 + 1000 * 50, 1000 * 300 + 1000 * 50])
    assert council == pytest.approx(book.authorities["social_care"] + book.authorities["public_health"])
    assert book.places["double_counted"] == pytest.approx([100 * 300 + 200 * 50, 0])


def test_care_elsewhere_costs_what_it_costs_there(make_world):
    """Whoever pays for it: pounds of those who live elsewhere are the same seen from both sides."""
    world = make_world(HOME)
    book = MoneyBook(world)
    book._market_forces = np.array([1.0, 1.2])
    world.becomes([Group(0, 0, 2400), Group(0, 1, 600), Group(1, 1, 900), Group(1, 0, 100, need=2.0)])
    book.quarter(world)
    c = book.commissioner
    assert c["care_elsewhere"][0] / c["care_elsewhere"][1] == pytest.approx(600 * 1.2 / (100 * 2))
    assert c["care_elsewhere"] == pytest.approx(c["gross_care"][::-1])


def test_places_hold_money_at_the_prices_of_the_place_that_holds_it(make_world):
    """Each commissioner is a place here: what is held for others and elsewhere is the same in both books."""
    world = make_world(HOME)
    book = MoneyBook(world)
    book._market_forces = book._place_forces = np.array([1.0, 1.2])
    world.becomes(
        [Group(0, 0, 2400), Group(0, 1, 600), Group(1, 1, 900), Group(1, 0, 100, need=2.0), Group(1, NO_LIST, 50)]
    )
    book.quarter(world)
    c, p = book.commissioner, book.places
    assert p["held_for_others"] == pytest.approx(c["gross_care"])
    assert p["held_elsewhere"] == pytest.approx(c["care_elsewhere"])
    assert p["unregistered_need"] == pytest.approx(c["unregistered_cost"])
    assert p["unregistered_need"][1] > 0


def test_entitlements_do_not_match_for_residents_registered_elsewhere(make_world):
    drifted = [Group(0, 0, 800, frail=50), Group(0, 1, 200, frail=7), Group(1, 1, 1000), Group(1, NO_LIST, 40, frail=3)]
    world = make_world(drifted)
    book = MoneyBook(world)
    gp, community, social, public = (SERVICES.index(s) for s in SERVICES)
    people, frail = book.entitled.people, book.entitled.frail
    assert people[gp, community] == 0
    assert people[social, public] == 0
    assert people[gp, social] == people[community, public] == 200
    assert frail[gp, social] == 7
    assert book.authorities["mismatched"].tolist() == [200, 0]
    assert book.authorities["frail_mismatched"].tolist() == [7, 0]
    assert book.authorities["residents_elsewhere"].tolist() == [200, 0]
    book.funded_by = "residence"
    world.becomes(drifted)
    book.quarter(world)
    assert book.entitled.people[community, social] == 0
    assert book.entitled.people[gp, social] == 200
    world = make_world(drifted, social_care_rule="registration", public_health_rule="registration")
    assert MoneyBook(world).entitled.people.max() == 0


def test_a_part_is_paid_a_head_what_it_is_paid_in_the_whole(make_world):
    """Of the whole a quarter live in London, where all of the part does; care costs a fifth more there."""
    world = make_world(HOME, market_forces_london=1.2)
    world.region = replace(
        world.region, authorities=np.array(["E09000001"] * len(world.region.authorities)), about={"london_share": 0.25}
    )
    book = MoneyBook(world)
    assert book.pot == round(4_000_000 * 1.2 / 1.05)
    assert book.pounds == pytest.approx(1000 / 1.05)
    world.region = replace(world.region, about={})
    assert MoneyBook(world).pot == 4_000_000, "a whole has the mean that was published"


def test_every_array_of_the_book_is_described_and_no_other(make_world):
    book = MoneyBook(make_world(HOME))
    for level, arrays in (
        ("commissioners", book.commissioner),
        ("places", book.places),
        ("authorities", book.authorities),
        ("practices", book.practice),
        ("headline", book.headline()),
    ):
        assert {column.name for column in MONEY_COLUMNS[level]} == set(arrays), level
    for arrays in (book.commissioner, book.places, book.authorities):
        assert {values.dtype for values in arrays.values()} == {np.dtype(np.float64)}
    assert all(isinstance(value, float) for value in book.headline().values())


@pytest.fixture(scope="module")
def town_year(make_model, town):
    """Fifteen months of the town with a digital provider, its books of every quarter, and the model at the end."""
    timeline = [{"event": "digital-launch", "month": datetime.date(2021, 2, 1)}]
    model = make_model(town, months=15, timeline=timeline)
    books = [(model.month_number, dict(model.money.commissioner), dict(model.money.places), model.money.pot)]
    for _ in range(15):
        model.step()
        if model.month.month in (1, 4, 7, 10):
            books.append(
                (model.month_number, dict(model.money.commissioner), dict(model.money.places), model.money.pot)
            )
    return model, books


def test_a_town_s_payments_reconcile_in_every_quarter(town_year):
    _, books = town_year
    assert len(books) == 6
    for month, commissioner, places, pot in books:
        quarter = financial_quarter(month)
        assert commissioner["paid"].sum() == pot * (quarter + 1) // 4 - pot * quarter // 4
        assert commissioner["allocation"].sum() == pot
        assert places["capitation"].sum() == pytest.approx(pot)
        assert commissioner["mismatch"].sum() == pytest.approx(0, abs=1)
        for name in ("held_for_others", "people_from_elsewhere"):
            assert places[name].sum() == pytest.approx(
                places[name.replace("for_others", "elsewhere").replace("from_", "")].sum()
            )
    before, after = books[0][3], books[-1][3]
    assert after == pytest.approx(before * 1.025**2, abs=2)


def test_a_town_s_weighted_lists_add_up_to_its_patients(town_year):
    model, _ = town_year
    size = model.casemix.practice_ages.sum(axis=(1, 2))
    assert (model.lists.carr_hill * size).sum() == pytest.approx(size.sum(), rel=1e-5)  # published lists are rounded
    assert (model.lists.margin[size == 0] == 0).all()
    c, counts = model.money.commissioner, model.counts
    assert c["inflow"].sum() == counts.true_flows.sum() - np.trace(counts.true_flows)
    assert model.money.authorities["residents_elsewhere"].sum() == c["inflow"].sum()


def test_a_digital_list_s_index_falls_as_it_matures(town_year):
    model, _ = town_year
    digital = np.flatnonzero((model.lists.provider >= 0) & (model.lists.size > 0))
    assert len(digital) == 1
    ages = model.casemix.practice_ages
    young = ages[digital[0], :, 2:4].sum() / ages[digital[0]].sum()
    assert young > 0.6
    with_premium = model.lists.carr_hill[digital[0]]
    model.money.premium = 0.0
    model.money.quarter(model)
    assert model.lists.carr_hill[digital[0]] < with_premium


def test_the_book_survives_being_written_down(make_world):
    world = make_world(HOME)
    book = MoneyBook(world)
    again = pickle.loads(pickle.dumps(book))
    world.becomes(DRIFTED)
    for each in (book, again):
        each.quarter(world)
    for name, values in book.commissioner.items():
        np.testing.assert_array_equal(values, again.commissioner[name])
