"""Draws: the published vectors of Philox4x32-10, coarse lanes, uniformity and independence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from scipy.stats import chi2

from model.patients.draws import Purpose, event_draw, lane_of, philox, uniforms, words
from model.patients.month import draw_lanes

SEEDS = st.integers(0, 2**64 - 1)
PATIENTS = st.integers(0, 2**32 - 2)
MONTHS = st.integers(-1500, 2000)


# Known-answer tests that Random123 publishes for Philox4x32-10 (kat_vectors).
@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
    ids=["zeros", "ones", "pi"],
)
def test_published_vectors(counter, key, answer):
    given = [np.uint32(int(word, 16)) for word in f"{counter} {key}".split()]
    assert [f"{int(word):08x}" for word in philox(*given)] == answer.split()


def test_words_are_philox_of_the_counter_and_both_halves_of_the_seed():
    seed, patient, month, number = 0x299F31D0A4093822, 0x243F6A88, 0x05A308D3, 0x03707344
    expected = philox(*(np.uint32(w) for w in (patient, month, Purpose.CHOICE, number, 0xA4093822, 0x299F31D0)))
    assert words(seed, patient, month, int(Purpose.CHOICE), number) == expected


@settings(deadline=None)  # the first example may compile
@given(SEEDS, PATIENTS, MONTHS)
def test_uniforms_are_the_words_over_two_to_the_32(seed, patient, month):
    drawn = uniforms(np.uint64(seed), patient, month, int(Purpose.CHOICE), 0)
    word = words(np.uint64(seed), patient, month, int(Purpose.CHOICE), 0)
    assert [u * 2**32 for u in drawn] == [int(w) for w in word]
    assert all(0.0 <= u < 1.0 for u in drawn)


@settings(deadline=None)  # the first example may compile
@given(SEEDS, PATIENTS, MONTHS)
def test_the_coarse_lane_is_the_top_of_the_event_draw(seed, patient, month):
    u, v = event_draw(np.uint64(seed), patient, month)
    assert int(u * 2**16) == lane_of(np.uint64(seed), patient, month)
    low, second, _, _ = words(np.uint64(seed), patient, month, int(Purpose.EXACT), 0)
    assert int(u * 2**48) & 0xFFFFFFFF == low
    assert v * 2**32 == second


@settings(deadline=None)  # the first example may compile
@given(SEEDS, st.integers(0, 2**29 - 40), MONTHS, st.integers(1, 40))
def test_lanes_of_a_chunk_are_each_patients_lane(seed, block, month, count):
    first = 8 * block
    lanes = np.zeros(4 * ((count + 7) // 8), np.uint32)
    draw_lanes(np.uint64(seed), first, count, month, lanes)
    each = [lane_of(np.uint64(seed), first + i, month) for i in range(count)]
    assert lanes.view(np.uint16)[:count].tolist() == each


@njit
def many(seed, patients, months, purpose, number):
    out = np.empty((len(patients), 4))
    for i in range(len(patients)):
        a, b, c, d = uniforms(seed, patients[i], months[i], purpose, number)
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = a, b, c, d
    return out


@njit
def events(seed, n, month):
    out = np.empty(n)
    for i in range(n):
        out[i] = event_draw(seed, i, month)[0]
    return out


N = 64_000
FIXED = np.full(N, 612)
IN_TURN = np.arange(N)


def assert_uniform(draws, cells=64):
    """Chi-square below its 1 - 1e-6 quantile: fixed draws, so this holds or it does not."""
    found = np.bincount((np.asarray(draws) * cells).astype(int), minlength=cells)
    expected = len(draws) / cells
    assert ((found - expected) ** 2 / expected).sum() < chi2.ppf(1 - 1e-6, cells - 1)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_draws_of_consecutive_patients_are_uniform(purpose):
    for column in many(1, IN_TURN, FIXED, int(purpose), 0).T:
        assert_uniform(column)


def test_draws_of_consecutive_months_and_events_are_uniform():
    for column in many(1, np.full(N, 7), IN_TURN - 1000, int(Purpose.EXACT), 0).T:
        assert_uniform(column)
    assert_uniform(events(1, N, 612))


@pytest.mark.parametrize(
    "other",
    [
        {"purpose": Purpose.DESTINATION},
        {"seed": 2},
        {"seed": 1 + 2**32},
        {"number": 1},
        {"months": FIXED + 1},
        {"months": -FIXED},
        {"patients": IN_TURN + 1},
        {"patients": IN_TURN + 8},
    ],
    ids=["purpose", "seed", "seed beyond 32 bits", "number", "next month", "before 1970", "next patient", "next block"],
)
def test_draws_that_differ_in_one_thing_are_independent(other):
    asked = {"seed": 1, "patients": IN_TURN, "months": FIXED, "purpose": Purpose.CHOICE, "number": 0}
    first = many(*(int(v) if isinstance(v, Purpose) else v for v in asked.values()))
    second = many(*(int(v) if isinstance(v, Purpose) else v for v in (asked | other).values()))
    for word in range(4):
        # Independent uniforms fill a square evenly.
        cell = (first[:, word] * 8).astype(int) * 8 + (second[:, word] * 8).astype(int)
        assert_uniform((cell + 0.5) / 64)
        assert not (first[:, word] == second[:, word]).any()


def test_every_purpose_has_its_own_number():
    assert len({int(purpose) for purpose in Purpose}) == len(Purpose.__members__)
