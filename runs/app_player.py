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
PATIENCE = 5.0
"""Seconds the next month waits at most for a page that is still drawing this one."""


class Player:
    """Moves a session on and says when there is something new to show.

    Attributes:
        busy: what is being done that takes long; empty = nothing.
        error: what went wrong last, a sentence; empty = nothing.
    """

    def __init__(self, session: Session, changed: Callable[[], None]) -> None:
        """Move this session; ``changed`` is called after everything that shows."""
        self.session, self._changed = session, changed
        self.busy, self.error = "", ""
        self._asked = 0
        """Counts plays, pauses and restarts asked for; months follow one another while none came after their play."""
        self._playing: int | None = None
        """Number of the play that is going on or about to begin."""
        self._asking = threading.Lock()
        self._closed = threading.Event()
        self._drawn: threading.Event | None = None
        """Set while the page shows what there is; None while there is no page that tells."""
        self._one_at_a_time = threading.Lock()

    @property
    def playing(self) -> bool:
        """Whether months follow one another, or are about to."""
        return self._playing == self._asked

    def step(self, choices: Choices) -> None:
        """One month; a run that has not begun begins with what is chosen now."""
        self._start(lambda: self._move(choices, self._month))

    def play(self, choices: Choices) -> None:
        """Months one after another until paused or over; nothing where they are already."""
        with self._asking:
            if self.playing:
                return
            self._asked += 1
            self._playing = number = self._asked
        self.show()
        self._start(lambda: self._play(choices, number))

    def pause(self) -> None:
        """Stop after this month."""
        self._stop()
        self._changed()

    def restart(self, choices: Choices) -> None:
        """Begin again with what is chosen now."""
        self._stop()
        self._start(lambda: self._make(choices))

    def close(self) -> None:
        """The visitor has gone."""
        self._stop()
        self._closed.set()
        self.drawn()

    def _stop(self) -> None:
        """Let no play asked for until now go on."""
        with self._asking:
            self._asked += 1

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
                self.busy = ""
                self.show()

    def _move(self, choices: Choices, on: Callable[[], None]) -> None:
        if self.session.elapsed == 0 and choices != self.session.choices:
            self._make(choices)
        if not self.session.finished:
            on()

    def _month(self) -> None:
        """One month, which may take long: the first compiles, and all England takes a second or more."""
        self.busy = "Living through a month ..."
        self.show()
        self.session.step()

    def _make(self, choices: Choices) -> None:
        self.busy = "Making the people ..."
        self.show()
        self.session.restart(choices)
        self.busy = ""

    def _play(self, choices: Choices, number: int) -> None:
        """Months one after another while no other play, pause or restart was asked for after this one."""
        try:
            if self._asked == number:
                self._move(choices, lambda: self._months(number))
        finally:
            with self._asking:
                if self._playing == number:
                    self._playing = None

    def _months(self, number: int) -> None:
        self.show()
        while self._asked == number and not self.session.finished and not self._closed.is_set():
            self.session.step()
            self.show()
            # A page that draws in another thread would begin again and again, and never show a month.
            if self._drawn is not None:
                self._drawn.wait(PATIENCE)
            self._closed.wait(SHORTEST)

    def show(self) -> None:
        """There is something new to show."""
        if not self._closed.is_set():
            if self._drawn is not None:
                self._drawn.clear()
            self._changed()

    def drawn(self) -> None:
        """The page shows what there is."""
        if self._drawn is None:
            self._drawn = threading.Event()
        self._drawn.set()
