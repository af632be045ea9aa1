"""The first map of a session: kept pictures are the ones that would be drawn, and only those."""

import os

import numpy as np
import pytest

from runs import app_kept
from runs.app_kept import SessionMap, picture_file
from runs.app_map import MapPicture
from runs.app_session import Choices, OfferedRegions, Session


@pytest.fixture
def session(monkeypatch, tmp_path):
    """A session that has just begun, with a cache of its own."""
    session = Session(OfferedRegions(("town",)), Choices(region="town", months=12))
    monkeypatch.setenv("GPDRIFT_CACHE", str(tmp_path))
    return session


def drawn(session, measure="elsewhere", shown=None, **more):
    """The map a new visitor of the session sees, and who showed it."""
    shown = shown or SessionMap(session.region)
    begins = session.elapsed == 0
    return shown.draw(session.model, session.counts(), measure, session.run, begins=begins, **more), shown


def test_a_beginning_seen_before_is_shown_as_it_was_drawn(session):
    first, drew = drawn(session)
    again, kept = drawn(session)
    assert again == first == MapPicture(session.region).draw(session.model, session.counts(), "elsewhere", session.run)
    assert drew._picture is not None
    assert kept._picture is None, "it was drawn again"


def test_the_scale_of_a_kept_picture_holds_for_the_months_that_follow(session):
    (_, scale), _ = drawn(session)
    _, kept = drawn(session)
    nothing = session.counts()._replace(elsewhere=np.zeros_like(session.counts().elsewhere))
    _, later = kept.draw(session.model, nothing, "elsewhere", session.run, begins=False)
    assert later == scale


def test_a_picture_is_of_all_that_is_drawn(session):
    model, counts = session.model, session.counts()
    files = {
        picture_file(model.region, model, counts, "elsewhere", True),
        picture_file(model.region, model, counts, "elsewhere", True),
    }
    assert len(files) == 1
    files |= {
        picture_file(model.region, model, counts, "ghosts", True),
        picture_file(model.region, model, counts, "elsewhere", False),
    }
    fewer = counts._replace(elsewhere=np.maximum(counts.elsewhere - 1, 0))
    files.add(picture_file(model.region, model, fewer, "elsewhere", True))
    model.lists.size[0] += 1
    files.add(picture_file(model.region, model, counts, "elsewhere", True))
    model.lists.size[0] -= 1
    model.lists.exists[0] = False
    files.add(picture_file(model.region, model, counts, "elsewhere", True))
    assert len(files) == 6


def test_only_beginnings_with_nothing_picked_are_kept(session, tmp_path):
    drawn(session, practice=0)
    drawn(session, commissioner=0)
    session.step()
    drawn(session)
    assert not (tmp_path / "maps").exists()


def test_a_file_that_is_no_picture_is_passed_over(session):
    first, _ = drawn(session)
    picture_file(session.region, session.model, session.counts(), "elsewhere", True).write_bytes(b"PK no picture")
    again, shown = drawn(session)
    assert again == first
    assert shown._picture is not None


def test_those_not_seen_for_longest_go(session, monkeypatch, tmp_path):
    monkeypatch.setattr(app_kept, "MOST", 2)
    for age, measure in enumerate(("elsewhere", "ghosts")):
        drawn(session, measure)
        file = picture_file(session.region, session.model, session.counts(), measure, True)
        os.utime(file, (1_000_000 + age, 1_000_000 + age))
    drawn(session, "elsewhere")
    drawn(session, "travel")
    kept = {file.name for file in (tmp_path / "maps").iterdir()}
    seen = (
        picture_file(session.region, session.model, session.counts(), name, True) for name in ("elsewhere", "travel")
    )
    assert kept == {file.name for file in seen}


def test_nothing_is_kept_of_a_map_between_two_runs(session, tmp_path):
    """Between a restart and the page being drawn anew the map is of the region before, and the model of the next."""
    other = Session(OfferedRegions(("metro",)), Choices(region="metro", months=12))
    right, _ = drawn(other)
    SessionMap(session.region).draw(other.model, other.counts(), "elsewhere", other.run, begins=True)
    again, shown = drawn(other)
    assert again == right
    assert shown._picture is None


def test_nothing_is_kept_where_nobody_knows_who_draws(session, monkeypatch, tmp_path):
    monkeypatch.setattr(app_kept, "LIBRARIES", ("matplotlib", "no-such-library"))
    (png, _), _ = drawn(session)
    assert png.startswith(b"\x89PNG")
    assert not (tmp_path / "maps").exists()


def test_where_nothing_can_be_kept_the_map_is_drawn_all_the_same(session, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GPDRIFT_CACHE", str(tmp_path / "file" / "below"))
    (png, _), _ = drawn(session)
    assert png.startswith(b"\x89PNG")
