"""Registers of different months and sources on the same axes: a region's areas, and every practice any of them names.

A practice that only a later register names belongs to the commissioner (fixed boundaries) where most of its patients
live; where areas are not known, to the published one if the region has it. Its site is not known and it is left out of
distances. Patients of areas outside the region keep their practice and have no area (-1). Codes of 2021 LSOAs that are
none of the region's are turned into its 2011 ones by a lookup: parts of a split area are added up, a merged one is shared
out by residents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import numpy as np

from analysis.validation.register_files import PublishedRegister
from model.errors import InputError
from model.measures.access import straight_line_km
from model.sql_literals import file_literal, parquet_rows

if TYPE_CHECKING:
    from model.geography.region import Region

UNKNOWN = -1
LOOKUP = "lsoa11_to_lsoa21.parquet"
MOST_UNKNOWN = 0.02
"""Share of patients in English areas the region does not know from which on a comparison is refused."""


class Register(NamedTuple):
    """Who is registered where, R rows on common axes."""

    area: np.ndarray
    """Position of the recorded address among the areas, int32[R]; -1 = elsewhere or not known."""
    practice: np.ndarray
    """Position among the axes' practices, int32[R]."""
    patients: np.ndarray
    """float64[R]: expected ones need not be whole."""


@dataclass(frozen=True, eq=False)
class Counted:
    """A register by codes of practices and positions of a region's areas, R rows."""

    practice: np.ndarray
    """Codes, str[R]."""
    area: np.ndarray
    """Position among the region's areas, int32[R]; -1 = elsewhere or not known."""
    patients: np.ndarray
    """float64[R]."""
    commissioner: dict[str, str] = field(default_factory=dict)
    """Commissioner of a practice where the register names it, by practice code."""

    def on(self, axes: Axes) -> Register:
        """The register on axes that have all its practices."""
        return Register(self.area, axes.positions(self.practice), self.patients)


@dataclass(frozen=True, eq=False)
class Axes:
    """Areas of a region and N practices, with what is known of them."""

    region: Region
    practices: np.ndarray
    """Codes, str[N], sorted."""
    commissioner: np.ndarray
    """Position among the region's commissioners, int32[N]; -1 = not known."""
    x: np.ndarray
    """Easting, m, float64[N]; NaN = not known."""
    y: np.ndarray
    """Northing, m, float64[N]; NaN = not known."""

    def positions(self, codes: np.ndarray) -> np.ndarray:
        """Positions of practice codes, int32[...]; every code must be on the axes."""
        found = np.searchsorted(self.practices, codes)
        assert (self.practices[np.minimum(found, len(self.practices) - 1)] == codes).all()
        return found.astype(np.int32)

    def lists(self, register: Register) -> np.ndarray:
        """Patients of each practice, wherever they live, float64[N]."""
        return np.bincount(register.practice, register.patients, len(self.practices))

    def by_area(self, register: Register) -> np.ndarray:
        """Patients recorded in each area, float64[A]."""
        here = register.area >= 0
        return np.bincount(register.area[here], register.patients[here], len(self.region.areas))

    def flows(self, register: Register) -> np.ndarray:
        """F[i, j]: patients recorded in commissioner i and on lists of j, float64[C, C]; of known areas and practices."""
        size = len(self.region.commissioners)
        host = self.commissioner[register.practice]
        known = (register.area >= 0) & (host >= 0)
        home = self.region.area_commissioner[register.area[known]].astype(np.int64)
        return np.bincount(home * size + host[known], register.patients[known], size * size).reshape(size, size)

    def registered(self, register: Register) -> np.ndarray:
        """Patients on the lists of each commissioner, wherever they live, float64[C]."""
        lists, known = self.lists(register), self.commissioner >= 0
        return np.bincount(self.commissioner[known], lists[known], len(self.region.commissioners))

    def of_practice(self, register: Register, practice: int) -> np.ndarray:
        """Patients of one practice by authority of the recorded address, float64[L]."""
        rows = (register.practice == practice) & (register.area >= 0)
        authority = self.region.area_authority[register.area[rows]]
        return np.bincount(authority, register.patients[rows], len(self.region.authorities))

    def km(self, register: Register) -> np.ndarray:
        """Straight-line km from the area to the practice, float64[R]; NaN where either is not known."""
        region = self.region
        x, y = np.append(region.x, np.nan)[register.area], np.append(region.y, np.nan)[register.area]
        return straight_line_km(x, y, self.x[register.practice], self.y[register.practice])


