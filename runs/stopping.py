"""Ctrl-C and termination: leave through the ordinary way out, so that nothing half-written stays.

An exception raised by a signal is lost when the signal arrives inside a callback of the compiler. What was asked is
therefore remembered, and long work looks at it between months. While a module is being loaded a stop waits: raised in
the middle of one written in C++ it would end the process with an abort.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
TERMINATED = 143
STOPPED = "gpdrift: stopped; nothing half-written is left"
AGAIN = 0.05
"""Seconds after which a stop that came while a module was being loaded is heard again."""
_LOADER = "<frozen importlib._bootstrap>"
_asked: list[int] = []


def leave_at_once() -> None:
    """Let Ctrl-C and the request to terminate end the process there and then: while it loads, with nothing to clear up.

    Raised there, it would show a traceback of whatever was being imported, or be lost in it.
    """
    signal.signal(signal.SIGINT, _gone)
    signal.signal(signal.SIGTERM, _gone)


def listen() -> None:
    """Take over Ctrl-C and the request to terminate."""
    signal.signal(signal.SIGINT, _heard)
    signal.signal(signal.SIGTERM, _heard)


def stop_if_asked() -> None:
    """Stop now if it was asked for earlier.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
        SystemExit: the process was asked to terminate.
    """
    if _asked:
        raise KeyboardInterrupt if _asked[-1] == signal.SIGINT else SystemExit(TERMINATED)


@contextmanager
def told_apart() -> Iterator[None]:
    """What fails within this after a stop was asked for is that stop: libraries wrap the exception in others of theirs.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
        SystemExit: the process was asked to terminate.
    """
    try:
        yield
    except Exception:
        stop_if_asked()
        raise


@contextmanager
def heard_afterwards() -> Iterator[None]:
    """Within this a stop is only noted, and heard when the block ends: for what cannot be left half-way.

    Processes begun within it never hear Ctrl-C, which a terminal sends to all of them: who began them ends them.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed within the block.
        SystemExit: the process was asked to terminate within it.
    """
    before = {each: signal.signal(each, _noted) for each in (signal.SIGINT, signal.SIGTERM)}
    masks = hasattr(signal, "pthread_sigmask")
    if masks:  # threads and processes begun by this thread inherit it
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for each, handler in before.items():
            signal.signal(each, handler)
    stop_if_asked()


def _gone(number: int, frame: FrameType | None) -> None:
    os.write(2, f"{STOPPED}\n".encode())
    os._exit(INTERRUPTED if number == signal.SIGINT else TERMINATED)


def _noted(number: int, frame: FrameType | None) -> None:
    _asked.append(number)


def _heard(number: int, frame: FrameType | None) -> None:
    if _loading(frame):
        threading.Timer(AGAIN, _send_again, (number,)).start()
        return
    _noted(number, frame)
    stop_if_asked()


def _send_again(number: int) -> None:
    waiting = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and waiting is not None:  # also wakes it where it waits
        signal.pthread_kill(waiting, number)
    else:
        signal.raise_signal(number)


def _loading(frame: FrameType | None) -> bool:
    """Whether a module is being loaded by who was interrupted."""
    while frame is not None:
        if frame.f_code.co_filename == _LOADER:
            return True
        frame = frame.f_back
    return False
