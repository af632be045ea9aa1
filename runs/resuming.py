"""Runs that keep checkpoints: where they are kept, and how a run that was killed or stopped is gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from model.errors import InputError
from runs.results_folder import CHECKPOINTS, checkpoint_folder

if TYPE_CHECKING:
    from model.checkpoints.store import Store
    from model.scenario import Scenario


def begin_checkpoints(scenario: Scenario, results: Path, *, engine: str, register: str, every: int) -> Store:
    """Make the folder of checkpoints of a run that begins.

    Args:
        scenario: what is run.
        results: where its results will be.
        engine: columns or agents.
        register: months whose register is kept, as on the command line.
        every: months between checkpoints.

    Raises:
        InputError: checkpoints of another run are there.
    """
    from model.checkpoints.store import Run, Store
    from runs.experiment_plan import model_version

    region = Path(scenario.region)
    there = (region / "region.json").exists()
    run = Run(
        scenario=scenario,
        engine=engine,
        region=str(region.absolute()) if there else scenario.region,
        register=register,
        every=every,
        results=str(results.absolute()),
        model=model_version(),
    )
    return Store.begin(checkpoint_folder(results), run)


def open_checkpoints(given: Path) -> Store:
    """The checkpoints of an unfinished run, named by its results folder to be or by the folder they are in.

    Raises:
        InputError: the run is finished, nothing can be resumed there, or not with this version.
    """
    from model.checkpoints.store import Store
    from runs.experiment_plan import model_version

    is_it = given.name.endswith(CHECKPOINTS)
    folder = given if is_it else checkpoint_folder(given)
    results = given.with_name(given.name.removesuffix(CHECKPOINTS))
    if (results / "manifest.json").exists():
        left = f" (remove {folder})" if folder.exists() else ""
        raise InputError(f"--resume {given}: the run is finished, its results are in {results}{left}")
    if not (folder / "run.json").is_file():
        raise InputError(
            f"--resume {given}: nothing to resume, there is no {folder / 'run.json'};"
            " gpdrift run --checkpoint-every N keeps checkpoints"
        )
    return Store.open(folder, model_version())


def how_to_go_on(store: Store) -> str:
    """What is said when a run with checkpoints is stopped."""
    months = store.months
    since = (
        f"after month {months} of {store.run.scenario.months}"
        if months
        else "at the start, no checkpoint being due yet"
    )
    return f"gpdrift: to go on {since}: gpdrift run --resume {checkpointed(store)}"


def checkpointed(store: Store) -> Path:
    """The results folder to be, as seen from where the user is."""
    return store.folder.with_name(store.folder.name.removesuffix(CHECKPOINTS))
