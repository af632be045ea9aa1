"""What a scenario asks for in vain is told before its run."""

import datetime

from model.policy import CleanLists, DigitalCap, DigitalFails, DigitalLaunch, DigitalSite
from model.scenario import Scenario
from runs.idle_events import tell_idle_events


def month(number: int) -> datetime.date:
    return datetime.date(2021, number, 1)


def told(capsys, *timeline, whose: str = "") -> list[str]:
    tell_idle_events(Scenario(months=11, timeline=timeline), month(1), whose)
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_events_before_and_after_the_run_do_nothing(capsys):
    said = told(capsys, CleanLists(month=datetime.date(2020, 12, 31)), CleanLists(month=month(12)), whose="trial")
    outside = "falls outside the run (11 months from January 2021) and does nothing"
    assert said == [
        f"gpdrift: note: trial: clean-lists in December 2020 {outside}",
        f"gpdrift: note: trial: clean-lists in December 2021 {outside}",
    ]


def test_nothing_comes_of_a_provider_that_has_failed(capsys):
    launch = DigitalLaunch(month=month(1), name="One")
    failure = DigitalFails(month=month(5), provider="One")
    late = DigitalSite(month=month(5), provider="One")
    assert told(capsys, late, launch, failure) == []
    assert told(capsys, launch, failure, late, DigitalCap(month=month(6), provider="Two")) == [
        "gpdrift: note: digital-site in May 2021 does nothing: One has failed, in May 2021"
    ]
    in_vain = DigitalFails(month=month(8), provider="One")
    assert told(capsys, in_vain, DigitalCap(month=month(9), provider="One"), failure, launch) == [
        "gpdrift: note: digital-fails in August 2021 does nothing: One has failed, in May 2021",
        "gpdrift: note: digital-cap in September 2021 does nothing: One has failed, in May 2021",
    ]


def test_what_acts_is_not_told_of(capsys):
    assert told(capsys, CleanLists(month=month(1)), CleanLists(month=month(11))) == []
