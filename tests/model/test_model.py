"""The model as a whole: what two policies share, a start without a break, and worlds whose answer is known."""

import datetime

import numpy as np
import pytest

from model.errors import InputError
from model.measures.flows import overall
from model.model import RegistrationModel
from model.months import first_month, month_date, months_since_1970
from model.patients.columns import FEMALE, NONE, PRESENCE, SHORT_TERM, UNCOUNTED
from model.patients.tally import COMPONENTS
from model.policy import CleanLists, OpenBoundaries
from model.scenario import Scenario

# --- two policies, one population ---------------------------------------------------------------------------------------

MARCH = datetime.date(2021, 3, 1)
RESTLESS = {"seed": 3, "ghosts__returning": 0.2, "registration__switching": 0.1, "demography__immigration_rate": 0.05}
POLICIES = {
    "open boundaries": {"timeline": [OpenBoundaries(month=MARCH, boundary_ratio=3.0, practices=1.0)]},
    "no inertia": {"choice__inertia": 0.0},
    "cleaned lists": {"timeline": [CleanLists(month=MARCH, ratio=25.0)]},
    "no congestion": {"choice__congestion": 0.0, "choice__quality_weight": 3.0},
}
WORLD_MONTHS = 30


def lived(model: RegistrationModel) -> np.ndarray:
    """Components of change of every month, int64[months, L, 9]."""
    months = []
    for _ in range(WORLD_MONTHS):
        model.step()
        months.append(model.counts.components.copy())
    return np.stack(months)


