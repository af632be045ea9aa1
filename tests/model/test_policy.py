"""Policy events act in the month they are due, and each does what it says: small worlds with known answers."""

import datetime

import numpy as np
import pytest

from model import RegistrationModel, Scenario
from model.patients.columns import NONE
from model.policy import (
    AreaBased,
    ChoicePilot,
    CleanLists,
    CloseListsRule,
    FundByResidence,
    MergeCommissioners,
    NewHomes,
    OpenBoundaries,
    RegisterByResidence,
)

JANUARY = datetime.date(2021, 1, 1)
FEBRUARY = datetime.date(2021, 2, 1)


def crossing(model: RegistrationModel) -> int:
    flows = model.counts.true_flows
    return int(flows.sum() - np.trace(flows))


def lives(model: RegistrationModel) -> list[np.ndarray]:
    """Where everybody lives and when they were born."""
    columns, rows = model.engine.columns, model.engine.rows
    return [columns.home[:rows], columns.born[:rows]]


def same_lives(one: RegistrationModel, other: RegistrationModel) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(lives(one), lives(other), strict=True))


def test_an_event_is_recorded_once_in_its_month(ran):
    model = ran(FundByResidence(month=datetime.date(2021, 2, 17)), months=3)
    assert [(event["month"], event["event"]) for event in model.events] == [(FEBRUARY, "fund-by-residence")]


def test_cleaning_acts_in_its_month_and_only_on_ghosts(ran, town):
    plain = ran(region=town)
    cleaned = ran(CleanLists(month=JANUARY, ratio=50.0), region=town)
    removed = [model.counts.changes_by_cause()["cleaned"] for model in (plain, cleaned)]
    assert removed[1] > 10 * max(removed[0], 1)
    assert cleaned.counts.ghosts.sum() == plain.counts.ghosts.sum() - (removed[1] - removed[0])
    assert (cleaned.counts.residents == plain.counts.residents).all()


def test_cleaning_by_nothing_removes_no_ghost(ran, town):
    stopped, plain = ran(CleanLists(month=JANUARY, ratio=0.0), region=town), ran(region=town)
    assert plain.counts.changes_by_cause()["cleaned"] > 0
    assert stopped.counts.changes_by_cause()["cleaned"] == 0
    assert stopped.counts.ghosts.sum() > 1000


def test_cleaning_with_mistakes_strikes_off_that_share_of_those_who_are_there(ran):
    """A tenth of adults a year by mistake: after a year 1 in 10 of some 4,000, and nobody lives elsewhere for it."""
    careful, careless = (
        ran(CleanLists(month=JANUARY, ratio=1.0, false_removals=share), months=12) for share in (0.0, 0.1)
    )
    mistakes = [sum(model.datacollector.model_vars["changes_removed_in_error"]) for model in (careful, careless)]
    rows = careful.engine.rows
    columns = careful.engine.columns
    adult = (careful.month_number - columns.born[:rows] >= 216) & (columns.practice[:rows] != NONE)
    assert mistakes[0] == 0
    assert mistakes[1] == pytest.approx(0.1 * adult.sum(), abs=4 * np.sqrt(0.1 * adult.sum()))
    assert same_lives(careful, careless)
    assert careless.counts.true[:, -1].sum() > careful.counts.true[:, -1].sum(), "more are on no list"


def test_cleaning_stays_faster_when_the_rates_of_a_new_year_are_solved(thin_town, make_model):
    june = Scenario(start="2021-06", timeline=(CleanLists(month=datetime.date(2021, 6, 1), ratio=3.0),))
    model = make_model(thin_town, june)
    before = model.world.rates.clean.copy()
    model.step()
    faster = model.world.rates.clean.copy()
    model.step()
    assert faster == pytest.approx(1 - (1 - np.minimum(3 * (1 - (1 - before) ** 12), 0.999)) ** (1 / 12))
    assert (model.world.rates.clean == faster).all()


def test_opened_boundaries_let_every_practice_take_patients_from_beyond(ran):
    plain = ran()
    opened = ran(OpenBoundaries(month=JANUARY, boundary_ratio=2.0, practices=1.0))
    there = plain.lists.exists
    assert opened.lists.takes_out_of_area[there].all()
    assert not plain.lists.takes_out_of_area[there].all()
    assert opened.lists.inner_km[there] == pytest.approx(2 * plain.lists.inner_km[there])
    assert (opened.counts.residents == plain.counts.residents).all(), "nobody lives elsewhere for it"


def test_a_pilot_opens_its_practices_and_closes_them_again(ran):
    pilot = ChoicePilot(month=JANUARY, commissioners=("C2",), practices=1.0, months=3)
    before = ran(boundaries__out_of_area_practices=0.0)
    during, after = (ran(pilot, months=n, boundaries__out_of_area_practices=0.0) for n in (3, 4))
    its = before.lists.exists & (before.region.practice_commissioner == 1)
    others = before.lists.exists & ~its
    assert not before.lists.takes_out_of_area.any()
    assert during.lists.takes_out_of_area[its].all()
    assert not during.lists.takes_out_of_area[others].any()
    assert not after.lists.takes_out_of_area[before.lists.exists].any()


