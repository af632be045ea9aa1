"""The report is one safe file, and its numbers are those of the results."""

import base64
import json
import re
import shutil
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import duckdb
import numpy as np
import pytest
from scipy import stats

from analysis import report_html
from analysis import report_tables as tables
from analysis.report import write
from analysis.results import read
from model.errors import InputError

VOID = {"meta", "img", "br", "hr", "link"}


class Reader(HTMLParser):
    """Collects tags, attributes, text and cells of tables, and checks that every element is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.text, self.rows = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def opened(file):
    reader = Reader()
    reader.feed(file.read_text(encoding="utf-8"))
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def both(town_runs, tmp_path_factory):
    """The report on the digital scenario against the baseline, three seeds each."""
    out = tmp_path_factory.mktemp("report") / "report.html"
    digital, baseline = ([town_runs[f"{name}-{seed}"] for seed in (1, 2, 3)] for name in ("digital", "baseline"))
    return opened(write(digital, baseline, out))


def test_it_needs_nothing_beside_it_and_runs_nothing(both):
    assert not {"script", "iframe", "object", "link", "form", "video"} & set(both.tags)
    assert not [name for _, name, _ in both.attributes if name.startswith("on")]
    for tag, name, value in both.attributes:
        if name in ("src", "href"):
            assert value.startswith(("data:image/", "#")), (tag, value)
    policy = next(value for tag, name, value in both.attributes if tag == "meta" and "default-src" in (value or ""))
    assert policy.startswith("default-src 'none'")


def test_text_of_the_scenario_is_shown_as_text(both, town_runs):
    told = "".join(both.text)
    assert "<b>Digital</b> & mergers" in told
    assert "What if <script>alert(1)</script> happens?" in told
    assert "App <i>GP</i>" in told  # the name of the event's provider
    assert "script" not in both.tags


def test_every_figure_is_a_whole_picture_with_words(both):
    images = [value for tag, name, value in both.attributes if (tag, name) == ("img", "src")]
    alternatives = [value for tag, name, value in both.attributes if (tag, name) == ("img", "alt")]
    assert len(images) == len(alternatives) >= 9
    assert all(len(words) > 40 for words in alternatives)
    for image in images:
        kind, data = re.fullmatch(r"data:image/(svg\+xml|png);base64,(.+)", image).groups()
        if kind == "svg+xml":
            assert ET.fromstring(base64.b64decode(data)).tag.endswith("svg")
        else:
            assert base64.b64decode(data).startswith(b"\x89PNG")


def test_links_lead_somewhere(both):
    anchors = {value for _, name, value in both.attributes if name == "id"}
    links = {value[1:] for tag, name, value in both.attributes if (tag, name) == ("a", "href")}
    assert links
    assert links <= anchors


def test_measures_and_differences_are_those_of_the_headline(both, town_runs):
    ends = {
        name: np.array(
            [
                duckdb.sql(f"SELECT 100 * gross_misalignment FROM '{town_runs[f'{name}-{seed}']}/headline.parquet'"
                           " ORDER BY month DESC").fetchall()[0][0] for seed in (1, 2, 3)
            ]
        ) for name in ("digital", "baseline")
    }  # fmt: skip
    row = next(row for row in both.rows if row[0].startswith("Registered with another commissioner"))
    assert row[2] == f"{ends['digital'].mean():.2f}"
    assert row[4] == f"{ends['baseline'].mean():.2f}"
    apart = ends["digital"] - ends["baseline"]
    assert row[5] == f"{apart.mean():+.2f}"
    sure = stats.ttest_1samp(apart, 0).confidence_interval(0.95)
    assert row[6] == tables.interval(sure.low, sure.high, ".2f")


def test_what_differs_is_told(town_runs, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(town_runs["digital-1"], other)
    told = json.loads((other / "manifest.json").read_text())
    told["scenario"]["choice"]["inertia"] = 7.25
    told["git_revision"] = "elsewhere"
    (other / "manifest.json").write_text(json.dumps(told))
    page = opened(write([other], [town_runs["baseline-1"]], tmp_path / "r.html"))
    row = next(row for row in page.rows if row and row[0] == "choice.inertia" and len(row) == 4)
    assert row[3] == "7.25"
    assert row[1]  # its meaning
    words = "".join(page.text)
    assert "made by different revisions of the model" in words
    assert ["2021-02", "digital-launch"] in [row[:2] for row in page.rows]
    assert "without intervals" in words


def test_every_parameter_and_its_source_is_there(both):
    from model.scenario_files import parameters

    shown = {row[0]: row for row in both.rows if len(row) == 5}
    for parameter in parameters():
        if parameter.key not in tables.WORDS:
            assert shown[parameter.key][4] == parameter.source
    assert any(value == "other" for _, name, value in both.attributes if name == "class") is False  # all as by default


def test_commissioners_add_up(both, town_runs):
    head = next(row for row in both.rows if row and row[0] == "commissioner")
    rows = [row for row in both.rows if len(row) == len(head) and row[0] in ("Birchhead", "Deercote")]
    assert len(rows) == 2
    for row in rows:
        cells = {name: row[at].replace(",", "").replace("\N{MINUS SIGN}", "-") for at, name in enumerate(head)}
        gap = int(cells["ghosts"]) - int(cells["on no list"]) + int(cells["net flow"])
        assert gap == pytest.approx(int(cells["registered"]) - int(cells["residents"]), abs=2)  # rounded means


def test_where_it_comes_from(both, town_runs):
    manifest = json.loads((town_runs["digital-2"] / "manifest.json").read_text())
    row = next(row for row in both.rows if row[:2] == ["digital", "2"])
    assert manifest["region"]["digest"][:12] in row
    assert manifest["started"] in row
    words = "".join(both.text)
    assert "gpdrift run baseline --region town --months 3 --seed 1" in words
    assert "gpdrift run digital" not in words  # a file, and no name gpdrift knows
    assert "stands in full in the results: digital (manifest.json in digital-1)" in words


def test_old_results_whose_manifest_counts_records_as_patients_tell_people_registered(town_runs, tmp_path):
    old = shutil.copytree(town_runs["digital-1"], tmp_path / "old")
    told = json.loads((old / "manifest.json").read_text())
    told["patients"] = 10 * told.pop("records")
    (old / "manifest.json").write_text(json.dumps(told))
    words = "".join(opened(write([old], [], tmp_path / "report.html")).text)
    start = duckdb.sql(f"SELECT registered FROM '{old}/headline.parquet' ORDER BY month").fetchall()[0][0]
    assert f"Simulated {start:,} people registered in Jan 2021" in words


def test_several_scenarios_and_a_baseline_among_them(town_runs, merged_run, tmp_path):
    page = opened(write([town_runs["digital-1"].parent, merged_run], out=tmp_path / "r.html"))
    words = "".join(page.text)
    assert "2 scenarios compared" in words
    assert "Scenarios side by side" in words
    assert "2. merged: in short" in words
    assert "against baseline" in words


def test_one_run_alone(town_runs, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(town_runs["baseline-1"], run)
    out = write([run])
    assert out == run / "report.html"
    words = "".join(opened(out).text)
    assert "Left out: digital (has no digital provider" in words
    assert "its own start" in words


def test_what_cannot_be_reported_is_one_line(town_runs, merged_run, tmp_path):
    digital, baseline = town_runs["digital-1"], town_runs["baseline-1"]
    for arguments, said in (
        (([],), "no results folder given"),
        (([tmp_path],), "no results folder"),
        (([digital], [baseline], tmp_path / "r.pdf"), r"ends in \.pdf, expected \.html"),
        (([digital], [baseline], tmp_path / "no" / "r.html"), "in a folder that exists"),
        (([baseline], [baseline], tmp_path / "r.html"), "is all there is to report on"),
        (([baseline], [digital, merged_run], tmp_path / "r.html"), "holds results of 2 scenarios"),
    ):
        with pytest.raises(InputError, match=said) as refused:
            write(*arguments)
        assert "\n" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_pieces_escape_what_they_are_given():
    assert report_html.table(("<h>",), (('"&',),), caption="<c>").count("<h>") == 0
    assert "&quot;&amp;" in report_html.table(("a",), (('"&',),))
    assert report_html.element("a", "x", href='"><script>') == '<a href="&quot;&gt;&lt;script&gt;">x</a>'


@pytest.mark.parametrize(
    ("value", "words"),
    [(True, "yes"), (0.1, "0.1"), (2017, "2017"), ([1, 2], "1, 2"), (None, ""), ("x", "x"),
     (list(range(9)), "0, 1, 2, 3, 4, 5, \N{HORIZONTAL ELLIPSIS} (9 values)")],
)  # fmt: skip
def test_values_in_words(value, words):
    assert tables.value_in_words(value) == words


def test_measures_are_of_the_seeds_both_were_run_with(town_runs, tmp_path):
    digital, baseline = ([town_runs[f"{name}-{seed}"] for seed in seeds] for name, seeds in
                         (("digital", (1, 2, 3)), ("baseline", (2, 3))))  # fmt: skip
    mine, base = read(digital)[0], read(baseline)[0]
    found = tables.measures(mine, base).set_index("measure")
    assert found["difference"].to_dict() == pytest.approx((found["end"] - found["baseline"]).to_dict(), nan_ok=True)
    shared = tables.measures(read(digital[1:])[0], base).set_index("measure")
    assert found.equals(shared)
    words = "".join(opened(write(digital, baseline, tmp_path / "r.html")).text)
    assert "Means of 2 seeds." in words
    assert "Numbers are of seeds 2 and 3, which baseline was run with too" in words


def test_measures_without_shared_seeds_compare_means(town_runs):
    mine, base = read([town_runs["digital-1"]])[0], read([town_runs["baseline-2"], town_runs["baseline-3"]])[0]
    found = tables.measures(mine, base).set_index("measure")
    assert found["difference"].to_dict() == pytest.approx((found["end"] - found["baseline"]).to_dict(), nan_ok=True)
    assert found["from"].isna().all()


def test_a_report_without_shared_seeds_says_that_differences_hold_chance(both, town_runs, tmp_path):
    report = opened(write([town_runs["digital-1"]], [town_runs["baseline-2"]], tmp_path / "report.html"))
    words = " ".join("".join(report.text).split())
    alone = "No seed is shared (seed 1 of digital, seed 2 of baseline): differences to baseline are of means"
    assert words.count(alone) == 2  # in short, and under the measures
    assert "No seed is shared between digital and baseline" in words
    assert "Every parameter is as in baseline; only the events and the seeds differ." in words
    assert "paired by seed: runs" not in words
    assert "Runs of one seed share" not in words
    paired = " ".join("".join(both.text).split())
    assert "No seed is shared" not in paired
    assert "Differences are paired by seed: runs of one seed share" in paired
    assert "Runs of one seed share births" in paired
    assert "only the events differ." in paired


def test_one_scenario_of_two_without_shared_seeds_is_named(town_runs, merged_run, tmp_path):
    folders = [town_runs["digital-2"], merged_run]
    words = "".join(opened(write(folders, [town_runs["baseline-1"]], tmp_path / "report.html")).text)
    assert "No seed is shared between digital and baseline" in words
    assert "Runs of one seed share births" in words
