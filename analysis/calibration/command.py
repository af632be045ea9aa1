"""``gpdrift calibrate dynamics``: which values of dynamic parameters agree with the calibration patterns."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from analysis.calibration.plan import CalibrationPlan
    from analysis.calibration.trials import Figures, Search
    from model.scenario import Scenario

REPEATS_FROM, CONFIRMED_FROM = 1001, 2001
"""First seeds of the runs that tell the noise, and of those that confirm what was accepted: no trial has them."""


@click.command()
@click.option("--region", required=True, metavar="R", help="Region folder of the scenario's first month, or a preset.")
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), metavar="FILE", help="Another plan.")
@click.option("--trials", type=click.IntRange(1, 100_000), default=64, show_default=True, help="Vectors tried in all.")
@click.option("--seeds", type=click.IntRange(1, 100), default=1, show_default=True, help="Seeds of each trial.")
@click.option("--repeats", type=click.IntRange(0, 100), default=5, show_default=True, help="Runs that tell the noise.")
@click.option("--keep", type=click.IntRange(1, 1000), default=24, show_default=True, help="Accepted vectors written.")
@click.option("--confirm", type=click.IntRange(0, 1000), default=8, show_default=True, help="Of them, run again.")
@click.option("--check", "checks", multiple=True, metavar="R", help="See what holds in another region (repeatable).")
@click.option("--search-seed", type=click.IntRange(0, 2**31), default=1, show_default=True, help="Of the search.")
@click.option("--threads", type=click.IntRange(1, 1024), metavar="N", help="Threads of a run [all cores].")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("calibration"), show_default=True, metavar="DIR",
    help="The search; give it again to go on with it.",
)  # fmt: skip
@click.option(
    "--validation", type=click.Path(path_type=Path), default=Path("validation"), show_default=True, metavar="DIR",
    help="Where the tables of the validation page go.",
)  # fmt: skip
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def dynamics(
    region: str,
    plan_file: Path | None,
    trials: int,
    seeds: int,
    repeats: int,
    keep: int,
    confirm: int,
    checks: tuple[str, ...],
    search_seed: int,
    threads: int | None,
    out: Path,
    validation: Path,
    quiet: bool,
    as_json: bool,
) -> None:
    """Search dynamic parameters by simulated distance to the calibration patterns; resumed by the same command."""
    from analysis.calibration.accepted import accepted_of, closest_of, rule_of, spread_out
    from analysis.calibration.plan import DYNAMICS, load_plan
    from analysis.calibration.tables import accepted_frame, calibration_frame, summary, write_all
    from analysis.calibration.trials import Search, own_values
    from analysis.validation.folder import check_validation_folder
    from model.patients.threads import set_threads
    from runs.experiment_plan import model_version
    from runs.library import load
    from runs.progress import say

    check_validation_folder(validation)
    if threads is not None:
        set_threads(threads)
    plan = load_plan(plan_file or DYNAMICS)
    scenario = load(plan.scenario)
    own = own_values(plan, scenario)
    say(quiet, f"Reading {region} ...")
    place = _Place(region, plan, scenario)
    about = {"region": place.region.digest, "seeds": seeds, "model": model_version()}
    search = Search(out, plan, own, about, search_seed)
    _with_bar(search, trials, partial(place.run, list(range(1, seeds + 1))), quiet)
    done = search.trials
    closest = closest_of(done, plan)
    say(quiet, f"Noise of seeds, {repeats} runs ...")
    again = [place.run_again(search, closest, [seed]) for seed in range(REPEATS_FROM, REPEATS_FROM + repeats)]
    rule = rule_of(done, plan, again, seeds)
    accepted = accepted_of(done, plan, rule)
    kept = spread_out(accepted, plan, keep)
    say(quiet, f"Accepted {len(accepted)} of {len(done)}; running {min(confirm, len(kept))} of them again ...")
    fresh = list(range(CONFIRMED_FROM, CONFIRMED_FROM + seeds))
    confirmed = (
        [place.run_again(search, chosen.vector, fresh) for chosen in spread_out(accepted, plan, confirm)]
        if confirm
        else []
    )
    shown = list(dict.fromkeys([0, closest, *(t.vector for t in spread_out(accepted, plan, 2))]))
    elsewhere: dict[str, dict[int, Figures]] = {}
    for name in checks:
        say(quiet, f"Checking in {name} ...")
        there = _Place(name, plan, scenario)
        elsewhere[there.name] = {vector: there.run_again(search, vector, [1]) for vector in shown}
    told = summary(plan, done, accepted, kept, rule, confirmed, elsewhere, {**about, "place": place.name})
    files = write_all(
        out, validation, accepted_frame(kept, plan, scenario),
        calibration_frame(plan, done, accepted, rule, again, seeds, elsewhere), told,
    )  # fmt: skip
    if as_json:
        click.echo(json.dumps(told, indent=2))
    elif not quiet:
        click.echo("\n".join([*_lines(told), *(f"Written: {file}" for file in files)]))


class _Place:
    """A region in which vectors are run."""

    def __init__(self, name: str, plan: CalibrationPlan, scenario: Scenario) -> None:
        from model.geography.open_region import open_region
        from model.geography.travel import load_travel

        self.region = open_region(name)
        self.name = str(self.region.about.get("name", name))
        self.travel = load_travel(self.region, None, scenario.choice.candidates)
        self.plan, self.scenario = plan, scenario
        self.until = _until(plan, scenario)

    def run(self, seeds: list[int], point: dict[str, float]) -> Figures:
        """Figures of a vector, mean over seeds."""
        from analysis.calibration.figures import figures_of
        from analysis.calibration.trials import mean_figures
        from runs.experiment_settings import laid_on

        changed = laid_on(self.scenario, self.plan.values(point, self.scenario))
        wanted = [target.figure for target in self.plan.figures]
        return mean_figures([figures_of(changed, self.region, self.travel, self.until, seed, wanted) for seed in seeds])

    def run_again(self, search: Search, vector: int, seeds: list[int]) -> Figures:
        """Figures of a vector of the search here, mean over other seeds; kept under the first of them."""
        return search.run_again(vector, seeds[0], self.region.digest, partial(self.run, seeds))


def _until(plan: CalibrationPlan, scenario: Scenario) -> datetime.date:
    from model.errors import InputError

    try:
        until = datetime.date.fromisoformat(f"{plan.until}-01")
    except ValueError:
        raise InputError(f"--plan: until is {plan.until!r}, expected a month such as 2019-04") from None
    if scenario.start and f"{scenario.start}-01" >= f"{plan.until}-01":
        raise InputError(f"--plan: until is {plan.until}, expected a month after the start, {scenario.start}")
    return until


def _with_bar(search: Search, trials: int, run: Callable[[dict[str, float]], Figures], quiet: bool) -> None:
    """Do the missing trials under a progress bar."""
    import sys

    from tqdm import tqdm

    from model.errors import InputError

    with tqdm(
        total=trials, initial=min(len(search.trials), trials), unit="trial", disable=True if quiet else None,
        file=sys.stderr, leave=False,
    ) as bar:  # fmt: skip
        try:
            search.go_on(trials, run, bar.update)
        except InputError:
            search.give_up_if_empty()
            raise


def _lines(told: dict[str, Any]) -> list[str]:
    """The summary as text."""
    from runs.experiment_report import aligned

    own, closest = told["own_misses"], told["closest_misses"]
    cells = [["pattern", "off: own", "closest", "limit", "noise"]]
    for name, limit in told["limits"].items():
        cells.append([name, *(f"{value:.2f}" for value in (own[name], closest[name], limit, told["noise"][name]))])
    lines = [
        f"{told['trials']} vectors of {told['parameters']} parameters, {told['accepted']} accepted"
        f" ({told['accepted_of_prior']} of {told['prior_trials']} drawn from the prior), {told['kept']} kept",
        f"Distance: own values {told['own_distance']:.2f}"
        f" ({'accepted' if told['own_accepted'] else 'not accepted'}), closest {told['closest_distance']:.2f}",
        f"Run again with other seeds: {told['confirmed_accepted']} of {told['confirmed']} accepted again",
        "", *aligned(cells), "off: tolerances a pattern is off; accepted up to the limit", "",
    ]  # fmt: skip
    for region, by_vector in told["checks"].items():
        lines.append(f"In {region}:")
        names = list(told["limits"])
        lines += aligned(
            [["vector", *names], *([v, *(f"{off[n]:.2f}" for n in names)] for v, off in by_vector.items())]
        )
        lines.append("")
    return lines
