"""Who does what: a claim is a small file that only one process can make, and that its owner keeps fresh.

Any number of processes, on one machine or many, can work on one experiment: all they share is its folder. The claims of
a process that died grow stale and are taken over, those of one that lives on this machine never, for a machine that slept
wakes with stale claims: one that hangs is for people to end, who are told of it. Who finds that a claim
was taken over leaves it alone. Should two processes ever do the same run, the second copy is thrown away, because a run
appears under its name by one rename.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

FRESHEN_SECONDS = 20.0
"""How often a claim is touched while its owner lives."""
STALE_SECONDS = 300.0
"""A claim not touched for so long is nobody's. Generous: folders shared over a network show new times late."""


class Holder(NamedTuple):
    """Who holds a claim."""

    host: str
    pid: int
    silent: bool
    """Whether it has not touched the claim for so long that another machine's would be taken over."""

    def __str__(self) -> str:
        """It in words, and what to do if it hangs."""
        told = f"process {self.pid} on {self.host}"
        if not self.silent:
            return told
        return (
            f"{told}, which has been silent for over {STALE_SECONDS / 60:.0f} minutes (if it hangs, end it there with"
            f" kill -9 {self.pid}, and what it holds is taken over)"
        )


class Claims:
    """The claims of one process in one folder."""

    def __init__(self, folder: Path, stale_seconds: float = STALE_SECONDS) -> None:
        """No claims yet."""
        self.folder, self.stale_seconds = folder, stale_seconds
        self.held: set[str] = set()
        self._token = uuid.uuid4().hex
        self._over = threading.Event()
        """That of the keeper at work: each has its own, as one that is told to end takes a moment."""
        self._keeper: threading.Thread | None = None

    def take(self, name: str) -> bool:
        """Claim a name; False where another process has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._make(name) and not (self._set_aside_stale(name) and self._make(name)):
            return False
        self.held.add(name)
        if self._over.is_set() or self._keeper is None or not self._keeper.is_alive():
            self._over = threading.Event()
            self._keeper = threading.Thread(
                target=self._keep_fresh, args=(self._over,), name="gpdrift-claims", daemon=True
            )
            self._keeper.start()
        return True

    def release(self, name: str) -> None:
        """Give a claim up."""
        if name in self.held:
            self.held.discard(name)
            if self._mine(name):
                (self.folder / name).unlink(missing_ok=True)

    def release_all(self) -> None:
        """Give every claim up and stop keeping them fresh, until another is taken."""
        self._over.set()
        for name in sorted(self.held):
            self.release(name)

    def sweep(self) -> None:
        """Remove what processes that are gone have left: claims, and files of a moment."""
        for file in list(self.folder.iterdir()) if self.folder.is_dir() else []:
            if file.name.startswith("."):
                with contextlib.suppress(OSError):
                    if self._now() - file.stat().st_mtime > self.stale_seconds:
                        file.unlink()
            elif file.name not in self.held:
                self._set_aside_stale(file.name)

    def taken(self, name: str) -> bool:
        """Whether another process that seems to live has claimed it."""
        return name not in self.held and (self.folder / name).exists() and not self._stale(self.folder / name)

    def holders(self, names: Iterable[str]) -> list[Holder]:
        """The other processes that seem to live and hold one of these claims, each once."""
        found = set()
        for name in names:
            if self.taken(name):
                owner, file = _owner(self.folder / name), self.folder / name
                with contextlib.suppress(OSError):
                    silent = self._now() - file.stat().st_mtime > self.stale_seconds
                    if owner:
                        found.add(Holder(str(owner.get("host", "")), int(owner.get("pid", 0)), silent))
        return sorted(found)

    def _make(self, name: str) -> bool:
        """Make the file, if there is none."""
        try:
            handle = os.open(self.folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except FileExistsError:
            return False
        with os.fdopen(handle, "w") as stream:
            owner = {"host": socket.gethostname(), "pid": os.getpid(), "born": _born(os.getpid()), "token": self._token}
            json.dump(owner, stream)
        return True

    def _mine(self, name: str) -> bool:
        """Whether a claim is still this process's: one that was silent for long may have been taken over."""
        return bool(_owner(self.folder / name).get("token") == self._token)

    def _set_aside_stale(self, name: str) -> bool:
        """Remove a claim whose owner is gone; the rename lets only one process do it."""
        file = self.folder / name
        if not self._stale(file):
            return False
        aside = self.folder / f".{name}.{self._token}"
        try:
            file.rename(aside)
        except OSError:
            return False
        aside.unlink(missing_ok=True)
        return True

    def _stale(self, file: Path) -> bool:
        """Whether the owner of a claim is gone: its process, where this machine can tell, or else by the claim's age."""
        try:
            touched = file.stat().st_mtime
        except FileNotFoundError:
            return True
        except OSError:
            return False  # a network that does not answer tells nothing of the owner
        owner = _owner(file)
        lives = _lives(owner) if owner.get("host") == socket.gethostname() else None
        if lives is not None:
            return not lives
        return self._now() - touched > self.stale_seconds

    def _now(self) -> float:
        """The hour by the clock that dates the files, which need not be this machine's."""
        probe = self.folder / f".clock.{self._token}"
        try:
            probe.touch()
            return probe.stat().st_mtime
        except OSError:
            return time.time()
        finally:
            with contextlib.suppress(OSError):
                probe.unlink()

    def _keep_fresh(self, over: threading.Event) -> None:
        while not over.wait(FRESHEN_SECONDS):
            for name in sorted(self.held):
                with contextlib.suppress(OSError):
                    if self._mine(name):
                        os.utime(self.folder / name)


def _owner(file: Path) -> dict[str, Any]:
    """Who made a claim; nobody in particular while it is being written, or where it is gone."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _lives(owner: dict[str, Any]) -> bool | None:
    """Whether a process of this machine lives; None where it cannot be told from another that has its number now."""
    pid, born = int(owner.get("pid", 0)), owner.get("born")
    if pid <= 0 or os.name == "nt":  # signal 0 would end a process of Windows
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # somebody else's
    now = _born(pid)
    return None if now is None or not born else now == born


def _born(pid: int) -> str | None:
    """When a process started, in clock ticks since this machine did; None where there is no /proc to read it from.

    Empty where it has ended and nobody has taken notice.
    """
    try:
        about = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name of the program stands in parentheses and may hold anything.
    fields = about.rpartition(")")[2].split()
    return "" if fields[0] in ("Z", "X") else fields[19]