@pytest.fixture(scope="module")
def as_it_is(town, make_model):
    model = make_model(town, **RESTLESS)
    return model, lived(model)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_registration_policy_changes_registrations_and_nobodys_life(town, make_model, as_it_is, policy):
    """Births, deaths, moves and migration are shared row by row: the difference of two runs is the policy's effect."""
    plain, plain_life = as_it_is
    other = make_model(town, **RESTLESS, **POLICIES[policy])
    assert np.array_equal(lived(other), plain_life)
    assert other.engine.rows == plain.engine.rows
    rows = plain.engine.rows
    one, two = (type(m.engine.columns)(*(c[:rows] for c in m.engine.columns)) for m in (plain, other))
    here = (one.flags & PRESENCE) >> 1 <= UNCOUNTED
    assert np.array_equal(here, (two.flags & PRESENCE) >> 1 <= UNCOUNTED)
    for name in ("born", "mother", "need"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name
    assert np.array_equal(one.home[here], two.home[here])
    for bit in (FEMALE, SHORT_TERM):
        assert np.array_equal(one.flags[here] & bit, two.flags[here] & bit)
    assert (one.practice != two.practice).sum() > 100, "the policy is to do something"


def test_same_seed_same_bytes_other_seed_other_people(thin_town, make_model):
    one, same, other = (make_model(thin_town, seed=seed) for seed in (5, 5, 6))
    for model in (one, same, other):
        for _ in range(4):
            model.step()
    rows = one.engine.rows
    for a, b in zip(one.engine.columns, same.engine.columns, strict=True):
        assert a[:rows].tobytes() == b[:rows].tobytes()
    assert one.counts.components.sum() != other.counts.components.sum() or other.engine.rows != rows
    assert not np.array_equal(one.engine.columns.home[:6000], other.engine.columns.home[:6000])


# --- a year without policy ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def quiet_year(metro, make_model):
    """Flows of every month of a year without policy, and stocks at its end."""
    model = make_model(metro, seed=2)
    flows, stocks = [], []
    for _ in range(12):
        model.step()
        c, columns, rows = model.counts, model.engine.columns, model.engine.rows
        flows.append(
            {
                **{name: n for name, n in c.changes_by_cause().items() if n},
                **dict(zip(COMPONENTS, c.components.sum(axis=0).tolist(), strict=True)),
                "joiners": int(c.joiners.sum()),
            }
        )
        here = (columns.flags[:rows] & PRESENCE) >> 1 <= UNCOUNTED
        stocks.append(
            {
                "pending": int(c.pending.sum()),
                "unregistered": int(c.authority_unregistered.sum()),
                "short-term": int((here & ((columns.flags[:rows] & SHORT_TERM) != 0)).sum()),
                "young tenures": int((model.month_number - columns.since[:rows][here].astype(int) < 24).sum()),
            }
        )
    return flows, stocks


def test_the_first_quarter_is_like_the_others(quiet_year):
    """Nothing is out of its steady state at the start: 4 standard errors and 2% of drift, for every flow there is."""
    flows, _ = quiet_year
    assert {"born", "arrived", "first registration", "moved", "switched", "died", "cleaned"} <= set(flows[0])
    for name in flows[0]:
        months = np.array([month.get(name, 0) for month in flows], float)
        first, later = months[:3].mean(), months[3:].mean()
        # Children who follow come in families, so counts scatter somewhat more than independent events.
        error = np.sqrt(1.5 * later * (1 / 3 + 1 / 9))
        assert abs(first - later) < 4 * error + 0.02 * later, name


def test_stocks_do_not_drain_or_fill(quiet_year):
    _, stocks = quiet_year
    for name, drift in (("pending", 0.02), ("unregistered", 0.02), ("short-term", 0.12), ("young tenures", 0.06)):
        months = np.array([month[name] for month in stocks], float)
        assert abs(months[-3:].mean() / months[:3].mean() - 1) < drift, name


# --- worlds with a known answer -----------------------------------------------------------------------------------------


UNDECIDED = {
    "practices__exit_rates": (0.0,) * 7,
    "practices__openings": 0.0,
    "practices__widening_ratio": 1.0,
    "practices__closing_applications": 0.0,
    "practices__gps_chance": 0.0,
}
"""Practices decide nothing in April: what is left is their patients."""


def test_one_practice_keeps_everybody(make_region, make_model):
    region = make_region([[0, 0], [1, 0], [0, 2]], [[0.5, 0]], residents=400, lists=1200)
    model = make_model(region, registration__switching=0.2, **UNDECIDED)
    for _ in range(12):
        model.step()
    assert overall(model.counts.true_flows)["gross_misalignment"] == 0.0
    assert model.counts.true_flows.tolist() == [
        [model.counts.residents.sum() - model.counts.authority_unregistered.sum()]
    ]
    rows = model.engine.rows
    assert set(model.engine.columns.practice[:rows].tolist()) <= {0, NONE}
    assert model.counts.changes_by_cause()["switched"] == 0, "there is nowhere to switch to"
    assert model.commissioners[0].net_flow == 0
    assert model.authorities[0].commissioners_met == 1.0


def test_mirror_images_exchange_patients_and_gain_none(make_region, make_model):
    """Two commissioners alike but for the side: who crosses differs, how many net do not, but for chance."""
    km = np.array([[-3.0, 0], [-1.0, 0], [-0.6, 1], [0.6, 1], [1.0, 0], [3.0, 0]])
    side = np.array([0, 0, 0, 1, 1, 1])
    region = make_region(
        km,
        km[[1, 2, 3, 4]],
        residents=3000,
        lists=4500,
        area_commissioner=side,
        practice_commissioner=side[[1, 2, 3, 4]],
    )
    model = make_model(
        region, registration__switching=0.1, ghosts__census_sd=0.0, ghosts__census_sd_mobile=0.0, **UNDECIDED
    )
    for month in range(25):
        flows = model.counts.true_flows
        crossing = flows.sum() - np.trace(flows)
        assert crossing > 400
        assert abs(flows[0, 1] - flows[1, 0]) < 4 * np.sqrt(crossing), month
        assert np.ptp(model.counts.by_commissioner("registered")) < 4 * np.sqrt(2 * 9000)
        model.step()


# --- the schedule, its calendar and what it refuses -----------------------------------------------------------------------


def test_months_follow_one_another_from_the_region_s_own(thin_town, make_model):
    model = make_model(thin_town)
    assert model.month == datetime.date(2021, 1, 1)
    seen = []
    for _ in range(13):
        seen.append(model.month)
        model.step()
    assert seen[-1] == datetime.date(2022, 1, 1)
    assert len(set(seen)) == 13
    assert model.time == 13
    assert len(model.datacollector.get_model_vars_dataframe()) == 14


@pytest.mark.parametrize("engine", ["columns", "agents"])
def test_mesa_s_own_run_ends_after_the_scenario_s_months(thin_town, make_model, engine):
    model = make_model(thin_town, Scenario(months=2), engine)
    for _ in range(2):
        assert model.running
        model.step()
    assert not model.running
    model.run_model()
    assert model.month == datetime.date(2021, 3, 1)
    model.step()
    assert (model.month, model.running) == (datetime.date(2021, 4, 1), False), "a month asked for is still lived"


def test_a_run_of_no_months_does_not_begin(thin_town, make_model):
    model = make_model(thin_town, months=0)
    assert not model.running
    model.run_model()
    assert model.month == model.start


@pytest.mark.parametrize("day", [datetime.date(1969, 12, 1), datetime.date(1970, 1, 1), datetime.date(2024, 2, 1)])
def test_months_and_dates_are_inverse(day):
    assert month_date(months_since_1970(day)) == day


def test_the_first_month_is_the_scenario_s_where_it_has_one(thin_town):
    assert first_month(Scenario(start="2019-06"), thin_town) == datetime.date(2019, 6, 1)
    assert first_month(Scenario(), thin_town) == datetime.date(2021, 1, 1)
    with pytest.raises(InputError, match="start: found 'June', expected a month such as 2021-01"):
        first_month(Scenario(start="June"), thin_town)


def test_events_happen_in_their_month_and_once(thin_town, make_model):
    event = OpenBoundaries(month=datetime.date(2021, 2, 14), boundary_ratio=2.0, practices=1.0)
    model = make_model(thin_town, timeline=[event])
    before = model.lists.inner_km.copy()
    model.step()
    assert np.array_equal(model.lists.inner_km, before)
    for _ in range(3):
        model.step()
        assert np.array_equal(model.lists.inner_km, before * 2)
    assert [e["month"] for e in model.events] == [datetime.date(2021, 2, 1)]
    assert model.events[0]["event"] == "open-boundaries"


def test_agents_stand_for_practices_commissioners_and_authorities(thin_town, make_model):
    model = make_model(thin_town)
    region = model.region
    known = len(thin_town.practices)
    assert [p.code for p in model.practices] == region.practices.tolist()
    assert [p.cell.coordinate for p in model.practices[:known]] == thin_town.practice_area.tolist()
    assert [p.exists for p in model.practices] == [True] * known + [False] * (len(model.practices) - known)
    assert all(p.cell is None for p in model.practices[known:]), "a place in reserve stands nowhere"
    assert [c.code for c in model.commissioners] == region.commissioners.tolist()
    assert [a.code for a in model.authorities] == region.authorities.tolist()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"scenario": "digital-entry"}, r"scenario: found 'digital-entry', .*runs\.library\.load\('digital-entry'\)"),
        ({"scenario": {"months": 3}}, "scenario: found .*months=12"),
        ({"rng": 7}, "rng: found 7, expected seed="),
        ({"seed": np.random.default_rng(3)}, "seed: found Generator"),
        ({"choice__inertia": object()}, "choice__inertia: found object"),
    ],
)
def test_what_is_no_scenario_or_value_is_told_in_a_line(thin_town, wrong, told):
    with pytest.raises(InputError, match=told) as refused:
        RegistrationModel(region=thin_town, **wrong)
    assert len(str(refused.value).splitlines()) == 1


def test_a_region_may_be_a_path_and_nothing_else(tmp_path):
    with pytest.raises(InputError, match="region: found 7, expected a Region"):
        RegistrationModel(region=7)
    with pytest.raises(InputError, match=r"region '.*none'"):
        RegistrationModel(region=tmp_path / "none")


def test_an_unknown_engine_or_key_is_refused(thin_town):
    with pytest.raises(InputError, match="engine: found 'rows', expected one of columns, agents"):
        RegistrationModel(region=thin_town, engine="rows")
    with pytest.raises(InputError, match=r"choice\.inertai"):
        RegistrationModel(region=thin_town, choice__inertai=1.0)
