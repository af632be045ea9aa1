"""A timeline full of what practices, providers and policy do to lists: engines, threads and counts agree, lives are shared."""

import datetime

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from model.model import RegistrationModel
from model.patients.columns import CAUSES, COLUMNS, FEMALE, NONE, PRESENCE, SHORT_TERM, UNCOUNTED
from model.patients.counts import FLOWS, STOCKS
from model.patients.threads import set_threads
from model.policy import (
    AreaBased,
    CapitationFormula,
    ChoicePilot,
    CleanLists,
    CloseListsRule,
    DigitalCap,
    DigitalFails,
    DigitalLaunch,
    DigitalSite,
    Event,
    Federate,
    FormNetworks,
    FundByResidence,
    ListSplit,
    MergeCommissioners,
    NewHomes,
    NewRegistrantPremium,
    OpenBoundaries,
    PaymentRule,
    RegisterByResidence,
    RemoteEverywhere,
    TrustTakeover,
)
from model.scenario import Scenario


def month(number: int) -> datetime.date:
    """First of a month counted from January 2021 (1)."""
    return datetime.date(2021 + (number - 1) // 12, (number - 1) % 12 + 1, 1)


BUSY = Scenario(
    name="busy",
    seed=23,
    timeline=(
        DigitalLaunch(month=month(1), name="One", host="C1", marketing=40.0, sites=2),
        OpenBoundaries(month=month(2), boundary_ratio=1.5, practices=0.5),
        DigitalLaunch(month=month(3), name="Other", practice="P3", marketing=20.0, cap=400),
        Federate(month=month(4), share=0.5, practices=3, merge=True),
        FormNetworks(month=month(5), smallest=1000, largest=2500, staff=0.2),
        DigitalSite(month=month(6), provider="One", at="C2", cap=150),
        CleanLists(month=month(6), ratio=6.0, false_removals=0.1),
        ListSplit(month=month(7), threshold=20),
        CloseListsRule(month=month(8), cap=2500.0),
        DigitalFails(month=month(10), provider="Other", at_once=0.3),
        RegisterByResidence(month=month(12), months=4, capacity=1.0),
        DigitalFails(month=month(17), provider="One"),
    ),
)
"""Everything that changes whose list somebody is on, within a year and a half."""
RESTLESS = {
    "practices__exit_rates": (0.3,) * 7,
    "practices__openings": 100.0,
    "registration__switching": 0.1,
    "registration__seeking_months": 4.0,
    "demography__short_term_per_immigrant": 1.0,
    "demography__immigration_rate": 0.04,
    "ghosts__deaths_unrecorded": 0.3,
    "ghosts__returning": 0.4,
}
MONTHS = 18


def columns_of(model: RegistrationModel) -> dict[str, np.ndarray]:
    """Every column, rows in use only."""
    rows = model.engine.rows
    return {name: column[:rows].copy() for name, column in zip(COLUMNS, model.engine.columns, strict=True)}


def counts_of(model: RegistrationModel) -> dict[str, np.ndarray]:
    return {name: np.array(getattr(model.counts, name)) for name in (*STOCKS, *FLOWS)}


def assert_equal(one: dict[str, np.ndarray], other: dict[str, np.ndarray], where: object = "") -> None:
    for name in one:
        assert np.array_equal(one[name], other[name]), f"{name} differs {where}"


@pytest.fixture(scope="module")
def busy(thin_town, make_model):
    """The busy timeline over the columns: its counts of every month, columns at the end, causes, the model."""
    model = make_model(thin_town, BUSY, **RESTLESS)
    counts = []
    for _ in range(MONTHS):
        model.step()
        counts.append(counts_of(model))
    return model, counts


def test_everything_happens(busy):
    """The timeline is worth the name: every cause of a change of registration comes up."""
    model, counts = busy
    changes = sum(count["changes"].sum(axis=(1, 2)) for count in counts)
    assert {name for name, n in zip(CAUSES, changes, strict=True) if not n} == {
        "initial",
        "kept after move",
        "returned",
    }
    assert not model.lists.exists[: len(model.region.practices)].all()
    assert len(model.events) == len(BUSY.timeline)


def test_an_agent_each_does_what_the_columns_do(thin_town, make_model, busy):
    model, counts = busy
    plain = make_model(thin_town, BUSY, engine="agents", **RESTLESS)
    for number, expected in enumerate(counts):
        plain.step()
        assert_equal(expected, counts_of(plain), f"in month {number + 1}")
    assert_equal(columns_of(model), columns_of(plain))
    assert plain.events == model.events
    assert plain.casemix.month.tolist() == model.casemix.month.tolist()
    for name, ours, theirs in zip(model.casemix._fields, model.casemix, plain.casemix, strict=True):
        assert np.array_equal(ours, theirs), name


@pytest.fixture
def threads():
    """Sets the number of threads for a test, and the machine's own again afterwards."""
    from model.patients import threads as module

    before = list(module._chosen)
    yield set_threads
    module._chosen[:] = before


def test_threads_change_no_byte(town, make_model, threads):
    """With the town's 62,000 people both threads have several strips."""
    models = []
    for number in (1, 2):
        threads(number)
        model = make_model(town, BUSY, **RESTLESS)
        assert model.threads == number
        models.append(model)
    for number in range(MONTHS):
        for model in models:
            model.step()
        assert_equal(counts_of(models[0]), counts_of(models[1]), f"in month {number + 1}")
    assert_equal(columns_of(models[0]), columns_of(models[1]))


class Thorough(RegistrationModel):
    """Gives nobody's month a miss: the coarse bound lets everybody through to the exact draw."""

    def providers_act(self):
        super().providers_act()
        self.world.rates.bound[:] = 65536


def test_the_coarse_bound_only_saves_work(town, cache, make_model):
    """Also with digital providers, people who look for a practice and people removed in error."""
    coarse, thorough = make_model(town, BUSY, **RESTLESS), None
    thorough = Thorough(coarse.scenario, region=town, travel_cache=cache)
    for number in range(MONTHS):
        coarse.step()
        thorough.step()
        assert_equal(counts_of(coarse), counts_of(thorough), f"in month {number + 1}")
    assert_equal(columns_of(coarse), columns_of(thorough))


def test_running_counts_are_a_full_count_every_month(thin_town, make_model):
    model = make_model(thin_town, BUSY, seed=5, **RESTLESS)
    for number in range(MONTHS):
        model.step()
        kept = counts_of(model)
        model.recount()
        assert_equal({name: kept[name] for name in STOCKS}, counts_of(model), f"in month {number + 1}")


def test_every_row_is_consistent_every_month(thin_town, make_model):
    """Nobody is on a list that does not exist; whoever is settled is on the register where they live."""
    model = make_model(thin_town, BUSY, seed=7, **RESTLESS)
    for number in range(MONTHS):
        model.step()
        c = columns_of(model)
        here = (c["flags"] & PRESENCE) >> 1 <= UNCOUNTED
        listed = c["practice"] != NONE
        assert model.lists.exists[c["practice"][listed]].all(), f"in month {number + 1}"
        assert not model.counts.lists[~model.lists.exists].any()
        assert (c["recorded"][here & ~listed] == c["home"][here & ~listed]).all(), "on no list, no old address"
        assert (c["since"][listed] < model.month_number).all()
        digital = np.flatnonzero(model.lists.provider >= 0)
        for provider in model.digital.providers:
            if provider.failed:
                assert provider.list_size == 0
        assert model.counts.digital.sum() == (here & np.isin(c["practice"], digital)).sum()


# --- lives are shared -----------------------------------------------------------------------------------------------------

LAUNCH = DigitalLaunch(month=month(1), host="C1", marketing=40.0)
WITHOUT_MOVING_LISTS = {
    "merge-commissioners", "form-networks", "new-registrant-premium", "trust-takeover", "payment-rule",
    "capitation-formula", "fund-by-residence",
}  # fmt: skip
POLICIES = {
    "digital-launch": (LAUNCH,),
    "digital-launch in a practice": (DigitalLaunch(month=month(2), practice="P3", marketing=40.0),),
    "digital-site": (LAUNCH, DigitalSite(month=month(3), at="C2", cap=300)),
    "digital-cap": (LAUNCH, DigitalCap(month=month(5), cap=500)),
    "digital-fails": (LAUNCH, DigitalFails(month=month(8), at_once=0.4)),
    "list-split": (LAUNCH, ListSplit(month=month(6), threshold=50)),
    "remote-everywhere": (LAUNCH, RemoteEverywhere(month=month(6), advantage=0.2)),
    "open-boundaries": (OpenBoundaries(month=month(2), boundary_ratio=2.0, practices=1.0),),
    "choice-pilot": (ChoicePilot(month=month(2), practices=1.0),),
    "clean-lists": (CleanLists(month=month(2), ratio=10.0, false_removals=0.2),),
    "close-lists-rule": (CloseListsRule(month=month(2), cap=1500.0),),
    "federate": (Federate(month=month(3), share=1.0, practices=3, merge=True),),
    "form-networks": (FormNetworks(month=month(3), smallest=10_000, largest=30_000, staff=0.5),),
    "trust-takeover": (TrustTakeover(month=month(2), share=0.5),),
    "merge-commissioners": (MergeCommissioners(month=month(2), commissioners=("C1", "C2"), into="C9"),),
    "register-by-residence": (RegisterByResidence(month=month(3), months=2, capacity=1.0),),
    "area-based": (AreaBased(month=month(3), months=6),),
    "new-registrant-premium": (NewRegistrantPremium(month=month(2), premium=0.3),),
    "payment-rule": (PaymentRule(month=month(2), rule="residence"),),
    "capitation-formula": (CapitationFormula(month=month(2), formula="need"),),
    "fund-by-residence": (FundByResidence(month=month(2)),),
    "practices exit": (),
    "everything": BUSY.timeline,
}


def lived(model: RegistrationModel) -> np.ndarray:
    """Components of change of every month, int64[months, L, 9]."""
    months = []
    for _ in range(MONTHS):
        model.step()
        months.append(model.counts.components.copy())
    return np.stack(months)


SHARED = {key: value for key, value in RESTLESS.items() if not key.startswith("practices")} | {"seed": 4}


@pytest.fixture(scope="module")
def as_it_is(town, make_model):
    model = make_model(town, **SHARED)
    return model, lived(model), columns_of(model)


@pytest.mark.parametrize("policy", POLICIES)
def test_nobody_lives_dies_or_moves_otherwise_for_a_policy(town, make_model, as_it_is, policy):
    """Births, deaths, moves, migration, homes and rows are the same with and without each event, row by row."""
    _, plain_life, one = as_it_is
    exits = {"practices__exit_rates": (0.3,) * 7} if policy == "practices exit" else {}
    other = make_model(town, timeline=list(POLICIES[policy]), **SHARED, **exits)
    assert np.array_equal(lived(other), plain_life)
    two = columns_of(other)
    assert len(one["born"]) == len(two["born"])
    here = (one["flags"] & PRESENCE) >> 1 <= UNCOUNTED
    assert np.array_equal(here, (two["flags"] & PRESENCE) >> 1 <= UNCOUNTED)
    for name in ("born", "mother", "need"):
        assert np.array_equal(one[name], two[name]), name
    assert np.array_equal(one["home"][here], two["home"][here])
    for bit in (FEMALE, SHORT_TERM):
        assert np.array_equal(one["flags"][here] & bit, two["flags"][here] & bit)
    if policy not in WITHOUT_MOVING_LISTS:
        assert (one["practice"] != two["practice"]).sum() > 20, "the policy is to do something"


def test_every_event_is_tried_but_the_one_that_brings_people_in():
    tried = {type(event) for timeline in POLICIES.values() for event in timeline}
    assert set(Event.__args__) - tried == {NewHomes}


# --- any timeline -----------------------------------------------------------------------------------------------------------

HALF = 9
when = st.integers(2, HALF).map(month)
share = st.floats(0, 1)
EVENTS = st.one_of(
    st.builds(DigitalSite, month=when, at=st.sampled_from(["C1", "C2"]), cap=st.integers(0, 300)),
    st.builds(DigitalCap, month=when, cap=st.integers(0, 300)),
    st.builds(DigitalFails, month=when, at_once=share),
    st.builds(ListSplit, month=when, threshold=st.integers(0, 200)),
    st.builds(RemoteEverywhere, month=when, advantage=st.floats(0, 3)),
    st.builds(OpenBoundaries, month=when, boundary_ratio=st.floats(1, 3), practices=share),
    st.builds(ChoicePilot, month=when, practices=share, months=st.integers(1, 5)),
    st.builds(CleanLists, month=when, ratio=st.floats(0, 20), false_removals=st.floats(0, 0.5)),
    st.builds(CloseListsRule, month=when, cap=st.floats(500, 3000)),
    st.builds(Federate, month=when, share=share, practices=st.integers(2, 5), merge=st.booleans()),
    st.builds(FormNetworks, month=when, smallest=st.just(1000), largest=st.just(3000), staff=st.floats(0, 1)),
    st.builds(TrustTakeover, month=when, share=share),
    st.builds(RegisterByResidence, month=when, months=st.integers(1, 6), capacity=st.floats(0.01, 1)),
    st.builds(MergeCommissioners, month=when, commissioners=st.just(("C1", "C2")), into=st.just("C9")),
)


@given(
    seed=st.integers(0, 2**40),
    later=st.lists(EVENTS, min_size=1, max_size=6),
    practice=st.sampled_from(["", "P2", "P7"]),
    exits=st.floats(0, 0.6),
    seeking=st.floats(1, 12),
)
@settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
def test_whatever_the_timeline_books_agree_and_lives_are_those_of_the_seed(
    thin_town, cache, make_model, seed, later, practice, exits, seeking
):
    """Full counts are the running counts, lists exist, the bound spares nobody, and who lives where is as without policy."""
    launch = DigitalLaunch(month=month(1), host="" if practice else "C1", practice=practice, marketing=50.0)
    scenario = Scenario(timeline=(launch, *later))
    parameters = SHARED | {"seed": seed, "registration__seeking_months": seeking, "practices__exit_rates": (exits,) * 7}
    plain = make_model(thin_town, **SHARED | {"seed": seed})
    model = make_model(thin_town, scenario, **parameters)
    thorough = Thorough(model.scenario, region=thin_town, travel_cache=cache)
    for number in range(HALF):
        for each in (plain, model, thorough):
            each.step()
        assert_equal(counts_of(model), counts_of(thorough), f"in month {number + 1}")
        assert np.array_equal(model.counts.residents, plain.counts.residents)
        assert np.array_equal(model.counts.components, plain.counts.components)
        kept = counts_of(model)
        model.recount()
        assert_equal({name: kept[name] for name in STOCKS}, counts_of(model), f"in month {number + 1}")
        practices = columns_of(model)["practice"]
        assert model.lists.exists[practices[practices != NONE]].all()
