"""Room for practices that do not exist yet: every table of a run is sized once, at its start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from model.geography.region import Region

NAME_LENGTH = 80


def with_reserve(region: Region, slots: int) -> Region:
    """The region with ``slots`` unused practices at the end of its practice columns, which may be written to.

    A slot has a code (new-0001, ...), no list and no GPs; where it stands is set when it opens. The register and all
    other tables are the region's own, and the digest stays that of the published tables.
    """
    known = len(region.practices)
    codes = np.array([f"new-{number:04d}" for number in range(1, slots + 1)], dtype="<U16")

    def longer(column: np.ndarray, fill: object, dtype: Any = None) -> np.ndarray:
        out = np.full(known + slots, fill, dtype or column.dtype)
        out[:known] = column
        return out

    def longer_rows(column: np.ndarray | None) -> np.ndarray | None:
        if column is None:
            return None
        out = np.full((known + slots, *column.shape[1:]), np.nan)
        out[:known] = column
        return out

    return replace(
        region,
        practices=np.concatenate([region.practices.astype("<U16"), codes]),
        practice_names=longer(region.practice_names, "", f"<U{NAME_LENGTH}"),
        practice_x=longer(region.practice_x, 0.0),
        practice_y=longer(region.practice_y, 0.0),
        practice_commissioner=longer(region.practice_commissioner, 0),
        practice_area=longer(region.practice_area, 0),
        list_size=longer(region.list_size, 0),
        gps_fte=longer(region.gps_fte, 0.0),
        provider_kind=longer(region.provider_kind, "gp", "<U8"),
        practice_neighbourhood=longer(region.practice_neighbourhood, "", "<U32"),
        list_by_age=longer_rows(region.list_by_age),
        male_share=longer_rows(region.male_share),
        weighted_list=longer_rows(region.weighted_list),
        growth=longer_rows(region.growth),
    )
