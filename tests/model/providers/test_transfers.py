"""Lists that change hands in a whole model: who goes where, what becomes of the practices, chains within one month."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from model.model import RegistrationModel
from model.patients.columns import (
    COLUMNS,
    DISPLACED,
    FOLLOWS,
    MERGED,
    NONE,
    PENDING,
    PRESENCE,
    SPLIT,
    UNCOUNTED,
)  # fmt: skip
from model.patients.counts import STOCKS
from model.patients.rates import ADULT_MONTHS

QUIET = {"practices__exit_rates": (0.0,) * 7, "practices__openings": 0.0}


@pytest.fixture
def model(thin_town, make_model) -> RegistrationModel:
    """The thin town after two months: some have moved and not told."""
    model = make_model(thin_town, seed=9, **QUIET)
    for _ in range(2):
        model.step()
    return model


@pytest.fixture
def with_ghosts(town, make_model) -> RegistrationModel:
    """The town, some thousands of whose patients are ghosts."""
    model = make_model(town, seed=9, **QUIET)
    model.step()
    return model


def columns_of(model: RegistrationModel) -> dict[str, np.ndarray]:
    rows = model.engine.rows
    return {name: column[:rows].copy() for name, column in zip(COLUMNS, model.engine.columns, strict=True)}


def change_hands(model: RegistrationModel) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Columns before and after lists change hands, with the counts brought up to date."""
    model.providers_act()
    before = columns_of(model)
    model.lists_change_hands()
    model.counts.gather()
    model.show_lists()
    return before, columns_of(model)


def same_but(before, after, *names, where=slice(None)):
    """All columns but some are the same."""
    return all(np.array_equal(before[name][where], after[name][where]) for name in COLUMNS if name not in names)


def residents(columns):
    return (columns["flags"] & PRESENCE) >> 1 <= UNCOUNTED


# --- mergers ----------------------------------------------------------------------------------------------------------------


def test_everybody_goes_along_with_a_merger_and_nothing_else_changes(model):
    lists = model.lists
    size, gps, overload = lists.size.copy(), lists.gps_fte.copy(), lists.overload.copy()
    inner = lists.inner_km.copy()
    model.transfers.merge(2, 5)
    merged = (size[[2, 5]] * overload[[2, 5]]).sum() / size[[2, 5]].sum()
    assert lists.overload[5] == pytest.approx(merged), "a merger by itself crowds nobody"
    before, after = change_hands(model)
    went = before["practice"] == 2
    assert went.sum() == size[2] > 0
    assert (after["practice"][went] == 5).all()
    assert (after["cause"][went] == MERGED).all()
    assert same_but(before, after, "practice", "cause")
    assert same_but(before, after, where=~went)
    assert lists.size[5] == size[2] + size[5]
    assert lists.gps_fte[5] == pytest.approx(gps[2] + gps[5])
    assert lists.overload[5] == pytest.approx(merged)
    assert not lists.exists[2]
    assert (lists.super_practice[2], lists.ended[2], lists.gps_fte[2]) == (5, model.month_number, 0.0)
    assert lists.inner_km[5] >= max(inner[2], inner[5])
    assert model.counts.changes_by_cause()["merged"] == size[2]
    assert model.counts.joiners[5] == size[2]


def test_a_merger_into_an_alike_practice_leaves_its_load_and_satisfaction(model):
    lists = model.lists
    for column in (lists.gps_fte, lists.starting_load, lists.satisfaction, lists.starting_satisfaction):
        column[3] = column[4]
    lists.size = lists.size.copy()
    lists.size[3] = lists.size[4]
    load, overload, satisfaction = lists.load[4], lists.overload[4], lists.satisfaction[4]
    model.transfers.merge(3, 4)
    assert lists.load[4] == pytest.approx(load)
    assert lists.overload[4] == pytest.approx(overload)
    assert lists.satisfaction[4] == pytest.approx(satisfaction)


