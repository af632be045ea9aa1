"""The numbers of a few runs, kept for each version: a change that is not meant to change results does not change one.

When results are meant to change, say why and renew them::

    python tests/model/test_baseline.py "Movers look for a practice within two months, not three"

That writes the numbers of this version anew and a line into CHANGELOG.md, under "What changes results", with the digest of
the numbers; a test holds the two together. Look at the difference (``git diff tests/model/baselines``) before committing.
"""

import datetime
import hashlib
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from model.geography.open_region import open_region
from model.model import RegistrationModel
from model.patients.tally import COMPONENTS
from model.policy import (
    CleanLists,
    DigitalFails,
    DigitalLaunch,
    Federate,
    FundByResidence,
    ListSplit,
    MergeCommissioners,
    OpenBoundaries,
    PaymentRule,
    RegisterByResidence,
    TrustTakeover,
)
from model.scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]
CHANGELOG = ROOT / "CHANGELOG.md"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
KEPT = Path(__file__).with_name("baselines") / VERSION
"""One folder a version; those of earlier versions stay as they are, to look things up in."""
HEADING = "### What changes results\n\n"


def month(number: int) -> datetime.date:
    """First of a month counted from January 2021 (1)."""
    return datetime.date(2021 + (number - 1) // 12, (number - 1) % 12 + 1, 1)


RUNS = {
    "town-12-months": (
        12,
        Scenario(
            name="baseline",
            region="town",
            seed=1,
            timeline=(
                OpenBoundaries(month=month(4), boundary_ratio=1.5, practices=0.5),
                CleanLists(month=month(10), ratio=3.0),
            ),
        ),
    ),
    "town-much-policy-15-months": (
        15,
        Scenario(
            name="much-policy",
            region="town",
            seed=2,
            timeline=(
                DigitalLaunch(month=month(1), name="One", marketing=20.0),
                TrustTakeover(month=month(2), share=0.3),
                PaymentRule(month=month(3), rule="quarterly"),
                Federate(month=month(5), share=0.6, practices=2, merge=True),
                ListSplit(month=month(7), threshold=20),
                MergeCommissioners(month=month(8)),
                FundByResidence(month=month(9)),
                RegisterByResidence(month=month(9), months=3, capacity=0.5),
                DigitalFails(month=month(13), at_once=0.5),
            ),
        ),
    ),
}
"""Small, and between them every part of the model: people, practices, organisations, digital providers and money."""


def numbers_of(months: int, scenario: Scenario) -> dict[str, int]:
    """Stocks at the start and at the end, and flows in between, by name; money in whole pounds."""
    model = RegistrationModel(scenario, region=open_region(scenario.region))
    numbers: dict[str, int] = {}

    def stocks(when: str) -> None:
        c = model.counts
        numbers[f"{when}: rows"] = model.engine.rows
        numbers[f"{when}: residents"] = int(c.residents.sum())
        numbers[f"{when}: on no list"] = int(c.authority_unregistered.sum())
        numbers[f"{when}: pending"] = int(c.pending.sum())
        for practice in model.practices:
            numbers[f"{when}: list of {practice.code}"] = practice.list_size
            numbers[f"{when}: ghosts of {practice.code}"] = practice.ghosts
            numbers[f"{when}: out of area with {practice.code}"] = practice.out_of_area
        money = model.money.commissioner
        numbers[f"{when}: pot, GBP"] = model.money.pot
        numbers[f"{when}: GBP not where need is"] = round(abs(money["mismatch"]).sum())
        for body in model.commissioners:
            numbers[f"{when}: inflow of {body.code}"] = body.inflow
            numbers[f"{when}: outflow of {body.code}"] = body.outflow

    stocks("start")
    flows: dict[str, int] = {}
    for _ in range(months):
        model.step()
        for name, number in model.counts.changes_by_cause().items():
            flows[f"all months: {name}"] = flows.get(f"all months: {name}", 0) + number
        for a, body in enumerate(model.authorities):
            for i, name in enumerate(COMPONENTS):
                key = f"all months: {name.replace('_', ' ')} of {body.code}"
                flows[key] = flows.get(key, 0) + int(model.counts.components[a, i])
    stocks("end")
    return numbers | flows


@pytest.mark.parametrize("name", RUNS)
def test_no_number_has_changed(name):
    kept, found = json.loads((KEPT / f"{name}.json").read_text(encoding="utf-8")), numbers_of(*RUNS[name])
    changed = [
        f"  {name}: {kept.get(name)} -> {found.get(name)}" for name in kept | found if kept.get(name) != found.get(name)
    ]
    assert not changed, "\n".join(
        [
            f"{len(changed)} of {len(found)} numbers of the baseline have changed. If that is meant, renew them with",
            '`python tests/model/test_baseline.py "why they change"`.',
            *changed[:20],
        ]
    )


def digest() -> str:
    """Digest of the numbers kept of this version."""
    kept = hashlib.blake2b(digest_size=6)
    for file in sorted(KEPT.glob("*.json")):
        kept.update(file.name.encode() + b"\0" + file.read_bytes())
    return kept.hexdigest()


def test_the_changelog_says_why_the_numbers_are_what_they_are():
    """The newest line on results is about the numbers that are kept, and gives a reason."""
    said = re.findall(r"^- Baseline ([0-9a-f]+): (.*)$", CHANGELOG.read_text(encoding="utf-8"), re.M)
    assert said, "CHANGELOG.md has no line `- Baseline DIGEST: why`"
    newest, why = said[0]
    assert newest == digest(), (
        "the baseline is not the one CHANGELOG.md speaks of: renew it with"
        ' `python tests/model/test_baseline.py "why they change"`'
    )
    assert len(why.split()) >= 4, "a reason is a sentence"


def test_every_run_is_kept_and_no_other():
    assert {file.stem for file in KEPT.iterdir()} == set(RUNS)


def renew(why: str) -> None:
    """Write the numbers anew, and why into the changelog."""
    if len(why.split()) < 4:
        sys.exit('say why in a sentence: python tests/model/test_baseline.py "why they change"')
    before = digest()
    KEPT.mkdir(parents=True, exist_ok=True)
    for name, run in RUNS.items():
        (KEPT / f"{name}.json").write_text(json.dumps(numbers_of(*run), indent=1) + "\n", encoding="utf-8")
    if digest() == before:
        sys.exit("no number has changed")
    text = CHANGELOG.read_text(encoding="utf-8")
    assert HEADING in text
    CHANGELOG.write_text(text.replace(HEADING, f"{HEADING}- Baseline {digest()}: {why}\n", 1), encoding="utf-8")
    print(f"renewed {KEPT.relative_to(ROOT)} ({digest()}) and noted it in CHANGELOG.md")


if __name__ == "__main__":
    renew(" ".join(sys.argv[1:]))
