"""The browser app without a browser: what it shows is what the model counts."""

import dataclasses
import datetime
import io
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

pytest.importorskip("solara", reason="the browser app's extra is not installed: pip install 'gpdrift[app]'")

from PIL import Image

from model.errors import InputError
from model.model import RegistrationModel
from model.month_measures import measures_of
from model.patients.columns import NONE, PRESENT, UNCOUNTED
from model.policy import CleanLists, DigitalLaunch
from runs import library
from runs.app_areas import MEASURES, count_areas, summary
from runs.app_charts import HEADLINES, flow_matrix, gaps, grey_lines, months_of, through_time
from runs.app_controls import MONTHS_APART
from runs.app_levers import LEVERS, PROVIDER, events_of
from runs.app_map import MapPicture
from runs.app_panels import commissioner_facts, commissioner_rows, month_facts, practice_facts, practice_named
from runs.app_patients import KINDS, WHY, changes, facts, find, note, story
from runs.app_player import Player
from runs.app_scale import round_up
from runs.app_session import Choices, OfferedRegions, Session, lengths, scenario_names, scenario_of, titles

TOWN = Choices(scenario="digital-entry", region="town", months=24, seed=7)


@pytest.fixture(scope="module")
def watched() -> Session:
    """A town sixteen months on, a digital provider in it for a year."""
    session = Session(OfferedRegions(), dataclasses.replace(TOWN, levers={"digital-launch": 2.0}, after=3))
    for _ in range(16):
        session.step()
    return session


def test_areas_are_counted_as_the_patients_are(watched: Session):
    model, counts = watched.model, count_areas(watched.model)
    columns, rows, region = model.engine.columns, model.engine.rows, model.region
    presence = (columns.flags[:rows] & 0b1110) >> 1
    here = (presence == PRESENT) | (presence == UNCOUNTED)
    home, practice = columns.home[:rows], columns.practice[:rows]
    listed = here & (practice != NONE)
    at = np.where(listed, practice, 0)
    areas = len(region.areas)
    expected = {
        "residents": np.bincount(home[here], minlength=areas),
        "listed": np.bincount(home[listed], minlength=areas),
        "elsewhere": np.bincount(
            home[listed & (region.area_commissioner[home] != region.practice_commissioner[at])], minlength=areas
        ),
        "digital": np.bincount(home[listed & (model.lists.provider[at] >= 0)], minlength=areas),
    }
    for name, wanted in expected.items():
        assert getattr(counts, name).tolist() == wanted.tolist(), name
    assert counts.residents.tolist() == model.counts.residents.tolist()
    assert counts.recorded.sum() == model.counts.lists.sum()
    assert counts.ghosts.sum() == model.counts.ghosts.sum()
    assert counts.digital.sum() == model.counts.digital.sum() > 0


def test_measures_of_the_map_add_up_to_those_of_the_headline(watched: Session):
    model, counts, headline = watched.model, watched.counts(), measures_of(watched.model).headline
    assert counts.elsewhere.sum() == headline["crossing"]
    net = MEASURES["net_flow"].by_commissioner(model, counts) * model.counts.by_commissioner("residents")
    assert net.sum() == pytest.approx(0, abs=1e-6)
    gap = MEASURES["gap"].by_commissioner(model, counts) * model.counts.by_commissioner("residents") / 100
    assert gap.sum() == pytest.approx(headline["registered"] - headline["residents"])
    kilometres = MEASURES["travel"].values(model, counts)
    assert np.average(kilometres, weights=counts.near) < 20


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_is_drawn_and_said(watched: Session, measure: str):
    picture = MapPicture(watched.region)
    png, scale = picture.draw(watched.model, watched.counts(), measure)
    image = np.asarray(Image.open(io.BytesIO(png)))
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 5, "a map of one colour shows nothing"
    assert scale.low == (-scale.high if MEASURES[measure].both_ways else 0)
    assert set(np.unique(picture.owner)) == set(range(len(watched.region.areas) + 1)), "every area has its dots"
    words = summary(watched.model, watched.counts(), measure)
    assert words.startswith(MEASURES[measure].label)
    assert f"{watched.model.month:%B %Y}" in words


