"""What a scenario file may say of events, and the places events find."""

import datetime
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from msgspec import inspect

from model.errors import InputError
from model.policy import (
    ChoicePilot,
    DigitalFails,
    DigitalLaunch,
    DigitalSite,
    FormNetworks,
    MergeCommissioners,
    NewHomes,
    OpenBoundaries,
    PolicyEvent,
)
from model.policy_event import area_of, authority_of, commissioner_of
from model.scenario import Scenario
from model.scenario_files import load_scenario

APRIL, MAY = datetime.date(2022, 4, 1), datetime.date(2022, 5, 1)
KINDS: dict[str, type[PolicyEvent]] = {
    kind.tag: kind.cls
    for field in inspect.type_info(Scenario).fields
    if field.name == "timeline"
    for kind in field.type.item_type.types
}


def from_toml(tmp_path, text: str) -> PolicyEvent:
    path = tmp_path / "s.toml"
    path.write_text(f"[[timeline]]\nmonth = 2022-04-17\n{text}\n")
    (event,) = load_scenario(path).timeline
    return event


@pytest.mark.parametrize("tag", sorted(KINDS))
def test_every_event_needs_only_its_month_says_what_it_does_and_has_described_fields(tmp_path, tag):
    event = from_toml(tmp_path, f'event = "{tag}"')
    assert type(event) is KINDS[tag]
    assert event.kind == tag
    assert type(event).apply is not PolicyEvent.apply
    assert type(event).__doc__
    assert msgspec.convert(msgspec.to_builtins(event), KINDS[tag]) == event


