"""Which values an experiment tries: a grid, listed points, a Latin hypercube, Sobol's sequence in Saltelli's scheme, Morris's paths.

Every sampler fills the unit cube; ranges map it onto values. A design is made from its own seed alone, so that it is
the same on every machine, and Sobol's and Morris's designs begin alike whatever their length: asking for more samples
keeps those there are.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from model.errors import InputError
from runs.experiment_settings import Times

METHODS = ("grid", "listed", "latin-hypercube", "sobol", "morris")
MOST_LEVELS = 1000
_EXTRA = "needs SALib: install gpdrift with the extra calibrate (pip install 'gpdrift[calibrate]')"


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Values tried of one parameter: listed, or all between two bounds."""

    values: list[Any] = []
    low: float | None = None
    high: float | None = None
    levels: int = 3
    """Of a grid between the bounds."""
    scale: str = "linear"
    """linear or log."""
    times: bool = False
    """The values are factors by which the scenario's own value is multiplied."""

    def at(self, share: float) -> Any:
        """The value so far (0 to 1) between the bounds."""
        assert self.low is not None
        assert self.high is not None
        if self.scale == "log":
            value = self.low * (self.high / self.low) ** share
        else:
            value = self.low + (self.high - self.low) * share
        return min(max(value, self.low), self.high)

    def on_a_grid(self) -> list[Any]:
        """The values of a full grid."""
        return list(self.values) or [self.at(step / (self.levels - 1)) for step in range(self.levels)]

    def settings(self, value: Any) -> Any:
        """What is laid on the scenario."""
        return Times(float(value)) if self.times else value


class Sampling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How values of several parameters are combined."""

    method: str = "grid"
    samples: int = 0
    """Points of a Latin hypercube, base points of Sobol's scheme (a power of 2), paths of Morris's; 0 = 64, 64, 10."""
    seed: int = 1
    levels: int = 4
    """Of Morris's grid; even."""
    second_order: bool = False
    """With sobol: indices of pairs, for twice as many runs."""

    @property
    def number(self) -> int:
        """Samples asked for."""
        return self.samples or (10 if self.method == "morris" else 64)

    @property
    def block(self) -> str:
        """What the indices need whole: a path of Morris's, a base point of Sobol's with its neighbours."""
        return {"morris": "path", "sobol": "base point"}.get(self.method, "")

    def block_length(self, parameters: int) -> int:
        """Points of a block."""
        if self.method == "morris":
            return parameters + 1
        return (2 * parameters + 2 if self.second_order else parameters + 2) if self.method == "sobol" else 1


def check_range(place: str, method: str, values: Range) -> None:
    """Refuse ranges that say nothing, or too much, or do not fit the method.

    Raises:
        InputError: what is wrong with it.
    """
    bounds = (values.low, values.high)
    if values.values:
        if bounds != (None, None):
            raise InputError(f"{place}: give values, or low and high, not both")
        if method not in ("grid", "listed"):
            raise InputError(f"{place}: lists values, expected {{ low = ..., high = ... }}, as sampling is {method}")
        if values.times and not all(isinstance(v, int | float) for v in values.values):
            raise InputError(f"{place}: times multiplies by numbers, found {values.values}")
        return
    if method == "listed":
        raise InputError(f"{place}: expected a list of values, one for each point, as sampling is listed")
    if values.low is None or values.high is None:
        raise InputError(f"{place}: expected a list of values, or {{ low = ..., high = ... }}")
    if not values.low < values.high or not (math.isfinite(values.low) and math.isfinite(values.high)):
        raise InputError(f"{place}: low is {values.low} and high is {values.high}, expected low below high")
    if values.scale not in ("linear", "log"):
        raise InputError(f"{place}: scale is {values.scale!r}, expected linear or log")
    if values.scale == "log" and values.low <= 0:
        raise InputError(f"{place}: low is {values.low}, expected more than 0 on a log scale")
    if not 2 <= values.levels <= MOST_LEVELS:
        raise InputError(f"{place}: levels is {values.levels}, expected 2 to {MOST_LEVELS}")


