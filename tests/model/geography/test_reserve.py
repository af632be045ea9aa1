"""Room for practices that do not exist yet: what is added, what stays the region's own."""

import numpy as np
import pytest

from model.geography.region_files import region_from_tables
from model.geography.reserve import NAME_LENGTH, with_reserve

PER_PRACTICE = (
    "practices", "practice_names", "practice_x", "practice_y", "practice_commissioner", "practice_area", "list_size",
    "gps_fte", "provider_kind", "practice_neighbourhood", "list_by_age", "male_share", "weighted_list",
)  # fmt: skip


@pytest.fixture
def region(tables):
    return region_from_tables(tables, {"name": "Small", "date": "2021-01-01"})


@pytest.mark.parametrize("slots", [0, 1, 7])
def test_places_come_last_with_codes_of_their_own_and_no_list(region, slots):
    roomy = with_reserve(region, slots)
    assert roomy.practices.tolist() == [*region.practices.tolist(), *(f"new-{n:04d}" for n in range(1, slots + 1))]
    for name in PER_PRACTICE:
        column = getattr(roomy, name)
        assert len(column) == len(region.practices) + slots, name
        known = getattr(region, name)
        assert np.array_equal(column[: len(known)].astype(str), known.astype(str)), name
    assert not roomy.list_size[3:].any()
    assert not roomy.gps_fte[3:].any()
    assert set(roomy.provider_kind[3:].tolist()) <= {"gp"}
    for name in ("list_by_age", "male_share", "weighted_list"):
        assert np.isnan(getattr(roomy, name)[3:]).all()


def test_register_areas_and_digest_stay_the_region_s(region):
    roomy = with_reserve(region, 4)
    assert roomy.digest == region.digest
    for name in ("areas", "population", "registration_area", "registration_practice", "registration_patients",
                 "area_commissioner", "commissioners"):  # fmt: skip
        assert getattr(roomy, name) is getattr(region, name), name


def test_practice_columns_may_be_written_without_touching_the_region(region):
    roomy = with_reserve(region, 2)
    roomy.practice_x[:] = 1.0
    roomy.practice_commissioner[4] = 1
    roomy.provider_kind[3] = "digital"
    roomy.practice_names[0] = "N" * NAME_LENGTH
    assert roomy.practice_names[0] == "N" * NAME_LENGTH, "names of any usual length fit"
    assert roomy.provider_kind[3] == "digital"
    assert region.practice_names[0] == "Old Town"
    assert (region.practice_x > 1.0).all()
    assert region.practice_commissioner.tolist() == [0, 1, 0]
    assert region.provider_kind.tolist() == ["gp", "gp", "digital"]


def test_a_region_without_the_optional_columns_has_room_too(make_region):
    bare = make_region([[0, 0]], [[0, 0]])
    assert bare.list_by_age is None or np.isnan(bare.list_by_age).all()
    roomy = with_reserve(bare, 3)
    assert len(roomy.practices) == 4
    assert (roomy.list_by_age is None) == (bare.list_by_age is None)
