"""The case-mix pass against a plain count of the same columns, and sums that must agree."""

import datetime

import numpy as np
import pytest

from model.model import RegistrationModel
from model.patients.casemix import BANDS_FROM, KINDS, CaseMix, casemix_of, classes_of_age, need_weights
from model.patients.casemix_pass import Grouping, empty_pass
from model.patients.columns import COLUMNS, FEMALE, NONE, PRESENCE, UNCOUNTED
from model.patients.threads import set_threads
from model.policy import DigitalFails, DigitalLaunch
from model.scenario import Scenario
from model.scenario_files import with_values

TIMELINE = (
    DigitalLaunch(month=datetime.date(2021, 1, 1), name="Stays", host="C1", marketing=60.0),
    DigitalLaunch(month=datetime.date(2021, 1, 1), name="Fails", host="C2", marketing=60.0),
    DigitalFails(month=datetime.date(2021, 4, 1), provider="Fails"),
)


@pytest.fixture(scope="module")
def model(thin_town, make_model) -> RegistrationModel:
    """The thin town after four months with digital lists, a trust's lists, people who lost theirs, and ghosts."""
    model = make_model(thin_town, Scenario(timeline=TIMELINE), seed=3)
    for _ in range(4):
        model.step()
    for practice in (0, 4):
        model.trusts[0].take_over(practice)
    return model


@pytest.fixture(scope="module")
def mix(model) -> CaseMix:
    return casemix_of(model)


def plain_count(model: RegistrationModel) -> dict[str, np.ndarray]:
    """Every array of the case-mix by numpy alone."""
    rows = model.engine.rows
    c = {name: col[:rows].astype(np.int64) for name, col in zip(COLUMNS, model.engine.columns, strict=True)}
    region, lists, levels, month = model.region, model.lists, model.levels, model.month_number
    practices, commissioners = len(region.practices), len(region.commissioners)
    places, neighbourhoods, cells = len(levels.places), len(levels.neighbourhoods), len(model.counts.cells)
    here = (c["flags"] & PRESENCE) >> 1 <= UNCOUNTED
    listed = c["practice"] != NONE
    age = np.clip((month - c["born"]) // 12, 0, 110)
    band = np.searchsorted(BANDS_FROM, age, side="right") - 1
    sex = (c["flags"] & FEMALE > 0).astype(int)
    weights = need_weights(model.scenario)
    fifth = (region.deprivation_decile.astype(np.int64) - 1) // 2
    practice = np.where(listed, c["practice"], 0)
    everybody = listed | here

    def count(shape, keys, where, weight=1):
        out = np.zeros(shape, np.int64)
        np.add.at(out, tuple(key[where] for key in keys), (np.zeros(rows, np.int64) + weight)[where])
        return out

    home, to = c["home"], np.where(listed, region.practice_commissioner[practice], commissioners)
    need = weights.by_age_and_frailty[age, c["need"]] * weights.by_deprivation[fifth[home]] // 1000
    age_need = weights.by_age[age] * weights.by_deprivation[fifth[c["recorded"]]] // 1000
    frail = here & ((age >= 75) | ((age >= 65) & (c["need"] >= weights.frail_from)))
    kinds = np.where(lists.trust >= 0, 3, np.where(lists.provider >= 0, 2, 1))
    kind = np.where(listed, kinds[practice], 0)
    cell = model.counts.ground.cell[home]
    of_place, of_area = levels.area_place, levels.area_neighbourhood
    place_to = np.where(listed, levels.practice_place[practice], places)
    registered = levels.practice_neighbourhood[practice]
    near_home = here & listed & (kind != 2)
    metres = np.hypot(region.x[home] - region.practice_x[practice], region.y[home] - region.practice_y[practice])
    conventional = np.flatnonzero(lists.exists & (lists.provider < 0))
    km = np.hypot(
        region.x[:, None] - region.practice_x[conventional][None],
        region.y[:, None] - region.practice_y[conventional][None],
    )
    nearest = conventional[km.argmin(axis=1)]
    on_list, of = here & listed, fifth[home]
    return {
        "month": np.array([month]),
        "practice_ages": count((practices, 2, 10), (practice, sex, band), listed),
        "new_registrants": count((practices,), (practice,), listed & (month - c["since"] < 12)),
        "list_need": count((practices,), (practice,), listed, age_need),
        "real_need": count((practices,), (practice,), on_list, need),
        "flows_need": count((cells, commissioners + 1), (cell, to), here, need),
        "frail": count((cells, commissioners + 1), (cell, to), frail),
        "place_flows": count((places, places + 1), (of_place[home], place_to), here),
        "place_need": count((places, places + 1), (of_place[home], place_to), here, need),
        "neighbourhood_residents": count((neighbourhoods,), (of_area[home],), here),
        "neighbourhood_registered": count((neighbourhoods,), (registered,), on_list),
        "neighbourhood_stay": count((neighbourhoods,), (registered,), on_list & (registered == of_area[home])),
        "fifth_practice": count((5, practices), (of, practice), on_list),
        "fifth_unregistered": count((5,), (of,), here & ~listed),
        "fifth_need": count((5, 4), (of, kind), here, need),
        "fifth_bands": count((5, 4, 10), (of, kind, band), here & everybody),
        "fifth_metres": count((5,), (of,), near_home, np.floor(metres + 0.5).astype(np.int64)),
        "fifth_nearest": count((5,), (of,), near_home & (practice == nearest[home])),
        "fifth_near": count((5,), (of,), near_home),
    }


def test_there_is_somebody_of_every_kind(mix):
    """Or the comparison would show little: every kind of list, and residents on none in every fifth."""
    assert (mix.fifth_bands.sum(axis=(0, 2)) > 0).all()
    assert (mix.fifth_unregistered > 0).all()
    assert mix.new_registrants.sum() > 0
    assert mix.frail.sum() > 0


@pytest.mark.parametrize("name", CaseMix._fields)
def test_every_array_is_a_plain_count(mix, plain, name):
    assert np.array_equal(getattr(mix, name), plain[name])


@pytest.fixture(scope="module")
def plain(model):
    return plain_count(model)


def test_sums_agree_with_the_running_counts(model, mix):
    counts = model.counts
    assert np.array_equal(mix.practice_ages.sum(axis=(1, 2)), counts.lists)
    assert np.array_equal(mix.fifth_practice.sum(axis=0), counts.lists - counts.ghosts)
    assert mix.fifth_practice.sum() + mix.fifth_unregistered.sum() == counts.residents.sum()
    assert np.array_equal(mix.fifth_bands.sum(axis=(1, 2)), mix.fifth_practice.sum(axis=1) + mix.fifth_unregistered)
    assert mix.flows_need[:, :-1].sum() == mix.real_need.sum()
    assert mix.flows_need.sum() == mix.fifth_need.sum() == mix.place_need.sum()
    assert mix.flows_need[:, -1].sum() == mix.fifth_need[:, 0].sum()
    assert np.array_equal(mix.place_flows.sum(axis=0)[-1:], counts.true[:, -1:].sum(axis=0))
    assert mix.place_flows.sum() == mix.neighbourhood_residents.sum() == counts.residents.sum()
    assert mix.neighbourhood_registered.sum() == counts.true[:, :-1].sum()
    assert (mix.neighbourhood_stay <= np.minimum(mix.neighbourhood_residents, mix.neighbourhood_registered)).all()
    assert (mix.fifth_nearest <= mix.fifth_near).all()
    assert np.array_equal(mix.fifth_near, mix.fifth_practice[:, model.lists.provider < 0].sum(axis=1))
    assert (mix.list_need[counts.lists == 0] == 0).all()


def test_needs_are_the_same_for_any_number_of_threads(model, mix):
    from model.patients import threads as module

    before, used = list(module._chosen), model.threads
    try:
        for number in (1, 3):
            set_threads(number)
            model.threads = number
            for name, ours, theirs in zip(CaseMix._fields, mix, casemix_of(model), strict=True):
                assert np.array_equal(ours, theirs), name
    finally:
        module._chosen[:], model.threads = before, used


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5])
def test_pairs_that_find_no_entry_are_counted_all_the_same(model, mix, monkeypatch, share):
    """With a table too small for them most pairs sit far from where they are looked for, or nowhere."""

    def few_entries(*of):
        made = empty_pass(*of)
        return made._replace(pairs=made.pairs[: int(share * len(made.pairs))])

    monkeypatch.setattr("model.patients.casemix.empty_pass", few_entries)
    for name, ours, theirs in zip(CaseMix._fields, mix, casemix_of(model), strict=True):
        assert np.array_equal(ours, theirs), name


