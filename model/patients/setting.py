"""Attributes of patients that may be set by hand, and what else follows so that a row stays consistent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from model.patients.attributes import area_number, attribute_of, practice_number
from model.patients.changes import move_rows, record_addresses, register_rows
from model.patients.columns import GONE, NONE, OUT_OF_AREA, PRESENCE, UNCOUNTED
from model.patients.patient import NEED_STEPS

if TYPE_CHECKING:
    from model.patients.patients import Patients

SETTABLE = ("practice", "home", "recorded_home", "need", "out_of_area")


def change(patients: Patients, attr_name: str, value: Any) -> np.ndarray:
    """Write one value for all patients of a set, or one each, and return their rows, int64[n].

    :meth:`Patients.set` says what may be written, and what is raised where it may not.
    """
    model, columns = patients.model, patients.columns
    if attr_name not in SETTABLE:
        attribute_of(attr_name)
        raise AttributeError(f"{attr_name!r} of patients cannot be set, only {', '.join(SETTABLE)}")
    rows = patients.row_numbers()
    presence = (columns.flags[rows] & np.uint8(PRESENCE)) >> 1
    if (presence == GONE).any():
        raise ValueError(f"{int((presence == GONE).sum())} of these patients have gone: select(presence=...) others")
    if attr_name == "home" and (presence > UNCOUNTED).any():
        raise ValueError("a ghost lives nowhere and cannot move: narrow the set with select(is_resident=True)")
    if attr_name == "practice":
        practices = _one_each(value, len(rows), lambda v: practice_number(model, v))
        month, options = model.month_number, model.world.options
        register_rows(columns, rows, practices, month, options)
    elif attr_name in ("home", "recorded_home"):
        areas = _one_each(value, len(rows), lambda v: _a_place(area_number(model, v)))
        (move_rows if attr_name == "home" else record_addresses)(columns, rows, areas)
    elif attr_name == "need":
        needs = np.broadcast_to(np.asarray(value, dtype=np.float64), len(rows))
        if not ((needs >= 0) & (needs <= 1)).all():
            raise ValueError("need: expected numbers from 0 to 1 (1 = frailest of that age)")
        columns.need[rows] = np.minimum(needs * NEED_STEPS, NEED_STEPS - 1)
    else:
        beyond = np.broadcast_to(np.asarray(value, dtype=bool), len(rows))
        if (columns.practice[rows[beyond]] == NONE).any():
            raise ValueError("out_of_area: somebody on no list cannot be registered out of area")
        flags = columns.flags[rows]
        columns.flags[rows] = np.where(beyond, flags | OUT_OF_AREA, flags & (0xFF ^ OUT_OF_AREA))
    return rows


def _one_each(value: Any, n: int, number: Callable[[Any], int]) -> np.ndarray:
    """Numbers of one value for all, or of one value each, int64[n]."""
    if not isinstance(value, list | tuple | np.ndarray):
        return np.full(n, number(value), dtype=np.int64)
    if len(value) != n:
        raise ValueError(f"found {len(value)} values for {n} patients, expected one each")
    known = {v: number(v) for v in dict.fromkeys(value)}
    return np.array([known[v] for v in value], dtype=np.int64)


def _a_place(area: int) -> int:
    if area < 0:
        raise ValueError("home: expected an area; to take patients away use remove")
    return area
