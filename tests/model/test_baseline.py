"""The numbers of one run, kept: a change that is not meant to change results does not change one of them.

When results are meant to change, renew the numbers with ``python tests/model/test_baseline.py``, look at the difference
(``git diff tests/model/baselines``) and say in CHANGELOG.md what changed and why.
"""

import datetime
import json
from pathlib import Path

from model.geography.open_region import open_region
from model.model import RegistrationModel
from model.patients.tally import COMPONENTS
from model.policy import CleanLists, OpenBoundaries
from model.scenario import Scenario

KEPT = Path(__file__).with_name("baselines") / "town-12-months.json"
MONTHS = 12
SCENARIO = Scenario(
    name="baseline",
    region="town",
    seed=1,
    timeline=(
        OpenBoundaries(month=datetime.date(2021, 4, 1), boundary_ratio=1.5, practices=0.5),
        CleanLists(month=datetime.date(2021, 10, 1), ratio=3.0),
    ),
)


def numbers_of_a_year() -> dict[str, int]:
    """Stocks at the start and after a year, and flows of the year, by name."""
    model = RegistrationModel(SCENARIO, region=open_region("town"))
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
        for body in model.commissioners:
            numbers[f"{when}: inflow of {body.code}"] = body.inflow
            numbers[f"{when}: outflow of {body.code}"] = body.outflow

    stocks("start")
    year: dict[str, int] = {}
    for _ in range(MONTHS):
        model.step()
        for name, number in model.counts.changes_by_cause().items():
            year[f"year: {name}"] = year.get(f"year: {name}", 0) + number
        for a, body in enumerate(model.authorities):
            for i, name in enumerate(COMPONENTS):
                key = f"year: {name.replace('_', ' ')} of {body.code}"
                year[key] = year.get(key, 0) + int(model.counts.components[a, i])
    stocks("end")
    return numbers | year


def test_no_number_has_changed():
    kept, found = json.loads(KEPT.read_text(encoding="utf-8")), numbers_of_a_year()
    changed = [
        f"  {name}: {kept.get(name)} -> {found.get(name)}" for name in kept | found if kept.get(name) != found.get(name)
    ]
    assert not changed, "\n".join(
        [
            f"{len(changed)} of {len(found)} numbers of the baseline have changed. If that is meant: renew them with",
            "`python tests/model/test_baseline.py`, and add a line to CHANGELOG.md that says what changed and why.",
            *changed[:20],
        ]
    )


if __name__ == "__main__":
    KEPT.write_text(json.dumps(numbers_of_a_year(), indent=1) + "\n", encoding="utf-8")
    print(f"renewed {KEPT.name}: say in CHANGELOG.md what changed and why")
