"""Compiling everything before it is first needed, in two processes: what a first run waits for most.

A compiled function is made when it is first called, one after the other, for the kinds of what it is called with. To
make two at a time these have to be known before anything is called: ``signatures.json`` says what the default run calls
its functions with. A list that is out of date costs time and nothing else: what is not in it is compiled when called.

``python tests/model/patients/test_ahead.py`` writes the list anew.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from numba import config as _config
from numba import types as _types
from numba.core.caching import Cache as _Cache
from numba.core.registry import CPUDispatcher

# What numba says of its own types is not all there is.
config: Any = _config
types: Any = _types
Cache: Any = _Cache

LIST = Path(__file__).with_name("signatures.json")
LONGEST = "model.patients.month:decide_strip"
"""Takes a third of the whole: the second process begins with it."""
MONTHLY = (".month:", ".tally:", ".reassign:")


def describe(kind: Any) -> Any:
    """A type of the compiler's as JSON: a name; an array as [of what, dimensions, layout, may be written]; tuples; omitted.

    Raises:
        TypeError: a type no function is expected to be called with.
    """
    if isinstance(kind, types.Array):
        return [str(kind.dtype), kind.ndim, kind.layout, kind.mutable]
    if isinstance(kind, types.BaseNamedTuple):
        made = kind.instance_class
        return {f"{made.__module__}:{made.__qualname__}": [describe(each) for each in kind]}
    if isinstance(kind, types.BaseTuple):
        return {"": [describe(each) for each in kind]}
    if isinstance(kind, types.Omitted):
        return {"omitted": [kind.value]}
    if isinstance(kind, types.Number | types.Boolean):
        return str(kind)
    raise TypeError(f"{kind}: cannot be kept in {LIST.name}")


def kind_of(told: Any) -> Any:
    """The type that :func:`describe` told.

    Raises:
        TypeError: a named tuple had other fields then.
    """
    if isinstance(told, str):
        return types.boolean if told == "bool" else getattr(types, told)
    if isinstance(told, list):
        of, dimensions, layout, mutable = told
        return types.Array(kind_of(of), dimensions, layout, readonly=not mutable)
    ((made, parts),) = told.items()
    if made == "omitted":
        return types.Omitted(*parts)
    kinds = [kind_of(part) for part in parts]
    if not made:
        return types.Tuple(kinds)
    named: Any = _named(made)
    if len(kinds) != len(named._fields):
        raise TypeError(f"{made}: has {len(named._fields)} fields now, and had {len(kinds)}")
    alike = len(set(kinds)) == 1
    return types.NamedUniTuple(kinds[0], len(kinds), named) if alike else types.NamedTuple(kinds, named)


def compiled_so_far() -> dict[str, list[Any]]:
    """What the functions that are no part of others have been compiled for in this process, by name."""
    found: dict[str, list[Any]] = {}
    for module in [*sys.modules.values()]:
        if getattr(module, "__name__", "").startswith("model."):
            for each in vars(module).values():
                if isinstance(each, CPUDispatcher) and not each.targetoptions.get("forceinline") and each.signatures:
                    function = each.py_func
                    found[f"{function.__module__}:{function.__qualname__}"] = [
                        [describe(kind) for kind in signature] for signature in each.signatures
                    ]
    return dict(sorted(found.items()))


def compile_ahead(say: Callable[[], None], look_up: Callable[[], None] = lambda: None) -> None:
    """Compile what the list names, unless something of this version has been compiled on this computer before.

    Args:
        say: told when there is something to be done.
        look_up: called between functions; may raise to stop.
    """
    module, name = LONGEST.split(":")
    if any(Path(config.CACHE_DIR).rglob(f"{module.rpartition('.')[2]}.{name}-*.nbi")):
        return
    say()
    listed = json.loads(LIST.read_text())
    # Those of the months are at the tail, the longest last: they share much, which is compiled once in one process.
    order = sorted(listed, key=lambda name: (name == LONGEST, any(part in name for part in MONTHLY), name))
    work = [(name, kinds) for name in order for kinds in listed[name]]
    # The syntax trees of the compiler are many and hang together in circles; looking for rubbish among them takes a
    # seventh of the time.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        _share(work, look_up)
    finally:
        if was_enabled:
            gc.enable()


def _share(work: list[tuple[str, Any]], look_up: Callable[[], None]) -> None:
    """This process begins at the head, the other at the tail, until they meet. Where that cannot be, nothing is done."""
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return
    context = get_context("fork")  # what is loaded need not be loaded again
    left, lock, keeping = context.Array("i", [0, len(work)], lock=False), context.Lock(), context.Lock()
    keep = Cache.save_overload

    def keep_alone(cache: Any, signature: Any, data: Any) -> None:
        # Two processes that keep a function for two kinds of arguments at once may take each other's file for their own.
        with keeping:
            keep(cache, signature, data)

    def take(at_head: bool) -> Iterator[tuple[str, Any]]:
        while True:
            with lock:
                if left[0] >= left[1]:
                    return
                left[0 if at_head else 1] += 1 if at_head else -1
                number = left[0] - 1 if at_head else left[1]
            yield work[number]

    def help_out() -> None:
        # Whoever stops the run stops this process with it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _compile(take(at_head=False))

    Cache.save_overload = keep_alone
    try:
        other = context.Process(target=help_out, daemon=True)
        other.start()
        for one in take(at_head=True):
            _compile([one])
            look_up()
        other.join()
    finally:
        Cache.save_overload = keep


def _compile(work: Iterable[tuple[str, Any]]) -> None:
    for name, kinds in work:
        try:
            _named(name).compile(tuple(kind_of(kind) for kind in kinds))
        except (TypeError, AttributeError, ImportError):
            continue  # the list is out of date: compiled when called
        except Exception as failure:
            if not type(failure).__module__.startswith("numba"):
                raise


def _named(name: str) -> Any:
    module, _, inside = name.partition(":")
    return getattr(import_module(module), inside)
