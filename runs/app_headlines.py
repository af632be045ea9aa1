"""Measures of a whole region that may be drawn through time beside the map."""

from __future__ import annotations

from typing import NamedTuple


class Series(NamedTuple):
    """A measure of the whole region that may be drawn through time."""

    label: str
    unit: str
    factor: float = 1.0


HEADLINES: dict[str, Series] = {
    "gross_misalignment": Series("Registered elsewhere", "% of registered residents", 100),
    "net_misalignment": Series("Net misalignment", "% of registered residents", 100),
    "registered_resident_ratio": Series("Registered over resident", "patients per resident"),
    "ghosts": Series("Ghosts on lists", "patients"),
    "unregistered": Series("Residents on no list", "people"),
    "digital": Series("Patients of digital providers", "patients"),
    "out_of_area": Series("Registered out of area", "patients"),
    "satisfaction": Series("Satisfied patients", "%", 100),
    "list_gini": Series("Inequality of lists", "Gini, 0 to 1"),
    "travel_km": Series("Distance to the practice", "km, mean"),
    "misplaced": Series("Money that does not follow need", "\N{POUND SIGN}m a year", 1e-6),
}
