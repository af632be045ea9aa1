"""The registry of patterns is complete and labelled as it may be, and each measure finds what is known beforehand."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.published_history import HOST
from analysis.results import Run
from analysis.validation import measure_digital as digital
from analysis.validation import measure_places as places
from analysis.validation import measure_practices as practices
from analysis.validation.evidence import Told, Wanted
from analysis.validation.measured import FAILS, HOLDS, NOT_MEASURED, measured, verdict_of
from analysis.validation.pattern import CALIBRATED, ECHO, PREDICTED, SCOPES
from analysis.validation.registry import PATTERNS, chosen, situations_needed
from analysis.validation.situations import SITUATIONS
from runs.experiment_tables import write_frame

HELD_OUT = {f"P{n}" for n in (*range(10, 18), *range(22, 26))}
PARTS = [(pattern, part) for pattern in PATTERNS.values() for part in pattern.parts]


def test_every_pattern_is_there_once_and_in_order():
    assert list(PATTERNS) == [f"P{number}" for number in range(1, 26)]
    for pattern in PATTERNS.values():
        keys = [part.key for part in pattern.parts]
        assert len(keys) == len(set(keys)) > 0
        assert pattern.source
        assert pattern.meaning


def test_labels_keep_what_is_held_out_from_being_tuned_to():
    for pattern, part in PARTS:
        assert part.label in (ECHO, CALIBRATED, PREDICTED)
        assert part.reason
        if pattern.id in HELD_OUT and part.label == CALIBRATED:
            # The provider alone may be fitted, to its months up to April 2019.
            assert pattern.id in ("P11", "P12", "P13")
            assert "up to April 2019" in part.reason
    later = {part.key for part in PATTERNS["P11"].parts if part.label == PREDICTED}
    assert later == {"months_24", "months_45"}
    assert {part.label for part in PATTERNS["P2"].parts} == {ECHO}
    assert {part.label for part in PATTERNS["P8"].parts} == {CALIBRATED}


def test_bands_hold_their_published_figure():
    for pattern, part in PARTS:
        assert part.low < part.high
        if math.isfinite(part.target):
            assert part.holds(part.target), (pattern.id, part.key)
        assert part.scope in SCOPES


def test_situations_asked_for_exist_and_the_first_possible_is_taken():
    for pattern in PATTERNS.values():
        for measurement in pattern.measurements:
            assert all(name in SITUATIONS for each in measurement.situations for name in each)
    first = PATTERNS["P16"].measurements[0]
    assert chosen(first, ["history", "decade"]) == ("decade",)
    assert chosen(first, ["history"]) == ("history",)
    assert chosen(first, ["baseline"]) is None
    assert set(situations_needed(SITUATIONS)) == set(SITUATIONS)


@pytest.fixture
def told(tmp_path, make_region):
    """A run made of given tables: ``told(name=frame, ...)``; its region has the host and three other commissioners."""
    made = make_region(
        [[0, 0], [1, 0], [2, 0], [3, 0]], [[0, 0], [1, 0]],
        area_commissioner=np.arange(4), practice_commissioner=[0, 1], system=[0, 1, 1, 1],
    )  # fmt: skip
    region = replace(made, commissioners=np.array([HOST, "E38000001", "E38000002", "E38000003"]))
    numbers = iter(range(100))

    def make(situation="history", seed=1, **tables) -> Told:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        for name, frame in tables.items():
            write_frame(pd.DataFrame(frame), folder / f"{name}.parquet")
        manifest = {"region": {"name": "a place"}, "scenario": {"name": "x"}, "seed": seed}
        return Told(Wanted(SITUATIONS[situation], "town", "digest", seed, True), Run(folder, manifest), region)

    return make


def months(first: str, count: int) -> pd.DatetimeIndex:
    return pd.date_range(first, periods=count, freq="MS")


def lists(rows) -> dict[str, list]:
    """Rows of month, practice, list; satisfaction 0.8, continuity 0.5, nobody out of area unless told."""
    frame = pd.DataFrame(rows, columns=["month", "practice", "list_size"])
    frame["month"] = pd.to_datetime(frame["month"])
    return frame.assign(kind="gp", satisfaction=0.8, continuity=0.5, out_of_area=0)


def test_sizes_exits_and_growth_of_a_world_of_ten_lists(told):
    before = {f"A{n}": 1000 * (n + 1) for n in range(10)}
    gone = {"A0"}
    rows = [("2017-04-01", code, size) for code, size in before.items()]
    rows += [("2018-04-01", code, 0 if code in gone else 1.1 * size) for code, size in before.items()]
    run = told(practices=lists(rows))
    assert practices.exits(run)["smallest"] == pytest.approx(0.5)  # one of the two smallest
    assert "largest fifth" in practices.exits(run)["ratio"]
    grown = practices.growth(run)
    assert [grown[key] for key in ("p5", "median", "p95")] == pytest.approx([0.1] * 3)
    assert practices.sizes(run)["mean"] == "the run has 1.0 years, eight are needed"
    # 2 to 11 thousand less the smallest: the Gini of 2..10 against that of 1..10
    assert practices.sizes(run)["gini_change"] == pytest.approx(0.2469136 - 0.3, abs=1e-6)


def test_practices_become_fewer_at_a_known_rate(told):
    when = [pd.Timestamp(year, 5, 1) for year in range(2014, 2022)]
    run = told(headline={"month": when, "practices": [round(1e7 * 0.97 ** (m.year - 2015)) for m in when]})
    assert practices.fewer(run)["change"] == pytest.approx(-0.03, abs=1e-6)


def test_switching_finds_the_slope_it_was_made_with(told):
    satisfied = np.linspace(0.6, 0.9, 200)
    size = np.full(200, 5000.0)
    frame = {"switched": size * 0.01 * np.exp(-4.0 * (satisfied - 0.75)), "list_size": size, "satisfaction": satisfied}
    found = practices.switching(told(switching=frame))
    low, high = np.percentile(satisfied, (10, 90))
    assert found["ratio"] == pytest.approx(np.exp(4.0 * (high - low)))
    assert found["median"] == pytest.approx(10.0, rel=1e-3)
    assert found["mean"] > found["median"]
    few = practices.switching(told(switching={name: column[:9] for name, column in frame.items()}))
    assert few["mean"] > 0
    assert math.isnan(few["ratio"])
    assert all(map(math.isnan, practices.switching(told(switching=pd.DataFrame(frame)[:0])).values()))


def test_grown_lists_are_compared_with_stable_ones(told):
    codes = [f"A{n:02d}" for n in range(80)]
    frame = pd.DataFrame({"practice": codes * 2, "month": np.repeat(pd.to_datetime(["2014-04-01", "2019-04-01"]), 80)})
    later, organic, merged = frame["month"] > "2014-04-01", frame["practice"] < "A25", frame["practice"] >= "A55"
    frame["list_size"], frame["grown"], frame["satisfaction"], frame["continuity"] = 5000, 1.0, 0.8, 0.5
    frame.loc[later, "satisfaction"], frame.loc[later, "continuity"] = 0.7, 0.4
    frame.loc[later & organic, ["satisfaction", "continuity", "grown"]] = [0.7 * 0.98, 0.4 * 0.93, 1.3]
    frame.loc[later & (organic | merged), "list_size"] = 6500  # those merged grew by taking a list over
    found = practices.congestion(told("decade", practice_profiles=frame))
    assert found == pytest.approx({"satisfaction": -0.02, "continuity": -0.07, "with_mergers": -0.02 * 25 / 50})
    few = practices.congestion(told("decade", practice_profiles=frame[~organic]))
    assert few["satisfaction"] == "0 lists grew by a fifth, 20 are needed"
    assert "no five years" in practices.congestion(told("decade", practice_profiles=frame[~later]))["continuity"]


def test_profiles_give_gap_weights_and_rivals_back(told):
    rng = np.random.Generator(np.random.Philox(key=7))
    n = 400
    frame = pd.DataFrame(
        {
            "month": pd.Timestamp("2021-01-01"), "practice": [f"A{i:04d}" for i in range(n)], "list_size": 5000,
            "aged_65_up": rng.uniform(0.05, 0.35, n), "fifth": rng.uniform(1, 5, n), "rural": rng.random(n) < 0.3,
            "overload": rng.normal(0, 0.1, n), "close_rivals": rng.poisson(1, n), "near_rivals": rng.poisson(6, n),
        }
    )  # fmt: skip
    frame["carr_hill"] = 0.7 + 1.2 * frame["aged_65_up"] - 0.03 * frame["fifth"] + 0.05 * frame["rural"]
    frame["satisfaction"] = 0.6 + 0.02 * frame["fifth"]
    run = told(practice_profiles=frame)
    assert practices.weights(run)["slope"] == pytest.approx(0.012)
    fifths = np.sort(frame["fifth"])
    assert practices.deprivation_gap(frame) == pytest.approx(0.02 * (fifths[-80:].mean() - fifths[:80].mean()))
    # Quality that is rivals alone: its slope is 1 SD per SD; there is none on what it does not hang on.
    frame["satisfaction"] = 0.7 + 0.05 * practices.standard(np.log1p(frame["near_rivals"]))
    found = practices.rivals(told(practice_profiles=frame))
    assert found["near"] == pytest.approx(1.0)
    assert found["close"] == pytest.approx(0.0, abs=1e-9)


def test_quality_is_what_choosers_do_beside_the_same_run_without_it(told):
    codes = [f"A{n}" for n in range(25)]
    rows = [("2022-12-01", code, 1000) for code in codes]
    plain = told("plain", raised={"practice": codes, "chosen": 100}, practices=lists(rows))
    rows = [("2022-12-01", code, 1040) for code in codes]
    better = told("better", raised={"practice": codes, "chosen": 115}, practices=lists(rows))
    assert practices.quality(plain, better) == pytest.approx({"chosen": 0.15, "list": 0.04})
    few = told("plain", raised={"practice": codes[:3], "chosen": 100}, practices=lists(rows))
    assert "3 practices" in practices.quality(few, better)["chosen"]


def commissioners(ratio_later, first="2017-04-01", count=36) -> pd.DataFrame:
    """Four commissioners of 100 residents with ratio 1 at first, that of ``ratio_later`` from April 2019 on."""
    codes = [HOST, "E38000001", "E38000002", "E38000003"]
    rows = []
    for month in months(first, count):
        for code, later in zip(codes, ratio_later, strict=True):
            ratio = later if month >= pd.Timestamp("2019-04-01") else 1.0
            rows.append((month, "fixed", code, 100.0 * ratio, 100.0))
    return pd.DataFrame(rows, columns=["month", "boundaries", "commissioner", "registered", "residents"])


def test_host_and_spread_of_the_others(told):
    frame = commissioners([1.45, 1.0, 1.1, 1.2])
    headline = {"month": [pd.Timestamp("2021-01-01")], "registered_resident_ratio_sd": [0.09]}
    run = told(commissioners=frame, headline=headline)
    assert places.host_jump(run) == pytest.approx({"host": 0.45, "others": 0.1})
    found = places.spread(run)
    assert found["sd_2019"] == pytest.approx(0.1)
    assert found["sd_all_2021"] == pytest.approx(0.09)
    assert "2014/15" in found["growth"]


def test_commissioners_that_share_an_authority_are_not_coterminous(make_region):
    made = make_region([[0, 0], [1, 0], [2, 0], [3, 0], [4, 0]], [[0, 0]], area_commissioner=np.array([0, 0, 1, 2, 2]))
    # The first commissioner is two authorities, the others share one.
    region = replace(made, area_authority=np.array([0, 1, 2, 2, 2]))
    assert places.coterminous(region)[0] == {str(region.commissioners[0])}


def test_a_merger_shows_on_current_boundaries_only(told):
    rows = []
    for month, current in (("2021-03-01", 10), ("2021-04-01", 6)):
        rows.append((pd.Timestamp(month), "fixed", 105, 5, 10))
        rows.append((pd.Timestamp(month), "current", 105, 5, current))
    frame = pd.DataFrame(rows, columns=["month", "boundaries", "residents", "unregistered", "outflow"])
    assert places.merger(told(commissioners=frame)) == pytest.approx({"current": -0.4, "fixed": 0.0})
    assert "does not pass" in places.merger(told(commissioners=frame[frame["month"] < "2021-04-01"]))["fixed"]


def test_networks_by_size_and_where_they_overlap_less(told):
    frame = pd.DataFrame(
        {
            "network": range(4), "patients": [30_000, 40_000, 60_000, 0], "catchment": [30_000, 40_000, 60_000, 0],
            "both": [30_000, 20_000, 20_000, 0], "rural": [1.0, 0.5, 0.0, 0.0], "decile": [9.0, 5.0, 1.0, 1.0],
        }
    )  # fmt: skip
    found = places.networks(told(network_catchments=frame))
    assert found["in_band"] == pytest.approx(2 / 3)
    assert found["correlation"] == pytest.approx(1.0)
    assert found["urban"] < -0.9
    assert found["deprived"] < -0.9


def digital_frame(first="2017-04-01", count=60) -> pd.DataFrame:
    frame = pd.DataFrame({"month": months(first, count)})
    return frame.assign(patients=1000, birmingham=50, aged_20_39=850, carr_hill=0.9, registered=1, residents=1)


def test_the_digital_list_is_read_on_its_days(told):
    frame = digital_frame()
    frame.loc[frame["month"] == "2018-02-01", "patients"] = 5000
    run = told(digital_list=frame)
    found = digital.list_path(run)
    assert found["months_3"] == 4950
    assert found["months_12"] == 950
    assert digital.ages(run)["fitted"] == pytest.approx(0.85)
    assert "does not reach" in digital.insolvency(run)["list"]
    # The first year's weight is that of its last quarter; later ones weigh months by patients.
    frame["carr_hill"] = np.where(
        frame["month"] < "2018-01-01", 0.5, np.where(frame["month"] < "2018-04-01", 1.02, 0.8)
    )
    frame.loc[frame["month"] == "2018-04-01", ["carr_hill", "patients"]] = [1.0, 11_000]
    weights = digital.weight_path(told(digital_list=frame))
    assert weights["in_2017"] == pytest.approx(1.02)
    assert weights["in_2018"] == pytest.approx((11 * 1.0 + 11 * 0.8) / 22)
    assert weights["in_2022"] == "the run lacks 2022/23"


def test_insolvency_keeps_a_list_and_strands_the_second_city(told):
    frame = digital_frame(count=90)
    frame.loc[frame["month"] >= "2023-12-01", "patients"] = 970
    found = digital.insolvency(told(digital_list=frame))
    assert found == pytest.approx({"keeps": 0.97, "list": 970.0, "stranded": 0.05})


def test_out_of_area_leaves_the_provider_out_and_counts_from_the_opening(told):
    rows = [(f"{year}-04-01", code, 10_000) for year in range(2014, 2022) for code in ("A1", "A2", "E85124")]
    frame = lists(rows)
    frame.loc[frame["practice"] == "E85124", "out_of_area"] = 9_000
    frame.loc[(frame["practice"] == "A1") & (frame["month"] == "2018-04-01"), "out_of_area"] = 20
    frame.loc[frame["month"] > "2018-04-01", "out_of_area"] = 5_000  # later than 3.5 years after January 2015
    assert digital.out_of_area(told(practices=frame)) == pytest.approx({"share": 0.001, "few": 0.5})


def test_liability_is_of_the_host_and_of_those_from_beyond_its_system(told):
    quarters = pd.date_range("2017-04-01", periods=12, freq="QS")
    frame = pd.DataFrame({"month": quarters, "commissioner": HOST, "unfunded": -5e6, "out_of_area_unfunded": 0.0})
    frame.loc[frame["month"].between("2018-04-01", "2019-01-01"), ["unfunded", "out_of_area_unfunded"]] = [5e6, 500.0]
    run = told(
        money=frame,
        digital_homes={"month": [pd.Timestamp("2019-04-01")], "home_commissioner": ["E38000001"], "patients": [40_000]},
    )
    found = digital.liability(run)
    assert found == pytest.approx({"price": 500.0, "in_2018": 10.0, "abroad": 20.0})


def test_churn_reads_its_denominators(told):
    people = {"what": ["left, of all who joined since July 2017", "returned, of early leavers"], "model": [0.28, 0.8]}
    leaving = {"patients": [1000], "left": [160], "back": [16], "complete": [True]}
    found = digital.churn(told(digital_people=people, leaving=leaving))
    assert found == pytest.approx({"left": 0.28, "early_back": 0.8, "ordinary_left": 0.16, "ordinary_back": 0.1})
    leaving["complete"] = [False]
    assert "long enough" in digital.churn(told(digital_people=people, leaving=leaving))["ordinary_left"]


def test_over_registration_and_its_rise(told):
    frame = {"month": months("2014-04-01", 90)}
    frame["registered_resident_ratio"] = 1.04 + 0.005 / 12 * np.arange(90)
    found = places.excess(told("decade", headline=frame))
    assert found["in_2014"] == pytest.approx(0.04 + 0.005 * 3 / 12)
    assert found["in_2020"] == pytest.approx(0.04 + 0.005 * 75 / 12)
    assert found["rise"] == pytest.approx(0.005, rel=1e-3)


def test_rows_say_verdict_interval_or_why_not(told):
    runs = []
    for seed, odds in ((1, 0.40), (2, 0.42), (3, 0.41)):
        taste = {
            "border_odds": [odds],
            "border_terms": [0.5],
            "metres_a_sd": [500.0 + seed],
            "metres_a_sd_at_1_2_km": [90.0],
        }
        size = np.full(50, 5000.0)
        satisfied = np.linspace(0.6, 0.9, 50)
        rate = {"switched": size * 0.01, "list_size": size, "satisfaction": satisfied}
        trips = {"who": ["all", "all", "joiners", "joiners"], "rural": [False, True] * 2, "patients": [100, 10] * 2}
        trips |= {"km": [160.0, 40.0] * 2, "nearest": [40, 5] * 2}
        profile = {
            "month": [pd.Timestamp("2021-01-01")] * 50, "practice": [f"A{n}" for n in range(50)], "list_size": 5000,
            "aged_65_up": 0.2, "fifth": np.linspace(1, 5, 50), "rural": False, "carr_hill": 1.0, "overload": 0.0,
            "grown": 1.0, "continuity": 0.5,
            "satisfaction": satisfied, "close_rivals": 0, "near_rivals": 0,
        }  # fmt: skip
        tables = {
            "tastes": taste, "switching": rate, "trips": trips, "practice_profiles": profile,
            "practices": lists([(f"{y}-04-01", f"A{n}", 5000 + n) for y in range(2021, 2027) for n in range(5)]),
            "headline": {"month": [pd.Timestamp("2022-03-01")], "satisfaction": [0.72], "practices": [5]},
            "commissioners": commissioners([1.0] * 4).assign(unregistered=0, outflow=1),
        }  # fmt: skip
        runs.append(told("baseline", seed, **tables))
    frame = measured({"baseline": runs}, {"baseline": "part"}, {"history": "no lists of then"}, "0")
    assert list(dict.fromkeys(frame["pattern"])) == list(PATTERNS)
    row = frame.set_index(["pattern", "part"]).loc
    border = row["P8", "odds"]
    assert (border["verdict"], border["interval"], border["seeds"]) == (HOLDS, "95%", 3)
    assert border["from"] == pytest.approx(0.41 - 4.302653 * 0.01 / math.sqrt(3), abs=1e-6)
    assert row["P7", "metres"]["verdict"] == FAILS
    assert row["P11", "opening"]["why"] == "no lists of then"
    assert row["P19", "p5"]["why"] == "the published figure is of all of England"
    assert verdict_of(frame[frame["pattern"] == "P7"]) == FAILS
    assert verdict_of(frame[frame["pattern"] == "P11"]) == NOT_MEASURED
    alone = measured({"baseline": runs[:2]}, {"baseline": "part"}, {}, "0").set_index(["pattern", "part"])
    assert (alone.loc[("P8", "odds"), "interval"], alone.loc[("P8", "odds"), "from"]) == ("range", 0.40)
