"""The reconciliation table: a small world by hand, and that it always adds up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.measures import flows
from model.measures.reconciliation import KEYS, reconcile, total

HOSTS = np.array([0, 0, 1])
"""Practices 0 and 1 belong to place 0, practice 2 to place 1."""
POUNDS = np.array([1000.0, 2000.0])


def rows(*people, **more):
    """Reconcile rows of (home, practice, authority, age band, deprivation, registered, real)."""
    columns = [np.array(c) for c in zip(*people, strict=True)]
    return reconcile(*columns, practice_commissioner=HOSTS, pounds_by_band=POUNDS, **more)


def test_a_small_world_by_hand():
    table = rows(
        (0, 0, 0, 0, 3, 100, 90),  # at home: 10 ghosts
        (1, 0, 1, 1, 3, 40, 40),  # lives in place 1, registered in place 0
        (1, 2, 1, 0, 3, 50, 50),  # at home, nobody missing
    )
    assert table["gap"].tolist() == [40, -40, 10, 0]
    assert table["place"].tolist() == [0, 1, 0, 1]
    assert table["practice"].tolist() == [0, 0, 0, 2]
    assert table["inflow"].tolist() == [40, 0, 0, 0]
    assert table["outflow"].tolist() == [0, 40, 0, 0]
    assert table["registered"].tolist() == [40, 0, 100, 50]
    assert table["pounds"].tolist() == [80_000, -80_000, 10_000, 0]
    places = total(table)
    assert places["place"].tolist() == [0, 1]
    assert places["gap"].tolist() == [50, -40]
    assert places["pounds"].tolist() == [90_000, -80_000]


def test_an_authority_in_two_places_has_one_row_a_key():
    """Two thirds of its people on a list live in the list's own place, one third across the border."""
    table = rows((0, 0, 0, 0, 3, 100, 90), (1, 0, 0, 0, 3, 50, 40), resident_sd=0.1, deviations=2)
    assert table["outflow"].tolist() == [0, 40]
    assert [table[name][0] for name in ("registered", "real", "ghosts", "inflow", "gap")] == [150, 130, 20, 40, 60]
    own = 90 * 10 / 100 + 40 * 10 / 50
    assert table["real_low"][0] == pytest.approx(130 - 2 * np.sqrt(13.0**2 + own))
    assert len(set(zip(*(table[key] for key in KEYS), strict=True))) == 2


def test_patients_from_outside_every_place_flow_in_and_leave_nobody():
    table = rows((-1, 2, -1, 0, -1, 7, 6))
    assert table["place"].tolist() == [1]
    assert (table["inflow"][0], table["ghosts"][0], table["gap"][0]) == (6, 1, 7)


def test_interval_of_real_people():
    table = rows((0, 0, 0, 0, 0, 1000, 900), (0, 0, 1, 0, 0, 1000, 900), resident_sd=[0.03, 0.1], deviations=2)
    by_authority = np.argsort(table["authority"])
    own = 1000 * 0.9 * 0.1
    half = 2 * np.sqrt(np.array([27.0, 90.0]) ** 2 + own)
    assert table["real_low"][by_authority] == pytest.approx(900 - half)
    assert table["real_high"][by_authority] == pytest.approx(np.minimum(900 + half, 1000))
    together = total(table, ("practice",), deviations=2)
    assert together["real_low"] == pytest.approx([1800 - 2 * np.sqrt(27**2 + 90**2 + 2 * own)])
    assert rows((0, 0, -1, 0, 0, 10, 10), resident_sd=[0.03, 0.1])["sd_shared"] == pytest.approx([1.0])


def test_errors_of_one_authority_add_up():
    table = rows((0, 0, 0, 0, 0, 500, 400), (0, 0, 0, 1, 0, 500, 400))
    together = total(table, ())
    assert together["sd_shared"] == pytest.approx([0.03 * 800])
    assert together["sd_own"] == pytest.approx([np.sqrt(2 * 400 * 0.2)])


def test_weighted_lists_are_shared_out_by_need():
    table = rows(
        (0, 0, 0, 0, 0, 30, 30),
        (0, 0, 0, 1, 0, 10, 10),
        (0, 1, 0, 0, 0, 5, 5),
        weighted_list=[90, np.nan, 0],
        need_by_band=[1, 3],
    )
    weighted = dict(
        zip(zip(table["practice"].tolist(), table["age_band"].tolist(), strict=True), table["weighted"], strict=True)
    )
    assert weighted[0, 0] == pytest.approx(45)
    assert weighted[0, 1] == pytest.approx(45)
    assert np.isnan(weighted[1, 0])


def test_more_real_than_registered_is_refused():
    with pytest.raises(ValueError, match=r"0\.\.registered"):
        rows((0, 0, 0, 0, 0, 5, 6))
    with pytest.raises(ValueError, match="positions"):
        rows((0, -1, 0, 0, 0, 5, 5))


people = st.lists(
    st.tuples(
        st.integers(-1, 1),
        st.integers(0, 2),
        st.integers(-1, 3),
        st.integers(0, 1),
        st.integers(-1, 4),
        st.integers(0, 500),
        st.floats(0, 1),
    ).map(lambda r: (*r[:6], int(r[5] * r[6]))),
    min_size=1,
    max_size=40,
)


@given(people, st.randoms(use_true_random=False))
def test_it_adds_up_and_does_not_depend_on_the_order_of_rows(listed, shuffler):
    weighted_list = np.array([700.0, 800.0, 900.0])
    table = rows(*listed, weighted_list=weighted_list)
    home, practice, _, _, _, registered, real = (np.array(c) for c in zip(*listed, strict=True))

    lists = np.bincount(practice, registered, 3)
    assert np.bincount(table["practice"], table["registered"], 3).tolist() == lists.tolist()
    assert np.bincount(table["practice"], table["weighted"], 3) == pytest.approx(weighted_list * (lists > 0))
    assert table["real"].sum() == real.sum()
    assert (table["registered"] - table["real"] == table["ghosts"]).all()
    assert (table["ghosts"] + table["inflow"] - table["outflow"] == table["gap"]).all()
    assert (np.diff(np.abs(table["gap"])) <= 0).all()
    assert (table["real_low"] >= 0).all()
    assert (table["real_low"] <= table["real"]).all()
    assert (table["real"] <= table["real_high"]).all()
    assert (table["real_high"] <= table["registered"]).all()

    # Registered less the real residents registered anywhere is each place's gap.
    known = home >= 0
    true_flows = flows.flow_matrix(home[known], HOSTS[practice][known], real[known], 2)
    residents = flows.residents_registered(true_flows)
    places = total(table)
    for place, gap, inside in zip(places["place"], places["gap"], places["registered"], strict=True):
        assert inside == registered[HOSTS[practice] == place].sum()
        assert gap == inside - residents[place]
    assert places["gap"].sum() == total(table, ())["gap"][0] == (registered - real).sum() + real[~known].sum()

    shuffler.shuffle(listed)
    again = rows(*listed, weighted_list=weighted_list)
    for name in table:
        assert np.array_equal(table[name], again[name]), name


def test_table_has_a_row_for_each_group_once():
    table = rows((0, 0, 0, 0, 0, 3, 3), (0, 0, 0, 0, 0, 4, 2))
    assert table["registered"].tolist() == [7]
    assert table["ghosts"].tolist() == [2]
    assert list(table)[:5] == list(KEYS)
