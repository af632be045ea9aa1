"""The deterministic part of choice."""

from dataclasses import dataclass

import numpy as np
import pytest

from model.geography.travel import compute_travel
from model.patients.utility import base_utility, distance_costs, practice_spacing


@dataclass(frozen=True)
class Choice:
    distance_log_urban: float = 3.0
    distance_log_rural: float = 2.0
    distance_km_urban: float = 0.1
    distance_km_rural: float = 0.3
    distance_density: float = 0.0
    distance_density_site: float = 0.0
    distance_list: float = 0.0
    distance_detour: float = 0.0
    distance_spacing: float = 0.0
    border_site: float = 0.4
    border_membership: float = 0.9
    border_authority: float = 0.0
    network_tie: float = 0.0
    age_match: float = 0.0
    mobility_tie: float = 0.0


def test_utility_is_distance_and_two_borders(make_region):
    # Practice 0: own commissioner. 1: stands at the other side but belongs here. 2: stands and belongs elsewhere.
    region = make_region(
        [[0, 0], [4, 0]], [[1, 0], [4, 0], [4, 1]], area_commissioner=[0, 1], practice_commissioner=[0, 0, 1],
        rural=[False, True],
    )  # fmt: skip
    travel = compute_travel(region)
    utility = base_utility(region, travel, Choice())
    assert utility.dtype == np.float32
    km = np.hypot(4, 1)
    np.testing.assert_allclose(
        utility[0],
        [-3 * np.log(2) - 0.1, -3 * np.log(5) - 0.4 - 0.4, -3 * np.log(1 + km) - 0.1 * km - 0.4 - 0.9],
        rtol=1e-6,
    )
    assert travel.practice[1].tolist() == [1, 2, 0]
    np.testing.assert_allclose(
        utility[1], [-0.9, -2 * np.log(2) - 0.3, -2 * np.log(4) - 0.9 - 0.4 - 0.9], rtol=1e-5, atol=1e-6
    )


def test_distance_matters_less_where_practices_are_far_apart(make_region):
    sites = [[0.5 * i, 0] for i in range(1, 9)] + [[100 + 2.0 * i, 0] for i in range(1, 9)]
    region = make_region([[0, 0], [100, 0]], sites)
    travel = compute_travel(region, nearest=8)
    assert practice_spacing(travel).tolist() == [4.0, 15.0]  # 16 km, held to 15
    per_log, per_km, *_ = distance_costs(region, travel, Choice(distance_spacing=1.0))
    np.testing.assert_allclose(per_log, [3 - np.log(4), 3 - np.log(15)], rtol=1e-6)
    assert per_km.tolist() == [np.float32(0.1)] * 2


def test_spacing_with_few_practices_is_as_if_there_were_more(make_region):
    # Two practices, the second at 3 km: the 8th would be at 3 x sqrt(8 / 2).
    travel = compute_travel(make_region([[0, 0]], [[1, 0], [3, 0]]))
    assert practice_spacing(travel)[0] == pytest.approx(6.0)
