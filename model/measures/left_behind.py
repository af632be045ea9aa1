"""Who is left behind when others move: need, money, doctors and satisfaction by deprivation of home.

Residents are counted by deprivation fifth (0 the most deprived), by kind of list and by age band. Need is in
thousandths of England's mean need of one head, so that counts stay whole numbers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MILLI = 1000.0
"""Need units to a head of mean need."""
NO_LIST, CONVENTIONAL, DIGITAL, TRUST_RUN = range(4)
"""Kinds of list in the order counts have them: on none, of an ordinary practice, digital, run by a trust."""


def mean_over_lists(values: npt.ArrayLike, people: npt.ArrayLike) -> np.ndarray:
    """Mean of a practice's value over the residents of each fifth who are on a list.

    Args:
        values: one value a practice (satisfaction, GPs per patient), [P]; practices with NaN are left out.
        people: residents of each fifth on the list of each practice, [F, P].

    Returns:
        float64[F]; NaN for a fifth with nobody on a list.
    """
    values, people = np.asarray(values, np.float64), np.asarray(people, np.float64)
    known = ~np.isnan(values)
    return _per(people[:, known] @ values[known], people[:, known].sum(axis=1))


def per_need_weighted_head(amount: npt.ArrayLike, need: npt.ArrayLike) -> np.ndarray:
    """What a practice has (payments, GPs) for each need-weighted head on its list, float64[P]; NaN without need.

    Its mean over the residents of a fifth (:func:`mean_over_lists`) is what health services research reports by
    deprivation (Fisher, Allen, Thorlby et al. 2020, Level or not?: the most deprived fifth gets about 7% less).

    Args:
        amount: of each practice, [P].
        need: of its patients who are there, thousandths of a mean head, [P]: ghosts need nothing.
    """
    return _per(np.asarray(amount, np.float64), np.asarray(need, np.float64) / MILLI)


def kind_share(people: npt.ArrayLike, kind: int, first_band: int = 0, beyond_band: int | None = None) -> np.ndarray:
    """Share of the residents of each fifth, within some age bands, who are on a list of one kind: 0..1, float64[F].

    With DIGITAL it says who is excluded from the new offer: what older or more deprived residents lack.

    Args:
        people: residents by fifth, kind of list and age band, [F, 4, B].
        kind: NO_LIST, CONVENTIONAL, DIGITAL or TRUST_RUN.
        first_band: first age band that counts.
        beyond_band: the band after the last that counts; None for all the older ones.
    """
    some = np.asarray(people, np.float64)[:, :, first_band:beyond_band].sum(axis=2)
    return _per(some[:, kind], some.sum(axis=1))


def need_per_head(need: npt.ArrayLike, people: npt.ArrayLike, kind: int) -> np.ndarray:
    """Mean need of the residents of each fifth on lists of one kind, England's mean 1: the case-mix left there.

    Args:
        need: need of residents by fifth and kind of list, thousandths of a mean head, [F, 4].
        people: residents by fifth, kind of list and age band, [F, 4, B].
        kind: as for :func:`kind_share`.

    Returns:
        float64[F]; NaN for a fifth with nobody on such lists.
    """
    heads = np.asarray(people, np.float64)[:, kind].sum(axis=1)
    return _per(np.asarray(need, np.float64)[:, kind] / MILLI, heads)


def _per(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    part = np.asarray(part, np.float64)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