def test_need_too_large_for_an_entry_is_counted_without_one(model):
    """The table of pairs packs need and people into one word each: where they might not fit there is none."""
    ages = classes_of_age(need_weights(model.scenario))
    areas = len(model.region.areas)
    grouping = Grouping(ages.of_months, ages.need, *([None] * (len(Grouping._fields) - 2)))
    residents = model.counts.residents
    assert len(empty_pass(residents, 3, 4, grouping).pairs) == 128 * areas
    assert len(empty_pass(residents + 2**20, 3, 4, grouping).pairs) == 0
    assert len(empty_pass(residents, 3, 4, grouping._replace(need=ages.need * np.uint64(10**7))).pairs) == 0


def test_classes_of_age_are_the_bands_unless_weights_differ_within_them():
    ages = classes_of_age(need_weights(Scenario()))
    assert ages.band.tolist() == list(range(10))
    starts = (0, 5, 15, 25, 35, 45, 55, 65, 75, 80)
    moved = classes_of_age(need_weights(with_values(Scenario(), {"money__need_ages": starts})))
    assert ages.of_months[12 * 80] == 8
    assert moved.band.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9]
    assert moved.of_months[[12 * 80 - 1, 12 * 80, 12 * 85, -1]].tolist() == [8, 9, 10, 10]


def test_stock_is_taken_each_quarter(thin_town, make_model):
    model = make_model(thin_town)
    taken = []
    for _ in range(7):
        taken.append(int(model.casemix.month[0]) - model.month_number)
        model.step()
    assert taken == [0, -1, -2, 0, -1, -2, 0]


def test_frailty_changes_who_needs_and_not_how_much():
    """Mean factor 1 over the percentiles at every age, larger for the frailer; no spread, no difference."""
    weights = need_weights(Scenario())
    for age in (0, 30, 60, 90):
        by_frailty = weights.by_age_and_frailty[age]
        assert by_frailty.mean() == pytest.approx(weights.by_age[age], rel=0.002)
        assert (np.diff(by_frailty) >= 0).all()
        assert by_frailty[255] > 2 * by_frailty[0]
    alike = need_weights(with_values(Scenario(), {"money__need_spread": 0.0}))
    assert (alike.by_age_and_frailty == alike.by_age[:, None]).all()
    assert weights.by_age[85] > 3 * weights.by_age[25]
    assert 0 < weights.frail_from < 256


def test_kinds_are_where_the_pass_expects_them():
    assert [KINDS.index(kind) for kind in ("none", "conventional", "digital", "trust")] == [0, 1, 2, 3]