@given(order=st.permutations(range(7)), count=st.integers(2, 6), chains=st.lists(st.booleans(), min_size=6, max_size=6))
@settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.generate])
def test_mergers_of_one_month_end_in_one_heir_whatever_the_order(thin_town, make_model, order, count, chains):
    """Each into practice 7 or into the one before it: all lists, GPs and load-weighted overload are 7's in the end."""
    model = make_model(thin_town, seed=9, **QUIET)
    lists = model.lists
    gone = list(order[:count])
    everybody = [*gone, 7]
    size, gps = lists.size[everybody].sum(), lists.gps_fte[everybody].sum()
    overload = (lists.overload[everybody] * lists.size[everybody]).sum() / size
    # The last goes into 7; each earlier one into 7 or into the next, which may have merged already.
    for k in reversed(range(count)):
        model.transfers.merge(gone[k], gone[k + 1] if chains[k] and k + 1 < count else 7)
    before, after = change_hands(model)
    went = np.isin(before["practice"], gone)
    assert (after["practice"][went] == 7).all()
    assert same_but(before, after, "practice", "cause")
    assert lists.exists[[p for p in range(8) if p not in gone]].all()
    assert not lists.exists[gone].any()
    assert lists.size[7] == size
    assert lists.gps_fte[7] == pytest.approx(gps)
    assert lists.overload[7] == pytest.approx(overload)


def test_mergers_that_cannot_be_are_left(model):
    transfers, lists = model.transfers, model.lists
    transfers.merge(2, 2)
    transfers.merge(2, len(lists.size) - 1) if not lists.exists[-1] else None
    assert not transfers.waiting
    transfers.merge(2, 5)
    transfers.merge(2, 4)
    transfers.merge(5, 2)
    assert transfers.heir[2] == 5
    assert lists.exists[5]
    assert transfers.last_heir(2) == 5


# --- closures -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_a_closed_list_is_dispersed(with_ghosts, share):
    model = with_ghosts
    lists = model.lists
    size = int(lists.size[5])
    model.transfers.disperse(5, at_once=share)
    before, after = change_hands(model)
    went, here = before["practice"] == 5, residents(before)
    assert went.sum() == size
    assert not (after["practice"] == 5).any()
    assert lists.size[5] == lists.ghosts[5] == 0
    assert not lists.exists[5]
    assert same_but(before, after, where=~went)
    ghosts = went & ~here
    assert ghosts.any()
    assert (after["practice"][ghosts] == NONE).all()
    moved, stranded = went & here & (after["practice"] != NONE), went & here & (after["practice"] == NONE)
    young = (before["flags"] & FOLLOWS > 0) & (model.month_number - before["born"].astype(int) < ADULT_MONTHS)
    child, adults = went & here & young, int((went & here & ~young).sum())
    assert abs((moved & ~young).sum() - share * adults) <= 4 * np.sqrt(share * (1 - share) * adults)
    assert (after["cause"][went & here] == DISPLACED).all()
    assert (after["previous"][went & here] == 5).all()
    assert lists.exists[after["practice"][moved]].all()
    assert (after["flags"][stranded] & PENDING > 0).all()
    assert (after["recorded"][went & here] == after["home"][went & here]).all()
    assert model.counts.pending[1] == stranded.sum()
    mother = before["mother"][child]
    there = residents(after)[mother]
    assert child.sum() > 20
    assert np.array_equal(after["practice"][child][there], after["practice"][mother][there]), "children go with mothers"


def test_the_stranded_register_when_they_look_for_a_practice(thin_town, make_model):
    """With a hazard of one in four a month three quarters still look after a month, and so on."""
    model = make_model(thin_town, seed=9, registration__seeking_months=4.0, **QUIET)
    model.transfers.disperse(5, at_once=0.0)
    looking = []
    for _ in range(5):
        model.step()
        looking.append(int(model.counts.pending[1]))
    assert looking[0] > 400
    for fewer, more in zip(looking[1:], looking[:-1], strict=True):
        assert abs(fewer - 0.75 * more) < 0.02 * more + 6 * np.sqrt(0.75 * 0.25 * more)
    kept = {name: np.array(getattr(model.counts, name)) for name in STOCKS}
    model.recount()
    for name, counted in kept.items():
        assert np.array_equal(counted, getattr(model.counts, name)), name


def test_whoever_merged_into_a_practice_that_closes_this_month_is_closed_down_with_it(model):
    size = int(model.lists.size[[2, 3, 5]].sum())
    model.transfers.merge(2, 3)
    model.transfers.merge(3, 5)
    model.transfers.disperse(5, at_once=0.5)
    before, after = change_hands(model)
    went = np.isin(before["practice"], (2, 3, 5))
    assert went.sum() == size
    listed = after["practice"] != NONE
    assert model.lists.exists[after["practice"][listed]].all(), "nobody is on a list that has ended"
    assert 0 < (went & listed).sum() < size


