"""The stop-watch: every phase of the month is told apart, and watching changes nothing."""

import numpy as np
import pytest

from model.phases import PHASES, StopWatch

QUARTERLY = ("case-mix",)


@pytest.mark.parametrize("engine", ["columns", "agents"])
def test_every_phase_is_timed_in_the_order_of_the_month(thin_town, make_model, engine):
    model = make_model(thin_town, engine=engine)
    first = model.month_number
    watch = StopWatch(model)
    for _ in range(3):
        model.step()
    within = ("follow", "births", "arrivals") if engine == "agents" else ()
    for month in range(first, first + 3):
        told = [lap.phase for lap in watch.laps if lap.month == month]
        quarterly = () if month % 3 == 2 else QUARTERLY  # the month ends where a quarter begins
        assert told == [phase for phase in PHASES if phase not in (*within, *quarterly)]
    assert all(lap.wall >= 0 and lap.cpu >= 0 for lap in watch.laps)
    assert list(watch.totals()) == [phase for phase in PHASES if phase not in within]


def test_watching_changes_nothing(thin_town, make_model):
    plain, watched = make_model(thin_town), make_model(thin_town)
    StopWatch(watched)
    for model in (plain, watched):
        for _ in range(3):
            model.step()
    rows = plain.engine.rows
    assert watched.engine.rows == rows
    for one, other in zip(plain.engine.columns, watched.engine.columns, strict=True):
        assert np.array_equal(one[:rows], other[:rows])
