"""What patterns need of a run that its results tables do not hold: counted while it runs, kept as tables beside them.

A probe looks at the model at its start and after every month and says at the end, in one table or several. It changes
nothing. Passes over all patients go in chunks and happen in few months.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from model.model import RegistrationModel

CHUNK = 4_000_000
"""Rows looked at at a time."""


class Probe(Protocol):
    """Looks on while a model runs."""

    def after_month(self, model: RegistrationModel) -> None:
        """Look at the model after a month."""
        ...

    def tables(self, model: RegistrationModel) -> dict[str, pd.DataFrame]:
        """What was seen, by name of table, at the end of the run."""
        ...


def chunks(rows: int) -> Iterator[slice]:
    """Slices that together cover so many rows."""
    for first in range(0, rows, CHUNK):
        yield slice(first, min(first + CHUNK, rows))