def test_practices_that_may_anyway_go_on_after_a_pilot(ran):
    pilot = ChoicePilot(month=FEBRUARY, commissioners=("C1", "C2"), practices=1.0, months=2)
    opened = OpenBoundaries(month=JANUARY, practices=0.5)
    standing, after = ran(opened, months=4), ran(opened, pilot, months=4)
    assert (after.lists.takes_out_of_area == standing.lists.takes_out_of_area)[standing.lists.exists].all()


def test_the_end_of_a_pilot_leaves_another_alone_that_goes_on(ran):
    first = ChoicePilot(month=JANUARY, commissioners=("C1", "C2"), practices=1.0, months=2)
    second = ChoicePilot(month=FEBRUARY, commissioners=("C2",), practices=1.0, months=12)
    both = ran(first, second, months=4, boundaries__out_of_area_practices=0.0)
    its = both.region.practice_commissioner == 1
    exists = both.lists.exists
    assert both.lists.takes_out_of_area[exists & its].all()
    assert not both.lists.takes_out_of_area[exists & ~its].any()


def test_a_smaller_share_for_all_leaves_a_pilot_alone(ran):
    pilot = ChoicePilot(month=JANUARY, commissioners=("C2",), practices=1.0, months=12)
    fewer = OpenBoundaries(month=FEBRUARY, practices=0.0)
    model = ran(pilot, fewer, months=3)
    its = model.region.practice_commissioner == 1
    assert (model.lists.takes_out_of_area == its)[model.lists.exists].all()


def test_what_policy_opened_stays_open_in_the_january_of_the_rule(ran):
    october = OpenBoundaries(month=datetime.date(2020, 11, 1))
    pilot = ChoicePilot(month=datetime.date(2020, 11, 1), commissioners=("C2",), practices=1.0)
    january = {"start": "2020-10", "boundaries__out_of_area_from": 2021, "boundaries__out_of_area_practices": 0.0}
    for events, taking in (((), [0, 0, 0, 0, 0]), ((october,), [0, 8, 8, 8, 8]), ((pilot,), [0, 2, 2, 2, 2])):
        model = ran(*events, months=0, **january)
        numbers = []
        for _ in range(5):
            model.step()
            numbers.append(int(model.lists.takes_out_of_area[model.lists.exists].sum()))
        assert numbers == taking


def test_the_share_of_the_day_is_that_of_the_latest_event_however_they_are_written(ran):
    none, every = OpenBoundaries(month=datetime.date(2021, 3, 1), practices=0.0), OpenBoundaries(month=FEBRUARY)
    pilot = ChoicePilot(month=datetime.date(2021, 4, 1), commissioners=("C1", "C2"), practices=1.0, months=1)
    assert not ran(none, every, pilot, months=5).lists.takes_out_of_area.any()


def test_a_practice_that_took_over_one_that_may_register_from_afar_may_too(ran):
    model = ran(months=0, boundaries__out_of_area_practices=0.3)
    draws = model.lists.out_of_area_draw[:8]
    first, last = int(draws.argmin()), int(draws.argmax())
    model.lists.allow_out_of_area(float(np.sort(draws)[:2].mean()))
    assert model.lists.takes_out_of_area.nonzero()[0].tolist() == [first]
    model.transfers.merge(first, last)
    assert model.lists.takes_out_of_area[last]
    model.lists.allow_out_of_area(0.0)
    assert not model.lists.takes_out_of_area.any()


@pytest.mark.parametrize(
    "early",
    [
        NewHomes(month=datetime.date(2020, 10, 1), authority="L2", people=1200, months=6),
        RegisterByResidence(month=datetime.date(2020, 1, 1), months=1, capacity=1.0),
        ChoicePilot(month=datetime.date(2020, 11, 1), commissioners=("C1", "C2"), practices=1.0, months=4),
        OpenBoundaries(month=datetime.date(2020, 11, 1)),
        CleanLists(month=datetime.date(2020, 11, 1), ratio=50.0),
    ],
    ids=lambda event: event.kind,
)
def test_what_is_dated_before_the_run_never_acts(ran, early):
    plain, model = ran(months=5), ran(early, months=5)
    assert model.events == []
    assert np.array_equal(model.lists.takes_out_of_area, plain.lists.takes_out_of_area)
    for name in ("practice", "home", "recorded", "flags"):
        column = [getattr(one.engine.columns, name)[: one.engine.rows] for one in (plain, model)]
        assert np.array_equal(*column), name


def test_registering_by_residence_in_one_month_leaves_nobody_registered_elsewhere(ran):
    """Completed, net flow is exactly zero, and stays so while people go on moving across borders."""
    rule = RegisterByResidence(month=FEBRUARY, months=1, capacity=1.0)
    before, done, later = (ran(rule, months=months) for months in (1, 2, 6))
    assert crossing(before) > 100
    for model in (done, later):
        flows = model.counts.true_flows
        assert crossing(model) == 0
        assert (flows.sum(axis=0) - flows.sum(axis=1) == 0).all()
    assert same_lives(done, ran(months=2)), "nobody lives elsewhere for it"
    moved = done.counts.changes_by_cause()["moved to home area"]
    assert moved == pytest.approx(crossing(before), rel=0.2), "but for births, deaths and moves of the month"
    assert done.counts.true.sum() == ran(months=2).counts.true.sum()


