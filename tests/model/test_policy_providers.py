"""Events about digital providers, organisations and money: small worlds with known answers."""

import datetime

import numpy as np
import pytest

from model import RegistrationModel
from model.patients.columns import IN_ERROR, NONE, lives_here
from model.policy import (
    CapitationFormula,
    CleanLists,
    DigitalCap,
    DigitalFails,
    DigitalLaunch,
    DigitalSite,
    Federate,
    FormNetworks,
    ListSplit,
    NewRegistrantPremium,
    PaymentRule,
    RemoteEverywhere,
    TrustTakeover,
)

JANUARY, FEBRUARY, MARCH, APRIL = (datetime.date(2021, month, 1) for month in (1, 2, 3, 4))
LAUNCH = DigitalLaunch(month=JANUARY, host="C1", marketing=60.0)
"""Loud enough that hundreds of a few thousand people join within months."""


def digital(model: RegistrationModel) -> int:
    return int(model.counts.lists[model.lists.provider >= 0].sum())


def practice_of(model: RegistrationModel) -> np.ndarray:
    return model.engine.columns.practice[: model.engine.rows].copy()


def home_commissioner(model: RegistrationModel) -> np.ndarray:
    return model.region.area_commissioner[model.engine.columns.home[: model.engine.rows]]


def present(model: RegistrationModel) -> np.ndarray:
    return np.array([bool(lives_here(flags)) for flags in model.engine.columns.flags[: model.engine.rows]])


def test_a_launched_provider_registers_people_from_anywhere_who_count_to_its_host(ran):
    model = ran(LAUNCH, months=4)
    (provider,) = model.digital.providers
    assert provider.name == "Digital GP"
    assert model.region.practice_commissioner[provider.host] == 0
    assert digital(model) == model.counts.lists[provider.host] > 200
    theirs = practice_of(model) == provider.host
    assert set(home_commissioner(model)[theirs]) == {0, 1}


def test_a_launch_may_take_over_a_practice_and_keep_its_list(ran, thin_town):
    code = str(thin_town.practices[2])
    model = ran(DigitalLaunch(month=JANUARY, practice=code, marketing=0.0), months=1)
    (provider,) = model.digital.providers
    assert model.region.practices[provider.host] == code
    assert digital(model) > 0.9 * thin_town.list_size[2]


def test_a_practice_that_will_be_a_providers_is_still_there_when_it_launches(ran, thin_town):
    """Whatever leaves or merges before: a launch that history knows does not end some seeds of a run."""
    code = str(thin_town.practices[2])
    launch = DigitalLaunch(month=datetime.date(2022, 6, 1), practice=code, marketing=0.0)
    everybody_leaves = {"practices__exit_rates": (0.99,) * 7}
    assert ran(months=17, **everybody_leaves).lists.exists.sum() <= 2
    merge = Federate(month=FEBRUARY, share=1.0, practices=8, merge=True)
    for before in ([], [merge]):
        model = ran(*before, launch, months=18, **everybody_leaves)
        assert model.region.practices[model.digital.providers[0].host] == code
        assert digital(model) > 0.8 * thin_town.list_size[2]


def test_a_provider_that_fails_strands_exactly_its_list(ran):
    """Those on the list on the day are, with nobody given a practice at once, all displaced: no more, no fewer."""
    before = ran(LAUNCH, months=5)
    model = ran(LAUNCH, DigitalFails(month=datetime.date(2021, 6, 1)), months=5)
    assert digital(model) == digital(before) > 0
    stranded = practice_of(model) == model.digital.providers[0].host
    here = present(model)
    month = model.month
    model.policy_due()
    model.providers_act()
    model.lists_change_hands()
    after = practice_of(model)
    assert month == datetime.date(2021, 6, 1)
    assert (after[stranded] == NONE).all()
    assert (after[~stranded] == practice_of(before)[~stranded]).all(), "nobody else is touched"
    assert (here & stranded).sum() > 0
    assert not model.lists.exists[model.digital.providers[0].host]
    model.patients_live()
    model.lists_and_flows()
    assert digital(model) == 0


