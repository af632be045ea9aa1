"""Profiles of the registered and the resident: two commissioners whose answers are known."""

import numpy as np
import pytest

from model.profiles import profile_columns
from model.reconcile import FIFTHS, Counted


def counted(rows):
    """Rows of (practice, cell, age band, fifth, registered, ghosts)."""
    practice, cell, band, fifth, registered, ghosts = np.array(rows).T
    return Counted(
        practice.astype(np.uint16), cell.astype(np.int16), (band * FIFTHS + fifth).astype(np.int8), registered, ghosts
    )


def test_a_closed_commissioner_without_ghosts_has_one_profile():
    rows = [(0, 0, 0, 0, 30, 0), (0, 0, 1, 4, 50, 0), (0, 0, 3, 2, 20, 0)]
    found = profile_columns(counted(rows), np.array([0]), np.array([0]), 1)
    assert found["age_dissimilarity"] == pytest.approx([0])
    assert found["deprivation_dissimilarity"] == pytest.approx([0])
    assert found["registered_18_49"] == found["residents_18_49"] == pytest.approx([0.5])
    assert found["residents_65_up"] == pytest.approx([0.2])
    assert found["residents_most_deprived"] == pytest.approx([0.3])


def test_a_digital_host_has_the_young_of_another():
    # Practice 0 of commissioner 0 has 100 old residents of its own and 100 young ones of commissioner 1.
    rows = [(0, 0, 3, 0, 100, 0), (0, 1, 1, 4, 100, 0), (1, 1, 3, 4, 100, 0)]
    found = profile_columns(counted(rows), np.array([0, 1]), np.array([0, 1]), 2)
    assert found["age_dissimilarity"] == pytest.approx([0.5, 0.5])
    assert found["deprivation_dissimilarity"] == pytest.approx([0.5, 0])
    assert found["registered_18_49"] == pytest.approx([0.5, 0])
    assert found["residents_18_49"] == pytest.approx([0, 0.5])


def test_ghosts_are_registered_and_do_not_live_there():
    rows = [(0, 0, 1, 0, 50, 50), (0, 0, 3, 0, 50, 0)]
    found = profile_columns(counted(rows), np.array([0]), np.array([0]), 2)
    assert found["age_dissimilarity"] == pytest.approx([0.5, np.nan], nan_ok=True)
    assert found["registered_18_49"][0] == pytest.approx(0.5)
    assert found["residents_18_49"][0] == 0
