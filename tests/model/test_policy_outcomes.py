"""What came of an event that its parameters do not say is told in the table of events, in words."""

import datetime

import duckdb
import numpy as np
import pytest

from model.model import RegistrationModel
from model.policy import (
    ChoicePilot,
    CleanLists,
    DigitalCap,
    DigitalFails,
    DigitalLaunch,
    DigitalSite,
    Federate,
    FormNetworks,
    MergeCommissioners,
    NewHomes,
    PolicyEvent,
    TrustTakeover,
)
from model.recorder import record_run
from model.scenario import Scenario

JANUARY, FEBRUARY, MARCH = (datetime.date(2021, month, 1) for month in (1, 2, 3))


@pytest.fixture
def ran(town, cache):
    """A model after two months with some events, and what came of them."""

    def run(*timeline: PolicyEvent) -> tuple[RegistrationModel, list[str]]:
        model = RegistrationModel(Scenario(timeline=timeline), region=town, travel_cache=cache)
        for _ in range(2):
            model.step()
        return model, [event["outcome"] for event in model.events]

    return run


def test_where_a_provider_went_that_nobody_sent_anywhere(ran):
    model, told = ran(
        DigitalLaunch(month=JANUARY, name="One"), DigitalSite(month=JANUARY), DigitalCap(month=FEBRUARY, cap=5),
        DigitalFails(month=FEBRUARY),
    )  # fmt: skip
    (provider,), region = model.digital.providers, model.region
    first, second = (site.area for site in provider.sites)
    place = {area: region.name_of(region.authorities[region.area_authority[area]]) for area in (first, second)}
    host = region.commissioners[region.practice_commissioner[provider.host]]
    assert told == [
        f"hosted by {host} ({region.name_of(host)}); sites in {region.areas[first]} ({place[first]})",
        f"One in {region.areas[second]} ({place[second]})",
        "One",
        "One",
    ]


def test_how_many_joined_and_how_far_trusts_got(ran):
    model, told = ran(
        FormNetworks(month=JANUARY),
        Federate(month=JANUARY, share=1.0, practices=2),
        TrustTakeover(month=JANUARY, share=1.0),
    )
    lists = model.lists
    run = int((lists.trust >= 0).sum())
    assert run < lists.exists.sum(), "trusts stop short of the share"
    assert told[0] == f"{len(model.networks)} networks"
    assert told[1].startswith(f"{len(model.federations)} federations, ")
    assert told[2] == f"trusts run {run} of {lists.exists.sum()} practices"
    _, merged = ran(Federate(month=JANUARY, share=1.0, practices=2, merge=True))
    assert merged[0].endswith("federations, each with one list")


def test_which_places_were_chosen(ran):
    model, told = ran(
        NewHomes(month=JANUARY, people=10),
        ChoicePilot(month=JANUARY, practices=1.0),
        MergeCommissioners(month=FEBRUARY, commissioners=("C1", "C2"), into="Q"),
        MergeCommissioners(month=FEBRUARY, commissioners=("C1", "C2"), into="Q"),
        CleanLists(month=FEBRUARY),
    )
    chosen = int(np.flatnonzero(model.extra_arrivals)[0])
    authority = model.region.authorities[chosen]
    assert told[0] == f"in {authority} ({model.region.name_of(authority)})"
    (commissioner,) = np.unique(model.region.practice_commissioner[model.lists.out_of_area_pilot & model.lists.exists])
    practices = int((model.lists.exists & (model.region.practice_commissioner == commissioner)).sum())
    code = model.region.commissioners[commissioner]
    assert told[1] == f"{practices} practices of {code} ({model.region.name_of(code)})"
    assert told[2].endswith(") to Q")
    assert told[2].startswith("C1 (")
    assert told[3:] == ["all had merged before", ""]


def test_the_table_of_events_keeps_it(town, cache, tmp_path):
    scenario = Scenario(months=1, timeline=(NewHomes(month=JANUARY, people=10), CleanLists(month=JANUARY)))
    model = RegistrationModel(scenario, region=town, travel_cache=cache)
    with record_run(model, tmp_path / "run") as recording:
        model.step()
        recording.month()
    kept = duckdb.read_parquet(str(tmp_path / "run" / "events.parquet")).order("number").project("event, outcome")
    assert kept.fetchall() == [("new-homes", model.events[0]["outcome"]), ("clean-lists", "")]
    assert model.events[0]["outcome"]