def test_darker_areas_have_higher_shares(watched: Session):
    picture = MapPicture(watched.region)
    picture.draw(watched.model, watched.counts(), "ghosts")
    values = MEASURES["ghosts"].values(watched.model, watched.counts())
    light = picture.face[:, :3] @ [0.2126, 0.7152, 0.0722]
    order = np.argsort(values)
    assert (np.diff(light[order]) <= 1e-9).all()


def test_a_scale_keeps_its_meaning_through_a_run(watched: Session):
    picture = MapPicture(watched.region)
    high = picture.scale("ghosts", np.array([1.0, 18.0]), run=1).high
    assert picture.scale("ghosts", np.array([1.0, 2.0]), run=1).high == high
    assert picture.scale("ghosts", np.array([1.0, 2.0]), run=2).high < high


def test_marks_are_the_practices_on_the_books(watched: Session):
    model, picture = watched.model, MapPicture(watched.region)
    picture.draw(model, watched.counts(), "elsewhere")
    shown = {kind: len(marks.get_offsets()) for kind, marks in picture.marks.items()}
    assert shown["digital"] == int((model.lists.provider >= 0).sum()) > 0
    assert sum(shown.values()) == int((model.lists.exists & (model.lists.size > 0)).sum())
    picture.draw(model, watched.counts(), "elsewhere", with_practices=False)
    assert not any(len(marks.get_offsets()) for marks in picture.marks.values())


def test_a_click_means_what_stands_there(watched: Session):
    model, picture, region = watched.model, MapPicture(watched.region), watched.model.region

    def shares(x: float, y: float) -> tuple[float, float]:
        (x0, x1), (y0, y1) = picture.axes.get_xlim(), picture.axes.get_ylim()
        return (x - x0) / (x1 - x0), (y1 - y) / (y1 - y0)

    for practice in np.flatnonzero(model.lists.exists):
        found = picture.pick(model, *shares(region.practice_x[practice], region.practice_y[practice])).practice
        assert region.practice_x[found] == region.practice_x[practice]
    for area in range(len(region.areas)):
        assert picture.pick(model, *shares(region.x[area], region.y[area])).area == area or (
            picture.pick(model, *shares(region.x[area], region.y[area])).practice >= 0
        )


@pytest.mark.parametrize(
    ("value", "up"), [(0, 1), (0.9, 1), (1, 1), (1.01, 1.5), (17, 20), (58.1, 60), (0.031, 0.04), (99, 100)]
)
def test_scales_end_in_round_numbers(value: float, up: float):
    assert round_up(value) == pytest.approx(up)


def test_charts_draw_what_was_collected(watched: Session):
    model = watched.model
    drawn = through_time(model, "digital")
    collected = model.datacollector.get_model_vars_dataframe()
    assert drawn.data["headline"].tolist() == collected["digital"].tolist()
    assert len(drawn.data["months"]) == 17
    assert drawn.data["months"][-1] == model.month
    row = measures_of(model).commissioners
    residents = row["residents"]
    expected = 100 * (row["registered"] - residents) / residents
    assert gaps(model)[-1] == pytest.approx(expected, nan_ok=True)
    assert months_of(model)[0] == model.start
    for headline in HEADLINES:
        assert HEADLINES[headline].label in through_time(model, headline).words


def test_lines_without_a_name_are_explained(watched: Session):
    assert [grey_lines(others) for others in (0, 1, 130)] == [
        "",
        " (grey line: the other)",
        " (grey lines: the 130 others)",
    ]
    assert "grey" not in through_time(watched.model, "ghosts").words, "the metro's four commissioners have their names"


