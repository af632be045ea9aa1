"""Results folders are gathered by scenario; anything wrong with one is said in a line."""

import json
import shutil
import subprocess
import sys

import duckdb
import pandas as pd
import pytest

from analysis.drift import read as read_drift
from analysis.history_tables import read_run as read_history
from analysis.pictures import draw
from analysis.report import write
from analysis.results import only, read, settings
from model.errors import InputError
from runs.experiment_tables import write_frame
from runs.summary import summarise


def test_seeds_of_a_scenario_are_gathered_in_order(town_runs):
    ensembles = read([town_runs[name] for name in ("digital-3", "baseline-1", "digital-1")])
    assert [(e.label, e.seeds) for e in ensembles] == [("digital", [1, 3]), ("baseline", [1])]
    rows = ensembles[0].table("headline", ["month", "residents"])
    assert list(rows.columns) == ["seed", "month", "residents"]
    assert rows.groupby("seed").size().to_dict() == {1: 4, 3: 4}


def test_a_folder_of_folders_is_all_of_them(town_runs):
    ensembles = read([town_runs["digital-1"].parent])
    assert {e.label: e.seeds for e in ensembles} == {"baseline": [1, 2, 3], "digital": [1, 2, 3]}


def test_scenarios_are_chosen_by_name(town_runs):
    folder = [town_runs["digital-1"].parent]
    assert [e.label for e in read(folder, ["digital"])] == ["digital"]
    with pytest.raises(InputError, match="--scenario digitl: not among these results, which hold baseline, digital"):
        read(folder, ["digitl"])


def test_a_run_given_twice_is_refused(town_runs):
    with pytest.raises(InputError, match=r"is the run of .* again \(digital, seed 1\); give each once"):
        read([town_runs["digital-1"], town_runs["digital-1"]])


def test_scenarios_of_one_name_are_told_apart(town_runs, tmp_path):
    changed = tmp_path / "changed"
    shutil.copytree(town_runs["digital-2"], changed)
    manifest = json.loads((changed / "manifest.json").read_text())
    manifest["scenario"]["choice"]["inertia"] = 9.5
    (changed / "manifest.json").write_text(json.dumps(manifest))
    labels = [e.label for e in read([town_runs["digital-1"], changed])]
    assert labels[1] == "digital (inertia 9.5)"
    assert labels[0].startswith("digital (inertia ")
    manifest["scenario"]["timeline"] = []
    (changed / "manifest.json").write_text(json.dumps(manifest))
    assert [e.label for e in read([town_runs["digital-1"], changed])] == ["digital (digital-1)", "digital (changed)"]


def test_one_scenario_only(town_runs):
    with pytest.raises(InputError, match="results of 2 scenarios \\(digital, baseline\\): this figure is of one"):
        only(read([town_runs["digital-1"], town_runs["baseline-1"]]))


