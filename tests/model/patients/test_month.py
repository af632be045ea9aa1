"""The month over the columns: coarse draws in blocks of eight, the test that saves work, newborns in order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.patients.columns import BORN, FEMALE, FOLLOWS, NONE, PRESENCE, UNCOUNTED
from model.patients.draws import lane_of
from model.patients.month import coarse_test, draw_lanes, make_scratch
from model.patients.rates import ADULT_MONTHS, BIN_MONTHS, BINS, CLASSES, class_table, row_bounds
from model.patients.tally import CHUNK


@given(seed=st.integers(0, 2**63), block=st.integers(0, 1000), month=st.integers(-10, 2000), count=st.integers(1, 50))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_lanes_of_a_chunk_are_those_of_its_patients(seed, block, month, count):
    scratch = make_scratch()
    draw_lanes(np.uint64(seed), 8 * block, count, month, scratch.drawn)
    lanes = [int(lane_of(np.uint64(seed), 8 * block + i, month)) for i in range(count)]
    assert scratch.lanes[:count].tolist() == lanes


@given(key=st.integers(0, 1000))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_whoever_is_not_above_the_bound_of_age_and_class_passes(key):
    draw = np.random.Generator(np.random.Philox(key=key))
    n, month = 200, 612
    lanes = draw.integers(0, 65536, n).astype(np.uint16)
    born = (month - draw.integers(0, 1300, n)).astype(np.int16)
    practice = np.where(draw.random(n) < 0.2, NONE, 3).astype(np.uint16)
    flags = draw.integers(0, 256, n).astype(np.uint8)
    bound = draw.integers(0, 65536, (CLASSES, BINS)).astype(np.uint16)
    passed = np.zeros(n, np.uint8)
    coarse_test(lanes, born, practice, flags, month, row_bounds(bound), passed)
    months = month - born.astype(int)
    kind = class_table().reshape(2, 2, 256)[(months >= ADULT_MONTHS).astype(int), (practice != NONE).astype(int), flags]
    assert np.array_equal(passed.astype(bool), lanes <= bound[kind, np.minimum(months // BIN_MONTHS, BINS - 1)])


def test_a_block_of_lanes_never_straddles_two_chunks():
    assert CHUNK % 8 == 0
    assert ADULT_MONTHS % BIN_MONTHS == 0, "eighteen is the edge of a bin"


@pytest.fixture(scope="module")
def year(metro, make_model):
    """Rows before and after a month in which several chunks have births."""
    model = make_model(metro)
    before = model.engine.rows
    model.step()
    births = int(model.counts.component("births").sum())
    return model, before, births


def test_newborns_come_first_and_in_the_order_of_their_mothers(year):
    model, before, births = year
    columns = model.engine.columns
    mothers = columns.mother[before : before + births].astype(int)
    assert births > 300
    assert (np.diff(mothers) > 0).all()
    assert mothers.max() > 5 * CHUNK, "of every chunk"
    assert set(columns.cause[before : before + births].tolist()) == {BORN}
    assert (columns.born[before : model.engine.rows] <= model.month_number - 1).all()
    arrived = slice(before + births, model.engine.rows)
    came = model.counts.component("international_in").sum() + model.counts.component("short_term_in").sum()
    assert 0 <= came - (arrived.stop - arrived.start) < 0.3 * came, "the others are emigrants who came back"


def test_mothers_of_newborns_are_women_of_childbearing_age_who_live_here(year):
    model, before, births = year
    columns = model.engine.columns
    mother = columns.mother[before : before + births]
    age = (model.month_number - 1 - columns.born[mother].astype(int)) // 12
    assert ((columns.flags[mother] & FEMALE) != 0).all()
    assert age.min() >= 18
    assert age.max() < 50
    assert ((columns.flags[mother] & PRESENCE) >> 1 <= UNCOUNTED).all()
    child = slice(before, before + births)
    assert ((columns.flags[child] & FOLLOWS) != 0).all()
    assert np.array_equal(columns.practice[child], columns.practice[mother])
    assert np.array_equal(columns.home[child], columns.home[mother])
