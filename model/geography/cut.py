"""Cutting a part out of a region: the places asked for, and the neighbours that trade patients with them.

The **core** is every area of the systems, authorities and commissioners asked for. A practice is the core's if the
area nearest to its site is. With neighbours, the areas of another commissioner outside the core are kept, all of them,
if the patients it exchanges with the core (its residents on the core's lists, and the core's residents on its lists)
are at least ``exchange_share`` of the core's registered residents. Whole commissioners are kept so that what happens
at the edge is still a commissioner's account.

Practices are kept that belong to a commissioner with kept areas and stand within ``FARTHEST_PRACTICE_KM`` of one of
them. Of a commissioner kept in part, those that stand outside the kept areas are kept if a tenth of their list lives
inside, and where there is no register none: with all their GPs and costs and hardly a patient they would be in deficit.
Registrations are kept between kept areas and kept practices; the others are
counted in region.json, by core and neighbours, as are patients on kept lists whom the register places in no area of it
(another country, no usable address). What was left out and assumed of everything it is cut from stands there under
``of_the_whole``, and how much of that is London under ``london_share``. Births, deaths and moves of an authority that is kept in part are in proportion to the residents kept:
all of an authority's would come and go in the part. Published list sizes stay as they are: part of a list may live outside the cut.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import KDTree

from model.errors import InputError
from model.geography.checks import FARTHEST_PRACTICE_KM
from model.geography.columns import positions_of, select_rows
from model.geography.london import BOROUGH_CODES
from model.geography.region import RESIDENT_BANDS, RegionTables
from model.geography.region_files import load_region, read_region_tables, write_region

EXCHANGE_SHARE = 0.005
"""Neighbours are kept from this share of the core's registered residents upwards."""
LEAST_OF_A_LIST = 0.1
"""Of a commissioner kept in part, practices outside are kept that have at least this share of their patients inside."""
OF_THE_WHOLE = ("excluded", "assumed")
"""Counts in region.json that are of all a region was made of, and not known of a part."""


def cut_region(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    systems: Sequence[str] = (),
    authorities: Sequence[str] = (),
    commissioners: Sequence[str] = (),
    neighbours: bool = True,
    exchange_share: float = EXCHANGE_SHARE,
    overwrite: bool = False,
) -> Path:
    """Cut a region folder to the places named and their trading neighbours and write the part as a region folder.

    Raises:
        InputError: the folder is not a region, or a place is unknown.
    """
    about = {key: value for key, value in load_region(source).about.items() if key not in ("files", "rows", "format")}
    tables, about = cut_tables(
        read_region_tables(source),
        about,
        systems=systems,
        authorities=authorities,
        commissioners=commissioners,
        neighbours=neighbours,
        exchange_share=exchange_share,
    )
    return write_region(tables, about, out, overwrite=overwrite)


