"""Patients as a Mesa agent set over columns, held against one patient at a time on a small world."""

import copy
import pickle
from types import SimpleNamespace

import mesa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mesa.agentset import AbstractAgentSet

from model.errors import InputError
from model.model import RegistrationModel
from model.patients.affinity import FALLEN_BY, FALLS_FROM, digital_affinity
from model.patients.attributes import ATTRIBUTES
from model.patients.columns import COLUMNS, FEMALE, GONE, NOBODY, NONE, PRESENCE_NAMES, empty_columns, grown
from model.patients.patient import Patient
from model.patients.patients import MOST_OBJECTS, Patients
from model.patients.setting import SETTABLE

REGISTER = np.array([[120, 30, 0], [60, 90, 0], [0, 60, 90], [0, 20, 130]])


@pytest.fixture(scope="module")
def region(make_region):
    return make_region(
        [[0, 0], [2, 0], [4, 0], [6, 0]],
        [[0.1, 0], [3, 0], [6.2, 0]],
        residents=145,
        area_commissioner=[0, 0, 1, 1],
        practice_commissioner=[0, 0, 1],
        lists=REGISTER.sum(axis=0),
        register=REGISTER,
    )


@pytest.fixture(scope="module")
def start(region):
    """At the start: everybody ever made is on the books. Never changed by a test."""
    return RegistrationModel(region=region)


@pytest.fixture(scope="module")
def later(region):
    """Three years on: some have died and left. Never changed by a test."""
    model = RegistrationModel(region=region)
    for _ in range(36):
        model.step()
    return model


@pytest.fixture
def model(region):
    """A model to change: a year on."""
    model = RegistrationModel(region=region)
    for _ in range(12):
        model.step()
    return model


def plain_patients(rows: int, seed: int = 0) -> Patients:
    """Patients of columns alone, drawn at random, a tenth of them gone."""
    draw = np.random.default_rng(seed)
    columns = empty_columns(rows + 8)
    for name, column in zip(COLUMNS, columns, strict=True):
        column[:] = draw.integers(0, 100, rows + 8) if name != "mother" else NOBODY
    columns.flags[:] = draw.integers(0, 2, rows + 8) | np.where(draw.random(rows + 8) < 0.1, GONE << 1, 0)
    model = SimpleNamespace(month_number=612)
    model.patients = Patients(model, columns, rows)
    return model.patients


def ids(patients) -> list[int]:
    return [patient.unique_id for patient in patients]


# --- who is in it -----------------------------------------------------------------------------------------------------


def test_it_is_a_mesa_agent_set_of_mesa_agents(start):
    assert isinstance(start.patients, AbstractAgentSet)
    assert all(isinstance(patient, mesa.Agent) for patient in start.patients)
    assert not any(isinstance(agent, Patient) for agent in start.agents)


def test_everybody_on_the_books_is_a_resident_or_a_ghost(start, later):
    assert len(start.patients) == start.patients.rows == REGISTER.sum() + (start.patients.get("practice") == NONE).sum()
    for model in (start, later):
        assert len(model.patients) == model.counts.residents.sum() + model.counts.ghosts.sum()
        assert model.patients.get("is_resident").sum() == model.counts.residents.sum()
        assert model.patients.get("is_ghost").sum() == model.counts.ghosts.sum()
    assert 0 < len(later.patients) < later.patients.rows


@pytest.mark.parametrize("when", ["start", "later"])
def test_iteration_positions_and_lists_agree(when, request):
    patients = request.getfixturevalue(when).patients
    everybody = list(patients)
    n = len(patients)
    assert len(everybody) == len(set(everybody)) == n
    assert patients.to_list() == [patients[i] for i in range(n)] == everybody
    assert [patients[-1], patients[-n], patients[np.int64(3)]] == [everybody[-1], everybody[0], everybody[3]]
    assert list(patients[10:40:3]) == everybody[10:40:3]
    assert list(patients[np.array([7, 2])]) == [everybody[7], everybody[2]]
    assert patients.get("unique_id").tolist() == ids(everybody)
    assert all(patient in patients and patient.presence != "gone" for patient in everybody)
    for beyond in (n, -n - 1):
        with pytest.raises(IndexError, match=f"{beyond} of a set of {n}"):
            patients[beyond]


