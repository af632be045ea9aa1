"""Random small regions, parameters and timelines of policy: every invariant holds every month, and both engines agree.

Hypothesis invents the worlds. The usual profile is small enough for every commit; ``GPDRIFT_WORLDS=500 pytest
tests/model/test_random_worlds.py`` looks at as many, other ones each time.
"""

import datetime
import os

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from model.commissioning.allocation import financial_quarter
from model.model import RegistrationModel
from model.patients import threads as threads_module
from model.patients.columns import (
    CAUSES,
    COLUMNS,
    DUPLICATE,
    GONE,
    NOBODY,
    NONE,
    OUT_OF_AREA,
    PENDING,
    PRESENCE,
    UNCOUNTED,
)
from model.patients.counts import FLOWS, STOCKS
from model.patients.tally import COMPONENTS
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
from model.recorder import record_run
from model.registers import REGISTER
from model.result_tables import RESULT_TABLES
from model.scenario import Scenario
from model.scenario_checks import element_of, settable

WORLDS = int(os.environ.get("GPDRIFT_WORLDS", "0"))
MONTHS = 8


def profile(usual: int):
    """Settings of a property: always the same ``usual`` worlds, or as many others as were asked for."""
    return settings(
        max_examples=WORLDS or usual,
        deadline=None,
        derandomize=not WORLDS,
        phases=[Phase.explicit, Phase.generate] if not WORLDS else list(Phase),
        suppress_health_check=list(HealthCheck),
    )


# --- worlds -------------------------------------------------------------------------------------------------------------

when = st.integers(1, MONTHS - 1).map(lambda number: datetime.date(2021, number, 1))
share = st.floats(0, 1)
EVENTS = {
    DigitalSite: st.builds(DigitalSite, month=when, cap=st.integers(0, 300)),
    DigitalCap: st.builds(DigitalCap, month=when, cap=st.integers(0, 300)),
    DigitalFails: st.builds(DigitalFails, month=when, at_once=share),
    ListSplit: st.builds(ListSplit, month=when, threshold=st.integers(0, 60)),
    RemoteEverywhere: st.builds(RemoteEverywhere, month=when, advantage=st.floats(0, 3)),
    OpenBoundaries: st.builds(OpenBoundaries, month=when, boundary_ratio=st.floats(1, 3), practices=share),
    ChoicePilot: st.builds(ChoicePilot, month=when, practices=share, months=st.integers(1, 5)),
    CleanLists: st.builds(CleanLists, month=when, ratio=st.floats(0, 20), false_removals=st.floats(0, 0.5)),
    CloseListsRule: st.builds(CloseListsRule, month=when, cap=st.floats(500, 3000), approval=share),
    Federate: st.builds(Federate, month=when, share=share, practices=st.integers(2, 5), merge=st.booleans()),
    FormNetworks: st.builds(
        FormNetworks, month=when, smallest=st.just(100), largest=st.just(900), staff=st.floats(0, 1)
    ),
    TrustTakeover: st.builds(TrustTakeover, month=when, share=share),
    MergeCommissioners: st.builds(MergeCommissioners, month=when),
    RegisterByResidence: st.builds(
        RegisterByResidence, month=when, months=st.integers(1, 6), capacity=st.floats(0.01, 1)
    ),
    AreaBased: st.builds(AreaBased, month=when, months=st.integers(1, 6), capacity=st.floats(0.01, 1)),
    NewHomes: st.builds(NewHomes, month=when, people=st.integers(0, 400), months=st.integers(1, 6)),
    PaymentRule: st.builds(PaymentRule, month=when, rule=st.sampled_from(["annual", "quarterly", "residence"])),
    NewRegistrantPremium: st.builds(
        NewRegistrantPremium, month=when, premium=st.floats(0, 1), stay_months=st.integers(0, 12)
    ),
    CapitationFormula: st.builds(
        CapitationFormula, month=when, formula=st.sampled_from(["carr-hill", "need", "deprivation"])
    ),
    FundByResidence: st.builds(FundByResidence, month=when),
}
"""Every kind of event but the launch, which comes first in each timeline because others need a provider."""