def test_a_split_moves_exactly_those_whose_commissioner_has_more_than_the_threshold(ran):
    whole = ran(LAUNCH, months=5)
    host = whole.digital.providers[0].host
    theirs = (practice_of(whole) == host) & present(whole)
    by_home = np.bincount(home_commissioner(whole)[theirs], minlength=2)
    assert by_home[1] > 10
    june = datetime.date(2021, 6, 1)
    split = ran(LAUNCH, ListSplit(month=june, threshold=int(by_home[1]) - 1), months=5)
    stays = ran(LAUNCH, ListSplit(month=june, threshold=int(by_home[1])), months=5)
    for model in (split, stays):
        model.policy_due()
        model.providers_act()
        model.lists_change_hands()
    assert (practice_of(stays) == practice_of(whole)).all(), "no more than the threshold: nobody moves"
    moved = practice_of(split) != practice_of(whole)
    from_there = home_commissioner(whole) == 1
    assert moved[theirs & from_there].all()
    assert not moved[~from_there].any()
    (contract,) = set(practice_of(split)[moved].tolist())
    assert split.region.practice_commissioner[contract] == 1
    assert split.lists.provider[contract] == 0


def test_a_split_takes_along_who_came_to_live_there_a_year_later(ran):
    split = ListSplit(month=FEBRUARY, threshold=10)
    january = datetime.date(2022, 2, 1)
    model = ran(LAUNCH, split, months=13)
    host = model.digital.providers[0].host
    assert model.month == january

    def left_behind() -> int:
        theirs = (practice_of(model) == host) & present(model)
        return int((home_commissioner(model)[theirs] == 1).sum())

    assert left_behind() > 0, "people moved there"
    practices = model.lists.exists.sum()
    model.policy_due()
    model.lists_change_hands()
    assert left_behind() == 0
    assert model.lists.exists.sum() == practices, "they join the list there is"


def test_a_launch_at_a_practice_and_a_split_act_in_one_month(ran, thin_town):
    """Its list is counted at once, so that whoever lives elsewhere goes to a list of their own there."""
    launch = DigitalLaunch(month=JANUARY, practice=str(thin_town.practices[0]), marketing=0.0)
    model = ran(launch, ListSplit(month=JANUARY, threshold=0), months=1)
    assert len(model.digital.providers[0].contracts) == 1
    assert (model.counts.lists >= 0).all()
    again = model.counts.digital.copy()
    model.recount()
    assert np.array_equal(model.counts.digital, again)


def test_mistakes_of_cleaning_meet_patients_of_digital_lists_too(ran):
    """From June on nine adults in ten a year are struck off, also those of the screen."""
    mistakes = CleanLists(month=datetime.date(2021, 6, 1), ratio=1.0, false_removals=0.9)
    quiet = DigitalCap(month=datetime.date(2021, 6, 1), cap=1)
    before, model = ran(LAUNCH, quiet, mistakes, months=5), ran(LAUNCH, quiet, mistakes, months=6)
    host = model.digital.providers[0].host
    theirs = np.flatnonzero((practice_of(before) == host) & present(before))
    struck = model.engine.columns.cause[theirs] == IN_ERROR
    monthly = 1 - 0.1 ** (1 / 12)
    assert struck.mean() == pytest.approx(monthly, abs=4 * np.sqrt(monthly / len(theirs)))


def test_remote_care_everywhere_takes_the_advantage_of_whoever_comes_later_too(ran):
    early = RemoteEverywhere(month=JANUARY, advantage=0.0)
    launch = DigitalLaunch(month=FEBRUARY, host="C1", marketing=60.0)
    assert digital(ran(launch, months=4)) > 100
    assert digital(ran(early, launch, months=4)) == 0