def test_lines_are_labelled_with_their_values_however_long_the_name():
    region = OfferedRegions().open("town")
    long = ("NHS Hammersmith and Fulham CCG", "NHS Birmingham and Hammersmith CCG")
    named = dataclasses.replace(
        region, names=region.names | dict(zip(region.commissioners.tolist(), long, strict=True))
    )
    model = RegistrationModel(scenario_of(TOWN, named), region=named)
    drawn = through_time(model, "ghosts")
    shown = sorted(drawn.data["gaps"][-1], key=abs, reverse=True)
    assert [label.rsplit(" ", 1)[1] for label in drawn.data["labels"]] == [
        f"{gap:+.1f}".replace("-", "\N{MINUS SIGN}") for gap in shown
    ]
    matrix = flow_matrix(model)
    assert matrix.data["labels"] == ["Hammersmith and\nFulham", "Birmingham and\nHammersmith"]
    for png in (drawn.png, matrix.png):
        pixels = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
        edges = (pixels[:, :3], pixels[:, -3:], pixels[:3], pixels[-3:])
        assert min(edge.min() for edge in edges) == 255, "a label is cut off by the edge of the picture"


@pytest.mark.parametrize(("headline", "factor"), [("ghosts", 100), ("misplaced", 1)])
def test_numbers_beside_the_chart_are_written_out(watched: Session, headline: str, factor: int):
    """A power of ten in the corner is not read: of millions of patients as few as the axis says."""
    collected = watched.model.datacollector.model_vars
    kept = collected[headline]
    collected[headline] = [factor * value * 10 for value in kept]
    try:
        drawn = through_time(watched.model, headline)
    finally:
        collected[headline] = kept
    low, high = min(drawn.data["headline"]), max(drawn.data["headline"])
    ticks = [float(text.replace(",", "")) for text in drawn.data["ticks"] if text]
    assert any(low <= tick <= high * 1.1 for tick in ticks), (ticks, low, high)
    assert all(tick <= high * 1.5 for tick in ticks)
    if headline == "misplaced":
        assert "\N{POUND SIGN}m a year" in drawn.words


def test_the_matrix_is_the_flow_matrix(watched: Session):
    drawn, flows = flow_matrix(watched.model), watched.model.counts.true_flows
    assert drawn.data["crossing"] == flows.sum() - np.trace(flows)
    assert drawn.data["share"].sum(axis=1) == pytest.approx(np.full(len(flows), 100.0))
    assert f"{drawn.data['crossing']:,}" in drawn.words


def test_the_table_and_panels_say_what_the_model_counts(watched: Session):
    model = watched.model
    rows, measured = commissioner_rows(model), measures_of(model).commissioners
    assert [abs(row["gap"]) for row in rows] == sorted((abs(row["gap"]) for row in rows), reverse=True)
    for row in rows:
        number = model.region.commissioners.tolist().index(row["code"])
        assert row["gap"] == measured["registered"][number] - measured["residents"][number]
        assert f"{row['residents']:,}" in dict(commissioner_facts(model, number))["Residents"]
        gap = row["inflow"] - row["outflow"] + row["ghosts"] - measured["unregistered"][number]
        assert gap == row["gap"], "the parts of the gap that the panel names add up to it"
    assert dict(month_facts(model))["Ghosts"] == f"{measures_of(model).headline['ghosts']:,}"
    digital = practice_named(model, PROVIDER)
    said = dict(practice_facts(model, digital))
    assert said["Kind"] == "digital provider"
    assert model.lists.out_of_area[digital] > 0
    assert said["Takes out-of-area patients"].startswith("yes")
    assert f"{model.lists.size[digital]:,} patients" in said["List"]


def test_one_ghost_is_no_ghosts_and_nobody_is_not_satisfied(watched: Session):
    model = watched.model
    model.lists.size, model.lists.ghosts = model.lists.size.copy(), model.lists.ghosts.copy()
    try:
        model.lists.ghosts[0] = 1
        assert "; of them 1 ghost and" in dict(practice_facts(model, 0))["List"]
        model.lists.size[0] = 0
        assert dict(practice_facts(model, 0))["Satisfied"] == "no patients to ask"
    finally:
        model.show_lists()


