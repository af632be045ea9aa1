"""The ODD is true to the code: its links lead somewhere, its names exist, its parameters are today's."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from analysis.calibration.plan import HELD_OUT
from model.policy import Event
from model.scenario_files import parameters
from runs.scenarios_command import parameter_tables

FILE = Path(__file__).resolve().parents[1] / "model" / "ODD.md"
ODD = FILE.read_text(encoding="utf-8")
LINKS = sorted(set(re.findall(r"\[([^\]]+)\]\(([^)]+)\)", ODD)))
PROSE, _, APPENDICES = ODD.partition("## Appendix A")
REMEDY = "put the output of `gpdrift scenarios --parameters --markdown` between the two comments of Appendix A"


@cache
def names_in(file: Path) -> set[str]:
    """Classes, functions and constants of a module, and members of its classes as Class.member."""

    def named(body: list[ast.stmt], before: str = "") -> set[str]:
        found = set()
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(before + node.name)
            if isinstance(node, ast.ClassDef):
                found |= named(node.body, f"{node.name}.")
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            found |= {before + name.id for name in targets if isinstance(name, ast.Name)}
        return found

    return named(ast.parse(file.read_text(encoding="utf-8")).body)


def anchor(heading: str) -> str:
    """The anchor a heading gets where Markdown is shown."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


ANCHORS = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", ODD, re.M)}


def test_links_lead_to_files_of_the_repository_and_to_headings():
    assert len(LINKS) > 100
    for _, target in LINKS:
        path, _, within = target.partition("#")
        assert "://" not in target, target
        assert not path or (FILE.parent / path).is_file(), target
        assert not within or within in ANCHORS, target


def test_every_event_has_its_row():
    table = {row.split("`")[1] for row in ODD.splitlines() if re.match(r"\| `[a-z-]+` \(\[`\w+`\]\(policy_", row)}
    assert table == {event.__struct_config__.tag for event in Event.__args__}
    assert f"{len(table)} kinds of policy event" in ODD


@pytest.mark.parametrize(("name", "path"), [(t.strip("`"), p) for t, p in LINKS if t.startswith("`")])
def test_what_a_link_names_is_defined_in_the_file_it_leads_to(name: str, path: str):
    assert name in names_in(FILE.parent / path), f"{path} defines no {name}"


def test_the_appendix_holds_every_parameter_as_it_is():
    written = APPENDICES.partition("<!-- parameters -->\n")[2].partition("<!-- end of parameters -->")[0]
    there, expected = written.strip().splitlines(), parameter_tables().splitlines()
    assert [line for line in there if line not in expected] == [], REMEDY
    assert there == expected, REMEDY


def test_every_parameter_is_explained_by_a_submodel_and_no_other_is():
    submodels = PROSE.partition("## 7 Submodels")[2]
    keys = {parameter.key for parameter in parameters() if "." in parameter.key}
    sections = "|".join(sorted({key.partition(".")[0] for key in keys}))
    mentioned = set(re.findall(rf"`((?:{sections})\.[a-z_]+)`", submodels))
    assert mentioned == keys


def test_every_source_is_in_the_evidence_list():
    listed = re.findall(r"\*\*([^*]+)\*\*", APPENDICES.partition("## Appendix B")[2])
    patterns = re.findall(r"^\| (P\d+) \|", PROSE, re.M)
    assert [f"P{n}" for n in range(1, 26)] == patterns
    for parameter in parameters():
        if "." not in parameter.key or parameter.source.startswith("assumption"):
            continue
        named = [pattern for pattern in patterns if re.search(rf"pattern {pattern}\b", parameter.source)]
        assert named or any(source in parameter.source for source in listed), f"{parameter.key}: {parameter.source}"


def test_no_parameter_is_fitted_to_a_pattern_that_judges_the_model():
    for parameter in parameters():
        fitted = re.findall(r"P\d+", parameter.source) if "fitted" in parameter.source else []
        assert not HELD_OUT.intersection(fitted), f"{parameter.key}: {parameter.source}"


def test_what_no_document_was_at_hand_for_is_told_as_recalled():
    sources = {parameter.key: parameter.source for parameter in parameters()}
    recalled = {key for key, source in sources.items() if "GMS formula review" in source}
    assert len(recalled) == 8
    for key in recalled | {"money.global_sum", "satisfaction.trend"}:
        assert "recalled" in sources[key], key


def test_the_document_stands_on_its_own():
    for _, target in LINKS:
        path = target.partition("#")[0]
        assert (FILE.parent / path).resolve().is_relative_to(FILE.parents[1]), f"{target} leads out of the repository"
