"""What a command says while it works: on standard error, on a terminal only, so that logs stay clean."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tqdm import tqdm


def say(quiet: bool, text: str) -> None:
    """Name the step that begins now."""
    if not quiet and sys.stderr.isatty():
        click.echo(text, err=True)


def months_bar(months: int, quiet: bool) -> tqdm:
    """A progress bar over the months of a run."""
    from tqdm import tqdm

    return tqdm(total=months, unit="month", disable=True if quiet else None, file=sys.stderr, leave=False)