def cut_tables(
    tables: RegionTables,
    about: dict[str, Any],
    *,
    systems: Sequence[str] = (),
    authorities: Sequence[str] = (),
    commissioners: Sequence[str] = (),
    neighbours: bool = True,
    exchange_share: float = EXCHANGE_SHARE,
) -> tuple[RegionTables, dict[str, Any]]:
    """Cut a region's tables to the places named (codes or names) and their trading neighbours; all where none is named.

    Raises:
        InputError: a place is unknown; the message suggests the nearest.
    """
    if not (systems or authorities or commissioners):
        return tables, about
    areas, practices = tables["areas"], tables["practices"]
    core = np.zeros(len(areas["area"]), dtype=bool)
    asked: dict[str, list[str]] = {}
    for kind, places in (("system", systems), ("authority", authorities), ("commissioner", commissioners)):
        if places:
            asked[kind] = list(dict.fromkeys(_code_of(place, kind, tables) for place in places))
            core |= np.isin(areas[kind], asked[kind])
    site = _nearest_area(areas, practices)
    register = tables.get("registrations")
    lives = positions_of(register["area"], areas["area"]) if register else np.empty(0, np.int64)
    goes = positions_of(register["practice"], practices["practice"]) if register else np.empty(0, np.int64)
    patients = register["patients"] if register else np.empty(0, np.int64)
    kept = core.copy()
    if neighbours:
        kept |= _trading_partners(areas, practices, core, core[site], (lives, goes, patients), exchange_share)
    kept_practice = _kept_practices(areas, practices, kept)
    partly = np.unique(areas["commissioner"][~kept])
    its_own = kept[site] | ~np.isin(practices["commissioner"], partly)
    if register:
        # A practice that stands outside would keep its GPs and costs for the few of its patients who live inside.
        listed = np.bincount(goes, patients, len(its_own))
        its_own |= np.bincount(goes, patients * kept[lives], len(its_own)) >= LEAST_OF_A_LIST * np.maximum(listed, 1)
    kept_practice &= its_own
    if not kept_practice.any():
        codes = ", ".join(code for group in asked.values() for code in group)
        raise InputError(f"{codes}: found no practice there, expected one or more; name a larger part")
    cut = _restrict(tables, kept, kept_practice)
    parts = _shares_kept(areas, kept)
    if "components" in cut:
        cut["components"] = _of_parts(cut["components"], parts)
    if register:
        inside = kept[lives] & kept_practice[goes]
        cut["registrations"] = select_rows(register, inside)
        dropped = {
            "core_patients_elsewhere": int(patients[core[lives] & ~inside].sum()),
            "neighbours_patients_elsewhere": int(patients[kept[lives] & ~core[lives] & ~inside].sum()),
            "core_lists_from_elsewhere": int(patients[~kept[lives] & core[site][goes] & kept_practice[goes]].sum()),
            "lists_outside_the_register": int(
                practices["list_size"][kept_practice].sum() - patients[kept_practice[goes]].sum()
            ),
        }
    else:
        dropped = {}
    names = _names(tables)
    title = ", ".join(names.get(code, code) for codes in asked.values() for code in codes)
    return cut, {
        **{key: value for key, value in about.items() if key not in OF_THE_WHOLE},
        "name": f"{title}{' and neighbours' if (kept & ~core).any() else ''} ({about.get('name', 'a region')})",
        "cut": {
            "from": about.get("name", ""),
            **({"from_digest": about["digest"]} if "digest" in about else {}),
            **{f"{kind}_asked": codes for kind, codes in asked.items()},
            "exchange_share": exchange_share if neighbours else None,
            "core_areas": int(core.sum()),
            "neighbouring_areas": int((kept & ~core).sum()),
            "core_commissioners": np.unique(areas["commissioner"][core]).tolist(),
            "neighbouring_commissioners": np.unique(areas["commissioner"][kept & ~core]).tolist(),
            "authorities_in_part": {authority: round(share, 4) for authority, share in parts.items()},
            "practices": int(kept_practice.sum()),
            "registrations_left_out": dropped,
        },
        "london_share": about.get("london_share", _london_share(areas)),
        **_of_the_whole(about),
    }


def _of_the_whole(about: dict[str, Any]) -> dict[str, Any]:
    """What region.json says of everything a part is cut from, as said of that; a part of a part keeps what it had."""
    said = {key: about[key] for key in OF_THE_WHOLE if key in about}
    return {"of_the_whole": {"name": about.get("name", ""), **said}} if said else {}


def _london_share(areas: dict[str, np.ndarray]) -> float:
    """Share of the residents of everything a part is cut from who live in London: prices are relative to all of them."""
    residents = _residents(areas)
    return float(residents[np.char.startswith(areas["authority"].astype(str), BOROUGH_CODES)].sum() / residents.sum())


def _residents(areas: dict[str, np.ndarray]) -> np.ndarray:
    return np.sum([areas[f"residents_{band}"] for band in RESIDENT_BANDS], axis=0)


def _shares_kept(areas: dict[str, np.ndarray], kept: np.ndarray) -> dict[str, float]:
    """Of authorities that are kept in part, the share of residents in the areas kept."""
    residents = _residents(areas)
    codes, authority = np.unique(areas["authority"], return_inverse=True)
    whole = np.bincount(authority, residents, len(codes))
    part = np.bincount(authority[kept], residents[kept], len(codes))
    cut = (np.bincount(authority[kept], minlength=len(codes)) > 0) & (
        np.bincount(authority[~kept], minlength=len(codes)) > 0
    )
    return {str(codes[i]): float(part[i] / whole[i]) for i in np.flatnonzero(cut) if whole[i] > 0}


def _of_parts(components: dict[str, np.ndarray], shares: dict[str, float]) -> dict[str, np.ndarray]:
    """Components of change with those of authorities kept in part in proportion to the residents kept."""
    share = np.array([shares.get(authority, 1.0) for authority in components["authority"].tolist()])
    return {
        name: values if name in ("authority", "year") else np.rint(values * share).astype(np.int64)
        for name, values in components.items()
    }


def _names(tables: RegionTables) -> dict[str, str]:
    names = tables.get("names")
    return dict(zip(names["code"].tolist(), names["name"].tolist(), strict=True)) if names else {}


