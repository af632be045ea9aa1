"""Months as numbers, counted from January 1970, and the month a run begins with."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from model.errors import InputError

if TYPE_CHECKING:
    from model.geography.region import Region
    from model.scenario import Scenario


def months_since_1970(day: datetime.date) -> int:
    """Months from January 1970 to the month of a date."""
    return january(day.year) + day.month - 1


def january(year: int) -> int:
    """Months from January 1970 to January of a year."""
    return (year - 1970) * 12


def month_date(number: int) -> datetime.date:
    """First day of a month counted from January 1970."""
    return datetime.date(1970 + number // 12, number % 12 + 1, 1)


def months_later(month: datetime.date, months: int) -> datetime.date:
    """First day of the month so many months after that of a date."""
    return month_date(months_since_1970(month) + months)


def month_of(text: str) -> datetime.date:
    """First day of the month written as 2021-06, or as one of its days.

    Raises:
        ValueError: not a month.
    """
    return datetime.date.fromisoformat(text if len(text) > 7 else f"{text}-01").replace(day=1)


def first_month(scenario: Scenario, region: Region) -> datetime.date:
    """First month of a run: the scenario's, or the one the region's register describes.

    Raises:
        InputError: not a month.
    """
    text = scenario.start or str(region.about.get("date", "2021-01-01"))
    try:
        return month_of(text)
    except ValueError:
        raise InputError(f"start: found {text!r}, expected a month such as 2021-01") from None
