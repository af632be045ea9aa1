"""Why a place's lists differ from its people: the first table an analyst asks for.

A *place* is the commissioner whose books are reconciled. What it is paid for is everyone on the lists of its
practices; who it is for is everyone who lives there. For real people registered anywhere::

    registered - real residents registered anywhere = ghosts + inflow - outflow        (the gap)

Each row of the table is one group of people (practice x authority of residence x age band x deprivation) as one
place sees it. A person who lives in one place and is registered in another is therefore seen twice: as ``inflow`` in
the place of the practice (``registered`` 1) and as ``outflow`` in the place of the home (``registered`` 0). So
``registered``, ``real``, ``ghosts`` and ``weighted`` add up to lists exactly, by practice, place or altogether, and
``gap`` adds up to each place's gap, and over all places to the ghosts (plus patients whose home is in no place).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

KEYS = ("place", "practice", "authority", "age_band", "deprivation")
NORMAL_95 = 1.959963984540054
"""Half-width of a central 95% interval in standard deviations."""

_SUMMED = ("registered", "real", "ghosts", "inflow", "outflow", "gap", "pounds", "weighted")


def reconcile(
    home: npt.ArrayLike,
    practice: npt.ArrayLike,
    authority: npt.ArrayLike,
    age_band: npt.ArrayLike,
    deprivation: npt.ArrayLike,
    registered: npt.ArrayLike,
    real: npt.ArrayLike,
    *,
    practice_commissioner: npt.ArrayLike,
    pounds_by_band: npt.ArrayLike,
    resident_sd: float | npt.ArrayLike = 0.03,
    weighted_list: npt.ArrayLike | None = None,
    need_by_band: npt.ArrayLike | None = None,
    deviations: float = NORMAL_95,
) -> dict[str, np.ndarray]:
    """Reconcile registered with real people, ranked by contribution to the gap.

    The interval of ``real`` has two sources, taken as independent. Residents are known to a factor w with prior SD
    ``resident_sd`` (3%; 10% in mobile districts; ODD 7.3), an error shared by everyone living in an authority:
    ``sd_shared`` = resident_sd x real. Which of those on a list are ghosts is then chance: ``sd_own`` =
    sqrt(registered p (1 - p)) with p = real / registered. The interval is real +- deviations x root of the sum of
    squares, kept within 0..registered. Intervals do not add: use :func:`total` for those of sums.

    Args:
        home: commissioner of the recorded address, int[N]; -1 where it is in no place (unmappable, Wales).
        practice: int[N].
        authority: authority of the recorded address, int[N]; -1 for none.
        age_band: int[N].
        deprivation: deprivation group of the recorded address (fifth or tenth), int[N]; -1 for none.
        registered: people on the list, int[N]; rows with the same keys are added up.
        real: how many of them are present (not ghosts), int[N], at most ``registered``.
        practice_commissioner: commissioner of each practice, int[P].
        pounds_by_band: what a place is paid for a patient, GBP a year by age band, [bands].
        resident_sd: prior SD of the number of residents as a share of it; one value, or one for each authority
            ([L]; people of no authority then take the largest).
        weighted_list: weighted list of each practice, [P]; shared out over its rows by ``need_by_band`` so that rows
            add up to it. NaN (unknown) gives NaN rows.
        need_by_band: relative need by age band, [bands]; even where not given.
        deviations: half-width of the interval in standard deviations; a 95% interval unless told.

    Returns:
        Columns of equal length, largest |gap| first: the KEYS; ``registered``, ``real``, ``real_low``, ``real_high``,
        ``ghosts``, ``inflow`` and ``outflow`` (real people who cross), ``gap`` (signed, people), ``pounds`` (gap x
        payment, signed, GBP a year: positive where the place is paid for people it is not for), ``sd_shared``,
        ``sd_own``; ``weighted`` where ``weighted_list`` is given.

    Raises:
        ValueError: ``real`` is negative or above ``registered``, or keys are out of range.
    """
    keys = [np.asarray(k, np.int64) for k in (home, practice, authority, age_band, deprivation)]
    registered, real = np.asarray(registered, np.int64), np.asarray(real, np.int64)
    if (real < 0).any() or (real > registered).any():
        raise ValueError("real people on a list must be 0..registered in every row")
    if any((k < -1).any() for k in keys) or (keys[1] < 0).any() or (keys[3] < 0).any():
        raise ValueError("keys are positions from 0 (-1 for a home, authority or deprivation outside every place)")
    keys, (registered, real) = _add_up(keys, (registered, real))
    home, practice, authority, band, _ = keys

    hosts = np.asarray(practice_commissioner, np.int64)[practice]
    crosses = home != hosts
    leaves = np.flatnonzero(crosses & (home >= 0))
    nobody = np.zeros(leaves.size, np.int64)
    table = {
        "place": np.concatenate([hosts, home[leaves]]),
        **{name: np.concatenate([k, k[leaves]]) for name, k in zip(KEYS[1:], keys[1:], strict=True)},
        "registered": np.concatenate([registered, nobody]),
        "real": np.concatenate([real, nobody]),
        "ghosts": np.concatenate([registered - real, nobody]),
        "inflow": np.concatenate([np.where(crosses, real, 0), nobody]),
        "outflow": np.concatenate([np.zeros(real.size, np.int64), real[leaves]]),
    }
    table["gap"] = table["ghosts"] + table["inflow"] - table["outflow"]
    table["pounds"] = table["gap"] * np.asarray(pounds_by_band, np.float64)[table["age_band"]]
    if weighted_list is not None:
        table["weighted"] = np.concatenate(
            [_share_out(practice, registered, band, weighted_list, need_by_band), nobody.astype(np.float64)]
        )
    table["sd_shared"] = table["real"] * _sd_of(resident_sd, table["authority"])
    table["sd_own"] = table["real"] * _divide(table["ghosts"], table["registered"])  # squared, until added up
    table = _one_row_a_key(table)
    _add_interval(table, np.hypot(table["sd_shared"], table["sd_own"]), deviations)
    return _ranked(table, KEYS)


def total(
    table: dict[str, np.ndarray], by: tuple[str, ...] = ("place",), deviations: float = NORMAL_95
) -> dict[str, np.ndarray]:
    """Add a reconciliation up by some of its keys, with the interval that belongs to each sum.

    Errors shared within an authority add up, those of different authorities are independent, as is chance on a list.

    Args:
        table: from :func:`reconcile`, columns [N].
        by: any of KEYS; none for one total of everything.
        deviations: half-width of the interval in standard deviations.

    Returns:
        The keys in ``by`` and the summed columns and interval of :func:`reconcile`, largest |gap| first.
    """
    groups = [table[key] for key in by] or [np.zeros(table["registered"].size, np.int64)]
    summed = [name for name in _SUMMED if name in table]
    found, sums = _add_up(groups, [*(table[name] for name in summed), table["sd_own"] ** 2])
    within, (shared,) = _add_up([*groups, table["authority"]], [table["sd_shared"]])
    _, (shared_squared,) = _add_up(within[:-1], [shared**2])
    result = dict(zip(by, found, strict=False)) | dict(zip(summed, sums, strict=False))
    result["sd_shared"], result["sd_own"] = np.sqrt(shared_squared), np.sqrt(sums[-1])
    _add_interval(result, np.hypot(result["sd_shared"], result["sd_own"]), deviations)
    return _ranked(result, by)


def _one_row_a_key(table: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Rows of one key added up: an authority may lie in several places, and people cross between them inside it."""
    names = [name for name in table if name not in KEYS]
    found, sums = _add_up([table[key] for key in KEYS], [table[name] for name in names])
    added = dict(zip(KEYS, found, strict=True)) | dict(zip(names, sums, strict=True))
    added["sd_own"] = np.sqrt(added["sd_own"])
    return added


