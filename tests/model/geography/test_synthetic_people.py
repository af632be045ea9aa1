"""Components of change of a synthetic region: places exchange people among themselves and all grow a little."""

import numpy as np
import pytest

from model.geography.synthesise import synthesise
from model.geography.synthetic_people import MOST_MOVES, exchangeable


@pytest.mark.parametrize("preset", ["town", "metro"])
@pytest.mark.parametrize("seed", [1, 2])
def test_authorities_can_exchange_the_people_they_are_said_to(preset, seed):
    table = synthesise(preset, seed)[0]["components"]
    for year in np.unique(table["year"]):
        c = {name: column[table["year"] == year] for name, column in table.items()}
        for one, other in (("internal_in", "internal_out"), ("internal_out", "internal_in")):
            elsewhere = c[other].sum() - c[other]
            assert (c[one] <= 1.1 * elsewhere).all(), f"more {one} than all others together have {other}"
        net = (c["internal_in"] - c["internal_out"]) / c["population"]
        assert np.abs(net).max() < 0.008
        grown = net + (c["births"] + c["international_in"] - c["deaths"] - c["international_out"]) / c["population"]
        assert np.average(grown, weights=c["population"]) == pytest.approx(0.0056, abs=0.002)
        assert (np.abs(grown - 0.005) < 0.005).all()


def test_moves_are_lowered_to_what_others_can_take():
    assert exchangeable(np.array([5.0, 3.0])).tolist() == [3.0, 3.0]
    assert exchangeable(np.array([7.0])).tolist() == [0.0]
    assert exchangeable(np.array([1.0, 2.0, 2.0])).tolist() == [1.0, 2.0, 2.0]
    assert exchangeable(np.array([10.0, 2.0, 3.0])).tolist() == pytest.approx([5.0 * MOST_MOVES, 2.0, 3.0])
