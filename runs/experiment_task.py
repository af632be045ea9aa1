"""What a worker does: one run, from its complete scenario to a results folder under its name.

Regions and their travel tables are loaded once in a worker's life, not once a run. Bad luck of one run is told in what it returns, never
raised: only the death of the worker itself is left to the scheduler to notice and mend.
"""

from __future__ import annotations

import datetime
import os
import shutil
import signal
import socket
import threading
import time
import traceback
import uuid
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from runs.experiment_ledger import put_or_drop

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.geography.travel import Travel

_opening = threading.Lock()


class Task(NamedTuple):
    """All a worker needs to know; what it reads and writes is below ``folder``."""

    run: str
    scenario: bytes
    """JSON of the complete scenario."""
    folder: str
    """Absolute path of the experiment's folder."""
    digest: str
    """Of the region."""
    model: str
    """Version of the model the experiment was begun with."""
    tables: tuple[str, ...]
    """Tables kept."""
    slots: dict[str, int]
    """By host, how many runs share its cores."""


def do_run(task: Task) -> dict[str, Any]:
    """Do a run; returns ``status`` (done or failed) and what there is to tell of it."""
    started = time.perf_counter()
    told: dict[str, Any] = {"host": socket.gethostname(), "pid": os.getpid()}
    try:
        told |= _recorded(task)
    except MemoryError:
        told |= {"status": "failed", "error": "out of memory; use fewer workers", "traceback": traceback.format_exc()}
    except Exception as failure:  # whatever it is, the other runs go on
        line = " ".join(f"{type(failure).__name__}: {failure}".split())
        told |= {"status": "failed", "error": line, "traceback": traceback.format_exc()}
    if told["status"] == "failed":
        told["when"] = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return told | {"seconds": round(time.perf_counter() - started, 3)}


def _recorded(task: Task) -> dict[str, Any]:
    import msgspec

    from model.errors import InputError
    from model.model import RegistrationModel
    from model.patients.threads import set_threads
    from model.recorder import record_run
    from model.scenario import Scenario
    from runs.experiment_plan import model_version

    if task.model != model_version():
        raise InputError(
            f"this worker has model {model_version()}, the experiment was begun with {task.model};"
            " install the same version everywhere"
        )
    work = Path(task.folder) / "work"
    final = work / "runs" / task.run
    if final.exists():
        return {"status": "done"}
    threads = share_of_cores(task.slots)
    set_threads(threads)
    scenario = msgspec.json.decode(task.scenario, type=Scenario)
    region, travel = opened(str(work / "regions" / task.digest), task.digest, scenario.choice.candidates)
    making = work / "unfinished" / f"{task.run}-{uuid.uuid4().hex}"
    making.mkdir(parents=True)
    try:
        model = RegistrationModel(scenario, region=region, travel=travel)
        with record_run(model, making / "run") as recording:
            for _ in range(scenario.months):
                model.step()
                recording.month()
        for file in (making / "run").glob("*.parquet"):
            if file.stem not in task.tables:
                file.unlink()
        put_or_drop(making / "run", final)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return {"status": "done", "threads": threads, "regions_opened": _open_region.cache_info().misses}


def dask_setup(worker: object) -> None:
    """Let Ctrl-C be heard by the command alone, which then ends its workers: they share its terminal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def share_of_cores(slots: dict[str, int]) -> int:
    """Threads of a run: the cores of this machine over the runs that share it."""
    from dask.system import CPU_COUNT

    hosts = [slots[host] for host in own_hosts() if host in slots]
    return max(CPU_COUNT // max(hosts[0] if hosts else CPU_COUNT, 1), 1)


def own_hosts() -> list[str]:
    """What the scheduler calls this machine."""
    from distributed import get_worker
    from distributed.comm import get_address_host

    try:
        return [get_address_host(get_worker().address)]
    except ValueError:
        return []


def opened(folder: str, digest: str, candidates: int) -> tuple[Region, Travel]:
    """The region and its travel tables, loaded once in the life of this process."""
    with _opening:
        return _open_region(folder, digest), _open_travel(folder, digest, candidates)


@lru_cache(maxsize=2)
def _open_region(folder: str, digest: str) -> Region:
    from model.errors import InputError
    from model.geography.region_files import load_region

    region = load_region(folder)
    if region.digest != digest:
        raise InputError(f"{folder}: content is {region.digest}, expected {digest}; remove it and resume")
    return region


@lru_cache(maxsize=4)
def _open_travel(folder: str, digest: str, candidates: int) -> Travel:
    from model.geography.travel import load_travel

    return load_travel(_open_region(folder, digest), None, candidates)
