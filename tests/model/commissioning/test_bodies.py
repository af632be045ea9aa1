"""Commissioners answer for the registered, authorities for the resident: both against a count of everybody."""

import numpy as np
import pytest

from model.patients.columns import NONE, PRESENCE, UNCOUNTED, Columns


@pytest.fixture(scope="module")
def model(thin_town, make_model):
    model = make_model(thin_town, seed=6)
    for _ in range(9):
        model.step()
    return model


@pytest.fixture(scope="module")
def everybody(model):
    """Who lives here, on a list, where, and whose: bool and codes of every row."""
    c = Columns(*(column[: model.engine.rows] for column in model.engine.columns))
    region = model.region
    here, listed = (c.flags & PRESENCE) >> 1 <= UNCOUNTED, c.practice != NONE
    responsible = np.where(listed, region.practice_commissioner[np.where(listed, c.practice, 0)], -1)
    return here, listed, c.home, responsible


def test_commissioners_answer_for_the_registered(model, everybody):
    here, listed, home, responsible = everybody
    lives_in = model.region.area_commissioner[home]
    for c, body in enumerate(model.commissioners):
        assert body.residents == (here & (lives_in == c)).sum()
        assert body.registered == (responsible == c).sum()
        assert body.ghosts == ((responsible == c) & ~here).sum()
        assert body.inflow == (here & (responsible == c) & (lives_in != c)).sum()
        assert body.outflow == (here & listed & (responsible != c) & (lives_in == c)).sum()
        assert body.net_flow == body.inflow - body.outflow
        # What is registered: who lives and is registered here, who comes in, and ghosts.
        stay = (here & (responsible == c) & (lives_in == c)).sum()
        assert body.registered == stay + body.inflow + body.ghosts
    assert sum(body.net_flow for body in model.commissioners) == 0


def test_authorities_answer_for_the_resident(model, everybody):
    here, listed, home, responsible = everybody
    lives_in = model.region.area_authority[home]
    for a, body in enumerate(model.authorities):
        own = here & (lives_in == a)
        assert body.residents == own.sum()
        assert body.unregistered == (own & ~listed).sum()
        shares = np.bincount(responsible[own & listed]) / (own & listed).sum()
        assert body.commissioners_met == pytest.approx(1 / (shares**2).sum())
        assert 1 <= body.commissioners_met <= len(model.commissioners)


def test_bodies_have_the_region_s_codes_and_names(model):
    region = model.region
    assert [body.name for body in model.commissioners] == [region.name_of(code) for code in region.commissioners]
    assert [body.name for body in model.authorities] == [region.name_of(code) for code in region.authorities]
    assert model.authorities[0].name != model.authorities[0].code


def test_a_body_nobody_lives_in_meets_nobody(make_region, make_model):
    region = make_region(
        [[0, 0], [9, 0]], [[0, 0]], residents=[600, 0], lists=600, area_commissioner=[0, 1], practice_commissioner=0,
        register=np.array([[600], [0]]),
    )  # fmt: skip
    model = make_model(region)
    assert model.authorities[1].residents == 0
    assert model.authorities[1].commissioners_met == 0.0
    assert model.commissioners[1].registered == 0
