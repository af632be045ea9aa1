"""``gpdrift validate --against`` as it is run: a forecast of a town beside registers that are made up."""

import json

import duckdb
import pytest
from click.testing import CliRunner

from analysis.validation.forecast_page import section
from model.errors import InputError
from runs.main import gpdrift

MARCH = "gp-reg-2021-03.csv"


def run(*arguments):
    result = CliRunner().invoke(gpdrift, [str(argument) for argument in arguments], catch_exceptions=True)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Two months of a town from January 2021, and its register of March as if it had been published."""
    folder = tmp_path_factory.mktemp("against")
    run(
        "run",
        "forecast-2021",
        "--region",
        "town",
        "--months",
        2,
        "--register",
        "2021-03",
        "--out",
        folder / "run",
        "--quiet",
    )
    duckdb.sql(f"""
        COPY (SELECT practice AS PRACTICE_CODE, area AS LSOA_CODE, 'ALL' AS SEX, patients AS NUMBER_OF_PATIENTS
            FROM '{folder / "run" / "register.parquet"}') TO '{folder / MARCH}' (HEADER)
    """)
    return folder


def test_the_run_itself_as_published_is_a_perfect_forecast(town):
    told = json.loads(
        run(
            "validate",
            "--against",
            town / MARCH,
            "--region",
            "town",
            "--results",
            town / "run",
            "--out",
            town / "a",
            "--json",
        )
    )
    assert (told["month"], told["scenario"], told["seeds"]) == ("2021-03-01", "forecast-2021", 1)
    model = {row["measure"]: row for row in told["rows"] if row["candidate"] == "model"}
    assert model["common part (CPC)"]["value"] == 1
    assert model["lists, all practices"]["value"] == 0
    assert model["lists, all practices"]["skill_against_persistence"] == 1
    assert model["share outside the own one"]["value"] == model["share outside the own one"]["published"]


def test_without_results_it_is_run_and_several_registers_are_kept(town):
    out = town / "b"
    text = run("validate", "--against", town / MARCH, "--region", "town", "--seeds", 2, "--out", out)
    assert "### March 2021" in text
    assert "2 seeds" in text
    lists = town / "lists-2021-02.csv"
    duckdb.sql(f"""
        COPY (SELECT practice AS CODE, '' AS POSTCODE, sum(patients)::BIGINT AS NUMBER_OF_PATIENTS
            FROM '{town / "run" / "register.parquet"}' GROUP BY 1 ORDER BY 1) TO '{lists}' (HEADER)
    """)
    before = town / "lists-2020-01.csv"
    duckdb.sql(
        f"COPY (SELECT CODE, round(0.98 * NUMBER_OF_PATIENTS)::INT AS PATIENTS FROM '{lists}') TO '{before}' (HEADER)"
    )
    text = run("validate", "--against", lists, "--region", "town", "--seeds", 1, "--before", before, "--out", out)
    assert "skill over trend" in text
    assert "Flows" not in text
    page = section(out)
    assert "### February 2021" in page
    assert "### March 2021" in page
    run("validate", "--page", out / "VALIDATION.md", "--out", out)
    assert "## Forecasts from a register" in (out / "VALIDATION.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--month", "2021-04", "--results", "run"),
            "runs from 2021-01 to 2021-03, expected a run that reaches 2021-04",
        ),
        (("--month", "2021-02", "--results", "run"), "run it again with --register 2021-02"),
        (("--month", "2020-12"), "is of 2020-12, expected a month after the start, 2021-01"),
        (("--month", "soon"), "expected a month such as 2022-01"),
        (("--practice", "nobody"), "no such practice"),
        (("--region", "metro"), "expected the one the forecast starts from"),
        (
            ("--scenario", "history-2017-2021"),
            "starts in 2017-04, expected the month of the region's register, 2021-01",
        ),
        (("--before", "none.csv"), "--before none.csv: no such file"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_line_and_nothing_is_written(town, arguments, message, monkeypatch):
    monkeypatch.chdir(town)
    with pytest.raises(InputError, match=message):
        run("validate", "--against", MARCH, "--region", "town", "--out", "refused", *arguments)
    assert not (town / "refused").exists()


def test_the_month_may_be_told_for_a_file_that_does_not(town, monkeypatch):
    monkeypatch.chdir(town)
    (town / "plain.csv").write_bytes((town / MARCH).read_bytes())
    with pytest.raises(InputError, match="give it with --month"):
        run("validate", "--against", "plain.csv", "--region", "town", "--results", "run", "--out", "c")
    told = run(
        "validate", "--against", "plain.csv", "--month", "2021-03", "--region", "town", "--results", "run", "--out", "c"
    )
    assert "### March 2021 (plain.csv)" in told


def test_runs_of_another_region_are_refused(town, monkeypatch):
    monkeypatch.chdir(town)
    with pytest.raises(InputError, match="was run in another region"):
        run("validate", "--against", MARCH, "--region", "metro", "--results", "run", "--out", "d")


@pytest.mark.parametrize("regions", [(), ("--region", "town")])
def test_a_reconstruction_needs_both_regions(town, regions, monkeypatch):
    monkeypatch.chdir(town)
    with pytest.raises(InputError, match="needs England of April 2017 and of the register"):
        run("validate", "--reconstruct", *regions, "--out", "e")
