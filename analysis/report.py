"""The report on one or several scenarios: one HTML file an analyst can send to a board, printed well to PDF.

For each scenario its question, what differs from the baseline, the measures with their intervals, figures, and a table
by commissioner; then how to read it, every parameter with its source, and how to make the same numbers again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from analysis import page as pages
from analysis import report_chapters as chapters_of
from analysis import report_html as h
from analysis import report_tables as tables
from analysis.results import Ensemble, read
from model.errors import InputError
from model.whole_files import write_whole

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
    write_whole(out, text)
    return out


def compose(subjects: Sequence[Ensemble], base: Ensemble | None) -> str:
    """The whole page as text."""
    one = subjects[0].manifest["scenario"]
    title = (one.get("title") or one["name"]) if len(subjects) == 1 else f"{len(subjects)} scenarios compared"
    chapters: list[tuple[str, str, str]] = []
    if len(subjects) > 1:
        chapters.append(("compared", "Scenarios side by side", chapters_of.side_by_side(subjects, base)))
    for number, subject in enumerate(subjects, 1):
        before = f"{number}. {subject.label}: " if len(subjects) > 1 else ""
        for anchor, heading, content in chapters_of.of_scenario(subject, base, asked=len(subjects) > 1):
            name = f"{before}{heading[0].lower() + heading[1:]}" if before else heading
            chapters.append((f"{anchor}-{number}", name, content))
    everyone = [*subjects, *([base] if base else [])]
    chapters += [
        ("reading", "How to read this", chapters_of.reading(subjects, base)),
        ("parameters", "Parameters and their sources", "".join(map(chapters_of.parameters, subjects))),
        ("provenance", "Where these numbers come from", chapters_of.provenance(everyone)),
    ]
    contents = "".join(h.element("li", h.element("a", h.escaped(n), href=f"#{a}")) for a, n, _ in chapters)
    main = h.element("nav", h.element("ol", contents), aria_label="Contents").replace("aria_label", "aria-label")
    for anchor, name, content in chapters:
        inside = h.element("h2", h.escaped(name), id=anchor) + content
        main += h.element("section", inside, class_="appendix" if anchor in ("parameters", "provenance") else "") + "\n"
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
        ("Simulated", pages.registered_in_words(first.patients, first.start)),
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
