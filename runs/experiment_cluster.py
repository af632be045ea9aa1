"""Where runs are done: worker processes of this machine, or any Dask scheduler. After this module the two are one.

Cores are shared out so that a national run has them all to itself and small ones run side by side, one thread each.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import time
from collections.abc import Iterator, Mapping
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.errors import InputError
from runs.experiment_scratch import workers_folder
from runs.stopping import heard_afterwards

if TYPE_CHECKING:
    from distributed import Client

LARGE = 5_000_000
"""Patients from which one run makes good use of all cores of a machine."""
BYTES_A_PATIENT = 60
"""Of memory, at most, in a run that records every table (England: about 50)."""
BYTES_A_WORKER = 600_000_000
"""Of memory, without patients: compiled code, libraries, tables."""
DEATHS = 3
"""Times a run may take its worker with it before it counts as failed."""
CONNECT_SECONDS = 15
LOOPBACK = "127.0.0.1"

_SETTINGS: dict[str, Any] = {
    "distributed.scheduler.allowed-failures": DEATHS,
    "distributed.worker.multiprocessing-method": "spawn",
    # A compiled kernel may hold the interpreter for long: that is work, not a reason to warn.
    "distributed.admin.tick.limit": "1h",
}


def balanced_workers(patients: int, runs: int, cores: int, memory: int) -> int:
    """Workers on one machine: as many as there are cores, unless runs are few, large, or too big side by side.

    Args:
        patients: of one run.
        runs: to do.
        cores: of the machine.
        memory: of the machine, bytes.
    """
    if patients >= LARGE:
        return 1
    fit = int(0.8 * memory // (BYTES_A_WORKER + BYTES_A_PATIENT * patients))
    return max(min(cores, runs, fit), 1)


def machine() -> tuple[int, int]:
    """Cores and bytes of memory this process may use."""
    _need_dask()
    from dask.system import CPU_COUNT
    from distributed.system import MEMORY_LIMIT

    return CPU_COUNT, MEMORY_LIMIT


def _need_dask() -> None:
    """Refuse where Dask is not installed.

    Raises:
        InputError: what to install.
    """
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise InputError(
            "experiments need Dask: install gpdrift with the extra cluster (pip install 'gpdrift[cluster]')"
        ) from None


@contextlib.contextmanager
def cluster(workers: int, scheduler: str | None) -> Iterator[str]:
    """The address of a scheduler: the one given, or that of a cluster of this machine that lives as long as the block."""
    _need_dask()
    import dask

    with dask.config.set(_SETTINGS):
        if scheduler is not None:
            yield scheduler
            return
        from distributed import LocalCluster

        with contextlib.ExitStack() as stack:
            scratch = stack.enter_context(workers_folder())
            stack.enter_context(_importable())
            if os.name == "posix":  # begun later, by who begins workers, it would let them hear Ctrl-C
                resource_tracker.ensure_running()
            with heard_afterwards():  # a cluster that is stopped while it starts can neither work nor be closed
                local = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    host=LOOPBACK,
                    # No dashboard; what serves figures about the cluster gets any free port of this machine alone.
                    dashboard_address=f"{LOOPBACK}:0",
                    scheduler_kwargs={"dashboard": False},
                    local_directory=scratch,
                    silence_logs=logging.CRITICAL,
                    preload=["runs.experiment_task"],
                )
                stack.enter_context(local)
            yield local.scheduler_address


@contextlib.contextmanager
def _importable() -> Iterator[None]:
    """Workers started within the block import this very source, wherever they run."""
    here = str(Path(__file__).resolve().parents[1])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = here if not before else here + os.pathsep + before
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def connect(address: str, patience: float = CONNECT_SECONDS) -> Client:
    """A client of the scheduler.

    Raises:
        InputError: none answers there.
    """
    from distributed import Client
    from distributed.comm import get_address_host_port

    for name in ("distributed.client", "distributed.core", "distributed.comm", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    until = time.monotonic() + patience
    while True:
        left = max(until - time.monotonic(), 1.0)
        try:
            # A client that could not connect leaves a thread behind that nothing can end: see first who answers.
            socket.create_connection(get_address_host_port(address), timeout=min(left, 5.0)).close()
            return Client(address, timeout=min(left, 5.0), set_as_default=False, heartbeat_interval="2s")
        except ValueError as mistake:
            raise InputError(f"--scheduler {address}: {mistake}; expected an address such as tcp://host:8786") from None
        except (OSError, TimeoutError) as failure:
            if time.monotonic() >= until:
                told = " ".join(str(failure).split()) or type(failure).__name__
                raise InputError(
                    f"--scheduler {address}: no scheduler answers ({told}); start one with dask scheduler"
                ) from None
        time.sleep(0.5)


def slots_by_host(client: Client) -> dict[str, int]:
    """Runs each machine does at a time: one for each thread of its workers."""
    from distributed.comm import get_address_host

    slots: dict[str, int] = {}
    threads: Mapping[str, int] = client.nthreads()
    for address, number in threads.items():
        host = get_address_host(address)
        slots[host] = slots.get(host, 0) + number
    return slots
