"""The command that gives a run's numbers again, where there is one."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

import msgspec

from analysis.results import settings
from model.errors import InputError
from runs.library import load

_OPTIONS = ("region", "months", "seed")


def run_again(manifest: Mapping[str, Any]) -> str | None:
    """A command line whose scenario is exactly that of the manifest; None where the library and ``--set`` make none.

    That is where the scenario is a file of the user's own, or a design has given it a name or a timeline of its own.
    """
    asked = manifest["scenario"]
    mine = settings(asked)
    try:
        theirs = settings(_plain(load(asked["name"])))
        sets = [
            f"{key}={json.dumps(value, ensure_ascii=False)}"
            for key, value in mine.items()
            if key not in _OPTIONS and value != theirs.get(key)
        ]
        same = _plain(load(asked["name"], sets, {key: asked[key] for key in _OPTIONS})) == asked
    except InputError:
        return None
    if not same:
        return None
    words = ["gpdrift", "run", asked["name"]]
    for key in _OPTIONS:
        words += [f"--{key}", str(asked[key])]
    for text in sets:
        words += ["--set", text]
    if manifest["engine"] != "columns":
        words += ["--engine", manifest["engine"]]
    return shlex.join(words)


def _plain(scenario: Any) -> dict[str, Any]:
    """A scenario as a manifest has it."""
    return json.loads(msgspec.json.encode(scenario))
