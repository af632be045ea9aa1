"""Months of registers: those a run keeps, as they are written on the command line, and that of the region it starts from."""

from __future__ import annotations

import datetime
from typing import Any

from model.errors import InputError
from model.months import month_of, months_later

END = "end"


def register_months(text: str, start: datetime.date, months: int) -> list[datetime.date]:
    """First days of the months in ``2021-06,2021-07,end``; none where the text is empty.

    Args:
        text: months and the word end (the month the run ends with), separated by commas.
        start: first month of the run.
        months: its length.

    Raises:
        InputError: not a month, or one outside the run.
    """
    last = months_later(start, months)
    found = []
    for part in (part.strip() for part in text.split(",") if part.strip()):
        try:
            day = last if part == END else month_of(part)
        except ValueError:
            raise InputError(f"--register: found {part!r}, expected months such as 2021-06, or {END}") from None
        if not start <= day <= last:
            raise InputError(
                f"--register: found {part}, expected a month of the run, {start:%Y-%m} to {last:%Y-%m};"
                " change it, or --months"
            )
        found.append(day)
    return sorted(set(found))


def from_another_month(first: datetime.date, about: dict[str, Any]) -> str:
    """Of what month the register is that a run begun in ``first`` takes its people from; empty where it is that month.

    Args:
        first: first month of the run.
        about: of the region (``region.json``).
    """
    register = str(about.get("date", ""))[:7]
    if not register or f"{first:%Y-%m}" == register:
        return ""
    return f"starts in {first:%B %Y} with people and lists as of {register}, the month of the region's register"
