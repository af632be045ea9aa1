"""Names on a map: none over another, none over another's place, the first where they are best."""

import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure

from analysis.map_names import DOT, Name, box_of, write_names


@pytest.fixture
def axes():
    axes = Figure(figsize=(5, 5), dpi=100).add_axes((0.1, 0.1, 0.8, 0.8))
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    return axes


def name(text: str, x: float, y: float, size: float) -> Name:
    corners = np.array([[x - size, y - size], [x + size, y + size]])
    return Name(text, (x, y), corners)


def test_a_name_stands_in_a_place_large_enough(axes):
    (label,) = write_names(axes, [name("Large", 50, 50, 40)])
    assert label.get_position() == (0, 0)
    assert label.arrow_patch is None


def test_a_small_place_is_named_beside_it_with_a_line(axes):
    (label,) = write_names(axes, [name("Small", 50, 50, 2)])
    assert np.hypot(*label.get_position()) > 0
    assert label.arrow_patch is not None
    assert not box_of(label).contains(*axes.transData.transform((50, 50)))


def test_names_in_a_crowd_cover_neither_each_other_nor_another_place(axes):
    crowd = [name(f"Place {n}\n+1.{n}", 50 + 3 * (n % 3), 50 + 3 * (n // 3), 1.5) for n in range(6)]
    written = write_names(axes, crowd)
    assert len(written) == len(crowd)
    boxes = [box_of(label) for label in written]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    for k, box in enumerate(boxes):
        for other in (axes.transData.transform(each.middle) for j, each in enumerate(crowd) if j != k):
            assert not box.contains(*other)
        assert axes.get_window_extent().padded(2 * DOT).containsx(box.x1)


def test_what_finds_no_room_is_left_out_and_the_first_have_theirs(axes):
    crowd = [name(f"Somewhere {n}", 50, 50 + 0.01 * n, 1) for n in range(60)]
    written = write_names(axes, crowd)
    assert 0 < len(written) < len(crowd)
    assert written[0].get_text() == "Somewhere 0"
    assert len(axes.texts) == len(written)
