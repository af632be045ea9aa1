"""Patients counted for the reconciliation, against counting them one by one."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from model.patients.columns import DUPLICATE, GONE, NONE, PRESENT, UNCOUNTED, empty_columns
from model.reconcile import FIFTHS, Ledger, need_by_band
from model.scenario import Money, Scenario

MONTH = 612


@pytest.fixture(scope="module")
def region(make_region):
    return make_region(
        np.array([[0, 0], [1, 0], [2, 0], [3, 0], [4, 0]]),
        np.array([[0, 0], [2, 0], [4, 0]]),
        area_commissioner=np.array([0, 0, 1, 1, 2]),
        practice_commissioner=np.array([0, 1, 2]),
    )


def test_counts_are_those_of_the_patients(region):
    rng = np.random.Generator(np.random.Philox(key=3))
    rows = 5000
    columns = empty_columns(rows + 100)
    # Birthdays about the ends of bands: 18, 50 and 65 are counted in months.
    ages = np.concatenate([rng.integers(0, 1200, rows - 6), [215, 216, 599, 600, 779, 780]])
    columns.born[:rows] = MONTH - ages
    columns.practice[:rows] = rng.choice(np.array([0, 1, 2, NONE]), rows)
    columns.recorded[:rows] = rng.integers(0, 5, rows)
    columns.home[:rows] = rng.integers(0, 5, rows)
    presence = rng.choice(np.array([PRESENT, UNCOUNTED, DUPLICATE, GONE]), rows)
    columns.flags[:rows] = presence << 1
    region.deprivation_decile.flags.writeable = True
    region.deprivation_decile[:] = [1, 2, 3, 9, 10]
    ledger = Ledger(region, Scenario())
    counted = ledger.count(SimpleNamespace(engine=SimpleNamespace(columns=columns, rows=rows), month_number=MONTH))
    expected, ghosts = Counter(), Counter()
    for i in range(rows):
        if columns.practice[i] != NONE:
            years = ages[i] // 12
            band = 0 if years < 18 else 1 if years < 50 else 2 if years < 65 else 3
            area = columns.recorded[i]
            key = (int(columns.practice[i]), int(region.area_commissioner[area]), band, [0, 0, 1, 4, 4][area])
            expected[key] += 1
            ghosts[key] += int(presence[i] > UNCOUNTED)
    keys = list(
        zip(
            counted.practice.tolist(),
            ledger.cells[counted.cell, 0].tolist(),
            (counted.group // FIFTHS).tolist(),
            (counted.group % FIFTHS).tolist(),
            strict=True,
        )
    )
    assert dict(zip(keys, counted.registered.tolist(), strict=True)) == dict(expected)
    assert dict(zip(keys, counted.ghosts.tolist(), strict=True)) == {key: ghosts[key] for key in expected}
    table = ledger.table(counted, 1000.0)
    assert table["registered"].sum() == (columns.practice[:rows] != NONE).sum()
    assert table["gap"].sum() == table["ghosts"].sum()
    assert table["pounds"] == pytest.approx(1000.0 * ledger.need[table["age_band"]] * table["gap"])


def test_need_of_bands_is_the_mean_over_their_residents(region):
    flat = Money(need_ages=(0,), need_by_age=(2.0,), need_mean=2.0)
    assert need_by_band(region, flat) == pytest.approx([1, 1, 1, 1])
    # Everybody at 65 and over needs three times as much as everybody below.
    steps = Money(need_ages=(0, 65), need_by_age=(1.0, 3.0), need_mean=1.0)
    assert need_by_band(region, steps) == pytest.approx([1, 1, 1, 3])