def test_positions_count_over_thousands_of_gone():
    patients = plain_patients(5000)
    assert [patients[i].row for i in range(len(patients))] == patients.get("row").tolist()
    assert len(patients) < 4700


def test_those_who_left_can_still_be_looked_at(later):
    rows = np.arange(later.patients.rows)
    gone = np.setdiff1d(rows, later.patients.get("row"))
    for row in gone.tolist():
        patient = later.patients.find(row)
        assert patient.presence == "gone"
        assert patient not in later.patients
        assert patient.practice is None
        assert patient.pos is None
        assert patient.cause in ("died", "emigrated", "cleaned")
    cohort = later.patients.of_rows(gone)
    assert len(cohort) == len(gone)
    assert set(cohort.labels("presence")) == {"gone"}
    for row in (-1, later.patients.rows):
        with pytest.raises(KeyError, match="numbers go to"):
            later.patients.find(row)
        with pytest.raises(KeyError, match="numbers go to"):
            later.patients.of_rows([row])


# --- one patient ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in ATTRIBUTES if hasattr(Patient, name)])
def test_a_column_means_what_each_patient_says(later, name):
    column = later.patients.get(name)
    assert len(column) == len(later.patients)
    meaning = ATTRIBUTES[name].value
    if name == "registered_since":  # the column still has the month of those on no list
        column = column[later.patients.get("practice") != NONE]
    said = [
        getattr(patient, name)
        for patient in later.patients
        if name != "registered_since" or patient.practice is not None
    ]
    if column.dtype.kind == "f":
        assert column.tolist() == pytest.approx(said, abs=1e-6)
    else:
        assert [meaning(later, number) for number in column] == said


