"""Designs: what they may say, what is refused, and which runs they ask for."""

import tomllib

import pytest

from model.errors import InputError
from runs.experiment_design import with_options
from runs.experiment_files import design_of
from runs.experiment_plan import Plan, make_plan
from runs.experiment_sampling import Sampling, points_of, unit_points
from runs.experiment_settings import Times, laid_on
from runs.library import load

PLAIN = """
region = "town"
months = 2
seeds = [4, 9]
[[scenarios]]
scenario = "baseline"
"""


def plan(text: str) -> Plan:
    return make_plan(design_of({"name": "tried", **tomllib.loads(text)}, "tried.toml"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seeds = 2", "no scenarios; add a table"),
        (PLAIN + "nane = 1", "scenario 1: unknown key nane; did you mean name?"),
        ("seed = 1" + PLAIN, "unknown key seed; did you mean seeds?"),
        (PLAIN + 'set = { choice.inertai = 1 }', "tried: baseline: unknown key choice.inertai; did you mean choice.inertia?"),
        (PLAIN + "set = { choice.inertia = 99 }", "choice.inertia is 99, expected a number from 0 to 20"),
        (PLAIN + "set = { seed = 3 }", "seed is set by the design itself"),
        (PLAIN + "set = { timeline.list-split.threshold = 3 }", "no event list-split; events of baseline are none"),
        (PLAIN.replace("[4, 9]", "[4, 4]"), "expected different whole numbers"),
        (PLAIN.replace("[4, 9]", "0"), "seeds is 0, expected how many"),
        (PLAIN.replace("[4, 9]", "'2'"), "tried.toml: seeds is '2', expected a whole number or a list"),
        (PLAIN.replace("[4, 9]", "[4, '9']"), "tried.toml: seeds[1] is '9', expected a whole number"),
        (PLAIN.replace("months = 2", "months = 2.5"), "tried.toml: months is 2.5, expected a whole number"),
        (PLAIN.replace('"baseline"', "3"), "tried.toml: scenarios[0].scenario is 3, expected text"),
        (PLAIN.replace('scenario = "baseline"', 'name = "x"'), "tried.toml: scenarios[0]: scenario is missing; add scenario = "),
        ("sampling = 3" + PLAIN, "tried.toml: sampling is 3, expected a table"),
        (PLAIN + "[parameters]\nchoice.inertia = {low='a', high=2}", "tried.toml: parameters: choice.inertia: low is 'a', expected a number"),
        (PLAIN.replace("months = 2", "months = -2"), "months is -2"),
        (PLAIN.replace('"baseline"', '"basline"'), "did you mean baseline?"),
        (PLAIN.replace('"town"', '"twon"'), "region 'twon': neither a preset"),
        ('measures = ["gros_misalignment"]' + PLAIN, "no measure gros_misalignment; did you mean gross_misalignment?"),
        ('measures = ["flows.patients"]' + PLAIN, "expected a column of headline, or commissioners.COLUMN"),
        ('[[timeline]]\nevent = "list-split"', "is a scenario; gpdrift run takes it"),
        ('tables = ["headlines"]' + PLAIN, "no table headlines; did you mean headline?"),
        ('interval = "z"' + PLAIN, "expected t or bootstrap"),
        (
            'interval = "bootstrap"' + PLAIN,
            "tried.toml: interval is 'bootstrap' with 2 seeds, expected at least 20: with fewer it is too narrow;"
            ' give more seeds, or interval = "t"',
        ),
        ("confidence = 95" + PLAIN, "confidence is 95.0, expected 0.5 to below 1"),
        ('baseline = "none"' + PLAIN, "baseline is 'none', expected one of baseline"),
        (PLAIN + '[[scenarios]]\nscenario = "baseline"', "two scenarios are called baseline"),
        (PLAIN + '[sampling]\nmethod = "random"', "method is 'random', expected one of grid"),
        (PLAIN + '[sampling]\nmethod = "morris"', "there are none; add a table [parameters]"),
        (PLAIN + '[sampling]\nmethod = "sobol"\nsamples = 12\n[parameters]\nchoice.inertia = {low=1, high=2}', "expected a power of 2"),
        (PLAIN + '[sampling]\nmethod = "morris"\nlevels = 3\n[parameters]\nchoice.inertia = {low=1, high=2}', "expected an even number"),
        (PLAIN + '[sampling]\nmethod = "morris"\n[parameters]\nchoice.inertia = [1, 2]', "lists values, expected { low = ..., high = ... }"),
        (PLAIN + "set = [1]", "scenario 1: set is [1], expected a table"),
        ("set = 3" + PLAIN, "tried.toml: set is 3, expected a table"),
        (PLAIN + "[parameters]\nchoice.candidates = [nan]", "choice.candidates"),
        (PLAIN + '[parameters]\n"timeline.²3.threshold" = [3]', "no event ²3; events of baseline are none"),
        (PLAIN + '[parameters]\n"ghosts.cleaning_by_age.²" = [3]', "ghosts.cleaning_by_age.²"),
        (PLAIN + "[parameters]\nchoice.inertia = {low=1, high=2, levels=9999999}", "levels is 9999999, expected 2 to 1000"),
        (PLAIN + "[parameters]\nchoice.inertia = {low=1, high=2, levels=1000}\nchoice.congestion = {low=1, high=2, levels=1000}", "asks for 2,000,000 runs"),
        (PLAIN + '[sampling]\nmethod = "morris"\nsamples = 99999999\n[parameters]\nchoice.inertia = {low=1, high=2}', "expected at most"),
        (PLAIN + "[parameters]\nchoice.inertia = 3", "choice.inertia is 3, expected a list of values"),
        (PLAIN + "[parameters]\nchoice.inertia = {low=3, high=2}", "expected low below high"),
        (PLAIN + "[parameters]\nchoice.inertia = {low=0, high=2, scale='log'}", "more than 0 on a log scale"),
        (PLAIN + "[parameters]\nchoice.inertia = {low=1, high=2, step=1}", "unknown key step"),
        (PLAIN + "[parameters]\nchoice.inertia = {low=1, high=40}", "choice.inertia is 20.5, expected a number from 0 to 20"),
        (PLAIN + "[parameters]\nmonths = [1, 2]", "tried.toml: parameters: months is the same at every point of a design; write months = outside"),
        (PLAIN + '[sampling]\nmethod = "latin-hypercube"\n[parameters]\nmonths = {low=1, high=9}', "write months = outside"),
        (PLAIN + "[parameters]\nstart = ['2021-01', '2021-02']", "parameters: start is the same at every point of a design; write set = { start"),
        (PLAIN + "[parameters]\nseed = [1, 2]", "parameters: seed is the same at every point of a design; write seeds = outside"),
        (PLAIN + "[parameters]\nregion = ['town', 'metro']", "parameters: region is the same at every point of a design; write region = outside"),
        (PLAIN + "[parameters]\nchoice = [1, 2]", "choice is a group of parameters"),
        (PLAIN + "[parameters]\nghosts.cleaning_by_age.7 = [0.1]", "ghosts.cleaning_by_age has entries 1 to 4"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_one_line_before_anything_runs(text: str, said: str):
    with pytest.raises(InputError) as refused:
        plan(text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_bootstrap_takes_twenty_seeds_or_more():
    design = design_of({"name": "tried", "interval": "bootstrap", **tomllib.loads(PLAIN), "seeds": 20}, "tried.toml")
    assert design.interval == "bootstrap"
    with pytest.raises(InputError, match="options: interval is 'bootstrap' with 19 seeds"):
        with_options(design, {"seeds": 19})


def test_an_event_that_names_a_place_the_region_lacks_is_refused_before_anything_runs():
    text = PLAIN.replace('"baseline"', '"digital-entry"') + 'set = { timeline.digital-launch.host = "Nowhere" }'
    with pytest.raises(InputError, match=r"tried: digital-entry: digital-launch .* host is 'Nowhere'"):
        plan(text)


class TestValuesLaidOnAScenario:
    def test_a_parameter_an_entry_of_a_list_and_a_field_of_an_event(self):
        base = load("list-split-1000")
        laid = laid_on(
            base,
            {
                "choice.inertia": 3.0,
                "ghosts.cleaning_by_age.2": 0.5,
                "timeline.list-split.threshold": 250,
                "timeline.1.marketing": 2.0,
            },
        )
        assert laid.choice.inertia == 3.0
        assert laid.ghosts.cleaning_by_age[1] == 0.5
        assert laid.ghosts.cleaning_by_age[2:] == base.ghosts.cleaning_by_age[2:]
        assert [event.kind for event in laid.timeline] == ["digital-launch", "list-split"]
        assert (laid.timeline[0].marketing, laid.timeline[1].threshold) == (2.0, 250)
        assert laid.timeline[1].month == base.timeline[1].month

    def test_factors_multiply_what_is_there_entry_by_entry(self):
        base = load("baseline")
        laid = laid_on(base, {"ghosts.cleaning_by_age": Times(0.5), "choice.inertia": Times(1.5)})
        assert laid.ghosts.cleaning_by_age == tuple(0.5 * rate for rate in base.ghosts.cleaning_by_age)
        assert laid.choice.inertia == 1.5 * base.choice.inertia

    def test_whole_numbers_stay_whole(self):
        laid = laid_on(load("list-split-1000"), {"choice.candidates": 20.6, "timeline.list-split.threshold": 499.7})
        assert (laid.choice.candidates, laid.timeline[1].threshold) == (21, 500)

    @pytest.mark.parametrize(
        ("key", "said"),
        [
            ("timeline.threshold", "expected timeline.EVENT.FIELD"),
            ("timeline.3.threshold", "no event 3; events of list-split-1000 are 1 digital-launch, 2 list-split"),
            ("timeline.list-split.treshold", "list-split has no field treshold; did you mean threshold?"),
            ("timeline.list-split.event", "has no field event"),
        ],
    )
    def test_events_that_are_not_there(self, key: str, said: str):
        with pytest.raises(InputError) as refused:
            laid_on(load("list-split-1000"), {key: 1})
        assert said in str(refused.value)


class TestRuns:
    def test_identity_follows_what_changes_a_result_and_nothing_else(self):
        first = {run.id for run in plan(PLAIN).runs()}
        assert len(first) == 2
        assert {run.id for run in plan(PLAIN).runs()} == first
        assert {run.id for run in plan('title = "Other words"' + PLAIN).runs()} == first
        more = [run.id for run in plan(PLAIN.replace("[4, 9]", "[4, 9, 11]")).runs()]
        assert first < set(more)
        assert not first & {run.id for run in plan(PLAIN + "set = { choice.inertia = 2.1 }").runs()}
        assert not first & {run.id for run in plan(PLAIN.replace("months = 2", "months = 3")).runs()}

    def test_a_field_of_an_event_is_varied_where_there_is_the_event_and_others_share_one_run(self):
        text = PLAIN + (
            '[[scenarios]]\nscenario = "list-split-1000"\n'
            "[parameters]\ntimeline.list-split.threshold = [250, 500, 1000]"
        )
        made = plan(text)
        assert [event.threshold for (_, event) in (s.timeline for s in made.cases["list-split-1000"])] == [
            250,
            500,
            1000,
        ]
        assert len(list(made.runs())) == 2 * 3 * 2
        assert len(made.different_runs()) == (1 + 3) * 2

    def test_runs_come_seed_by_seed(self):
        made = plan(PLAIN + '[[scenarios]]\nscenario = "digital-entry"')
        assert [(run.scenario, run.seed) for run in made.runs()] == [
            ("baseline", 4), ("digital-entry", 4), ("baseline", 9), ("digital-entry", 9),
        ]  # fmt: skip
        assert {made.scenario_of(run).seed for run in made.runs()} == {4, 9}


class TestSampling:
    def test_a_grid_is_every_combination(self):
        design = design_of(
            {
                "name": "g",
                **tomllib.loads(PLAIN + "[parameters]\na = [1, 2]\nb = {low=1, high=100, levels=3, scale='log'}"),
            },
            "g",
        )
        points = points_of(design.sampling, design.parameters)
        assert [point["a"] for point in points] == [1, 1, 1, 2, 2, 2]
        assert [point["b"] for point in points][:3] == pytest.approx([1, 10, 100])

    @pytest.mark.parametrize(
        ("sampling", "rows"),
        [
            (Sampling(method="latin-hypercube", samples=7), 7),
            (Sampling(method="morris", samples=5), 5 * 4),
            (Sampling(method="sobol", samples=8), 8 * 5),
            (Sampling(method="sobol", samples=8, second_order=True), 8 * 8),
        ],
    )
    def test_points_fill_the_cube_and_are_the_same_every_time(self, sampling: Sampling, rows: int):
        points = unit_points(sampling, 3)
        assert points.shape == (rows, 3)
        assert points.min() >= 0
        assert points.max() <= 1
        assert (points == unit_points(sampling, 3)).all()
        assert len(points) % sampling.block_length(3) == 0

    def test_a_latin_hypercube_has_each_value_in_a_slice_of_its_own(self):
        points = unit_points(Sampling(method="latin-hypercube", samples=10), 2)
        assert sorted((points[:, 0] * 10).astype(int)) == list(range(10))

    def test_a_path_of_morris_changes_one_parameter_at_a_time(self):
        points = unit_points(Sampling(method="morris", samples=4), 3).reshape(4, 4, 3)
        changed = (points[:, 1:] != points[:, :-1]).sum(axis=2)
        assert (changed == 1).all()

    @pytest.mark.parametrize(("method", "few", "more"), [("morris", 4, 9), ("sobol", 8, 32)])
    def test_more_samples_keep_those_there_are(self, method: str, few: int, more: int):
        first = unit_points(Sampling(method=method, samples=few), 4)
        assert (unit_points(Sampling(method=method, samples=more), 4)[: len(first)] == first).all()
