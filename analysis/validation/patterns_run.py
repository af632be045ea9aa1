"""From regions and seeds to the pattern table: what can be run is run, measured, written down and compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from analysis.validation import expectations
from analysis.validation.evidence import gather, runs_needed
from analysis.validation.measured import measured
from analysis.validation.places import Place, london_of, place_of, places_given, places_made
from analysis.validation.registry import situations_needed
from analysis.validation.situations import OF_2014, OF_2017, SITUATIONS, TODAY
from model.geography.open_region import open_region
from runs.experiment_plan import model_version
from runs.experiment_tables import write_frame

TABLE = "patterns.parquet"
METRO = "metro"
SEEDS = 3
"""Fewest an interval is given for."""
QUICK_SEEDS = {"metro": 3, "london": 1}
"""What fits in three minutes on two cores."""


@dataclass(frozen=True)
class Outcome:
    """What validation found."""

    frame: pd.DataFrame
    setting: str
    """Under which expectations are kept."""
    seeds: tuple[int, ...]


def run_patterns(
    regions: Sequence[str], data: Path | None, out: Path, seeds: int | None, *, quick: bool, quiet: bool,
    say: Callable[[str], None],
) -> Outcome:  # fmt: skip
    """Make the runs that are missing, measure every pattern, and write the table.

    Args:
        regions: folders or presets; empty = those made from ``data``, without it the metro.
        data: folder of open data.
        out: folder of validation.
        seeds: seeds 1 to so many of each run; None = as the form has it.
        quick: shorter runs, and London for England.
        quiet: no progress bars.
        say: told of each step.

    Raises:
        InputError: a region or the data are wrong, or the folder cannot be written.
    """
    places = _places(regions, data, out, quick, say)
    if quick:
        places = [london_of(p, out, say, birmingham=True) if p.scope == "england" else p for p in places]
    where, absent = _where(places, out, say)
    big = any(place.scope != "part" for place in where.values())
    number = seeds or (QUICK_SEEDS["london" if big else "metro"] if quick else SEEDS)
    chosen = tuple(range(1, number + 1))
    needed = situations_needed(where)
    folders = {name: (where[name].name, where[name].region.digest) for name in needed}
    wanted = runs_needed(needed, folders, chosen, quick)
    told = gather(out, wanted, lru_cache(maxsize=4)(open_region), quiet, say)
    scopes = {name: where[name].scope for name in needed}
    frame = measured(told, scopes, absent, model_version())
    out.mkdir(parents=True, exist_ok=True)
    write_frame(frame, out / TABLE)
    setting = expectations.setting(scopes, {name: Path(where[name].name).name for name in needed}, quick)
    return Outcome(frame, setting, chosen)


def _places(
    regions: Sequence[str], data: Path | None, out: Path, quick: bool, say: Callable[[str], None]
) -> list[Place]:
    if regions:
        return places_given(regions)
    if data is None:
        return places_given([METRO])
    # Quick: history begins in April 2017, with everything the provider's patterns need.
    return places_made(data, out, (OF_2017, TODAY) if quick else (OF_2014, OF_2017, TODAY), quick, say)


def _where(places: Sequence[Place], out: Path, say: Callable[[str], None]) -> tuple[dict[str, Place], dict[str, str]]:
    """The region of each situation that can be run, and why others cannot."""
    where, absent = {}, {}
    for name, situation in SITUATIONS.items():
        place, why = place_of(name, places)
        if place is None:
            absent[name] = why
        else:
            where[name] = london_of(place, out, say) if situation.part and place.scope == "england" else place
    return where, absent
