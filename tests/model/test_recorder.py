"""Recording a run: what tables hold, that they add up, and that a folder is complete or absent."""

import dataclasses
import datetime
import json
import pickle

import duckdb
import mesa
import numpy as np
import pytest

from model.commissioning.bodies import Authority, Commissioner
from model.errors import InputError
from model.model import RegistrationModel
from model.patients.columns import NONE, lives_here
from model.patients.patient import Patient
from model.policy import CleanLists
from model.providers.practice import Practice
from model.recorder import COLLECTED, collector, record_run
from model.result_tables import RESULT_TABLES
from model.scenario import Scenario

MONTHS = 16
MERGER = datetime.date(2021, 4, 1)


@pytest.fixture(scope="module")
def region(make_region):
    """Nine areas of three commissioners in two systems; six practices, one of them digital; two merge in April."""
    x, y = np.meshgrid(np.arange(3.0), np.arange(3.0))
    areas = np.stack([x.ravel(), y.ravel()], axis=1)
    register = np.zeros((9, 6), int)
    for area, practice, patients in (
        (0, 0, 300), (1, 0, 200), (1, 1, 150), (2, 1, 310), (3, 2, 330), (4, 2, 200), (4, 3, 130), (5, 3, 320),
        (6, 4, 340), (7, 4, 310), (8, 4, 200), (8, 3, 120), (2, 3, 30), (0, 5, 40), (5, 5, 10), (3, 1, 20),
    ):  # fmt: skip
        register[area, practice] = patients
    made = make_region(
        areas,
        areas[[0, 2, 3, 5, 7, 0]],
        residents=300,
        lists=register.sum(axis=0),
        area_commissioner=np.repeat([0, 1, 2], 3),
        practice_commissioner=np.array([0, 0, 1, 1, 2, 0]),
        system=np.repeat([0, 0, 1], 3),
        kind=np.array(["gp", "gp", "gp", "gp", "gp", "digital"]),
        register=register,
    )
    assert made.commissioners.tolist() == ["E38000000", "E38000001", "E38000002"]
    return dataclasses.replace(
        made,
        successors=(("E38000000", "2021-04-01", "E38000900"), ("E38000001", "2021-04-01", "E38000900")),
        weighted_list=np.array([500.5, 520.25, 540.0, 600.0, 900.0, np.nan]),
    )


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("travel")


@pytest.fixture(scope="module")
def scenario():
    return Scenario(
        name="tiny", months=MONTHS, seed=5, timeline=(CleanLists(month=datetime.date(2021, 3, 1), ratio=4.0),)
    )


def make(scenario, region, cache):
    return RegistrationModel(scenario, region=region, travel_cache=cache)


def run(model, folder, months):
    with record_run(model, folder) as recording:
        for _ in range(months):
            model.step()
            recording.month()


@pytest.fixture(scope="module")
def finished(scenario, region, cache, tmp_path_factory):
    """The model after a recorded run, and its folder."""
    folder = tmp_path_factory.mktemp("results") / "tiny-001"
    model = make(scenario, region, cache)
    run(model, folder, MONTHS)
    return model, folder


@pytest.fixture(scope="module")
def ask(finished):
    """Ask the results in SQL; the tables have their own names."""
    _, folder = finished
    con = duckdb.connect()
    for name in RESULT_TABLES:
        con.execute(f"CREATE VIEW {name} AS SELECT * FROM '{folder / name}.parquet'")
    yield lambda sql: con.execute(sql).fetchall()
    con.close()


def test_the_folder_holds_every_table_with_its_columns(ask, finished):
    _, folder = finished
    assert {file.name for file in folder.iterdir()} == {"manifest.json", *(f"{name}.parquet" for name in RESULT_TABLES)}
    for name, table in RESULT_TABLES.items():
        described = {row[0]: row[1] for row in ask(f"DESCRIBE {name}")}
        assert list(described) == [column.name for column in table.columns]
        assert described["month"] == "DATE"
        keys = ", ".join(table.key)
        assert ask(f"SELECT count(*) FROM {name}") == ask(f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM {name})")


def test_leading_columns_other_scripts_rely_on():
    leading = {
        "commissioners": "month boundaries commissioner residents registered ghosts inflow outflow",
        "flows": "month home_commissioner registered_commissioner patients",
        "headline": "month",
        "authorities": "month authority",
        "practices": "month practice",
        "reconciliation": "month place practice authority age_band deprivation registered real",
    }
    for name, columns in leading.items():
        assert [c.name for c in RESULT_TABLES[name].columns][: len(columns.split())] == columns.split()


