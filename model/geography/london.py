"""Which authorities and areas of a region are London's, by the codes of its authorities."""

from __future__ import annotations

import numpy as np

from model.geography.region import Region

BOROUGH_CODES = "E09"
"""What the codes of London's 32 boroughs and the City begin with (ONS Coding and Naming Policy)."""
INNER_BOROUGHS = tuple(f"E090000{number:02d}" for number in (1, 7, 11, 12, 13, 19, 20, 22, 23, 28, 30, 32, 33))
"""The City and the twelve boroughs of statutory inner London (London Government Act 1963)."""


def london_authorities(region: Region) -> np.ndarray:
    """Whether each authority is a London borough or the City, bool[L]."""
    return np.char.startswith(region.authorities.astype(str), BOROUGH_CODES)


def in_london(region: Region) -> np.ndarray:
    """Whether each area is in London, bool[A]."""
    return london_authorities(region)[region.area_authority]


def in_inner_london(region: Region) -> np.ndarray:
    """Whether each area is in inner London, bool[A]."""
    return np.isin(region.authorities, INNER_BOROUGHS)[region.area_authority]
