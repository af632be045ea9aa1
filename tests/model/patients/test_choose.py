"""Registration choice on a street of practices, against the logit worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.geography.travel import load_travel
from model.patients.choose import MOVER, NEWCOMER, SWITCHER, choose, refresh_strip, workplace
from model.patients.columns import NONE
from model.patients.options import apply_boundaries, build_options
from model.providers.practice_lists import PracticeLists
from model.scenario import Scenario
from model.scenario_files import with_values

DRAWS = 3000
AREA_KM = [[0, 0], [0, 3]]
PRACTICE_KM = [[1, 0], [-1, 0], [2, 0], [0, 4.5]]
SAME_EVERYWHERE = {
    "choice__distance_density": 0.0, "choice__distance_density_site": 0.0, "choice__distance_list": 0.0,
    "choice__border_site": 0.3,
}  # fmt: skip
"""Distance costs the same everywhere (test_utility has what makes it differ) and both borders of commissioners count."""


class Street:
    """Two areas of two commissioners, four practices; everything open, boundaries wide, nobody employed."""

    def __init__(self, make_region, folder, **parameters):
        self.scenario = with_values(Scenario(), {"work__employed": 0.0, **SAME_EVERYWHERE, **parameters})
        self.region = make_region(
            AREA_KM, PRACTICE_KM, residents=500, lists=250, area_commissioner=[0, 1], practice_commissioner=[0, 0, 1, 0]
        )
        self.travel = load_travel(self.region, folder, self.scenario.choice.candidates)
        wide = np.full(4, 50.0, np.float32)
        self.lists = PracticeLists(self.region, self.scenario, np.array([0.0, 0.0, 0.3, 1.0]), wide, wide)
        work = np.ones((2, 16), np.uint16)
        self.options = build_options(self.region, self.travel, work, self.scenario, self.lists)
        self.open_the_month()

    def open_the_month(self):
        apply_boundaries(self.options, self.region, self.travel, self.scenario, self.lists)
        self.options.open[:] = self.lists.open
        self.options.appeal[:] = np.exp(self.lists.effect)
        taking = (self.lists.open & self.lists.takes_out_of_area).astype(np.uint8)
        refresh_strip(0, 2, self.options, taking)

    def chosen(self, kind=NEWCOMER, present=NONE, home=0, age=30, draws=DRAWS):
        """Counts of practices chosen by so many patients, and how many of the choices were out of area."""
        choices = [choose(1, patient, 600, home, age, present, kind, self.options) for patient in range(draws)]
        practices = [int(practice) for practice, _ in choices]
        return np.bincount([p for p in practices if p != NONE], minlength=4), sum(bool(b) for _, b in choices)

    def weights(self, home=0, older=False):
        """exp(V) of the four practices, from the formula of the ODD."""
        c = self.scenario.choice
        km = np.hypot(*(np.array(PRACTICE_KM) - AREA_KM[home]).T)
        detour = self.travel.network_km[home][np.argsort(self.travel.practice[home])] - km
        distance = c.distance_log_urban * np.log(1 + km) + c.distance_km_urban * km + c.distance_detour * detour
        distance *= c.older_distance if older else 1.0
        # Sites: the first three stand in area 0, of commissioner 0; the fourth in area 1, of commissioner 1.
        site, member = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 0])
        borders = c.border_site * (site != home) + c.border_membership * (member != home)
        borders += c.border_authority * (self.region.area_authority[site] != self.region.area_authority[home])
        return np.exp(self.lists.effect - distance - borders)


@pytest.fixture
def street(make_region, cache):
    return lambda **parameters: Street(make_region, cache, **parameters)


def assert_shares(counts, weights):
    """Counts are a sample of the shares of the weights: each within four standard errors."""
    share, draws = weights / weights.sum(), counts.sum()
    error = np.sqrt(draws * share * (1 - share))
    assert (np.abs(counts - draws * share) <= 4 * error + 1e-9).all(), (counts / draws, share)


def test_two_practices_alike_share_equally(street):
    s = street()
    s.lists.open[[2, 3]] = False
    s.open_the_month()
    counts, _ = s.chosen()
    assert counts[2:].sum() == 0
    assert_shares(counts[:2], np.ones(2))


@pytest.mark.parametrize("home", [0, 1])
@pytest.mark.parametrize("age", [30, 80])
def test_a_newcomer_chooses_by_the_logit(street, home, age):
    s = street()
    assert_shares(s.chosen(home=home, age=age)[0], s.weights(home, age >= 65))


def test_borders_of_site_and_of_membership_count_apart(street):
    s = street(choice__border_site=2.0, choice__border_membership=-1.0)
    assert_shares(s.chosen()[0], s.weights())


def test_a_switcher_leaves_and_otherwise_chooses_alike(street):
    s = street()
    for present in range(4):
        counts, _ = s.chosen(SWITCHER, present)
        assert counts[present] == 0
        assert_shares(counts, np.where(np.arange(4) == present, 0.0, s.weights()))


def test_a_switcher_with_nowhere_to_go_stays(street):
    s = street()
    s.lists.open[[0, 1, 3]] = False
    s.open_the_month()
    assert s.chosen(SWITCHER, 2, draws=50)[0].tolist() == [0, 0, 50, 0]


@pytest.mark.parametrize("inertia", [0.0, 1.5])
def test_a_mover_keeps_with_the_weight_of_inertia(street, inertia):
    s = street(choice__inertia=inertia)
    weights = s.weights()
    weights[1] *= np.exp(inertia)
    counts, beyond = s.chosen(MOVER, 1)
    assert_shares(counts, weights)
    assert beyond == 0


def test_great_inertia_keeps_everybody_who_may_stay(street):
    s = street(choice__inertia=20.0)
    assert s.chosen(MOVER, 3)[0][3] == DRAWS


def test_beyond_the_outer_boundary_nobody_is_kept_unless_out_of_area(street):
    s = street(choice__inertia=20.0)
    s.lists.inner_km[3] = s.lists.outer_km[3] = 2.0
    s.open_the_month()
    assert s.chosen(MOVER, 3)[0][3] == 0
    s.lists.out_of_area_pilot[3] = True
    s.open_the_month()
    counts, beyond = s.chosen(MOVER, 3)
    assert counts[3] == DRAWS == beyond, "kept, and flagged as out of area"


def test_between_the_boundaries_a_mover_is_kept_and_a_newcomer_not_taken(street):
    s = street(choice__inertia=20.0)
    s.lists.inner_km[3], s.lists.outer_km[3] = 2.0, 50.0
    s.open_the_month()
    assert s.chosen()[0][3] == 0
    counts, beyond = s.chosen(MOVER, 3)
    assert counts[3] == DRAWS
    assert beyond == 0


def test_a_closed_list_keeps_its_movers_and_takes_nobody(street):
    s = street(choice__inertia=20.0)
    s.lists.open[0] = False
    s.open_the_month()
    counts, _ = s.chosen()
    assert counts[0] == 0
    assert_shares(counts, np.where(np.arange(4) == 0, 0.0, s.weights()))
    assert s.chosen(MOVER, 0)[0][0] == DRAWS


def test_where_no_list_is_open_newcomers_stay_on_none(street):
    s = street()
    s.lists.open[:] = False
    s.open_the_month()
    assert s.chosen(draws=50)[0].sum() == 0
    assert s.chosen(SWITCHER, 1, draws=50)[0].tolist() == [0, 50, 0, 0]


def test_where_no_boundary_covers_the_nearest_open_list_is_assigned(street):
    s = street()
    s.lists.inner_km[:] = s.lists.outer_km[:] = 0.1
    s.open_the_month()
    counts, beyond = s.chosen(home=1, draws=100)
    assert counts.tolist() == [0, 0, 0, 100]
    assert beyond == 100
    s.lists.open[3] = False
    s.open_the_month()
    assert s.chosen(home=1, draws=100)[0].sum() == 100


def test_out_of_area_costs_its_penalty(street):
    penalty = 1.5
    s = street(boundaries__out_of_area_penalty=penalty)
    s.lists.inner_km[2] = 0.5
    s.lists.out_of_area_pilot[2] = True
    s.open_the_month()
    weights = s.weights()
    weights[2] *= np.exp(-penalty)
    counts, beyond = s.chosen()
    assert_shares(counts, weights)
    assert beyond == counts[2]


@given(inner=st.lists(st.floats(0.1, 8), min_size=4, max_size=4), takes=st.lists(st.booleans(), min_size=4, max_size=4))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_the_flag_says_whether_home_lies_beyond_the_boundary(make_region, cache, inner, takes):
    s = Street(make_region, cache)
    s.lists.inner_km[:] = s.lists.outer_km[:] = inner
    s.lists.out_of_area_pilot[:] = takes
    s.open_the_month()
    for home in (0, 1):
        km = dict(zip(s.travel.practice[home].tolist(), s.travel.network_km[home].tolist(), strict=True))
        covered = any(km[p] <= s.lists.inner_km[p] for p in range(4))
        for patient in range(12):
            practice, beyond = choose(1, patient, 600, home, 30, NONE, NEWCOMER, s.options)
            assert beyond == (km[int(practice)] > s.lists.inner_km[practice])
            assert not beyond or takes[int(practice)] or not (covered or any(takes))


def test_near_work_only_practices_that_take_out_of_area_patients(street):
    """Workers of area 0 all work in area 1, beside the fourth practice, which does not cover their homes."""
    s = street(work__employed=1.0, boundaries__out_of_area_penalty=0.5)
    s.lists.inner_km[3] = s.lists.outer_km[3] = 2.0
    s.open_the_month()
    assert s.chosen()[0][3] == 0
    s.lists.out_of_area_pilot[3] = True
    s.open_the_month()
    c = s.scenario.choice
    km = 1.5
    near_work = np.exp(1.0 - c.distance_log_urban * np.log1p(km) - c.distance_km_urban * km - 0.5)
    weights = s.weights()
    weights[3] = weights[3] * np.exp(-0.5) + near_work
    counts, beyond = s.chosen()
    assert_shares(counts, weights)
    assert beyond == counts[3]
    s.open_the_month()
    assert_shares(s.chosen(age=70)[0], np.r_[s.weights(older=True)[:3], s.weights(older=True)[3] * np.exp(-0.5)])


def test_a_mover_whose_practice_is_near_work_is_not_out_of_area_at_home(street):
    s = street(work__employed=1.0, boundaries__out_of_area_penalty=0.0)
    s.lists.out_of_area_pilot[:] = True
    s.open_the_month()
    counts, beyond = s.chosen(MOVER, 3)
    assert counts[3] > 100
    assert beyond == 0, "boundaries are wide: nobody lives beyond one"


def test_workplaces_are_for_workers_and_for_life(street):
    s = street(work__employed=0.6)
    s.options.workplaces[:] = np.arange(16) % 2
    at = np.array([workplace(1, patient, 30, 0, s.options) for patient in range(2000)])
    assert abs((at >= 0).mean() - 0.6) < 4 * np.sqrt(0.24 / 2000)
    assert abs(at[at >= 0].mean() - 0.5) < 4 * np.sqrt(0.25 / 1200)
    assert [workplace(1, patient, 64, 0, s.options) for patient in range(50)] == at[:50].tolist()
    assert {workplace(1, patient, age, 0, s.options) for patient in range(50) for age in (17, 65)} == {-1}


def test_a_patient_keeps_its_taste(street):
    """One draw decides, whatever the weights: what the first practice gains it gains from the others, and loses nobody."""
    s = street()
    before = [int(choose(1, p, 600, 0, 30, NONE, NEWCOMER, s.options)[0]) for p in range(500)]
    s.options.appeal[:, 0] *= 1.5
    refresh_strip(0, 2, s.options, np.zeros(4, np.uint8))
    after = [int(choose(1, p, 600, 0, 30, NONE, NEWCOMER, s.options)[0]) for p in range(500)]
    assert all(b == 0 for a, b in zip(before, after, strict=True) if a == 0)
    assert 0 < sum(a != b for a, b in zip(before, after, strict=True)) < 250
