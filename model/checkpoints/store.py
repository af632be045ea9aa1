"""The folder a run keeps its checkpoints in: begun with the run, written every so many months, gone when it is done."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from model.checkpoints.files import (
    Written,
    check_length,
    read_card,
    read_columns,
    read_tree,
    sync_folder,
    write_card,
    write_columns,
    write_tree,
)
from model.checkpoints.history import (
    NOTHING,
    Length,
    add_history,
    forget_history,
    history_since,
    length_of,
    restore_recording,
    state_of_recording,
)
from model.checkpoints.model_state import months_lived, restore, state_of
from model.checkpoints.trees import Packer, Unpacker
from model.errors import InputError
from model.patients.columns import COLUMNS, Columns
from model.scenario import Scenario

if TYPE_CHECKING:
    from model.model import RegistrationModel
    from model.recording import Recording

FORMAT = 1
_MONTH = re.compile(r"month-\d{4,}")


class Run(NamedTuple):
    """What is run, with what, and how: all that a command needs to begin or to go on."""

    scenario: Scenario
    engine: str
    """columns or agents."""
    region: str
    """Preset or absolute folder; the scenario holds the name it was given by."""
    register: str
    """Months whose register is kept, as on the command line."""
    every: int
    """Months between checkpoints."""
    results: str
    """Absolute folder of the results to be."""
    model: str
    """Version of the model."""


class Store:
    """The checkpoints of one run, in one folder, held by one process."""

    def __init__(self, folder: Path, run: Run) -> None:
        """Use :meth:`begin` or :meth:`open`."""
        self.folder, self.run = folder, run
        self._lock: Any = None
        self._written: Length = NOTHING
        self._histories: list[str] = []

    @classmethod
    def begin(cls, folder: Path, run: Run) -> Store:
        """Make the folder of a run that begins.

        Raises:
            InputError: there is one already.
        """
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            raise InputError(
                f"{folder}: checkpoints of an unfinished run are there; go on with gpdrift run --resume {folder}"
                " or remove it"
            ) from None
        store = cls(folder, run)
        store._take()
        content = {**run._asdict(), "scenario": msgspec.to_builtins(run.scenario), "format": FORMAT}
        try:
            write_card(content, folder / "run.json")
            sync_folder(folder.parent)
        except BaseException:
            _remove(folder)
            raise
        return store

    @classmethod
    def open(cls, folder: Path, version: str) -> Store:
        """The folder of a run that was killed or stopped.

        Raises:
            InputError: there is nothing to resume; it is damaged, of another format or model version, or being run.
        """
        file = folder / "run.json"
        if not file.is_file():
            raise InputError(f"{folder}: no checkpoints there; nothing to resume")
        content = read_card(file)
        _same(content.pop("format", None), FORMAT, file, "format")
        _same(content.get("model"), version, file, "model")
        try:
            scenario = msgspec.convert(content.pop("scenario"), Scenario)
            store = cls(folder, Run(scenario=scenario, **content))
        except (TypeError, KeyError, msgspec.ValidationError):
            raise InputError(f"{file}: damaged; start the run anew") from None
        store._take()
        for left in folder.glob(".*.unfinished"):
            _remove(left)
        return store

    @property
    def latest(self) -> Path | None:
        """The last complete checkpoint; None before the first."""
        return next(reversed(self._checkpoints()), None)

    def _checkpoints(self) -> list[Path]:
        """Complete checkpoints, and perhaps an older one whose removal was cut short, in order of time."""
        return sorted((p for p in self.folder.iterdir() if _MONTH.fullmatch(p.name)), key=_months_of)

    @property
    def months(self) -> int:
        """Months the last checkpoint was written after, 0 before the first."""
        latest = self.latest
        return 0 if latest is None else _months_of(latest)

    def due(self, months: int) -> bool:
        """Whether a checkpoint is to be written after so many months: not after the last, when results are."""
        return months % self.run.every == 0 and months < self.run.scenario.months

    def write(self, model: RegistrationModel, recording: Recording) -> None:
        """Write a checkpoint; the one before is removed when it is on the disk.

        Raises:
            InputError: the disk is full or cannot be written.
        """
        months, before = months_lived(model), self.latest
        making = self.folder / f".month-{months:04d}.unfinished"
        _remove(making)
        try:
            making.mkdir()
            self._write_into(making, before, model, recording)
            sync_folder(making)
            making.rename(self.folder / f"month-{months:04d}")
            sync_folder(self.folder)
        except OSError as failure:
            _remove(making)
            raise InputError(
                f"checkpoint {self.folder}: {failure.strerror} after {months} months; make room, then go on with"
                f" gpdrift run --resume {self.folder}"
            ) from None
        except BaseException:
            _remove(making)
            raise
        for older in self._checkpoints()[:-1]:
            _remove(older)

    def _write_into(self, making: Path, before: Path | None, model: RegistrationModel, recording: Recording) -> None:
        """The files of one checkpoint: histories of the one ``before`` shared, what has come since, and the state."""
        months, files = months_lived(model), {}
        if before is not None:
            known = read_card(before / "manifest.json")["files"]
            for name in (f"{history}{end}" for history in self._histories for end in (".json", ".npz")):
                _share(before / name, making / name)
                files[name] = known[name]
        packer = Packer()
        history = f"history-{months:04d}"
        tree = history_since(model, recording, self._written, packer)
        files |= write_tree(tree, packer.arrays, making, history)
        packer = Packer()
        state = {"model": state_of(model, packer), "recording": state_of_recording(recording, packer)}
        files |= write_tree(state, packer.arrays, making, "state")
        files |= write_columns(_named(model.engine.columns, model.engine.rows), making)
        histories = [*self._histories, history]
        write_card(
            {
                "format": FORMAT,
                "model": self.run.model,
                "region": model.region.digest,
                "months": months,
                "month": model.month.isoformat(),
                "histories": histories,
                "files": {name: list(written) for name, written in files.items()},
            },
            making / "manifest.json",
        )
        self._histories, self._written = histories, length_of(model, recording)

    def check(self, region: str) -> dict[str, Any]:
        """Make sure, before anything long is begun, that the last checkpoint is of a region and its files are all there.

        Args:
            region: digest of the region that is there now.

        Returns:
            Its manifest.

        Raises:
            InputError: the checkpoint is of another format, model or region, or a file is missing or of another length.
        """
        folder = self.latest
        if folder is None:
            raise InputError(f"{self.folder}: no checkpoint was written yet")
        file = folder / "manifest.json"
        card = read_card(file)
        _same(card["format"], FORMAT, file, "format")
        _same(card["model"], self.run.model, file, "model")
        _same(card["region"], region, file, "region")
        for name, (length, _) in card["files"].items():
            check_length(folder / name, length)
        return card

    def restore(self, model: RegistrationModel, recording: Recording) -> None:
        """Make a model at its start, and a recording of nothing, what they were at the last checkpoint.

        Raises:
            InputError: see :meth:`check`; or the content of a file is damaged.
        """
        card, folder = self.check(model.region.digest), self.latest
        assert folder is not None
        files = {name: Written(*written) for name, written in card["files"].items()}
        tree, arrays = read_tree(folder, "state", files)
        rows, reader = tree["model"]["rows"], Unpacker(arrays)
        restore(model, tree["model"], reader, lambda columns: read_columns(folder, _named(columns, None), rows, files))
        restore_recording(recording, tree["recording"], reader)
        forget_history(model, recording)
        for history in card["histories"]:
            tree, arrays = read_tree(folder, history, files)
            add_history(model, recording, tree, Unpacker(arrays))
        self._histories, self._written = list(card["histories"]), length_of(model, recording)

    def remove(self) -> None:
        """Remove the folder: the run is done."""
        self.close()
        _remove(self.folder)

    def close(self) -> None:
        """Let another process hold the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take(self) -> None:
        try:
            import fcntl
        except ImportError:  # not everywhere; two processes on one folder are then the user's to avoid
            return
        self._lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(f"{self.folder}: another process is running it") from None


def _months_of(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix("month-"))


def _named(columns: Columns, rows: int | None) -> dict[str, Any]:
    return {f"patients-{name}": column[:rows] for name, column in zip(COLUMNS, columns, strict=True)}


_WORDS = {
    "format": "a checkpoint of format {found}, this version reads {expected}",
    "model": "begun with model {found}, this one is {expected}",
    "region": "of a region with content {found}, the one there now has {expected}",
}


def _same(found: Any, expected: Any, file: Path, what: str) -> None:
    if found != expected:
        words = _WORDS[what].format(found=found, expected=expected)
        raise InputError(f"{file}: {words}; a run goes on only with what it began with")


def _share(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError:  # a disk without links
        shutil.copyfile(old, new)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
