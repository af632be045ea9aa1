"""Vectors of parameters listed in a file, such as those a calibration accepted: ``[parameters] from = "accepted.parquet"``.

Every row is a point of the design. Columns are keys of the scenario as an experiment writes them; besides them a file may
have ``vector`` and ``distance``, which say where a row came from.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from model.errors import InputError
from model.scenario_checks import TIMELINE, settable, suggest
from model.sql_literals import parquet_rows

ABOUT = ("vector", "distance")
"""Columns that are no parameters."""
LISTED = "listed"
"""Sampling in which the first values of all parameters are the first point, the second ones the second, and so on."""


def vectors_from(file: Path, where: str) -> dict[str, dict[str, Any]]:
    """Values by parameter from a Parquet file, as a design writes them.

    Raises:
        InputError: no such file, not Parquet, no rows, a column that is no parameter, or a cell without a number.
    """
    import duckdb

    place = f"{where}: parameters: from = {str(file)!r}"
    if not file.is_file():
        raise InputError(f"{place}: no such file; make one with gpdrift calibrate dynamics")
    try:
        with duckdb.connect(config={"threads": 1}) as con:
            found = con.execute(f"FROM {parquet_rows(file)}")
            names = [column[0] for column in found.description]
            rows = found.fetchall()
    except duckdb.Error as failure:
        raise InputError(f"{place}: cannot be read as Parquet ({str(failure).splitlines()[0]})") from None
    keys = [name for name in names if name not in ABOUT]
    known = settable()
    for key in keys:
        if key not in known and key.rpartition(".")[0] not in known and key.split(".")[0] != TIMELINE:
            raise InputError(f"{place}: column {key} is no parameter{suggest(key, list(known)) or ''}")
    if not rows or not keys:
        raise InputError(f"{place}: has {len(rows)} rows and {len(keys)} parameters, expected at least one of each")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    for key in keys:
        for number, value in enumerate(columns[key], 1):
            if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
                raise InputError(f"{place}: row {number}: {key} is {value!r}, expected a number")
    return {key: {"values": list(columns[key])} for key in keys}