def test_practices_are_found_by_code_and_name(watched: Session):
    model = watched.model
    assert practice_named(model, f" {model.region.practices[2].lower()} ") == 2
    assert practice_named(model, str(model.region.practice_names[1])) == 1
    with pytest.raises(InputError, match="no such code or name"):
        practice_named(model, "nowhere at all")
    with pytest.raises(InputError, match="are called so; give the code"):
        practice_named(model, "e")


def test_patients_are_found_and_told_of(watched: Session):
    model = watched.model
    for kind in KINDS:
        row = find(model, kind)
        assert row is not None, kind
        assert find(model, kind, row) != row or kind == "digital"
        assert dict(facts(model, row))["Why the last change"] == WHY[model.patients.find(row).cause]
    ghost = model.patients.find(find(model, "ghost"))
    assert ghost.is_ghost
    assert "not there any more" in story(model, ghost.row)
    digital = model.patients.find(find(model, "digital"))
    assert PROVIDER in story(model, digital.row) or "Digital GP" in story(model, digital.row)
    across = model.patients.find(find(model, "across a border"))
    home = model.region.area_commissioner[model.engine.columns.home[across.row]]
    assert across.practice.commissioner != model.region.commissioners[home]


def test_a_diary_says_what_changed_and_nothing_else():
    session = Session(OfferedRegions(), TOWN)
    model = session.model
    before = note(model, 5)
    assert changes(model, 5, before) == []
    session.step()
    mover = find(session.model, "moved this month")
    assert mover is not None
    again = Session(OfferedRegions(), TOWN)
    again.follow(mover)
    was = again.model.patients.find(mover).practice_code
    again.step()
    lines = [line for _, line in again.diary]
    assert len(lines) > 1
    assert any("From the list of" in line and f"({was})" in line for line in lines[1:])
    with pytest.raises(InputError, match="no such patient"):
        again.follow(10**9)


def test_a_session_is_the_model_that_the_command_line_runs():
    choices = dataclasses.replace(TOWN, levers={"clean-lists": 4.0}, after=1)
    session = Session(OfferedRegions(), choices)
    for _ in range(5):
        session.step()
    scenario = library.load("digital-entry", options={"months": 24, "seed": 7, "region": "town"})
    month = session.model.start.replace(month=session.model.start.month + 1)
    model = RegistrationModel(scenario, timeline=[*scenario.timeline, CleanLists(month=month, ratio=4.0)])
    for _ in range(5):
        model.step()
    assert measures_of(session.model).headline == measures_of(model).headline


def test_what_is_asked_for_in_vain_is_told():
    year = dataclasses.replace(TOWN, months=12)
    assert Session(OfferedRegions(), year).notes == [
        "In this run digital-launch in April 2022 falls outside the run (12 months from January 2021) and does nothing."
    ]
    session = Session(
        OfferedRegions(), dataclasses.replace(year, scenario="default", levers={"clean-lists": 2.0}, after=12)
    )
    assert session.notes == [
        "In this run clean-lists in January 2022 falls outside the run (12 months from January 2021) and does nothing."
    ]
    session.restart(dataclasses.replace(session.choices, after=11))
    assert session.notes == []


def test_a_run_is_known_by_what_was_chosen():
    assert Choices("baseline", "town", seed=7).run == "baseline, town, seed 7"
    assert "2 levers" in Choices(levers=dict.fromkeys(list(LEVERS)[:2], 1.0)).run


def test_levers_become_events_and_change_what_happens():
    month = datetime.date(2022, 1, 1)
    events = events_of({"clean-lists": 3.0, "digital-launch": 2.0}, month)
    assert events == [DigitalLaunch(month=month, name=PROVIDER, marketing=2.0), CleanLists(month=month, ratio=3.0)]
    for name, lever in LEVERS.items():
        assert events_of({name: lever.default}, month)[0].month == month
        assert lever.help.endswith(".")
    with pytest.raises(InputError, match="unknown"):
        events_of({"abolish": 1.0}, month)
    with pytest.raises(InputError, match="expected 0 to 10"):
        events_of({"clean-lists": 11.0}, month)
    plain = Session(OfferedRegions(), dataclasses.replace(TOWN, scenario="default"))
    cleaned = Session(
        OfferedRegions(), dataclasses.replace(TOWN, scenario="default", levers={"clean-lists": 10.0}, after=0)
    )
    for session in (plain, cleaned):
        for _ in range(6):
            session.step()
    assert cleaned.model.counts.ghosts.sum() < plain.model.counts.ghosts.sum()


