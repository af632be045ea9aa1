"""Books kept patient by patient agree, every month and under odd parameters, with a count of everybody."""

import datetime

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from model.patients.columns import (
    CAUSES,
    DUPLICATE,
    EMIGRATED,
    FOLLOWS,
    GONE,
    NOBODY,
    NONE,
    OUT_OF_AREA,
    PENDING,
    PRESENCE,
    SHORT_TERM_GONE,
    UNCOUNTED,
)  # fmt: skip
from model.patients.counts import STOCKS
from model.patients.rates import ADULT_MONTHS
from model.policy import CleanLists, OpenBoundaries

share = st.floats(0, 1)
ODD = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**40),
        "demography__short_term_per_immigrant": st.floats(0, 2),
        "demography__short_term_months": st.floats(1, 12),
        "demography__same_zone_share": share,
        "ghosts__unregistered": st.floats(0, 0.2),
        "ghosts__census_sd": st.floats(0, 0.5),
        "ghosts__deaths_unrecorded": share,
        "ghosts__emigrants_deregistered": share,
        "ghosts__short_term_deregistered": share,
        "ghosts__returning": share,
        "registration__switching": st.floats(0, 0.2),
        "registration__registers_on_arrival": share,
        "registration__first_registration_months": st.sampled_from([0.0, 1.0, 30.0]),
        "choice__inertia": st.floats(0, 20),
        "choice__congestion": st.floats(0, 10),
        "boundaries__out_of_area_practices": share,
        "boundaries__inner_share": st.floats(0.5, 1),
        "work__employed": share,
    }
)
TIMELINE = (
    CleanLists(month=datetime.date(2021, 2, 1), ratio=20.0),
    OpenBoundaries(month=datetime.date(2021, 3, 1), boundary_ratio=2.0, practices=0.5),
)
MONTHS = 7
"""Over a July, when levels are solved anew."""
few = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
"""Each example makes and runs a model: shrinking a failing one would take minutes and tell little more."""


def stocks(model):
    return {name: np.array(getattr(model.counts, name)) for name in STOCKS}


@given(odd=ODD)
@few
def test_deltas_add_up_to_a_full_count(thin_town, make_model, odd):
    model = make_model(thin_town, timeline=TIMELINE, **odd)
    for _ in range(MONTHS):
        model.step()
        kept = stocks(model)
        model.recount()
        for name, counted in stocks(model).items():
            assert np.array_equal(kept[name], counted), name


@given(odd=ODD)
@few
def test_residents_change_by_the_components_and_nothing_else(thin_town, make_model, odd):
    model = make_model(thin_town, start="2021-03", timeline=TIMELINE, **odd)
    region, counts = model.region, model.counts
    for _ in range(MONTHS):
        before, lists = counts.residents, counts.lists
        model.step()
        part = counts.component
        change = np.bincount(region.area_authority, counts.residents - before, len(region.authorities))
        entered = part("births") + part("internal_in") + part("international_in") + part("short_term_in")
        left = part("deaths") + part("internal_out") + part("international_out") + part("short_term_out")
        assert np.array_equal(change, entered - left), "authority by authority"
        assert part("internal_in").sum() == part("internal_out").sum()
        # Everybody registered is a resident on a list or a ghost; who is where differs, how many do not.
        assert counts.true.sum() == counts.residents.sum()
        assert counts.recorded.sum() == counts.lists.sum() == counts.true[:, :-1].sum() + counts.ghosts.sum()
        assert counts.true_flows.sum() + counts.authority_unregistered.sum() == counts.residents.sum()
        assert counts.authority_flows.sum() == counts.true_flows.sum()
        for what, total in (("residents", counts.residents), ("registered", counts.lists), ("ghosts", counts.ghosts)):
            assert counts.by_commissioner(what).sum() == total.sum()
        # Lists change by the recorded changes of registration; those inside one commissioner cancel.
        commissioners = len(region.commissioners)
        grown = np.bincount(region.practice_commissioner, counts.lists - lists, commissioners)
        moved = counts.changes.sum(axis=0)
        assert np.array_equal(grown, (moved.sum(axis=0) - moved.sum(axis=1))[:-1])
        assert counts.joiners.sum() == moved[:, :-1].sum()
        assert counts.changes_by_cause() == dict(zip(CAUSES, counts.changes.sum(axis=(1, 2)).tolist(), strict=True))


@given(odd=ODD)
@few
def test_every_row_is_consistent(thin_town, make_model, odd):
    model = make_model(thin_town, timeline=TIMELINE, **odd)
    for _ in range(MONTHS):
        model.step()
    rows, month = model.engine.rows, model.month_number
    c = type(model.engine.columns)(*(column[:rows] for column in model.engine.columns))
    presence = (c.flags & PRESENCE) >> 1
    here, ghost, gone = (
        presence <= UNCOUNTED,
        np.isin(presence, (EMIGRATED, SHORT_TERM_GONE, DUPLICATE)),
        presence == GONE,
    )
    listed, pending = c.practice != NONE, (c.flags & PENDING) != 0
    assert (here | ghost | gone).all()
    assert (c.practice[gone] == NONE).all()
    assert listed[ghost].all()
    assert not pending[ghost].any()
    assert (c.recorded[here & listed & pending] != c.home[here & listed & pending]).all()
    assert (c.recorded[here & listed & ~pending] == c.home[here & listed & ~pending]).all()
    assert (c.recorded[here & ~listed] == c.home[here & ~listed]).all(), "on no list, no old address"
    assert listed[(c.flags & OUT_OF_AREA) != 0].all()
    assert (c.since[listed] < month).all()
    assert (c.born < month).all()
    assert c.home.max() < len(model.region.areas)
    assert c.practice[listed].max() < len(model.region.practices)
    following = here & ((c.flags & FOLLOWS) != 0) & (month - c.born.astype(int) <= ADULT_MONTHS)
    assert (c.mother[following] != NOBODY).all()
    mother = c.mother[following]
    assert here[mother].all(), "nobody follows a mother who is not there"
    assert (c.home[mother] == c.home[following]).all(), "children live with their mothers"


def test_counts_of_a_row_by_hand(make_region, make_model):
    """Three areas, two commissioners, two practices: the register is the flow matrix before anybody moves."""
    register = np.array([[30, 10], [5, 25], [0, 40]])
    region = make_region(
        [[0, 0], [1, 0], [2, 0]], [[0, 0], [2, 0]], residents=45, area_commissioner=[0, 1, 1],
        practice_commissioner=[0, 1], lists=register.sum(axis=0), register=register,
    )  # fmt: skip
    model = make_model(region, ghosts__unregistered=0.0, ghosts__census_sd=0.0)
    assert model.counts.recorded_flows.tolist() == [[30, 10], [5, 65]]
    assert model.counts.lists[:2].tolist() == [35, 75]
    assert not model.counts.lists[2:].any(), "places in reserve"
    assert model.counts.by_commissioner("registered").tolist() == [35, 75]


def test_an_unknown_component_is_refused(thin_town, make_model):
    with pytest.raises(ValueError, match="not in tuple"):
        make_model(thin_town).counts.component("arrivals")
