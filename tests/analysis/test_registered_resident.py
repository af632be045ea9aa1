"""The figure says what the results folder says, and its bars add up to the gap they explain."""

import shutil

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.image import imread

from analysis.drift import Gap, read
from analysis.registered_resident import draw, figure, main, most_apart, region_of, source
from model.errors import InputError
from model.geography.open_region import open_region
from runs import style
from runs.main import gpdrift


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Two months in the town, with a policy in the second."""
    folder = tmp_path_factory.mktemp("drawn")
    (folder / "mine.toml").write_text(
        'title = "Lists are cleaned"\nregion = "town"\nmonths = 2\n'
        '[[timeline]]\nevent = "clean-lists"\nmonth = 2021-02-01\nratio = 3.0\n'
    )
    run = ["run", str(folder / "mine.toml"), "--out", str(folder / "run"), "--quiet"]
    done = CliRunner().invoke(gpdrift, run, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return folder / "run"


def _bars(axes):
    """Signed lengths of the bars by their height on the page: {height: {part: (length, start)}}."""
    found: dict[float, dict[str, tuple[float, float]]] = {}
    for bar in axes.patches:
        middle = round(bar.get_y() + bar.get_height() / 2, 6)
        found.setdefault(middle, {})[bar.get_gid()] = (bar.get_width(), bar.get_x())
    return found


def test_bars_add_up_to_registered_less_resident(results):
    drift = read(results)
    with style.look():
        left = figure(drift, None).axes[0]
    dots = {
        round(float(y), 6): float(x)
        for line in left.lines
        if line.get_marker() == "o"
        for x, y in [line.get_xydata()[0]]
    }
    bars = _bars(left)
    assert bars.keys() == dots.keys()
    assert len(bars) == 2 * (len(drift.gaps) + 1)
    for height, parts in bars.items():
        assert sum(length for length, _ in parts.values()) == pytest.approx(dots[height], abs=1e-9)
        # Bars of one side lie end to end from zero: nothing is hidden behind another.
        for side in (1, -1):
            reached = 0.0
            for length, start in parts.values():
                if length * side > 0:
                    assert min(start, start + length) * side == pytest.approx(reached) or start == pytest.approx(
                        reached
                    )
                    reached += length
    source_table = results / "commissioners.parquet"
    told = duckdb.sql(
        f"SELECT 100.0 * (registered - residents) / residents FROM '{source_table}' WHERE boundaries = 'fixed'"
        f" AND month IN (SELECT unnest([min(month), max(month)]) FROM '{source_table}')"
    ).fetchall()
    commissioners_only = [dots[height] for height in sorted(dots)[: 2 * len(drift.gaps)]]
    np.testing.assert_allclose(sorted(commissioners_only), sorted(row[0] for row in told))


def test_all_together_is_the_headline(results):
    drift = read(results)
    told = duckdb.sql(
        "SELECT residents::BIGINT, registered::BIGINT, ghosts::BIGINT, unregistered::BIGINT"
        f" FROM '{results / 'headline.parquet'}' ORDER BY month"
    ).fetchall()
    assert drift.total == (Gap(*told[0], net_flow=0), Gap(*told[-1], net_flow=0))
    assert len(drift.months) == 3
    assert all(len(share) == 3 for share in drift.shares.values())


def test_bars_and_shares_are_drawn_from_zero(results):
    with style.look():
        left, *right = figure(read(results), None).axes
    assert left.get_xlim()[0] < 0 < left.get_xlim()[1]
    assert all(axes.get_ylim()[0] == 0 for axes in right)
    lines = {line.get_gid() for axes in right for line in axes.lines}
    assert {"gross_misalignment", "recorded_gross_misalignment", "net_misalignment", "ghosts"} <= lines


def test_the_command_writes_the_picture_and_says_where(results, tmp_path, capsys):
    out = tmp_path / "picture.png"
    assert main([str(results), "--out", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    pixels = imread(out)[..., :3]
    assert pixels.shape[1] == style.WIDTH * style.DOTS
    drawn = (pixels < 0.9).any(axis=2)
    assert 0.02 < drawn.mean() < 0.5
    # Nothing runs off the edges.
    assert not drawn[:5].any()
    assert not drawn[-5:].any()
    assert not drawn[:, :5].any()
    assert not drawn[:, -5:].any()
    again = tmp_path / "again.png"
    draw(results, again, open_region("town"))
    assert again.read_bytes() == out.read_bytes()


def test_the_source_names_region_licence_scenario_seed_version_and_policy(results):
    drift = read(results)
    region = region_of(drift.manifest)
    assert region is not None
    text = source(drift, region)
    for part in ("synthetic town", "no person, place or practice in it is real", "scenario mine", "seed 1", "gpdrift "):
        assert part in text
    assert "clean-lists (Feb 2021)" in text
    registered = duckdb.sql(f"SELECT registered FROM '{results}/headline.parquet' ORDER BY month").fetchall()[0][0]
    assert f" {registered:,} people registered in Jan 2021;" in text


def test_another_region_of_the_same_name_gives_no_names(results):
    manifest = read(results).manifest
    assert region_of({**manifest, "region": {**manifest["region"], "digest": "0"}}) is None
    assert region_of({**manifest, "scenario": {**manifest["scenario"], "region": "moved-away"}}) is None


def test_the_furthest_apart_are_shown_surplus_first_and_empty_places_left_out():
    def gap(surplus, residents=100):
        return (Gap(residents, residents, 0, 0, 0), Gap(residents, residents + surplus, surplus, 0, 0))

    gaps = {"a": gap(1), "b": gap(-30), "c": gap(20), "d": gap(5, residents=0), "e": gap(2)}
    assert most_apart(gaps) == ["c", "e", "a", "b"]
    assert most_apart(gaps, 2) == ["c", "b"]


def test_what_is_no_results_folder_is_refused_in_one_line(results, tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "manifest.json cannot be read" in said
    assert len(said.splitlines()) == 1
    broken = tmp_path / "broken"
    shutil.copytree(results, broken)
    (broken / "commissioners.parquet").write_bytes(b"")
    with pytest.raises(InputError, match="missing or damaged"):
        read(broken)
    tampered = f"SELECT * REPLACE (ghosts + 1 AS ghosts) FROM '{results / 'commissioners.parquet'}'"
    duckdb.sql(f"COPY ({tampered}) TO '{broken / 'commissioners.parquet'}'")
    with pytest.raises(InputError, match="registered - residents ="):
        read(broken)
    assert main([str(results), "--out", str(tmp_path / "picture.gif")]) == 2
    assert "expected .png, .svg, .pdf" in capsys.readouterr().err
