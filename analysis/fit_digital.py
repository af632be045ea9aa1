"""The digital provider against GP at Hand: python -m analysis.fit_digital REGION [--grid | --later] [--set KEY=VALUE].

Runs history-2017-2021 from a region of April 2017 that holds London and Birmingham, follows everybody who joins the
list of E85124, and prints what was published up to April 2019, to which ``model/parameters/digital.py`` is fitted,
beside the run's: the list by month and the root mean square error over those months, ages, and who leaves.

Denominators. "Left" divides all who joined since July 2017 and are no longer on the list, for whatever cause, by all
who joined; somebody who joins twice counts twice. "Returned" divides those of a cohort who went back to the practice
they came from by all of the cohort who joined, whether or not they left; "of early leavers" divides those who went back
by those who left within ``digital.early_months``. The 14,134 "joiners" of the first three months are the growth of the
list from 1 November 2017 to 1 February 2018 (19,104 - 4,970), so the run's growth is what they are compared with.

``--grid`` runs once for each of marketing p x word of mouth q; the launch is scaled so that the launch hazard, p x
launch, stays what it is. Many pairs fit about equally well: p and q are told apart weakly by 17 months of a list.
``--later`` goes on to August 2021 and prints what the fit has not seen, where the patients live included. Published
lists are of E85124; those whose nearest site is in Birmingham are in life on the list of Y06487 and are left out.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from analysis.digital_followed import Followed, follow
from analysis.published_history import Published, day
from model.errors import InputError
from model.geography.london import london_authorities
from model.geography.region import Region
from model.geography.region_files import load_region
from model.months import months_since_1970
from model.providers.digital_sites import nearest_site_km
from model.scenario import Scenario
from model.scenario_files import load_scenario
from runs.describe_register import DIGITAL_CROSSING, DIGITAL_LIST

SCENARIO = Path(__file__).resolve().parents[1] / "runs" / "scenarios" / "history-2017-2021.toml"
OPENED, FITTED_TO, LATER_TO = day("2017-11-01"), day("2019-04-01"), day("2021-08-01")
BIRMINGHAM_OPENED = day("2019-06-01")
SEPTEMBER_2018 = (day("2018-10-01"), 33_720)
"""General Practice Workforce, 30 September 2018."""
APRIL_2020, JANUARY_2021 = (day("2020-04-01"), 78_548), (day("2021-01-01"), DIGITAL_LIST)
"""House of Commons Library, lists of April 2020; register of January 2021."""
SOUTH_EAST = ("E09000004", "E09000006", "E09000011", "E09000022", "E09000023", "E09000028")
"""Bexley, Bromley, Greenwich, Lambeth, Lewisham, Southwark."""
BIRMINGHAM = "E08000025"
BOROUGHS = {
    "E09000030": 8854, "E09000013": 6882, "E09000028": 6127, "E09000022": 5314, "E09000019": 5144, "E09000032": 5007,
    "E09000012": 4665, "E09000025": 4591,
}  # fmt: skip
"""Register of January 2021: the most of GP at Hand's patients by borough of residence."""
DECILES = (2.5, 13.6, 19.8, 17.7, 12.6, 11.9, 8.2, 6.8, 4.6, 2.3)
"""Register of January 2021: per cent of its patients by deprivation decile of the home, most deprived first."""
GRID_P, GRID_Q = (0.45, 1.0, 1.3), (0.5, 1.0, 3.0)
"""Ratios to the marketing and word of mouth that are set: the pairs on one diagonal fit about equally well."""


class Line(NamedTuple):
    """A published figure beside the run's."""

    what: str
    published: float
    model: float
    form: str
    note: str = ""


def published_lists(after: datetime.date, up_to: datetime.date) -> dict[datetime.date, float]:
    """GP at Hand's published list by day, after one day and up to another."""
    known = {date: figure.value for date, figure in Published().digital.items()}
    known |= dict((SEPTEMBER_2018, APRIL_2020, JANUARY_2021))
    return {date: known[date] for date in sorted(known) if after < date <= up_to}


def list_lines(run: Followed, after: datetime.date, up_to: datetime.date) -> list[Line]:
    """The list by month, published and run: E85124, so without those whose nearest site is in Birmingham."""
    lists = run.lists - elsewhere(run)
    return [
        Line(f"list, {date:%d %B %Y}", value, run.at(date, lists), ",.0f")
        for date, value in published_lists(after, up_to).items()
    ]