def test_the_state_read_back_is_the_row(later):
    columns, areas = later.patients.columns, later.region.areas
    for patient in later.patients[:50]:
        i = patient.row
        assert patient.home == areas[columns.home[i]]
        assert patient.recorded_home == areas[columns.recorded[i]]
        assert (patient.sex == "F") == bool(columns.flags[i] & FEMALE)
        assert patient.age == min((later.month_number - columns.born[i]) // 12, 110)
        assert (patient.born.year - 1970) * 12 + patient.born.month - 1 == columns.born[i]
        assert patient.pending == (patient.is_resident and patient.home != patient.recorded_home)
        if patient.is_resident:
            assert patient.cell is later.network[int(columns.home[i])]
            assert patient.pos == (later.region.x[columns.home[i]], later.region.y[columns.home[i]])
        if patient.practice is not None:
            assert patient.practice.code == patient.practice_code


def test_mothers_and_children_know_each_other(later):
    followers = later.patients.select(mother=lambda row: row != NOBODY)
    assert len(followers) > 20
    for child in followers:
        assert child in child.mother.children
        assert child.mother.born < child.born
        assert child.mother.sex == "F"
    for patient in later.patients[:20]:
        assert all(child.mother == patient for child in patient.children)


def test_two_windows_on_a_row_are_one_patient(start, later):
    assert start.patients[5] == start.patients[5]
    assert start.patients[5] is not start.patients[5]
    assert len({start.patients[5], start.patients[5], start.patients[6]}) == 2
    assert start.patients[5] != later.patients.find(start.patients[5].row)
    assert later.patients.find(start.patients[5].row) not in start.patients
    assert start.patients[5] != 5


def test_attributes_are_not_assigned_by_accident(start):
    patient = start.patients[0]
    for name in ("home", "practice", "age", "nonsense"):
        with pytest.raises(AttributeError, match=rf"patient.set\('{name}', value\)"):
            setattr(patient, name, None)
    with pytest.raises(TypeError, match=r"model.step\(\)"):
        patient.step()
    assert not vars(patient)


def test_a_window_stays_good_when_columns_grow():
    patients = plain_patients(100)
    patient, cohort = patients[3], patients[10:20]
    wider = grown(patients.columns, 100, 1000)
    wider.born[patient.row] = patients.model.month_number - 12 * 44
    patients.replace(wider, 100)
    assert patient.age == 44
    assert np.shares_memory(cohort.columns.born, wider.born)
    with pytest.raises(TypeError, match="only for the model's own"):
        cohort.replace(wider, 100)


def test_patients_survive_pickling(later):
    again = pickle.loads(pickle.dumps(later))
    assert ids(again.patients) == ids(later.patients)
    assert again.patients[7].model is again
    again.patients.select(unique_id=again.patients[7].row).set("need", 1.0)
    assert again.patients[7].need > 0.99
    patient = pickle.loads(pickle.dumps(plain_patients(50)[5]))
    assert patient == patient.model.patients[5]


# --- columns ----------------------------------------------------------------------------------------------------------


def test_stored_columns_are_neither_copied_nor_writeable(start):
    for name in ("home", "practice", "born", "mother", "flags", "recorded_home"):
        column = start.patients.get(name)
        assert any(np.shares_memory(column, stored) for stored in start.patients.columns)
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        start.patients.get("age")[0] = 0
    assert start.patients.columns.home.flags.writeable


def test_several_attributes_come_as_records(later):
    records = later.patients.get(["age", "sex", "home"])
    assert [(int(a), str(s)) for a, s, _ in records] == [(p.age, p.sex) for p in later.patients]
    assert (records["home"] == later.patients.get("home")).all()


def test_columns_index_the_regions_tables(later):
    region = later.region
    authority = region.authorities[region.area_authority[later.patients.get("home")]]
    assert set(authority) == set(region.authorities)
    assert (region.areas[later.patients.get("home")] == later.patients.labels("home")).all()


def test_labels_are_what_patients_say(later):
    assert later.patients.labels("practice").tolist() == [p.practice_code or "" for p in later.patients]
    assert later.patients.labels("born").tolist() == [str(p.born) for p in later.patients]
    assert later.patients[:0].labels("home").tolist() == []
    with pytest.raises(AttributeError, match="labels are for"):
        later.patients.labels("children")


def test_attributes_without_a_column_are_asked_one_by_one(start):
    few = start.patients[:30]
    assert few.get("children").tolist() == [patient.children for patient in few]
    assert few.get("pos").tolist() == [patient.pos for patient in few]


def test_unknown_attributes(start):
    with pytest.raises(AttributeError, match=r"no attribute 'hme': did you mean 'home'\?"):
        start.patients.get("hme")
    with pytest.raises(AttributeError, match="they have row, "):
        start.patients.select(zzz=1)
    assert start.patients.get("hme", handle_missing="default", default_value=7).tolist() == [7] * len(start.patients)
    with pytest.raises(ValueError, match="'error' or 'default'"):
        start.patients.get("home", handle_missing="perhaps")


def test_aggregates(later):
    ages = [patient.age for patient in later.patients]
    assert later.patients.agg("age", [min, max, sum, np.mean]) == [min(ages), max(ages), sum(ages), np.mean(ages)]
    assert later.patients.agg("age", len) == len(ages)


def test_sums_of_narrow_columns_do_not_overflow():
    patients = plain_patients(1000)
    patients.columns.home[:] = 60_000
    assert patients.agg("home", sum) == 60_000 * len(patients)


# --- choosing, grouping, ordering -------------------------------------------------------------------------------------


def test_selecting_by_condition(later):
    patients = later.patients
    code, practice = later.region.areas[2], later.practices[1]
    assert list(patients.select(home=code)) == [p for p in patients if p.home == code]
    assert list(patients.select(practice=practice)) == list(patients.select(practice_code=practice.code))
    assert list(patients.select(practice=practice)) == [p for p in patients if p.practice is practice]
    assert list(patients.select(practice=None)) == [p for p in patients if p.practice is None]
    assert list(patients.select(sex="F", age=lambda age: age >= 65)) == [
        p for p in patients if p.sex == "F" and p.age >= 65
    ]
    present = patients.select(presence=["present", "uncounted"])
    assert list(present) == list(patients.select(is_resident=True)) == [p for p in patients if p.is_resident]
    mother = next(p.mother for p in patients if p.mother is not None)
    assert list(patients.select(mother=mother)) == mother.children
    assert list(patients.select(lambda p: p.age < 3)) == [p for p in patients if p.age < 3]
    assert list(patients.select(patients.get("age") < 3)) == [p for p in patients if p.age < 3]
    assert list(patients.select(born=mother.born)) == [p for p in patients if p.born == mother.born]
    assert list(present.select(sex="M").select(home=code)) == list(present.select(sex="M", home=code))


def test_selecting_a_number_or_share(later):
    patients = later.patients
    women = [p for p in patients if p.sex == "F"]
    assert list(patients.select(at_most=5)) == patients.to_list()[:5]
    assert list(patients.select(sex="F", at_most=5)) == women[:5]
    assert len(patients.select(at_most=0.25)) == len(patients) // 4
    assert len(patients.select(at_most=1)) == 1
    assert len(patients.select(agent_type=Patient)) == len(patients.select(agent_type=mesa.Agent)) == len(patients)
    assert len(patients.select(agent_type=int)) == 0


def test_selecting_what_is_not_there(later):
    for condition, message in [
        ({"home": "E99"}, "found 'E99', expected one of 4 codes such as E01000000"),
        ({"practice": "E99"}, r"found 'E99', expected one of \d+ codes such as A00000"),
        ({"home": 4}, "found position 4, expected 0 to 3"),
        ({"presence": "ghostly"}, "found 'ghostly', expected one of present, "),
        ({"cause": 99}, "found 99, expected one of initial, "),
    ]:
        with pytest.raises(InputError, match=message):
            later.patients.select(**condition)
    with pytest.raises(ValueError, match=r"expected bool\["):
        later.patients.select(np.array([True]))


def test_groups_are_a_partition(later):
    patients = later.patients
    for by in ("home", "practice", "practice_code", "age", "sex", "presence", "born", "out_of_area"):
        groups = patients.groupby(by)
        members = [ids(group) for _, group in groups]
        assert sorted(row for group in members for row in group) == ids(patients)
        for name, group in groups:
            assert all(getattr(patient, by) == name for patient in group)
    assert patients.groupby("practice_code").count() == {
        **{p.code: p.list_size for p in later.practices if p.list_size},
        None: len(patients.select(practice=None)),
    }


def test_groups_are_aggregated_mapped_and_listed(later):
    patients = later.patients
    groups = patients.groupby("sex")
    assert groups.agg("age", max) == {s: max(p.age for p in patients if p.sex == s) for s in "FM"}
    assert groups.map("agg", "age", max) == groups.agg("age", max)
    assert groups.map(len) == groups.count()
    by_function = patients.groupby(lambda p: p.age // 10)
    assert by_function.count() == patients.groupby(patients.get("age") // 10).count()
    listed = patients.groupby("sex", result_type="list")
    assert listed.groups["F"] == [p for p in patients if p.sex == "F"]
    assert listed.agg("age", max) == groups.agg("age", max)
    assert len(patients[:0].groupby("sex")) == 0
    with pytest.raises(ValueError, match="one key for each"):
        patients.groupby(np.array([1, 2]))


def test_order_is_that_of_mesa(later):
    patients = later.patients
    for ascending in (True, False):
        expected = sorted(patients, key=lambda p: p.age, reverse=not ascending)
        assert list(patients.sort("age", ascending=ascending)) == expected
        assert list(patients.sort(lambda p: p.age, ascending=ascending)) == expected
    oldest = patients.sort("age").select(at_most=3)
    assert oldest.agg("age", min) == sorted(patients.get("age"))[-3]
    shuffled = patients.shuffle()
    assert ids(shuffled) != ids(patients)
    assert shuffled == patients


def test_doing_and_mapping(later):
    patients = later.patients[:40]
    seen = []
    assert patients.do(lambda patient, note: seen.append((patient, note)), "x") is patients
    assert seen == [(patient, "x") for patient in patients]
    assert patients.map("__repr__") == [repr(patient) for patient in patients]
    assert patients.map(lambda patient, add: patient.age + add, add=1) == [p.age + 1 for p in patients]
    again = []
    patients.shuffle_do(again.append)
    assert set(again) == set(patients)
    assert again != list(patients)


def test_narrowing_a_selection_in_place(later):
    some = later.patients[:100]
    assert some.select(sex="F", inplace=True) is some
    assert set(some.get("sex")) == {"F"}
    order = some.sort("age", inplace=True).get("age").tolist()
    assert order == sorted(order, reverse=True)
    members = set(some)
    assert set(some.shuffle(inplace=True)) == members


# --- a set ------------------------------------------------------------------------------------------------------------

SUBSETS = st.lists(st.integers(0, 39), max_size=30, unique=True)


@given(SUBSETS, SUBSETS)
@settings(deadline=None)  # the first example may compile
def test_set_algebra_is_that_of_sets_of_patients(a, b):
    everyone = plain_patients(40)
    one, two = everyone.of_rows(a), everyone.of_rows(b)
    assert ids(one) == a
    first, second = set(a), set(b)
    assert ids(one & two) == [row for row in a if row in second]
    assert ids(one - two) == [row for row in a if row not in second]
    assert ids(one | two) == a + [row for row in b if row not in first]
    assert set(ids(one ^ two)) == first ^ second
    assert (one <= two, one < two, one >= two, one > two) == (
        first <= second,
        first < second,
        first >= second,
        first > second,
    )
    assert (one == two, one != two, one.isdisjoint(two)) == (
        first == second,
        first != second,
        first.isdisjoint(second),
    )
    assert ids(one & list(two)) == ids(one & two)
    assert set(ids(set(one) | two)) == first | second
    assert set(ids(everyone - one)) == set(ids(everyone)) - first


def test_members_come_and_go_in_a_selection():
    everyone = plain_patients(60)
    some = everyone.of_rows([3, 1, 2])
    some.add(everyone.find(7))
    some.add(everyone.find(3))
    assert ids(some) == [3, 1, 2, 7]
    some.remove(everyone.find(1))
    some.discard(everyone.find(1))
    assert ids(some) == [3, 2, 7]
    with pytest.raises(KeyError):
        some.remove(everyone.find(1))
    assert some.pop() == everyone.find(7)
    some |= everyone.of_rows([9])
    some -= everyone.of_rows([2])
    assert ids(some) == [3, 9]
    duplicate = copy.copy(some)
    some.clear()
    assert len(some) == 0
    assert ids(duplicate) == [3, 9]
    with pytest.raises(KeyError, match="empty"):
        some.pop()
    for stranger in (plain_patients(5).find(1), 3):
        with pytest.raises(TypeError, match="of this model"):
            some.add(stranger)
        with pytest.raises(TypeError, match="of this model"):
            some | [stranger]


def test_no_operator_takes_people_off_the_books():
    patients = plain_patients(60)
    before = [column.copy() for column in patients.columns]

    def minus(p):
        p -= p[:5]

    def both(p):
        p &= p[:5]

    for act in (
        minus,
        both,
        lambda p: p.clear(),
        lambda p: p.pop(),
        lambda p: p.select(sex="F", inplace=True),
        lambda p: p.sort("age", inplace=True),
        lambda p: p.shuffle(inplace=True),
        lambda p: p.groupby("sex").do(lambda group: p._update(group)),
    ):
        with pytest.raises(TypeError, match="make a selection first"):
            act(patients)
    assert all((old == new).all() for old, new in zip(before, patients.columns, strict=True))
    gone = next(patients.find(row) for row in range(60) if patients.find(row) not in patients)
    with pytest.raises(TypeError, match="nobody who has gone is put back"):
        patients.add(gone)


def test_millions_are_not_made_objects_of():
    rows = MOST_OBJECTS + 1
    columns = empty_columns(rows)
    columns.flags[:] = 0
    patients = Patients(SimpleNamespace(month_number=612), columns, rows)
    for act in (
        patients.to_list,
        lambda: patients.map(repr),
        lambda: patients.groupby(repr),
        lambda: patients.sort(repr),
        lambda: patients.get("children"),
    ):
        with pytest.raises(ValueError, match=r"5,000,001 patients would each become a Python object"):
            act()
    assert next(iter(patients)) == patients[0]


# --- changed by hand --------------------------------------------------------------------------------------------------


def assert_counted(model):
    """The model's counts are those of its patients."""
    patients = model.patients
    assert [p.list_size for p in model.practices] == [len(patients.select(practice=p)) for p in model.practices]
    assert [p.ghosts for p in model.practices] == [
        len(patients.select(practice=p, is_ghost=True)) for p in model.practices
    ]
    homes = patients.select(is_resident=True).get("home")
    assert model.counts.residents.tolist() == np.bincount(homes, minlength=len(model.region.areas)).tolist()
    assert model.counts.pending.sum() == patients.get("pending").sum()


def test_registering_by_hand(model):
    there = model.practices[2]
    movers = model.patients.select(home="E01000001", is_resident=True)
    before = {p: (p.practice, p.registered_since, p.recorded_home) for p in movers}
    everybody = sum(p.list_size for p in model.practices)
    newly = sum(p.practice is None for p in movers)
    assert movers.set("practice", there) is movers
    assert sum(p.list_size for p in model.practices) == everybody + newly
    for patient, (former, since, recorded) in before.items():
        assert patient.practice is there
        if former is there:
            assert (patient.registered_since, patient.recorded_home) == (since, recorded)
        else:
            assert patient.previous_practice is former
            assert patient.recorded_home == patient.home
            assert patient.registered_since == model.month
            assert patient.cause == ("switched" if former else "first registration")
            options = model.world.options
            place = np.flatnonzero(options.practice[1] == 2)
            assert patient.out_of_area == (not len(place) or bool(options.beyond[1, place[0]]))
    assert_counted(model)
    model.step()
    assert_counted(model)


def test_one_value_each_and_taking_off_lists(model):
    some = model.patients.select(is_resident=True)[:4]
    some.set("practice", ["A00001", None, model.practices[0], 2])
    assert some.labels("practice").tolist() == ["A00001", "", "A00000", "A00002"]
    assert not some[1].pending
    assert some[1].registered_since is None
    assert_counted(model)
    ghosts = model.patients.select(is_ghost=True)
    assert len(ghosts) > 0
    ghosts.set("practice", None)
    assert set(ghosts.labels("presence")) == {"gone"}
    assert len(model.patients.select(is_ghost=True)) == 0
    assert_counted(model)


def test_moving_by_hand(model):
    listed = model.patients.select(is_resident=True, pending=False, practice=lambda p: p != NONE)
    patient = listed[0]
    old = patient.home
    new = next(area for area in model.region.areas if area != old)
    assert patient.set("home", new) is patient
    assert (patient.home, patient.recorded_home, patient.pending) == (new, old, True)
    assert_counted(model)
    patient.set("home", old)
    assert (patient.home, patient.recorded_home, patient.pending) == (old, old, False)
    patient.set("home", new).set("recorded_home", new)
    assert (patient.recorded_home, patient.pending) == (new, False)
    unlisted = model.patients.select(practice=None)[0].set("home", new)
    assert (unlisted.recorded_home, unlisted.pending) == (new, False)
    assert_counted(model)


def test_needs_and_flags_by_hand(model):
    some = model.patients.select(practice=lambda p: p != NONE)[:5]
    some.set("need", [0.0, 0.25, 0.5, 0.999, 1.0])
    assert some.get("need").tolist() == pytest.approx([0.0, 0.25, 0.5, 1.0, 1.0], abs=1 / 256)
    some.set("out_of_area", np.array([True, False, True, False, False]))
    assert some.get("out_of_area").tolist() == [True, False, True, False, False]
    some.set("out_of_area", False)
    assert not some.get("out_of_area").any()


def test_what_cannot_be_set(model):
    patients = model.patients
    before = [column.copy() for column in patients.columns]
    ghost = patients.select(is_ghost=True)[:1]
    gone = patients.of_rows([next(row for row in range(patients.rows) if patients.find(row).presence == "gone")])
    for some, name, value, error, message in [
        (patients, "age", 3, AttributeError, f"only {', '.join(SETTABLE)}"),
        (patients, "nonsense", 3, AttributeError, "no attribute 'nonsense'"),
        (patients, "practice", "E99", InputError, "found 'E99'"),
        (patients, "practice", ["A00000"], ValueError, "found 1 values for"),
        (patients, "recorded_home", None, ValueError, "expected an area"),
        (patients, "need", 1.5, ValueError, "from 0 to 1"),
        (patients, "need", np.nan, ValueError, "from 0 to 1"),
        (ghost, "home", "E01000000", ValueError, "a ghost lives nowhere"),
        (gone, "practice", "A00000", ValueError, "1 of these patients have gone"),
        (patients.select(practice=None), "out_of_area", True, ValueError, "somebody on no list"),
    ]:
        with pytest.raises(error, match=message):
            some.set(name, value)
    assert all(
        (old[: patients.rows] == new[: patients.rows]).all() for old, new in zip(before, patients.columns, strict=True)
    )


def test_removing_a_patient(model):
    patients = model.patients
    patient = patients.select(is_resident=True, practice=model.practices[1])[0]
    n, size = len(patients), model.practices[1].list_size
    patient.remove()
    assert (len(patients), model.practices[1].list_size) == (n - 1, size - 1)
    assert patient not in patients
    assert (patient.presence, patient.previous_practice) == ("gone", model.practices[1])
    with pytest.raises(KeyError):
        patients.remove(patient)
    patients.discard(patient)
    assert_counted(model)


def test_patients_removed_while_doing_are_passed_over(model):
    some = model.patients[:3]
    met = []

    def remove_next(patient):
        met.append(patient)
        if patient == some[0]:
            some[1].remove()

    some.do(remove_next)
    assert met == [some[0], some[2]]


# --- traits that are not stored ---------------------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 2), st.integers(0, 110), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
@settings(deadline=None)  # the first example may compile
def test_affinity_is_a_taste_for_life_that_fades_with_age_and_need(patient, age, need, least_aged, frailty):
    def affinity(age, need):
        return digital_affinity(1, patient, age, need, least_aged, frailty)

    taste = affinity(FALLS_FROM, 0.0)
    assert 0.0 <= taste < 1.0
    now = affinity(age, need)
    assert 0.0 <= now <= taste
    assert affinity(age, 0.0) * (1 - frailty * need) == pytest.approx(now)
    assert affinity(min(age + 1, 110), need) <= now or age < 15
    assert affinity(FALLEN_BY, 0.0) == pytest.approx(taste * least_aged)
    assert affinity(100, 0.0) == pytest.approx(taste * least_aged)


def test_who_works(later):
    workers = later.patients.select(work=lambda area: area >= 0)
    assert workers.agg("age", min) >= 18
    assert workers.agg("age", max) < 65
    assert workers.get("is_resident").all()
    of_age = later.patients.select(is_resident=True, age=lambda age: (age >= 18) & (age < 65))
    n, employed = len(of_age), later.world.options.employed
    # Each works with the same chance: within five standard deviations.
    assert abs(len(workers) - employed * n) < 5 * np.sqrt(n * employed * (1 - employed))
    for patient in workers[:30]:
        home = later.patients.columns.home[patient.row]
        assert patient.work in later.region.areas[later.world.options.workplaces[home]]


def test_every_presence_has_a_name(later):
    assert set(later.patients.labels("presence")) <= set(PRESENCE_NAMES[:GONE])


def test_both_engines_show_the_same_patients_and_take_the_same_changes(region):
    models = [RegistrationModel(region=region, engine=engine) for engine in ("columns", "agents")]
    for month in range(4):
        first, second = (model.patients for model in models)
        assert first.rows == second.rows
        for name in COLUMNS:
            stored = [getattr(p.columns, name)[: p.rows].tolist() for p in (first, second)]
            assert stored[0] == stored[1]
        for model in models:
            model.patients.select(home=month, is_resident=True, at_most=20).set("practice", 2)
            assert_counted(model)
            model.step()
    assert [p.list_size for p in models[0].practices] == [p.list_size for p in models[1].practices]
