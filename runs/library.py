"""The scenarios that come with gpdrift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from model.scenario import Scenario
from model.scenario_files import keys_of, load_scenario

FOLDER = Path(__file__).parent / "scenarios"
BASELINE = "baseline"
"""What a scenario is compared with unless it says otherwise."""
QUESTIONS = (
    "open-boundaries", "digital-entry", "list-split-1000", "quarterly-payment", "premium-deferred", "need-formula",
    "commissioner-mergers", "trust-takeover", "super-practices", "digital-collapse", "area-based", "closed-lists",
    "clean-lists", "student-influx", "remote-everywhere",
)  # fmt: skip
"""The fifteen what-ifs, in the order of the questions analysts ask."""


def load(name_or_path: str | Path, sets: Iterable[str] = (), options: Mapping[str, Any] | None = None) -> Scenario:
    """A scenario of the library by name, or any scenario file, with overrides.

    Raises:
        InputError: see :func:`model.scenario_files.load_scenario`.
    """
    return load_scenario(name_or_path, sets, folder=FOLDER, options=options)


def keys_said(name_or_path: str | Path) -> set[str]:
    """Top-level keys that a scenario of the library, or a scenario file, sets itself.

    Raises:
        InputError: see :func:`model.scenario_files.keys_of`.
    """
    return keys_of(name_or_path, folder=FOLDER)


def library() -> list[Scenario]:
    """Every scenario of the library: default, baseline, those without a question of their own, the fifteen what-ifs."""
    first = ("default", BASELINE)

    def place(name: str) -> tuple[int, str]:
        if name in first:
            return first.index(name) - len(first), name
        return (QUESTIONS.index(name) + 1 if name in QUESTIONS else 0), name

    return [
        load_scenario(FOLDER / f"{name}.toml") for name in sorted((f.stem for f in FOLDER.glob("*.toml")), key=place)
    ]


def against(scenario: Scenario) -> str:
    """Name of the scenario it is compared with; empty for the baseline and the default, which has the same rules."""
    return scenario.against or ("" if scenario.name in ("default", BASELINE) else BASELINE)
