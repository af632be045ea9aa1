"""The page of validation: a section for every kind of evidence found in the folder, in the order a reader needs them.

A section is a module of this package with ``section(folder) -> str``: Markdown that begins with a heading of second
level, or empty where its table is absent. Modules that are not there are left out.
"""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from model.errors import InputError
from model.whole_files import write_whole

SECTIONS = (
    "patterns_page", "choice_page", "calibration_page", "reconstruction_page", "forecast_page", "uncertainty_page",
)  # fmt: skip
"""Modules of this package in the order of the page."""
HEAD = """\
# Validation

Written by `gpdrift validate --page` from stored results; do not edit by hand. Failures stay on the page.
"""


def page(folder: Path) -> str:
    """The whole page in Markdown.

    Raises:
        InputError: the folder holds nothing a section is made of.
    """
    sections = [text.strip() for name in SECTIONS if (text := _section(name, folder))]
    if not sections:
        raise InputError(f"{folder}: holds no results of validation; make them with gpdrift validate")
    return "\n\n".join([HEAD.strip(), *sections]) + "\n"


def _section(name: str, folder: Path) -> str:
    module = f"{__package__}.{name}"
    if find_spec(module) is None:
        return ""
    told: str = import_module(module).section(folder)
    return told


def write_page(folder: Path, file: Path) -> None:
    """Write the page, and beside it the figures of the folder that it shows; each is there completely or not at all.

    Raises:
        InputError: no results, or a place that cannot be written.
    """
    text = page(folder)
    from analysis.readme_pictures import reduced

    figures = [name for name in re.findall(r"!\[[^]]*\]\(([^)/]+)\)", text) if (folder / name).is_file()]
    try:
        if folder.resolve() != file.parent.resolve():
            for name in figures:
                reduced(folder / name, file.with_name(name))
        write_whole(file, text)
    except OSError as failure:
        raise InputError(f"--page {file}: cannot be written ({failure.strerror}); choose another place") from None
