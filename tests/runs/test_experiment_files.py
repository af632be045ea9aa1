"""Design files: gpdrift's own fit, and a name that is none is told the nearest."""

import pytest

from model.errors import InputError
from runs.experiment_design import with_options
from runs.experiment_files import FOLDER, load_design
from runs.experiment_plan import make_plan


@pytest.mark.parametrize("name", sorted(file.stem for file in FOLDER.glob("*.toml")))
def test_designs_that_come_with_gpdrift_are_complete_and_fit(name: str):
    made = make_plan(with_options(load_design(name), {"region": "town"}))
    assert made.design.title
    assert made.design.measures
    assert made.baseline in made.cases
    if name == "digital-entry":
        assert (list(made.cases), len(made.design.seed_list)) == (["baseline", "digital-entry"], 20)
    if name == "list-split-threshold":
        split = {case: [e.threshold for e in s.timeline if e.kind == "list-split"] for case, (s,) in made.cases.items()}
        assert split == {
            "never": [],
            "split-250": [250],
            "split-500": [500],
            "split-1000": [1000],
            "split-2000": [2000],
        }
        everything_else = {(s.choice, s.months, s.timeline[0]) for (s,) in made.cases.values()}
        assert len(everything_else) == 1
    if name == "morris-screen":
        assert len(made.design.parameters) == 12
        assert len(made.points) == 10 * 13


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(InputError, match="did you mean digital-entry"):
        load_design("digital-enrty")
    with pytest.raises(InputError, match="no such design file"):
        load_design("absent.toml")
