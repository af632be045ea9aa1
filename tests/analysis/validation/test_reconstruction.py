"""A register told again from lists and residents: who is compared out of which run, and what the bounds are."""

import numpy as np
import pytest

from analysis.validation.reconstruction import (
    BOUND_RUN,
    BOUND_THEN,
    CHOICE_NOW,
    CHOICE_THEN,
    GRAVITY_NOW,
    GRAVITY_THEN,
    MODEL,
    CrossFit,
    cross_fit_of,
    reconstruct,
    rescaled,
)
from analysis.validation.register_axes import Register
from analysis.validation.register_comparison import Group
from model.errors import InputError
from model.geography.region_files import region_from_tables
from model.geography.synthesise import synthesise
from model.scenario import Scenario


def rows_of(register):
    return sorted(zip(*(column.tolist() for column in register), strict=True))


def test_each_home_comes_out_of_the_run_fitted_on_the_others():
    fitted = CrossFit(np.array([True, False, True]), ({}, {}))
    first = Register(np.array([0, 1, 2]), np.array([0, 0, 0]), np.array([1.0, 2.0, 3.0]))
    second = Register(np.array([0, 1, 2]), np.array([1, 1, 1]), np.array([4.0, 5.0, 6.0]))
    assert rows_of(fitted.crossed(first, second)) == [(0, 1, 4.0), (1, 0, 2.0), (2, 1, 6.0)]


def test_scenarios_have_each_halfs_coefficients():
    fitted = CrossFit(np.array([True]), ({"choice.border_site": 0.1}, {"choice.border_site": 0.2}))
    assert [scenario.choice.border_site for scenario in fitted.scenarios(Scenario())] == [0.1, 0.2]


def test_a_register_rescaled_to_its_own_lists_is_itself():
    register = Register(np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([30.0, 10.0, 5.0]))
    lists = np.array([40.0, 5.0, 0.0])
    assert rows_of(rescaled(register, lists, lists, register)) == rows_of(register)
    assert rows_of(rescaled(register, lists, lists, None)) == rows_of(register)


def test_other_lists_keep_the_structure_and_practices_it_lacks_that_of_the_run():
    register = Register(np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([30.0, 10.0, 5.0]))
    run = Register(np.array([1, 0]), np.array([2, 0]), np.array([7.0, 20.0]))
    wanted = np.array([20.0, 0.0, 7.0])
    found = rescaled(register, np.array([40.0, 5.0, 0.0]), wanted, run)
    assert rows_of(found) == [(0, 0, 15.0), (1, 0, 5.0), (1, 1, 0.0), (1, 2, 7.0)]
    spread = rescaled(register, np.array([40.0, 5.0, 0.0]), wanted, None)
    assert spread.patients.sum() == pytest.approx(27), "patients of a practice it lacks are spread over all"


@pytest.fixture(scope="module")
def two_systems():
    """The town as two systems in January 2021, and with nothing known of who is registered where in November before."""
    tables, about = synthesise("town", 1)
    codes = np.unique(tables["areas"]["authority"])
    tables["areas"]["system"] = np.where(tables["areas"]["authority"] == codes[0], "S1", "S2")
    after = region_from_tables(tables, about)
    before = {name: table for name, table in tables.items() if name != "registrations"}
    return region_from_tables(before, about | {"date": "2020-11-01"}), after


def test_from_lists_alone_to_the_register(two_systems, tmp_path):
    before, after = two_systems
    # Half a town says too little of the coefficients to fit them: hand-made ones stand for them.
    fitted = CrossFit(after.area_system == 0, ({"choice.border_site": 0.2}, {"choice.border_site": 0.5}))
    group = Group("First", (str(after.practices[0]),))
    rows = reconstruct(
        before, after, scenario="baseline", groups=[group], quiet=True, travel_cache=tmp_path, fitted=fitted
    )
    values = {(row.section, row.measure): row for row in rows}
    cells = values["Area by practice", "common part (CPC)"]
    assert set(cells.values) == {MODEL, GRAVITY_THEN, GRAVITY_NOW, CHOICE_THEN, CHOICE_NOW, BOUND_RUN, BOUND_THEN}
    assert cells.values[BOUND_RUN] > cells.values[MODEL] > 0.5
    assert cells.values[BOUND_THEN] == pytest.approx(1), "lists of the start are those of the end here"
    everybody = values["Practice lists", "patients on lists"]
    assert everybody.published == after.registration_patients.sum()
    lists = values["Practice lists", "lists, all practices"]
    assert lists.values[GRAVITY_NOW] == pytest.approx(0, abs=1e-9), "gravity is told the lists"
    assert 0 < lists.values[MODEL] < 0.2
    assert ("First", "by authority") in values
    assert values["Practice lists", "lists that are still there"].values[GRAVITY_THEN] == pytest.approx(0, abs=1e-9)


def test_a_region_of_one_system_or_without_a_register_cannot_be_judged(two_systems, tmp_path, make_region):
    before, _ = two_systems
    with pytest.raises(InputError, match="no register"):
        reconstruct(before, before, travel_cache=tmp_path)
    one = make_region([[0, 0], [1, 0]], [[0, 0], [1, 0]], register=np.array([[5, 1], [1, 5]]))
    with pytest.raises(InputError, match="one system"):
        cross_fit_of(one, tmp_path)
