"""Checkpoints on disk: complete or absent, written once, and refused with one line where they are not what they should be."""

import os
import resource
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

from model.checkpoints.files import read_card, write_card
from model.checkpoints.store import Run, Store
from model.errors import InputError
from model.model import RegistrationModel
from model.recorder import record_run
from model.scenario import Scenario

SCENARIO = Scenario(months=6)


def run_of(folder: Path, every: int = 1) -> Run:
    return Run(SCENARIO, "columns", "town", "", every, str(folder / "r"), "this version")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def left(thin_town, cache, tmp_path_factory) -> Path:
    """Checkpoints of a run that was left after three months."""
    folder = tmp_path_factory.mktemp("left")
    kept = Store.begin(folder / "r.checkpoint", run_of(folder))
    model = RegistrationModel(SCENARIO, region=thin_town, travel_cache=cache)
    with record_run(model, folder / "r") as recording:
        for month in (1, 2, 3):
            model.step()
            recording.month()
            kept.write(model, recording)
            assert names(kept.folder) == ["lock", f"month-000{month}", "run.json"], "one at a time"
    kept.close()
    return folder / "r.checkpoint"


@pytest.fixture
def copied(left: Path, tmp_path: Path) -> Path:
    shutil.copytree(left, tmp_path / "r.checkpoint")
    return tmp_path / "r.checkpoint"


def resumed(folder: Path, region, cache) -> RegistrationModel:
    kept = Store.open(folder, "this version")
    try:
        model = RegistrationModel(kept.run.scenario, region=region, travel_cache=cache)
        kept.check(model.region.digest)
        with record_run(model, folder.parent / "results", resume=lambda recording: kept.restore(model, recording)):
            return model
    finally:
        kept.close()


def test_columns_are_plain_arrays_that_may_be_mapped(copied: Path, thin_town, cache):
    """What the format says: anybody with NumPy can look at a column without reading it all."""
    model = resumed(copied, thin_town, cache)
    for name, column in zip(model.engine.columns._fields, model.engine.columns, strict=True):
        mapped = np.load(copied / "month-0003" / f"patients-{name}.npy", mmap_mode="r")
        assert np.array_equal(mapped, column[: model.engine.rows])


def test_history_is_written_once(copied: Path):
    assert [name for name in names(copied / "month-0003") if name.startswith("history")] == [
        f"history-000{month}.{end}" for month in (1, 2, 3) for end in ("json", "npz")
    ]


@pytest.mark.parametrize(
    ("file", "spoil", "said"),
    [
        ("month-0003/patients-home.npy", lambda b: b[:5000] + bytes([b[5000] ^ 1]) + b[5001:], "home.npy: damaged"),
        ("month-0003/patients-home.npy", lambda b: b"\0" + b[1:], "home.npy: damaged"),
        ("month-0003/patients-born.npy", lambda b: b[:-1], "bytes, expected"),
        ("month-0003/state.json", lambda b: b.replace(b"1", b"2", 1), "state.json: damaged"),
        ("month-0003/state.npz", lambda b: b[:300] + bytes([b[300] ^ 1]) + b[301:], "state.npz: damaged"),
        ("month-0003/history-0002.json", lambda b: b + b" ", "bytes, expected"),
        ("month-0003/manifest.json", lambda b: b[:-20], "manifest.json: damaged"),
        ("month-0003/manifest.json", lambda b: b.replace(b'"months": 3', b'"months": 2'), "manifest.json: damaged"),
        ("run.json", lambda b: b.replace(b'"seed": ', b'"seed": 1', 1), "run.json: damaged"),
        ("run.json", lambda b: b"", "run.json: damaged"),
    ],
)
def test_what_is_damaged_is_refused_in_one_line(copied: Path, thin_town, cache, file: str, spoil, said: str):
    whole = (copied / file).read_bytes()
    (copied / file).write_bytes(spoil(whole))
    assert (copied / file).read_bytes() != whole
    with pytest.raises(InputError, match=said) as refused:
        resumed(copied, thin_town, cache)
    assert "\n" not in str(refused.value)
    assert not (copied.parent / "results").exists()