def _likeness(typed: str, label: str) -> float:
    """How like what was typed a label is, 0 to 1: its best stretch of as many words, so that parts of names are found."""
    words, count = label.split(), len(typed.split())
    stretches = [" ".join(words[i : i + count]) for i in range(max(len(words) - count, 0) + 1)]
    return max(difflib.SequenceMatcher(None, typed, stretch).ratio() for stretch in (label, *stretches))


def _code_of(place: str, kind: str, tables: RegionTables) -> str:
    codes: list[str] = np.unique(tables["areas"][kind]).tolist()
    if place in codes:
        return place
    names = _names(tables)
    by_name: dict[str, list[str]] = {}
    for code in codes:
        by_name.setdefault(names.get(code, code).casefold(), []).append(code)
    found = by_name.get(place.casefold(), [])
    if not found:
        found = [code for name, same in by_name.items() if place.casefold() in name for code in same]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{code} {names.get(code, '')}".strip() for code in found[:4])
        raise InputError(f"{kind} {place!r}: found {len(found)} of that name ({listed}); give the code")
    labels = {label.casefold(): label for code in codes for label in (str(code), names.get(code, str(code)))}
    near = max(labels, key=lambda label: (_likeness(place.casefold(), label), label), default=None)
    hint = f"did you mean {labels[near]!r}?" if near else "the region has none"
    raise InputError(f"{kind} {place!r}: unknown, expected one of the {len(codes)} codes or names; {hint}")


def _nearest_area(areas: dict[str, np.ndarray], practices: dict[str, np.ndarray]) -> np.ndarray:
    tree = KDTree(np.stack([areas["x"], areas["y"]], axis=1))
    return np.asarray(tree.query(np.stack([practices["x"], practices["y"]], axis=1))[1])


def _trading_partners(
    areas: dict[str, np.ndarray],
    practices: dict[str, np.ndarray],
    core: np.ndarray,
    core_practice: np.ndarray,
    register: tuple[np.ndarray, np.ndarray, np.ndarray],
    exchange_share: float,
) -> np.ndarray:
    """Areas outside the core, bool[A], of the commissioners that exchange enough patients with it."""
    lives, goes, patients = register
    commissioners, of_area = np.unique(areas["commissioner"], return_inverse=True)
    of_practice = positions_of(practices["commissioner"], commissioners)
    away = core[lives] & ~core_practice[goes]
    towards = ~core[lives] & core_practice[goes]
    size = len(commissioners)
    exchanged = np.bincount(of_practice[goes[away]], patients[away], size) + np.bincount(
        of_area[lives[towards]], patients[towards], size
    )
    partner = exchanged >= max(exchange_share * patients[core[lives]].sum(), 1)
    return ~core & partner[of_area]


def _kept_practices(areas: dict[str, np.ndarray], practices: dict[str, np.ndarray], kept: np.ndarray) -> np.ndarray:
    tree = KDTree(np.stack([areas["x"][kept], areas["y"][kept]], axis=1))
    metres, _ = tree.query(np.stack([practices["x"], practices["y"]], axis=1))
    return np.isin(practices["commissioner"], areas["commissioner"][kept]) & (metres <= FARTHEST_PRACTICE_KM * 1000)


def _restrict(tables: RegionTables, kept: np.ndarray, kept_practice: np.ndarray) -> RegionTables:
    """Every table but registrations, restricted to what concerns the kept areas and practices."""
    areas = select_rows(tables["areas"], kept)
    cut: RegionTables = {"areas": areas, "practices": select_rows(tables["practices"], kept_practice)}
    within = {
        "population": (("area", areas["area"]),),
        "successors": (("old", areas["commissioner"]),),
        "components": (("authority", areas["authority"]),),
        "neighbours": (("area", areas["area"]), ("neighbour", areas["area"])),
    }
    if "zone" in areas:
        within["destinations"] = (("origin", areas["zone"]), ("destination", areas["zone"]))
        within["immigration"] = (("zone", areas["zone"]),)
    for name, columns in within.items():
        if name in tables:
            rows = np.ones(len(tables[name][columns[0][0]]), dtype=bool)
            for column, values in columns:
                rows &= positions_of(tables[name][column], np.unique(values)) >= 0
            if rows.any():
                cut[name] = select_rows(tables[name], rows)
    if "names" in tables:
        bodies = [areas[c] for c in ("commissioner", "authority", "system", "neighbourhood", "place") if c in areas]
        bodies += [cut["practices"]["neighbourhood"]]
        if "successors" in cut:
            bodies.append(cut["successors"]["new"])
        rows = positions_of(tables["names"]["code"], np.unique(np.concatenate(bodies))) >= 0
        if rows.any():
            cut["names"] = select_rows(tables["names"], rows)
    return cut
