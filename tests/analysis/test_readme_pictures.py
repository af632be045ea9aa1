"""The script that makes the README's pictures makes those the README shows."""

import re
from pathlib import Path

from matplotlib.image import imread

from analysis.readme_pictures import APP, FIGURES, main

ROOT = Path(__file__).resolve().parents[2]


def test_it_makes_every_picture_the_readme_shows_and_no_other():
    shown = re.findall(r"!\[[^\]]*\]\(docs/([^)]+)\.png\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted([*FIGURES, APP])
    for name in shown:
        assert (ROOT / "docs" / f"{name}.png").stat().st_size < 150_000


def test_pictures_are_of_runs_made_for_them(tmp_path: Path, capsys):
    assert main(["--out", str(tmp_path), "--region", "town", "--months", "3", "--no-app"]) == 0
    said = capsys.readouterr().out
    for name in FIGURES:
        picture = imread(tmp_path / f"{name}.png")[..., :3]
        assert picture.shape[1] == 1650
        assert f"{name}.png (" in said
        assert len({tuple(colour) for row in picture[::20, ::20] for colour in row}) > 5  # something is drawn
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(f"{name}.png" for name in FIGURES)


def test_bad_input_is_one_line(tmp_path: Path, capsys):
    assert main(["--out", str(tmp_path / "none")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