@pytest.mark.parametrize("name", titles())
def test_every_scenario_of_the_library_can_be_chosen(name: str):
    offered = OfferedRegions()
    scenario = scenario_of(Choices(scenario=name, region="town", months=6), offered.open("town"))
    assert scenario.months == 6


def test_the_slider_of_months_has_the_length_of_every_scenario():
    assert set(lengths()) == set(scenario_names())
    for name, months in lengths().items():
        assert library.load(name).months == months
        assert months in range(12, 241, MONTHS_APART)


def test_regions_are_named_not_paths(tmp_path):
    (tmp_path / "metro").mkdir()
    offered = OfferedRegions((str(tmp_path / "metro"), "england"))
    assert list(offered) == ["metro (2)", "england", "town", "metro"]
    assert offered.first == "metro (2)"
    for asked in (str(tmp_path), "../secrets", "/etc"):
        with pytest.raises(InputError, match="not offered here"):
            offered.open(asked)
    with pytest.raises(InputError, match="not in the library"):
        Session(OfferedRegions(), dataclasses.replace(TOWN, scenario="/etc/passwd"))
    with pytest.raises(InputError, match="Months"):
        Session(OfferedRegions(), dataclasses.replace(TOWN, months=10**6))


def waited(until) -> bool:
    """Whether something came true within a minute."""
    for _ in range(1200):
        if until():
            return True
        time.sleep(0.05)
    return False