def test_what_is_no_results_folder_is_refused(tmp_path, town_runs):
    for manifest in ("", "{}", "[]", '{"status": "complete"}'):
        (tmp_path / "manifest.json").write_text(manifest)
        with pytest.raises(InputError, match="no results folder"):
            read([tmp_path])
    told = json.loads((town_runs["digital-1"] / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps(told | {"status": "running"}))
    with pytest.raises(InputError, match="is not complete"):
        read([tmp_path])


def test_a_missing_or_damaged_table_is_one_line(town_runs, tmp_path):
    broken = tmp_path / "it's broken"
    shutil.copytree(town_runs["digital-1"], broken)
    run = read([broken])[0]
    assert len(run.table("flows")) > 0  # a quote in the name of a folder is no trouble
    (broken / "flows.parquet").unlink()
    with pytest.raises(InputError, match="has no table flows"):
        run.table("flows")
    with pytest.raises(InputError, match=r"headline.parquet: has no column nonsense; it was made by another version"):
        run.table("headline", ["month", "nonsense"])
    text = duckdb.sql(f"SELECT * REPLACE (month::VARCHAR AS month) FROM '{town_runs['digital-1']}/events.parquet'")
    text.write_parquet(str(broken / "events.parquet"))
    with pytest.raises(InputError, match=r"events.parquet, column month: found \w+ values, expected dates; make the"):
        _ = read([broken])[0].table("events", ["month"])
    none = duckdb.sql(f"SELECT * REPLACE (NULL::DATE AS month) FROM '{town_runs['digital-1']}/neighbourhoods.parquet'")
    none.write_parquet(str(broken / "neighbourhoods.parquet"))
    with pytest.raises(InputError, match=r"neighbourhoods.parquet, column month: found an empty cell, expected dates;"):
        _ = read([broken])[0].table("neighbourhoods")
    (broken / "money.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(InputError, match=r"money.parquet: cannot be read") as refused:
        run.table("money")
    assert "\n" not in str(refused.value)


def test_settings_are_flat():
    assert settings({"a": {"b": 1, "c": {"d": [2]}}, "timeline": [{"e": 3}]}) == {
        "a.b": 1, "a.c.d": [2], "timeline": [{"e": 3}],
    }  # fmt: skip


@pytest.mark.slow
def test_runs_of_an_experiment_are_read_in_the_order_of_its_design(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.toml").write_text(
        'region = "town"\nmonths = 3\nseeds = 2\nbaseline = "baseline"\nmeasures = ["gross_misalignment"]\n'
        '[[scenarios]]\nscenario = "baseline"\n[[scenarios]]\nscenario = "list-split-1000"\n'
    )
    command = ["experiment", "run", "two.toml", "--out", "done"]
    done = subprocess.run([sys.executable, "-m", "runs.main", *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ensembles = read([tmp_path / "done"])
    assert [(e.label, e.seeds) for e in ensembles] == [("baseline", [1, 2]), ("list-split-1000", [1, 2])]
    rows = ensembles[1].table("headline")
    assert "run" not in rows.columns
    assert rows.groupby("seed").size().tolist() == [4, 4]
    draw("scenarios", [tmp_path / "done"], tmp_path / "s.png")
    draw("divergence", [tmp_path / "done"], tmp_path / "d.png", scenarios=["list-split-1000"])
    assert write([tmp_path / "done"], out=tmp_path / "r.html").stat().st_size > 100_000


@pytest.mark.parametrize(("name", "beside"), [("m[1]", "m1"), ("a*", "ab"), ("seed=1", "seed=2")])
class TestFoldersOfAnyName:
    def test_a_run_is_read_from_its_own_folder(self, town_runs, tmp_path, name, beside):
        shutil.copytree(town_runs["digital-1"], tmp_path / name)
        shutil.copytree(town_runs["baseline-2"], tmp_path / beside)
        (found,), (true,) = read([tmp_path / name]), read([town_runs["digital-1"]])
        for table in ("headline", "commissioners", "events"):
            assert found.table(table).equals(true.table(table))
        assert summarise(tmp_path / name) == summarise(town_runs["digital-1"])
        for read_numbers in (read_drift, read_history):
            assert str(read_numbers(tmp_path / name)) == str(read_numbers(town_runs["digital-1"]))

    def test_an_experiment_is_read_from_its_own_folder(self, town_runs, tmp_path, name, beside):
        for folder, run in ((name, "digital-1"), (beside, "baseline-2")):
            tables = tmp_path / folder / "tables"
            tables.mkdir(parents=True)
            (whole,) = read([town_runs[run]])
            write_frame(whole.table("headline").assign(run=run, scenario="it"), tables / "headline.parquet")
            told = pd.DataFrame({"run": [run], "manifest": [json.dumps(whole.manifest)]})
            write_frame(told, tables / "manifests.parquet")
            write_frame(told[["run"]], tmp_path / folder / "runs.parquet")
        (found,), (true,) = read([tmp_path / name]), read([town_runs["digital-1"]])
        assert found.runs[0].id == "digital-1"
        assert found.table("headline").equals(true.table("headline"))


def test_a_table_of_commissioners_without_rows_is_one_line(town_runs, tmp_path):
    emptied = tmp_path / "emptied"
    shutil.copytree(town_runs["digital-1"], emptied)
    rows = duckdb.sql(f"SELECT * FROM '{town_runs['digital-1']}/commissioners.parquet' LIMIT 0")
    rows.write_parquet(str(emptied / "commissioners.parquet"))
    with pytest.raises(InputError, match=r"emptied: the table commissioners has no rows on fixed boundaries; make the"):
        draw("divergence", [emptied], tmp_path / "divergence.png")
