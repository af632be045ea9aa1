"""Which commissioner is responsible once commissioners have merged: boundaries of the day against fixed ones."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np

from model.geography.region import Region


def current_commissioners(
    region: Region, month: datetime.date, successors: Sequence[tuple[str, str, str]] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Commissioners of the day after every merger dated up to a month.

    Args:
        region: its ``successors`` name the commissioner that takes over from each, and since when.
        month: first of the month.
        successors: (old, since, new) of a run, whose policy may have merged more; the region's own where None.

    Returns:
        Codes of the commissioners of the day, str[K], sorted; position among them of each of the region's
        commissioners, int64[C]. A merger only aggregates: nobody moves.
    """
    known = region.successors if successors is None else successors
    successor = {old: new for old, since, new in known if datetime.date.fromisoformat(since[:10]) <= month}
    codes = []
    for code in region.commissioners.tolist():
        seen = {code}
        while code in successor and successor[code] not in seen:
            code = successor[code]
            seen.add(code)
        codes.append(code)
    distinct, group = np.unique(np.array(codes, dtype=str), return_inverse=True)
    return distinct, group.reshape(-1).astype(np.int64)


def system_of_commissioners(region: Region) -> np.ndarray:
    """System in which most residents of each commissioner live, int64[C]; ties go to the first system in order.

    A commissioner without areas is given the system of the area nearest to most of its practices.
    """
    commissioners, systems = len(region.commissioners), len(region.systems)

    def by_system(commissioner: np.ndarray, system: np.ndarray, number: np.ndarray | None = None) -> np.ndarray:
        cells = np.bincount(commissioner.astype(np.int64) * systems + system, number, commissioners * systems)
        return cells.reshape(commissioners, systems)

    residents = by_system(region.area_commissioner, region.area_system, region.residents)
    listed = region.list_size > 0
    practices = by_system(region.practice_commissioner[listed], region.area_system[region.practice_area[listed]])
    lives = residents.sum(axis=1) > 0
    return np.where(lives, residents.argmax(axis=1), practices.argmax(axis=1))