def within(region: Region, register: PublishedRegister) -> PublishedRegister:
    """What a national register says of a part of England: the region's practices, and new ones mostly of its patients.

    Raises:
        InputError: none of it is there.
    """
    if _covers_england(region):
        return register
    here = np.isin(register.practice, region.practices)
    if register.area is not None:
        codes, practice = np.unique(register.practice, return_inverse=True)
        inside = np.isin(register.area, region.areas)
        patients = np.bincount(practice, register.patients, len(codes))
        mostly = np.bincount(practice, register.patients * inside, len(codes)) > 0.5 * patients
        here |= mostly[practice]
    if not here.any():
        raise InputError(
            f"{register.name}: found none of the practices of {region.about.get('name')}; give its register"
        )
    area = None if register.area is None else register.area[here]
    return replace(register, practice=register.practice[here], area=area, patients=register.patients[here])


def make_axes(regions: Sequence[Region], registers: Sequence[Counted] = ()) -> Axes:
    """Axes on the areas of the first region, with the practices of all regions and registers.

    What is known of a practice is taken from the first region that has it. All regions have the same areas and
    commissioners.

    Raises:
        InputError: two regions are not of the same areas or commissioners.
    """
    first = regions[0]
    for other in regions[1:]:
        if not np.array_equal(first.areas, other.areas) or not np.array_equal(first.commissioners, other.commissioners):
            raise InputError(
                f"regions {first.about.get('name')} and {other.about.get('name')}: found different areas or"
                " commissioners, expected the same; import both from the same files"
            )
    codes = np.unique(np.concatenate([*(r.practices for r in regions), *(np.unique(r.practice) for r in registers)]))
    commissioner = np.full(len(codes), UNKNOWN, np.int32)
    x, y = np.full((2, len(codes)), np.nan)
    for region in reversed(regions):
        at = np.searchsorted(codes, region.practices)
        commissioner[at], x[at], y[at] = region.practice_commissioner, region.practice_x, region.practice_y
    for register in registers:
        _commissioner_of_newcomers(first, register, codes, commissioner)
    return Axes(first, codes, commissioner, x, y)


def _commissioner_of_newcomers(region: Region, register: Counted, codes: np.ndarray, commissioner: np.ndarray) -> None:
    new = np.flatnonzero(commissioner == UNKNOWN)
    if not len(new):
        return
    practice = np.searchsorted(codes, register.practice)
    rows = (register.area >= 0) & np.isin(practice, new)
    size = len(region.commissioners)
    home = region.area_commissioner[register.area[rows]].astype(np.int64)
    homes = np.bincount(practice[rows] * size + home, register.patients[rows], len(codes) * size).reshape(-1, size)
    some = new[homes[new].sum(axis=1) > 0]
    commissioner[some] = homes[some].argmax(axis=1)
    became: dict[str, set[str]] = {}
    for old, _, later in region.successors:
        became.setdefault(later, set()).add(old)
    for newcomer in np.flatnonzero(commissioner == UNKNOWN):
        told = register.commissioner.get(str(codes[newcomer]), "")
        of_old = became.get(told, {told})
        at, there = _positions(region.commissioners, np.array(sorted(of_old)))
        if there.all() and len(at) == 1:
            commissioner[newcomer] = int(at.item())


