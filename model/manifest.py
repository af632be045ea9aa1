"""The manifest of a results folder: what was run, with what, how long it took."""

from __future__ import annotations

import datetime
import importlib.metadata
import platform
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from model.patients.engines import ColumnEngine

if TYPE_CHECKING:
    from model.model import RegistrationModel

PACKAGES = ("gpdrift", "mesa", "numpy", "numba", "scipy", "duckdb")
_HERE = Path(__file__).resolve().parents[1]


def manifest(
    model: RegistrationModel, started: datetime.datetime, seconds: float, rows: dict[str, int]
) -> dict[str, Any]:
    """Everything needed to run it again and to read the tables.

    ``region.practices`` are the region's own, without places kept for openings; ``records`` are of everybody who was ever in
    the run: residents, ghosts, the dead and those who have left. People registered by month are in the headline.

    Args:
        model: at the end of the run.
        started: when recording began, with time zone.
        seconds: wall seconds from then to the end, writing aside.
        rows: rows by table.
    """
    region, scenario = model.region, model.scenario
    return {
        "status": "complete",
        "scenario": msgspec.to_builtins(scenario),
        "seed": scenario.seed,
        "region": {
            "name": str(region.about.get("name", scenario.region)),
            "date": str(region.about.get("date", "")),
            "digest": region.digest,
            "licence": str(region.about.get("licence", "")),
            "names": {
                code: region.name_of(code)
                for bodies in (region.commissioners, region.systems, region.authorities)
                for code in bodies.tolist()
            },
            "areas": len(region.areas),
            "practices": model.practices_published,
            "commissioners": len(region.commissioners),
            "authorities": len(region.authorities),
        },
        "start": model.start.isoformat(),
        "end": model.month.isoformat(),
        "months": (model.month.year - model.start.year) * 12 + model.month.month - model.start.month,
        "engine": engine_name(model),
        "records": int(model.engine.rows),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "git_revision": git_revision(),
        "started": started.isoformat(timespec="seconds"),
        "wall_seconds": round(seconds, 3),
        "peak_memory_bytes": peak_memory(),
        "tables": rows,
    }


def engine_name(model: RegistrationModel) -> str:
    """``columns`` or ``agents``."""
    return "columns" if isinstance(model.engine, ColumnEngine) else "agents"


def version(package: str) -> str | None:
    """Version of an installed package, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def git_revision() -> str | None:
    """Commit of the source, with ``-modified`` where tracked files were changed; None where it is not a checkout."""
    if not (_HERE / ".git").exists():
        return None
    try:
        commit = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return commit + ("-modified" if changed else "")


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "--no-optional-locks", "-C", str(_HERE), *arguments],
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )
    return done.stdout.strip()


def peak_memory() -> int | None:
    """Most memory this process has ever held, bytes; None where the operating system does not say."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
