"""Cutting places and their trading neighbours out of a region."""

import numpy as np
import pytest

from model.errors import InputError
from model.geography import cut
from model.geography.checks import check_tables
from model.geography.cut import cut_region, cut_tables
from model.geography.region_files import load_region, region_from_tables, write_region

ABOUT = {"name": "Four areas", "date": "2021-01-01"}


def test_nothing_asked_is_everything(tables):
    assert cut_tables(tables, ABOUT) == (tables, ABOUT)


def test_a_commissioner_alone(tables):
    cut, about = cut_tables(tables, ABOUT, commissioners=["E38000001"], neighbours=False)
    assert cut["areas"]["area"].tolist() == ["E01000001", "E01000002"]
    assert cut["practices"]["practice"].tolist() == ["A81001", "Y00003"]
    assert cut["registrations"]["patients"].tolist() == [400, 250, 50]
    assert cut["neighbours"]["area"].tolist() == ["E01000001"]
    assert cut["destinations"]["destination"].tolist() == ["E02000001"]
    assert cut["components"]["authority"].tolist() == ["E06000001"]
    assert "E38000002" not in cut["names"]["code"].tolist()
    assert about["name"] == "NHS Old CCG (Four areas)"
    assert about["london_share"] == 0.0
    assert about["cut"]["registrations_left_out"] == {
        "core_patients_elsewhere": 0,
        "neighbours_patients_elsewhere": 0,
        "core_lists_from_elsewhere": 30,
        "lists_outside_the_register": 30,
    }
    check_tables(cut)


def test_an_authority_kept_in_part_has_its_part_of_births_and_moves(tables):
    """E06000001 has 363, 726 and 1,089 residents or so in three areas, of which the commissioner has two."""
    cut, about = cut_tables(tables, ABOUT, commissioners=["E38000001"], neighbours=False)
    assert about["cut"]["authorities_in_part"] == {"E06000001": 0.5}
    for name, whole, part in (
        ("births", 25, 12),
        ("internal_out", 95, 48),
        ("population", 2000, 1000),
        ("year", 2019, 2019),
    ):
        assert (tables["components"][name][0], cut["components"][name].tolist()) == (whole, [part])
    cut, about = cut_tables(tables, ABOUT, authorities=["E06000001"], neighbours=False)
    assert about["cut"]["authorities_in_part"] == {}
    assert cut["components"]["births"].tolist() == [25]


def test_what_was_counted_of_the_whole_is_said_of_it_alone(tables):
    counted = {"excluded": {"living_in_wales": 14_013}, "assumed": {"gps_fte": "at 20 practices"}}
    _, about = cut_tables(tables, {**ABOUT, **counted}, commissioners=["E38000001"])
    assert not {"excluded", "assumed"} & set(about)
    assert about["of_the_whole"] == {"name": "Four areas", **counted}
    cut, about = cut_tables(tables, {**ABOUT, **counted}, systems=["New System"])
    _, again = cut_tables(cut, about, systems=["New System"])
    assert again["of_the_whole"] == about["of_the_whole"], "a part of a part"
    assert "of_the_whole" not in cut_tables(tables, ABOUT, systems=["New System"])[1]


def test_neighbours_are_the_commissioners_that_trade_enough(tables):
    # E38000002 sends 30 patients to lists of E38000001, which has 700 registered residents: 4.3%.
    near, about = cut_tables(tables, ABOUT, commissioners=["E38000001"], exchange_share=0.04)
    assert about["cut"]["neighbouring_commissioners"] == ["E38000002"]
    assert len(near["areas"]["area"]) == 4
    far, about = cut_tables(tables, ABOUT, commissioners=["E38000001"], exchange_share=0.05)
    assert about["cut"]["neighbouring_commissioners"] == []
    assert len(far["areas"]["area"]) == 2


def test_every_patient_is_kept_or_counted(tables):
    cut, about = cut_tables(tables, ABOUT, authorities=["E06000002"], neighbours=False)
    lives = np.isin(tables["registrations"]["area"], cut["areas"]["area"])
    left_out = about["cut"]["registrations_left_out"]["core_patients_elsewhere"]
    kept = cut["registrations"]["patients"].sum() if "registrations" in cut else 0
    assert kept + left_out == tables["registrations"]["patients"][lives].sum()