def test_months_recorded(ask):
    every = [(datetime.date(2021 + (m // 12), m % 12 + 1, 1),) for m in range(MONTHS + 1)]
    for name in ("headline", "commissioners", "systems", "flows", "authorities", "providers"):
        assert ask(f"SELECT DISTINCT month FROM {name} ORDER BY 1") == every
    yearly = [(datetime.date(*day),) for day in ((2021, 1, 1), (2021, 4, 1), (2022, 4, 1), (2022, 5, 1))]
    for name in ("practices", "organisations", "trusts", "neighbourhoods", "profiles", "reconciliation"):
        assert ask(f"SELECT DISTINCT month FROM {name} ORDER BY 1") == yearly
    for name in ("money", "authority_money", "places", "left_behind", "digital_homes"):
        assert ask(f"SELECT DISTINCT month FROM {name} ORDER BY 1") == [m for m in every if m[0].month in (1, 4, 7, 10)]


def test_lists_sum_to_registered_and_flows_to_residents_on_lists(ask):
    same = """
        SELECT month, sum(registered) AS together, sum(residents) - sum(unregistered) AS listed
        FROM commissioners WHERE boundaries = 'fixed' GROUP BY month
    """
    assert ask(f"SELECT * FROM ({same}) JOIN headline USING (month) WHERE together != registered") == []
    flows = "SELECT month, sum(patients) AS patients, sum(recorded) AS recorded FROM flows GROUP BY month"
    assert ask(f"SELECT * FROM ({same}) JOIN ({flows}) USING (month) WHERE listed != patients") == []
    assert ask(f"SELECT * FROM ({same}) JOIN ({flows}) USING (month) WHERE together != recorded") == []
    lists = "SELECT month, sum(list_size) AS lists FROM practices GROUP BY month"
    assert ask(f"SELECT * FROM ({lists}) JOIN headline USING (month) WHERE lists != registered") == []
    assert ask("SELECT count(*) FROM flows WHERE patients = 0 AND recorded = 0") == [(0,)]


def test_the_excess_is_net_flow_and_ghosts_less_unregistered(ask):
    for table in ("commissioners", "systems"):
        assert ask(
            f"SELECT * FROM {table} WHERE registered - residents != net_flow + ghosts - unregistered"
            " OR net_flow != inflow - outflow OR recorded_net_flow != recorded_inflow - recorded_outflow"
            " OR registered != recorded_residents + recorded_net_flow"
        ) == []  # fmt: skip


def test_commissioners_are_the_margins_of_flows(ask):
    assert ask(
        "SELECT * FROM (SELECT month, home_commissioner AS commissioner, sum(patients) FILTER (home_commissioner !="
        " registered_commissioner) AS out, sum(recorded) AS home FROM flows GROUP BY ALL) JOIN commissioners"
        " USING (month, commissioner) WHERE boundaries = 'fixed' AND (out != outflow OR home != recorded_residents)"
    ) == []  # fmt: skip


def test_residents_change_by_births_deaths_and_migration_exactly(ask):
    change = """
        births - deaths + internal_in - internal_out + international_in - international_out
        + short_term_in - short_term_out
    """
    for table, within in (("authorities", "PARTITION BY authority"), ("headline", "")):
        rows = ask(
            f"SELECT residents - lag(residents) OVER ({within} ORDER BY month) - ({change}) AS wrong FROM {table}"
            " QUALIFY wrong IS NOT NULL"
        )
        assert len(rows) >= MONTHS
        assert set(rows) == {(0,)}
    assert ask("SELECT sum(births) > 0, sum(deaths) > 0, sum(internal_in) > 0 FROM authorities") == [(True, True, True)]


def test_lists_change_by_joining_and_leaving_exactly(ask):
    rows = ask(
        "SELECT registered - lag(registered) OVER (PARTITION BY commissioner ORDER BY month) - (joined_from_others"
        " + joined_from_none - left_to_others - left_to_none) AS wrong FROM commissioners WHERE boundaries = 'fixed'"
        " QUALIFY wrong IS NOT NULL"
    )
    assert len(rows) == 3 * MONTHS
    assert set(rows) == {(0,)}
    rows = ask(
        "SELECT list_size - lag(list_size) OVER (PARTITION BY practice ORDER BY month) - joiners + leavers AS wrong"
        " FROM practices QUALIFY wrong IS NOT NULL"
    )
    assert len(rows) == 6 * 3
    assert set(rows) == {(0,)}
    assert ask("SELECT min(joiners), min(leavers) FROM practices")[0] >= (0, 0)


def test_places_and_fifths_add_up_to_the_region(ask):
    """Everybody lives in one place and in one fifth, and is on a list in one place or on none."""
    for table, sums in (
        ("places", "residents unregistered registered"),
        ("left_behind", "residents unregistered"),
        ("neighbourhoods", "residents"),
    ):
        for name in sums.split():
            # At the end neighbourhoods are those of the last quarter.
            rows = ask(
                f"SELECT t.n, h.{name} FROM (SELECT month, sum({name})::BIGINT AS n FROM {table} GROUP BY month) t"
                " JOIN headline h USING (month) WHERE month < DATE '2022-05-01'"
            )
            assert len(rows) >= 3
            assert all(n == whole for n, whole in rows), (table, name)
    assert ask(
        "SELECT * FROM places WHERE patients != stay + inflow OR residents != stay + outflow + unregistered"
        " OR net_flow != inflow - outflow OR NOT overlap BETWEEN 0 AND 1 OR largest_organisation_share > 1"
    ) == []  # fmt: skip
    rows = ask(
        "SELECT sum(p.patients)::BIGINT, any_value(h.registered - h.ghosts) FROM places p JOIN headline h USING (month)"
        " GROUP BY month"
    )
    assert all(there == listed for there, listed in rows)


def test_digital_patients_are_counted_alike_everywhere(ask):
    rows = ask("SELECT month, digital, digital_share * registered FROM headline ORDER BY month")
    assert rows[0][1] == 50
    assert all(digital == pytest.approx(share) for _, digital, share in rows)
    digital = [(month, n) for month, n, _ in rows]
    assert ask("SELECT month, sum(list_size)::BIGINT FROM providers GROUP BY 1 ORDER BY 1") == digital
    fixed = "FROM commissioners WHERE boundaries = 'fixed' GROUP BY month ORDER BY month"
    assert ask(f"SELECT month, sum(digital)::BIGINT {fixed}") == digital
    there = ask("SELECT month, sum(list_size - ghosts)::BIGINT FROM providers GROUP BY month ORDER BY month")
    assert ask(f"SELECT month, sum(digital_residents)::BIGINT {fixed}") == there
    homes = ask("SELECT month, sum(patients)::BIGINT FROM digital_homes GROUP BY month ORDER BY month")
    assert homes == [row for row in there if row[0].month in (1, 4, 7, 10)]
    assert ask("SELECT count(*) FROM digital_homes WHERE aged_20_39 > patients OR new > patients") == [(0,)]
    assert ask(
        "SELECT * FROM (SELECT month, home_commissioner AS commissioner, sum(patients) AS n FROM digital_homes GROUP BY ALL)"
        " JOIN commissioners USING (month, commissioner) WHERE boundaries = 'fixed' AND n != digital_residents"
    ) == []  # fmt: skip


def test_money_of_the_headline_is_that_of_commissioners(ask):
    """As of the quarter: months in between repeat it."""
    rows = ask(
        "SELECT h.unfunded, h.mismatch, m.* FROM headline h JOIN (SELECT month, sum(abs(unfunded)), sum(abs(mismatch)),"
        " 0.5 * sum(abs(money - total * residents_cost / needed)) FROM (SELECT *, sum(money) OVER (PARTITION BY month) AS"
        " total, sum(residents_cost) OVER (PARTITION BY month) AS needed FROM money) GROUP BY month) m USING (month)"
    )
    assert len(rows) == 6
    assert all(row[:2] == pytest.approx(row[3:5]) for row in rows)
    quarters = ask(
        "SELECT count(DISTINCT (unfunded, travel_km, frail_mismatched, pot)) FROM headline"
        " GROUP BY year(month), quarter(month)"
    )
    assert quarters == [(1,)] * 6
    held = "SELECT month, sum(capitation), sum(held_for_others), sum(held_elsewhere) FROM places GROUP BY month"
    rows = ask(f"SELECT * FROM ({held}) JOIN (SELECT month, sum(money) FROM money GROUP BY month) USING (month)")
    assert all(capitation == pytest.approx(money) for _, capitation, _, _, money in rows)
    assert all(here == pytest.approx(elsewhere) for _, _, here, elsewhere, _ in rows)


def test_practices_that_exist_are_recorded_with_what_they_belong_to(ask, finished):
    model, _ = finished
    assert ask("SELECT DISTINCT kind, trust FROM practices WHERE practice = 'A00005'") == [("digital", "")]
    counted = ask(
        "SELECT month, count(*), round(avg(list_size), 6) FROM practices WHERE NOT ended GROUP BY 1 ORDER BY 1"
    )
    told = ask("SELECT month, practices, round(mean_list, 6) FROM headline JOIN (SELECT DISTINCT month FROM practices)"
               " USING (month) ORDER BY 1")  # fmt: skip
    assert counted == told
    assert ask(
        "SELECT count(*) FROM practices WHERE abs(weighted - carr_hill * list_size) > 1e-6"
        " OR (month < DATE '2022-05-01' AND abs(margin * list_size - (income - cost)) > 1e-6 * income)"
    ) == [(0,)]  # fmt: skip
    assert ask("SELECT DISTINCT organisation FROM organisations WHERE kind = 'digital'") == [
        (model.digital.providers[0].name,)
    ]
    assert ask(
        "SELECT * FROM organisations o JOIN headline h USING (month) WHERE kind = 'digital' AND o.patients != h.digital"
    ) == []  # fmt: skip


def test_trusts_share_all_referrals_between_them(ask):
    for name in ("referral_share", "referral_share_unsteered"):
        rows = ask(f"SELECT sum({name}) FROM trusts GROUP BY month")
        assert [row[0] for row in rows] == pytest.approx([1.0] * 4)
    # None of them runs a practice here, so none is referred to for that.
    assert ask("SELECT count(*) FROM trusts WHERE practices > 0 OR referral_share != referral_share_unsteered") == [
        (0,)
    ]


def test_no_column_is_empty(ask):
    """What is unknown throughout would be a mistake, but for what this small region has none of."""
    none_here = {"satisfaction_slope", "funding_slope", "out_of_area_unfunded"}
    for name, table in RESULT_TABLES.items():
        for column in {c.name for c in table.columns} - none_here:
            assert ask(f"SELECT count({column}) > 0 FROM {name}") == [(True,)], (name, column)


def test_shares_are_shares(ask):
    for name, table in RESULT_TABLES.items():
        for column in table.columns:
            if column.unit == "share" and column.name not in ("distance", "satisfaction_slope"):
                wrong = f"SELECT count(*) FROM {name} WHERE NOT {column.name} BETWEEN -1e-9 AND 1 + 1e-9"
                assert ask(wrong) == [(0,)], (name, column.name)


def test_changes_say_why(ask):
    by_cause = "SELECT cause, sum(patients) FROM changes GROUP BY cause"
    for cause, patients in ask(by_cause):
        column = f"changes_{cause.replace(' ', '_')}"
        assert ask(f"SELECT sum({column})::BIGINT FROM headline") == [(patients,)]
    assert ask(
        "SELECT sum(patients) FILTER (to_commissioner != 'none') = (SELECT sum(joined) FROM headline) FROM changes"
    ) == [(True,)]
    assert ask("SELECT count(*) FROM changes WHERE cause = 'died' AND to_commissioner != 'none'") == [(0,)]


def test_a_merger_only_aggregates(ask):
    before = "month < DATE '2021-04-01'"
    both = "SELECT * EXCLUDE (boundaries) FROM commissioners WHERE boundaries = '{}' AND {} ORDER BY ALL"
    assert ask(both.format("current", before)) == ask(both.format("fixed", before))
    after = ask("SELECT DISTINCT commissioner FROM commissioners WHERE boundaries = 'current' AND NOT " + before)
    assert sorted(after) == [("E38000002",), ("E38000900",)]
    sums = "SELECT month, sum(registered), sum(residents), sum(ghosts) FROM commissioners WHERE boundaries = '{}' GROUP BY 1"
    assert sorted(ask(sums.format("current"))) == sorted(ask(sums.format("fixed")))
    # What crosses into the merged commissioner comes from the third one only.
    assert ask(
        "SELECT * FROM (SELECT month, sum(patients) AS crossing FROM flows WHERE home_commissioner = 'E38000002' AND"
        " registered_commissioner != 'E38000002' GROUP BY month) JOIN commissioners USING (month)"
        " WHERE boundaries = 'current' AND commissioner = 'E38000900' AND crossing != inflow"
    ) == []  # fmt: skip


def test_headline_says_what_the_collector_says(ask, finished):
    model, _ = finished
    collected = model.datacollector.get_model_vars_dataframe()
    assert len(collected) == MONTHS + 1
    assert [(month,) for month in collected["month"]] == ask("SELECT month FROM headline ORDER BY month")
    for name in COLLECTED:
        rows = [row[0] for row in ask(f"SELECT {name} FROM headline ORDER BY month")]
        assert collected[name].tolist() == pytest.approx([np.nan if v is None else v for v in rows], nan_ok=True)


def test_no_variable_of_an_agent_hides_one_of_the_model(finished):
    """Mesa's runner makes one row of both, and the agent's would win."""
    whole = finished[0].datacollector
    kinds = [set(reporters) for reporters in whole.agenttype_reporters.values()]
    names = [name for names in [whole.model_reporters, *kinds] for name in names]
    assert len(kinds) >= 2
    assert len(names) == len(set(names))


def test_collector_has_commissioners_and_authorities(ask, finished):
    model, _ = finished
    frame = model.datacollector.get_agenttype_vars_dataframe(Commissioner)
    assert frame.shape[0] == 3 * (MONTHS + 1)
    last = frame.xs(float(MONTHS), level=0)
    assert last["commissioner"].tolist() == [c.code for c in model.commissioners]
    last = last["commissioner_net_flow"].tolist()
    assert last == [c.net_flow for c in model.commissioners]
    assert [(n,) for n in last] == ask(
        "SELECT net_flow FROM commissioners WHERE boundaries = 'fixed' AND month = (SELECT max(month) FROM headline)"
        " ORDER BY commissioner"
    )
    last = model.datacollector.get_agenttype_vars_dataframe(Authority).xs(float(MONTHS), level=0)
    assert last["authority_residents"].tolist() == [a.residents for a in model.authorities]


def test_counted_patients_are_the_patients(finished, ask):
    model, _ = finished
    rows = model.engine.rows
    practice = model.engine.columns.practice[:rows]
    here = np.array([lives_here(flags) for flags in model.engine.columns.flags[:rows]])
    end = ask("SELECT residents, registered, ghosts, unregistered FROM headline ORDER BY month DESC LIMIT 1")
    listed = practice != NONE
    assert end == [(here.sum(), listed.sum(), (listed & ~here).sum(), (~listed & here).sum())]


def test_reconciliation_adds_up(ask, region):
    assert ask(
        "SELECT * FROM (SELECT month, practice, sum(registered) AS n, sum(ghosts) AS g FROM reconciliation"
        " GROUP BY ALL) JOIN practices USING (month, practice) WHERE n != list_size OR g != ghosts"
    ) == []  # fmt: skip
    assert ask(
        "SELECT * FROM (SELECT month, place AS commissioner, sum(gap) AS gap, sum(ghosts) AS g, sum(inflow) AS i"
        " FROM reconciliation GROUP BY ALL) r JOIN commissioners c USING (month, commissioner) WHERE boundaries = 'fixed'"
        " AND (g != c.ghosts OR gap - g != (SELECT sum(inflow) - sum(outflow) FROM reconciliation x WHERE x.month ="
        " r.month AND x.place = commissioner))"
    ) == []  # fmt: skip
    weighted = dict(
        ask(
            "SELECT practice, sum(weighted) FROM reconciliation WHERE month = DATE '2021-01-01' AND registered > 0"
            " GROUP BY 1"
        )
    )
    for code, published in zip(region.practices.tolist(), region.weighted_list.tolist(), strict=True):
        found = weighted[code]
        assert (found is None) if np.isnan(published) else found == pytest.approx(published, rel=1e-6)
    ranked = ask("SELECT abs(gap) FROM reconciliation WHERE month = DATE '2021-01-01'")
    assert ranked == sorted(ranked, reverse=True)
    assert ask("SELECT count(*) FROM reconciliation WHERE NOT real BETWEEN real_low - 1e-3 AND real_high + 1e-3") == [
        (0,)
    ]
    bands = ask("SELECT DISTINCT age_band FROM reconciliation ORDER BY 1")
    assert bands == [("0-17",), ("18-49",), ("50-64",), ("65+",)]


def test_providers_events_and_manifest(ask, finished, scenario, region):
    model, folder = finished
    assert ask("SELECT DISTINCT practice, kind FROM providers") == [("A00005", "digital")]
    assert ask("SELECT month, number, event FROM events") == [(datetime.date(2021, 3, 1), 1, "clean-lists")]
    detail = json.loads(ask("SELECT detail FROM events")[0][0])
    assert detail["ratio"] == 4.0
    about = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert (about["status"], about["months"], about["engine"], about["seed"]) == ("complete", MONTHS, "columns", 5)
    assert about["region"]["digest"] == region.digest
    assert about["region"]["practices"] == len(region.practices) == 6
    assert len(model.region.practices) > 6, "places are kept for openings"
    assert about["records"] == model.engine.rows
    assert "patients" not in about
    assert about["scenario"]["choice"]["inertia"] == scenario.choice.inertia
    assert set(about["tables"]) == set(RESULT_TABLES)
    assert about["versions"]["mesa"] == mesa.__version__
    assert about["peak_memory_bytes"] is None or about["peak_memory_bytes"] > 1e7


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_nothing(scenario, region, cache, tmp_path, failure):
    model = make(scenario, region, cache)

    def stopped():
        with record_run(model, tmp_path / "broken") as recording:
            model.step()
            recording.month()
            raise failure

    with pytest.raises(failure):
        stopped()
    assert list(tmp_path.iterdir()) == []


def test_a_failure_while_writing_leaves_nothing(scenario, region, cache, tmp_path):
    model = make(scenario, region, cache)

    def unwritable():
        with record_run(model, tmp_path / "broken"):
            model.events.append({"month": model.month, "event": "odd"})

    with pytest.raises(KeyError):
        unwritable()

    def not_numbers():
        with record_run(model, tmp_path / "broken") as recording:
            flows = recording.tables["flows"]
            flows.blocks[0]["patients"] = np.array(["not a number"] * flows.rows)

    model.events.clear()
    with pytest.raises(duckdb.ConversionException):
        not_numbers()
    assert list(tmp_path.iterdir()) == []


def test_a_month_not_recorded_is_an_error(scenario, region, cache, tmp_path):
    model = make(scenario, region, cache)

    def skip_a_month():
        with record_run(model, tmp_path / "gap") as recording:
            model.step()
            model.step()
            recording.month()

    with pytest.raises(RuntimeError, match="record after every step"):
        skip_a_month()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_refused_at_once(finished, tmp_path):
    model, folder = finished
    with pytest.raises(InputError, match="not empty"), record_run(model, folder):
        raise AssertionError("not reached")
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(InputError, match="not empty"), record_run(model, file):
        raise AssertionError("not reached")
    assert file.read_text() == "mine"


@pytest.mark.parametrize("engine", ["columns", "agents"])
def test_same_seed_same_bytes(finished, scenario, region, cache, tmp_path, engine):
    _, folder = finished
    run(RegistrationModel(scenario, region=region, travel_cache=cache, engine=engine), tmp_path / "again", MONTHS)
    for name in RESULT_TABLES:
        assert (tmp_path / "again" / f"{name}.parquet").read_bytes() == (folder / f"{name}.parquet").read_bytes(), name


def test_a_pickled_model_goes_on_as_if_nothing_had_happened(finished, scenario, region, cache):
    whole, _ = finished
    model = make(scenario, region, cache)
    for _ in range(MONTHS // 2):
        model.step()
    model = pickle.loads(pickle.dumps(model))
    while model.month_number < whole.month_number:
        model.step()
    ours, theirs = (m.datacollector for m in (model, whole))
    assert ours.get_model_vars_dataframe().equals(theirs.get_model_vars_dataframe())
    for kind in (Commissioner, Authority):
        assert ours.get_agenttype_vars_dataframe(kind).equals(theirs.get_agenttype_vars_dataframe(kind))


def test_own_reporters(scenario, region, cache):
    model = make(scenario, region, cache)
    model.datacollector = collector(
        practices=True,
        extra_model={"month_number": "month_number"},
        agenttypes={Practice: {"gps": "gps_fte"}},
    )
    model.datacollector.collect(model)
    model = pickle.loads(pickle.dumps(model))
    model.step()
    assert model.datacollector.get_model_vars_dataframe()["month_number"].tolist() == [612, 613]
    frame = model.datacollector.get_agenttype_vars_dataframe(Practice)
    practices = len(model.practices)
    assert frame.shape[0] == 2 * practices, "places in reserve are there too"
    assert frame["gps"].notna().all()
    assert frame["practice_list_size"].to_numpy()[-practices:].sum() == model.counts.lists.sum()


@pytest.mark.parametrize("kind", [Patient, dict, "Practice"])
def test_patients_are_not_collected_one_by_one(kind):
    with pytest.raises(InputError, match="agenttypes: found"):
        collector(agenttypes={kind: {"age": "age"}})
