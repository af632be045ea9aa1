"""Every figure is drawn from real results, and what it draws is what the results say."""

import json
import shutil
import xml.etree.ElementTree as ET

import duckdb
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from matplotlib.dates import num2date
from matplotlib.image import imread

from analysis import page as pages
from analysis.causes import REST, TOTAL, steps
from analysis.pictures import PLOTS, draw, make, run_alone
from analysis.practice_sizes import change, exits
from analysis.results import NothingToShowError, read
from model.errors import InputError
from runs.experiment_tables import write_frame
from runs.main import gpdrift

OF_ONE_SCENARIO = tuple(
    name for name in PLOTS if name not in ("registered-resident", "map", "boundaries", "history", "scenarios")
)  # fmt: skip


def sql(folder, query):
    """A query on the tables of a run, which are named in braces: {headline}."""
    tables = {file.stem: f"read_parquet('{file}')" for file in folder.glob("*.parquet")}
    return duckdb.sql(query.format(**tables)).df()


@pytest.fixture(scope="module")
def digital(town_runs):
    """The digital scenario with three seeds."""
    return read([town_runs[f"digital-{seed}"] for seed in (1, 2, 3)])


@pytest.fixture(scope="module")
def one_seed(town_runs):
    """The digital scenario with one seed."""
    return read([town_runs["digital-1"]])


def line_of(axes, gid):
    """Values of a line by its name in the figure."""
    return next(line.get_ydata() for line in axes.lines if line.get_gid() == gid)


def panel(page, title):
    """The axes under a heading."""
    return next(axes for axes in page.figure.axes if any(text.get_text() == title for text in axes.texts))


# ---- all of them --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in PLOTS if name != "history"])  # that is in test_history.py
def test_figure_is_written_as_png_and_svg(name, town_runs, merged_run, tmp_path):
    folders = {"boundaries": [merged_run], "scenarios": [town_runs["baseline-1"], town_runs["digital-1"]]}
    given = folders.get(name, [town_runs["digital-1"]])
    seen = imread(draw(name, given, tmp_path / "one.png"))
    assert seen.shape[1] == 1650
    assert (seen[..., :3].min(axis=2) < 0.5).mean() > 0.005  # something is drawn
    drawn = ET.parse(draw(name, given, tmp_path / "one.svg")).getroot()
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize("name", OF_ONE_SCENARIO)
def test_several_seeds_are_one_figure_and_its_source_says_so(name, digital, town_runs):
    page = make(name, digital)
    assert "digital, seeds 1 to 3" in page.source
    start = duckdb.sql(f"SELECT registered FROM '{town_runs['digital-1']}/headline.parquet' ORDER BY month").fetchall()
    assert f"; {start[0][0]:,} people registered in Jan 2021;" in page.source
    assert all(isinstance(frame, pd.DataFrame) for frame in page.data.values())
    assert page.data
    assert page.title
    assert page.answer.endswith(".")


@pytest.mark.parametrize("name", [*OF_ONE_SCENARIO, "map", "registered-resident"])
def test_nothing_lies_outside_the_page(name, digital, one_seed):
    page = make(name, one_seed if name == "registered-resident" else digital)
    box = page.figure.get_tightbbox()
    assert box.x0 > -0.02
    assert box.x1 < page.width + 0.02
    assert box.y0 > -0.02
    assert box.y1 < page.height + 0.02


def test_same_results_give_the_same_bytes(one_seed, town_runs, tmp_path):
    first = draw("flows", [town_runs["digital-1"]], tmp_path / "a.svg").read_bytes()
    assert draw("flows", [town_runs["digital-1"]], tmp_path / "b.svg").read_bytes() == first


@pytest.mark.parametrize("months", [0, 2])
def test_runs_that_end_between_quarters_are_drawn_too(months, tmp_path):
    (tmp_path / "short.toml").write_text(
        f'region = "town"\nmonths = {months}\n[[timeline]]\nevent = "digital-launch"\nmonth = 2021-02-01\n'
    )
    run = ["run", str(tmp_path / "short.toml"), "--out", str(tmp_path / "run"), "--quiet"]
    assert CliRunner().invoke(gpdrift, run, catch_exceptions=False).exit_code == 0
    short = read([tmp_path / "run"])
    for name in PLOTS.keys() - {"scenarios"}:
        try:
            page = make(name, short)
        except NothingToShowError:
            assert name in ("boundaries", "digital", "causes", "history")
            continue
        page.figure.draw_without_rendering()
    assert len(make("scenarios", [short[0], short[0]]).data["scenarios"]) > 0


