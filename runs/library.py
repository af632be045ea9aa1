"""The scenarios that come with gpdrift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from model.scenario import Scenario
from model.scenario_files import load_scenario

FOLDER = Path(__file__).parent / "scenarios"


def load(name_or_path: str | Path, sets: Iterable[str] = (), options: Mapping[str, Any] | None = None) -> Scenario:
    """A scenario of the library by name, or any scenario file, with overrides.

    Raises:
        InputError: see :func:`model.scenario_files.load_scenario`.
    """
    return load_scenario(name_or_path, sets, folder=FOLDER, options=options)


def library() -> list[Scenario]:
    """Every scenario of the library, default first, then by name."""
    files = sorted(FOLDER.glob("*.toml"), key=lambda file: (file.stem != "default", file.stem))
    return [load_scenario(file) for file in files]