def test_nobody_joins_when_every_practice_offers_remote_care(ran):
    april = RemoteEverywhere(month=APRIL, advantage=0.0)
    joined = np.array(ran(LAUNCH, april, months=8).datacollector.model_vars["changes_joined_digital"])
    assert (joined[1:4] > 0).all()
    assert (joined[4:] == 0).all()


def test_a_cap_holds_until_it_is_lifted(ran):
    cap = DigitalCap(month=MARCH, cap=1)
    lifted = DigitalCap(month=datetime.date(2021, 6, 1), cap=0)
    joined = np.array(ran(LAUNCH, cap, lifted, months=8).datacollector.model_vars["changes_joined_digital"])
    assert (joined[1:3] > 0).all()
    assert (joined[3:6] == 0).all()
    assert (joined[6:] > 0).all()


def test_a_site_reaches_people_the_provider_did_not(ran):
    near = DigitalLaunch(month=JANUARY, host="C1", marketing=60.0, reach_km=0.01)
    alone = ran(near, months=3, digital__work_pull=0.0)
    more = ran(near, DigitalSite(month=FEBRUARY, at="C2"), months=3, digital__work_pull=0.0)
    assert len(more.digital.providers[0].sites) == 2
    reached = [(model.digital.tables.reach[0] > 0).sum() for model in (alone, more)]
    assert reached[0] < reached[1]
    assert digital(alone) < digital(more)


def test_networks_are_inside_a_commissioner_and_bring_staff(ran):
    model = ran(FormNetworks(month=FEBRUARY, smallest=1000, largest=2000, staff=0.5), months=2)
    plain = ran(months=2)
    there = model.lists.exists & (model.lists.provider < 0)
    assert len(model.networks) > 1
    assert (model.lists.network[there] >= 0).all()
    for network in range(len(model.networks)):
        members = there & (model.lists.network == network)
        assert len(set(model.region.practice_commissioner[members].tolist())) == 1
    years = model.scenario.networks.staff_years
    assert model.lists.capacity[there] == pytest.approx(plain.lists.capacity[there] * (1 + 0.5 / years))


def test_federations_of_a_share_of_practices_and_their_one_list_where_they_merge(ran):
    loose = ran(Federate(month=FEBRUARY, share=1.0, practices=4), months=2)
    there = loose.lists.exists
    assert (loose.lists.federation[there] >= 0).sum() >= 4
    assert there.sum() == 8, "no list ends"
    merged = ran(Federate(month=FEBRUARY, share=1.0, practices=4, merge=True), months=2)
    assert merged.lists.exists.sum() < 8
    assert merged.counts.lists[~merged.lists.exists].sum() == 0
    assert merged.counts.changes_by_cause()["merged"] > 0
    assert merged.counts.lists.sum() == pytest.approx(loose.counts.lists.sum(), rel=0.01)


def test_trusts_run_the_share_and_no_more(ran, town):
    for share, practices in ((0.0, 0), (0.25, 2), (0.5, 4)):
        model = ran(TrustTakeover(month=JANUARY, share=share), region=town, trusts__hold=1.0)
        assert (model.lists.exists & (model.lists.trust >= 0)).sum() == practices


def test_rules_of_payment_hold_from_the_next_quarter(ran):
    plain = ran(months=4)
    model = ran(
        PaymentRule(month=FEBRUARY, rule="residence"),
        NewRegistrantPremium(month=FEBRUARY, premium=0.2, stay_months=6),
        CapitationFormula(month=FEBRUARY, formula="deprivation"),
        months=4,
    )
    assert (plain.money.rule, model.money.rule) == ("annual", "residence")
    assert (model.money.premium, model.money.premium_stay_months) == (0.2, 6)
    assert model.money.formula == "deprivation"
    there = model.lists.exists & (model.counts.lists > 0)
    assert not np.allclose(plain.lists.carr_hill[there], model.lists.carr_hill[there])
    assert (practice_of(plain) == practice_of(model)).all(), "nobody registers elsewhere for it at once"
