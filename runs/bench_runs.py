"""The processes of ``gpdrift bench``: which are started, with what, and what they say while they run."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from model.errors import InputError
from model.manifest import PACKAGES, git_revision, version
from runs.bench_task import Task
from runs.progress import months_bar, say

DEFAULT_RUN_MONTHS = 120
"""Ten years on the synthetic metro: what ``gpdrift run`` does without being told anything."""


@dataclass(frozen=True)
class Bench:
    """What is measured."""

    region: str
    sizes: tuple[int, ...]
    months: int
    agents_months: int
    scenario: str
    threads: int | None
    without: tuple[str, ...]
    quiet: bool

    def measure(self) -> dict[str, Any]:
        """Measure everything, one process after the other."""
        began = time.perf_counter()
        runs, agents = [], None
        smallest = self.sizes[0]
        if self.region:  # first, so that a mistake in it is told before minutes of work
            self._prepare(self.region, Task(region=self.region, scenario=self.scenario))
        self._compile()
        for people in self.sizes:
            runs.append(self._columns(f"{people:,} people", Task(region="", people=people), people == smallest))
        if "agents" not in self.without:
            task = Task(
                region="",
                people=smallest,
                engine="agents",
                floor=False,
                scenario=self.scenario,
                months=self.agents_months,
                compare_at=self.agents_months,
            )
            agents = {"name": f"{smallest:,} people"} | self._run(task, f"{smallest:,} people, an agent each")
        if self.region:
            runs.append(self._columns(self.region, Task(region=self.region), False))
        return {
            "about": self._about(),
            "runs": runs,
            "agents": agents,
            "whole_region": self.region,
            "default_run": None if "first-use" in self.without else self._default_run(),
            "seconds": time.perf_counter() - began,
        }

    def _compile(self) -> None:
        """Run the smallest size once and time nothing: what is compiled on the way is kept, and in nobody's figures."""
        for engine, months in (("columns", self.months), ("agents", 1)):
            if engine in self.without:
                continue
            task = Task(
                region="", people=self.sizes[0], engine=engine, scenario=self.scenario, months=months, prepare=True
            )
            self._run(task, f"compiling, {engine}")

    def _columns(self, name: str, task: Task, compare: bool) -> dict[str, Any]:
        task = msgspec.structs.replace(task, scenario=self.scenario)
        if not task.region:
            self._prepare(name, task)
        task = msgspec.structs.replace(
            task,
            months=self.months,
            compare_at=self.agents_months if compare else 0,
            floor="floor" not in self.without,
        )
        return {"name": name} | self._run(task, name)

    def _prepare(self, name: str, task: Task) -> None:
        """Make what is kept from run to run: the region, its travel and practice effects."""
        self._run(msgspec.structs.replace(task, months=0, prepare=True), f"{name}: preparing")

    def _run(self, task: Task, doing: str) -> dict[str, Any]:
        """Do one task in a process of its own; its progress becomes a bar.

        Raises:
            InputError: what it was asked cannot be done.
            RuntimeError: it broke; what it said last.
        """
        say(self.quiet, f"{doing} ...")
        command = [sys.executable, "-m", "runs.bench_task", msgspec.json.encode(task).decode()]
        with tempfile.TemporaryFile("w+", encoding="utf-8") as errors, months_bar(task.months, self.quiet) as bar:
            bar.set_description(doing, refresh=False)
            with subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=errors, text=True, env=self._environment()
            ) as running:
                try:
                    assert running.stdout is not None
                    for line in running.stdout:
                        said = json.loads(line)
                        if "month" in said:
                            bar.update()
                        elif "refused" in said:
                            raise InputError(said["refused"])
                        else:
                            measured: dict[str, Any] = said["measured"]
                            return measured
                finally:
                    running.kill()
            errors.seek(0)
            raise RuntimeError(f"{doing}: the process ended without a result\n{errors.read()[-2000:]}")

    def _environment(self, **more: str) -> dict[str, str]:
        """This process's environment, with this project's code first in line and the threads asked for."""
        source = str(Path(__file__).resolve().parents[1])
        path = os.pathsep.join(part for part in (source, os.environ.get("PYTHONPATH", "")) if part)
        threads = {"GPDRIFT_THREADS": str(self.threads)} if self.threads else {}
        return {**os.environ, "PYTHONPATH": path, **threads, **more}

    def _default_run(self) -> dict[str, float]:
        """Seconds of ``gpdrift run`` with nothing kept from before, again, and again with only its code to compile."""
        with tempfile.TemporaryDirectory(prefix="gpdrift-bench-") as temporary:
            seconds = {}
            caches = {"GPDRIFT_CACHE": f"{temporary}/caches"}
            for name, more in (
                ("first", caches),
                ("after", caches),
                ("compiling", {**caches, "NUMBA_CACHE_DIR": f"{temporary}/compiled"}),
            ):
                say(self.quiet, f"gpdrift run, {name} ...")
                environment = self._environment(**more)
                if "NUMBA_CACHE_DIR" not in more:
                    environment.pop("NUMBA_CACHE_DIR", None)
                command = [sys.executable, "-m", "runs.start", "run", "--quiet", "--out", f"{temporary}/{name}"]
                at = time.perf_counter()
                done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
                if done.returncode != 0:
                    raise RuntimeError(f"gpdrift run ended with {done.returncode}\n{done.stderr[-2000:]}")
                seconds[name] = time.perf_counter() - at
        return {
            "months": DEFAULT_RUN_MONTHS,
            "first": seconds["first"],
            "after": seconds["after"],
            "compiling": seconds["compiling"] - seconds["after"],
        }

    def _about(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario or "bench (everything on)",
            "months": self.months,
            "machine": _machine(),
            "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
            "git_revision": git_revision(),
        }


def _machine() -> dict[str, Any]:
    """Processor, cores at hand, memory and how busy the machine was: what a figure means nothing without."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = None
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": _processor(),
        "cores": cores,
        "memory": memory,
        "system": f"{platform.system()} {platform.machine()}",
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
