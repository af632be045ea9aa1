"""Fixtures every test may use."""

from pathlib import Path

import numpy as np
import pytest

from model.geography.region import RESIDENT_BANDS, Region
from model.geography.region_files import region_from_tables

PUBLISHED = Path(__file__).resolve().parents[2] / "shared" / "data" / "real"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of published registers, or skip."""
    if not PUBLISHED.is_dir():
        pytest.skip(f"published registers not found at {PUBLISHED.name}: this test compares with them")
    return PUBLISHED


@pytest.fixture(scope="session")
def make_region():
    """A factory of regions: areas and practices at given km; the rest as asked, plain where not asked."""

    def make(
        area_km: np.ndarray,
        practice_km: np.ndarray,
        *,
        residents: np.ndarray | int = 1000,
        lists: np.ndarray | int = 1000,
        area_commissioner: np.ndarray | int = 0,
        practice_commissioner: np.ndarray | int = 0,
        system: np.ndarray | int = 0,
        rural: np.ndarray | bool = False,
        kind: np.ndarray | str = "gp",
        register: np.ndarray | None = None,
        neighbours: np.ndarray | None = None,
    ) -> Region:
        area_km, practice_km = np.asarray(area_km, float), np.asarray(practice_km, float)
        areas, practices = len(area_km), len(practice_km)
        area = np.array([f"E01{i:06d}" for i in range(areas)])
        practice = np.array([f"A{i:05d}" for i in range(practices)])

        def codes(prefix, numbers, length):
            return np.array([f"{prefix}{i:06d}" for i in np.broadcast_to(numbers, length)])

        share = np.broadcast_to(residents, areas) // len(RESIDENT_BANDS)
        bands = {f"residents_{band}": share for band in RESIDENT_BANDS}
        bands["residents_25_44"] = np.broadcast_to(residents, areas) - share * (len(RESIDENT_BANDS) - 1)
        tables = {
            "areas": {
                "area": area,
                "x": 400_000 + 1000 * area_km[:, 0],
                "y": 300_000 + 1000 * area_km[:, 1],
                "commissioner": codes("E38", area_commissioner, areas),
                "authority": codes("E06", area_commissioner, areas),
                "system": codes("E54", system, areas),
                "deprivation_decile": np.full(areas, 5),
                "rural": np.broadcast_to(rural, areas).copy(),
                **bands,
            },
            "practices": {
                "practice": practice,
                "name": practice,
                "x": 400_000 + 1000 * practice_km[:, 0],
                "y": 300_000 + 1000 * practice_km[:, 1],
                "commissioner": codes("E38", practice_commissioner, practices),
                "list_size": np.broadcast_to(lists, practices).copy(),
                "gps_fte": np.ones(practices),
                "opened": np.full(practices, np.datetime64("NaT", "D")),
                "closed": np.full(practices, np.datetime64("NaT", "D")),
                "neighbourhood": np.full(practices, ""),
                "provider_kind": np.broadcast_to(kind, practices).astype(str),
            },
        }
        if register is not None:
            rows, columns = np.nonzero(register)
            tables["registrations"] = {
                "area": area[rows],
                "practice": practice[columns],
                "patients": np.asarray(register)[rows, columns],
            }
        if neighbours is not None:
            neighbours = np.asarray(neighbours, int).reshape(-1, 2)
            tables["neighbours"] = {"area": area[neighbours[:, 0]], "neighbour": area[neighbours[:, 1]]}
        return region_from_tables(tables, {"name": "Made for a test", "date": "2021-01-01"})

    return make