def _add_up(keys: list[np.ndarray], columns: Sequence[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Add columns up over rows with equal keys; keys come back sorted."""
    _, first, row = np.unique(_code(keys), return_index=True, return_inverse=True)
    sums = [
        np.bincount(row, column, first.size).astype(np.int64)
        if np.issubdtype(column.dtype, np.integer)
        else np.bincount(row, column, first.size)
        for column in columns
    ]
    return [key[first] for key in keys], sums


def _code(keys: Sequence[np.ndarray]) -> np.ndarray:
    """One number for each combination of keys, in the order of the keys, int64."""
    code = np.zeros(keys[0].size, np.int64)
    span = 1
    for key in keys:
        size = int(key.max(initial=-1)) + 2
        span *= size
        if span >= 2**62:
            raise ValueError("too many combinations of keys: number places, practices and authorities from 0")
        code = code * size + key + 1
    return code


def _share_out(
    practice: np.ndarray,
    registered: np.ndarray,
    band: np.ndarray,
    weighted_list: npt.ArrayLike,
    need_by_band: npt.ArrayLike | None,
) -> np.ndarray:
    """Practices' weighted lists spread over their rows by registered people times need of their age."""
    weighted_list = np.asarray(weighted_list, np.float64)
    need = registered * (1.0 if need_by_band is None else np.asarray(need_by_band, np.float64)[band])
    return need * _divide(weighted_list, np.bincount(practice, need, weighted_list.size))[practice]


def _sd_of(resident_sd: float | npt.ArrayLike, authority: np.ndarray) -> np.ndarray | float:
    sd = np.asarray(resident_sd, np.float64)
    # Position -1, people of no authority, is the last element.
    return float(sd) if sd.ndim == 0 else np.append(sd, sd.max(initial=0.0))[authority]


def _divide(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)


def _add_interval(table: dict[str, np.ndarray], sd: np.ndarray, deviations: float) -> None:
    table["real_low"] = np.maximum(table["real"] - deviations * sd, 0.0)
    table["real_high"] = np.minimum(table["real"] + deviations * sd, table["registered"])


def _ranked(table: dict[str, np.ndarray], keys: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Largest contribution to the gap first; equal ones by money, then in order of keys, so the order is one only."""
    code = _code([table[key] for key in keys]) if keys else np.zeros(table["gap"].size, np.int64)
    order = np.lexsort([code, -np.abs(table["pounds"]), -np.abs(table["gap"])])
    names = [*keys, "registered", "real", "real_low", "real_high", "ghosts", "inflow", "outflow", "gap", "pounds"]
    names += [name for name in ("weighted", "sd_shared", "sd_own") if name in table]
    return {name: table[name][order] for name in names}