@pytest.mark.parametrize(
    "file", ["run.json", "month-0003/manifest.json", "month-0003/state.npz", "month-0003/patients-flags.npy"]
)
def test_what_is_missing_is_refused(copied: Path, thin_town, cache, file: str):
    (copied / file).unlink()
    with pytest.raises(InputError, match="nothing to resume" if file == "run.json" else "missing from the checkpoint"):
        resumed(copied, thin_town, cache)


@pytest.mark.parametrize(
    ("file", "changes", "said"),
    [
        ("run.json", {"format": 99}, "of format 99, this version reads 1"),
        ("run.json", {"model": "0.0+old"}, r"begun with model 0\.0\+old, this one is this version"),
        ("run.json", {"scenario": {"months": "few"}}, "run.json: damaged"),
        ("month-0003/manifest.json", {"region": "another"}, "of a region with content another"),
    ],
)
def test_another_format_model_or_region_is_refused(copied: Path, thin_town, cache, file: str, changes: dict, said: str):
    write_card({**read_card(copied / file), **changes}, copied / file)
    with pytest.raises(InputError, match=said):
        resumed(copied, thin_town, cache)


def test_one_process_at_a_time(copied: Path):
    held = Store.open(copied, "this version")
    with pytest.raises(InputError, match="another process is running it"):
        Store.open(copied, "this version")
    held.close()
    Store.open(copied, "this version").close()


def test_a_run_does_not_begin_where_another_is_unfinished(copied: Path):
    with pytest.raises(InputError, match="checkpoints of an unfinished run are there"):
        Store.begin(copied, run_of(copied.parent))


def test_the_latest_complete_checkpoint_counts(copied: Path):
    """What a kill leaves: an older one half removed, a newer one half written. Neither is looked at."""
    shutil.copytree(copied / "month-0003", copied / "month-0002")
    (copied / "month-0002" / "manifest.json").unlink()
    shutil.copytree(copied / "month-0003", copied / ".month-0004.unfinished")
    kept = Store.open(copied, "this version")
    assert kept.latest == copied / "month-0003"
    assert names(copied) == ["lock", "month-0002", "month-0003", "run.json"]
    kept.remove()
    assert not copied.exists()


def test_a_full_disk_keeps_the_checkpoint_before(copied: Path, thin_town, cache):
    """The file system refuses in the middle of writing."""
    kept = Store.open(copied, "this version")
    model = RegistrationModel(SCENARIO, region=thin_town, travel_cache=cache)
    with record_run(model, copied.parent / "results", resume=lambda recording: kept.restore(model, recording)) as again:
        model.step()
        again.month()
        # The limit is the process's own, and a file that would pass it cannot be written.
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
        try:
            with pytest.raises(InputError, match="after 4 months; make room, then go on with gpdrift run --resume"):
                kept.write(model, again)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, heard)
        assert names(copied) == ["lock", "month-0003", "run.json"]
        kept.write(model, again)
        assert names(copied) == ["lock", "month-0004", "run.json"]
    kept.close()


@pytest.mark.parametrize(("every", "due"), [(1, [1, 2, 3, 4, 5]), (2, [2, 4]), (3, [3]), (7, [])])
def test_checkpoints_are_due_every_so_many_months_but_not_at_the_end(tmp_path: Path, every: int, due: list[int]):
    kept = Store(tmp_path, run_of(tmp_path, every))
    assert [month for month in range(1, 7) if kept.due(month)] == due


def test_a_disk_without_links_is_written_to_all_the_same(left: Path, copied: Path, thin_town, cache, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    kept = Store.open(copied, "this version")
    model = RegistrationModel(SCENARIO, region=thin_town, travel_cache=cache)
    with record_run(model, copied.parent / "results", resume=lambda recording: kept.restore(model, recording)) as again:
        model.step()
        again.month()
        monkeypatch.setattr(os, "link", refuse)
        kept.write(model, again)
    kept.close()
    first = "history-0001.npz"
    assert (copied / "month-0004" / first).read_bytes() == (left / "month-0003" / first).read_bytes()
    assert resumed_months(copied, thin_town, cache) == 4


def resumed_months(folder: Path, region, cache) -> int:
    shutil.rmtree(folder.parent / "results")
    model = resumed(folder, region, cache)
    return model.month_number - (2021 - 1970) * 12
