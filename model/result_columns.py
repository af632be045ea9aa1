"""How a column of results is written down: shorthand shared by the modules that define tables."""

from __future__ import annotations

from model.geography.region import Column

MONTH = Column("month", "date", "first day of the month")


def people(name: str, meaning: str) -> Column:
    """A whole number of people."""
    return Column(name, "int", meaning, "people")


def number(name: str, meaning: str, unit: str = "") -> Column:
    """A whole number of anything else."""
    return Column(name, "int", meaning, unit)


def share(name: str, meaning: str, unit: str = "share") -> Column:
    """A share or another real number; empty where there is nobody to take it of."""
    return Column(name, "float", meaning, unit, nullable=True)


def pounds(name: str, meaning: str, unit: str = "GBP a year") -> Column:
    """An amount of money."""
    return Column(name, "float", meaning, unit, nullable=True)


def text(name: str, meaning: str) -> Column:
    """A code or a name."""
    return Column(name, "text", meaning)


def flag(name: str, meaning: str) -> Column:
    """Yes or no."""
    return Column(name, "bool", meaning)
