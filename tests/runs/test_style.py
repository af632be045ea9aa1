"""Labels keep clear of each other, files are whole, and the same figure is the same bytes."""

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from model.errors import InputError
from runs import style


def test_commissioners_are_named_without_what_all_share():
    assert style.bare_name("NHS West London CCG") == "West London"
    assert style.bare_name("NHS Devon ICB") == "Devon"
    assert [style.bare_name(name) for name in ("NHS ", "", "C1")] == ["NHS ", "", "C1"]


def months_from_april(count: int, every: int = 1) -> list[datetime.date]:
    return [datetime.date(2021 + (3 + i) // 12, (3 + i) % 12 + 1, 1) for i in range(0, count * every, every)]


def ticks_along(months: list[datetime.date], most: int) -> list[str]:
    axes = Figure().add_subplot()
    style.months_along(axes, months, most)
    return [label.get_text() for label in axes.get_xticklabels()]


@given(st.integers(1, 1300), st.integers(2, 8))
def test_every_length_of_run_has_ticks_it_can_be_read_by(length, most):
    ticks = ticks_along(months_from_april(length), most)
    assert 1 <= len(ticks) <= max(most, style.FEW_MONTHS)
    assert "20" in ticks[0] or "21" in ticks[0]


def test_ticks_of_months_are_counted_from_january_and_say_their_years():
    assert ticks_along(months_from_april(5), 6) == ["Apr 2021", "May", "Jun", "Jul", "Aug"]
    assert ticks_along(months_from_april(4, 6), 6) == ["Apr 2021", "Oct", "Apr 2022", "Oct"]
    assert ticks_along(months_from_april(20), 4) == ["Jul 2021", "Jan 2022", "Jul 2022"]
    assert ticks_along(months_from_april(121), 6) == ["2022", "2024", "2026", "2028", "2030"]


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=12), st.floats(0.01, 10))
def test_labels_keep_their_order_and_their_distance(wanted, apart):
    placed = style.spread(wanted, apart)
    order = np.argsort(wanted, kind="stable")
    assert np.all(np.diff(placed[order]) >= apart - 1e-6)
    assert placed.mean() == pytest.approx(np.mean(wanted), abs=1e-6)


def test_labels_with_room_stay_where_they_are_and_close_ones_share_the_difference():
    np.testing.assert_allclose(style.spread([5.0, 0.0, 9.0], 2.0), [5.0, 0.0, 9.0])
    np.testing.assert_allclose(style.spread([1.0, 1.2, 9.0], 2.0), [0.1, 2.1, 9.0])
    np.testing.assert_allclose(style.spread([1.0, 1.0, 3.0], 2.0), [-1 / 3, 5 / 3, 11 / 3])


def test_labels_do_not_go_below_the_least():
    np.testing.assert_allclose(style.spread([0.1, 0.0, 0.2, 3.0, 9.0], 1.0, 0.0), [1.0, 0.0, 2.0, 3.0, 9.0])
    np.testing.assert_allclose(style.spread([-5.0, 0.5], 1.0, 0.0), [0.0, 1.0])
    np.testing.assert_allclose(style.spread([4.0, 4.0], 1.0, 0.0), [3.5, 4.5])


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=12), st.floats(0.01, 10), st.floats(-100, 100))
def test_labels_above_the_least_keep_their_distance(wanted, apart, least):
    placed = style.spread(wanted, apart, least)
    order = np.argsort(wanted, kind="stable")
    assert np.all(np.diff(placed[order]) >= apart - 1e-6)
    assert placed.min() >= least - 1e-6


def _luminance(colour):
    channel = np.array(to_rgb(colour))
    return np.where(channel <= 0.03928, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("colour", [style.ORANGE, style.GREEN, style.BLUE, style.VERMILLION, style.PURPLE, style.GREY])
def test_text_in_a_colour_can_be_read_on_white(colour):
    # WCAG 2.1: at least 4.5 for text.
    assert 1.05 / (_luminance(style.ink(colour)) + 0.05) >= 4.5


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_same_figure_is_the_same_file(tmp_path, kind):
    for name in ("one", "two"):
        with style.look():
            made = Figure(figsize=(2, 1))
            made.add_axes((0, 0, 1, 1)).plot([1, 2])
            style.save(made, tmp_path / f"{name}.{kind}")
    one, two = ((tmp_path / f"{name}.{kind}").read_bytes() for name in ("one", "two"))
    assert one == two
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [("a.gif", "ends in .gif"), ("a", "ends in nothing"), ("b/a.png", "no folder"), ("c.png", "folder")],
)
def test_what_cannot_be_written_is_refused(tmp_path, name, said):
    (tmp_path / "c.png").mkdir()
    with pytest.raises(InputError, match=said):
        style.save(Figure(), tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["c.png"]


def test_names_are_cut_to_fit():
    assert style.shortened("West London", 2, 9) == "West London"
    cut = style.shortened("Bristol, North Somerset and South Gloucestershire", 1.5, 9)
    assert cut.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert len(cut) < 22
    assert "Bristol, North".startswith(cut[:14])
    assert len(style.shortened("a" * 99, 1.5, 9, bold=True)) < len(style.shortened("a" * 99, 1.5, 9))