MOST = {
    "practices.openings": 200.0,
    "registration.switching": 0.3,
    "registration.seeking_months": 12.0,
    "registration.following_share": 1.0,
    "demography.immigration_rate": 0.1,
    "demography.internal_rate": 0.4,
    "demography.short_term_per_immigrant": 2.0,
    "ghosts.returning": 1.0,
    "ghosts.deaths_unrecorded": 0.5,
    "ghosts.cleaning_by_age": 3.0,
    "choice.inertia": 5.0,
    "choice.congestion": 5.0,
    "choice.quality_weight": 5.0,
    "boundaries.outer_ratio": 3.0,
    "boundaries.inner_share": 1.0,
    "satisfaction.congestion": 1.0,
    "practices.exit_rates": 0.6,
    "practices.widening_ratio": 2.0,
    "digital.returning": 1.0,
}
"""Parameters that are varied, each from the least it may be to so much, or the most it may be; names may go."""


def values_of(leaf) -> st.SearchStrategy:
    """Values of a parameter within its range; every value of a list alike."""
    kind = element_of(leaf.type)
    low, high = getattr(kind, "ge", 0) or 0, getattr(kind, "le", None)
    numbers = st.floats(float(low), float(min(MOST[leaf.key], MOST[leaf.key] if high is None else high)))
    return numbers if kind is leaf.type else numbers.map(lambda value: (value,) * len(leaf.default))


PARAMETERS = st.fixed_dictionaries(
    {"seed": st.integers(0, 2**63 - 1)},
    optional={key.replace(".", "__"): values_of(leaf) for key, leaf in settable().items() if key in MOST},
)


