"""England's books in January 2021 against published payments and spending."""

import numpy as np
import pytest

from model.geography.open_data import import_open_data
from model.geography.region_files import load_region

pytestmark = pytest.mark.slow
MEAN_DEPRIVATION = np.array([41.1, 27.7, 20.5, 14.7, 9.4])
"""Mean IMD score of deprivation fifths, most deprived first."""


@pytest.fixture(scope="module")
def england(real_data, tmp_path_factory, make_model):
    return make_model(load_region(import_open_data(real_data, tmp_path_factory.mktemp("regions") / "england")))


@pytest.fixture(scope="module")
def indices(england):
    """Predicted and published index of the practices whose weighted list is published, and which they are."""
    region = england.region
    published = np.divide(
        region.weighted_list, region.list_size, where=region.list_size > 0, out=np.full(len(region.practices), np.nan)
    )
    known = (region.list_size > 1000) & (published > 0.4) & (published < 2)
    return england.lists.carr_hill[known], published[known], known


def test_the_spread_of_the_index_is_that_of_weighted_lists(indices):
    predicted, published, known = indices
    assert known.sum() > 6_500
    assert np.percentile(predicted, [5, 50, 95]) == pytest.approx([0.85, 1.00, 1.18], abs=0.03)
    assert np.percentile(predicted, [5, 25, 50, 75, 95]) == pytest.approx(
        np.percentile(published, [5, 25, 50, 75, 95]), abs=0.02
    )
    assert np.corrcoef(predicted, published)[0, 1] > 0.8


def test_the_index_rises_with_age_deprivation_and_rurality_as_published(england, indices):
    predicted, _, known = indices
    mix = england.casemix
    size = mix.practice_ages.sum(axis=(1, 2))[known]
    old = 100 * mix.practice_ages[known, :, 7:].sum(axis=(1, 2)) / size
    deprivation = MEAN_DEPRIVATION @ mix.fifth_practice[:, known] / mix.fifth_practice[:, known].sum(axis=0)
    register = england.region
    rural = np.bincount(
        register.registration_practice, register.registration_patients * register.rural[register.registration_area], len(known)
    )[known] / register.list_size[known]  # fmt: skip
    design = np.column_stack([np.ones(len(size)), old, deprivation, rural])
    _, by_age, by_deprivation, by_rurality = np.linalg.lstsq(design, predicted)[0]
    assert by_age == pytest.approx(0.012, abs=0.003)
    assert by_deprivation == pytest.approx(0.0059, abs=0.004)
    assert by_rurality == pytest.approx(0.051, abs=0.02)


def test_commissioners_weigh_as_published_and_are_paid_what_england_was(england):
    book, region = england.money, england.region
    size = england.casemix.practice_ages.sum(axis=(1, 2))
    weighted, registered = (
        np.bincount(region.practice_commissioner, each, len(region.commissioners))
        for each in (size * england.lists.carr_hill, size)
    )
    assert np.percentile(weighted / registered, [5, 95]) == pytest.approx([0.91, 1.12], abs=0.03)
    assert book.commissioner["paid"].sum() == book.pot - book.pot * 3 // 4
    assert book.pot == pytest.approx(77e9, rel=0.03)  # GBP 1,270-1,300 a head, 60 million patients
    assert book.authorities["social_care"].sum() == pytest.approx(19e9, rel=0.05)
    assert book.authorities["public_health"].sum() == pytest.approx(3.2e9, rel=0.05)


def test_small_practices_have_thin_margins(england):
    size, margin = england.lists.size, england.lists.margin
    large, small = margin[size > 8_000], margin[(size > 0) & (size < 4_000)]
    assert 0 < np.average(margin, weights=size) < 10
    assert (small < 0).mean() > 0.5 > 0.3 > (large < 0).mean()
