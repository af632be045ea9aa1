"""Every random draw of the model: a pure function of (seed, patient, month, purpose).

Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3") turns a counter of
four words and a key of two into four random words. The counter is (patient, month, purpose, number), the key is the
seed, so a draw depends on nothing else: not on threads, not on the engine, not on what anybody else did.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from model.patients.compiled import leaf, scalar


class Purpose(IntEnum):
    """What a draw is for. Two purposes never share a counter."""

    LANES = 0
    """Eight patients' coarse tests in one block: the counter's patient is the number of the block of eight."""
    EXACT = 1
    """Low 32 bits of the patient's event draw of the month, and what the event needs first."""
    DESTINATION = 2
    CHOICE = 3
    WORK = 4
    INITIAL = 5
    TENURE = 6
    PENDING = 7
    MOTHER = 8
    NEWBORN = 9
    ARRIVAL = 10
    ROUNDING = 11
    CENSUS = 12
    OUT_OF_AREA = 13
    QUALITY = 14
    EXIT = 15
    PARTNER = 16
    OPENING = 17
    CLOSED_LIST = 18
    FEDERATION = 19
    TRUST = 20
    DISPERSAL = 21
    """Whether a patient whose practice closes registers elsewhere at once."""
    RESIDENCE = 22
    """In which phase a patient registered elsewhere is moved to the home commissioner, and to which practice."""
    GPS = 23
    FLOWS = 24
    """Who moves in the year expected at the start."""
    FORTUNE = 25


LANES = int(Purpose.LANES)
EXACT = int(Purpose.EXACT)

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint32(0x9E3779B9)
_W1 = np.uint32(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
TWO_32 = 2.0**-32
TWO_48 = 2.0**-48


@scalar
def philox(c0, c1, c2, c3, k0, k1):
    """Four random words (uint32) for a counter of four words and a key of two."""
    for _ in range(10):
        p0 = _M0 * np.uint64(c0)
        p1 = _M1 * np.uint64(c2)
        c0, c1, c2, c3 = (
            np.uint32(np.uint32(p1 >> _SHIFT) ^ c1 ^ k0),
            np.uint32(p1 & _LOW),
            np.uint32(np.uint32(p0 >> _SHIFT) ^ c3 ^ k1),
            np.uint32(p0 & _LOW),
        )
        k0 = np.uint32(k0 + _W0)
        k1 = np.uint32(k1 + _W1)
    return c0, c1, c2, c3


@leaf("UniTuple(uint32, 4)(uint64, int64, int64, int64, int64)")
def words(seed, patient, month, purpose, number):
    """Four random words (uint32) for (seed, patient, month, purpose); ``number`` tells repeated draws apart.

    Months before 1970 are negative and wrap around, which keeps them distinct.
    """
    return philox(
        np.uint32(patient),
        np.uint32(month),
        np.uint32(purpose),
        np.uint32(number),
        np.uint32(np.uint64(seed) & _LOW),
        np.uint32(np.uint64(seed) >> _SHIFT),
    )


@leaf("UniTuple(float64, 4)(uint64, int64, int64, int64, int64)")
def uniforms(seed, patient, month, purpose, number):
    """Four uniforms in [0, 1), multiples of 2**-32, for (seed, patient, month, purpose)."""
    a, b, c, d = words(seed, patient, month, purpose, number)
    return a * TWO_32, b * TWO_32, c * TWO_32, d * TWO_32


@scalar
def lane_of(seed, patient, month):
    """The patient's 16-bit coarse draw of the month: its lane in the block of eight patients it belongs to."""
    block = words(seed, patient // 8, month, LANES, 0)
    lane = patient % 8
    word = block[lane // 2]
    return np.int64((word >> np.uint32(16 * (lane % 2))) & np.uint32(0xFFFF))


@scalar
def event_draw(seed, patient, month):
    """The patient's event draw of the month, a multiple of 2**-48 in [0, 1), and another uniform.

    The coarse lane is the top 16 bits, so a coarse test against a bound that dominates the hazard skips work and
    never changes an outcome.
    """
    low, v, _, _ = words(seed, patient, month, EXACT, 0)
    u = (np.float64(lane_of(seed, patient, month)) * 4294967296.0 + np.float64(low)) * TWO_48
    return u, v * TWO_32