@st.composite
def regions(draw, people: int = 1500):
    """Arguments of ``make_region``: up to 8 areas, 5 practices, 3 commissioners with a practice each, so many people."""
    areas, practices = draw(st.integers(2, 8)), draw(st.integers(1, 5))
    commissioners = draw(st.integers(1, min(3, areas, practices)))
    draws = np.random.Generator(np.random.Philox(key=draw(st.integers(0, 2**32))))
    spread = draw(st.sampled_from([1.0, 5.0, 40.0]))
    area_km, practice_km = draws.uniform(0, spread, (areas, 2)), draws.uniform(0, spread, (practices, 2))
    area_commissioner = np.concatenate([np.arange(commissioners), draws.integers(0, commissioners, areas)])[:areas]
    residents = draws.integers(people // areas // 3, people // areas + 1, areas)
    # a practice stands near one of its commissioner's areas, as the checks of regions ask
    home = np.concatenate([np.arange(commissioners), draws.integers(0, areas, practices)])[:practices]
    return {
        "area_km": area_km,
        "practice_km": area_km[home] + (practice_km - area_km[home]) * 0.1,
        "residents": residents,
        "lists": np.maximum(draws.multinomial(int(residents.sum() * 1.05), np.full(practices, 1 / practices)), 1),
        "area_commissioner": area_commissioner,
        "practice_commissioner": area_commissioner[home],
        "system": draws.integers(0, 2, areas) * 0,
        "rural": draws.random(areas) < 0.3,
    }


@st.composite
def scenarios(draw):
    """A timeline that begins with a digital provider's launch, mostly, and up to seven events of any kind."""
    later = draw(st.lists(st.one_of(*EVENTS.values()), max_size=7))
    launch = DigitalLaunch(
        month=datetime.date(2021, 1, 1), marketing=draw(st.floats(0, 60)), cap=draw(st.integers(0, 200))
    )
    provider_needed = any(isinstance(event, DigitalSite | DigitalCap | DigitalFails) for event in later)
    timeline = (launch, *later) if provider_needed or draw(st.booleans()) else tuple(later)
    return Scenario(timeline=timeline), draw(PARAMETERS)


def test_random_scenarios_know_every_event_and_many_parameters():
    assert set(Event.__args__) == {*EVENTS, DigitalLaunch}
    assert len(set(settable()) & set(MOST)) > 12


# --- what holds every month ---------------------------------------------------------------------------------------------


def columns_of(model: RegistrationModel) -> dict[str, np.ndarray]:
    """Every column, rows in use only."""
    rows = model.engine.rows
    return {name: column[:rows].copy() for name, column in zip(COLUMNS, model.engine.columns, strict=True)}


def counts_of(model: RegistrationModel) -> dict[str, np.ndarray]:
    return {name: np.array(getattr(model.counts, name)) for name in (*STOCKS, *FLOWS)}


def assert_equal(one: dict[str, np.ndarray], other: dict[str, np.ndarray], where: object = "") -> None:
    for name in one:
        assert np.array_equal(one[name], other[name]), f"{name} differs {where}"


def by_commissioner(model: RegistrationModel, practices: np.ndarray) -> np.ndarray:
    """A number by practice summed by the commissioner it is fixed to."""
    return np.bincount(model.region.practice_commissioner, practices, len(model.region.commissioners))


def assert_invariants(model: RegistrationModel, before: dict[str, np.ndarray] | None, rows_before: int) -> None:
    """DESIGN 11, on the state of the model after a month; ``before`` are the counts of the month before."""
    c, counts, lists = columns_of(model), counts_of(model), model.lists
    presence = (c["flags"] & PRESENCE) >> 1
    here, listed = presence <= UNCOUNTED, c["practice"] != NONE
    practices = len(lists.exists)

    # nobody is on two lists; lists sum to registered; no list that does not exist has anybody
    assert (c["practice"][listed] < practices).all()
    assert np.array_equal(np.bincount(c["practice"][listed], minlength=practices), counts["lists"])
    assert lists.exists[c["practice"][listed]].all()
    ghost = listed & ~here
    assert np.array_equal(np.bincount(c["practice"][ghost], minlength=practices), counts["ghosts"])
    assert not listed[presence == GONE].any(), "who is gone is on no list"
    assert (presence <= GONE).all()
    assert (listed | here | (presence == GONE)).all(), "a ghost is on a list"

    # rows mean something: homes and addresses on the map, mothers before their children, known causes
    areas = len(model.region.areas)
    assert (c["home"][here] < areas).all()
    assert (c["recorded"][listed] < areas).all()
    has_mother = c["mother"] != NOBODY
    assert (c["mother"][has_mother] < len(here)).all()
    assert (c["cause"] < len(CAUSES)).all()
    assert (c["since"][listed] <= model.month_number).all()
    assert (c["born"] <= model.month_number).all()
    assert not ((c["flags"] & OUT_OF_AREA) != 0)[~listed & here].any(), "out of area is said of a registration"
    settled = here & listed & ((c["flags"] & PENDING) == 0)
    assert (c["recorded"][settled] == c["home"][settled]).all(), "who told the practice is where the register says"

    # flows conserve people
    assert np.array_equal(np.bincount(c["home"][here], minlength=areas), counts["residents"])
    assert counts["true"].sum() == counts["residents"].sum() == here.sum()
    assert counts["true"][:, -1].sum() == (here & ~listed).sum()
    assert counts["true"].min() >= 0
    assert counts["recorded"].min() >= 0
    registered = by_commissioner(model, counts["lists"] - counts["ghosts"])
    assert np.array_equal(model.counts.true_flows.sum(axis=0), registered)
    assert np.array_equal(model.counts.by_commissioner("registered"), by_commissioner(model, counts["lists"]))

    # births - deaths + net migration = change, place by place; so do registrations by cause
    assert len(here) >= rows_before
    if before is not None:
        authority = model.region.area_authority
        was, now = (
            np.bincount(authority, n, len(model.region.authorities)) for n in (before["residents"], counts["residents"])
        )
        change = {name: counts["components"][:, i] for i, name in enumerate(COMPONENTS)}
        gained = change["births"] + change["internal_in"] + change["international_in"] + change["short_term_in"]
        lost = change["deaths"] + change["internal_out"] + change["international_out"] + change["short_term_out"]
        assert np.array_equal(now - was, gained - lost)
        assert change["internal_in"].sum() == change["internal_out"].sum()
        moved = counts["changes"].sum(axis=0)
        assert np.array_equal(
            by_commissioner(model, counts["lists"] - before["lists"]), (moved.sum(axis=0) - moved.sum(axis=1))[:-1]
        )
    assert_books_balance(model)


def assert_books_balance(model: RegistrationModel) -> None:
    """Payments reconcile to the pot, to the pound."""
    book = model.money
    if model.month.month in (1, 4, 7, 10):
        quarter = financial_quarter(model.month_number)
        paid = book.pot * (quarter + 1) // 4 - book.pot * quarter // 4
        assert book.commissioner["paid"].sum() == paid
    for name in ("allocation", "target", "money"):
        assert book.commissioner[name].sum() == book.pot, name
    assert book.commissioner["in_year"].sum() == 0
    assert book.places["capitation"].sum() == pytest.approx(book.pot)
    for table in (book.commissioner, book.places, book.authorities, book.practice):
        for name, values in table.items():
            assert not np.isinf(values).any(), name  # a price of nobody is NaN: there is none


@given(world=regions(), scenario=scenarios())
@profile(12)
def test_any_world_keeps_every_invariant_and_an_agent_each_does_the_same(make_region, make_model, world, scenario):
    """Books balance to the person and the pound each month, also counted from nothing, in both engines alike."""
    policy, parameters = scenario
    area_km, practice_km = world["area_km"], world["practice_km"]
    rest = {name: value for name, value in world.items() if not name.endswith("_km")}
    region = make_region(area_km, practice_km, **rest)
    model = make_model(region, policy, **parameters)
    plain = make_model(region, policy, engine="agents", **parameters)
    before, rows = None, 0
    for number in range(MONTHS + 1):
        assert_invariants(model, before, rows)
        assert_equal(counts_of(model), counts_of(plain), f"in month {number}")
        before, rows = counts_of(model), model.engine.rows
        if number == MONTHS:
            break
        model.step()
        plain.step()
    assert_equal(columns_of(model), columns_of(plain))
    assert plain.events == model.events
    kept = counts_of(model)
    model.recount()
    assert_equal({name: kept[name] for name in STOCKS}, counts_of(model))


@given(world=regions(), scenario=scenarios(), months=st.integers(1, MONTHS))
@profile(12)
def test_any_world_is_recorded_up_to_any_month(make_region, make_model, tmp_path_factory, world, scenario, months):
    """Every table can be written, its keys are unique, and tables that tell of the same people agree."""
    policy, parameters = scenario
    rest = {name: value for name, value in world.items() if not name.endswith("_km")}
    model = make_model(make_region(world["area_km"], world["practice_km"], **rest), policy, **parameters)
    folder = tmp_path_factory.mktemp("world") / "recorded"
    end = datetime.date(2021, months + 1, 1)
    with record_run(model, folder, register=[end]) as recording:
        for _ in range(months):
            model.step()
            recording.month()
    with duckdb.connect() as con:
        for table in (*RESULT_TABLES.values(), REGISTER):
            con.execute(f"CREATE VIEW {table.name} AS FROM '{folder / table.name}.parquet'")
            counted = f"SELECT count(*), count(DISTINCT ({', '.join(table.key)})) FROM {table.name}"
            ((rows, keys),) = con.sql(counted).fetchall()
            assert rows == keys, f"{table.name}: one row for each {', '.join(table.key)}"
        registered = dict(con.sql("SELECT month, registered FROM headline").fetchall())
        assert len(registered) == months + 1
        for told in (
            "SELECT month, sum(registered)::BIGINT FROM commissioners GROUP BY month, boundaries",
            "SELECT month, sum(registered)::BIGINT FROM systems GROUP BY month",
            "SELECT month, sum(recorded)::BIGINT FROM flows GROUP BY month",
            "SELECT month, sum(list_size)::BIGINT FROM practices GROUP BY month",
            "SELECT month, sum(registered)::BIGINT FROM reconciliation GROUP BY month",
            f"SELECT DATE '{end}', sum(patients)::BIGINT FROM register",
        ):
            found = con.sql(told).fetchall()
            assert found, told
            assert all(registered[month] == people for month, people in found), told


@pytest.fixture
def threads():
    """Sets the number of threads for a test, and the machine's own again afterwards."""
    before = list(threads_module._chosen)
    yield set_threads
    threads_module._chosen[:] = before


@given(world=regions(people=150_000), scenario=scenarios())
@profile(5)
def test_threads_change_nothing_in_any_world(make_region, make_model, threads, world, scenario):
    """Worlds of more people than one strip holds, over any timeline, on one thread and on two."""
    policy, parameters = scenario
    rest = {name: value for name, value in world.items() if not name.endswith("_km")}
    region = make_region(world["area_km"], world["practice_km"], **rest)
    models = []
    for number in (1, 2):
        threads(number)
        models.append(make_model(region, policy, **parameters))
    for month in range(MONTHS):
        for model in models:
            model.step()
        assert_equal(counts_of(models[0]), counts_of(models[1]), f"in month {month + 1}")
    assert_equal(columns_of(models[0]), columns_of(models[1]))


def test_presence_classes_are_those_the_invariants_know():
    assert UNCOUNTED < DUPLICATE < GONE
