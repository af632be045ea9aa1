"""Commissioners of the day: chains of mergers, dates, and systems."""

import dataclasses
import datetime

import numpy as np
import pytest

from model.commissioning.successors import current_commissioners, system_of_commissioners

A, B, C, MERGED, LATER = "E38000000", "E38000001", "E38000002", "E38000500", "E38000400"


@pytest.fixture(scope="module")
def region(make_region):
    made = make_region(
        np.array([[0, 0], [1, 0], [2, 0], [3, 0]]),
        np.array([[0, 0], [2, 0], [3, 0]]),
        residents=np.array([100, 150, 200, 300]),
        area_commissioner=np.array([0, 0, 1, 2]),
        practice_commissioner=np.array([0, 1, 2]),
        system=np.array([0, 1, 0, 1]),
    )
    return dataclasses.replace(
        made, successors=((A, "2020-04-01", MERGED), (B, "2021-04-01", MERGED), (MERGED, "2022-07-01", LATER))
    )


@pytest.mark.parametrize(
    ("month", "codes", "groups"),
    [
        ((2020, 3), [A, B, C], [0, 1, 2]),
        ((2020, 4), [B, C, MERGED], [2, 0, 1]),
        ((2021, 4), [C, MERGED], [1, 1, 0]),
        ((2022, 7), [C, LATER], [1, 1, 0]),
    ],
)
def test_mergers_hold_from_their_month_and_may_follow_each_other(region, month, codes, groups):
    found, group = current_commissioners(region, datetime.date(*month, 1))
    assert found.tolist() == codes
    assert group.tolist() == groups


def test_successors_that_go_in_a_circle_end(region):
    circle = dataclasses.replace(region, successors=((A, "2020-04-01", B), (B, "2020-04-01", A)))
    codes, group = current_commissioners(circle, datetime.date(2020, 4, 1))
    assert codes.tolist() == [A, B, C]
    assert sorted(group.tolist()) == [0, 1, 2]


def test_system_of_most_residents_or_of_practices_where_nobody_lives(region):
    # Commissioner A has 100 residents in the first system and 150 in the second.
    assert system_of_commissioners(region).tolist() == [1, 0, 1]
    # Without its area, C has only a practice, whose nearest area is now the one of B.
    without = dataclasses.replace(
        region, area_commissioner=np.array([0, 0, 1, 1]), area_system=np.array([0, 1, 0, 0]),
    )  # fmt: skip
    assert without.practice_area.tolist() == [0, 2, 3]
    assert system_of_commissioners(without).tolist() == [1, 0, 0]
