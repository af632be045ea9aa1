"""Mesa's own way in: a notebook user sweeps keyword parameters with Mesa's runner and sees the collector's frames."""

import importlib.metadata

import pandas as pd
import pytest

from model import RegistrationModel

if int(importlib.metadata.version("mesa").partition(".")[0]) >= 4:
    pytest.skip("mesa.batch_run left Mesa in version 4", allow_module_level=True)


@pytest.mark.slow
def test_a_sweep_with_mesas_runner():
    """Each run ends after its months, not after Mesa's largest number of steps."""
    import mesa

    found = pd.DataFrame(
        mesa.batch_run(
            RegistrationModel,
            parameters={"region": "town", "months": 2, "choice__inertia": [0.5, 6.0]},
            rng=[1, 2],
            max_steps=4,
            data_collection_period=1,
            display_progress=False,
        )
    )
    runs = found.drop_duplicates(["RunId", "Step"]).set_index(["seed", "choice__inertia", "Step"])["crossing"]
    assert len(runs) == 2 * 2 * 3
    alone = RegistrationModel(region="town", seed=2, choice__inertia=6.0)
    for _ in range(2):
        alone.step()
    people = found.drop_duplicates(["RunId", "Step"])
    assert (people["residents"] > found.groupby(["RunId", "Step"])["commissioner_residents"].max().to_numpy()).all()
    assert runs[2, 6.0].tolist() == alone.datacollector.get_model_vars_dataframe()["crossing"].tolist()
    assert (runs[1, 0.5] != runs[1, 6.0]).any()
    assert (runs[1, 0.5] != runs[2, 0.5]).any()
