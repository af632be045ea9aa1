"""The history tables say what the results folder says, at the dates the published figures are of."""

import csv
import datetime
import json
import shutil

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.image import imread

from analysis.history import main
from analysis.history_tables import read_run, tables
from analysis.pictures import make
from analysis.published_history import HOST, Figure, Published, list_time, published
from analysis.results import read
from model.errors import InputError
from runs.main import gpdrift


def write(folder, name, rows, columns):
    """A Parquet table of rows."""
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE made ({columns})")
        con.executemany(f"INSERT INTO made VALUES ({', '.join('?' * len(rows[0]))})", rows)
        con.execute(f"COPY made TO '{folder / name}.parquet' (FORMAT parquet)")


def make_results(folder, name="history", *, first=(2017, 4), months=48, per_month=1000, residents=55_000_000):
    """Results of so many months in which every number grows by the month: list 2,500 + 1,000 a month."""
    folder.mkdir()
    days = [
        datetime.date(first[0] + (first[1] - 1 + m) // 12, (first[1] - 1 + m) % 12 + 1, 1) for m in range(months + 1)
    ]
    write(
        folder, "headline",
        [(d, residents, round(residents * (1.05 + 0.001 * m)), 7500 - 10 * m, 7700.0 + m, 0.32) for m, d in enumerate(days)],
        "month DATE, residents BIGINT, registered BIGINT, practices BIGINT, mean_list DOUBLE, list_gini DOUBLE",
    )  # fmt: skip
    write(
        folder, "commissioners",
        [row for m, d in enumerate(days) for row in ((d, "fixed", HOST, 200_000 + m, 183_000 + 2 * m), (d, "current", HOST, 0, 0))],
        "month DATE, boundaries VARCHAR, commissioner VARCHAR, registered BIGINT, residents BIGINT",
    )  # fmt: skip
    write(
        folder, "providers",
        [(d, "new-0001", "digital", per_month * m) for m, d in enumerate(days)] + [(days[-1], "T1", "trust", 5)],
        "month DATE, practice VARCHAR, kind VARCHAR, list_size BIGINT",
    )  # fmt: skip
    write(folder, "practices", [(days[0], "E85124", 2500)], "month DATE, practice VARCHAR, list_size BIGINT")
    region = {"name": "Made, 2017", "digest": "0"}
    manifest = {
        "scenario": {"name": name},
        "seed": 1,
        "versions": {"gpdrift": "0"},
        "region": region,
        "status": "complete",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return make_results(tmp_path_factory.mktemp("history") / "run")


def rows_of(results, told=None):
    return {(row.measure, row.when): row for row in tables([read_run(results)], told or Published())}


def test_the_provider_is_compared_each_quarter_with_its_practice_counted_once(results):
    rows = rows_of(results)
    quarters = [when for measure, when in rows if measure == "list"]
    assert quarters[0] == "Apr 2017"
    assert len(quarters) == 17
    assert rows["list", "Apr 2017"].model == (2500,)
    assert rows["list", "Apr 2017"].published == 2500
    assert rows["list", "Jan 2018"].model == (2500 + 9000,)
    # Between 11,867 on 1 December 2017 and 19,104 on 1 February 2018, half way.
    assert rows["list", "Jan 2018"].published == pytest.approx((11867 + 19104) / 2)
    assert rows["list", "Jan 2018"].note


def test_once_the_practice_is_the_providers_it_is_not_added(tmp_path):
    made = make_results(tmp_path / "run", months=3)
    with duckdb.connect() as con:
        file = made / "providers.parquet"
        con.execute(
            f"CREATE TABLE t AS SELECT month, 'E85124' AS practice, kind, list_size + 2500 AS list_size FROM '{file}'"
        )
        con.execute(f"COPY t TO '{file}' (FORMAT parquet)")
    assert read_run(made).digital.tolist() == [2500, 3500, 4500, 5500]


def test_the_host_is_compared_as_its_lists_are_counted(results):
    rows = rows_of(results)
    assert rows["registered", "2017/18"].model == (200_009,)  # 1 January 2018
    assert rows["registered", "2018/19"].model == (200_000 + np.mean(np.arange(12, 24)),)
    assert rows["registered", "2018/19"].published == 250_548
    assert rows["resident", "mid-2017"].model == (183_006,)
    assert rows["resident", "mid-2017"].published == 182_998
    assert ("registered", "2016/17") not in rows
    assert ("registered", "2021/22") not in rows


def test_practices_are_those_left_at_the_end_of_the_year(results):
    rows = rows_of(results)
    assert rows["practices", "end of 2016/17"].model == (7490,)
    assert rows["practices", "end of 2016/17"].published == 7508
    assert rows["practices", "end of 2018/19"].model == (7500 - 250,)
    assert rows["Gini of lists", "end of 2016/17"].model == (0.32,)


def test_over_registration_is_beside_both_kinds_of_published_figure(results):
    told = Published(computed_excess={2017: 0.055})
    rows = rows_of(results, told)
    assert rows["registered over resident, less 1", "2017/18"].model[0] == pytest.approx(0.059, abs=1e-6)
    assert rows["registered over resident, less 1", "2017/18"].published == 0.055
    assert rows["as said at the time", "2018"].model[0] == pytest.approx(0.065, abs=1e-6)
    assert rows["as said at the time", "2018"].published == 0.065


def test_a_part_of_england_is_not_measured_with_englands_figures(tmp_path):
    rows = rows_of(make_results(tmp_path / "part", residents=9_000_000, months=25))
    assert np.isnan(rows["practices", "end of 2017/18"].published)
    assert ("as said at the time", "2018") not in rows


def test_published_lists_are_not_carried_across_long_gaps():
    told = Published(digital={datetime.date(2017, 1, 1): Figure(0, ""), datetime.date(2018, 1, 1): Figure(365, "")})
    assert told.digital_at(datetime.date(2017, 7, 1)) is None
    assert told.digital_at(datetime.date(2017, 7, 1), apart=365) == (181, False)
    assert told.digital_at(datetime.date(2018, 1, 1)) == (365, True)
    assert told.digital_at(datetime.date(2019, 1, 1)) is None
    assert (list_time(2017), list_time(2018)) == (2018.0, 2018.75)


def test_the_command_writes_tables_and_picture(results, tmp_path, capsys):
    other = make_results(tmp_path / "without", "without", per_month=0)
    assert main([str(results), str(other), "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    text = (tmp_path / "history.md").read_text()
    assert text in said
    assert "| Jan 2018 | 11,500 | 2,500 |" in text
    lines = list(csv.DictReader((tmp_path / "history.csv").open()))
    assert {line["run"] for line in lines} == {"history", "without"}
    told = {(line["measure"], line["when"], line["run"]): line for line in lines}
    assert float(told["list", "Jan 2018", "without"]["model"]) == 2500
    pixels = imread(tmp_path / "history.png")[..., :3]
    drawn = (pixels < 0.9).any(axis=2)
    assert 0.01 < drawn.mean() < 0.5
    assert not drawn[:5].any()
    assert not drawn[:, -5:].any()


def test_the_figure_is_one_of_gpdrift_plot(results, tmp_path):
    other = make_results(tmp_path / "without", "without", per_month=0)
    plot = [
        "plot",
        "history",
        str(results),
        str(other),
        "--out",
        str(tmp_path / "h.png"),
        "--data",
        str(tmp_path / "h.csv"),
    ]
    done = CliRunner().invoke(gpdrift, plot, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert imread(tmp_path / "h.png").shape[1] == 1650
    lines = list(csv.DictReader((tmp_path / "h.csv").open()))
    told = {(line["measure"], line["when"], line["run"]): float(line["model"]) for line in lines}
    assert told["list", "Jan 2018", "history"] == 2500 + 9000
    page = make("history", read([results, other]))
    lines = {line.get_gid(): line.get_ydata() for line in page.figure.axes[0].lines}
    assert lines["history"].tolist() == [(2500 + 1000 * month) / 1000 for month in range(49)]
    assert set(lines["published"]) <= {figure.value / 1000 for figure in Published().digital.values()}
    # April 2021 lies between the published lists of September 2020 and August 2021, too far from either.
    assert "In Apr 2021" not in page.answer
    assert "GP at Hand's list is 43,500 in the model, and was 84,140 as published" in page.answer


def test_of_several_seeds_one_is_drawn_and_named(results, tmp_path):
    shutil.copytree(results, tmp_path / "second")
    manifest = json.loads((tmp_path / "second" / "manifest.json").read_text())
    (tmp_path / "second" / "manifest.json").write_text(json.dumps({**manifest, "seed": 2}))
    page = make("history", read([results, tmp_path / "second"]))
    told = " ".join(page.source.split())
    assert told.endswith("Of several seeds one is drawn: history seed 1 (of 2).")
    assert "Of several" not in make("history", read([results])).source


def test_bad_input_is_one_line(results, tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    assert "no complete results folder" in capsys.readouterr().err
    assert main([str(results), "--data", str(tmp_path)]) == 2
    assert "payments_practice" in capsys.readouterr().err
    assert main([str(results), "--out", str(tmp_path / "none")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    with pytest.raises(InputError, match="is missing"):
        published(tmp_path)


def test_a_run_of_another_time_is_refused_and_nothing_written(tmp_path, capsys):
    later = make_results(tmp_path / "later", first=(2021, 1))
    before = sorted(later.iterdir())
    assert main([str(later)]) == 2
    assert "is no history of England or of London (January 2021" in capsys.readouterr().err
    assert sorted(later.iterdir()) == before


@pytest.mark.parametrize("taken", ["history.md", "history.csv", "history.png"])
def test_where_one_file_cannot_be_written_none_is(results, tmp_path, capsys, taken):
    (tmp_path / taken).mkdir()
    assert main([str(results), "--out", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert f"{taken} is a folder" in told.err
    assert told.out == ""
    assert [each.name for each in tmp_path.iterdir()] == [taken]


def test_typed_figures_are_those_of_the_files(real_data):
    typed, told = Published(), published(real_data)
    for year, figure in typed.host_registered.items():
        assert told.host_registered[year].value == pytest.approx(figure.value, abs=1)
    for year, figure in typed.host_resident.items():
        assert told.host_resident[year].value == figure.value
    for year, (number, mean, inequality) in typed.practices.items():
        assert told.practices[year][0] == number
        assert told.practices[year][1] == pytest.approx(mean, abs=1)
        assert np.isnan(inequality) or told.practices[year][2] == pytest.approx(inequality, abs=5e-4)
    assert told.digital[datetime.date(2021, 1, 1)].value == 89_786
    assert told.digital[datetime.date(2017, 10, 1)].value == 4_564
    # 58.33m on lists on 1 January 2017 over 55.44m residents, half way between the two mid-years.
    assert told.computed_excess[2016] == pytest.approx(0.052, abs=5e-4)


def test_tables_of_a_real_run(tmp_path):
    """A run of the town has the tables and columns that are read, and the provider's list is the run's own."""
    (tmp_path / "mine.toml").write_text(
        'title = "A provider opens"\nregion = "town"\nmonths = 5\n'
        '[[timeline]]\nevent = "digital-launch"\nmonth = 2021-02-01\nname = "GP at Hand"\n'
    )
    run = ["run", str(tmp_path / "mine.toml"), "--out", str(tmp_path / "run"), "--quiet"]
    done = CliRunner().invoke(gpdrift, run, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    read = read_run(tmp_path / "run")
    told = duckdb.sql(f"SELECT digital FROM '{tmp_path / 'run' / 'headline.parquet'}' ORDER BY month").fetchall()
    assert read.digital.tolist() == [row[0] for row in told]
    assert read.digital[-1] > 0
    assert read.at(datetime.date(2021, 1, 1), read.headline["practices"]) > 0
    assert not read.is_england
    assert main([str(tmp_path / "run")]) == 2, "nothing is published of it"
