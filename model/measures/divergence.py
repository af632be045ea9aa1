"""How far the registered population of a place is from the people who live there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.measures.concentration import effective_number, largest_share


def registered_resident_ratio(registered: npt.ArrayLike, residents: npt.ArrayLike) -> np.ndarray:
    """Patients registered in each place over its residents, [N]; NaN where nobody lives.

    It mixes ghosts with flows across borders: report both beside it. Its spread between places is
    ``weighted.spread`` of this (SD 0.052 in 2014/15 to 0.072 in 2019/20 over 77 coterminous areas of England).
    """
    registered, residents = np.broadcast_arrays(np.asarray(registered, np.float64), np.asarray(residents, np.float64))
    return np.divide(registered, residents, out=np.full(residents.shape, np.nan), where=residents > 0)


def dissimilarity(one: npt.ArrayLike, other: npt.ArrayLike) -> np.ndarray:
    """Share of one population that would have to change class for the two profiles to be alike, 0..1.

    Index of dissimilarity (Duncan & Duncan 1955): half the sum of absolute differences of shares.

    Args:
        one: people by class (age band, deprivation decile), [..., K].
        other: the same of the other population, [..., K].

    Returns:
        Without the last axis; NaN where either population is empty.
    """
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    shares = [
        np.divide(people, total, out=np.full(people.shape, np.nan), where=total > 0)
        for people, total in ((p, p.sum(axis=-1, keepdims=True)) for p in (one, other))
    ]
    return np.abs(shares[0] - shares[1]).sum(axis=-1) / 2


def commissioners_met(patients: npt.ArrayLike, at_least: int = 1) -> np.ndarray:
    """Number of commissioners with at least so many of an authority's residents, int[L].

    Args:
        patients: residents of each authority registered with each commissioner, [L, C].
        at_least: smallest number of residents that counts.
    """
    return (np.asarray(patients) >= at_least).sum(axis=1)


def residents_per_commissioner(patients: npt.ArrayLike, at_least: int = 1) -> np.ndarray:
    """Residents an authority has, on average, with each commissioner it must deal with, float64[L].

    Arguments as for :func:`commissioners_met`; residents of commissioners below the threshold are not counted.
    NaN for an authority without any.
    """
    patients = np.asarray(patients)
    counted = np.where(patients >= at_least, patients, 0).sum(axis=1).astype(np.float64)
    met = commissioners_met(patients, at_least)
    return np.divide(counted, met, out=np.full(met.shape, np.nan), where=met > 0)


def commissioners_of_authorities(patients: npt.ArrayLike) -> dict[str, np.ndarray]:
    """With how many commissioners an authority's residents are registered, and how many of them with one.

    Args:
        patients: residents of each authority registered with each commissioner, [L, C].

    Returns:
        ``effective_commissioners`` (inverse Herfindahl, 1..C), ``largest_commissioner_share`` (0..1), ``commissioners``
        (any resident), ``residents_per_commissioner``; [L] each.
    """
    return {
        "effective_commissioners": effective_number(patients),
        "largest_commissioner_share": largest_share(patients),
        "commissioners": commissioners_met(patients),
        "residents_per_commissioner": residents_per_commissioner(patients),
    }
