"""What a visitor meets first: the page at once, and the model in it as soon as it is made.

Making the first run takes about as long as a browser takes to load the page's scripts. Both are done at the same time:
this module imports neither the model nor what draws it before the server listens.
"""

from __future__ import annotations

import atexit
import gc
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import solara
from reacton import utils

from model.errors import InputError
from runs import app_offers
from runs.later import loaded

if TYPE_CHECKING:
    from runs.app_session import Session

_item = utils.import_item
# For every state of a page Solara looks into pandas, to see whether it is a table, and would have it loaded by that.
utils.import_item = lambda name: _item(name) if loaded(name.rpartition(".")[0]) else None
SHARING = 0.0005
"""Seconds until Python lets another thread go on while the model is made; as a rule it is ten times that, which each of
the hundreds of pieces the page's scripts are sent in would wait."""
STYLE = (Path(__file__).parent / "app.css").read_text(encoding="utf-8")


class Opening:
    """The first run of a server, made in a thread of its own.

    Attributes:
        error: why it could not be made, a sentence; empty = it could.
    """

    def __init__(self) -> None:
        """Nothing is begun."""
        self.error = ""
        self._over = threading.Event()
        self._spare: Session | None = None
        self._taking = threading.Lock()

    def begin(self) -> None:
        """Begin, and come back at once."""
        threading.Thread(target=self._open, daemon=True).start()

    @property
    def over(self) -> bool:
        """Whether the run is made, or cannot be."""
        return self._over.is_set()

    def wait(self) -> None:
        """Come back when it is over."""
        self._over.wait()

    def take(self) -> Session | None:
        """The run, for the first who asks; nobody shares it."""
        with self._taking:
            taken, self._spare = self._spare, None
        return taken

    def _open(self) -> None:
        before = sys.getswitchinterval()
        sys.setswitchinterval(SHARING)
        try:
            import runs.app  # noqa: F401
            from runs.app_session import Choices, Session

            offered = app_offers.OFFERED
            self._spare = Session(offered, Choices(region=offered.first))
        except InputError as mistake:
            self.error = f"{app_offers.OFFERED.first} cannot be opened: {mistake}."
        except Exception as bug:
            traceback.print_exc(file=sys.stderr)
            self.error = f"The model cannot be opened ({type(bug).__name__}); the details are where gpdrift serve runs."
        finally:
            # serve_app has switched it off. What is there by now stays, and is not looked through until the process ends:
            # then what nothing looked through would be reported as leaked.
            gc.freeze()
            atexit.register(gc.unfreeze)
            gc.enable()
            sys.setswitchinterval(before)
            self._over.set()


OPENING = Opening()
"""Of this server; one that was never begun makes visitors wait, so whoever serves the page begins it."""


@solara.component
def Layout(children: list[Any]) -> Any:
    """The page as it is, without a frame of Solara's."""
    return solara.Div(children=children)


@solara.component_vue("app_wait.vue")
def Wait(said: str, failed: bool) -> None:
    """What is seen meanwhile. A template, so that the browser has loaded what reads templates when the app comes."""


@solara.component
def Page() -> None:
    """The app, or, until it can be shown, what is being done."""
    over, set_over = solara.use_state(OPENING.over)

    def watch() -> Callable[[], None] | None:
        if over:
            return None
        gone = threading.Event()

        def look() -> None:
            OPENING.wait()
            if not gone.is_set():
                set_over(True)

        threading.Thread(target=look, daemon=True).start()
        return gone.set

    solara.use_effect(watch, [])
    solara.Title("gpdrift")
    solara.Style(STYLE)
    if over and not OPENING.error:
        from runs.app import App

        App()
        return
    said = OPENING.error if over else f"Making the people of {app_offers.OFFERED.first} ..."
    Wait(said=said, failed=over)