@pytest.mark.parametrize("place", ["E54000002", "New System", "new system", "New Sys"])
def test_places_by_code_or_name(tables, place):
    cut, _ = cut_tables(tables, ABOUT, systems=[place], neighbours=False)
    assert cut["areas"]["area"].tolist() == ["E01000004"]


def test_a_place_named_twice_is_one(tables):
    once, about = cut_tables(tables, ABOUT, systems=["New System"], neighbours=False)
    again, named = cut_tables(tables, ABOUT, systems=["New System", "E54000002"], neighbours=False)
    assert named == about
    assert again["areas"]["area"].tolist() == once["areas"]["area"].tolist()


def test_a_typo_is_answered_with_the_nearest_name(tables):
    with pytest.raises(InputError, match=r"authority 'Newheaven': unknown.*did you mean 'Newhaven'\?"):
        cut_tables(tables, ABOUT, authorities=["Newheaven"])


def test_a_name_that_fits_several_is_refused_with_their_codes(tables):
    with pytest.raises(InputError, match="E38000001 NHS Old CCG, E38000002 NHS New CCG"):
        cut_tables(tables, ABOUT, commissioners=["NHS"])


def test_a_distant_branch_of_a_commissioner_stays_behind(tables):
    tables["practices"]["x"] = np.array([400_100.0, 404_100.0, 455_900.0])
    cut, _ = cut_tables(tables, ABOUT, commissioners=["E38000001"], neighbours=False)
    assert cut["practices"]["practice"].tolist() == ["A81001"]


def test_part_of_a_commissioner_without_a_register_keeps_its_own_practices(tables):
    del tables["registrations"]
    tables["areas"]["authority"] = np.array(["E06000001", "E06000002", "E06000002", "E06000002"])
    cut, about = cut_tables(tables, ABOUT, authorities=["E06000001"])
    assert cut["areas"]["area"].tolist() == ["E01000001"]
    assert cut["practices"]["practice"].tolist() == ["A81001"], (
        "not Y00003, which stands in the rest of its commissioner"
    )
    assert about["cut"]["practices"] == 1
    tables["practices"]["x"] += 2000
    with pytest.raises(InputError, match="E06000001: found no practice there"):
        cut_tables(tables, ABOUT, authorities=["E06000001"])
    whole, _ = cut_tables(tables, ABOUT, commissioners=["E38000001"])
    assert whole["practices"]["practice"].tolist() == ["A81001", "Y00003"]


@pytest.mark.parametrize(("inside", "kept"), [(5, ["A81001"]), (10, ["A81001", "Y00003"])])
def test_part_of_a_commissioner_leaves_practices_outside_that_few_of_its_people_use(tables, inside, kept):
    """Y00003 stands in the rest of its commissioner and has 50 patients there: a tenth of its list must live inside."""
    tables["areas"]["authority"] = np.array(["E06000001", "E06000002", "E06000002", "E06000002"])
    more = {"area": "E01000001", "practice": "Y00003", "patients": inside}
    tables["registrations"] = {name: np.append(values, more[name]) for name, values in tables["registrations"].items()}
    cut, about = cut_tables(tables, ABOUT, authorities=["E06000001"], neighbours=False)
    assert cut["practices"]["practice"].tolist() == kept
    left_out = about["cut"]["registrations_left_out"]["core_patients_elsewhere"]
    assert left_out == (0 if "Y00003" in kept else inside)


def test_cutting_a_folder_is_cutting_its_tables(tables, tmp_path):
    whole = write_region(tables, ABOUT, tmp_path / "whole")
    part = load_region(cut_region(whole, tmp_path / "part", systems=["New System"], neighbours=False))
    cut, _ = cut_tables(tables, ABOUT, systems=["New System"], neighbours=False)
    assert part.digest == region_from_tables(cut, ABOUT).digest
    assert part.about["cut"]["from_digest"] == load_region(whole).digest


def test_a_typo_in_part_of_a_long_name_finds_it():
    assert cut._likeness("north west lundon", "north west london health and care partnership") > cut._likeness(
        "north west lundon", "our healthier south east london"
    )
