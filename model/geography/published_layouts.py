"""The layouts NHS England, ONS and MHCLG publish, and how a CSV file is recognised as one of them.

A file is recognised by its header, not by its name, because names change from one publication to the next; headers are
compared in capitals with everything but letters and digits made one underscore. The name only serves to say which
layout was probably meant when no header fits.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from pathlib import Path

from model.errors import InputError
from model.geography.published_spelling import refuse_misspelt
from model.geography.published_text import first_lines, has_rows, utf8_content

_COORDINATE = {
    "x": r"E|X|EASTINGS?|OSEAST1M|EAST1M|BNG_E|PCM_E",
    "y": r"N|Y|NORTHINGS?|OSNRTH1M|NORTH1M|BNG_N|PCM_N",
}
_AREA = r"LSOA\d\d(CD)?|LSOA_CODE|LSOA_CODE_\d{4}|LSOA_\d{4}_CODE|AREA_CODES?|AREACD|GEOGRAPHY_CODE"
_ONS_COMMISSIONER = r"ONS_CCG_CODE|ONS_SUB_ICB_LOCATION_CODE"
_ODS_COMMISSIONER = r"CCG_CODE|SUB_ICB_LOCATION_CODE"


@dataclass(frozen=True)
class Layout:
    """A published layout: patterns of the columns it must have, may have, and must not have."""

    kind: str
    title: str
    required: dict[str, str]
    optional: dict[str, str] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()
    """At least one of these optional columns must be there."""
    forbidden: str = r"(?!)"
    file_names: str = r"(?!)"
    """What files of this layout are called, for messages only."""


LAYOUTS = (
    Layout(
        "register_wide",
        "patients by practice and LSOA, one column an LSOA (NHS Digital, to October 2016)",
        {"practice": "PRACTICE_CODE", "variable": "NAME_OF_FORMER_VARIABLE"},
    ),
    Layout(
        "register",
        "patients by practice and LSOA (NHS Digital, gp-reg-pat-prac-lsoa-all.csv)",
        {
            "practice": r"PRACTICE_CODE|PRAC_CODE|ORGANISATIONCODE",
            "area": r"LSOA_CODE|LSOA\d\dCD",
            "patients": r"NUMBER_OF_PATIENTS|ALL_PATIENTS|PATIENTS?",
        },
        {"sex": "SEX", "name": "PRACTICE_NAME|ORG_NAME|NAME", "date": "EXTRACT_DATE", "male": "MALE_PATIENTS"},
        file_names=r"lsoa.*(all|male|tall|alt)|gp-reg-pat.*lsoa",
    ),
    Layout(
        "list_ages",
        "lists by single year of age (NHS Digital, gp-reg-pat-prac-sing-age-*.csv)",
        {"practice": "ORG_CODE", "sex": "SEX", "age": "AGE", "patients": "NUMBER_OF_PATIENTS"},
        {"type": "ORG_TYPE", "date": "EXTRACT_DATE"},
        file_names="sing-age",
    ),
    Layout(
        "lists",
        "list sizes (NHS Digital, gp-reg-pat-prac-all.csv)",
        {
            "practice": "CODE|GP_PRACTICE_CODE|PRACTICE_CODE",
            "postcode": "POSTCODE",
            "patients": "NUMBER_OF_PATIENTS|TOTAL_ALL",
        },
        {
            "commissioner": _ONS_COMMISSIONER,
            "commissioner_ods": _ODS_COMMISSIONER,
            "type": "TYPE",
            "sex": "SEX",
            "age": "AGE",
            "date": "EXTRACT_DATE",
        },
        one_of=("commissioner", "commissioner_ods"),
        file_names=r"prac-all|totals",
    ),
    Layout(
        "workforce",
        "General Practice Workforce, practice level",
        {"practice": "PRAC_CODE", "gps": "TOTAL_GP_EXTGL_FTE"},
        file_names="workforce|practice level",
    ),
    Layout(
        "population",
        "residents by single year of age (ONS small area population estimates)",
        {
            "area": _AREA,
            "age_0": r"0|AGE_?0",
            "age_45": r"45|AGE_?45",
            "age_90": r"90(_?PLUS|_AND_OVER)?|AGE_?90(_?PLUS)?",
        },
        file_names="sape|mid-?20|pop",
    ),
    Layout(
        "sites",
        "grid references of postcodes or practices (ONS Postcode Directory, Code-Point Open)",
        _COORDINATE,
        {
            "practice": "PRACTICE_CODE|PRACTICE|ODS_CODE|ORG_CODE|CODE",
            "postcode": "PCDS|PCD|PCD2|PCD7|PCD8|POSTCODE",
            "area": _AREA,
            "ended": "DOTERM",
        },
        one_of=("practice", "postcode"),
        file_names="onspd|nspl|codepo|postcode|site",
    ),
    Layout(
        "map",
        "practices and their networks (NHS Digital, gp-reg-pat-prac-map.csv)",
        {"practice": "PRACTICE_CODE"},
        {
            "name": "PRACTICE_NAME",
            "postcode": "PRACTICE_POSTCODE",
            "commissioner": _ONS_COMMISSIONER,
            "commissioner_ods": _ODS_COMMISSIONER,
            "network": "PCN_CODE",
            "network_name": "PCN_NAME",
        },
        one_of=("network", "commissioner"),
        forbidden="NUMBER_OF_PATIENTS",
        file_names="prac-map",
    ),
    Layout(
        "area_facts",
        "what is known of each LSOA (ONS lookups and centroids, IMD, rural-urban classification)",
        {"area": _AREA},
        {
            "commissioner": r"(CCG|SICBL|LOC)\d\dCD",
            "commissioner_ods": r"(CCG|SICBL|LOC)\d\dCDH",
            "commissioner_name": r"(CCG|SICBL|LOC)\d\dNM",
            "authority": r"(LAD|LTLA)\d\dCD",
            "authority_name": r"(LAD|LTLA)\d\dNM",
            "system": r"(STP|ICB)\d\dCD",
            "system_name": r"(STP|ICB)\d\dNM",
            "zone": r"MSOA\d\dCD",
            "deprivation_decile": r"INDEX_OF_MULTIPLE_DEPRIVATION_IMD_DECILE.*|IMD(20)?\d*_?DECILE|IMD_DECILE.*",
            "rural": r"RUC\d\dCD",
            **_COORDINATE,
        },
        one_of=("commissioner", "authority", "system", "zone", "deprivation_decile", "rural", "x"),
        file_names="lookup|lsoa|imd|ruc|centroid",
    ),
)
EPRACCUR = Layout(
    "epraccur",
    "the 27 columns of epraccur.csv without a header (Organisation Data Service)",
    {"practice": "1", "name": "2"},
    file_names="epraccur",
)
EPRACCUR_WIDTH = 27
EPRACCUR_COLUMNS = {
    "practice": 0,
    "name": 1,
    "postcode": 9,
    "opened": 10,
    "closed": 11,
    "status": 12,
    "commissioner_ods": 14,
    "setting": 25,
}
"""Columns of epraccur by position from 0 (Organisation Data Service, specification of epraccur)."""


@dataclass(frozen=True)
class PublishedFile:
    """A CSV file recognised as one of the layouts."""

    path: Path
    layout: Layout
    header: tuple[str, ...]
    """Column names as published; numbers for a file without a header."""
    lines_to_skip: int
    """Lines before the first row, header included."""
    columns: dict[str, int]
    """Position of each column the layout names."""
    text: bytes
    """Content in UTF-8 without a byte-order mark."""

    @property
    def name(self) -> str:
        """Name of the file without its folder."""
        return self.path.name

    def column(self, role: str) -> str:
        """Published name of a column, for messages."""
        return self.header[self.columns[role]] if role in self.columns else role


def recognise(path: Path) -> PublishedFile:
    """Read a CSV file (or one compressed as .csv.gz) and find which layout it has.

    Raises:
        InputError: the file is empty, not text, or has no published layout; the message names the columns missing.
    """
    text = utf8_content(path)
    lines = first_lines(text)
    if not lines:
        raise InputError(f"{path.name}: found an empty file, expected a header and rows; download it again")
    if len(lines[0]) == EPRACCUR_WIDTH and re.fullmatch(r"[A-Za-z]\w{4,7}", lines[0][0].strip()):
        header = tuple(str(i + 1) for i in range(EPRACCUR_WIDTH))
        return PublishedFile(path, EPRACCUR, header, 0, dict(EPRACCUR_COLUMNS), text)
    if re.search(EPRACCUR.file_names, path.name, re.IGNORECASE):
        raise InputError(
            f"{path.name}, row 1: found {len(lines[0])} columns beginning {lines[0][0]!r}, expected {EPRACCUR.title}; "
            "use the file as downloaded"
        )
    for at, cells in enumerate(lines):
        names = [normal(cell) for cell in cells]
        for layout in LAYOUTS:
            columns = _match(layout, names)
            if columns is not None:
                header = tuple(cell.strip() for cell in cells)
                _refuse_same_name(path, header, names, columns)
                refuse_misspelt(path.name, header, names, columns, layout.optional)
                published = PublishedFile(path, layout, header, at + 1, columns, text)
                if not has_rows(text, at + 1):
                    raise InputError(
                        f"{path.name}: found a header and no rows, expected {layout.title}; download again"
                    )
                return published
    raise _unrecognised(path, lines)


def normal(name: str) -> str:
    """A column name in capitals, with everything but letters and digits made one underscore, a final + made PLUS."""
    return re.sub(r"[^A-Z0-9]+", "_", name.strip().upper().replace("+", " PLUS")).strip("_")


def _match(layout: Layout, names: list[str]) -> dict[str, int] | None:
    columns: dict[str, int] = {}
    for role, pattern in {**layout.required, **layout.optional}.items():
        found = [i for i, name in enumerate(names) if re.fullmatch(pattern, name)]
        if found:
            columns[role] = found[0]
        elif role in layout.required:
            return None
    if layout.one_of and not any(role in columns for role in layout.one_of):
        return None
    if any(re.fullmatch(layout.forbidden, name) for name in names):
        return None
    return columns


def _refuse_same_name(path: Path, header: tuple[str, ...], names: list[str], columns: dict[str, int]) -> None:
    for position in columns.values():
        if names.count(names[position]) > 1:
            raise InputError(
                f"{path.name}, header: found column {header[position]} {names.count(names[position])} times, expected it "
                "once; take the others out"
            )


def _unrecognised(path: Path, lines: list[list[str]]) -> InputError:
    header = max(lines, key=lambda cells: sum(bool(cell.strip()) for cell in cells))
    names = [normal(cell) for cell in header]

    def fit(layout: Layout) -> float:
        fits = sum(any(re.fullmatch(p, name) for name in names) for p in layout.required.values())
        return fits / len(layout.required)

    likely = [layout for layout in LAYOUTS if re.search(layout.file_names, path.name, re.IGNORECASE)]
    shown = ", ".join(cell.strip() for cell in header[:10])
    layout = likely[0] if likely else max(LAYOUTS, key=fit)
    if not likely and not fit(layout):
        return InputError(
            f"{path.name}, header: found {shown}, expected the columns of a file NHS England, ONS or MHCLG publish; "
            "take the file out of the folder, or use it as published"
        )
    missing = [
        _shown(pattern)
        for pattern in layout.required.values()
        if not any(re.fullmatch(pattern, name) for name in names)
    ] or [" or ".join(_shown(layout.optional[role]) for role in layout.one_of)]
    used = {n for p in (*layout.required.values(), *layout.optional.values()) for n in names if re.fullmatch(p, n)}
    spare = [cell.strip() for cell, name in zip(header, names, strict=True) if name not in used and cell.strip()]
    # A column of names, of another body's codes or of another age is not the one missing, however alike the spelling.
    like = [normal(cell) for cell in spare if not re.search(r"NAME$|\d\d(CDH?|NM)$|^\d", normal(cell))]
    near = difflib.get_close_matches(missing[0], like, n=1, cutoff=0.4) if not missing[0].isdigit() else []
    renamed = next((cell for cell in spare if near and normal(cell) == near[0]), None)
    remedy = f"rename {renamed!r} to {missing[0]}" if renamed else "use the file as published"
    return InputError(f"{path.name}, header: no column {missing[0]}; found {shown}; expected {layout.title}; {remedy}")


def _shown(pattern: str) -> str:
    """The first name a pattern of column names stands for."""
    single = re.sub(r"\(([^|)]*)[^)]*\)\??", r"\1", pattern)
    return single.split("|")[0].replace(r"\d\d", "11").replace("_?", "").replace(".*", "")
