"""Worked examples, to be read as lessons: scripts with cells, run as python -m analysis.examples.NAME."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from model.errors import InputError


@contextmanager
def told_in_a_line(lesson: str) -> Iterator[None]:
    """End the lesson with exit code 2 and one line where what was asked for does not fit."""
    try:
        yield
    except InputError as mistake:
        print(f"{lesson}: {mistake}", file=sys.stderr)
        raise SystemExit(2) from None
