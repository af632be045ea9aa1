"""The report on one or several scenarios: one HTML file an analyst can send to a board, printed well to PDF.

For each scenario its question, what differs from the baseline, the measures with their intervals, figures, and a table
by commissioner; then how to read it, every parameter with its source, and how to make the same numbers again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import page as pages
from analysis import report_html as h
from analysis import report_tables as tables
from analysis.page import signed
from analysis.pictures import PLOTS, make
from analysis.report_words import GLOSSARY, LIMITS
from analysis.results import Ensemble, NothingToShowError, read
from model.errors import InputError

TILES = (
    "gross_misalignment", "registered_resident_ratio_sd", "digital", "misallocated", "satisfaction", "frail_mismatched",
)  # fmt: skip
FIGURES = tuple(name for name in PLOTS if name not in ("scenarios", "registered-resident"))
BASELINE = "baseline"


def write(
    folders: Iterable[str | Path], against: Iterable[str | Path] = (), out: Path | None = None,
    scenarios: Sequence[str] = (),
) -> Path:  # fmt: skip
    """Write the report on results and say where it is.

    Args:
        folders: results folders or experiments; several seeds of a scenario become intervals.
        against: results of the scenario they are compared with [the one called baseline, where it is among them].
        out: HTML file [report.html in the first folder].
        scenarios: those reported on, by name; empty = all but the baseline.

    Raises:
        InputError: a folder holds no results, runs cannot be compared, the file cannot be written.
    """
    given = [Path(folder) for folder in folders]
    if not given:
        raise InputError("report: no results folder given; gpdrift run makes one")
    out = out or (given[0] / "report.html")
    if out.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"--out {out}: ends in {out.suffix or 'nothing'}, expected .html")
    if not out.parent.is_dir() or out.is_dir():
        raise InputError(f"--out {out}: expected the name of a file in a folder that exists")
    subjects, base = _who(given, [Path(folder) for folder in against], scenarios)
    text = compose(subjects, base)
    written = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        written.write_text(text, encoding="utf-8")
        written.replace(out)
    finally:
        written.unlink(missing_ok=True)
    return out


def compose(subjects: Sequence[Ensemble], base: Ensemble | None) -> str:
    """The whole page as text."""
    one = subjects[0].manifest["scenario"]
    title = (one.get("title") or one["name"]) if len(subjects) == 1 else f"{len(subjects)} scenarios compared"
    chapters: list[tuple[str, str, str]] = []
    if len(subjects) > 1:
        chapters.append(("compared", "Scenarios side by side", _side_by_side(subjects, base)))
    for number, subject in enumerate(subjects, 1):
        before = f"{number}. {subject.label}: " if len(subjects) > 1 else ""
        for anchor, heading, content in _chapters(subject, base, asked=len(subjects) > 1):
            name = f"{before}{heading[0].lower() + heading[1:]}" if before else heading
            chapters.append((f"{anchor}-{number}", name, content))
    everyone = [*subjects, *([base] if base else [])]
    chapters += [
        ("reading", "How to read this", _reading()),
        ("parameters", "Parameters and their sources", "".join(map(_parameters, subjects))),
        ("provenance", "Where these numbers come from", _provenance(everyone)),
    ]
    contents = "".join(h.element("li", h.element("a", h.escaped(n), href=f"#{a}")) for a, n, _ in chapters)
    main = h.element("nav", h.element("ol", contents), aria_label="Contents").replace("aria_label", "aria-label")
    for anchor, name, content in chapters:
        fresh = "fresh" if anchor in ("parameters", "provenance") else ""
        inside = h.element("h2", h.escaped(name), id=anchor, class_=fresh) + content
        main += h.element("section", inside, class_="appendix" if fresh else "") + "\n"
    footer = h.paragraph(
        f"Made by gpdrift {subjects[0].manifest['versions'].get('gpdrift') or ''} from the results named under"
        " Where these numbers come from. A comparison under stated assumptions, no forecast."
    )
    return h.whole(f"{title} - gpdrift report", _header(title, subjects, base), main, footer)


def _who(
    folders: list[Path], against: list[Path], scenarios: Sequence[str]
) -> tuple[list[Ensemble], Ensemble | None]:  # fmt: skip
    """Scenarios reported on, and the one they are compared with."""
    found = read(folders, scenarios)
    if against:
        others = read(against)
        if len(others) > 1:  # an experiment, or a folder of runs, is asked for its baseline
            others = [other for other in others if other.manifest["scenario"]["name"] == BASELINE][:1] or others
        if len(others) > 1:
            raise InputError(
                f"--against {against[0]}: holds results of {len(others)} scenarios"
                f" ({', '.join(other.label for other in others)}) and none is called {BASELINE}; give one of them"
            )
        base = others[0]
    else:
        named = [each for each in found if each.manifest["scenario"]["name"] == BASELINE]
        if len(found) < 2 or len(named) != 1:
            return found, None
        base = named[0]
    same = [run.folder.resolve() for run in base.runs]
    subjects = [each for each in found if each is not base and not (
        [run.folder.resolve() for run in each.runs] == same and each.label == base.label)]  # fmt: skip
    if not subjects:
        raise InputError(
            f"--against {base.runs[0].folder}: is all there is to report on; give another scenario's results"
        )
    for subject in subjects:
        tables.comparable([base, subject])
    return subjects, base


def _header(title: str, subjects: Sequence[Ensemble], base: Ensemble | None) -> str:
    first = subjects[0]
    scenario, region = first.manifest["scenario"], first.manifest["region"]
    asked = scenario.get("question", "") if len(subjects) == 1 else ""
    facts = [
        ("Region", region["name"]),
        ("From", f"{pages.month(first.start)} to {pages.month(first.end)}"),
        ("Simulated", f"{first.manifest['patients']:,} patients"),
        ("Runs", "; ".join(tables.runs_in_words(subject) for subject in subjects[:3])),
        ("Against", f"{base.label} ({tables.runs_in_words(base)})" if base else "its own start"),
    ]
    told = "".join(h.element("span", h.element("b", h.escaped(what)), " ", h.escaped(value)) for what, value in facts)
    return (
        h.paragraph("gpdrift report: registered and resident populations", "kind")
        + h.element("h1", h.escaped(title))
        + (h.paragraph(asked, "lede") if asked else "")
        + h.element("div", told, class_="facts")
    )


def _side_by_side(subjects: Sequence[Ensemble], base: Ensemble | None) -> str:
    everyone = [*([base] if base else []), *subjects]
    page = make("scenarios", everyone)
    return h.paragraph(page.answer) + h.drawing(page, page.source)


def _chapters(subject: Ensemble, base: Ensemble | None, *, asked: bool) -> list[tuple[str, str, str]]:
    """Anchor, heading and HTML of each chapter on one scenario."""
    found = tables.measures(subject, base).set_index("measure")
    opening = h.paragraph(subject.manifest["scenario"].get("question", ""), "lede") if asked else ""
    figures, left_out = _figures(subject, base)
    return [
        ("short", "In short", opening + _tiles(subject, base, found) + _warning(subject, base)),
        ("scenario", "What is different in this scenario", _scenario(subject, base)),
        ("measures", "Measures", _measures(subject, base, found)),
        ("figures", "Figures", figures + left_out),
        ("commissioners", "By commissioner", _commissioners(subject)),
    ]


def _tiles(subject: Ensemble, base: Ensemble | None, found: pd.DataFrame) -> str:
    tiles = []
    for measure in tables.MEASURES:
        row = found.loc[measure.column]
        if measure.column not in TILES or not np.isfinite(row["end"]):
            continue
        change = f"{row['start']:{measure.form}} in {pages.month(subject.start)}"
        if base is not None:
            change += f"; {signed(row['difference'], measure.form)} against {base.label}"
            between = tables.interval(row["from"], row["to"], measure.form)
            change += f" (95%: {between})" if between else ""
        tiles.append(h.tile(measure.name, format(row["end"], measure.form), measure.unit, change))
    return h.element("ul", *tiles, class_="tiles") + h.paragraph(
        f"At the end of the run, {pages.month(subject.end)}"
        + (f"; means of {len(subject.runs)} seeds." if len(subject.runs) > 1 else "; one seed, so without intervals.")
    )


def _warning(subject: Ensemble, base: Ensemble | None) -> str:
    if base is None:
        return ""
    versions = {each.manifest.get("git_revision") for each in (subject, base)}
    settings = tables.differences(subject, base)
    if len(versions) == 1 and not settings:
        return ""
    why = (
        "were made by different revisions of the model" if len(versions) > 1 else "differ in parameters besides policy"
    )
    return h.paragraph(
        f"{subject.label} and {base.label} {why}: their difference is not the effect of the policy events alone"
        " (see What is different in this scenario).", "note",
    )  # fmt: skip


def _scenario(subject: Ensemble, base: Ensemble | None) -> str:
    timeline = tables.events(subject)
    parts = [
        h.table(("from", "event", "set"), timeline, caption="Policy events of the scenario")
        if timeline
        else h.paragraph("No policy event: present rules go on.")
    ]
    if base is None:
        return "".join(parts)
    others = tables.events(base)
    if others:
        parts.append(h.table(("from", "event", "set"), others, caption=f"Policy events of {base.label}"))
    apart = tables.differences(subject, base)
    parts.append(
        h.table(("parameter", base.label, subject.label), apart, caption="Parameters that differ")
        if apart
        else h.paragraph(f"Every parameter is as in {base.label}; only the events differ.")
    )
    return "".join(parts)


def _measures(subject: Ensemble, base: Ensemble | None, found: pd.DataFrame) -> str:
    several = len(subject.runs) > 1
    head = ["", "unit", pages.month(subject.start), pages.month(subject.end)]
    head += ["lowest to highest seed"] if several else []
    head += [f"{base.label}, {pages.month(base.end)}", "difference", "95% interval"] if base else []
    rows = []
    for measure in tables.MEASURES:
        row = found.loc[measure.column]
        form = measure.form
        cells = [measure.name, measure.unit, _number(row["start"], form), _number(row["end"], form)]
        cells += [f"{_number(row['low'], form)} to {_number(row['high'], form)}"] if several else []
        if base is not None:
            cells += [
                _number(row["baseline"], form),
                signed(row["difference"], form) if np.isfinite(row["difference"]) else "",
            ]
            cells += [tables.interval(row["from"], row["to"], form)]
        rows.append(cells)
    note = "Differences are paired by seed: runs of one seed share births, moves and tastes. " if base else ""
    few = "Intervals need three shared seeds or more." if base and found["from"].isna().all() else ""
    return h.table(head, rows, range(2, len(head))) + h.paragraph(note + few)


def _number(value: float, form: str) -> str:
    return format(value, form) if np.isfinite(value) else "\N{EN DASH}"


def _figures(subject: Ensemble, base: Ensemble | None) -> tuple[str, str]:
    """Every figure that shows something, and why others are left out."""
    drawn, left_out = [], []
    one = len(subject.runs) == 1 and not subject.runs[0].id
    for name in (*(["registered-resident"] if one else []), *FIGURES):
        try:
            shown = [make(name, [subject])]
            if name == "map" and base is not None:
                shown.append(make(name, [base, subject]))
        except NothingToShowError as reason:
            left_out.append(f"{name}: {str(reason).removeprefix(f'{subject.label}: ').removeprefix('map: ')}")
            continue
        drawn += [
            h.element("h3", h.escaped(page.title)) + h.paragraph(page.answer) + h.drawing(page, page.source)
            for page in shown
        ]
    why = h.paragraph(f"Left out: {'; '.join(left_out)}.") if left_out else ""
    return "\n".join(drawn), why


def _commissioners(subject: Ensemble) -> str:
    rows = [
        (
            subject.short_name(row.commissioner), f"{row.residents:,.0f}", f"{row.registered:,.0f}",
            f"{signed(row.gap_start, '.1f')}%" if np.isfinite(row.gap_start) else "",
            f"{signed(row.gap, '.1f')}%" if np.isfinite(row.gap) else "",
            f"{row.ghosts:,.0f}", f"{row.unregistered:,.0f}", signed(row.net_flow), f"{row.digital:,.0f}",
            signed(row.balance, ",.1f") if np.isfinite(row.balance) else "",
        )
        for row in tables.commissioners(subject).itertuples()
    ]  # fmt: skip
    head = (
        "commissioner", "residents", "registered", f"gap {pages.month(subject.start)}", f"gap {pages.month(subject.end)}",
        "ghosts", "on no list", "net flow", "digital patients", "balance, £m a year",
    )  # fmt: skip
    means = "; means of seeds" if len(subject.runs) > 1 else ""
    caption = (
        f"{pages.month(subject.end)}, fixed boundaries{means}. Gap: registered less resident people, % of residents ="
        " ghosts - on no list + net flow. Balance: money less the cost of the care of its patients."
    )
    return h.table(head, rows, range(1, len(head)), caption)


def _reading() -> str:
    words = "".join(h.element("dt", h.escaped(word)) + h.element("dd", h.escaped(means)) for word, means in GLOSSARY)
    return h.element("dl", words) + "".join(map(h.paragraph, LIMITS))


def _parameters(subject: Ensemble) -> str:
    rows = tables.parameters(subject)
    other = [at for at, row in enumerate(rows) if row[-1]]
    caption = f"{subject.label}: every parameter. Shaded: other than the default ({len(other)} of {len(rows)})."
    return h.table(("parameter", "value", "unit", "meaning", "source"), [row[:-1] for row in rows], (), caption, other)


def _provenance(ensembles: Sequence[Ensemble]) -> str:
    rows, commands = [], []
    for ensemble in ensembles:
        for run in ensemble.runs:
            about = run.manifest
            rows.append(
                (
                    ensemble.label,
                    run.seed,
                    f"{run.folder.name}{f' / {run.id}' if run.id else ''}",
                    about["engine"],
                    about["region"]["digest"][:12],
                    (about.get("git_revision") or "unknown")[:12],
                    about["started"],
                    f"{about['wall_seconds']:,.1f} s",
                    f"{(about.get('peak_memory_bytes') or 0) / 1e9:.2f} GB",
                )
            )
        about = ensemble.manifest
        commands.append(
            f"gpdrift run {about['scenario']['name']} --region {about['scenario']['region']} --months {about['months']}"
            f" --seed {ensemble.seeds[0]}"
        )
    head = ("scenario", "seed", "folder", "engine", "region digest", "revision", "started", "time", "memory")
    region = ensembles[0].manifest["region"]
    counts = ", ".join(f"{region[what]:,} {what}" for what in ("areas", "practices", "commissioners", "authorities"))
    versions = ", ".join(f"{name} {number}" for name, number in ensembles[0].manifest["versions"].items() if number)
    return (
        h.paragraph(f"Region: {region['name']}, {region['date']}; {counts}. {region.get('licence', '')}")
        + h.table(head, rows, (1, 7, 8))
        + h.paragraph(f"Versions: {versions}.")
        + h.paragraph("The same numbers again, where the scenario and the region are as they were:")
        + h.element("pre", h.escaped("\n".join(commands)))
    )