def test_the_events_of_the_design_are_there():
    asked = (
        "open-boundaries choice-pilot digital-launch digital-site digital-fails list-split form-networks federate"
        " trust-takeover merge-commissioners payment-rule new-registrant-premium clean-lists close-lists-rule"
        " fund-by-residence register-by-residence area-based remote-everywhere new-homes digital-cap capitation-formula"
    )
    assert set(KINDS) == set(asked.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'event = "payment-rule"\nrule = "anual"',
            "(payment-rule): rule is 'anual', expected one of annual, quarterly, residence; did you mean annual?",
        ),
        ('event = "capitation-formula"\nformula = 3', "formula is 3, expected one of carr-hill, deprivation, need"),
        (
            'event = "merge-commissioners"\ncommissioners = "E38"',
            "commissioners is 'E38', expected a list, such as ['E38']",
        ),
        ('event = "merge-commissioners"\ncommissioners = ["a", 2]', "commissioners, value 2 is 2, expected text"),
        ('event = "federate"\nmerge = 1', "merge is 1, expected true or false"),
        ('event = "trust-takeover"\nshare = 25', "share is 25, expected a number from 0 to 1"),
        (
            'event = "list-split"\nthreshold = -1',
            "threshold is -1, expected a whole number from 0 to 10000000 (patients)",
        ),
        ('event = "digital-launch"\nhosts = "x"', "unknown key hosts; did you mean host?"),
        ('event = "register-by-residence"\nmonths = 0', "months is 0, expected a whole number from 1 to 1200 (months)"),
        ('event = "clean-lists"\nfalse_removals = 2', "false_removals is 2, expected a number from 0 to 1 (per year)"),
    ],
)
def test_a_mistake_in_an_event_is_one_line_that_names_the_key(tmp_path, text, said):
    with pytest.raises(InputError) as refused:
        from_toml(tmp_path, text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_a_scenario_is_compared_with_is_a_name(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text('against = "digital-entry"\n')
    assert load_scenario(path).against == "digital-entry"
    path.write_text('against = "../x y"\n')
    with pytest.raises(InputError, match=r"against is '\.\./x y', expected the name of a scenario"):
        load_scenario(path)


def test_only_events_with_a_length_end():
    assert ChoicePilot(month=APRIL, months=12).lasting == 12
    assert NewHomes(month=APRIL, months=3).lasting == 3
    assert OpenBoundaries(month=APRIL).lasting == 0
    assert KINDS["register-by-residence"](month=APRIL).lasting == 0, "phases end, the rule stands"


@pytest.fixture(scope="module")
def three_places(make_region):
    """Three commissioners in two systems, the second with most people; names for two of them."""
    region = make_region(
        np.array([[0, 0], [5, 0], [6, 0], [20, 0]]),
        np.array([[0, 0], [5, 0], [20, 0]]),
        residents=np.array([1000, 2000, 4000, 3000]),
        area_commissioner=np.array([0, 1, 1, 2]),
        practice_commissioner=np.array([0, 1, 2]),
        system=np.array([0, 0, 0, 1]),
    )
    region.names.update({"E38000000": "NHS Little CCG", "E38000001": "NHS Big CCG", "E06000001": "Bigborough"})
    return region


def test_places_are_found_by_code_and_by_name_and_the_automatic_one_has_most_young_adults(three_places):
    event = DigitalLaunch(month=APRIL)
    assert commissioner_of(event, "host", "", three_places) == 1
    assert commissioner_of(event, "host", "e38000002", three_places) == 2
    assert commissioner_of(event, "host", " nhs little ccg ", three_places) == 0
    assert authority_of(event, "at", "bigborough", three_places) == 1
    part = replace(three_places, about={**three_places.about, "cut": {"core_commissioners": ["E38000002"]}})
    assert commissioner_of(event, "host", "", part) == 2, "neighbours are not chosen"
    assert part.area_commissioner[area_of(event, "at", "", part)] == 2
    assert part.area_commissioner[area_of(event, "at", "", part, but_for=2)] == 1, "where there is no other"
    assert 2 in part.area_commissioner[part.area_authority == authority_of(event, "at", "", part)]
    assert area_of(event, "at", "", three_places) == 2
    assert area_of(event, "at", "", three_places, but_for=1) == 3
    assert area_of(event, "at", "E01000001", three_places) == 1
    assert area_of(event, "at", "E38000000", three_places) == 0
    assert area_of(event, "at", "Bigborough", three_places) == 2


def test_an_unknown_place_is_one_line_with_what_is_near(three_places):
    event = DigitalLaunch(month=APRIL, host="NHS Bigg CCG")
    with pytest.raises(InputError) as refused:
        commissioner_of(event, "host", event.host, three_places)
    assert str(refused.value) == (
        "digital-launch in April 2022: host is 'NHS Bigg CCG', expected the code or name of a commissioner of this"
        " region; did you mean NHS Big CCG or NHS Little CCG?"
    )
    with pytest.raises(InputError, match="such as E06000000, E06000001 \\(Bigborough\\), E06000002"):
        authority_of(event, "authority", "zzz", three_places)
    three_places.names["E38000002"] = "NHS Big CCG"
    with pytest.raises(InputError, match="one commissioner; 2 have that name"):
        commissioner_of(event, "host", "NHS Big CCG", three_places)
    del three_places.names["E38000002"]


def test_mergers_are_of_systems_unless_commissioners_are_named(three_places):
    assert MergeCommissioners(month=APRIL).groups(three_places) == [(["E38000000", "E38000001"], "E54000000")]
    named = MergeCommissioners(month=APRIL, commissioners=("NHS Big CCG", "E38000002"))
    assert named.groups(three_places) == [(["E38000001", "E38000002"], "E38000001+")]
    into = MergeCommissioners(month=APRIL, commissioners=("E38000001", "E38000002"), into="QAB")
    assert into.groups(three_places) == [(["E38000001", "E38000002"], "QAB")]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            DigitalFails(month=APRIL),
            "provider is '', expected a digital provider there is by then; add a digital-launch before it",
        ),
        (DigitalLaunch(month=APRIL, host="nowhere"), "host is 'nowhere', expected the code or name of a commissioner"),
        (DigitalLaunch(month=APRIL, name=" "), "name is ' ', expected a name of the provider"),
        (NewHomes(month=APRIL, authority="Atlantis"), "authority is 'Atlantis', expected the code or name of a local"),
        (ChoicePilot(month=APRIL, commissioners=("C1", "x")), "commissioners is 'x', expected the code or name"),
        (MergeCommissioners(month=APRIL, into="Q"), "into is 'Q', expected the commissioners that become it"),
        (MergeCommissioners(month=APRIL, commissioners=("C1", "C1")), "expected at least two different ones"),
        (MergeCommissioners(month=APRIL, commissioners=("C1", "C2"), into="C1"), "expected a code no commissioner"),
        (FormNetworks(month=APRIL, smallest=40_000, largest=30_000), "largest is 30000, expected at least as many"),
    ],
)
def test_what_cannot_be_done_in_a_region_is_refused_before_the_run(town, make_model, event, said):
    with pytest.raises(InputError) as refused:
        make_model(town, Scenario(timeline=(event,)))
    assert said in str(refused.value)
    assert str(refused.value).startswith(f"{event.kind} in April 2022: ")


