"""Nearest practices, km along the network, the cache, and boundaries at the start."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import InputError
from model.geography.travel import (
    DETOUR,
    NETWORK_LIMIT_KM,
    compute_travel,
    load_travel,
    practice_boundaries,
    registration_km,
)

# An L of three areas: from the first to the last it is 3 + 4 km along the network and 5 km straight.
CORNER = [[0, 0], [3, 0], [3, 4]]
AROUND = [[0, 1], [1, 2]]


def test_network_km_go_around_the_corner_and_then_to_the_site(make_region):
    region = make_region(CORNER, [[3, 4.5], [0, 0]], neighbours=AROUND)
    travel = compute_travel(region)
    assert travel.practice.tolist() == [[1, 0], [1, 0], [0, 1]]
    np.testing.assert_allclose(travel.km[0], [0, np.hypot(3, 4.5)], rtol=1e-6)
    np.testing.assert_allclose(travel.network_km[0], [0, 7.5], rtol=1e-6)
    np.testing.assert_allclose(travel.network_km[2], [0.5, 7.0], rtol=1e-6)


def test_network_km_agree_with_networkx(make_region):
    import networkx as nx

    from model.geography.network import neighbour_graph

    rng = np.random.Generator(np.random.Philox(key=5))
    region = make_region(rng.uniform(0, 12, (60, 2)), rng.uniform(0, 12, (9, 2)))
    travel = compute_travel(region)
    graph = neighbour_graph(region)
    lengths = dict(nx.all_pairs_dijkstra_path_length(graph, weight="km"))
    for area in range(60):
        for place, practice in enumerate(travel.practice[area]):
            site = region.practice_area[practice]
            leg = np.hypot(region.practice_x[practice] - region.x[site], region.practice_y[practice] - region.y[site])
            assert travel.network_km[area, place] == pytest.approx(lengths[area][site] + leg / 1000, rel=1e-5)


def test_beyond_the_limit_the_way_is_straight_km_and_a_bit(make_region):
    region = make_region([[0, 0], [100, 0]], [[100, 0]], neighbours=[[0, 1]])
    travel = compute_travel(region)
    assert travel.network_km[0, 0] == np.float32(100 * DETOUR)
    near = make_region([[0, 0], [29, 20], [29, 0]], [[29, 0]], neighbours=[[0, 1], [1, 2]])
    assert compute_travel(near).network_km[0, 0] == np.float32(29 * DETOUR)  # 55 km around: not followed
    assert NETWORK_LIMIT_KM < 29 * DETOUR


def test_equal_distances_are_by_practice_number_however_many_share_a_building(make_region):
    sites = [[1, 0]] * 40 + [[0, 1]] * 40
    travel = compute_travel(make_region([[0, 0], [0, 2]], sites), nearest=50)
    assert travel.practice[0].tolist() == list(range(50))
    assert travel.practice[1].tolist() == [*range(40, 80), *range(10)]


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 40))
def test_candidates_are_the_nearest_and_network_km_no_shorter_than_straight(make_region, seed, areas, practices):
    rng = np.random.Generator(np.random.Philox(key=seed))
    region = make_region(rng.integers(0, 9, (areas, 2)), rng.integers(0, 9, (practices, 2)))
    travel = compute_travel(region, nearest=7)
    kept = min(7, practices)
    assert travel.practice.shape == (areas, kept)
    gaps = np.hypot(region.x[:, None] - region.practice_x, region.y[:, None] - region.practice_y) / 1000
    for area in range(areas):
        expected = np.lexsort((np.arange(practices), gaps[area]))[:kept]
        assert travel.practice[area].tolist() == expected.tolist()
    assert (travel.network_km >= travel.km).all()
    assert np.isfinite(travel.network_km).all()


def test_the_cache_gives_the_same_and_follows_what_it_depends_on(make_region, tmp_path):
    region = make_region(CORNER, [[3, 4.5], [0, 0]], neighbours=AROUND)
    first = load_travel(region, tmp_path)
    [file] = tmp_path.iterdir()
    again = load_travel(region, tmp_path)
    for name in ("practice", "km", "network_km"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
        assert getattr(first, name).dtype == getattr(again, name).dtype
        assert not getattr(again, name).flags.writeable
    assert again.joins == first.joins
    straight = make_region(CORNER, [[3, 4.5], [0, 0]], neighbours=[*AROUND, [0, 2]])
    assert load_travel(straight, tmp_path).network_km[0, 1] == pytest.approx(5.5)
    assert len(list(tmp_path.iterdir())) == 2
    file.write_bytes(file.read_bytes()[:100])
    assert np.array_equal(load_travel(region, tmp_path).network_km, first.network_km)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_cache_that_cannot_be_written_is_no_error(make_region, tmp_path):
    (tmp_path / "file").write_text("in the way")
    travel = load_travel(make_region(CORNER, [[0, 0]]), tmp_path / "file")
    assert travel.practice.shape == (3, 1)


def test_km_of_every_register_row_also_beyond_the_candidates(make_region):
    register = [[5, 7], [0, 2], [1, 0]]
    region = make_region(CORNER, [[3, 4.5], [0, 0]], neighbours=AROUND, register=register)
    straight, network = registration_km(region, compute_travel(region, nearest=1))
    far, near = np.hypot(3, 4.5), 0.0
    np.testing.assert_allclose(straight, [far, near, 3, 0.5], rtol=1e-6)
    np.testing.assert_allclose(network, [far * DETOUR, near, 3, 0.5], rtol=1e-6)


def test_a_region_without_a_register_says_so(make_region):
    region = make_region(CORNER, [[0, 0]])
    with pytest.raises(InputError, match=r"registrations: .*reconstruct"):
        registration_km(region, compute_travel(region))


def test_a_boundary_holds_99_percent_of_the_patients():
    # Practice 0: 98 patients at 2 km, 1 at 5, 1 at 30. Practice 1: all within the floor. Practice 2: nobody.
    practice = np.array([0, 1, 0, 0])
    inner, outer = practice_boundaries(practice, np.array([30, 0.2, 2, 5.0]), np.array([1, 9, 98, 1]), 3)
    assert inner.tolist() == [5.0, 1.0, 3.0]
    assert outer.tolist() == [6.25, 1.25, 3.75]
    wide, _ = practice_boundaries(practice, np.array([30, 0.2, 2, 5.0]), np.array([1, 9, 98, 1]), 3, share=1.0)
    assert wide[0] == 30.0
