"""One measurement of ``gpdrift bench``, in a process of its own so that its memory is its own.

``python -m runs.bench_task`` reads what to measure as JSON from its argument and writes JSON lines: ``{"month": n}`` as
it goes along, and at the end ``{"measured": {...}}`` or ``{"refused": "one line"}``.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from model.errors import InputError

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.model import RegistrationModel
    from model.scenario import Scenario

MEMORY_EVERY = 12
"""Months between looks at the memory held."""
WRITTEN_FOR = datetime.date(2021, 1, 1)
"""Start that the events of ``bench.toml`` are dated for."""


class Task(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to measure."""

    region: str
    """A preset or folder; of as many synthetic people as ``people`` says where empty."""
    people: int = 0
    scenario: str = ""
    """A scenario of the library or a file; runs/bench.toml where empty."""
    months: int = 120
    engine: str = "columns"
    compare_at: int = 0
    """Months after which the state is summed up, to be compared with the other engine's."""
    floor: bool = True
    prepare: bool = False
    """Only make what is kept from run to run, and time nothing: region, travel, practice effects, compiled code."""


def region_of(task: Task) -> str:
    """The region's folder or preset, made first where it is one of so many people."""
    from model.geography.open_region import PRESET_SEED, preset_folder
    from model.geography.region_files import write_region
    from model.geography.synthesise import part_of_a_country, synthesise

    if task.region:
        return task.region
    folder = preset_folder(f"people-{task.people}")
    if not folder.is_dir():
        write_region(*synthesise(part_of_a_country(task.people), PRESET_SEED), folder, overwrite=True)
    return str(folder)


def scenario_of(task: Task, region: Region) -> Scenario:
    """The scenario in its region, its events as long after the start as its file has them after January 2021."""
    from model.months import first_month, months_later, months_since_1970
    from runs.library import load

    named = task.scenario or str(Path(__file__).with_name("bench.toml"))
    scenario = load(named, (), {"months": task.months})
    scenario = msgspec.structs.replace(scenario, region=str(region.about.get("name", "")))
    if task.scenario:
        return scenario
    later = months_since_1970(first_month(scenario, region)) - months_since_1970(WRITTEN_FOR)
    moved = [msgspec.structs.replace(event, month=months_later(event.month, later)) for event in scenario.timeline]
    return msgspec.structs.replace(scenario, timeline=tuple(moved))


def measure(task: Task) -> dict[str, Any]:
    """Load, step, record and pass over the floor; what each took.

    Returns:
        Seconds (``load`` by part, ``stepping``, ``recording``, ``writing``), ``patient_months`` on the books, ``phases``
        as wall and processor seconds, ``floor_seconds`` at the start and the end, ``least`` at the end, bytes, memory at
        intervals, and ``state``, a digest of everybody's columns after ``compare_at`` months.
    """
    from model.manifest import peak_memory
    from model.phases import StopWatch

    began = time.perf_counter()
    model, load = _loaded(task)
    if task.prepare:
        for month in range(1, task.months + 1):
            model.step()
            _say({"month": month})
        return {"load": load}
    floors = [_floor(model)] if task.floor else []
    out: dict[str, Any] = {"rows_start": model.engine.rows, "patients_start": _on_the_books(model), "load": load}
    out["areas"], out["practices"] = len(model.region.areas), int(model.lists.exists.sum())
    watch = StopWatch(model)
    lived = _live(model, task)
    if lived.compared:
        out["compared"] = lived.compared
    out["writing"] = lived.writing
    out["peak_memory"] = peak_memory()  # of the run; what is measured from here on has memory of its own
    floors += [_floor(model)] if task.floor else []
    least = _least(model) if task.floor else {}
    return out | {
        "months": task.months,
        "engine": task.engine,
        "threads": model.threads,
        "rows_end": model.engine.rows,
        "patients_end": _on_the_books(model),
        "patient_months": lived.patient_months,
        "stepping": lived.stepping,
        "stepping_cpu": lived.stepping_cpu,
        "recording": lived.recording,
        "phases": {name: list(seconds) for name, seconds in watch.totals().items()},
        "floor_seconds": [seconds for seconds, _ in floors],
        "floor_cpu": [seconds for _, seconds in floors],
        "least": least,
        "state_bytes_per_row": sum(column.itemsize for column in model.engine.columns),
        "columns_bytes": sum(column.nbytes for column in model.engine.columns),
        "memory": lived.memory,
        "whole": time.perf_counter() - began,
        "events": [f"{event['event']} {event['month']:%Y-%m}" for event in model.events],
    }