def test_data_is_written_beside_the_figure(town_runs, tmp_path):
    draw("divergence", [town_runs["digital-1"]], tmp_path / "d.png", tmp_path / "d.csv")
    kept = pd.read_csv(tmp_path / "d.csv")
    assert {"commissioner", "line", "month", "mean", "low", "high"} <= set(kept.columns)
    draw("money", [town_runs["digital-1"]], tmp_path / "m.png", tmp_path / "m.csv")
    assert {file.name for file in tmp_path.glob("m-*.csv")} == {"m-commissioners.csv", "m-region.csv", "m-places.csv"}


def test_modules_run_alone(town_runs, tmp_path, capsys):
    for name, plot in PLOTS.items():
        assert plot.module.startswith("analysis.")
        module = __import__(plot.module, fromlist=["plot"])
        assert module.__doc__.count(f"python -m {plot.module}") == 1, name
    out = tmp_path / "flows.svg"
    assert run_alone("flows", [str(town_runs["digital-1"]), "--out", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    assert run_alone("flows", [str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("flow_matrix: ")
    assert len(said.splitlines()) == 1


def test_results_without_a_table_are_refused_in_a_line(town_runs, tmp_path):
    needs = {
        "divergence": "commissioners", "map": "commissioners", "flows": "flows", "causes": "changes",
        "practices": "practices", "digital": "digital_homes", "money": "money", "left-behind": "left_behind",
        "boundaries": "commissioners", "concentration": "organisations", "scenarios": "headline",
    }  # fmt: skip
    assert needs.keys() == PLOTS.keys() - {"registered-resident", "history"}
    for name, table in needs.items():
        broken = tmp_path / name
        shutil.copytree(town_runs["digital-1"], broken)
        (broken / f"{table}.parquet").unlink()
        others = [town_runs["baseline-1"]] if name == "scenarios" else []
        with pytest.raises(InputError, match=f"has no table {table} ") as refused:
            draw(name, [broken, *others], tmp_path / "x.png")
        assert "\n" not in str(refused.value)
        assert not (tmp_path / "x.png").exists()


def test_what_cannot_be_drawn_is_said(town_runs, tmp_path):
    with pytest.raises(InputError, match="no figure is called 'flow'"):
        draw("flow", [town_runs["digital-1"]])
    with pytest.raises(InputError, match="no results folder given"):
        draw("flows", [])
    with pytest.raises(InputError, match=r"ends in \.gif, expected \.png, \.svg, \.pdf"):
        draw("flows", [town_runs["digital-1"]], tmp_path / "x.gif")
    with pytest.raises(InputError, match=r"expected the name of a \.csv file"):
        draw("flows", [town_runs["digital-1"]], tmp_path / "x.png", tmp_path / "x.txt")
    with pytest.raises(InputError, match="results of one scenario only"):
        draw("scenarios", [town_runs["digital-1"], town_runs["digital-2"]], tmp_path / "x.png")
    with pytest.raises(NothingToShowError, match="no commissioners merge"):
        draw("boundaries", [town_runs["digital-1"]], tmp_path / "x.png")
    with pytest.raises(NothingToShowError, match="no digital provider"):
        draw("digital", [town_runs["baseline-1"]], tmp_path / "x.png")
    with pytest.raises(NothingToShowError, match="is no history of England or of London"):
        draw("history", [town_runs["digital-1"]], tmp_path / "x.png")
    with pytest.raises(InputError, match="gpdrift plot divergence shows the range of several"):
        draw("registered-resident", [town_runs["digital-1"], town_runs["digital-2"]], tmp_path / "x.png")


def test_runs_of_other_lengths_are_not_compared(town_runs, merged_run, tmp_path):
    longer = tmp_path / "longer"
    shutil.copytree(town_runs["baseline-1"], longer)
    told = json.loads((longer / "manifest.json").read_text())
    told["end"] = "2022-01-01"
    (longer / "manifest.json").write_text(json.dumps(told))
    with pytest.raises(InputError, match="baseline is not of the same months as digital"):
        draw("scenarios", [town_runs["digital-1"], longer], tmp_path / "x.png")


def test_map_of_a_region_that_is_gone(town_runs, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(town_runs["digital-1"], moved)
    told = json.loads((moved / "manifest.json").read_text())
    told["scenario"]["region"] = "nowhere"
    (moved / "manifest.json").write_text(json.dumps(told))
    with pytest.raises(NothingToShowError, match=r"map: the region of .* cannot be opened"):
        draw("map", [moved], tmp_path / "x.png")
    told["scenario"]["region"], told["region"]["digest"] = "town", "another"
    (moved / "manifest.json").write_text(json.dumps(told))
    with pytest.raises(NothingToShowError, match="region town is not as it was"):
        draw("map", [moved], tmp_path / "x.png")


# ---- what each draws ----------------------------------------------------------------------------------------------


def test_divergence_draws_the_gap_of_every_month(digital, town_runs):
    page = make("divergence", digital)
    gaps = [
        sql(town_runs[f"digital-{seed}"], "SELECT month, 100.0 * (sum(registered) - sum(residents)) / sum(residents) gap"
            " FROM {commissioners} WHERE boundaries = 'fixed' GROUP BY 1 ORDER BY 1")["gap"] for seed in (1, 2, 3)
    ]  # fmt: skip
    drawn = line_of(panel(page, "All 2 together"), "gap")
    assert np.allclose(drawn, np.mean(gaps, axis=0))
    frame = page.data["divergence"]
    everyone = frame[(frame["commissioner"] == "all") & (frame["line"] == "gap")]
    assert np.allclose(everyone["low"], np.min(gaps, axis=0))
    assert np.allclose(everyone["high"], np.max(gaps, axis=0))
    flows = frame[(frame["commissioner"] == "all") & (frame["line"] == "net_flow")]
    assert np.allclose(flows["mean"], 0)  # what one gains another loses


def test_flow_matrix_rows_are_whole(digital, town_runs):
    page = make("flows", digital)
    frame = page.data["flows"]
    assert np.allclose(frame.groupby("home")["end_share"].sum(), 100)
    crossing = frame.loc[frame["home"] != frame["registered"], "end"].sum()
    told = [
        sql(town_runs[f"digital-{seed}"], "SELECT crossing FROM {headline} ORDER BY month")["crossing"].iloc[-1]
        for seed in (1, 2, 3)
    ]
    assert crossing == pytest.approx(np.mean(told))
    image = panel(page, "Apr 2021").images[0].get_array()
    assert image.mask.diagonal().all()  # the diagonal is not coloured
    assert image[0, 1] == pytest.approx(frame.set_index(["home", "registered"])["end_share"]["C1", "C2"])


def test_waterfalls_add_up_to_the_change_of_the_list(digital, town_runs):
    page = make("causes", digital)
    change = [
        sql(town_runs[f"digital-{seed}"], "SELECT registered FROM {headline} ORDER BY month")["registered"]
        for seed in (1, 2, 3)
    ]
    expected = np.mean([each.iloc[-1] - each.iloc[0] for each in change])
    region = page.data["waterfall-region"]
    assert region["mean"].iloc[-1] == pytest.approx(expected)
    assert region["mean"].iloc[:-1].sum() == pytest.approx(expected)
    bars = panel(page, "The whole region").patches
    reached = 0.0
    for bar in bars[:-1]:  # each begins where the one before ended
        assert bar.get_x() == pytest.approx(reached)
        reached = bar.get_x() + bar.get_width()
    assert reached == pytest.approx(expected)
    for code in ("C1", "C2"):
        rows = page.data["causes"]
        mine = rows[rows["commissioner"] == code]["mean"].sum()
        lists = [
            sql(town_runs[f"digital-{seed}"], "SELECT registered FROM {commissioners} WHERE boundaries = 'fixed' AND"
                f" commissioner = '{code}' ORDER BY month")["registered"] for seed in (1, 2, 3)
        ]  # fmt: skip
        assert mine == pytest.approx(np.mean([each.iloc[-1] - each.iloc[0] for each in lists]))


def test_small_causes_are_added_up_seed_by_seed():
    """Two that are never low in the same seed: their sum ranges over what seeds had, not from both lows to both highs."""
    by_seed = {"arrived": [900, 1000], "removed in error": [-6, 4], "list split": [5, -4], "never": [0, 0]}
    changes = pd.DataFrame(
        [
            ("region", cause, seed, patients)
            for cause, all_of in by_seed.items()
            for seed, patients in enumerate(all_of)
        ],
        columns=["commissioner", "cause", "seed", "patients"],
    )
    rows = steps(changes, "region").set_index("cause")
    assert rows.index.tolist() == ["arrived", REST, TOTAL]
    assert rows.loc[REST, ["mean", "low", "high"]].tolist() == [-0.5, -1, 0]
    assert rows.loc["arrived", ["mean", "low", "high", "start"]].tolist() == [950, 900, 1000, 0]
    assert rows["mean"][TOTAL] == 949.5


def test_practice_sizes_count_every_practice(one_seed, town_runs):
    page = make("practices", one_seed)
    lists = sql(
        town_runs["digital-1"], "SELECT list_size FROM {practices} WHERE month = DATE '2021-04-01' AND list_size > 0"
    )["list_size"]
    assert page.data["classes"]["end"].sum() == len(lists)
    assert page.data["sizes"]["p50"].iloc[-1] == pytest.approx(lists.median())
    assert sum(bar.get_height() for bar in page.figure.axes[-1].patches if bar.get_gid() == "end") == len(lists)


def test_the_middle_practice_grows_or_shrinks_as_it_does(one_seed):
    page = make("practices", one_seed)
    first, last = page.data["sizes"]["p50"].iloc[[0, -1]]
    word = "grew" if last > first else "shrank"
    assert f"the middle one {word} from {first:,.0f} to {last:,.0f} patients" in page.answer
    assert change(10.4, 9.6) == "stayed at 10"
    assert change(9.0, 10.0) == "grew from 9 to 10"
    assert change(10.0, 9.0) == "shrank from 10 to 9"


def test_the_last_class_of_lists_is_open(one_seed):
    axes = make("practices", one_seed).figure.axes[-1]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "5", "10", "15", "20", "25", "30+"]


def test_patients_of_two_providers_are_at_home_with_the_host_of_their_own(town_runs, tmp_path):
    two = tmp_path / "two"
    shutil.copytree(town_runs["digital-1"], two)
    homes = pd.DataFrame(
        {
            "month": pd.Timestamp("2021-04-01"),
            "provider": ["A", "A", "B", "B"],
            "home_commissioner": ["C1", "C2", "C1", "C2"],
            "patients": [10, 30, 40, 20],
            "aged_20_39": 0,
            "new": 0,
        }
    )
    duckdb.from_df(homes).write_parquet(str(two / "digital_homes.parquet"))
    lists = sql(two, "SELECT * FROM {providers} WHERE kind = 'digital' AND month = DATE '2021-04-01'").head(1)
    both = pd.concat(
        [
            lists.assign(name=name, provider=name, commissioner=host, list_size=50)
            for name, host in (("A", "C1"), ("B", "C2"))
        ]
    )
    duckdb.from_df(both).write_parquet(str(two / "providers.parquet"))
    page = make("digital", read([two]))
    assert page.data["homes"]["hosted"].sum() == 10 + 20
    assert "70% lived outside the commissioner that hosts their provider" in page.answer


def test_exits_stand_at_their_last_list(town_runs, tmp_path):
    ended = tmp_path / "ended"
    shutil.copytree(town_runs["digital-1"], ended)
    first = sql(ended, "SELECT min(practice) p FROM {practices}")["p"][0]
    size = sql(ended, f"SELECT list_size n FROM {{practices}} WHERE practice = '{first}' ORDER BY month")["n"].iloc[0]
    rows = sql(ended, "SELECT * FROM {practices}")
    gone = (rows["practice"] == first) & (rows["month"] > "2021-01-01")
    rows["list_size"] = rows["list_size"].mask(gone, 0)
    rows["ended"] = gone & (rows["month"] == "2021-04-01")
    duckdb.from_df(rows).write_parquet(str(ended / "practices.parquet"))
    found = exits(read([ended])[0])
    assert found["practice"].tolist() == [first]
    assert found["last_size"].tolist() == [size]


@pytest.mark.parametrize(
    ("events", "months", "told", "quarter"),
    [
        (
            {"digital-launch": "2021-02-01", "digital-fails": "2021-05-01"},
            7,
            "0 patients in Aug 2021; of those who were there in Apr 2021,",
            True,
        ),
        ({"digital-launch": "2021-05-01"}, 5, " patients in Jun 2021.", False),
    ],
)
def test_digital_growth_tells_of_the_last_quarter_with_patients(tmp_path, events, months, told, quarter):
    """A provider that has failed since then, and one that was launched after it."""
    timeline = "".join(f'[[timeline]]\nevent = "{event}"\nmonth = {month}\n' for event, month in events.items())
    (tmp_path / "short.toml").write_text(f'region = "town"\nmonths = {months}\n{timeline}')
    run = ["run", str(tmp_path / "short.toml"), "--out", str(tmp_path / "run"), "--quiet"]
    assert CliRunner().invoke(gpdrift, run, catch_exceptions=False).exit_code == 0
    page = make("digital", read([tmp_path / "run"]))
    assert told in page.answer
    assert (page.data["homes"]["mean"].sum() > 0) == quarter
    assert (page.data["deprivation"]["mean"].sum() > 0) == quarter


def test_digital_growth_is_the_providers_lists(digital, town_runs):
    page = make("digital", digital)
    lists = [
        sql(town_runs[f"digital-{seed}"], "SELECT sum(list_size) n FROM {providers} WHERE kind = 'digital'"
            " AND month = DATE '2021-04-01'")["n"][0] for seed in (1, 2, 3)
    ]  # fmt: skip
    drawn = line_of(panel(page, "Patients"), "App <i>GP</i>")
    assert drawn[-1] == pytest.approx(np.mean(lists))
    assert drawn[0] == 0  # before the launch
    homes = page.data["homes"]
    assert homes["host"].sum() == 1
    assert homes["mean"].is_monotonic_decreasing


def test_money_balances_sum_to_nothing(one_seed, town_runs):
    page = make("money", one_seed)
    ends = page.data["commissioners"].query("when == 'end'")
    told = sql(town_runs["digital-1"], "SELECT commissioner, balance FROM {money} WHERE month = DATE '2021-04-01'")
    assert ends.set_index("commissioner")["mean"].to_dict() == pytest.approx(
        (told.set_index("commissioner")["balance"] * 1e-6).to_dict()
    )
    assert ends["mean"].sum() == pytest.approx(0, abs=1e-5)  # the pot is shared out
    places = page.data["places"]
    held = places.groupby("side")["mean"].sum()
    assert held["held_for_others"] == pytest.approx(held["held_elsewhere"], abs=1e-6)  # one's gain is another's loss


def test_left_behind_draws_every_fifth(one_seed, town_runs):
    page = make("left-behind", one_seed)
    told = sql(
        town_runs["digital-1"], "SELECT satisfaction FROM {left_behind} WHERE deprivation = 1 ORDER BY month"
    )["satisfaction"]  # fmt: skip
    assert np.allclose(line_of(panel(page, "Satisfied"), "fifth-1"), 100 * told)
    assert len([line for line in panel(page, "On no list").lines if line.get_gid()]) == 5


def test_boundaries_of_the_day_end_misalignment_when_all_become_one(merged_run):
    page = make("boundaries", read([merged_run]))
    gross = panel(page, "Registered with another commissioner")
    fixed, today = line_of(gross, "fixed"), line_of(gross, "current")
    assert fixed[0] == today[0] > 0
    assert today[-1] == 0  # one commissioner: nobody is registered elsewhere
    assert fixed[-1] > 0  # though nobody moved
    headline = sql(
        merged_run, "SELECT 100 * gross_misalignment g, 100 * net_misalignment n FROM {headline} ORDER BY month"
    )
    assert np.allclose(fixed, headline["g"])
    assert np.allclose(line_of(panel(page, "The net part of it"), "fixed"), headline["n"])


def test_concentration_is_the_headlines(one_seed, town_runs):
    page = make("concentration", one_seed)
    told = sql(town_runs["digital-1"], "SELECT 100 * organisation_hhi h FROM {headline} ORDER BY month")["h"]
    assert np.allclose(line_of(panel(page, "In a place"), "organisation_hhi"), told)
    kinds = panel(page, "By kind of organisation")
    dots = next(line for line in kinds.lines if line.get_gid() == "digital-recorded")
    recorded = sql(town_runs["digital-1"], "SELECT DISTINCT month FROM {practices} ORDER BY month")["month"]
    assert pd.DatetimeIndex(dots.get_xdata(orig=True)).equals(pd.DatetimeIndex(recorded))
    labels = [text for text in kinds.texts if text.get_text().endswith("%")]
    assert labels
    assert min(text.xy[1] for text in labels) >= kinds.get_ylim()[0]


def test_scenarios_are_compared_seed_by_seed(town_runs):
    both = read([town_runs[f"{name}-{seed}"] for name in ("baseline", "digital") for seed in (1, 2, 3)])
    page = make("scenarios", both)
    frame = page.data["scenarios"].set_index(["measure", "scenario"])
    ends = {
        name: np.array([
            sql(town_runs[f"{name}-{seed}"], "SELECT 100 * gross_misalignment g FROM {headline} ORDER BY month")["g"].iloc[-1]
            for seed in (1, 2, 3)
        ]) for name in ("baseline", "digital")
    }  # fmt: skip
    row = frame.loc[("gross_misalignment", "digital")]
    assert row["mean"] == pytest.approx(ends["digital"].mean())
    assert row["difference"] == pytest.approx((ends["digital"] - ends["baseline"]).mean())
    assert row["difference_from"] < row["difference"] < row["difference_to"]
    # Paired by seed the effect is known better than the level is.
    assert row["difference_to"] - row["difference_from"] < row["to"] - row["from"]
    assert frame.loc[("digital", "baseline"), "mean"] == 0
    dot = next(line for line in panel(page, "With another commissioner").lines if line.get_gid() == "digital")
    assert dot.get_xdata()[0] == pytest.approx(ends["digital"].mean())


def test_scenarios_that_do_not_differ_are_told_so(town_runs, tmp_path):
    shutil.copytree(town_runs["baseline-1"], tmp_path / "same")
    manifest = json.loads((tmp_path / "same" / "manifest.json").read_text())
    manifest["scenario"]["name"] = "same"
    (tmp_path / "same" / "manifest.json").write_text(json.dumps(manifest))
    both = [town_runs["baseline-1"], tmp_path / "same"]
    assert (
        make("scenarios", read(both)).answer == "Nothing differs from baseline: every measure is the same at the end."
    )
    changed = sql(
        tmp_path / "same", "SELECT * REPLACE (ghosts + 7 AS ghosts, travel_km + 1 AS travel_km) FROM {headline}"
    )
    write_frame(changed, tmp_path / "same" / "headline.parquet")
    assert make("scenarios", read(both)).answer == (
        "The share registered with another commissioner is that of baseline throughout; 2 other measures differ."
    )
    ghosts = panel(make("scenarios", read(both)), "Ghosts")
    at = {line.get_gid(): line.get_xdata()[0] for line in ghosts.lines if line.get_gid()}
    left, right = ghosts.get_xlim()
    assert 0 < abs(at["same"] - at["baseline"]) < 0.01 * (right - left), "what is labelled 0.0 looks like it"


def test_map_is_coloured_by_commissioner(one_seed, town_runs):
    page = make("map", one_seed)
    frame = page.data["map"].set_index("commissioner")
    told = sql(town_runs["digital-1"], "SELECT commissioner, month, 100.0 * (registered - residents) / residents gap FROM"
               " {commissioners} WHERE boundaries = 'fixed' ORDER BY month")  # fmt: skip
    first, last = (
        told[told["month"] == month].set_index("commissioner")["gap"] for month in ("2021-01-01", "2021-04-01")
    )
    assert frame["before"].to_dict() == pytest.approx(first.to_dict())
    assert frame["change"].to_dict() == pytest.approx((last - first).to_dict())
    cells = panel(page, "Change").collections[0].get_array()
    assert len(cells) == one_seed[0].manifest["region"]["areas"]
    assert set(np.round(cells.data, 9)) == set(np.round(frame["change"], 9))


def test_map_of_two_scenarios_is_their_difference(town_runs):
    both = read([town_runs["baseline-1"], town_runs["digital-1"]])
    frame = make("map", both).data["map"]
    assert np.allclose(frame["change"], frame["after"] - frame["before"])
    assert frame["change"].abs().max() > 0
    same = make("map", [both[0], both[0]]).data["map"]
    assert (same["change"] == 0).all()


def test_time_runs_over_the_whole_run(one_seed):
    for axes in make("divergence", one_seed).figure.axes:
        ends = [num2date(at).date() for at in axes.get_xlim()]
        assert ends == [one_seed[0].start, one_seed[0].end]


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        ([3], "seed 3"),
        ([1, 2], "seeds 1 and 2"),
        (list(range(4, 24)), "seeds 4 to 23"),
        ([1, 5, 9], "seeds 1, 5 and 9"),
    ],
)
def test_seeds_in_words(seeds, words):
    assert pages.seeds_in_words(seeds) == words


def test_numbers_in_words():
    assert pages.signed(-1234.4) == "\N{MINUS SIGN}1,234"
    assert pages.signed(0.04, ".1f") == "0.0"
    assert pages.signed(-0.04, ".1f") == "0.0"
    assert pages.signed(2.5, ".1f") == "+2.5"
