"""What held when expectations were last written, by setting; a part that held and no longer does is a fault.

``expectations.json`` names for each setting the version of the model, the seeds and the parts that held. A setting is
which regions there were and whether the form was quick: other regions have no expectations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.validation.measured import FAILS, HOLDS, NOT_MEASURED
from model.errors import InputError
from model.whole_files import write_whole

FILE = Path(__file__).with_name("expectations.json")


def setting(scopes: Mapping[str, str], names: Mapping[str, str], quick: bool) -> str:
    """Name of a setting: presets by name, real regions by what they hold all of; with the situations there are."""
    places = sorted({"/".join((names[s] if scopes[s] == "part" else scopes[s], s)) for s in scopes})
    return " ".join([*places, *(["quick"] if quick else [])])


def read(file: Path = FILE) -> dict[str, Any]:
    """Expectations by setting.

    Raises:
        InputError: the file is damaged.
    """
    try:
        found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as mistake:
        raise InputError(f"{file}: not JSON ({mistake}); write it anew with --update-expectations") from None
    return found


def holding(frame: pd.DataFrame) -> list[str]:
    """Parts that hold, as ``P1.gini``."""
    rows = frame[frame["verdict"] == HOLDS]
    return [f"{pattern}.{part}" for pattern, part in zip(rows["pattern"], rows["part"], strict=True)]


def broken(frame: pd.DataFrame, expected: Mapping[str, Any] | None) -> tuple[list[str], list[str]]:
    """Parts that were expected to hold and do not, and those that are no longer measured."""
    if not expected:
        return [], []
    verdicts = dict(zip(frame["pattern"] + "." + frame["part"], frame["verdict"], strict=True))
    # A part that is gone from the registry is no longer measured either.
    now = {part: verdicts.get(part, NOT_MEASURED) for part in expected["holds"]}
    return [p for p, v in now.items() if v == FAILS], [p for p, v in now.items() if v == NOT_MEASURED]


def update(frame: pd.DataFrame, name: str, model: str, seeds: Sequence[int], file: Path = FILE) -> None:
    """Write down what holds now as what is expected of a setting.

    Raises:
        InputError: the file cannot be written.
    """
    everything = read(file)
    everything[name] = {"model": model, "seeds": list(seeds), "holds": holding(frame)}
    try:
        write_whole(file, json.dumps(dict(sorted(everything.items())), indent=2) + "\n")
    except OSError as failure:
        raise InputError(f"{file}: cannot be written ({failure.strerror}); expectations stay as they were") from None