def test_two_sessions_do_not_meet():
    offered = OfferedRegions()
    alone = Session(offered, TOWN)
    for _ in range(12):
        alone.step()
    sessions = [Session(offered, TOWN), Session(offered, dataclasses.replace(TOWN, seed=8))]

    def play(session: Session) -> None:
        picture = MapPicture(session.region)
        for _ in range(12):
            session.step()
            picture.draw(session.model, session.counts(), "elsewhere")
            through_time(session.model, "ghosts")

    threads = [threading.Thread(target=play, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert measures_of(sessions[0].model).headline == measures_of(alone.model).headline
    assert measures_of(sessions[1].model).headline != measures_of(alone.model).headline


def test_a_player_plays_pauses_and_starts_again():
    session, shown = Session(OfferedRegions(), TOWN), []
    player = Player(session, lambda: shown.append(session.elapsed))
    player.step(TOWN)
    assert waited(lambda: session.elapsed == 1 and shown and shown[-1] == 1)
    player.play(TOWN)
    assert waited(lambda: session.elapsed >= 3)
    player.pause()
    assert waited(lambda: not player._one_at_a_time.locked())
    stopped = session.elapsed
    assert not player.playing
    assert stopped < 24
    other = dataclasses.replace(TOWN, scenario="default", months=2)
    player.restart(other)
    assert waited(lambda: session.choices == other and session.elapsed == 0 and not player.busy)
    player.play(other)
    assert waited(lambda: session.finished and not player.playing)
    assert session.elapsed == 2
    player.close()


@contextmanager
def all_at_once(player: Player) -> Iterator[None]:
    """What is asked of the player within comes before any of it is done; all of it is done at the end."""
    before = set(threading.enumerate())
    with player._one_at_a_time:
        yield
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=30)
        assert not thread.is_alive()


def test_a_pause_stops_every_play_asked_for_before_it():
    session = Session(OfferedRegions(), dataclasses.replace(TOWN, months=6))
    player = Player(session, lambda: None)
    with all_at_once(player):
        player.play(session.choices)
        player.play(session.choices)
        assert player.playing
        player.pause()
        assert not player.playing
    assert session.elapsed == 0
    with all_at_once(player):
        player.play(session.choices)
        player.pause()
        player.play(session.choices)
    assert session.finished
    assert not player.playing


def test_what_is_pressed_is_seen_before_it_is_done():
    session, seen = Session(OfferedRegions(), dataclasses.replace(TOWN, months=6)), []
    player = Player(session, lambda: seen.append((session.elapsed, player.busy, player.playing)))
    with all_at_once(player):
        player.step(session.choices)
    assert seen[0] == (0, "Living through a month ...", False)
    assert seen[-1] == (1, "", False)
    seen.clear()
    with all_at_once(player):
        player.play(session.choices)
        assert seen == [(1, "", True)], "while something else is still being done"


def test_months_wait_for_a_page_that_is_still_drawn_in_another_thread():
    """Otherwise it would begin to draw again and again, and never show a month."""
    session, asked, shown = Session(OfferedRegions(), dataclasses.replace(TOWN, months=6)), threading.Event(), []
    player, over = Player(session, asked.set), threading.Event()

    def draw():
        while not over.is_set():
            if asked.wait(0.05):
                asked.clear()
                time.sleep(0.3)
                shown.append(session.elapsed)
                player.drawn()

    player.drawn()
    page = threading.Thread(target=draw, daemon=True)
    page.start()
    player.play(session.choices)
    finished = waited(lambda: session.finished and not player.playing and 6 in shown)
    over.set()
    page.join(timeout=30)
    assert finished
    assert set(shown) >= {1, 2, 3, 4, 5, 6}


def test_a_restart_stops_a_play_that_has_hardly_begun():
    session, shown = Session(OfferedRegions(), dataclasses.replace(TOWN, months=3)), []
    player = Player(session, lambda: shown.append(session.elapsed))
    other = dataclasses.replace(session.choices, seed=8)
    with all_at_once(player):
        player.play(session.choices)
        player.restart(other)
    assert session.choices == other
    assert max(shown) == 0
    assert not player.playing


def test_what_cannot_be_run_is_a_sentence_and_leaves_the_run_alone():
    session = Session(OfferedRegions(), TOWN)
    player = Player(session, lambda: None)
    player.restart(dataclasses.replace(TOWN, seed=-3))
    assert waited(lambda: player.error != "" and not player.busy)
    assert player.error == "That cannot be run: Seed: found -3, expected a whole number from 0 to 9223372036854775807."
    assert session.choices == TOWN
    player.step(TOWN)
    assert waited(lambda: session.elapsed == 1 and player.error == "")


def serve(*arguments: str, cwd) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "runs.main", "serve", *arguments]
    return subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_the_server_answers_this_computer_only_and_stops_when_asked(tmp_path):
    server = serve("--port", "0", "--region", "town", cwd=tmp_path)
    try:
        address = re.search(r"http://localhost:(\d+)", server.stdout.readline())
        page = urllib.request.urlopen(f"http://127.0.0.1:{address[1]}/").read().decode()
        assert "<title>gpdrift</title>" in page
        assert not re.findall(r'(?:src|href)="https?://', page), "nothing is fetched from elsewhere"
        other = urllib.request.Request(f"http://127.0.0.1:{address[1]}/", headers={"Host": "elsewhere.example"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(other)
        assert refused.value.code == 400
        taken = serve("--port", address[1], cwd=tmp_path)
        _, said = taken.communicate(timeout=60)
        assert taken.returncode == 2
        assert said.startswith(f"gpdrift: --port {address[1]}: cannot listen on 127.0.0.1")
    finally:
        server.terminate()
        _, said = server.communicate(timeout=30)
    assert "Traceback" not in said


def test_a_region_that_is_none_is_refused_before_anything_is_served(tmp_path):
    server = serve("--port", "0", "--region", "nowhere", cwd=tmp_path)
    out, said = server.communicate(timeout=60)
    assert (server.returncode, out) == (2, "")
    assert "neither a preset" in said
    assert len(said.splitlines()) == 1