def test_registering_by_residence_in_phases_moves_equal_parts(ran):
    """Four phases: about 3/4, 1/2, 1/4 and none of the crossing of the start are left after each."""
    rule = RegisterByResidence(month=JANUARY, months=4, capacity=1.0)
    start = crossing(ran(months=0))
    left = [crossing(ran(rule, months=months)) / start for months in (1, 2, 3, 4)]
    assert left[:3] == pytest.approx([0.75, 0.5, 0.25], abs=0.06)
    assert left[3] == 0


def test_registering_by_residence_goes_no_faster_than_there_is_room(ran):
    """Room for 0.2% of lists a month: a commissioner takes in about that, whatever the phases."""
    model = ran(RegisterByResidence(month=JANUARY, months=1, capacity=0.002), months=1)
    before = ran(months=0)
    room = 0.002 * before.counts.by_commissioner("registered")
    home = model.counts.changes_by_cause()["moved to home area"]
    assert 0 < home < room.sum() + 4 * np.sqrt(room.sum())
    assert crossing(model) > 0.8 * crossing(before)


def test_funding_by_residence_moves_nobody(ran):
    plain, funded = ran(months=5), ran(FundByResidence(month=FEBRUARY), months=5)
    for name in ("practice", "since", "home", "flags"):
        rows = plain.engine.rows
        assert (getattr(plain.engine.columns, name)[:rows] == getattr(funded.engine.columns, name)[:rows]).all()
    assert (plain.money.funded_by, funded.money.funded_by) == ("registration", "residence")


def test_area_based_is_funding_and_registering_by_residence(ran):
    both = ran(FundByResidence(month=FEBRUARY), RegisterByResidence(month=FEBRUARY, months=3, capacity=0.1), months=5)
    area_based = ran(AreaBased(month=FEBRUARY, months=3, capacity=0.1), months=5)
    rows = both.engine.rows
    assert (both.engine.columns.practice[:rows] == area_based.engine.columns.practice[:rows]).all()
    assert area_based.money.funded_by == "residence"
    assert crossing(area_based) == 0


def test_a_merger_lowers_misalignment_of_the_day_and_leaves_that_on_fixed_boundaries_alone(ran):
    """Both commissioners of the town become one: on the boundaries of the day nobody crosses any more."""
    from model.month_measures import measures_of

    plain, merged = ran(months=3), ran(MergeCommissioners(month=FEBRUARY), months=3)
    fixed = measures_of(plain).headline["gross_misalignment"]
    assert measures_of(merged).headline["gross_misalignment"] == fixed > 0
    codes, today = measures_of(merged).current(merged.month)
    assert codes.tolist() == merged.region.systems.tolist()
    assert today["outflow"].tolist() == [0]
    assert (merged.counts.true == plain.counts.true).all(), "nobody moved"


def test_new_homes_bring_so_many_people_to_one_authority_and_then_no_more(ran):
    homes = NewHomes(month=FEBRUARY, authority="L2", people=1200, months=4)
    plain, model = ran(months=8), ran(homes, months=8)
    came = (
        np.array(model.datacollector.model_vars["international_in"])
        - plain.datacollector.model_vars["international_in"]
    )
    assert (came[[0, 1]] == 0).all()
    assert (came[2:6] > 0).all()
    more = model.counts.authority_flows.sum(axis=1) + model.counts.authority_unregistered
    more = more - plain.counts.authority_flows.sum(axis=1) - plain.counts.authority_unregistered
    assert more.sum() == pytest.approx(1200, rel=0.2), "some leave or are short-term and leave"
    assert more[1] > 0.9 * more.sum()
    assert model.extra_arrivals == pytest.approx(0.0)


def test_a_cap_on_load_closes_every_list_above_it(ran):
    """From the April it holds: no patients per GP above the cap at an open list; with approval 0 no list closes."""
    march = datetime.date(2021, 3, 1)
    capped = ran(CloseListsRule(month=march, approval=0.0, applications=0.0, cap=100.0), months=4)
    refused = ran(CloseListsRule(month=march, approval=0.0, applications=1.0, load=1.0), months=4)
    plain = capped.lists.exists & (capped.lists.provider < 0)
    assert not capped.lists.open[plain & (capped.lists.load > 110)].any()
    assert refused.lists.open[plain].all()


def test_everybody_is_on_one_list_or_none_whatever_policy_does(ran):
    model = ran(
        RegisterByResidence(month=FEBRUARY, months=2, capacity=0.05),
        CleanLists(month=FEBRUARY, ratio=5.0, false_removals=0.2),
        OpenBoundaries(month=JANUARY, boundary_ratio=3.0),
        months=6,
    )
    practice = model.engine.columns.practice[: model.engine.rows]
    sizes = np.bincount(practice[practice != NONE], minlength=len(model.lists.size))
    assert (sizes == model.counts.lists).all()
    assert (sizes[~model.lists.exists] == 0).all()
