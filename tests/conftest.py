"""Fixtures every test may use."""

from pathlib import Path

import pytest

PUBLISHED = Path(__file__).resolve().parents[2] / "shared" / "data" / "real"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of published registers, or skip."""
    if not PUBLISHED.is_dir():
        pytest.skip(f"published registers not found at {PUBLISHED.name}: this test compares with them")
    return PUBLISHED
