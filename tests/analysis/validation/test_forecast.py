"""Forecasts whose scores are known beforehand."""

import datetime

import numpy as np
import pytest

from analysis.validation.forecast import MODEL, PERSISTENCE, TREND, judge, named_groups
from analysis.validation.register_axes import Counted
from analysis.validation.register_comparison import AGREEMENT, ERROR, FIGURE, Group
from analysis.validation.register_files import PublishedRegister
from model.errors import InputError

START = np.array([[900, 100], [200, 800]])
LATER = np.array([[880, 140], [260, 820]])
JULY = datetime.date(2021, 7, 1)


@pytest.fixture(scope="module")
def region(make_region):
    """Two areas, two commissioners, two practices; 7 patients of the first practice live elsewhere."""
    return make_region(
        [[0, 0], [3, 0]],
        [[0, 0], [3, 0]],
        lists=START.sum(axis=0) + np.array([7, 0]),
        area_commissioner=np.array([0, 1]),
        practice_commissioner=np.array([0, 1]),
        register=START,
    )


def counted(region, table):
    area, practice = np.nonzero(table)
    return Counted(region.practices[practice], area.astype(np.int32), table[area, practice].astype(float))


def published(region, table, month=JULY, more=()):
    area, practice = np.nonzero(table)
    rows = [*zip(region.practices[practice], region.areas[area], table[area, practice], strict=True), *more]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return PublishedRegister("later", month, *columns, {})


def lists(region, sizes, month):
    return PublishedRegister("lists", month, region.practices, None, np.asarray(sizes), {})


def found(rows, measure, kind=None):
    (row,) = [row for row in rows if row.measure == measure and (kind is None or row.kind == kind)]
    return row


ELSEWHERE = (("A00000", "W01000001", 7),)


def test_a_perfect_forecast_has_no_error_and_skill_1(region):
    rows = judge(region, published(region, LATER, more=ELSEWHERE), [counted(region, LATER)], groups=[])
    for row in rows:
        if row.kind == ERROR:
            assert row.values[MODEL] == 0, row.measure
        elif row.kind == AGREEMENT:
            assert row.values[MODEL] == pytest.approx(1), row.measure
        else:
            assert row.values[MODEL] == pytest.approx(row.published, nan_ok=True), row.measure
        if row.kind != FIGURE and row.values[PERSISTENCE] not in (0, 1) and np.isfinite(row.values[PERSISTENCE]):
            assert row.skill(MODEL, PERSISTENCE) == 1
            assert row.skill(PERSISTENCE, PERSISTENCE) == 0


def test_who_says_that_nothing_changes_is_persistence(region):
    rows = judge(region, published(region, LATER, more=ELSEWHERE), [counted(region, START)], groups=[])
    for row in rows:
        assert row.values[MODEL] == pytest.approx(row.values[PERSISTENCE], nan_ok=True), row.measure
    flows = found(rows, "flows")
    assert flows.values[MODEL] == pytest.approx((40 + 60) / 400)
    assert found(rows, "flows, common part (CPC)").values[MODEL] == pytest.approx(2 * 300 / 700)
    assert found(rows, "share outside the own one").published == pytest.approx(400 / 2100)


def test_nothing_changed_leaves_persistence_without_error(region):
    rows = judge(region, published(region, START, more=ELSEWHERE), [counted(region, LATER)], groups=[])
    assert all(row.values[PERSISTENCE] == 0 for row in rows if row.kind == ERROR)
    assert np.isnan(found(rows, "flows").skill(MODEL, PERSISTENCE))


def test_the_trend_goes_on_at_the_yearly_rate_within_limits(region):
    """Lists a year before: the first grew by a tenth a year, the second doubled, which no practice does every year."""
    before = lists(region, [1107 / 1.1, 450], datetime.date(2020, 1, 1))
    six = judge(region, published(region, LATER, more=ELSEWHERE), [counted(region, LATER)], earlier=before, groups=[])
    first, second = 1107 * 1.1**0.5, 900 * 1.25**0.5
    assert found(six, "patients on lists").values[TREND] == pytest.approx(first + second, rel=1e-6)
    error = abs(1147 - first) + abs(960 - second)
    assert found(six, "lists, all practices").values[TREND] == pytest.approx(error / (1147 + 960), rel=1e-6)


def test_a_trend_from_after_the_start_is_none(region):
    after = lists(region, [1000, 1000], datetime.date(2021, 3, 1))
    with pytest.raises(InputError, match="--before lists: is of 2021-03, expected a month before"):
        judge(region, published(region, LATER), [counted(region, LATER)], earlier=after)


def test_several_seeds_are_their_mean_with_the_range_and_lists_where_still_open(region):
    closed = LATER.copy()
    closed[:, 1] = 0
    rows = judge(
        region, published(region, LATER, more=ELSEWHERE), [counted(region, LATER), counted(region, closed)], groups=[]
    )
    patients = found(rows, "patients on lists")
    assert patients.values[MODEL] == pytest.approx((2107 + 1147) / 2)
    assert (patients.low[MODEL], patients.high[MODEL]) == (1147, 2107)
    assert found(rows, "practices with a list").values[MODEL] == 1.5
    assert found(rows, "lists, all practices").values[MODEL] == pytest.approx(480 / 2107)
    assert found(rows, "lists that are still there").values[MODEL] == 0


def test_a_practice_gone_in_every_seed_counts_at_its_old_list_where_it_is_still_there(region):
    closed = LATER.copy()
    closed[:, 1] = 0
    rows = judge(region, published(region, LATER, more=ELSEWHERE), [counted(region, closed)], groups=[])
    assert found(rows, "lists that are still there").values[MODEL] == pytest.approx(60 / 2107)


def test_practices_that_closed_or_opened_are_in_all_but_not_among_those_still_there(region):
    later = np.array([[1020, 0], [1080, 0]])
    more = (*ELSEWHERE, ("Z00009", "E01000000", 50))
    rows = judge(region, published(region, later, more=more), [counted(region, START)], groups=[])
    still = found(rows, "lists that are still there").values[PERSISTENCE]
    assert still == pytest.approx((2107 - 1107) / 2107)
    assert found(rows, "lists, all practices").values[PERSISTENCE] == pytest.approx((1000 + 900 + 50) / 2157)
    assert found(rows, "practices with a list").published == 2


def test_lists_alone_say_nothing_of_flows(region):
    rows = judge(
        region, lists(region, [1147, 960], JULY), [counted(region, LATER)], groups=[Group("First", ("A00000",))]
    )
    assert {row.section for row in rows} == {"Practice lists", "Commissioners", "First"}
    assert found(rows, "lists, all practices").values[MODEL] == 0
    assert found(rows, "registered", ERROR).values[PERSISTENCE] == pytest.approx((40 + 60) / 2107)


def test_one_practice_by_authority(region):
    groups = named_groups(region, ["A00000"])
    rows = judge(region, published(region, LATER, more=ELSEWHERE), [counted(region, START)], groups=groups)
    of = [row for row in rows if row.section == groups[0].name]
    assert found(of, "list").published == 1147
    assert found(of, "by authority").values[MODEL] == pytest.approx((20 + 60) / 1140)
    assert found(of, "of its list, living elsewhere").published == pytest.approx(260 / 1140)
    with pytest.raises(InputError, match="--practice Q: found no such practice"):
        named_groups(region, ["Q"])
