"""The published registers and lists of 2021, as a forecast is compared with them."""

import datetime

import duckdb
import pytest

from analysis.validation.forecast import MODEL, PERSISTENCE, TREND, judge
from analysis.validation.reconstruction import DIGITAL
from analysis.validation.register_axes import LOOKUP, Counted
from analysis.validation.register_files import read_register
from analysis.validation.register_runs import run_until
from model.errors import InputError
from model.geography.open_data import import_open_data
from model.geography.region_files import load_region
from runs.library import load

pytestmark = pytest.mark.slow
REGISTER, LISTS = "gp_reg_practice_lsoa_2021-01.parquet", "gp_reg_practice_totals_2021.parquet"
JULY = datetime.date(2021, 7, 1)


@pytest.fixture(scope="module")
def england(real_data, tmp_path_factory):
    return load_region(import_open_data(real_data, tmp_path_factory.mktemp("regions") / "england"))


def unchanged(region):
    """The register of the start as what a run found."""
    codes = region.practices[region.registration_practice]
    return Counted(codes, region.registration_area, region.registration_patients.astype(float))


def values(rows):
    return {(row.section, row.measure): row for row in rows}


def test_the_register_of_january_as_if_nothing_had_changed(england, real_data):
    """What is measured of it is what was computed from it elsewhere; who says nothing changes is right."""
    rows = values(judge(england, read_register(real_data / REGISTER, JULY), [unchanged(england)], groups=[DIGITAL]))
    flows = "Flows between commissioners"
    assert rows[flows, "share outside the own one"].published == pytest.approx(0.0417, abs=5e-5)
    assert rows[flows, "on balance"].published == pytest.approx(0.0103, abs=5e-5)
    assert rows[flows, "patients across"].published == 2_522_872
    assert rows["GP at Hand", "net flow of NHS Hammersmith and Fulham CCG"].published == 81_005
    assert rows["GP at Hand", "list"].published == 89_786 + 3_338
    assert rows["Practice lists", "patients on lists"].published == 60_606_345
    assert rows["Distance to the practice", "percentile 50, km"].published == pytest.approx(1.21, abs=0.005)
    for what in (("Area by practice", "common part (CPC)"), (flows, "flows, common part (CPC)")):
        assert rows[what].values[MODEL] == pytest.approx(1)
        assert rows[what].values[PERSISTENCE] == pytest.approx(1)
    assert rows["Practice lists", "lists, all practices"].values[PERSISTENCE] == pytest.approx(0, abs=1e-9)


def test_coded_by_lsoas_of_2021_it_is_the_same_register_with_the_lookup_and_refused_without(
    england, real_data, tmp_path
):
    file = tmp_path / "gp-reg-lsoa-2021-07.parquet"
    duckdb.sql(f"""
        SELECT OrganisationCode AS PRACTICE_CODE, coalesce(new, LSOA11CD) AS LSOA_2021, sum(Patient)::BIGINT AS PATIENTS
        FROM '{real_data / REGISTER}' LEFT JOIN (
            SELECT lsoa11_code, min(lsoa21_code) AS new FROM '{real_data / LOOKUP}' GROUP BY 1
        ) ON lsoa11_code = LSOA11CD GROUP BY ALL
    """).write_parquet(str(file))
    later = read_register(file)
    rows = values(judge(england, later, [unchanged(england)], groups=[], lookup=real_data / LOOKUP))
    assert rows["Area by practice", "common part (CPC)"].values[MODEL] > 0.999
    with pytest.raises(InputError, match="for LSOAs of 2021"):
        judge(england, later, [unchanged(england)])


def test_half_a_year_of_north_west_london_is_forecast_better_by_commissioner_than_by_who_says_nothing_changes(
    real_data, tmp_path
):
    folder = import_open_data(real_data, tmp_path / "nwl", systems=("North West London Health and Care Partnership",))
    region = load_region(folder)
    later = read_register(real_data / LISTS)
    earlier = read_register(real_data / "gp_practice_list_age_summary_2020-04.csv.gz")
    assert (later.month, earlier.month) == (JULY, datetime.date(2020, 4, 1))
    run = run_until(load("forecast-2021", (), {"region": str(folder)}), region, JULY, quiet=True)
    rows = values(judge(region, later, [run], earlier=earlier))
    registered = rows["Commissioners", "registered"]
    assert registered.skill(MODEL, PERSISTENCE) > 0
    assert set(registered.values) == {MODEL, PERSISTENCE, TREND}
    assert rows["GP AT HAND", "list"].published == 99_758
    assert rows["GP AT HAND", "list"].values[PERSISTENCE] == 89_786
