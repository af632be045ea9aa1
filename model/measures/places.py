"""Places and neighbourhoods: who lives there, whose lists they are on, and whose money a place holds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.measures.concentration import herfindahl_by_group, largest_share_by_group


def place_columns(flows: npt.ArrayLike) -> dict[str, np.ndarray]:
    """Residents, present patients and who crosses, for each place.

    Args:
        flows: residents by place of home and place of the practice; last column = on no list, [K, K + 1].

    Returns:
        ``residents``, ``unregistered``, ``patients`` (present, on lists of the place's practices), ``stay`` (both),
        ``inflow``, ``outflow``, ``net_flow`` (inflow - outflow); int64[K] each. patients = stay + inflow;
        residents = stay + outflow + unregistered.
    """
    flows = np.asarray(flows, np.int64)
    listed, unregistered = flows[:, :-1], flows[:, -1]
    stay = np.diagonal(listed).copy()
    inflow, outflow = listed.sum(axis=0) - stay, listed.sum(axis=1) - stay
    return {
        "residents": flows.sum(axis=1),
        "unregistered": unregistered.copy(),
        "patients": stay + inflow,
        "stay": stay,
        "inflow": inflow,
        "outflow": outflow,
        "net_flow": inflow - outflow,
    }


def overlap(stay: npt.ArrayLike, residents: npt.ArrayLike, registered: npt.ArrayLike) -> np.ndarray:
    """People who are both resident and registered over those who are either (Jaccard), 0..1, [N]; NaN for nobody.

    Networks of April 2021: lower in urban and deprived areas (Beaney 2022, BJGP Open 2022.0037).
    """
    stay = np.asarray(stay, np.float64)
    either = np.asarray(residents) + np.asarray(registered) - stay
    return np.divide(stay, either, out=np.full(stay.shape, np.nan), where=either > 0)


def concentration_of_places(
    place: npt.ArrayLike, organisation: npt.ArrayLike, patients: npt.ArrayLike, places: int
) -> dict[str, np.ndarray]:
    """How few organisations hold the lists of each place.

    Args:
        place: place of each practice, int[P].
        organisation: label of the organisation that runs it, int[P] >= 0; practices of one label are one holder.
        patients: list of each practice, [P].
        places: number of places, K.

    Returns:
        ``holders`` (organisations with patients), ``hhi`` (Herfindahl of their shares, NaN without), ``largest`` (label of
        the one with most patients, the lowest of equals; -1 without patients), ``largest_share`` (NaN without patients);
        [K] each.
    """
    place, organisation = np.asarray(place, np.int64), np.asarray(organisation, np.int64)
    span = int(organisation.max(initial=0)) + 1
    pairs, row = np.unique(place * span + organisation, return_inverse=True)
    held = np.bincount(row.reshape(-1), np.asarray(patients, np.float64), pairs.size)
    group, label = pairs // span, pairs % span
    largest = np.full(places, -1, np.int64)
    # Backwards through places with the largest last, so that the lowest label of equals is written last.
    order = np.lexsort([-label, held])
    order = order[held[order] > 0]
    largest[group[order]] = label[order]
    return {
        "holders": np.bincount(group[held > 0], minlength=places),
        "hhi": herfindahl_by_group(group, held, places),
        "largest": largest,
        "largest_share": largest_share_by_group(group, held, places),
    }


def share_of_label(
    place: npt.ArrayLike, organisation: npt.ArrayLike, amount: npt.ArrayLike, label: npt.ArrayLike
) -> np.ndarray:
    """Share of an amount (GPs, sites, appointments) of each place that is one organisation's: 0..1, NaN for none.

    With GPs and the largest organisation it is how far a place depends on it: what goes should it fail.

    Args:
        place: place of each practice, int[P].
        organisation: label of each practice, int[P].
        amount: of each practice, [P].
        label: the organisation of interest in each place, int[K]; -1 for none.
    """
    place, amount = np.asarray(place, np.int64), np.asarray(amount, np.float64)
    label = np.asarray(label, np.int64)
    whole = np.bincount(place, amount, label.size)
    part = np.bincount(place, np.where(np.asarray(organisation) == label[place], amount, 0.0), label.size)
    return np.divide(part, whole, out=np.full(label.size, np.nan), where=whole > 0)


def mismatched_share(people: npt.ArrayLike, same: npt.ArrayLike) -> float:
    """Share of residents whose responsible bodies do not match: registered with another commissioner than their home's.

    Their GP care is one commissioner's, their social care and public health the authority's of another's area.

    Args:
        people: residents by home cell and commissioner of registration; last column = on no list, [G, C + 1]. Those on
            no list fall to the commissioner of their home (Who Pays? 2020) and so match.
        same: commissioner of each home cell, int[G].

    Returns:
        0..1; NaN for nobody.
    """
    people, same = np.asarray(people, np.int64), np.asarray(same, np.int64)
    total = int(people.sum())
    matched = int(people[np.arange(len(same)), same].sum() + people[:, -1].sum())
    return (total - matched) / total if total else float("nan")


def misplaced(money: npt.ArrayLike, need: npt.ArrayLike) -> float:
    """Money that would have to change hands for money to go by need: half the sum of |money - its share by need|.

    Args:
        money: of each commissioner or place, [N].
        need: whatever the money should follow (need-cost of residents, say), [N] >= 0, in any unit.

    Returns:
        In the unit of ``money``; NaN where there is no need.
    """
    money, need = np.asarray(money, np.float64), np.asarray(need, np.float64)
    total = need.sum()
    return float(np.abs(money - money.sum() * need / total).sum() / 2) if total > 0 else float("nan")
