"""Months as numbers, and as people write them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.months import month_date, month_of, months_later, months_since_1970

days = st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 12, 31))


@given(day=days, months=st.integers(-600, 600))
def test_months_later_and_back_again(day, months):
    later = months_later(day, months)
    assert later.day == 1
    assert months_since_1970(later) - months_since_1970(day) == months
    assert months_later(later, -months) == day.replace(day=1) == month_date(months_since_1970(day))
    assert month_of(day.isoformat()) == month_of(f"{day:%Y-%m}") == day.replace(day=1)


def test_months_are_counted_from_january_1970():
    assert months_since_1970(datetime.date(1970, 1, 31)) == 0
    assert months_since_1970(datetime.date(2021, 3, 1)) == 51 * 12 + 2
    assert months_later(datetime.date(2021, 11, 30), 3) == datetime.date(2022, 2, 1)


@pytest.mark.parametrize("text", ["", "2021", "2021-13", "March 2021", "2021-6", "2021-02-30"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ValueError, match=r"\S"):
        month_of(text)
