"""Synthetic regions: exact bookkeeping, the same bytes for a seed, and England's published marginals."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.spatial import KDTree

from model.errors import InputError
from model.geography.region import LIST_BANDS, RESIDENT_BANDS, Region, RegionTables
from model.geography.region_files import region_from_tables
from model.geography.settlements import share_out, town_sizes
from model.geography.synthesise import PRESETS, synthesise
from model.geography.synthetic_bodies import bisect, town_names
from model.geography.synthetic_people import ENGLAND_AGES

SEEDS = st.integers(0, 2**64 - 1)


@pytest.fixture(scope="module")
def metro() -> Region:
    return region_from_tables(*synthesise("metro"))


def travel_km(region: Region) -> np.ndarray:
    return (
        np.hypot(
            region.x[region.registration_area] - region.practice_x[region.registration_practice],
            region.y[region.registration_area] - region.practice_y[region.registration_practice],
        )
        / 1000
    )


def share_at_nearest(region: Region) -> float:
    """As published for England: share of patients at the nearest practice of at least 500 patients."""
    large = region.list_size >= 500
    nearest = KDTree(np.c_[region.practice_x, region.practice_y][large]).query(np.c_[region.x, region.y])[0] / 1000
    at = travel_km(region) <= nearest[region.registration_area] + 1e-9
    return float(region.registration_patients[at].sum() / region.registration_patients.sum())


def patient_quantile(region: Region, q: float) -> float:
    km = travel_km(region)
    order = np.argsort(km)
    reached = np.cumsum(region.registration_patients[order])
    return float(km[order][np.searchsorted(reached, q * reached[-1])])


def cross_commissioner(region: Region) -> float:
    abroad = (
        region.area_commissioner[region.registration_area] != region.practice_commissioner[region.registration_practice]
    )
    return float(region.registration_patients[abroad].sum() / region.registration_patients.sum())


def gini(values: np.ndarray) -> float:
    ordered = np.sort(values).astype(float)
    rank = np.arange(1, ordered.size + 1)
    return float(((2 * rank - ordered.size - 1) * ordered).sum() / (ordered.size * ordered.sum()))


def assert_books_balance(tables: RegionTables, preset: str) -> None:
    size = PRESETS[preset]
    areas, practices, register = tables["areas"], tables["practices"], tables["registrations"]
    assert areas["area"].size == size.areas
    assert practices["practice"].size == size.practices
    assert np.unique(areas["commissioner"]).size == size.commissioners
    assert np.unique(areas["authority"]).size == size.authorities
    assert np.unique(areas["system"]).size == size.systems
    # Every commissioner has a practice; none is outside the region.
    assert set(practices["commissioner"]) == set(areas["commissioner"])

    residents = sum(areas[f"residents_{band}"] for band in RESIDENT_BANDS)
    ages = np.stack([tables["population"][f"age_{a}"] for a in range(91)], axis=1)
    assert residents.sum() == size.residents
    np.testing.assert_array_equal(ages.sum(axis=1), residents)

    at = np.searchsorted(practices["practice"], register["practice"])
    lists = np.bincount(at, register["patients"], size.practices)
    np.testing.assert_array_equal(lists, practices["list_size"])
    np.testing.assert_array_equal(sum(practices[f"list_{band}"] for band in LIST_BANDS), practices["list_size"])
    assert register["patients"].sum() == round(1.072 * size.residents)


class TestBooks:
    @given(seed=SEEDS)
    @settings(max_examples=15, deadline=None)
    def test_every_town_adds_up(self, seed: int) -> None:
        tables, _ = synthesise("town", seed)
        assert_books_balance(tables, "town")

    def test_metro_adds_up(self) -> None:
        assert_books_balance(synthesise("metro")[0], "metro")

    def test_components_of_change_add_up(self) -> None:
        parts = {k: v.reshape(5, 3) for k, v in synthesise("metro")[0]["components"].items() if k != "authority"}
        entered = parts["births"] + parts["internal_in"] + parts["international_in"]
        left = parts["deaths"] + parts["internal_out"] + parts["international_out"]
        np.testing.assert_array_equal(
            parts["population"][:, 1:], (parts["population"][:, :-1] + (entered - left)[:, 1:])
        )
        assert parts["population"][:, -1].sum() == PRESETS["metro"].residents
        rate = 1000 * parts["births"][:, -1].sum() / PRESETS["metro"].residents
        assert rate == pytest.approx(10.98, abs=0.01)

    def test_zones_lie_in_one_authority(self) -> None:
        areas = synthesise("metro")[0]["areas"]
        pairs = {(z, a) for z, a in zip(areas["zone"], areas["authority"], strict=True)}
        assert len(pairs) == np.unique(areas["zone"]).size


class TestSeeds:
    def test_same_seed_same_region(self) -> None:
        first, second = (region_from_tables(*synthesise("town", 7)) for _ in range(2))
        assert first.digest == second.digest

    def test_another_seed_another_region(self) -> None:
        assert region_from_tables(*synthesise("town", 7)).digest != region_from_tables(*synthesise("town", 8)).digest

    def test_an_unknown_preset_is_one_clear_line(self) -> None:
        with pytest.raises(InputError, match=r"^preset: found 'village', expected one of town, metro, england$"):
            synthesise("village")

    def test_a_negative_seed_is_one_clear_line(self) -> None:
        with pytest.raises(InputError, match=r"^seed: found -1, expected"):
            synthesise("town", -1)


class TestMarginals:
    """The metro against England in January 2021, with room for its size."""

    def test_share_at_nearest_practice(self, metro: Region) -> None:
        assert 0.30 < share_at_nearest(metro) < 0.50  # published 39.7%

    def test_distance_to_practice(self, metro: Region) -> None:
        assert 0.8 < patient_quantile(metro, 0.5) < 1.7  # published 1.21 km
        assert 3.0 < patient_quantile(metro, 0.9) < 5.5  # published 4.6 km

    def test_registered_with_another_commissioner(self, metro: Region) -> None:
        assert 0.02 < cross_commissioner(metro) < 0.06  # published 4.17%

    def test_lists(self, metro: Region) -> None:
        assert 8_500 < metro.list_size.mean() < 9_700  # published 9,083
        assert 0.30 < gini(metro.list_size) < 0.36  # published 0.33
        assert 0.55 < np.log(metro.list_size).std() < 0.75  # published 0.68

    def test_registered_per_resident(self, metro: Region) -> None:
        registered = np.bincount(metro.registration_area, metro.registration_patients)
        ratio = np.quantile(registered / metro.residents, [0.05, 0.5, 0.95])
        np.testing.assert_allclose(ratio, [0.946, 1.060, 1.251], atol=0.02)
        poor, rich = metro.deprivation_decile <= 3, metro.deprivation_decile >= 8
        assert registered[poor].sum() / metro.residents[poor].sum() > (
            registered[rich].sum() / metro.residents[rich].sum()
        )

    def test_ages(self, metro: Region) -> None:
        england = np.array(ENGLAND_AGES) / sum(ENGLAND_AGES)
        ages = metro.population.sum(axis=0) / metro.population.sum()
        np.testing.assert_allclose(ages, england, atol=0.001)
        older = metro.population[:, 65:].sum(axis=1) / metro.residents
        assert older[metro.rural].mean() > older[~metro.rural].mean()

    def test_deprivation_is_in_patches(self, metro: Region) -> None:
        decile = metro.deprivation_decile.astype(float)
        near = KDTree(np.c_[metro.x, metro.y]).query(np.c_[metro.x, metro.y], 7)[1][:, 1:]
        assert 0.6 < np.corrcoef(decile, decile[near].mean(axis=1))[0, 1] < 0.9  # England 0.74
        assert np.unique(metro.deprivation_decile, return_counts=True)[1].tolist() == [30] * 10

    def test_gps(self, metro: Region) -> None:
        assert 1e4 * metro.gps_fte.sum() / metro.list_size.sum() == pytest.approx(4.43, abs=0.02)


@pytest.mark.slow
class TestEngland:
    def test_adds_up_and_has_the_published_marginals(self) -> None:
        tables, about = synthesise("england")
        assert_books_balance(tables, "england")
        region = region_from_tables(tables, about)
        assert 0.30 < share_at_nearest(region) < 0.50
        assert patient_quantile(region, 0.5) == pytest.approx(1.21, abs=0.15)
        assert patient_quantile(region, 0.9) == pytest.approx(4.6, abs=0.7)
        assert 0.03 < cross_commissioner(region) < 0.06
        assert gini(region.list_size) == pytest.approx(0.33, abs=0.02)
        assert region.rural.mean() == pytest.approx(0.170, abs=0.002)


class TestBuildingBlocks:
    @given(st.integers(0, 10**6), st.lists(st.floats(0.01, 100), min_size=1, max_size=30).map(np.array))
    def test_share_out_is_exact_and_within_one(self, total: int, weights: np.ndarray) -> None:
        shares = share_out(total, weights)
        assert shares.sum() == total
        assert np.abs(shares - total * weights / weights.sum()).max() < 1 + 1e-6

    @given(st.integers(1, 40), st.integers(0, 60), SEEDS, st.sampled_from([0.0, 0.3]))
    def test_bisect_leaves_no_group_empty(self, parts: int, more: int, seed: int, slack: float) -> None:
        rng = np.random.Generator(np.random.Philox(key=seed))
        points = rng.random((2, parts + more)) * 1e4
        group = bisect(points[0], points[1], rng.random(parts + more) + 0.01, parts, slack)
        assert np.unique(group).tolist() == list(range(parts))

    def test_bisect_cuts_a_line_into_equal_pieces(self) -> None:
        x = np.arange(12.0)
        assert bisect(x, np.zeros(12), np.ones(12), 4).tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3

    def test_bisect_cuts_where_few_people_live(self) -> None:
        x = np.array([0, 1, 2, 3, 4, 20, 21, 22]) * 1000.0
        assert bisect(x, np.zeros(8), np.ones(8), 2, slack=0.3).tolist() == [0] * 5 + [1] * 3

    @given(st.integers(20, 5_000), st.integers(0, 5_000))
    @example(1_537, 6)
    @example(5_000, 7)
    def test_town_sizes_add_up_and_fall(self, city: int, others: int) -> None:
        sizes = town_sizes(city + others, city)
        assert sizes.sum() == city + others
        assert (np.diff(sizes[1:]) <= 0).all()

    def test_town_names_are_all_different(self) -> None:
        names = town_names(6_000, np.random.Generator(np.random.Philox(key=1)))
        assert np.unique(names).size == 6_000
