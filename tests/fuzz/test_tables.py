"""Region folders and published CSV files, mutated: read and runnable, or refused in one line with nothing written."""

import shutil
from pathlib import Path

import pytest
from four_areas import four_areas
from fuzzing import NUMBERS, WORDS, Case, assert_kept, broken_promise, cases
from mutated_folders import mutate_region
from published_files import FILES

from model.geography.region_files import write_region
from model.geography.synthesise import part_of_a_country, synthesise

DESCRIBED, IMPORTED, RUN = 160, 90, 16
PARTS = 4


@pytest.fixture(scope="module")
def region(tmp_path_factory) -> Path:
    """A region with every table there is."""
    about = {"name": "Four areas", "date": "2021-01-01"}
    return write_region(four_areas(), about, tmp_path_factory.mktemp("region") / "four")


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """A synthetic region of 2,000 people, for runs."""
    return write_region(*synthesise(part_of_a_country(2_000), 1), tmp_path_factory.mktemp("region") / "small")


def mutate_csv(case: Case, text: str) -> bytes:
    """A CSV file with a cell, a line, a column, its header, its quoting or its bytes changed."""
    lines = text.splitlines()
    at = case.below(len(lines))
    cells = lines[at].split(",")
    how = case.pick(
        ("cell",) * 5 + ("drop cell", "more cells", "drop line", "twice", "header", "order", "bytes", "only header")
    )
    case.done.append(f"{how}: line {at + 1}")
    if how == "cell":
        place = case.below(len(cells))
        value = case.pick([*map(str, NUMBERS), *WORDS, case.typo(cells[place])])
        case.done[-1] += f", {cells[place]!r} -> {value[:40]!r}"
        lines[at] = ",".join([*cells[:place], value, *cells[place + 1 :]])
    elif how == "drop cell":
        lines[at] = ",".join(cells[:-1])
    elif how == "more cells":
        lines[at] += "," + case.pick(WORDS)
    elif how == "drop line":
        del lines[at]
    elif how == "twice":
        lines.insert(at, lines[at])
    elif how == "header":
        lines[0] = case.typo(lines[0])
    elif how == "order":
        lines = [lines[int(i)] for i in case.rng.permutation(len(lines))]
    elif how == "only header":
        lines = lines[:1]
    content = ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")
    return case.broken(content) if how == "bytes" else content


@pytest.mark.parametrize("part", range(PARTS))
def test_region_folders_are_described_or_refused(tmp_path: Path, region: Path, part: int):
    broken = []
    for case in cases("region", DESCRIBED, part, PARTS, tmp_path):
        mutate_region(case, region, case.folder / "work" / "mine")
        broken.append(broken_promise(case, ["region", "describe", "mine"], case.folder / "work"))
        shutil.rmtree(case.folder)
    assert_kept([wrong for wrong in broken if wrong])


def test_regions_that_are_accepted_can_be_run(tmp_path: Path, small: Path):
    broken = []
    for case in cases("region run", RUN, 0, 1, tmp_path):
        mutate_region(case, small, case.folder / "work" / "mine")
        run = ["run", "--region", "mine", "--months", "2", "--out", "out", "--quiet"]
        broken.append(broken_promise(case, run, case.folder / "work"))
        shutil.rmtree(case.folder)
    assert_kept([wrong for wrong in broken if wrong])


@pytest.mark.parametrize("part", range(PARTS))
def test_published_files_are_imported_or_refused(tmp_path: Path, part: int):
    broken = []
    for case in cases("csv", IMPORTED, part, PARTS, tmp_path):
        folder = case.folder / "work" / "published"
        folder.mkdir(parents=True)
        changed = {case.pick(FILES) for _ in range(1 + case.below(2))}
        for name, text in FILES.items():
            (folder / name).write_bytes(mutate_csv(case, text) if name in changed else text.encode())
        case.done.append(f"in {', '.join(sorted(changed))}")
        if case.chance(0.1):
            gone = case.pick(FILES)
            (folder / gone).unlink()
            case.done.append(f"{gone} gone")
        arguments = ["region", "import", "published", "--out", "made", "--quiet"]
        broken.append(broken_promise(case, arguments, case.folder / "work"))
        shutil.rmtree(case.folder)
    assert_kept([wrong for wrong in broken if wrong])