def test_what_has_closed_neither_merges_nor_closes_again(model):
    model.transfers.disperse(5, at_once=1.0)
    model.transfers.merge(5, 2)
    model.transfers.merge(2, 5)
    model.transfers.disperse(5, at_once=0.0)
    assert model.transfers.at_once[5] == 1.0
    assert model.lists.exists[2]
    change_hands(model)
    assert not model.transfers.waiting
    assert not model.transfers.kind.any()


# --- splits -------------------------------------------------------------------------------------------------------------------


def test_a_split_moves_exactly_those_whose_commissioner_has_an_heir(model):
    """Also where another practice merges whose number is that of the split's row of heirs."""
    split, other = 5, 0
    model.transfers.split(split, np.array([-1, 7]))
    model.transfers.merge(other, 1)
    before, after = change_hands(model)
    home = model.region.area_commissioner[np.where(residents(before), before["home"], before["recorded"])]
    moved = after["practice"] != before["practice"]
    theirs = (before["practice"] == split) & (home == 1)
    assert theirs.sum() > 0
    assert np.array_equal(moved, theirs | (before["practice"] == other))
    assert (after["practice"][theirs] == 7).all()
    assert (after["cause"][theirs] == SPLIT).all()
    assert same_but(before, after, "practice", "cause")
    assert model.lists.exists[split]


def test_two_lists_are_split_by_their_own_heirs(model):
    model.transfers.split(2, np.array([3, -1]))
    model.transfers.split(5, np.array([-1, 6]))
    before, after = change_hands(model)
    home = model.region.area_commissioner[np.where(residents(before), before["home"], before["recorded"])]
    expected = np.where((before["practice"] == 2) & (home == 0), 3, before["practice"])
    expected = np.where((before["practice"] == 5) & (home == 1), 6, expected)
    assert np.array_equal(after["practice"], expected)


def test_a_list_split_twice_in_a_month_is_split_by_both(model):
    model.transfers.split(5, np.array([2, -1]))
    model.transfers.split(5, np.array([-1, 6]))
    before, after = change_hands(model)
    home = model.region.area_commissioner[np.where(residents(before), before["home"], before["recorded"])]
    assert np.array_equal(
        after["practice"], np.where(before["practice"] == 5, np.array([2, 6])[home], before["practice"])
    )


# --- by residence ---------------------------------------------------------------------------------------------------------------


def test_the_refuge_is_the_largest_open_ordinary_list_of_each_commissioner(model):
    lists, region = model.lists, model.region
    refuges = model.transfers.refuges()
    for c, refuge in enumerate(refuges.tolist()):
        own = lists.open & (region.practice_commissioner == c)
        assert lists.size[refuge] == lists.size[own].max()
    lists.open[6:] = False
    assert model.transfers.refuges().tolist() == [refuges[0], -1]
    lists.provider[refuges[0]] = 0
    assert model.transfers.refuges()[0] != refuges[0]


def crossing(model):
    flows = model.counts.true_flows
    return int(flows.sum() - np.trace(flows))


def test_by_residence_in_full_leaves_no_true_flow_at_the_end_of_the_month(thin_town, make_model):
    """Net and gross flow are exactly zero, though people moved across the border in that very month."""
    model = make_model(thin_town, seed=9, **QUIET)
    model.step()
    assert crossing(model) > 100
    before = columns_of(model)
    model.transfers.by_residence(1.0)
    model.step()
    assert model.counts.component("internal_in").sum() > 0
    assert crossing(model) == 0
    assert np.abs(model.counts.true_flows.sum(axis=0) - model.counts.true_flows.sum(axis=1)).max() == 0
    assert model.transfers.residence_share == 0.0, "of this month only"
    after = columns_of(model)
    rows = len(before["born"])
    child = (
        residents(after)
        & (after["flags"] & FOLLOWS > 0)
        & (model.month_number - after["born"].astype(int) < ADULT_MONTHS)
    )
    called = child & (after["cause"] == 18)
    mother = after["mother"][called]
    at_home = (after["practice"][mother] != NONE) & (after["home"][mother] == after["home"][called])
    assert called[:rows].sum() > 10
    assert np.array_equal(after["practice"][called][at_home], after["practice"][mother][at_home])
    model.step()
    assert crossing(model) > 0, "people go on moving"


def test_a_share_by_residence_moves_that_share(town, make_model):
    model = make_model(town, seed=9, **QUIET)
    model.step()
    there = crossing(model)
    model.transfers.by_residence(0.3)
    model.step()
    moved = model.counts.changes_by_cause()["moved to home area"]
    assert abs(moved - 0.3 * there) < 8 * np.sqrt(0.21 * there)
