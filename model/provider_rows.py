"""Rows of practices, providers and organisations for the tables of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from model.measures.concentration import largest_share
from model.providers.trust import steering
from model.results import Coded

if TYPE_CHECKING:
    from model.model import RegistrationModel

GP, DIGITAL, TRUST = "gp", "digital", "trust"


def kinds(model: RegistrationModel) -> np.ndarray:
    """Who provides each list today: gp, digital or trust, str[P]."""
    lists, published = model.lists, model.region.provider_kind.astype("<U8")
    kind = np.where(lists.trust >= 0, TRUST, published)
    return np.where(lists.provider >= 0, DIGITAL, kind)


def named(position: np.ndarray, names: list[str]) -> list[str]:
    """Names at positions, int[n]; empty at -1."""
    with_none = [*names, ""]
    return [with_none[p] for p in position.tolist()]


def group_codes(kind: str, groups: int) -> list[str]:
    """Codes of federations and networks formed during a run: kind-0001, ..."""
    return [f"{kind}-{number:04d}" for number in range(1, groups + 1)]


def organisation_names(model: RegistrationModel, label: np.ndarray) -> list[str]:
    """Names of labels of ``lists.organisation()``, int64[n]: a practice's code, a trust's or a digital provider's name."""
    practices = model.region.practices.tolist()
    names = [
        *practices,
        *_padded([trust.name for trust in model.trusts], len(practices)),
        *(provider.name for provider in model.digital.providers),
    ]
    return named(label, names)


def _padded(names: list[str], length: int) -> list[str]:
    return names + [""] * (length - len(names))


def list_columns(model: RegistrationModel, practices: np.ndarray) -> dict[str, Any]:
    """Commissioner, patients, ghosts and out-of-area patients of the practices at some positions, int[n]."""
    region, counts = model.region, model.counts
    return {
        "commissioner": Coded(region.practice_commissioner[practices], region.commissioners),
        "list_size": counts.lists[practices],
        "ghosts": counts.ghosts[practices],
        "out_of_area": counts.out_of_area[practices],
    }


def provider_columns(model: RegistrationModel, these: np.ndarray) -> dict[str, Any]:
    """Columns of the ``providers`` table but month and leavers, for digital providers' and trusts' practices, int[n]."""
    region, lists = model.region, model.lists
    trusts = named(lists.trust[these], [trust.name for trust in model.trusts])
    digital = named(lists.provider[these].astype(np.int64), [provider.name for provider in model.digital.providers])
    return {
        "practice": Coded(these, region.practices),
        "name": region.practice_names[these].tolist(),
        "kind": kinds(model)[these].tolist(),
        **list_columns(model, these),
        "joiners": model.counts.joiners[these],
        "satisfaction": lists.satisfaction[these],
        "provider": [one or other for one, other in zip(digital, trusts, strict=True)],
    }


def practice_columns(model: RegistrationModel, these: np.ndarray, since: int) -> dict[str, Any]:
    """Columns of the ``practices`` table, but month, joiners and leavers, for some practices.

    Args:
        model: as it stands.
        these: positions of practices, int[n].
        since: month number when practices were last recorded.
    """
    region, lists, counts = model.region, model.lists, model.counts
    there = lists.exists[these]
    return {
        "practice": Coded(these, region.practices),
        **list_columns(model, these),
        "gps_fte": lists.gps_fte[these],
        "load": np.where(there & (lists.gps_fte[these] > 0), lists.load[these], np.nan),
        "satisfaction": np.where(there, lists.satisfaction[these], np.nan),
        "continuity": np.where(there, lists.continuity[these], np.nan),
        "open": lists.open[these],
        "takes_out_of_area": lists.takes_out_of_area[these],
        "inner_boundary_km": lists.inner_km[these],
        "outer_boundary_km": lists.outer_km[these],
        "kind": kinds(model)[these].tolist(),
        "organisation": organisation_names(model, lists.organisation()[these]),
        "federation": named(lists.federation[these], group_codes("federation", len(model.federations))),
        "network": named(lists.network[these], group_codes("network", len(model.networks))),
        "trust": named(lists.trust[these], [t.name for t in model.trusts]),
        "carr_hill": np.where(there, lists.carr_hill[these], np.nan),
        "weighted": lists.carr_hill[these] * counts.lists[these],
        "income": np.where(there, model.money.practice_income[these], np.nan),
        "cost": np.where(there, model.money.practice_cost[these], np.nan),
        "margin": np.where(there, lists.margin[these], np.nan),
        # What opens in a month is first recorded on the first of the next.
        "opened": lists.opened[these] >= since,
        "ended": ~there,
    }


