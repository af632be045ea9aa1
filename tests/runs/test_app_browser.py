"""The browser app as a visitor meets it: a real server and a real Chromium."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from model.model import RegistrationModel
from model.month_measures import measures_of
from model.policy import CleanLists
from runs import library
from runs.app_map import MapPicture
from runs.app_session import OfferedRegions

pytest.importorskip("solara", reason="the browser app's extra is not installed: pip install 'gpdrift[app]'")
sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install 'gpdrift[dev]'")

SHOTS = Path(__file__).resolve().parents[2] / "screenshots"
CHROMIUM = os.environ.get("GPDRIFT_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="no Chromium here: apt-get install chromium, or name one with GPDRIFT_CHROMIUM=/path/to/chromium",
    ),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server."""
    command = [sys.executable, "-m", "runs.main", "serve", "--port", "0"]
    folder = tmp_path_factory.mktemp("server")
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        line = server.stdout.readline()
        found = re.search(r"http://localhost:\d+", line)
        assert found, line + server.stdout.read()
        yield found[0]
    finally:
        server.terminate()
        said, _ = server.communicate(timeout=30)
        assert "Traceback" not in said, said


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    """A browser."""
    with sync_api.sync_playwright() as playwright:
        # As root, which continuous integration often is, Chromium has no sandbox of its own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def visit(chromium, address: str, width: int = 1280, height: int = 720) -> Iterator:
    """A page of the app, on which nothing may go wrong and which asks no other computer for anything."""
    context = chromium.new_context(viewport={"width": width, "height": height})
    page, wrong = context.new_page(), []
    page.on("console", lambda said: wrong.append(f"console: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("requestfailed", lambda asked: wrong.append(f"failed: {asked.url}"))
    page.on("response", lambda got: wrong.append(f"{got.status}: {got.url}") if got.status >= 400 else None)
    outside = []
    ours = (address, address.replace("http", "ws", 1), "data:", "blob:")
    page.on("request", lambda asked: outside.append(asked.url) if not asked.url.startswith(ours) else None)
    page.goto(address)
    sync_api.expect(page.locator(".picture img").first).to_be_visible(timeout=30_000)
    yield page
    assert not wrong, wrong
    assert not outside, outside
    context.close()


def fact(page, label: str) -> int:
    """A figure of the month at the top of the page."""
    found = page.locator(".gp-facts div").filter(has=page.locator(f"dt:text-is('{label}')")).locator("dd")
    return int(found.inner_text().replace(",", ""))


def month(page) -> str:
    return page.locator("#month").inner_text().removeprefix("gpdrift: ")


def shows(page, expected: str) -> None:
    sync_api.expect(page.locator("#month")).to_have_text(f"gpdrift: {expected}", timeout=30_000)


def shot(page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def test_a_visitor_steers_a_run_and_sees_the_numbers_of_the_model(chromium, address: str):
    with visit(chromium, address) as page:
        shows(page, "January 2021")
        shot(page, "1-opened")
        page.get_by_label("Scenario").select_option("forecast-2021")
        sync_api.expect(page.get_by_label("Months:")).to_have_value("24")
        page.get_by_label("Scenario").select_option("digital-entry")
        sync_api.expect(page.locator(".gp-settings")).to_contain_text("A digital provider enters")
        sync_api.expect(page.get_by_label("Months:")).to_have_value("120")
        page.get_by_label("Change list cleaning").press("Space")
        strength = page.get_by_label("Removal of ghosts, times that of now")
        strength.focus()
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        sync_api.expect(strength).to_have_value("5")
        sync_api.expect(
            page.get_by_text("Changed settings hold from the next start: press Play or Step.")
        ).to_be_visible()
        shot(page, "2-chosen")
        page.get_by_role("button", name="Step").click()
        shows(page, "February 2021")
        sync_api.expect(page.locator(".gp-title p")).to_have_text(
            "digital-entry, 1 lever, metro, seed 1: month 1 of 120"
        )
        page.get_by_role("button", name="Play").click()
        sync_api.expect(page.get_by_role("button", name="Pause")).to_be_visible()
        page.wait_for_function("document.querySelector('#month').innerText.includes('July 2022')", timeout=60_000)
        page.get_by_role("button", name="Pause").click()
        sync_api.expect(page.get_by_role("button", name="Play")).to_be_visible()
        page.wait_for_timeout(500)
        model = scenario_as_chosen()
        while f"{model.month:%B %Y}" != month(page):
            model.step()
        headline = measures_of(model).headline
        shown = {
            "Residents": "residents", "Registered": "registered", "Registered elsewhere": "crossing",
            "Ghosts": "ghosts", "Digital patients": "digital",
        }  # fmt: skip
        assert {label: fact(page, label) for label in shown} == {label: headline[key] for label, key in shown.items()}
        assert headline["digital"] > 0
        shot(page, "3-played")
        picks_a_commissioner(page, model)
        looks_closer(page, model)
        page.get_by_role("button", name="Reset").click()
        shows(page, "January 2021")
        page.get_by_role("tab", name="Who goes where").click()
        sync_api.expect(page.get_by_alt_text(re.compile("Heat map"))).to_be_visible()
        shot(page, "6-flows")


def scenario_as_chosen() -> RegistrationModel:
    """The same run without a browser."""
    scenario = library.load("digital-entry", options={"region": "metro"})
    start = RegistrationModel(scenario).start
    cleaning = CleanLists(month=start.replace(month=start.month + 3), ratio=5.0)
    return RegistrationModel(scenario, timeline=[*scenario.timeline, cleaning])


def picks_a_commissioner(page, model: RegistrationModel) -> None:
    page.get_by_role("tab", name="Commissioners").click()
    table = page.locator(".gp-table")
    measured, region = measures_of(model).commissioners, model.region
    page.get_by_role("button", name="Residents").click()
    sync_api.expect(table.get_by_role("columnheader", name="Gap ▼")).to_have_count(0)
    largest = int(measured["residents"].argmax())
    name = region.name_of(str(region.commissioners[largest]))
    first = table.locator("tbody tr").first
    sync_api.expect(first).to_contain_text(name)
    assert first.locator("[data-column=registered]").inner_text() == f"{measured['registered'][largest]:,}"
    before = page.locator(".gp-map img").get_attribute("src")
    first.get_by_role("button").click()
    sorted_by = table.get_by_role("columnheader", name="Residents")
    sync_api.expect(sorted_by).to_have_attribute("aria-sort", "descending")
    panel = page.locator(".gp-panel dl")
    sync_api.expect(panel).to_contain_text(f"{measured['registered'][largest]:,}")
    sync_api.expect(page.locator(".gp-map img")).not_to_have_attribute("src", before)  # it is outlined there
    shot(page, "4-commissioner")


def looks_closer(page, model: RegistrationModel) -> None:
    page.get_by_role("tab", name="Practice").click()
    code = str(model.region.practices[3])
    box = page.get_by_label("Practice: code or name, then Enter")
    box.fill(code)
    box.press("Enter")
    sync_api.expect(page.locator(".gp-panel")).to_contain_text(f"{model.lists.size[3]:,} patients")
    box.fill("no such practice")
    box.press("Enter")
    sync_api.expect(page.locator(".gp-panel")).to_contain_text("no such code or name here")
    page.get_by_role("tab", name="Patient").click()
    page.get_by_role("button", name="Across a border").click()
    sync_api.expect(page.locator(".gp-diary")).to_contain_text("which counts to")
    sync_api.expect(page.locator(".gp-key")).to_contain_text("a patient's way from home to it")
    shot(page, "5-patient")
    page.locator(".gp-map img").click(position={"x": 200, "y": 200})
    sync_api.expect(page.get_by_role("tab", selected=True)).to_have_text(re.compile("Commissioners|Practice"))


def test_two_visitors_do_not_meet(chromium, address: str):
    with visit(chromium, address) as one, visit(chromium, address) as other:
        one.get_by_role("button", name="Step").click()
        shows(one, "February 2021")
        shows(other, "January 2021")
        other.get_by_label("Region").select_option("town")
        other.get_by_role("button", name="Step").click()
        shows(other, "February 2021")
        assert fact(other, "Residents") < fact(one, "Residents")
        one.get_by_role("button", name="Step").click()
        shows(one, "March 2021")


def test_what_cannot_be_run_is_said_in_a_sentence(chromium, address: str):
    with visit(chromium, address) as page:
        seed = page.get_by_label("Seed").first
        seed.fill("-4")
        seed.press("Enter")
        page.get_by_role("button", name="Reset").click()
        sync_api.expect(page.get_by_role("alert").filter(has_text="That cannot be run")).to_contain_text(
            "Seed: found -4, expected a whole number"
        )
        shot(page, "7-refused")
        shows(page, "January 2021")


def test_everything_is_reached_with_the_keyboard(chromium, address: str):
    with visit(chromium, address) as page:
        reached = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            reached.add(
                page.evaluate(
                    "() => { const e = document.activeElement;"
                    " return ((e.labels && e.labels.length ? [...e.labels].at(-1).textContent : '')"
                    " || e.getAttribute('aria-label') || e.innerText || '').trim() }"
                )
            )
        for wanted in (
            "Play", "Step", "Reset", "Scenario", "Region", "Months:", "Seed", "Split digital lists", "Map shows",
            "Practices", "Through time", "Lower chart",
        ):  # fmt: skip
            assert any(name.startswith(wanted) for name in reached), wanted
        page.get_by_role("tab", name="Through time").focus()
        page.keyboard.press("ArrowRight")
        sync_api.expect(page.get_by_role("tab", name="Who goes where")).to_be_focused()
        sync_api.expect(page.get_by_alt_text(re.compile("Heat map"))).to_be_visible()
        page.get_by_role("button", name="Step").focus()
        page.keyboard.press("Enter")
        shows(page, "February 2021")


def test_all_columns_of_the_table_are_seen_beside_long_names(chromium, address: str):
    with visit(chromium, address) as page:
        page.get_by_role("tab", name="Commissioners").click()
        table = page.locator(".gp-table")
        sync_api.expect(table.locator("tbody tr").first).to_be_visible()
        table.evaluate(
            "(e) => { for (const name of e.querySelectorAll('tbody button'))"
            " name.innerText = 'NHS Nottingham and Nottinghamshire CCG';"
            " for (const cell of e.querySelectorAll('[data-column=residents], [data-column=registered]'))"
            " cell.innerText = '1,060,477' }"
        )
        assert table.evaluate("(e) => e.scrollWidth - e.clientWidth") <= 0
        edge = page.get_by_role("columnheader", name="Ghosts").bounding_box()
        assert edge["x"] + edge["width"] <= 1280


def test_a_practice_picked_on_the_map_clears_what_was_typed_in_vain(chromium, address: str):
    with visit(chromium, address) as page:
        page.get_by_role("tab", name="Practice").click()
        box = page.get_by_label("Practice: code or name, then Enter")
        box.fill("no such practice")
        box.press("Enter")
        sync_api.expect(page.locator(".gp-panel")).to_contain_text("no such code or name here")
        region = OfferedRegions().open("metro")
        picture = MapPicture(region)
        (x0, x1), (y0, y1) = picture.axes.get_xlim(), picture.axes.get_ylim()
        shown = page.locator(".gp-map img").bounding_box()
        across, down = (region.practice_x[0] - x0) / (x1 - x0), (y1 - region.practice_y[0]) / (y1 - y0)
        page.locator(".gp-map img").click(position={"x": across * shown["width"], "y": down * shown["height"]})
        sync_api.expect(page.locator(".gp-panel dl")).to_contain_text("GP practice")
        sync_api.expect(page.locator(".gp-panel")).not_to_contain_text("no such code or name here")


def test_a_patient_number_that_is_taken_away_is_no_mistake_and_no_mistake_outlives_its_run(chromium, address: str):
    with visit(chromium, address) as page:
        page.get_by_role("tab", name="Patient").click()
        number = page.get_by_label("Patient number").first
        number.fill("7")
        number.press("Enter")
        sync_api.expect(page.locator(".gp-story")).to_be_visible()
        page.get_by_role("button", name="Reset").first.click()
        sync_api.expect(page.locator(".gp-story")).to_have_count(0)
        sync_api.expect(number).to_have_value("")
        sync_api.expect(page.locator(".gp-side")).not_to_contain_text("must be an integer")
        number.fill("7")
        number.press("Enter")
        sync_api.expect(page.locator(".gp-story")).to_be_visible()
        number.fill("")
        number.press("Enter")
        sync_api.expect(page.locator(".gp-story")).to_have_count(0)
        sync_api.expect(page.locator(".gp-side")).not_to_contain_text("obody like that")
        number.fill("999999999")
        number.press("Enter")
        sync_api.expect(page.locator(".gp-side")).to_contain_text("found no such patient")
        page.get_by_label("Seed").first.fill("2")
        page.get_by_role("button", name="Reset").click()
        sync_api.expect(page.locator(".gp-side")).not_to_contain_text("found no such patient")


def test_what_a_region_is_made_of_is_there_to_read_and_the_buttons_stay(chromium, address: str):
    with visit(chromium, address) as page:
        sources = page.get_by_text("Sources and licence")
        sources.scroll_into_view_if_needed()
        sources.click()
        sync_api.expect(page.locator(".gp-map details")).to_contain_text("synthesised: preset metro")
        page.mouse.wheel(0, 2000)
        page.wait_for_timeout(300)
        assert page.evaluate("window.scrollY") > 0
        assert page.get_by_role("button", name="Step").bounding_box()["y"] >= 0
        sync_api.expect(page.get_by_role("button", name="Step")).to_be_in_viewport()


def test_the_map_is_beside_the_settings_on_a_narrow_screen_and_before_them_on_a_phone(chromium, address: str):
    for width, height in ((1024, 700), (400, 800)):
        with visit(chromium, address, width, height) as page:
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            image, settings = (page.locator(what).first.bounding_box() for what in (".gp-map img", ".gp-settings"))
            assert image["y"] + image["height"] <= height
            if width > 1000:
                assert settings["x"] + settings["width"] <= image["x"]
                page.mouse.move(width - 100, 400)
                page.mouse.wheel(0, 600)
                page.wait_for_timeout(300)
                sync_api.expect(page.get_by_label("Scenario")).to_be_in_viewport()
                sync_api.expect(page.get_by_role("button", name="Step")).to_be_in_viewport()
            else:
                assert settings["y"] >= image["y"] + image["height"]


def test_it_fits_a_small_laptop(chromium, address: str):
    with visit(chromium, address) as page:
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 1280
        for what in (".gp-go", ".gp-facts", ".gp-map img", ".gp-side img"):
            box = page.locator(what).first.bounding_box()
            assert box["y"] + box["height"] <= 720, what
            assert box["x"] + box["width"] <= 1280, what
        smallest = page.evaluate(
            "() => Math.min(...[...document.querySelectorAll('.gp *')].filter(e => e.children.length === 0"
            " && e.innerText && e.offsetParent).map(e => parseFloat(getComputedStyle(e).fontSize)))"
        )
        assert smallest >= 12
