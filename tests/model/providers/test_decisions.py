"""The April of practices in a whole model: what each decision does to lists, and what it leaves alone."""

import numpy as np
import pytest

from model.parameters.practices import Practices
from model.providers.decisions import PracticeYear

APRIL = 4
"""Month of the year in which practices decide."""
QUIET = {"practices__exit_rates": (0.0,) * 7, "practices__openings": 0.0, "practices__closing_applications": 0.0}
"""Nobody leaves, opens or closes a list."""


MAY = {"start": "2020-05"}
"""Eleven months before an April, so that nearly a year's practices leave in it."""


def through_april(model):
    """The model after the month of its first April."""
    while model.month.month != APRIL:
        model.step()
    model.step()
    return model


def test_where_nothing_is_to_be_decided_the_books_stay(make_model, town):
    model = through_april(make_model(town, practices__widening_ratio=1.0, **QUIET))
    begun = make_model(town, practices__widening_ratio=1.0, **QUIET).lists
    lists = model.lists
    assert (lists.exists == begun.exists).all()
    assert lists.open[lists.exists].all()
    assert (lists.inner_km == begun.inner_km).all()
    assert lists.gps_fte.sum() == pytest.approx(begun.gps_fte.sum() * (1 + Practices().gps_trend))


def test_mergers_lose_nobody_and_gps_and_catchment_go_along(make_model, town):
    model = make_model(town, **QUIET | MAY | {"practices__exit_rates": (0.6,) * 7, "practices__closing_share": 0.0})
    through_april(model)
    lists = model.lists
    merged = np.flatnonzero(lists.super_practice >= 0)
    assert len(merged)
    assert not lists.exists[merged].any()
    assert (lists.size[merged] == 0).all()
    assert lists.exists[lists.super_practice[merged]].all()
    assert lists.gps_fte.sum() == pytest.approx(town.gps_fte.sum() * (1 + Practices().gps_trend), rel=1e-6)
    of = model.region.practice_commissioner
    assert (of[merged] == of[lists.super_practice[merged]]).all()


def test_a_closed_practices_patients_are_registered_elsewhere_or_nowhere(make_model, town):
    rates = {"practices__exit_rates": (0.6,) * 7, "practices__closing_share": 1.0, "practices__dispersed_at_once": 1.0}
    model, still = make_model(town, **QUIET | MAY | rates), make_model(town, **QUIET | MAY)
    for each in (model, still):
        through_april(each)
    closed = ~model.lists.exists & (town_practices(model))
    assert closed.any()
    assert (model.lists.size[closed] == 0).all()
    assert (model.lists.super_practice[closed] == -1).all()
    # People are the same; those who lost their list are on another one, their ghosts on none.
    assert model.counts.residents.sum() == still.counts.residents.sum()
    there, before = ((each.lists.size - each.lists.ghosts).sum() for each in (model, still))
    assert there == pytest.approx(before, rel=0.005)
    assert model.lists.ghosts.sum() < still.lists.ghosts.sum()


def town_practices(model) -> np.ndarray:
    """Practices that were there at the start, bool[P]."""
    return np.arange(len(model.lists.size)) < np.count_nonzero(model.region.list_size)


def test_lists_close_for_their_months_and_open_again(make_model, town):
    rules = {
        "practices__closing_applications": 1.0,
        "practices__closing_approval": 1.0,
        "practices__closing_load": 0.0,
        "practices__closing_months": 2,
    }
    model = through_april(make_model(town, **QUIET | rules))
    assert not model.lists.open.any()
    model.step()
    assert not model.lists.open.any()
    model.step()
    assert model.lists.open[model.lists.exists].all()


def test_a_practice_whose_list_shrinks_beside_a_growing_rival_widens_its_boundary(make_model, town):
    model = make_model(town, practices__losing=0.0, practices__rivals_km=50.0, practices__widest_km=99.0, **QUIET)
    sizes, inner = [model.lists.size.copy()], model.lists.inner_km.copy()
    while model.month.month != APRIL:
        model.step()
    sizes.append(model.lists.size.copy())
    model.step()
    before, now = sizes
    there = town_practices(model)
    # Everybody competes with everybody here: a falling share is one that grows less than the town.
    losing = there & (now < before) & (now * before.sum() < before * now.sum())
    assert losing.any()
    assert not losing[there].all()
    assert model.lists.inner_km == pytest.approx(np.where(losing, np.float32(1.1) * inner, inner))


def test_practices_open_where_asked_and_begin_with_nobody(make_model, town):
    few = {"practices__openings": 100.0}
    model = through_april(make_model(town, **QUIET | few))
    opened = np.flatnonzero(model.lists.exists & ~town_practices(model))
    expected = np.count_nonzero(town.list_size) * 0.1
    assert len(opened) in (int(expected), int(expected) + 1)
    for _ in range(6):
        model.step()
    assert (model.lists.size[opened] >= 0).all()


def test_a_run_that_begins_in_april_begins_after_its_decisions(make_model, town):
    model = make_model(town, start="2021-04", **{"practices__exit_rates": (0.5,) * 7})
    before = model.lists.exists.copy()
    model.step()
    assert (model.lists.exists == before).all()


def test_the_same_seed_decides_the_same(make_model, town):
    rates = {"practices__exit_rates": (0.5,) * 7}
    first, second = (through_april(make_model(town, **rates)).lists for _ in range(2))
    for name in ("exists", "size", "gps_fte", "inner_km", "closed_until", "quality_shift"):
        assert (getattr(first, name) == getattr(second, name)).all(), name


def test_a_merger_is_not_taken_for_growth(make_model, thin_town):
    lists = make_model(thin_town, **QUIET).lists
    size = np.arange(10, 10 + len(lists.size))
    memory = PracticeYear(since=0, size=size.copy(), gps=1.0, competition=np.zeros(len(size)))
    # 2 merged into 1, which merged into 0; 3 closed.
    lists.exists[1:4] = False
    lists.super_practice[1:4] = [0, 1, -1]
    memory.follow_mergers(lists)
    assert memory.size.tolist() == [10 + 11 + 12, 0, 0, *size[3:]]