def in_birmingham(run: Followed) -> np.ndarray:
    """Areas whose nearest site is the provider's in Birmingham, bool[A]: from June 2019 another practice, Y06487."""
    region, sites = run.model.region, [site.area for site in run.model.digital.providers[0].sites]
    there = region.authorities[region.area_authority[sites]] == BIRMINGHAM
    return there[nearest_site_km(region, sites)[1]]


def elsewhere(run: Followed) -> np.ndarray:
    """Patients whom life has on the list of Y06487 instead, int64[M]."""
    opened = np.array([month >= BIRMINGHAM_OPENED for month in run.months])
    return run.by_home[:, in_birmingham(run)].sum(axis=1) * opened


def error(lines: Sequence[Line]) -> float:
    """Root mean square difference."""
    return float(np.sqrt(np.mean([(line.model - line.published) ** 2 for line in lines])))


def people_lines(run: Followed) -> list[Line]:
    """Ages and leaving up to April 2019 (denominators: module docstring)."""
    february, early_2019 = day("2018-02-01"), day("2019-03-01")
    growth = run.at(february, run.lists) - run.at(OPENED, run.lists)
    young = run.ages_at(february, 20, 40) - run.ages_at(OPENED, 20, 40)
    size = run.at(early_2019, run.lists)
    stays, month = run.stays, months_since_1970
    joined_by = stays.joined < month(early_2019)
    gone = stays.ended(month(early_2019))
    cohort = (stays.joined >= month(OPENED)) & (stays.joined < month(day("2018-04-01")))
    region = run.model.region
    there = np.isin(region.authorities[region.area_authority[stays.home]], SOUTH_EAST)
    south_east = cohort & there
    returned = stays.back & stays.ended(month(day("2018-04-01")))
    early = gone & (stays.left - stays.joined <= run.model.scenario.digital.early_months)
    south_east_note = f"of {int(south_east.sum()):,} who joined November to March; by the end of March"
    return [
        Line("growth of the first three months aged 20-39", 0.847, _ratio(young, growth), ".1%", "of 14,134"),
        Line("list aged 20-39", 0.85, _ratio(run.ages_at(early_2019, 20, 40), size), ".1%", "1 March 2019"),
        Line("list aged 20-29", 0.48, _ratio(run.ages_at(early_2019, 20, 30), size), ".1%", "'almost half'"),
        Line(
            "left, of all who joined since July 2017", 0.28, _ratio((gone & joined_by).sum(), joined_by.sum()), ".1%",
            f"of {int(joined_by.sum()):,}, by 1 March 2019, all causes",
        ),
        Line(
            "returned, SE London's first joiners", 941 / 4606, _ratio((returned & south_east).sum(), south_east.sum()),
            ".1%", south_east_note,
        ),
        Line("returned, all first joiners", np.nan, _ratio((returned & cohort).sum(), cohort.sum()), ".1%"),
        Line("returned, of early leavers", 0.33, _ratio((early & stays.back).sum(), early.sum()), ".1%", "at least"),
    ]  # fmt: skip


def later_lines(run: Followed) -> list[Line]:
    """What the fit has not seen: later lists, the oldest, the host's people, and where patients live."""
    lines = list_lines(run, FITTED_TO, run.months[-1])
    april = APRIL_2020[0]
    if run.months[-1] >= april:
        lines.append(Line("aged 65 and over, April 2020", 443, run.ages_at(april, 65, 111), ",.0f"))
    known = Published()
    for year, figure in known.host_registered.items():
        day_of = datetime.date(year + 1, 1, 1) if year <= 2017 else datetime.date(year, 10, 1)
        if run.months[0] <= day_of <= run.months[-1]:
            lines.append(
                Line(
                    f"registered, host, {day_of:%B %Y}",
                    figure.value,
                    run.at(day_of, run.registered - elsewhere(run)),
                    ",.0f",
                )
            )
    for year, figure in known.host_resident.items():
        day_of = datetime.date(year, 7, 1)
        if run.months[0] <= day_of <= run.months[-1]:
            lines.append(Line(f"residents, host, {day_of:%B %Y}", figure.value, run.at(day_of, run.residents), ",.0f"))
    return [*lines, *home_lines(run)]


