"""Doing runs: cores are shared out, regions are opened once in a worker's life."""

from pathlib import Path
from typing import Any

import pytest
from dask.system import CPU_COUNT

from model.errors import InputError
from runs.experiment_cluster import LARGE, balanced_workers, cluster, connect, slots_by_host
from runs.experiment_engine import Engine
from runs.experiment_files import design_of
from runs.experiment_ledger import Ledger
from runs.experiment_plan import make_plan
from runs.experiment_task import share_of_cores

GB = 10**9


@pytest.mark.parametrize(
    ("patients", "runs", "cores", "memory", "workers"),
    [
        (68_000, 40, 8, 64 * GB, 8),
        (68_000, 3, 8, 64 * GB, 3),
        (68_000, 40, 8, 2 * GB, 2),
        (LARGE, 40, 8, 64 * GB, 1),
        (62_000_000, 40, 64, 512 * GB, 1),
        (4_000_000, 40, 64, 16 * GB, 15),
        (4_000_000, 40, 64, GB // 2, 1),
    ],
)
def test_small_runs_go_side_by_side_and_national_ones_have_all_cores(
    patients: int, runs: int, cores: int, memory: int, workers: int
):
    assert balanced_workers(patients, runs, cores, memory) == workers


def test_outside_a_cluster_a_run_has_one_thread_at_most_of_what_it_knows_nothing_about():
    assert share_of_cores({"10.0.0.1": 4}) == 1


def test_an_address_that_is_none_is_told():
    with pytest.raises(InputError, match="--scheduler carrier-pigeon://x"):
        connect("carrier-pigeon://x", patience=1)


def test_where_no_worker_lives_any_more_it_ends_with_a_sentence_and_gives_its_claims_up(tmp_path: Path):
    content = {"name": "alone", "region": "town", "months": 0, "scenarios": [{"scenario": "baseline"}]}
    plan, ledger = make_plan(design_of(content, "alone")), Ledger(tmp_path / "x")
    ledger.begin(plan)
    with cluster(0, None) as address:
        engine = Engine(plan, ledger, address, lambda kind, run, about: None)
        engine.alone_seconds = 1.0
        with pytest.raises(InputError, match="no worker has been there for 1 s"):
            engine.do(plan.different_runs())
    assert not ledger.claims.held


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_runs_share_the_cores_and_a_worker_opens_a_region_once(tmp_path: Path, workers: int):
    content = {
        "name": "shared", "region": "town", "months": 0, "seeds": 6, "tables": ["headline"],
        "scenarios": [{"scenario": "baseline"}],
    }  # fmt: skip
    plan, ledger = make_plan(design_of(content, "shared")), Ledger(tmp_path / "x")
    ledger.begin(plan)
    told: list[dict[str, Any]] = []
    sharing: list[int] = []
    with cluster(workers, None) as address:
        client = connect(address)
        assert slots_by_host(client) == {"127.0.0.1": workers}
        client.close()
        engine = Engine(plan, ledger, address, lambda kind, run, about: told.append({"kind": kind, **about}))
        engine.sharing = sharing.append
        outcome = engine.do(plan.different_runs())
    assert (outcome.done, outcome.failed) == (6, 0)
    assert {about["kind"] for about in told} == {"done"}
    assert {about["regions_opened"] for about in told} == {1}
    assert len({about["pid"] for about in told}) == workers
    assert told[0]["threads"] == max(CPU_COUNT // workers, 1)
    assert all(about["threads"] <= CPU_COUNT for about in told)
    assert set(sharing) == {workers}
    assert ledger.done() == {run.id for run in plan.runs()}
    assert not list((ledger.work / "claims").iterdir())