def check_sampling(place: str, sampling: Sampling, parameters: int) -> None:
    """Refuse a sampling that cannot be made.

    Raises:
        InputError: what is wrong with it.
    """
    if sampling.method not in METHODS:
        raise InputError(f"{place}: method is {sampling.method!r}, expected one of {', '.join(METHODS)}")
    if sampling.seed < 0:
        raise InputError(f"{place}: seed is {sampling.seed}, expected 0 or more")
    if sampling.method == "grid":
        return
    if not parameters:
        raise InputError(f"{place}: {sampling.method} varies parameters, but there are none; add a table [parameters]")
    if sampling.method == "listed":
        return
    number = sampling.number
    if number < 2:
        raise InputError(f"{place}: samples is {number}, expected 2 or more")
    if sampling.method == "sobol" and number & (number - 1):
        raise InputError(f"{place}: samples is {number}, expected a power of 2 (such as 64) for sobol")
    if sampling.method == "morris" and (sampling.levels < 2 or sampling.levels % 2):
        raise InputError(f"{place}: levels is {sampling.levels}, expected an even number")


def number_of_points(sampling: Sampling, ranges: Mapping[str, Range]) -> int:
    """How many points :func:`points_of` gives, told without making them: a slip of the pen may ask for 10^20."""
    if not ranges:
        return 1
    if sampling.method == "grid":
        return math.prod(len(values.values) or values.levels for values in ranges.values())
    if sampling.method == "listed":
        return len(next(iter(ranges.values())).values)
    return sampling.number * sampling.block_length(len(ranges))


def points_of(sampling: Sampling, ranges: Mapping[str, Range]) -> list[dict[str, Any]]:
    """Values by parameter at every point of the design, in order; one point without values where nothing is varied.

    Raises:
        InputError: a library that is not installed.
    """
    if not ranges:
        return [{}]
    if sampling.method == "grid":
        grid = itertools.product(*(values.on_a_grid() for values in ranges.values()))
        return [dict(zip(ranges, point, strict=True)) for point in grid]
    if sampling.method == "listed":
        return [
            dict(zip(ranges, point, strict=True))
            for point in zip(*(values.values for values in ranges.values()), strict=True)
        ]
    return [
        {name: values.at(float(share)) for (name, values), share in zip(ranges.items(), point, strict=True)}
        for point in unit_points(sampling, len(ranges))
    ]


def unit_points(sampling: Sampling, parameters: int) -> np.ndarray:
    """Points of the unit cube, float64[N, parameters], by the method of the sampling.

    Morris (1991), "Factorial sampling plans for preliminary computational experiments", Technometrics 33(2);
    Saltelli (2002), "Making best use of model evaluations to compute sensitivity indices", Comput. Phys. Commun. 145.

    Raises:
        InputError: SALib is not installed.
    """
    if sampling.method == "latin-hypercube":
        from scipy.stats import qmc

        return qmc.LatinHypercube(parameters, rng=sampling.seed).random(sampling.number)
    try:
        from SALib.sample import morris, sobol
    except ImportError:
        raise InputError(f"sampling by {sampling.method} {_EXTRA}") from None
    cube = unit_problem(parameters)
    if sampling.method == "morris":
        return morris.sample(cube, sampling.number, num_levels=sampling.levels, seed=sampling.seed)
    return sobol.sample(cube, sampling.number, calc_second_order=sampling.second_order, seed=sampling.seed)


def unit_problem(parameters: int) -> dict[str, Any]:
    """The unit cube as SALib describes it."""
    return {
        "num_vars": parameters,
        "names": [f"x{number}" for number in range(parameters)],
        "bounds": [[0.0, 1.0]] * parameters,
    }
