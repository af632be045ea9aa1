"""The work of an experiment: its plan and folder are prepared, what is missing is done, its tables are gathered."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec

from model.errors import InputError
from model.geography.region_files import load_region
from runs.experiment_cluster import balanced_workers, cluster, machine
from runs.experiment_design import with_options
from runs.experiment_engine import LOOK_SECONDS, PATIENCE_SECONDS, Engine
from runs.experiment_files import load_design
from runs.experiment_ledger import PLAN, Ledger, check_folder, load_plan
from runs.experiment_plan import Plan, make_plan, model_version
from runs.experiment_progress import Progress
from runs.experiment_report import folder_of
from runs.experiment_report import status as how_far
from runs.experiment_tables import GATHERING, MANY_FOLDERS, gather
from runs.progress import say
from runs.stopping import stop_if_asked


def find(design: str, out: Path | None) -> tuple[Plan, Path]:
    """The plan of an experiment that was begun, by its design file, name or folder.

    Raises:
        InputError: nothing was begun.
    """
    folder = Path(design) if (Path(design) / PLAN).exists() else folder_of(load_design(design).name, out)
    return load_plan(folder), folder


def prepare(
    design: str,
    out: Path | None,
    *,
    must_exist: bool,
    quiet: bool,
    seeds: int | None,
    months: int | None,
    region: str | None,
) -> tuple[Plan, Ledger]:
    """The plan of a design and its folder; everything is checked, nothing run.

    Raises:
        InputError: whatever does not fit.
    """
    if (Path(design) / PLAN).exists():
        folder = Path(design)
        if out is not None and out != folder:
            raise InputError(f"--out {out}: {design} is the folder of an experiment and stays where it is")
        if months is not None or region is not None:
            raise InputError(f"{design}: months and region of what was begun stay; give the design file to change them")
        plan = load_plan(folder)
        plan = msgspec.structs.replace(plan, model=model_version(), design=with_options(plan.design, {"seeds": seeds}))
    else:
        loaded = with_options(load_design(design), {"seeds": seeds, "months": months, "region": region})
        folder = folder_of(loaded.name, out)
        if must_exist:
            load_plan(folder)
        say(quiet, f"Checking {loaded.name} ...")
        plan = make_plan(loaded)
    check_folder(folder, plan)
    return plan, Ledger(folder)


def do_missing(plan: Plan, ledger: Ledger, workers: int | None, scheduler: str | None, quiet: bool) -> dict[str, Any]:
    """Do what is missing, gather the tables; returns how far the experiment is then.

    Raises:
        InputError: no Dask, or no scheduler.
    """
    cores, memory = machine()
    ledger.begin(plan)
    done = ledger.done()
    runs = plan.different_runs()
    missing = [run for run in runs if run.id not in done]
    progress = Progress(plan, len(runs), len(missing), quiet)
    here = workers or balanced_workers(patients_of(plan, ledger), len(missing), cores, memory)

    def watch(kind: str, run: Any, told: dict[str, Any]) -> None:
        progress.watch(kind, run, told)
        if run is not None and len(ledger.waiting()) >= MANY_FOLDERS:
            gather(plan, ledger)

    try:
        if missing:
            with cluster(min(here, len(missing)), scheduler) as address:
                engine = Engine(plan, ledger, address, watch)
                engine.sharing = progress.slots
                engine.alone_seconds = PATIENCE_SECONDS if scheduler is None else None
                engine.do(missing)
        begun, said = time.monotonic(), ""
        while not gather(plan, ledger):  # another process is at it
            stop_if_asked()
            time.sleep(0.2)
            who = "; ".join(map(str, ledger.claims.holders([GATHERING])))
            if who and who != said and time.monotonic() - begun > LOOK_SECONDS:
                progress.say(f"the tables are being gathered by {who}; waiting for it")
                said = who
        # Of a process killed between a run's end and its own: nothing else would come back to these.
        ledger.claims.sweep()
        ledger.sweep(ledger.done())
    except (KeyboardInterrupt, SystemExit):
        progress.say(f"What is done is kept; go on with gpdrift experiment resume {ledger.folder}")
        raise
    finally:
        progress.close()
        ledger.claims.release_all()
    return how_far(plan, ledger)


def patients_of(plan: Plan, ledger: Ledger) -> int:
    """Patients of the largest region, roughly: its residents."""
    regions = [load_region(ledger.region_folder(digest)) for digest in set(plan.regions.values())]
    return max(int(region.population.sum()) for region in regions)
