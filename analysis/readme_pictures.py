"""Make the pictures the README shows, from runs made for them: python -m analysis.readme_pictures [--out docs].

Two runs of the built-in metro, in which nobody and nothing is real, are drawn with the figures anybody can draw
(``gpdrift plot``), and the browser app is photographed in Chromium. Files are reduced to few colours.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from analysis.pictures import draw
from model.errors import InputError
from model.whole_files import whole_file
from runs.library import load
from runs.run_command import simulate

FIGURES = {
    "registered-resident": ("default",),
    "map": ("baseline", "digital-entry"),
}
"""Figures of ``gpdrift plot``, and the scenarios each is drawn of."""
APP = "app"
COLOURS = 256
"""Chosen for the widest range: within a shade of the drawing, at a quarter of its bytes."""
SCREEN = (1280, 720)
PLAYED = "December 2023"
"""Month the app is photographed in: the provider has been there for a while."""


def figures(folder: Path, region: str, months: int) -> list[Path]:
    """Run what the figures need and draw them into the folder."""
    made = []
    with tempfile.TemporaryDirectory() as scratch:
        results = {name: Path(scratch) / name for names in FIGURES.values() for name in names}
        for name, place in results.items():
            simulate(load(name, options={"region": region, "months": months}), place)
        for figure, names in FIGURES.items():
            drawn = draw(figure, [results[name] for name in names], Path(scratch) / f"{figure}.png")
            made.append(reduced(drawn, folder / f"{figure}.png"))
    return made


def reduced(drawn: Path, file: Path) -> Path:
    """The picture in few colours; it appears under its name when it is complete."""
    with Image.open(drawn) as picture, whole_file(file) as written:
        few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(written, format="PNG", optimize=True)
    return file


def app(folder: Path) -> Path:
    """Start ``gpdrift serve``, play the scenario of a digital provider in Chromium, and photograph the page.

    Raises:
        InputError: Playwright or Chromium is not installed.
    """
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        raise InputError(f"{APP}: needs Playwright (pip install 'gpdrift[dev]'), or --no-app") from None
    chromium = os.environ.get("GPDRIFT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise InputError(f"{APP}: needs Chromium (apt-get install chromium, or GPDRIFT_CHROMIUM=...), or --no-app")
    command = [sys.executable, "-m", "runs.main", "serve", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = re.search(r"http://localhost:\d+", server.stdout.readline())
        assert address, "the server did not say where it is"
        with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": SCREEN[0], "height": SCREEN[1]})
            page.goto(address[0])
            expect(page.locator(".gp-map img")).to_be_visible(timeout=120_000)
            page.get_by_label("Scenario").select_option("digital-entry")
            expect(page.locator(".gp-settings")).to_contain_text("A digital provider enters")
            page.get_by_role("button", name="Play").click()
            # Looked for with every frame: months may pass by faster than an expectation is asked again.
            page.wait_for_function(f"document.querySelector('#month').innerText.includes('{PLAYED}')", timeout=300_000)
            page.get_by_role("button", name="Pause").click()
            expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=60_000)
            page.wait_for_timeout(1500)
            page.screenshot(path=Path(scratch) / "app.png")
            browser.close()
            return reduced(Path(scratch) / "app.png", folder / f"{APP}.png")
    finally:
        server.terminate()
        server.wait(timeout=30)


def main(arguments: list[str] | None = None) -> int:
    """Make the pictures and say where they are; 2 on bad input."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis.readme_pictures", description="Make the README's pictures."
    )
    parser.add_argument("--out", type=Path, default=Path("docs"), metavar="DIR", help="folder to write to [docs]")
    parser.add_argument("--region", default="metro", metavar="R", help="a preset [metro]")
    parser.add_argument("--months", type=int, default=120, metavar="N", help="length of the runs [120]")
    parser.add_argument("--no-app", action="store_true", help="leave out the browser app")
    options = parser.parse_args(arguments)
    try:
        if not options.out.is_dir():
            raise InputError(f"--out {options.out}: no such folder; make it first")
        made = figures(options.out, options.region, options.months)
        made += [] if options.no_app else [app(options.out)]
    except InputError as error:
        print(f"readme_pictures: {error}", file=sys.stderr)
        return 2
    print("\n".join(f"{file} ({file.stat().st_size / 1000:.0f} kB)" for file in made))
    return 0


if __name__ == "__main__":
    sys.exit(main())