def test_a_provider_is_there_once_its_launch_has_acted(town, make_model):
    """Any day of the month counts as the month; then the order of the timeline does; and the run must reach so far back."""
    launch = DigitalLaunch(month=datetime.date(2022, 4, 15))
    make_model(town, Scenario(timeline=(launch, DigitalSite(month=APRIL))))
    for timeline, start in (((DigitalSite(month=APRIL), launch), ""), ((launch, DigitalFails(month=MAY)), "2022-05")):
        with pytest.raises(InputError, match="expected a digital provider there is by then"):
            make_model(town, Scenario(timeline=timeline), start=start)
    make_model(town, Scenario(timeline=(launch, DigitalFails(month=MAY))), start="2022-06")  # neither ever acts


def test_providers_share_no_name_and_no_practice(town, make_model):
    first = DigitalLaunch(month=APRIL, name="One", practice="P1")
    again = DigitalLaunch(month=MAY, name="Two", practice="P1")
    with pytest.raises(InputError, match=r"practice is 'P1', expected one that is no digital provider's"):
        make_model(town, Scenario(timeline=(first, again)))
    make_model(town, Scenario(timeline=(first, again)), start="2022-05")  # the first never acts
    model = make_model(town, Scenario())
    model.region.provider_kind[0], model.region.practice_names[0] = "digital", "Screen"
    for event, said in (
        (DigitalLaunch(month=APRIL, practice=str(model.region.practices[0])), "no digital provider's"),
        (DigitalLaunch(month=APRIL, name="Screen"), "no other digital provider has"),
    ):
        with pytest.raises(InputError, match=said):
            event.check(model)


def test_nobody_opens_at_a_practice_that_is_gone(town, make_model):
    model = make_model(town, Scenario(timeline=(DigitalLaunch(month=datetime.date(2021, 1, 1), practice="P1"),)))
    model.transfers.merge(model.region.practices.tolist().index("P1"), 1)
    with pytest.raises(InputError, match="expected one that is still there by then"):
        model.step()


def test_later_events_know_a_provider_from_its_launch(town, make_model):
    launch = DigitalLaunch(month=APRIL, name="Pocket GP")
    make_model(town, Scenario(timeline=(launch, DigitalFails(month=datetime.date(2023, 1, 1), provider="Pocket GP"))))
    wrong = DigitalSite(month=datetime.date(2023, 1, 1), provider="Pokcet GP")
    with pytest.raises(InputError, match=r"provider is 'Pokcet GP'.* such as Pocket GP"):
        make_model(town, Scenario(timeline=(launch, wrong)))
    early = DigitalFails(month=datetime.date(2022, 3, 1), provider="Pocket GP")
    with pytest.raises(
        InputError, match="expected a digital provider there is by then; add a digital-launch before it"
    ):
        make_model(town, Scenario(timeline=(launch, early)))
    with pytest.raises(InputError, match="expected a name no other digital provider has"):
        make_model(town, Scenario(timeline=(launch, DigitalLaunch(month=datetime.date(2023, 1, 1), name="Pocket GP"))))
