"""Which months' registers a run keeps, as they are written on the command line."""

from __future__ import annotations

import datetime

from model.errors import InputError

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
    last = _later(start, months)
    found = []
    for part in (part.strip() for part in text.split(",") if part.strip()):
        try:
            day = last if part == END else datetime.date.fromisoformat(part if len(part) > 7 else f"{part}-01")
        except ValueError:
            raise InputError(f"--register: found {part!r}, expected months such as 2021-06, or {END}") from None
        day = day.replace(day=1)
        if not start <= day <= last:
            raise InputError(
                f"--register: found {part}, expected a month of the run, {start:%Y-%m} to {last:%Y-%m};"
                " change it, or --months"
            )
        found.append(day)
    return sorted(set(found))


def _later(day: datetime.date, months: int) -> datetime.date:
    number = day.year * 12 + day.month - 1 + months
    return datetime.date(number // 12, number % 12 + 1, 1)
