"""A year of all England from the published register, against the published components of change."""

import numpy as np
import pytest

from model.geography.open_data import import_open_data
from model.geography.region import LIST_BAND_STARTS
from model.geography.region_files import load_region
from model.measures.flows import overall
from model.patients.columns import NONE
from model.patients.excess import resident_bands
from model.patients.rates import OLDEST
from model.patients.tally import COMPONENTS

pytestmark = pytest.mark.slow
PUBLISHED_YEAR = 2019
"""The year to June whose components stand for later ones."""


@pytest.fixture(scope="module")
def region(real_data, tmp_path_factory):
    return load_region(import_open_data(real_data, tmp_path_factory.mktemp("regions") / "england"))


@pytest.fixture(scope="module")
def year(region, make_model):
    """What was to be seen at the start, and components and changes of every month of a year."""
    model = make_model(region)
    columns, rows = model.engine.columns, model.engine.rows
    age = np.minimum((model.month_number - columns.born[:rows].astype(np.int32)) // 12, OLDEST)
    band = np.searchsorted(LIST_BAND_STARTS, age[columns.practice[:rows] != NONE], side="right") - 1
    start = {
        "registered by band": np.bincount(band, minlength=4),
        "lists": model.counts.lists,
        "recorded": overall(model.counts.recorded_flows),
        "residents": model.counts.residents.sum(),
    }
    components, changes = [], []
    for _ in range(12):
        model.step()
        components.append(model.counts.components.copy())
        changes.append(model.counts.changes_by_cause())
    return start, np.stack(components), changes


def test_the_register_is_the_published_one(year):
    start, _, _ = year
    assert start["lists"].sum() == 60_557_453
    assert start["recorded"]["gross_misalignment"] == pytest.approx(0.0417, abs=5e-5)
    assert start["recorded"]["net_misalignment"] == pytest.approx(0.0103, abs=5e-5)


def test_the_excess_by_age_is_that_of_england_s_lists(region, year):
    """Under 18 +1.5%, 18-49 +13.0%, 50-64 +5.4%, 65 and over +1.2% (lists against mid-2020 residents)."""
    start, _, _ = year
    excess = start["registered by band"] / resident_bands(region).sum(axis=0) - 1
    assert excess == pytest.approx([0.015, 0.130, 0.054, 0.012], abs=0.003)
    assert start["residents"] == pytest.approx(region.residents.sum(), rel=0.005)


@pytest.mark.parametrize(
    ("name", "national", "typical", "most"),
    [
        ("births", 0.01, 0.02, 0.06),
        ("deaths", 0.01, 0.02, 0.06),
        ("internal_in", 0.01, 0.015, 0.04),
        ("internal_out", 0.01, 0.015, 0.04),
        ("international_in", 0.01, 0.02, 0.06),
        ("international_out", 0.02, 0.05, 0.22),
    ],
)
def test_a_year_agrees_with_the_published_components(region, year, name, national, typical, most):
    """Nationally, in the median authority and in 95% of authorities, as shares of the published count.

    Scatter is mostly chance: an authority has some 1,500 births and 700 emigrants a year.
    """
    simulated = year[1][:, :, COMPONENTS.index(name)].sum(axis=0)
    column = region.components["years"].tolist().index(PUBLISHED_YEAR)
    published = region.components[name][:, column].astype(float)
    if name == "internal_in":
        # Moves to and from the rest of the UK are not balanced; whoever leaves an English authority arrives in one here.
        published *= region.components["internal_out"][:, column].sum() / published.sum()
    assert simulated.sum() == pytest.approx(published.sum(), rel=national)
    off = np.abs(simulated / published - 1)
    assert np.median(off) < typical
    assert np.quantile(off, 0.95) < most
    assert (np.abs(simulated - published) < 6 * np.sqrt(1.5 * published) + 0.05 * published).all()


def test_the_first_quarter_has_no_break(year):
    _, components, changes = year
    quarters = components.sum(axis=1).reshape(4, 3, len(COMPONENTS)).sum(axis=1)
    later = quarters[1:].mean(axis=0)
    assert quarters[0] == pytest.approx(later, rel=0.02)
    for cause in ("born", "arrived", "first registration", "moved", "switched", "followed mother", "died", "cleaned"):
        by_month = np.array([month[cause] for month in changes], float)
        # The median: practices that close in April strike their ghosts off all at once.
        assert by_month[:3].mean() == pytest.approx(np.median(by_month[3:]), rel=0.05), cause