def _positions(codes: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of codes among sorted ones, and whether they are among them."""
    at = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    return at, codes[at] == wanted


def locate(region: Region, register: PublishedRegister, lookup: Path | None = None) -> Counted:
    """A published register with its areas found in the region (module docstring).

    Raises:
        InputError: more than MOST_UNKNOWN of English patients are in areas nobody knows; a lookup that is none.
    """
    practice, patients = register.practice, register.patients.astype(np.float64)
    if register.area is None:
        return Counted(practice, np.full(len(practice), UNKNOWN, np.int32), patients, register.commissioner)
    at, known = _positions(region.areas, register.area)
    area = np.where(known, at, UNKNOWN).astype(np.int32)
    english = np.char.startswith(register.area, "E")
    strange = english & ~known
    if strange.any() and lookup is not None:
        row, old, share = _older_areas(region, register.area, strange, lookup)
        kept = ~np.isin(np.arange(len(area)), row)
        area = np.concatenate([area[kept], old])
        practice = np.concatenate([practice[kept], practice[row]])
        patients = np.concatenate([patients[kept], patients[row] * share])
        strange = np.concatenate([strange[kept], np.zeros(len(row), bool)])
        english = np.concatenate([english[kept], np.ones(len(row), bool)])
    unknown = patients[strange].sum() / max(patients[english].sum(), 1.0)
    if unknown > MOST_UNKNOWN and _covers_england(region):
        code = register.area[np.flatnonzero(np.char.startswith(register.area, "E") & ~known)[0]]
        raise InputError(
            f"{register.name}: {unknown:.0%} of patients live in areas the region has not ({code}, ...), expected its"
            f" {region.areas[0]}, ...; for LSOAs of 2021 put {LOOKUP} beside it, or into --data; or give the file made for 2011 LSOAs"
        )
    return Counted(practice, area, patients, register.commissioner)


def _covers_england(region: Region) -> bool:
    """Whether strangers are a mistake: in a part of England most patients of a national file live elsewhere."""
    return bool(region.areas.size > 30_000)


def _older_areas(
    region: Region, codes: np.ndarray, strange: np.ndarray, lookup: Path
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows with a 2021 code, the region's areas they become, int32, and the share of the row's patients in each."""
    with duckdb.connect() as con:
        source = (
            parquet_rows(lookup)
            if lookup.suffix == ".parquet"
            else f"read_csv({file_literal(lookup)}, all_varchar = true)"
        )
        try:
            header = [str(row[0]) for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
            named = {
                year: next((c for c in header if c.lower() in (f"lsoa{year}cd", f"lsoa{year}_code")), "")
                for year in (11, 21)
            }
            if not all(named.values()):
                raise InputError(
                    f"{lookup.name}: found columns {', '.join(header[:6])}, expected LSOA11CD and LSOA21CD"
                )
            pairs = con.execute(
                f'SELECT DISTINCT "{named[21]}" AS new, "{named[11]}" AS old FROM {source} ORDER BY ALL'
            ).fetchnumpy()
        except duckdb.Error as error:
            raise InputError(
                f"{lookup.name}: cannot be read ({str(error).splitlines()[0]}); give the ONS lookup"
            ) from None
    new, old = (np.asarray(pairs[name]).astype(str) for name in ("new", "old"))
    at, known = _positions(region.areas, old)
    new, at = new[known], at[known]
    weight = region.residents[at].astype(np.float64) + 1e-9
    codes_of_pairs, group = np.unique(new, return_inverse=True)
    weight /= np.bincount(group, weight)[group]
    rows = np.flatnonzero(strange)
    place, there = _positions(codes_of_pairs, codes[rows])
    rows, place = rows[there], place[there]
    first = np.searchsorted(group, np.arange(len(codes_of_pairs) + 1))
    many = first[place + 1] - first[place]
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    pair = np.repeat(first[place], many) + within
    return np.repeat(rows, many), at[pair].astype(np.int32), weight[pair]
