"""The folder of an experiment: claims only one process can make, runs that are whole or absent, tables of all of them."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from model.errors import InputError
from model.geography.region_files import write_region
from model.geography.synthesise import synthesise
from runs.experiment_claims import Claims
from runs.experiment_design import Design
from runs.experiment_files import design_of
from runs.experiment_ledger import PLAN, Ledger, check_folder, keep_region, load_plan, put_or_drop
from runs.experiment_plan import Plan, make_plan, model_version
from runs.experiment_tables import gather, read_frame
from runs.experiment_task import Task, do_run, opened


def small(seeds: int = 2, **more: object) -> Plan:
    content = {
        "name": "small", "region": "town", "months": 0, "seeds": seeds, "tables": ["headline", "commissioners"],
        "scenarios": [{"scenario": "baseline"}, {"scenario": "digital-entry"}], **more,
    }  # fmt: skip
    return make_plan(design_of(content, "small"))


class TestClaims:
    def test_one_of_many_gets_it(self, tmp_path: Path):
        rivals = [Claims(tmp_path / "claims") for _ in range(8)]
        won: list[bool] = []
        start = threading.Barrier(len(rivals))

        def try_it(claims: Claims) -> None:
            start.wait()
            won.append(claims.take("run"))

        threads = [threading.Thread(target=try_it, args=(claims,)) for claims in rivals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(won) == [False] * 7 + [True]

    def test_given_up_it_is_free_again(self, tmp_path: Path):
        first, second = Claims(tmp_path), Claims(tmp_path)
        assert first.take("run")
        assert second.taken("run")
        assert not second.take("run")
        first.release_all()
        assert not second.taken("run")
        assert second.take("run")

    def test_that_of_a_dead_process_is_taken_over(self, tmp_path: Path):
        script = f"from runs.experiment_claims import Claims; from pathlib import Path; print(Claims(Path({str(tmp_path)!r})).take('run'))"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "True"
        assert (tmp_path / "run").exists()
        assert Claims(tmp_path).take("run")

    def test_that_of_another_machine_is_taken_over_when_it_is_no_longer_touched(self, tmp_path: Path):
        claim = tmp_path / "run"
        claim.write_text(json.dumps({"host": "elsewhere.invalid", "pid": 1, "token": "x"}))
        assert not Claims(tmp_path).take("run")
        long_ago = time.time() - 10_000
        os.utime(claim, (long_ago, long_ago))
        assert Claims(tmp_path).take("run")

    def test_one_taken_after_all_were_given_up_is_kept_fresh(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("runs.experiment_claims.FRESHEN_SECONDS", 0.05)
        claims = Claims(tmp_path)
        for name in ("run", "gathering"):
            assert claims.take(name)
            os.utime(tmp_path / name, (0, 0))
            end = time.monotonic() + 10
            while (tmp_path / name).stat().st_mtime == 0:
                assert time.monotonic() < end, f"nobody keeps {name} fresh"
                time.sleep(0.02)
            claims.release_all()

    def test_that_of_a_process_that_lives_here_is_its_own_however_old(self, tmp_path: Path):
        first, second = Claims(tmp_path), Claims(tmp_path)
        assert first.take("gathering")
        os.utime(tmp_path / "gathering", (0, 0))
        assert second.taken("gathering")
        assert not second.take("gathering")
        second.sweep()
        assert (tmp_path / "gathering").exists()

    @pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="tells processes apart by /proc")
    def test_that_of_a_process_that_ended_unnoticed_is_taken_over(self, tmp_path: Path):
        script = f"from runs.experiment_claims import Claims; from pathlib import Path; Claims(Path({str(tmp_path)!r})).take('run')"
        with subprocess.Popen([sys.executable, "-c", script]) as ended:
            stat = Path(f"/proc/{ended.pid}/stat")
            end = time.monotonic() + 60
            while ") Z " not in stat.read_text():
                assert time.monotonic() < end
                time.sleep(0.05)
            assert (tmp_path / "run").exists()
            assert Claims(tmp_path).take("run")

    @pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="tells processes apart by /proc")
    def test_that_of_a_dead_process_whose_number_another_has_is_taken_over(self, tmp_path: Path):
        assert Claims(tmp_path).take("run")
        owner = json.loads((tmp_path / "run").read_text())
        (tmp_path / "run").write_text(json.dumps({**owner, "born": "1"}))
        assert Claims(tmp_path).take("run")

    def test_one_that_was_taken_over_is_neither_given_up_nor_kept_fresh(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("runs.experiment_claims.FRESHEN_SECONDS", 0.01)
        silent = Claims(tmp_path)
        for name in ("run", "kept"):
            assert silent.take(name)
        theirs = json.dumps({"host": "elsewhere.invalid", "pid": 1, "token": "x"})
        (tmp_path / "run").write_text(theirs)
        for name in ("run", "kept"):
            os.utime(tmp_path / name, (0, 0))
        end = time.monotonic() + 10
        while (tmp_path / "kept").stat().st_mtime == 0:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert (tmp_path / "run").stat().st_mtime == 0
        silent.release_all()
        assert {file.name: file.read_text() for file in tmp_path.iterdir() if file.name[0] != "."} == {"run": theirs}

    def test_what_dead_processes_left_is_swept_and_what_others_hold_is_not(self, tmp_path: Path):
        script = (
            "from runs.experiment_claims import Claims; from pathlib import Path; import sys;"
            f" print(Claims(Path({str(tmp_path)!r})).take('of-the-dead'))"
        )
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        (tmp_path / ".clock.x").touch()
        os.utime(tmp_path / ".clock.x", (0, 0))
        (tmp_path / ".clock.y").touch()
        mine, other = Claims(tmp_path), Claims(tmp_path)
        assert mine.take("mine")
        assert other.take("others")
        mine.sweep()
        assert sorted(file.name for file in tmp_path.iterdir()) == [".clock.y", "mine", "others"]

    def test_who_holds_it_is_told_and_how_to_end_one_that_hangs(self, tmp_path: Path):
        first, second = Claims(tmp_path), Claims(tmp_path)
        assert first.take("run")
        assert first.take("another")
        assert first.holders(["run"]) == []
        (holder,) = second.holders(["run", "another", "free"])
        assert (holder.host, holder.pid, holder.silent) == (socket.gethostname(), os.getpid(), False)
        assert str(holder) == f"process {os.getpid()} on {socket.gethostname()}"
        os.utime(tmp_path / "run", (0, 0))
        (silent,) = second.holders(["run"])
        assert str(silent).endswith(
            f", which has been silent for over 5 minutes (if it hangs, end it there with kill -9 {os.getpid()}, and what"
            " it holds is taken over)"
        )

    def test_one_just_being_written_is_respected(self, tmp_path: Path):
        (tmp_path / "run").touch()
        assert not Claims(tmp_path).take("run")


def test_a_folder_gets_its_name_once_and_the_second_copy_is_dropped(tmp_path: Path):
    for number in (1, 2):
        (tmp_path / f"made-{number}").mkdir()
        (tmp_path / f"made-{number}" / "what").write_text(str(number))
    assert put_or_drop(tmp_path / "made-1", tmp_path / "final")
    assert not put_or_drop(tmp_path / "made-2", tmp_path / "final")
    assert (tmp_path / "final" / "what").read_text() == "1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["final"]


def test_a_region_half_copied_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_region(*synthesise("town", 1), tmp_path / "mine")
    kept, copied = tmp_path / "regions" / "digest", []

    def stopped(source: Path, target: Path) -> None:
        copied.append(Path(target).write_text("half"))
        raise KeyboardInterrupt

    monkeypatch.setattr("shutil.copyfile", stopped)
    with pytest.raises(KeyboardInterrupt):
        keep_region(str(tmp_path / "mine"), kept)
    assert copied
    assert not list(kept.parent.iterdir())


def test_a_plan_comes_back_from_its_folder_as_it_went_in(tmp_path: Path):
    plan = small(parameters={"choice.inertia": [1.0, 2.0]})
    ledger = Ledger(tmp_path / "here")
    ledger.begin(plan)
    found = load_plan(tmp_path / "here")
    assert found == plan
    assert list(found.runs()) == list(plan.runs())
    (digest,) = set(plan.regions.values())
    region, travel = opened(str(ledger.region_folder(digest)), digest, 60)
    assert region.digest == digest
    assert opened(str(ledger.region_folder(digest)), digest, 60)[0] is region
    assert opened(str(ledger.region_folder(digest)), digest, 60)[1] is travel


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path):
    plan = small()
    (tmp_path / "file").touch()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis").touch()
    (tmp_path / "other").mkdir()
    Ledger(tmp_path / "other").begin(make_plan(Design(name="other", region="town", scenarios=plan.design.scenarios)))
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / PLAN).write_text('{"design": 3}')
    for name, said in (
        ("file", "is a file"), ("mine", "is no experiment"), ("other", "holds the experiment other"),
        ("old", "written by another version"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=said):
            check_folder(tmp_path / name, plan)
    check_folder(tmp_path / "new", plan)


def made(ledger: Ledger, plan: Plan, runs: int) -> list[str]:
    """Do the first runs of a plan, here and now."""
    import msgspec

    done = []
    for run in plan.different_runs()[:runs]:
        scenario = plan.scenario_of(run)
        task = Task(
            run.id, msgspec.json.encode(scenario), str(ledger.folder), plan.regions[scenario.region], plan.model,
            tuple(plan.design.kept), {},
        )  # fmt: skip
        told = do_run(task)
        assert told["status"] == "done", told
        assert not any((ledger.work / "unfinished").iterdir())
        done.append(run.id)
    return done


def test_runs_are_gathered_into_one_set_and_come_and_go_with_the_design(tmp_path: Path):
    plan, ledger = small(seeds=2), Ledger(tmp_path / "x")
    ledger.begin(plan)
    first = made(ledger, plan, 3)
    assert ledger.done() == set(first)
    folder = ledger.runs / first[0]
    assert sorted(file.name for file in folder.iterdir()) == [
        "commissioners.parquet",
        "headline.parquet",
        "manifest.json",
    ]
    alone = duckdb.sql(f"SELECT * FROM read_parquet('{folder}/headline.parquet')").fetchall()

    assert gather(plan, ledger)
    assert ledger.waiting() == set()
    assert ledger.done() == set(first)
    rows = read_frame(ledger.tables / "headline.parquet", "SELECT DISTINCT run, scenario, seed FROM rows ORDER BY 3, 2")
    cells = {run.id: (run.scenario, run.seed) for run in plan.runs()}
    assert {row.run: (row.scenario, row.seed) for row in rows.itertuples()} == {run: cells[run] for run in first}
    again = duckdb.sql(f"SELECT * FROM read_parquet('{ledger.tables}/headline.parquet') WHERE run = '{first[0]}'")
    assert again.columns[:3] == ["run", "scenario", "seed"]
    assert [row[3:] for row in again.fetchall()] == alone
    runs = read_frame(ledger.folder / "runs.parquet")
    assert runs["status"].tolist() == ["done", "done", "done", "missing"]

    fewer = small(seeds=1)
    ledger.begin(fewer)
    assert gather(fewer, ledger)
    there = read_frame(ledger.tables / "headline.parquet", "SELECT DISTINCT seed FROM rows")["seed"].tolist()
    assert there == [1], "a glob over the tables finds what the design asks for and nothing else"
    assert ledger.gathered() == set(first), "what it no longer asks for is kept"
    ledger.begin(plan)
    assert gather(plan, ledger)
    assert len(read_frame(ledger.tables / "commissioners.parquet", "SELECT DISTINCT run FROM rows")) == 3
    assert not (ledger.tables / "earlier").exists()


@pytest.mark.parametrize(("name", "beside"), [("m[1]", "m1"), ("a*", "ab"), ("seed=1", "seed=2")])
def test_an_experiment_gathers_its_own_runs_whatever_its_folder_is_called(tmp_path: Path, name: str, beside: str):
    mine, other = small(seeds=1), small(seeds=1, measures=["registered"], scenarios=[{"scenario": "digital-entry"}])
    for folder, plan in ((beside, other), (name, mine)):
        ledger = Ledger(tmp_path / folder)
        ledger.begin(plan)
        for runs in (1, 2):  # the second gathering reads what the first wrote
            done = made(ledger, plan, runs)
            assert gather(plan, ledger)
            assert ledger.gathered() == set(done)
            rows = read_frame(ledger.tables / "headline.parquet", "SELECT run FROM rows ORDER BY ALL")
            assert rows["run"].tolist() == sorted(done)
            assert read_frame(ledger.folder / "runs.parquet")["run"].tolist() == [run.id for run in plan.runs()]


def test_a_gathering_cut_off_between_its_renames_is_undone(tmp_path: Path):
    plan, ledger = small(seeds=1), Ledger(tmp_path / "x")
    ledger.begin(plan)
    done = made(ledger, plan, 2)
    gather(plan, ledger)
    ledger.tables.rename(ledger.folder / ".tables-old")
    (ledger.folder / ".tables-new").mkdir()
    again = Ledger(ledger.folder)
    assert again.done() == set(done)
    assert gather(plan, again)
    assert sorted(path.name for path in ledger.folder.iterdir()) == [PLAN, "runs.parquet", "tables", "work"]


def test_runs_of_another_model_are_not_mixed_in(tmp_path: Path):
    import msgspec

    plan, ledger = small(seeds=1), Ledger(tmp_path / "x")
    older = msgspec.structs.replace(plan, model="0.0+old")
    ledger.begin(older)
    check_folder(ledger.folder, plan)
    made(ledger, plan, 1)
    with pytest.raises(InputError, match=f"holds runs of model 0.0\\+old, this one is {model_version()[:5]}"):
        check_folder(ledger.folder, plan)


def test_what_another_process_does_and_gathers_is_seen(tmp_path: Path):
    plan, ledger, other = small(seeds=1), Ledger(tmp_path / "x"), Ledger(tmp_path / "x")
    ledger.begin(plan)
    assert other.done() == set()
    (first, second) = plan.different_runs()
    made(ledger, plan, 1)
    assert other.is_done(first.id)
    gather(plan, ledger)
    assert other.is_done(first.id)
    assert not other.is_done(second.id)
    made(ledger, plan, 2)  # the first again, as if its folder had been left by a process killed after gathering it
    gather(plan, ledger)
    assert other.done() == {first.id, second.id}
    assert ledger.waiting() == set()
    counts = read_frame(ledger.tables / "headline.parquet", "SELECT run, count(*) AS months FROM rows GROUP BY run")
    assert sorted(counts["months"]) == [1, 1]


def test_only_one_process_gathers_at_a_time(tmp_path: Path):
    plan, ledger, other = small(seeds=1), Ledger(tmp_path / "x"), Ledger(tmp_path / "x")
    ledger.begin(plan)
    assert other.claims.take("gathering")
    assert not gather(plan, ledger)
    other.claims.release_all()
    assert gather(plan, ledger)
