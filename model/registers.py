"""Who is registered where: the practice x area table a published register holds, counted from the patients of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import duckdb
import numpy as np
import pandas as pd

from model.geography.region import Table
from model.patients.columns import NONE
from model.result_columns import MONTH, people, text

if TYPE_CHECKING:
    from model.model import RegistrationModel

_MEMORY = "1GB"

REGISTER = Table(
    "register",
    "patients recorded in an area who are registered with a practice; only for the months asked for",
    ("month", "practice", "area"),
    (
        MONTH,
        text("practice", "code"),
        text("area", "area of the recorded address"),
        people("patients", "patients by recorded address, ghosts included, as published registers show"),
    ),
)
"""A table of a results folder that is written only where it is asked for: 840,000 rows a month for England."""


class Recorded(NamedTuple):
    """A register, R rows by practice and area: positions in the region, and patients (at least 1)."""

    practice: np.ndarray
    """int32[R]."""
    area: np.ndarray
    """int32[R]."""
    patients: np.ndarray
    """int32[R]."""


def recorded_register(model: RegistrationModel) -> Recorded:
    """Patients on lists by practice and recorded area as the model stands, ghosts included; sorted.

    Counted by the database: two columns of all patients are read once and nothing of their length is made.
    """
    columns, rows = model.engine.columns, model.engine.rows
    everybody = pd.DataFrame({"practice": columns.practice[:rows], "area": columns.recorded[:rows]}, copy=False)
    with duckdb.connect(config={"memory_limit": _MEMORY}) as con:
        con.register("everybody", everybody)
        found = con.execute(f"""
            SELECT practice::INTEGER AS practice, area::INTEGER AS area, count(*)::INTEGER AS patients
            FROM everybody WHERE practice <> {NONE} GROUP BY ALL ORDER BY ALL
        """).fetchnumpy()
    return Recorded(*(np.asarray(found[name], np.int32) for name in Recorded._fields))
