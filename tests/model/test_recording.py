"""Rows of a run in which practices open, merge and band together, and commissioners merge."""

import datetime

import duckdb
import numpy as np

from model.model import RegistrationModel
from model.policy import FormNetworks, MergeCommissioners
from model.recorder import record_run
from model.scenario import Scenario


def test_practices_that_open_merge_and_band_together(town, cache, tmp_path):
    """A practice merges, one opens, the rest form networks: the rows say so, and joiners and leavers explain lists."""
    april = datetime.date(2021, 4, 1)
    scenario = Scenario(months=5, timeline=(FormNetworks(month=datetime.date(2021, 3, 1)),))
    model = RegistrationModel(scenario, region=town, travel_cache=cache)
    with record_run(model, tmp_path / "town") as recording:
        for month in range(5):
            if month == 1:
                model.transfers.merge(0, 1)
                opened = model.open_practice(3)
            model.step()
            recording.month()
    codes = model.region.practices
    con = duckdb.connect()
    practices = con.read_parquet(str(tmp_path / "town" / "practices.parquet"))
    rows = con.sql("SELECT practice, month, opened, ended, organisation, list_size, network FROM practices").fetchall()
    at = {(row[0], row[1]): row[2:] for row in rows}
    assert at[codes[0], april] == (False, True, codes[1], 0, ""), "its last row: empty, and whose list it became"
    assert at[codes[opened], april][:3] == (True, False, codes[opened])
    june = datetime.date(2021, 6, 1)
    assert (codes[0], june) not in at
    assert at[codes[opened], june][:2] == (False, False)
    assert con.sql(
        "SELECT list_size - lag(list_size, 1, 0) OVER (PARTITION BY practice ORDER BY month) - joiners + leavers AS wrong,"
        " month FROM practices QUALIFY month > DATE '2021-01-01' AND wrong != 0"
    ).fetchall() == []  # fmt: skip
    assert practices.filter("month >= DATE '2021-04-01' AND NOT ended AND network = ''").fetchall() == []
    organisations = con.read_parquet(str(tmp_path / "town" / "organisations.parquet"))
    assert organisations.filter("kind = 'super-practice'").project("organisation, month").fetchall() == [
        (codes[1], april),
        (codes[1], june),
    ]
    headline = con.read_parquet(str(tmp_path / "town" / "headline.parquet"))  # noqa: F841 (asked in SQL)
    assert con.sql(
        "SELECT sum(o.patients)::BIGINT, sum(o.practices)::BIGINT, any_value(h.registered), any_value(h.practices)"
        " FROM organisations o JOIN headline h USING (month) WHERE kind = 'network' AND month = DATE '2021-06-01'"
    ).fetchall() == [
        (model.counts.lists.sum(), model.lists.exists.sum(), model.counts.lists.sum(), model.lists.exists.sum())
    ]


def test_neighbourhoods_bear_the_codes_they_were_counted_under(town, cache, tmp_path):
    """Networks form after the quarter's count and the run ends before the next: rows are of those of the quarter."""
    scenario = Scenario(months=5, timeline=(FormNetworks(month=datetime.date(2021, 5, 1)),))
    model = RegistrationModel(scenario, region=town, travel_cache=cache)
    with record_run(model, tmp_path / "formed") as recording:
        for _ in range(4):
            model.step()
            recording.month()
        counted = model.levels.neighbourhoods
        model.step()
        recording.month()
    assert not np.array_equal(model.levels.neighbourhoods, counted), "other neighbourhoods, and not counted by them yet"
    rows = duckdb.read_parquet(str(tmp_path / "formed" / "neighbourhoods.parquet")).filter("month = DATE '2021-06-01'")
    assert sorted(rows.project("neighbourhood, residents").fetchall()) == sorted(
        zip(counted.tolist(), model.casemix.neighbourhood_residents.tolist(), strict=True)
    )
    model.step()
    assert not np.array_equal(model.neighbourhoods_counted, counted), "at the next quarter they are"


def test_mergers_by_policy_change_the_boundaries_of_the_day(town, cache, tmp_path):
    merger = MergeCommissioners(month=datetime.date(2021, 2, 1), commissioners=("C1", "C2"), into="QAB")
    model = RegistrationModel(Scenario(timeline=(merger,)), region=town, travel_cache=cache)
    with record_run(model, tmp_path / "merged") as recording:
        for _ in range(2):
            model.step()
            recording.month()
    con = duckdb.connect()
    con.execute(f"CREATE VIEW c AS FROM '{tmp_path / 'merged' / 'commissioners.parquet'}'")
    march = "month = DATE '2021-03-01'"
    codes = con.execute(f"SELECT commissioner FROM c WHERE boundaries = 'current' AND {march} ORDER BY 1").fetchall()
    assert codes == [("QAB",)]
    sums = f"SELECT sum(registered), sum(residents) FROM c WHERE boundaries = '{{}}' AND {march}"
    assert con.execute(sums.format("current")).fetchall() == con.execute(sums.format("fixed")).fetchall()
    assert con.execute(f"SELECT count(*) FROM c WHERE boundaries = 'fixed' AND {march}").fetchall() == [(2,)]
