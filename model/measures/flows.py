"""What a flow matrix says: who lives in one place and is registered in another.

``flows[i, j]`` is the number of patients who live in unit i and are registered in unit j: commissioners,
neighbourhoods, any one set of units for both sides. Only people with a home are in it, so ghosts of emigrants are
in it exactly when the addresses used are those on the register (*recorded* flows), and never in *true* flows.

Shares of nothing (a unit nobody lives in, a matrix nobody crosses) are NaN, not 0 or 1.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def flow_matrix(
    home: npt.ArrayLike, registered_in: npt.ArrayLike, patients: npt.ArrayLike, units: int | tuple[int, int]
) -> np.ndarray:
    """Count patients by unit of residence and unit of registration.

    Args:
        home: unit of residence of each row, int[N].
        registered_in: unit of registration of each row, int[N].
        patients: patients of each row, int[N].
        units: number of units, or (units of residence, units of registration).

    Returns:
        int64[units, units]; it sums to ``patients`` exactly.

    Raises:
        ValueError: a unit is negative or not below ``units``.
    """
    rows, columns = (units, units) if isinstance(units, int) else units
    home, registered_in = np.asarray(home, np.int64), np.asarray(registered_in, np.int64)
    for name, unit, size in (("home", home, rows), ("registered_in", registered_in, columns)):
        if unit.size and (unit.min() < 0 or unit.max() >= size):
            raise ValueError(f"{name} holds units {unit.min()}..{unit.max()}, expected 0..{size - 1}")
    # bincount adds in float64, which is exact below 2**53 patients.
    counts = np.bincount(home * columns + registered_in, np.asarray(patients, np.float64), rows * columns)
    return counts.astype(np.int64).reshape(rows, columns)


def aggregate(flows: npt.ArrayLike, group_of_row: npt.ArrayLike, group_of_column: npt.ArrayLike) -> np.ndarray:
    """Flow matrix between groups of units, as after a merger of commissioners: nobody moves, borders disappear.

    Args:
        flows: patients, [N, M].
        group_of_row: new unit of each unit of residence, int[N], numbered from 0.
        group_of_column: new unit of each unit of registration, int[M], numbered from 0.

    Returns:
        [groups, groups], of the dtype of ``flows``, square, with the same sum.

    Raises:
        ValueError: the groups are not one for each row and column.
    """
    flows = np.asarray(flows)
    rows, columns = np.asarray(group_of_row, np.int64), np.asarray(group_of_column, np.int64)
    if flows.shape != (rows.size, columns.size):
        raise ValueError(f"flows are {flows.shape}, groups are for ({rows.size}, {columns.size})")
    groups = int(max(rows.max(initial=-1), columns.max(initial=-1))) + 1
    merged = np.zeros((groups, groups), flows.dtype)
    np.add.at(merged, (rows[:, None], columns[None, :]), flows)
    return merged


def residents_registered(flows: npt.ArrayLike) -> np.ndarray:
    """Residents of each unit who are registered anywhere: row sums, [N]."""
    return _square(flows).sum(axis=1)


def registered(flows: npt.ArrayLike) -> np.ndarray:
    """Patients registered in each unit, wherever they live: column sums, [N]."""
    return _square(flows).sum(axis=0)


def stay(flows: npt.ArrayLike) -> np.ndarray:
    """Residents of each unit who are registered in it, [N]."""
    return np.diagonal(_square(flows)).copy()


def inflow(flows: npt.ArrayLike) -> np.ndarray:
    """Patients registered in each unit who live in another, [N]."""
    return registered(flows) - stay(flows)


def outflow(flows: npt.ArrayLike) -> np.ndarray:
    """Residents of each unit who are registered in another, [N]."""
    return residents_registered(flows) - stay(flows)


def net_flow(flows: npt.ArrayLike) -> np.ndarray:
    """Registered minus registered residents of each unit, [N]; sums to 0."""
    return registered(flows) - residents_registered(flows)


def retention(flows: npt.ArrayLike) -> np.ndarray:
    """Share of a unit's registered residents who are registered in it, [N], 0..1.

    The localisation index of the Dartmouth Atlas (Wang & Wang 2022).
    """
    return _share(stay(flows), residents_registered(flows))


def import_share(flows: npt.ArrayLike) -> np.ndarray:
    """Share of the patients registered in a unit who live in another, [N], 0..1."""
    return _share(inflow(flows), registered(flows))


def jaccard(flows: npt.ArrayLike) -> np.ndarray:
    """Overlap of the registered and the resident population of each unit, [N], 0..1.

    People who are both, over people who are either (Beaney 2022, BJGP Open 2022.0037, for catchments).
    """
    both = stay(flows)
    return _share(both, residents_registered(flows) + registered(flows) - both)


def gross_misalignment(flows: npt.ArrayLike) -> float:
    """Share of patients registered outside the unit they live in, 0..1 (England, January 2021, 135 CCGs: 4.17%)."""
    flows = _square(flows)
    total = flows.sum()
    return float((total - np.trace(flows)) / total) if total else float("nan")


def net_misalignment(flows: npt.ArrayLike) -> float:
    """Share of patients by which units gain or lose on balance, 0..gross (England, January 2021, 135 CCGs: 1.03%).

    Half the sum of |registered - registered residents| over all patients: what money that follows the list moves.
    """
    flows = _square(flows)
    total = flows.sum()
    return float(np.abs(net_flow(flows)).sum() / (2 * total)) if total else float("nan")


def effectiveness(flows: npt.ArrayLike) -> float:
    """Net over gross misalignment, 0..1: 1 where every crossing is one-way, 0 where all are matched.

    The migration effectiveness ratio of demography, applied to registration (England, January 2021: 0.247).
    """
    flows = _square(flows)
    crossing = flows.sum() - np.trace(flows)
    return float(np.abs(net_flow(flows)).sum() / (2 * crossing)) if crossing else float("nan")


def by_unit(flows: npt.ArrayLike) -> dict[str, np.ndarray]:
    """Every measure that has one value for each unit, by name, [N] each: the columns of a results table."""
    return {
        measure.__name__: measure(flows)
        for measure in (
            residents_registered,
            registered,
            stay,
            inflow,
            outflow,
            net_flow,
            retention,
            import_share,
            jaccard,
        )
    }


def overall(flows: npt.ArrayLike) -> dict[str, float]:
    """Every measure that has one value for the whole matrix, by name."""
    return {
        "gross_misalignment": gross_misalignment(flows),
        "net_misalignment": net_misalignment(flows),
        "effectiveness": effectiveness(flows),
    }


def _square(flows: npt.ArrayLike) -> np.ndarray:
    flows = np.asarray(flows)
    if flows.ndim != 2 or flows.shape[0] != flows.shape[1]:
        raise ValueError(f"a flow matrix is square (the same units on both sides), found shape {flows.shape}")
    return flows


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0)
