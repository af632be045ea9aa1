"""Designs whose parameter vectors are listed in a file."""

import numpy as np
import pandas as pd
import pytest

from model.errors import InputError
from runs.experiment_design import Design
from runs.experiment_differences import over_vectors
from runs.experiment_files import design_of, load_design
from runs.experiment_plan import make_plan
from runs.experiment_sampling import points_of
from runs.experiment_tables import write_frame

DESIGN = 'region = "town"\nmonths = 2\n[[scenarios]]\nscenario = "baseline"\n[parameters]\nfrom = "accepted.parquet"\n'


def design_with(folder, frame: pd.DataFrame, text: str = DESIGN) -> Design:
    """A design file beside a file of vectors, read."""
    write_frame(frame, folder / "accepted.parquet")
    (folder / "design.toml").write_text(text)
    return load_design(folder / "design.toml")


def test_every_row_is_a_point_laid_on_the_scenario(tmp_path) -> None:
    frame = pd.DataFrame(
        {
            "vector": [3, 7],
            "distance": [0.2, 0.4],
            "choice.inertia": [1.5, 2.5],
            "ghosts.cleaning_by_age.2": [0.01, 0.02],
        }
    )
    design = design_with(tmp_path, frame)
    plan = make_plan(design)
    assert plan.points == [
        {"choice.inertia": 1.5, "ghosts.cleaning_by_age.2": 0.01},
        {"choice.inertia": 2.5, "ghosts.cleaning_by_age.2": 0.02},
    ]
    second = plan.cases["baseline"][1]
    assert second.choice.inertia == 2.5
    assert second.ghosts.cleaning_by_age[1] == 0.02
    assert len(plan.different_runs()) == 2


def test_lists_of_the_design_itself_are_points_too() -> None:
    content = {
        "name": "d", "scenarios": [{"scenario": "baseline"}], "sampling": {"method": "listed"},
        "parameters": {"choice.inertia": [1, 2, 3], "choice.congestion": [4, 5, 6]},
    }  # fmt: skip
    design = design_of(content, "d.toml")
    assert [tuple(point.values()) for point in points_of(design.sampling, design.parameters)] == [
        (1, 4),
        (2, 5),
        (3, 6),
    ]
    content["parameters"]["choice.congestion"] = [4, 5]
    with pytest.raises(InputError, match="2 to 3 values"):
        design_of(content, "d.toml")


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"choice.inertja": [1.0]}, "column choice.inertja is no parameter; did you mean choice.inertia"),
        ({"choice.inertia": [float("nan")]}, "row 1: choice.inertia is None, expected a number"),
        ({"vector": [1]}, "0 parameters"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path, columns, told) -> None:
    with pytest.raises(InputError) as refused:
        design_with(tmp_path, pd.DataFrame(columns))
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_missing_or_joined_with_ranges_is_refused(tmp_path) -> None:
    (tmp_path / "design.toml").write_text(DESIGN)
    with pytest.raises(InputError, match="no such file"):
        load_design(tmp_path / "design.toml")
    with pytest.raises(InputError, match=r"choice\.inertia beside parameters: from"):
        design_with(tmp_path, pd.DataFrame({"choice.inertia": [1.0]}), DESIGN + '"choice.inertia" = [1, 2]\n')


def test_over_vectors_takes_quantiles_of_pairs() -> None:
    index = pd.MultiIndex.from_product([[0, 1], ["2021-01"]], names=["point", "month"])
    theirs = pd.DataFrame(np.zeros((2, 2)), index, columns=pd.Index([1, 2], name="seed"))
    ours = theirs + np.array([[1.0, 2.0], [3.0, 4.0]])
    row = over_vectors(ours, theirs, ["month"], 0.5).iloc[0]
    assert row["difference"] == 2.5
    assert row["seeds"] == 4
    assert (row["low"], row["high"]) == (1.75, 3.25)