def organisation_columns(model: RegistrationModel) -> dict[str, Any] | None:
    """Columns of the ``organisations`` table but the month; None where there is no organisation."""
    lists, region = model.lists, model.region
    super_practice = np.where(np.isin(np.arange(len(lists.size)), lists.super_practice), np.arange(len(lists.size)), -1)
    groups = (
        ("federation", lists.federation, group_codes("federation", len(model.federations))),
        ("network", lists.network, group_codes("network", len(model.networks))),
        ("trust", lists.trust, [t.name for t in model.trusts]),
        (DIGITAL, lists.provider.astype(np.int64), [p.name for p in model.digital.providers]),
        ("super-practice", super_practice, region.practices.tolist()),
    )
    blocks = [_of_kind(model, kind, member, names) for kind, member, names in groups]
    blocks = [block for block in blocks if block["organisation"]]
    if not blocks:
        return None
    return {
        name: np.concatenate([block[name] for block in blocks])
        if isinstance(blocks[0][name], np.ndarray)
        else [value for block in blocks for value in block[name]]
        for name in blocks[0]
    }


def trust_columns(model: RegistrationModel) -> dict[str, Any]:
    """Columns of the ``trusts`` table but the month."""
    lists, trusts = model.lists, len(model.trusts)
    runs = (lists.trust >= 0) & lists.exists
    sizes, owner = model.counts.lists[runs], lists.trust[runs]
    patients = np.bincount(owner, sizes, trusts)
    referrals = steering(model)
    return {
        "trust": [trust.name for trust in model.trusts],
        "place": model.levels.places[model.levels.area_place[[trust.area for trust in model.trusts]]].tolist(),
        "practices": np.bincount(owner, minlength=trusts),
        "patients": patients.astype(np.int64),
        "share_of_patients": patients / max(int(model.counts.lists.sum()), 1),
        "referral_share": referrals.after,
        "referral_share_unsteered": referrals.before,
    }


def _of_kind(model: RegistrationModel, kind: str, member: np.ndarray, names: list[str]) -> dict[str, Any]:
    """Columns of the ``organisations`` table for one kind; ``member``, int[P], is each practice's organisation, -1 = none."""
    lists, region, counts = model.lists, model.region, model.counts
    members = np.flatnonzero((member >= 0) & lists.exists)
    found, of = np.unique(member[members], return_inverse=True)
    of = of.reshape(-1)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(of, values, len(found))

    sizes = counts.lists[members].astype(np.float64)
    patients = total(sizes)
    by_commissioner = np.zeros((len(found), len(region.commissioners)))
    np.add.at(by_commissioner, (of, region.practice_commissioner[members]), np.maximum(sizes, 1e-9))
    standing = np.zeros((len(found), len(model.levels.places)), bool)
    standing[of, model.levels.practice_place[members]] = True
    x, y = region.practice_x[members], region.practice_y[members]
    weight = np.maximum(sizes, 1e-9)
    cx, cy = (total(weight * at) / total(weight) for at in (x, y))
    return {
        "kind": [kind] * len(found),
        "organisation": named(found, names),
        "practices": np.bincount(of, minlength=len(found)),
        "patients": patients.astype(np.int64),
        "ghosts": total(counts.ghosts[members]).astype(np.int64),
        "gps_fte": total(lists.gps_fte[members]),
        "satisfaction": total(weight * lists.satisfaction[members]) / total(weight),
        "commissioners": (by_commissioner > 0).sum(axis=1),
        "largest_commissioner_share": largest_share(by_commissioner),
        "places": standing.sum(axis=1),
        "spread_km": total(weight * np.hypot(x - cx[of], y - cy[of])) / total(weight) / 1000.0,
    }
