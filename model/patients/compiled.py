"""How the model's functions are compiled: two kinds, for what one patient does and for strips of patients.

Both switch numba's reference counting off (``_nrt=False``). A decision reads some ninety arrays through named tuples,
and counting references to them, atomically and for every patient, took ten times as long as the decision itself. The
arrays belong to the caller for the whole call, so nothing needs counting; in return such a function cannot make arrays.
"""

from __future__ import annotations

from typing import Any

import numba

# numba's annotations leave out the options that are its own affair.
njit: Any = numba.njit

scalar = njit(cache=True, forceinline=True, _nrt=False, no_cfunc_wrapper=True)
"""A function of one patient, made part of whoever calls it; also callable from Python, as the agent engine does."""


def leaf(signature: str) -> Any:
    """Compile a small function for the one signature given.

    Without a signature numba compiles anew for every constant that is passed.
    """
    return numba.njit(signature, cache=True, forceinline=True, _nrt=False, no_cfunc_wrapper=True)  # type: ignore[call-overload]


inner = njit(cache=True, forceinline=True, _nrt=False, no_cfunc_wrapper=True, no_cpython_wrapper=True)
"""The same, for functions only compiled ones call: without a way in from Python they compile in half the time.

There being no way in, calling one from Python stops the interpreter: such functions are used from compiled ones only.
"""

strip = njit(cache=True, nogil=True, _nrt=False, no_cfunc_wrapper=True)
"""A loop over patients or areas that lets other threads run meanwhile."""

setup = njit(cache=True, nogil=True, no_cfunc_wrapper=True)
"""A loop of the beginning, which may make arrays."""


def _leave_ways_in_plain() -> None:
    """Have the compiler leave the ways in from Python to this model's functions as they are: a quarter less compiling.

    A way in takes what a function looks up out of named tuples, up to ninety-six arrays one after the other. Making that
    fast takes the compiler 0.75 s for so many, and saves microseconds of a call that looks at thousands of patients. What
    a function itself does is compiled as well as before.
    """
    try:
        from numba.core.callwrapper import PyCallWrapper
    except ImportError:
        return  # a numba that is built otherwise: only slower to compile
    build = PyCallWrapper.build

    def build_plain(wrapper: Any) -> Any:
        function, api = build(wrapper)
        if wrapper.fndesc.modname.partition(".")[0] == __name__.partition(".")[0]:
            function.attributes.add("noinline")
            function.attributes.add("optnone")
        return function, api

    PyCallWrapper.build = build_plain  # type: ignore[method-assign]


_leave_ways_in_plain()
