"""What the README tells a reader to type really runs, in its order and in one folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUNNABLE = re.findall(r"<!-- runnable -->\n```(sh|python)\n(.*?)```", README, re.S)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reader")


@pytest.mark.slow
@pytest.mark.parametrize(("language", "text"), RUNNABLE, ids=[text.split("\n")[0] for _, text in RUNNABLE])
def test_commands_of_the_readme_run_in_order(folder: Path, language: str, text: str):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = ["bash", "-euo", "pipefail", "-c", text] if language == "sh" else [sys.executable, "-c", text]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_every_command_named_exists():
    from runs.main import gpdrift
    from runs.region_commands import region

    for first, second in re.findall(r"\bgpdrift ([a-z]+)(?: ([a-z]+))?", README):
        if first in ("simulates", "as"):
            continue
        assert gpdrift.get_command(click.Context(gpdrift), first) is not None, first
        if first == "region":
            assert second in region.commands, second


@pytest.mark.parametrize("page", ["README.md", "analysis/VALIDATION.md"])
def test_every_file_pointed_to_exists(page: str):
    """Pictures, links to files and folders, and links to headings of the page itself."""
    text = (ROOT / page).read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in re.findall(r"^#+ (.+)$", text, re.M)
    }
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, within = target.partition("#")
        assert not path or ((ROOT / page).parent / path).exists(), target
        assert path or within in headings, target
