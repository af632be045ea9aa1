"""Doing the runs of an experiment that are missing: handed out a few at a time, each claimed before it is begun.

A worker that dies has its run given to another; a run that fails is written down and the others go on; a scheduler that
dies is waited for. Nothing is lost but the runs in flight.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from model.errors import InputError
from runs.experiment_cluster import DEATHS, connect, slots_by_host
from runs.experiment_ledger import Ledger
from runs.experiment_plan import Plan, Run
from runs.experiment_task import Task, do_run
from runs.stopping import stop_if_asked

if TYPE_CHECKING:
    from distributed import Client, Future

LOOK_SECONDS = 2.0
"""How often signals, new workers and other processes are looked at."""
PATIENCE_SECONDS = 300.0
"""For a scheduler that has gone."""


@dataclass
class Outcome:
    """What became of the runs."""

    done: int = 0
    failed: int = 0
    seconds: list[float] = field(default_factory=list)
    """Of each run done here."""


Watcher = Callable[[str, Run | None, dict[str, Any]], object]
"""Told of ``done`` and ``failed`` runs, and of ``waiting`` and ``lost`` with None."""


class Engine:
    """Does the missing runs of a plan on the workers of a scheduler."""

    def __init__(self, plan: Plan, ledger: Ledger, address: str, watch: Watcher) -> None:
        """Nothing is handed out yet."""
        self.plan, self.ledger, self.address, self.watch = plan, ledger, address, watch
        self.outcome = Outcome()
        self._flying: dict[Future[Any], Run] = {}
        self._begun = time.time()
        self._said = ""
        self.sharing: Callable[[int], object] = lambda slots: None
        """Told how many runs are done at a time."""
        self.alone_seconds: float | None = None
        """So long without any worker and it ends; None = it waits, as somebody may start one."""
        self._with_workers = time.monotonic()

    def do(self, missing: Iterable[Run]) -> Outcome:
        """Do the missing runs; those another process has claimed are waited for.

        Raises:
            InputError: no scheduler answers, it went and did not come back, or its workers did.
        """
        waiting, elsewhere = deque(missing), deque[Run]()
        client = connect(self.address)
        try:
            while waiting or elsewhere or self._flying:
                stop_if_asked()
                try:
                    self._look_for_workers(client)
                    self._hand_out(client, waiting, elsewhere)
                    self._collect(client)
                except _LostError:
                    waiting.extendleft(reversed(self._flying.values()))
                    self._flying.clear()
                    client = self._again(client)
                if elsewhere and not self._flying and not waiting:
                    self._look_elsewhere(waiting, elsewhere)
        finally:
            self._drop(client)
            self.ledger.claims.release_all()
        return self.outcome

    def _look_for_workers(self, client: Client) -> None:
        """End where the workers of this machine have gone for good, as those do that die while they start."""
        if self.alone_seconds is None:
            return
        if _asked(partial(slots_by_host, client)):
            self._with_workers = time.monotonic()
        elif time.monotonic() - self._with_workers > self.alone_seconds:
            raise InputError(
                f"no worker has been there for {self.alone_seconds:.0f} s: they end as soon as they start (memory?);"
                " what is done is kept, go on with gpdrift experiment resume"
            )

    def _hand_out(self, client: Client, waiting: deque[Run], elsewhere: deque[Run]) -> None:
        """Give workers as much as they can do at a time.

        No more than that: Dask blames the death of a worker on all it had been given, also on what it had not begun.
        """
        if not waiting:
            return
        slots = _asked(partial(slots_by_host, client))
        room = sum(slots.values())
        self.sharing(room)
        if not slots and not self._flying:
            self._say("waiting", "no worker has joined the scheduler yet; waiting")
            time.sleep(0.5)
        while waiting and len(self._flying) < room:
            run = waiting[0]
            if run.id not in self.ledger.claims.held and not self._claim(run, elsewhere):
                waiting.popleft()
                continue
            # At the end of an experiment few runs are left to share the cores of a machine.
            left = len(self._flying) + len(waiting)
            shares = {host: min(number, left) for host, number in slots.items()}
            task = self._task(run, shares)
            name = f"gpdrift-{task.run}-{time.time_ns()}"
            self._flying[_asked(partial(client.submit, do_run, task, key=name, pure=False))] = run
            waiting.popleft()  # only now: had the scheduler gone meanwhile, it would still be waiting

    def _claim(self, run: Run, elsewhere: deque[Run]) -> bool:
        """Whether a run is this process's to do."""
        if not self.ledger.claims.take(run.id):
            elsewhere.append(run)
            return False
        if self.ledger.is_done(run.id):  # by another process, since we looked
            self.ledger.claims.release(run.id)
            self._count("done", run, {})
            return False
        self.ledger.clear_failure(run.id)
        self.ledger.sweep([run.id])
        return True

    def _task(self, run: Run, slots: dict[str, int]) -> Task:
        scenario = self.plan.scenario_of(run)
        return Task(
            run=run.id,
            scenario=msgspec.json.encode(scenario),
            folder=str(self.ledger.folder.absolute()),
            digest=self.plan.regions[scenario.region],
            model=self.plan.model,
            tables=tuple(self.plan.design.kept),
            slots=slots,
        )

    def _collect(self, client: Client) -> None:
        """Take in what has been done; looks up from waiting every now and then."""
        from distributed import wait

        if not self._flying:
            return
        with contextlib.suppress(TimeoutError), client.as_current():
            _asked(lambda: wait(list(self._flying), timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED"))
        if client.status not in ("running", "newly-created"):
            raise _LostError
        for future in [future for future in self._flying if future.done()]:
            if future.status in ("cancelled", "lost"):
                raise _LostError
            told = self._result(future)
            run = self._flying.pop(future)
            future.release()
            self._finish(run, told)

    def _result(self, future: Future[Any]) -> dict[str, Any]:
        """What a worker told, or what its death tells."""
        from distributed import KilledWorker

        if future.status == "finished":
            return _asked(future.result)
        failure = future.exception()
        if isinstance(failure, KilledWorker):
            error = f"its worker died {DEATHS + 1} times while doing it (killed, or out of memory)"
        else:  # not raised by the run itself: the worker could not even begin
            error = " ".join(f"{type(failure).__name__}: {failure}".split())
        return {"status": "failed", "error": error}

    def _finish(self, run: Run, told: dict[str, Any]) -> None:
        if told["status"] == "failed":
            kept = {key: value for key, value in told.items() if key != "status"}
            self.ledger.record_failure(run, kept)
        self.ledger.sweep([run.id])
        self.ledger.claims.release(run.id)
        self._count(told["status"], run, told)

    def _count(self, status: str, run: Run, told: dict[str, Any]) -> None:
        if status == "done":
            self.outcome.done += 1
            if "seconds" in told:
                self.outcome.seconds.append(told["seconds"])
        else:
            self.outcome.failed += 1
        self.watch(status, run, told)

    def _look_elsewhere(self, waiting: deque[Run], elsewhere: deque[Run]) -> None:
        """See what became of runs other processes had claimed."""
        holders = self.ledger.claims.holders(run.id for run in elsewhere)
        who = "; ".join(map(str, holders)) or "another process"
        runs = "1 run is" if len(elsewhere) == 1 else f"{len(elsewhere):,} runs are"
        self._say("waiting", f"{runs} being done by {who}; waiting")
        time.sleep(0.5)
        failures = self.ledger.failures()
        for _ in range(len(elsewhere)):
            run = elsewhere.popleft()
            if self.ledger.is_done(run.id):
                self._count("done", run, {})
            elif self.ledger.claims.taken(run.id):
                elsewhere.append(run)
            elif run.id in failures and (self.ledger.failed / f"{run.id}.json").stat().st_mtime > self._begun - 1:
                self._count("failed", run, failures[run.id])
            else:
                waiting.append(run)

    def _say(self, kind: str, text: str) -> None:
        """Tell something once."""
        if text != self._said:
            self._said = text
            self.watch(kind, None, {"text": text})

    def _again(self, client: Client) -> Client:
        """Another client of the scheduler, when it is back."""
        self._say("lost", f"the scheduler at {self.address} has gone; waiting {PATIENCE_SECONDS:.0f} s for it")
        self._close(client)
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            stop_if_asked()
            try:
                found = connect(self.address, patience=2.0)
            except InputError:
                if time.monotonic() > until:
                    raise InputError(
                        f"--scheduler {self.address}: went and did not come back; what is done is kept,"
                        " go on with gpdrift experiment resume"
                    ) from None
                continue
            self._said = ""
            return found

    def _drop(self, client: Client) -> None:
        """Withdraw what is still in flight."""
        # On the way out, whatever state the scheduler is in.
        with contextlib.suppress(Exception):
            if self._flying:
                client.cancel(list(self._flying), force=True)
        self._flying.clear()
        self._close(client)

    def _close(self, client: Client) -> None:
        with contextlib.suppress(Exception):
            client.close(timeout=2)


class _LostError(Exception):
    """The scheduler has gone, and with it what was in flight."""


def _asked(question: Callable[[], Any]) -> Any:
    """What the scheduler answers.

    Raises:
        _LostError: nothing, for it has gone.
    """
    from distributed.client import CancelledError as Withdrawn
    from distributed.comm import CommClosedError

    try:
        return question()
    except TimeoutError:
        raise
    except (CommClosedError, Withdrawn, CancelledError, OSError) as failure:
        raise _LostError from failure
