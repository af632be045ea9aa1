"""Chapters of the report, each from results to HTML."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import page as pages
from analysis import report_html as h
from analysis import report_pairing as pairing
from analysis import report_tables as tables
from analysis.page import signed
from analysis.pictures import PLOTS, make
from analysis.report_in_short import in_short
from analysis.report_words import GLOSSARY, LIMITS
from analysis.results import Ensemble, NothingToShowError
from analysis.run_again import run_again

FIGURES = tuple(name for name in PLOTS if name not in ("scenarios", "registered-resident"))


def side_by_side(subjects: Sequence[Ensemble], base: Ensemble | None) -> str:
    """Several scenarios in one figure, the baseline first."""
    everyone = [*([base] if base else []), *subjects]
    page = make("scenarios", everyone)
    return h.paragraph(page.answer) + h.drawing(page, page.source)


def of_scenario(subject: Ensemble, base: Ensemble | None, *, asked: bool) -> list[tuple[str, str, str]]:
    """Anchor, heading and HTML of each chapter on one scenario."""
    whole, subject = subject, tables.of_shared_seeds(subject, base)
    found = tables.measures(subject, base).set_index("measure")
    opening = h.paragraph(subject.manifest["scenario"].get("question", ""), "lede") if asked else ""
    figures, left_out = _figures(whole, base)
    return [
        ("short", "In short", opening + in_short(subject, base, found)),
        ("scenario", "What is different in this scenario", _scenario(subject, base)),
        ("measures", "Measures", _measures(subject, base, found) + _not_shared(whole, subject, base)),
        ("figures", "Figures", figures + left_out),
        ("commissioners", "By commissioner", _commissioners(subject)),
    ]


def _scenario(subject: Ensemble, base: Ensemble | None) -> str:
    timeline = tables.events(subject)
    parts = [
        h.table(("from", "event", "set", "what came of it"), timeline, caption="Policy events of the scenario")
        if timeline
        else h.paragraph("No policy event: present rules go on.")
    ]
    if base is None:
        return "".join(parts)
    others = tables.events(base)
    if others:
        parts.append(
            h.table(("from", "event", "set", "what came of it"), others, caption=f"Policy events of {base.label}")
        )
    apart, paired = tables.differences(subject, base), pairing.paired(subject, base)
    parts.append(
        h.table(("parameter", "meaning", base.label, subject.label), apart, caption="Parameters that differ")
        if apart
        else h.paragraph(
            f"Every parameter is as in {base.label}; only the events {'' if paired else 'and the seeds '}differ."
        )
    )
    if not paired:
        parts.append(h.paragraph(f"Seeds: {pairing.seeds_of_both(subject, base)}; none is shared."))
    return "".join(parts)


def _measures(subject: Ensemble, base: Ensemble | None, found: pd.DataFrame) -> str:
    several = len(subject.runs) > 1
    head = ["", pages.month(subject.start), pages.month(subject.end)]
    head += ["range of seeds"] if several else []
    sure = base is not None and found["from"].notna().any()
    head += [f"{base.label}, {pages.month(base.end)}", "difference"] if base else []
    head += ["95% interval"] if sure else []
    rows = []
    for measure in tables.MEASURES:
        row = found.loc[measure.column]
        form = measure.form
        cells = [f"{measure.name}, {measure.unit}", _number(row["start"], form), _number(row["end"], form)]
        cells += [f"{_number(row['low'], form)}\N{EN DASH}{_number(row['high'], form)}"] if several else []
        if base is not None:
            cells += [
                _number(row["baseline"], form),
                signed(row["difference"], form) if np.isfinite(row["difference"]) else "",
            ]
        cells += [tables.interval(row["from"], row["to"], form)] if sure else []
        rows.append(cells)
    paired = base is not None and pairing.paired(subject, base)
    note = "Differences are paired by seed: runs of one seed share births, moves and tastes. " if paired else ""
    few = "Intervals need three shared seeds or more." if base and not sure else ""
    return h.table(head, rows, range(1, len(head))) + pairing.chance(subject, base) + h.paragraph(note + few)


def _not_shared(whole: Ensemble, subject: Ensemble, base: Ensemble | None) -> str:
    """Which seeds the numbers are of, where they are not those of every run."""
    if base is None or len(subject.runs) == len(whole.runs):
        return ""
    return h.paragraph(
        f"Numbers are of {pages.seeds_in_words(subject.seeds)}, which {base.label} was run with too; figures of"
        f" {whole.label} alone are of {pages.seeds_in_words(whole.seeds)}.",
        "note",
    )


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
            left_out.append(f"{name} ({str(reason).removeprefix(f'{subject.label}: ').removeprefix('map: ')})")
            continue
        drawn += [
            h.element(
                "section",
                h.element("h3", h.escaped(page.title)), h.paragraph(page.answer), h.drawing(page, page.source),
                class_="drawn",
            )
            for page in shown
        ]  # fmt: skip
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
        " ghosts \N{MINUS SIGN} on no list + net flow. Balance: money less the cost of the care of its patients."
    )
    return h.table(head, rows, range(1, len(head)), caption)


def reading(subjects: Sequence[Ensemble], base: Ensemble | None) -> str:
    """What the words mean and what to bear in mind."""
    words = "".join(h.element("dt", h.escaped(word)) + h.element("dd", h.escaped(means)) for word, means in GLOSSARY)
    return h.element("dl", words) + "".join(map(h.paragraph, [*pairing.meaning(subjects, base), *LIMITS]))


def parameters(subject: Ensemble) -> str:
    """Every parameter with its source."""
    rows = tables.parameters(subject)
    other = [at for at, row in enumerate(rows) if row[-1]]
    caption = f"{subject.label}: every parameter. Shaded: other than the default ({len(other)} of {len(rows)})."
    return h.table(("parameter", "value", "unit", "meaning", "source"), [row[:-1] for row in rows], (), caption, other)


def provenance(ensembles: Sequence[Ensemble]) -> str:
    """What was run, by what, and how to run it again."""
    rows, commands, without = [], [], []
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
        command = run_again(ensemble.manifest)
        if command is not None:
            commands.append(command)
        else:
            first = ensemble.runs[0]
            kept = "tables/manifests.parquet" if first.id else "manifest.json"
            without.append(f"{ensemble.label} ({kept} in {first.folder.name})")
    head = ("scenario", "seed", "folder", "engine", "region digest", "revision", "started", "time", "memory")
    region = ensembles[0].manifest["region"]
    counts = ", ".join(
        f"{region[many]:,} {many if region[many] != 1 else one}"
        for one, many in (
            ("area", "areas"),
            ("practice", "practices"),
            ("commissioner", "commissioners"),
            ("authority", "authorities"),
        )
    )
    versions = ", ".join(f"{name} {number}" for name, number in ensembles[0].manifest["versions"].items() if number)
    told = [
        h.paragraph(f"Region: {region['name']}, {region['date']}; {counts}. {region.get('licence', '')}"),
        h.table(head, rows, (1, 7, 8)),
        h.paragraph(f"Versions: {versions}."),
    ]
    if commands:
        told.append(h.paragraph("The same numbers again, where the model and the region are as they were:"))
        told.append(h.element("pre", h.escaped("\n".join(commands))))
    if without:
        told.append(
            h.paragraph(
                f"Not a scenario of gpdrift's own; what was run stands in full in the results: {', '.join(without)}."
            )
        )
    return "".join(told)
