"""Who is registered with a commissioner against who lives in its area: ages and deprivation of the two populations."""

from __future__ import annotations

import numpy as np

from model.measures.divergence import dissimilarity
from model.reconcile import BANDS, FIFTHS, GROUPS, Counted

_OF_18_49, _OF_65_UP, _MOST_DEPRIVED = 1, 3, 0


def profile_columns(
    counted: Counted, home: np.ndarray, practice_commissioner: np.ndarray, commissioners: int
) -> dict[str, np.ndarray]:
    """Columns of the ``profiles`` table but month and code, float64[C] each; NaN for a commissioner with nobody.

    The registered are all patients on its lists, ghosts among them; residents are those on any list who are there, by
    recorded address.

    Args:
        counted: people on lists by practice, cell of the recorded address and group.
        home: commissioner of each cell, int[H].
        practice_commissioner: commissioner of each practice, int[P].
        commissioners: their number.
    """
    group = counted.group.astype(np.int64)

    def by_group(unit: np.ndarray, people: np.ndarray) -> np.ndarray:
        cells = np.bincount(unit.astype(np.int64) * GROUPS + group, people, commissioners * GROUPS)
        return cells.reshape(commissioners, BANDS, FIFTHS)

    registered = by_group(practice_commissioner[counted.practice], counted.registered)
    residents = by_group(home[counted.cell], counted.registered - counted.ghosts)
    ages = [people.sum(axis=2) for people in (registered, residents)]
    fifths = [people.sum(axis=1) for people in (registered, residents)]
    return {
        "age_dissimilarity": dissimilarity(*ages),
        "deprivation_dissimilarity": dissimilarity(*fifths),
        "registered_18_49": _share(ages[0], _OF_18_49),
        "residents_18_49": _share(ages[1], _OF_18_49),
        "registered_65_up": _share(ages[0], _OF_65_UP),
        "residents_65_up": _share(ages[1], _OF_65_UP),
        "registered_most_deprived": _share(fifths[0], _MOST_DEPRIVED),
        "residents_most_deprived": _share(fifths[1], _MOST_DEPRIVED),
    }


def _share(people: np.ndarray, which: int) -> np.ndarray:
    total = people.sum(axis=1)
    return np.divide(people[:, which], total, out=np.full(len(total), np.nan), where=total > 0)
