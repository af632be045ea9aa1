"""What the report says of differences by the seeds two scenarios share."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import page as pages
from analysis import report_html as h
from analysis.report_words import PAIRED, UNPAIRED
from analysis.results import Ensemble
from analysis.scenario_comparison import shared_seeds


def paired(subject: Ensemble, base: Ensemble | None) -> bool:
    """Whether a seed is shared with the baseline, or there is none to share it with."""
    return base is None or bool(shared_seeds([subject, base]))


def seeds_of_both(subject: Ensemble, base: Ensemble) -> str:
    """Seed 1 of digital, seed 2 of baseline."""
    return (
        f"{pages.seeds_in_words(subject.seeds)} of {subject.label}, {pages.seeds_in_words(base.seeds)} of {base.label}"
    )


def chance(subject: Ensemble, base: Ensemble | None) -> str:
    """A note on what differences of runs without a shared seed are made of; empty where one is shared."""
    if base is None or paired(subject, base):
        return ""
    return h.paragraph(
        f"No seed is shared ({seeds_of_both(subject, base)}): differences to {base.label} are of means and hold what"
        " chance does to runs of different seeds, which may be more than what the scenario does. Run both with the same"
        " seeds to tell them apart.", "note",
    )  # fmt: skip


def meaning(subjects: Sequence[Ensemble], base: Ensemble | None) -> list[str]:
    """What a difference between two scenarios is: of those that share a seed with the baseline, and of the others."""
    alone = [subject.label for subject in subjects if not paired(subject, base)]
    told = [PAIRED] if len(alone) < len(subjects) else []
    if base is not None and alone:
        told.append(UNPAIRED.format(scenarios=" and ".join(alone), baseline=base.label))
    return told