@dataclass
class Lived:
    """What the months of a run took: seconds, patient-months on the books and memory."""

    memory: list[tuple[int, int | None]]
    """Months lived and bytes held then."""
    stepping: float = 0.0
    stepping_cpu: float = 0.0
    recording: float = 0.0
    writing: float = 0.0
    """Of the results folder, after the last month."""
    patient_months: int = 0
    compared: dict[str, Any] = field(default_factory=dict)
    """State, seconds and patient-months after ``compare_at`` months; empty where there are not so many."""


def _live(model: RegistrationModel, task: Task) -> Lived:
    """Step and record every month into a folder that is thrown away."""
    from model.recorder import record_run

    lived = Lived(memory=[(0, held_now())])
    with tempfile.TemporaryDirectory(prefix="gpdrift-bench-") as temporary:
        with record_run(model, Path(temporary) / "results") as recording:
            for month in range(1, task.months + 1):
                lived.patient_months += _on_the_books(model)
                at, at_cpu = time.perf_counter(), time.process_time()
                model.step()
                now = time.perf_counter()
                lived.stepping += now - at
                lived.stepping_cpu += time.process_time() - at_cpu
                recording.month()
                lived.recording += time.perf_counter() - now
                if month == task.compare_at:
                    lived.compared = {
                        "state": state_of(model), "seconds": lived.stepping, "patient_months": lived.patient_months,
                    }  # fmt: skip
                if month % MEMORY_EVERY == 0:
                    lived.memory.append((month, held_now()))
                _say({"month": month})
            at = time.perf_counter()
        lived.writing = time.perf_counter() - at
    return lived


def _loaded(task: Task) -> tuple[RegistrationModel, dict[str, float]]:
    at = time.perf_counter()
    from model.geography.open_region import open_region
    from model.geography.travel import load_travel
    from model.model import RegistrationModel

    load = {"importing": time.perf_counter() - at}

    def took(name: str) -> None:
        nonlocal at
        load[name], at = time.perf_counter() - at, time.perf_counter()

    source = region_of(task)
    at = time.perf_counter()
    region = open_region(source)
    took("region")
    scenario = scenario_of(task, region)
    travel = load_travel(region, None, scenario.choice.candidates)
    took("travel")
    model = RegistrationModel(scenario, region=region, engine=task.engine, travel=travel)
    took("patients")
    return model, load


def state_of(model: RegistrationModel) -> str:
    """Digest of every column of every patient: equal states, equal digests, however many places are kept in reserve."""
    digest = hashlib.blake2b(digest_size=16)
    for column in model.engine.columns:
        digest.update(column[: model.engine.rows].tobytes())
    return digest.hexdigest()


def held_now() -> int | None:
    """Bytes of memory this process holds now; None where the operating system does not say."""
    try:
        import psutil
    except ImportError:
        return None
    return int(psutil.Process().memory_info().rss)


def _floor(model: RegistrationModel) -> tuple[float, float]:
    """Wall and processor seconds of a bare pass over the patients there are now."""
    from runs.bench_floor import floor_seconds

    return floor_seconds(model.engine.columns, model.engine.rows, model.threads)


def _least(model: RegistrationModel) -> dict[str, tuple[float, float]]:
    """Wall and processor seconds of the parts no month can do without (:mod:`runs.bench_floor`)."""
    from model.patients.casemix import classes_of_age, grouping_of, need_weights
    from runs.bench_floor import decisions_seconds, look_seconds, reading_seconds

    columns, rows, world, threads = model.engine.columns, model.engine.rows, model.world, model.threads
    grouping = grouping_of(model, classes_of_age(need_weights(model.scenario)))
    return {
        "look": look_seconds(columns, rows, world, threads),
        "decisions": decisions_seconds(columns, rows, world, threads),
        "reading": reading_seconds(columns, rows, model.month_number, grouping, threads),
    }


def _on_the_books(model: RegistrationModel) -> int:
    """Residents, on a list or not, and ghosts."""
    return int(model.counts.residents.sum() + model.counts.ghosts.sum())


def _say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


def main() -> None:
    """Measure what the argument says."""
    task = msgspec.json.decode(sys.argv[1], type=Task)
    try:
        _say({"measured": measure(task)})
    except InputError as mistake:
        _say({"refused": str(mistake)})


if __name__ == "__main__":
    main()