def home_lines(run: Followed) -> list[Line]:
    """Where patients live by their recorded addresses in January 2021, or at the end of a shorter run."""
    region, lines = run.model.region, []
    last = min(JANUARY_2021[0], run.months[-1])
    everybody, second = run.by_home[run.months.index(last)], in_birmingham(run)
    lines.append(Line("Birmingham (Y06487)", 3338, float(everybody[second].sum()), ",.0f", f"{last:%B %Y}, unscaled"))
    patients = np.where(second, 0, everybody)
    by_authority = np.bincount(region.area_authority, patients, len(region.authorities))
    scale = DIGITAL_LIST / patients.sum()
    note = f"{last:%B %Y}, scaled to {DIGITAL_LIST:,}"
    for code, living in BOROUGHS.items():
        found = float(by_authority[region.authorities == code].sum()) * scale
        lines.append(Line(region.name_of(code), living, found, ",.0f", note))
    london = london_authorities(region)
    lines.append(Line("in London", 0.95, _ratio(by_authority[london].sum(), patients.sum()), ".1%"))
    host = int(region.practice_commissioner[run.stays.host])
    outside = patients[region.area_commissioner != host].sum()
    lines.append(Line("from outside the host's commissioner", DIGITAL_CROSSING, _ratio(outside, patients.sum()), ".1%"))
    deciles = np.bincount(region.deprivation_decile, patients, 11)[1:]
    for decile, (value, share) in enumerate(zip(DECILES, deciles / patients.sum(), strict=True), 1):
        lines.append(Line(f"deprivation decile {decile}", value / 100, float(share), ".1%"))
    return lines


def table(lines: Sequence[Line]) -> str:
    """Lines as text: what, published, run, ratio, note."""
    out = [f"{'':44}{'published':>10}{'model':>10}{'ratio':>7}"]
    for what, published, model, form, note in lines:
        shown = "" if np.isnan(published) else f"{published:{form}}"
        ratio = "" if np.isnan(published) else f"{model / published:.2f}"
        out.append(f"{what:44}{shown:>10}{model:>10{form}}{ratio:>7}  {note}".rstrip())
    return "\n".join(out)


def ridge(region: Region, sets: Sequence[str], travel_cache: Path | None = None) -> str:
    """RMSE of the list over marketing x word of mouth, the launch hazard p x launch held (module docstring)."""
    digital = load_scenario(SCENARIO, sets).digital
    qs = [digital.word_of_mouth * ratio for ratio in GRID_Q]
    out = [f"{'p (launch) | q':>18}" + "".join(f"{q:>9.4f}" for q in qs)]
    for p in (digital.marketing * ratio for ratio in GRID_P):
        launch = digital.launch * digital.marketing / p
        row = []
        for q in qs:
            changed = [f"digital.marketing={p}", f"digital.launch={launch}", f"digital.word_of_mouth={q}"]
            run = follow(region, load_scenario(SCENARIO, [*sets, *changed]), FITTED_TO, travel_cache=travel_cache)
            row.append(error(list_lines(run, OPENED - datetime.timedelta(1), FITTED_TO)))
        out.append(f"{f'{p:.5f} ({launch:.1f})':>18}" + "".join(f"{rmse:>9,.0f}" for rmse in row))
    return "\n".join(out)


def _ratio(part: float | np.number, whole: float | np.number) -> float:
    return float(part / whole) if whole else float("nan")


def main(arguments: list[str] | None = None) -> int:
    """Print published and simulated figures, or the grid; 2 where the region cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m analysis.fit_digital", description=__doc__.split("\n")[0])
    parser.add_argument("region", type=Path, help="folder of a region of April 2017 with London and Birmingham")
    parser.add_argument("--set", dest="sets", action="append", default=[], help="override a parameter, key=value")
    parser.add_argument("--grid", action="store_true", help="RMSE over marketing and word of mouth: nine runs")
    parser.add_argument("--later", action="store_true", help="go on to August 2021, which the fit has not seen")
    options = parser.parse_args(arguments)
    try:
        region = load_region(options.region)
        with tempfile.TemporaryDirectory() as travel_cache:
            print(report(region, options.sets, Path(travel_cache), grid=options.grid, later=options.later))
    except InputError as mistake:
        print(f"fit_digital: {mistake}", file=sys.stderr)
        return 2
    return 0


def report(
    region: Region, sets: Sequence[str], travel_cache: Path | None = None, *, grid: bool = False, later: bool = False
) -> str:
    """What the command prints."""
    if grid:
        return ridge(region, sets, travel_cache)
    scenario: Scenario = load_scenario(SCENARIO, sets)
    run = follow(region, scenario, LATER_TO if later else FITTED_TO, travel_cache=travel_cache)
    lists = list_lines(run, OPENED - datetime.timedelta(1), FITTED_TO)
    parts = [table([*lists, *people_lines(run)]), f"list by month: RMSE {error(lists):,.0f} patients"]
    if later:
        parts += ["", "not seen by the fit", table(later_lines(run))]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
