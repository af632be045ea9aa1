"""Months whose register a run keeps, as written on the command line."""

import datetime

import pytest

from model.errors import InputError
from runs.register_months import from_another_month, register_months

START = datetime.date(2020, 11, 1)


def test_months_and_the_end_in_order_and_once():
    found = register_months("2021-02, end,2020-12,2021-02-01", START, 3)
    assert found == [datetime.date(2020, 12, 1), datetime.date(2021, 2, 1)]
    assert register_months("", START, 3) == []


@pytest.mark.parametrize("text", ["2020-10", "2021-03", "soon", "2021-13"])
def test_what_is_no_month_of_the_run_is_refused(text):
    with pytest.raises(InputError, match="--register: found"):
        register_months(text, START, 3)


def test_a_run_from_another_month_than_its_register_says_so():
    first = datetime.date(2017, 4, 1)
    assert from_another_month(first, {"date": "2021-01-01"}) == (
        "starts in April 2017 with people and lists as of 2021-01, the month of the region's register"
    )
    assert from_another_month(first, {"date": "2017-04-01"}) == from_another_month(first, {}) == ""
