"""Libraries that are loaded once something of them is asked for, not when somebody might need them one day.

Mesa loads pandas for tables that a model may never make. Named here, such a module fills itself at the first look into
it, and costs nothing where nobody looks. The standard library's LazyLoader does the same but fills itself also when
only asked for its file, which Mesa asks every module there is.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

SELDOM_NEEDED = ("numpy.f2py", "pandas", "requests", "yaml")
LOOKS_AROUND = "mesa"
_filling = threading.RLock()


class Later(ModuleType):
    """A module that is loaded at the first look at anything in it."""

    def __getattr__(self, name: str) -> Any:
        """Load, and look again."""
        with _filling:  # other threads wait until all of it is there
            loader = self.__dict__.pop("_loader", None)
            if loader is not None:
                try:
                    loader.exec_module(self)
                except BaseException:
                    self._loader = loader  # the next to look is told the same
                    raise
                self.__class__ = ModuleType  # type: ignore[assignment]
            elif type(self) is Later:  # its own parts look into it while it is loaded
                raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(self, name)


class _Finder(MetaPathFinder, Loader):
    """Finds what is seldom needed where it is, and puts off its loading."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = frozenset(names)
        self.found: dict[str, Loader] = {}

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Where a module is; None = not our affair."""
        spec = PathFinder.find_spec(name, path) if name in self.names or name == LOOKS_AROUND else None
        if spec is not None and spec.loader is not None:
            self.found[name], spec.loader = spec.loader, self
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module empty for now."""
        assert module.__spec__ is not None
        loader = self.found.pop(module.__name__)
        module.__spec__.loader = module.__loader__ = loader
        if module.__name__ == LOOKS_AROUND:
            with _without_sources():
                loader.exec_module(module)
            return
        module._loader = loader  # type: ignore[attr-defined]
        module.__class__ = Later


def load_later(*names: str) -> None:
    """Have these modules loaded when something of them is needed; nothing changes for those that are loaded."""
    sys.meta_path.insert(0, _Finder(names))


def load_now(name: str) -> None:
    """Load a module with all that is in it."""
    module = import_module(name)
    if type(module) is Later:
        getattr(module, "all of it", None)


def loaded(name: str) -> bool:
    """Whether a module is there with all that is in it."""
    return name in sys.modules and type(sys.modules[name]) is not Later


@contextmanager
def _without_sources() -> Iterator[None]:
    """Mesa is loaded in a fifth of a second less within this.

    Two of its modules ask for the name of their caller through :mod:`inspect`, which for every frame looks through all
    modules and reads the source. They use the name only.
    """
    frame_info, module_of = inspect.getframeinfo, inspect.getmodule

    def name_of(frame: Any, context: int = 1) -> Any:
        if not inspect.isframe(frame):
            return frame_info(frame, context)
        return inspect.Traceback(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name, None, None)

    def module_here(frame: Any, _filename: str | None = None) -> ModuleType | None:
        if not inspect.isframe(frame):
            return module_of(frame, _filename)
        return sys.modules.get(frame.f_globals["__name__"])

    inspect.getframeinfo, inspect.getmodule = name_of, module_here  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getframeinfo, inspect.getmodule = frame_info, module_of
