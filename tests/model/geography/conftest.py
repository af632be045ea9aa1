"""A region small enough to check by hand: four areas in a row, two commissioners, three practices, every table."""

import pytest
from four_areas import four_areas

from model.geography.region import RegionTables


@pytest.fixture
def tables() -> RegionTables:
    return four_areas()
