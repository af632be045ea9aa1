"""Hazards of a month by age, and the coarse bound, which lets nobody be missed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.patients.columns import (
    FOLLOWS,
    GONE,
    NONE,
    OUT_OF_AREA,
    PENDING,
    PRESENCE,
    SHORT_TERM,
    UNCOUNTED,
    with_presence,
)
from model.patients.rate_book import RateBook
from model.patients.rates import (
    ADULT_MONTHS,
    AWAY,
    BEYOND,
    BIN_MONTHS,
    BINS,
    MIGRATION_BAND,
    OLDEST,
    SEEKING,
    UNLISTED,
    WAITING,
    age_in_years,
    by_single_year,
    class_table,
    coarse_bound,
    monthly,
)
from model.scenario import Scenario

# --- pieces -----------------------------------------------------------------------------------------------------------------


@given(annual=st.floats(0, 0.999))
@settings(deadline=None, derandomize=True)
def test_twelve_monthly_chances_make_the_yearly_one(annual):
    assert 1 - (1 - monthly(annual)) ** 12 == pytest.approx(annual, abs=1e-9)


def test_bands_spread_to_single_years():
    values = by_single_year((0, 18, 50), (1.0, 2.0, 3.0))
    assert len(values) == OLDEST + 1
    assert values[[0, 17, 18, 49, 50, OLDEST]].tolist() == [1, 1, 2, 2, 3, 3]
    assert MIGRATION_BAND[[0, 4, 5, 15, 16, 19, 20, 24, 25, 34, 35, 64, 65, 75, 110]].tolist() == [
        0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 8,
    ]  # fmt: skip


def test_age_is_whole_years_up_to_the_oldest():
    assert [int(age_in_years(m)) for m in (-3, 0, 11, 12, 215, 216, 12 * 110, 12 * 200)] == [
        0,
        0,
        0,
        1,
        17,
        18,
        110,
        110,
    ]


# --- the coarse bound -----------------------------------------------------------------------------------------------------------


def largest_hazard(rates, months, flags, listed, joining, leaving):
    """The sum of all that may happen in a month to the patient of any sex, place, decile or practice it is worst for.

    Whoever is out of area may be on a digital list, and then leaves it instead of switching and joins no other.
    """
    if (flags & PRESENCE) >> 1 > UNCOUNTED:
        return rates.returning + rates.clean[age_in_years(months)] if (flags & PRESENCE) >> 1 != GONE else 0.0
    age = age_in_years(months)
    death = rates.death[:, age].max(axis=1)[:, None] * rates.death_level[None, :]
    if flags & FOLLOWS and months < ADULT_MONTHS:
        return death.max()
    total = death + rates.emigrate[age] * rates.emigrate_level
    total = total + rates.move[age] * (rates.across_level + rates.within_level)
    total[1] += rates.birth[age] * rates.birth_level
    if flags & SHORT_TERM:
        total += rates.short_term_leaves
    if not listed:
        return total.max() + (rates.seek if flags & PENDING else rates.first[0]) + joining[age]
    elsewhere = joining[age] + rates.in_error[age]
    if flags & PENDING:
        return (total + rates.contact[:, age][:, None]).max() + elsewhere
    ordinary = total.max() + rates.switch.max() + elsewhere
    return max(ordinary, total.max() + leaving) if flags & OUT_OF_AREA else ordinary


@given(
    key=st.integers(0, 10_000),
    months=st.integers(0, 1400),
    presence=st.integers(0, GONE),
    bits=st.integers(0, 31),
    listed=st.booleans(),
)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_the_bound_dominates_the_hazards_of_everybody(template, key, months, presence, bits, listed):
    draw = np.random.Generator(np.random.Philox(key=key))
    rates = template._replace(
        **{name: draw.random(getattr(template, name).shape) * draw.choice([1e-4, 1e-2, 0.3])
           for name in ("death", "emigrate", "move", "birth", "contact", "first", "switch", "clean", "in_error")},
        **{name: draw.random(getattr(template, name).shape) * 2
           for name in ("death_level", "emigrate_level", "across_level", "within_level", "birth_level")},
        short_term_leaves=draw.random() * 0.3, returning=draw.random() * 0.2, seek=draw.random() * 0.5,
    )  # fmt: skip
    flags = with_presence((bits & 1) | (PENDING if bits & 2 else 0) | (FOLLOWS if bits & 4 else 0)
                          | (SHORT_TERM if bits & 8 else 0) | (OUT_OF_AREA if bits & 16 and listed else 0), presence)  # fmt: skip
    joining, leaving = draw.random(OLDEST + 1) * draw.choice([0.0, 1e-3, 0.2]), draw.random() * draw.choice([0.0, 0.3])
    kind = class_table().reshape(2, 2, 256)[int(months >= ADULT_MONTHS), int(listed), flags]
    bound = coarse_bound(rates, joining, leaving)[kind, min(months // BIN_MONTHS, BINS - 1)]
    # A draw passes where its top 16 bits are not above the bound.
    assert (int(bound) + 1) / 65536 >= min(largest_hazard(rates, months, flags, listed, joining, leaving), 1.0)


@pytest.fixture(scope="module")
def template(town, uneven_people):
    return RateBook(town, Scenario()).of_year(2019, *uneven_people, np.full(8, 0.01))


def test_the_bound_is_near_enough_to_save_work(metro, make_model):
    """It passes a few in a hundred, not everybody: that is all it is for."""
    model = make_model(metro)
    c, rows = model.engine.columns, model.engine.rows
    months = model.month_number - c.born[:rows].astype(int)
    listed = c.practice[:rows] != NONE
    kind = class_table().reshape(2, 2, 256)[(months >= ADULT_MONTHS).astype(int), listed.astype(int), c.flags[:rows]]
    bound = model.world.rates.bound[kind, np.minimum(months // BIN_MONTHS, BINS - 1)]
    assert 0.005 < bound.mean() / 65536 < 0.08


def test_the_gone_are_never_looked_at_unless_they_may_return():
    table = class_table().reshape(2, 2, 256)
    gone = with_presence(0, GONE)
    assert (table[:, :, gone] == AWAY).all()
    assert (table[:, :, gone | PENDING] != AWAY).all()


def test_adults_are_of_the_class_of_their_list_and_address():
    table = class_table().reshape(2, 2, 256)
    assert table[1, 0, PENDING] == SEEKING
    assert table[1, 0, 0] == UNLISTED
    assert table[1, 1, OUT_OF_AREA] == BEYOND
    assert table[1, 1, OUT_OF_AREA | PENDING] == WAITING
