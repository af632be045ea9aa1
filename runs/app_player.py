"""Play, pause, step and restart of one visitor's run, in a thread of its own so that the page answers meanwhile."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable

from model.errors import InputError
from runs.app_session import Choices, Session

SHORTEST = 0.08
"""Seconds a month is shown at least."""


class Player:
    """Moves a session on and says when there is something new to show.

    Attributes:
        playing: months follow one another.
        busy: what is being done that takes long; empty = nothing.
        error: what went wrong last, a sentence; empty = nothing.
    """

    def __init__(self, session: Session, changed: Callable[[], None]) -> None:
        """Move this session; ``changed`` is called after everything that shows."""
        self.session, self._changed = session, changed
        self.playing, self.busy, self.error = False, "", ""
        self._closed = threading.Event()
        self._one_at_a_time = threading.Lock()

    def step(self, choices: Choices) -> None:
        """One month; a run that has not begun begins with what is chosen now."""
        self._start(lambda: self._move(choices, self.session.step))

    def play(self, choices: Choices) -> None:
        """Months one after another until paused or over."""
        self._start(lambda: self._move(choices, self._play))

    def pause(self) -> None:
        """Stop after this month."""
        self.playing = False
        self._changed()

    def restart(self, choices: Choices) -> None:
        """Begin again with what is chosen now."""
        self.playing = False
        self._start(lambda: self._make(choices))

    def close(self) -> None:
        """The visitor has gone."""
        self.playing = False
        self._closed.set()

    def forget_error(self) -> None:
        """The visitor has read it."""
        self.error = ""
        self._changed()

    def _start(self, act: Callable[[], object]) -> None:
        threading.Thread(target=self._guarded, args=(act,), daemon=True).start()

    def _guarded(self, act: Callable[[], object]) -> None:
        """Do one thing at a time; every failure becomes a sentence, and bugs a traceback on the server besides."""
        with self._one_at_a_time:
            if self._closed.is_set():
                return
            try:
                self.error = ""
                act()
            except InputError as mistake:
                self.error = f"That cannot be run: {mistake}."
            except Exception as bug:
                traceback.print_exc(file=sys.stderr)
                self.error = (
                    f"Something went wrong in the model ({type(bug).__name__}); the details are where gpdrift serve runs."
                    " Restart, or choose something else."
                )
            finally:
                self.playing, self.busy = False, ""
                self.show()

    def _move(self, choices: Choices, on: Callable[[], None]) -> None:
        if self.session.elapsed == 0 and choices != self.session.choices:
            self._make(choices)
        if not self.session.finished:
            on()

    def _make(self, choices: Choices) -> None:
        self.busy = "Making the people ..."
        self.show()
        self.session.restart(choices)
        self.busy = ""

    def _play(self) -> None:
        self.playing = True
        self.show()
        while self.playing and not self.session.finished and not self._closed.is_set():
            self.session.step()
            self.show()
            self._closed.wait(SHORTEST)

    def show(self) -> None:
        """There is something new to show."""
        if not self._closed.is_set():
            self._changed()
